#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The module goes and comes while everything is in use: real connections, a flood
# on every CPU, open files, dumps and listeners. Nobody but the observer notices.
#
#   ┌──────────────────┐   ┌─────────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed        │   │ SERVER           │
#   │ real connections,├───┤ its /proc files open,   ├───┤ httpd, port 8080 │
#   │ spoofed SYNs     │   │ dumps, listeners        │   │ deaf on port 80  │
#   └──────────────────┘   └─────────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

ROUNDS=4

# Traffic on every CPU, from here to the end.
start_traffic()
{
	local -a flood=("$INJECT" --netns "$CLIENT" --count 100000000 --rate 1500)

	spawn_requests "$CLIENT" 198.51.100.2 8080
	"${flood[@]}" --rand-source 10.0.0.0/8 192.0.2.1:1 198.51.100.2:80 S &
	PIDS+=($!)
	"${flood[@]}" --rand-source 2001:db8:9::/64 "[2001:db8:1::1]:1" "[2001:db8:2::2]:80" S &
	PIDS+=($!)
	"${flood[@]}" 192.0.2.1:2 198.51.100.2:80 S --seq-step 77 &
	PIDS+=($!)
}

# Everything that reads us; it fails while there is nothing to read.
start_readers()
{
	spawn "$ROUTER" bash -c 'trap "exit 0" TERM
		while :; do cat /proc/net/tcpshake/*; done' >/dev/null 2>&1
	# shellcheck disable=SC2016 # for the other shell
	spawn "$ROUTER" bash -c 'trap "exit 0" TERM
		while :; do "$0" half-open; "$0" stats; "$0" malformed; done' "$READER" \
		>/dev/null 2>&1
}

seen()
{
	packets_reach "$1" 2>/dev/null
}

module_gone()
{
	! module_loaded
}

# in_use ROUND: there is a listener, and packets are being counted.
in_use()
{
	observe "$ROUTER"
	start_watch "$ROUTER"
	busywait "$WAIT_MS" seen 300 || fail "nothing is seen"
	stat_of "$ROUTER" attempts_evicted
	busywait "$WAIT_MS" completed_some || fail "nothing completes"
}

completed_some()
{
	stat_of "$ROUTER" attempts_completed
	[ "$STAT" -gt 0 ]
}

unloaded_in_use()
{
	local i

	for ((i = 1; i <= ROUNDS; i++)); do
		in_use
		unload_module || fail "round $i: cannot be unloaded"
		[ ! -e "${PROC[$ROUTER]}" ] || fail "round $i: /proc/net/tcpshake is still there"
		finish_spawned "$SPAWNED"
		fetch "$CLIENT" 198.51.100.2:8080 || fail "round $i: no web page without us"
		try_load || fail "round $i: cannot be loaded again"
		LOADED=1
	done
	assert_clean_log
}

# A file that stays open does not keep the module, and reads nothing afterwards.
open_file()
{
	local line

	in_use
	exec 8<"${PROC[$ROUTER]}/half_open" 9<"${PROC[$ROUTER]}/stats"
	read -r line <&8
	matches "first line" "$line" "client server state *"
	unload_module || fail "cannot be unloaded"
	read -r line <&9 && fail "read '$line' of a module that is gone"
	exec 8<&- 9<&-
	try_load || fail "cannot be loaded again"
	LOADED=1
	assert_clean_log
}

# The listener is told that there is nothing to listen to any more.
listener_told()
{
	in_use
	unload_module || fail "cannot be unloaded"
	busywait "$WAIT_MS" gone "$SPAWNED" || fail "watch goes on without a module"
	try_load || fail "cannot be loaded again"
	LOADED=1
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# Without traffic the books are as they should be, also in the first namespace.
quiet()
{
	finish_spawned "${PIDS[@]}"
	PIDS=()
	unset "PROC[$ROUTER]"
	observe "$ROUTER"
	assert_delta "$ROUTER"
	PROC[init_net]=/proc/1/net/tcpshake
}

TESTS=(
	unloaded_in_use
	open_file
	listener_told
	quiet
	identities
)

need_root_and busybox curl nft
module_loaded && skip_all "tcpshake is loaded already; this unloads it"
mark_log
load_module slots=4096
setup_path
deafen "$SERVER" 80
start_httpd "$SERVER" 8080
start_traffic
start_readers
run_tests
