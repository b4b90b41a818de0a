// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs from both sides (RFC 9293, 3.5, figure 7), in all orders their answers can
 * pass here; the split handshake; and a connection to itself.
 */
#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define A(name) TCPSHAKE_ANOMALY_##name

static const struct isns isn = { 0xffffffff, 0 };

/* seq is relative to the ISN of who sends, ack to that of the other. */
static struct tcpshake_verdict say(struct tcpshake_flow *flow, enum tcpshake_direction from,
				   u16 flags, struct isns isns, u32 seq, u32 ack)
{
	if (from == C)
		return step(flow, segment(C, flags, isns.x + seq, isns.y + ack, 0), 1000);
	return step(flow, segment(S, flags, isns.y + seq, isns.x + ack, 0), 1000);
}

static struct tcpshake_flow crossed(struct isns isns)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isns, 0);

	say(&flow, S, SYN, isns, 0, 0);
	return flow;
}

/* How both SYNs may come to be acknowledged. The last line of each completes. */
static const struct course {
	const char *what;
	u32 flag;
	struct {
		u8 from;
		u16 flags;
	} lines[3];
} courses[] = {
	{ "both answer, the client first", TCPSHAKE_FLAG_SIMULTANEOUS,
	  { { C, SYN | ACK }, { S, SYN | ACK } } },
	{ "both answer, the server first", TCPSHAKE_FLAG_SIMULTANEOUS,
	  { { S, SYN | ACK }, { C, SYN | ACK } } },
	{ "the client answers the answer", TCPSHAKE_FLAG_SIMULTANEOUS,
	  { { S, SYN | ACK }, { C, ACK } } },
	{ "the server answers the answer", TCPSHAKE_FLAG_SPLIT, { { C, SYN | ACK }, { S, ACK } } },
	{ "the client's answer comes twice", TCPSHAKE_FLAG_SIMULTANEOUS,
	  { { C, SYN | ACK }, { C, SYN | ACK }, { S, SYN | ACK } } },
	{ "the server's answer comes twice", TCPSHAKE_FLAG_SIMULTANEOUS,
	  { { S, SYN | ACK }, { S, SYN | ACK }, { C, SYN | ACK } } },
};

static void play(struct __test_metadata *_metadata, const struct course *course, struct isns isns)
{
	struct tcpshake_flow flow = crossed(isns);
	struct tcpshake_verdict v;
	int i;

	for (i = 0; i < 3 && course->lines[i].flags; i++) {
		const bool last = i == 2 || !course->lines[i + 1].flags;
		const u16 flags = course->lines[i].flags;
		u8 exit = i ? TCPSHAKE_EXIT_SYNACK_RETRANSMIT : TCPSHAKE_EXIT_SYNACK;

		v = say(&flow, course->lines[i].from, flags, isns, !(flags & SYN), 1);
		if (last)
			exit = TCPSHAKE_EXIT_COMPLETING;
		EXPECT_EQ(exit, v.exit)
			TH_LOG("%s, line %d, x %#x y %#x", course->what, i, isns.x, isns.y);
		EXPECT_EQ(last ? LINGERING : HALF_OPEN_SYNACK, v.to);
		EXPECT_TRUE(anomalies_are(&v.anomalies, i && !last ? A(SYNACK_RETRANS) : 0));
	}
	EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_THEN_SUPERSEDE_ALL, v.then);
	EXPECT_EQ(course->flag, v.ended.flags & (TCPSHAKE_FLAG_SIMULTANEOUS | TCPSHAKE_FLAG_SPLIT))
		TH_LOG("%s", course->what);
	EXPECT_EQ(isns.x, v.ended.flow.client_isn);
	EXPECT_EQ(isns.y, v.ended.flow.server_isn);
	EXPECT_EQ(0, memcmp(flow.client, client_addr, sizeof(flow.client)));
}

TEST(every_order_with_every_isn)
{
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(courses); i++)
		for (j = 0; j < ARRAY_LENGTH(all_isns); j++)
			play(_metadata, &courses[i], all_isns[j]);
}

/* The server acknowledges the SYN, then sends its own; the client stays the client. */
TEST(split_handshake)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;
	u32 us;

	v = step(&flow, segment(S, ACK, 77, isn.x + 1, 0), 100);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYN_REPLY_BARE_ACK)));
	v = say(&flow, S, SYN, isn, 0, 0);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, v.exit);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYN_FROM_S)));
	v = say(&flow, C, SYN | ACK, isn, 0, 1);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	v = say(&flow, S, ACK, isn, 1, 1);
	ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_FLAG_SPLIT, v.ended.flags);
	EXPECT_EQ(CLIENT_PORT, v.ended.flow.client_port);
	EXPECT_FALSE(tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));
}

/* The server's ACK passed unseen, the client goes on: only then it may. */
TEST(split_handshake_inferred)
{
	struct tcpshake_flow flow = crossed(isn);
	struct tcpshake_verdict v;

	say(&flow, C, SYN | ACK, isn, 0, 1);
	v = say(&flow, C, ACK, isn, 1, 1);
	ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_FLAG_SPLIT | TCPSHAKE_FLAG_INFERRED, v.ended.flags);
}

TEST(answers_that_are_wrong)
{
	static const struct {
		u8 from;
		u32 seq, ack;
		u8 anomalies[2];
	} cases[] = {
		{ C, 1, 1, { A(SPLIT_BAD_SEQ) } },
		{ C, -1u, 1, { A(SPLIT_BAD_SEQ) } },
		{ C, 0, 0, { A(SPLIT_BAD_ACK) } },
		{ C, 0, 2, { A(SPLIT_BAD_ACK) } },
		{ C, 1, 2, { A(SPLIT_BAD_SEQ), A(SPLIT_BAD_ACK) } },
		{ S, 1, 1, { A(SPLIT_BAD_SEQ) } },
		{ S, 0, 2, { A(SPLIT_BAD_ACK) } },
		{ S, 9, 9, { A(SPLIT_BAD_SEQ), A(SPLIT_BAD_ACK) } },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		for (j = 0; j < ARRAY_LENGTH(all_isns); j++) {
			struct tcpshake_flow flow = crossed(all_isns[j]);
			const struct tcpshake_flow before = flow;
			struct tcpshake_verdict v;

			v = say(&flow, cases[i].from, SYN | ACK, all_isns[j], cases[i].seq,
				cases[i].ack);
			EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, v.exit);
			EXPECT_TRUE(anomalies_match(&v.anomalies, cases[i].anomalies, 2))
				TH_LOG("case %zu", i);
			EXPECT_EQ(0, memcmp(&flow, &before, sizeof(flow)));
		}
	}
}

/* Another SYN of the server, while none was answered: the newest is to be acknowledged. */
TEST(server_sends_another_syn)
{
	struct tcpshake_flow flow = crossed(isn);
	struct tcpshake_verdict v;

	v = step(&flow, segment(S, SYN, 4711, 0, 0), 50);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYN_FROM_S)));
	v = say(&flow, C, SYN | ACK, isn, 0, 1);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SPLIT_BAD_ACK)));
	v = step(&flow, segment(C, SYN | ACK, isn.x, 4712, 0), 60);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
	v = step(&flow, segment(S, SYN, 99, 0, 0), 70);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYN_FROM_S)));
	EXPECT_EQ(4711, flow.server_isn);
}

/* Resets and silence end it as they end any other. */
TEST(crossed_and_not_completed)
{
	const struct tcpshake_timeouts timeouts = { 7000000, 9000000, 20000000, 2000000 };
	struct tcpshake_flow flow = crossed(isn);
	struct tcpshake_verdict v;

	ASSERT_TRUE(tcpshake_flow_expire(&flow, NULL, 7000000, &timeouts, &v));
	EXPECT_EQ(TCPSHAKE_OUTCOME_UNANSWERED, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_FLAG_SIMULTANEOUS, v.ended.flags);
	v = step(&flow, segment(S, RST | ACK, 0, isn.x + 1, 0), 100);
	EXPECT_EQ(TCPSHAKE_OUTCOME_REFUSED, v.ended.outcome);

	flow = crossed(isn);
	v = step(&flow, segment(C, RST, isn.x + 1, 0, 0), 100);
	EXPECT_EQ(TCPSHAKE_OUTCOME_CLIENT_RESET, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_FLAG_SIMULTANEOUS, v.ended.flags);

	flow = crossed(isn);
	say(&flow, C, SYN | ACK, isn, 0, 1);
	v = step(&flow, segment(S, RST, isn.y + 1, 0, 0), 100);
	EXPECT_EQ(TCPSHAKE_OUTCOME_SERVER_RESET, v.ended.outcome);
}

/* After the end the other answer is still due: nothing is wrong with it. */
TEST(answers_after_completion)
{
	struct tcpshake_flow flow = crossed(isn);
	struct tcpshake_verdict v;

	say(&flow, S, SYN | ACK, isn, 0, 1);
	say(&flow, C, ACK, isn, 1, 1);
	ASSERT_EQ(LINGERING, VALUE(flow.state));
	v = say(&flow, C, SYN | ACK, isn, 0, 1);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
	v = say(&flow, S, SYN | ACK, isn, 0, 1);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
	EXPECT_EQ(0, v.notes);
	v = say(&flow, C, SYN | ACK, isn, 3, 1);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYNACK_WRONG_DIR)));
}

static struct tcpshake_segment to_itself(u16 flags, u32 seq, u32 ack)
{
	struct tcpshake_segment seg = segment(C, flags, seq, ack, 0);

	memcpy(seg.dst, seg.src, sizeof(seg.dst));
	seg.dst_port = seg.src_port;
	return seg;
}

/* Linux sends SYN, SYN-ACK and ACK, all of them to itself and with one ISN. */
TEST(connection_to_itself)
{
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(all_isns); i++) {
		const u32 x = all_isns[i].x;

		open_with(&flow, NULL, to_itself(SYN, x, 0), 0);
		v = step(&flow, to_itself(SYN | ACK, x, x + 1), 10);
		EXPECT_EQ(TCPSHAKE_EXIT_SYNACK, v.exit);
		v = step(&flow, to_itself(ACK, x + 1, x + 1), 20);
		EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, v.exit);
		EXPECT_EQ(TCPSHAKE_FLAG_SELF, v.ended.flags);
		EXPECT_EQ(20, v.ended.total_us);
	}
}

/* One address alone, or one port, is no self. */
TEST(connection_to_nearly_itself)
{
	struct tcpshake_segment syn = segment(C, SYN, isn.x, 0, 0), synack = synack_of(isn);
	struct tcpshake_flow flow;

	syn.dst_port = CLIENT_PORT;
	synack.src_port = CLIENT_PORT;
	open_with(&flow, NULL, syn, 0);
	EXPECT_EQ(0, tcpshake_flow_flags(&flow, NULL));
	EXPECT_EQ(S, tcpshake_flow_direction(&flow, &synack));
	synack.class = TCPSHAKE_CLASS_ACK;
	EXPECT_EQ(S, tcpshake_flow_direction(&flow, &synack));

	syn = to_itself(SYN, isn.x, 0);
	syn.dst_port++;
	open_with(&flow, NULL, syn, 0);
	EXPECT_EQ(0, tcpshake_flow_flags(&flow, NULL));
}

TEST(connection_to_itself_refused)
{
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	open_with(&flow, NULL, to_itself(SYN, isn.x, 0), 0);
	v = step(&flow, to_itself(RST | ACK, 0, isn.x + 1), 10);
	EXPECT_EQ(TCPSHAKE_OUTCOME_REFUSED, v.ended.outcome);
	EXPECT_EQ(TCPSHAKE_FLAG_SELF, v.ended.flags);
}

/* Whatever it sends itself: the verdict is a sane one. */
TEST(anything_to_itself)
{
	static const u16 flags[] = { SYN, SYN | ACK, ACK, ACK | FIN, RST, RST | ACK };
	unsigned int state, numbers;
	size_t i;

	for (state = HALF_OPEN_SYN; state <= ABORTED; state++) {
		for (i = 0; i < ARRAY_LENGTH(flags); i++) {
			for (numbers = 0; numbers < 16; numbers++) {
				const struct isns five = { 5, 5 };
				struct tcpshake_flow flow = flow_in(state, five, 0);
				struct tcpshake_verdict v;

				memcpy(flow.server, flow.client, sizeof(flow.server));
				flow.server_port = flow.client_port;
				v = step(&flow, to_itself(flags[i], 5 + numbers % 4,
							  5 + numbers / 4), 100);
				EXPECT_TRUE(v.exit || v.then == TCPSHAKE_THEN_OPEN);
				EXPECT_LE(v.exit, TCPSHAKE_EXIT_MAX);
				EXPECT_EQ(state, v.from);
				EXPECT_LT(v.to, TCPSHAKE_FLOW_STATES);
				EXPECT_LE(v.ended.outcome, TCPSHAKE_OUTCOME_MAX);
			}
		}
	}
}

TEST_HARNESS_MAIN
