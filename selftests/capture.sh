#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "tcpshake capture" on live interfaces, beside real programs. It is the reader's
# own work: the module is not needed.
#
#   ┌──────────────────────┐         ┌───────────────────────────┐
#   │ CLIENT     192.0.2.1 ├─ veth1 ─┤ 192.0.2.2         SERVER  │
#   │        2001:db8:1::1 │         │ 2001:db8:1::2             │
#   │                      │         │ captures on veth1 and any │
#   │ vlan10  198.51.100.1 ├╌╌╌╌╌╌╌╌╌┤ 198.51.100.2  vlan10      │
#   │        2001:db8:2::1 │ 802.1Q  │ 2001:db8:2::2             │
#   └──────────────────────┘         │ port 80: web server       │
#   ┌──────────────────────┐         │ port 99: dropped          │
#   │ QUIET             lo │         └───────────────────────────┘
#   └──────────────────────┘

. "$(dirname "$0")/lib.sh"

BIG=2000000	# octets of a bulk transfer

# ---- captures and what they tell ---------------------------------------------------

# start_capture NS ARGUMENT...: its process is CAPTURER, its output goes to the file
# CAPTURED. It sleeps when it waits for packets, and before that for nothing.
start_capture()
{
	CAPTURED=$TMP/capture.${#PIDS[@]}
	spawn "$1" "$READER" capture "${@:2}" >"$CAPTURED" 2>"$CAPTURED.err"
	CAPTURER=$SPAWNED
	busywait "$WAIT_MS" asleep "$CAPTURER" ||
		bail "capture ${*:2} does not get ready: $(<"$CAPTURED.err")"
}

# stop_capture SIGNAL [PID FILE]: the one that was started last, unless it is said.
stop_capture()
{
	local pid=${2:-$CAPTURER} file=${3:-$CAPTURED}

	kill "-$1" "$pid"
	ended "$pid" 0
	equal "said on stderr" "$(<"$file.err")" ""
}

# ended PID STATUS: waits for its end.
ended()
{
	wait "$1"
	equal "status" "$?" "$2"
}

wait_attempts()
{
	expected has_lines "$CAPTURED" "$1" || fail "$1 attempts wanted, got: $(<"$CAPTURED")"
}

# told FILE: what became of which attempt, one a line.
told()
{
	jq -r '[.client, .server, .server_port, .outcome] | map(tostring) | join(" ")' "$1"
}

# number FILE KEY: of a summary.
number()
{
	jq ".$2" "$1"
}

# has_socket PID STATE PORT: a socket of its namespace, in hexadecimal state, on
# either side of whose connection is that port.
has_socket()
{
	local line port

	printf -v port ':%04X' "$3"
	while read -r -a line; do
		[[ ${line[3]} == "$2" && ${line[1]}${line[2]} == *"$port"* ]] && return 0
	done < <(cat "/proc/$1/net/tcp" "/proc/$1/net/tcp6")
	return 1
}

# addresses NAME: C and S of the cable, or of the VLAN on it.
addresses()
{
	case $1 in
	ipv4)	C=192.0.2.1 S=192.0.2.2 HOST=$S ;;
	ipv6)	C=2001:db8:1::1 S=2001:db8:1::2 HOST="[$S]" ;;
	vlan4)	C=198.51.100.1 S=198.51.100.2 HOST=$S ;;
	vlan6)	C=2001:db8:2::1 S=2001:db8:2::2 HOST="[$S]" ;;
	lo4)	C=127.0.0.1 S=$C HOST=$S ;;
	lo6)	C=::1 S=$C HOST="[$S]" ;;
	esac
}

# ---- tests ---------------------------------------------------------------------------

# outcomes ADDRESSES INTERFACE [CLIENT]: each as it ends, and the one left at the end.
outcomes()
{
	local client=${3:-$CLIENT} silent

	addresses "$1"
	start_capture "$SERVER" -i "$2" --json
	fetch "$client" "$HOST"
	wait_attempts 1
	connect "$client" "$S" 81 && fail "connected to nothing"
	wait_attempts 2
	spawn_connect "$client" "$S" 99
	silent=$SPAWNED
	expected has_socket "$silent" 02 99 || fail "no connection is tried"
	stop_capture INT
	finish_spawned "$silent"
	equal "$1 on $2" "$(told "$CAPTURED")" "$C $S 80 completed
$C $S 81 refused
$C $S 99 half_open_syn"
}

# What is on the wire twice is seen twice on all interfaces, on loopback it is not.
loopback()
{
	outcomes lo4 lo "$SERVER"
	outcomes lo6 any "$SERVER"
	equal "SYNs" "$(jq -s 'map(.syn_count) | add' "$CAPTURED")" 3
}

any()
{
	outcomes ipv4 any
	outcomes ipv6 any
}

text()
{
	local line

	addresses ipv4
	start_capture "$SERVER" -i veth1
	busywait "$WAIT_MS" has_lines "$CAPTURED" 1 || fail "no headings"
	fetch "$CLIENT" "$HOST"
	wait_attempts 2
	stop_capture TERM
	mapfile -t line < <(tr -s ' ' <"$CAPTURED")
	matches "headings" "${line[0]}" \
		"TIME CLIENT SERVER OUTCOME TOTAL SERVER-HALF CLIENT-HALF RETRANS FLAGS*"
	matches "attempt" "${line[1]}" \
		"??:??:??.?????? 192.0.2.1:* 192.0.2.2:80 completed * 0/0 -*"
}

filters()
{
	addresses ipv4
	start_capture "$SERVER" -i veth1 --json sport 80 client 192.0.2.0/24 --outcome completed
	connect "$CLIENT" "$S" 81
	fetch "$CLIENT" "[2001:db8:1::2]"
	fetch "$CLIENT" "$HOST"
	wait_attempts 1
	stop_capture INT
	equal "attempts" "$(told "$CAPTURED")" "$C $S 80 completed"
	start_capture "$SERVER" -i veth1 --json -6
	fetch "$CLIENT" "$HOST"
	fetch "$CLIENT" "[2001:db8:1::2]"
	wait_attempts 1
	stop_capture INT
	equal "only IPv6" "$(jq -r .server "$CAPTURED")" 2001:db8:1::2
}

# Both pending states, in the list and in the summary; the client never hears.
pending()
{
	local list list_file

	addresses ipv4
	start_capture "$SERVER" -i veth1 --json
	list=$CAPTURER list_file=$CAPTURED
	start_capture "$SERVER" -i veth1 --json --summary
	inject --netns "$CLIENT" "$C:31000" "$S:80" S --seq 7 || fail "inject"
	expected has_socket "$CAPTURER" 03 31000 || fail "the server does not answer"
	inject --netns "$CLIENT" "$C:31001" "$S:99" S --seq 8 || fail "inject"
	stop_capture INT "$list" "$list_file"
	stop_capture TERM
	equal "list" "$(jq -c '[.isn, .outcome, .total_us > 0]' "$list_file")" \
		'[7,"half_open_synack",true]
[8,"half_open_syn",true]'
	equal "summary" "$(jq -c '[.interface, .attempts, .half_open_syn, .half_open_synack,
		.kernel_dropped, .interface_dropped]' "$CAPTURED")" '["veth1",2,1,1,0,0]'
}

# bulk ADDRESSES INTERFACE: full segments, which nearly all are, of an established connection are not passed
# on, unless one asks for them; the handshake is the same.
bulk()
{
	local all all_file without

	addresses "$1"
	start_capture "$SERVER" -i "$2" --json --summary --all
	all=$CAPTURER all_file=$CAPTURED
	start_capture "$SERVER" -i "$2" --json --summary
	in_ns "$CLIENT" curl -sS -o /dev/null "http://$HOST/big" || fail "no transfer"
	stop_capture INT "$all" "$all_file"
	stop_capture INT
	without=$(($(number "$all_file" packets) - $(number "$CAPTURED" packets)))
	[ "$without" -ge $((BIG * 95 / 100 / 1448)) ] || fail "only $without packets less"
	printf '# %s on %s: packets %s, filtered %s\n' "$1" "$2" \
		"$(number "$all_file" packets)" "$(number "$CAPTURED" packets)"
	equal "with --all" "$(jq -c '[.attempts, .completed]' "$all_file")" "[1,1]"
	equal "without" "$(jq -c '[.attempts, .completed]' "$CAPTURED")" "[1,1]"
}

# add_vlan NS PREFIX4 PREFIX6
add_vlan()
{
	ip -n "$1" link add link veth1 name vlan10 type vlan id 10 2>/dev/null || return
	ip -n "$1" -batch - <<-EOT || bail "no addresses"
		link set vlan10 up
		addr add $2 dev vlan10
		addr add $3 dev vlan10 nodad
	EOT
	split_segments "$1" vlan10
}

# With the tag beside the packet, where the network card puts it, and in it.
vlan()
{
	local ns

	if ! add_vlan "$CLIENT" 198.51.100.1/24 2001:db8:2::1/64; then
		skip_test "needs VLANs"
		return
	fi
	add_vlan "$SERVER" 198.51.100.2/24 2001:db8:2::2/64
	outcomes vlan4 veth1
	outcomes vlan6 vlan10
	bulk vlan4 veth1
	bulk vlan6 vlan10
	for ns in "$CLIENT" "$SERVER"; do
		in_ns "$ns" ethtool -K veth1 txvlan off rxvlan off >/dev/null ||
			fail "the tag cannot be put into packets"
	done
	outcomes vlan6 veth1
	bulk vlan4 veth1
}

# The same packets by another program, without a filter, through replay.
agreement()
{
	local dumper list fields

	type -P tcpdump >/dev/null || { skip_test "needs tcpdump"; return; }
	fields='[.client, .client_port, .server, .server_port, .outcome, .isn, .server_isn,
		.syn_count, .synack_count, .flags]'
	start_capture "$SERVER" -i veth1 --json
	spawn "$SERVER" tcpdump -Z root -i veth1 -s 0 --immediate-mode -U -w "$TMP/dump" \
		2>"$TMP/dump.err"
	dumper=$SPAWNED
	busywait "$WAIT_MS" grep -q 'listening on' "$TMP/dump.err" || bail "no tcpdump"
	# losses, so that there is something to disagree about
	ip netns exec "$CLIENT" tc qdisc add dev veth1 root netem loss 25% 2>/dev/null ||
		printf '# no losses: this kernel has no netem\n'
	list=$(odd_traffic)
	ip netns exec "$CLIENT" tc qdisc del dev veth1 root 2>/dev/null
	stop_capture INT
	kill -INT "$dumper"
	wait "$dumper"
	# two processors' packets may be out of order by microseconds, which status 1 says
	"$READER" replay --json "$TMP/dump" >"$TMP/dumped" 2>"$TMP/replay.err"
	printf '# %s attempts, %s SYNs, %s\n' "$(wc -l <"$TMP/dumped")" \
		"$(jq -s 'map(.syn_count) | add' "$TMP/dumped")" "$list"
	[ "$(wc -l <"$TMP/dumped")" -ge 40 ] || fail "too few attempts to compare"
	diff <(jq -c "$fields" "$CAPTURED" | sort) <(jq -c "$fields" "$TMP/dumped" | sort) \
		>"$TMP/difference" || fail "capture <, replay >: $(<"$TMP/difference")"
}

# Prints how many web pages there were.
odd_traffic()
{
	local i addresses flags pids=() fetched=0

	for ((i = 0; i < 20; i++)); do
		for addresses in ipv4 ipv6; do
			addresses "$addresses"
			in_ns "$CLIENT" curl -s --noproxy '*' --max-time 10 -o /dev/null \
				"http://$HOST/" &
			pids+=($!)
		done
	done
	addresses ipv4
	for flags in S SF SA A RA R FA -; do
		"$INJECT" --netns "$CLIENT" "$C:$((32000 + i++))" "$S:80" "$flags" --seq 5 \
			>/dev/null
		"$INJECT" --netns "$CLIENT" "$C:33000" "$S:99" "$flags" --seq 5 >/dev/null
	done
	for i in "${pids[@]}"; do
		wait "$i" && fetched=$((fetched + 1))
	done
	echo "$fetched of ${#pids[@]} pages"
}

limits()
{
	addresses ipv4
	start_capture "$SERVER" -i veth1 --json --summary --count 3
	fetch "$CLIENT" "$HOST"
	ended "$CAPTURER" 0
	equal "with --count" "$(number "$CAPTURED" packets)" 3
	start_capture "$SERVER" -i lo --json --summary --duration 50ms
	ended "$CAPTURER" 0
	equal "with --duration" "$(number "$CAPTURED" packets)" 0
}

# Nobody reads: no reason to go on, nor to complain.
closed_pipe()
{
	addresses ipv4
	mkfifo "$TMP/pipe"
	head -n 1 "$TMP/pipe" >/dev/null &
	spawn "$SERVER" "$READER" capture -i veth1 >"$TMP/pipe" 2>"$TMP/pipe.err"
	CAPTURER=$SPAWNED
	ended "$CAPTURER" 0
	equal "said on stderr" "$(<"$TMP/pipe.err")" ""
}

# An attempt nobody answers ends when its time is up, though no packet comes. It was
# begun at the start of this scenario, for time is under test.
begin_time_out()
{
	addresses lo4
	start_capture "$QUIET" -i lo --json
	TIMER=$CAPTURER TIMED=$CAPTURED
	inject --netns "$QUIET" "$C:31000" "$S:99" S --seq 9 || fail "inject"
}

time_out()
{
	busywait 120000 has_lines "$TIMED" 1 || fail "no end of time"
	stop_capture INT "$TIMER" "$TIMED"
	equal "attempt" "$(jq -c '[.isn, .outcome, .syn_count, .total_us]' "$TIMED")" \
		'[9,"unanswered",1,75000000]'
}

interface_goes()
{
	ip -n "$SERVER" link add gone type veth peer name peer || bail "no veth"
	ip -n "$SERVER" link set gone up
	start_capture "$SERVER" -i gone --json --summary
	ip -n "$SERVER" link set gone down
	ended "$CAPTURER" 1
	equal "summary" "$(number "$CAPTURED" attempts)" 0
	equal "message" "$(<"$CAPTURED.err")" "tcpshake: gone: the interface went down"
	ip -n "$SERVER" link set gone up
	start_capture "$SERVER" -i gone
	ip -n "$SERVER" link del gone
	ended "$CAPTURER" 1
	matches "message" "$(<"$CAPTURED.err")" "tcpshake: gone: *"
}

TESTS=(
	"outcomes ipv4 veth1"
	"outcomes ipv6 veth1"
	loopback
	any
	text
	filters
	pending
	"bulk ipv4 veth1"
	"bulk ipv6 any"
	vlan
	agreement
	limits
	closed_pipe
	interface_goes
	time_out
)

# split_segments NS INTERFACE: as the wire has them, not many in one.
split_segments()
{
	in_ns "$1" ethtool -K "$2" tso off gso off gro off >/dev/null || bail "ethtool"
}

need_root_and busybox curl ethtool jq nft
setup_pair
setup_ns QUIET
for ns in "$CLIENT" "$SERVER"; do
	split_segments "$ns" veth1
done
deafen "$SERVER" 99
deafen "$CLIENT" 31000
deafen "$CLIENT" 33000
deafen "$QUIET"
start_httpd "$SERVER" 80
head -c "$BIG" /dev/zero >"$TMP/www/big"
begin_time_out
run_tests
