#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The flood detector in simulated time: a few seeds of each row of "make sim". Needs
# neither root, the module nor a kernel.

DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT

if ! make -s -C "$DIR/sim" O="$TMP" TCPSHAKE_DIR="${TCPSHAKE_DIR:-$DIR/..}" >"$TMP/log" 2>&1; then
	printf 'TAP version 13\n1..1\n'
	sed 's/^/# /' "$TMP/log"
	echo "not ok 1 the simulator does not build"
	exit 1
fi
"$TMP/sim" --quick | awk '
	BEGIN { print "TAP version 13" }
	/^ok / { print "ok " ++n " " substr($0, 6, 58); next }
	/^FAIL / { print "# " $0; print "not ok " ++n " " substr($0, 6, 58); failed++; next }
	{ print "# " $0 }
	END { print "1.." n; exit failed || !n }'
