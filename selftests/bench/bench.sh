#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What tcpshake costs, beside others: bench.sh [PART ...] (default: all of
# replay, engine, table, exact, system, memory, native).
# Prints a table of what was measured and one of targets; a target that is missed
# is no failure, an answer that is wrong is. All figures go to a file of tabs,
# "scenario subject unit value", which README's come from.
#
# OUT=FILE (selftests/bench/results.tsv), RUNS=N: of each program, the median
# counts. CPU=N: where everything runs. PACKETS=N: in each large capture.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"
# shellcheck source=selftests/bench/replay.sh
. "$TOP/selftests/bench/replay.sh"
# shellcheck source=selftests/bench/exact.sh
. "$TOP/selftests/bench/exact.sh"
# shellcheck source=selftests/bench/system.sh
. "$TOP/selftests/bench/system.sh"
# shellcheck source=selftests/bench/memory.sh
. "$TOP/selftests/bench/memory.sh"
# shellcheck source=selftests/bench/native.sh
. "$TOP/selftests/bench/native.sh"

OUT=${OUT:-$TOP/selftests/bench/results.tsv}
RUNS=${RUNS:-5}
CAPTURE_PACKETS=${PACKETS:-2000000}
PARTS="replay engine table exact system memory native"
CHECKS=0 FAILED=0 ALL_CPUS=

# result SCENARIO SUBJECT UNIT VALUE
result()
{
	printf '%s\t%s\t%s\t%s\n' "$@" >>"$OUT"
}

# value SCENARIO SUBJECT UNIT: what was measured.
value()
{
	awk -F '\t' -v scenario="$1" -v subject="$2" -v unit="$3" \
		'$1 == scenario && $2 == subject && $3 == unit { print $4 }' "$OUT"
}

# check WHAT EXPECTED ACTUAL
check()
{
	CHECKS=$((CHECKS + 1))
	[ "$2" = "$3" ] && return
	FAILED=$((FAILED + 1))
	say "WRONG: $1: $3 instead of $2"
}

# take_results WHAT ARGUMENT...: boots a machine with these of run.sh; its results and
# checks become ours.
take_results()
{
	local what=$1 kind a b c d finished=''

	shift
	while IFS=$'\t' read -r kind a b c d; do
		case $kind in
		result) result "$a" "$b" "$c" "$d" ;;
		check) check "$a" "$b" "$c" ;;
		finished) finished=1 ;;
		*) say "$kind" ;;
		esac
	done < <("$VM_DIR/run.sh" "$@" 2>&1)
	check "$what came to its end" 1 "$finished"
}

# median NUMBER...
median()
{
	printf '%s\n' "$@" | sort -g | awk '
		{ a[NR] = $1 }
		END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'
}

build_bench()
{
	make -j"$(nproc)" -C userspace && make -C selftests/bench
}

# The last processor that is ours: the first ones have the interrupts.
pin()
{
	local all

	ALL_CPUS=$(taskset -p $$) && ALL_CPUS=${ALL_CPUS##* }
	all=$(taskset -cp $$) && all=${all##*[ ,-]}
	taskset -cp "${CPU:-$all}" $$ >/dev/null || die "cannot run on processor ${CPU:-$all}"
}

describe()
{
	result environment processor name "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)"
	result environment kernel version "$(uname -r)"
	result environment compiler version "$(cc --version | head -n 1)"
	result environment tcpshake commit \
		"$(git -C "$TOP" describe --always --dirty 2>/dev/null || echo unknown)"
	result environment tshark version "$(tshark --version 2>/dev/null | head -n 1)"
	result environment tcptrace version "$(tcptrace -v 2>&1 | sed -n 's/^Version: //p')"
}

engine()
{
	local status=0

	say "The core alone ..."
	"$BENCH/engine" >>"$OUT" || status=$?
	check "status of the engine's benchmark" 0 "$status"
}

# It takes two processors for itself, if there are so many.
table()
{
	local status=0

	say "The flow table, alone and with two processors ..."
	taskset "$ALL_CPUS" "$BENCH/table" >>"$OUT" || status=$?
	check "status of the table's benchmark" 0 "$status"
}

# What was measured, a line for each program and capture; then the targets.
report()
{
	awk -F '\t' -f "$TOP/selftests/bench/report.awk" \
		"$TOP/selftests/bench/targets.tsv" "$OUT"
	awk -F '\t' -f "$TOP/selftests/bench/exact.awk" \
		"$TOP/selftests/bench/targets.tsv" "$OUT"
	report_system
	report_memory
	report_native
}

main()
{
	local part tree

	# shellcheck disable=SC2086 # a list
	[ $# -gt 0 ] || set -- $PARTS
	for part; do
		[[ " $PARTS " == *" $part "* ]] || die "there is no part $part; there are: $PARTS"
	done
	say "Building ..."
	in_tree bench build_bench || die "cannot build what is to be measured"
	tree=$(tree_for bench)
	READER=$tree/userspace/tcpshake
	BENCH=$tree/selftests/bench/out
	WORK=$(mktemp -d "$CACHE/bench.XXXXXX") || exit 1
	trap 'rm -rf "$WORK"' EXIT
	trap 'exit 130' INT TERM HUP
	pin
	: >"$OUT" || die "cannot write $OUT"
	describe
	for part; do
		"$part"
	done
	say ""
	report
	say ""
	say "$CHECKS answers checked, $FAILED of them wrong; all figures: $OUT"
	[ "$FAILED" -eq 0 ]
}

main "$@"
