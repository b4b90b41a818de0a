# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The guest's part of the benchmark of whole connections: a client that connects to a
# server in the first network namespace as fast as it can, and closes; whoever watches is
# in the server's. Run by bash in the virtual machine, with what system.sh built in ../bench.
#
# The machine has one processor, whose clock counts instructions: what all processes have
# had of it, by /proc/schedstat, is what the connections took, softirqs included, and
# without the time nobody wanted it.
#
# Prints lines of tabs, like exact_vm.sh. CONNECTIONS=N.

set -u
CONNECTIONS=${CONNECTIONS:-20000}
WARM=2000			# before those that are measured
HERE=/tcpshake/bench
TRAFFIC=/tcpshake/selftests/traffic
PORT=8000
READER=''			# its process, if there is one
exec {PAUSE}<> <(:)		# never readable

result()
{
	printf 'result\tsystem\t%s\t%s\t%s\n' "$@"
}

# check WHAT EXPECTED ACTUAL
check()
{
	printf 'check\tsystem, %s: %s\t%s\t%s\n' "$SUBJECT" "$@"
}

cables()
{
	ip netns add client &&
	ip link add veth0 address 02:00:00:00:00:01 netns client type veth \
		peer name veth0 address 02:00:00:00:00:02 || exit 1
	ip -n client -batch - <<-'EOT' || exit 1
		link set lo up
		link set veth0 up
		addr add 192.0.2.1/24 dev veth0
		neigh replace 192.0.2.2 lladdr 02:00:00:00:00:02 dev veth0 nud permanent
	EOT
	ip -batch - <<-'EOT' || exit 1
		link set veth0 up
		addr add 192.0.2.2/24 dev veth0
		neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 dev veth0 nud permanent
	EOT
}

# idle: has the reader nothing to do, nor got anything in the 20 ms since? Events wait for
# others for 10 ms at most.
idle()
{
	local state

	for _ in 1 2; do
		read -rt 0.02 -u "$PAUSE"
		{ read -r _ _ state _ <"/proc/$READER/stat"; } 2>/dev/null ||
			return 0	# it has all it wanted
		[[ $state == [SZ] ]] || return 1
	done
}

# busy: ns that processes have had the processor, once the reader has come to rest.
busy()
{
	[ -z "$READER" ] || until idle; do :; done
	awk '$1 == "cpu0" { printf "%.0f\n", $8 }' /proc/schedstat
}

connect()
{
	ip netns exec client "$TRAFFIC" clients 192.0.2.2 "$PORT" --rate 1000000000 --waiting 1 \
		--count "$1" >/tmp/clients
	check "connected" "connected $1" "$(head -n 1 /tmp/clients)"
}

stat()
{
	sed -n "s/^$1 //p" /proc/net/tcpshake/stats
}

# ---- subjects ------------------------------------------------------------------

# read_by PROGRAM...: it is asleep, so it listens.
read_by()
{
	"$@" >/dev/null 2>/tmp/reader &
	READER=$!
	until idle; do :; done
}

begin()
{
	case $SUBJECT in
	tcpshake*)
		insmod /tcpshake/tcpshake.ko grace=0
		check "loading it" 0 $? ;;
	conntrack*)
		nft "add table ip t; add chain ip t c { type filter hook input priority 0; };
			add rule ip t c ct state established counter"
		check "its rule" 0 $? ;;
	esac
	case $SUBJECT in
	"tcpshake, watch") read_by tcpshake watch --json --count $((CONNECTIONS + WARM)) ;;
	"conntrack, -E") read_by "$HERE/conntrack" -E -p tcp ;;
	"conntrack, -E -e NEW") read_by "$HERE/conntrack" -E -p tcp -e NEW ;;
	esac
}

# per_connection EVENTS
per_connection()
{
	result "$SUBJECT" "events/connection" \
		"$(awk -v all=$((CONNECTIONS + WARM)) -v events="$1" \
			'BEGIN { printf "%.2f\n", events / all }')"
}

# delivered: what the reader got of the events of each connection, and what it lost. That
# of tcpshake ends by itself when it has got them all.
delivered()
{
	local all=$((CONNECTIONS + WARM))

	case $SUBJECT in
	tcpshake*)
		wait "$READER"
		check "status of the reader" 0 $?
		check "events" "$all" "$(stat events_handshake)"
		per_connection "$(stat events_handshake)"
		result "$SUBJECT" "lost" "$(stat events_lost)" ;;
	conntrack*)
		kill -TERM "$READER"
		wait "$READER"
		per_connection "$(sed -n "s/.*: \([0-9]*\) flow events.*/\1/p" /tmp/reader)"
		result "$SUBJECT" "lost" "$(grep -c 'No buffer space' /tmp/reader)" ;;
	esac
}

finish()
{
	[ -z "$READER" ] || delivered
	READER=''
	case $SUBJECT in
	tcpshake*)
		check "attempts completed" $((CONNECTIONS + WARM)) "$(stat attempts_completed)"
		rmmod tcpshake
		check "unloading it" 0 $? ;;
	conntrack*)
		nft delete table ip t
		check "deleting its rule" 0 $? ;;
	esac
}

measure()
{
	local before after server

	PORT=$((PORT + 1))	# nothing is left of the connections before
	"$TRAFFIC" server 192.0.2.2 "$PORT" &
	server=$!
	begin
	until ss -Hltn "sport = :$PORT" | grep -q .; do
		read -rt 0.05 -u "$PAUSE"
	done
	connect "$WARM"
	before=$(busy)
	connect "$CONNECTIONS"
	after=$(busy)
	result "$SUBJECT" instructions/connection $(((after - before) / CONNECTIONS))
	finish
	kill "$server"
	wait "$server"
}

main()
{
	echo 1 >/proc/sys/kernel/sched_schedstats
	cables
	for SUBJECT in none tcpshake "tcpshake, watch" conntrack "conntrack, -E -e NEW" \
		"conntrack, -E"; do
		measure
	done
	SUBJECT=end
	check "complaints of the kernel" 0 \
		"$(dmesg | grep -cE '\b(WARNING|BUG|Oops|Call Trace|suspicious)\b|nable to handle')"
	echo finished
}

main
