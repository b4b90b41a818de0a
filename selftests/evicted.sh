#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# More attempts than there is room for: every one is accounted for exactly once,
# new ones are never refused, and neither is another namespace's share touched.
#
#   ┌──────────────────┐   ┌──────────────────┐   ┌──────────────────┐
#   │ CLIENT spoofs    │   │ ROUTER, observed │   │ SERVER           │
#   │ 10.0.0.0/8,      ├───┤                  ├───┤ httpd, port 8080;│
#   │ 2001:db8:9::/64  │   │                  │   │ deaf otherwise   │
#   └──────────────────┘   └──────────────────┘   └────────┬─────────┘
#                                                          │
#   ┌──────────────────┐         ┌─────────────────────────┴─────────┐
#   │ OTHER, observed: │         │ init_net, observed: its share is  │
#   │ one attempt      │         │ the whole table                   │
#   └──────────────────┘         └───────────────────────────────────┘

. "$(dirname "$0")/lib.sh"

BURST=5000
FILL=12000	# three times the table: no row of twelve keeps a free slot

# burst NS PREFIX DESTINATION
burst()
{
	"$INJECT" --netns "$1" "$C:1234" "$3" S --count "$BURST" --rand-source "$2" ||
		fail "the burst did not get out"
}

# The queues between the namespaces may overflow: nftables says what arrived.
flood()
{
	local packets attempts evicted

	use_family "$1"
	tcpshake "$ROUTER" set syn-timeout 75s
	burst "$CLIENT" "$2" "$S:80"
	assert_counted_alike "$ROUTER"
	grown "$ROUTER" packets
	packets=$GROWN
	[ "$packets" -gt $((BURST / 2)) ] || fail "only $packets packets of the burst arrived"
	grown "$ROUTER" packets_new_attempt
	equal "all of them SYNs" "$GROWN" "$packets"
	grown "$ROUTER" attempts
	attempts=$GROWN
	equal "all of them attempts" "$attempts" "$packets"
	grown "$ROUTER" attempts_evicted
	evicted=$GROWN
	grown "$ROUTER" pending
	equal "evicted or pending" $((evicted + GROWN)) "$attempts"
	[ "$evicted" -gt 0 ] || fail "nothing was evicted"
	[ "$GROWN" -gt 0 ] || fail "nothing is pending"
	assert_identities "$ROUTER"
}

# A namespace's quota is what it has, if nothing more; this one has no use for it.
others_untouched()
{
	assert_delta "$OTHER"
	equal "the attempt in the other namespace" "$(sed 1d "${PROC[$OTHER]}/half_open" |
		cut -d ' ' -f 1,2,3)" "192.0.2.77:77 127.0.0.1:78 half_open_syn"
	read_stats "$ROUTER"
	[ "${NOW[table_quota]}" -lt "${NOW[table_slots]}" ] || fail "the quota is the whole table"
}

settled()
{
	tcpshake "$ROUTER" set syn-timeout 100ms
	assert_stat "$ROUTER" pending 0
	read_stats "$ROUTER"
	equal "unanswered" "${NOW[attempts_unanswered]}" $((NOW[attempts] -
		NOW[attempts_evicted] - NOW[attempts_completed]))
	snapshot "$ROUTER"
}

# Here the whole table is there to be filled. Its own traffic would disturb us.
whole_table()
{
	[ -z "$(ss -Hnt)" ] || { skip_test "init_net has connections of its own"; return; }
	ip link add tcpshake-test address 02:00:00:00:09:01 type veth \
		peer name far address 02:00:00:00:09:02 netns "$SERVER" || fail "no veth"
	ip -n "$SERVER" link set far up
	ip link set tcpshake-test up
	ip -n "$SERVER" addr add 198.18.0.2/24 dev far
	ip -n "$SERVER" neigh add 198.18.0.1 lladdr 02:00:00:00:09:01 dev far nud permanent
	ip addr add 198.18.0.1/24 dev tcpshake-test
	ip neigh add 198.18.0.2 lladdr 02:00:00:00:09:02 dev tcpshake-test nud permanent
	PROC[init_net]=/proc/1/net/tcpshake
	snapshot init_net
	"$INJECT" 198.18.0.1:1 198.18.0.2:80 S --count "$FILL" --rand-source 10.0.0.0/8 ||
		fail "the burst did not get out"
	grown init_net packets_new_attempt
	equal "attempts, nothing is lost at LOCAL_OUT" "$GROWN" "$FILL"
	read_stats init_net
	grown init_net pending
	equal "slots in use, all but the other namespace's" "$GROWN" $((NOW[table_slots] - 1))
	grown init_net attempts_evicted
	equal "evicted, the rest" "$GROWN" $((NOW[attempts] - NOW[pending]))
	equal "evicted as a crowd" $((NOW[evicted_crowd] + NOW[evicted_crowd_young])) \
		"${NOW[attempts_evicted]}"
	others_untouched
	assert_identities init_net
	genuine
	ip link delete tcpshake-test
}

# The table is full of a flood: the newest gets in, and is not the next to go.
genuine()
{
	WATCH=$TMP/evicted
	"$READER" watch --json --outcome evicted >"$WATCH" &
	PIDS+=($!)
	busywait "$WAIT_MS" listening $! "$WATCH" || bail "watch does not get ready"
	snapshot init_net
	curl -sS --noproxy '*' --max-time 20 -o /dev/null 198.18.0.2:8080 || fail "no web page"
	assert_delta init_net packets_new_attempt=1 packets_synack=1 packets_completing=1 \
		attempts=1 attempts_completed=1 attempts_evicted=1 confirmed=1 any=1 \
		pending=-1 pending_half_open_syn=-1
	wait_events 1
	jq -se 'length == 1 and .[0].outcome == "evicted" and .[0].server_port == 80' \
		"$WATCH" >/dev/null || fail "$(cat "$WATCH")"
}

TESTS=(
	"flood ipv4 10.0.0.0/8"
	others_untouched
	settled
	"flood ipv6 2001:db8:9::/64"
	others_untouched
	settled
	whole_table
	identities
)

need_root_and busybox curl jq nft ss
load_module slots=4096
setup_path
setup_ns OTHER
nft_in "$SERVER" <<-'EOT'
	table inet deaf {
		chain in {
			type filter hook input priority raw
			tcp dport != 8080 drop
		}
	}
EOT
start_httpd "$SERVER" 8080
count_tcp "$ROUTER" forward
observe "$ROUTER"
observe "$OTHER"
deafen "$OTHER"
"$INJECT" --netns "$OTHER" 192.0.2.77:77 127.0.0.1:78 S
assert_stat "$OTHER" pending 1
snapshot "$OTHER"
run_tests
