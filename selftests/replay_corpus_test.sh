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
TESTS=(corpus)

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
	# Fast Open (RFC 7413): the SYN-ACK (frame 10) acknowledges the 86 octets of
	# data in the SYN (frame 8), not only the SYN.
	'zeek__tcp__tcp-fast-open.pcap: attempt 2 10.99.99.1:55534 > *: half_open_syn, ground truth COMPLETED'
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

find_programs
run_tests
