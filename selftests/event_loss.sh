#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A listener that does not keep up loses events, and is told how many: what it
# received and what was announced as lost is what there was, to the last one.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   └──────────────────┘   │ watch, stopped     │   └──────────────────┘
#                          └────────────────────┘
#
# ROUTER belongs to a user namespace: a reader that is root there, and only there,
# cannot have a longer queue than others, so that a small burst is enough.

. "$(dirname "$0")/lib.sh"

moved_away()
{
	[ ! "/proc/$1/ns/net" -ef /proc/self/ns/net ]
}

make_ns()
{
	case $1 in
	router-*)
		unshare --user --map-root-user --net sleep infinity &
		OWNER=$!
		PIDS+=("$OWNER")
		busywait "$WAIT_MS" moved_away "$OWNER" || return
		touch "/run/netns/$1" && mount --bind "/proc/$OWNER/ns/net" "/run/netns/$1" ;;
	*)
		ip netns add "$1" ;;
	esac
}

# start_slow_watch [ARGUMENT...]
start_slow_watch()
{
	WATCH=$TMP/slow.${#PIDS[@]}
	nsenter --target "$OWNER" --user --preserve-credentials --net -- \
		"$READER" watch --json "$@" >"$WATCH" &
	SPAWNED=$!
	PIDS+=("$SPAWNED")
	busywait "$WAIT_MS" asleep "$SPAWNED" || bail "watch does not get ready"
}

# No more packets come for a while. Here time does tell: nothing else could.
settled()
{
	local before=-1

	packets_reach 0
	while [ "$PACKETS" != "$before" ]; do
		before=$PACKETS
		read -rt 0.2 -u "$PAUSE"
		packets_reach 0
	done
}

# Each SYN but the first has an ISN that is not the attempt's, which is an anomaly;
# of one tuple ten attempts wait, so that each from the eleventh on supersedes one.
burst()
{
	"$INJECT" --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq-step 1 \
		--options 020405b4 --ip-id 1 "$@" ||
		fail "the burst did not get out"
	settled
}

count_events()
{
	# shellcheck disable=SC2034 # HANDSHAKES_LOST: for the caller
	read -r HANDSHAKES HANDSHAKES_LOST ANOMALIES ANOMALIES_LOST < <(jq -sr '
		def told(event): map(select(.event == event)) | length;
		def lost(group): map(select(.event == "lost" and .group == group) | .count) | add // 0;
		"\(told("handshake")) \(lost("handshake")) \(told("anomaly")) \(lost("anomaly"))"' \
		"$WATCH")
}

all_accounted()
{
	grown "$ROUTER" attempts_superseded
	ENDED=$GROWN
	grown "$ROUTER" anomaly_syn_diff_isn
	count_events
	[ $((HANDSHAKES + HANDSHAKES_LOST)) -eq "$ENDED" ] &&
		[ $((ANOMALIES + ANOMALIES_LOST)) -eq "$GROWN" ]
}

assert_all_accounted()
{
	expected all_accounted || fail "handshakes: $HANDSHAKES told," \
		"$HANDSHAKES_LOST lost; anomalies: $ANOMALIES told, $ANOMALIES_LOST lost;" \
		"$ENDED and $GROWN there were"
}

# Its first events: from now on it knows where the numbers are.
first_events()
{
	new_tuple
	snapshot "$ROUTER"
	burst --seq 1 --count 12
	wait_events 13
}

# Its queue overflows while it is stopped. That there is a gap can be known only
# when something comes behind it.
stopped_reader()
{
	start_slow_watch
	first_events
	kill -STOP "$SPAWNED"
	burst --seq 13 --count 5000
	kill -CONT "$SPAWNED"
	busywait "$WAIT_MS" asleep "$SPAWNED" || fail "watch does not wake up"
	c2s S --seq -5
	assert_all_accounted
	[ "$HANDSHAKES_LOST" -gt 0 ] || fail "nothing was lost: the burst is too small"
	[ "$HANDSHAKES" -gt 0 ] || fail "nothing was told"
	in_order
	finish_spawned "$SPAWNED"
}

# What was told is in the order it happened, and a loss stands where the gap is.
in_order()
{
	jq -se '[.[] | select(.event == "handshake") | .isn] |
		map(select(. < 4000000000)) | . == (sort | unique)' "$WATCH" >/dev/null ||
		fail "handshakes out of order"
	jq -se '[.[] | select(.event == "handshake" or .group? == "handshake")] |
		reduce .[] as $e ({next: 1, good: true};
			if $e.event == "lost" then .next += $e.count
			else .good = (.good and $e.isn == .next) | .next += 1 end) | .good' \
		"$WATCH" >/dev/null || fail "a loss is not where the gap is"
}

# One slow listener costs the other one nothing.
another_reader()
{
	local slow other

	new_tuple
	snapshot "$ROUTER"
	start_slow_watch
	slow=$SPAWNED
	start_watch "$ROUTER"
	other=$SPAWNED
	kill -STOP "$slow"
	burst --seq 1 --count 2000 --rate 2000
	kill -CONT "$slow"
	assert_all_accounted
	[ "$HANDSHAKES_LOST" -eq 0 ] || fail "the other one lost $HANDSHAKES_LOST"
	finish_spawned "$slow" "$other"
}

# Stopped again and again in the midst of it.
stuttering_reader()
{
	local flood i

	start_slow_watch
	first_events
	burst --seq 13 --count 4000 --rate 3000 &
	flood=$!
	PIDS+=("$flood")
	for i in {1..6}; do
		kill -STOP "$SPAWNED"
		read -rt 0.3 -u "$PAUSE"
		kill -CONT "$SPAWNED"
		read -rt 0.1 -u "$PAUSE"
	done
	wait "$flood"
	busywait "$WAIT_MS" asleep "$SPAWNED" || fail "watch does not come to rest"
	c2s S --seq -5
	assert_all_accounted
	in_order
	finish_spawned "$SPAWNED"
}

# The kernel has no time to tell them: those are counted in the statistics, too.
starved_kernel()
{
	local lost

	stat_of "$ROUTER" events_lost
	lost=$STAT
	start_watch "$ROUTER"
	first_events
	burst --seq 13 --count 3000 --fifo
	assert_all_accounted
	stat_of "$ROUTER" events_lost
	equal "events_lost" $((STAT - lost)) $((HANDSHAKES_LOST + ANOMALIES_LOST))
	in_order
	[ "$STAT" -gt "$lost" ] || skip_test "nothing got lost"
	finish_spawned "$SPAWNED"
}

# Some are lost before it was told anything at all.
lost_at_once()
{
	start_watch "$ROUTER"
	new_tuple
	snapshot "$ROUTER"
	burst --seq 1 --count 3000 --fifo
	assert_all_accounted
	in_order
	finish_spawned "$SPAWNED"
}

# Observation switched off and on: numbers begin anew, and that is no loss.
switched_off_and_on()
{
	start_watch "$ROUTER"
	new_tuple
	burst --seq 1 --count 19
	wait_events 27
	tcpshake "$ROUTER" set enabled off || fail "cannot be switched off"
	tcpshake "$ROUTER" set enabled on grace 0ms || fail "cannot be switched on"
	snapshot "$ROUTER"
	new_tuple
	burst --seq 1 --count 3
	wait_events 29
	equal "lost" "$(jq -c 'select(.event == "lost")' "$WATCH")" ""
	finish_spawned "$SPAWNED"
}

TESTS=(
	stopped_reader
	another_reader
	stuttering_reader
	starved_kernel
	lost_at_once
	switched_off_and_on
	identities
)

need_root_and jq nft unshare
unshare --user --map-root-user true 2>/dev/null || skip_all "needs user namespaces"
load_module
setup_path
# a reader without privileges gets no larger buffer; newer kernels would give it 4 MiB
RMEM_MAX=$(sysctl -n net.core.rmem_max)
trap 'sysctl -qw net.core.rmem_max="$RMEM_MAX"; cleanup' EXIT
sysctl -qw net.core.rmem_max=212992
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
# on a slow machine those of the first tests would end in the midst of the last
tcpshake "$ROUTER" set syn-timeout 600s max-age 600s || bail "timeouts cannot be set"
run_tests
