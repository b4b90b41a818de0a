#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake capture", as far as it can be tested without capturing: usage, messages,
# and over a corpus that its filter changes nothing. Needs neither root nor the
# module. TCPSHAKE_CORPUS=DIR: where the corpus is.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=lib/cli.sh
. "$SELFTESTS/lib/cli.sh"
# shellcheck source=lib/replay.sh
. "$SELFTESTS/lib/replay.sh"

# shellcheck disable=SC2034 # read by run_tests
TESTS=(help usage no_permission no_interface corpus)

CORPUS=${TCPSHAKE_CORPUS:-$SELFTESTS/../../shared/corpus}

help()
{
	run 0 capture --help
	matches "help" "$OUT" "usage: tcpshake capture -i INTERFACE *examples:*"
	equal "stderr" "$ERR" ""
	run 0 --help
	has ' capture a live interface .*'
}

# refused PATTERN ARGUMENT...: a usage error, with this message.
refused()
{
	run 2 capture "${@:2}"
	matches "${*:2}" "$ERR" "tcpshake: $1"
	equal "stdout of ${*:2}" "$OUT" ""
}

usage()
{
	refused "capture: which interface*-i INTERFACE*"
	refused "capture: which interface*" sport 80
	refused "capture: unknown filter 'eth0'*" -i lo eth0 eth1
	refused "capture: 'sport' needs a value*" -i lo sport
	refused "sport: '70000' is not a port*" -i lo sport 70000
	refused "the filter mixes IPv4 and IPv6*" -i lo -4 client 2001:db8::/32
	refused "unknown outcome 'fine'*" -i lo --outcome fine
	refused "capture: --summary tells of all packets*" -i lo --summary sport 80
	refused "capture: --summary tells of all packets*" -i lo --summary --outcome refused
	refused "--count: '0' is not accepted*" -i lo --count 0
	refused "--duration: '5' is not a duration*" -i lo --duration 5
	refused "--duration: a capture of no length*" -i lo --duration 0s
	refused "--max-flows: '1' is not accepted*" -i lo --max-flows 1
	refused "option '-i' needs a value*" -i
	refused "capture does not take --anomaly NAME*" -i lo --anomaly flags_null
	run 2 replay -i lo file
	matches "replay" "$ERR" "tcpshake: replay does not take -i INTERFACE*"
}

# Whoever has privileges gives them up.
no_permission()
{
	local -a prefix=()

	if [ "$(id -u)" = 0 ]; then
		type -P setpriv >/dev/null || { skip_test "needs setpriv"; return; }
		prefix=(setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all)
	fi
	cp "$READER" "$TMP/reader" && chmod 755 "$TMP" "$TMP/reader"
	ERR=$("${prefix[@]}" "$TMP/reader" capture -i lo --count 1 2>&1)
	equal "status" "$?" 1
	matches "message" "$ERR" "tcpshake: lo: no permission to capture; needed is CAP_NET_RAW *"
}

no_interface()
{
	run 1 capture -i nothing0
	[[ $ERR != *"no permission"* ]] || { skip_test "needs CAP_NET_RAW"; return; }
	matches "message" "$ERR" "tcpshake: there is no interface 'nothing0'; there are: *lo, *any"
}

# What does change. Of this connection the capture holds only the client's side of the
# handshake, without its bare ACK; its first segment with data has 1126 octets, by
# which alone one can tell that there was an answer.
KNOWN=('ndpi__ndpi_match_string_subprotocol__error.pcapng: *"flags":\["client_only"\]*"flags":\[\]*')

# known LINE
known()
{
	local pattern

	for pattern in "${KNOWN[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# attempts FILE: as replay tells them; how long an attempt was pending depends on
# when the last packet came, whatever it was.
attempts()
{
	"$READER" replay --json "$1" 2>/dev/null |
		sed '/"outcome":"half_open/s/"total_us":[0-9]*/"total_us":0/'
}

corpus()
{
	local file status difference count captures=0 passed=0 packets=0

	[ -d "$CORPUS/pcaps" ] || { skip_test "no corpus at $CORPUS"; return; }
	for file in "$CORPUS"/pcaps/*; do
		status=0
		count=$("$PCAPFILTER" "$file" "$TMP/filtered" 2>/dev/null) || status=$?
		[ "$status" != 4 ] || continue
		equal "status of pcapfilter: $file" "$status" 0
		captures=$((captures + 1)) passed=$((passed + ${count% *}))
		packets=$((packets + ${count#* }))
		attempts "$file" >"$TMP/all"
		attempts "$TMP/filtered" >"$TMP/less"
		cmp -s "$TMP/all" "$TMP/less" && continue
		difference="${file##*/}: $(diff "$TMP/all" "$TMP/less" | head -n 8)"
		known "$difference" || fail "$difference"
	done
	printf '# %s captures; of %s packets %s pass\n' "$captures" "$packets" "$passed"
	[ "$captures" -ge 200 ] || fail "only $captures captures"
}

find_programs
find_pcapfilter
run_tests
