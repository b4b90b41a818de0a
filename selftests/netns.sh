#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Namespaces are observed apart from each other: off until switched on, with
# counters of their own, gone when the namespace goes.
#
#   ┌────────────┐   ┌─────────────────┐   ┌──────────────┐
#   │ CLIENT     │   │ SERVER          │   │ APART        │
#   │  192.0.2.1 ├───┤ 192.0.2.2       │   │ only loopback│
#   └────────────┘   │ httpd, port 8080│   └──────────────┘
#                    └─────────────────┘

. "$(dirname "$0")/lib.sh"

COMPLETED=(packets_new_attempt=1 packets_synack=1 packets_completing=1 attempts=1
	attempts_completed=1 confirmed=1 any=1)

# off_in NS: neither /proc nor the reader has anything to tell there.
off_in()
{
	[ ! -e "${PROC[$1]}" ] || fail "$1: /proc/net/tcpshake is there"
	tcpshake "$1" stats >"$TMP/out" 2>"$TMP/err"
	equal "status of stats" $? 1
	grep -q "off in this network namespace" "$TMP/err" || fail "stats: $(cat "$TMP/err")"
	tcpshake "$1" half-open >"$TMP/out" 2>"$TMP/err"
	equal "status of half-open" $? 1
	matches "enabled" "$(tcpshake "$1" get --json)" '*"enabled":*false*'
}

off_by_default()
{
	off_in "$SERVER"
	off_in "$CLIENT"
	fetch "$CLIENT" 192.0.2.2:8080 || fail "no web page"
	[ -r /proc/1/net/tcpshake/stats ] || fail "init_net is not observed"
}

switched_on()
{
	tcpshake "$SERVER" set enabled on || fail "cannot be switched on"
	matches "enabled" "$(tcpshake "$SERVER" get --json)" '*"enabled":*true*'
	read_stats "$SERVER" || fail "no stats"
	equal "packets of the time before" "${NOW[packets]}" 0
	snapshot "$SERVER"
	fetch "$CLIENT" 192.0.2.2:8080 || fail "no web page"
	assert_delta "$SERVER" "${COMPLETED[@]}"
	off_in "$CLIENT"
	tcpshake "$SERVER" set enabled on || fail "cannot be switched on twice"
	assert_delta "$SERVER" any=1
}

# A packet is the business of every namespace it passes.
both_ends()
{
	tcpshake "$CLIENT" set enabled on || fail "cannot be switched on"
	snapshot "$CLIENT"
	fetch "$CLIENT" 192.0.2.2:8080 || fail "no web page"
	assert_delta "$CLIENT" "${COMPLETED[@]}"
	assert_delta "$SERVER" "${COMPLETED[@]}"
}

# The same addresses and ports in two namespaces are two connections.
apart()
{
	tcpshake "$APART" set enabled on || fail "cannot be switched on"
	snapshot "$APART"
	for ns in "$APART" "$SERVER"; do
		inject --netns "$ns" 127.0.0.1:1 127.0.0.1:2 S --seq 5
		assert_delta "$ns" packets=2 packets_new_attempt=1 packets_reset=1 attempts=1 \
			attempts_refused=1 anomaly_syn_to_closed_listener=1
	done
	assert_delta "$CLIENT" any=1
}

settings_apart()
{
	tcpshake "$APART" set syn-timeout 1234ms || fail "cannot be set"
	matches "here" "$(tcpshake "$APART" get --json)" '*"syn_timeout_ms":*1234,*'
	matches "there" "$(tcpshake "$SERVER" get --json)" '*"syn_timeout_ms":*75000,*'
}

# Counters and attempts are forgotten, settings with them.
switched_off()
{
	deafen "$APART"
	inject --netns "$APART" 127.0.0.1:3 127.0.0.1:4 S --seq 5
	assert_delta "$APART" packets=1 packets_new_attempt=1 attempts=1 pending=1 \
		pending_half_open_syn=1
	tcpshake "$APART" set enabled off || fail "cannot be switched off"
	off_in "$APART"
	tcpshake "$APART" set enabled off || fail "cannot be switched off twice"
	"$INJECT" --netns "$APART" 127.0.0.1:3 127.0.0.1:5 S
	tcpshake "$APART" set enabled on || fail "cannot be switched on again"
	read_stats "$APART"
	equal "packets, attempts, pending, used" \
		"${NOW[packets]} ${NOW[attempts]} ${NOW[pending]} ${NOW[table_used]}" "0 0 0 0"
	assert_identities "$APART"
	snapshot "$APART"
	assert_delta "$SERVER" any=1
}

# Not observing costs no packet its way; the CPU that flips the switch is another.
switched_under_traffic()
{
	local i traffic

	spawn_requests "$CLIENT" 192.0.2.2 8080
	traffic=$SPAWNED
	for i in {1..20}; do
		tcpshake "$SERVER" set enabled off || fail "cannot be switched off"
		tcpshake "$SERVER" set enabled on || fail "cannot be switched on"
		busywait "$WAIT_MS" any_completed "$SERVER" || fail "round $i: nothing completes"
	done
	finish_spawned "$traffic"
	# one may have begun while only a part of the hooks was there
	tcpshake "$SERVER" set syn-timeout 100ms
	assert_stat "$SERVER" pending 0
	snapshot "$SERVER"
	snapshot "$CLIENT"
}

any_completed()
{
	stat_of "$1" attempts_completed
	[ "$STAT" -gt 0 ]
}

link_gone()
{
	! ip -n "$CLIENT" link show veth2 >/dev/null 2>&1
}

# Observation, a listener, an open file and traffic on two CPUs, and then it dies.
deleted_under_traffic()
{
	local flood watch loop holder

	setup_ns DOOMED
	cable "$CLIENT" 02:00:00:00:03:01 198.18.0.1/24 2001:db8:3::1/64 \
	      "$DOOMED" 02:00:00:00:03:02 198.18.0.2/24 2001:db8:3::2/64
	observe "$DOOMED"
	holder=$SPAWNED
	start_watch "$DOOMED"
	watch=$SPAWNED
	spawn "$DOOMED" "$INJECT" 127.0.0.1:1 127.0.0.1:2 S --count 10000000 \
		--rand-source 127.0.0.0/8 --seq-step 99
	loop=$SPAWNED
	"$INJECT" --netns "$CLIENT" 198.18.0.1:1 198.18.0.2:2 S --count 10000000 --rate 2000 \
		--rand-source 10.0.0.0/8 2>/dev/null &
	flood=$!
	PIDS+=("$flood")
	exec 9<"${PROC[$DOOMED]}/half_open"
	busywait "$WAIT_MS" many_packets "$DOOMED" || fail "no traffic"
	delete_ns "$DOOMED"
	unset "PROC[$DOOMED]"
	finish_spawned "$watch" "$loop"
	finish_spawned "$holder"
	exec 9<&-
	busywait "$WAIT_MS" link_gone || fail "the namespace does not go away"
	finish_spawned "$flood"
	tcpshake "$SERVER" stats >/dev/null || fail "stats fails elsewhere"
	assert_clean_log
}

many_packets()
{
	stat_of "$1" packets
	[ "$STAT" -gt 500 ]
}

# A module parameter switches all of them on, those to come as well.
all_netns()
{
	[ -n "$LOADED" ] || { skip_test "tcpshake was loaded by somebody else"; return; }
	unload_module || fail "cannot be unloaded"
	try_load all_netns=1 || fail "cannot be loaded"
	LOADED=1
	setup_ns LATER
	hold "$LATER"
	for ns in "$CLIENT" "$SERVER" "$LATER"; do
		matches "enabled" "$(tcpshake "$ns" get --json)" '*"enabled":*true*'
		snapshot "$ns"
	done
	fetch "$CLIENT" 192.0.2.2:8080 || fail "no web page"
	assert_delta "$CLIENT" "${COMPLETED[@]}"
	assert_delta "$SERVER" "${COMPLETED[@]}"
	assert_delta "$LATER"
	tcpshake "$LATER" set enabled off || fail "cannot be switched off"
	off_in "$LATER"
	unset "PROC[$LATER]"
}

TESTS=(
	off_by_default
	switched_on
	both_ends
	apart
	settings_apart
	switched_off
	switched_under_traffic
	deleted_under_traffic
	all_netns
	identities
)

need_root_and busybox curl nft
mark_log
load_module
setup_pair
setup_ns APART
for ns in "$CLIENT" "$SERVER" "$APART"; do
	hold "$ns"
done
start_httpd "$SERVER" 8080
run_tests
