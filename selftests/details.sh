#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The options of attempts have room for ordinary days. When more attempts wait than
# that, the oldest ones' are forgotten and nothing else: not an attempt, not an
# outcome, and no memory is taken for them.
#
#   ┌──────────────────┐   ┌──────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf,    │   │ ROUTER, observed │   │ SERVER, deaf     │
#   │ spoofs 10.0.0.0/8├───┤                  ├───┤ 198.51.100.2     │
#   │ 2001:db8:9::/64  │   │                  │   │ 2001:db8:2::2    │
#   └──────────────────┘   └──────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

ORDINARY_LOAD=50 MANY=900	# of 1024 that a namespace may have here

# burst COUNT FLAGS SEQ: from as many clients, always the same ones.
burst()
{
	"$INJECT" --netns "$CLIENT" "$C:1234" "$S:80" "$2" --seq "$3" --count "$1" \
		--rate 3000 --options 020405b4 --rand-source "$PREFIX" || fail "not sent"
}

use_clients()
{
	use_family "$1"
	PREFIX=10.0.0.0/8
	[ "$1" = ipv4 ] || PREFIX=2001:db8:9::/64
}

# wait_and_go COUNT: so many attempts wait, and are reset by their clients.
wait_and_go()
{
	burst "$1" S 1000
	assert_delta "$ROUTER" packets="$1" packets_new_attempt="$1" attempts="$1" pending="$1" \
		pending_half_open_syn="$1"
	grown_lost
	burst "$1" R 1000
	assert_delta "$ROUTER" packets="$1" packets_reset="$1" attempts_client_reset="$1" \
		pending="-$1" pending_half_open_syn="-$1"
	assert_stat "$ROUTER" table_used 0
}

grown_lost()
{
	stat_of "$ROUTER" details_lost
	LOST=$((STAT - LOST_BEFORE)) LOST_BEFORE=$STAT
}

ordinary()
{
	use_clients "$1"
	wait_and_go "$ORDINARY_LOAD"
	equal "forgotten" "$LOST" 0
}

too_many()
{
	local before after

	use_clients "$1"
	before=$(memory)
	wait_and_go "$MANY"
	after=$(memory)
	[ "$LOST" -gt 0 ] || fail "nothing was forgotten: there is room for $MANY"
	[ "$LOST" -lt "$MANY" ] || fail "all of them were forgotten"
	[ $((after - before)) -lt 2048 ] || fail "memory grew from $before to $after KiB"
}

# What the kernel holds and cannot give back, in KiB.
memory()
{
	awk '$1 == "SUnreclaim:" || $1 == "VmallocUsed:" || $1 == "Percpu:" { sum += $2 }
		END { print sum }' /proc/meminfo
}

# One that was forgotten completes like any other; what it said is not known.
completes()
{
	use_clients ipv4
	new_tuple
	c2s S --seq 1000
	snapshot "$ROUTER"
	burst "$MANY" S 1000
	assert_delta "$ROUTER" packets="$MANY" packets_new_attempt="$MANY" attempts="$MANY" \
		pending="$MANY" pending_half_open_syn="$MANY"
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	assert_delta "$ROUTER" packets=2 packets_synack=1 packets_completing=1 \
		attempts_completed=1 pending=-1 pending_half_open_syn=-1
	last_line "$ROUTER" completed
	equal "client" "${LINE[client]}" "$C:$CPORT"
	matches "server_rtt_us" "${LINE[server_rtt_us]}" "[0-9]*"
	matches "offered" "${LINE[offered]}" "@(-|mss=1460,wscale=-,window=65535,ttl=63)"
	tcpshake "$ROUTER" set syn-timeout 100ms
	assert_delta "$ROUTER" attempts_unanswered="$MANY" pending="-$MANY" \
		pending_half_open_syn="-$MANY"
	tcpshake "$ROUTER" set syn-timeout 75s
}

LOST_BEFORE=0
TESTS=(
	"ordinary ipv4"
	"ordinary ipv6"
	"too_many ipv4"
	"too_many ipv6"
	completes
	identities
)

need_root_and awk nft
shopt -s extglob
load_module slots=16384
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
# what a client reset does not linger, so that the share is there for the next ones
tcpshake "$ROUTER" set linger 0ms
run_tests
