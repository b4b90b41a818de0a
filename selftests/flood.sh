#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Floods of spoofed SYNs over real clients: how soon each is told, as what, and how
# soon it is over. The server keeps what it answers, or sends cookies, or does not
# answer most of it for want of room: that makes no difference.
#
#   ┌───────────────────────────┐      ┌──────────────────────────────────┐
#   │ CLIENT                    │      │ SERVER, observed                 │
#   │ 192.0.2.1                 ├──────┤ 192.0.2.2, 2001:db8:1::2         │
#   │ 50 real connections/s     │      │ port 80 accepts them             │
#   │ spoofs 10/8,              │      │ both prefixes lead to CLIENT,    │
#   │ 2001:db8:8000::/33        │      │   which drops what comes of them │
#   └───────────────────────────┘      └──────────────────────────────────┘

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/flood.sh"

# flooded RATE COOKIES MAX_MS LABEL: real clients go on meanwhile. The targets (1.2 s
# from 1,000/s on, a tick more without cookies, 2 s at 200/s) are held to the letter by
# "make sim"; here half a second is granted to a machine that is emulated, and shared.
flooded()
{
	local rate=$1 max=$3 label=$4 last began ended delay

	in_ns "$SERVER" sysctl -qw net.ipv4.tcp_syncookies="$2"
	expected none_active || fail "a flood before it began"
	flood_of "$S:80"
	last=${FLOOD[number]:-0}
	spawn "$CLIENT" "$TRAFFIC" flood "$TO" 80 --from "$SPOOFED" --rate "$rate" --seconds "$((rate > 5000 ? 2 : 4))" \
		>"$TMP/flood"
	expected is_new "$S:80" "$last" || { fail "no flood is told"; return; }
	wait "$SPAWNED"
	began=$(sed -n 's/^began //p' "$TMP/flood")
	ended=$(sed -n 's/^ended //p' "$TMP/flood")
	delay=$((($(us "${FLOOD[detected]}") - began) / 1000))
	echo "# $rate SYN/s, cookies $2: told after $delay ms as ${FLOOD[label]}"
	[ "$delay" -le "$max" ] || fail "told after $delay ms, not $max"
	matches "label" "${FLOOD[label]}" "$label"
	expected is_over "$S:80" ||
		{ fail "it does not end: $(cat "${PROC[$SERVER]}"/{floods,services})"; return; }
	delay=$((($(us "${FLOOD[ended]}") - ended) / 1000))
	echo "# $(sed -n 's/^sent //p' "$TMP/flood") sent; last tick $delay ms after the last SYN;" \
		"${FLOOD[sources]} sources, rate ${FLOOD[rate_peak]}, usual ${FLOOD[rate_base]}," \
		"completion ${FLOOD[completion]}, usual ${FLOOD[completion_base]}"
	equal "level" "${FLOOD[level]}" service
}

# of_family FAMILY RATE COOKIES MAX_MS LABEL
of_family()
{
	use_family "$1"
	TO=${S//[][]/}
	SPOOFED=10.0.0.0/8
	[ "$1" = ipv4 ] || SPOOFED=2001:db8:8000::/33
	flooded "${@:2}"
	use_family ipv4
}

# Everybody stops, and what is pending times out. Services tell as much as the namespace.
quiet()
{
	finish_spawned "${CLIENT_PIDS[@]}"
	tcpshake "$SERVER" set syn_timeout 100ms synack_timeout 100ms || fail "it cannot be set"
	assert_stat "$SERVER" pending 0
	identities
	stat_of "$SERVER" attempts
	equal "attempts of all services" "$(sum_services 2)" "$STAT"
	stat_of "$SERVER" attempts_completed
	equal "completed of all services" "$(sum_services 3)" "$STAT"
	stat_of "$SERVER" attempts_evicted
	equal "evicted of all services" "$(sum_services 10)" "$STAT"
}

# sum_services COLUMN
sum_services()
{
	awk -v column="$1" 'NR > 1 { sum += $column } END { print sum }' "${PROC[$SERVER]}/services"
}

TESTS=(
	"of_family ipv4 200 0 2500 @(spoofed|distributed)"
	"of_family ipv4 200 2 2500 @(spoofed|distributed)"
	"of_family ipv4 1000 0 2000 spoofed"
	"of_family ipv4 1000 2 1700 spoofed"
	"of_family ipv4 20000 0 2000 spoofed"
	"of_family ipv4 20000 2 1700 spoofed"
	"of_family ipv6 200 0 2500 @(spoofed|distributed)"
	"of_family ipv6 1000 2 1700 spoofed"
	quiet
)

need_root_and busybox
shopt -s extglob
load_module slots=1048576 flood_learning=8000 flood_hold=2000
setup_flood
ip -n "$SERVER" route add 2001:db8:8000::/33 via 2001:db8:1::1
CLIENT_PIDS=()
observe "$SERVER"
for family in ipv4 ipv6; do
	use_family "$family"
	spawn "$SERVER" "$TRAFFIC" server "${S//[][]/}" 80
	spawn "$CLIENT" "$TRAFFIC" clients "${S//[][]/}" 80 --rate 50 >/dev/null
	CLIENT_PIDS+=("$SPAWNED")
	busywait 40000 has_learned 80 30 || bail "the usual rate is not learned"
done
use_family ipv4
run_tests
