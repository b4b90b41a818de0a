#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whatever NAT does to a handshake, both its directions carry the same addresses
# where we look: it is counted once, completes, and leaves nothing behind.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ httpd, port 8080 │   │ httpd, port 8080   │   │ httpd, port 8080 │
#   │ (.3, ::3)        │   │                    │   │                  │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘
#
#   to                what nftables makes of it in ROUTER
#   router, port 81   DNAT to SERVER, port 8080
#   router, port 82   the same, and masqueraded
#   router, port 83   hairpin: DNAT back to CLIENT's .3, masqueraded
#   SERVER, port 84   REDIRECT to the router's own port 8080
#   SERVER, port 8085 masqueraded
#   and from the router itself:
#   elsewhere, 86     DNAT to SERVER, port 8080
#   SERVER, port 87   REDIRECT to the router's own port 8080

. "$(dirname "$0")/lib.sh"

translate()
{
	nft_in "$ROUTER" <<-'EOT'
		table inet nat {
			chain pre {
				type nat hook prerouting priority dstnat
				ip daddr 192.0.2.254 tcp dport { 81, 82 } dnat ip to 198.51.100.2:8080
				ip daddr 192.0.2.254 tcp dport 83 dnat ip to 192.0.2.3:8080
				ip6 daddr 2001:db8:1::fe tcp dport { 81, 82 } dnat ip6 to [2001:db8:2::2]:8080
				ip6 daddr 2001:db8:1::fe tcp dport 83 dnat ip6 to [2001:db8:1::3]:8080
				tcp dport 84 redirect to :8080
			}
			chain out {
				type nat hook output priority -100
				ip daddr 203.0.113.1 tcp dport 86 dnat ip to 198.51.100.2:8080
				ip6 daddr 2001:db8:9::1 tcp dport 86 dnat ip6 to [2001:db8:2::2]:8080
				tcp dport 87 redirect to :8080
			}
			chain post {
				type nat hook postrouting priority srcnat
				meta l4proto tcp ct original proto-dst { 82, 83, 8085 } masquerade
			}
		}
	EOT
}

# once NS ADDRESS:PORT CLIENT SERVER: fetched from there, and seen as between those.
once()
{
	fetch "$1" "$2" || fail "no web page from $2"
	assert_delta "$ROUTER" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 confirmed=1 any=1
	last_line "$ROUTER" completed
	equal client "${LINE[client]%:*}" "$3"
	equal server "${LINE[server]}" "$4"
	# ACK and request may leave on two CPUs: whichever comes first completes
	[[ ${LINE[flags]} == - || ${LINE[flags]} == data ]] || fail "flags: ${LINE[flags]}"
	equal counts "${LINE[syn_count]} ${LINE[synack_count]}" "1 1"
	assert_counted_alike "$ROUTER"
}

# The addresses of one family: router on the client's side and on the server's,
# the hairpin server, and somewhere else.
use_addresses()
{
	use_family "$1"
	case $1 in
	ipv4)	R=192.0.2.254 OUTSIDE=198.51.100.254 HAIRPIN=192.0.2.3 ELSEWHERE=203.0.113.1
		LO=127.0.0.1 ;;
	ipv6)	R="[2001:db8:1::fe]" OUTSIDE="[2001:db8:2::fe]" HAIRPIN="[2001:db8:1::3]"
		ELSEWHERE="[2001:db8:9::1]" LO="[::1]" ;;
	esac
}

dnat()
{
	use_addresses "$1"
	once "$CLIENT" "$R:81" "$C" "$S:8080"
}

dnat_masquerade()
{
	use_addresses "$1"
	once "$CLIENT" "$R:82" "$C" "$S:8080"
}

# Back to where it came from; the client's own address is not the one the server sees.
hairpin()
{
	use_addresses "$1"
	once "$CLIENT" "$R:83" "$C" "$HAIRPIN:8080"
}

redirect()
{
	use_addresses "$1"
	once "$CLIENT" "$S:84" "$C" "$R:8080"
}

masquerade()
{
	use_addresses "$1"
	once "$CLIENT" "$S:8085" "$C" "$S:8085"
}

local_dnat()
{
	use_addresses "$1"
	once "$ROUTER" "$ELSEWHERE:86" "$OUTSIDE" "$S:8080"
}

# The router's own SYN is sent to loopback, from whichever address it began with.
local_redirect()
{
	use_addresses "$1"
	once "$ROUTER" "$S:87" "$OUTSIDE" "$LO:8080"
}

# A refusal has to come back through the translation as well.
refused()
{
	use_addresses "$1"
	finish_spawned "$SERVER_PID"
	fetch "$CLIENT" "$R:82" 2>/dev/null && fail "connected to nothing"
	assert_delta "$ROUTER" packets=2 packets_new_attempt=1 packets_reset=1 \
		attempts=1 attempts_refused=1 \
		anomaly_syn_to_closed_listener=1
}

TESTS=()
for part in dnat dnat_masquerade hairpin redirect masquerade local_dnat local_redirect refused; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(identities)

need_root_and busybox curl jq nft
load_module
setup_path
ip -n "$CLIENT" addr add 192.0.2.3/24 dev veth1
ip -n "$CLIENT" addr add 2001:db8:1::3/64 dev veth1 nodad preferred_lft 0
ip -n "$ROUTER" neigh add 192.0.2.3 lladdr 02:00:00:00:01:01 dev veth1 nud permanent
ip -n "$ROUTER" neigh add 2001:db8:1::3 lladdr 02:00:00:00:01:01 dev veth1 nud permanent
ip -n "$ROUTER" route add default via 198.51.100.2
ip -n "$ROUTER" route add default via 2001:db8:2::2
start_httpd "$CLIENT" 8080
start_httpd "$ROUTER" 8080
start_httpd "$SERVER" 8085
start_httpd "$SERVER" 8080
SERVER_PID=$SPAWNED
translate
count_tcp "$ROUTER" forward input output
observe "$ROUTER"
run_tests
