#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Requests that are nearly right, by the thousand, by who may ask and by who may not,
# while there is traffic. Each gets an answer that holds together, a refusal changes
# nothing, nobody sees what is not his, and the books are right afterwards.
# NLFUZZ_MESSAGES: how many (20000).
#
#   ┌──────────────────┐      ┌─────────────────────────────┐
#   │ CLIENT           ├──────┤ SERVER, observed            │
#   │ clients, a flood │      │ port 80 accepts; nlfuzz, as │
#   └──────────────────┘      │ root and as nobody          │
#                             └─────────────────────────────┘

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib/flood.sh"

MESSAGES=${NLFUZZ_MESSAGES:-20000}
NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# fuzz NAME MESSAGES OPTION PREFIX...: with a number for luck, which is told.
fuzz()
{
	local name=$1 messages=$2 option=$3 seed=${EPOCHREALTIME/./}

	shift 3
	"$@" "$NLFUZZ" "$messages" "$seed" ${option:+"$option"} >"$TMP/fuzz" 2>&1 ||
		fail "$name, seed $seed: $(cat "$TMP/fuzz")"
	echo "# $name: $messages messages; $(tr '\n' ' ' <"$TMP/fuzz")"
}

# Both what is right and what is wrong must be among them, or it says little.
as_root()
{
	local answer

	fuzz root "$MESSAGES" "" in_ns "$SERVER"
	for answer in ok EINVAL ERANGE EOPNOTSUPP; do
		grep -q "^$answer " "$TMP/fuzz" || fail "there was no $answer"
	done
	! grep -q '^EPERM ' "$TMP/fuzz" || fail "root was refused"
}

as_nobody()
{
	fuzz nobody $((MESSAGES / 4)) --nobody in_ns "$SERVER" "${NOBODY[@]}"
	grep -q '^EPERM ' "$TMP/fuzz" || fail "nobody was never refused"
}

# In a namespace of his own all of it is his, and what it costs is bounded by the module.
as_owner()
{
	fuzz owner $((MESSAGES / 4)) "" "${NOBODY[@]}" unshare --user --map-root-user --net
	grep -q '^ok ' "$TMP/fuzz" || fail "nothing was granted"
}

# No attempt is left of which the server would repeat a SYN-ACK.
has_forgotten()
{
	[ -z "$(in_ns "$SERVER" ss -Hnt state syn-recv)" ]
}

# What was set last is one of what may be set; and it all works.
afterwards()
{
	finish_spawned "$CLIENTS" "$FLOOD"
	expected has_forgotten || fail "the flood does not end"
	tcpshake "$SERVER" set enabled off
	tcpshake "$SERVER" set enabled on grace 0ms syn-timeout 75s synack-timeout 75s \
		max-age 140s linger 3s || fail "it cannot be set right again"
	snapshot "$SERVER"
	new_tuple
	c2s S --seq 1000	# answered by the server, reset by the client's kernel
	assert_delta "$SERVER" packets=3 packets_new_attempt=1 packets_synack=1 packets_reset=1 \
		attempts=1 attempts_client_reset=1
	assert_clean_log
}

TESTS=(as_root as_nobody as_owner afterwards identities)

need_root_and setpriv unshare nft ss
NLFUZZ=$SELFTESTS/nlfuzz
[ -x "$NLFUZZ" ] || skip_all "needs nlfuzz; run make -C selftests helpers"
load_module
setup_flood
spawn "$SERVER" "$TRAFFIC" server "$S" 80
observe "$SERVER"
spawn "$CLIENT" "$TRAFFIC" clients "$S" 80 --rate 20 --seconds 100000 >/dev/null
CLIENTS=$SPAWNED
spawn "$CLIENT" "$TRAFFIC" flood "$S" 80 --from 10.0.0.0/8 --rate 50 --seconds 100000 >/dev/null
FLOOD=$SPAWNED
mark_log
run_tests
