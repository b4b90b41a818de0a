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
		packets_anomalous=2 anomaly_rst_out_of_win=2 attempts=1 \
		pending=1 pending_half_open_synack=1
	s2c RA --seq 1 --ack 1
	s2c R --seq 99
	assert_delta "$ROUTER" packets=2 packets_anomalous=2 anomaly_rst_not_exact=2
	s2c "$2" --seq 0
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

# What comes afterwards belongs to nothing; a SYN begins anew.
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
	c2s S --seq 1000
	s2c SA --seq 6000 --ack 1001
	c2s A --seq 1001 --ack 6001
	assert_delta "$ROUTER" packets=3 packets_new_attempt=1 packets_synack=1 \
		packets_completing=1 attempts=1 attempts_completed=1
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
		packets_completing=1 packets_untracked=1 attempts=1 attempts_completed=1
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
