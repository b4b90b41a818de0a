#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Another initial sequence number on the same addresses and ports is another
# attempt. Both wait side by side until one of them is answered.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

# Both wait for an answer, which decides; what is older has lost then.
while_syn()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	c2s S --seq 2000
	c2s S --seq 1000
	assert_delta "$ROUTER" packets=3 packets_new_attempt=2 packets_syn_retransmit=1 \
		anomaly_syn_diff_isn=1 anomaly_syn_retrans=1 attempts=2 pending=2 \
		pending_half_open_syn=2
	s2c SA --seq 5000 --ack 2001
	assert_delta "$ROUTER" packets=1 packets_synack=1 attempts_superseded=1 \
		pending=-1 pending_half_open_syn=-2 pending_half_open_synack=1
	last_line "$ROUTER" half_open
	equal isn "${LINE[isn]}" 2000
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_synack_diff_ack=1
	c2s A --seq 2001 --ack 5001
	assert_delta "$ROUTER" packets=1 packets_completing=1 \
		attempts_completed=1 pending=-1 pending_half_open_synack=-1
}

# The answer is to the first one; the second, being newer, waits until that completes.
older_answered()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	c2s S --seq 2000
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=3 packets_new_attempt=2 packets_synack=1 \
		anomaly_syn_diff_isn=1 attempts=2 pending=2 pending_half_open_syn=1 \
		pending_half_open_synack=1
	c2s A --seq 1001 --ack 5001
	assert_delta "$ROUTER" packets=1 packets_completing=1 attempts_completed=1 \
		attempts_superseded=1 pending=-2 pending_half_open_syn=-1 \
		pending_half_open_synack=-1
}

# What a client does that knows nothing of the old one (RFC 9293, 3.5.2): the server
# says what it has, the client resets that, and its own SYN is answered.
while_synack()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s S --seq 2000
	assert_delta "$ROUTER" packets=3 packets_new_attempt=2 packets_synack=1 \
		anomaly_syn_diff_isn_synrecv=1 attempts=2 pending=2 \
		pending_half_open_syn=1 pending_half_open_synack=1
	s2c A --seq 5001 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_challenge_ack=1
	s2c SA --seq 6000 --ack 2001
	assert_delta "$ROUTER" packets=1 packets_synack=1 attempts_superseded=1 \
		pending=-1 pending_half_open_syn=-1
	last_line "$ROUTER" half_open
	equal isn "${LINE[isn]}" 2000
	equal server_isn "${LINE[server_isn]}" 6000
	equal synack_count "${LINE[synack_count]}" 1
	c2s A --seq 1001 --ack 5001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_ack_bad_both=1
	c2s R --seq 2001
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_synack=-1
}

# After its outcome nothing can be superseded: on a connection believed established
# a SYN may be a probe, and the connection goes on.
after_completion()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	c2s S --seq 9000
	assert_delta "$ROUTER" packets=4 packets_new_attempt=2 packets_synack=1 \
		packets_completing=1 attempts=2 attempts_completed=1 anomaly_syn_on_est=1 \
		pending=1 pending_half_open_syn=1
	s2c A --seq 5001 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_untracked=1 confirmed=1
	c2s R --seq 9000
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_syn=-1
}

# After a FIN or RST the same ports are there to be used again.
after_close()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	c2s FA --seq 1001 --ack 5001
	s2c FA --seq 5001 --ack 1002
	c2s S --seq 9000
	assert_delta "$ROUTER" packets=6 packets_new_attempt=2 packets_synack=1 \
		packets_completing=1 packets_untracked=2 attempts=2 attempts_completed=1 \
		confirmed=1 anomaly_syn_after_close=1 pending=1 pending_half_open_syn=1
	s2c RA --seq 0 --ack 9001
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1 pending=-1 pending_half_open_syn=-1
	c2s S --seq 7000
	c2s R --seq 7000
	assert_delta "$ROUTER" packets=2 packets_new_attempt=1 packets_reset=1 attempts=1 \
		attempts_client_reset=1 anomaly_syn_after_close=1
}

# Several SYN-ACKs with ISNs of their own to one SYN: the third segment says which
# one the client took. Up to five are kept.
rivals()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	for isn in 5000 6000 7000 8000 9000 10000; do
		s2c SA --seq "$isn" --ack 1001
	done
	s2c SA --seq 7000 --ack 1001
	assert_delta "$ROUTER" packets=8 packets_new_attempt=1 packets_synack=1 \
		packets_anomalous=5 packets_synack_retransmit=1 anomaly_synack_diff_seq=5 \
		anomaly_synack_retrans=1 attempts=1 pending=1 pending_half_open_synack=1
	c2s A --seq 1001 --ack 10001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_ack_bad_ack=1
	c2s A --seq 1001 --ack 7001
	assert_delta "$ROUTER" packets=1 packets_completing=1 attempts_completed=1 \
		pending=-1 pending_half_open_synack=-1
	last_line "$ROUTER" completed
	matches "half of the client" "${LINE[client_rtt_us]}" "[0-9-]*"
	busywait "$WAIT_MS" nothing_lingers "$ROUTER" || fail "a SYN-ACK lingers for ever"
	assert_delta "$ROUTER"
}

# Ten wait at once; the oldest gives way.
many()
{
	use_family ipv4
	new_tuple
	through 100 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 1 \
		--count 100 --seq-step 1000003
	assert_delta "$ROUTER" packets=100 packets_new_attempt=100 anomaly_syn_diff_isn=99 \
		attempts=100 attempts_superseded=90 pending=10 pending_half_open_syn=10
	s2c SA --seq 5000 --ack $((99 * 1000003 + 2))
	assert_delta "$ROUTER" packets=1 packets_synack=1 attempts_superseded=9 \
		pending=-9 pending_half_open_syn=-10 pending_half_open_synack=1
	c2s R --seq $((99 * 1000003 + 2))
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_synack=-1
}

events()
{
	start_watch "$ROUTER" --outcome superseded
	while_syn ipv4
	while_synack ipv6
	wait_events 2
	equal "told" "$(jq -c '[.event, .outcome, .isn, .syn_count, .synack_count]' "$WATCH" | xargs)" \
		"[handshake,superseded,1000,2,0] [handshake,superseded,1000,1,1]"
	finish_spawned "$SPAWNED"
}

TESTS=()
for part in while_syn older_answered while_synack after_completion after_close rivals; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(many events identities)

need_root_and jq nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
run_tests
