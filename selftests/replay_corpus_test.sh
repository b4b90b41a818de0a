#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake replay" against a corpus of real captures with a ground truth, which is
# not part of this repository: TCPSHAKE_CORPUS=DIR says where it is. Needs neither
# root nor the module.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"

# shellcheck disable=SC2034 # read by run_tests
TESTS=(corpus identities)

CORPUS=${TCPSHAKE_CORPUS:-$SELFTESTS/../../shared/corpus}

# Differences from the ground truth, each as a pattern, and why it is one.
KNOWN=(
	# SYNs whose data offset says 24 octets (0x60 at octet 12 of the TCP header,
	# frames 1 and 2) in IP packets with 20 octets of TCP. A receiver drops
	# them; here they are malformed, doff_past_end, and no attempts.
	'sv__mac-eve-packet__test.pcap: attempt [12] (NO_REPLY, frame [12]) is missing'
	# The server's RST comes 88 s (frames 2207 to 2210) and 114 s (frame 2472)
	# after the client's last segment; the attempts were given up after 75 s.
	'ndpi__gnutella.pcap: attempt [1-4] 10.0.2.15:5019[0-3] > *: unacked, ground truth ABORTED_SERVER'
	'ndpi__gnutella.pcap: attempt 56 10.0.2.15:50245 > *: unacked, ground truth ABORTED_SERVER'
)

# known LINE: is it a difference of the list? It is noted in SEEN.
known()
{
	local i

	for i in "${!KNOWN[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $1 == ${KNOWN[i]} ]] || continue
		SEEN[i]=1
		return 0
	done
	return 1
}

corpus()
{
	local line agree i
	local -a SEEN=()

	if [ ! -r "$CORPUS/score.py" ] || ! type -P python3 >/dev/null; then
		skip_test "no corpus at $CORPUS, or no python3"
		return
	fi
	python3 -B "$CORPUS/score.py" --tool "$READER" >"$TMP/score" 2>&1
	while read -r line; do
		[[ $line == captures\ * ]] || known "$line" || fail "$line"
	done <"$TMP/score"
	for i in "${!KNOWN[@]}"; do
		[ -n "${SEEN[i]:-}" ] || fail "no difference any more: ${KNOWN[i]}"
	done
	line=$(tail -n 1 "$TMP/score")
	printf '# %s\n' "$line"
	matches "score" "$line" "*invented 0 *broken captures 0 *off 0 *"
	agree=$(sed -n 's/.* agree [0-9]* (\([0-9]*\)\.\([0-9]*\) %).*/\1\2/p' <<<"$line")
	[ "${agree:-0}" -ge 999000 ] || fail "less than 99.9 %: $line"
}

# What does not add up in a summary, one of which is on each line of the input.
# shellcheck disable=SC2016 # for jq
DOES_NOT_ADD_UP='
	def outcomes: [.completed, .refused, .client_reset, .server_reset, .unanswered, .unacked,
		.superseded, .evicted, .unreachable] | add;
	select(.tcp_segments != ([.segments[]] | add) or
		.packets != .tcp_segments + .not_tcp + .held_fragments + .unknown_link or
		.attempts != .segments.new_attempt or
		.attempts != outcomes + (.half_open_syn - .unanswered) +
			(.half_open_synack - .unacked) or
		.unreachable != ([.unreachable_by[]] | add)) | .file'

# Every attempt in exactly one place, every segment by exactly one exit.
identities()
{
	local capture count=0

	if [ ! -d "$CORPUS/pcaps" ] || ! type -P jq >/dev/null; then
		skip_test "no corpus at $CORPUS, or no jq"
		return
	fi
	for capture in "$CORPUS"/pcaps/*; do
		"$READER" replay --json --summary "$capture" 2>"$TMP/err" || grep -q . "$TMP/err" ||
			fail "$capture: failed without a word"
		! grep -q contradict "$TMP/err" || fail "$(<"$TMP/err")"
		count=$((count + 1))
	done >"$TMP/summaries"
	equal "summaries" "$(wc -l <"$TMP/summaries")" "$count"
	equal "what does not add up" "$(jq -r "$DOES_NOT_ADD_UP" "$TMP/summaries")" ""
}

find_programs
run_tests
