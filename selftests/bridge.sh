#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A bridge whose packets are shown to netfilter sees the handshakes that pass it,
# each packet once; without that it sees none but its own.
#
#   ┌──────────────────┐   ┌────────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ BRIDGE, observed       │   │ SERVER           │
#   │        192.0.2.1 ├───┤ br0: 192.0.2.3         ├───┤ 192.0.2.2        │
#   │   2001:db8:1::1  │   │      2001:db8:1::3     │   │ 2001:db8:1::2    │
#   │ curl             │   │ httpd, port 8080       │   │ httpd, port 8080 │
#   └──────────────────┘   └────────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

ONE=(packets_new_attempt=1 packets_synack=1 packets_completing=1 attempts=1
	attempts_completed=1 confirmed=1 any=1)

# port NS MAC ADDRESS4 ADDRESS6: a cable from there to the bridge.
port()
{
	CABLES=$((CABLES + 1))
	ip link add "veth$CABLES" address "$2" netns "$1" type veth \
		peer name "veth$CABLES" netns "$BRIDGE" || bail "no veth"
	ip -n "$BRIDGE" link set "veth$CABLES" master br0 up
	ip -n "$1" link set "veth$CABLES" up
	ip -n "$1" -batch - <<-EOT || bail "no addresses"
		addr add $3/24 dev veth$CABLES
		addr add $4/64 dev veth$CABLES nodad
	EOT
}

# passes IP: through the bridge, shown to netfilter or not.
passes()
{
	fetch "$CLIENT" "$1:8080" || fail "no web page from $1"
	if [ "$2" = seen ]; then
		assert_delta "$BRIDGE" "${ONE[@]}"
		last_line "$BRIDGE" completed
		equal server "${LINE[server]}" "$1:8080"
		equal counts "${LINE[syn_count]} ${LINE[synack_count]}" "1 1"
	else
		assert_delta "$BRIDGE"
	fi
	assert_counted_alike "$BRIDGE"
}

# show yes|no
show()
{
	local value=0

	[ "$1" = no ] || value=1
	in_ns "$BRIDGE" sysctl -qw net.bridge.bridge-nf-call-iptables="$value" \
		net.bridge.bridge-nf-call-ip6tables="$value" || fail "no br_netfilter"
}

to_itself()
{
	fetch "$CLIENT" "$1:8080" || fail "no web page from $1"
	assert_delta "$BRIDGE" "${ONE[@]}"
	assert_counted_alike "$BRIDGE"
}

refused()
{
	connect "$CLIENT" "$1" 9 && fail "connected to nothing"
	assert_delta "$BRIDGE" packets=2 packets_new_attempt=1 packets_reset=1 attempts=1 \
		attempts_refused=1 anomaly_syn_to_closed_listener=1
}

TESTS=(
	"show no"
	"passes 192.0.2.2 unseen"
	"to_itself 192.0.2.3"
	"show yes"
	"passes 192.0.2.2 seen"
	"passes [2001:db8:1::2] seen"
	"to_itself 192.0.2.3"
	"to_itself [2001:db8:1::3]"
	"refused 192.0.2.2"
	"refused 2001:db8:1::2"
	identities
)

need_root_and busybox curl nft
modprobe -q br_netfilter || skip_all "needs br_netfilter"
load_module
setup_ns CLIENT BRIDGE SERVER
ip -n "$BRIDGE" link add br0 type bridge mcast_snooping 0 || skip_all "needs bridges"
ip -n "$BRIDGE" link set br0 up
ip -n "$BRIDGE" addr add 192.0.2.3/24 dev br0
ip -n "$BRIDGE" addr add 2001:db8:1::3/64 dev br0 nodad
port "$CLIENT" 02:00:00:00:01:01 192.0.2.1 2001:db8:1::1
port "$SERVER" 02:00:00:00:01:02 192.0.2.2 2001:db8:1::2
start_httpd "$BRIDGE" 8080
start_httpd "$SERVER" 8080
count_tcp "$BRIDGE" forward input output
observe "$BRIDGE"
run_tests
