#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The client gives up: before the answer, or after it, which is how a half-open
# scan looks.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ port 80: deaf    │   │                    │   │ port 80: deaf    │
#   │                  │   │                    │   │ httpd, port 8080 │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

AFTER=0		# how many gave up after the SYN-ACK

# reset_before FAMILY SEQ FLAGS: a RST from where the SYN was, or from behind it.
reset_before()
{
	use_family "$1"
	new_tuple
	c2s S --seq 4294967295
	c2s R --seq 4294967294
	c2s R --seq 1
	assert_delta "$ROUTER" packets=3 packets_new_attempt=1 packets_anomalous=2 \
		anomaly_rst_out_of_win=2 attempts=1 pending=1 pending_half_open_syn=1
	[ "$3" = R ] || set -- "$@" --ack 1
	c2s "${@:3}" --seq "$2"
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_syn=-1
}

# Only a RST at the edge of the window is sure to be obeyed (RFC 5961, 3.2).
reset_after()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001 --window 100
	c2s R --seq 1000
	c2s R --seq 1101
	assert_delta "$ROUTER" packets=4 packets_new_attempt=1 packets_synack=1 \
		packets_anomalous=2 anomaly_rst_out_of_win=2 attempts=1 \
		pending=1 pending_half_open_synack=1
	c2s R --seq 1002
	c2s R --seq 1100
	assert_delta "$ROUTER" packets=2 packets_anomalous=2 anomaly_rst_not_exact=2
	c2s R --seq 1001
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_synack=-1
	AFTER=$((AFTER + 1))
}

# The SYN does not come from the client's stack: it resets what it knows nothing of.
scan()
{
	use_family "$1"
	SPORT=8080
	new_tuple
	c2s S --seq 1000
	SPORT=80
	assert_delta "$ROUTER" packets=3 packets_new_attempt=1 packets_synack=1 \
		packets_reset=1 attempts=1 attempts_client_reset=1
	AFTER=$((AFTER + 1))
}

scan_by_hping()
{
	type -P hping3 >/dev/null || { skip_test "needs hping3"; return; }
	in_ns "$CLIENT" hping3 -q -S -p 8080 -c 5 -i u20000 198.51.100.2 >"$TMP/hping" 2>&1 ||
		fail "$(cat "$TMP/hping")"
	assert_delta "$ROUTER" packets=15 packets_new_attempt=5 packets_synack=5 \
		packets_reset=5 attempts=5 attempts_client_reset=5 \
		anomaly_mss_absent=5 anomaly_ack_nonzero_noack=5
	AFTER=$((AFTER + 5))
}

# A flag tells one from the other.
told()
{
	wait_events $((4 + AFTER))
	equal "events" "$(jq -r '"\(.outcome) \(.flags | join(","))"' "$WATCH" |
		sort | uniq -c | sed 's/^ *//')" \
		"$(printf '%s\n' "4 client_reset " "$AFTER client_reset after_synack")"
}

TESTS=(
	"reset_before ipv4 4294967295 R"
	"reset_before ipv4 0 RA"
	"reset_before ipv6 4294967295 RA"
	"reset_before ipv6 0 R"
	"reset_after ipv4"
	"reset_after ipv6"
	"scan ipv4"
	"scan ipv6"
	scan_by_hping
	told
	identities
)

need_root_and busybox jq nft
load_module
setup_path
deafen "$CLIENT" 80
deafen "$SERVER" 80
start_httpd "$SERVER" 8080
observe "$ROUTER"
start_watch "$ROUTER" --outcome client_reset
run_tests
