#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Do manual and README say what the sources say? Names, what is legal, columns,
# keys, memory. Reads files; needs neither root, the module nor the reader.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SOURCES=${TCPSHAKE_DIR:-$SELFTESTS/..}
MANUAL=$SOURCES/userspace

# names.c TABLE, and the section of tcpshake(7) that has an item for each of its names.
# shellcheck disable=SC2034 # read by run_tests
TESTS=("names states STATES" "names outcomes OUTCOMES" "names unreachables Unreachable"
	"names flags Flags" "names exits THE TWO IDENTITIES" "names anomalies ANOMALIES"
	"names options OPTIONS" "names_in_8 labels" "names_in_8 triggers" values_of_negotiated legal_ones outcomes_of_readme
	files_of_proc keys_of_negotiated keys_of_summary settings memory mandoc_lint)

# table NAME: the names in a table of names.c.
table()
{
	awk -v start="^static const char \\*const $1\\[\\]" '
		$0 ~ start { inside = 1; next }
		inside && /^}/ { exit }
		inside' "$SOURCES/module/core/names.c" | grep -o '"[^"]*"' | tr -d '"'
}

# section FILE NAME: of a manual page; .Ss ends with the next .Ss or .Sh. What is
# asked for by .Sh has all its .Ss, but for those of OUTCOMES, which are others.
section()
{
	awk -v name="$2" '
		/^\.S[hs] / {
			title = substr($0, 5)
			gsub(/"/, "", title)
			if (title == name) { inside = 1; level = $1; next }
			if (level == ".Ss" || $1 == ".Sh" || name == "OUTCOMES") inside = 0
		}
		inside' "$MANUAL/$1"
}

# items: of a section on standard input, in their order.
items()
{
	sed -n 's/^\.It Sy //p' | tr -d ' ' | tr ',' '\n'
}

# names_in_8 TABLE: tcpshake(8) has each.
names_in_8()
{
	local name

	for name in $(table "$1"); do
		grep -qE "^\.(It )?Sy $name\b" "$MANUAL/tcpshake.8" || fail "$name is not in tcpshake.8"
	done
}

# quoted FILE FUNCTION: the words in quotes in C functions whose name matches.
quoted()
{
	awk -v name="(^| |\\*)$2\\\\(" '
		/^[a-z].*\(/ { inside = $0 ~ name }
		inside && !/^[a-z]/' "$SOURCES/$1" | grep -oE '"[a-z][a-z0-9_]*"' | tr -d '"'
}

# each_in FILE NAME...: the page has each as a word.
each_in()
{
	local name

	[ $# -gt 2 ] || fail "hardly any names to look for"
	for name in "${@:2}"; do
		grep -qw -- "$name" "$MANUAL/$1" || fail "$name is not in $1"
	done
}

# names TABLE SECTION: neither has what the other has not.
names()
{
	local wanted have

	wanted=$(table "$1" | sort)
	have=$(section tcpshake.7 "${*:2}" | items | sort)
	[ -n "$wanted" ] || fail "no table $1"
	equal "$1 without a line" "$(comm -23 <(echo "$wanted") <(echo "$have"))" ""
	equal "lines that are no $1" "$(comm -13 <(echo "$wanted") <(echo "$have"))" ""
}

values_of_negotiated()
{
	local word words

	words=$(section tcpshake.8 "NEGOTIATED PARAMETERS" | sed -n 's/.*Dq \([a-z_]*\).*/\1/p')
	for word in $(table ecns) $(table fast_opens) $(table mptcps); do
		grep -qx "$word" <<<"$words" || fail "$word is not in tcpshake.8"
	done
}

# What engine, header and manual call legal.
legal_ones()
{
	local engine header manual

	engine=$(sed -n '/ legal = {/,/^}/s/.*BIT_OF(\([A-Z0-9_]*\)).*/\L\1/p' \
		"$SOURCES/module/core/anomalies.c" | sort)
	header=$(sed -n 's/^\tTCPSHAKE_ANOMALY_\([A-Z0-9_]*\),.*\<legal\>.*/\L\1/p' \
		"$SOURCES/module/uapi/linux/tcpshake.h" | sort)
	manual=$(awk '/^\.It Sy / { name = $3 } /^Legal\.$/ { print name }' \
		"$MANUAL/tcpshake.7" | sort)
	equal "legal in the header" "$header" "$engine"
	equal "legal in the manual" "$manual" "$engine"
}

outcomes_of_readme()
{
	local rows

	rows=$(sed -n "/^## Outcomes/,/^## /s/^| \`\([a-z_]*\)\` .*/\1/p" "$SOURCES/README.md")
	equal "outcomes in the README" "$(sort <<<"$rows")" "$(table outcomes | sort)"
}

# numbers PATTERN: what proc.c shows by names that look like this, after their prefix.
numbers()
{
	sed -n "s/.*show_number(m, \"\([a-z_]*\)\", $1.*/\1\2/p" "$SOURCES/module/proc.c"
}

# Columns, and names of numbers, as proc.c writes them.
files_of_proc()
{
	local columns text name
	local -a found=()

	text=$(tr '\n' ' ' <"$MANUAL/tcpshake.5")
	mapfile -t found < <(grep -ohE '"(client|time|server|number|half) [a-z0-9_ ]*\\n"' \
		"$SOURCES/module/proc.c" "$SOURCES/module/proc_service.c")
	equal "tables" "${#found[@]}" 6
	for columns in "${found[@]}"; do
		columns=${columns#\"} columns=${columns%\\n\"}
		[[ $text == *".Bd -literal $columns .Ed"* ]] || fail "not in tcpshake.5: $columns"
	done
	# shellcheck disable=SC2046 # words
	each_in tcpshake.5 $(numbers '"\([a-z_]*\)"')
	for name in $(numbers 'tcpshake_\(\).*'); do
		[[ $text == *"Sy $name Ns Ar "* ]] || fail "${name}NAME is not in tcpshake.5"
	done
}

keys_of_negotiated()
{
	local keys

	keys=$(quoted userspace/show_options.c show_object | sort)
	equal "keys of negotiated" "$(section tcpshake.8 "NEGOTIATED PARAMETERS" | items | sort)" \
		"$keys"
}

keys_of_summary()
{
	# shellcheck disable=SC2046 # words
	each_in tcpshake-replay.8 $(quoted userspace/replay/summary.c '(summary_)?json[a-z_]*')
}

# Each setting, and as a key of "get"; and in the completion.
settings()
{
	local name key

	while read -r name key; do
		grep -qE "^\.It Cm $name Ar (DURATION|NUMBER)\$" "$MANUAL/tcpshake.8" ||
			fail "$name is not in tcpshake.8"
		each_in tcpshake.8 "$key" "$name"
		grep -qw -- "$name" "$MANUAL/tcpshake.bash" || fail "$name is not in tcpshake.bash"
	done < <(sed -n 's/^\t{ "\([a-z-]*\)", "\([a-z_]*\)", TCPSHAKE_CONFIG_.*/\1 \2/p' \
		"$MANUAL/cmd_config.c")
}

# What the compiler holds table.h to, the README says.
memory()
{
	local octets

	octets=$(sed -n 's/^#define TCPSHAKE_SLOT_OCTETS[[:blank:]]*\([0-9]*\).*/\1/p' \
		"$SOURCES/module/table.h")
	grep -q "[^0-9]${octets:-none} octets a slot" "$SOURCES/README.md" ||
		fail "the README does not say ${octets:-?} octets a slot"
}

mandoc_lint()
{
	type -P mandoc >/dev/null || { skip_test "needs mandoc"; return; }
	equal "mandoc" "$(mandoc -Tlint -Wwarning "$MANUAL"/*.[1-8])" ""
}

[ -e "$SOURCES/module/core/names.c" ] || skip_all "the sources are not here"
run_tests
