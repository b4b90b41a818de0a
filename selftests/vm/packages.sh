#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The packages, where they belong: built in a fresh system of each suite of Debian, with
# nothing for lintian to say, installed in another, built by dkms for every kernel whose
# headers are there, upgraded, purged without a trace; and the same of "make install".
# packages.sh [SUITE ...]. Needs root. KTAP; the last line is the total.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"
# shellcheck source=selftests/vm/roots.sh
. "$VM_DIR/roots.sh"

SUITES="bookworm trixie"

work_in_private

# stage SUITE STAGE: the part of packages_guest.sh that has this name, in a fresh system.
stage()
{
	local rc=0

	in_copy "$1" "$WORK/$1" bash /mnt/src/selftests/vm/packages_guest.sh "$2" \
		>"$WORK/out" 2>"$WORK/err" || rc=$?
	sed "s/^\(not ok\|ok\) -/\1 - $1:/" "$WORK/out"
	if [ "$rc" -ne 0 ]; then
		tail -n 40 "$WORK/err" | sed 's/^/# /'
		grep -q '^not ok' "$WORK/out" || say "not ok - $1: $2 (status $rc)"
	fi
	return "$rc"
}

suite()
{
	mkdir -p "$WORK/$1"
	if ! root_of "$1" >/dev/null || ! kernel_in "$1" amd64 >/dev/null; then
		say "not ok - $1: no root, or no headers in it"
		return
	fi
	copy_sources "$WORK/$1/src" && cp -a "$TOP/debian" "$WORK/$1/src"
	stage "$1" build && stage "$1" life
	[ "$1" != "${SUITES%% *}" ] || stage "$1" install
}

main()
{
	local one passed

	[ "$(id -u)" = 0 ] || die "the roots of other suites need root to be made"
	# shellcheck disable=SC2086 # a list
	[ $# -gt 0 ] || set -- $SUITES
	for one; do
		suite "$one"
	done | tee "$WORK/results"
	passed=$(grep -c '^ok' "$WORK/results")
	total "$passed" "$(grep -c '^not ok' "$WORK/results")" 0 && [ "$passed" -gt 0 ]
}

main "$@"
