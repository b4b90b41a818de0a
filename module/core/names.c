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
};

tcpshake_static_assert(LENGTH(anomalies) == TCPSHAKE_ANOMALY_MAX + 1, "every anomaly has a name");

static const char *const flags[] = {
	"data", "fin", "inferred", "after_synack", "server_ambiguous", "client_ambiguous",
	"stalled",
};

tcpshake_static_assert(LENGTH(flags) == TCPSHAKE_FLAG_COUNT, "every flag has a name");

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
