#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel itself says to requests no reader would make: every one that is
# wrong is refused, with words, and changes nothing.
#
#   ┌ HERE, observed: a refused and a half-open attempt ┐   ┌ APART, off ┐
#   └───────────────────────────────────────────────────┘   └────────────┘

. "$(dirname "$0")/lib.sh"

# Of linux/tcpshake.h.
STATS=1 HALF_OPEN=2 COMPLETED=3 ANOMALIES=4 GET_CONFIG=5 SET_CONFIG=6 EVENT=7
CONFIG=5 ENABLED=1 SYN=2 SYNACK=3 AGE=4 LINGER=5 GRACE=6
FLOOR=7 PENDING=8 HOLD=9 LEARNING=10
SERVICES=9 FLOODS=10 LATENCY=11 RESET_LATENCY=12
FILTER=6 FAMILY=1 CLIENT=2 CLIENT_LEN=3 SERVER=4 SERVER_LEN=5 PORT=6 STATE=8 MIN_AGE=9

request()
{
	in_ns "$HERE" "$REQUEST" "$@"
}

accepted()
{
	equal "request $*" "$(request "$@")" ok
}

# refused ERROR WORDS REQUEST...: the kernel's own words have to match.
refused()
{
	local said

	said=$(request "${@:3}")
	matches "request ${*:3}" "$said" "$1 $2"
}

settings()
{
	tcpshake "$HERE" get --json
}
BEFORE=

# refuses_setting ERROR WORDS ATTRIBUTE...: and nothing of it took effect.
refuses_setting()
{
	BEFORE=${BEFORE:-$(settings)}
	refused "$1" "$2" "$SET_CONFIG" "$CONFIG{" "${@:3}" "}"
	equal "settings after ${*:3}" "$(settings)" "$BEFORE"
}

takes_setting()
{
	BEFORE=
	accepted "$SET_CONFIG" "$CONFIG{" "$@" "}"
}

# refuses_filter ERROR WORDS COMMAND ATTRIBUTE...
refuses_filter()
{
	refused "$1" "$2" --dump "$3" "$FILTER{" "${@:4}" "}"
}

takes_filter()
{
	accepted --dump "$1" "$FILTER{" "${@:2}" "}"
}

ranges()
{
	local timeout

	for timeout in $SYN $SYNACK $AGE; do
		refuses_setting ERANGE "*range*" "$timeout=4:99"
		refuses_setting ERANGE "*range*" "$timeout=4:600001"
		refuses_setting ERANGE "*range*" "$timeout=4:0xffffffff"
		takes_setting "$timeout=4:100"
		takes_setting "$timeout=4:600000"
	done
	refuses_setting ERANGE "*range*" "$LINGER=4:60001"
	refuses_setting ERANGE "*range*" "$GRACE=4:60001"
	refuses_setting ERANGE "*range*" "$ENABLED=1:2"
	refuses_setting ERANGE "*range*" "$FLOOR=4:3"
	refuses_setting ERANGE "*range*" "$PENDING=4:4194305"
	refuses_setting ERANGE "*range*" "$HOLD=4:999"
	refuses_setting ERANGE "*range*" "$LEARNING=4:3600001"
	takes_setting "$FLOOR=4:4" "$PENDING=4:16" "$HOLD=4:1000" "$LEARNING=4:0"
	takes_setting "$LINGER=4:60000"
	takes_setting "$LINGER=4:0"
	takes_setting "$GRACE=4:60000" "$LINGER=4:1"
	takes_setting "$GRACE=4:0"
}

# Whatever is good beside it, in whichever order.
all_or_nothing()
{
	refuses_setting ERANGE "*range*" "$SYN=4:5000" "$LINGER=4:60001"
	refuses_setting ERANGE "*range*" "$LINGER=4:60001" "$SYN=4:5000"
	refuses_setting ERANGE "*range*" "$ENABLED=1:0" "$SYN=4:1"
	refuses_setting EINVAL "*observation is on*" "$ENABLED=1:0" "$SYN=4:5000"
}

misshapen()
{
	refused EINVAL "*CONFIG*" "$SET_CONFIG"
	refuses_setting "E*" "?*" "$SYN=1:100"
	refuses_setting "E*" "?*" "$SYN=8:5000"
	refuses_setting "E*" "?*" "$ENABLED=4:1"
	refuses_setting EINVAL "*nknown*" 99=4:1
	refuses_setting EINVAL "*nknown*" "$LINGER=4:7" 98=4:1
	refused EINVAL "*nknown*" "$SET_CONFIG" 99=4:1
	refused EINVAL "?*" "$SET_CONFIG" "$CONFIG=00000000"
	takes_setting
}

commands()
{
	accepted "$STATS"
	accepted "$GET_CONFIG"
	accepted --dump "$HALF_OPEN"
	accepted --dump "$COMPLETED"
	accepted --dump "$ANOMALIES"
	accepted --dump "$SERVICES"
	accepted --dump "$FLOODS"
	accepted --dump "$LATENCY"
	accepted "$RESET_LATENCY"
	equal "an event as a request" "$(request "$EVENT")" "EOPNOTSUPP "
	equal "no such command" "$(request 99)" "EOPNOTSUPP "
	equal "a dump of one thing" "$(request --dump "$STATS")" "EOPNOTSUPP "
	equal "one thing of a dump" "$(request "$HALF_OPEN")" "EOPNOTSUPP "
}

filters()
{
	local cmd v4=$CLIENT=c0000200

	for cmd in "$HALF_OPEN" "$COMPLETED"; do
		refuses_filter EINVAL "?*" "$cmd" "$FAMILY=1:99"
		refuses_filter EINVAL "?*" "$cmd" "$CLIENT=c00002"
		refuses_filter EINVAL "?*" "$cmd" "$SERVER=c0000200c0000200"
		refuses_filter "E*" "?*" "$cmd" "$CLIENT=$(printf '00%.0s' {1..17})"
		refuses_filter EINVAL "?*" "$cmd" "$CLIENT_LEN=1:24"
		refuses_filter EINVAL "?*" "$cmd" "$SERVER_LEN=1:0" "$v4"
		refuses_filter EINVAL "?*" "$cmd" "$v4" "$CLIENT_LEN=1:33"
		refuses_filter ERANGE "?*" "$cmd" "$v4" "$CLIENT_LEN=1:129"
		refuses_filter "E*" "?*" "$cmd" "$PORT=4:80"
		refuses_filter EINVAL "*nknown*" "$cmd" 77=4:1
		takes_filter "$cmd" "$v4" "$CLIENT_LEN=1:0" "$FAMILY=1:2"
		takes_filter "$cmd"
	done
	refuses_filter ERANGE "?*" "$HALF_OPEN" "$STATE=1:0"
	refuses_filter ERANGE "?*" "$HALF_OPEN" "$STATE=1:3"
	takes_filter "$HALF_OPEN" "$STATE=1:2" "$MIN_AGE=4:0xffffffff"
	refuses_filter EINVAL "*STATE*" "$COMPLETED" "$STATE=1:1"
	refuses_filter EINVAL "*MIN_AGE*" "$COMPLETED" "$MIN_AGE=4:1"
	refuses_filter EINVAL "*FILTER*" "$ANOMALIES"
	refuses_filter EINVAL "*FILTER*" "$FLOODS"
	refuses_filter EINVAL "*FILTER*" "$LATENCY"
	refuses_filter EINVAL "*SERVER*" "$SERVICES" "$v4"
	refuses_filter EINVAL "*SERVER*" "$SERVICES" "$STATE=1:1"
	takes_filter "$SERVICES" "$SERVER=c0000200" "$SERVER_LEN=1:24"
}

while_off()
{
	local HERE=$APART BEFORE='' cmd

	refused ENODATA "observation is off*" "$STATS"
	for cmd in "$HALF_OPEN" "$COMPLETED" "$ANOMALIES"; do
		refused ENODATA "observation is off*" --dump "$cmd"
	done
	accepted "$GET_CONFIG"
	refuses_setting EINVAL "*observation is on*" "$LINGER=4:5"
	takes_setting "$ENABLED=1:0"
	takes_setting
}

TESTS=(
	ranges
	all_or_nothing
	misshapen
	commands
	filters
	while_off
	identities
)

need_root_and jq nft
REQUEST=${TCPSHAKE_REQUEST:-$SELFTESTS/request}
[ -x "$REQUEST" ] || skip_all "needs request; run make -C selftests helpers"
load_module
setup_ns HERE APART
deafen "$HERE" 7
observe "$HERE"
inject --netns "$HERE" 127.0.0.1:1 127.0.0.1:7 S --seq 1
connect "$HERE" 127.0.0.1 9
assert_stat "$HERE" attempts 2
run_tests
