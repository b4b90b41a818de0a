# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of the memory benchmark: what the kernel holds without the module,
# with it, while SYNs of millions of senders come, for one service and for a million
# addresses, and afterwards. Run by bash in the virtual machine, with what memory.sh
# built in ../bench.
#
# Prints lines of tabs, like exact_vm.sh. SLOTS=N of the table.

set -u
SLOTS=${SLOTS:-65536}
HERE=/tcpshake/bench
PROC=/proc/tcpshake_bench
STATS=/proc/net/tcpshake/stats
MILLION=1000000

result()
{
	printf 'result\tmemory, %s slots\t%s\t%s\t%s\n' "$SLOTS" "$@"
}

# check WHAT EXPECTED ACTUAL
check()
{
	printf 'check\t%s\t%s\t%s\n' "$@"
}

# held: KiB that the kernel cannot give back.
held()
{
	awk '$1 == "SUnreclaim:" || $1 == "VmallocUsed:" || $1 == "Percpu:" { sum += $2 }
		END { print sum }' /proc/meminfo
}

# vmalloc: KiB of them that our module asked vmalloc for. The rest is what is smaller, and
# what each processor has.
vmalloc()
{
	awk '/\[tcpshake\]/ { sum += $2 } END { printf "%.0f\n", sum / 1024 }' /proc/vmallocinfo
}

stat()
{
	sed -n "s/^$1 //p" "$STATS"
}

# tell SUBJECT: what is held more than before there was a module.
tell()
{
	local now

	now=$(($(held) - BEFORE))
	result "$1" KiB "$now"
	result "$1" "vmalloc KiB" "$(vmalloc)"
	[ "$now" -le "${MOST:-0}" ] || MOST=$now
}

# syns FIRST COUNT SERVERS: of so many senders.
syns()
{
	local accepted before after

	before=$(stat attempts)
	printf %s "run syn first=$1 count=$2 servers=$3" >"$PROC"
	check "status of $2 SYNs" 0 $?
	read -r _ _ accepted _ <"$PROC"
	check "SYNs accepted" "$2" "$accepted"
	after=$(stat attempts)
	check "new attempts" "$2" $((after - before))
}

identity()
{
	awk '$1 == "attempts" || $1 == "pending" { is[$1] = $2 }
		$1 ~ /^attempts_/ { sum += $2 }
		END { print is["attempts"] - is["pending"] - sum }' "$STATS"
}

flood()
{
	local sent

	for sent in 1 2 3 4 5 6 7 8 9 10; do
		syns $(((sent - 1) * MILLION)) "$MILLION" 1
		case $sent in 1 | 3 | 10) tell "$sent M senders" ;; esac
	done
	result "10 M senders" pending "$(stat pending)"
	syns $((10 * MILLION)) $((2 * MILLION)) "$MILLION"
	tell "1 M addresses besides"
	check "attempts without a place" 0 "$(identity)"
}

# forgotten: nothing is in the table any more.
forgotten()
{
	local try

	tcpshake set syn-timeout 100ms
	for ((try = 0; try < 300; try++)); do
		[ "$(stat table_used)" != 0 ] || return 0
		busybox usleep 100000
	done
	return 1
}

load()
{
	insmod /tcpshake/tcpshake.ko slots="$SLOTS" grace=0
	check "loading it" 0 $?
}

main()
{
	local loaded

	modprobe nf_conntrack && insmod "$HERE/tcpshake_bench.ko" || exit 1
	load
	syns 0 "$MILLION" 1	# caches of the kernel fill up once
	rmmod tcpshake
	BEFORE=$(held)
	load
	tell loaded
	loaded=$MOST
	flood
	result "most of it" "octets/pending" $((MOST * 1024 / $(stat pending)))
	result "flood" "KiB more" $((MOST - loaded))
	forgotten
	check "all of it forgotten" 0 $?
	tell "all forgotten"
	rmmod tcpshake
	check "unloading it" 0 $?
	result unloaded KiB $(($(held) - BEFORE))
	result unloaded "vmalloc KiB" "$(vmalloc)"
	check "complaints of the kernel" 0 \
		"$(dmesg | grep -cE '\b(WARNING|BUG|Oops|Call Trace|suspicious)\b|nable to handle')"
	echo finished
}

main
