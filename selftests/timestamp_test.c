// SPDX-License-Identifier: GPL-2.0
/*
 * Timestamps (RFC 7323): each echo against what was sent, over retransmissions and
 * the wrap of the clock; and which transmission an answer is to (RFC 6298, Karn).
 */
#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define A(name) TCPSHAKE_ANOMALY_##name

static const struct isns isn = { 0xffffffff, 0 };

struct attempt {
	struct tcpshake_flow flow;
	struct tcpshake_details details;
	struct tcpshake_verdict v;
};

/* A segment with these two, an MSS if it is a SYN, and nothing else. */
static struct tcpshake_segment stamped(struct tcpshake_segment seg, u32 val, u32 ecr, u8 octets[14])
{
	const u8 all[14] = {
		2, 4, 5, 180, 8, 10, val >> 24, val >> 16 & 0xff, val >> 8 & 0xff, val & 0xff,
		ecr >> 24, ecr >> 16 & 0xff, ecr >> 8 & 0xff, ecr & 0xff,
	};

	memcpy(octets, all, sizeof(all));
	return seg.flags & SYN ? with_options(seg, octets, 14) : with_options(seg, octets + 4, 10);
}

static void send(struct attempt *a, struct tcpshake_segment seg, u32 val, u32 ecr)
{
	u8 octets[14];

	a->v = step_with(&a->flow, &a->details, stamped(seg, val, ecr, octets), 1000);
}

/* The SYN, sent when the client's clock said first and, if that is another time, last. */
static void begin(struct attempt *a, u32 first, u32 last)
{
	const struct tcpshake_segment syn = segment(C, SYN, isn.x, 0, 0);
	u8 octets[14];

	a->v = open_with(&a->flow, &a->details, stamped(syn, first, 0, octets), 0);
	if (first != last)
		send(a, syn, last, 0);
}

static void answer(struct attempt *a, u32 first, u32 last, u32 ecr)
{
	send(a, synack_of(isn), first, ecr);
	if (first != last)
		send(a, synack_of(isn), last, ecr);
}

/* From where to where the values go, and some that are within, and not. */
static const struct range {
	u32 first, last;
	u32 within[3];
	u32 outside[3];
} ranges[] = {
	{ 1000, 1000, { 1000, 1000, 1000 }, { 999, 1001, 0 } },
	{ 1000, 4000, { 1000, 2500, 4000 }, { 999, 4001, 0 } },
	{ 0xffffff00, 0x100, { 0xffffff00, 0, 0x100 }, { 0xfffffeff, 0x101, 0x80000000 } },
	{ 0xffffffff, 0, { 0xffffffff, 0, 0 }, { 0xfffffffe, 1, 7 } },
	{ 0x7fffffff, 0x80000001, { 0x7fffffff, 0x80000000, 0x80000001 },
	  { 0x7ffffffe, 0x80000002, 0 } },
};

TEST(synack_echoes_a_syn)
{
	struct attempt a;
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(ranges); i++) {
		for (j = 0; j < 3; j++) {
			begin(&a, ranges[i].first, ranges[i].last);
			answer(&a, 50, 50, ranges[i].within[j]);
			EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0))
				TH_LOG("range %zu, echo %u", i, ranges[i].within[j]);
			begin(&a, ranges[i].first, ranges[i].last);
			answer(&a, 50, 50, ranges[i].outside[j]);
			EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, a.v.exit);
			EXPECT_TRUE(anomalies_are(&a.v.anomalies, A(SYNACK_TSECR_MISMATCH)))
				TH_LOG("range %zu, echo %u", i, ranges[i].outside[j]);
		}
	}
}

TEST(third_segment_echoes_a_synack)
{
	struct attempt a;
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(ranges); i++) {
		for (j = 0; j < 3; j++) {
			begin(&a, 70, 70);
			answer(&a, ranges[i].first, ranges[i].last, 70);
			send(&a, ack_of(isn), 71, ranges[i].within[j]);
			EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, a.v.exit);
			EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0))
				TH_LOG("range %zu, echo %u", i, ranges[i].within[j]);
			begin(&a, 70, 70);
			answer(&a, ranges[i].first, ranges[i].last, 70);
			send(&a, ack_of(isn), 71, ranges[i].outside[j]);
			EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, a.v.exit);
			EXPECT_TRUE(anomalies_are(&a.v.anomalies, A(ACK_TSECR_MISMATCH)))
				TH_LOG("range %zu, echo %u", i, ranges[i].outside[j]);
		}
	}
}

/* RFC 7323, 5: not before the SYN, by a clock that may wrap. */
TEST(third_segment_is_not_older)
{
	static const struct {
		u32 syn, ack;
		bool older;
	} tries[] = {
		{ 5, 5, false }, { 5, 6, false }, { 5, 4, true }, { 0, 0xffffffff, true },
		{ 0xffffffff, 0, false }, { 7, 0x80000006, false }, { 7, 0x80000008, true },
	};
	struct attempt a;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(tries); i++) {
		begin(&a, tries[i].syn, tries[i].syn);
		answer(&a, 50, 50, tries[i].syn);
		send(&a, ack_of(isn), tries[i].ack, 50);
		EXPECT_TRUE(anomalies_are(&a.v.anomalies, tries[i].older ? A(PAWS_3RD_ACK) : 0))
			TH_LOG("try %zu", i);
	}
}

/* Once agreed on they are in everything but RSTs: in the third segment, and in those after it. */
TEST(missing_after_negotiation)
{
	struct tcpshake_segment ack = ack_of(isn);
	struct attempt a;

	begin(&a, 1, 1);
	answer(&a, 50, 50, 1);
	EXPECT_TRUE(tcpshake_details_timestamps(&a.details));
	a.v = step_with(&a.flow, &a.details, ack, 2000);
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, a.v.exit);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, A(TS_MISSING_AFTER_NEG)));
	a.v = step(&a.flow, ack, 2100);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, a.v.exit);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, A(TS_MISSING_AFTER_NEG)));
	a.v = step(&a.flow, segment(S, ACK, isn.y + 1, isn.x + 1, 5), 2200);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, A(TS_MISSING_AFTER_NEG)));
	ack.options_cut = true;
	a.v = step(&a.flow, ack, 2300);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
	send(&a, ack_of(isn), 2, 50);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
	a.v = step(&a.flow, segment(S, RST, isn.y + 1, 0, 0), 2400);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
}

/* Of one side alone they are not agreed on; a SYN-ACK may not begin with them. */
TEST(of_one_side_alone)
{
	struct attempt a;

	begin(&a, 1, 1);
	a.v = step_with(&a.flow, &a.details, synack_of(isn), 1000);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
	a.v = step_with(&a.flow, &a.details, ack_of(isn), 1000);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
	a.v = step_with(&a.flow, &a.details, ack_of(isn), 1000);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));

	play_to(&a.flow, &a.details, HALF_OPEN_SYN, isn, 0);
	answer(&a, 50, 50, 0);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, A(SYNACK_OPT_UNOFFERED)));
	EXPECT_FALSE(tcpshake_details_timestamps(&a.details));
	a.v = step_with(&a.flow, &a.details, ack_of(isn), 1000);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
}

/*
 * An echo does not tell which transmission was answered: peers echo the first one in
 * answer to later ones, too, when their first answer was lost.
 */
TEST(retransmissions_not_told_apart)
{
	static const struct {
		u32 syn_last, syn_echoed, synack_last, synack_echoed;
		u32 flags;
	} cases[] = {
		{ 100, 100, 500, 500, 0 },
		{ 200, 100, 500, 500, TCPSHAKE_FLAG_SERVER_AMBIGUOUS },
		{ 200, 200, 500, 500, TCPSHAKE_FLAG_SERVER_AMBIGUOUS },
		{ 100, 100, 600, 500, TCPSHAKE_FLAG_CLIENT_AMBIGUOUS },
		{ 100, 100, 600, 600, TCPSHAKE_FLAG_CLIENT_AMBIGUOUS },
		{ 200, 200, 600, 600,
		  TCPSHAKE_FLAG_SERVER_AMBIGUOUS | TCPSHAKE_FLAG_CLIENT_AMBIGUOUS },
	};
	struct attempt a;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		begin(&a, 100, cases[i].syn_last);
		answer(&a, 500, cases[i].synack_last, cases[i].syn_echoed);
		send(&a, ack_of(isn), 300, cases[i].synack_echoed);
		EXPECT_EQ(cases[i].flags, a.v.ended.flags)
			TH_LOG("case %zu", i);
	}
}

/* Retransmitted within one tick, or without details to know by: nothing is told apart. */
TEST(retransmissions_alike)
{
	const struct tcpshake_segment syn = segment(C, SYN, isn.x, 0, 0);
	struct attempt a;

	begin(&a, 100, 100);
	send(&a, syn, 100, 0);
	answer(&a, 500, 500, 100);
	EXPECT_EQ(TCPSHAKE_FLAG_SERVER_AMBIGUOUS, tcpshake_flow_flags(&a.flow, &a.details));

	begin(&a, 100, 200);
	step(&a.flow, synack_of(isn), 1000);
	EXPECT_EQ(TCPSHAKE_FLAG_SERVER_AMBIGUOUS, tcpshake_flow_flags(&a.flow, NULL));
}

/*
 * The third segment passed unseen. What completes in its stead echoes something else:
 * the server's data a timestamp of the client, later data of the client one of that.
 */
TEST(inferred_from_what_follows)
{
	struct attempt a;

	begin(&a, 100, 100);
	answer(&a, 900000, 900000, 100);
	send(&a, segment(S, ACK, isn.y + 1, isn.x + 1, 9), 900001, 101);
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, a.v.exit);
	EXPECT_EQ(TCPSHAKE_FLAG_INFERRED | TCPSHAKE_FLAG_DATA, a.v.ended.flags);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));

	begin(&a, 900000, 900000);
	answer(&a, 100, 100, 900000);
	send(&a, segment(S, ACK, isn.y + 1, isn.x + 1, 9), 101, 900001);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));

	begin(&a, 100, 100);
	answer(&a, 500, 500, 100);
	send(&a, segment(C, ACK, isn.x + 10, isn.y + 100, 9), 102, 507);
	EXPECT_EQ(TCPSHAKE_FLAG_INFERRED | TCPSHAKE_FLAG_DATA, a.v.ended.flags);
	EXPECT_TRUE(anomalies_are(&a.v.anomalies, 0));
}

TEST_HARNESS_MAIN
