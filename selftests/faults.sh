#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every allocation fails once: the first, the second, and so on, until none is left, of
# loading the module, observing a namespace, dumps, events, /proc. Each time an error
# is told, nothing stays behind, and the next try works. What leaks, or uses what is not
# there, is for the kernel's log to tell, which is looked at after each scenario.
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
	most=$(tail -n 1 "$TMP/faults" | cut -d ' ' -f 1)
	echo "# $name: $((most - 1)) allocations failed," \
		"$(awk '$2 { failed++ } END { print failed + 0 }' "$TMP/faults") times to its end"
	[ "$most" -gt 1 ] || fail "$name: nothing failed"
}

module_file()
{
	printf '%s\n' "${TCPSHAKE_KO:-$SELFTESTS/../tcpshake.ko}"
}

# What is not loaded tells so by ENOMEM, and nothing else.
load()
{
	all_fail "load $*" "$FAULTS" load "$(module_file)" "$*" || return
	awk '$2 && $2 != 12 { print; found = 1 } END { exit found }' "$TMP/faults" ||
		fail "another error than ENOMEM"
	! module_loaded || fail "it is loaded"
}

# From here on it stays.
stays()
{
	load_module slots=4096
	observe "$SERVER"
	some_traffic
}

# Observation on, and off again, in a namespace.
namespaces()
{
	all_fail "set enabled" "$FAULTS" exec ip netns exec "$CLIENT" \
		sh -c "'$READER' set enabled on && '$READER' set enabled off"
	tcpshake "$CLIENT" set enabled on || fail "not observed afterwards"
	tcpshake "$CLIENT" set enabled off || fail "not given up afterwards"
}

some_traffic()
{
	new_tuple
	c2s S --seq 1000
	c2s S --seq 1000
	c2s A --seq 2000 --ack 5
}

# reads WORDS...: by the reader, in the observed namespace.
reads()
{
	all_fail "$*" "$FAULTS" exec ip netns exec "$SERVER" "$READER" "$@"
	tcpshake "$SERVER" "$@" >/dev/null || fail "$* does not work afterwards"
}

proc()
{
	all_fail "/proc/net/tcpshake/$1" "$FAULTS" exec \
		ip netns exec "$SERVER" cat "/proc/net/tcpshake/$1"
}

# What the sender's segments need is allocated in its name, the hooks' part of it too.
packets()
{
	spawn "$SERVER" "$READER" watch --json >"$TMP/watch"
	busywait "$WAIT_MS" asleep "$SPAWNED" || fail "watch does not get ready"
	all_fail "packets" "$FAULTS" exec "$INJECT" --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S \
		--seq 77 --count 20 --seq-step 7
	finish_spawned "$SPAWNED"
}

need_root_and
FAULTS=$SELFTESTS/faults
[ -x "$FAULTS" ] || skip_all "needs faults; run make -C selftests helpers"
[ -w /proc/thread-self/fail-nth ] || skip_all "needs a kernel with CONFIG_FAULT_INJECTION"
[ -r "$(module_file)" ] || skip_all "needs the module's file"
! module_loaded || skip_all "tcpshake is loaded already"
TESTS=(
	"load slots=4096"
	"load slots=4096 all_netns=1"
	stays
	namespaces
	"reads stats"
	"reads half-open"
	"reads completed"
	"reads malformed"
	"reads services"
	"reads floods"
	"reads latency"
	"proc stats"
	"proc half_open"
	"proc services"
	"proc floods"
	packets
	identities
)
setup_pair
use_family ipv4
deafen "$CLIENT"
deafen "$SERVER"
run_tests
