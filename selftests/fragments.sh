#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# SYNs in fragments, and behind IPv6 extension headers. A router sees fragments as
# they come unless conntrack puts them together for it; a host sees IPv4 whole.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, observed │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   │ deaf             │
#                                                   └──────────────────┘

. "$(dirname "$0")/lib.sh"

OPENED=(packets_new_attempt=1 attempts=1 pending=1 pending_half_open_syn=1)
LOOKS="anomaly_syn_fragment=1 anomaly_syn_data_no_tfo=1"

# syn PACKETS OPTION...: so many of them pass the router.
syn()
{
	new_tuple
	through "$1" inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 1000 \
		--options 020405b4 "${@:2}"
}

# The first of three holds the header; the others say nothing.
as_they_come()
{
	use_family "$1"
	syn 3 --payload 100 --split 48
	# shellcheck disable=SC2086 # a list
	assert_delta "$ROUTER" packets=3 packets_fragment=2 "${OPENED[@]}" $LOOKS
}

# An IPv6 host looks at fragments one by one, too, before they are put together.
at_host()
{
	use_family "$1"
	snapshot "$SERVER"
	syn 3 --payload 100 --split 48
	# shellcheck disable=SC2086 # a list
	if [ "$1" = ipv4 ]; then
		assert_delta "$SERVER" packets=1 "${OPENED[@]}" $LOOKS
	else
		assert_delta "$SERVER" packets=3 packets_fragment=2 "${OPENED[@]}" $LOOKS
	fi
	snapshot "$ROUTER"
}

# In ROUTER somebody uses conntrack: what is whole again is seen whole.
put_together()
{
	use_family "$1"
	snapshot "$ROUTER"
	syn 1 --payload 100 --split 48
	# shellcheck disable=SC2086 # a list
	assert_delta "$ROUTER" packets=1 "${OPENED[@]}" $LOOKS
}

conntrack()
{
	nft_in "$ROUTER" <<-'EOT'
		table inet track {
			chain pre {
				type filter hook prerouting priority filter
				ct state new accept
			}
		}
	EOT
	snapshot "$ROUTER"
}

# Those that steer the packet are out of the ordinary; the others are not.
extension_headers()
{
	use_family ipv6
	new_tuple
	c2s S --seq 1000 --options 020405b4 --chain h
	assert_delta "$ROUTER" packets=1 "${OPENED[@]}" anomaly_ip_opts_syn=1
	s2c SA --seq 5000 --ack 1001 --options 020405b4 --ext-headers 3
	c2s A --seq 1001 --ack 5001 --ext-headers 7
	assert_delta "$ROUTER" packets=2 packets_synack=1 packets_completing=1 \
		attempts_completed=1 pending=-1 pending_half_open_syn=-1
	new_tuple
	c2s S --seq 1000 --options 020405b4 --chain hr
	assert_delta "$ROUTER" packets=1 "${OPENED[@]}" anomaly_ip_opts_syn=1
	new_tuple
	c2s S --seq 1000 --options 020405b4 --ext-headers 8
	assert_delta "$ROUTER" packets=1 "${OPENED[@]}"
	c2s R --seq 1000 --ext-headers 9
	assert_delta "$ROUTER" packets=1 packets_opaque=1
	snapshot "$SERVER"
}

# IPv4 options: record route steers, router alert does not.
ip_options()
{
	use_family ipv4
	new_tuple
	c2s S --seq 1000 --options 020405b4 --ip-options 94040000
	assert_delta "$ROUTER" packets=1 "${OPENED[@]}"
	new_tuple
	c2s S --seq 1000 --options 020405b4 --ip-options 07070400000000
	assert_delta "$ROUTER" packets=1 "${OPENED[@]}" anomaly_ip_opts_syn=1
}

TESTS=(
	"as_they_come ipv4"
	"as_they_come ipv6"
	"at_host ipv4"
	"at_host ipv6"
	extension_headers
	ip_options
	conntrack
	"put_together ipv4"
	"put_together ipv6"
	identities
)

need_root_and nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$SERVER"
observe "$ROUTER"
OBSERVED=$ROUTER
run_tests
