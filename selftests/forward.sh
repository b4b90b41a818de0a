#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A router sees the handshakes of others, each packet once.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ curl             │   │                    │   │ httpd, port 8080 │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

forwarded()
{
	use_family "$1"
	fetch "$CLIENT" "$S:8080" || fail "no web page from $S"
	assert_delta "$ROUTER" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 confirmed=1 any=1
	last_line "$ROUTER" completed
	equal client "${LINE[client]%:*}" "$C"
	equal server "${LINE[server]}" "$S:8080"
	assert_counted_alike "$ROUTER"
}

refused()
{
	use_family "$1"
	connect "$CLIENT" "$S" 9 && fail "connected to nothing"
	assert_delta "$ROUTER" packets=2 packets_new_attempt=1 packets_reset=1 \
		attempts=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1
}

# What is for the router itself, or from it, is seen where it arrives and leaves.
own_traffic()
{
	fetch "$CLIENT" 192.0.2.254:8081 || fail "no web page from the router"
	fetch "$ROUTER" 198.51.100.2:8080 || fail "no web page for the router"
	assert_delta "$ROUTER" packets_new_attempt=2 packets_synack=2 packets_completing=2 \
		attempts=2 attempts_completed=2 confirmed=2 any=1
	assert_counted_alike "$ROUTER"
}

# What is not TCP is none of our business.
other_protocols()
{
	in_ns "$CLIENT" busybox ping -c 3 -i 0.1 -q 198.51.100.2 >/dev/null || fail "no ping"
	in_ns "$CLIENT" bash -c 'echo x >/dev/udp/198.51.100.2/53'
	assert_delta "$ROUTER"
}

# No TCP header in a later fragment; too far in behind many extension headers.
fragment()
{
	new_tuple
	use_family "$1"
	c2s A --fragment 100 --payload 40
	assert_delta "$ROUTER" packets=1 packets_fragment=1
}

opaque()
{
	new_tuple
	use_family ipv6
	c2s S --ext-headers 2 --seq 1000
	assert_delta "$ROUTER" packets=2 packets_new_attempt=1 packets_reset=1 \
		attempts=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1
	c2s S --ext-headers 9
	assert_delta "$ROUTER" packets=2 packets_opaque=1 packets_untracked=1
}

TESTS=(
	"forwarded ipv4"
	"forwarded ipv6"
	"refused ipv4"
	"refused ipv6"
	own_traffic
	other_protocols
	"fragment ipv4"
	"fragment ipv6"
	opaque
	identities
)

need_root_and busybox curl jq nft
load_module
setup_path
start_httpd "$ROUTER" 8081
start_httpd "$SERVER" 8080
count_tcp "$ROUTER" forward input output
observe "$ROUTER"
run_tests
