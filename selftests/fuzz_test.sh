#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The seeds of every fuzz target, once, with the sanitizers: what was a crash, or
# a corner found with effort, is not forgotten. "make fuzz" looks for more.

DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CLANG=${CLANG:-clang}

skip()
{
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit 4
}

OUT=$(mktemp -d) || exit 1
trap 'rm -rf "$OUT"' EXIT

printf 'int LLVMFuzzerTestOneInput(void) { return 0; }\n' >"$OUT/probe.c"
"$CLANG" -fsanitize=fuzzer "$OUT/probe.c" -o "$OUT/probe" 2>/dev/null ||
	skip "no clang with libFuzzer here"

if ! make -s -C "$DIR/fuzz" TOP="${TCPSHAKE_DIR:-$DIR/..}" OUTPUT="$OUT" \
	CLANG="$CLANG" all >"$OUT/log" 2>&1; then
	echo "TAP version 13"
	echo "1..1"
	sed 's/^/# /' "$OUT/log"
	echo "not ok 1 the targets build"
	exit 1
fi
make -s -C "$DIR/fuzz" TOP="${TCPSHAKE_DIR:-$DIR/..}" OUTPUT="$OUT" CLANG="$CLANG" replay
