# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Vectors, injected over real interfaces while the module observes. To be sourced after
# lib.sh and lib/vectors.sh.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, observed │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   │ deaf             │
#                                                   └──────────────────┘

RENEW_S=40			# less than what lingers is kept for
OUTCOME_LINES=()		# of stats
declare -A RENEWED=() WATCHES=() DEVICES=()	# by namespace: when; files: events, devices

# From events, attempts that are pending in the end, and for each vector the stats
# before and after: what vectors.jq compares.
# shellcheck disable=SC2016 # for jq
OF_STATS='
def numbers: split(",") | map(split(" ") | { key: .[0], value: (.[1] | tonumber) }) | from_entries;
def those($prefix): with_entries(select(.key | startswith($prefix)) | .key |= .[($prefix | length):]);

# A vector has 16 ports of its own, and one end of each attempt is at one of them.
def slot: [.client_port, .server_port] | map(select(. >= 20000) | (. - 20000) / 16 | floor) | .[0];
($told | map(select(.event != "lost") | .outcome //= .state) |
 reduce .[] as $attempt ({};
	.["\($attempt.observer) \($attempt | slot)"] += [$attempt | del(.observer)]))
as $attempts |

inputs |
(.before | numbers) as $before |
(.after | numbers | with_entries(.value -= $before[.key])) as $grown |
((.want.port - 20000) / 16) as $slot |
.got = {
	packets: $grown.packets,
	exits: ($grown | those("packets_")),
	attempt_count: $grown.attempts,
	attempts: ($attempts["\(.observer) \($slot)"] // [] | sort_by(.time)),
	outcomes: ($grown | those("attempts_") + those("pending_")),
	anomalies: ($grown | those("anomaly_")),
	stats: ($grown | { confirmed, stalled, reset_at_completion, backscatter, partial })
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

# Which lines of stats those are, does not change.
find_outcomes()
{
	local i

	mapfile -t LINES <"${PROC[$1]}/stats"
	for i in "${!LINES[@]}"; do
		[[ ${LINES[i]} != attempts_* ]] || OUTCOME_LINES+=("$i")
	done
}

sum_of_outcomes()
{
	local i

	SUM=0
	for i in "${OUTCOME_LINES[@]}"; do
		SUM=$((SUM + ${LINES[i]#* }))
	done
}

# Of stats, in one line.
joined_lines()
{
	local IFS=,

	JOINED="${LINES[*]}"
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

# end_observation NS: once all is known of what has ended and what has not.
end_observation()
{
	local -n told=TOLD_${1%%-*}

	TOLD=$told
	expected all_told "$1" || fail "events of $1 are missing"
	told=$((told + SUM))
	tcpshake "$1" half-open --json >>"$TMP/pending.$1"
	tcpshake "$1" set enabled off || fail "observation cannot be switched off"
}

# observe_anew NS: with no attempt there; nothing that is pending ends by itself.
observe_anew()
{
	[ -z "${RENEWED[$1]:-}" ] || end_observation "$1"
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
	local files=$TMP/vectors/$1.$2 want before step set=''
	local -a steps

	# shellcheck disable=SC2034 # of the vector before
	TEST_FAILED=''
	read -r want <"$files.json"
	mapfile -t steps <"$files.run"
	OBSERVED=$ROUTER
	[ "${steps[0]#* }" = router ] || OBSERVED=$SERVER
	[[ ${steps[1]} != set* ]] || set=1
	quiesce "$set"
	have_ended 0
	ENDED=$SUM
	joined_lines
	before=$JOINED
	for step in "${steps[@]:1}"; do
		# shellcheck disable=SC2086 # words
		take_line $step
	done
	have_ended 0
	joined_lines
	printf '{"name":"%s","family":"%s","observer":"%s","exact":false,"want":%s,' \
		"$1" "$2" "${OBSERVED%%-*}" "$want"
	printf '"before":"%s","after":"%s"}\n' "$before" "$JOINED"
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

judge()
{
	for OBSERVED in "$ROUTER" "$SERVER"; do
		jq -c ".observer = \"${OBSERVED%%-*}\"" "${WATCHES[$OBSERVED]}" "$TMP/pending.$OBSERVED"
	done >"$TMP/told"
	compare_vectors < <(grep -v '^#' "$TMP/injected" |
		jq -c -n --slurpfile told "$TMP/told" "$OF_STATS")
}

# No event was lost, or we would have been told.
events()
{
	equal "lost" "$(grep '"event": *"lost"' "$TMP/told")" ""
	equal "what failed on the way" "$(grep '^#' "$TMP/injected")" ""
}

set_up()
{
	local ns

	setup_path
	prepare_router
	deafen "$CLIENT"
	deafen "$SERVER"
	hold "$CLIENT"
	DEVICES[$CLIENT]=${PROC[$CLIENT]%/*}/dev
	unset "PROC[$CLIENT]"		# not observed
	declare -g "TOLD_${ROUTER%%-*}=0" "TOLD_${SERVER%%-*}=0"
	for ns in "$ROUTER" "$SERVER"; do
		observe_anew "$ns"
		hold "$ns"
		DEVICES[$ns]=${PROC[$ns]%/*}/dev
		start_watch "$ns" --outcome completed --outcome refused --outcome client_reset \
			--outcome server_reset --outcome unanswered --outcome unacked \
			--outcome superseded --outcome evicted --outcome unreachable
		WATCHES[$ns]=$WATCH
	done
	find_outcomes "$ROUTER"
}

# inject_vectors DIRECTORY...: of vectors/. A whole scenario.
inject_vectors()
{
	need_root_and jq nft
	need_vectors
	find_vectors "$@"
	# shellcheck disable=SC2153 # an array
	write_vectors inject "${VECTORS[@]}" || bail "the vectors cannot be read"
	load_module
	set_up
	run_all
	judge
	list_tests
	TESTS+=(events identities)
	run_tests
}
