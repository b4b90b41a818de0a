#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# /proc/net/tcpshake: modes, formats, and that a file reads the same in whatever
# pieces it is read.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

MANY=120	# half-open attempts, more than fit into one page

ENDPOINT='([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|\[[0-9a-f:]+\]):[0-9]+'
NAME='[a-z0-9_]+'
NAMES="$NAME(,$NAME)*"
TIME='[0-9]{10}\.[0-9]{6}'
OR_NONE='([0-9]+|-)'
OFFER="mss=$OR_NONE,wscale=$OR_NONE,window=[0-9]+,ttl=[0-9]+(,$NAME)*"

modes()
{
	equal "mode of the directory" "$(stat -c %a "$DIR")" 555
	equal "modes" "$(cd "$DIR" && stat -c '%n %a %u %g' -- * | xargs)" \
		"completed 440 0 0 floods 440 0 0 half_open 440 0 0 latency 444 0 0 malformed 440 0 0\
 services 440 0 0 stats 444 0 0"
	for file in "$DIR"/*; do
		(echo 1 >"$file") 2>/dev/null && fail "$file can be written"
	done
}

# format FILE HEADER REGEX: of the first line, and of all others, of which there are.
format()
{
	local lines line

	mapfile -t lines <"$DIR/$1"
	equal "header of $1" "${lines[0]}" "$2"
	[ ${#lines[@]} -gt 1 ] || fail "$1 is empty"
	for line in "${lines[@]:1}"; do
		[[ $line =~ ^$3$ ]] || fail "$1: '$line'"
	done
}

formats()
{
	format half_open "client server state age_us syn_count synack_count isn server_isn" \
		"$ENDPOINT $ENDPOINT half_open_syn(ack)? [0-9]+ [0-9]+ [0-9]+ [0-9]+ $OR_NONE"
	format completed \
		"time client server total_us server_rtt_us client_rtt_us syn_count synack_count\
 flags offered answered ecn fast_open mptcp" \
		"$TIME $ENDPOINT $ENDPOINT [0-9]+ $OR_NONE $OR_NONE [0-9]+ [0-9]+ ($NAMES|-)\
 ($OFFER|-) ($OFFER|-)( $NAME| -){3}"
	format malformed "time source destination anomaly tcp_flags seq ack" \
		"$TIME $ENDPOINT $ENDPOINT $NAMES $NAMES [0-9]+ [0-9]+"
	format services "$(sed 1q "$DIR/services")" \
		"($ENDPOINT|-)( [0-9]+){19}( $OR_NONE){5}"
	format latency "half count sum_us p50_us p90_us p99_us p999_us" \
		"(server|client|total) [0-9]+ [0-9]+( $OR_NONE){4}"
}

# What services say is what the namespace says.
services_add_up()
{
	stat_of "$ROUTER" attempts
	equal "attempts" "$(awk 'NR > 1 { n += $2 } END { print n }' "$DIR/services")" "$STAT"
	stat_of "$ROUTER" attempts_completed
	equal "completed" "$(awk 'NR > 1 { n += $3 } END { print n }' "$DIR/services")" "$STAT"
	stat_of "$ROUTER" pending
	equal "pending" "$(awk 'NR > 1 { n += $12 } END { print n }' "$DIR/services")" "$STAT"
	equal "completed, by time" "$(awk '$1 == "total" { print $2 }' "$DIR/latency")" \
		"$(awk 'NR > 1 { n += $3 } END { print n }' "$DIR/services")"
}

# Every name of the ABI once, in groups that begin with the sum.
stats_format()
{
	local line
	local -A seen=()

	while IFS= read -r line; do
		[[ $line =~ ^$NAME\ [0-9]+$ ]] || fail "stats: '$line'"
		[ -z "${seen[${line% *}]:-}" ] || fail "stats: ${line% *} twice"
		seen[${line% *}]=1
	done <"$DIR/stats"
	equal "names" "$(cut -d ' ' -f 1 "$DIR/stats" | sed 's/^anomaly_.*/anomaly_*/' | uniq |
		xargs)" "packets packets_new_attempt packets_syn_retransmit packets_synack \
packets_synack_retransmit packets_completing packets_reset packets_anomalous \
packets_malformed packets_fragment packets_opaque packets_untracked attempts \
attempts_completed attempts_refused attempts_client_reset attempts_server_reset \
attempts_unanswered attempts_unacked attempts_superseded attempts_evicted \
attempts_unreachable pending \
pending_half_open_syn pending_half_open_synack unreachable_net unreachable_host \
unreachable_port unreachable_admin unreachable_ttl unreachable_parameter evicted_crowd \
evicted_crowd_young evicted_oldest evicted_oldest_young evicted_quota evicted_quota_young \
stalled confirmed \
reset_at_completion backscatter partial anomaly_* events_handshake events_anomaly \
events_lost table_slots table_quota table_used details_lost"
	equal "number of anomalies" "$(grep -c ^anomaly_ "$DIR/stats")" 91
}

# whole FILE: without the ages, which do not stand still.
whole()
{
	if [ "$1" = half_open ]; then
		cut -d ' ' -f 4 --complement
	else
		cat
	fi
}

in_pieces()
{
	local file size

	busywait "$WAIT_MS" nothing_lingers "$ROUTER" || fail "something lingers for ever"
	for file in stats completed malformed half_open; do
		whole "$file" <"$DIR/$file" >"$TMP/whole"
		[ "$(wc -c <"$TMP/whole")" -gt 1000 ] || fail "$file is too short for this test"
		for size in "$@"; do
			dd if="$DIR/$file" bs="$size" 2>/dev/null | whole "$file" >"$TMP/pieces"
			cmp "$TMP/whole" "$TMP/pieces" || fail "$file differs in pieces of $size"
		done
	done
}

# From anywhere, backwards, and again from the start of an open file.
seeking()
{
	local file at

	for file in stats completed malformed; do
		cat "$DIR/$file" >"$TMP/whole"
		for at in 0 1 17 333 900; do
			tail -c +$((at + 1)) "$TMP/whole" | head -c 100 >"$TMP/part"
			dd if="$DIR/$file" bs=1 skip="$at" count=100 2>/dev/null |
				cmp - "$TMP/part" || fail "$file differs from $at on"
		done
		dd if="$DIR/$file" bs=4096 skip=1000 2>/dev/null | cmp - /dev/null ||
			fail "$file has something behind its end"
		exec 8<"$DIR/$file"
		cat <&8 >/dev/null
		cat <&8 | cmp - /dev/null || fail "$file goes on behind its end"
		exec 8<&-
	done
}

# Each attempt once, whichever row of the table it is in.
each_once()
{
	equal "client ports" "$(sed 1d "$DIR/half_open" | grep ' 198.51.100.2:81 ' |
		sed 's/^[^ ]*:\([0-9]*\) .*/\1/' | sort -n | xargs)" \
		"$(seq 1 "$MANY" | xargs)"
}

# The rings show the newest ones, oldest first, and no more than they hold; how
# many that is depends on the CPU they came by.
newest()
{
	local count=300 least=32 lines

	use_family ipv4
	new_tuple
	through "$count" inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" - --seq 1 \
		--seq-step 1 --count "$count"
	sed 1d "$DIR/malformed" >"$TMP/ring"
	lines=$(wc -l <"$TMP/ring")
	if [ "$lines" -lt "$least" ] || [ "$lines" -gt 256 ]; then
		fail "malformed shows $lines lines"
	fi
	equal "the newest, in order" "$(cut -d ' ' -f 6 "$TMP/ring" | tail -n "$least" | xargs)" \
		"$(seq $((count - least + 1)) "$count" | xargs)"
	sort -c -k 1,1 "$TMP/ring" || fail "malformed is not in the order of time"
}

one_completed()
{
	new_tuple
	c2s S --seq 1
	s2c SA --seq 1 --ack 2
	c2s A --seq 2 --ack 2
}

# Something of everything, in both families.
populate()
{
	local i family

	for family in ipv4 ipv6; do
		use_family "$family"
		for i in {1..8}; do
			one_completed
			c2s FPU --seq "$i" --ack "$i"
			c2s 0x1ff --ack "$i"
			s2c SA --seq 4294967295
		done
		new_tuple
		c2s S --seq 4294967295
		s2c SA --seq 4294967295 --ack 0
	done
	use_family ipv4
	SPORT=81
	for ((CPORT = 1; CPORT <= MANY; CPORT++)); do
		c2s S --seq "$CPORT"
	done
	SPORT=80 CPORT=30000
}

TESTS=(
	modes
	formats
	services_add_up
	stats_format
	"in_pieces 1 7"
	"in_pieces 4096 1000000"
	seeking
	each_once
	newest
	identities
)

need_root_and dd cmp nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
DIR=${PROC[$ROUTER]}
populate
run_tests
