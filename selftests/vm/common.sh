# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every script of this directory needs: where things are kept, how to
# speak to the user, and which kernels this machine can boot.
# To be sourced, not run.

set -u
umask 022

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # used by those who source this file
TOP=$(cd "$VM_DIR/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tcpshake

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# work_in_private: WORK is a directory that goes when the script does.
work_in_private()
{
	WORK=$(mktemp -d) || exit 1
	trap 'rm -rf "$WORK"' EXIT
	trap 'exit 130' INT TERM HUP
}

# total PASSED FAILED SKIPPED: the last line of all that tests. Return: did none fail?
total()
{
	printf '%d passed, %d failed' "$1" "$2"
	[ "$3" -eq 0 ] || printf ', %d skipped' "$3"
	printf '\n'
	[ "$2" -eq 0 ]
}

# now_ms: wall clock in milliseconds, for the times we print.
now_ms()
{
	local us=${EPOCHREALTIME/[.,]/}

	printf '%s\n' $((us / 1000))
}

# seconds_since MS: "12.3", the time gone since now_ms() said MS.
seconds_since()
{
	local ms=$(($(now_ms) - $1))

	printf '%d.%d\n' $((ms / 1000)) $((ms % 1000 / 100))
}

# quietly LOG COMMAND...: the output goes to LOG, and to the user only when
# the command fails.
quietly()
{
	local log=$1 rc=0

	shift
	"$@" >"$log" 2>&1 || rc=$?
	if [ "$rc" -ne 0 ]; then
		printf '%s: failed (%s):\n' "$*" "$rc" >&2
		tail -n 60 "$log" >&2
	fi
	return "$rc"
}

# headers_of VERSION: the directory a module for that kernel is built against.
headers_of()
{
	[ -r "/usr/src/linux-headers-$1/.config" ] || return 1
	printf '/usr/src/linux-headers-%s\n' "$1"
}

# image_root VERSION: the directory below which boot/vmlinuz-VERSION and
# lib/modules/VERSION are: / when the package is installed, else ours.
image_root()
{
	local root

	for root in "" "$CACHE/kernels/$1"; do
		if [ -r "$root/boot/vmlinuz-$1" ] &&
		   [ -r "$root/lib/modules/$1/modules.dep.bin" ]; then
			printf '%s/\n' "$root"
			return 0
		fi
	done
	return 1
}

# newest_kernel: the newest stock kernel of which both image and headers are
# here. The running kernel plays no part.
newest_kernel()
{
	local dir version found=

	while read -r dir; do
		version=${dir#/usr/src/linux-headers-}
		case $version in
		*-cloud-* | *-rt-* | *-common*) continue ;;
		esac
		headers_of "$version" >/dev/null || continue
		image_root "$version" >/dev/null || continue
		found=$version
	done < <(find /usr/src -maxdepth 1 -name 'linux-headers-*' | sort -V)
	[ -n "$found" ] && printf '%s\n' "$found"
}
