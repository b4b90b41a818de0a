#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Another initial sequence number on the same addresses and ports is another
# attempt; the one before it is superseded.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

# The answer to the old SYN is not one to the new.
while_syn()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	c2s S --seq 2000
	assert_delta "$ROUTER" packets=2 packets_new_attempt=2 anomaly_syn_diff_isn=1 \
		attempts=2 attempts_superseded=1 pending=1 pending_half_open_syn=1
	last_line "$ROUTER" half_open
	equal isn "${LINE[isn]}" 2000
	equal syn_count "${LINE[syn_count]}" 1
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_synack_bad_ack=1
	s2c SA --seq 5000 --ack 2001
	c2s A --seq 2001 --ack 5001
	assert_delta "$ROUTER" packets=2 packets_synack=1 packets_completing=1 \
		attempts_completed=1 pending=-1 pending_half_open_syn=-1
}

while_synack()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s S --seq 2000
	assert_delta "$ROUTER" packets=3 packets_new_attempt=2 packets_synack=1 \
		anomaly_syn_diff_isn_synrecv=1 attempts=2 attempts_superseded=1 \
		pending=1 pending_half_open_syn=1
	last_line "$ROUTER" half_open
	equal state "${LINE[state]}" half_open_syn
	equal server_isn "${LINE[server_isn]}" -
	equal synack_count "${LINE[synack_count]}" 0
	c2s A --seq 1001 --ack 5001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_ack_before_synack=1
	c2s R --seq 2000
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_syn=-1
}

# After its outcome nothing can be superseded: a new connection on old ports.
after_completion()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	c2s S --seq 9000
	assert_delta "$ROUTER" packets=4 packets_new_attempt=2 packets_synack=1 \
		packets_completing=1 attempts=2 attempts_completed=1 \
		pending=1 pending_half_open_syn=1
	c2s R --seq 9000
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_syn=-1
}

many()
{
	use_family ipv4
	new_tuple
	through 100 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S \
		--count 100 --seq-step 1000003
	assert_delta "$ROUTER" packets=100 packets_new_attempt=100 anomaly_syn_diff_isn=99 \
		attempts=100 attempts_superseded=99 pending=1 pending_half_open_syn=1
	c2s R --seq $((99 * 1000003))
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_syn=-1
}

events()
{
	start_watch "$ROUTER" --outcome superseded
	while_syn ipv4
	while_synack ipv6
	wait_events 2
	equal "told" "$(jq -c '[.event, .outcome, .isn, .synack_count]' "$WATCH" | xargs)" \
		"[handshake,superseded,1000,0] [handshake,superseded,1000,1]"
	finish_spawned "$SPAWNED"
}

TESTS=(
	"while_syn ipv4"
	"while_syn ipv6"
	"while_synack ipv4"
	"while_synack ipv6"
	"after_completion ipv4"
	"after_completion ipv6"
	many
	events
	identities
)

need_root_and jq nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
run_tests
