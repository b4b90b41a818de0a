# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Builds our sources in copies kept in the cache, one per kernel, so that the
# checkout stays as it is and two kernels never meet in one directory.
# To be sourced after common.sh, not run.

# sources_of DIR: what a build reads, as paths relative to DIR. Products of a
# build in the checkout itself are left out.
sources_of()
{
	(cd "$1" && find Kbuild Makefile README.md dkms.conf module userspace selftests \
		-type f ! -name '.*' ! -name '*.o' ! -name '*.a' \
		! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' \
		! -name modules.order ! -name Module.symvers \
		\( ! -perm /111 -o -path 'selftests/*.sh' -o \
		   -path 'selftests/vm/*' \) 2>/dev/null | LC_ALL=C sort)
}

# copy_sources TREE: makes TREE hold exactly our sources, plus whatever
# earlier builds left there. Times are kept, so make rebuilds what changed.
copy_sources()
{
	local tree=$1 list

	list=$(sources_of "$TOP")
	mkdir -p "$tree" || return 1
	(cd "$TOP" && cpio -pdmu --quiet "$tree" <<<"$list") || return 1
	if [ -e "$tree/.sources" ]; then
		comm -23 "$tree/.sources" <(printf '%s\n' "$list") |
			(cd "$tree" && xargs -r -d '\n' rm -f)
	fi
	printf '%s\n' "$list" >"$tree/.sources"
}

# tree_for NAME: where the copy for NAME (a kernel version, "user") lives;
# another checkout has other copies.
tree_for()
{
	printf '%s/build/%s/%s\n' "$CACHE" \
		"$(sha256sum <<<"$TOP" | cut -c 1-12)" "$1"
}

# in_tree NAME COMMAND...: runs COMMAND in a fresh copy of the sources, alone.
in_tree()
{
	local tree

	tree=$(tree_for "$1")
	shift
	mkdir -p "$tree" || return 1
	(
		flock 9 && copy_sources "$tree" && cd "$tree" &&
		quietly "$tree/.log" "$@"
	) 9>"$tree.lock"
}

# build_module VERSION [DIR WORDS]: prints the path of the module for that kernel,
# whose build directory is DIR if it is not among the headers of Debian's, and
# takes these WORDS for make.
build_module()
{
	local headers=${2:-}

	[ -n "$headers" ] || headers=$(headers_of "$1") || {
		say "no headers of $1 in /usr/src" >&2
		return 1
	}
	in_tree "$1" make -j"$(nproc)" -C "$headers" "${@:3}" \
		M="$(tree_for "$1")" modules || return 1
	printf '%s/tcpshake.ko\n' "$(tree_for "$1")"
}

# build_user: the reader and the helpers of the scenarios; prints the tree.
build_user()
{
	in_tree user build_user_here || return 1
	tree_for user
}

build_user_here()
{
	make -j"$(nproc)" -C userspace && make -C selftests helpers
}
