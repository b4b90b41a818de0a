# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR MIT
#
# Completion of tcpshake's command line for bash.

_tcpshake_outcomes="completed refused client_reset server_reset unanswered unacked
	superseded evicted"

_tcpshake_anomalies="hdr_trunc doff_small doff_past_end flags_null flags_fin_only
	flags_xmas flags_synfin flags_synrst flags_finrst syn_diff_isn
	syn_diff_isn_synrecv syn_from_s syn_from_s_synrecv synack_bad_ack
	synack_unsolicited synack_wrong_dir synack_diff_seq synack_diff_ack
	synack_after_ack syn_reply_bare_ack ack_bad_ack ack_bad_seq ack_bad_both
	ack_before_synack ack_wrong_dir fin_before_est challenge_ack
	rst_bad_ack_synsent rst_not_exact rst_out_of_win"

_tcpshake_states="half_open_syn half_open_synack"

_tcpshake_verbs="stats half-open completed malformed watch replay capture get set version help"

# The verb on the command line, or nothing.
_tcpshake_verb()
{
	local i word

	for ((i = 1; i < COMP_CWORD; i++)); do
		for word in $_tcpshake_verbs; do
			if [[ ${COMP_WORDS[i]} == "$word" ]]; then
				printf '%s\n' "$word"
				return
			fi
		done
	done
}

# What may follow a verb, options included.
_tcpshake_words()
{
	case $1 in
	stats)	echo "--json --from-file --help" ;;
	half-open) echo "client server cport sport state min-age --json -4 -6 --from-file --help" ;;
	completed) echo "client server cport sport --json -4 -6 --from-file --help" ;;
	malformed) echo "--json -4 -6 --from-file --help" ;;
	watch)	echo "--outcome --anomaly --json -4 -6 --from-file --help" ;;
	replay)	echo "client server cport sport --outcome --summary --json -4 -6 --no-decap --checksums --max-flows --help" ;;
	capture) echo "client server cport sport -i --outcome --summary --json -4 -6 --count --duration --promiscuous --all --no-decap --checksums --max-flows --help" ;;
	get | version) echo "--json --help" ;;
	set)	echo "enabled syn-timeout synack-timeout max-age linger --help" ;;
	help)	echo "$_tcpshake_verbs" ;;
	*)	echo "$_tcpshake_verbs --json -4 -6 --help --version" ;;
	esac
}

_tcpshake()
{
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
	local -a files=()

	case $before in
	--outcome)
		words=$_tcpshake_outcomes
		[[ $(_tcpshake_verb) != @(replay|capture) ]] || words+=" $_tcpshake_states" ;;
	--anomaly) words=$_tcpshake_anomalies ;;
	state) words=$_tcpshake_states ;;
	enabled) words="on off" ;;
	-i | --interface)
		words="any $(ls /sys/class/net 2>/dev/null)" ;;
	--from-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return ;;
	client | server | cport | sport | min-age | --max-flows | --count | --duration | \
		syn-timeout | synack-timeout | max-age | linger)
		return ;;
	*) words=$(_tcpshake_words "$(_tcpshake_verb)") ;;
	esac
	[ "$(_tcpshake_verb)" != replay ] || files=(-f)
	mapfile -t COMPREPLY < <(compgen "${files[@]}" -W "$words" -- "$current")
}

complete -F _tcpshake tcpshake
