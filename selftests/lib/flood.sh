# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What scenarios about floods have in common. To be sourced after lib.sh.

# shellcheck disable=SC2034 # for those who source this
TRAFFIC=$SELFTESTS/traffic

declare -A FLOOD=()	# by column: what flood_of() read

# flood_of TARGET: the newest flood of it.
flood_of()
{
	local columns line fields i

	FLOOD=()
	{
		read -ra columns
		while read -r line; do
			read -ra fields <<<"$line"
			[ "${fields[4]}" = "$1" ] || continue
			for ((i = 0; i < ${#columns[@]}; i++)); do
				FLOOD[${columns[i]}]=${fields[i]}
			done
		done
	} < <(cat "${PROC[$SERVER]}/floods")	# at once: bash would read, and seek, line by line
	[ -n "${FLOOD[number]:-}" ]
}

is_new()
{
	flood_of "$1" && [ "${FLOOD[number]}" -gt "$2" ]
}

is_over()
{
	flood_of "$1" && [ "${FLOOD[active]}" = 0 ]
}

none_active()
{
	! awk '$2 == 1 { found = 1 } END { exit !found }' "${PROC[$SERVER]}/floods"
}

# us TIME: of seconds with six decimals.
us()
{
	echo "${1/./}"
}

# has_learned PORT RATE: the service's usual rate.
has_learned()
{
	awk -v service="$S:$1" -v min="$2" \
		'$1 == service && $20 >= min { found = 1 } END { exit !found }' \
		"${PROC[$SERVER]}/services"
}

# setup_flood: a server and its clients, who can pretend to be anybody in 10/8.
setup_flood()
{
	[ -x "$TRAFFIC" ] || skip_all "needs traffic; run make -C selftests helpers"
	setup_pair
	use_family ipv4
	ip -n "$SERVER" route add 10.0.0.0/8 via 192.0.2.1
	in_ns "$SERVER" sysctl -qw net.core.somaxconn=4096 net.ipv4.tcp_max_syn_backlog=4096 \
		net.ipv4.tcp_synack_retries=1
	ulimit -n 65536
}
