#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The reader and recorded messages: how it shows them, in text and in JSON, and
# that no message, however damaged, makes it crash. Needs neither root nor the
# module. TCPSHAKE_SEEDS=N: so many damaged versions of each recording.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"

# shellcheck disable=SC2034 # read by run_tests
TESTS=(stats_text stats_json stats_of_newer_module stats_contradiction
	half_open_table completed_table malformed_table empty_table wide_table
	interrupted_dump watch_text watch_filters watch_count watch_json watch_restart
	watch_removal refusal json_is_valid keys_are_stable bare_messages
	bad_files damaged_messages full_disk closed_pipe no_color_in_pipes)

# ---- what is shown ------------------------------------------------------------

stats_text()
{
	replay 0 stats stats
	has 'attempts 48'
	has ' unanswered 5 10\.4%'
	has ' half_open_synack 2'
	has ' flags_null 4'
	has ' icmp_bad_quote 91'
	has 'confirmed after completion 3'
	has 'reset at completion -'
	has 'table slots in use -'
	has 'packets 66 = new_attempt 1 \+ .* \+ untracked 11'
	equal "last line" "${OUT##*$'\n'}" "attempts 48 = completed 1 + refused 2 + $(
		)client_reset 3 + server_reset 4 + unanswered 5 + unacked 6 + superseded 7 $(
		)+ evicted 8 + unreachable 9 + pending 3"
}

stats_json()
{
	replay 0 stats stats --json
	lines_of_out 1
	matches "stats" "$OUT" '{"packets":66,"packets_new_attempt":1,*'
	matches "stats" "$OUT" '*,"attempts":48,"attempts_completed":1,*'
	matches "stats" "$OUT" '*,"pending":3,"pending_half_open_syn":1,*'
	matches "stats" "$OUT" '*,"pending_half_open_synack":2,"unreachable_net":1,"unreachable_host":2,*'
	matches "stats" "$OUT" '*,"stalled":1,"confirmed":3,"reset_at_completion":null,*'
	matches "stats" "$OUT" '*,"backscatter":4,"partial":null,"anomaly_hdr_trunc":1,*'
	matches "stats" "$OUT" '*,"events_lost":2,"table_slots":65536,"table_quota":32768,"table_used":null,"details_lost":null}'
	[[ $OUT != *unknown* ]] || fail "a counter without a name: $OUT"
}

stats_of_newer_module()
{
	replay 0 stats-newer stats
	has ' unknown 1 2\.0%'
	matches "last line" "${OUT##*$'\n'}" "attempts 50 = unknown 1 + completed 1 *"
}

stats_contradiction()
{
	replay 1 stats-wrong stats
	matches "last line" "${OUT##*$'\n'}" "attempts 49 != completed 1 *"
	matches "message" "$ERR" "*contradict*"
}

half_open_table()
{
	replay 0 half-open half-open
	lines_of_out 3
	has 'CLIENT SERVER STATE AGE ISN SERVER-ISN RETRANS FLAGS'
	has '192\.0\.2\.1:50000 192\.0\.2\.2:443 half_open_syn 1\.234s 4294967295 - 14\+/0 -'
	has '\[2001:db8::1\]:50000 \[2001:db8::2\]:443 half_open_synack 1\.234s 4294967295 7 14\+/0 server_ambiguous'
	run 0 half-open -6 --from-file "$RECORD"
	lines_of_out 2
	matches "only IPv6" "$OUT" '*2001:db8::1*'
}

completed_table()
{
	replay 0 completed completed
	lines_of_out 3
	has 'TIME CLIENT SERVER TOTAL SERVER-HALF CLIENT-HALF RETRANS FLAGS OPTIONS'
	has '2023-11-14T22:13:20\.123456 192\.0\.2\.1:50000 192\.0\.2\.2:443 1\.234s 1\.000ms 250us 14\+/0 data,unknown mss 1460/1400 ws 7/14 sack ecn=classic mptcp=unknown'
	has '.* \[2001:db8::2\]:443 1\.234s - 250us 14\+/0 - -'
}

malformed_table()
{
	replay 0 malformed malformed
	has 'TIME SOURCE DESTINATION ANOMALY TCP-FLAGS SEQ ACK'
	has '2023-11-14T22:13:20\.123456 192\.0\.2\.1:1 192\.0\.2\.2:2 flags_null none 3 4'
	has '.* flags_xmas,unknown ae,urg,psh,fin 3 4'
	run 0 malformed -4 --from-file "$RECORD"
	lines_of_out 2
}

empty_table()
{
	replay 0 none half-open
	matches "only headings" "$OUT" "CLIENT *SERVER *FLAGS"
	run 0 completed --json --from-file "$RECORD"
	equal "no objects" "$OUT" ""
}

# Columns are aligned among all lines held back, and later only grow.
wide_table()
{
	record completed
	cp "$RECORD" "$TMP/completed"
	record many
	cat "$RECORD" "$RECORD" "$RECORD" "$TMP/completed" >"$TMP/wide"
	run 0 completed --from-file "$TMP/wide"
	lines_of_out 603
	equal "widths" "$(awk '{ print length($0) }' <<<"$OUT" | uniq | wc -l)" 4
}

interrupted_dump()
{
	replay 0 half-open-interrupted half-open
	lines_of_out 3
	matches "message" "$ERR" "tcpshake: *may be missing"
}

watch_text()
{
	replay 0 watch watch
	lines_of_out 11
	has 'TIME EVENT FROM TO DETAILS'
	has '22:13:20\.123456 completed 192\.0\.2\.1:50000 192\.0\.2\.2:443 total 1\.234s server 1\.000ms client 250us retrans 14\+/0'
	has '22:13:20\.123456 anomaly \[2001:db8::1\]:1 \[2001:db8::2\]:2 flags_xmas,ack_bad_ack flags ae,urg,psh,fin seq 3 ack 4'
	has '- lost - - events came faster .*'
	has '- lost - - handshake events: 5'
	has '- lost - - anomaly events: 2'
	has '22:13:20\.123456 unreachable .* retrans 14\+/0 unreachable host'
	[[ $OUT != *syn_retrans* ]] || fail "legal, and shown: $OUT"
	run 0 watch --anomaly syn_retrans --from-file "$RECORD"
	has '.* syn_retrans flags none .*'
}

watch_filters()
{
	replay 0 watch watch --outcome refused --outcome unanswered
	has '.* refused .*'
	has '.* unanswered .*'
	[[ $OUT != *' completed '* && $OUT != *anomaly* ]] || fail "too much: $OUT"
	run 0 watch --anomaly ack_bad_ack --from-file "$RECORD"
	has '.* flags_xmas,ack_bad_ack .*'
	[[ $OUT != *flags_null* && $OUT != *handshake* ]] || fail "too much: $OUT"
	run 0 watch --anomaly flags_null --outcome refused -4 --from-file "$RECORD"
	has '.* refused .*'
	[[ $OUT != *flags_* ]] || fail "IPv6 shown: $OUT"
}

# Events, not lines about those that were lost.
watch_count()
{
	local all count

	replay 0 watch watch
	all=$(grep -cv -e ' lost ' -e '^TIME' <<<"$OUT")
	for ((count = 1; count <= all + 1; count++)); do
		run 0 watch --count "$count" --from-file "$RECORD"
		equal "events" "$(grep -cv -e ' lost ' -e '^TIME' <<<"$OUT")" \
			$((count < all ? count : all))
	done
	run 0 watch --count 1 --outcome refused --from-file "$RECORD"
	has '.* refused .*'
	run 2 watch --count 0 --from-file "$RECORD"
}

watch_json()
{
	replay 0 watch watch --json
	lines_of_out 10
	has '\{"event":"handshake","time":1700000000\.123456,"outcome":"completed",.*'
	has '\{"event":"anomaly",.*"anomalies":\["flags_xmas","ack_bad_ack"\],"tcp_flags":\["ae","urg","psh","fin"\],.*'
	has '\{"event":"lost","group":null,"count":null\}'
	has '\{"event":"lost","group":"handshake","count":5\}'
	has '\{"event":"lost","group":"anomaly","count":2\}'
}

watch_restart()
{
	replay 0 restart watch
	matches "message" "$ERR" "*switched off and on*"
	has '- lost - - handshake events: 1'
}

watch_removal()
{
	replay 1 removal watch
	lines_of_out 2
	matches "message" "$ERR" "tcpshake: the kernel module was removed*"
}

# The words of the kernel are shown, but a terminal shall not obey them.
refusal()
{
	replay 1 refused completed
	equal "stdout" "$OUT" ""
	equal "message" "$ERR" "tcpshake: $RECORD: out of? patience"
	replay 1 error stats
	equal "message" "$ERR" "tcpshake: $RECORD: not today"
	replay 1 error-far stats
	equal "message" "$ERR" "tcpshake: $RECORD: Invalid argument"
}

# ---- JSON -----------------------------------------------------------------------

valid_json()
{
	if type -P jq >/dev/null; then
		jq -e . >/dev/null
	else
		python3 -c 'import json, sys
for line in sys.stdin: json.loads(line)'
	fi
}

json_is_valid()
{
	local pair

	type -P jq python3 >/dev/null || { skip_test "needs jq or python3"; return; }
	for pair in stats:stats stats-newer:stats half-open:half-open completed:completed \
		malformed:malformed watch:watch bare:half-open bare:watch; do
		replay 0 "${pair%:*}" "${pair#*:}" --json
		valid_json <<<"$OUT" || fail "$pair: not JSON: $OUT"
	done
	run 0 version --json
	valid_json <<<"$OUT" || fail "version: not JSON: $OUT"
}

keys_are_stable()
{
	replay 0 half-open half-open --json
	has '\{"time":1700000000\.123456,"client":"192\.0\.2\.1","client_port":50000,"server":"192\.0\.2\.2","server_port":443,"state":"half_open_syn","age_us":1234567,"server_rtt_us":null,"client_rtt_us":250,"isn":4294967295,"server_isn":null,"syn_count":15,"synack_count":0,"flags":\[\],"negotiated":null\}'
	replay 0 completed completed --json
	has '.*,"outcome":"completed","total_us":1234567,"server_rtt_us":1000,"client_rtt_us":250,.*"flags":\["data","unknown"\],"negotiated":\{"mss_to_server":1400,"mss_to_client":1460,"window_scale":true,"client_window_scale":7,"server_window_scale":14,"sack":true,"timestamps":false,"ecn":"classic","fast_open":"none","mptcp":"unknown","md5":"none","ao":"none","smc_r":false,"eno":false,"client_window":64240,"client_ttl":64,"server_window":64240,"server_ttl":64,"offered":\["mss","window_scale","sack_permitted"\],"answered":\["mss","window_scale","sack_permitted"\]\}\}'
	replay 0 malformed malformed --json
	has '\{"time":1700000000\.123456,"source":"192\.0\.2\.1","source_port":1,"destination":"192\.0\.2\.2","destination_port":2,"anomalies":\["flags_null"\],"tcp_flags":\[\],"seq":3,"ack":4\}'
}

# ---- what should not come ---------------------------------------------------------

bare_messages()
{
	replay 0 bare half-open
	has '-:- -:- - - - - -/- -'
	replay 0 bare watch
	lines_of_out 3
	replay 1 bare stats
	matches "message" "$ERR" "*holds no answer*"
}

bad_files()
{
	run 1 stats --from-file "$TMP/nowhere"
	matches "message" "$ERR" "tcpshake: $TMP/nowhere: No such file*"
	run 1 stats --from-file /dev/null
	run 1 watch --from-file /dev/zero
	matches "message" "$ERR" "*offset 0 is cut off*"
	record half-open
	head -c -30 "$RECORD" >"$TMP/cut"
	run 1 half-open --from-file "$TMP/cut"
	matches "message" "$ERR" "*cut off*"
	has '192\.0\.2\.1.*'
}

# Anything but 0 and 1 is a crash.
damaged_messages()
{
	local seed pair status

	for ((seed = 1; seed <= ${TCPSHAKE_SEEDS:-25}; seed++)); do
		for pair in stats:stats half-open:half-open completed:completed \
			malformed:malformed watch:watch bare:watch refused:stats; do
			record "${pair%:*}" "$seed"
			"$READER" "${pair#*:}" --from-file "$RECORD" >/dev/null 2>"$TMP/err"
			status=$?
			[ "$status" -le 1 ] || fail "nlrecord $pair $seed: status $status"
			! grep -q 'Sanitizer\|runtime error' "$TMP/err" ||
				fail "nlrecord $pair $seed: $(<"$TMP/err")"
		done
	done
}

full_disk()
{
	local args

	[ -c /dev/full ] || { skip_test "needs /dev/full"; return; }
	record completed
	for args in --help version "completed --json --from-file $RECORD" \
		"completed --from-file $RECORD"; do
		# shellcheck disable=SC2086 # words
		"$READER" $args >/dev/full 2>"$TMP/err"
		equal "status of $args" $? 1
		matches "message" "$(<"$TMP/err")" "tcpshake: output is incomplete: No space*"
	done
}

# into_closed_pipe ARGUMENT...: nobody reads it, from the start.
into_closed_pipe()
{
	local pipe

	exec {pipe}> >(:)
	wait $!
	(exec >&"$pipe"; "$READER" "$@" 2>"$TMP/err")
	STATUS=$?
	exec {pipe}>&-
}

closed_pipe()
{
	record many
	into_closed_pipe completed --from-file "$RECORD"
	equal "status" "$STATUS" 1
	equal "message" "$(<"$TMP/err")" ""
	record watch
	into_closed_pipe watch --from-file "$RECORD"
	equal "status of watch" "$STATUS" 0
}

no_color_in_pipes()
{
	replay 0 watch watch
	[[ $OUT != *$'\033'* ]] || fail "colours in a pipe"
	type -P script >/dev/null || { skip_test "needs script"; return; }
	OUT=$(TERM=xterm script -qec "$READER watch --from-file $RECORD" /dev/null </dev/null)
	matches "terminal" "$OUT" "*"$'\033'"?32mcompleted*"
	OUT=$(NO_COLOR=1 TERM=xterm script -qec "$READER watch --from-file $RECORD" /dev/null </dev/null)
	[[ $OUT != *$'\033[3'* ]] || fail "colours in spite of NO_COLOR"
}

find_programs
run_tests
