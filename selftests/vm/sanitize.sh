#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Scenarios on kernels that look at all we do, made by uml.sh: sanitize (KASAN, lockdep,
# kmemleak, UBSAN and more; it can let allocations fail) and race (KCSAN).
# sanitize.sh [FLAVOUR ...] (default: both). ONLY=REGEX: these scenarios (default: those
# that need such a kernel, and a few that have much happen at once); emulated and
# instrumented as it is, it takes ten times as long as others. KTAP, then a table; the
# last line is the total.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"

declare -A DEFAULT=(
	[sanitize]='^(faults|storm|netlink_fuzz|caps|proc|unload|handshake)\.sh$'
	[race]='^(storm|netlink_fuzz|unload|handshake)\.sh$'
)

PASSED=0 FAILED=0 SKIPPED=0
TABLE=''

work_in_private

# run FLAVOUR: its counts go into the table.
run()
{
	local dir version module start passed=0 failed=1 skipped=0

	start=$(now_ms)
	dir=$("$VM_DIR/uml.sh" build "$1") || exit 1
	version=$(cat "$dir/version")
	module=$(build_module "$version" "$dir/build") || die "the module does not build for it"
	rm -f "$WORK/counts"
	"$VM_DIR/run.sh" --kernel "$version" --root "$dir/root" --module "$module" --memory 2G \
		--timeout 7200 --test-timeout 3600 --only "${ONLY:-${DEFAULT[$1]}}" \
		--counts "$WORK/counts" check
	[ ! -s "$WORK/counts" ] || read -r passed failed skipped <"$WORK/counts"
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + skipped))
	TABLE+=$(printf '%-10s %-22s %7s %6s %7s %8s' "$1" "$version" "$passed" "$failed" \
		"$skipped" "$(seconds_since "$start")")$'\n'
}

main()
{
	local flavour

	[ $# -gt 0 ] || set -- sanitize race
	for flavour; do
		[ -n "${DEFAULT[$flavour]:-}" ] ||
			die "there is no flavour $flavour; there are: ${!DEFAULT[*]}"
	done
	for flavour; do
		run "$flavour"
	done
	say ""
	say "$(printf '%-10s %-22s %7s %6s %7s %8s' FLAVOUR KERNEL passed failed skipped s)"
	printf '%s' "$TABLE"
	total "$PASSED" "$FAILED" "$SKIPPED"
}

main "$@"
