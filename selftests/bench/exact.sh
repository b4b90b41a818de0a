# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Instructions: what each kind of packet costs in the kernel's own hooks, in a
# virtual machine whose clock counts them, so that noise plays no part. In one boot
# for each size of the table: no hook, an empty one where tcpshake has its own,
# tcpshake, nf_conntrack and a BPF program; exact_vm.sh has the scenarios.
# To be sourced by bench.sh, not run.
#
# EXACT_SLOTS="N..." (4096 65536 1048576), EXACT_ONLY=REGEX: names of scenarios.

EXACT_SLOTS=${EXACT_SLOTS:-4096 65536 1048576}
EXACT_ONLY=${EXACT_ONLY:-.}

# The module of this benchmark, for that kernel: in the copy "bench" builds in.
build_exact()
{
	local headers

	headers=$(headers_of "$1") || return 1
	make -C "$headers" M="$(tree_for bench)/selftests/bench/kernel" modules
}

# pack_exact DIR: what the machine is to have beside the usual.
pack_exact()
{
	mkdir "$1" && cp "$BENCH"/{runner,peer.bpf.o,engine} "$BENCH/../kernel/tcpshake_bench.ko" "$1"
}

# boot_exact SLOTS DIR: without AppArmor and the like, which have hooks of their own.
boot_exact()
{
	take_results "the machine with $1 slots" --exact --memory 2G --append lsm=yama \
		--timeout 7200 --add "$2" cmd "SLOTS=$1 ONLY='$EXACT_ONLY' bash bench/exact_vm.sh"
}

exact()
{
	local kernel slots

	kernel=$(newest_kernel)
	say "Building what counts instructions on $kernel ..."
	in_tree bench build_exact "$kernel" || die "cannot build the benchmark's module"
	pack_exact "$WORK/exact" || die "cannot put the machine's programs together"
	for slots in $EXACT_SLOTS; do
		say "Counting instructions, $slots slots ..."
		boot_exact "$slots" "$WORK/exact"
	done
	awk -F '\t' -f "$TOP/selftests/bench/derive.awk" "$OUT" >"$WORK/derived" &&
		cat "$WORK/derived" >>"$OUT"
}
