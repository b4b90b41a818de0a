# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of "tcpshake replay" stand on: captures made by mkpcap, in which,
# whatever its layers, the handshake is the same. To be sourced after cli.sh.

# Where captures come from; see mkpcap.c.
find_mkpcap()
{
	MKPCAP=$SELFTESTS/mkpcap
	if type -P cc >/dev/null; then
		MKPCAP=$TMP/mkpcap
		cc -std=gnu11 -O1 -o "$MKPCAP" "$SELFTESTS/mkpcap.c" >&2 ||
			bail "mkpcap does not build"
	fi
	[ -x "$MKPCAP" ] || skip_all "needs mkpcap; run make -C selftests helpers"
}

# make_capture NAME ARGUMENT...: what mkpcap makes, in $TMP/NAME.
make_capture()
{
	"$MKPCAP" "${@:2}" >"$TMP/$1" || fail "mkpcap ${*:2}"
}

# An attempt as JSON, as far as it is the same whatever is around it.
completed_json()
{
	local net=10.0.0. mss=536

	[ "$1" = 4 ] || net=2001:db8:: mss=1220
	printf '%s' "{\"time\":1000.0,\"client\":\"${net}1\",\"client_port\":40000," \
		"\"server\":\"${net}2\",\"server_port\":80,\"outcome\":\"completed\"," \
		"\"total_us\":30000,\"server_rtt_us\":10000,\"client_rtt_us\":20000," \
		"\"isn\":1000,\"server_isn\":2000,\"syn_count\":1,\"synack_count\":1," \
		"\"flags\":[\"data\"],\"unreachable\":null,\"negotiated\":{" \
		"\"mss_to_server\":$mss,\"mss_to_client\":$mss,\"window_scale\":false," \
		"\"client_window_scale\":null,\"server_window_scale\":null,\"sack\":false," \
		"\"timestamps\":false,\"ecn\":\"none\",\"fast_open\":\"none\"," \
		"\"mptcp\":\"none\",\"md5\":\"none\",\"ao\":\"none\",\"smc_r\":false," \
		"\"eno\":false,\"client_window\":8192,\"client_ttl\":64," \
		"\"server_window\":8192,\"server_ttl\":64,\"offered\":[],\"answered\":[]}}"
}

# What takes out of a capture what the kernel would of a live one; see pcapfilter.c.
find_pcapfilter()
{
	PCAPFILTER=$SELFTESTS/pcapfilter
	if can_build; then
		PCAPFILTER=$TMP/pcapfilter
		cc -std=gnu11 -O1 -I"$USERSPACE" -I"$USERSPACE/replay" -I"$SELFTESTS/../module" \
			-I"$SELFTESTS/../module/uapi" -o "$PCAPFILTER" \
			"$SELFTESTS/pcapfilter.c" -lpcap >&2 || bail "pcapfilter does not build"
	fi
	[ -x "$PCAPFILTER" ] || skip_all "needs pcapfilter; run make -C selftests helpers"
}

# completes FAMILY ARGUMENT-OF-MKPCAP...: the reader finds the handshake.
completes()
{
	make_capture layers "${@:2}"
	run 0 replay --json "$TMP/layers"
	equal "${*:2}" "$OUT" "$(completed_json "$1")"
	equal "said of ${*:2}" "$ERR" ""
	[ -z "${PCAPFILTER:-}" ] || passes_whole "${*:2}"
}

# passes_whole TEXT: nothing of the capture that OUT tells of is kept back by the
# filter of a live one, where there is a filter.
passes_whole()
{
	local status=0 unfiltered=$OUT

	"$PCAPFILTER" "$TMP/layers" "$TMP/filtered" >/dev/null 2>&1 || status=$?
	[ "$status" != 4 ] || return 0
	equal "status of pcapfilter: $1" "$status" 0
	run 0 replay --json "$TMP/filtered"
	equal "filtered $1" "$OUT" "$unfiltered"
}

# no_attempt ARGUMENT-OF-MKPCAP... [-- OPTION-OF-REPLAY...]
no_attempt()
{
	local -a arguments=()

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		arguments+=("$1")
		shift
	done
	make_capture layers "${arguments[@]}"
	run 0 replay --json "$TMP/layers" "${@:2}"
	equal "${arguments[*]}" "$OUT" ""
}

# summary KEY...: their values in the summary that is in OUT, in JSON.
summary()
{
	local key

	for key; do
		[[ $OUT =~ \"$key\":([0-9]+) ]] || fail "no $key in: $OUT"
		printf '%s ' "${BASH_REMATCH[1]}"
	done
}

# each FAMILY LINE...: of each line, the words are layers.
each()
{
	local line

	while read -r line; do
		# shellcheck disable=SC2086 # a list
		[ -z "$line" ] || completes "$1" $line
	done
}
