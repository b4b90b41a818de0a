# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Nanoseconds: the scenarios of exact_vm.sh in User Mode Linux, whose code runs at
# the speed of this machine. One boot; in each run of it every scenario, and in
# each scenario one subject right after the other, so that what disturbs the machine
# disturbs all alike. What counts is the median, of differences within a run.
# To be sourced by bench.sh, not run.
#
# NATIVE_RUNS=N (5), NATIVE_SLOTS=N (65536) of the table, NATIVE_ONLY=REGEX: names
# of scenarios; what depends on sizes and ages alone is left to exact.sh.

NATIVE_RUNS=${NATIVE_RUNS:-5}
NATIVE_SLOTS=${NATIVE_SLOTS:-65536}
NATIVE_ONLY=${NATIVE_ONLY:-^(local|forward-(0|50000|unc)|syn-(half|full$|unc)|hand|ref|kt|hsip)}

# build_native VERSION DIR: the module of this benchmark, where tcpshake's is built.
build_native()
{
	make -j"$(nproc)" -C "$2/build" ARCH=um \
		M="$(tree_for "$1")/selftests/bench/kernel" modules
}

# native_runs: what the guest is to do. There is no BPF: without a compiler for it,
# which UML lacks, it would be measured by an interpreter. Memory is touched before,
# as this machine hands it out by the page; conntrack asks for random numbers.
native_runs()
{
	printf '%s\n' "dmesg | grep -q 'crng init done'
	printf 'check\tstatus of the search for good random numbers\t0\t%s\n' \$?
	mount -o remount,size=85% /tmp
	dd if=/dev/zero of=/tmp/memory bs=1M 2>/dev/null
	rm /tmp/memory
	for ((run = 0; run < $NATIVE_RUNS; run++)); do
		echo run
		SUBJECTS='none empty tcpshake conntrack' SLOTS=$NATIVE_SLOTS \
			UNIT=ns/packet ONLY='$NATIVE_ONLY' bash bench/exact_vm.sh || exit
	done"
}

# boot_native DIR: checks become ours, and results lines of $WORK/native: run,
# scenario, subject, ns.
boot_native()
{
	local kind a b c d run=0 finished=0

	while IFS=$'\t' read -r kind a b c d; do
		case $kind in
		run) run=$((run + 1)) ;;
		result) [ "$c" != ns/packet ] ||
			printf '%s\tnative/%s\t%s\t%s\n' "$run" "${a#*/}" "$b" "$d" >&3 ;;
		check) check "$a" "$b" "$c" ;;
		finished) finished=$((finished + 1)) ;;
		*) say "$kind" ;;
		esac
	done < <("$VM_DIR/uml.sh" run --memory 1G --timeout 3600 --add "$1" \
		"$(native_runs)" 2>&1) 3>"$WORK/native"
	check "runs that came to their end" "$NATIVE_RUNS" "$finished"
}

native()
{
	local dir version

	"$VM_DIR/deps.sh" uml || die "cannot install what User Mode Linux is built with"
	dir=$("$VM_DIR/uml.sh" build) || die "there is no User Mode Linux to measure in"
	version=$(cat "$dir/version")
	in_tree "$version" build_native "$version" "$dir" ||
		die "cannot build the benchmark's module"
	install -D -t "$WORK/uml" \
		"$(tree_for "$version")/selftests/bench/kernel/tcpshake_bench.ko" || exit 1
	say "Counting nanoseconds, $NATIVE_RUNS runs ..."
	boot_native "$WORK/uml"
	awk -F '\t' -f "$TOP/selftests/bench/median.awk" "$WORK/native" >>"$OUT"
}

report_native()
{
	grep -q '^native/' "$OUT" || return 0
	awk -F '\t' -v unit=ns/packet -v over="ns over empty" \
		-f "$TOP/selftests/bench/exact.awk" "$TOP/selftests/bench/targets.tsv" "$OUT"
	cat <<-'EOT'

	Nanoseconds of this machine, in User Mode Linux: medians of runs, of the middle half of
	batches; "over empty" is of differences within a run, "ns spread" in the results is how far
	their quartiles are apart. Half full, counted by attempts: rows fill unevenly.
	One processor: locks and atomic operations cost less there than in a kernel for several,
	of which conntrack has more. The time of day costs a call of the C library. Modules call
	the kernel, and it them, by pointers, and the table's memory has pages of 4 KiB.
	Not measured here: BPF, which User Mode Linux cannot compile; two processors (part table).
	EOT
}
