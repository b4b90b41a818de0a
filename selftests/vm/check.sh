#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The whole test suite, in parts: check.sh [style|unit|vm|dkms ...] (default: all).
# Prints KTAP, then what each part found and how long it took; the last line
# is the total. ONLY=REGEX: only the scenarios it matches. KERNEL=VERSION:
# another kernel than the newest one here. JOBS=N: so many machines at once.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"
# shellcheck source=selftests/vm/ktap.sh
. "$VM_DIR/ktap.sh"

work_in_private
PASSED=0 FAILED=0 SKIPPED=0 SUMMARY=''
# Tests run in copies of the sources; this stands beside the checkout, if at all.
export TCPSHAKE_CORPUS=${TCPSHAKE_CORPUS:-$TOP/../shared/corpus}

# The unit tests, by each compiler, with its sanitizers; and the tests of the
# reader that need no module.
unit()
{
	local compiler program script number=0

	for compiler in gcc clang; do
		if ! in_tree "unit-$compiler" make -j"$(nproc)" -C selftests \
			OUTPUT="$(tree_for "unit-$compiler")/selftests" \
			CC="$compiler" SANITIZE=address,undefined all; then
			say "not ok $((number += 1)) unit tests do not build by $compiler"
			book 0 1 0
			continue
		fi
		for program in "$(tree_for "unit-$compiler")"/selftests/*_test; do
			# not what an earlier build left of a test that is no more
			[ -e "$TOP/selftests/${program##*/}.c" ] || continue
			unit_test "${program##*/} ($compiler)" "$program"
		done
	done
	for script in "$(tree_for unit-gcc)"/selftests/*_test.sh; do
		[ ! -e "$script" ] || unit_test "${script##*/}" "$script"
	done
}

# unit_test NAME PROGRAM: number is the caller's.
unit_test()
{
	local start status=0

	start=$(now_ms)
	timeout -k 5 300 "$2" >"$WORK/out" 2>&1 || status=$?
	ktap_report $((number += 1)) "$1" "$WORK/out" "$status" \
		"$(seconds_since "$start")"
	book "$KTAP_PASS" "$KTAP_FAIL" "$KTAP_SKIP"
}

style()
{
	local number=0

	unit_test style.sh "$TOP/selftests/style.sh"
}

# The scenarios, in machines of their own, which divide them up. The first
# tells how it goes, the others when they are done.
vm()
{
	local share jobs=${JOBS:-$(($(nproc) / 2))}	# each has two processors
	local -a pids=()

	[ "$jobs" -ge 1 ] || jobs=1
	[ "$jobs" -le 4 ] || jobs=4
	[ -z "${ONLY:-}" ] || jobs=1
	for ((share = 1; share < jobs; share++)); do
		vm_share "$share/$jobs" >"$WORK/vm.$share" 2>&1 &
		pids+=($!)
	done
	vm_share "0/$jobs"
	vm_result 0 $?
	for ((share = 1; share < jobs; share++)); do
		wait "${pids[share - 1]}"
		set -- $?
		cat "$WORK/vm.$share"
		vm_result "$share" "$1"
	done
}

vm_share()
{
	"$VM_DIR/run.sh" --only "${ONLY:-}" --share "$1" \
		--counts "$WORK/counts.${1%/*}" ${KERNEL:+--kernel "$KERNEL"} check
}

# vm_result SHARE STATUS
vm_result()
{
	local failed=$FAILED
	local -a counts=()

	[ ! -e "$WORK/counts.$1" ] || read -r -a counts <"$WORK/counts.$1"
	book "${counts[@]}"
	[ "$2" -eq 0 ] || [ "$FAILED" -gt "$failed" ] || book 0 1 0
}

# The package for dkms, in directories of its own: this machine keeps neither
# the module nor the key dkms makes to sign it.
dkms()
{
	local version kernel tree=$WORK/dkms number=0 ko

	if [ "$(id -u)" != 0 ]; then
		say "ok 1 dkms # SKIP needs root"
		book 0 0 1
		return
	fi
	kernel=${KERNEL:-$(newest_kernel)}
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$TOP/dkms.conf")
	mkdir -p "$tree"/{src,state,"modules/$kernel"} &&
		copy_sources "$tree/src/tcpshake-$version"
	ko=$tree/modules/$kernel/updates/dkms/tcpshake.ko

	step "dkms add" run_dkms add -m tcpshake -v "$version"
	step "dkms build for $kernel" run_dkms build -m tcpshake -v "$version" \
		-k "$kernel" --kernelsourcedir "$(headers_of "$kernel")"
	step "dkms install" run_dkms install -m tcpshake -v "$version" \
		-k "$kernel" --no-depmod
	step "the installed module is for $kernel" fits "$kernel" "$ko"
	step "dkms remove" run_dkms remove -m tcpshake -v "$version" --all \
		--no-depmod
	step "dkms leaves nothing behind" none_left "$tree"
}

run_dkms()
{
	mok_signing_key=$tree/key mok_certificate=$tree/certificate \
	command dkms "$@" --sourcetree "$tree/src" \
		--dkmstree "$tree/state" --installtree "$tree/modules"
}

fits()
{
	modinfo -F vermagic "$2"* | grep -q "^$1 "
}

none_left()
{
	! find "$1/state" "$1/modules" -name 'tcpshake*' | grep .
}

# step NAME COMMAND...: one result of the part that calls it, which counts
# them in number.
step()
{
	local name=$1

	shift
	if "$@" >"$WORK/out" 2>&1; then
		say "ok $((number += 1)) $name"
		book 1 0 0
	else
		sed 's/^/# /' "$WORK/out"
		say "not ok $((number += 1)) $name"
		book 0 1 0
	fi
}

# book PASSED FAILED SKIPPED
book()
{
	PASSED=$((PASSED + ${1:-0}))
	FAILED=$((FAILED + ${2:-0}))
	SKIPPED=$((SKIPPED + ${3:-0}))
}

# part NAME FUNCTION: runs it; a part that tested nothing has failed.
part()
{
	local start passed=$PASSED failed=$FAILED skipped=$SKIPPED

	start=$(now_ms)
	say "# ==== $1"
	"$2"
	if [ "$PASSED $FAILED" = "$passed $failed" ]; then
		say "not ok 1 $1: no test ran"
		book 0 1 0
	fi
	SUMMARY+=$(printf '# %-20s %4d passed %4d failed %4d skipped %8s s' \
		"$1" $((PASSED - passed)) $((FAILED - failed)) \
		$((SKIPPED - skipped)) "$(seconds_since "$start")")$'\n'
}

main()
{
	local name

	[ $# -gt 0 ] || set -- style unit vm dkms
	[ -z "${ONLY:-}" ] || set -- vm
	for name; do
		case $name in
		style)	part "style" style ;;
		unit)	part "unit tests" unit ;;
		vm)	part "scenarios" vm ;;
		dkms)	part "dkms" dkms ;;
		*)	die "there is no part $name" ;;
		esac
	done
	{
		printf '#\n%s' "$SUMMARY"
		total "$PASSED" "$FAILED" "$SKIPPED"
	} >"$WORK/summary"
}

# What failed is said once more where the eye falls: at the end.
main "$@" | tee "$WORK/log"
status=${PIPESTATUS[0]}
[ -e "$WORK/summary" ] || exit "$status"
grep -E '^ *not ok ' "$WORK/log" | sed 's/^ */# failed: /'
cat "$WORK/summary"
exit "$status"
