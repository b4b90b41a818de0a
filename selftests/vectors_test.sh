#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every vector, as a capture, through the reader: see vectors/README. And whether
# they leave out no anomaly. Needs neither root nor the module.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"
# shellcheck source=lib/vectors.sh
. "$SELFTESTS/lib/vectors.sh"

# What the summary of the reader has, by the names vectors.jq has for it; what was
# pending when the capture ended, it adds to what had been given up.
# shellcheck disable=SC2016 # for jq
OF_SUMMARY='{
	packets: .tcp_segments,
	exits: .segments,
	attempt_count: .attempts,
	attempts: $attempts,
	outcomes: {
		completed, refused, client_reset, server_reset, superseded, evicted,
		unreachable, unanswered, unacked,
		half_open_syn: (.half_open_syn - .unanswered),
		half_open_synack: (.half_open_synack - .unacked)
	},
	anomalies,
	stats: { confirmed, stalled, reset_at_completion, backscatter, partial }
}'

# read_capture FILES: its attempts and the summary.
read_capture()
{
	"$READER" replay --json --checksums "$1.pcap" >"$1.attempts" 2>"$1.err" &&
	"$READER" replay --json --checksums --summary "$1.pcap" >"$1.summary" 2>>"$1.err" &&
	[ ! -s "$1.err" ]
}

# replay_vector NAME FAMILY: an object for vectors.jq.
replay_vector()
{
	local files=$TMP/vectors/$1.$2

	if ! read_capture "$files"; then
		sed "s/^/# $1 $2: /" "$files.err"
		return
	fi
	printf '{"name":"%s","family":"%s","exact":true,"want":%s,"summary":%s,"attempts":[' \
		"$1" "$2" "$(<"$files.json")" "$(<"$files.summary")"
	paste -sd, "$files.attempts"
	printf ']}\n'
}

replay_all()
{
	local name family reason

	while read -r name family reason; do
		[ -n "$reason" ] || replay_vector "$name" "$family"
	done <"$TMP/list" >"$TMP/replayed"
	grep '^#' "$TMP/replayed"
	compare_vectors < <(grep -v '^#' "$TMP/replayed" |
		jq -c ".attempts as \$attempts | .got = (.summary | $OF_SUMMARY)")
}

# Each anomaly there is a name for is raised by a vector, and nearly by another.
coverage()
{
	local name

	while read -r name; do
		grep -rqE "^expect anomaly $name( |$)" "$SELFTESTS/vectors" ||
			fail "no vector raises $name"
		grep -rqE "^expect no-anomaly $name( |$)" "$SELFTESTS/vectors" ||
			fail "no vector nearly raises $name"
	done < <(sed -n 's/.*\[TCPSHAKE_ANOMALY_[A-Z0-9_]*\] = "\(.*\)".*/\1/p' \
		"$SELFTESTS/../module/core/names.c")
}

# A vector that expects something else is found out.
tells_differences()
{
	local text

	mkdir "$TMP/wrong"
	cat >"$TMP/wrong/wrong.vector" <<-'END'
		family ipv4
		0.000  C > S  S   seq x  <mss 1460>
		0.010  S > C  SA  seq y ack x+1  <mss 1460>
		expect attempt outcome completed isn x server_isn y+1 flags [data] synack_count 1
		expect negotiated mss_to_server 1400
		expect anomaly isn_zero
		expect stat stalled 1
	END
	write_vectors replay "$TMP/wrong/wrong.vector" && replay_all
	for text in 'attempt 1 outcome is "half_open_synack", not "completed"' \
		'attempt 1 server_isn is 500000, not 500001' 'attempt 1 flags is [], not ["data"]' \
		'attempt 1 mss_to_server is 1460, not 1400' 'anomaly isn_zero is 0, not 1' \
		'stat stalled is 0, not 1' 'outcome completed is 0, not 1'; do
		[[ "; ${DIFFERENCES[wrong ipv4]:-};" == *"; $text;"* ]] || fail "not told: $text"
	done
}

need_vectors
find_programs
find_vectors
# shellcheck disable=SC2153 # an array
write_vectors replay "${VECTORS[@]}" || bail "the vectors cannot be read"
replay_all
list_tests
TESTS+=(coverage tells_differences)
run_tests
