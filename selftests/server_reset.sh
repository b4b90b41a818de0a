#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The server answers and then thinks better of it, before the handshake is done.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

# Both ISNs are such that x+1 and y+1 wrap.
server_reset()
{
	use_family "$1"
	new_tuple
	c2s S --seq -1 --window 100
	s2c SA --seq -1 --ack 0
	s2c R --seq -1
	s2c R --seq 100
	assert_delta "$ROUTER" packets=4 packets_new_attempt=1 packets_synack=1 \
		packets_anomalous=2 anomaly_rst_out_of_win=2 anomaly_ack_zero_ack=1 attempts=1 \
		pending=1 pending_half_open_synack=1
	s2c RA --seq 1 --ack 1
	s2c R --seq 99
	assert_delta "$ROUTER" packets=2 packets_anomalous=2 anomaly_rst_not_exact=2
	[ "$2" = R ] || set -- "$@" --ack 77
	s2c "${@:2}" --seq 0
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_server_reset=1 \
		pending=-1 pending_half_open_synack=-1
}

# A client that never got the SYN-ACK obeys a RST that acknowledges its SYN.
acknowledging_reset()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	s2c RA --seq 0 --ack 1001
	assert_delta "$ROUTER" packets=3 packets_new_attempt=1 packets_synack=1 packets_reset=1 \
		attempts=1 attempts_server_reset=1
}

# Who sent the RST and goes on did not mean it, or did not send it. The same SYN is
# the same attempt, which has its outcome.
afterwards()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	s2c R --seq 5001
	c2s A --seq 1001 --ack 5001
	s2c R --seq 5001
	assert_delta "$ROUTER" packets=5 packets_new_attempt=1 packets_synack=1 packets_reset=1 \
		packets_untracked=2 attempts=1 attempts_server_reset=1
	s2c A --seq 5001 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_anomalous=1 anomaly_rst_ignored=1
	c2s S --seq 1000
	s2c SA --seq 6000 --ack 1001
	c2s A --seq 1001 --ack 6001
	assert_delta "$ROUTER" packets=3 packets_syn_retransmit=1 packets_untracked=2 \
		anomaly_syn_retrans=1
}

# Another ISN is another attempt, in the place of the one that was reset.
anew()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	s2c R --seq 5001
	c2s S --seq 3000
	s2c SA --seq 6000 --ack 3001
	c2s A --seq 3001 --ack 6001
	assert_delta "$ROUTER" packets=6 packets_new_attempt=2 packets_synack=2 packets_reset=1 \
		packets_completing=1 attempts=2 attempts_server_reset=1 attempts_completed=1 \
		anomaly_syn_after_close=1
}

# When the flow has left the table the same SYN begins an attempt.
without_linger()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	s2c R --seq 5001
	busywait "$WAIT_MS" nothing_lingers "$ROUTER" || fail "something lingers for ever"
	c2s S --seq 1000
	c2s R --seq 1000
	assert_delta "$ROUTER" packets=5 packets_new_attempt=2 packets_synack=1 packets_reset=2 \
		attempts=2 attempts_server_reset=1 attempts_client_reset=1
}

# After completion the server's RST is no business of the handshake any more.
after_completion()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	s2c R --seq 5001
	assert_delta "$ROUTER" packets=4 packets_new_attempt=1 packets_synack=1 \
		packets_completing=1 packets_untracked=1 attempts=1 attempts_completed=1 \
		reset_at_completion=1
}

TESTS=(
	"server_reset ipv4 R"
	"server_reset ipv4 RA"
	"server_reset ipv6 R"
	"server_reset ipv6 RA"
	"acknowledging_reset ipv4"
	"acknowledging_reset ipv6"
	"afterwards ipv4"
	"afterwards ipv6"
	"anew ipv4"
	"anew ipv6"
	"without_linger ipv4"
	"after_completion ipv4"
	"after_completion ipv6"
	identities
)

need_root_and nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
run_tests
