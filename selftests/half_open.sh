#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Half-open attempts: what the dumps show of them, which of them a filter picks,
# and how they end when the client stays silent.
#
#   ┌─────────────────────┐      ┌──────────────────────┐
#   │ CLIENT, deaf        │      │ SERVER, observed     │
#   │           192.0.2.1 ├──────┤ 192.0.2.2            │
#   │      2001:db8:1::1  │      │ 2001:db8:1::2        │
#   │ and behind it:      │      │ httpd, port 8080     │
#   │     203.0.113.0/24, │      │ port 81: dropped     │
#   │   2001:db8:9::/64   │      └──────────────────────┘
#   └─────────────────────┘

. "$(dirname "$0")/lib.sh"

declare -A SERVER_ISN=()

# attempt CLIENT CPORT SPORT SEQ: opens one; a real server answers on 8080.
attempt()
{
	C=$1 CPORT=$2 SPORT=$3
	if [ "$SPORT" = 8080 ]; then
		inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq "$4" --expect SA ||
			fail "no answer from the server"
		SERVER_ISN[$CPORT]=${ANSWER% *}
	else
		c2s S --seq "$4"
	fi
}

opened()
{
	use_family ipv4
	attempt 203.0.113.1 1001 8080 111
	attempt 203.0.113.200 1002 8080 222
	attempt 203.0.113.201 1003 81 333
	use_family ipv6
	attempt "[2001:db8:9::1]" 1004 8080 4294967295
	attempt "[2001:db8:9::2]" 1005 81 0
	assert_delta "$SERVER" packets=8 packets_new_attempt=5 packets_synack=3 attempts=5 \
		anomaly_isn_zero=1 anomaly_ack_zero_ack=1 \
		pending=5 pending_half_open_syn=2 pending_half_open_synack=3
}

# row CLIENT SERVER STATE SYNS SYNACKS ISN SERVER_ISN: is in /proc and in JSON.
row()
{
	local json client=${1%:*} server=${2%:*}

	awk '{ $4 = ""; print }' "${PROC[$SERVER]}/half_open" |
		grep -qxF "$1 $2 $3  $4 $5 $6 $7" ||
		fail "no '$*' in $(cat "${PROC[$SERVER]}/half_open")"
	json=$(tcpshake "$SERVER" half-open --json cport "${1##*:}") || fail "half-open fails"
	jq -e --arg client "${client//[\[\]]/}" --arg server "${server//[\[\]]/}" \
		--argjson cport "${1##*:}" --argjson sport "${2##*:}" --arg state "$3" \
		--argjson syns "$4" --argjson synacks "$5" --argjson isn "$6" \
		--argjson server_isn "${7/-/null}" \
		'.client == $client and .server == $server and .client_port == $cport and
		 .server_port == $sport and .state == $state and .syn_count == $syns and
		 .synack_count == $synacks and .isn == $isn and .server_isn == $server_isn and
		 .age_us > 0 and .flags == [] and (.server_rtt_us == null) == ($synacks == 0)' \
		<<<"$json" >/dev/null || fail "not '$*': $json"
}

shown()
{
	local s6="[2001:db8:1::2]"

	row 203.0.113.1:1001 192.0.2.2:8080 half_open_synack 1 1 111 "${SERVER_ISN[1001]}"
	row 203.0.113.201:1003 192.0.2.2:81 half_open_syn 1 0 333 -
	row "[2001:db8:9::1]:1004" "$s6:8080" half_open_synack 1 1 4294967295 "${SERVER_ISN[1004]}"
	row "[2001:db8:9::2]:1005" "$s6:81" half_open_syn 1 0 0 -
}

# picks PORTS FILTER...: the client ports of those the filter lets through.
picks()
{
	local line
	local -a ports=()

	while read -r line; do
		[[ $line =~ \"client_port\":\ *([0-9]+) ]] && ports[BASH_REMATCH[1]]=x
	done < <(tcpshake "$SERVER" half-open --json "${@:2}")
	equal "half-open ${*:2}" "${!ports[*]}" "$1"
}

filtered()
{
	picks "1001 1002 1003 1004 1005"
	picks "1001 1002 1003" -4
	picks "1004 1005" -6
	picks "1001 1002 1003" client 203.0.113.0/24
	picks "1002 1003" client 203.0.113.128/25
	picks "1002" client 203.0.113.200
	picks "1001 1002 1003" client 0.0.0.0/0
	picks "1004 1005" client 2001:db8:9::/64
	picks "1005" client 2001:db8:9::2/127
	picks "" client 203.0.113.9
	picks "1001 1002 1003" server 192.0.2.0/24
	picks "" server 198.51.100.0/24
	picks "1004" cport 1004
	picks "1003 1005" sport 81
	picks "1003 1005" state half_open_syn
	picks "1001 1002 1004" state half_open_synack
	picks "1002" client 203.0.113.128/25 server 192.0.2.2 sport 8080 state half_open_synack
	picks "" client 203.0.113.128/25 sport 81 state half_open_synack
	picks "" min-age 10m
}

# All others are at least so old before the last one comes.
by_age()
{
	busywait "$WAIT_MS" older_than 1000 || fail "they do not grow older"
	use_family ipv4
	attempt 203.0.113.1 1006 81 666
	picks "1001 1002 1003 1004 1005" min-age 1s
	picks "1001 1002 1003" client 203.0.113.0/24 min-age 1000ms
	assert_delta "$SERVER" packets=1 packets_new_attempt=1 attempts=1 \
		pending=1 pending_half_open_syn=1
}

older_than()
{
	local age

	while read -r _ _ _ age _; do
		[ "$age" = age_us ] || [ "$age" -ge $(($1 * 1000)) ] || return 1
	done <"${PROC[$SERVER]}/half_open"
}

filters_refused()
{
	local filter

	for filter in "client 203.0.113.0/33" "client nobody" "cport 65536" "state completed" \
		"min-age 5" "color red" "client"; do
		# shellcheck disable=SC2086 # a name and its value
		tcpshake "$SERVER" half-open $filter >"$TMP/out" 2>&1
		equal "status of half-open $filter" $? 2
		[ -s "$TMP/out" ] || fail "half-open $filter: not a word"
	done
}

# Time itself is under test here.
silence_ends_them()
{
	start_watch "$SERVER"
	tcpshake "$SERVER" set synack-timeout 300ms
	assert_delta "$SERVER" attempts_unacked=3 pending=-3 pending_half_open_synack=-3
	picks "1003 1005 1006" state half_open_syn
	tcpshake "$SERVER" set syn-timeout 300ms
	assert_delta "$SERVER" attempts_unanswered=3 pending=-3 pending_half_open_syn=-3
	wait_events 6
	equal "outcomes" "$(jq -r '"\(.outcome) \(.client_port)"' "$WATCH" | sort | xargs)" \
		"unacked 1001 unacked 1002 unacked 1004 unanswered 1003 unanswered 1005 unanswered 1006"
	equal "nothing left" "$(tcpshake "$SERVER" half-open --json)" ""
}

TESTS=(
	opened
	shown
	filtered
	by_age
	filters_refused
	silence_ends_them
	identities
)

need_root_and awk busybox jq nft
load_module
setup_pair
deafen "$CLIENT"
deafen "$SERVER" 81
ip -n "$SERVER" route add 203.0.113.0/24 via 192.0.2.1
ip -n "$SERVER" route add 2001:db8:9::/64 via 2001:db8:1::1
# The server does not repeat its SYN-ACK: nothing but our segments moves.
in_ns "$SERVER" sysctl -qw net.ipv4.tcp_synack_retries=0
start_httpd "$SERVER" 8080
observe "$SERVER"
run_tests
