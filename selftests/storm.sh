#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Everything at once: real clients, two floods, and segments that are malformed; dumps,
# /proc, changes of settings; namespaces that come and go, observed; and in the midst of
# it the module is loaded and unloaded, again and again. The identities hold at every
# read. STORM_LOADS: how many times (10; where that takes long, as many as three minutes
# have, but three at least).
#
#   ┌──────────────────────┐      ┌─────────────────────────────────┐
#   │ CLIENT               ├──────┤ SERVER                          │
#   │ clients, floods, junk│      │ port 80 accepts                 │
#   └──────────────────────┘      └─────────────────────────────────┘

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/flood.sh"

LOADS=${STORM_LOADS:-10}
PATIENCE=180 FEW=3	# when the number was not asked for

# forever FUNCTION: in the background, until the end of the scenario; it counts, in a
# file of its own, how often it was run and how often it worked: between two loads it
# cannot.
forever()
{
	(
		trap - EXIT
		count=0 worked=0
		while [ -e "$TMP/storm" ]; do
			"$1" >/dev/null 2>&1 && worked=$((worked + 1))
			echo $((count += 1)) "$worked" >"$TMP/$1"
		done
	) &
	PIDS+=($!)
}

# Of sorts: no flags, all flags, SYN with FIN or RST or data, an ACK out of the blue.
junk()
{
	local flags

	for flags in - FSRPAUEC SF SR SA A FPU R; do
		"$INJECT" --netns "$CLIENT" "$C:$((RANDOM % 60000 + 1024))" "$S:$((80 + RANDOM % 3))" \
			"$flags" --seq "$RANDOM" --ack "$RANDOM" --count 3 --seq-step 1
	done
}

dumps()
{
	local verbs=(stats half-open completed malformed services floods latency)

	tcpshake "$SERVER" "${verbs[RANDOM % ${#verbs[@]}]}" --json
}

proc()
{
	local files=(stats half_open completed malformed services floods latency)

	in_ns "$SERVER" cat "/proc/net/tcpshake/${files[RANDOM % ${#files[@]}]}"
}

settings()
{
	tcpshake "$SERVER" set syn-timeout "$((RANDOM % 900 + 100))ms" \
		synack-timeout "$((RANDOM % 900 + 100))ms" linger "$((RANDOM % 2000))ms" \
		flood-floor $((RANDOM % 500 + 4)) &&
		tcpshake "$SERVER" latency --reset
}

namespaces()
{
	local ns=storm-$BASHPID observed

	ip netns add "$ns"
	tcpshake "$ns" set enabled on
	observed=$?
	ip -n "$ns" link set lo up
	in_ns "$ns" busybox nc -w 1 127.0.0.1 80
	tcpshake "$ns" half-open
	ip netns delete "$ns"
	return "$observed"
}

watches()
{
	tcpshake "$SERVER" watch --json --count 100
}

begin()
{
	touch "$TMP/storm"
	spawn "$SERVER" "$TRAFFIC" server "$S" 80
	spawn "$CLIENT" "$TRAFFIC" clients "$S" 80 --rate 100 --seconds 100000
	spawn "$CLIENT" "$TRAFFIC" flood "$S" 80 --from 10.0.0.0/8 --rate 1000 --seconds 100000
	spawn "$CLIENT" "$TRAFFIC" flood "$S" 1000 --from 10.0.0.0/8 --rate 200 --ports 500 \
		--seconds 100000
	forever junk
	forever dumps
	forever proc
	forever settings
	forever namespaces
	forever watches
} >/dev/null

has_seen()
{
	read_stats "$SERVER" 2>/dev/null && [ "${NOW[packets]:-0}" -ge "$1" ]
}

# Loaded, rained on, looked at, unloaded. Whoever is at it holds it for a moment.
round()
{
	try_load slots=4096 services=64 all_netns=1 || { fail "it cannot be loaded"; return 1; }
	LOADED=1
	busywait "$WAIT_MS" has_seen $((RANDOM % 2000 + 1)) || fail "no packets"
	assert_sums "$SERVER"
	PACKETS=$((PACKETS + NOW[packets])) ATTEMPTS=$((ATTEMPTS + NOW[attempts]))
	unload_module || { fail "it cannot be unloaded"; return 1; }
}

storm()
{
	local i

	for ((i = 0; i < LOADS; i++)); do
		[ -n "${STORM_LOADS:-}" ] || [ "$i" -lt "$FEW" ] ||
			[ "$SECONDS" -lt "$PATIENCE" ] || break
		round || break
	done
	echo "# $i times loaded and unloaded, $PACKETS packets, $ATTEMPTS attempts"
}

ends()
{
	local what times worked

	rm "$TMP/storm"
	finish_spawned "${PIDS[@]:HELD}"
	PIDS=("${PIDS[@]::HELD}")
	for what in junk dumps proc settings namespaces watches; do
		read -r times worked <"$TMP/$what" || fail "$what did not take part"
		echo "# $what: $times times, $worked of them to the end"
		[ "${worked:-0}" -gt 0 ] || fail "$what never worked"
	done
	load_module slots=4096
	observe "$SERVER"
	new_tuple
	c2s S --seq 1
	assert_stat "$SERVER" attempts 1
	identities
}

TESTS=(storm ends)

need_root_and busybox nft timeout
! module_loaded || skip_all "tcpshake is loaded already"
setup_flood
hold "$SERVER"
# While somebody else has hooks in all places, the kernel need not rewrite its own code
# when ours come and go: QEMU's processors get stuck over that once in a while.
nft_in "$CLIENT" <<-'EOT' || skip_all "no nftables"
	table inet lasting {
		chain in { type filter hook input priority 0; }
		chain forward { type filter hook forward priority 0; }
		chain out { type filter hook output priority 0; }
		chain post { type filter hook postrouting priority 0; }
		chain pre { type filter hook prerouting priority 0; }
	}
EOT
HELD=${#PIDS[@]}	# that one stays
PACKETS=0 ATTEMPTS=0
begin
run_tests
