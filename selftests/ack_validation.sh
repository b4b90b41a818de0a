#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Only the right third segment completes a handshake: sequence x+1, acknowledging
# y+1, or a later one that proves it. Against exact segments, and against the
# numbers of a real server.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   │ httpd, port 8080 │
#                                                   │ port 80: deaf    │
#                                                   └──────────────────┘

. "$(dirname "$0")/lib.sh"

WINDOW=100
ZEROS=0		# acknowledgements of 0 since the last assertion

# segment c2s|s2c FLAGS [OPTION...]: to acknowledge 0 is right where it is due, and
# still out of the ordinary.
segment()
{
	local word before=''

	for word; do
		if [ "$before" = --ack ] && [ $((word & 0xffffffff)) -eq 0 ]; then
			ZEROS=$((ZEROS + 1))
		fi
		before=$word
	done
	"$@"
}

# assert_segments NAME=N...: as assert_delta, of those.
assert_segments()
{
	assert_delta "$ROUTER" "$@" anomaly_ack_zero_ack="$ZEROS"
	ZEROS=0
}

# Half-open with the ISNs X and Y, both windows being small.
half_open()
{
	new_tuple
	segment c2s S --seq "$X" --window "$WINDOW"
	segment s2c SA --seq "$Y" --ack $((X + 1)) --window "$WINDOW"
	assert_segments packets=2 packets_new_attempt=1 packets_synack=1 attempts=1 \
		pending=1 pending_half_open_synack=1
}

still_half_open()
{
	assert_segments packets="$1" packets_anomalous="$1" "anomaly_$2=$1"
}

completes_by()
{
	segment "$@"
	assert_segments packets=1 packets_completing=1 attempts_completed=1 \
		pending=-1 pending_half_open_synack=-1
	last_line "$ROUTER" completed
}

# wrong FAMILY X Y: none of them completes; then the right one does.
wrong()
{
	use_family "$1"
	X=$2 Y=$3
	half_open
	segment c2s A --seq $((X + 1)) --ack "$Y"
	segment c2s A --seq $((X + 1)) --ack $((Y + 2))
	segment c2s PA --seq $((X + 1)) --ack 0x80000000 --payload 10
	still_half_open 3 ack_bad_ack
	segment c2s A --seq "$X" --ack $((Y + 1))
	segment c2s A --seq $((X + 1 + WINDOW)) --ack $((Y + 1))
	segment c2s FA --seq $((X - 1000)) --ack $((Y + 1))
	still_half_open 3 ack_bad_seq
	segment c2s A --seq "$X" --ack "$Y"
	segment c2s A --seq $((X + 2)) --ack "$Y"
	segment c2s A --seq $((X + 2)) --ack $((Y + 2 + WINDOW))
	segment c2s A --seq $((X + 5000)) --ack $((Y - 5000))
	still_half_open 4 ack_bad_both
	completes_by c2s A --seq $((X + 1)) --ack $((Y + 1))
	equal flags "${LINE[flags]}" -
}

# From the server an acknowledgement proves nothing, unless it goes further.
wrong_way()
{
	use_family "$1"
	X=1000 Y=5000
	half_open
	segment s2c A --seq $((Y + 1)) --ack $((X + 1))
	still_half_open 1 challenge_ack
	segment s2c A --seq "$Y" --ack $((X + 1))
	segment s2c PA --seq $((Y + 1)) --ack "$X" --payload 5
	segment s2c PA --seq $((Y + 1 + WINDOW)) --ack $((X + 1)) --payload 5
	segment s2c A --seq $((Y + 1)) --ack $((X + 2 + WINDOW))
	still_half_open 4 ack_wrong_dir
	segment c2s SA --seq "$X" --ack $((Y + 1))
	still_half_open 1 synack_wrong_dir
	completes_by c2s A --seq $((X + 1)) --ack $((Y + 1))
}

# completing FAMILY FLAGS... COMMAND...: other segments that complete, and what is told of them.
completing()
{
	use_family "$1"
	X=4294967290 Y=4294967295
	half_open
	completes_by "$3" "$4" --seq $(($5)) --ack $(($6)) --payload "$7"
	equal flags "${LINE[flags]}" "$2"
	if [[ $2 == *inferred* ]]; then
		equal client_rtt_us "${LINE[client_rtt_us]}" -
	else
		matches client_rtt_us "${LINE[client_rtt_us]}" "[0-9]*"
	fi
}

# A server of flesh and blood resets what it does not like; that RST carries the
# wrong number, so it ends nothing.
real_server()
{
	local isn

	use_family "$1"
	SPORT=8080
	new_tuple
	inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 1000 --window 1000 \
		--expect SA || fail "no answer from the server"
	isn=${ANSWER% *}
	assert_segments packets=2 packets_new_attempt=1 packets_synack=1 attempts=1 \
		pending=1 pending_half_open_synack=1
	last_line "$ROUTER" half_open
	equal server_isn "${LINE[server_isn]}" "$isn"
	segment c2s A --seq 1001 --ack $((isn + 2))
	assert_segments packets=2 packets_anomalous=2 anomaly_ack_bad_ack=1 \
		anomaly_rst_not_exact=1
	segment c2s A --seq 1001 --ack $((isn + 100000))
	assert_segments packets=2 packets_anomalous=2 anomaly_ack_bad_ack=1 \
		anomaly_rst_out_of_win=1
	completes_by c2s A --seq 1001 --ack $((isn + 1))
	segment c2s R --seq 1001
	assert_segments packets=1 packets_untracked=1
	SPORT=80
}

TESTS=(
	"wrong ipv4 1000 5000"
	"wrong ipv6 1000 5000"
	"wrong ipv4 4294967295 4294967295"
	"wrong ipv6 4294967294 0"
	"wrong_way ipv4"
	"wrong_way ipv6"
	"completing ipv4 data c2s PA X+1 Y+1 20"
	"completing ipv6 fin c2s FA X+1 Y+1 0"
	"completing ipv4 data,fin c2s FA X+1 Y+1 1"
	"completing ipv6 inferred c2s A X+50 Y+1 0"
	"completing ipv4 inferred c2s A X+100 Y+1+100 0"
	"completing ipv6 data,inferred s2c PA Y+1 X+1 20"
	"completing ipv4 fin,inferred s2c FA Y+1 X+1 0"
	"completing ipv6 inferred s2c A Y+1 X+1+100 0"
	"real_server ipv4"
	"real_server ipv6"
	identities
)

need_root_and busybox nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER" 80
in_ns "$SERVER" sysctl -qw net.ipv4.tcp_synack_retries=0
start_httpd "$SERVER" 8080
observe "$ROUTER"
run_tests
