# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Memory: what the module has of the kernel's, before, during and after SYNs of ten
# million senders, for one service and then for a million addresses; memory_vm.sh has
# what is done. To be sourced by bench.sh after exact.sh, not run.
#
# MEMORY_SLOTS="N..." (65536)

MEMORY_SLOTS=${MEMORY_SLOTS:-65536}

memory()
{
	local kernel slots

	kernel=$(newest_kernel)
	in_tree bench build_exact "$kernel" || die "cannot build the benchmark's module"
	install -D -t "$WORK/memory" "$BENCH/../kernel/tcpshake_bench.ko" || exit 1
	for slots in $MEMORY_SLOTS; do
		say "Memory, $slots slots ..."
		take_results "the machine with $slots slots" --timeout 3600 --add "$WORK/memory" \
			cmd "SLOTS=$slots bash bench/memory_vm.sh"
	done
}

report_memory()
{
	grep -q '^memory' "$OUT" || return 0
	awk -F '\t' '
		$1 !~ /^memory/ { next }
		!header++ { printf "\n%-24s %-24s %-14s %12s\n", "MEMORY", "WHEN", "UNIT", "" }
		{ printf "%-24s %-24s %-14s %12s\n", substr($1, 9), $2, $3, $4 }' "$OUT"
	cat <<-'EOT'

	KiB: what the kernel holds more than before the module was loaded, by SUnreclaim, VmallocUsed and
	Percpu of /proc/meminfo; vmalloc: those of /proc/vmallocinfo that are ours.
	EOT
}
