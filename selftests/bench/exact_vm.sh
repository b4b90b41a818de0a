# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of the exact benchmark: each scenario, by each subject, in one
# boot. Run by bash in the virtual machine, with what exact.sh built in ../bench.
# Every scenario begins with a namespace, module or program that has seen nothing.
#
# Prints lines of tabs, the rest is for the reader:
#   result  SCENARIO SUBJECT UNIT VALUE
#   check   WHAT EXPECTED ACTUAL
# A scenario is called SIZE/FAMILY/NAME; what the names mean is in exact.awk.
#
# SLOTS=N of the table. SUBJECTS, FAMILIES, ONLY=REGEX: names of scenarios.

set -u
SLOTS=${SLOTS:-65536}
SUBJECTS=${SUBJECTS:-none empty tcpshake conntrack bpf}
FAMILIES=${FAMILIES:-4 6}
ONLY=${ONLY:-.}
HERE=/tcpshake/bench
PROC=/proc/tcpshake_bench

# Numbers of flows: those that are measured, and those that fill the table before.
MEASURED=0 OTHERS=2000000
COUNT=$((SLOTS / 8 < 4096 ? SLOTS / 8 : 4096))
SEGMENTS=8192

declare -A BEFORE AFTER
declare -a BPF_WORDS BPF_NAMES

result()
{
	printf 'result\t%s\t%s\t%s\t%s\n' "$@"
}

# check WHAT EXPECTED ACTUAL
check()
{
	printf 'check\t%s, %s: %s\t%s\t%s\n' "$SIZE/v$FAMILY/$NAME" "$SUBJECT" "$@"
}

# cost NAME TENTHS: instructions.
cost()
{
	result "$SIZE/v$FAMILY/$1" "$SUBJECT" instructions $(($2 / 10)).$(($2 % 10))
}

# there COMMAND...: of busybox, where the subject's hooks are.
there()
{
	if [ "$SUBJECT" = tcpshake ]; then
		busybox "$@"
	else
		busybox nsenter --net="/run/netns/$SUBJECT" busybox "$@"
	fi
}

# tell LINE: to the bench module.
tell()
{
	# shellcheck disable=SC2016 # expanded there
	there sh -c 'printf %s "$1" >"$2"' sh "$1" "$PROC"
	check "status of $1" 0 $?
}

# ---- beginning and end of a scenario -------------------------------------------

# Two addresses for connections of this host.
addresses()
{
	# shellcheck disable=SC2016 # expanded there
	there sh -c 'ip link set lo up; for host in 1 2; do
		ip addr add "192.0.2.$host/32" dev lo
		ip addr add "2001:db8::$host/128" dev lo; done' 2>/dev/null
}

# namespace SUBJECT: with its hooks.
namespace()
{
	local SUBJECT=$1

	ip netns add "$SUBJECT"
	tell "hooks $SUBJECT"
}

begin()
{
	BPF_WORDS=() BPF_NAMES=()
	case $SUBJECT in
	tcpshake)
		insmod /tcpshake/tcpshake.ko slots="$SLOTS" grace=0
		check "loading it" 0 $? ;;
	conntrack)
		namespace conntrack ;;
	esac
}

finish()
{
	case $SUBJECT in
	bpf) run_bpf ;;
	tcpshake)
		rmmod tcpshake
		check "unloading it" 0 $? ;;
	conntrack) ip netns del conntrack ;;
	esac
}

# ---- packets ---------------------------------------------------------------------

# remembers: whether there is anything to be gained from packets before those that
# are measured.
remembers()
{
	[ "$SUBJECT" != none ] && [ "$SUBJECT" != empty ]
}

# bpf_words NAME KIND FIRST COUNT: what the runner is to do, later and at once. An
# empty name is not told.
bpf_words()
{
	local kind count=$4

	case $2 in
	handshake) set -- "$1" "syn synack ack" "$3" ;;
	refused) set -- "$1" "syn rst" "$3" ;;
	established) set -- "$1" "segment reply" "$3"; count=$((count / 2)) ;;
	esac
	for kind in $2; do
		BPF_WORDS+=("$kind:$3:$count")
		BPF_NAMES+=("$1")
	done
}

# go KIND FIRST COUNT [WORD]...: takes the packets through the hooks.
go()
{
	local name packets accepted rest

	tell "run $1 v6=$((FAMILY == 6)) first=$2 count=$3${4:+ ${*:4}}"
	while read -r name packets accepted rest; do
		check "accepted $name" "$packets" "$accepted"
		check "packets of $name" "$3" "$packets"
		[ "$SUBJECT" != conntrack ] || conntrack_knew "$name" "$packets" "${rest#* * * }"
	done <"$PROC"
}

# conntrack_knew STEP PACKETS "NEW KNOWN ASSURED": what it should have taken them for.
conntrack_knew()
{
	case $1 in
	syn) check "new, known, assured $1" "$2 0 0" "$3" ;;
	synack | rst) check "new, known, assured $1" "0 $2 0" "$3" ;;
	ack | segment) check "new, known, assured $1" "0 $2 $2" "$3" ;;
	esac
}

before()
{
	remembers || return
	if [ "$SUBJECT" = bpf ]; then
		bpf_words "" "$@"
	else
		go "$@"
	fi
}

# measure KIND FIRST COUNT [WORD]...: the costs of all steps together, and of each
# but the first.
measure()
{
	local step packets ns _ total=0
	local -a each=()

	if [ "$SUBJECT" = bpf ]; then
		bpf_words "$NAME" "$@"
		return
	fi
	read_counters BEFORE
	go "$@"
	read_counters AFTER
	while read -r step packets _ ns _; do
		ns=$((ns * 10 / packets))
		total=$((total + ns))
		each+=("$NAME-$step $ns")
	done <"$PROC"
	cost "$NAME" "$total"
	for step in "${each[@]:1}"; do
		cost "${step% *}" "${step#* }"
	done
}

# The runner's lines are those of the words, in turn; established segments are of two
# kinds, half of each.
run_bpf()
{
	local kind count ns idle new again synack completed refused untracked i=0
	local TOTAL=0 TOTAL_IDLE=0

	[ ${#BPF_WORDS[@]} -gt 0 ] || return
	"$HERE/runner" "$HERE/peer.bpf.o" "$SLOTS" "$FAMILY" "${BPF_WORDS[@]}" >/tmp/bpf
	check "status of the runner" 0 $?
	while read -r kind count ns idle new again synack completed refused untracked; do
		case $kind in
		syn) check "new" "$count" "$new" ;;
		synack) check "SYN-ACKs" "$count" "$synack" ;;
		ack) check "completed" "$count" "$completed" ;;
		rst) check "refused" "$count" "$refused" ;;
		*) check "untracked" "$count" "$untracked" ;;
		esac
		check "packets of $kind" "$count" \
			$((new + again + synack + completed + refused + untracked))
		[ -z "${BPF_NAMES[i]}" ] || bpf_cost "$kind" "$((ns * 10))" "$((idle * 10))"
		i=$((i + 1))
	done </tmp/bpf
	check "lines of the runner" ${#BPF_WORDS[@]} "$i"
	bpf_total
}

# bpf_cost KIND NS IDLE, bpf_total: of the steps of a scenario, and of them all.
bpf_cost()
{
	local SUBJECT

	TOTAL=$((TOTAL + $2)) TOTAL_IDLE=$((TOTAL_IDLE + $3))
	case $1 in
	segment | syn) return ;;
	reply) TOTAL=$((TOTAL / 2)) TOTAL_IDLE=$((TOTAL_IDLE / 2)); return ;;
	esac
	SUBJECT=bpf
	cost "$NAME-$1" "$2"
	SUBJECT=bpf-empty
	cost "$NAME-$1" "$3"
}

bpf_total()
{
	local SUBJECT

	SUBJECT=bpf
	cost "$NAME" "$TOTAL"
	SUBJECT=bpf-empty
	cost "$NAME" "$TOTAL_IDLE"
}

# ---- counters --------------------------------------------------------------------

# read_counters ARRAY: what the subject says of itself.
read_counters()
{
	local -n into=$1
	local name value

	into=()
	while read -r name value; do
		# shellcheck disable=SC2034 # it is the array that was named
		into["$name"]=$value
	done < <(counters)
}

counters()
{
	case $SUBJECT in
	tcpshake) cat /proc/net/tcpshake/stats ;;
	conntrack)
		there sed 's/^/count /' /proc/sys/net/netfilter/nf_conntrack_count
		# shellcheck disable=SC2016 # of awk
		there awk 'NR == 1 { split($0, name) }
			NR > 1 { for (i = 1; i <= NF; i++) print name[i], $i }' \
			/proc/net/stat/nf_conntrack ;;
	esac
}

# grew SUBJECT NAME BY: a counter, while packets were measured.
grew()
{
	local more

	[ "$SUBJECT" = "$1" ] || return 0
	if [ "$SUBJECT" = conntrack ] && [ "$2" != count ]; then
		more=$((16#${AFTER[$2]} - 16#${BEFORE[$2]}))
	else
		more=$((AFTER[$2] - BEFORE[$2]))
	fi
	check "more $2" "$3" "$more"
}

# is SUBJECT NAME VALUE: a counter now.
is()
{
	local -A now

	[ "$SUBJECT" = "$1" ] || return 0
	read_counters now
	check "$2" "$3" "${now[$2]}"
}

# tcpshake_forgets: what has come to its end is kept for some seconds.
tcpshake_forgets()
{
	local -A now
	local try

	[ "$SUBJECT" = tcpshake ] || return 0
	for ((try = 0; try < 30; try++)); do
		read_counters now
		[ "${now[table_used]}" != 0 ] || break
		sleep 1
	done
	check "slots in use" 0 "${now[table_used]}"
}

# ---- scenarios -------------------------------------------------------------------

# local_socket PATH: segments of established connections of this host, whose socket is
# known, in turn of a client and of a server.
local_socket()
{
	# BPF_PROG_TEST_RUN knows no sockets of ours
	[ "$SUBJECT" != bpf ] || return
	addresses
	tell "connect v6=$((FAMILY == 6)) flows=32"
	is tcpshake attempts_completed 32
	tcpshake_forgets
	measure "local" 0 "$SEGMENTS" "path=$1"
	grew tcpshake packets "$SEGMENTS"
	grew tcpshake packets_untracked "$SEGMENTS"
	grew conntrack count 0
	tell disconnect
}

# forward PENDING: segments of established connections of others, as many attempts
# pending.
forward()
{
	local -A now

	before handshake "$MEASURED" 256
	tcpshake_forgets
	[ "$1" = 0 ] || before syn "$OTHERS" "$1"
	measure established "$MEASURED" "$SEGMENTS" flows=256
	grew tcpshake packets "$SEGMENTS"
	grew tcpshake packets_untracked "$SEGMENTS"
	grew tcpshake pending 0
	grew conntrack count 0
	is conntrack count $((256 + $1))
	[ "$SUBJECT" = tcpshake ] || return
	read_counters now
	check "pending and evicted" "$1" $((now[pending] + now[attempts_evicted]))
	result "$SIZE/v$FAMILY/$NAME" tcpshake pending "${now[pending]}"
}

new_syns()
{
	measure syn "$MEASURED" "$COUNT"
	grew tcpshake packets "$COUNT"
	grew tcpshake packets_new_attempt "$COUNT"
}

# Half full when half of them are in.
syn_half()
{
	local fill=$(((SLOTS - COUNT) / 2))

	before syn "$OTHERS" "$fill"
	new_syns
	is conntrack count $((fill + COUNT))
	[ "$SUBJECT" = tcpshake ] || return
	check "attempts" $((fill + COUNT)) "${AFTER[attempts]}"
	result "$SIZE/v$FAMILY/$NAME" tcpshake evicted \
		$((AFTER[attempts_evicted] - BEFORE[attempts_evicted]))
}

# Its count is not exact to one; what it dropped early and what it grew by is all that
# was new.
conntrack_evicted()
{
	local dropped=$((16#${AFTER[early_drop]} - 16#${BEFORE[early_drop]}))

	check "dropped early, and more of them" "$COUNT" \
		$((dropped + AFTER[count] - BEFORE[count]))
	check "most of them dropped early" 1 $((dropped >= COUNT * 95 / 100))
}

# syn_full TIMES: after so many times the table in SYNs, each new one evicts. Rows
# fill at random, so that takes three times the table at least; conntrack, which
# counts, is full at once.
syn_full()
{
	local times=$1

	[ "$SUBJECT" != conntrack ] || [ "$times" -gt 3 ] || times=1
	echo "$SLOTS" >/proc/sys/net/netfilter/nf_conntrack_max
	before syn "$OTHERS" $((SLOTS * times + 4096))
	new_syns
	grew tcpshake attempts_evicted "$COUNT"
	grew tcpshake table_used 0
	[ "$SUBJECT" != conntrack ] || conntrack_evicted
	echo $((SLOTS * 4)) >/proc/sys/net/netfilter/nf_conntrack_max
}

handshakes()
{
	measure handshake "$MEASURED" "$COUNT"
	grew tcpshake packets $((3 * COUNT))
	grew tcpshake packets_new_attempt "$COUNT"
	grew tcpshake packets_synack "$COUNT"
	grew tcpshake packets_completing "$COUNT"
	grew tcpshake attempts_completed "$COUNT"
	grew conntrack count "$COUNT"
}

refusals()
{
	measure refused "$MEASURED" "$COUNT"
	grew tcpshake packets $((2 * COUNT))
	grew tcpshake packets_new_attempt "$COUNT"
	grew tcpshake packets_reset "$COUNT"
	grew tcpshake attempts_refused "$COUNT"
}

# conntrack alone, without the hooks that confirm.
unconfirmed()
{
	[[ $SUBJECT == @(none|conntrack) ]] || return 0
	case $1 in
	syn) measure syn "$MEASURED" "$COUNT" path=prerouting ;;
	established)
		before handshake "$MEASURED" 256
		measure established "$MEASURED" "$SEGMENTS" flows=256 path=prerouting ;;
	esac
	grew conntrack count 0
}

# What calls cost that all of them make.
plain()
{
	[ "$SUBJECT" = none ] || return 0
	measure established "$MEASURED" "$SEGMENTS" "path=$1"
}

# scenario NAME COMMAND...
scenario()
{
	NAME=$1
	[[ $NAME =~ $ONLY ]] || return 0
	shift
	for SUBJECT in $SUBJECTS; do
		begin
		"$@"
		finish
	done
}

all_scenarios()
{
	local pending

	scenario local-in local_socket local_in
	scenario local-out local_socket local_out
	scenario forward-0 forward 0
	for pending in 1024 32768 50000 524288; do
		[ "$pending" -ge "$SLOTS" ] || scenario "forward-$pending" forward "$pending"
	done
	scenario syn-half syn_half
	scenario syn-full syn_full 3
	[ "$SLOTS" -gt 65536 ] || scenario syn-full-10 syn_full 10
	scenario handshake handshakes
	scenario refused refusals
	scenario forward-unconfirmed unconfirmed established
	scenario syn-unconfirmed unconfirmed syn
	[ "$FAMILY" = 6 ] || for path in ktime hsiphash jhash; do
		scenario "$path" plain "$path"
	done
}

# Those without memory stay. While nobody has hooks at some point, the kernel leaves
# out the call there; so that all subjects find the same, somebody else has.
namespaces()
{
	local SUBJECT=others FAMILY=- NAME=-

	namespace none
	namespace empty
	ip netns add others
	tell "hooks conntrack"
}

main()
{
	case $SLOTS in
	*[!0-9]* | "") echo "SLOTS=$SLOTS?" >&2; exit 2 ;;
	1048576) SIZE=1Mi ;;
	*) SIZE=$((SLOTS / 1024))Ki ;;
	esac
	modprobe nf_conntrack hashsize="$SLOTS" && insmod "$HERE/tcpshake_bench.ko" || exit 1
	echo $((SLOTS * 4)) >/proc/sys/net/netfilter/nf_conntrack_max
	namespaces
	for FAMILY in $FAMILIES; do
		all_scenarios
	done
	ip -all netns del
	SUBJECT=all NAME=end
	rmmod tcpshake_bench
	check "unloading the benchmark" 0 $?
	check "complaints of the kernel" 0 \
		"$(dmesg | grep -cE '\b(WARNING|BUG|Oops|Call Trace|suspicious)\b|nable to handle')"
	echo finished
}

main
