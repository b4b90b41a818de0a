# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Subjects of the exact benchmark: how each is made ready, given packets and asked
# what it thought of them. That of the machine's hooks (nobody's, empty ones,
# conntrack's) has a network namespace of that name; tcpshake observes the first one;
# BPF is run by a program, all at once at the end of a scenario.
# To be sourced by exact_vm.sh, not run: SUBJECT, NAME, FAMILY, SIZE, SLOTS, HERE and
# PROC are its variables.

declare -A BEFORE AFTER
exec {PAUSE}<> <(:)	# never readable
declare -a BPF_WORDS BPF_NAMES

result()
{
	printf 'result\t%s\t%s\t%s\t%s\n' "$@"
}

# check WHAT EXPECTED ACTUAL
check()
{
	# shellcheck disable=SC2153 # NAME is the scenario's
	printf 'check\t%s, %s: %s\t%s\t%s\n' "$SIZE/v$FAMILY/$NAME" "$SUBJECT" "$@"
}

# cost NAME TENTHS: of the unit.
cost()
{
	result "$SIZE/v$FAMILY/$1" "$SUBJECT" "$UNIT" $(($2 / 10)).$(($2 % 10))
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
	local step packets ns ps _ total=0
	local -a each=()

	if [ "$SUBJECT" = bpf ]; then
		bpf_words "$NAME" "$@"
		return
	fi
	read_counters BEFORE
	go "$@"
	read_counters AFTER
	while read -r step packets _ ns _ ps _; do
		[ "$UNIT" = instructions ] && ns=$((ns * 10 / packets)) || ns=$((ps / 100))
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
	if [ -z "${AFTER[$2]:-}" ] || [ -z "${BEFORE[$2]:-}" ]; then
		more="no such counter"
	elif [ "$SUBJECT" = conntrack ] && [ "$2" != count ]; then
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
	check "$2" "$3" "${now[$2]:-no such counter}"
}

# tcpshake_forgets: what has come to its end is kept for some seconds. When there is nothing
# any more, it takes the sweep a whole pass, of a second, to know; it begins one in another,
# and nobody outside can see whether it has.
tcpshake_forgets()
{
	local -A now
	local end=$((${EPOCHREALTIME/./} + 30000000))

	[ "$SUBJECT" = tcpshake ] || return 0
	read_counters now
	until [ "${now[table_used]:-}" = 0 ] || [ "${EPOCHREALTIME/./}" -gt "$end" ]; do
		read -rt 0.1 -u "$PAUSE"
		read_counters now
	done
	check "slots in use" 0 "${now[table_used]:-unknown}"
	read -rt 2.5 -u "$PAUSE"
}
