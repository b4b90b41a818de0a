// SPDX-License-Identifier: GPL-2.0
/*
 * What comes of sequences of segments: what a new attempt remembers, counts and
 * the ambiguity they bring, round-trip times, one attempt taking over from
 * another, the time after completion, and a connection to itself.
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
	EXPECT_EQ(0, flow->synack_us);
	EXPECT_EQ(CLIENT_WINDOW, flow->client_window);
	EXPECT_EQ(0, flow->server_window);
	EXPECT_EQ(0, flow->client_seen);
	EXPECT_EQ(OWNER, flow->owner);
	EXPECT_EQ(HALF_OPEN_SYN, flow->state);
	EXPECT_EQ(0, flow->flags);
	EXPECT_EQ(1, flow->syn_count);
	EXPECT_EQ(0, flow->synack_count);
}

TEST(open)
{
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	v = open_with(&flow, segment(C, SYN, 0, 0, 0), 0x500000003ULL);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
	EXPECT_EQ(0, v.from);
	EXPECT_EQ(HALF_OPEN_SYN, v.to);
	EXPECT_EQ(OWNER, v.owner);
	EXPECT_EQ(0, v.ended.outcome);
	EXPECT_FALSE(v.stalled);
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

	open_with(&flow, segment(C, SYN, isn.x, 0, 0), start);
	EXPECT_FALSE(tcpshake_flow_server_rtt(&flow, &us));
	v = send_synack(&flow, isn, start + 30);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	EXPECT_EQ(HALF_OPEN_SYNACK, flow.state);
	EXPECT_EQ(isn.y, flow.server_isn);
	EXPECT_EQ(SERVER_WINDOW, flow.server_window);
	EXPECT_EQ(30, flow.synack_us);
	EXPECT_EQ(1, flow.synack_count);
	EXPECT_TRUE(tcpshake_flow_server_rtt(&flow, &us));
	EXPECT_EQ(30, us);

	v = send_ack(&flow, isn, start + 75);
	ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(75, v.ended.total_us);
	EXPECT_EQ(0, v.ended.flow.flags);
	EXPECT_EQ(1, v.ended.flow.syn_count);
	EXPECT_EQ(1, v.ended.flow.synack_count);
	EXPECT_EQ(isn.x, v.ended.flow.client_isn);
	EXPECT_EQ(isn.y, v.ended.flow.server_isn);
	EXPECT_EQ(CLIENT_PORT, v.ended.flow.client_port);
	EXPECT_EQ(SERVER_PORT, v.ended.flow.server_port);
	EXPECT_TRUE(tcpshake_flow_server_rtt(&v.ended.flow, &us));
	EXPECT_EQ(30, us);
	EXPECT_TRUE(tcpshake_ended_client_rtt(&v.ended, &us));
	EXPECT_EQ(45, us);
	EXPECT_EQ(LINGERING, flow.state);
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
		u8 flags = 0;

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
		EXPECT_EQ(flags, v.ended.flow.flags)
			TH_LOG("case %zu", i);
		EXPECT_EQ(cases[i].syns_before + cases[i].syns_after, v.ended.flow.syn_count);
		EXPECT_EQ(cases[i].synacks, v.ended.flow.synack_count);
		EXPECT_EQ(1000, v.ended.total_us);
		EXPECT_EQ(cases[i].server_known,
			  tcpshake_flow_server_rtt(&v.ended.flow, &server_us));
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
	EXPECT_TRUE(tcpshake_flow_server_rtt(&v.ended.flow, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));

	flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	v = step(&flow, segment(C, RST, isn.x + 1, 0, 0), 500);
	ASSERT_EQ(TCPSHAKE_OUTCOME_CLIENT_RESET, v.ended.outcome);
	EXPECT_TRUE(tcpshake_flow_server_rtt(&v.ended.flow, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));

	flow = flow_in(HALF_OPEN_SYN, isn, 0);
	v = step(&flow, segment(S, RST | ACK, 0, isn.x + 1, 0), 500);
	ASSERT_EQ(TCPSHAKE_OUTCOME_REFUSED, v.ended.outcome);
	EXPECT_FALSE(tcpshake_flow_server_rtt(&v.ended.flow, &us));
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
		ASSERT_EQ(n < 15 ? n : 15, flow.syn_count);
	}
	send_synack(&flow, isn, 300);
	for (n = 2; n <= 300; n++) {
		v = send_synack(&flow, isn, 300 + n);
		ASSERT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
		ASSERT_EQ(n < 15 ? n : 15, flow.synack_count);
	}
	EXPECT_EQ(300, flow.synack_us);
	EXPECT_EQ(15, flow.syn_count);
}

/* One verdict, two attempts: the old one as it was, the new one from nothing. */
TEST(superseded)
{
	static const u8 states[] = { HALF_OPEN_SYN, HALF_OPEN_SYNACK };
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(states); i++) {
		struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 10000);
		struct tcpshake_flow before;
		struct tcpshake_verdict v;

		send_syn(&flow, isn.x, 90000);
		if (states[i] == HALF_OPEN_SYNACK)
			send_synack(&flow, isn, 95000);
		before = flow;
		v = send_syn(&flow, 4711, 110000);
		EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
		EXPECT_EQ(states[i], v.from);
		EXPECT_EQ(HALF_OPEN_SYN, v.to);
		EXPECT_EQ(TCPSHAKE_OUTCOME_SUPERSEDED, v.ended.outcome);
		EXPECT_EQ(100000, v.ended.total_us);
		EXPECT_EQ(0, memcmp(&before, &v.ended.flow, sizeof(before)));
		expect_fresh(_metadata, &flow, 4711, 110000);
	}
}

/* The client keeps its part of the attempt when its SYN is answered by a SYN. */
TEST(roles_never_flip_while_pending)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;

	step(&flow, segment(S, SYN, isn.y, 0, 0), 100);
	expect_fresh(_metadata, &flow, isn.x, 0);
	v = send_synack(&flow, isn, 200);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	v = send_ack(&flow, isn, 300);
	EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
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
	EXPECT_EQ(0, v.ended.flow.flags);
	EXPECT_EQ(1, v.ended.flow.synack_count);
}

/* A stall is one thing, however often the server repeats itself. */
TEST(stall_is_told_once)
{
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	struct tcpshake_verdict v;
	int n;

	step(&flow, segment(S, SYN | ACK, isn.y + 1, isn.x + 1, 0), 50);
	EXPECT_EQ(0, flow.flags);
	for (n = 0; n < 30; n++) {
		v = send_synack(&flow, isn, 100 + n);
		EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
		EXPECT_EQ(0, v.ended.outcome);
		EXPECT_EQ(LINGERING, v.to);
		EXPECT_EQ(!n, v.stalled);
		EXPECT_TRUE(anomalies_are(&v.anomalies, TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK));
	}
	EXPECT_EQ(TCPSHAKE_FLAG_STALLED, flow.flags);
	EXPECT_EQ(15, flow.synack_count);

	/* The next attempt may stall again. */
	send_syn(&flow, 7, 200);
	EXPECT_EQ(0, flow.flags);
	send_synack(&flow, (struct isns){ 7, 9 }, 200);
	send_ack(&flow, (struct isns){ 7, 9 }, 200);
	v = send_synack(&flow, (struct isns){ 7, 9 }, 200);
	EXPECT_TRUE(v.stalled);
}

/* A late copy of the SYN is no new attempt and does not end the lingering. */
TEST(late_syn_retransmission)
{
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	struct tcpshake_verdict v;

	v = send_syn(&flow, isn.x, 500);
	EXPECT_EQ(TCPSHAKE_EXIT_SYN_RETRANSMIT, v.exit);
	EXPECT_EQ(LINGERING, v.to);
	EXPECT_EQ(2, flow.syn_count);
	EXPECT_TRUE(send_synack(&flow, isn, 600).stalled);
}

/* After completion either side may open the next attempt; nothing ends by that. */
TEST(new_attempt_while_lingering)
{
	const struct isns other = { 77, 0x80000000 };
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	struct tcpshake_segment seg;
	struct tcpshake_verdict v;

	v = send_syn(&flow, other.x, 900);
	EXPECT_EQ(LINGERING, v.from);
	EXPECT_EQ(0, v.ended.outcome);
	expect_fresh(_metadata, &flow, other.x, 900);

	flow = flow_in(LINGERING, isn, 0);
	seg = segment(S, SYN, other.x, 0, 0);
	v = step(&flow, seg, 900);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
	EXPECT_EQ(LINGERING, v.from);
	EXPECT_EQ(HALF_OPEN_SYN, v.to);
	EXPECT_EQ(0, v.ended.outcome);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	EXPECT_EQ(C, tcpshake_flow_direction(&flow, &seg));
	EXPECT_EQ(0, memcmp(flow.client, server_addr, sizeof(flow.client)));
	EXPECT_EQ(SERVER_PORT, flow.client_port);
	EXPECT_EQ(CLIENT_PORT, flow.server_port);
	EXPECT_EQ(SERVER_WINDOW, flow.client_window);
	v = step(&flow, segment(C, SYN | ACK, other.y, other.x + 1, 0), 950);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	v = step(&flow, segment(S, ACK, other.x + 1, other.y + 1, 0), 1000);
	EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(100, v.ended.total_us);
}

/* A socket connected to itself: both ends are one, so nothing is told apart; nor does it crash. */
static void expect_sane(struct __test_metadata *_metadata, u8 state, struct tcpshake_segment seg)
{
	struct tcpshake_flow flow = flow_in(state, (struct isns){ 5, 5 }, 0);
	struct tcpshake_verdict v;

	memcpy(seg.dst, seg.src, sizeof(seg.dst));
	seg.dst_port = seg.src_port;
	memcpy(flow.server, flow.client, sizeof(flow.server));
	flow.server_port = flow.client_port;
	EXPECT_EQ(C, tcpshake_flow_direction(&flow, &seg));
	v = step(&flow, seg, 100);
	EXPECT_NE(0, v.exit);
	EXPECT_LE(v.exit, TCPSHAKE_EXIT_MAX);
	EXPECT_EQ(state, v.from);
	EXPECT_LE(v.to, LINGERING);
	EXPECT_LE(v.ended.outcome, TCPSHAKE_OUTCOME_MAX);
}

TEST(connection_to_itself)
{
	static const u16 flags[] = { SYN, SYN | ACK, ACK, ACK | FIN, RST, RST | ACK };
	unsigned int state, numbers;
	size_t i;

	for (state = HALF_OPEN_SYN; state <= LINGERING; state++)
		for (i = 0; i < ARRAY_LENGTH(flags); i++)
			for (numbers = 0; numbers < 16; numbers++)
				expect_sane(_metadata, state, segment(C, flags[i], 5 + numbers % 4,
								      5 + numbers / 4, 0));
}

TEST_HARNESS_MAIN
