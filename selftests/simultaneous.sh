#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Connections with two openers (RFC 9293, 3.5, figure 7), and with one at both ends.
#
#   ┌──────────────────────┐                ┌──────────────────────┐
#   │ CLIENT, observed     │                │ SERVER, observed     │
#   │            192.0.2.1 ├────────────────┤ 192.0.2.2            │
#   │      2001:db8:1::1   │ netem: SYNs    │ 2001:db8:1::2        │
#   │ socat, from and to   │ take a second  │ socat, from and to   │
#   │ port 6000            │                │ port 6000            │
#   └──────────────────────┘                └──────────────────────┘

. "$(dirname "$0")/lib.sh"

SELF=(packets_new_attempt=1 packets_synack=1 packets_completing=1 attempts=1
	attempts_completed=1 any=1)

# open_from NS PROTOCOL HERE THERE PORT: both ends bound, then closed.
open_from()
{
	spawn "$1" socat -u /dev/null "$2:$4:$5,bind=$3:$5,connect-timeout=20"
}

# Each SYN leaves before the other one arrives.
crossing()
{
	local first ns

	use_family "$1"
	open_from "$CLIENT" "$2" "$C" "$S" "$3"
	first=$SPAWNED
	open_from "$SERVER" "$2" "$S" "$C" "$3"
	wait "$first" || fail "the client does not get through"
	wait "$SPAWNED" || fail "the server does not get through"
	for ns in "$CLIENT" "$SERVER"; do
		assert_stat "$ns" pending 0
		last_line "$ns" completed
		matches "flags in $ns" "${LINE[flags]}" "*simultaneous*"
		equal "halves" "${LINE[server_rtt_us]} ${LINE[client_rtt_us]}" "- -"
		grown "$ns" attempts
		equal "attempts in $ns" "$GROWN" 1
		grown "$ns" attempts_completed
		equal "completed in $ns" "$GROWN" 1
		grown "$ns" anomaly_syn_from_s
		equal "SYNs from both sides in $ns" "$GROWN" 1
		snapshot "$ns"
	done
}

# Bound to where it connects to.
self_connect()
{
	in_ns "$CLIENT" socat -u /dev/null "$2:$1:6001,bind=$1:6001,connect-timeout=20" ||
		fail "no connection to itself"
	expected self_completed || fail "not completed"
	last_line "$CLIENT" completed
	matches "flags" "${LINE[flags]}" "*self*"
	equal "both ends" "${LINE[client]}" "${LINE[server]}"
	assert_stat "$CLIENT" pending 0
	assert_delta "$CLIENT" "${SELF[@]}"
}

self_completed()
{
	grown "$CLIENT" attempts_completed
	[ "$GROWN" -eq 1 ]
}

TESTS=(
	"self_connect 127.0.0.1 TCP4"
	"self_connect [::1] TCP6"
	"self_connect 192.0.2.1 TCP4"
	"crossing ipv4 TCP4 6000"
	"crossing ipv6 TCP6 6000"
	identities
)

need_root_and socat tc
load_module
setup_pair
for end in "$CLIENT" "$SERVER"; do
	in_ns "$end" tc qdisc add dev veth1 root netem delay 600ms || skip_all "needs netem"
	observe "$end"
done
run_tests
