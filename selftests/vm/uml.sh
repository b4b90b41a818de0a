#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# User Mode Linux: a kernel that runs as a program of this machine, so that time
# in it is the machine's own, and a boot takes less than a second. Made of Debian's
# kernel sources and kept in the cache, by version of the sources, of the compiler
# and by configuration. See usage() for the ways to call it.
#
# What is in the cache is only used when its checksums hold; they are written last,
# so that what was built by half has none.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage()
{
	cat <<-'EOT'
	usage: uml.sh has-source | source | build [FLAVOUR] | run [OPTION...] COMMAND
	  has-source         are the sources of a kernel here, and whole?
	  source             fetches and unpacks them unless they are
	  build [FLAVOUR]    builds it, and prints the directory it is in:
	                     root/boot, root/lib/modules and, for modules, build
	  run COMMAND        COMMAND, by bash, in selftests/ of a machine that has
	                     the module, the reader and the scenarios
	The flavour "plain", the default, is uml.config. "sanitize" and "race" are no User
	Mode Linux, but kernels for QEMU: uml.config, qemu.config, qemu-FLAVOUR.config.
	The options are those of run.sh, --uml FLAVOUR is one.
	EOT
}

bad_usage()
{
	usage >&2
	exit 2
}

PACKAGE=linux-source-6.1
UML=$CACHE/uml

# Most of the sources are drivers nobody can have in UML. Their Kconfig stays.
UNWANTED="Documentation/[a-jl-z]* drivers/gpu/*.[ch] drivers/media/*.[ch]
drivers/net/ethernet/*.[ch] drivers/net/wireless/*.[ch] drivers/infiniband/*.[ch]
drivers/scsi/*.[ch] drivers/staging/*.[ch] sound/*.[ch] tools/*.json
arch/[!ux]*/*.[chS] arch/*.dts arch/*.dtsi"

# Comments go to where no caller looks for an answer.
tell()
{
	say "# $*" >&2
}

# source_sums DIR: one number for what is in it. Contents would take too long to
# read each time; names and sizes tell what is missing or cut.
source_sums()
{
	(cd "$1" && find . -type f ! -name .sums -printf '%P %s\n' |
		LC_ALL=C sort | sha256sum)
}

# newest_source: prints the newest directory of sources that is whole.
newest_source()
{
	local dir found=

	while read -r dir; do
		if [ "$(source_sums "$dir")" = "$(cat "$dir/.sums" 2>/dev/null)" ]; then
			found=$dir
		else
			tell "$dir is damaged; not used"
		fi
	done < <(find "$UML" -maxdepth 1 -type d -name 'source-*' | sort -V)
	[ -n "$found" ] && printf '%s\n' "$found"
}

# unpack_source TMP DIR: the package in TMP.
unpack_source()
{
	local pattern
	local -a exclude=()

	while read -r pattern; do
		exclude+=("--exclude=$PACKAGE/$pattern")
	done < <(printf '%s\n' "$UNWANTED" | tr ' ' '\n')
	mkdir "$1/tree" &&
	dpkg-deb --fsys-tarfile "$1"/*.deb | tar -xO "./usr/src/$PACKAGE.tar.xz" |
		tar -xJ -C "$1/tree" --strip-components=1 "${exclude[@]}" &&
	source_sums "$1/tree" >"$1/tree/.sums" &&
	rm -rf "$2" && mv "$1/tree" "$2"
}

fetch_source()
{
	local tmp file rc start

	start=$(now_ms)
	tell "Fetching and unpacking $PACKAGE ..."
	tmp=$(mktemp -d "$UML/.source.XXXXXX") || return 1
	(cd "$tmp" && quietly "$tmp/log" apt-get -q download \
		-o APT::Sandbox::User=root "$PACKAGE") &&
	file=$(cd "$tmp" && echo ./*.deb) && file=${file#*_} &&
	unpack_source "$tmp" "$UML/source-${file%_*}"
	rc=$?
	rm -rf "$tmp"
	[ "$rc" -ne 0 ] || tell "... took $(seconds_since "$start") s"
	return "$rc"
}

# the_source: prints the directory of sources, there or to be fetched.
the_source()
{
	newest_source && return
	fetch_source && newest_source
}

# config_of FLAVOUR: all that is asked for, without words. The last answer to a
# question counts.
config_of()
{
	local -a files=("$VM_DIR/uml.config")
	local suffix=-uml

	[ "$1" = plain ] ||
		files+=("$VM_DIR/qemu.config" "$VM_DIR/qemu-$1.config") suffix=-$1
	awk -F '[ =]' -v suffix="$suffix" '
		/^CONFIG_/ { answer[$1] = $0 }
		/^# CONFIG_[^ ]* is not set$/ { answer[$2] = $2 "=n" }
		END {
			answer["CONFIG_LOCALVERSION"] = \
				"CONFIG_LOCALVERSION=\"" suffix "\""
			for (name in answer)
				print answer[name]
		}' "${files[@]}" | LC_ALL=C sort
}

# What was asked for and is not there: a name that is gone, something it needs.
config_missing()
{
	awk -F = -v config="$2" '
		{ want[$1] = $0 }
		END {
			while ((getline line <config) > 0)
				if (split(line, part, "=") > 1)
					got[part[1]] = line
			for (name in want)
				if (want[name] != (name in got ? got[name] : name "=n"))
					print want[name]
		}' "$1"
}

# compile SOURCE DIR FLAVOUR: into DIR/build and DIR/root. What no module is built with
# goes again: it is most of it.
compile()
{
	local source=$1 dir=$2 arch=um image=linux version missing
	local -a make

	[ "$3" = plain ] || arch=x86 image=arch/x86/boot/bzImage
	make=(make -s -C "$source" "ARCH=$arch" "O=$dir/build")

	mkdir -p "$dir/build" "$dir/root/boot" || return 1
	"${make[@]}" KCONFIG_ALLCONFIG="$dir/wanted" allnoconfig || return 1
	missing=$(config_missing "$dir/wanted" "$dir/build/.config")
	[ -z "$missing" ] || { say "not to be had: $missing"; return 1; }
	nice -n 5 "${make[@]}" -j"$(nproc)" &&
	"${make[@]}" INSTALL_MOD_PATH="$dir/root" INSTALL_MOD_STRIP=1 modules_install &&
	version=$(cat "$dir/build/include/config/kernel.release") &&
	rm "$dir/root/lib/modules/$version"/{build,source} &&
	cp "$dir/build/$image" "$dir/root/boot/vmlinuz-$version" &&
	{ [ "$arch" != um ] || strip -g "$dir/root/boot/vmlinuz-$version"; } &&
	printf '%s\n' "$version" >"$dir/version" &&
	find "$dir/build" \( -path "$dir/build/scripts" -o -path "$dir/build/tools" \) \
		-prune -o -type f \
		\( -name '*.[oa]' -o -name '*.ko' -o -name '*.cmd' -o -name '*.mod' \
		   -o -name '*.mod.c' -o -name 'vmlinux*' -o -name linux \) \
		-exec rm {} +
}

sums_hold()
{
	[ -d "$1" ] && (cd "$1" && sha256sum --quiet -c .sums) >"$1/damage" 2>&1
}

# build_kernel SOURCE DIR FLAVOUR
build_kernel()
{
	local source=$1 dir=$2 start

	start=$(now_ms)
	[ ! -e "$dir" ] || tell "$dir is damaged or not complete; making it again:" \
		"$(head -n 1 "$dir/damage" 2>/dev/null)"
	find "$UML" -maxdepth 1 -name "build-*-$3-*" -mtime +7 -exec rm -r {} +
	rm -rf "$dir" && mkdir -p "$dir" && config_of "$3" >"$dir/wanted" || return 1
	tell "Building a kernel, $3, of ${source##*/} (a few minutes) ..."
	quietly "$dir/log" compile "$source" "$dir" "$3" &&
	(cd "$dir" && find . -type f ! -name '.sums*' ! -name log -exec sha256sum {} + \
		>.sums.new && mv .sums.new .sums) || return 1
	tell "... took $(seconds_since "$start") s"
}

# build FLAVOUR: prints the directory of the kernel.
build()
{
	local flavour=$1 source dir key

	[ "$flavour" = plain ] || [ -r "$VM_DIR/qemu-$flavour.config" ] ||
		die "there is no $VM_DIR/qemu-$flavour.config"
	source=$(the_source) || die "no sources of the kernel; try selftests/vm/deps.sh uml"
	key=$({ config_of "$flavour"; gcc --version; } | sha256sum | cut -c 1-12)
	dir=$UML/build-${source##*/source-}-$flavour-$key
	sums_hold "$dir" || build_kernel "$source" "$dir" "$flavour" ||
		die "cannot build that kernel"
	touch "$dir" && printf '%s\n' "$dir"
}

# alone COMMAND...: who comes second waits.
alone()
{
	mkdir -p "$UML" || return 1
	(
		flock -n 9 || { tell "Waiting for another build ..." && flock 9; }
		"$@"
	) 9>"$UML.lock"
}

main()
{
	case ${1:-} in
	has-source)
		alone newest_source >/dev/null ;;
	source)
		alone the_source ;;
	build)
		alone build "${2:-plain}" ;;
	run)
		[ $# -ge 2 ] || bad_usage
		exec "$VM_DIR/run.sh" --uml plain "${@:2:$#-2}" cmd "${!#}" ;;
	--help | -h)
		usage ;;
	*)
		bad_usage ;;
	esac
}

main "$@"
