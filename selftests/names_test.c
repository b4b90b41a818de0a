// SPDX-License-Identifier: GPL-2.0
/*
 * Names: every value has one, no two share one, each is a word fit for /proc and
 * JSON, and what is not a value is "unknown".
 */
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
	{ "flag", tcpshake_flag_name, 0, TCPSHAKE_FLAG_COUNT - 1 },
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
			EXPECT_EQ(strlen(name), strspn(name, "abcdefghijklmnopqrstuvwxyz_"));
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

/* A table off by one would pass the above. The names of the C enums are the other witness. */
#define SAME(kind, constant, word)							\
	EXPECT_STREQ(word, tcpshake_##kind##_name(constant))

TEST(names_are_those_of_their_values)
{
	SAME(exit, TCPSHAKE_EXIT_NEW_ATTEMPT, "new_attempt");
	SAME(exit, TCPSHAKE_EXIT_SYN_RETRANSMIT, "syn_retransmit");
	SAME(exit, TCPSHAKE_EXIT_SYNACK, "synack");
	SAME(exit, TCPSHAKE_EXIT_SYNACK_RETRANSMIT, "synack_retransmit");
	SAME(exit, TCPSHAKE_EXIT_COMPLETING, "completing");
	SAME(exit, TCPSHAKE_EXIT_RESET, "reset");
	SAME(exit, TCPSHAKE_EXIT_ANOMALOUS, "anomalous");
	SAME(exit, TCPSHAKE_EXIT_MALFORMED, "malformed");
	SAME(exit, TCPSHAKE_EXIT_FRAGMENT, "fragment");
	SAME(exit, TCPSHAKE_EXIT_OPAQUE, "opaque");
	SAME(exit, TCPSHAKE_EXIT_UNTRACKED, "untracked");
	SAME(outcome, TCPSHAKE_OUTCOME_COMPLETED, "completed");
	SAME(outcome, TCPSHAKE_OUTCOME_REFUSED, "refused");
	SAME(outcome, TCPSHAKE_OUTCOME_CLIENT_RESET, "client_reset");
	SAME(outcome, TCPSHAKE_OUTCOME_SERVER_RESET, "server_reset");
	SAME(outcome, TCPSHAKE_OUTCOME_UNANSWERED, "unanswered");
	SAME(outcome, TCPSHAKE_OUTCOME_UNACKED, "unacked");
	SAME(outcome, TCPSHAKE_OUTCOME_SUPERSEDED, "superseded");
	SAME(outcome, TCPSHAKE_OUTCOME_EVICTED, "evicted");
	SAME(state, TCPSHAKE_STATE_HALF_OPEN_SYN, "half_open_syn");
	SAME(state, TCPSHAKE_STATE_HALF_OPEN_SYNACK, "half_open_synack");
	SAME(anomaly, TCPSHAKE_ANOMALY_HDR_TRUNC, "hdr_trunc");
	SAME(anomaly, TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK, "synack_after_ack");
	SAME(anomaly, TCPSHAKE_ANOMALY_RST_OUT_OF_WIN, "rst_out_of_win");
}

/* Flags are named by the number of their bit. */
TEST(flags_are_those_of_their_bits)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} flags[] = {
		{ TCPSHAKE_FLAG_DATA, "data" },
		{ TCPSHAKE_FLAG_FIN, "fin" },
		{ TCPSHAKE_FLAG_INFERRED, "inferred" },
		{ TCPSHAKE_FLAG_AFTER_SYNACK, "after_synack" },
		{ TCPSHAKE_FLAG_SERVER_AMBIGUOUS, "server_ambiguous" },
		{ TCPSHAKE_FLAG_CLIENT_AMBIGUOUS, "client_ambiguous" },
		{ TCPSHAKE_FLAG_STALLED, "stalled" },
	};
	size_t i;

	EXPECT_EQ(TCPSHAKE_FLAG_COUNT, ARRAY_LENGTH(flags));
	for (i = 0; i < ARRAY_LENGTH(flags); i++)
		EXPECT_STREQ(flags[i].name, tcpshake_flag_name(__builtin_ctz(flags[i].bit)));
}

TEST_HARNESS_MAIN
