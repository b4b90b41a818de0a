#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The reader without the module: what it says to what is typed, and whether
# manual and completion know all it knows. Needs no root.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"

VERBS=(stats half-open completed malformed watch get set version)

# shellcheck disable=SC2034 # read by run_tests
TESTS=(help_texts usage_errors accepted_usage names_are_told options_anywhere
	module_missing version_always documentation_is_complete)

# usage WORD ARGUMENT...: refused with status 2, and a line that has WORD.
usage()
{
	run 2 "${@:2}"
	equal "stdout of: ${*:2}" "$OUT" ""
	matches "message of: ${*:2}" "$ERR" "tcpshake: *$1*"
	equal "lines of message of: ${*:2}" "$(wc -l <<<"$ERR")" 1
}

help_texts()
{
	local verb by_word

	run 0 --help
	for verb in "${VERBS[@]}"; do
		matches "list of verbs" "$OUT" "*  $verb *"
	done
	for verb in "${VERBS[@]}"; do
		run 0 help "$verb"
		by_word=$OUT
		run 0 "$verb" --help
		equal "help $verb" "$by_word" "$OUT"
		matches "$verb --help" "$OUT" "usage: tcpshake $verb*examples:*tcpshake $verb*"
	done
	run 2
	matches "no verb" "$ERR" "*usage:*"
}

usage_errors()
{
	usage "accepted: stats, " nonsense
	usage "accepted: stats, " help nonsense
	usage "accepted: --json" stats --bogus
	usage "accepted: --json" stats --json=3
	usage "accepted: --json" -x stats
	usage "needs a value" watch --outcome
	usage "takes: --json" stats -4
	usage "takes: --json" get --from-file /dev/null
	usage "takes: --json" half-open --outcome refused
	usage "exclude each other" watch -4 -6
	usage "'word'" stats word
	usage "'word'" watch word
	usage "accepted: client PREFIX" half-open host 1.2.3.4
	usage "accepted: client PREFIX" completed state half_open_syn
	usage "accepted: client PREFIX" completed min-age 5s
	usage "needs a value" half-open client
	usage "given twice" half-open cport 1 cport 2
	usage "0 to 65535" half-open sport 65536
	usage "0 to 65535" half-open sport https
	usage "0 to 65535" half-open sport -- -1
	usage "0 to 65535" half-open sport ' 1'
	usage "10.0.0.0/8" half-open client 10.0.0.0/33
	usage "10.0.0.0/8" half-open client 10.0.0/8
	usage "10.0.0.0/8" half-open client 10.0.0.1/
	usage "10.0.0.0/8" half-open client 2001:db8::/129
	usage "mixes IPv4 and IPv6" half-open client 10.0.0.1 server ::1
	usage "mixes IPv4 and IPv6" half-open -6 client 10.0.0.1
	usage "unit ms, s or m" half-open min-age 5
	usage "unit ms, s or m" half-open min-age 1.5s
	usage "unit ms, s or m" half-open min-age 5h
	usage "unit ms, s or m" half-open min-age 99999999999s
	usage "unit ms, s or m" half-open min-age ''
	usage "--from-file" half-open cport 1 --from-file /dev/null
	usage "accepted: enabled" set
	usage "accepted: enabled" set nonsense 5s
	usage "accepted: enabled" set linger
	usage "accepted: on, off" set enabled maybe
	usage "unit ms, s or m" set linger 5
	usage "100ms to 600s" set syn-timeout 99ms
	usage "100ms to 600s" set synack_timeout 11m
	usage "0ms to 60s" set linger 60001ms
	usage "0ms to 60s" set grace 61s
	usage "given twice" set max-age 5s max_age 6s
}

# Refused by nothing but the missing module, or there would be another message.
accepted_usage()
{
	local args

	[ ! -e /sys/module/tcpshake ] || { skip_test "the module is loaded"; return; }
	for args in "half-open client 10.0.0.1 server 10.0.0.0/8 cport 0 sport 65535" \
		"half-open state half-open-syn min-age 75s -4" \
		"half-open min_age 2m state half_open_synack -n --json" \
		"completed client ::/0 server 2001:db8::1 -6" \
		"set enabled on syn-timeout 100ms synack_timeout 10m max-age 600s linger 0s grace 60s" \
		"watch --outcome refused --outcome client-reset --anomaly flags_xmas" \
		"watch --outcome unreachable --anomaly icmp-bad-quote --anomaly ws_gt14"; do
		# shellcheck disable=SC2086 # words
		run 1 $args
		matches "$args" "$ERR" "*module is not loaded*"
	done
}

names_are_told()
{
	usage "accepted: completed refused client_reset *unreachable" watch --outcome nonsense
	usage "accepted: hdr_trunc *icmp_bad_quote" watch --anomaly nonsense
	usage "accepted: half_open_syn half_open_synack" half-open state nonsense
	[[ $ERR != *unknown\ *unknown* ]] || fail "a name is missing: $ERR"
}

options_anywhere()
{
	local expected

	replay 0 completed completed --json
	expected=$OUT
	run 0 --json --from-file "$RECORD" completed
	equal "options first" "$OUT" "$expected"
	OUT=$(POSIXLY_CORRECT=1 "$READER" completed --json --from-file "$RECORD")
	equal "POSIXLY_CORRECT" "$OUT" "$expected"
}

module_missing()
{
	local args

	[ ! -e /sys/module/tcpshake ] || { skip_test "the module is loaded"; return; }
	for args in stats half-open completed malformed watch get "set enabled on" \
		"stats --json" "half-open --json"; do
		# shellcheck disable=SC2086 # words
		run 1 $args
		equal "stdout of $args" "$OUT" ""
		equal "message of $args" "$ERR" "tcpshake: the kernel module is not loaded;$(
			) load it with: modprobe tcpshake (or insmod tcpshake.ko)"
	done
}

version_always()
{
	run 0 version
	has 'tcpshake [0-9]+\.[0-9]+\.[0-9]+, ABI 1'
	has 'module: .*'
	run 0 version --json
	matches "version" "$OUT" '{"version":"*","abi":1,"module":"*'
}

# Every name the reader accepts is in the manual and in the completion. Whether it is
# told there as it should be, see manual_test.sh.
documentation_is_complete()
{
	local names name

	[ -e "$USERSPACE/tcpshake.8" ] || { skip_test "no sources here"; return; }
	"$READER" watch --outcome '' 2>"$TMP/names"
	"$READER" watch --anomaly '' 2>>"$TMP/names"
	"$READER" half-open state '' 2>>"$TMP/names"
	names=$(sed 's/.*accepted://' "$TMP/names")
	[ "$(wc -w <<<"$names")" -gt 100 ] || fail "only these names: $names"
	for name in $names; do
		grep -qw -- "$name" "$USERSPACE/tcpshake.7" || fail "$name is not in tcpshake.7"
	done
	for name in "${VERBS[@]}"; do
		grep -qw -- "$name" "$USERSPACE/tcpshake.8" || fail "$name is not in tcpshake.8"
	done
	for name in $names "${VERBS[@]}"; do
		grep -qw -- "$name" "$USERSPACE/tcpshake.bash" ||
			fail "$name is not in tcpshake.bash"
	done
}

find_programs
run_tests
