#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A segment whose checksum is wrong is counted as such, and as nothing else: no
# attempt begins, goes on or ends with it. What this machine sends itself, or what
# a device will complete, is never judged by it.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER, observed │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ port 80: deaf    │   └────────────────────┘   │ port 80: deaf    │
#   └──────────────────┘                            │ httpd, port 8080 │
#                                                   └──────────────────┘

. "$(dirname "$0")/lib.sh"

BAD=(packets=1 packets_malformed=1 anomaly_csum_bad=1)
SEEN_BAD=0	# by SERVER

# wrong c2s|s2c FLAGS [OPTION...]: nothing but that happens, on the router or the host.
wrong()
{
	"$@" --checksum 3
	assert_delta "$ROUTER" "${BAD[@]}"
	[ "$1" = c2s ] || return
	assert_delta "$SERVER" "${BAD[@]}"
	SEEN_BAD=$((SEEN_BAD + 1))
}

both()
{
	assert_delta "$ROUTER" "$@"
	assert_delta "$SERVER" "$@"
}

bad()
{
	use_family "$1"
	new_tuple
	wrong c2s S --seq 1000
	c2s S --seq 1000
	both packets=1 packets_new_attempt=1 attempts=1 pending=1 pending_half_open_syn=1
	wrong c2s S --seq 2000
	wrong c2s R --seq 1000
	s2c SA --seq 5000 --ack 1001
	both packets=1 packets_synack=1 pending_half_open_syn=-1 pending_half_open_synack=1
	wrong c2s A --seq 1001 --ack 5001
	wrong c2s PA --seq 1001 --ack 5001 --payload 1000
	wrong c2s R --seq 1001
	c2s PA --seq 1001 --ack 5001 --payload 1001
	both packets=1 packets_completing=1 attempts_completed=1 pending=-1 \
		pending_half_open_synack=-1
}

# SERVER itself believes what it sends; only who receives it can know.
bad_answer()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	snapshot "$ROUTER"
	wrong s2c SA --seq 5000 --ack 1001
	wrong s2c RA --seq 0 --ack 1001
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=1 packets_synack=1 pending_half_open_syn=-1 \
		pending_half_open_synack=1
	wrong s2c R --seq 5001
	s2c R --seq 5001
	assert_delta "$ROUTER" packets=1 packets_reset=1 attempts_server_reset=1 pending=-1 \
		pending_half_open_synack=-1
	read_stats "$SERVER"
	equal "bad ones the server saw" "${NOW[anomaly_csum_bad]}" "$SEEN_BAD"
	snapshot "$SERVER"
}

# Of a connection that is established nobody looks at checksums.
established()
{
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	snapshot "$ROUTER"
	c2s PA --seq 1001 --ack 5001 --payload 10 --checksum 3
	assert_delta "$ROUTER" packets=1 packets_untracked=1
}

# Partial checksums, as every stack leaves them to its device; there is none here.
offloaded()
{
	local ns

	use_family "$1"
	for ns in "$ROUTER" "$SERVER"; do
		snapshot "$ns"
	done
	fetch "$CLIENT" "$S:8080" || fail "no web page"
	both packets_new_attempt=1 packets_synack=1 packets_completing=1 attempts=1 \
		attempts_completed=1 confirmed=1 any=1
}

# offload on|off: of every cable.
offload()
{
	local ns device

	while read -r ns device; do
		in_ns "$ns" ethtool -K "$device" tx "$1" >/dev/null || fail "ethtool fails"
	done <<-EOT
		$CLIENT veth1
		$ROUTER veth1
		$ROUTER veth2
		$SERVER veth2
	EOT
}

TESTS=(
	"bad ipv4"
	"bad ipv6"
	"bad_answer ipv4"
	"bad_answer ipv6"
	"established ipv4"
	"established ipv6"
	"offloaded ipv4"
	"offloaded ipv6"
	"offload off"
	"offloaded ipv4"
	"offloaded ipv6"
	"bad ipv4"
	identities
)

need_root_and busybox curl ethtool nft
load_module
setup_path
deafen "$CLIENT" 80
deafen "$SERVER" 80
start_httpd "$SERVER" 8080
observe "$SERVER"
observe "$ROUTER"
# shellcheck disable=SC2034 # c2s() and s2c() wait for it
OBSERVED=$ROUTER
run_tests
