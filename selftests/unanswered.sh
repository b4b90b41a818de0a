#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nobody answers: a firewall swallows the SYN behind the observer. However often
# it is repeated, it is one attempt, and it ends when its time is up.
#
#   ┌──────────────────┐      ┌──────────────────────┐
#   │ CLIENT           │      │ SERVER, observed     │
#   │        192.0.2.1 ├──────┤ 192.0.2.2            │
#   │   2001:db8:1::1  │      │ 2001:db8:1::2        │
#   └──────────────────┘      │ port 80: dropped     │
#                             └──────────────────────┘
#
# Time itself is under test: the timeouts of the attempts are real ones.

. "$(dirname "$0")/lib.sh"

# Two real clients, with their retransmission after one second.
real_clients()
{
	local -a clients=()

	tcpshake "$SERVER" set syn-timeout 1500ms max-age 10m
	start_watch "$SERVER"
	for S in 192.0.2.2 2001:db8:1::2; do
		spawn_connect "$CLIENT" "$S" 80
		clients+=("$SPAWNED")
	done
	assert_delta "$SERVER" packets=4 packets_new_attempt=2 packets_syn_retransmit=2 \
		anomaly_syn_retrans=2 attempts=2 pending=2 pending_half_open_syn=2
	finish_spawned "${clients[@]}"
	last_line "$SERVER" half_open
	equal state "${LINE[state]}" half_open_syn
	equal syn_count "${LINE[syn_count]}" 2
	equal server_isn "${LINE[server_isn]}" -
	assert_delta "$SERVER" attempts_unanswered=2 pending=-2 pending_half_open_syn=-2
	wait_events 2
	# 1 s, by a clock of 4 ms, until the second SYN, which is remembered to 33 ms; then 1.5 s
	equal "two events of the right kind" "$(jq -c 'select(.outcome == "unanswered" and
		.syn_count == 2 and .synack_count == 0 and
		.total_us >= 2463000)' "$WATCH" | wc -l)" 2
}

# At most 15 retransmissions can be told; all of them are counted.
many_retransmissions()
{
	tcpshake "$SERVER" set syn-timeout 10m
	use_family "$1"
	new_tuple
	through 20 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 77 --count 20
	assert_delta "$SERVER" packets=20 packets_new_attempt=1 packets_syn_retransmit=19 \
		anomaly_syn_retrans=19 attempts=1 pending=1 pending_half_open_syn=1
	last_line "$SERVER" half_open
	equal syn_count "${LINE[syn_count]}" 15
	equal isn "${LINE[isn]}" 77
	tcpshake "$SERVER" set syn-timeout 100ms
	assert_delta "$SERVER" attempts_unanswered=1 pending=-1 pending_half_open_syn=-1
}

# A client that goes on and on does not keep its attempt longer than max-age.
max_age()
{
	local attempts

	tcpshake "$SERVER" set syn-timeout 5s max-age 500ms
	use_family ipv4
	new_tuple
	through 20 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 7 --count 20 --rate 10
	grown "$SERVER" attempts
	attempts=$GROWN
	[ "$attempts" -ge 2 ] || fail "two seconds of SYNs are still one attempt"
	assert_stat "$SERVER" pending 0
	grown "$SERVER" attempts_unanswered
	equal "all attempts unanswered" "$GROWN" "$attempts"
}

TESTS=(
	real_clients
	"many_retransmissions ipv4"
	"many_retransmissions ipv6"
	max_age
	identities
)

need_root_and jq nft
load_module
setup_pair
deafen "$SERVER" 80
observe "$SERVER"
run_tests
