// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Names. Each table is indexed by its enum; a value without a name would leave a
 * hole, which selftests/names_test.c looks for.
 */
#include "names.h"

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

static const char *const exits[] = {
	[TCPSHAKE_EXIT_NEW_ATTEMPT] = "new_attempt",
	[TCPSHAKE_EXIT_SYN_RETRANSMIT] = "syn_retransmit",
	[TCPSHAKE_EXIT_SYNACK] = "synack",
	[TCPSHAKE_EXIT_SYNACK_RETRANSMIT] = "synack_retransmit",
	[TCPSHAKE_EXIT_COMPLETING] = "completing",
	[TCPSHAKE_EXIT_RESET] = "reset",
	[TCPSHAKE_EXIT_ANOMALOUS] = "anomalous",
	[TCPSHAKE_EXIT_MALFORMED] = "malformed",
	[TCPSHAKE_EXIT_FRAGMENT] = "fragment",
	[TCPSHAKE_EXIT_OPAQUE] = "opaque",
	[TCPSHAKE_EXIT_UNTRACKED] = "untracked",
};

tcpshake_static_assert(LENGTH(exits) == TCPSHAKE_EXIT_MAX + 1, "every exit has a name");

static const char *const outcomes[] = {
	[TCPSHAKE_OUTCOME_COMPLETED] = "completed",
	[TCPSHAKE_OUTCOME_REFUSED] = "refused",
	[TCPSHAKE_OUTCOME_CLIENT_RESET] = "client_reset",
	[TCPSHAKE_OUTCOME_SERVER_RESET] = "server_reset",
	[TCPSHAKE_OUTCOME_UNANSWERED] = "unanswered",
	[TCPSHAKE_OUTCOME_UNACKED] = "unacked",
	[TCPSHAKE_OUTCOME_SUPERSEDED] = "superseded",
	[TCPSHAKE_OUTCOME_EVICTED] = "evicted",
	[TCPSHAKE_OUTCOME_UNREACHABLE] = "unreachable",
};

tcpshake_static_assert(LENGTH(outcomes) == TCPSHAKE_OUTCOME_MAX + 1, "every outcome has a name");

static const char *const states[] = {
	[TCPSHAKE_STATE_HALF_OPEN_SYN] = "half_open_syn",
	[TCPSHAKE_STATE_HALF_OPEN_SYNACK] = "half_open_synack",
};

tcpshake_static_assert(LENGTH(states) == TCPSHAKE_STATE_MAX + 1, "every state has a name");

static const char *const anomalies[] = {
	[TCPSHAKE_ANOMALY_HDR_TRUNC] = "hdr_trunc",
	[TCPSHAKE_ANOMALY_DOFF_SMALL] = "doff_small",
	[TCPSHAKE_ANOMALY_DOFF_PAST_END] = "doff_past_end",
	[TCPSHAKE_ANOMALY_FLAGS_NULL] = "flags_null",
	[TCPSHAKE_ANOMALY_FLAGS_FIN_ONLY] = "flags_fin_only",
	[TCPSHAKE_ANOMALY_FLAGS_XMAS] = "flags_xmas",
	[TCPSHAKE_ANOMALY_FLAGS_SYNFIN] = "flags_synfin",
	[TCPSHAKE_ANOMALY_FLAGS_SYNRST] = "flags_synrst",
	[TCPSHAKE_ANOMALY_FLAGS_FINRST] = "flags_finrst",
	[TCPSHAKE_ANOMALY_SYN_DIFF_ISN] = "syn_diff_isn",
	[TCPSHAKE_ANOMALY_SYN_DIFF_ISN_SYNRECV] = "syn_diff_isn_synrecv",
	[TCPSHAKE_ANOMALY_SYN_FROM_S] = "syn_from_s",
	[TCPSHAKE_ANOMALY_SYN_FROM_S_SYNRECV] = "syn_from_s_synrecv",
	[TCPSHAKE_ANOMALY_SYNACK_BAD_ACK] = "synack_bad_ack",
	[TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED] = "synack_unsolicited",
	[TCPSHAKE_ANOMALY_SYNACK_WRONG_DIR] = "synack_wrong_dir",
	[TCPSHAKE_ANOMALY_SYNACK_DIFF_SEQ] = "synack_diff_seq",
	[TCPSHAKE_ANOMALY_SYNACK_DIFF_ACK] = "synack_diff_ack",
	[TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK] = "synack_after_ack",
	[TCPSHAKE_ANOMALY_SYN_REPLY_BARE_ACK] = "syn_reply_bare_ack",
	[TCPSHAKE_ANOMALY_ACK_BAD_ACK] = "ack_bad_ack",
	[TCPSHAKE_ANOMALY_ACK_BAD_SEQ] = "ack_bad_seq",
	[TCPSHAKE_ANOMALY_ACK_BAD_BOTH] = "ack_bad_both",
	[TCPSHAKE_ANOMALY_ACK_BEFORE_SYNACK] = "ack_before_synack",
	[TCPSHAKE_ANOMALY_ACK_WRONG_DIR] = "ack_wrong_dir",
	[TCPSHAKE_ANOMALY_FIN_BEFORE_EST] = "fin_before_est",
	[TCPSHAKE_ANOMALY_CHALLENGE_ACK] = "challenge_ack",
	[TCPSHAKE_ANOMALY_RST_BAD_ACK_SYNSENT] = "rst_bad_ack_synsent",
	[TCPSHAKE_ANOMALY_RST_NOT_EXACT] = "rst_not_exact",
	[TCPSHAKE_ANOMALY_RST_OUT_OF_WIN] = "rst_out_of_win",
	[TCPSHAKE_ANOMALY_CSUM_BAD] = "csum_bad",
	[TCPSHAKE_ANOMALY_FLAGS_MAIMON] = "flags_maimon",
	[TCPSHAKE_ANOMALY_FLAGS_SYNURG] = "flags_synurg",
	[TCPSHAKE_ANOMALY_FLAGS_SYNPSH] = "flags_synpsh",
	[TCPSHAKE_ANOMALY_ACK_NONZERO_NOACK] = "ack_nonzero_noack",
	[TCPSHAKE_ANOMALY_ACK_ZERO_ACK] = "ack_zero_ack",
	[TCPSHAKE_ANOMALY_URP_NONZERO_NOURG] = "urp_nonzero_nourg",
	[TCPSHAKE_ANOMALY_RESERVED_BITS] = "reserved_bits",
	[TCPSHAKE_ANOMALY_PORT_ZERO] = "port_zero",
	[TCPSHAKE_ANOMALY_LAND] = "land",
	[TCPSHAKE_ANOMALY_SRC_MARTIAN] = "src_martian",
	[TCPSHAKE_ANOMALY_ISN_ZERO] = "isn_zero",
	[TCPSHAKE_ANOMALY_SYN_WIN_ZERO] = "syn_win_zero",
	[TCPSHAKE_ANOMALY_SYN_SIG_TOOL] = "syn_sig_tool",
	[TCPSHAKE_ANOMALY_SYN_FRAGMENT] = "syn_fragment",
	[TCPSHAKE_ANOMALY_IP_OPTS_SYN] = "ip_opts_syn",
	[TCPSHAKE_ANOMALY_ECT_ON_SYN] = "ect_on_syn",
	[TCPSHAKE_ANOMALY_OPT_BADLEN] = "opt_badlen",
	[TCPSHAKE_ANOMALY_OPT_WRONGLEN] = "opt_wronglen",
	[TCPSHAKE_ANOMALY_OPT_DUP] = "opt_dup",
	[TCPSHAKE_ANOMALY_OPT_AFTER_EOL] = "opt_after_eol",
	[TCPSHAKE_ANOMALY_OPT_NONSYN] = "opt_nonsyn",
	[TCPSHAKE_ANOMALY_OPT_OBSOLETE] = "opt_obsolete",
	[TCPSHAKE_ANOMALY_OPT_EXPERIMENTAL] = "opt_experimental",
	[TCPSHAKE_ANOMALY_SACK_IN_SYN] = "sack_in_syn",
	[TCPSHAKE_ANOMALY_WS_GT14] = "ws_gt14",
	[TCPSHAKE_ANOMALY_MSS_ABSENT] = "mss_absent",
	[TCPSHAKE_ANOMALY_MSS_TINY] = "mss_tiny",
	[TCPSHAKE_ANOMALY_TS_ECR_IN_SYN] = "ts_ecr_in_syn",
	[TCPSHAKE_ANOMALY_TS_ZERO] = "ts_zero",
	[TCPSHAKE_ANOMALY_SYNACK_OPT_UNOFFERED] = "synack_opt_unoffered",
	[TCPSHAKE_ANOMALY_SYNACK_TSECR_MISMATCH] = "synack_tsecr_mismatch",
	[TCPSHAKE_ANOMALY_ACK_TSECR_MISMATCH] = "ack_tsecr_mismatch",
	[TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG] = "ts_missing_after_neg",
	[TCPSHAKE_ANOMALY_PAWS_3RD_ACK] = "paws_3rd_ack",
	[TCPSHAKE_ANOMALY_MD5_AO_ONE_SIDED] = "md5_ao_one_sided",
	[TCPSHAKE_ANOMALY_MPTCP_BADLEN] = "mptcp_badlen",
	[TCPSHAKE_ANOMALY_MPTCP_ECHO_MISMATCH] = "mptcp_echo_mismatch",
	[TCPSHAKE_ANOMALY_ECN_SYNACK_BAD] = "ecn_synack_bad",
	[TCPSHAKE_ANOMALY_SYN_RETRANS] = "syn_retrans",
	[TCPSHAKE_ANOMALY_SYN_ON_EST] = "syn_on_est",
	[TCPSHAKE_ANOMALY_SYN_AFTER_CLOSE] = "syn_after_close",
	[TCPSHAKE_ANOMALY_SYN_DATA_NO_TFO] = "syn_data_no_tfo",
	[TCPSHAKE_ANOMALY_SYN_TFO_REQ] = "syn_tfo_req",
	[TCPSHAKE_ANOMALY_SYN_PARTIAL_AFTER] = "syn_partial_after",
	[TCPSHAKE_ANOMALY_SYN_TO_CLOSED_LISTENER] = "syn_to_closed_listener",
	[TCPSHAKE_ANOMALY_SYNACK_RETRANS] = "synack_retrans",
	[TCPSHAKE_ANOMALY_SYNACK_AFTER_CONFIRMED] = "synack_after_confirmed",
	[TCPSHAKE_ANOMALY_SYNACK_DATA] = "synack_data",
	[TCPSHAKE_ANOMALY_SYNACK_PART_TFO] = "synack_part_tfo",
	[TCPSHAKE_ANOMALY_SPLIT_BAD_ACK] = "split_bad_ack",
	[TCPSHAKE_ANOMALY_SPLIT_BAD_SEQ] = "split_bad_seq",
	[TCPSHAKE_ANOMALY_DATA_BEFORE_EST] = "data_before_est",
	[TCPSHAKE_ANOMALY_ASYNC_BAD_SEQ] = "async_bad_seq",
	[TCPSHAKE_ANOMALY_DATA_NO_ACK_FLAG] = "data_no_ack_flag",
	[TCPSHAKE_ANOMALY_RST_IGNORED] = "rst_ignored",
	[TCPSHAKE_ANOMALY_RST_NO_STATE] = "rst_no_state",
	[TCPSHAKE_ANOMALY_RST_DATA] = "rst_data",
	[TCPSHAKE_ANOMALY_RST_STORM] = "rst_storm",
	[TCPSHAKE_ANOMALY_FIN_STORM] = "fin_storm",
	[TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE] = "icmp_bad_quote",
};

tcpshake_static_assert(LENGTH(anomalies) == TCPSHAKE_ANOMALY_MAX + 1, "every anomaly has a name");

static const char *const flags[] = {
	"data", "fin", "inferred", "after_synack", "server_ambiguous", "client_ambiguous",
	"stalled", "tfo", "tfo_fallback", "tfo_partial", "simultaneous", "split", "self",
	"client_only", "synack_first", "cookie",
};

tcpshake_static_assert(LENGTH(flags) == TCPSHAKE_FLAG_COUNT, "every flag has a name");

static const char *const unreachables[] = {
	[TCPSHAKE_UNREACHABLE_NET] = "net",
	[TCPSHAKE_UNREACHABLE_HOST] = "host",
	[TCPSHAKE_UNREACHABLE_PORT] = "port",
	[TCPSHAKE_UNREACHABLE_ADMIN] = "admin",
	[TCPSHAKE_UNREACHABLE_TTL] = "ttl",
	[TCPSHAKE_UNREACHABLE_PARAMETER] = "parameter",
};

tcpshake_static_assert(LENGTH(unreachables) == TCPSHAKE_UNREACHABLE_MAX + 1,
		       "every kind of unreachable has a name");

static const char *const evictions[] = {
	[TCPSHAKE_EVICTION_CROWD] = "crowd",
	[TCPSHAKE_EVICTION_CROWD_YOUNG] = "crowd_young",
	[TCPSHAKE_EVICTION_OLDEST] = "oldest",
	[TCPSHAKE_EVICTION_OLDEST_YOUNG] = "oldest_young",
	[TCPSHAKE_EVICTION_QUOTA] = "quota",
	[TCPSHAKE_EVICTION_QUOTA_YOUNG] = "quota_young",
};

tcpshake_static_assert(LENGTH(evictions) == TCPSHAKE_EVICTION_MAX + 1,
		       "every reason of eviction has a name");

static const char *const options[] = {
	"mss", "window_scale", "sack_permitted", "timestamps", "md5", "ao", "fast_open",
	"fast_open_cookie", "mptcp_capable", "mptcp_join", "smc_r", "eno", "accecn",
	"user_timeout", "quick_start", "cut",
};

tcpshake_static_assert(LENGTH(options) == TCPSHAKE_OPTION_COUNT, "every option has a name");

static const char *const ecns[] = {
	[TCPSHAKE_ECN_NONE] = "none",
	[TCPSHAKE_ECN_CLASSIC] = "classic",
	[TCPSHAKE_ECN_ACCURATE] = "accurate",
};

tcpshake_static_assert(LENGTH(ecns) == TCPSHAKE_ECN_MAX + 1, "every kind of ECN has a name");

static const char *const fast_opens[] = {
	[TCPSHAKE_FAST_OPEN_NONE] = "none",
	[TCPSHAKE_FAST_OPEN_REQUESTED] = "requested",
	[TCPSHAKE_FAST_OPEN_GRANTED] = "granted",
	[TCPSHAKE_FAST_OPEN_ACCEPTED] = "accepted",
	[TCPSHAKE_FAST_OPEN_PARTIAL] = "partial",
	[TCPSHAKE_FAST_OPEN_IGNORED] = "ignored",
	[TCPSHAKE_FAST_OPEN_NO_DATA] = "no_data",
};

tcpshake_static_assert(LENGTH(fast_opens) == TCPSHAKE_FAST_OPEN_MAX + 1,
		       "every kind of Fast Open has a name");

static const char *const mptcps[] = {
	[TCPSHAKE_MPTCP_NONE] = "none",
	[TCPSHAKE_MPTCP_DECLINED] = "declined",
	[TCPSHAKE_MPTCP_FALLBACK] = "fallback",
	[TCPSHAKE_MPTCP_CAPABLE] = "capable",
	[TCPSHAKE_MPTCP_JOINED] = "joined",
	[TCPSHAKE_MPTCP_ANSWERED] = "answered",
};

tcpshake_static_assert(LENGTH(mptcps) == TCPSHAKE_MPTCP_MAX + 1,
		       "every kind of MPTCP has a name");

static const char *const halves[] = {
	[TCPSHAKE_HALF_SERVER] = "server",
	[TCPSHAKE_HALF_CLIENT] = "client",
	[TCPSHAKE_HALF_BOTH] = "total",
};

tcpshake_static_assert(LENGTH(halves) == TCPSHAKE_HALF_MAX + 1, "every half has a name");

static const char *const levels[] = {
	[TCPSHAKE_LEVEL_SERVICE] = "service",
	[TCPSHAKE_LEVEL_ADDRESS] = "address",
	[TCPSHAKE_LEVEL_PREFIX] = "prefix",
	[TCPSHAKE_LEVEL_NAMESPACE] = "namespace",
};

tcpshake_static_assert(LENGTH(levels) == TCPSHAKE_LEVEL_MAX + 1, "every level has a name");

static const char *const triggers[] = {
	[TCPSHAKE_TRIGGER_HALF_OPEN] = "half_open",
	[TCPSHAKE_TRIGGER_UNRESOLVED] = "unresolved",
	[TCPSHAKE_TRIGGER_PENDING] = "pending",
	[TCPSHAKE_TRIGGER_CLIENT_RESET] = "client_reset",
	[TCPSHAKE_TRIGGER_REFUSED] = "refused",
};

tcpshake_static_assert(LENGTH(triggers) == TCPSHAKE_TRIGGER_MAX + 1, "every trigger has a name");

static const char *const labels[] = {
	[TCPSHAKE_LABEL_SPOOFED] = "spoofed",
	[TCPSHAKE_LABEL_DISTRIBUTED] = "distributed",
	[TCPSHAKE_LABEL_FEW_SOURCES] = "few_sources",
	[TCPSHAKE_LABEL_REAL_SOURCES] = "real_sources",
	[TCPSHAKE_LABEL_REFLECTION] = "reflection",
	[TCPSHAKE_LABEL_OUTAGE] = "outage",
	[TCPSHAKE_LABEL_OVERLOAD] = "overload",
	[TCPSHAKE_LABEL_SCAN] = "scan",
	[TCPSHAKE_LABEL_REFUSED] = "refused",
};

tcpshake_static_assert(LENGTH(labels) == TCPSHAKE_LABEL_MAX + 1, "every label has a name");

static const char *const phases[] = {
	[TCPSHAKE_PHASE_START] = "start",
	[TCPSHAKE_PHASE_UPDATE] = "update",
	[TCPSHAKE_PHASE_END] = "end",
};

tcpshake_static_assert(LENGTH(phases) == TCPSHAKE_PHASE_MAX + 1, "every phase has a name");

static const char *name(const char *const *table, size_t length, unsigned int value)
{
	return value < length && table[value] ? table[value] : "unknown";
}

const char *tcpshake_exit_name(unsigned int exit)
{
	return name(exits, LENGTH(exits), exit);
}

const char *tcpshake_outcome_name(unsigned int outcome)
{
	return name(outcomes, LENGTH(outcomes), outcome);
}

const char *tcpshake_state_name(unsigned int state)
{
	return name(states, LENGTH(states), state);
}

const char *tcpshake_anomaly_name(unsigned int anomaly)
{
	return name(anomalies, LENGTH(anomalies), anomaly);
}

const char *tcpshake_flag_name(unsigned int index)
{
	return name(flags, LENGTH(flags), index);
}

const char *tcpshake_unreachable_name(unsigned int unreachable)
{
	return name(unreachables, LENGTH(unreachables), unreachable);
}

const char *tcpshake_eviction_name(unsigned int eviction)
{
	return name(evictions, LENGTH(evictions), eviction);
}

const char *tcpshake_option_name(unsigned int index)
{
	return name(options, LENGTH(options), index);
}

const char *tcpshake_ecn_name(unsigned int ecn)
{
	return name(ecns, LENGTH(ecns), ecn);
}

const char *tcpshake_fast_open_name(unsigned int fast_open)
{
	return name(fast_opens, LENGTH(fast_opens), fast_open);
}

const char *tcpshake_mptcp_name(unsigned int mptcp)
{
	return name(mptcps, LENGTH(mptcps), mptcp);
}

const char *tcpshake_half_name(unsigned int half)
{
	return name(halves, LENGTH(halves), half);
}

const char *tcpshake_level_name(unsigned int level)
{
	return name(levels, LENGTH(levels), level);
}

const char *tcpshake_trigger_name(unsigned int trigger)
{
	return name(triggers, LENGTH(triggers), trigger);
}

const char *tcpshake_label_name(unsigned int label)
{
	return name(labels, LENGTH(labels), label);
}

const char *tcpshake_phase_name(unsigned int phase)
{
	return name(phases, LENGTH(phases), phase);
}
