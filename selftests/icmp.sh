#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Nobody can be reached: a router, or the host itself, says so by ICMP. Seen by the
# client's host as it arrives, by a router as it passes, and where it is sent.
#
#   ┌──────────────────┐   ┌───────────────────┐   ┌───────────────────────┐
#   │ CLIENT, observed │   │ ROUTER, observed  │   │ SERVER, observed      │
#   │        192.0.2.1 ├───┤ .254          .254├───┤ 198.51.100.2          │
#   │   2001:db8:1::1  │   │ ::fe          ::fe│   │ 2001:db8:2::2         │
#   │ port 80: deaf    │   └───────────────────┘   │ port 80: deaf         │
#   └──────────────────┘                           └───────────────────────┘
#
#   to                                      what SERVER makes of it
#   itself, port 9001 to 9004               rejected by nftables: port, admin, net, host
#   198.18.1.1, 2001:db8:f1::1              no route
#   198.18.2.1, 2001:db8:f2::1              prohibited by a route
#   198.18.3.1                              unreachable by a route
#   198.18.4.1, 2001:db8:f4::1              goes on, but no further: hop limit
#   ROUTER, port 81                         DNAT, masqueraded, to port 9001

. "$(dirname "$0")/lib.sh"

routes()
{
	ip -n "$ROUTER" route add 198.18.0.0/16 via 198.51.100.2
	ip -n "$ROUTER" route add 2001:db8:f0::/44 via 2001:db8:2::2
	ip -n "$SERVER" -batch - <<-EOT || bail "no routes"
		route del default
		route del ::/0
		route add 192.0.2.0/24 via 198.51.100.254
		route add 2001:db8:1::/64 via 2001:db8:2::fe
		route add prohibit 198.18.2.0/24
		route add prohibit 2001:db8:f2::/48
		route add unreachable 198.18.3.0/24
		route add 198.18.4.0/24 via 198.51.100.254
		route add 2001:db8:f4::/48 via 2001:db8:2::fe
	EOT
	ip -n "$CLIENT" -batch - <<-EOT || bail "no routes"
		route add 198.18.4.0/24 via 192.0.2.254 hoplimit 2
		route add 2001:db8:f4::/48 via 2001:db8:1::fe hoplimit 2
	EOT
	# not by icmp_ratelimit=0: what routes prohibit would have no burst left then
	in_ns "$SERVER" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0
	nft_in "$SERVER" <<-'EOT'
		table inet firewall {
			chain in {
				type filter hook input priority filter
				tcp dport 9001 reject with icmpx type port-unreachable
				tcp dport 9002 reject with icmpx type admin-prohibited
				tcp dport 9003 reject with icmpx type no-route
				tcp dport 9004 reject with icmpx type host-unreachable
			}
		}
	EOT
	nft_in "$ROUTER" <<-'EOT'
		table inet nat {
			chain pre {
				type nat hook prerouting priority dstnat
				ip daddr 192.0.2.254 tcp dport 81 dnat ip to 198.51.100.2:9001
				ip6 daddr 2001:db8:1::fe tcp dport 81 dnat ip6 to [2001:db8:2::2]:9001
			}
			chain post {
				type nat hook postrouting priority srcnat
				meta l4proto tcp ct original proto-dst 81 masquerade
			}
		}
	EOT
}

# one KIND: the counters of one attempt that ends so.
one()
{
	ONE=(packets=1 packets_new_attempt=1 attempts=1 attempts_unreachable=1 "unreachable_$1=1")
}

# rejected KIND ADDRESS PORT: by the host itself, whose SYN it was and whose error it is.
rejected()
{
	connect "$CLIENT" "$2" "$3" && fail "connected to $2 port $3"
	one "$1"
	assert_delta "$CLIENT" "${ONE[@]}"
	assert_delta "$ROUTER" "${ONE[@]}"
	assert_delta "$SERVER" "${ONE[@]}"
}

# on_the_way KIND ADDRESS: by a router that never comes as far as to forward it.
on_the_way()
{
	connect "$CLIENT" "$2" 9000 && fail "connected to $2"
	one "$1"
	assert_delta "$CLIENT" "${ONE[@]}"
	assert_delta "$ROUTER" "${ONE[@]}"
	assert_delta "$SERVER"
}

# What was translated on its way there is translated back in the error, too.
translated()
{
	connect "$CLIENT" "$1" 81 && fail "connected to $1"
	one port
	assert_delta "$CLIENT" "${ONE[@]}"
	assert_delta "$ROUTER" "${ONE[@]}"
	assert_delta "$SERVER" "${ONE[@]}"
}

# quotes OPTION...: SERVER sends an error about a SYN of the client's.
quotes()
{
	inject --netns "$SERVER" "$C:$CPORT" "$S:$SPORT" S "$@" || fail "not sent: $*"
}

# codes FAMILY ICMP KIND: one that real programs do not bring about.
codes()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	quotes --seq 1000 --icmp "$2" --quote 8
	one "$3"
	assert_delta "$ROUTER" "${ONE[@]}"
	snapshot "$CLIENT"
	snapshot "$SERVER"
}

# An error about what was not sent is somebody's guess (RFC 5927).
bad_quote()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	quotes --seq 1002 --icmp "$2"
	assert_delta "$ROUTER" packets=1 packets_new_attempt=1 attempts=1 \
		anomaly_icmp_bad_quote=1 pending=1 pending_half_open_syn=1
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_synack=1 pending_half_open_syn=-1 \
		pending_half_open_synack=1
	# the SYN got through, whatever became of a copy of it
	quotes --seq 1000 --icmp "$2"
	quotes --seq 999 --icmp "$2"
	assert_delta "$ROUTER" anomaly_icmp_bad_quote=1
	c2s A --seq 1001 --ack 5001
	assert_delta "$ROUTER" packets=1 packets_completing=1 attempts_completed=1 \
		pending=-1 pending_half_open_synack=-1
	snapshot "$CLIENT"
	snapshot "$SERVER"
}

# The path is too narrow (or slow): no refusal.
harmless()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	quotes --seq 1000 --icmp "$2"
	quotes --seq 999 --icmp "$3"
	assert_delta "$ROUTER" packets=1 packets_new_attempt=1 attempts=1 \
		anomaly_icmp_bad_quote=1 pending=1 pending_half_open_syn=1
	c2s R --seq 1000
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_client_reset=1 \
		pending=-1 pending_half_open_syn=-1
	snapshot "$CLIENT"
	snapshot "$SERVER"
}

told()
{
	start_watch "$ROUTER" --outcome unreachable
	use_family "$1"
	rejected admin "$S" 9002
	wait_events 1
	jq -e --arg server "${S//[\[\]]/}" 'select(.event == "handshake") |
		.outcome == "unreachable" and .unreachable == "admin" and .server == $server and
		.syn_count == 1 and .synack_count == 0 and .total_us > 0' \
		"$WATCH" >/dev/null || fail "$(cat "$WATCH")"
	finish_spawned "$SPAWNED"
}

TESTS=()
for where in 198.51.100.2 2001:db8:2::2; do
	TESTS+=("rejected port $where 9001" "rejected admin $where 9002"
		"rejected net $where 9003" "rejected host $where 9004")
done
TESTS+=(
	"on_the_way net 198.18.1.1"
	"on_the_way net 2001:db8:f1::1"
	"on_the_way admin 198.18.2.1"
	"on_the_way admin 2001:db8:f2::1"
	"on_the_way host 198.18.3.1"
	"on_the_way ttl 198.18.4.1"
	"on_the_way ttl 2001:db8:f4::1"
	"translated 192.0.2.254"
	"translated 2001:db8:1::fe"
	"bad_quote ipv4 0x0301"
	"bad_quote ipv6 0x0103"
	"codes ipv4 0x0302 port"
	"codes ipv4 0x0c00 parameter"
	"codes ipv6 0x0105 admin"
	"harmless ipv4 0x0304 0x0b00"
	"harmless ipv6 0x0200 0x0300"
	"harmless ipv4 0x0b01 0x0300"
	"told ipv4"
	"told ipv6"
	identities
)

need_root_and jq nft tc
load_module
setup_path
# an error that is there while connect() still has the socket is heeded only later
in_ns "$CLIENT" tc qdisc add dev veth1 root netem delay 300ms || skip_all "needs netem"
deafen "$CLIENT" 80
deafen "$SERVER" 80
routes
for ns in "$CLIENT" "$ROUTER" "$SERVER"; do
	observe "$ns"
done
OBSERVED=$ROUTER
run_tests
