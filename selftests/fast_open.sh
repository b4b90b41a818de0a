#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# TCP Fast Open (RFC 7413) between real programs: a cookie is asked for, is used,
# and is of no use any more.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ curl             │   │                    │   │ httpd, port 8080 │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

# Bit 0: as a client; bit 1: as a server; 0x400: for whoever listens.
fast_open()
{
	in_ns "$1" sysctl -qw net.ipv4.tcp_fastopen="$2" || fail "no Fast Open in $1"
}

# opens FLAGS FAST_OPEN [COUNTER=N...]: a page is fetched, and that is what it took.
opens()
{
	fetch "$CLIENT" "$S:8080" --tcp-fastopen || fail "no web page from $S"
	assert_delta "$ROUTER" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 confirmed=1 any=1 "${@:3}"
	last_line "$ROUTER" completed
	matches flags "${LINE[flags]}" "$1"
	equal fast_open "${LINE[fast_open]}" "$2"
	equal counts "${LINE[syn_count]} ${LINE[synack_count]}" "1 1"
	matches server_rtt_us "${LINE[server_rtt_us]}" "[0-9]*"
	OFFERED=${LINE[offered]} ANSWERED=${LINE[answered]}
}

# The cookie comes with the SYN-ACK; the request goes as ever.
granted()
{
	use_family "$1"
	opens "@(-|data)" granted anomaly_syn_tfo_req=1
	matches offered "$OFFERED" "*,fast_open"
	matches answered "$ANSWERED" "*,fast_open,fast_open_cookie"
}

# The request is in the SYN, and the SYN-ACK acknowledges it.
accepted()
{
	use_family "$1"
	opens "?(data,)tfo" accepted
	matches offered "$OFFERED" "*,fast_open,fast_open_cookie"
}

# The server does not do that any more: the data come again, after the SYN-ACK.
fallback()
{
	use_family "$1"
	fast_open "$SERVER" 0
	opens "?(data,)tfo_fallback" ignored
	fast_open "$SERVER" 0x403
}

# Asked in vain.
requested()
{
	use_family "$1"
	in_ns "$CLIENT" ip tcp_metrics flush
	fast_open "$SERVER" 0
	opens "@(-|data)" requested anomaly_syn_tfo_req=1
	fast_open "$SERVER" 0x403
}

# A cookie of another key does not let the data in, but a new one comes.
stale()
{
	use_family "$1"
	in_ns "$CLIENT" ip tcp_metrics flush
	opens "@(-|data)" granted anomaly_syn_tfo_req=1
	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_fastopen_key="1-2-3-${1#ipv}"
	opens "?(data,)tfo_fallback" ignored
	opens "?(data,)tfo" accepted
}

none()
{
	use_family "$1"
	fast_open "$CLIENT" 0
	opens "@(-|data)" none
	fast_open "$CLIENT" 1
}

TESTS=()
for part in granted accepted fallback requested stale none; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(identities)

need_root_and busybox curl
shopt -s extglob
load_module
setup_path
fast_open "$CLIENT" 1
fast_open "$SERVER" 0x403
start_httpd "$SERVER" 8080
observe "$ROUTER"
run_tests
