#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The guided tour: real programs make real connections, good ones and bad
# ones, and after each step tcpshake is asked what it saw. Runs in the machine
# of run.sh. Nothing shown is prepared; the tour fails when something it is
# meant to show is not there.
#
# shellcheck disable=SC2086 # $CLIENT is several words
#
#   ┌──────────────────────┐              ┌────────────────────────────┐
#   │ network namespace    │              │ this machine (init_net),   │
#   │ "client"             │    veth      │ observed by tcpshake       │
#   │          192.0.2.2   ├──────────────┤ 192.0.2.1                  │
#   │          2001:db8::2 │ 20 ms delay  │ 2001:db8::1                │
#   │ curl, hping3, inject │              │ web server, port 80        │
#   └──────────────────────┘              └────────────────────────────┘

export PATH=$PATH:/tcpshake/selftests LC_ALL=C
STATS=/proc/net/tcpshake/stats
CLIENT="ip netns exec client"

if [ -n "${COLOR:-}" ]; then
	BOLD=$'\e[1m' DIM=$'\e[2m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
	BOLD='' DIM='' GREEN='' RED='' PLAIN=''
fi

STEP=0
MISSING=()
exec {PAUSE}<> <(:)	# never readable: a sleep without a process

step()
{
	printf '\n%s%d. %s%s\n' "$BOLD" $((STEP += 1)) "$1" "$PLAIN"
}

tell()
{
	printf '%s   %s%s\n' "$DIM" "$*" "$PLAIN"
}

# show LINES COMMAND...: a command as one would type it, and what it says, its
# first lines at least. A command that fails is something missing.
show()
{
	try "$@" || MISSING+=("'${*:2}' failed")
}

# try LINES COMMAND...: the same for a command that may well fail.
try()
{
	local most=$1 output rc=0

	shift
	printf '   %s$ %s%s\n' "$GREEN" "$*" "$PLAIN"
	output=$("$@" 2>&1) || rc=$?
	[ -z "$output" ] || excerpt "$most" <<<"$output"
	return "$rc"
}

# excerpt LINES: of standard input; what is left out is said.
excerpt()
{
	awk -v most="$1" -v dim="$DIM" -v plain="$PLAIN" '
		NR <= most { print "   " $0 }
		END { if (NR > most)
			printf "%s   ... and %d more%s\n", dim, NR - most, plain }'
}

# watch ARGUMENT...: "tcpshake watch" beside what follows, until seen() shows
# what it saw. It sleeps once it has subscribed.
watch()
{
	WATCH="tcpshake watch $*"
	tcpshake watch "$@" >/tmp/watch &
	WATCHER=$!
	wait_until 20 sleeps "$WATCHER" || MISSING+=("'$WATCH' does not start")
}

sleeps()
{
	[[ $(cat "/proc/$1/stat") == *"(tcpshake) S"* ]]
}

# seen EVENTS: waits for so many; there is a headline, too.
seen()
{
	wait_until 20 holds_lines $(($1 + 1)) || MISSING+=("'$WATCH' missed something")
	kill "$WATCHER" && wait "$WATCHER" 2>/dev/null
	printf '   %s$ %s%s\n' "$GREEN" "$WATCH" "$PLAIN"
	excerpt 6 </tmp/watch
}

holds_lines()
{
	[ "$(wc -l </tmp/watch)" -ge "$1" ]
}

# counter NAME: its value now.
counter()
{
	sed -n "s/^$1 //p" "$STATS"
}

at_least()
{
	[ "$(counter "$1")" -ge "$2" ]
}

# expect NUMBER NAME: waits until that counter is at least so large.
expect()
{
	wait_until 20 at_least "$2" "$1" ||
		MISSING+=("$2 is $(counter "$2"), not $1 or more")
}

# wait_until SECONDS COMMAND...
wait_until()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -rt 0.1 -u "$PAUSE"
	done
	return 0
}

listens()
{
	[ -n "$(ip netns exec "$1" ss -Hltn sport = ":$2" 2>/dev/null)" ]
}

set_up()
{
	ip netns add client &&
	ip link add eth0 type veth peer name eth0 netns client &&
	ip addr add 192.0.2.1/24 dev eth0 &&
	ip addr add 2001:db8::1/64 dev eth0 nodad &&
	ip link set eth0 up &&
	ip -n client addr add 192.0.2.2/24 dev eth0 &&
	ip -n client addr add 2001:db8::2/64 dev eth0 nodad &&
	ip -n client link set eth0 up &&
	ip -n client link set lo up &&
	ip route add default via 192.0.2.2 &&
	ip -6 route add default via 2001:db8::2 &&
	ip netns exec client tc qdisc add dev eth0 root netem delay 20ms limit 100000 &&
	mkdir /tmp/www && echo "hello" >/tmp/www/index.html || return 1
	# so that "listens" can look into this namespace like into any other
	ip netns attach here $$ || return 1
	busybox httpd -p '[::]:80' -h /tmp/www
	wait_until 20 listens here 80
}

introduction()
{
	sed -n 's/^#   \([┌│└]\)/   \1/p' "$0"
	step "Load the module; it observes at once"
	show 2 insmod /tcpshake/tcpshake.ko
	show 4 tcpshake version
	tell "Time limits of half a minute and more suit a server, not a tour:"
	show 2 tcpshake set syn-timeout 2s
	show 8 tcpshake get
}

completed()
{
	step "Twelve web pages over IPv4, twelve over IPv6"
	show 1 $CLIENT curl -s -o /dev/null "http://192.0.2.1/?page=[1-12]"
	show 1 $CLIENT curl -s -o /dev/null "http://[2001:db8::1]/?page=[1-12]"
	expect 24 attempts_completed
	show 4 tcpshake -4 completed
	show 4 tcpshake -6 completed
	tell "One half of each handshake is the server's, one the client's, 20 ms away."
}

refused()
{
	step "A port where nobody listens"
	watch --outcome refused
	try 1 $CLIENT curl -sS http://192.0.2.1:81/
	try 1 $CLIENT curl -sS "http://[2001:db8::1]:81/"
	expect 2 attempts_refused
	seen 2
}

filtered()
{
	local curl

	step "A port behind a firewall that says nothing"
	nft 'add table inet wall; add chain inet wall in { type filter hook input priority 0; };
		add rule inet wall in tcp dport 8443 drop'
	watch --outcome unanswered
	printf '   %s$ %s &%s\n' "$GREEN" "$CLIENT curl -s http://192.0.2.1:8443/" "$PLAIN"
	$CLIENT curl -s http://192.0.2.1:8443/ &
	curl=$!
	wait_until 20 sent_again 8443 ||
		MISSING+=("no SYN was sent again")
	show 4 tcpshake half-open sport 8443
	kill "$curl" && wait "$curl" 2>/dev/null
	tell "The client gives up; two seconds after its last SYN so does tcpshake:"
	expect 1 attempts_unanswered
	seen 1
}

# sent_again PORT: is a SYN to it pending, and was it repeated?
sent_again()
{
	tcpshake half-open --json sport "$1" | jq 'select(.syn_count > 1)' | grep -q .
}

flood()
{
	step "A SYN flood from forged addresses, IPv4 and IPv6"
	show 2 inject --netns client --count 128 --rate 2000 \
		--rand-source 198.51.100.0/25 192.0.2.2:1234 192.0.2.1:80 S --seq 1
	show 2 inject --netns client --count 64 --rate 2000 \
		--rand-source 2001:db8:bad::/122 "[2001:db8::2]:1234" "[2001:db8::1]:80" S --seq 1
	expect 192 pending
	show 6 tcpshake half-open
	show 4 tcpshake half-open client 2001:db8:bad::/48 state half_open_synack
	tell "Meanwhile a good client still gets its page:"
	watch --outcome completed
	show 1 $CLIENT curl -sS http://192.0.2.1/
	seen 1
}

malformed()
{
	local name

	step "Scans and other segments no TCP would send"
	show 1 inject --netns client 192.0.2.2:4000 192.0.2.1:80 FPU
	show 1 inject --netns client 192.0.2.2:4001 192.0.2.1:80 -
	show 1 inject --netns client '[2001:db8::2]:4002' '[2001:db8::1]:80' SF
	show 1 inject --netns client 192.0.2.2:4003 192.0.2.1:80 S --doff 3
	show 1 inject --netns client 192.0.2.2:4004 192.0.2.1:80 SA --ack 1
	try 0 $CLIENT hping3 -q -c 3 -i u1000 -F -p 80 192.0.2.1
	for name in flags_xmas flags_null flags_synfin doff_small \
		synack_unsolicited flags_fin_only; do
		expect 1 "anomaly_$name"
	done
	show 12 tcpshake malformed
}

elsewhere()
{
	step "Another network namespace: nothing is observed there until someone asks"
	ip netns add shop && ip -n shop link set lo up &&
	ip netns exec shop busybox httpd -p 8080 -h /tmp/www &&
	wait_until 20 listens shop 8080 || MISSING+=("no second web server")
	show 2 ip netns exec shop tcpshake set enabled on
	show 1 ip netns exec shop curl -sS http://127.0.0.1:8080/ "http://[::1]:8080/"
	show 4 ip netns exec shop tcpshake completed
	[ "$(ip netns exec shop tcpshake stats --json |
		jq .attempts_completed)" = 2 ] ||
		MISSING+=("not two handshakes in the namespace")
}

# Every attempt is accounted for: the sum over the kernel's own file.
identity()
{
	step "The account: every attempt is in exactly one place"
	show 60 tcpshake stats
	printf '\n   from %s:\n   %s' "$STATS" "$BOLD"
	awk -v plain="$PLAIN" '
		/^attempts / { attempts = $2 }
		/^attempts_/ { sub("attempts_", ""); sum += $2
			terms = terms sprintf(" + %s %d", $1, $2) }
		/^pending / { sum += $2; terms = terms sprintf(" + pending %d", $2)
			pending = $2 }
		END {
			printf "attempts %d = %s%s\n", attempts, substr(terms, 4), plain
			exit !(attempts > 0 && pending > 0 && attempts == sum)
		}' "$STATS" || MISSING+=("the sum is not right")
}

main()
{
	set_up || { echo "the network of the tour cannot be set up"; exit 1; }
	introduction
	[ -e "$STATS" ] || { echo "there is no $STATS"; exit 1; }
	completed
	refused
	filtered
	flood
	malformed
	elsewhere
	identity
	if [ ${#MISSING[@]} -gt 0 ]; then
		printf '\n%sThe tour did not show all it should have:%s\n' "$RED" "$PLAIN"
		printf '  %s\n' "${MISSING[@]}"
		exit 1
	fi
}

main
