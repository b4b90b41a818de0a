# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Vectors: what those who run them have in common. To be sourced after lib.sh.

declare -A DIFFERENCES=()	# by "NAME FAMILY"; empty if there is none

need_vectors()
{
	type -P jq >/dev/null || skip_all "needs the program jq"
	VECTOR=$SELFTESTS/vector
	if type -P cc >/dev/null; then
		VECTOR=$TMP/vector
		cc -std=gnu11 -O1 -o "$VECTOR" "$SELFTESTS/vector.c" >&2 ||
			bail "vector does not build"
	fi
	[ -x "$VECTOR" ] || skip_all "needs vector; run make -C selftests helpers"
}

# find_vectors [DIRECTORY...]: of vectors/, or all. The files are in VECTORS.
# ONLY_VECTOR=PATTERN leaves out the others.
find_vectors()
{
	mapfile -t VECTORS < <(cd "$SELFTESTS/vectors" &&
		find "${@:-.}" -name "${ONLY_VECTOR:-*}.vector" | sort)
	VECTORS=("${VECTORS[@]/#/$SELFTESTS/vectors/}")
	[ ${#VECTORS[@]} -gt 0 ] || skip_all "there are no such vectors"
}

# write_vectors replay|inject FILE...: into $TMP/vectors. Their names are in $TMP/list.
write_vectors()
{
	mkdir -p "$TMP/vectors"
	"$VECTOR" "$1" "$TMP/vectors" "${@:2}" >"$TMP/list" 2>"$TMP/list.err" && return
	sed 's/^/# /' "$TMP/list.err"
	return 1
}

# Objects for vectors.jq come from standard input.
compare_vectors()
{
	local vector difference

	while IFS=$'\t' read -r vector difference; do
		DIFFERENCES[$vector]=$difference
	done < <(jq -r -f "$SELFTESTS/lib/vectors.jq")
}

# vector NAME FAMILY [REASON]: the test of one.
vector()
{
	if [ $# -gt 2 ]; then
		skip_test "${*:3}"
	elif [ -z "${DIFFERENCES[$1 $2]+has run}" ]; then
		fail "nothing came of it"
	elif [ -n "${DIFFERENCES[$1 $2]}" ]; then
		fail "${DIFFERENCES[$1 $2]}"
	fi
}

list_tests()
{
	local line

	TESTS=()
	while read -r line; do
		TESTS+=("vector $line")
	done <"$TMP/list"
}
