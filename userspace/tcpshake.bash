# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR MIT
#
# Completion of tcpshake's command line for bash.

_tcpshake_outcomes="completed refused client_reset server_reset unanswered unacked
	superseded evicted unreachable"

_tcpshake_anomalies="hdr_trunc doff_small doff_past_end flags_null
	flags_fin_only flags_xmas flags_synfin flags_synrst flags_finrst syn_diff_isn
	syn_diff_isn_synrecv syn_from_s syn_from_s_synrecv synack_bad_ack
	synack_unsolicited synack_wrong_dir synack_diff_seq synack_diff_ack
	synack_after_ack syn_reply_bare_ack ack_bad_ack ack_bad_seq ack_bad_both
	ack_before_synack ack_wrong_dir fin_before_est challenge_ack
	rst_bad_ack_synsent rst_not_exact rst_out_of_win csum_bad flags_maimon
	flags_synurg flags_synpsh ack_nonzero_noack ack_zero_ack urp_nonzero_nourg
	reserved_bits port_zero land src_martian isn_zero syn_win_zero syn_sig_tool
	syn_fragment ip_opts_syn ect_on_syn opt_badlen opt_wronglen opt_dup
	opt_after_eol opt_nonsyn opt_obsolete opt_experimental sack_in_syn ws_gt14
	mss_absent mss_tiny ts_ecr_in_syn ts_zero synack_opt_unoffered
	synack_tsecr_mismatch ack_tsecr_mismatch ts_missing_after_neg paws_3rd_ack
	md5_ao_one_sided mptcp_badlen mptcp_echo_mismatch ecn_synack_bad syn_retrans
	syn_on_est syn_after_close syn_data_no_tfo syn_tfo_req syn_partial_after
	syn_to_closed_listener synack_retrans synack_after_confirmed synack_data
	synack_part_tfo split_bad_ack split_bad_seq data_before_est async_bad_seq
	data_no_ack_flag rst_ignored rst_no_state rst_data rst_storm fin_storm
	icmp_bad_quote"

_tcpshake_states="half_open_syn half_open_synack"

_tcpshake_verbs="stats half-open completed malformed services floods latency top watch replay capture get set version help"

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
	services) echo "server sport --sort --reverse --limit --json -4 -6 --from-file --help" ;;
	floods)	echo "--all --verbose --check --json -4 -6 --from-file --help" ;;
	top)	echo "--interval --batch --count --help" ;;
	latency) echo "--reset --buckets --json --from-file --help" ;;
	watch)	echo "--outcome --anomaly --floods --exec --count --json -4 -6 --from-file --help" ;;
	replay)	echo "client server cport sport --outcome --summary --floods --json -4 -6 --no-decap --checksums --max-flows --help" ;;
	capture) echo "client server cport sport -i --outcome --summary --json -4 -6 --count --duration --promiscuous --all --no-decap --checksums --max-flows --help" ;;
	get | version) echo "--json --help" ;;
	set)	echo "enabled syn-timeout synack-timeout max-age linger grace flood-floor flood-pending flood-hold flood-learning --help" ;;
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
	--sort) words="rate pending pending_peak attempts answered syn_retrans synack_retrans stalled
		completion flood server_p50 server_p99 total_p50 total_p99 $_tcpshake_outcomes" ;;
	--exec)
		mapfile -t COMPREPLY < <(compgen -c -- "$current")
		return ;;
	state) words=$_tcpshake_states ;;
	enabled) words="on off" ;;
	-i | --interface)
		words="any $(ls /sys/class/net 2>/dev/null)" ;;
	--from-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return ;;
	client | server | cport | sport | min-age | --max-flows | --count | --duration | \
		syn-timeout | synack-timeout | max-age | linger | grace | flood-floor | flood-pending | \
		flood-hold | flood-learning | --limit | --interval)
		return ;;
	*) words=$(_tcpshake_words "$(_tcpshake_verb)") ;;
	esac
	[ "$(_tcpshake_verb)" != replay ] || files=(-f)
	mapfile -t COMPREPLY < <(compgen "${files[@]}" -W "$words" -- "$current")
}

complete -F _tcpshake tcpshake
