#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every allocation fails once: the first, the second, and so on, until none is left, of
# loading the module, for all namespaces too, and of reading each file in /proc. Each
# time an error is told, nothing stays behind, and the next try works. What leaks, or
# uses what is not there, is for the kernel's log to tell, which is looked at after each
# scenario.
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
	echo "# $name: $((most - 1)) allocations failed, one by one;" \
		"$(awk '$2 { told++ } END { print told + 0 }' "$TMP/faults") were told as an error"
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
	awk '$2 && $2 != 12 { print; found = 1 } END { exit found }' "$TMP/faults" ||
		fail "another error than ENOMEM"
}

need_root_and
FAULTS=$SELFTESTS/faults
[ -x "$FAULTS" ] || skip_all "needs faults; run make -C selftests helpers"
[ -w /proc/thread-self/fail-nth ] || skip_all "needs a kernel with CONFIG_FAULT_INJECTION"
[ -r "$(module_file)" ] || skip_all "needs the module's file"
! module_loaded || skip_all "tcpshake is loaded already"
TESTS=("load slots=4096" "load slots=4096 all_netns=1" stays)
for file in stats half_open completed malformed services floods latency; do
	TESTS+=("reads $file")
done
TESTS+=(identities)
setup_pair
use_family ipv4
deafen "$CLIENT"
deafen "$SERVER"
run_tests
