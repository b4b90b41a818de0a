#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Scenarios on a kernel that looks at all we do, and that can let allocations fail: made
# by uml.sh, of uml-sanitize.config. ONLY=REGEX: these scenarios (default: faults, the
# one that needs such a kernel). KTAP; the last line is the total. Emulated and
# instrumented as it is, it takes ten times as long as others.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"

DEFAULT='^faults\.sh$'

work_in_private

main()
{
	local dir version module passed failed skipped

	dir=$("$VM_DIR/uml.sh" build sanitize) || exit 1
	version=$(cat "$dir/version")
	module=$(build_module "$version" "$dir/build") || die "the module does not build for it"
	"$VM_DIR/run.sh" --kernel "$version" --root "$dir/root" --module "$module" --memory 2G \
		--timeout 3600 --test-timeout 1500 --only "${ONLY:-$DEFAULT}" \
		--counts "$WORK/counts" check
	read -r passed failed skipped <"$WORK/counts" || die "the machine did not come up"
	total "$passed" "$failed" "$skipped"
}

main "$@"
