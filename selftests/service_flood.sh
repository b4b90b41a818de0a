#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A flood on one service fills the table many times over. What is pending on
# another service stays, answered or not, and so does what comes to it meanwhile.
#
#   ┌────────────────────────────┐            ┌──────────────────────────────┐
#   │ init_net: its share is the │ 198.18.0.x │ SERVER                       │
#   │ whole table of 4096 slots; ├────────────┤ httpd, port 80, SYN cookies: │
#   │ spoofs 10.0.0.0/8 (flood), │            │   answers the flood          │
#   │ 198.18.1.0/24 (genuine)    │            │ port 81: dropped, flooded    │
#   │ 10.0.0.0/8 leads nowhere   ├────────────┤ port 8080: dropped, genuine; │
#   └────────────────────────────┘            │   answers are injected       │
#                                             └──────────────────────────────┘

. "$(dirname "$0")/lib.sh"

HALF=30			# so many are answered, so many are not
FLOOD=12288		# SYNs, three tables full

# init_net's own traffic would disturb us. Forwarding is on for our cable alone.
setup_cables()
{
	[ -z "$(ss -Hnt)" ] || skip_all "init_net has connections of its own"
	ip -batch - <<-EOT || bail "no veth"
		link add tcpshake-test address 02:00:00:00:09:01 type veth \
			peer name cable address 02:00:00:00:09:02 netns $SERVER
		link add tcpshake-sink type veth peer name sink netns $SERVER
	EOT
	ip -n "$SERVER" -batch - <<-'EOT' || bail "no addresses"
		link set cable up
		link set sink up
		addr add 198.18.0.2/24 dev cable
		neigh add 198.18.0.1 lladdr 02:00:00:00:09:01 dev cable nud permanent
		route add default via 198.18.0.1
	EOT
	ip -batch - <<-'EOT' || bail "no addresses"
		link set tcpshake-test up
		link set tcpshake-sink arp off up
		addr add 198.18.0.1/24 dev tcpshake-test
		neigh add 198.18.0.2 lladdr 02:00:00:00:09:02 dev tcpshake-test nud permanent
		route add 10.0.0.0/8 dev tcpshake-sink
		route add 198.18.1.0/24 dev tcpshake-sink
	EOT
	sysctl -qw net.ipv4.conf.tcpshake-test.forwarding=1
}

# clients_of NUMBER
clients_of()
{
	local i

	CLIENTS=()
	for ((i = 1; i <= 2 * HALF; i++)); do
		CLIENTS+=("198.18.1.$i:$((1000 + $1))")
	done
}

# genuine NUMBER: SYNs to the quiet service, of which the first half are answered.
genuine()
{
	local client

	snapshot init_net
	clients_of "$1"
	for client in "${CLIENTS[@]}"; do
		inject "$client" 198.18.0.2:8080 S --seq 5 || fail "it does not get out"
	done
	answer "${CLIENTS[@]::HALF}"
	grown init_net attempts
	equal "attempts" "$GROWN" $((2 * HALF))
}

# answer CLIENT...
answer()
{
	local client

	snapshot init_net_answers
	for client; do
		inject --netns "$SERVER" 198.18.0.2:8080 "$client" SA --seq 7 --ack 6
	done
	expected answered $# || fail "$GROWN of $# answers were seen"
}

answered()
{
	grown init_net_answers packets_synack
	[ "$GROWN" -eq "$1" ]
}

# Of the answers some are lost on the way back, as the queues between namespaces overflow.
flood_answered()
{
	grown init_net packets_synack
	[ "$GROWN" -gt "${NOW[table_slots]}" ]
}

# flood PORT NUMBER: more than the table can hold, from so many addresses, of which each
# sends one SYN. Nothing is lost on the way to LOCAL_OUT.
flood()
{
	snapshot init_net
	inject "10.0.0.1:$2" "198.18.0.2:$1" S --count "$FLOOD" --rand-source 10.0.0.0/8 \
		--options 020405b4 --ip-id 1 || fail "the flood did not get out"
	grown init_net packets_new_attempt
	equal "SYNs" "$GROWN" "$FLOOD"
	grown init_net attempts_evicted
	[ "$GROWN" -gt $((3 * NOW[table_slots] / 2)) ] || fail "only $GROWN were evicted"
	[ "$1" != 80 ] || expected flood_answered || fail "only $GROWN were answered"
	assert_sums init_net
}

# all_there NUMBER: neither answered nor unanswered ones were evicted.
all_there()
{
	local line
	local -A count=([half_open_syn]=0 [half_open_synack]=0)

	mapfile -t LINES <"${PROC[init_net]}/half_open"
	for line in "${LINES[@]}"; do
		[[ ! $line =~ :8080\ ([a-z_]+) ]] ||
			count[${BASH_REMATCH[1]}]=$((count[${BASH_REMATCH[1]}] + 1))
	done
	equal "pending on the quiet service, unanswered" "${count[half_open_syn]}" $((HALF * $1))
	equal "pending on the quiet service, answered" "${count[half_open_synack]}" $((HALF * $1))
}

# complete NUMBER: they get what is missing.
complete()
{
	local client

	clients_of "$1"
	snapshot init_net
	answer "${CLIENTS[@]:HALF}"
	for client in "${CLIENTS[@]}"; do
		inject "$client" 198.18.0.2:8080 A --seq 6 --ack 8
	done
	grown init_net attempts_completed
	equal "completed" "$GROWN" $((2 * HALF))
}

TESTS=(
	"genuine 0"
	"flood 81 1"
	"all_there 1"
	"genuine 1"
	"flood 80 2"
	"all_there 2"
	"flood 81 3"
	"all_there 2"
	"complete 0"
	"complete 1"
	identities
)

need_root_and busybox nft ss
# on a slow machine, too, nothing ends by itself
load_module slots=4096 syn_timeout=600000 synack_timeout=600000 max_age=600000
setup_ns SERVER
setup_cables
nft_in "$SERVER" <<-'EOT'
	table inet deaf {
		chain in {
			type filter hook input priority raw
			tcp dport != 80 drop
		}
	}
EOT
in_ns "$SERVER" sysctl -qw net.ipv4.tcp_syncookies=2
start_httpd "$SERVER" 80
PROC[init_net]=/proc/1/net/tcpshake PROC[init_net_answers]=/proc/1/net/tcpshake
read_stats init_net
run_tests
