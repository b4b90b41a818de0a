#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What happens to a machine: a reader is killed in the midst of a dump, or stops and
# never goes on; the clock is set, forwards and backwards; a processor goes and comes
# back. Nothing is counted twice or lost, no time is wrong but that of the wall, and
# the module can be unloaded.
#
#   ┌──────────────────┐   ┌──────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf,    ├───┤ ROUTER, observed ├───┤ SERVER, deaf     │
#   │ spoofs 10.0.0.0/8│   └──────────────────┘   └──────────────────┘
#   └──────────────────┘

. "$(dirname "$0")/lib.sh"

MANY=3000	# attempts: a dump of them is longer than what a socket holds

# The machine's clock and processors are nobody else's only in one of our own.
need_own_machine()
{
	[ "$(uname -n)" = tcpshake-vm ] || { skip_test "not on a machine others use"; return 1; }
}

pending()
{
	"$INJECT" --netns "$CLIENT" "$C:1234" "$S:80" S --seq 1 --count "$MANY" --rate 3000 \
		--rand-source 10.0.0.0/8 || fail "not sent"
	assert_stat "$ROUTER" pending "$MANY"
}

lines_of_dump()
{
	tcpshake "$ROUTER" half-open --json | wc -l
}

# blocked PID: it sleeps, as nobody takes what it writes.
blocked()
{
	local state

	read -r _ _ state _ <"/proc/$1/stat" && [ "$state" = S ]
}

# begin_dump: a reader that has begun and cannot go on is READING.
begin_dump()
{
	mkfifo "$TMP/pipe"
	nsenter --net="/run/netns/$ROUTER" -- "$READER" half-open --json >"$TMP/pipe" &
	READING=$!
	PIDS+=("$READING")
	exec {PIPE}<"$TMP/pipe"
	rm "$TMP/pipe"
	head -n 1 <&"$PIPE" >/dev/null	# it has begun
	expected blocked "$READING" || fail "it is not held up"
}

end_dump()
{
	exec {PIPE}<&-
	wait "$READING" 2>/dev/null
}

killed()
{
	local i

	for ((i = 0; i < 20; i++)); do
		begin_dump
		kill -KILL "$READING"
		end_dump
	done
	equal "attempts of the next dump" "$(lines_of_dump)" "$MANY"
}

# Attempts come and go all the while; of others nobody is held up.
stopped()
{
	begin_dump
	kill -STOP "$READING"
	new_tuple
	c2s S --seq 7
	assert_stat "$ROUTER" pending $((MANY + 1))
	equal "attempts of another dump" "$(lines_of_dump)" $((MANY + 1))
	tcpshake "$ROUTER" set linger 2s || fail "nothing can be set"
	c2s R --seq 8
	assert_stat "$ROUTER" pending "$MANY"
	kill -CONT "$READING"
	kill "$READING"
	end_dump
}

# While there is a dump the module is in use; it goes as soon as that has ended.
stopped_and_unloaded()
{
	begin_dump
	kill -STOP "$READING"
	! rmmod tcpshake 2>"$TMP/rmmod" || fail "it was unloaded under a dump"
	kill -KILL "$READING"
	end_dump
	unload_module || fail "it cannot be unloaded any more"
	load_module
	observe "$ROUTER"
	snapshot "$ROUTER"
}

# one_attempt: its age in us, and when by the wall it began, in seconds.
one_attempt()
{
	tcpshake "$ROUTER" half-open --json |
		jq -r 'select(.isn == 4711) | "\(.age_us) \(.time)"'
}

# clock_is_set SECONDS: an attempt gets no older or younger by that, and ends as if nothing
# had been.
clock_is_set()
{
	local before after age time

	need_own_machine || return
	new_tuple
	c2s S --seq 4711
	before=$EPOCHSECONDS
	date -s "@$((before + $1))" >/dev/null || fail "the clock cannot be set"
	read -r age time < <(one_attempt)
	after=$EPOCHSECONDS
	[ "$age" -lt 60000000 ] || fail "it is $age us old"
	if [ "${time%.*}" -lt $((before + $1 - 60)) ] || [ "${time%.*}" -gt "$after" ]; then
		fail "by the new clock, $after, it began at $time"
	fi
	s2c SA --seq 5000 --ack 4712
	c2s A --seq 4712 --ack 5001
	assert_delta "$ROUTER" packets=3 packets_new_attempt=1 packets_synack=1 \
		packets_completing=1 attempts=1 attempts_completed=1
	last_line "$ROUTER" completed
	[ "${LINE[total_us]}" -lt 60000000 ] || fail "it took ${LINE[total_us]} us"
	date -s "@$((EPOCHSECONDS - $1))" >/dev/null
}

# What a processor has counted stays when it goes; and so do its events.
processor_goes()
{
	local cpu=/sys/devices/system/cpu/cpu1/online i

	need_own_machine || return
	[ -w "$cpu" ] || { skip_test "there is no processor to spare"; return; }
	for ((i = 0; i < 10; i++)); do
		# shellcheck disable=SC2086 # a list
		taskset -c $((i % 2)) "$INJECT" --netns "$CLIENT" "$C:$((3000 + i))" "$S:80" S \
			--seq 1 $ORDINARY || fail "not sent"
		{ echo 0 >"$cpu" && echo 1 >"$cpu"; } || fail "it does not go and come"
	done
	assert_delta "$ROUTER" packets=10 packets_new_attempt=10 attempts=10 pending=10 \
		pending_half_open_syn=10
	equal "attempts of a dump" "$(lines_of_dump)" 10
}

TESTS=(pending killed stopped identities stopped_and_unloaded "clock_is_set 86400"
	"clock_is_set -7200" processor_goes identities)

need_root_and jq taskset mkfifo
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
tcpshake "$ROUTER" set syn-timeout 10m max-age 10m
snapshot "$ROUTER"
run_tests
