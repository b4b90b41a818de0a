// SPDX-License-Identifier: GPL-2.0
/*
 * Flows that are no pending attempt: completed, aborted, a SYN-ACK without SYN and
 * another SYN-ACK to the same SYN. Every cell of their states, then what takes more
 * than one segment to show.
 */
#include "row_test.h"

#define RETRANSMITS_SYN .exit = TCPSHAKE_EXIT_SYN_RETRANSMIT, WITH(A(SYN_RETRANS))
#define RETRANSMITS_SYNACK .exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT, WITH(A(SYNACK_RETRANS))
#define BEGINS(...) EXIT(NEW_ATTEMPT), WITH(__VA_ARGS__), .to = HALF_OPEN_SYN

static const struct row rows[] = {
	/* Completed: the server confirms, stalls, or resets at once. */
	{ LINGERING, C, SYN, 0, 0, 0, RETRANSMITS_SYN },
	{ LINGERING, C, SYN, 1, 0, 0, THEN(OPEN) },
	{ LINGERING, C, SYN, FAR, 0, 7, THEN(OPEN) },
	{ LINGERING, C, SYN | ACK, 0, 1, 0, ANOMALY(A(SYNACK_WRONG_DIR)) },
	{ LINGERING, C, ACK, 1, 1, 0, EXIT(UNTRACKED) },
	{ LINGERING, C, ACK | FIN, 9, 0, 5, EXIT(UNTRACKED), .touches = true },
	{ LINGERING, C, RST, 1, 1, 0, EXIT(UNTRACKED), .touches = true },
	{ LINGERING, S, SYN, 0, 0, 0, THEN(OPEN) },
	{ LINGERING, S, SYN | ACK, 0, 1, 0, EXIT(SYNACK_RETRANSMIT), NOTE(STALLED),
	  WITH(A(SYNACK_RETRANS), A(SYNACK_AFTER_ACK)) },
	{ LINGERING, S, SYN | ACK, 1, 1, 0, ANOMALY(A(SYNACK_DIFF_SEQ)) },
	{ LINGERING, S, SYN | ACK, 0, 2, 0, ANOMALY(A(SYNACK_DIFF_ACK)) },
	{ LINGERING, S, SYN | ACK, 1, 0, 0, ANOMALY(A(SYNACK_DIFF_ACK)) },
	{ LINGERING, S, ACK, 1, 1, 0, EXIT(UNTRACKED), NOTE(CONFIRMED), .touches = true },
	{ LINGERING, S, ACK | PSH, 9, 1, 5, EXIT(UNTRACKED), NOTE(CONFIRMED), .touches = true },
	{ LINGERING, S, ACK, 0, 1, 0, EXIT(UNTRACKED) },
	{ LINGERING, S, ACK, FAR, 1, 0, EXIT(UNTRACKED) },
	{ LINGERING, S, RST, 1, 1, 0, EXIT(UNTRACKED), NOTE(RESET_AT_COMPLETION),
	  .touches = true },
	{ LINGERING, S, RST | ACK, 2, 1, 0, EXIT(UNTRACKED), .touches = true },
	{ LINGERING, S, RST, 0, 1, 0, EXIT(UNTRACKED), .touches = true },

	/* Refused, by the server: who sent the RST has no more to say, the client may try again. */
	{ ABORTED, C, SYN, 0, 0, 0, RETRANSMITS_SYN },
	{ ABORTED, C, SYN, 1, 0, 0, BEGINS(A(SYN_AFTER_CLOSE)) },
	{ ABORTED, C, SYN | ACK, 0, 1, 0, EXIT(UNTRACKED) },
	{ ABORTED, C, ACK, 1, 1, 0, EXIT(UNTRACKED) },
	{ ABORTED, C, ACK | FIN, 1, 1, 0, EXIT(UNTRACKED), .touches = true },
	{ ABORTED, C, RST, 1, 0, 0, EXIT(UNTRACKED), .touches = true },
	{ ABORTED, S, SYN, 0, 0, 0, BEGINS(A(SYN_AFTER_CLOSE)) },
	{ ABORTED, S, SYN | ACK, 0, 1, 0, ANOMALY(A(RST_IGNORED)) },
	{ ABORTED, S, ACK, 1, 1, 0, ANOMALY(A(RST_IGNORED)) },
	{ ABORTED, S, ACK | FIN, 1, 1, 9, ANOMALY(A(RST_IGNORED)), .touches = true },
	{ ABORTED, S, RST, 1, 1, 0, EXIT(UNTRACKED), .touches = true },

	/* A SYN-ACK whose SYN was not seen: the SYN was slower, went elsewhere, or never was. */
	{ ORPHAN, C, SYN, 0, 0, 0, EXIT(NEW_ATTEMPT), .to = HALF_OPEN_SYNACK },
	{ ORPHAN, C, SYN, 1, 0, 0, BEGINS(A(SYN_PARTIAL_AFTER)) },
	{ ORPHAN, C, SYN, -1u, 0, 0, BEGINS(A(SYN_PARTIAL_AFTER)) },
	{ ORPHAN, C, SYN | ACK, 0, 1, 0, ANOMALY(A(SYNACK_UNSOLICITED)) },
	{ ORPHAN, C, ACK, 1, 1, 0, EXIT(UNTRACKED), NOTE(PARTIAL), .to = GONE },
	{ ORPHAN, C, ACK | PSH, 1, 1, 7, EXIT(UNTRACKED), NOTE(PARTIAL), .to = GONE },
	{ ORPHAN, C, ACK, 2, 1, 0, EXIT(UNTRACKED) },
	{ ORPHAN, C, ACK, 0, 1, 0, EXIT(UNTRACKED) },
	{ ORPHAN, C, ACK, 1, 2, 0, EXIT(UNTRACKED) },
	{ ORPHAN, C, ACK, 1, 0, 0, EXIT(UNTRACKED) },
	{ ORPHAN, C, RST, 1, 0, 0, ANOMALY(A(RST_NO_STATE)), NOTE(BACKSCATTER), .to = GONE },
	{ ORPHAN, C, RST, 0, 0, 0, EXIT(UNTRACKED) },
	{ ORPHAN, C, RST, 2, 0, 0, EXIT(UNTRACKED) },
	{ ORPHAN, S, SYN, 0, 0, 0, BEGINS(A(SYN_PARTIAL_AFTER)) },
	{ ORPHAN, S, SYN | ACK, 0, 1, 0, ANOMALY(A(SYNACK_UNSOLICITED)) },
	{ ORPHAN, S, SYN | ACK, 7, 9, 0, ANOMALY(A(SYNACK_UNSOLICITED)) },
	{ ORPHAN, S, ACK, 1, 1, 0, EXIT(UNTRACKED), NOTE(PARTIAL), .to = GONE },
	{ ORPHAN, S, ACK, 2, 1, 0, EXIT(UNTRACKED) },
	{ ORPHAN, S, RST, 1, 1, 0, EXIT(UNTRACKED) },

	/* Another SYN-ACK to one SYN: only the same one again is its business. */
	{ RIVAL, C, SYN, 0, 0, 0, EXIT(UNTRACKED) },
	{ RIVAL, C, SYN | ACK, 0, 1, 0, EXIT(UNTRACKED) },
	{ RIVAL, C, ACK, 1, 1, 0, EXIT(UNTRACKED) },
	{ RIVAL, C, RST, 1, 1, 0, EXIT(UNTRACKED) },
	{ RIVAL, S, SYN, 0, 0, 0, EXIT(UNTRACKED) },
	{ RIVAL, S, SYN | ACK, 0, 1, 0, RETRANSMITS_SYNACK },
	{ RIVAL, S, ACK, 1, 1, 0, EXIT(UNTRACKED) },
	{ RIVAL, S, RST, 1, 1, 0, EXIT(UNTRACKED) },
};

TEST(every_row_with_every_isn)
{
	play_rows(_metadata, rows, ARRAY_LENGTH(rows));
}

TEST(rows_cover_every_cell)
{
	expect_every_cell(_metadata, rows, ARRAY_LENGTH(rows), LINGERING, RIVAL);
}

TEST(rows_cover_every_anomaly_of_the_past)
{
	static const u8 anomalies[] = {
		A(SYN_AFTER_CLOSE), A(SYN_PARTIAL_AFTER), A(SYNACK_AFTER_ACK), A(SYNACK_DIFF_SEQ),
		A(SYNACK_DIFF_ACK), A(SYNACK_UNSOLICITED), A(SYNACK_WRONG_DIR), A(RST_IGNORED),
		A(RST_NO_STATE),
	};

	expect_anomalies(_metadata, rows, ARRAY_LENGTH(rows), anomalies, ARRAY_LENGTH(anomalies));
}

static const struct isns isn = { 0xffffffff, 0 };

/* A stall is one thing, however often the server repeats itself. */
TEST(stall_is_noted_once)
{
	static const u8 both[] = { A(SYNACK_RETRANS), A(SYNACK_AFTER_ACK) };
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	struct tcpshake_verdict v;
	int n;

	step(&flow, segment(S, SYN | ACK, isn.y + 1, isn.x + 1, 0), 50);
	for (n = 0; n < 30; n++) {
		v = send_synack(&flow, isn, 100 + n);
		EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
		EXPECT_EQ(0, v.ended.outcome);
		EXPECT_EQ(LINGERING, v.to);
		EXPECT_EQ(n ? 0 : 1 << TCPSHAKE_NOTE_STALLED, v.notes);
		EXPECT_TRUE(anomalies_match(&v.anomalies, both, ARRAY_LENGTH(both)));
	}
}

/* What the server says next confirms, once; a SYN-ACK after that is no stall. */
TEST(confirmation_is_noted_once)
{
	static const u8 late[] = { A(SYNACK_RETRANS), A(SYNACK_AFTER_CONFIRMED) };
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	struct tcpshake_verdict v;

	v = step(&flow, segment(S, ACK, isn.y, isn.x + 1, 0), 10);
	EXPECT_EQ(0, v.notes);
	v = step(&flow, segment(S, ACK, isn.y + 1, isn.x + 1, 0), 20);
	EXPECT_EQ(1 << TCPSHAKE_NOTE_CONFIRMED, v.notes);
	v = step(&flow, segment(S, ACK | PSH, isn.y + 1, isn.x + 1, 90), 30);
	EXPECT_EQ(0, v.notes);
	v = send_synack(&flow, isn, 40);
	EXPECT_EQ(0, v.notes);
	EXPECT_EQ(TCPSHAKE_EXIT_SYNACK_RETRANSMIT, v.exit);
	EXPECT_TRUE(anomalies_match(&v.anomalies, late, ARRAY_LENGTH(late)));
	v = step(&flow, segment(S, RST, isn.y + 1, 0, 0), 50);
	EXPECT_EQ(0, v.notes);
}

/* A stalled server may confirm yet: it has taken the client off its queue at last. */
TEST(stalled_then_confirmed)
{
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);

	EXPECT_EQ(1 << TCPSHAKE_NOTE_STALLED, send_synack(&flow, isn, 10).notes);
	EXPECT_EQ(1 << TCPSHAKE_NOTE_CONFIRMED,
		  step(&flow, segment(S, ACK, isn.y + 1, isn.x + 1, 5), 20).notes);
	EXPECT_EQ(0, send_synack(&flow, isn, 30).notes);
}

TEST(reset_at_completion_is_noted_once)
{
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	const struct tcpshake_segment rst = segment(S, RST, isn.y + 1, 0, 0);

	EXPECT_EQ(1 << TCPSHAKE_NOTE_RESET_AT_COMPLETION, step(&flow, rst, 10).notes);
	EXPECT_EQ(0, step(&flow, rst, 20).notes);

	/* After the client closed it is an answer to that. */
	flow = flow_in(LINGERING, isn, 0);
	step(&flow, segment(C, ACK | FIN, isn.x + 1, isn.y + 1, 0), 10);
	EXPECT_EQ(0, step(&flow, rst, 20).notes);
}

/* Soon after FIN or RST a SYN is an ordinary thing; on an open connection it is not. */
TEST(syn_after_close_takes_the_place)
{
	static const struct {
		u8 from;
		u16 flags;
	} closings[] = {
		{ C, ACK | FIN }, { S, ACK | FIN }, { C, RST }, { S, RST | ACK },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(closings); i++) {
		struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
		struct tcpshake_verdict v;

		step(&flow, segment(closings[i].from, closings[i].flags, isn.x + 1, isn.y + 1, 0),
		     100);
		v = send_syn(&flow, 4711, 200);
		EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
		EXPECT_EQ(LINGERING, v.from);
		EXPECT_EQ(HALF_OPEN_SYN, v.to);
		EXPECT_EQ(0, v.then);
		EXPECT_EQ(0, v.ended.outcome);
		EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYN_AFTER_CLOSE)));
		EXPECT_EQ(4711, flow.client_isn);
	}
}

/* The third segment may be the last of its client, too. */
TEST(syn_after_completion_by_fin)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	struct tcpshake_verdict v;

	step(&flow, segment(C, ACK | FIN, isn.x + 1, isn.y + 1, 0), 100);
	v = send_syn(&flow, 4711, 200);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(SYN_AFTER_CLOSE)));
}

/* SYNPROXY opens to the server what the client opened to it, by the same ISN. */
TEST(proxy_goes_on_with_the_isn_of_the_client)
{
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	struct tcpshake_segment seg = segment(C, SYN, isn.x, 0, 0);
	struct tcpshake_verdict v;

	seg.hints = TCPSHAKE_HINT_UNOWNED;
	v = step(&flow, seg, 100);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
	EXPECT_EQ(HALF_OPEN_SYN, v.to);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
}

/* 1000 of them are told, once; RSTs and FINs apart from each other. */
TEST(storms)
{
	struct tcpshake_flow flow = flow_in(LINGERING, isn, 0);
	const struct tcpshake_segment rst = segment(S, RST, isn.y + 5, 0, 0);
	const struct tcpshake_segment fin = segment(C, ACK | FIN, isn.x + 1, isn.y + 1, 0);
	int n;

	for (n = 1; n <= 3000; n++) {
		struct tcpshake_verdict v = step(&flow, rst, n);

		ASSERT_TRUE(anomalies_are(&v.anomalies, n == 1000 ? A(RST_STORM) : 0))
			TH_LOG("RST %d", n);
		v = step(&flow, fin, n);
		ASSERT_TRUE(anomalies_are(&v.anomalies, n == 1000 ? A(FIN_STORM) : 0))
			TH_LOG("FIN %d", n);
	}

	/* The one that ended the attempt is the first of them. */
	flow = flow_in(ABORTED, isn, 0);
	for (n = 2; n <= 1100; n++) {
		struct tcpshake_verdict v = step(&flow, rst, n);

		ASSERT_TRUE(anomalies_are(&v.anomalies, n == 1000 ? A(RST_STORM) : 0));
	}
}

/* Whose RST it was, he has no more to say; the other may not know of it yet. */
TEST(reset_ignored_by_its_sender_alone)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	struct tcpshake_verdict v;

	step(&flow, segment(C, RST, isn.x + 1, 0, 0), 10);
	ASSERT_EQ(ABORTED, VALUE(flow.state));
	v = send_synack(&flow, isn, 20);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, v.exit);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	v = send_ack(&flow, isn, 30);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, v.exit);
	EXPECT_TRUE(anomalies_are(&v.anomalies, A(RST_IGNORED)));
}

/* Windows sends its SYN again though it was refused: the server may answer that one. */
TEST(refused_and_tried_again)
{
	struct tcpshake_flow flow = flow_in(ABORTED, isn, 0);
	struct tcpshake_verdict v;

	v = send_syn(&flow, isn.x, 500000);
	EXPECT_EQ(TCPSHAKE_EXIT_SYN_RETRANSMIT, v.exit);
	EXPECT_EQ(2, VALUE(flow.syn_count));
	v = step(&flow, segment(S, RST | ACK, 0, isn.x + 1, 0), 500100);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, v.exit);
	v = send_synack(&flow, isn, 500200);
	EXPECT_EQ(TCPSHAKE_EXIT_UNTRACKED, v.exit);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	EXPECT_EQ(ABORTED, v.to);
	EXPECT_EQ(0, v.ended.outcome);
}

/* The SYN-ACK was faster than its SYN: the attempt is as any other, but for the halves. */
TEST(synack_before_syn)
{
	struct tcpshake_flow flow = flow_in(ORPHAN, isn, 1000);
	struct tcpshake_verdict v;
	u32 us;

	v = send_syn(&flow, isn.x, 1200);
	EXPECT_EQ(TCPSHAKE_EXIT_NEW_ATTEMPT, v.exit);
	EXPECT_EQ(ORPHAN, v.from);
	EXPECT_EQ(HALF_OPEN_SYNACK, v.to);
	EXPECT_EQ(OWNER, flow.owner);
	EXPECT_EQ(isn.y, flow.server_isn);
	EXPECT_EQ(SERVER_WINDOW, flow.server_window);
	v = send_ack(&flow, isn, 1500);
	ASSERT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
	EXPECT_EQ(300, v.ended.total_us);
	EXPECT_TRUE(v.ended.flags & TCPSHAKE_FLAG_SYNACK_FIRST);
	EXPECT_FALSE(tcpshake_flow_server_rtt(&v.ended.flow, v.ended.flags, &us));
	EXPECT_FALSE(tcpshake_ended_client_rtt(&v.ended, &us));
}

/* With data in the SYN it acknowledges that, too, or a part of it, or none. */
TEST(synack_before_syn_with_data)
{
	static const u32 flags[] = {
		[0] = TCPSHAKE_FLAG_TFO_FALLBACK, [1] = TCPSHAKE_FLAG_TFO_PARTIAL,
		[9] = TCPSHAKE_FLAG_TFO_PARTIAL, [10] = TCPSHAKE_FLAG_TFO,
	};
	u32 acked;

	for (acked = 0; acked <= 11; acked++) {
		struct tcpshake_flow flow = flow_in(ORPHAN, isn, 0);
		struct tcpshake_verdict v;

		if (acked > 1 && acked < 9)
			continue;
		v = step(&flow, segment(C, SYN, isn.x - acked, 0, 10), 100);
		EXPECT_EQ(acked > 10 ? HALF_OPEN_SYN : HALF_OPEN_SYNACK, v.to);
		if (acked > 10)
			continue;
		v = send_ack(&flow, isn, 200);
		EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
		EXPECT_EQ(flags[acked], v.ended.flags & (TCPSHAKE_FLAG_TFO |
							 TCPSHAKE_FLAG_TFO_PARTIAL |
							 TCPSHAKE_FLAG_TFO_FALLBACK));
	}
}

/* Without a flow, what may only be a probe or an answer to nothing. */
TEST(segments_of_no_flow)
{
	static const struct {
		u16 flags;
		u8 hints;
		u8 exit;
		u8 anomaly;
	} cases[] = {
		{ SYN | ACK, 0, TCPSHAKE_EXIT_ANOMALOUS, A(SYNACK_UNSOLICITED) },
		{ SYN | ACK, TCPSHAKE_HINT_NO_SOCKET, TCPSHAKE_EXIT_ANOMALOUS,
		  A(SYNACK_UNSOLICITED) },
		{ SYN | ACK, TCPSHAKE_HINT_MIDSTREAM, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ ACK, 0, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ ACK, TCPSHAKE_HINT_NO_SOCKET, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ ACK | FIN, 0, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ ACK | FIN, TCPSHAKE_HINT_NO_SOCKET, TCPSHAKE_EXIT_ANOMALOUS, A(FLAGS_MAIMON) },
		{ ACK | FIN, TCPSHAKE_HINT_NO_SOCKET | TCPSHAKE_HINT_MIDSTREAM,
		  TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ RST, 0, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ RST | ACK, TCPSHAKE_HINT_NO_SOCKET, TCPSHAKE_EXIT_ANOMALOUS, A(RST_NO_STATE) },
		{ RST, TCPSHAKE_HINT_NO_SOCKET | TCPSHAKE_HINT_MIDSTREAM,
		  TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ SYN, 0, TCPSHAKE_EXIT_UNTRACKED, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct tcpshake_segment seg = segment(S, cases[i].flags, 1, 2, 0);
		struct tcpshake_verdict v;

		seg.hints = cases[i].hints;
		memset(&v, 0xa5, sizeof(v));
		tcpshake_handshake_unknown(&seg, &v);
		EXPECT_EQ(cases[i].exit, v.exit);
		EXPECT_TRUE(anomalies_are(&v.anomalies, cases[i].anomaly));
		EXPECT_EQ(0, v.from);
		EXPECT_EQ(0, v.to);
		EXPECT_EQ(0, v.then);
		EXPECT_EQ(0, v.notes);
		EXPECT_EQ(0, v.owner);
		EXPECT_EQ(0, v.ended.outcome);
	}
}

TEST_HARNESS_MAIN
