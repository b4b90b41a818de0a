// SPDX-License-Identifier: GPL-2.0
/*
 * What comes of sequences of segments: what a new attempt remembers, counts and
 * the ambiguity they bring, round-trip times, Fast Open, one direction that goes
 * elsewhere. SYNs from both sides are in crossing_test.c, several attempts on one
 * tuple in tuple_test.c.
 */
#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER

static const struct isns isn = { 0xffffffff, 0 };

/* Everything of the flow that a SYN from (or of) the client of core_test.h sets. */
static void expect_fresh(struct __test_metadata *_metadata, const struct tcpshake_flow *flow,
			 u32 x, u32 syn_us)
{
	EXPECT_EQ(0, memcmp(flow->client, client_addr, sizeof(flow->client)));
	EXPECT_EQ(0, memcmp(flow->server, server_addr, sizeof(flow->server)));
	EXPECT_EQ(CLIENT_PORT, flow->client_port);
	EXPECT_EQ(SERVER_PORT, flow->server_port);
	EXPECT_EQ(x, flow->client_isn);
	EXPECT_EQ(0, flow->server_isn);
	EXPECT_EQ(syn_us, flow->syn_us);
	EXPECT_EQ(0, VALUE(flow->synack_us));
	EXPECT_EQ(0, flow->syn_len);
	EXPECT_EQ(CLIENT_WINDOW, flow->client_window);
	EXPECT_EQ(0, flow->server_window);
	EXPECT_EQ(0, flow->client_seen);
	EXPECT_EQ(OWNER, flow->owner);
	EXPECT_EQ(HALF_OPEN_SYN, VALUE(flow->state));
	EXPECT_EQ(0, VALUE(flow->marks));
	EXPECT_EQ(0, VALUE(flow->crossing));
	EXPECT_EQ(0, VALUE(flow->answered));
	EXPECT_EQ(0, tcpshake_flow_flags(flow, NULL));
	EXPECT_EQ(1, VALUE(flow->syn_count));
	EXPECT_EQ(0, VALUE(flow->synack_count));
}

TEST(open)
{
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	v = open_with(&flow, NULL, segment(C, SYN, 0, 0, 0), 0x500000003ULL);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
	EXPECT_EQ(0, v.from);
	EXPECT_EQ(HALF_OPEN_SYN, v.to);
	EXPECT_EQ(OWNER, v.owner);
	EXPECT_EQ(0, v.ended.outcome);
	EXPECT_EQ(0, v.then);
	EXPECT_EQ(0, v.notes);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	expect_fresh(_metadata, &flow, 0, 3);
}

/* The whole of an ordinary handshake, over the wrap of sequence numbers and of the clock. */
TEST(handshake)
{
	const u64 start = 0xfffffff0ULL;
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;
	u32 us = 0;

	open_with(&flow, NULL, segment(C, SYN, isn.x, 0, 0), start);
	EXPECT_FALSE(tcpshake_flow_server_rtt(&flow, 0, &us));
	v = send_synack(&flow, isn, start + 30);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	EXPECT_EQ(HALF_OPEN_SYNACK, VALUE(flow.state));
	EXPECT_EQ(isn.y, flow.server_isn);
	EXPECT_EQ(SERVER_WINDOW, flow.server_window);
	EXPECT_EQ(30, VALUE(flow.synack_us));
	EXPECT_EQ(1, VALUE(flow.synack_count));
	EXPECT_TRUE(tcpshake_flow_server_rtt(&flow, 0, &us));
	EXPECT_EQ(30, us);

	v = send_ack(&flow, isn, start + 75);
	ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(75, v.ended.total_us);
	EXPECT_EQ(0, v.ended.flags);
	EXPECT_EQ(1, VALUE(v.ended.flow.syn_count));
	EXPECT_EQ(1, VALUE(v.ended.flow.synack_count));
	EXPECT_EQ(isn.x, v.ended.flow.client_isn);
	EXPECT_EQ(isn.y, v.ended.flow.server_isn);
	EXPECT_EQ(CLIENT_PORT, v.ended.flow.client_port);
	EXPECT_EQ(SERVER_PORT, v.ended.flow.server_port);
	EXPECT_TRUE(tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags, &us));
	EXPECT_EQ(30, us);
	EXPECT_TRUE(tcpshake_ended_client_rtt(&v.ended, &us));
	EXPECT_EQ(45, us);
	EXPECT_EQ(LINGERING, VALUE(flow.state));
}

/*
 * Karn: the half that a retransmission makes ambiguous is not told, the other and
 * the total are. Repetitions that come after the half has ended do no harm.
 */
TEST(ambiguous_halves)
{
	static const struct {
		int syns_before, synacks, syns_after;
		bool server_known, client_known;
	} cases[] = {
		{ 1, 1, 0, true, true },
		{ 2, 1, 0, false, true },
		{ 1, 2, 0, true, false },
		{ 3, 3, 0, false, false },
		{ 1, 1, 2, true, true },
	};
	size_t i;
	int n;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
		struct tcpshake_verdict v;
		u32 server_us = 0, client_us = 0;
		u32 flags = 0;

		for (n = 1; n < cases[i].syns_before; n++)
			send_syn(&flow, isn.x, 100);
		for (n = 0; n < cases[i].synacks; n++)
			send_synack(&flow, isn, 300 + n);
		for (n = 0; n < cases[i].syns_after; n++)
			send_syn(&flow, isn.x, 400);
		v = send_ack(&flow, isn, 1000);
		ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
		if (!cases[i].server_known)
			flags |= TCPSHAKE_FLAG_SERVER_AMBIGUOUS;
		if (!cases[i].client_known)
			flags |= TCPSHAKE_FLAG_CLIENT_AMBIGUOUS;
		EXPECT_EQ(flags, v.ended.flags)
			TH_LOG("case %zu", i);
		EXPECT_EQ(cases[i].syns_before + cases[i].syns_after,
			  VALUE(v.ended.flow.syn_count));
		EXPECT_EQ(cases[i].synacks, VALUE(v.ended.flow.synack_count));
		EXPECT_EQ(1000, v.ended.total_us);
		EXPECT_EQ(cases[i].server_known,
			  tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags,
						   &server_us));
		EXPECT_EQ(300 * cases[i].server_known, server_us);
		EXPECT_EQ(cases[i].client_known, tcpshake_ended_client_rtt(&v.ended, &client_us));
		EXPECT_EQ(700 * cases[i].client_known, client_us);
	}
}

/* An inferred completion does not tell when the third ACK came; a reset is no round trip. */
TEST(no_client_half_without_a_third_ack)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	struct tcpshake_verdict v;
	u32 us;

	v = step(&flow, segment(S, ACK, isn.y + 1, isn.x + 1, 9), 500);
	ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_TRUE(tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));

	flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	v = step(&flow, segment(C, RST, isn.x + 1, 0, 0), 500);
	ASSERT_EQ(TCPSHAKE_OUTCOME_CLIENT_RESET, v.ended.outcome);
	EXPECT_TRUE(tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));

	flow = flow_in(HALF_OPEN_SYN, isn, 0);
	v = step(&flow, segment(S, RST | ACK, 0, isn.x + 1, 0), 500);
	ASSERT_EQ(TCPSHAKE_OUTCOME_REFUSED, v.ended.outcome);
	EXPECT_FALSE(tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));
}

/* Counts go to 15 and stay there; every repetition still has its exit. */
TEST(counts_saturate)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;
	int n;

	for (n = 2; n <= 300; n++) {
		v = send_syn(&flow, isn.x, n);
		ASSERT_EQ(TCPSHAKE_EXIT_SYN_RETRANSMIT, v.exit);
		ASSERT_EQ(n < 15 ? n : 15, VALUE(flow.syn_count));
	}
	send_synack(&flow, isn, 300);
	for (n = 2; n <= 300; n++) {
		v = send_synack(&flow, isn, 300 + n);
		ASSERT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
		ASSERT_EQ(n < 15 ? n : 15, VALUE(flow.synack_count));
	}
	EXPECT_EQ(300, VALUE(flow.synack_us));
	EXPECT_EQ(15, VALUE(flow.syn_count));
}

/* Whatever is wrong with a segment, the right one still completes the attempt. */
TEST(anomalies_end_nothing)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;

	step(&flow, segment(S, SYN | ACK, 1, isn.x, 0), 1);
	step(&flow, segment(S, RST | ACK, 0, isn.x, 0), 2);
	step(&flow, segment(C, ACK | FIN, isn.x + 1, 1, 0), 3);
	v = send_synack(&flow, isn, 4);
	ASSERT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	step(&flow, segment(S, SYN | ACK, isn.y + 5, isn.x + 1, 0), 5);
	step(&flow, segment(C, ACK, isn.x + 1, isn.y + 6, 0), 6);
	step(&flow, segment(S, RST, isn.y + 2, 0, 0), 7);
	v = send_ack(&flow, isn, 8);
	EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(8, v.ended.total_us);
	EXPECT_EQ(0, v.ended.flags);
	EXPECT_EQ(1, VALUE(v.ended.flow.synack_count));
}

/* A SYN with data, to see what the answer says of it; then the third segment from there. */
static struct tcpshake_verdict fast_open(struct tcpshake_flow *flow, u32 reached, u32 *flags)
{
	open_with(flow, NULL, segment(C, SYN, isn.x, 0, 10), 0);
	step(flow, segment(S, SYN | ACK, isn.y, isn.x + 1 + reached, 0), 100);
	*flags = tcpshake_flow_flags(flow, NULL);
	return step(flow, segment(C, ACK, isn.x + 1 + reached, isn.y + 1, 0), 200);
}

/* RFC 7413: all of the data is acknowledged, a part of it, or none; nothing else. */
TEST(data_in_the_syn)
{
	static const struct {
		u32 reached;
		u32 flag;
	} cases[] = {
		{ 0, TCPSHAKE_FLAG_TFO_FALLBACK }, { 1, TCPSHAKE_FLAG_TFO_PARTIAL },
		{ 9, TCPSHAKE_FLAG_TFO_PARTIAL }, { 10, TCPSHAKE_FLAG_TFO },
	};
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;
	u32 flags;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		v = fast_open(&flow, cases[i].reached, &flags);
		EXPECT_EQ(cases[i].flag, flags);
		EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
		EXPECT_EQ(cases[i].flag, v.ended.flags);
	}
	fast_open(&flow, 11, &flags);
	EXPECT_EQ(HALF_OPEN_SYN, VALUE(flow.state));
	fast_open(&flow, -1, &flags);
	EXPECT_EQ(HALF_OPEN_SYN, VALUE(flow.state));
}

/* An answer that takes a part is legal, and told; the RST may take any part, too. */
TEST(answers_to_data_in_the_syn)
{
	struct tcpshake_flow flow, opened;
	struct tcpshake_verdict v;

	open_with(&opened, NULL, segment(C, SYN, isn.x, 0, 10), 0);
	flow = opened;
	v = step(&flow, segment(S, SYN | ACK, isn.y, isn.x + 5, 0), 100);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	EXPECT_TRUE(anomalies_are(&v.anomalies, TCPSHAKE_ANOMALY_SYNACK_PART_TFO));
	flow = opened;
	v = step(&flow, segment(S, RST | ACK, 0, isn.x + 11, 0), 100);
	EXPECT_EQ(TCPSHAKE_OUTCOME_REFUSED, v.ended.outcome);
	flow = opened;
	v = step(&flow, segment(S, RST | ACK, 0, isn.x + 12, 0), 100);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, v.exit);
	flow = opened;
	v = step(&flow, segment(C, RST, isn.x + 11, 0, 0), 100);
	EXPECT_EQ(TCPSHAKE_OUTCOME_CLIENT_RESET, v.ended.outcome);
}

/* The SYN again has no data, as it does when the first seems to be lost: either may be answered. */
TEST(data_in_the_first_syn_alone)
{
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	open_with(&flow, NULL, segment(C, SYN, isn.x, 0, 10), 0);
	send_syn(&flow, isn.x, 1000);
	v = step(&flow, segment(S, SYN | ACK, isn.y, isn.x + 11, 0), 1100);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	EXPECT_EQ(TCPSHAKE_FLAG_TFO | TCPSHAKE_FLAG_SERVER_AMBIGUOUS,
		  tcpshake_flow_flags(&flow, NULL));
}

/* After Fast Open the server may speak before the third segment (RFC 7413, 4.2.2). */
TEST(server_speaks_early_after_fast_open)
{
	static const struct {
		u32 acked;
		u32 flag;
	} cases[] = {
		{ 10, TCPSHAKE_FLAG_TFO }, { 4, TCPSHAKE_FLAG_TFO_PARTIAL },
	};
	struct tcpshake_verdict v;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const u32 next = isn.x + 1 + cases[i].acked;
		struct tcpshake_flow flow;

		open_with(&flow, NULL, segment(C, SYN, isn.x, 0, 10), 0);
		step(&flow, segment(S, SYN | ACK, isn.y, next, 0), 100);
		v = step(&flow, segment(S, ACK, isn.y + 1, next, 500), 150);
		EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, v.exit);
		EXPECT_EQ(HALF_OPEN_SYNACK, v.to);
		v = step(&flow, segment(C, ACK, next, isn.y + 501, 0), 200);
		EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
		EXPECT_EQ(cases[i].flag, v.ended.flags);
	}
}

/* ... but not if it ignored the data: then it speaks to who has answered. */
TEST(server_speaks_after_ignoring_data)
{
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	open_with(&flow, NULL, segment(C, SYN, isn.x, 0, 10), 0);
	step(&flow, synack_of(isn), 100);
	v = step(&flow, segment(S, ACK, isn.y + 1, isn.x + 1, 500), 150);
	EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
}

/* Three segments that follow the SYN and no answer: one direction is not seen here. */
TEST(client_alone)
{
	const struct tcpshake_timeouts timeouts = { 75000000, 75000000, 140000000, 3000000 };
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;
	int n;

	for (n = 0; n < 10; n++) {
		v = step(&flow, segment(C, ACK, isn.x + 1 + n, 4711, 0), 10 + n);
		EXPECT_EQ(n < 3 ? TCPSHAKE_EXIT_ANOMALOUS : TCPSHAKE_EXIT_UNTRACKED, v.exit);
		EXPECT_EQ(n < 2 ? 0 : TCPSHAKE_FLAG_CLIENT_ONLY, tcpshake_flow_flags(&flow, NULL));
	}
	ASSERT_TRUE(tcpshake_flow_expire(&flow, NULL, 75000000, &timeouts, &v));
	EXPECT_EQ(TCPSHAKE_OUTCOME_UNANSWERED, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_FLAG_CLIENT_ONLY, v.ended.flags);
}

/* ... unless it turns up: then nothing is left of the suspicion. */
TEST(client_was_not_alone)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	int n;

	for (n = 0; n < 5; n++)
		step(&flow, segment(C, ACK, isn.x + 1, 4711, 0), 10);
	send_synack(&flow, isn, 20);
	EXPECT_EQ(0, send_ack(&flow, isn, 30).ended.flags);
}

TEST_HARNESS_MAIN
