#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# SYNPROXY: the router answers the client in the server's name, with a cookie, and
# goes on to the server when the client has shown that it exists. On one tuple these
# are two handshakes, one after the other.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ SYNPROXY for 8080, ├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ 8081, 8082         │   │ 2001:db8:2::2    │
#   │ curl             │   │                    │   │ httpd, port 8080 │
#   │ port 8082: deaf  │   │                    │   │ 8081: closed     │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘
#
# What is out of the ordinary is so: a SYN-ACK with window 0, for the client not to
# send yet; and in the router's own SYN the echo of a timestamp, and, up to where it
# leaves, the number that is to be taken off the server's later.

. "$(dirname "$0")/lib.sh"

LEGS="anomaly_syn_win_zero=1 anomaly_ack_nonzero_noack=1 anomaly_ts_ecr_in_syn=1"

# From 6.15 on Linux looks at what the third ACK echoes; on 7.2 the server does not take
# the proxy's (TcpExtTSEcrRejected), and its SYN-ACK comes once more.
REJECTED=
! kernel_from 6 15 || REJECTED="packets_synack_retransmit=1 anomaly_synack_retrans=1
	anomaly_synack_after_confirmed=1"

both_legs()
{
	local client server flags

	use_family "$1"
	fetch "$CLIENT" "$S:8080" || fail "no web page from $S"
	# shellcheck disable=SC2086 # lists
	assert_delta "$ROUTER" packets_new_attempt=2 packets_synack=2 packets_completing=2 \
		attempts=2 attempts_completed=2 confirmed=1 any=1 $LEGS $REJECTED
	assert_counted_alike "$ROUTER"
	{
		read -r client server flags
		matches "flags of the client's leg" "$flags" "?(data,)cookie"
		equal "client" "${client%:*}" "$C"
		equal "server" "$server" "$S:8080"
		read -r -a LEG
		equal "the server's leg" "${LEG[*]}" "$client $server -"
	} < <(tail -n 2 "${PROC[$ROUTER]}/completed" | cut -d ' ' -f 2,3,9)
}

# The client is served by the router, and the server does not want it.
refused()
{
	use_family "$1"
	fetch "$CLIENT" "$S:8081" 2>/dev/null && fail "there is a web page from nobody"
	# shellcheck disable=SC2086 # a list
	assert_delta "$ROUTER" packets_new_attempt=2 packets_synack=1 packets_completing=1 \
		packets_reset=1 attempts=2 attempts_completed=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1 any=1 $LEGS
}

# A client that does not exist: the router keeps nothing, we do.
spoofed()
{
	if [ "$1" = ipv6 ] && ! kernel_from 6 1; then
		skip_test "the proxy of 5.10 takes no SYN over IPv6 from a raw socket"
		return
	fi
	use_family "$1"
	new_tuple
	SPORT=8082
	through 2 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 1000
	assert_delta "$ROUTER" packets=2 packets_new_attempt=1 packets_synack=1 attempts=1 \
		anomaly_syn_win_zero=1 pending=1 pending_half_open_synack=1
	c2s R --seq 1001
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 pending=-1 \
		pending_half_open_synack=-1
}

TESTS=()
for part in both_legs refused spoofed; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(identities)

need_root_and busybox curl nft
shopt -s extglob
load_module
setup_path
in_ns "$ROUTER" nft -f - 2>/dev/null <<-'EOT' || skip_all "needs SYNPROXY of nftables"
	table inet proxy {
		chain pre {
			type filter hook prerouting priority raw
			tcp dport 8080-8082 tcp flags & (fin|syn|rst|ack) == syn notrack
		}
		chain forward {
			type filter hook forward priority filter
			tcp dport 8080-8082 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm
			ct state invalid drop
		}
	}
EOT
in_ns "$ROUTER" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0
deafen "$CLIENT" 8082
start_httpd "$SERVER" 8080
count_tcp "$ROUTER" output
nft_in "$ROUTER" <<-'EOT'
	table inet count {
		chain forward {
			type filter hook forward priority -10
			meta l4proto tcp counter
		}
	}
EOT
observe "$ROUTER"
run_tests
