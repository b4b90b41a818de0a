#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Anomalies raised by exactly the segment that has them: their counters and no other,
# their line in /proc, their event. And segments that come close and must not raise
# any. That there is none that cannot be raised, the vectors show.
#
#   ┌──────────────────┐   ┌────────────────────┐   ┌──────────────────┐
#   │ CLIENT, deaf     │   │ ROUTER, observed   │   │ SERVER, deaf     │
#   │        192.0.2.1 ├───┤ .254           .254├───┤ 198.51.100.2     │
#   │   2001:db8:1::1  │   │ ::fe           ::fe│   │ 2001:db8:2::2    │
#   └──────────────────┘   └────────────────────┘   └──────────────────┘

. "$(dirname "$0")/lib.sh"

X=1000 Y=5000 WINDOW=100
OPENED="attempts=1 pending=1 pending_half_open_syn=1"
KINDS=()	# of every segment that had any but legal ones, in order

declare -A NAMES=([F]=fin [S]=syn [R]=rst [P]=psh [A]=ack [U]=urg [E]=ece [C]=cwr [N]=ae)

# same_set WHAT GOT WANTED: lists with commas, in whatever order.
same_set()
{
	local item

	equal "length of $1" "${2//[!,]/}" "${3//[!,]/}"
	for item in ${3//,/ }; do
		[[ ,$2, == *,$item,* ]] || fail "$1: no $item in '$2'"
	done
}

# names_of FLAGS: of the letters inject takes, in FLAG_NAMES.
names_of()
{
	local i

	FLAG_NAMES=
	for ((i = 0; i < ${#1}; i++)); do
		FLAG_NAMES+=,${NAMES[${1:i:1}]:-none}
	done
	FLAG_NAMES=${FLAG_NAMES#,}
}

# option NAME WORD...: what follows NAME in the words, or 0, is in OPTION.
option()
{
	local name=$1

	shift
	while [ $# -gt 0 ] && [ "$1" != "$name" ]; do
		shift
	done
	OPTION=$((${2:-0}))
}

# raises KIND[,KIND...] EXIT[ COUNTER=N...] c2s|s2c FLAGS [OPTION...]
raises()
{
	local kind kinds=$1 from="$C:$CPORT" to="$S:$SPORT"
	local -a deltas

	read -r -a deltas <<<"packets=1 packets_$2=1 ${3:+$3 }anomaly_${kinds//,/=1 anomaly_}=1"
	[ "$4" = c2s ] || from="$S:$SPORT" to="$C:$CPORT"
	"${@:4}"
	assert_delta "$ROUTER" "${deltas[@]}"
	KINDS+=("$kinds")
	last_line "$ROUTER" malformed
	kind="${LINE[anomaly]} of ${*:4}"
	same_set "anomaly of ${*:4}" "${LINE[anomaly]}" "$kinds"
	equal "source, destination of $kind" "${LINE[source]} ${LINE[destination]}" "$from $to"
	[[ $kinds != hdr_trunc ]] || return
	names_of "$5"
	same_set "flags of $kind" "${LINE[tcp_flags]}" "$FLAG_NAMES"
	option --seq "${@:6}"
	equal "seq of $kind" "${LINE[seq]}" "$OPTION"
	option --ack "${@:6}"
	equal "ack of $kind" "${LINE[ack]}" "$OPTION"
}

raises_malformed()
{
	new_tuple
	raises "$1" malformed "" c2s "${@:2}" --seq 7 --ack 9
}

header()
{
	use_family "$1"
	raises_malformed hdr_trunc S --truncate 19
	raises_malformed hdr_trunc A --truncate 4
	raises_malformed doff_small S --doff 4
	raises_malformed doff_small A --doff 0 --payload 100
	raises_malformed doff_past_end S --doff 6
	raises_malformed doff_past_end FPU --doff 15 --payload 39
	# ports that are not there
	new_tuple
	c2s S --truncate 3
	c2s S --truncate 0
	assert_delta "$ROUTER" packets=2 packets_malformed=2 anomaly_hdr_trunc=2
	KINDS+=(hdr_trunc hdr_trunc)
	last_line "$ROUTER" malformed
	equal "source, destination" "${LINE[source]} ${LINE[destination]}" "$C:0 $S:0"
	equal "flags, seq, ack" "${LINE[tcp_flags]} ${LINE[seq]} ${LINE[ack]}" "none 0 0"
}

flags()
{
	use_family "$1"
	raises_malformed flags_null -
	raises_malformed flags_null PU
	raises_malformed flags_null,data_no_ack_flag PECN --payload 10
	raises_malformed flags_fin_only F
	raises_malformed flags_fin_only FP
	raises_malformed flags_xmas FPU
	raises_malformed flags_xmas,flags_synfin SFPUA
	raises_malformed flags_xmas,flags_finrst FRPU
	raises_malformed flags_synfin SF
	raises_malformed flags_synfin SFA
	raises_malformed flags_synrst SR
	raises_malformed flags_synrst SRA
	raises_malformed flags_finrst FR
	raises_malformed flags_finrst FRA
	raises_malformed flags_synfin,flags_synrst,flags_finrst SFR
	raises_malformed flags_xmas,flags_synfin,flags_synrst,flags_finrst FSRPAUECN
}

# What a malformed segment says changes nothing about the attempt it seems to mean.
malformed_in_attempt()
{
	use_family "$1"
	half_open_synack
	raises flags_synrst malformed "" c2s SRA --seq $((X + 1)) --ack $((Y + 1))
	raises flags_finrst malformed "" s2c FRA --seq $((Y + 1)) --ack $((X + 1))
	raises doff_past_end malformed "" c2s A --seq $((X + 1)) --ack $((Y + 1)) --doff 6
	c2s A --seq $((X + 1)) --ack $((Y + 1))
	assert_delta "$ROUTER" packets=1 packets_completing=1 attempts_completed=1 \
		pending=-1 pending_half_open_synack=-1
}

half_open_syn()
{
	new_tuple
	c2s S --seq "$X" --window "$WINDOW"
	snapshot "$ROUTER"
}

half_open_synack()
{
	half_open_syn
	s2c SA --seq "$Y" --ack $((X + 1)) --window "$WINDOW"
	snapshot "$ROUTER"
}

while_syn()
{
	use_family "$1"
	half_open_syn
	raises synack_bad_ack anomalous "" s2c SA --seq "$Y" --ack "$X"
	raises synack_bad_ack anomalous "" s2c SA --seq "$Y" --ack $((X + 2))
	raises synack_wrong_dir anomalous "" c2s SA --seq "$X" --ack $((Y + 1))
	raises syn_reply_bare_ack anomalous "" s2c A --seq "$Y" --ack $((X + 1))
	raises syn_reply_bare_ack,challenge_ack anomalous "" s2c A --seq "$Y" --ack $((X + 5))
	raises ack_before_synack anomalous "" c2s A --seq $((X + 1)) --ack $((Y + 1))
	raises ack_before_synack,data_before_est anomalous "" \
		c2s PA --seq $((X + 1)) --ack 77 --payload 9
	raises ack_before_synack,fin_before_est anomalous "" \
		c2s FA --seq $((X + 1)) --ack $((Y + 1))
	raises async_bad_seq anomalous "" c2s A --seq $((X - 1)) --ack $((Y + 1))
	raises rst_bad_ack_synsent anomalous "" s2c R --seq "$Y"
	raises rst_bad_ack_synsent anomalous "" s2c RA --ack "$X"
	raises rst_out_of_win anomalous "" c2s R --seq $((X + 2))
	raises syn_from_s anomalous "" s2c S --seq "$Y"
	raises split_bad_ack anomalous "" c2s SA --seq "$X" --ack $((Y + 2))
	raises split_bad_seq anomalous "" c2s SA --seq $((X + 1)) --ack $((Y + 1))
	raises syn_diff_isn new_attempt "$OPENED" c2s S --seq $((X + 1))
}

while_synack()
{
	use_family "$1"
	half_open_synack
	raises syn_from_s_synrecv anomalous "" s2c S --seq "$Y"
	raises synack_diff_seq anomalous "" s2c SA --seq $((Y + 500)) --ack $((X + 1))
	raises synack_diff_ack anomalous "" s2c SA --seq "$Y" --ack $((X + 2))
	raises synack_wrong_dir anomalous "" c2s SA --seq "$X" --ack $((Y + 1))
	raises ack_bad_ack anomalous "" c2s A --seq $((X + 1)) --ack $((Y + 2))
	raises ack_bad_seq anomalous "" c2s A --seq $((X + 1 + WINDOW)) --ack $((Y + 1))
	raises ack_bad_both anomalous "" c2s FA --seq "$X" --ack "$Y"
	raises ack_wrong_dir anomalous "" s2c A --seq "$Y" --ack $((X + 1))
	raises challenge_ack anomalous "" s2c A --seq $((Y + 1)) --ack $((X + 1))
	raises rst_not_exact anomalous "" c2s R --seq $((X + 2))
	raises rst_not_exact anomalous "" s2c R --seq $((Y + 2))
	raises rst_out_of_win anomalous "" c2s RA --seq "$X" --ack $((Y + 1))
	raises rst_out_of_win anomalous "" s2c R --seq $((Y + 1 + WINDOW))
	raises syn_diff_isn_synrecv new_attempt "$OPENED" c2s S --seq $((X - 1))
}

without_attempt()
{
	use_family "$1"
	new_tuple
	raises synack_unsolicited anomalous "" s2c SA --seq "$Y" --ack $((X + 1))
	raises rst_no_state anomalous backscatter=1 c2s R --seq $((X + 1))
	half_open_synack
	c2s A --seq $((X + 1)) --ack $((Y + 1))
	snapshot "$ROUTER"
	raises synack_retrans,synack_after_ack synack_retransmit stalled=1 \
		s2c SA --seq "$Y" --ack $((X + 1))
	raises synack_diff_seq anomalous "" s2c SA --seq $((Y + 9)) --ack $((X + 1))
}

# The segment is followed all the same: its receiver may accept it.
followed()
{
	local kind flags options

	use_family "$1"
	while read -r kind flags options; do
		new_tuple
		# shellcheck disable=SC2086 # several words
		raises "$kind" new_attempt "$OPENED" c2s "$flags" --seq 7 $options
	done <<-'EOT'
		reserved_bits S --reserved 7
		ack_nonzero_noack,urp_nonzero_nourg S --ack 12345 --urgent 1
		syn_win_zero S --window 0
		opt_badlen,mss_absent S --options 0200000000000000
		ws_gt14 S --options 020405b40303ff00
	EOT
}

# legal KIND FLAGS [OPTION...]: counted, but not among what is malformed.
legal()
{
	local kinds=$1

	new_tuple
	c2s "${@:2}" --seq 7
	case $2 in
	*S*)	# shellcheck disable=SC2086 # several words
		assert_delta "$ROUTER" packets=1 packets_new_attempt=1 $OPENED \
			${kinds:+"anomaly_$kinds=1"} ;;
	*)	assert_delta "$ROUTER" packets=1 packets_untracked=1 \
			${kinds:+"anomaly_$kinds=1"} ;;
	esac
}

near_misses()
{
	local flags lines after

	use_family "$1"
	mapfile -t lines <"${PROC[$ROUTER]}/malformed"
	for flags in S SEC SECN R RPU RECN; do
		legal "" "$flags"
	done
	for flags in A PA AU AEC APUECN FA FPA FPUA RA RPUA; do
		legal "" "$flags" --ack 9
	done
	legal flags_synpsh SP
	legal flags_synurg SU --urgent 1
	legal ack_zero_ack A
	legal rst_data R --payload 10
	legal syn_data_no_tfo S --payload 1400
	legal "" S --options 020405b40402080a00000001000000000103030e
	legal mss_absent S --options "$(printf '01%.0s' {1..40})"
	legal "" A --doff 15 --payload 40 --ack 9
	legal "" A --doff 6 --payload 4 --ack 9
	mapfile -t after <"${PROC[$ROUTER]}/malformed"
	equal "lines in malformed" "${#after[@]}" "${#lines[@]}"
}

# Each was told once, in order.
events()
{
	expected has_anomalies "${#KINDS[@]}" || fail "${#KINDS[@]} events wanted"
	equal "events" "$(jq -r 'select(.event == "anomaly") | .anomalies | sort | join(",")' \
		"$WATCH")" "$(printf '%s\n' "${KINDS[@]}" |
		jq -Rr 'split(",") | sort | join(",")')"
	equal "lost" "$(jq -c 'select(.event == "lost")' "$WATCH")" ""
}

has_anomalies()
{
	[ "$(grep -c '"event": *"anomaly"' "$WATCH")" -ge "$1" ]
}

# The reader and /proc tell the same.
# shellcheck disable=SC2016 # for jq
AS_PROC='def at(a; p): if a | contains(":") then "[\(a)]:\(p)" else "\(a):\(p)" end;
	"\(.time * 1000000 | round) \(at(.source; .source_port)) " +
	"\(at(.destination; .destination_port)) \(.anomalies | sort | join(",")) " +
	"\(if .tcp_flags == [] then ["none"] else .tcp_flags end | sort | join(",")) " +
	"\(.seq) \(.ack)"'

reader_agrees()
{
	equal "malformed --json" "$(tcpshake "$ROUTER" malformed --json | jq -r "$AS_PROC")" \
		"$(sed 1d "${PROC[$ROUTER]}/malformed" | jq -Rr 'split(" ") |
			.[0] |= sub("[.]"; "") |
			.[3, 4] |= (split(",") | sort | join(",")) | join(" ")')"
}

TESTS=()
for part in header flags malformed_in_attempt while_syn while_synack without_attempt followed \
	near_misses; do
	TESTS+=("$part ipv4" "$part ipv6")
done
TESTS+=(events reader_agrees identities)

need_root_and jq nft
load_module
setup_path
deafen "$CLIENT"
deafen "$SERVER"
observe "$ROUTER"
start_watch "$ROUTER"
run_tests
