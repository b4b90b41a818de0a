# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Small Debian systems, one for each suite, kept in the cache: kernels of a suite are
# built against, and packages installed, where they belong. Needs root and mmdebstrap.
# To be sourced after common.sh, not run.

ROOTS=$CACHE/roots

# The archive this machine itself uses.
archive()
{
	local site

	# shellcheck disable=SC2016 # apt's own variable
	site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
		grep -m 1 '/debian/*$')
	printf '%s\n' "${site:-http://deb.debian.org/debian}"
}

# root_of SUITE: prints where it is, made or made up to date if need be. One that is
# older than a day is asked for news; without a network it does as it is.
root_of()
{
	local suite=$1 root=$ROOTS/$1

	mkdir -p "$ROOTS" || return 1
	(
		flock 9
		if ! is_sound "$suite"; then
			rm -rf --one-file-system "$root"
			make_root "$suite" "$root" || exit 1
		fi
		if [ -z "$(find "$root/.news" -mmin -1440 2>/dev/null)" ]; then
			apt_in "$suite" update && touch "$root/.news"
		fi
		exit 0
	) 9>"$root.lock" >&2 || return 1
	printf '%s\n' "$root"
}

# Is there one, finished, and what is in it still runs?
is_sound()
{
	[ -e "$ROOTS/$1/.finished" ] && in_root "$1" gcc --version >/dev/null 2>&1
}

# Signatures are checked; a mirror that has stood still for some weeks is good enough.
make_root()
{
	say "# making a root of Debian $1 ..."
	quietly "$2.log" mmdebstrap --variant=minbase \
		--include=ca-certificates,gcc,libc6-dev,make \
		--aptopt='Acquire::Retries "3"' \
		--aptopt='Acquire::Check-Valid-Until "false"' "$1" "$2" "$(archive)" &&
		cp /etc/resolv.conf "$2/etc/resolv.conf" && touch "$2/.finished"
}

# What both of the following do in namespaces of their own, so that nothing is left
# mounted or running: enter COMMAND... is to become COMMAND in $root.
# shellcheck disable=SC2016 # not ours to expand
ENTER='
	mount --make-rprivate /
	enter()
	{
		mount -t proc proc "$root/proc"
		mount --bind /dev "$root/dev"
		exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" \
			https_proxy="${https_proxy:-}" chroot "$root" "$@"
	}
'

# in_root SUITE COMMAND...
in_root()
{
	local root=$ROOTS/$1

	shift
	# shellcheck disable=SC2016 # not ours to expand
	unshare --mount --pid --fork --kill-child -- sh -ec "$ENTER"'
		root=$1
		shift
		enter "$@"' sh "$root" "$@"
}

# in_copy SUITE DIR COMMAND...: in a copy of the root that lasts no longer than that. DIR
# is /mnt there.
in_copy()
{
	local root=$ROOTS/$1 dir=$2

	shift 2
	# shellcheck disable=SC2016 # not ours to expand
	unshare --mount --pid --fork --kill-child -- sh -ec "$ENTER"'
		lower=$1 dir=$2 copy=$1.copy root=$1.copy/root
		shift 2
		mkdir -p "$copy"
		mount -t tmpfs -o size=75% tmpfs "$copy"
		mkdir "$copy/new" "$copy/work" "$root"
		mount -t overlay overlay "$root" \
			-o "lowerdir=$lower,upperdir=$copy/new,workdir=$copy/work"
		mount --bind "$dir" "$root/mnt"
		enter "$@"' sh "$root" "$dir" "$@"
}

# apt_in SUITE ARGUMENT...
apt_in()
{
	local suite=$1

	shift
	in_root "$suite" apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}

# kernel_in SUITE FLAVOUR: the version its newest headers are for, which are there then.
kernel_in()
{
	local suite=$1 flavour=$2 version

	version=$(in_root "$suite" apt-cache depends "linux-headers-$flavour" |
		  sed -n 's/.*Depends: linux-headers-//p')
	[ -n "$version" ] || {
		say "Debian $suite has no linux-headers-$flavour" >&2
		return 1
	}
	[ -e "$ROOTS/$suite/usr/src/linux-headers-$version/.config" ] ||
		quietly "$ROOTS/$suite.log" apt_in "$suite" install --no-install-recommends \
			"linux-headers-$version" || return 1
	printf '%s\n' "$version"
}

# image_in SUITE VERSION: prints the directory below which its boot/ and lib/modules/ are.
image_in()
{
	local suite=$1 version=$2 root=$ROOTS/$1 tmp

	if ! image_root "$version" >/dev/null; then
		mkdir -p "$CACHE/kernels" && tmp=$(mktemp -d "$CACHE/kernels/.XXXXXX") || return 1
		quietly "$root.log" unpack_image "$suite" "$version" "$tmp" &&
			rm -rf "$CACHE/kernels/$version" &&
			mv "$tmp/root" "$CACHE/kernels/$version"
		rm -rf "$tmp" "$root/var/tmp/image"
	fi
	image_root "$version"
}

# Since 7.2 the package of an image is but a name for those it depends on, and all of it
# is below lib/modules/.
unpack_image()
{
	local suite=$1 version=$2 tmp=$3 root=$ROOTS/$1 package
	local -a packages=()

	mapfile -t packages < <(in_root "$suite" apt-cache depends "linux-image-$version" |
		sed -nE "s/.*Depends: (linux-(base|binary|modules)-[0-9].*)/\1/p")
	rm -rf "$root/var/tmp/image"
	mkdir -p "$root/var/tmp/image" || return 1
	in_root "$suite" sh -ec 'cd /var/tmp/image
		exec apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 download "$@"' \
		sh "linux-image-$version" "${packages[@]}" || return 1
	for package in "$root"/var/tmp/image/*.deb; do
		dpkg-deb -x "$package" "$tmp/root" || return 1
	done
	[ -d "$tmp/root/lib" ] || ln -s usr/lib "$tmp/root/lib"
	if [ ! -e "$tmp/root/boot/vmlinuz-$version" ]; then
		mkdir -p "$tmp/root/boot"
		ln -s "../lib/modules/$version/vmlinuz" "$tmp/root/boot/vmlinuz-$version"
	fi
	depmod -b "$tmp/root" "$version"
}

# module_in SUITE VERSION: builds ours there, and prints where it is.
module_in()
{
	local suite=$1 version=$2 tree

	tree=$(tree_for "$version")
	mkdir -p "$tree" || return 1
	(flock 9 && copy_sources "$tree" && quietly "$tree/.log" in_copy "$suite" "$tree" \
		make -j"$(nproc)" -C "/usr/src/linux-headers-$version" M=/mnt modules
	) 9>"$tree.lock" || return 1
	printf '%s/tcpshake.ko\n' "$tree"
}
