#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Retransmissions of SYN and SYN-ACK, told apart, for every place where a segment
# of the handshake can get lost. nftables drops the first one of its kind.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT           │   │ ROUTER, observed   │   │ SERVER           │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘
#
#   port   lost                   where
#   8001   SYN                    ahead of the observer
#   8002   SYN                    behind it
#   8003   SYN-ACK                behind it
#          other SYNs             ahead of it: they race with the server's second SYN-ACK
#   8004   ACK, client silent     ahead of it
#   8005   ACK, client sends      ahead of it
#   8006   ACK, client silent     behind it
#   80     nothing: segments of our own, both ends deaf

. "$(dirname "$0")/lib.sh"

lose()
{
	local first="numgen inc mod 1000000 < 1 drop"

	nft_in "$CLIENT" <<-EOT
		table inet lossy {
			chain in {
				type filter hook input priority filter
				tcp sport 8003 tcp flags & (syn|ack) == syn|ack $first
			}
			chain out {
				type filter hook output priority filter
				tcp dport 8001 tcp flags & (syn|ack) == syn $first
				tcp dport 8003 tcp flags & (syn|ack) == syn jump once
				tcp dport { 8004, 8005 } tcp flags & (syn|ack) == ack jump third
			}
			chain once {
				numgen inc mod 1000000 < 1 accept
				drop
			}
			chain third {
				tcp dport 8004 $first
				tcp dport 8005 $first
			}
		}
	EOT
	nft_in "$SERVER" <<-EOT
		table inet lossy {
			chain in {
				type filter hook input priority raw
				tcp dport 8002 tcp flags & (syn|ack) == syn $first
				tcp dport 8006 tcp flags & (syn|ack) == ack $first
			}
		}
	EOT
}

# All at once: each needs a second until the stack repeats itself.
losses()
{
	local port

	for port in 8001 8002 8003 8004 8006; do
		spawn_connect "$CLIENT" 198.51.100.2 "$port"
	done
	fetch "$CLIENT" 198.51.100.2:8005 || fail "no web page"
	assert_stat "$ROUTER" attempts_completed 6
	assert_stat "$ROUTER" stalled 1
	assert_stat "$ROUTER" pending 0
	assert_stat "$ROUTER" attempts 6
	read_stats "$ROUTER"
	equal "SYNs that opened" "${NOW[packets_new_attempt]}" 6
	equal "SYN-ACKs that came first" "${NOW[packets_synack]}" 6
	equal "completing segments" "${NOW[packets_completing]}" 6
}

# row PORT SYNS SYNACKS FLAGS (patterns): the completed handshake with that port.
row()
{
	local -a words

	read -r -a words < <(grep " 198.51.100.2:$1 " "${PROC[$ROUTER]}/completed")
	SERVER_RTT=${words[4]:-} CLIENT_RTT=${words[5]:-}
	matches "port $1: syn_count, synack_count, flags" "${words[*]:6:3}" "$2 $3 $4"
}

known()
{
	[[ $1 =~ ^[0-9]+$ ]] || fail "a time unknown that should not be: '$1'"
}

# A SYN lost ahead of us never was; the first we see is the first.
lost_syn()
{
	row 8001 1 1 -
	known "$SERVER_RTT"
	known "$CLIENT_RTT"
	row 8002 2 1 server_ambiguous
	equal "server_rtt_us" "$SERVER_RTT" -
	known "$CLIENT_RTT"
}

lost_synack()
{
	row 8003 1 2 client_ambiguous
	known "$SERVER_RTT"
	equal "client_rtt_us" "$CLIENT_RTT" -
}

# The ACK that is seen echoes the first SYN-ACK, a second ago, and answers another.
lost_ack()
{
	row 8004 1 2 client_ambiguous
	known "$SERVER_RTT"
	equal "client_rtt_us" "$CLIENT_RTT" -
	row 8005 1 1 data
	known "$CLIENT_RTT"
	row 8006 1 1 -
	known "$CLIENT_RTT"
}

# The server did not get the ACK that we saw, and asks for it again.
stalled()
{
	assert_stat "$ROUTER" anomaly_synack_after_ack 1
	grep -q ' 198.51.100.2:8006 .* synack_after_ack,synack_retrans ack,syn ' <(
		sed 's/syn,ack/ack,syn/' "${PROC[$ROUTER]}/malformed") ||
		fail "not in malformed: $(cat "${PROC[$ROUTER]}/malformed")"
}

# With netem on the server's side, until something got lost on its way.
netem()
{
	local i

	in_ns "$SERVER" tc qdisc add dev veth2 root netem loss 30% || { skip_test "no netem"; return; }
	for i in {1..8}; do
		spawn_connect "$CLIENT" 198.51.100.2 8001
	done
	snapshot "$ROUTER"
	assert_stat "$ROUTER" attempts_completed 14
	read_stats "$ROUTER"
	equal attempts "${NOW[attempts]}" 14
	in_ns "$SERVER" tc qdisc delete dev veth2 root
}

# Exact segments: how often each came, and what that says about the times.
exact()
{
	snapshot "$ROUTER"
	use_family "$1"
	new_tuple
	through 3 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" S --seq 1000 --count 3
	through 2 inject --netns "$SERVER" "$S:$SPORT" "$C:$CPORT" SA --seq 5000 --ack 1001 \
		--count 2
	c2s S --seq 1000
	assert_delta "$ROUTER" packets=6 packets_new_attempt=1 packets_syn_retransmit=3 \
		packets_synack=1 packets_synack_retransmit=1 attempts=1 \
		anomaly_syn_retrans=3 anomaly_synack_retrans=1 \
		pending=1 pending_half_open_synack=1
	c2s A --seq 1001 --ack 5001
	assert_delta "$ROUTER" packets=1 packets_completing=1 attempts_completed=1 \
		pending=-1 pending_half_open_synack=-1
	last_line "$ROUTER" completed
	equal syn_count "${LINE[syn_count]}" 4
	equal synack_count "${LINE[synack_count]}" 2
	equal flags "${LINE[flags]}" server_ambiguous,client_ambiguous
	equal halves "${LINE[server_rtt_us]} ${LINE[client_rtt_us]}" "- -"
}

# Late ones, after completion: the SYN is still no new attempt, the first late
# SYN-ACK of an attempt is a stall, and every one an anomaly.
late()
{
	snapshot "$ROUTER"
	use_family "$1"
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=6 packets_new_attempt=1 packets_syn_retransmit=1 \
		packets_synack=1 packets_synack_retransmit=2 packets_completing=1 attempts=1 \
		attempts_completed=1 anomaly_synack_after_ack=2 stalled=1 \
		anomaly_syn_retrans=1 anomaly_synack_retrans=2
}

# Without linger the same SYN-ACK belongs to nothing any more; it is kept until the
# next sweep, to see whether anything comes of it.
late_without_linger()
{
	tcpshake "$ROUTER" set linger 0ms
	use_family ipv4
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1001
	c2s A --seq 1001 --ack 5001
	s2c SA --seq 5000 --ack 1001
	assert_delta "$ROUTER" packets=4 packets_new_attempt=1 packets_synack=1 \
		packets_completing=1 packets_anomalous=1 attempts=1 attempts_completed=1 \
		anomaly_synack_unsolicited=1 backscatter=1
	assert_stat "$ROUTER" table_used 0
}

TESTS=(
	losses
	lost_syn
	lost_synack
	lost_ack
	stalled
	netem
	"exact ipv4"
	"exact ipv6"
	"late ipv4"
	"late ipv6"
	late_without_linger
	identities
)

need_root_and busybox curl nft tc
load_module
setup_path
lose
deafen "$CLIENT" 80
deafen "$SERVER" 80
for port in 8001 8002 8003 8004 8005 8006; do
	start_httpd "$SERVER" "$port"
done
observe "$ROUTER"
run_tests
