#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Scenarios on a kernel that looks at all we do, and that can let allocations fail: made
# of Debian's sources by sanitize.config, and kept in the cache. ONLY=REGEX: these
# scenarios (default: faults, the one that needs such a kernel). KTAP; the last line is
# the total. Emulated and instrumented as it is, it takes ten times as long as others.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"

DEFAULT='^faults\.sh$'

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM HUP

# What is asked for: the last answer counts. What only User Mode Linux has is left out,
# and conntrack is built in.
config()
{
	cat "$VM_DIR/uml.config" "$VM_DIR/sanitize.config" |
		grep -vE '^CONFIG_(SSL|NULL_CHAN|HOSTFS)=|^CONFIG_NF_CONNTRACK=m'
	say 'CONFIG_LOCALVERSION="-sanitize"'
}

# compile SOURCE DIR
compile()
{
	local version
	local -a make=(make -s -C "$1" ARCH=x86 "O=$2/build")

	mkdir -p "$2/build" "$2/root/boot" || return 1
	"${make[@]}" KCONFIG_ALLCONFIG="$2/wanted" allnoconfig || return 1
	grep -v '^#' "$2/wanted" | grep '=' | grep -vxFf "$2/build/.config" && return 1
	"${make[@]}" -j"$(nproc)" bzImage modules || return 1
	version=$(cat "$2/build/include/config/kernel.release")
	cp "$2/build/arch/x86/boot/bzImage" "$2/root/boot/vmlinuz-$version" &&
		mkdir -p "$2/root/lib/modules/$version" &&
		cp "$2/build"/modules.{order,builtin,builtin.modinfo} \
			"$2/root/lib/modules/$version" &&
		depmod -b "$2/root" "$version" && printf '%s\n' "$version" >"$2/version" &&
		find "$2/build" \( -path "$2/build/scripts" -o -path "$2/build/tools" \) -prune -o \
			-type f \( -name '*.[oa]' -o -name '*.cmd' -o -name 'vmlinux*' \) -exec rm {} +
}

# kernel: prints the directory it is in. What is not complete has no sum, and is made again.
kernel()
{
	local source dir

	source=$("$VM_DIR/uml.sh" source | tail -n 1)
	[ -d "$source" ] || die "no sources of a kernel"
	dir=$CACHE/sanitize/${source##*/source-}-$({ config; gcc --version; } |
		sha256sum | cut -c 1-12)
	(
		flock 9
		(cd "$dir" && sha256sum --quiet -c .sum) >/dev/null 2>&1 && exit 0
		say "# building a kernel that looks at all we do (ten minutes) ..."
		rm -rf "$dir" && mkdir -p "$dir" && config >"$dir/wanted" &&
			quietly "$dir/log" compile "$source" "$dir" &&
			(cd "$dir" && sha256sum version wanted root/boot/* build/Module.symvers >.sum)
	) 9>"$CACHE/sanitize.lock" >&2 || return 1
	printf '%s\n' "$dir"
}

main()
{
	local dir version module passed failed skipped

	mkdir -p "$CACHE/sanitize"
	dir=$(kernel) || die "the kernel cannot be built"
	version=$(cat "$dir/version")
	module=$(build_module "$version" "$dir/build") || die "the module does not build for it"
	"$VM_DIR/run.sh" --kernel "$version" --root "$dir/root" --module "$module" --memory 2G \
		--timeout 3600 --test-timeout 1500 --only "${ONLY:-$DEFAULT}" \
		--counts "$WORK/counts" check
	read -r passed failed skipped <"$WORK/counts" || die "the machine did not come up"
	printf '%d passed, %d failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	printf '\n'
	[ "$failed" -eq 0 ]
}

main "$@"
