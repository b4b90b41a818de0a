#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What packages.sh does inside a system that is thrown away afterwards. Sources are in
# /mnt/src, packages are left in /mnt and, of the next version, in /mnt/next.

set -u
NEEDS=(build-essential debhelper dh-dkms lintian man-db libjansson-dev libmnl-dev
	libncurses-dev libpcap-dev pkgconf)
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' /mnt/src/dkms.conf)
NEXT=$VERSION.1

# step NAME COMMAND...: one result; what the command prints is for when it fails.
step()
{
	local name=$1

	shift
	if "$@" >&2; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		exit 1
	fi
}

apt()
{
	apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Retries=3 \
		--no-install-recommends "$@"
}

# ---- build ----

# package VERSION DIR
package()
{
	rm -rf /tmp/src && cp -a /mnt/src /tmp/src && cd /tmp/src || return 1
	if [ "$1" != "$VERSION" ]; then
		sed -i "1s/($VERSION)/($1)/" debian/changelog &&
		sed -i "s/\"$VERSION\"/\"$1\"/" dkms.conf module/version.h || return 1
	fi
	dpkg-buildpackage -us -uc -b && mkdir -p "$2" &&
		mv ../tcpshake_"$1"_*.deb ../tcpshake-dkms_"$1"_all.deb ../*.changes "$2"
	rm -f ../tcpshake-dbgsym*
}

lint()
{
	(cd /tmp/lint && cp /mnt/*.deb . && lintian -I --fail-on error,warning ./*.deb)
}

build()
{
	step "the tools of the trade" apt install "${NEEDS[@]}"
	step "packages build" package "$VERSION" /mnt
	mkdir /tmp/lint
	step "lintian has nothing to say" lint
	step "packages of the next version build" package "$NEXT" /mnt/next
}

# ---- life ----

# The kernels a module could be built for here.
kernels()
{
	local dir

	for dir in /lib/modules/*/build; do
		dir=${dir%/build}
		echo "${dir##*/}"
	done
}

# built VERSION: for every kernel, and no other version for any.
built()
{
	local kernel

	dkms status
	for kernel in $(kernels); do
		dkms status -m tcpshake -v "$1" -k "$kernel" | grep -q ': installed' || return 1
		[ "$(modinfo -F version -k "$kernel" tcpshake)" = "$1" ] || return 1
	done
	! dkms status -m tcpshake | grep -v "tcpshake/$1,"
}

says_version()
{
	tcpshake version | grep "^tcpshake $1,"
}

has_manual()
{
	local page

	for page in man8/tcpshake.8 man8/tcpshake-replay.8 man5/tcpshake.5 man7/tcpshake.7; do
		[ -n "$(find /usr/share/man /usr/local/share/man -path "*/$page*" 2>/dev/null)" ] ||
			return 1
	done
}

# Nothing of that name: the logs and lists of dpkg and apt are not in file names.
no_trace()
{
	! find / -xdev -path /tmp -prune -o -name '*tcpshake*' -print | grep .
}

# Were it enabled, it would be below /etc.
unit_is_off()
{
	[ -e /lib/systemd/system/tcpshake.service ] &&
		! find /etc/systemd -name tcpshake.service | grep .
}

life()
{
	rm -rf /tmp/src
	step "nothing of it is there" no_trace
	step "apt install ./tcpshake*.deb" apt install /mnt/tcpshake_*.deb /mnt/tcpshake-dkms_*.deb
	step "dkms has built it for $(kernels | tr '\n' ' ')" built "$VERSION"
	step "tcpshake version" says_version "$VERSION"
	step "manuals" has_manual
	step "the unit waits to be enabled" unit_is_off
	step "systemd, to look at it" apt install systemd
	step "systemd-analyze verify" systemd-analyze verify --man=no tcpshake.service
	step "upgrade" apt install /mnt/next/*.deb
	step "dkms has built the next version, and has no other" built "$NEXT"
	step "tcpshake version, after the upgrade" says_version "$NEXT"
	step "apt purge" apt purge tcpshake tcpshake-dkms
	step "no trace of it" no_trace
}

# ---- make install ----

for_kernel()
{
	make -C /tmp/src "$1" KVER="$(kernels | tail -n 1)"
}

one_is_built()
{
	dkms status -m tcpshake -v "$VERSION" -k "$(kernels | tail -n 1)" | grep ': installed'
}

install()
{
	step "the tools of the trade" apt install "${NEEDS[@]}" dkms
	cp -a /mnt/src /tmp/src
	step "make install" for_kernel install
	step "make install: dkms" one_is_built
	step "make install: version" says_version "$VERSION"
	step "make install: manuals" has_manual
	step "make uninstall" for_kernel uninstall
	step "make uninstall leaves no trace" no_trace
}

"$1"
