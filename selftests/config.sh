#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Settings at run time: what is set is what is got, several together take effect
# together or not at all, and a refusal says why.
#
#   ┌ HERE, observed ┐
#   │ loopback       │
#   └────────────────┘

. "$(dirname "$0")/lib.sh"

set_here()
{
	tcpshake "$HERE" set "$@" >"$TMP/out" 2>"$TMP/err"
}

# settings: in the order enabled, SYN, SYN-ACK, age, linger, grace; then those of floods:
# floor, pending, hold, learning.
settings()
{
	tcpshake "$HERE" get --json |
		sed -e 's/ //g' -e 's/"[a-z_]*"://g' -e 's/{/[/' -e 's/}/]/'
}

round_trip()
{
	set_here syn-timeout 1234ms synack-timeout 2s max-age 3m linger 0ms grace 7s || fail "$(<"$TMP/err")"
	equal "all" "$(settings)" "[true,1234,2000,180000,0,7000,20,512,10000,60000]"
	set_here synack_timeout 5s || fail "$(<"$TMP/err")"
	equal "one, the rest stays" "$(settings)" "[true,1234,5000,180000,0,7000,20,512,10000,60000]"
	set_here max_age 100ms linger 60s || fail "$(<"$TMP/err")"
	equal "two" "$(settings)" "[true,1234,5000,100,60000,7000,20,512,10000,60000]"
}

extremes()
{
	set_here syn-timeout 100ms synack-timeout 100ms max-age 100ms linger 0ms \
		grace 0ms flood-floor 4 flood-pending 16 flood-hold 1s flood-learning 0ms ||
		fail "$(<"$TMP/err")"
	equal "smallest" "$(settings)" "[true,100,100,100,0,0,4,16,1000,0]"
	set_here syn-timeout 10m synack-timeout 600s max-age 600000ms linger 1m grace 60s \
		flood-floor 1000000 flood-pending 4194304 flood-hold 10m flood-learning 60m ||
		fail "$(<"$TMP/err")"
	equal "greatest" "$(settings)" "[true,600000,600000,600000,60000,60000,1000000,4194304,600000,3600000]"
}

# One that is wrong spoils all of them, wherever it stands. The reader knows the
# ranges; what the kernel itself does about them is in netlink.sh.
out_of_range()
{
	local before

	before=$(settings)
	set_here "$@"
	equal "status of set $*" $? 2
	grep -q "out of range" "$TMP/err" || fail "set $*: not told why: $(<"$TMP/err")"
	equal "settings" "$(settings)" "$before"
}

# What is no setting at all does not get as far as the kernel.
misused()
{
	local before

	before=$(settings)
	set_here "$@"
	equal "status of set $*" $? 2
	[ -s "$TMP/err" ] || fail "set $*: not a word"
	equal "settings" "$(settings)" "$before"
}

# While observation is off there is nothing to set; with it, in one go, there is.
together_with_enabled()
{
	set_here enabled off || fail "$(<"$TMP/err")"
	set_here linger 1s
	equal "status of set linger while off" $? 1
	grep -q "observation is on" "$TMP/err" || fail "not told why: $(<"$TMP/err")"
	set_here enabled on syn-timeout 99ms
	equal "status of set enabled with a bad timeout" $? 2
	matches "enabled" "$(tcpshake "$HERE" get --json)" '*"enabled":*false*'
	[ ! -e "${PROC[$HERE]}" ] || fail "half of it took effect"
	set_here enabled on linger 1s || fail "$(<"$TMP/err")"
	equal "settings, others as when the module was loaded" "$(settings)" \
		"[true,75000,75000,140000,1000,3000,20,512,10000,60000]"
	set_here enabled off linger 2s
	equal "status of set enabled off with a timeout" $? 1
	equal "settings" "$(settings)" "[true,75000,75000,140000,1000,3000,20,512,10000,60000]"
	snapshot "$HERE"
}

# Settings hold for attempts that are pending already. Time itself is under test.
for_pending()
{
	set_here syn-timeout 10m synack-timeout 10m max-age 10m || fail "$(<"$TMP/err")"
	inject --netns "$HERE" 127.0.0.1:1 127.0.0.1:7 S --seq 1 || fail "not sent"
	assert_delta "$HERE" packets=1 packets_new_attempt=1 attempts=1 pending=1 \
		pending_half_open_syn=1
	set_here max-age 200ms || fail "$(<"$TMP/err")"
	assert_delta "$HERE" attempts_unanswered=1 pending=-1 pending_half_open_syn=-1
}

text()
{
	local text word

	set_here syn-timeout 1500ms || fail "$(<"$TMP/err")"
	text=$(tcpshake "$HERE" get) || fail "get fails"
	for word in enabled syn synack max linger grace 1500; do
		grep -q "$word" <<<"$text" || fail "no $word in: $text"
	done
}

TESTS=(
	round_trip
	extremes
	"out_of_range syn-timeout 99ms"
	"out_of_range synack-timeout 99ms"
	"out_of_range max-age 601s"
	"out_of_range linger 61s"
	"out_of_range grace 61s"
	"out_of_range flood-hold 999ms"
	"out_of_range flood-learning 61m"
	"misused flood-floor 3"
	"misused flood-pending 4194305"
	"misused flood-floor 5s"
	"out_of_range syn-timeout 5s linger 61s"
	"out_of_range linger 61s syn-timeout 5s"
	"out_of_range max-age 5s synack-timeout 0s linger 1s"
	"misused syn-timeout 5"
	"misused syn-timeout -5s"
	"misused syn-timeout"
	"misused syn-timeout 5s linger"
	"misused speed 5s"
	"misused enabled maybe"
	"misused"
	together_with_enabled
	for_pending
	text
	identities
)

need_root_and nft
load_module
setup_ns HERE
deafen "$HERE" 7
observe "$HERE"
run_tests
