#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Observation begins in the middle of things: for a while after its start, what has
# no SYN is traffic of before, and no anomaly.
#
#   ┌──────────────────┐      ┌──────────────────────┐
#   │ CLIENT           │      │ SERVER, observed     │
#   │        192.0.2.1 ├──────┤ 192.0.2.2            │
#   │   2001:db8:1::1  │      │ 2001:db8:1::2        │
#   │ port 80: deaf    │      │ httpd, port 8080     │
#   └──────────────────┘      │ port 80: deaf        │
#                             └──────────────────────┘

. "$(dirname "$0")/lib.sh"

# begin_anew GRACE
begin_anew()
{
	tcpshake "$SERVER" set enabled off || fail "cannot be switched off"
	tcpshake "$SERVER" set enabled on grace "$1" || fail "cannot be switched on"
	snapshot "$SERVER"
}

# Of a connection that is not seen from its beginning: one that was answered, one
# that is closed, one that is reset.
without_syn()
{
	new_tuple
	s2c SA --seq 5000 --ack 1001
	new_tuple
	c2s FA --seq 1001 --ack 5001
	new_tuple
	c2s R --seq 1001
}

during()
{
	use_family "$1"
	begin_anew 60s
	without_syn
	assert_delta "$SERVER" packets=3 packets_untracked=3
	assert_stat "$SERVER" table_used 0
}

# What begins with a SYN is followed from the first moment on, with all its faults.
syn_during()
{
	use_family "$1"
	begin_anew 60s
	new_tuple
	c2s S --seq 1000
	s2c SA --seq 5000 --ack 1002
	s2c SA --seq 5000 --ack 1001
	c2s R --seq 1002
	c2s A --seq 1001 --ack 5001
	assert_delta "$SERVER" packets=5 packets_new_attempt=1 packets_synack=1 \
		packets_anomalous=2 packets_completing=1 anomaly_synack_bad_ack=1 \
		anomaly_rst_not_exact=1 attempts=1 attempts_completed=1
}

afterwards()
{
	use_family "$1"
	begin_anew 60s
	tcpshake "$SERVER" set grace 0ms || fail "cannot be set"
	without_syn
	assert_delta "$SERVER" packets=3 packets_anomalous=3 anomaly_synack_unsolicited=1 \
		anomaly_flags_maimon=1 anomaly_rst_no_state=1
	equal "the SYN-ACK is kept" "$(sed -n 's/^table_used //p' "${PROC[$SERVER]}/stats")" 1
	CPORT=$((CPORT - 2))
	c2s R --seq 1001
	assert_delta "$SERVER" packets=1 packets_anomalous=1 anomaly_rst_no_state=1 backscatter=1
}

# Time itself is under test: it ends without anybody's doing.
ends_by_itself()
{
	use_family ipv4
	begin_anew 300ms
	busywait "$WAIT_MS" unsolicited || fail "grace does not end"
	grown "$SERVER" anomaly_synack_unsolicited
	equal "raised" "$GROWN" 1
}

unsolicited()
{
	new_tuple
	s2c SA --seq 5000 --ack 1001
	c2s R --seq 1001
	grown "$SERVER" anomaly_synack_unsolicited
	[ "$GROWN" -gt 0 ]
}

# A real connection from before, without any grace: its socket is known, so that
# nothing is out of the ordinary with its end.
real_connection()
{
	use_family "$1"
	tcpshake "$SERVER" set enabled off || fail "cannot be switched off"
	spawn_connect "$CLIENT" "$S" 8080
	busywait "$WAIT_MS" established || fail "no connection"
	begin_anew 0ms
	finish_spawned "$SPAWNED"
	busywait "$WAIT_MS" packets_reach 3 || fail "the end is not seen"
	assert_delta "$SERVER" any=1
}

established()
{
	[ -n "$(in_ns "$SERVER" ss -Hnt state established sport = :8080)" ]
}

TESTS=()
for part in during syn_during afterwards real_connection; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(ends_by_itself identities)

need_root_and busybox nft ss
load_module
setup_pair
deafen "$CLIENT" 80
deafen "$SERVER" 80
start_httpd "$SERVER" 8080
observe "$SERVER"
tcpshake "$SERVER" set linger 60s
run_tests
