#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two VRFs with the same addresses and ports at once: their connections are told
# apart, and a packet that passes a hook twice on its way through is counted once.
#
#   ┌ RED ─────────┐   ┌ HOST, observed ─────────────────┐   ┌ RED_S ───────────┐
#   │    192.0.2.1 ├───┤ .254 ┌ VRF red ┐  .254          ├───┤ 198.51.100.2     │
#   │ 2001:db8:1::1│   │ ::fe └─────────┘  ::fe          │   │ 2001:db8:2::2    │
#   └──────────────┘   │                                 │   └──────────────────┘
#   ┌ BLUE ────────┐   │                                 │   ┌ BLUE_S ──────────┐
#   │    192.0.2.1 ├───┤ .254 ┌ VRF blue ┐ .254          ├───┤ 198.51.100.2     │
#   │ 2001:db8:1::1│   │ ::fe └──────────┘ ::fe          │   │ 2001:db8:2::2    │
#   └──────────────┘   │ httpd, port 8080, in every VRF  │   └──────────────────┘
#                      └─────────────────────────────────┘

. "$(dirname "$0")/lib.sh"

# vrf NAME TABLE CLIENT SERVER: with a cable on either side.
vrf()
{
	local before=$CABLES

	ip -n "$HOST" link add "$1" type vrf table "$2" || skip_all "needs VRF"
	ip -n "$HOST" link set "$1" up
	cable "$3" 02:00:00:00:01:01 192.0.2.1/24 2001:db8:1::1/64 \
	      "$HOST" 02:00:00:00:01:02 192.0.2.254/24 2001:db8:1::fe/64
	cable "$HOST" 02:00:00:00:02:01 198.51.100.254/24 2001:db8:2::fe/64 \
	      "$4" 02:00:00:00:02:02 198.51.100.2/24 2001:db8:2::2/64
	enslave "$1" $((before + 1)) 192.0.2.1 2001:db8:1::1 02:00:00:00:01:01
	enslave "$1" $((before + 2)) 198.51.100.2 2001:db8:2::2 02:00:00:00:02:02
	ip -n "$3" route add default via 192.0.2.254
	ip -n "$3" route add default via 2001:db8:1::fe
	ip -n "$4" route add default via 198.51.100.254
	ip -n "$4" route add default via 2001:db8:2::fe
}

# enslave VRF CABLE PEER4 PEER6 MAC: its neighbours and IPv6 addresses go with that.
enslave()
{
	local own=2001:db8:1::fe/64

	[ "$3" = 192.0.2.1 ] || own=2001:db8:2::fe/64
	in_ns "$HOST" sysctl -qw "net.ipv6.conf.veth$2.keep_addr_on_down=1"
	ip -n "$HOST" link set "veth$2" master "$1"
	ip -n "$HOST" -batch - <<-EOT
		addr replace $own dev veth$2 nodad
		neigh replace $3 lladdr $5 dev veth$2 nud permanent
		neigh replace $4 lladdr $5 dev veth$2 nud permanent
	EOT
}

# both client|server FLAGS [OPTION...]: the same segment in both VRFs.
both()
{
	local from=$1

	shift
	if [ "$from" = client ]; then
		CLIENT=$RED c2s "$@"
		CLIENT=$BLUE c2s "$@"
	else
		SERVER=$RED_S s2c "$@"
		SERVER=$BLUE_S s2c "$@"
	fi
}

# The same ISN, addresses and ports: nothing but the VRF is different.
forwarded()
{
	use_family "$1"
	new_tuple
	both client S --seq 1000
	assert_delta "$HOST" packets=2 packets_new_attempt=2 attempts=2 pending=2 \
		pending_half_open_syn=2
	SERVER=$RED_S s2c SA --seq 5000 --ack 1001
	assert_delta "$HOST" packets=1 packets_synack=1 pending_half_open_syn=-1 \
		pending_half_open_synack=1
	CLIENT=$BLUE c2s A --seq 1001 --ack 5001
	assert_delta "$HOST" packets=1 packets_anomalous=1 anomaly_ack_before_synack=1
	SERVER=$BLUE_S s2c SA --seq 6000 --ack 1001
	both client A --seq 1001 --ack 5001
	assert_delta "$HOST" packets=3 packets_synack=1 packets_completing=1 packets_anomalous=1 \
		anomaly_ack_bad_ack=1 attempts_completed=1 pending=-1 pending_half_open_syn=-1
	CLIENT=$BLUE c2s A --seq 1001 --ack 6001
	assert_delta "$HOST" packets=1 packets_completing=1 attempts_completed=1 pending=-1 \
		pending_half_open_synack=-1
}

# local_in_out FAMILY [PORT]: what is for the host itself comes in by the VRF, what it
# says leaves by it.
local_in_out()
{
	local ns port=${2:-40001}

	use_family "$1"
	for ns in "$RED" "$BLUE"; do
		fetch "$ns" "$R:8080" --local-port "$port" || fail "no web page"
		assert_delta "$HOST" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
			attempts=1 attempts_completed=1 confirmed=1 any=1
		last_line "$HOST" completed
		equal "client, server" "${LINE[client]} ${LINE[server]}" "$C:$port $R:8080"
		equal flags "${LINE[flags]/data/-}" -
	done
}

counted_alike_in_vrf()
{
	assert_counted_alike "$HOST"
}

# A VRF's device has a qdisc of its own: the packet takes another way, on which an
# IPv6 one passes the hook with the same device twice, as nftables counts it.
with_qdisc()
{
	in_ns "$HOST" tc qdisc replace dev red root pfifo || { skip_test "no tc"; return; }
	local_in_out "$1" 40002 # the other port's connections may just have closed
	in_ns "$HOST" tc qdisc delete dev red root
}

# To the VRF's own address, which is its loopback.
own_address()
{
	use_family "$1"
	fetch "$HOST" "$R:8080" --interface red || fail "no web page"
	assert_delta "$HOST" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 confirmed=1 any=1
}

use_family()
{
	case $1 in
	ipv4)	C=192.0.2.1 S=198.51.100.2 R=192.0.2.254 ;;
	ipv6)	C="[2001:db8:1::1]" S="[2001:db8:2::2]" R="[2001:db8:1::fe]" ;;
	esac
}

# As count_tcp(), but for what leaves through a VRF's own device, to leave again.
count_in_vrf()
{
	nft_in "$HOST" <<-'EOT'
		table inet count {
			chain input {
				type filter hook input priority 10
				meta l4proto tcp counter
			}
			chain forward {
				type filter hook forward priority 10
				meta l4proto tcp counter
			}
			chain output {
				type filter hook output priority 10
				meta l4proto tcp oifname != { "red", "blue" } counter
			}
		}
	EOT
}

TESTS=()
for part in forwarded local_in_out own_address; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(counted_alike_in_vrf "with_qdisc ipv4" "with_qdisc ipv6" identities)

need_root_and busybox curl nft tc
load_module
setup_ns RED BLUE HOST RED_S BLUE_S
in_ns "$HOST" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.tcp_l3mdev_accept=1 net.ipv4.conf.all.send_redirects=0
vrf red 101 "$RED" "$RED_S"
vrf blue 102 "$BLUE" "$BLUE_S"
for ns in "$RED" "$BLUE" "$RED_S" "$BLUE_S"; do
	deafen "$ns" 80
done
start_httpd "$HOST" 8080
count_in_vrf
# shellcheck disable=SC2034 # c2s() and s2c() wait for it
OBSERVED=$HOST
observe "$HOST"
run_tests
