#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every allocation fails once: the first, the second, and so on, until none is left, of
# loading the module, for all namespaces too, of reading each file in /proc, of each
# request and dump, of joining a group, of observation that begins, and of a namespace
# that does. Each time an error is told, nothing stays behind, and the next try works.
# Then half of those for events fail, by chance. What leaks, or uses what is not there, is
# for the kernel's log to tell, which is looked at after each scenario.
#
#   ┌─────────────────┐      ┌──────────────────┐
#   │ CLIENT          ├──────┤ SERVER, observed │
#   └─────────────────┘      └──────────────────┘
#
# Needs a kernel that can do that: "make check-sanitize" has one.

. "$(dirname "$0")/lib.sh"

# all_fail NAME COMMAND...: the run for each n, of which all but the last may fail.
all_fail()
{
	local name=$1 most

	shift
	"$@" >"$TMP/faults" || {
		fail "$name: exit status $?, after $(tail -n 1 "$TMP/faults")"
		return 1
	}
	most=$(wc -l <"$TMP/faults")
	echo "# $name: $((most - 1)) allocations failed, one by one;" \
		"$(awk '$2 { told++ } END { print told + 0 }' "$TMP/faults") were told as an error"
	[ "$most" -gt 1 ] || fail "$name: nothing failed"
}

module_file()
{
	printf '%s\n' "${TCPSHAKE_KO:-$SELFTESTS/../tcpshake.ko}"
}

# told_only ERROR...: those are told of a lack of memory, and no others.
told_only()
{
	local -A number=([ENOMEM]=12 [ENOBUFS]=105)
	local error allowed=' 0 '

	for error; do
		allowed+="${number[$error]} "
	done
	awk -v allowed="$allowed" '!index(allowed, " " $2 " ") { print; found = 1 }
		END { exit found }' "$TMP/faults" || fail "another error than $*"
}

load()
{
	all_fail "load $*" "$FAULTS" load "$(module_file)" "$*" || return
	told_only ENOMEM
	! module_loaded || fail "it is loaded"
}

# asks dump|get NUMBER: all of it has come when nothing fails any more.
asks()
{
	all_fail "$1 $2" in_ns "$SERVER" "$FAULTS" "$1" "$2" && told_only ENOMEM ENOBUFS
}

joins()
{
	all_fail "join $1" in_ns "$SERVER" "$FAULTS" join "$1" && told_only ENOMEM ENOBUFS
}

# Of CLIENT, which is not observed: on, and off again.
observes()
{
	all_fail observe in_ns "$CLIENT" "$FAULTS" observe && told_only ENOMEM ENOBUFS
	matches "CLIENT" "$(tcpshake "$CLIENT" get --json)" '*"enabled":*false*'
	! in_ns "$CLIENT" test -e /proc/net/tcpshake/stats || fail "its files are still there"
}

# With all_netns every namespace is one of ours.
begins()
{
	tcpshake "$SERVER" set enabled off
	unload_module && load_module slots=4096 all_netns=1
	all_fail namespace "$FAULTS" namespace && told_only ENOMEM ENOBUFS
	observe "$SERVER"
	some_traffic
}

FAILSLAB=/sys/kernel/debug/failslab

# Half of what the threads ask for that have the work of others done, events among it.
fail_half()
{
	local thread

	for thread in $(pgrep kworker); do
		echo 1 >"/proc/$thread/make-it-fail"
	done 2>/dev/null
	echo Y >"$FAILSLAB/task-filter"
	echo -1 >"$FAILSLAB/times"
	echo 50 >"$FAILSLAB/probability"
}

# refuse COUNT: attempts that end at once.
refuse()
{
	local i

	for ((i = 0; i < $1; i++)); do
		new_tuple
		c2s S --seq 1000
		s2c RA --ack 1001
	done
}

# lost: handshakes that were announced as lost; there are events of anomalies, too.
lost()
{
	jq -s 'map(select(.event == "lost" and .group == "handshake") | .count) | add // 0' \
		"$TMP/watch"
}

# all_told COUNT: handshakes told, and announced as lost, are so many together.
all_told()
{
	[ $(($(grep -c '"event":"handshake"' "$TMP/watch") + $(lost))) = "$1" ]
}

events()
{
	spawn "$SERVER" "$READER" watch --json >"$TMP/watch"
	busywait "$WAIT_MS" asleep "$SPAWNED"
	fail_half
	refuse 60
	echo 0 >"$FAILSLAB/probability"
	refuse 5
	expected all_told 65 || fail "not all 65 are told or lost: $(cut -c 1-80 "$TMP/watch")"
	echo "# of 65 attempts $(lost) could not be told"
	[ "$(lost)" -gt 0 ] || fail "nothing was lost: nothing failed"
	[ "$(lost)" -lt 65 ] || fail "all were lost"
	stat_of "$SERVER" events_lost
	[ "$STAT" -ge "$(lost)" ] || fail "only $STAT are counted"
	finish_spawned "$SPAWNED"
}

# From here on it stays.
stays()
{
	load_module slots=4096
	observe "$SERVER"
	some_traffic
}

some_traffic()
{
	new_tuple
	c2s S --seq 1000
	c2s S --seq 1000
	c2s A --seq 2000 --ack 5
}

# reads FILE: of those in /proc of the observed namespace, which is complete afterwards.
reads()
{
	all_fail "read $1" in_ns "$SERVER" "$FAULTS" read "/proc/net/tcpshake/$1" || return
	told_only ENOMEM
}

need_root_and jq pgrep
FAULTS=$SELFTESTS/faults
[ -x "$FAULTS" ] || skip_all "needs faults; run make -C selftests helpers"
[ -w /proc/thread-self/fail-nth ] || skip_all "needs a kernel with CONFIG_FAULT_INJECTION"
[ -r "$(module_file)" ] || skip_all "needs the module's file"
! module_loaded || skip_all "tcpshake is loaded already"
# With few services, as each page they take is one to fail.
TESTS=("load slots=4096 services=64" "load slots=4096 services=64 all_netns=1" stays)
for file in stats half_open completed malformed services floods latency; do
	TESTS+=("reads $file")
done
for command in 2 3 4 9 10 11; do	# enum tcpshake_cmd
	TESTS+=("asks dump $command")
done
TESTS+=("asks get 1" "asks get 5" "asks get 12")
for group in handshake anomaly flood; do
	TESTS+=("joins $group")
done
TESTS+=(observes begins events identities)
setup_pair
use_family ipv4
deafen "$CLIENT"
deafen "$SERVER"
run_tests
