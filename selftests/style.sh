#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What machines can say about the sources: "make style". Compilers, sparse, coccinelle,
# checkpatch, shellcheck, codespell, and the rules of this project. KTAP; each
# finding is shown, and its check has failed. KERNEL=VERSION: built against
# another kernel's headers. LINUX_SRC=DIR: checkpatch of that kernel tree.

# shellcheck source=selftests/vm/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/vm/common.sh"
# shellcheck source=selftests/vm/build.sh
. "$VM_DIR/build.sh"

WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
KERNEL=${KERNEL:-$(newest_kernel)}
NUMBER=0 FAILED=0

CORE_CFLAGS="-Wall -Wextra -Imodule -Imodule/uapi"

# What is written by hand: neither products of a build nor the licence text.
c_files()
{
	find module userspace selftests -name '*.[ch]' ! -name '*.mod.c' | LC_ALL=C sort
}

scripts()
{
	{
		find selftests -name '*.sh'
		find selftests/vm -maxdepth 1 -type f ! -name '*.*' -perm /111
		find .ci -maxdepth 1 -type f 2>/dev/null
	} | LC_ALL=C sort
}

texts()
{
	c_files
	scripts
	find . -name .git -prune -o -type f \( -name '*.md' -o -name '*.yaml' -o \
		-name '*.[1-8]' -o -name Makefile -o -name Kbuild -o -name dkms.conf -o \
		-name config -o -name settings -o -name .clang-format -o \
		-name .editorconfig \) -printf '%P\n' | LC_ALL=C sort
}

# Kernel 5.10 compiles modules as C of 1989.
core_as_c89()
{
	local file

	for file in module/core/*.c; do
		# shellcheck disable=SC2086 # a list
		gcc -std=gnu89 -Wdeclaration-after-statement $CORE_CFLAGS -fsyntax-only "$file"
	done
}

core_with_clang()
{
	local file

	for file in module/core/*.c; do
		# shellcheck disable=SC2086 # a list
		clang -std=gnu11 $CORE_CFLAGS -fsyntax-only "$file"
	done
}

# One clean build, so that no old object hides a warning, with every checker
# on; the checks after it read its log. What sparse says has no [-W...].
build_log()
{
	local tree

	tree=$(tree_for style)
	rm -rf "$tree"
	in_tree style make -C "$(headers_of "$KERNEL")" M="$tree" \
		W=1 C=2 CF=-D__CHECK_ENDIAN__ modules
	cp "$tree/.log" "$WORK/build"
	[ -e "$tree/tcpshake.ko" ] || say "no module was built against $KERNEL"
}

compiler_findings()
{
	grep -E '(warning|error): .*\[-W|(error|undefined)[: ]' "$WORK/build" | sort -u
}

sparse_findings()
{
	grep -E '(warning|error): ' "$WORK/build" | grep -v '\[-W' | sort -u
	grep -q '^ *CHECK ' "$WORK/build" || say "sparse did not run"
}

# The core calls nothing; what a compiler adds by itself is no call of ours.
core_symbols()
{
	local tree objects

	tree=$(tree_for style)
	objects=$(find "$tree/module/core" -name '*.o' | wc -l)
	[ "$objects" -gt 0 ] || say "no objects of the core"
	nm -u "$tree"/module/core/*.o |
		grep -vE ':$|^$| (mem(cmp|cpy|set)|__fentry__|__x86_[a-z_]*|__stack_chk_fail)$' |
		grep -v ' tcpshake_'
}

# semantic_patch FILE: what it has to report. Exported.
semantic_patch()
{
	local options errors

	options=$(sed -n 's,^// Options: ,,p' "$1" | head -n 1)
	# shellcheck disable=SC2086 # a list
	errors=$(spatch --very-quiet -D report $options --no-show-diff --cocci-file "$1" \
		--dir module -I module -I module/uapi 2>&1 >&3) || printf '%s: %s\n' "$1" "$errors"
} 3>&1

# The kernel's own semantic patches. Not: minmax, as the core has no min() and max().
# tcpshake_lock_observed() returns with the lock it took, which one of them wonders at.
coccinelle()
{
	local dir

	dir=$(checkpatch_dir) || return
	[ -d "$dir/scripts/coccinelle" ] || say "no scripts/coccinelle in $dir"
	export -f semantic_patch
	# shellcheck disable=SC2016 # of the other shell
	grep -rlZ --include='*.cocci' --exclude=minmax.cocci '^virtual report' \
		"$dir/scripts/coccinelle" |
		xargs -0 -P "$(nproc)" -n 1 bash -c 'semantic_patch "$1"' semantic_patch |
		grep -v '^module/netlink.c:.*: preceding lock on line'
}

# All that can happen on the way through a function, as far as gcc can tell.
userspace_analysed()
{
	local flags

	flags="-std=gnu11 -I. -Ireplay -I../module -I../module/uapi -DHAVE_NCURSES
		$(pkg-config --cflags libmnl jansson libpcap ncursesw)"
	# shellcheck disable=SC2086 # a list
	(cd userspace && printf '%s\n' *.c replay/*.c | xargs -P "$(nproc)" -n 1 \
		gcc -fanalyzer -O1 $flags -c -o /dev/null 2>&1)
}

checkpatch_dir()
{
	if [ -n "${LINUX_SRC:-}" ]; then
		printf '%s\n' "$LINUX_SRC"
	else
		"$VM_DIR/kselftest.sh"
	fi
}

# checkpatch_of IGNORED FILE...
checkpatch_of()
{
	local dir ignored=$1 top=$PWD

	shift
	dir=$(checkpatch_dir) || return
	[ -r "$dir/scripts/checkpatch.pl" ] || say "no checkpatch.pl in $dir"
	# elsewhere, as it leaves a file in the current directory
	mkdir -p "$WORK/include"
	(cd "$WORK" && printf "$top/%s\n" "$@" |
		xargs perl "$dir/scripts/checkpatch.pl" --strict --no-tree --root="$WORK" --terse \
			--no-summary --show-types --max-line-length=100 \
			--ignore "$ignored" -f) | sed "s,$top/,,"
}

# Ignored everywhere:
#   FILE_PATH_CHANGES   there is no MAINTAINERS file out of tree
#   SPDX_LICENSE_TAG    "OR MIT" is not known to a checkpatch without a tree
#   CAMELCASE           needs a kernel tree, to know the kernel's own
IGNORED=FILE_PATH_CHANGES,SPDX_LICENSE_TAG,CAMELCASE

# In the module besides:
#   ARRAY_SIZE          not to be had in the core, which is userspace's too
#   LINUX_VERSION_CODE, CONSTANT_COMPARISON
#                       compat.h is there to compare versions; "kernel
#                       versions only in compat.h" below watches the rest
#   BIT_MACRO           likewise not to be had in the core
#   MACRO_WITH_FLOW_CONTROL
#                       what defines a function returns from that
checkpatch_module()
{
	local ignored=$IGNORED
	local -a files

	mapfile -t files < <(c_files | grep '^module/')
	ignored+=,ARRAY_SIZE,LINUX_VERSION_CODE,CONSTANT_COMPARISON,BIT_MACRO
	ignored+=,MACRO_WITH_FLOW_CONTROL
	checkpatch_of "$ignored" "${files[@]}"
}

# In userspace besides:
#   ARRAY_SIZE, BIT_MACRO, PREFER_KERNEL_TYPES, PREFER_DEFINED_ATTRIBUTE_MACRO
#                       those macros and types are the kernel's alone
#   LONG_LINE_STRING    messages for people stay in one piece to be grepped for
#   MACRO_ARG_REUSE, MACRO_ARG_PRECEDENCE
#                       member names cannot be bracketed or evaluated twice
#   VOLATILE            what a signal handler writes is volatile sig_atomic_t
#   EMBEDDED_FUNCTION_NAME
#                       a word of a message can be a function's name by chance
# In the shim of the kernel besides, which defines what others only use:
#   NEW_TYPEDEFS, COMPLEX_MACRO, MEMORY_BARRIER, DATA_RACE, SPACING
checkpatch_userspace()
{
	local ignored=$IGNORED,ARRAY_SIZE,PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO
	local -a files

	ignored+=,BIT_MACRO,LONG_LINE_STRING,MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE
	ignored+=,EMBEDDED_FUNCTION_NAME,VOLATILE
	mapfile -t files < <(c_files | grep -v -e '^module/' -e '^selftests/shim/')
	checkpatch_of "$ignored" "${files[@]}"
	ignored+=,NEW_TYPEDEFS,COMPLEX_MACRO,MEMORY_BARRIER,DATA_RACE,SPACING
	mapfile -t files < <(c_files | grep '^selftests/shim/')
	checkpatch_of "$ignored" "${files[@]}"
}

shell_scripts()
{
	scripts | xargs shellcheck -x
}

# "Nd" is a macro of manual pages.
spelling()
{
	texts | xargs codespell --quiet-level=35 --ignore-words-list=nd,parm,nknown,ect
}

kernel_conditional()
{
	grep -rlw --include='*.[ch]' __KERNEL__ module | grep -vx module/core/types.h
}

kernel_versions()
{
	grep -rlE --include='*.[ch]' 'LINUX_VERSION_CODE|KERNEL_VERSION' module |
		grep -vx module/compat.h
}

# The ABI is in one header, and a command's manual in one page, however long that gets.
long_files()
{
	texts | grep -vxE 'module/uapi/(linux/tcpshake.h|tcpshake.yaml)|userspace/.*\.[58]' | sort -u | xargs wc -l | awk '$1 > 500 && $2 != "total"'
}

# The same in the module, for dkms and for Debian.
versions()
{
	local version other

	version=$(sed -n 's/^#define TCPSHAKE_VERSION "\(.*\)"/\1/p' module/version.h)
	for other in "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)" \
		"$(sed -n '1s/^tcpshake (\(.*\)) .*/\1/p' debian/changelog)"; do
		[ "$other" = "$version" ] || say "$other is not $version"
	done
}

# From the brace in the first column to the one that closes it.
long_functions()
{
	{ c_files; scripts; } | xargs awk '
		/^\{/ { from = FNR }
		/^\}/ && from {
			if (FNR - from + 1 > 80)
				print FILENAME ":" from ": " FNR - from + 1 " lines"
			from = 0
		}
		FNR == 1 { from = 0 }'
}

white_space()
{
	texts | xargs grep -nE '[[:blank:]]+$' | sed 's/[[:blank:]]*$/ <- here/'
	texts | while read -r file; do
		[ -z "$(tail -c 1 "$file")" ] || say "$file: no newline at the end"
	done
}

no_licence()
{
	texts | grep -vE '\.md$|\.editorconfig$|/config$|/settings$' | while read -r file; do
		head -n 3 "$file" | grep -q SPDX-License-Identifier: || say "$file"
	done
}

# Split, so as not to be found here.
unfinished()
{
	texts | xargs grep -nE '\<(TO''DO|FIX''ME|XX''X|HA''CK)\>'
}

abi()
{
	selftests/abi_test.sh >"$WORK/abi" || grep -v '^ok' "$WORK/abi"
}

# rule NAME COMMAND...: passes when the command prints nothing.
rule()
{
	local name=$1 found=$WORK/found

	shift
	"$@" >"$found" 2>&1
	NUMBER=$((NUMBER + 1))
	if [ ! -s "$found" ]; then
		say "ok $NUMBER $name"
	else
		sed 's/^/# /' "$found"
		say "not ok $NUMBER $name"
		FAILED=$((FAILED + 1))
	fi
}

# The tools are for developers: a machine that only runs tests has none.
need()
{
	local tool

	for tool in gcc clang sparse spatch perl shellcheck codespell; do
		command -v "$tool" >/dev/null && continue
		say "TAP version 13"
		say "1..0 # SKIP no $tool here; try selftests/vm/deps.sh style"
		exit 4
	done
	[ -n "$KERNEL" ] || die "no kernel headers; try selftests/vm/deps.sh style"
}

main()
{
	cd "$TOP" || exit 1
	need
	say "TAP version 13"
	rule "the core is C of 1989" core_as_c89
	rule "clang has nothing to say about the core" core_with_clang
	rule "the module builds against $KERNEL" build_log
	rule "no warnings of W=1" compiler_findings
	rule "no warnings of sparse" sparse_findings
	rule "the core calls nothing of the kernel" core_symbols
	rule "no findings of coccinelle" coccinelle
	rule "no findings of gcc -fanalyzer in the reader" userspace_analysed
	rule "checkpatch: module" checkpatch_module
	rule "checkpatch: userspace and tests" checkpatch_userspace
	rule "shellcheck" shell_scripts
	rule "codespell" spelling
	rule "header and YAML tell the same ABI" abi
	rule "__KERNEL__ only in core/types.h" kernel_conditional
	rule "kernel versions only in compat.h" kernel_versions
	rule "one version" versions
	rule "no file above 500 lines" long_files
	rule "no function above 80 lines" long_functions
	rule "no trailing white space" white_space
	rule "a licence in every file" no_licence
	rule "nothing left to be done" unfinished
	say "1..$NUMBER"
	say "# $((NUMBER - FAILED)) passed, $FAILED failed"
	[ "$FAILED" -eq 0 ]
}

main "$@"
