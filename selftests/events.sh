#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Events: every outcome is told once, in order, to every listener, from the moment
# it listens, and nothing else is.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

X=1000 Y=5000

syn()
{
	new_tuple
	c2s S --seq "$X"
}

syn_synack()
{
	syn
	s2c SA --seq "$Y" --ack $((X + 1))
}

# One function for each outcome.
completed()
{
	syn_synack
	c2s A --seq $((X + 1)) --ack $((Y + 1))
}

refused()
{
	syn
	s2c RA --ack $((X + 1))
}

client_reset()
{
	syn_synack
	c2s R --seq $((X + 1))
}

server_reset()
{
	syn_synack
	s2c R --seq $((Y + 1))
}

# Ends by itself; the others would wait with it, so they are timed apart.
unanswered()
{
	tcpshake "$ROUTER" set syn-timeout 100ms
	syn
	assert_stat "$ROUTER" pending 0
	tcpshake "$ROUTER" set syn-timeout 75s
}

unacked()
{
	tcpshake "$ROUTER" set synack-timeout 100ms
	syn_synack
	assert_stat "$ROUTER" pending 0
	tcpshake "$ROUTER" set synack-timeout 75s
}

# The second ISN is the one that is answered.
superseded()
{
	syn
	c2s S --seq $((X + 7))
	s2c SA --seq "$Y" --ack $((X + 8))
	s2c R --seq $((Y + 1))
}

SEQUENCE=(completed refused superseded client_reset unanswered server_reset unacked completed)
TOLD="completed refused superseded server_reset client_reset unanswered server_reset unacked completed"

play()
{
	local outcome

	for outcome in "${SEQUENCE[@]}"; do
		"$outcome"
	done
}

# What was before nobody listened is not told, nor counted as lost.
nothing_old()
{
	local i

	use_family ipv4
	for i in 1 2 3; do
		completed
		superseded
		s2c SA
	done
	start_watch "$ROUTER"
	server_reset
	c2s - --seq 4711
	wait_events 2
	assert_stat "$ROUTER" events_handshake 1
	assert_stat "$ROUTER" events_anomaly 1
	equal "events" "$(jq -c '[.event, .outcome // .anomalies[0]]' "$WATCH" | sort | xargs)" \
		"[anomaly,flags_null] [handshake,server_reset]"
	assert_stat "$ROUTER" events_lost 0
	finish_spawned "$SPAWNED"
}

# in_order FAMILY: two listeners get the same; one of them from a group alone.
in_order()
{
	local first second third

	use_family "$1"
	start_watch "$ROUTER"
	first=$WATCH
	start_watch "$ROUTER"
	second=$WATCH
	start_watch "$ROUTER" --outcome completed --outcome unacked
	third=$WATCH
	play
	WATCH=$first
	wait_events 10
	WATCH=$second
	wait_events 10
	equal "told to the first" "$(jq -r '.outcome // empty' "$first" | xargs)" "$TOLD"
	equal "anomalies" "$(jq -r '.anomalies // empty | .[]' "$first" | xargs)" syn_diff_isn
	equal "told to the second" "$(sort "$second")" "$(sort "$first")"
	WATCH=$third
	wait_events 3
	equal "told to the third" "$(jq -r .outcome "$third" | xargs)" "completed unacked completed"
	equal "lost" "$(cat "$first" "$second" "$third" | jq -c 'select(.event == "lost")')" ""
	ALL=$first
}

# The keys are always there; their types never change; the values are right.
fields()
{
	jq -se '[.[] | select(.event == "handshake")] | length == 9 and all(.[];
		keys == (["client", "client_port", "client_rtt_us", "event", "flags", "isn",
			  "negotiated", "outcome", "server", "server_isn", "server_port", "server_rtt_us",
			  "syn_count", "synack_count", "time", "total_us",
			  "unreachable"] | sort) and
		(.time | type) == "number" and (.client | type) == "string" and
		(.flags | type) == "array" and .client_port > 20000 and .server_port == 80 and
		.total_us >= 0 and .syn_count == 1 and
		(.isn == 1000 or .isn == 1007) and .unreachable == null and
		.negotiated.mss_to_client == 1460 and
		.negotiated.mss_to_server == (if .synack_count == 1 then 1460 else null end) and
		(if .synack_count == 1 then
			.server_isn == 5000 and (.server_rtt_us | type) == "number"
		 else
			.synack_count == 0 and .server_isn == null and .server_rtt_us == null
		 end) and
		((.client_rtt_us != null) == (.outcome == "completed")))' \
		"$ALL" >/dev/null || fail "handshakes: $(cat "$ALL")"
	jq -se --arg client "${C//[\[\]]/}" --arg server "${S//[\[\]]/}" \
		'[.[] | select(.event == "handshake")] |
		 all(.[]; .client == $client and .server == $server) and
		 ([.[].client_port] | . == sort)' "$ALL" >/dev/null || fail "addresses: $(cat "$ALL")"
	jq -se '[.[] | select(.event == "anomaly")] | all(.[];
		keys == ["ack", "anomalies", "destination", "destination_port", "event", "seq",
			 "source", "source_port", "tcp_flags", "time"] and
		.anomalies == ["syn_diff_isn"] and .tcp_flags == ["syn"] and .seq == 1007)' \
		"$ALL" >/dev/null || fail "anomalies: $(cat "$ALL")"
}

# Many in few messages; none is missing and none comes twice. Of one tuple ten wait.
burst()
{
	local count=400 waiting=10

	use_family ipv4
	start_watch "$ROUTER"
	new_tuple
	through "$count" inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 1 \
		--seq-step 1 --count "$count" --rate 2000
	wait_events $((2 * count - 1 - waiting))
	jq -se --argjson n "$count" --argjson waiting "$waiting" '
		([.[] | select(.event == "handshake") | .isn] ==
			[range(1; $n + 1 - $waiting)]) and
		([.[] | select(.event == "anomaly") | .seq] == [range(2; $n + 1)]) and
		all(.[]; .event != "lost")' "$WATCH" >/dev/null ||
		fail "$(wc -l <"$WATCH") events, $(grep lost "$WATCH")"
	assert_stat "$ROUTER" events_lost 0
	finish_spawned "$SPAWNED"
	s2c SA --seq "$Y" --ack $((count + 1))
	c2s R --seq $((count + 1))
}

# The reader ends when whoever reads it does, and when asked to.
ends()
{
	start_watch "$ROUTER"
	kill -INT "$SPAWNED"
	busywait "$WAIT_MS" gone "$SPAWNED" || fail "watch does not heed SIGINT"
	start_watch "$ROUTER"
	kill -TERM "$SPAWNED"
	busywait "$WAIT_MS" gone "$SPAWNED" || fail "watch does not heed SIGTERM"
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

names_refused()
{
	tcpshake "$ROUTER" watch --outcome nonsense >"$TMP/out" 2>&1
	equal "status of an outcome that is none" $? 2
	tcpshake "$ROUTER" watch --anomaly completed >"$TMP/out" 2>&1
	equal "status of an anomaly that is none" $? 2
}

TESTS=(
	nothing_old
	"in_order ipv4"
	fields
	"in_order ipv6"
	fields
	burst
	ends
	names_refused
	identities
)

need_root_and jq nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
run_tests
