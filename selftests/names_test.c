// SPDX-License-Identifier: GPL-2.0
/*
 * Names: every value has one, no two share one, each is a word fit for /proc and
 * JSON, and what is not a value is "unknown".
 */
#include <strings.h>

#include "core_test.h"

typedef const char *(*namer)(unsigned int value);

static const struct {
	const char *what;
	namer name;
	unsigned int first;
	unsigned int last;
} tables[] = {
	{ "exit", tcpshake_exit_name, 1, TCPSHAKE_EXIT_MAX },
	{ "outcome", tcpshake_outcome_name, 1, TCPSHAKE_OUTCOME_MAX },
	{ "state", tcpshake_state_name, 1, TCPSHAKE_STATE_MAX },
	{ "anomaly", tcpshake_anomaly_name, 1, TCPSHAKE_ANOMALY_MAX },
	{ "unreachable", tcpshake_unreachable_name, 1, TCPSHAKE_UNREACHABLE_MAX },
	{ "eviction", tcpshake_eviction_name, 1, TCPSHAKE_EVICTION_MAX },
	{ "ecn", tcpshake_ecn_name, 1, TCPSHAKE_ECN_MAX },
	{ "fast_open", tcpshake_fast_open_name, 1, TCPSHAKE_FAST_OPEN_MAX },
	{ "mptcp", tcpshake_mptcp_name, 1, TCPSHAKE_MPTCP_MAX },
	{ "flag", tcpshake_flag_name, 0, TCPSHAKE_FLAG_COUNT - 1 },
	{ "option", tcpshake_option_name, 0, TCPSHAKE_OPTION_COUNT - 1 },
};

TEST(every_value_has_its_own_name)
{
	unsigned int i, j;
	size_t t;

	for (t = 0; t < ARRAY_LENGTH(tables); t++) {
		for (i = tables[t].first; i <= tables[t].last; i++) {
			const char *name = tables[t].name(i);

			ASSERT_NE(NULL, name);
			EXPECT_STRNE("unknown", name)
				TH_LOG("%s %u has no name", tables[t].what, i);
			EXPECT_EQ(strlen(name),
				  strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"));
			EXPECT_NE(0, name[0]);
			for (j = tables[t].first; j < i; j++)
				EXPECT_STRNE(tables[t].name(j), name);
		}
	}
}

TEST(what_is_no_value_is_unknown)
{
	unsigned int value;
	size_t t;

	for (t = 0; t < ARRAY_LENGTH(tables); t++) {
		for (value = 0; value < tables[t].first; value++)
			EXPECT_STREQ("unknown", tables[t].name(value));
		for (value = tables[t].last + 1; value < tables[t].last + 300; value++)
			EXPECT_STREQ("unknown", tables[t].name(value));
		EXPECT_STREQ("unknown", tables[t].name(0x80000000u));
		EXPECT_STREQ("unknown", tables[t].name(0xffffffffu));
	}
}

/*
 * A table off by one would pass the above. The names of the C constants are the
 * other witness: a user's word is the constant's, in small letters.
 */
#define WORD(name) { TCPSHAKE_ANOMALY_##name, #name }

static const struct {
	unsigned int anomaly;
	const char *word;
} words[] = {
	WORD(HDR_TRUNC), WORD(DOFF_SMALL), WORD(DOFF_PAST_END), WORD(FLAGS_NULL),
	WORD(FLAGS_FIN_ONLY), WORD(FLAGS_XMAS), WORD(FLAGS_SYNFIN), WORD(FLAGS_SYNRST),
	WORD(FLAGS_FINRST), WORD(SYN_DIFF_ISN), WORD(SYN_DIFF_ISN_SYNRECV), WORD(SYN_FROM_S),
	WORD(SYN_FROM_S_SYNRECV), WORD(SYNACK_BAD_ACK), WORD(SYNACK_UNSOLICITED),
	WORD(SYNACK_WRONG_DIR), WORD(SYNACK_DIFF_SEQ), WORD(SYNACK_DIFF_ACK),
	WORD(SYNACK_AFTER_ACK), WORD(SYN_REPLY_BARE_ACK), WORD(ACK_BAD_ACK), WORD(ACK_BAD_SEQ),
	WORD(ACK_BAD_BOTH), WORD(ACK_BEFORE_SYNACK), WORD(ACK_WRONG_DIR), WORD(FIN_BEFORE_EST),
	WORD(CHALLENGE_ACK), WORD(RST_BAD_ACK_SYNSENT), WORD(RST_NOT_EXACT),
	WORD(RST_OUT_OF_WIN), WORD(CSUM_BAD), WORD(FLAGS_MAIMON), WORD(FLAGS_SYNURG),
	WORD(FLAGS_SYNPSH), WORD(ACK_NONZERO_NOACK), WORD(ACK_ZERO_ACK), WORD(URP_NONZERO_NOURG),
	WORD(RESERVED_BITS), WORD(PORT_ZERO), WORD(LAND), WORD(SRC_MARTIAN), WORD(ISN_ZERO),
	WORD(SYN_WIN_ZERO), WORD(SYN_SIG_TOOL), WORD(SYN_FRAGMENT), WORD(IP_OPTS_SYN),
	WORD(ECT_ON_SYN), WORD(OPT_BADLEN), WORD(OPT_WRONGLEN), WORD(OPT_DUP),
	WORD(OPT_AFTER_EOL), WORD(OPT_NONSYN), WORD(OPT_OBSOLETE), WORD(OPT_EXPERIMENTAL),
	WORD(SACK_IN_SYN), WORD(WS_GT14), WORD(MSS_ABSENT), WORD(MSS_TINY), WORD(TS_ECR_IN_SYN),
	WORD(TS_ZERO), WORD(SYNACK_OPT_UNOFFERED), WORD(SYNACK_TSECR_MISMATCH),
	WORD(ACK_TSECR_MISMATCH), WORD(TS_MISSING_AFTER_NEG), WORD(PAWS_3RD_ACK),
	WORD(MD5_AO_ONE_SIDED), WORD(MPTCP_BADLEN), WORD(MPTCP_ECHO_MISMATCH),
	WORD(ECN_SYNACK_BAD), WORD(SYN_RETRANS), WORD(SYN_ON_EST), WORD(SYN_AFTER_CLOSE),
	WORD(SYN_DATA_NO_TFO), WORD(SYN_TFO_REQ), WORD(SYN_PARTIAL_AFTER),
	WORD(SYN_TO_CLOSED_LISTENER), WORD(SYNACK_RETRANS), WORD(SYNACK_AFTER_CONFIRMED),
	WORD(SYNACK_DATA), WORD(SYNACK_PART_TFO), WORD(SPLIT_BAD_ACK), WORD(SPLIT_BAD_SEQ),
	WORD(DATA_BEFORE_EST), WORD(ASYNC_BAD_SEQ), WORD(DATA_NO_ACK_FLAG), WORD(RST_IGNORED),
	WORD(RST_NO_STATE), WORD(RST_DATA), WORD(RST_STORM), WORD(FIN_STORM),
	WORD(ICMP_BAD_QUOTE),
};

#undef WORD

TEST(anomalies_are_those_of_their_values)
{
	size_t i;

	EXPECT_EQ(TCPSHAKE_ANOMALY_MAX, ARRAY_LENGTH(words));
	for (i = 0; i < ARRAY_LENGTH(words); i++) {
		EXPECT_EQ(0, strcasecmp(words[i].word, tcpshake_anomaly_name(words[i].anomaly)))
			TH_LOG("word %zu", i);
	}
}

#define SAME(kind, KIND, word)								\
	EXPECT_EQ(0, strcasecmp(#word, tcpshake_##kind##_name(TCPSHAKE_##KIND##_##word)))

TEST(names_are_those_of_their_values)
{
	SAME(exit, EXIT, NEW_ATTEMPT);
	SAME(exit, EXIT, SYN_RETRANSMIT);
	SAME(exit, EXIT, SYNACK);
	SAME(exit, EXIT, SYNACK_RETRANSMIT);
	SAME(exit, EXIT, COMPLETING);
	SAME(exit, EXIT, RESET);
	SAME(exit, EXIT, ANOMALOUS);
	SAME(exit, EXIT, MALFORMED);
	SAME(exit, EXIT, FRAGMENT);
	SAME(exit, EXIT, OPAQUE);
	SAME(exit, EXIT, UNTRACKED);
	SAME(outcome, OUTCOME, COMPLETED);
	SAME(outcome, OUTCOME, REFUSED);
	SAME(outcome, OUTCOME, CLIENT_RESET);
	SAME(outcome, OUTCOME, SERVER_RESET);
	SAME(outcome, OUTCOME, UNANSWERED);
	SAME(outcome, OUTCOME, UNACKED);
	SAME(outcome, OUTCOME, SUPERSEDED);
	SAME(outcome, OUTCOME, EVICTED);
	SAME(outcome, OUTCOME, UNREACHABLE);
	SAME(state, STATE, HALF_OPEN_SYN);
	SAME(state, STATE, HALF_OPEN_SYNACK);
	SAME(unreachable, UNREACHABLE, NET);
	SAME(unreachable, UNREACHABLE, HOST);
	SAME(unreachable, UNREACHABLE, PORT);
	SAME(unreachable, UNREACHABLE, ADMIN);
	SAME(unreachable, UNREACHABLE, TTL);
	SAME(unreachable, UNREACHABLE, PARAMETER);
	SAME(eviction, EVICTION, CROWD);
	SAME(eviction, EVICTION, CROWD_YOUNG);
	SAME(eviction, EVICTION, OLDEST);
	SAME(eviction, EVICTION, OLDEST_YOUNG);
	SAME(eviction, EVICTION, QUOTA);
	SAME(eviction, EVICTION, QUOTA_YOUNG);
	SAME(ecn, ECN, NONE);
	SAME(ecn, ECN, CLASSIC);
	SAME(ecn, ECN, ACCURATE);
	SAME(fast_open, FAST_OPEN, NONE);
	SAME(fast_open, FAST_OPEN, REQUESTED);
	SAME(fast_open, FAST_OPEN, GRANTED);
	SAME(fast_open, FAST_OPEN, ACCEPTED);
	SAME(fast_open, FAST_OPEN, PARTIAL);
	SAME(fast_open, FAST_OPEN, IGNORED);
	SAME(fast_open, FAST_OPEN, NO_DATA);
	SAME(mptcp, MPTCP, NONE);
	SAME(mptcp, MPTCP, DECLINED);
	SAME(mptcp, MPTCP, FALLBACK);
	SAME(mptcp, MPTCP, CAPABLE);
	SAME(mptcp, MPTCP, JOINED);
	SAME(mptcp, MPTCP, ANSWERED);
}

/* Flags and options are named by the number of their bit. */
#define SAME_BIT(kind, KIND, word)							\
	EXPECT_EQ(0, strcasecmp(#word, tcpshake_##kind##_name(				\
					       __builtin_ctz(TCPSHAKE_##KIND##_##word))))

TEST(bits_are_those_of_their_values)
{
	SAME_BIT(flag, FLAG, DATA);
	SAME_BIT(flag, FLAG, FIN);
	SAME_BIT(flag, FLAG, INFERRED);
	SAME_BIT(flag, FLAG, AFTER_SYNACK);
	SAME_BIT(flag, FLAG, SERVER_AMBIGUOUS);
	SAME_BIT(flag, FLAG, CLIENT_AMBIGUOUS);
	SAME_BIT(flag, FLAG, STALLED);
	SAME_BIT(flag, FLAG, TFO);
	SAME_BIT(flag, FLAG, TFO_FALLBACK);
	SAME_BIT(flag, FLAG, TFO_PARTIAL);
	SAME_BIT(flag, FLAG, SIMULTANEOUS);
	SAME_BIT(flag, FLAG, SPLIT);
	SAME_BIT(flag, FLAG, SELF);
	SAME_BIT(flag, FLAG, CLIENT_ONLY);
	SAME_BIT(flag, FLAG, SYNACK_FIRST);
	SAME_BIT(flag, FLAG, COOKIE);
	SAME_BIT(option, OPTION, MSS);
	SAME_BIT(option, OPTION, WINDOW_SCALE);
	SAME_BIT(option, OPTION, SACK_PERMITTED);
	SAME_BIT(option, OPTION, TIMESTAMPS);
	SAME_BIT(option, OPTION, MD5);
	SAME_BIT(option, OPTION, AO);
	SAME_BIT(option, OPTION, FAST_OPEN);
	SAME_BIT(option, OPTION, FAST_OPEN_COOKIE);
	SAME_BIT(option, OPTION, MPTCP_CAPABLE);
	SAME_BIT(option, OPTION, MPTCP_JOIN);
	SAME_BIT(option, OPTION, SMC_R);
	SAME_BIT(option, OPTION, ENO);
	SAME_BIT(option, OPTION, ACCECN);
	SAME_BIT(option, OPTION, USER_TIMEOUT);
	SAME_BIT(option, OPTION, QUICK_START);
	SAME_BIT(option, OPTION, CUT);
}

TEST_HARNESS_MAIN
