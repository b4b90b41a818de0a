#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What looks like a flood, and is none: a crowd, a path that loses much, an outage, a
# server that is too slow, a service that is down, scans; and one that is, for
# "floods --check", with ten seconds of calm until it is over, and for what is run by
# "watch --exec".
#
#   ┌──────────────────────┐      ┌─────────────────────────────────┐
#   │ CLIENT               │      │ SERVER, observed                │
#   │ 192.0.2.1            ├──────┤ 192.0.2.2                       │
#   │ real clients, a scan,│      │ 80, 81 accept; 81 goes silent   │
#   │ spoofs 10/8          │      │ 82 accepts slowly; 83 is closed │
#   └──────────────────────┘      └─────────────────────────────────┘

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/flood.sh"

# clients PORT RATE [SECONDS]: in the background.
clients()
{
	spawn "$CLIENT" "$TRAFFIC" clients "$S" "$1" --rate "$2" --seconds "${3:-60}" >/dev/null
}

# none_was_a_flood TARGET: nor any above it.
none_was_a_flood()
{
	! grep -qE " (spoofed|distributed|few_sources|real_sources|reflection) " \
		"${PROC[$SERVER]}/floods"
}

# labelled TARGET LABEL
labelled()
{
	flood_of "$1" && [ "${FLOOD[label]}" = "$2" ]
}

# becomes TARGET LABEL: what goes on is told so, and never was a flood.
becomes()
{
	expected labelled "$1" "$2" || fail "$1 is '${FLOOD[label]:-not told}', not $2"
	none_was_a_flood || fail "a flood: $(cat "${PROC[$SERVER]}/floods")"
	equal "floods --check" "$(check_status)" 0
}

check_status()
{
	tcpshake "$SERVER" floods --check >/dev/null
	echo $?
}

crowd()
{
	clients 80 50 120
	busywait 30000 has_learned 80 30 || fail "the usual rate is not learned"
	in_ns "$CLIENT" "$TRAFFIC" clients "$S" 80 --rate 1000 --seconds 8 >"$TMP/crowd"
	sed 's/^/# /' "$TMP/crowd"
	equal "incidents" "$(sed 1d "${PROC[$SERVER]}/floods")" ""
}

outage()
{
	clients 81 100
	busywait 30000 has_learned 81 50 || fail "the usual rate is not learned"
	nft_in "$SERVER" <<-'EOT'
		table inet silent {
			chain in {
				type filter hook input priority 0
				tcp dport 81 drop
			}
		}
	EOT
	becomes "$S:81" outage
	finish_spawned "$SPAWNED"
}

overload()
{
	clients 82 20
	busywait 30000 has_learned 82 12 || fail "the usual rate is not learned"
	clients 82 300
	becomes "$S:82" overload
	finish_spawned "$SPAWNED"
}

refused()
{
	clients 83 200
	becomes "$S:83" refused
	finish_spawned "$SPAWNED"
}

scan()
{
	spawn "$CLIENT" "$TRAFFIC" flood "$S" 1000 --from 192.0.2.1/32 --ports 5000 --rate 500 \
		--seconds 10 >/dev/null
	# of the address; of the namespace where its ports find no room for records
	expected scanned || fail "no scan: $(cat "${PROC[$SERVER]}/floods")"
	none_was_a_flood || fail "a flood: $(cat "${PROC[$SERVER]}/floods")"
	equal "floods --check" "$(check_status)" 0
	wait "$SPAWNED"
}

# Most of its ports are closed, and say so.
nmap_scan()
{
	spawn "$CLIENT" nmap -sS -n -Pn -p 1-8000 --min-rate 500 --max-rate 1000 "$S" >"$TMP/nmap"
	expected scanned || fail "no scan: $(cat "${PROC[$SERVER]}/floods")"
	none_was_a_flood || fail "a flood: $(cat "${PROC[$SERVER]}/floods")"
	equal "floods --check" "$(check_status)" 0
	wait "$SPAWNED"
	grep -q "^80/tcp *open" "$TMP/nmap" || fail "nmap: $(cat "$TMP/nmap")"
}

# A path that delays, loses, doubles and reorders: many retransmissions, no attack.
bad_path()
{
	local lost

	clients 80 100
	busywait 30000 has_learned 80 60 || fail "the usual rate is not learned"
	in_ns "$CLIENT" tc qdisc add dev veth1 root netem delay 100ms 50ms 25% loss 20% \
		duplicate 5% reorder 10% || fail "no netem"
	in_ns "$CLIENT" "$TRAFFIC" clients "$S" 80 --rate 200 --seconds 10 >"$TMP/path"
	sed 's/^/# /' "$TMP/path"
	[ "$(sed -n 's/^connected //p' "$TMP/path")" -gt 1000 ] || fail "the path is no path"
	lost=$(in_ns "$CLIENT" tc -s qdisc show dev veth1 | sed -n 's/.*dropped \([0-9]*\),.*/\1/p')
	[ "$lost" -gt 100 ] || fail "only $lost segments were lost"
	none_was_a_flood || fail "a flood: $(cat "${PROC[$SERVER]}/floods")"
	equal "floods --check" "$(check_status)" 0
	in_ns "$CLIENT" tc qdisc del dev veth1 root
	finish_spawned "$SPAWNED"
}

scanned()
{
	labelled "$S" scan || labelled - scan
}

flooding()
{
	spawn "$CLIENT" "$TRAFFIC" flood "$S" 80 --from 10.0.0.0/8 --rate 500 --seconds 6 \
		>"$TMP/flood"
}

is_flooded()
{
	[ "$(check_status)" = 3 ]
}

check()
{
	local ended after

	equal "before" "$(check_status)" 0
	spawn "$SERVER" "$READER" watch --floods --exec "cat >>$TMP/hook" >"$TMP/watch"
	busywait "$WAIT_MS" asleep "$SPAWNED"
	flooding
	expected is_flooded || fail "no flood: $(cat "${PROC[$SERVER]}/floods")"
	tcpshake "$SERVER" floods --verbose | sed 's/^/# /'
	tcpshake "$SERVER" top --batch --count 2 --interval 200ms >"$TMP/top"
	equal "screens of top" "$(grep -c '^tcpshake top' "$TMP/top")" 2
	matches "top" "$(<"$TMP/top")" "*FLOOD @(spoofed|distributed)*$S:80*SERVER*$S:80*"
	wait "$SPAWNED"
	ended=$(sed -n 's/^ended //p' "$TMP/flood")
	equal "right after the last SYN" "$(check_status)" 3
	expected has_hook end || fail "no END: $(cat "$TMP/hook")"
	after=$(((${EPOCHREALTIME/./} - ended) / 1000))
	echo "# END $after ms after the last SYN"
	if [ "$after" -lt 10000 ] || [ "$after" -gt 12600 ]; then fail "END after $after ms"; fi
	equal "after" "$(check_status)" 0
	has_hook start || fail "no START: $(cat "$TMP/hook")"
	flood_of "$S:80"
	matches "label" "${FLOOD[label]}" "@(spoofed|distributed)"
}

# has_hook PHASE: the command got that event.
has_hook()
{
	[ -e "$TMP/hook" ] && jq -es --arg phase "$1" \
		'any(.[]; .event == "flood" and .phase == $phase and .is_flood)' "$TMP/hook" >/dev/null
}

TESTS=(crowd bad_path outage overload refused scan nmap_scan check)

need_root_and busybox jq nft nmap tc
shopt -s extglob
load_module slots=1048576 flood_learning=3000
setup_flood
for port in 80 81; do
	spawn "$SERVER" "$TRAFFIC" server "$S" "$port"
done
spawn "$SERVER" "$TRAFFIC" server "$S" 82 --pause 20 --backlog 1
observe "$SERVER"
run_tests
