#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Prints the directory of a kernel tree's build rules and headers for selftests, and of
# what looks at sources, taken from Debian's linux-source package into the cache when
# they are not there yet. Ours is thus a kselftest directory without a copy of any
# of them.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

WANTED="tools/testing/selftests/lib.mk tools/testing/selftests/kselftest.h
tools/testing/selftests/kselftest_harness.h tools/testing/selftests/kselftest
scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch
scripts/coccinelle"

# source_package: the linux-source-X.Y the archive's linux-source stands for.
source_package()
{
	apt-cache depends linux-source 2>/dev/null |
		sed -n 's/.*Depends: \(linux-source-[0-9.]*\)$/\1/p' | head -n 1
}

# unpack TARBALL DIR: the wanted files, without the outermost directory.
unpack()
{
	local name file
	local -a files=()

	name=$(basename "$1" .tar.xz)
	for file in $WANTED; do
		files+=("$name/$file")
	done
	tar -xJf "$1" -C "$2" --strip-components=1 "${files[@]}"
}

fetch()
{
	local dir=$1 package=$2 tmp tarball rc

	tmp=$(mktemp -d "$CACHE/.kselftest.XXXXXX") || return 1
	tarball=/usr/src/$package.tar.xz
	mkdir "$tmp/tree"
	if [ ! -r "$tarball" ]; then
		say "Fetching $package ..." >&2
		(cd "$tmp" && quietly "$tmp/log" apt-get -q download \
			-o APT::Sandbox::User=root "$package" &&
			dpkg-deb --fsys-tarfile ./*.deb |
			tar -x "./usr/src/$package.tar.xz")
		tarball=$tmp$tarball
	fi
	unpack "$tarball" "$tmp/tree" &&
	(cd "$tmp/tree" && find . -type f -exec sha256sum {} +) >"$tmp/sums" &&
	mv "$tmp/sums" "$tmp/tree/.sums" &&
	rm -rf "$dir" && mv "$tmp/tree" "$dir"
	rc=$?
	rm -rf "$tmp"
	return "$rc"
}

# is_whole DIR: all that is wanted now is there, as it was unpacked.
is_whole()
{
	local file

	for file in $WANTED; do
		[ -e "$1/$file" ] || return
	done
	(cd "$1" && sha256sum --quiet -c .sums) >/dev/null 2>&1
}

main()
{
	local dir package

	package=$(source_package)
	[ -n "$package" ] || package=$(basename \
		"$(find /usr/src -name 'linux-source-*.tar.xz' | sort -V |
		   tail -n 1)" .tar.xz)
	[ -n "$package" ] || die "no package linux-source to be had"
	mkdir -p "$CACHE"
	dir=$CACHE/kselftest-${package#linux-source-}
	(
		flock 9
		is_whole "$dir" || fetch "$dir" "$package"
	) 9>"$dir.lock" || die "cannot unpack $package"
	printf '%s\n' "$dir"
}

main "$@"
