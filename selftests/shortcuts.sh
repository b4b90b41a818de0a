#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Established traffic takes shortcuts, by what its header, its socket and the table
# say. They must not be seen in any counter: the same traffic is counted alike with
# and without them, forwarded, local and over loopback, with early demux, by which
# a socket is known before the hook, and without.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, observed │   │ ROUTER, observed   │   │ SERVER, observed │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   │ deaf to port 80  │   │                    │   │ echo, port 8081; │
#   │                  │   │                    │   │ deaf to port 80  │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

ROUNDS=8 FORMS=0
declare -A COMPLETED=()		# by namespace: how many are to be
declare -A COUNTED_AS=()	# by "family namespace": counters of the first form

# talk NS ADDRESS: one connection on which both ends say something, in turn.
talk()
{
	# shellcheck disable=SC2016 # for the other shell
	in_ns "$1" bash -c 'exec 3<>"/dev/tcp/$0/8081" || exit 1
		for ((i = 0; i < $1; i++)); do
			echo "line $i" >&3 && read -r -t 20 -u 3 line && [ "$line" = "line $i" ] ||
				exit 1
		done' "${2//[\[\]]/}" "$ROUNDS" || fail "$1 cannot talk to $2"
}

# ACKs that look like any other but for one thing, within and without an attempt.
odd_ones()
{
	new_tuple
	c2s S --seq 100
	s2c SA --seq 700 --ack 101
	c2s A --seq 101 --ack 702		# ack_bad_ack: not to be taken for established
	c2s A --seq 101 --ack 701 --urgent 9	# completes, urp_nonzero_nourg
	c2s PA --seq 101 --ack 701 --payload 5
	s2c A --seq 701 --ack 106		# confirms
	s2c A --seq 701 --ack 106 --reserved 1
	s2c A --seq 701 --ack 0
	c2s A --seq 106 --ack 701 --doff 4	# malformed
	c2s A --seq 106 --ack 701 --truncate 16
	c2s FA --seq 106 --ack 701
	s2c R --seq 701
	new_tuple
	c2s A --seq 5 --ack 6			# of no attempt
	c2s A --seq 5 --ack 6 --urgent 9
	c2s A --seq 5 --ack 0
	c2s A --seq 5 --ack 6 --options 0101080a0000000100000002
	c2s A --seq 5 --ack 6 --options 0101050a0000000100000002
	through 1 inject --netns "$CLIENT" "$C:0" "$S:80" A --seq 5 --ack 6
}

# What is to be the same: all but how many packets of no attempt there were, which is
# TCP's affair; and what is not about traffic.
counters_of()
{
	grep -Ev '^(packets|packets_untracked|table_[a-z]*|events_[a-z]*|details_lost) ' \
		"${PROC[$1]}/stats"
}

# settled: is everything counted? CLIENT and SERVER drop what was injected, which
# nftables would have to count before.
settled()
{
	local ns

	for ns in "$CLIENT" "$SERVER"; do
		stat_is "$ns" pending 0 && stat_is "$ns" confirmed "${COMPLETED[$ns]}" || return
	done
	counted_alike "$ROUTER"
}

# same_as_before FAMILY: in every namespace.
same_as_before()
{
	local ns now

	expected settled || fail "not settled: $STAT; nftables counted $COUNTED"
	for ns in "$CLIENT" "$ROUTER" "$SERVER"; do
		assert_identities "$ns"
		assert_stat "$ns" attempts_completed "${COMPLETED[$ns]}"
		now=$(counters_of "$ns")
		[ "$FORMS" -gt 0 ] || COUNTED_AS[$1 $ns]=$now
		equal "$1, $ns" "$(diff - <(printf '%s\n' "$now") <<<"${COUNTED_AS[$1 $ns]}")" ""
	done
}

# observe_anew: all counters are 0 again.
observe_anew()
{
	local ns

	for ns in "$CLIENT" "$ROUTER" "$SERVER"; do
		tcpshake "$ns" set enabled off
		observe "$ns"
	done
	in_ns "$ROUTER" nft flush ruleset
	count_tcp "$ROUTER" forward
}

# form SHORTCUTS DEMUX: the traffic, with the module loaded and the host set like this.
form()
{
	local family ns

	unload_module
	load_module "shortcuts=$1"
	for ns in "$CLIENT" "$ROUTER" "$SERVER"; do
		in_ns "$ns" sysctl -qw net.ipv4.tcp_early_demux="$2"
	done
	for family in ipv4 ipv6; do
		observe_anew
		use_family "$family"
		odd_ones
		talk "$CLIENT" "$S"
		talk "$SERVER" "$S"	# itself, over loopback
		same_as_before "$family"
	done
	FORMS=$((FORMS + 1))
}

TESTS=(
	"form N 1"
	"form Y 1"
	"form Y 0"
	"form N 0"
	identities
)

need_root_and nft socat
load_module
setup_path
deafen "$CLIENT" 80
deafen "$SERVER" 80
COMPLETED=([$CLIENT]=2 [$ROUTER]=2 [$SERVER]=3)
spawn "$SERVER" socat TCP6-LISTEN:8081,reuseaddr,fork,backlog=8 PIPE
busywait "$WAIT_MS" listens "$SPAWNED" 8081 || bail "nobody echoes"
run_tests
