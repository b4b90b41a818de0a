#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The application does not accept: the third ACK is right, and the server has no
# place for the connection. It ignores the ACK and repeats its SYN-ACK, or resets.
#
#   ┌──────────────────┐      ┌────────────────────────┐
#   │ CLIENT           │      │ SERVER, observed       │
#   │        192.0.2.1 ├──────┤ 192.0.2.2              │
#   │   2001:db8:1::1  │      │ 2001:db8:1::2          │
#   │ deaf to 8080     │      │ httpd, stopped, 8080,  │
#   │                  │      │ backlog of 3           │
#   └──────────────────┘      └────────────────────────┘

. "$(dirname "$0")/lib.sh"

declare -A ISN=()

# half_open COUNT: so many attempts, answered by the server.
half_open()
{
	local i

	for ((i = 0; i < $1; i++)); do
		new_tuple
		inject --netns "$CLIENT" "$C:$CPORT" "$S:8080" S --seq 1000 --window 1000 \
			--expect SA || fail "no answer from the server"
		ISN[$CPORT]=${ANSWER% *}
		TUPLES+=("$CPORT")
	done
}

# third COUNT PACKETS: the ACKs of the first ones, each seen with what it brings about.
third()
{
	local port

	for port in "${TUPLES[@]:0:$1}"; do
		through "$2" inject --netns "$CLIENT" "$C:$port" "$S:8080" A --seq 1001 \
			--ack $((ISN[$port] + 1))
	done
	TUPLES=("${TUPLES[@]:$1}")
}

# A listener of its own, that never gets to run, and whose queue is full when two
# attempts are left to complete. Should that take a second, the server repeats its
# SYN-ACK to those: not everything can be known here.
listen()
{
	use_family "$1"
	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_abort_on_overflow="$2"
	start_httpd "$SERVER" 8080
	LISTENER=$SPAWNED
	kill -STOP "$LISTENER"
	TUPLES=()
	fill 3
	half_open 2
	fill 1
	snapshot "$SERVER"
	equal "left" "${#TUPLES[@]}" 2
}

# fill COUNT: attempts one by one, so that the queue of SYNs is never full.
fill()
{
	local kept=("${TUPLES[@]}") i

	for ((i = 0; i < $1; i++)); do
		TUPLES=()
		half_open 1
		third 1 1
	done
	TUPLES=("${kept[@]}")
}

# assert_grown COUNTER N: that one, others may have done so too.
assert_grown()
{
	expected has_grown "$1" "$2" || fail "$1 grew by $GROWN, not $2"
}

has_grown()
{
	grown "$SERVER" "$1"
	[ "$GROWN" -eq "$2" ]
}

end_listener()
{
	finish_spawned "$LISTENER"
	CPORT=$((CPORT + 100))
}

# It is told once of each, however often the SYN-ACK comes.
stalled()
{
	listen "$1" 0
	third 2 1
	assert_grown stalled 2
	assert_grown attempts_completed 2
	grown "$SERVER" anomaly_synack_after_ack
	[ "$GROWN" -ge 2 ] || fail "$GROWN SYN-ACKs after the ACK"
	assert_grown reset_at_completion 0
	assert_grown pending -2
	end_listener
}

reset_at_completion()
{
	listen "$1" 1
	third 2 2
	assert_grown attempts_completed 2
	assert_grown reset_at_completion 2
	assert_grown stalled 0
	assert_grown pending -2
	end_listener
}

# Here it gets to run: the server goes on, and the connection is confirmed.
confirmed()
{
	use_family "$1"
	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_abort_on_overflow=0
	start_httpd "$SERVER" 8080
	LISTENER=$SPAWNED
	snapshot "$SERVER"
	TUPLES=()
	half_open 1
	CPORT=${TUPLES[0]} SPORT=8080
	c2s A --seq 1001 --ack $((ISN[$CPORT] + 1))
	assert_grown attempts_completed 1
	assert_grown confirmed 0
	c2s FA --seq 1001 --ack $((ISN[$CPORT] + 1))
	assert_grown confirmed 1
	end_listener
}

TESTS=(
	"stalled ipv4"
	"stalled ipv6"
	"reset_at_completion ipv4"
	"reset_at_completion ipv6"
	"confirmed ipv4"
	"confirmed ipv6"
	identities
)

need_root_and busybox nft
load_module
setup_pair
deafen "$CLIENT" 8080
in_ns "$SERVER" sysctl -qw net.core.somaxconn=3 net.ipv4.tcp_syncookies=0
observe "$SERVER"
run_tests
