#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nobody listens: the SYN is answered by a RST, of the stack or of a firewall.
#
#   ┌──────────────────┐      ┌──────────────────┐
#   │ CLIENT, observed │      │ SERVER, observed │
#   │        192.0.2.1 ├──────┤ 192.0.2.2        │
#   │   2001:db8:1::1  │      │ 2001:db8:1::2    │
#   └──────────────────┘      └──────────────────┘
#                 port 9: closed, port 10: rejected by nftables

. "$(dirname "$0")/lib.sh"

ONE_REFUSED=(packets=2 packets_new_attempt=1 packets_reset=1 attempts=1 attempts_refused=1
	anomaly_syn_to_closed_listener=1)

refused()
{
	use_family "$1"
	connect "$CLIENT" "$S" "$2" && fail "connected to port $2"
	assert_delta "$SERVER" "${ONE_REFUSED[@]}"
	assert_delta "$CLIENT" "${ONE_REFUSED[@]}"
}

# The numbers have to be right: the RST must acknowledge the SYN.
unrelated_reset()
{
	use_family "$1"
	SPORT=11
	new_tuple
	c2s S --seq 1000
	s2c R --seq 1001
	s2c RA --seq 0 --ack 1000
	s2c RA --seq 0 --ack 1002
	assert_delta "$SERVER" packets=4 packets_new_attempt=1 packets_anomalous=3 \
		anomaly_rst_bad_ack_synsent=3 attempts=1 pending=1 pending_half_open_syn=1
	s2c RA --seq 0 --ack 1001
	assert_delta "$SERVER" packets=1 packets_reset=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1 \
		pending=-1 pending_half_open_syn=-1
	snapshot "$CLIENT"
}

told()
{
	start_watch "$SERVER" --outcome refused
	use_family "$1"
	connect "$CLIENT" "$S" 9 && fail "connected to port 9"
	wait_events 1
	jq -e --arg server "${S//[\[\]]/}" 'select(.event == "handshake") |
		.outcome == "refused" and .server == $server and .server_port == 9 and
		.syn_count == 1 and .synack_count == 0 and .server_isn == null and
		.server_rtt_us == null and .client_rtt_us == null and .flags == []' \
		"$WATCH" >/dev/null || fail "$(cat "$WATCH")"
	finish_spawned "$SPAWNED"
}

TESTS=(
	"refused ipv4 9"
	"refused ipv6 9"
	"refused ipv4 10"
	"refused ipv6 10"
	"unrelated_reset ipv4"
	"unrelated_reset ipv6"
	"told ipv4"
	"told ipv6"
	identities
)

need_root_and jq nft
load_module
setup_pair
deafen "$SERVER" 11
deafen "$CLIENT" 11
nft_in "$SERVER" <<-'EOT'
	table inet firewall {
		chain in {
			type filter hook input priority filter
			tcp dport 10 reject with tcp reset
		}
	}
EOT
observe "$SERVER"
observe "$CLIENT"
run_tests
