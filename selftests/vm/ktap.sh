# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Turns the output of one test program into one KTAP result with nested
# results, and counts. The guest uses it for scenarios, the host for unit
# tests. To be sourced, not run.

# ktap_report NUMBER NAME OUTPUT STATUS SECONDS [COMPLAINT]
# Prints the result to stdout and sets KTAP_PASS, KTAP_FAIL, KTAP_SKIP to
# what this program contributes: its own results when it prints any, else
# one for its exit status (0 pass, 4 skip). A failing status without a failed
# result, a broken plan, and COMPLAINT (say, a dirty kernel log: text in a
# file of that name) are failures of their own.
ktap_report()
{
	local number=$1 name=$2 output=$3 status=$4 seconds=$5 complaint=${6:-}
	local line plan=-1 results why=

	KTAP_PASS=0 KTAP_FAIL=0 KTAP_SKIP=0
	while IFS= read -r line; do
		case $line in
		"ok "* | "not ok "*)
			ktap_count "$line" && printf '  %s\n' "$line" ;;
		1..*)
			plan=${line#1..}
			plan=${plan%%[!0-9]*} ;;
		esac
	done <"$output"
	results=$((KTAP_PASS + KTAP_FAIL + KTAP_SKIP))

	case $status in
	0)	[ "$results" -gt 0 ] || [ "$plan" = 0 ] || KTAP_PASS=1 ;;
	4)	KTAP_SKIP=$((KTAP_SKIP + 1)) ;;
	124 | 137)
		why="no end within the time limit" ;;
	*)	[ "$KTAP_FAIL" -gt 0 ] || why="exit status $status" ;;
	esac
	if [ "$status" = 0 ] && [ "$plan" = 0 ] && [ "$results" = 0 ]; then
		KTAP_SKIP=1
	elif [ "$status" != 4 ] && [ "${plan:--1}" -ge 0 ] &&
	     [ "${plan:-0}" -ne "$results" ]; then
		why="${why:+$why; }$plan results planned, $results seen"
	fi
	[ -z "$why" ] || KTAP_FAIL=$((KTAP_FAIL + 1))
	[ -z "$complaint" ] || KTAP_FAIL=$((KTAP_FAIL + 1))

	if [ "$KTAP_FAIL" -gt 0 ]; then
		sed 's/^/# /' "$output"
		[ -z "$why" ] || printf '# %s\n' "$why"
		[ -z "$complaint" ] || sed 's/^/# /' "$complaint"
		printf 'not ok %s %s # %s passed, %s failed, %s skipped, %s s\n' \
			"$number" "$name" "$KTAP_PASS" "$KTAP_FAIL" \
			"$KTAP_SKIP" "$seconds"
	elif [ "$KTAP_PASS" -eq 0 ]; then
		why=$(grep -i -m 1 'skip' "$output")
		printf 'ok %s %s # SKIP %s\n' "$number" "$name" "${why#\# }"
	else
		printf 'ok %s %s # %s passed, %s skipped, %s s\n' \
			"$number" "$name" "$KTAP_PASS" "$KTAP_SKIP" "$seconds"
	fi
}

# ktap_count LINE: books one "ok N ..." or "not ok N ..."; anything else that
# merely begins with "ok" is prose.
ktap_count()
{
	[[ $1 =~ ^(not\ )?ok\ [0-9]+ ]] || return 1
	if [[ $1 == not* ]]; then
		KTAP_FAIL=$((KTAP_FAIL + 1))
	elif [[ ${1,,} =~ \#\ *skip ]]; then
		KTAP_SKIP=$((KTAP_SKIP + 1))
	else
		KTAP_PASS=$((KTAP_PASS + 1))
	fi
}
