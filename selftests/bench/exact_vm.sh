# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of the exact benchmark: each scenario, by each subject, in one
# boot. Run by bash in the virtual machine, with what exact.sh built in ../bench.
# Every scenario begins with a namespace, module or program that has seen nothing.
#
# Prints lines of tabs, the rest is for the reader:
#   result  SCENARIO SUBJECT UNIT VALUE
#   check   WHAT EXPECTED ACTUAL
# A scenario is called SIZE/FAMILY/NAME; what the names mean is in exact.awk.
#
# SLOTS=N of the table. SUBJECTS, FAMILIES, ONLY=REGEX: names of scenarios.
# UNIT=ns/packet, where time is not a count: the middle half of the batches counts,
# as whatever else the machine does falls into some of them.

set -u
SLOTS=${SLOTS:-65536}
SUBJECTS=${SUBJECTS:-none empty tcpshake conntrack bpf}
FAMILIES=${FAMILIES:-4 6}
ONLY=${ONLY:-.}
UNIT=${UNIT:-instructions}
HERE=/tcpshake/bench
PROC=/proc/tcpshake_bench

# Numbers of flows: those that are measured, and those that fill the table before.
MEASURED=0 OTHERS=2000000
COUNT=$((SLOTS / 8 < 4096 ? SLOTS / 8 : 4096))
SEGMENTS=8192

# shellcheck source=selftests/bench/exact_subjects.sh
. "$(dirname "${BASH_SOURCE[0]}")/exact_subjects.sh"

# local_socket PATH: segments of established connections of this host, whose socket is
# known, in turn of a client and of a server.
local_socket()
{
	# BPF_PROG_TEST_RUN knows no sockets of ours
	[ "$SUBJECT" != bpf ] || return
	addresses
	tell "connect v6=$((FAMILY == 6)) flows=32"
	is tcpshake attempts_completed 32
	tcpshake_forgets
	measure "local" 0 "$SEGMENTS" "path=$1"
	grew tcpshake packets "$SEGMENTS"
	grew tcpshake packets_untracked "$SEGMENTS"
	grew conntrack count 0
	tell disconnect
}

# forward PENDING: segments of established connections of others, as many attempts
# pending.
forward()
{
	local -A now

	before handshake "$MEASURED" 256
	tcpshake_forgets
	[ "$1" = 0 ] || before syn "$OTHERS" "$1"
	measure established "$MEASURED" "$SEGMENTS" flows=256
	grew tcpshake packets "$SEGMENTS"
	grew tcpshake packets_untracked "$SEGMENTS"
	grew tcpshake pending 0
	grew conntrack count 0
	is conntrack count $((256 + $1))
	[ "$SUBJECT" = tcpshake ] || return
	read_counters now
	check "pending and evicted" "$1" $((${now[pending]:-0} + ${now[attempts_evicted]:-0}))
	result "$SIZE/v$FAMILY/$NAME" tcpshake pending "${now[pending]:-0}"
}

new_syns()
{
	measure syn "$MEASURED" "$COUNT"
	grew tcpshake packets "$COUNT"
	grew tcpshake packets_new_attempt "$COUNT"
}

# Half full when half of them are in.
syn_half()
{
	local fill=$(((SLOTS - COUNT) / 2))

	before syn "$OTHERS" "$fill"
	new_syns
	is conntrack count $((fill + COUNT))
	[ "$SUBJECT" = tcpshake ] || return
	check "attempts" $((fill + COUNT)) "${AFTER[attempts]:-none}"
	result "$SIZE/v$FAMILY/$NAME" tcpshake evicted \
		$((${AFTER[attempts_evicted]:-0} - ${BEFORE[attempts_evicted]:-0}))
}

# Its count is not exact to one; what it dropped early and what it grew by is all that
# was new.
conntrack_evicted()
{
	local dropped=$((16#${AFTER[early_drop]} - 16#${BEFORE[early_drop]}))

	check "dropped early, and more of them" "$COUNT" \
		$((dropped + AFTER[count] - BEFORE[count]))
	check "most of them dropped early" 1 $((dropped >= COUNT * 95 / 100))
}

# syn_full TIMES: after so many times the table in SYNs, each new one evicts. Rows
# fill at random, so that takes three times the table at least; conntrack, which
# counts, is full at once.
syn_full()
{
	local times=$1

	[ "$SUBJECT" != conntrack ] || [ "$times" -gt 3 ] || times=1
	echo "$SLOTS" >/proc/sys/net/netfilter/nf_conntrack_max
	before syn "$OTHERS" $((SLOTS * times + 4096))
	new_syns
	grew tcpshake attempts_evicted "$COUNT"
	grew tcpshake table_used 0
	[ "$SUBJECT" != conntrack ] || conntrack_evicted
	echo $((SLOTS * 4)) >/proc/sys/net/netfilter/nf_conntrack_max
}

# used_table: where time is not a count, the table has been in use. Its pages come as
# they are touched in User Mode Linux, and at once in other kernels.
used_table()
{
	[ "$SUBJECT" = tcpshake ] && [ "$UNIT" != instructions ] || return 0
	before handshake "$OTHERS" "$SLOTS"
	tcpshake_forgets
}

handshakes()
{
	used_table
	measure handshake "$MEASURED" "$COUNT"
	grew tcpshake packets $((3 * COUNT))
	grew tcpshake packets_new_attempt "$COUNT"
	grew tcpshake packets_synack "$COUNT"
	grew tcpshake packets_completing "$COUNT"
	grew tcpshake attempts_completed "$COUNT"
	grew conntrack count "$COUNT"
}

refusals()
{
	used_table
	measure refused "$MEASURED" "$COUNT"
	grew tcpshake packets $((2 * COUNT))
	grew tcpshake packets_new_attempt "$COUNT"
	grew tcpshake packets_reset "$COUNT"
	grew tcpshake attempts_refused "$COUNT"
}

# conntrack alone, without the hooks that confirm.
unconfirmed()
{
	[[ $SUBJECT == @(none|conntrack) ]] || return 0
	case $1 in
	syn) measure syn "$MEASURED" "$COUNT" path=prerouting ;;
	established)
		before handshake "$MEASURED" 256
		measure established "$MEASURED" "$SEGMENTS" flows=256 path=prerouting ;;
	esac
	grew conntrack count 0
}

# What calls cost that all of them make.
plain()
{
	[ "$SUBJECT" = none ] || return 0
	measure established "$MEASURED" "$SEGMENTS" "path=$1"
}

# scenario NAME COMMAND...
scenario()
{
	NAME=$1
	[[ $NAME =~ $ONLY ]] || return 0
	shift
	for SUBJECT in $SUBJECTS; do
		begin
		"$@"
		finish
	done
}

all_scenarios()
{
	local pending

	scenario local-in local_socket local_in
	scenario local-out local_socket local_out
	scenario forward-0 forward 0
	for pending in 1024 32768 50000 524288; do
		[ "$pending" -ge "$SLOTS" ] || scenario "forward-$pending" forward "$pending"
	done
	scenario syn-half syn_half
	scenario syn-full syn_full 3
	[ "$SLOTS" -gt 65536 ] || scenario syn-full-10 syn_full 10
	scenario handshake handshakes
	scenario refused refusals
	scenario forward-unconfirmed unconfirmed established
	scenario syn-unconfirmed unconfirmed syn
	[ "$FAMILY" = 6 ] || for path in ktime hsiphash jhash; do
		scenario "$path" plain "$path"
	done
}

# The core alone, as part "engine" has it, whose nanoseconds are instructions here.
engine()
{
	local subject unit value

	SUBJECT=all NAME=engine
	"$HERE/engine" 100 >/tmp/engine
	check "status of the core's benchmark" 0 $?
	while IFS=$'\t' read -r _ subject unit value; do
		result engine "$subject" "instructions/${unit#ns/}" "$value"
	done </tmp/engine
}

# Those without memory stay. While nobody has hooks at some point, the kernel leaves
# out the call there; so that all subjects find the same, somebody else has.
namespaces()
{
	local SUBJECT=others FAMILY=- NAME=-

	namespace none
	namespace empty
	ip netns add others
	tell "hooks conntrack"
}

main()
{
	case $SLOTS in
	*[!0-9]* | "") echo "SLOTS=$SLOTS?" >&2; exit 2 ;;
	1048576) SIZE=1Mi ;;
	*) SIZE=$((SLOTS / 1024))Ki ;;
	esac
	modprobe nf_conntrack hashsize="$SLOTS" && insmod "$HERE/tcpshake_bench.ko" || exit 1
	echo $((SLOTS * 4)) >/proc/sys/net/netfilter/nf_conntrack_max
	namespaces
	for FAMILY in $FAMILIES; do
		all_scenarios
	done
	[ "$UNIT" != instructions ] || [[ ! engine =~ $ONLY ]] || engine
	ip -all netns del
	SUBJECT=all NAME=end
	rmmod tcpshake_bench
	check "unloading the benchmark" 0 $?
	check "complaints of the kernel" 0 \
		"$(dmesg | grep -cE '\b(WARNING|BUG|Oops|Call Trace|suspicious)\b|nable to handle')"
	echo finished
}

main
