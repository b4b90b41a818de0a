#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake replay": what it shows, its options, time and room, and all that can be
# wrong with a capture. Needs neither root nor the module.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"
# shellcheck source=lib/replay.sh
. "$SELFTESTS/lib/replay.sh"

# shellcheck disable=SC2034 # read by run_tests
TESTS=(list_text list_json summary_text summary_json checksums snapshot_lengths
	time_order standard_input order_of_syns filters outcomes timeouts
	long_silence eviction longest_wait clock_backwards clock_jitter not_captures cut_off
	damaged_blocks no_packets unknown_link good_and_bad usage full_disk)

# ---- what is shown --------------------------------------------------


list_text()
{
	make_capture one ether ip4
	run 0 replay "$TMP/one"
	lines_of_out 2
	has 'TIME CLIENT SERVER OUTCOME TOTAL SERVER-HALF CLIENT-HALF RETRANS FLAGS OPTIONS'
	has '1970-01-01T00:16:40.000000 10.0.0.1:40000 10.0.0.2:80 completed 30.000ms 10.000ms 20.000ms 0/0 data mss .*'
}

list_json()
{
	completes 4 ether ip4
	completes 6 ether ip6
}

summary_text()
{
	make_capture one ether ip4
	run 0 replay --summary "$TMP/one"
	has ' tcp_segments 3 100.0%'
	has 'segments 3 = new_attempt 1 \+ synack 1 \+ completing 1'
	has 'attempts 1 = completed 1 \+ pending 0'
}

# The keys programs rely on.
summary_json()
{
	local key

	make_capture one ether ip4
	run 0 replay --json --summary "$TMP/one" "$TMP/one"
	lines_of_out 1
	for key in file packets tcp_segments attempts completed half_open_syn \
		half_open_synack refused client_reset server_reset unreachable \
		superseded evicted anomalies; do
		matches "summary" "$OUT" "*\"$key\":*"
	done
	matches "summary" "$OUT" "{\"file\":\"$TMP/one\",*"
	matches "summary" "$OUT" '*"anomalies":{"hdr_trunc":0,*'
	equal "numbers" "$(summary packets tcp_segments attempts completed syn_retransmit)" \
		"6 6 1 1 1 "
}

checksums()
{
	local layers

	for layers in 'ether ip4' 'ether ip6' 'ether ip6-hopopts' 'ether split6 ip6'; do
		# shellcheck disable=SC2086 # a list
		make_capture good $layers
		run 0 replay --json --summary --checksums "$TMP/good"
		equal "good, $layers" "$(summary csum_bad completed)" "0 1 "
		# shellcheck disable=SC2086
		make_capture bad -c $layers
		run 0 replay --json --summary --checksums "$TMP/bad"
		equal "bad, $layers" "$(summary csum_bad malformed half_open_synack)" "1 1 1 "
		run 0 replay --json --summary "$TMP/bad"
		equal "not judged, $layers" "$(summary csum_bad completed)" "0 1 "
	done
	make_capture bad -c -s 60 ether ip4
	run 0 replay --json --summary --checksums "$TMP/bad"
	equal "not captured whole" "$(summary csum_bad completed)" "0 1 "
}

snapshot_lengths()
{
	completes 4 -s 54 ether ip4
	make_capture short -s 53 ether ip4
	run 0 replay --json --summary "$TMP/short"
	equal "too short" "$(summary packets opaque attempts)" "3 3 0 "
	make_capture short -s 33 ether ip4
	run 0 replay --json --summary "$TMP/short"
	equal "no IP header" "$(summary packets not_tcp)" "3 3 "
}

time_order()
{
	make_capture late -t 2000 ether ip4
	make_capture early -g -t 1000 raw ip6
	make_capture middle -n -t 1500 -p 1 raw ip4
	run 0 replay --json "$TMP/late" "$TMP/early" "$TMP/middle"
	matches "order" "$OUT" '{"time":1000*{"time":1500*{"time":2000*'
	lines_of_out 3
	equal "said" "$ERR" ""
}

standard_input()
{
	make_capture one ether ip4
	run 0 replay --json - <"$TMP/one"
	equal "pcap" "$OUT" "$(completed_json 4)"
	make_capture one -g ether ip6
	run 0 replay --json - < <(cat "$TMP/one")
	equal "pcapng in a pipe" "$OUT" "$(completed_json 6)"
}

# A SYN alone, and what comes after it while it is pending.
order_of_syns()
{
	make_capture first -t 1000 -p 1 raw ip4
	make_capture second -t 1001 -p 2 raw ip4
	{
		head -c 80 "$TMP/first"
		tail -c +25 "$TMP/second"
	} >"$TMP/both"
	run 0 replay --json "$TMP/both"
	matches "order" "$OUT" '*"client_port":1,*"half_open_syn","total_us":1030000,*'$'\n''*"client_port":2,*'
}

filters()
{
	local filter ports

	make_capture four -p 1 raw ip4
	make_capture six -p 2 raw ip6
	while read -r filter; do
		# shellcheck disable=SC2086 # words
		run 0 replay "$TMP/four" "$TMP/six" ${filter#* } --json
		ports=$(sed -n 's/.*"client_port":\([0-9]*\).*/\1/p' <<<"$OUT" | tr -d '\n')
		equal "ports with ${filter#* }" "${ports:-none}" "${filter%% *}"
	done <<-END
		12 sport 80
		1 -4
		2 -6
		1 client 10.0.0.0/30
		2 client 2001:db8::/32
		1 server 10.0.0.2
		none server 10.0.0.1
		2 cport 2
		1 --outcome completed client 10.0.0.1
		none --outcome refused
	END
}

outcomes()
{
	make_capture one -p 1 raw ip4
	make_capture two -p 2 raw ip4
	{
		cat "$TMP/one"
		tail -c +25 "$TMP/two" | head -c 112
	} >"$TMP/both"
	run 1 replay --json --outcome half_open_synack "$TMP/both"
	matches "state" "$OUT" '{"time":1000.0,*"client_port":2,*"half_open_synack"*'
	lines_of_out 1
	run 1 replay --json --outcome half_open_syn --outcome completed "$TMP/both"
	lines_of_out 1
	matches "outcome" "$OUT" '*"client_port":1,*"completed"*'
}

# ---- time and room --------------------------------------------------


# syn_then SECONDS: a SYN, and another attempt so much later.
syn_then()
{
	make_capture first -t 1000 -p 1 raw ip4
	make_capture second -t $((1000 + $1)) -p 2 raw ip4
	{
		head -c 80 "$TMP/first"
		tail -c +25 "$TMP/second"
	} >"$TMP/both"
	run 0 replay --json "$TMP/both"
}

timeouts()
{
	syn_then 74
	matches "74 s" "$OUT" '*"client_port":1,*"half_open_syn","total_us":74030000,*'
	syn_then 75
	matches "75 s" "$OUT" '*"client_port":1,*"unanswered","total_us":75000000,*'
}

# Longer than the engine's 32 bits of microseconds.
long_silence()
{
	syn_then 4300
	matches "4300 s" "$OUT" '*"client_port":1,*"unanswered","total_us":75000000,*'
}

# 64 connections begin at once, and there is room for 16.
eviction()
{
	make_capture bulk -b 640
	run 0 replay --json --summary "$TMP/bulk"
	equal "room" "$(summary packets attempts completed evicted)" "12800 640 640 0 "
	run 0 replay --json --summary --max-flows 16 "$TMP/bulk"
	equal "no room" "$(summary packets attempts completed evicted)" "12800 640 160 480 "
	run 0 replay --json --max-flows 16 "$TMP/bulk"
	lines_of_out 640
	equal "order" "$(sort -n -t : -k 2 <<<"$OUT")" "$OUT"
}

# With room for 16 flows, 64 attempts may wait for an older one to be listed.
longest_wait()
{
	local i

	make_capture first -t 1000 -p 100 raw ip4
	for i in {1..65}; do
		make_capture next -t $((1000 + i)) -p "$i" raw ip4
		tail -c +25 "$TMP/next" >"$TMP/part$i"
	done
	{
		head -c 80 "$TMP/first"
		cat "$TMP"/part?
		cat "$TMP"/part??
	} >"$TMP/all"
	run 0 replay --json "$TMP/all"
	matches "no limit" "$OUT" '*"client_port":100,*"half_open_syn","total_us":65030000,*'
	run 0 replay --json --max-flows 16 "$TMP/all"
	matches "limit" "$OUT" '*"client_port":100,*"evicted","total_us":64000000,*'
	lines_of_out 66
}

# ---- what is wrong --------------------------------------------------


# Both halves are right although the clock was set back between the attempts.
clock_backwards()
{
	make_capture new -t 2000 -p 1 raw ip4
	make_capture old -t 1000 raw ip4
	{
		cat "$TMP/new"
		tail -c +25 "$TMP/old"
	} >"$TMP/both"
	run 1 replay --json "$TMP/both"
	matches "attempts" "$OUT" '{"time":2000.0,*"completed",*'$'\n''*'
	equal "second attempt" "${OUT##*$'\n'}" "$(completed_json 4)"
	matches "message" "$ERR" "tcpshake: $TMP/both: packet 4: the clock goes back by 1000.030000000s*"
}

# Stragglers are said, and change nothing: an attempt is not given up for them.
clock_jitter()
{
	make_capture one -t 1000 -p 1 raw ip4
	make_capture two -t 1000 -p 2 raw ip4
	{
		cat "$TMP/one"
		tail -c +25 "$TMP/two"
	} >"$TMP/both"
	run 1 replay --json "$TMP/both"
	equal "outcomes" "$(grep -c '"completed","total_us":30000' <<<"$OUT")" 2
	matches "message" "$ERR" "*packet 4: the clock goes back by 0.030000000s; times it did so in all: 1"
}

# complains FILE PATTERN: about the file, and there is nothing in it.
complains()
{
	run 1 replay --json --summary "$1"
	matches "message" "$ERR" "tcpshake: $1: $2"
	equal "packets" "$(summary packets attempts)" "0 0 "
}

not_captures()
{
	echo "a text, long enough for any header" >"$TMP/text"
	complains "$TMP/text" 'not a capture*known formats: pcap, pcapng'
	printf '\n%40s' "" >"$TMP/text"
	complains "$TMP/text" 'not a capture*'
	: >"$TMP/empty"
	complains "$TMP/empty" '*empty*'
	complains "$TMP" 'Is a directory'
	complains "$TMP/nowhere" 'No such file or directory'
}

# is_boundary OPTION AT: what ends there ends with a packet.
is_boundary()
{
	case $1 in
	-n)	[ "$2" = 80 ] || [ "$2" = 136 ] ;;
	-g)	[ "$2" = 132 ] || [ "$2" = 204 ] ;;
	esac
}

# At many octets: what was read up to there is reported, and the packet named.
cut_off()
{
	local option size at want

	for option in -n -g; do
		make_capture whole "$option" raw ip4
		size=$(stat -c %s "$TMP/whole")
		for ((at = 1; at < size; at += 3)); do
			is_boundary "$option" "$at" && continue
			head -c "$at" "$TMP/whole" >"$TMP/cut"
			run 1 replay --json --summary "$TMP/cut"
			[ -n "$ERR" ] || fail "cut at $at: nothing is said"
			[[ $ERR =~ packet\ ([0-9]+): ]] || continue
			want=$((BASH_REMATCH[1] - 1))
			equal "packets of $at octets" "$(summary packets)" "$want "
		done
		head -c $((size - 1)) "$TMP/whole" >"$TMP/cut"
		run 1 replay --json "$TMP/cut"
		matches "all but one octet" "$OUT" '*"half_open_synack"*'
		matches "message" "$ERR" "tcpshake: $TMP/cut: packet 3: the file is cut off within a*"
	done
}

# patched AT OCTETS: the pcapng file with other octets there.
patched()
{
	cp "$TMP/whole" "$TMP/patched"
	# shellcheck disable=SC2059 # octets
	printf "$2" | dd of="$TMP/patched" bs=1 seek="$1" conv=notrunc status=none
	run 1 replay --json --summary "$TMP/patched"
	matches "message" "$ERR" "tcpshake: $TMP/patched: packet 1: $3"
}

damaged_blocks()
{
	make_capture whole -g raw ip4
	patched 32 '\x00\x00\x00\x00' 'a block with a length that is none'
	patched 32 '\x21\x00\x00\x00' 'a block with a length that is none'
	patched 32 '\x00\x00\x00\x7f' 'a block larger than 16 MiB'
	patched 56 '\x24\x00\x00\x00' 'the two lengths of a block differ'
	patched 68 '\x01\x00\x00\x00' 'a packet of an interface that is not described'
	patched 80 '\xff\xff\xff\xff' 'a packet longer than its block'
	patched 12 '\x02\x00' 'a version of pcapng not known here'
	make_capture whole raw ip4
	patched 32 '\xff\xff\xff\x7f' 'a packet of more than 262144 octets'
}

no_packets()
{
	make_capture one raw ip4
	head -c 24 "$TMP/one" >"$TMP/none"
	complains "$TMP/none" 'there is no packet in it'
	make_capture one -g raw ip4
	head -c 60 "$TMP/one" >"$TMP/none"
	complains "$TMP/none" 'there is no packet in it'
}

unknown_link()
{
	make_capture one -l 147 raw ip4
	run 1 replay --json --summary "$TMP/one"
	matches "message" "$ERR" "tcpshake: $TMP/one: packet 1: link type 147 *"
	equal "packets" "$(summary packets unknown_link attempts)" "3 3 0 "
}

good_and_bad()
{
	make_capture good raw ip4
	run 1 replay --json "$TMP/nowhere" "$TMP/good"
	equal "attempts" "$OUT" "$(completed_json 4)"
	matches "message" "$ERR" "*nowhere: No such file*"
}

usage()
{
	run 2 replay
	run 2 replay - -
	run 2 replay --summary x sport 80
	run 2 replay --summary -4 x
	run 2 replay x sport
	run 2 replay x sport 80 sport 81
	run 2 replay --max-flows 15 x
	matches "message" "$ERR" "*from 16 to 16777216"
	run 2 replay --outcome nothing x
	run 2 stats --summary
	run 2 watch --outcome half_open_syn
	run 0 replay --help
	has 'usage: tcpshake replay FILE.*'
}

full_disk()
{
	make_capture one raw ip4
	"$READER" replay --json "$TMP/one" >/dev/full 2>"$TMP/err"
	equal "status" $? 1
	matches "message" "$(<"$TMP/err")" "*output is incomplete*"
}

find_programs
find_mkpcap
run_tests
