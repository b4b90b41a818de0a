#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Who may see and change what. Connections of others are shown, and settings
# changed, only with CAP_NET_ADMIN in the user namespace that owns the network
# namespace; the plain counters are for everybody.
#
#   ┌ HERE, observed, owned by root ────────────────────────┐
#   │ one half-open and one refused attempt on loopback     │
#   │ nobody · root without the capability · nobody as root │
#   │ of a user namespace of his own                        │
#   └───────────────────────────────────────────────────────┘
#   ┌ nobody's own user and network namespace ┐
#   │ his to observe, and blind for all else  │
#   └─────────────────────────────────────────┘

. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2034 # used by their names
NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
BARE_ROOT=(setpriv --bounding-set -net_admin --inh-caps -net_admin)
OWN_ROOT=("${NOBODY[@]}" unshare --user --map-root-user)
# shellcheck disable=SC2034 # likewise
OWN_NETNS=("${OWN_ROOT[@]}" --net)

# as WHO COMMAND...: in HERE; WHO is the name of one of the arrays above.
as()
{
	local -n who=$1

	in_ns "$HERE" "${who[@]}" "${@:2}"
}

# lasting: what lingers may go between two looks.
lasting()
{
	sed -E 's/table_used[": ]+[0-9]+//'
}

counters_for_all()
{
	equal "stats, as $1" "$(as "$1" "$CLI" stats --json | lasting)" \
		"$(tcpshake "$HERE" stats --json | lasting)"
	equal "/proc stats, as $1" "$(as "$1" cat /proc/net/tcpshake/stats | lasting)" \
		"$(lasting <"${PROC[$HERE]}/stats")"
	matches "get, as $1" "$(as "$1" "$CLI" get --json)" '*"enabled":*true*'
}

# Not a word of other people's connections, whichever way is asked.
connections_hidden()
{
	local what

	for what in half-open completed malformed services floods; do
		as "$1" "$CLI" "$what" >"$TMP/out" 2>"$TMP/err"
		equal "status of $what, as $1" $? 1
		equal "output of $what, as $1" "$(cat "$TMP/out")" ""
		[ -s "$TMP/err" ] || fail "$what, as $1: no reason given"
		as "$1" cat "/proc/net/tcpshake/${what/-/_}" >"$TMP/out" 2>"$TMP/err" &&
			fail "$1 may read /proc $what"
		equal "/proc $what, as $1" "$(cat "$TMP/out")" ""
	done
}

# A watch that is allowed would not end by itself.
events_hidden()
{
	local group

	for group in "" "--outcome refused" "--anomaly syn_diff_isn" --floods; do
		# shellcheck disable=SC2086 # an option and its value
		as "$1" timeout 20 "$CLI" watch --json $group >"$TMP/out" 2>"$TMP/err"
		equal "status of watch $group, as $1" $? 1
		[ -s "$TMP/err" ] || fail "watch $group, as $1: no reason given"
	done
}

settings_kept()
{
	local before setting

	before=$(tcpshake "$HERE" get --json)
	for setting in "enabled off" "enabled on" "linger 1s" "syn-timeout 5s max-age 5s"; do
		# shellcheck disable=SC2086 # a list
		as "$1" "$CLI" set $setting >"$TMP/out" 2>"$TMP/err"
		equal "status of set $setting, as $1" $? 1
		[ -s "$TMP/err" ] || fail "set $setting, as $1: no reason given"
	done
	equal "settings" "$(tcpshake "$HERE" get --json)" "$before"
}

# An open file does not carry the right along.
handed_over()
{
	in_ns "$HERE" "${NOBODY[@]}" cat <"${PROC[$HERE]}/stats" >/dev/null || fail "stats"
	in_ns "$HERE" "${BARE_ROOT[@]}" cat /proc/net/tcpshake/half_open >"$TMP/out" 2>&1 &&
		fail "bare root reads half_open: $(cat "$TMP/out")"
}

allowed_at_home()
{
	# shellcheck disable=SC2016 # for the other shell
	as OWN_NETNS bash -e -c '
		ip link set lo up
		[ ! -e /proc/net/tcpshake ]
		! "$0" stats 2>/dev/null
		"$0" set enabled on linger 1s
		"$0" get --json | grep -q "\"linger_ms\":.*1000"
		timeout 20 "$0" watch --json >"$1/watch" &
		until [ "$(cat /proc/$!/comm) $(cut -d " " -f 3 /proc/$!/stat)" = "timeout S" ] &&
			pgrep -r S -P $! tcpshake >/dev/null; do :; done
		! exec 3<>/dev/tcp/127.0.0.1/9
		until grep -q "\"refused\"" "$1/watch"; do :; done
		[ "$("$0" stats --json | jq -c "[.packets, .attempts, .attempts_refused]")" = "[2,1,1]" ]
		"$0" half-open --json
		"$0" completed --json
		"$0" malformed --json
		cat /proc/net/tcpshake/{half_open,completed,malformed} >"$1/files"
		[ "$(wc -l <"$1/files")" = 3 ]
		kill $!
	' "$CLI" "$OUTBOX" >"$TMP/out" 2>&1 || fail "$(cat "$TMP/out")"
	equal "what was seen from there" "$(grep -v refused "$TMP/out")" ""
}

# What he did at home has left no trace here.
undisturbed()
{
	assert_delta "$HERE"
}

TESTS=(
	"counters_for_all NOBODY"
	"counters_for_all BARE_ROOT"
	"counters_for_all OWN_ROOT"
	"connections_hidden NOBODY"
	"connections_hidden BARE_ROOT"
	"connections_hidden OWN_ROOT"
	"events_hidden NOBODY"
	"events_hidden BARE_ROOT"
	"events_hidden OWN_ROOT"
	"settings_kept NOBODY"
	"settings_kept BARE_ROOT"
	"settings_kept OWN_ROOT"
	handed_over
	allowed_at_home
	undisturbed
	identities
)

need_root_and jq nft setpriv unshare timeout pgrep
"${OWN_ROOT[@]}" true 2>/dev/null || skip_all "needs unprivileged user namespaces"
load_module
setup_ns HERE
# the reader where nobody can reach it, and a place for him to write to
chmod 711 "$TMP"
CLI=$TMP/tcpshake OUTBOX=$TMP/outbox
cp "$READER" "$CLI" && chmod 755 "$CLI"
mkdir "$OUTBOX" && chmod 777 "$OUTBOX"
deafen "$HERE" 7
observe "$HERE"
tcpshake "$HERE" set syn-timeout 10m max-age 10m	# it is to be pending to the end
"$INJECT" --netns "$HERE" 127.0.0.1:1 127.0.0.1:7 S
connect "$HERE" 127.0.0.1 9
assert_stat "$HERE" pending 1
assert_stat "$HERE" attempts_refused 1
snapshot "$HERE"
run_tests
