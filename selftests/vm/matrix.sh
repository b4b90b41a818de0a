#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernels we support: each is fetched from the suite of Debian it belongs to, the
# module built against it there, booted, loaded, put through every scenario, unloaded,
# its log looked at. matrix.sh [SUITE[:FLAVOUR] ...]; ONLY=REGEX: only these scenarios.
# Ends with a table, and the total.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"
# shellcheck source=selftests/vm/roots.sh
. "$VM_DIR/roots.sh"

KERNELS="bullseye:amd64 bookworm:amd64 trixie:amd64 trixie:rt-amd64 sid:amd64"

work_in_private
PASSED=0 FAILED=0 SKIPPED=0

# row SUITE FLAVOUR VERSION PASSED FAILED SKIPPED SECONDS WHAT
row()
{
	printf '%-10s %-9s %-28s %6s %6s %7s %8s  %s\n' "$@"
}

# prepare SUITE FLAVOUR: sets VERSION, IMAGE and MODULE. What goes wrong is in WHAT.
prepare()
{
	VERSION=- WHAT="no root of $1"
	root_of "$1" >/dev/null || return 1
	WHAT="no headers of $2"
	VERSION=$(kernel_in "$1" "$2") || { VERSION=-; return 1; }
	WHAT="no image"
	IMAGE=$(image_in "$1" "$VERSION") || return 1
	WHAT="the module does not build"
	MODULE=$(module_in "$1" "$VERSION") || return 1
}

# kernel SUITE FLAVOUR: one row, and what it took to get there.
kernel()
{
	local start counts='0 1 0' VERSION IMAGE MODULE WHAT
	local -a n

	start=$(now_ms)
	say "# ==== $1 $2"
	if prepare "$1" "$2"; then
		WHAT="the machine does not come up"
		if "$VM_DIR/run.sh" --kernel "$VERSION" --root "$IMAGE" --module "$MODULE" \
			--only "${ONLY:-}" --counts "$WORK/counts" check; then
			WHAT="clean"
		elif [ -s "$WORK/counts" ]; then
			WHAT="failed"
		fi
	else
		say "not ok 1 $1 $2: $WHAT"
	fi
	[ ! -s "$WORK/counts" ] || counts=$(cat "$WORK/counts")
	rm -f "$WORK/counts"
	read -r -a n <<<"$counts"
	PASSED=$((PASSED + n[0])) FAILED=$((FAILED + n[1])) SKIPPED=$((SKIPPED + n[2]))
	row "$1" "$2" "$VERSION" "${n[@]}" "$(seconds_since "$start")" "$WHAT" >>"$WORK/table"
}

main()
{
	local one

	[ "$(id -u)" = 0 ] || die "the roots of other suites need root to be made"
	# shellcheck disable=SC2086 # a list
	[ $# -gt 0 ] || set -- $KERNELS
	for one; do
		kernel "${one%%:*}" "$([ "$one" = "${one#*:}" ] && echo amd64 || echo "${one#*:}")"
	done
	say "#"
	{
		row Debian flavour kernel passed failed skipped s result
		cat "$WORK/table"
	} | sed 's/^/# /'
	total "$PASSED" "$FAILED" "$SKIPPED"
}

main "$@"
