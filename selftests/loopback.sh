#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A packet on loopback passes LOCAL_OUT and LOCAL_IN and is counted once.
#
#   ┌ HERE, observed ──────────────────────────────────┐
#   │  curl ──▶ lo: 127.0.0.1, ::1, 192.0.2.9 ──▶ httpd │
#   └──────────────────────────────────────────────────┘

. "$(dirname "$0")/lib.sh"

counted_once()
{
	fetch "$HERE" "$1:8080" || fail "no web page from $1"
	assert_delta "$HERE" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 confirmed=1 any=1
	assert_counted_alike "$HERE"
}

# To a socket that is found early, the packet takes another way through the stack.
without_early_demux()
{
	in_ns "$HERE" sysctl -qw net.ipv4.ip_early_demux=0 || fail "no such sysctl"
	counted_once "$1"
	in_ns "$HERE" sysctl -qw net.ipv4.ip_early_demux=1
}

refused()
{
	connect "$HERE" "$1" 9 && fail "connected to nothing"
	assert_delta "$HERE" packets=2 packets_new_attempt=1 packets_reset=1 \
		attempts=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1
	assert_counted_alike "$HERE"
}

TESTS=(
	"counted_once 127.0.0.1"
	"counted_once [::1]"
	"counted_once 192.0.2.9"
	"without_early_demux 127.0.0.1"
	"without_early_demux [::1]"
	"refused 127.0.0.1"
	"refused ::1"
	identities
)

need_root_and busybox curl jq nft
load_module
setup_ns HERE
ip -n "$HERE" address add 192.0.2.9/32 dev lo
start_httpd "$HERE" 8080
count_tcp "$HERE" output
observe "$HERE"
run_tests
