# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of the reader stand on: a reader, built with sanitizers where
# there is a compiler, recorded messages (see nlrecord.c) for it to read, and
# assertions about what it prints. To be sourced after lib.sh, not run.

USERSPACE=$SELFTESTS/../userspace
export TZ=UTC
unset NO_COLOR POSIXLY_CORRECT

can_build()
{
	type -P make >/dev/null && type -P cc >/dev/null && type -P pkg-config >/dev/null &&
		[ -e "$USERSPACE/Makefile" ] && pkg-config --exists libmnl jansson libpcap
}

build()
{
	local sanitize="-fsanitize=address,undefined -fno-sanitize-recover=undefined"

	echo 'int main(void) { return 0; }' >"$TMP/try.c"
	# shellcheck disable=SC2086 # several words
	cc $sanitize -o "$TMP/try" "$TMP/try.c" 2>/dev/null && "$TMP/try" || sanitize=
	make -s -C "$USERSPACE" O="$TMP/build" CFLAGS="-O1 -g $sanitize" >&2 ||
		bail "the reader does not build"
	cc -O1 -I"$SELFTESTS/../module/uapi" -o "$TMP/nlrecord" "$SELFTESTS/nlrecord.c" \
		-lmnl >&2 || bail "nlrecord does not build"
	READER=$TMP/build/tcpshake NLRECORD=$TMP/nlrecord
}

find_programs()
{
	if [ -z "${TCPSHAKE_READER:-}" ] && can_build; then
		build
		return
	fi
	READER=${TCPSHAKE_READER:-$USERSPACE/tcpshake} NLRECORD=$SELFTESTS/nlrecord
	[ -x "$READER" ] || skip_all "needs the reader, or make, cc, libmnl, jansson and libpcap"
	[ -x "$NLRECORD" ] || skip_all "needs nlrecord; run make -C selftests helpers"
}

# run STATUS ARGUMENT...: stdout into OUT, stderr into ERR.
run()
{
	local want=$1 status

	shift
	OUT=$("$READER" "$@" 2>"$TMP/err")
	status=$?
	ERR=$(<"$TMP/err")
	equal "status of: $*" "$status" "$want"
	[[ $ERR != *Sanitizer* && $ERR != *"runtime error"* ]] || fail "$*: $ERR"
}

# record KIND [SEED]: the file is RECORD.
record()
{
	RECORD=$TMP/record
	"$NLRECORD" "$@" >"$RECORD" || fail "nlrecord $*"
}

# replay STATUS KIND VERB...: the verb reads that recording.
replay()
{
	record "$2"
	run "$1" "${@:3}" --from-file "$RECORD"
}

# has PATTERN: a line of OUT matches all of it, runs of blanks being one.
has()
{
	tr -s ' ' <<<"$OUT" | grep -Eqx -- "$1" || fail "no line '$1' in: $OUT"
}

lines_of_out()
{
	equal "number of lines" "$(wc -l <<<"$OUT")" "$1"
}
