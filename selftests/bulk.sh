#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Much data in few big packets, made by the sender (GSO), put together by the
# receiver (GRO), beyond 64 KiB (BIG TCP), or by neither: the handshake is what it
# ever is, and nothing is out of the ordinary.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER, observed │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ curl             │   │                    │   │ httpd, port 8080 │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

SIZE=1500000 BIG=30000000

# loads FAMILY: the whole file, and nothing else to tell.
loads()
{
	local got ns

	use_family "$1"
	got=$(in_ns "$CLIENT" curl -sS --noproxy '*' --max-time 60 "http://$S:8080/big" | wc -c)
	equal "octets of the file" "$got" "$SIZE"
	for ns in "$ROUTER" "$SERVER"; do
		assert_delta "$ns" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
			attempts=1 attempts_completed=1 confirmed=1 any=1
		last_line "$ns" completed
		equal "server" "${LINE[server]}" "$S:8080"
		[[ ${LINE[flags]} == - || ${LINE[flags]} == data ]] || fail "flags: ${LINE[flags]}"
	done
}

# bigger_than LENGTH: has a packet so long passed the router since the last time?
bigger_than()
{
	local packets

	packets=$(in_ns "$ROUTER" nft list chain inet sizes "over$1" |
		sed -n 's/.*counter packets \([0-9]*\) .*/\1/p')
	[ "$packets" -gt 0 ]
}

count_sizes()
{
	in_ns "$ROUTER" nft flush ruleset
	nft_in "$ROUTER" <<-'EOT'
		table inet sizes {
			chain over1500 {
				type filter hook prerouting priority filter
				meta length > 1500 counter
			}
			chain over65536 {
				type filter hook prerouting priority filter
				meta length > 65536 counter
			}
		}
	EOT
}

# offload FEATURE... : "gro on", of every cable's end.
offload()
{
	each_end offload_end "$@"
}

offload_end()
{
	in_ns "$1" ethtool -K "$2" "${@:3}" >/dev/null || fail "ethtool -K ${*:3} fails"
}

# each_end FUNCTION [ARGUMENT...]: of every cable; it gets namespace and device.
each_end()
{
	"$1" "$CLIENT" veth1 "${@:2}" && "$1" "$ROUTER" veth1 "${@:2}" &&
		"$1" "$ROUTER" veth2 "${@:2}" && "$1" "$SERVER" veth2 "${@:2}"
}

by_sender()
{
	count_sizes
	loads "$1"
	bigger_than 1500 || fail "no big packet passed"
}

one_by_one()
{
	offload tso off gso off gro off
	count_sizes
	loads "$1"
	! bigger_than 1500 || fail "a big packet passed"
}

by_receiver()
{
	kernel_from 5 13 || { skip_test "veth does not aggregate before 5.13"; return; }
	offload tso off gso off gro on
	count_sizes
	loads "$1"
	bigger_than 1500 || fail "no big packet passed"
	offload tso on gso on
}

# RFC 2675's jumbo payload, for which IPv6 has a header and Linux a use. Pages of a
# file are too small to fill one: this is written, not sent from a file, and for
# the router itself, since what is forwarded does not grow as much.
big_tcp()
{
	local ns sink

	observe "$CLIENT"
	each_end big_end || { skip_test "no BIG TCP here"; return; }
	# however long the round trip: packets as big as may be
	in_ns "$CLIENT" sysctl -qw net.ipv4.tcp_tso_rtt_log=30
	count_sizes
	spawn "$ROUTER" socat -u TCP6-LISTEN:8081,reuseaddr OPEN:/dev/null
	sink=$SPAWNED
	busywait "$WAIT_MS" listens "$sink" 8081 || fail "no sink"
	head -c "$BIG" /dev/zero | in_ns "$CLIENT" socat -u -b 262144 - \
		"TCP6:[2001:db8:1::fe]:8081" || fail "not sent"
	wait "$sink"
	for ns in "$ROUTER" "$CLIENT"; do
		assert_delta "$ns" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
			attempts=1 attempts_completed=1 confirmed=1 any=1
	done
	bigger_than 65536 || skip_test "no packet grew beyond 64 KiB"
}

big_end()
{
	ip -n "$1" link set "$2" gso_max_size 200000 gro_max_size 200000 2>/dev/null
}

TESTS=(
	"by_sender ipv4"
	"by_sender ipv6"
	"one_by_one ipv4"
	"by_receiver ipv4"
	"by_receiver ipv6"
	big_tcp
	identities
)

need_root_and busybox curl ethtool nft socat
load_module
setup_path
start_httpd "$SERVER" 8080
head -c "$SIZE" /dev/zero >"$TMP/www/big"
observe "$SERVER"
observe "$ROUTER"
run_tests
