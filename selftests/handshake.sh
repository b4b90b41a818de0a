#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Handshakes between real programs, and all the ways to be told of them.
#
#   ┌──────────────────┐              ┌──────────────────────┐
#   │ CLIENT           │              │ SERVER, observed     │
#   │        192.0.2.1 ├──────────────┤ 192.0.2.2            │
#   │   2001:db8:1::1  │ netem: 30 ms │ 2001:db8:1::2        │
#   │ curl             │ ──▶          │ httpd, port 8080     │
#   └──────────────────┘              └──────────────────────┘

. "$(dirname "$0")/lib.sh"

DELAY_US=30000

counted()
{
	use_family "$1"
	fetch "$CLIENT" "$S:8080" || fail "no web page from $S"
	assert_delta "$SERVER" packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 confirmed=1 any=1
}

# The delay is on the client's side: it is in its half of the time, not in the server's.
in_ring()
{
	local before=${EPOCHREALTIME/./} after began total server_rtt client_rtt

	use_family "$1"
	fetch "$CLIENT" "$S:8080" || fail "no web page from $S"
	after=${EPOCHREALTIME/./}
	snapshot "$SERVER"
	last_line "$SERVER" completed
	began=${LINE[time]/./} total=${LINE[total_us]}
	server_rtt=${LINE[server_rtt_us]} client_rtt=${LINE[client_rtt_us]}
	equal client "${LINE[client]%:*}" "$C"
	equal server "${LINE[server]}" "$S:8080"
	equal syn_count "${LINE[syn_count]}" 1
	equal synack_count "${LINE[synack_count]}" 1
	equal flags "${LINE[flags]}" -
	equal "sum of both halves" $((server_rtt + client_rtt)) "$total"
	if [ "$began" -lt "$before" ] || [ $((began + total)) -gt "$after" ]; then
		fail "time $began + $total us is not in $before..$after"
	fi
	[ "$client_rtt" -ge "$DELAY_US" ] || fail "client half $client_rtt us, but delayed"
	[ "$server_rtt" -lt "$DELAY_US" ] || fail "server half $server_rtt us, not delayed"
}

# The columns of /proc made of the reader's JSON.
# shellcheck disable=SC2016 # for jq
AS_PROC='def said(mss; scale; window; ttl; names): "mss=\(mss),wscale=\(scale),window=" +
		"\(window),ttl=\(ttl)\(names | map(select(. != "mss" and
			. != "window_scale") | "," + .) | add // "")";
	def at(a; p): if a | contains(":") then "[\(a)]:\(p)" else "\(a):\(p)" end;
	"\(.time * 1000000 | round) \(at(.client; .client_port)) \(at(.server; .server_port))" +
	" \(.total_us) \(.server_rtt_us // "-") \(.client_rtt_us // "-") \(.syn_count)" +
	" \(.synack_count) \(if .flags == [] then "-" else .flags | join(",") end)" +
	(.negotiated | " \(said(.mss_to_client; .client_window_scale; .client_window;
				.client_ttl; .offered))" +
		" \(said(.mss_to_server; .server_window_scale; .server_window;
			 .server_ttl; .answered)) \(.ecn) \(.fast_open) \(.mptcp)")'

# time, seconds with six decimals, in microseconds
proc_completed()
{
	sed -e 1d -e 's/\./ /' -e 's/^\([0-9]*\) /\1/' "${PROC[$SERVER]}/completed"
}

json_completed()
{
	equal "completed --json" "$(tcpshake "$SERVER" completed --json | jq -r "$AS_PROC")" \
		"$(proc_completed)"
}

text_completed()
{
	local text from to

	text=$(tcpshake "$SERVER" -n completed) || fail "completed fails"
	while read -r _ from to _; do
		grep -F -- "${from%:*}" <<<"$text" | grep -F -- "${from##*:}" |
			grep -F -- "${to%:*}" | grep -qF 8080 ||
			fail "no line of $from to $to in: $text"
	done < <(proc_completed)
}

json_stats()
{
	busywait "$WAIT_MS" nothing_lingers "$SERVER" || fail "something lingers for ever"
	equal "stats --json" "$(tcpshake "$SERVER" stats --json |
		jq -r 'to_entries[] | "\(.key) \(.value)"' | sort)" \
		"$(sort "${PROC[$SERVER]}/stats")"
}

text_stats()
{
	local text

	text=$(tcpshake "$SERVER" stats) || fail "stats fails"
	read_stats "$SERVER"
	grep -qw -- "${NOW[attempts]}" <<<"$text" || fail "not ${NOW[attempts]} attempts: $text"
	grep -q completed <<<"$text" || fail "no completed: $text"
}

filtered()
{
	local want

	want=$(tcpshake "$SERVER" completed --json | jq -c 'select(.client == "192.0.2.1")')
	equal "-4" "$(tcpshake "$SERVER" -4 completed --json)" "$want"
	equal "client 192.0.2.0/30" \
		"$(tcpshake "$SERVER" completed --json client 192.0.2.0/30 sport 8080)" "$want"
	equal "sport 8081" "$(tcpshake "$SERVER" completed --json sport 8081)" ""
}

# Several at once, from one process.
many()
{
	local count=20

	use_family ipv6
	# shellcheck disable=SC2016 # for the other shell
	in_ns "$CLIENT" bash -c 'for ((i = 0; i < $1; i++)); do
			exec {fd}<>"/dev/tcp/$0/8080"
		done' "${S//[\[\]]/}" "$count" || fail "cannot connect"
	assert_delta "$SERVER" packets_new_attempt="$count" packets_synack="$count" \
		packets_completing="$count" attempts="$count" attempts_completed="$count" \
		confirmed="$count" any=1
}

TESTS=(
	"counted ipv4"
	"counted ipv6"
	"in_ring ipv4"
	"in_ring ipv6"
	json_completed
	text_completed
	json_stats
	text_stats
	filtered
	many
	identities
)

need_root_and busybox curl jq tc
load_module
setup_pair
in_ns "$CLIENT" tc qdisc add dev veth1 root netem delay ${DELAY_US}us ||
	skip_all "needs netem"
start_httpd "$SERVER" 8080
observe "$SERVER"
run_tests
