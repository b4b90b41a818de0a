# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What every scenario stands on: KTAP results, namespaces, the module, exact
# segments, and assertions about counters. To be sourced, not run.
#
# A scenario lists its tests in the array TESTS ("function argument..."), each
# a function that calls fail() for whatever is not as it must be, sets itself up
# and ends with run_tests. Nothing sleeps and hopes: everything waits for a
# condition, and the time-outs are long because emulated machines are slow.

set -u
export LC_ALL=C

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WAIT_MS=${TCPSHAKE_WAIT_MS:-20000}	# how long a condition may take to come true
TMP=$(mktemp -d) || exit 1
declare -a NAMESPACES=() PIDS=()
declare -A PROC=() NOW=()		# by namespace; by counter
declare -A LINE=()			# by column: the line last_line() read
LOADED=''				# did we load the module
TEST_FAILED=''				# did the running test fail
exec {PAUSE}<> <(:)			# never readable: a sleep without a process

. "$SELFTESTS/lib/net.sh"

# ---- results ---------------------------------------------------------------

# fail TEXT...: the running test is not ok, and goes on.
fail()
{
	TEST_FAILED=1
	printf '# %s\n' "$*"
}

# kernel_from MAJOR MINOR: is the running one that, or newer?
kernel_from()
{
	local major minor

	IFS=.- read -r major minor _ < <(uname -r)
	[ $((major * 1000 + minor)) -ge $(($1 * 1000 + $2)) ]
}

# skip_test TEXT...: the running test cannot be had here; it has to return.
skip_test()
{
	TEST_SKIPPED=$*
}

# skip_all TEXT...: the whole scenario cannot be had here.
skip_all()
{
	printf 'TAP version 13\n1..0 # SKIP %s\n' "$*"
	exit 4
}

# bail TEXT...: the scenario cannot go on.
bail()
{
	printf 'Bail out! %s\n' "$*"
	exit 1
}

run_tests()
{
	local test number=0 failed=0

	printf 'TAP version 13\n1..%d\n' "${#TESTS[@]}"
	for test in "${TESTS[@]}"; do
		number=$((number + 1)) TEST_FAILED='' TEST_SKIPPED=''
		# shellcheck disable=SC2086 # a function and its arguments
		$test
		if [ -n "$TEST_FAILED" ]; then
			failed=$((failed + 1))
			printf 'not ok %d %s\n' "$number" "$test"
		elif [ -n "$TEST_SKIPPED" ]; then
			printf 'ok %d %s # SKIP %s\n' "$number" "$test" "$TEST_SKIPPED"
		else
			printf 'ok %d %s\n' "$number" "$test"
		fi
	done
	printf '# Totals: pass:%d fail:%d\n' $((number - failed)) "$failed"
	[ "$failed" -eq 0 ]
	exit
}

# equal WHAT GOT WANTED
equal()
{
	[ "$2" = "$3" ] || fail "$1: got '$2', not '$3'"
}

# matches WHAT GOT PATTERN (of the shell)
matches()
{
	# shellcheck disable=SC2053 # a pattern
	[[ $2 == $3 ]] || fail "$1: got '$2', not like '$3'"
}

# ---- waiting and processes --------------------------------------------------

# busywait MS COMMAND...: until COMMAND succeeds, at most so long.
busywait()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		read -rt 0.01 -u "$PAUSE"
	done
	return 0	# not what read() said
}

# expected COMMAND...: waits for what an assertion is about. A test that has failed
# already is not made to wait long for each of its further failures.
expected()
{
	if [ -n "$TEST_FAILED" ]; then
		busywait 1000 "$@"
	else
		busywait "$WAIT_MS" "$@"
	fi
}

# in_ns NS COMMAND...
in_ns()
{
	nsenter --net="/run/netns/$1" -- "${@:2}"
}

# spawn NS COMMAND...: in the background until the end of the scenario at the
# latest; its process id is in SPAWNED.
spawn()
{
	nsenter --net="/run/netns/$1" -- "${@:2}" &
	SPAWNED=$!
	PIDS+=("$SPAWNED")
}

# finish_spawned PID...: ends what spawn() began.
finish_spawned()
{
	kill -CONT "$@" 2>/dev/null
	kill "$@" 2>/dev/null
	if ! busywait 10000 all_gone "$@"; then
		echo "# these did not end when asked to: $(ps -o pid,stat,args -p "$*" 2>&1)"
		kill -KILL "$@" 2>/dev/null
	fi
	wait "$@" 2>/dev/null
}

all_gone()
{
	! kill -0 "$@" 2>/dev/null
}

cleanup()
{
	local ns

	trap '' INT TERM
	[ ${#PIDS[@]} -eq 0 ] || finish_spawned "${PIDS[@]}"
	for ns in "${NAMESPACES[@]}"; do
		ip netns delete "$ns" 2>/dev/null
	done
	[ -z "$LOADED" ] || unload_module
	rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- the module and its reader ------------------------------------------------

module_loaded()
{
	grep -q '^tcpshake ' /proc/modules
}

# try_load [PARAMETER=VALUE...]
try_load()
{
	if [ -n "${TCPSHAKE_KO:-}" ]; then
		insmod "$TCPSHAKE_KO" "$@"
	elif [ -r "$SELFTESTS/../tcpshake.ko" ]; then
		insmod "$SELFTESTS/../tcpshake.ko" "$@"
	else
		modprobe -q tcpshake "$@"
	fi
}

# load_module [PARAMETER=VALUE...]: a module that somebody else loaded is used
# as it is, but not where the parameters matter.
load_module()
{
	if module_loaded; then
		[ $# -eq 0 ] || skip_all "tcpshake is loaded already; this needs: $*"
		return
	fi
	try_load "$@" || skip_all "the tcpshake module cannot be loaded"
	LOADED=1
}

# Whoever has a file of ours open is on the way out: wait for that.
unload_module()
{
	busywait "$WAIT_MS" rmmod tcpshake 2>"$TMP/rmmod" || {
		cat "$TMP/rmmod"
		return 1
	}
	LOADED=''
}

# need_root_and COMMAND...: or skip everything. Finds the helpers, too.
need_root_and()
{
	local command

	[ "$(id -u)" = 0 ] || skip_all "needs root"
	for command in ip nsenter "$@"; do
		type -P "$command" >/dev/null || skip_all "needs the program $command"
	done
	INJECT=${TCPSHAKE_INJECT:-$SELFTESTS/inject}
	[ -x "$INJECT" ] || skip_all "needs inject; run make -C selftests helpers"
	READER=${TCPSHAKE_READER:-$SELFTESTS/../userspace/tcpshake}
	[ -x "$READER" ] || READER=$(type -P tcpshake) || skip_all "needs the reader tcpshake"
}

# tcpshake NS ARGUMENT...: the reader in that namespace.
tcpshake()
{
	in_ns "$1" "$READER" "${@:2}"
}

# mark_log, log_since_mark: the kernel log from here on.
mark_log()
{
	LOG_MARK="tcpshake-selftest $$ $EPOCHREALTIME"
	printf '<6>%s\n' "$LOG_MARK" >/dev/kmsg
}

log_since_mark()
{
	dmesg | sed "1,/$LOG_MARK/d"
}

# Data races are ours where one of the two functions is; the kernel has others.
assert_clean_log()
{
	local bad

	bad=$(log_since_mark | grep -Ev 'KCSAN: data-race in [^[]*$' | grep -E '\b(WARNING|BUG|Oops|KASAN|Call Trace)\b|unregister_netdevice|leak')
	[ -z "$bad" ] || fail "kernel log: $bad"
}

# ---- counters ---------------------------------------------------------------

# read_stats NS: all counters into NOW. The lines stay in LINES.
read_stats()
{
	local line

	mapfile -t LINES <"${PROC[$1]}/stats" || return 1
	NOW=()
	for line in "${LINES[@]}"; do
		NOW[${line% *}]=${line#* }
	done
}

# stat_of NS NAME: the value is in STAT.
stat_of()
{
	local line lines

	STAT=
	mapfile -t lines <"${PROC[$1]}/stats" || return 1
	for line in "${lines[@]}"; do
		[ "${line% *}" != "$2" ] || { STAT=${line#* }; return; }
	done
	fail "there is no counter $2"
}

stat_is()
{
	stat_of "$1" "$2"
	[ "$STAT" = "$3" ]
}

# nothing_lingers NS: no completed attempt is in the table, to leave it by itself.
nothing_lingers()
{
	local pending

	stat_of "$1" pending
	pending=$STAT
	stat_of "$1" table_used
	[ "$STAT" -eq "$pending" ]
}

# assert_stat NS NAME VALUE: waits until it is so.
assert_stat()
{
	expected stat_is "$@" || fail "$2 is $STAT, not $3"
}

# snapshot NS: assert_delta and grown() count from here.
snapshot()
{
	local -n base=BASE_${1//[^a-zA-Z0-9]/_}

	mapfile -t base <"${PROC[$1]}/stats"
}

# grown NS NAME: by how much since the snapshot is in GROWN.
grown()
{
	# shellcheck disable=SC2178 # a reference
	local -n base=BASE_${1//[^a-zA-Z0-9]/_}
	local line

	stat_of "$1" "$2"
	for line in "${base[@]}"; do
		# shellcheck disable=SC2034 # for the caller
		[ "${line% *}" != "$2" ] || GROWN=$((STAT - ${line#* }))
	done
}

# The counters of NS against the snapshot plus WANT; what differs goes into
# DIFFERENCE. The names are always in the same order.
as_wanted()
{
	# shellcheck disable=SC2178 # a reference
	local -n base=BASE_${1//[^a-zA-Z0-9]/_}
	local i name change
	local -A missing=()

	for name in "${!WANT[@]}"; do
		[ "${WANT[$name]}" = 0 ] || missing[$name]=${WANT[$name]}
	done
	unset "missing[any]"
	mapfile -t LINES <"${PROC[$1]}/stats"
	DIFFERENCE=
	for i in "${!LINES[@]}"; do
		[ "${LINES[i]}" != "${base[i]}" ] || continue
		name=${LINES[i]% *}
		case $name in
		table_* | details_lost | events_handshake | events_anomaly | evicted_*) continue ;;
		packets | packets_untracked) [ -z "${WANT[any]:-}" ] || continue ;;
		esac
		change=$((${LINES[i]#* } - ${base[i]#* }))
		[ "$change" = "${WANT[$name]:-0}" ] ||
			DIFFERENCE+=" $name grew by $change, not ${WANT[$name]:-0};"
		unset "missing[$name]"
	done
	for name in "${!missing[@]}"; do
		DIFFERENCE+=" $name did not grow by ${missing[$name]};"
	done
	[ -z "$DIFFERENCE" ]
}

# assert_delta NS NAME=N...: since the last time exactly these counters have
# grown, by exactly these numbers, and no other. Waits until it is so. "any=1"
# allows any number of untracked packets: real connections differ in those.
assert_delta()
{
	local -n last=BASE_${1//[^a-zA-Z0-9]/_}
	local word
	local -A WANT=()

	for word in "${@:2}"; do
		WANT[${word%%=*}]=${word#*=}
	done
	expected as_wanted "$1" || fail "${FUNCNAME[1]}:$DIFFERENCE"
	# shellcheck disable=SC2034 # by another name it is used
	last=("${LINES[@]}")
}

# assert_sums NS: what holds in every namespace, at every moment. Its counters are in NOW.
assert_sums()
{
	local name exits=0 outcomes=0 pending=0 unreachable=0 evicted=0

	read_stats "$1" || fail "$1 has no counters"
	for name in "${!NOW[@]}"; do
		case $name in
		packets_*) exits=$((exits + NOW[$name])) ;;
		attempts_*) outcomes=$((outcomes + NOW[$name])) ;;
		pending_*) pending=$((pending + NOW[$name])) ;;
		unreachable_*) unreachable=$((unreachable + NOW[$name])) ;;
		evicted_*) evicted=$((evicted + NOW[$name])) ;;
		esac
	done
	equal "$1: packets = sum of exits" "${NOW[packets]}" "$exits"
	equal "$1: attempts = sum of outcomes + pending" "${NOW[attempts]}" \
		$((outcomes + NOW[pending]))
	equal "$1: pending = sum of states" "${NOW[pending]}" "$pending"
	equal "$1: unreachable = sum of its kinds" "${NOW[attempts_unreachable]}" "$unreachable"
	equal "$1: evicted = sum of its reasons" "${NOW[attempts_evicted]}" "$evicted"
}

# assert_identities NS: that, and that what is pending is there, while nothing changes.
assert_identities()
{
	local lines

	assert_sums "$1"
	mapfile -t lines <"${PROC[$1]}/half_open"
	equal "$1: pending = lines of half_open" "${NOW[pending]}" $((${#lines[@]} - 1))
}

# The last test of every scenario.
identities()
{
	local ns

	for ns in "${!PROC[@]}"; do
		assert_identities "$ns"
	done
}

# last_line NS FILE: of a table in /proc, the words of its newest line in LINE,
# by the names its first line gives the columns.
last_line()
{
	local lines i
	local -a names words

	mapfile -t lines <"${PROC[$1]}/$2"
	read -r -a names <<<"${lines[0]}"
	read -r -a words <<<"${lines[-1]}"
	LINE=()
	# shellcheck disable=SC2034 # for the caller
	for i in "${!names[@]}"; do
		LINE[${names[i]}]=${words[i]:-}
	done
}

# ---- events -----------------------------------------------------------------

asleep()
{
	local comm state

	read -r _ comm state _ <"/proc/$1/stat" && [ "$comm $state" = "(tcpshake) S" ]
}

# A reader that sleeps has subscribed: there is nothing else it waits for.
listening()
{
	asleep "$1" || [ -s "$2" ]
}

# start_watch NS [ARGUMENT...]: events go to the file WATCH from here on.
start_watch()
{
	WATCH=$TMP/watch.${#PIDS[@]}
	spawn "$1" "$READER" watch --json "${@:2}" >"$WATCH"
	busywait "$WAIT_MS" listening "$SPAWNED" "$WATCH" || bail "watch does not get ready"
}

has_lines()
{
	local lines

	mapfile -t lines <"$1"
	[ ${#lines[@]} -ge "$2" ]
}

# wait_events N: until WATCH has so many lines.
wait_events()
{
	expected has_lines "$WATCH" "$1" || fail "$1 events wanted, got: $(cat "$WATCH")"
}
