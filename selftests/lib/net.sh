# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Namespaces, the cables between them, and what is sent over those: exact
# segments and real programs. A part of lib.sh.

CPORT=20000 SPORT=80			# what c2s() and s2c() use
ORDINARY="--options 020405b4 --ip-id 1"	# SYNs and SYN-ACKs that do not say otherwise: MSS
CABLES=0 DEAF=0				# how many there are

# ---- namespaces -----------------------------------------------------------------

# make_ns NAME: a scenario may have its own.
make_ns()
{
	ip netns add "$1"
}

# setup_ns VARIABLE...: a namespace each; its unique name goes into VARIABLE.
setup_ns()
{
	local variable name

	for variable; do
		name=${variable,,}-${TMP##*.}
		make_ns "$name" || bail "no namespace $name"
		NAMESPACES+=("$name")
		printf -v "$variable" %s "$name"
		in_ns "$name" sysctl -qw net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.all.disable_ipv6=0
		ip -n "$name" link set lo up
	done
}

delete_ns()
{
	ip netns delete "$1"
}

in_namespace()
{
	[ "/proc/$1/ns/net" -ef "/run/netns/$2" ]
}

# observe NS: switches observation on, from the first packet in earnest, and keeps a
# process there whose /proc entry lets us read the namespace's files without
# starting another one.
observe()
{
	tcpshake "$1" set enabled on grace 0ms || bail "observation cannot be switched on in $1"
	hold "$1"
	snapshot "$1"
}

hold()
{
	[ -z "${PROC[$1]:-}" ] || return 0
	spawn "$1" sleep infinity
	busywait "$WAIT_MS" in_namespace "$SPAWNED" "$1" || bail "no process in $1"
	PROC[$1]=/proc/$SPAWNED/net/tcpshake
}

# cable NS MAC PREFIX4 PREFIX6 NS MAC PREFIX4 PREFIX6: a cable, with permanent
# neighbours, so that no segment ever waits for address resolution.
cable()
{
	CABLES=$((CABLES + 1))
	ip link add "veth$CABLES" address "$2" netns "$1" type veth \
		peer name "veth$CABLES" address "$6" netns "$5" || bail "no veth"
	ip -n "$1" link set "veth$CABLES" up
	ip -n "$5" link set "veth$CABLES" up
	cable_end "$1" "$3" "$4" "$6" "$7" "$8"
	cable_end "$5" "$7" "$8" "$2" "$3" "$4"
}

cable_end()
{
	ip -n "$1" -batch - <<-EOT || bail "no addresses"
		addr add $2 dev veth$CABLES
		addr add $3 dev veth$CABLES nodad
		neigh replace ${5%/*} lladdr $4 dev veth$CABLES nud permanent
		neigh replace ${6%/*} lladdr $4 dev veth$CABLES nud permanent
	EOT
}

# setup_pair: CLIENT --- SERVER, which is the one to be observed.
setup_pair()
{
	setup_ns CLIENT SERVER
	cable "$CLIENT" 02:00:00:00:01:01 192.0.2.1/24 2001:db8:1::1/64 \
	      "$SERVER" 02:00:00:00:01:02 192.0.2.2/24 2001:db8:1::2/64
	OBSERVED=$SERVER TOPOLOGY=pair
	use_family ipv4
}

# setup_path: CLIENT --- ROUTER --- SERVER; the ROUTER is to be observed.
setup_path()
{
	setup_ns CLIENT ROUTER SERVER
	cable "$CLIENT" 02:00:00:00:01:01 192.0.2.1/24 2001:db8:1::1/64 \
	      "$ROUTER" 02:00:00:00:01:02 192.0.2.254/24 2001:db8:1::fe/64
	cable "$ROUTER" 02:00:00:00:02:01 198.51.100.254/24 2001:db8:2::fe/64 \
	      "$SERVER" 02:00:00:00:02:02 198.51.100.2/24 2001:db8:2::2/64
	in_ns "$ROUTER" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.send_redirects=0
	ip -n "$CLIENT" route add default via 192.0.2.254
	ip -n "$CLIENT" route add default via 2001:db8:1::fe
	ip -n "$SERVER" route add default via 198.51.100.254
	ip -n "$SERVER" route add default via 2001:db8:2::fe
	OBSERVED=$ROUTER TOPOLOGY=path
	use_family ipv4
}

# use_family ipv4|ipv6: the endpoints c2s() and s2c() speak for.
use_family()
{
	case $1-$TOPOLOGY in
	ipv4-pair) C=192.0.2.1 S=192.0.2.2 ;;
	ipv6-pair) C="[2001:db8:1::1]" S="[2001:db8:1::2]" ;;
	ipv4-path) C=192.0.2.1 S=198.51.100.2 ;;
	ipv6-path) C="[2001:db8:1::1]" S="[2001:db8:2::2]" ;;
	esac
}

# nft_in NS: rules from standard input.
nft_in()
{
	in_ns "$1" nft -f - || bail "nft does not take the rules"
}

# deafen NS [PORT]: its TCP hears nothing (from or to PORT), so that nothing
# disturbs the segments we send.
deafen()
{
	local drop="meta l4proto tcp drop"

	[ $# -eq 1 ] || drop="tcp dport $2 drop; tcp sport $2 drop"
	DEAF=$((DEAF + 1))
	nft_in "$1" <<-EOT
		table inet deaf$DEAF {
			chain in {
				type filter hook input priority raw
				$drop
			}
		}
	EOT
}

# count_tcp NS HOOK...: nftables counts the TCP packets of these hooks, too; what
# comes in over loopback it has counted when it went out.
count_tcp()
{
	local hook rules="add table inet count;"

	for hook in "${@:2}"; do
		rules+="add chain inet count $hook { type filter hook $hook priority 10; };"
		rules+="add rule inet count $hook meta l4proto tcp"
		[ "$hook" != input ] || rules+=" iifname != lo"
		rules+=" counter;"
	done
	nft_in "$1" <<<"$rules"
}

counted_alike()
{
	local line

	COUNTED=0
	while read -r line; do
		[[ ! $line =~ counter\ packets\ ([0-9]+) ]] ||
			COUNTED=$((COUNTED + BASH_REMATCH[1]))
	done < <(in_ns "$1" nft list table inet count)
	stat_is "$1" packets "$COUNTED"
}

# assert_counted_alike NS: as many packets observed as count_tcp() counted.
assert_counted_alike()
{
	expected counted_alike "$1" ||
		fail "$1: $STAT packets observed, $COUNTED counted by nftables"
}

# ---- traffic ----------------------------------------------------------------

# new_tuple: the segments to come belong to a connection not used before.
new_tuple()
{
	CPORT=$((CPORT + 1))
}

# It is the first line, and asked for often.
packets_reach()
{
	read -r _ PACKETS <"${PROC[$OBSERVED]}/stats" && [ "$PACKETS" -ge "$1" ]
}

# through COUNT COMMAND...: returns when so many packets more were observed, so
# that the next segment cannot overtake these on another CPU.
through()
{
	local reached

	packets_reach 0
	reached=$((PACKETS + $1))
	shift
	"$@" || fail "$*"
	expected packets_reach "$reached" || fail "not seen by the observer: $*"
}

# is_bare WORD...: is it a SYN or SYN-ACK of which neither options nor length are told?
is_bare()
{
	local word before='' syn=''

	for word; do
		case $word in
		--options | --doff | --truncate | --ip-id) return 1 ;;
		*[!FSRPAUECN]*) ;;
		*S*) [ "$before" = --expect ] || syn=1 ;;
		esac
		before=$word
	done
	[ -n "$syn" ]
}

# inject WORD...: as the program of that name, but from one process for all; what
# it prints is in ANSWER. What says nothing of options is ORDINARY.
inject()
{
	local ordinary=

	! is_bare "$@" || ordinary=" $ORDINARY"
	if [ -z "${TO_BATCH:-}" ]; then
		# shellcheck disable=SC2153 # found by need_root_and()
		coproc BATCH { exec "$INJECT" --batch; }
		PIDS+=("$BATCH_PID")
		TO_BATCH=${BATCH[1]} FROM_BATCH=${BATCH[0]}
	fi
	printf '%s\n' "$*$ordinary" >&"$TO_BATCH"
	read -r ANSWER <&"$FROM_BATCH" && [ "$ANSWER" != failed ]
}

# c2s FLAGS [OPTION...], s2c FLAGS [OPTION...]: one segment from client to
# server, or back. For the options see inject --help; "ORDINARY= c2s S" has none.
c2s()
{
	through 1 inject --netns "$CLIENT" "$C:$CPORT" "$S:$SPORT" "$@"
}

s2c()
{
	through 1 inject --netns "$SERVER" "$S:$SPORT" "$C:$CPORT" "$@"
}

listens()
{
	local line file port

	printf -v port ':%04X' "$2"
	for file in "/proc/$1/net/tcp" "/proc/$1/net/tcp6"; do
		while read -r -a line; do
			[[ ${line[1]:-} == *"$port" && ${line[3]:-} == 0A ]] && return 0
		done <"$file"
	done
	return 1
}

# start_httpd NS PORT: a web server for both families; its process is SPAWNED.
start_httpd()
{
	mkdir -p "$TMP/www"
	[ -e "$TMP/www/index.html" ] || head -c 20000 /dev/zero >"$TMP/www/index.html"
	spawn "$1" busybox httpd -f -p "$2" -h "$TMP/www"
	busywait "$WAIT_MS" listens "$SPAWNED" "$2" || bail "no web server on port $2"
}

# fetch NS URL [OPTION...]: a web page, thrown away.
fetch()
{
	in_ns "$1" curl -sS --noproxy '*' --max-time $((WAIT_MS / 1000)) -o /dev/null \
		"${@:3}" "http://$2/"
}

# connect NS ADDRESS PORT: a connection that is made and closed.
connect()
{
	# shellcheck disable=SC2016 # for the other shell
	in_ns "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "${2//[\[\]]/}" "$3" 2>/dev/null
}

# spawn_connect NS ADDRESS PORT: one that stays open and silent.
spawn_connect()
{
	# shellcheck disable=SC2016 # for the other shell
	spawn "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1" && exec sleep infinity' \
		"${2//[\[\]]/}" "$3"
}

# spawn_requests NS ADDRESS PORT: one after the other, each as soon as the web
# server has answered the last one.
spawn_requests()
{
	# shellcheck disable=SC2016 # for the other shell
	spawn "$1" bash -c 'while :; do
			exec 3<>"/dev/tcp/$0/$1" && echo "GET / HTTP/1.0" >&3 && echo >&3
			read -r -u 3 line
		done' "${2//[\[\]]/}" "$3" 2>/dev/null
}
