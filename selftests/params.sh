#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Module parameters: what is out of range is refused, with one line in the kernel
# log that says what and why; what is at the ends of the range works.
#
#   ┌ HERE, observed ┐
#   │ loopback       │
#   └────────────────┘

. "$(dirname "$0")/lib.sh"

# refused NAME VALUE MIN MAX: one line, that names all of them.
refused()
{
	local log

	mark_log
	if try_load "$1=$2" 2>"$TMP/err"; then
		fail "loaded with $1=$2"
		unload_module
		return
	fi
	grep -q "Invalid" "$TMP/err" || fail "$1=$2: $(cat "$TMP/err")"
	log=$(log_since_mark)
	equal "lines in the log" "$(wc -l <<<"$log")" 1
	matches "log" "$log" "*tcpshake: *$1*"
	matches "log" "$log" "*=$2 *"
	matches "log" "$log" "*$3*$4*"
	[ ! -e /proc/net/tcpshake ] || fail "something stayed behind"
}

# Words that are no numbers never get as far as the module.
not_a_number()
{
	mark_log
	try_load "$1=$2" 2>"$TMP/err" || return 0
	fail "loaded with $1=$2"
	unload_module
}

# works PARAMETER=VALUE...: loads, observes, counts, and shows what was asked for.
works()
{
	local word

	try_load "$@" || { fail "does not load with $*"; return; }
	LOADED=1
	tcpshake "$HERE" set enabled on || fail "cannot be switched on"
	snapshot "$HERE"
	connect "$HERE" 127.0.0.1 9
	assert_delta "$HERE" packets=2 packets_new_attempt=1 packets_reset=1 attempts=1 \
		attempts_refused=1 anomaly_syn_to_closed_listener=1
	for word; do
		equal "parameter $word" "$(cat "/sys/module/tcpshake/parameters/${word%=*}")" \
			"${word#*=}"
		case $word in
		slots=*)
			read_stats "$HERE"
			# whole rows of them, of twelve
			equal "$word" "${NOW[table_slots]}" $((${word#*=} / 12 * 12)) ;;
		services=*) ;;
		*)
			equal "configured $word" "$(tcpshake "$HERE" get --json |
				jq ".${word%=*}_ms // .${word%=*}")" "${word#*=}" ;;
		esac
	done
	assert_identities "$HERE"
	unload_module || fail "cannot be unloaded"
}

most_slots()
{
	local free

	free=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
	[ "$free" -gt 600000 ] || { skip_test "needs 600 MB of memory"; return; }
	works slots=4194304
}

# What the documentation promises.
defaults()
{
	try_load || { fail "does not load"; return; }
	LOADED=1
	equal "slots" "$(cat /sys/module/tcpshake/parameters/slots)" 65536
	equal "all_netns" "$(cat /sys/module/tcpshake/parameters/all_netns)" N
	tcpshake "$HERE" set enabled on || fail "cannot be switched on"
	equal "configuration" "$(tcpshake "$HERE" get --json | jq -Sc .)" \
		'{"enabled":true,"flood_floor":20,"flood_hold_ms":10000,"flood_learning_ms":60000,"flood_pending":512,"grace_ms":3000,"linger_ms":3000,"max_age_ms":140000,"syn_timeout_ms":75000,"synack_timeout_ms":75000}'
	unload_module || fail "cannot be unloaded"
}

described()
{
	local name

	for name in slots all_netns syn_timeout synack_timeout max_age linger grace services \
		flood_floor flood_pending flood_hold flood_learning; do
		modinfo -F parm "${TCPSHAKE_KO:-$SELFTESTS/../tcpshake.ko}" |
			grep -q "^$name:.\{20,\}" || fail "$name is not described"
	done
}

TESTS=(
	"refused slots 4095 4096 4194304"
	"refused slots 0 4096 4194304"
	"refused slots 4194305 4096 4194304"
	"refused slots 4294967295 4096 4194304"
)
for timeout in syn_timeout synack_timeout max_age; do
	for value in 0 99 600001; do
		TESTS+=("refused $timeout $value 100 600000")
	done
done
TESTS+=(
	"refused linger 60001 0 60000"
	"refused grace 60001 0 60000"
	"refused services 63 64 65536"
	"refused services 65537 64 65536"
	"refused flood_floor 3 4 1000000"
	"refused flood_pending 15 16 4194304"
	"refused flood_hold 999 1000 600000"
	"refused flood_learning 3600001 0 3600000"
	"not_a_number slots -1"
	"not_a_number slots many"
	"not_a_number slots 4294967296"
	"not_a_number linger 1s"
	"not_a_number all_netns maybe"
	"works slots=4096 syn_timeout=100 synack_timeout=100 max_age=100 linger=0 grace=0"
	"works slots=5000 syn_timeout=600000 synack_timeout=600000 max_age=600000 linger=60000 grace=60000"
	"works services=64 flood_floor=4 flood_pending=16 flood_hold=1000 flood_learning=0"
	most_slots
	defaults
	described
)

need_root_and awk jq modinfo
module_loaded && skip_all "tcpshake is loaded already; this loads it in other ways"
mark_log
try_load 2>/dev/null || skip_all "the tcpshake module cannot be loaded"
rmmod tcpshake
setup_ns HERE
hold "$HERE"
run_tests
