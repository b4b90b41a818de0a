// SPDX-License-Identifier: GPL-2.0
/*
 * What both sides' options come to, by whole handshakes: each parameter, each check
 * of one side against the other, and what is unknown as opposed to none.
 */
#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define A(name) TCPSHAKE_ANOMALY_##name
#define O(name) TCPSHAKE_OPTION_##name

static const struct isns isn = { 0xffffffff, 0 };

/* What the three segments say. */
struct talk {
	u8 options[3][40];
	u8 len[3];
	u16 ecn_flags[2];	/* of SYN and SYN-ACK */
	u32 syn_data;
	u32 acked_data;
};

struct result {
	struct tcpshake_anomalies anomalies[3];
	struct tcpshake_details pending, ended;
	struct tcpshake_negotiated negotiated;
	bool known_pending, known;
};

/* MSS goes first in SYN and SYN-ACK. */
static struct tcpshake_segment speak(struct tcpshake_segment seg, const struct talk *talk, int who,
				     u8 *octets)
{
	u8 len = 0;

	if (who < 2) {
		memcpy(octets, mss_option, sizeof(mss_option));
		len = sizeof(mss_option);
	}
	memcpy(octets + len, talk->options[who], talk->len[who]);
	return with_options(seg, octets, len + talk->len[who]);
}

static struct result hear(const struct talk *talk)
{
	struct tcpshake_segment syn, synack, ack;
	struct tcpshake_details details;
	struct result result = { 0 };
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;
	u8 octets[3][44];

	syn = speak(segment(C, SYN | talk->ecn_flags[0], isn.x, 0, talk->syn_data), talk, 0,
		    octets[0]);
	synack = speak(segment(S, SYN | ACK | talk->ecn_flags[1], isn.y,
			       isn.x + 1 + talk->acked_data, 0), talk, 1, octets[1]);
	ack = speak(segment(C, ACK, isn.x + 1 + talk->acked_data, isn.y + 1, 0), talk, 2,
		    octets[2]);

	v = open_with(&flow, &details, syn, 0);
	result.anomalies[0] = v.anomalies;
	v = step_with(&flow, &details, synack, 10);
	result.anomalies[1] = v.anomalies;
	result.pending = details;
	result.known_pending = tcpshake_negotiated(&details, tcpshake_flow_flags(&flow, &details),
						   flow.syn_len, false, &result.negotiated);
	v = step_with(&flow, &details, ack, 20);
	if (v.ended.outcome != TCPSHAKE_OUTCOME_COMPLETED || !v.ended.has_details)
		abort();
	result.anomalies[2] = v.anomalies;
	result.ended = v.ended.details;
	result.known = tcpshake_negotiated(&v.ended.details, v.ended.flags,
					   v.ended.flow.syn_len, true, &result.negotiated);
	return result;
}

static struct talk say(struct talk so_far, int who, const u8 *options, size_t len)
{
	memcpy(so_far.options[who] + so_far.len[who], options, len);
	so_far.len[who] += len;
	return so_far;
}

#define SAY(talk, who, ...)								\
	((talk) = say(talk, who, (const u8[]){ __VA_ARGS__ },				\
		      sizeof((const u8[]){ __VA_ARGS__ })))

static bool has(const struct result *result, int who, u8 anomaly)
{
	return tcpshake_anomalies_has(&result->anomalies[who], anomaly);
}

TEST(plain)
{
	const struct talk talk = { 0 };
	const struct result result = hear(&talk);
	int who;

	for (who = 0; who < 3; who++)
		EXPECT_TRUE(anomalies_are(&result.anomalies[who], 0));
	ASSERT_TRUE(result.known);
	ASSERT_TRUE(result.known_pending);
	EXPECT_EQ(O(MSS), result.negotiated.present);
	EXPECT_EQ(TCPSHAKE_ECN_NONE, result.negotiated.ecn);
	EXPECT_EQ(TCPSHAKE_FAST_OPEN_NONE, result.negotiated.fast_open);
	EXPECT_EQ(TCPSHAKE_MPTCP_NONE, result.negotiated.mptcp);
	EXPECT_EQ(1460, result.ended.client.mss);
	EXPECT_EQ(1460, result.ended.server.mss);
	EXPECT_EQ(64, result.ended.client.ttl);
	EXPECT_TRUE(result.ended.client.seen);
	EXPECT_TRUE(result.ended.server.seen);
}

/* On if both say it; a server that begins with it is out of order, for some of them. */
TEST(options_of_both_sides)
{
	static const struct {
		u8 octets[18];
		u16 bit;
		bool to_be_offered;
		u8 one_sided;
	} tries[] = {
		{ { 3, 3, 7 }, O(WINDOW_SCALE), true, 0 },
		{ { 4, 2 }, O(SACK_PERMITTED), true, 0 },
		{ { 19, 18 }, O(MD5), false, A(MD5_AO_ONE_SIDED) },
		{ { 29, 4 }, O(AO), false, A(MD5_AO_ONE_SIDED) },
		{ { 254, 6, 0xe2, 0xd4, 0xc3, 0xd9 }, O(SMC_R), true, 0 },
		{ { 69, 2 }, O(ENO), false, 0 },
		{ { 172, 2 }, O(ACCECN), false, 0 },
		{ { 28, 4 }, O(USER_TIMEOUT), false, 0 },
		{ { 27, 8 }, O(QUICK_START), false, 0 },
	};
	size_t i, by;

	for (i = 0; i < ARRAY_LENGTH(tries); i++) {
		for (by = 0; by < 4; by++) {
			struct talk talk = { 0 };
			struct result result;
			int who;

			for (who = 0; who < 2; who++)
				if (by >> who & 1)
					talk = say(talk, who, tries[i].octets, tries[i].octets[1]);
			if (tries[i].one_sided && by & 2)
				talk = say(talk, 2, tries[i].octets, tries[i].octets[1]);
			result = hear(&talk);
			EXPECT_EQ(by == 3 ? tries[i].bit | O(MSS) : O(MSS),
				  result.negotiated.present)
				TH_LOG("try %zu, by %zu", i, by);
			EXPECT_EQ(by == 2 && tries[i].to_be_offered,
				  has(&result, 1, A(SYNACK_OPT_UNOFFERED)));
			EXPECT_EQ(tries[i].one_sided && by && by < 3,
				  has(&result, 1, A(MD5_AO_ONE_SIDED)))
				TH_LOG("try %zu, by %zu", i, by);
			EXPECT_FALSE(has(&result, 2, A(MD5_AO_ONE_SIDED)));
		}
	}
}

/* The third segment is signed as the second one was. */
TEST(signature_that_ends)
{
	struct talk talk = { 0 };
	struct result result;

	SAY(talk, 0, 29, 4, 1, 1);
	SAY(talk, 1, 29, 4, 1, 1);
	result = hear(&talk);
	EXPECT_TRUE(anomalies_are(&result.anomalies[1], 0));
	EXPECT_TRUE(has(&result, 2, A(MD5_AO_ONE_SIDED)));
}

/* RFC 9768, table 2, with AE CWR ECE of the SYN, then of the SYN-ACK. */
TEST(ecn)
{
	static const u8 expected[8][8] = {
		/*  000 001 010 011 100 101 110 111 */
		[0] = { 1, 1, 1, 1, 1, 1, 1, 1 },
		[1] = { 1, 2, 3, 3, 3, 2, 3, 1 },
		[2] = { 1, 2, 3, 3, 3, 2, 3, 1 },
		[3] = { 1, 2, 1, 1, 1, 2, 1, 1 },
		[4] = { 1, 2, 3, 3, 3, 2, 3, 1 },
		[5] = { 1, 2, 3, 3, 3, 2, 3, 1 },
		[6] = { 1, 2, 3, 3, 3, 2, 3, 1 },
		[7] = { 1, 2, 3, 3, 3, 2, 3, 1 },
	};
	unsigned int syn, synack;

	for (syn = 0; syn < 8; syn++) {
		for (synack = 0; synack < 8; synack++) {
			const struct talk talk = { .ecn_flags = { syn << 6, synack << 6 } };
			const struct result result = hear(&talk);
			const bool bad = syn ? synack == 7 : synack & 1;

			EXPECT_EQ(expected[syn][synack], result.negotiated.ecn)
				TH_LOG("SYN %u, SYN-ACK %u", syn, synack);
			EXPECT_TRUE(anomalies_are(&result.anomalies[1],
						  bad ? A(ECN_SYNACK_BAD) : 0));
			EXPECT_EQ(syn, result.ended.client.ace);
			EXPECT_EQ(synack, result.ended.server.ace);
		}
	}
}

TEST(fast_open_without_data)
{
	struct talk talk = { 0 };
	struct result result;

	SAY(talk, 0, 34, 2);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_FAST_OPEN_REQUESTED, result.negotiated.fast_open);
	EXPECT_TRUE(anomalies_are(&result.anomalies[0], A(SYN_TFO_REQ)));
	SAY(talk, 1, 34, 6, 1, 2, 3, 4);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_FAST_OPEN_GRANTED, result.negotiated.fast_open);
	EXPECT_TRUE(anomalies_are(&result.anomalies[1], 0));

	memset(&talk, 0, sizeof(talk));
	SAY(talk, 1, 34, 6, 1, 2, 3, 4);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_FAST_OPEN_NONE, result.negotiated.fast_open);
	EXPECT_TRUE(anomalies_are(&result.anomalies[1], A(SYNACK_OPT_UNOFFERED)));

	memset(&talk, 0, sizeof(talk));
	SAY(talk, 0, 34, 6, 1, 2, 3, 4);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_FAST_OPEN_NO_DATA, result.negotiated.fast_open);
	EXPECT_TRUE(anomalies_are(&result.anomalies[0], 0));
}

TEST(fast_open_with_data)
{
	static const struct {
		u32 acked;
		u8 expected;
	} cases[] = {
		{ 0, TCPSHAKE_FAST_OPEN_IGNORED }, { 1, TCPSHAKE_FAST_OPEN_PARTIAL },
		{ 9, TCPSHAKE_FAST_OPEN_PARTIAL }, { 10, TCPSHAKE_FAST_OPEN_ACCEPTED },
	};
	size_t i;

	for (i = 0; i < 2 * ARRAY_LENGTH(cases); i++) {
		struct talk talk = { .syn_data = 10, .acked_data = cases[i / 2].acked };
		struct result result;

		/* with a cookie, and without one, as two hosts may have agreed on */
		if (i & 1)
			SAY(talk, 0, 34, 6, 1, 2, 3, 4);
		result = hear(&talk);
		EXPECT_EQ(cases[i / 2].expected, result.negotiated.fast_open);
		EXPECT_TRUE(anomalies_are(&result.anomalies[0],
					  i & 1 ? 0 : A(SYN_DATA_NO_TFO)));
	}
}

/* RFC 8684 has the client's key in the third segment, RFC 6824 in the first. */
static struct talk mptcp_talk(u8 version)
{
	struct talk talk = { 0 };

	if (version)
		SAY(talk, 0, 30, 4, 1, 1);
	else
		SAY(talk, 0, 30, 12, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8);
	return talk;
}

TEST(mptcp)
{
	u8 version;

	for (version = 0; version < 2; version++) {
		struct talk talk = mptcp_talk(version);
		struct result result = hear(&talk);

		EXPECT_EQ(TCPSHAKE_MPTCP_DECLINED, result.negotiated.mptcp);
		SAY(talk, 1, 30, 12, version, 1, 9, 10, 11, 12, 13, 14, 15, 16);
		result = hear(&talk);
		EXPECT_EQ(TCPSHAKE_MPTCP_FALLBACK, result.negotiated.mptcp);
		EXPECT_TRUE(tcpshake_negotiated(&result.pending, 0, 0, false, &result.negotiated));
		EXPECT_EQ(TCPSHAKE_MPTCP_ANSWERED, result.negotiated.mptcp);
		SAY(talk, 2, 30, 20, version, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		    15, 16);
		result = hear(&talk);
		EXPECT_EQ(TCPSHAKE_MPTCP_CAPABLE, result.negotiated.mptcp);
		EXPECT_TRUE(anomalies_are(&result.anomalies[2], 0));
		talk.options[2][19] ^= 1;
		result = hear(&talk);
		EXPECT_TRUE(anomalies_are(&result.anomalies[2], A(MPTCP_ECHO_MISMATCH)));
		EXPECT_EQ(O(MSS) | O(MPTCP_CAPABLE), result.negotiated.present);
	}
}

/* Whether the third segment had it is not known if that passed unseen. */
TEST(mptcp_inferred)
{
	struct talk talk = mptcp_talk(1);
	struct tcpshake_negotiated negotiated;
	struct result result;

	SAY(talk, 1, 30, 12, 1, 1, 9, 10, 11, 12, 13, 14, 15, 16);
	result = hear(&talk);
	EXPECT_TRUE(tcpshake_negotiated(&result.ended, TCPSHAKE_FLAG_INFERRED, 0, true,
					&negotiated));
	EXPECT_EQ(TCPSHAKE_MPTCP_ANSWERED, negotiated.mptcp);
}

TEST(mptcp_unoffered)
{
	struct talk talk = { 0 };
	struct result result;

	SAY(talk, 1, 30, 12, 1, 1, 9, 10, 11, 12, 13, 14, 15, 16);
	result = hear(&talk);
	EXPECT_TRUE(anomalies_are(&result.anomalies[1], A(SYNACK_OPT_UNOFFERED)));
	EXPECT_EQ(TCPSHAKE_MPTCP_NONE, result.negotiated.mptcp);
}

TEST(mptcp_join)
{
	struct talk talk = { 0 };
	struct result result;

	SAY(talk, 0, 30, 12, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_MPTCP_DECLINED, result.negotiated.mptcp);
	SAY(talk, 1, 30, 16, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_MPTCP_FALLBACK, result.negotiated.mptcp);
	SAY(talk, 2, 30, 24, 0x10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	    18, 19, 20);
	result = hear(&talk);
	EXPECT_EQ(TCPSHAKE_MPTCP_JOINED, result.negotiated.mptcp);
	EXPECT_TRUE(anomalies_are(&result.anomalies[2], 0));
}

/*
 * Which timestamps of the server may the third segment echo? Of its SYN-ACK, at 1010;
 * of its own SYN before that, if there was one: at 1000, and itself's at 990.
 */
TEST(timestamps_of_a_syn_that_crossed)
{
	static const struct {
		bool crosses, itself;
		u32 earliest;
	} tries[] = { { false, false, 1010 }, { true, false, 1000 }, { false, true, 990 } };
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct tcpshake_options options = { .present = O(TIMESTAMPS), .tsval = 990 };
		struct tcpshake_segment seg = synack_of(isn);
		struct tcpshake_details details = { 0 };
		struct tcpshake_anomalies set = { 0 };

		if (tries[i].itself) {
			memcpy(seg.dst, seg.src, sizeof(seg.dst));
			seg.dst_port = seg.src_port;
		}
		tcpshake_negotiate_syn(&details, &seg, &options, false);
		options.tsval = 1000;
		if (tries[i].crosses)
			tcpshake_negotiate_crossing(&details, &seg, &options);
		options.tsval = 1010;
		options.tsecr = 990;
		tcpshake_negotiate_synack(&details, &seg, &options, false, &set);
		EXPECT_TRUE(anomalies_are(&set, 0));
		for (options.tsecr = 980; options.tsecr <= 1020; options.tsecr++) {
			const bool bad = options.tsecr < tries[i].earliest || options.tsecr > 1010;

			set = (struct tcpshake_anomalies){ 0 };
			tcpshake_negotiate_ack(&details, &options, &set);
			EXPECT_EQ(bad, tcpshake_anomalies_has(&set, A(ACK_TSECR_MISMATCH)));
		}
	}
}

/* The options of a SYN-ACK no socket sent: a cookie's. */
TEST(cookie)
{
	struct tcpshake_segment synack = synack_of(isn);
	struct tcpshake_details details;
	struct tcpshake_flow flow;

	synack.hints = TCPSHAKE_HINT_UNOWNED;
	play_to(&flow, &details, HALF_OPEN_SYN, isn, 0);
	step_with(&flow, &details, synack, 10);
	EXPECT_EQ(TCPSHAKE_FLAG_COOKIE, tcpshake_flow_flags(&flow, &details));
	EXPECT_EQ(0, tcpshake_flow_flags(&flow, NULL));
	EXPECT_EQ(TCPSHAKE_FLAG_COOKIE, step_with(&flow, &details, ack_of(isn), 20).ended.flags);
}

/* Not seen is not the same as not there. */
TEST(unknown_is_not_none)
{
	struct tcpshake_details details;
	struct tcpshake_negotiated result;
	struct tcpshake_segment cut;
	struct tcpshake_flow flow;
	int who;

	EXPECT_FALSE(tcpshake_negotiated(NULL, 0, 0, true, &result));
	EXPECT_FALSE(tcpshake_details_timestamps(NULL));
	play_to(&flow, &details, HALF_OPEN_SYN, isn, 0);
	EXPECT_FALSE(tcpshake_negotiated(&details, 0, 0, false, &result));
	EXPECT_FALSE(tcpshake_details_timestamps(&details));
	for (who = 0; who < 2; who++) {
		cut = segment(C, SYN, isn.x, 0, 0);
		cut.options_cut = !who;
		open_with(&flow, &details, cut, 0);
		cut = synack_of(isn);
		cut.options_cut = who;
		step_with(&flow, &details, cut, 0);
		EXPECT_TRUE(details.server.seen);
		EXPECT_FALSE(tcpshake_negotiated(&details, 0, 0, false, &result));
	}
	/* the SYN-ACK came first: its options went by before there was an attempt */
	orphan_of(&flow, isn, 0);
	memset(&details, 0xa5, sizeof(details));
	step_with(&flow, &details, segment(C, SYN, isn.x, 0, 0), 0);
	EXPECT_TRUE(details.client.seen);
	EXPECT_FALSE(details.server.seen);
	EXPECT_FALSE(tcpshake_negotiated(&details, 0, 0, false, &result));
}

/* What was cut off may have been there: nothing is said to be missing, or too much. */
TEST(cut_options_raise_nothing)
{
	static const u8 more[] = { 2, 4, 5, 180, 4, 2, 3, 3, 7, 8, 10, 0, 0, 0, 1, 0, 0, 0, 9 };
	struct tcpshake_segment syn = segment(C, SYN, isn.x, 0, 0), ack = ack_of(isn);
	struct tcpshake_details details;
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	syn.options_cut = true;
	v = open_with(&flow, &details, syn, 0);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	v = step_with(&flow, &details, with_options(synack_of(isn), more, sizeof(more)), 10);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	ack.options_cut = true;
	v = step_with(&flow, &details, ack, 20);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
}

TEST_HARNESS_MAIN
