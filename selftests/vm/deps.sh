#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Installs what a verb of the top Makefile needs and this machine lacks:
# deps.sh vm|uml|check|kernels|sanitize|style|bench. Debian packages only; silent and
# without network when nothing is missing. The kernel to boot is unpacked into the cache, not
# installed: the boot menu of this machine is none of our business.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

BUILD="gcc make libc6-dev pkg-config libmnl-dev
libjansson-dev libpcap-dev libncurses-dev"
GUEST="busybox-static kmod cpio xz-utils bash coreutils grep sed
mawk findutils diffutils procps util-linux libcap2-bin iproute2 nftables iptables
ethtool curl jq hping3 nmap socat tcpdump tmux ncurses-base libc-bin"
RIG="qemu-system-x86 $GUEST"
UML="flex bison bc"
CHECK="clang libclang-rt-dev dkms python3-yaml"
STYLE="python3-yaml clang shellcheck sparse coccinelle codespell perl xz-utils"
KERNELS="mmdebstrap"
BENCH="tshark tcptrace clang libbpf-dev conntrack"

LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT

apt()
{
	# shellcheck disable=SC2086 # empty or one word
	quietly "$LOG" $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=600 -o APT::Sandbox::User=root "$@"
}

# Once per run, and only when something has to be fetched at all. A foreign
# archive that does not answer is no reason to give up.
refresh()
{
	[ -n "${REFRESHED:-}" ] && return
	REFRESHED=1
	say "Fetching the package lists ..."
	apt update || true
}

# missing PACKAGE...: those of them that are not installed.
missing()
{
	local package

	for package; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" \
			2>/dev/null)" = installed ] || printf '%s ' "$package"
	done
}

install_packages()
{
	local want

	want=$(missing "$@")
	[ -n "$want" ] || return 0
	refresh
	say "Installing $want..."
	# shellcheck disable=SC2086 # a list
	apt install --no-install-recommends $want
}

# The archive keeps one version of each kernel: headers and image have to be
# asked for together.
fetch_kernel()
{
	local version tmp=

	newest_kernel >/dev/null && return
	refresh
	version=$(apt-cache depends linux-headers-amd64 |
		  sed -n 's/.*Depends: linux-headers-//p')
	[ -n "$version" ] || die "the archive has no linux-headers-amd64"
	install_packages "linux-headers-$version" || return 1
	image_root "$version" >/dev/null && return
	say "Unpacking the kernel image $version ..."
	mkdir -p "$CACHE/kernels" && tmp=$(mktemp -d "$CACHE/kernels/.XXXXXX") &&
	(cd "$tmp" && SUDO='' apt download "linux-image-$version") &&
	dpkg-deb -x "$tmp"/*.deb "$tmp/root" &&
	{ [ -d "$tmp/root/lib" ] || ln -s usr/lib "$tmp/root/lib"; } &&
	depmod -b "$tmp/root" "$version" &&
	rm -rf "$CACHE/kernels/$version" &&
	mv "$tmp/root" "$CACHE/kernels/$version"
	rm -rf "$tmp"
	image_root "$version" >/dev/null
}

# The sources of the kernel that uml.sh builds.
fetch_source()
{
	"$VM_DIR/uml.sh" has-source || { refresh && "$VM_DIR/uml.sh" source; }
} >/dev/null

main()
{
	local need

	case ${1:-} in
	vm)	need="$BUILD $RIG" ;;
	uml)	need="$BUILD $GUEST $UML" ;;
	check)	need="$BUILD $RIG $CHECK $STYLE" ;;
	sanitize) need="$BUILD $RIG $UML libelf-dev" ;;
	kernels) need="$BUILD $RIG $KERNELS" ;;
	style)	need="$BUILD $STYLE" ;;
	bench)	need="$BUILD $RIG $BENCH" ;;
	*)	die "usage: deps.sh vm|uml|check|kernels|sanitize|style|bench" ;;
	esac
	SUDO=
	[ "$(id -u)" = 0 ] || SUDO=sudo
	# shellcheck disable=SC2086 # lists
	install_packages $need || die "cannot install the packages above"
	case $1 in
	uml | sanitize)
		fetch_source || die "no Debian sources of a kernel could be had" ;;
	kernels) ;;	# has them fetched into roots of their own
	*)	fetch_kernel || die "no Debian kernel with headers could be had" ;;
	esac
}

main "$@"
