#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every vector, injected: see vectors/README. Segments pass the ROUTER, or reach the
# SERVER and leave it; what is there told of them has to be what the vector says.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, observed │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   │ deaf             │
#                                                   └──────────────────┘

. "$(dirname "$0")/lib.sh"
# shellcheck source=lib/vectors.sh
. "$SELFTESTS/lib/vectors.sh"

RENEW_S=40			# less than what lingers is kept for
declare -A RENEWED=() WATCHES=() DEVICES=()	# by namespace: when; files: events, devices

# The stats of NS before and after, and what it makes of attempts and of those that
# are pending, by the names vectors.jq has for it.
# shellcheck disable=SC2016 # for jq
OF_STATS='
def grown($before; $after; $prefix):
	$after | to_entries | map(select(.key | startswith($prefix)) |
		{ key: .key[($prefix | length):], value: (.value - $before[.key]) }) | from_entries;
def grown($before; $after): grown($before; $after; "");

# A vector has 16 ports of its own, and one end of each attempt is at one of them.
def slot: [.client_port, .server_port] | map(select(. >= 20000) | (. - 20000) / 16 | floor) | .[0];
($router + $server | map(select(.event == "handshake")) |
 reduce .[] as $event ({}; .["\($event.observer) \($event | slot)"] += [$event])) as $events |

inputs |
.before as $before | .after as $after | grown($before; $after) as $all |
((.want.port - 20000) / 16) as $slot |
($events["\(.observer) \($slot)"] // [] | map(del(.observer))) as $ended |
(.pending | map(select(slot == $slot) | .outcome = .state)) as $pending |
.got = {
	packets: $all.packets,
	exits: grown($before; $after; "packets_"),
	attempt_count: $all.attempts,
	attempts: ($ended + $pending | sort_by(.time)),
	outcomes: (grown($before; $after; "attempts_") + grown($before; $after; "pending_")),
	anomalies: grown($before; $after; "anomaly_"),
	stats: ($all | { confirmed, stalled, reset_at_completion, backscatter, partial })
}'

# ---- the topology ------------------------------------------------------------

# Strange packets are to get through: martians, source routes, spoofed neighbours.
prepare_router()
{
	local interface

	for interface in all veth1 veth2; do
		in_ns "$ROUTER" sysctl -qw "net.ipv4.conf.$interface.route_localnet=1" \
			"net.ipv4.conf.$interface.accept_local=1" \
			"net.ipv4.conf.$interface.accept_source_route=1" \
			"net.ipv4.conf.$interface.rp_filter=0"
	done
	ip -n "$ROUTER" -batch - <<-'EOT' || bail "no neighbours"
		neigh replace 192.0.2.9 lladdr 02:00:00:00:01:01 dev veth1 nud permanent
		neigh replace 2001:db8:1::9 lladdr 02:00:00:00:01:01 dev veth1 nud permanent
		neigh replace 198.51.100.9 lladdr 02:00:00:00:02:02 dev veth2 nud permanent
		neigh replace 2001:db8:2::9 lladdr 02:00:00:00:02:02 dev veth2 nud permanent
	EOT
}

sum_of_outcomes()
{
	local line

	SUM=0
	for line in "${LINES[@]}"; do
		[[ $line != attempts_* ]] || SUM=$((SUM + ${line#* }))
	done
}

# All events of NS are in the file: none is lost when observation ends.
all_told()
{
	local lines

	mapfile -t LINES <"${PROC[$1]}/stats"
	sum_of_outcomes
	mapfile -t lines < <(grep '"event": *"handshake"' "${WATCHES[$1]}")
	[ ${#lines[@]} -ge $((TOLD + SUM)) ]
}

# observe_anew NS: with no attempt there; nothing that is pending ends by itself.
observe_anew()
{
	local -n told=TOLD_${1%%-*}

	if [ -n "${RENEWED[$1]:-}" ]; then
		TOLD=$told
		expected all_told "$1" || fail "events of $1 are missing"
		told=$((told + SUM))
		tcpshake "$1" set enabled off || fail "observation cannot be switched off"
	fi
	tcpshake "$1" set enabled on grace 0s linger 60s max-age 600s \
		syn-timeout 600s synack-timeout 600s || bail "observation cannot be switched on"
	RENEWED[$1]=$SECONDS
}

# ---- one vector -----------------------------------------------------------------

# Packets that have arrived in NS over its cable: the last word on an ICMP error, which
# is none of those tcpshake counts.
received()
{
	local line

	RECEIVED=0
	while read -r -a line; do
		[[ ${line[0]} != veth* ]] || RECEIVED=$((RECEIVED + line[2]))
	done <"${DEVICES[$1]}"
}

more_received()
{
	received "$1"
	[ "$RECEIVED" -gt "$2" ]
}

# send_icmp FROM TO WORD...
send_icmp()
{
	local before

	received "$2"
	before=$RECEIVED
	inject --netns "$1" "${@:3}" || fail "inject ${*:3}"
	expected more_received "$2" "$before" || fail "not received: ${*:3}"
}

# send SIDE COUNT WORD...
send()
{
	local from=$SERVER to=$CLIENT

	case $1 in
	client) from=$CLIENT to=$SERVER ;;
	within) from=$OBSERVED ;;
	esac
	if [ "$2" -eq 0 ]; then
		send_icmp "$from" "$to" "${@:3}"
	else
		through "$2" inject --netns "$from" "${@:3}"
	fi
}

pause()
{
	read -rt "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" -u "$PAUSE"
	return 0
}

have_ended()
{
	mapfile -t LINES <"${PROC[$OBSERVED]}/stats"
	sum_of_outcomes
	[ "$SUM" -ge "$1" ]
}

# take_line WORD...: of a .run file.
take_line()
{
	case $1 in
	set)	tcpshake "$OBSERVED" "$@" || fail "tcpshake $*" ;;
	wait)	pause "$2" ;;
	ended)	busywait 5000 have_ended $((ENDED + $2)) ;;
	*)	send "$@" ;;
	esac
}

# NAME VALUE lines as JSON members.
json_of()
{
	# shellcheck disable=SC2178 # a reference
	local -n numbers=$1
	local members=("${numbers[@]/#/\"}")
	local IFS=,

	members=("${members[@]/ /\":}")
	printf '{%s}' "${members[*]}"
}

# quiesce SET: nothing of other vectors may end during this one.
quiesce()
{
	if [ -n "$1" ] || [ $((SECONDS - ${RENEWED[$OBSERVED]})) -ge "$RENEW_S" ]; then
		observe_anew "$OBSERVED"
	fi
}

# run_vector NAME FAMILY: an object for OF_STATS.
run_vector()
{
	local files=$TMP/vectors/$1.$2 step set=''
	local -a steps before

	TEST_FAILED=''		# of another one

	mapfile -t steps <"$files.run"
	OBSERVED=$ROUTER
	[ "${steps[0]#* }" = router ] || OBSERVED=$SERVER
	[[ ${steps[1]} != set* ]] || set=1
	quiesce "$set"
	mapfile -t before <"${PROC[$OBSERVED]}/stats"
	LINES=("${before[@]}")
	sum_of_outcomes
	ENDED=$SUM
	for step in "${steps[@]:1}"; do
		# shellcheck disable=SC2086 # words
		take_line $step
	done
	mapfile -t LINES <"${PROC[$OBSERVED]}/stats"
	printf '{"name":"%s","family":"%s","observer":"%s","exact":false,"want":%s,' \
		"$1" "$2" "${OBSERVED%%-*}" "$(<"$files.json")"
	printf '"before":%s,"after":%s,"pending":[%s]}\n' "$(json_of before)" "$(json_of LINES)" \
		"$(tcpshake "$OBSERVED" half-open --json | paste -sd,)"
	[ -z "$set" ] || observe_anew "$OBSERVED"
}

run_all()
{
	local name family reason

	while read -r name family reason; do
		[ -n "$reason" ] || run_vector "$name" "$family"
	done <"$TMP/list" >"$TMP/injected"
	for OBSERVED in "$ROUTER" "$SERVER"; do
		observe_anew "$OBSERVED"
		assert_identities "$OBSERVED"
	done
	grep '^#' "$TMP/injected"
}

# events_of NS: with who saw them.
events_of()
{
	jq -c ".observer = \"${1%%-*}\"" "${WATCHES[$1]}"
}

judge()
{
	events_of "$ROUTER" >"$TMP/router"
	events_of "$SERVER" >"$TMP/server"
	compare_vectors < <(grep -v '^#' "$TMP/injected" |
		jq -c -n --slurpfile router "$TMP/router" --slurpfile server "$TMP/server" \
			"$OF_STATS")
}

# No event was lost, or we would have been told.
events()
{
	equal "lost" "$(cat "$TMP/router" "$TMP/server" | grep '"event": *"lost"')" ""
	equal "failed on the way" "$(grep '^#' "$TMP/injected")" ""
}

need_root_and jq nft paste
need_vectors
find_vectors
# shellcheck disable=SC2153 # an array
write_vectors inject "${VECTORS[@]}" || bail "the vectors cannot be read"
load_module
setup_path
prepare_router
deafen "$CLIENT"
deafen "$SERVER"
hold "$CLIENT"
DEVICES[$CLIENT]=${PROC[$CLIENT]%/*}/dev
unset "PROC[$CLIENT]"		# not observed
declare "TOLD_${ROUTER%%-*}=0" "TOLD_${SERVER%%-*}=0"
for NS in "$ROUTER" "$SERVER"; do
	observe_anew "$NS"
	hold "$NS"
	DEVICES[$NS]=${PROC[$NS]%/*}/dev
	start_watch "$NS" --outcome completed --outcome refused --outcome client_reset \
		--outcome server_reset --outcome unanswered --outcome unacked \
		--outcome superseded --outcome evicted --outcome unreachable
	WATCHES[$NS]=$WATCH
done
run_all
judge
list_tests
TESTS+=(events identities)
run_tests
