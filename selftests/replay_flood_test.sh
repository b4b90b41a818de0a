#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake replay --floods": the same detectors as in the module, by the capture's
# time. Needs neither root nor the module.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"

# shellcheck disable=SC2034 # read by run_tests
TESTS=(start_and_end once_more as_text summary crowd usage)

# ms_of FILTER: when the first event it selects was detected, since the flood began.
ms_of()
{
	jq -s "[.[] | select($1)][0] | ((.detected // 0) - 1080) * 1000 | round" "$TMP/events"
}

start_and_end()
{
	local start end

	run 0 replay --json --floods "$TMP/flood"
	printf '%s\n' "$OUT" >"$TMP/events"
	equal "events" "$(jq -r .phase "$TMP/events" | tr '\n' ' ')" "start update end "
	start=$(ms_of '.phase == "start"')
	end=$(jq -s '[.[] | select(.phase == "end")][0] | (.ended - 1085) * 1000 | round' \
		"$TMP/events")
	echo "# START $start ms after the first SYN; the last tick $end ms after the last one"
	# nobody answers it: that takes a tick more, to see whether the SYNs come again
	if [ "$start" -le 0 ] || [ "$start" -gt 1462 ]; then fail "START after $start ms"; fi
	if [ "$end" -le 0 ] || [ "$end" -gt 1400 ]; then fail "it ended $end ms after the last SYN"; fi
	equal "what" "$(jq -r 'select(.phase == "end") | "\(.label) \(.level) \(.address) \(.port)"' \
		"$TMP/events")" "spoofed service 192.0.2.1 80"
	equal "is it one" "$(jq -r .is_flood "$TMP/events" | sort -u)" true
}

once_more()
{
	run 0 replay --json --floods "$TMP/flood"
	equal "the same again" "$OUT" "$(cat "$TMP/events")"
}

as_text()
{
	run 0 replay --floods "$TMP/flood"
	matches "START" "$OUT" "*spoofed*192.0.2.1:80*start*"
}

summary()
{
	run 0 replay --json --summary "$TMP/flood"
	equal "floods and incidents" "$(jq -c '[.floods, .incidents, .attempts]' <<<"$OUT")" \
		"[1,1,10000]"
}

crowd()
{
	run 0 replay --json --summary "$TMP/crowd"
	equal "floods and incidents" "$(jq -c '[.floods, .incidents, .completed]' <<<"$OUT")" \
		"[0,0,10000]"
}

usage()
{
	run 2 replay --floods --summary "$TMP/flood"
	matches "message" "$ERR" "*--floods does not go with --summary*"
}

find_programs
type -P jq cc >/dev/null || skip_all "needs jq and a C compiler"
cc -std=gnu11 -O1 -o "$TMP/mkflood" "$SELFTESTS/mkflood.c" || bail "mkflood does not build"
"$TMP/mkflood" >"$TMP/flood"
"$TMP/mkflood" -c >"$TMP/crowd"
run_tests
