# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of the exact benchmark: each scenario, by each subject, in one
# boot. Prints lines of tabs, "scenario subject unit value", and "WRONG: ..." for
# what did not do what it should have.
# Run by bash in the virtual machine, with the module of kernel/ in ../bench.

set -u
SLOTS=${SLOTS:-65536}
SUBJECTS=${SUBJECTS:-none empty tcpshake conntrack}
HERE=/tcpshake/bench
PROC=/proc/tcpshake_bench
WRONG=0

wrong()
{
	WRONG=$((WRONG + 1))
	printf 'WRONG: %s\n' "$*"
}

# expect WHAT EXPECTED ACTUAL
expect()
{
	[ "$2" = "$3" ] || wrong "$SCENARIO, $SUBJECT: $1: $3 instead of $2"
}

# tell LINE: to the bench module, in the subject's namespace.
tell()
{
	if [ "$SUBJECT" = tcpshake ]; then
		printf '%s' "$1" >"$PROC"
	else
		nsenter --net=/run/netns/bench sh -c 'printf %s "$1" >"$2"' sh "$1" "$PROC"
	fi || wrong "$SCENARIO, $SUBJECT: $1 failed"
}

# begin: the subject's hooks, and nothing it would remember.
begin()
{
	if [ "$SUBJECT" = tcpshake ]; then
		insmod /tcpshake/tcpshake.ko slots="$SLOTS" grace=0
	else
		ip netns add bench
		tell "hooks $SUBJECT"
	fi
}

finish()
{
	if [ "$SUBJECT" = tcpshake ]; then
		rmmod tcpshake
	else
		ip netns del bench
	fi
}

stat_of()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/net/tcpshake/stats
}

# run LINE: unmeasured.
run()
{
	local name packets accepted rest

	tell "run $1"
	while read -r name packets accepted rest; do
		expect "$name accepted" "$packets" "$accepted"
	done <"$PROC"
}

# measure LINE: the sum of the steps, and each where there are more.
measure()
{
	local name packets accepted ns overhead total=0 steps=0 times=1

	run "$1"
	while read -r name packets accepted ns overhead; do
		times=$packets
		total=$((total + ns))
		steps=$((steps + 1))
		[ "$steps" = 1 ] || printf '%s\t%s\t%s\t%s\n' "$SCENARIO $name" "$SUBJECT" \
			instructions "$(awk "BEGIN { printf \"%.1f\", $ns / $packets }")"
	done <"$PROC"
	printf '%s\t%s\t%s\t%s\n' "$SCENARIO" "$SUBJECT" instructions \
		"$(awk "BEGIN { printf \"%.1f\", $total / $times }")"
}

# The flows of before are established, and no longer of interest to anyone else.
established_flows()
{
	run "handshake v6=$V6 first=$1 count=$2 seed=1"
	[ "$SUBJECT" = tcpshake ] || return
	expect completed "$2" "$(stat_of attempts_completed)"
	until [ "$(stat_of table_used)" = 0 ]; do
		sleep 0.5
	done
}

established()
{
	local pending=$1 before

	established_flows 0 256
	[ "$pending" = 0 ] || run "syn v6=$V6 first=1000000 count=$pending seed=2"
	if [ "$SUBJECT" = tcpshake ]; then
		expect pending "$pending" "$(($(stat_of pending) + $(stat_of attempts_evicted)))"
		before=$(stat_of packets_untracked)
	fi
	measure "established v6=$V6 first=0 count=8192 flows=256 seed=1"
	[ "$SUBJECT" = tcpshake ] &&
		expect untracked 8192 $(($(stat_of packets_untracked) - before))
}

new_syn()
{
	run "syn v6=$V6 first=0 count=$((SLOTS / 2 - 2048)) seed=1"
	measure "syn v6=$V6 first=1000000 count=4096 seed=1"
	[ "$SUBJECT" = tcpshake ] && expect attempts $((SLOTS / 2 + 2048)) "$(stat_of attempts)"
}

full_syn()
{
	run "syn v6=$V6 first=0 count=$((SLOTS * 2)) seed=1"
	measure "syn v6=$V6 first=1000000 count=4096 seed=1"
	[ "$SUBJECT" = tcpshake ] && expect attempts $((SLOTS * 2 + 4096)) "$(stat_of attempts)"
}

handshake()
{
	measure "handshake v6=$V6 count=4096"
	[ "$SUBJECT" = tcpshake ] && expect completed 4096 "$(stat_of attempts_completed)"
}

scenario()
{
	SCENARIO="$1 IPv$((4 + 2 * V6))"
	shift
	for SUBJECT in $SUBJECTS; do
		begin
		"$@"
		finish
	done
}

modprobe nf_conntrack hashsize="$SLOTS"
echo $((SLOTS * 4)) >/proc/sys/net/netfilter/nf_conntrack_max
insmod "$HERE/tcpshake_bench.ko" || exit 1
V6=0
scenario "established, 0 pending" established 0
scenario "established, 50000 pending" established 50000
scenario "new SYN, half full" new_syn
scenario "new SYN, full" full_syn
scenario handshake handshake
[ "$WRONG" = 0 ]
