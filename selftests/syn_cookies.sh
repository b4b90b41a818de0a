#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A server that sends SYN cookies keeps nothing of the SYN; that its SYN-ACK is one
# can be told where it is sent, and there alone.
#
#   ┌──────────────────┐      ┌──────────────────┐
#   │ CLIENT, observed │      │ SERVER, observed │
#   │        192.0.2.1 ├──────┤ 192.0.2.2        │
#   │   2001:db8:1::1  │      │ 2001:db8:1::2    │
#   │ curl             │      │ httpd, port 8080 │
#   └──────────────────┘      └──────────────────┘

. "$(dirname "$0")/lib.sh"

# cookies VALUE FAMILY FLAG: of the sysctl; the flag that is then seen by the server.
cookies()
{
	local ns

	use_family "$2"
	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_syncookies="$1" || fail "no such sysctl"
	fetch "$CLIENT" "$S:8080" || fail "no web page from $S"
	for ns in "$CLIENT" "$SERVER"; do
		assert_delta "$ns" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
			attempts=1 attempts_completed=1 confirmed=1 any=1
	done
	last_line "$SERVER" completed
	matches "flags at the server" "${LINE[flags]}" "$3"
	last_line "$CLIENT" completed
	matches "flags at the client" "${LINE[flags]}" "@(-|data)"
}

# Full for a moment: cookies from here on, as by default.
overflow()
{
	local i

	use_family ipv4
	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_syncookies=1
	SPORT=8080
	for i in {1..16}; do
		new_tuple
		inject --netns "$CLIENT" "192.0.2.77:$CPORT" "$S:$SPORT" S --seq 1000 --window 1000 \
			--expect SA || fail "no answer to SYN $i"
	done
	expected cookie_pending || fail "no cookie: $(tcpshake "$SERVER" half-open --json)"
	tcpshake "$SERVER" half-open --json | grep -q '"flags": *\[\]' ||
		fail "a cookie for everybody"
}

cookie_pending()
{
	tcpshake "$SERVER" half-open --json | grep -q '"cookie"'
}

TESTS=(
	"cookies 0 ipv4 @(-|data)"
	"cookies 1 ipv4 @(-|data)"
	"cookies 2 ipv4 ?(data,)cookie"
	"cookies 0 ipv6 @(-|data)"
	"cookies 1 ipv6 @(-|data)"
	"cookies 2 ipv6 ?(data,)cookie"
	overflow
	identities
)

need_root_and busybox curl jq nft
shopt -s extglob
load_module
setup_pair
ip -n "$SERVER" route add 192.0.2.77/32 via 192.0.2.1
nft_in "$CLIENT" <<-'EOT'
	table inet deaf {
		chain in {
			type filter hook input priority raw
			ip daddr 192.0.2.77 drop
		}
	}
EOT
start_httpd "$SERVER" 8080
observe "$SERVER"
observe "$CLIENT"
run_tests
