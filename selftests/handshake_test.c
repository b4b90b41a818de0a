// SPDX-License-Identifier: GPL-2.0
/*
 * The state table of pending attempts: every cell of [state][direction][class] with
 * right numbers, wrong numbers and the numbers at every edge. What comes after the
 * outcome is in aftermath_test.c, of sequences of segments in handshake_story_test.c.
 */
#include "row_test.h"

#define RETRANSMITS_SYN .exit = TCPSHAKE_EXIT_SYN_RETRANSMIT, WITH(A(SYN_RETRANS))
#define ANSWERED EXIT(SYNACK), THEN(SUPERSEDE_OLDER), .to = HALF_OPEN_SYNACK
#define COMPLETED EXIT(COMPLETING), ENDS(COMPLETED), THEN(SUPERSEDE_ALL), .to = LINGERING
#define RESETS(name) EXIT(RESET), ENDS(name), .to = ABORTED

static const struct row rows[] = {
	/* The client repeats its SYN, with whatever a SYN may carry; another ISN goes beside. */
	{ HALF_OPEN_SYN, C, SYN, 0, 0, 0, RETRANSMITS_SYN },
	{ HALF_OPEN_SYN, C, SYN | ECE | CWR | AE | PSH | URG, 0, 77, 9, EXIT(SYN_RETRANSMIT),
	  WITH(A(SYN_RETRANS), A(SYN_DATA_NO_TFO)) },
	{ HALF_OPEN_SYN, C, SYN, 1, 0, 0, THEN(OPEN) },
	{ HALF_OPEN_SYN, C, SYN, -1u, 0, 7, THEN(OPEN) },
	{ HALF_OPEN_SYN, C, SYN, FAR, 0, 0, THEN(OPEN) },
	{ HALF_OPEN_SYN, C, SYN | ACK, 0, 1, 0, ANOMALY(A(SYNACK_WRONG_DIR)) },
	{ HALF_OPEN_SYN, C, SYN | ACK, 7, 9, 0, ANOMALY(A(SYNACK_WRONG_DIR)) },
	/* It goes on though no answer was seen: the other way may lead elsewhere. */
	{ HALF_OPEN_SYN, C, ACK, 1, 1, 0, ANOMALY(A(ACK_BEFORE_SYNACK)), .touches = true },
	{ HALF_OPEN_SYN, C, ACK, 9, 9, 0, ANOMALY(A(ACK_BEFORE_SYNACK)), .touches = true },
	{ HALF_OPEN_SYN, C, ACK, 1 << 20, 9, 0, ANOMALY(A(ACK_BEFORE_SYNACK)), .touches = true },
	{ HALF_OPEN_SYN, C, ACK | PSH, 1, 1, 5,
	  ANOMALY(A(ACK_BEFORE_SYNACK), A(DATA_BEFORE_EST)), .touches = true },
	{ HALF_OPEN_SYN, C, ACK | FIN, 1, 1, 0,
	  ANOMALY(A(ACK_BEFORE_SYNACK), A(FIN_BEFORE_EST)), .touches = true },
	{ HALF_OPEN_SYN, C, ACK, 0, 1, 0, ANOMALY(A(ASYNC_BAD_SEQ)) },
	{ HALF_OPEN_SYN, C, ACK, 1 + (1 << 20), 1, 0, ANOMALY(A(ASYNC_BAD_SEQ)) },
	{ HALF_OPEN_SYN, C, ACK, FAR, 1, 0, ANOMALY(A(ASYNC_BAD_SEQ)) },
	{ HALF_OPEN_SYN, C, ACK | FIN, 0, 1, 5,
	  ANOMALY(A(ASYNC_BAD_SEQ), A(FIN_BEFORE_EST), A(DATA_BEFORE_EST)) },
	{ HALF_OPEN_SYN, C, RST, 0, 0, 0, RESETS(CLIENT_RESET) },
	{ HALF_OPEN_SYN, C, RST, 1, 0, 0, RESETS(CLIENT_RESET) },
	{ HALF_OPEN_SYN, C, RST | ACK, 1, 9, 0, RESETS(CLIENT_RESET) },
	{ HALF_OPEN_SYN, C, RST, 2, 0, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	{ HALF_OPEN_SYN, C, RST, -1u, 0, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	{ HALF_OPEN_SYN, C, RST, FAR, 0, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	/* The server: only x+1 is acknowledged, whatever the answer. */
	{ HALF_OPEN_SYN, S, SYN, 0, 0, 0, ANOMALY(A(SYN_FROM_S)), .touches = true },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, 1, 0, ANSWERED },
	{ HALF_OPEN_SYN, S, SYN | ACK | PSH, 0, 1, 7, ANSWERED },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, 0, 0, ANOMALY(A(SYNACK_BAD_ACK)) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, 2, 0, ANOMALY(A(SYNACK_BAD_ACK)) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, -1u, 0, ANOMALY(A(SYNACK_BAD_ACK)) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, FAR, 0, ANOMALY(A(SYNACK_BAD_ACK)) },
	{ HALF_OPEN_SYN, S, ACK, 1, 1, 0, ANOMALY(A(SYN_REPLY_BARE_ACK)) },
	{ HALF_OPEN_SYN, S, ACK, 9, 9, 9, ANOMALY(A(SYN_REPLY_BARE_ACK)) },
	{ HALF_OPEN_SYN, S, ACK | FIN, 1, 1, 0, ANOMALY(A(SYN_REPLY_BARE_ACK)) },
	{ HALF_OPEN_SYN, S, ACK | FIN, 9, 9, 0, ANOMALY(A(SYN_REPLY_BARE_ACK)) },
	{ HALF_OPEN_SYN, S, ACK, 9, 2, 0, ANOMALY(A(SYN_REPLY_BARE_ACK), A(CHALLENGE_ACK)) },
	{ HALF_OPEN_SYN, S, ACK, 9, 0, 0, ANOMALY(A(SYN_REPLY_BARE_ACK), A(CHALLENGE_ACK)) },
	{ HALF_OPEN_SYN, S, ACK, 9, FAR, 0, ANOMALY(A(SYN_REPLY_BARE_ACK), A(CHALLENGE_ACK)) },
	{ HALF_OPEN_SYN, S, RST | ACK, -7u, 1, 0, RESETS(REFUSED),
	  WITH(A(SYN_TO_CLOSED_LISTENER)) },
	{ HALF_OPEN_SYN, S, RST | ACK | PSH, 0, 1, 20, RESETS(REFUSED),
	  WITH(A(SYN_TO_CLOSED_LISTENER)) },
	{ HALF_OPEN_SYN, S, RST | ACK, 0, 0, 0, ANOMALY(A(RST_BAD_ACK_SYNSENT)) },
	{ HALF_OPEN_SYN, S, RST | ACK, 0, 2, 0, ANOMALY(A(RST_BAD_ACK_SYNSENT)) },
	{ HALF_OPEN_SYN, S, RST | ACK, 0, FAR, 0, ANOMALY(A(RST_BAD_ACK_SYNSENT)) },
	{ HALF_OPEN_SYN, S, RST, 0, 1, 0, ANOMALY(A(RST_BAD_ACK_SYNSENT)) },

	{ HALF_OPEN_SYNACK, C, SYN, 0, 0, 0, RETRANSMITS_SYN },
	{ HALF_OPEN_SYNACK, C, SYN, 1, 0, 0, THEN(OPEN) },
	{ HALF_OPEN_SYNACK, C, SYN, -1u, 0, 0, THEN(OPEN) },
	{ HALF_OPEN_SYNACK, C, SYN | ACK, 0, 1, 0, ANOMALY(A(SYNACK_WRONG_DIR)) },
	/* Completion: x+1 and y+1. */
	{ HALF_OPEN_SYNACK, C, ACK, 1, 1, 0, COMPLETED },
	{ HALF_OPEN_SYNACK, C, ACK | URG | ECE, 1, 1, 0, COMPLETED },
	{ HALF_OPEN_SYNACK, C, ACK | PSH, 1, 1, 1, COMPLETED, .flags = FLAG(DATA) },
	{ HALF_OPEN_SYNACK, C, ACK | FIN, 1, 1, 0, COMPLETED, .flags = FLAG(FIN) },
	{ HALF_OPEN_SYNACK, C, ACK | FIN, 1, 1, 8, COMPLETED, .flags = FLAG(DATA) | FLAG(FIN) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 0, 0, ANOMALY(A(ACK_BAD_ACK)) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 2, 0, ANOMALY(A(ACK_BAD_ACK)) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 1 + CW, 5, ANOMALY(A(ACK_BAD_ACK)) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 1u - 66000u, 0, ANOMALY(A(ACK_BAD_ACK)) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, FAR, 0, ANOMALY(A(ACK_BAD_ACK)) },
	{ HALF_OPEN_SYNACK, C, ACK, 0, 1, 0, ANOMALY(A(ACK_BAD_SEQ)) },
	{ HALF_OPEN_SYNACK, C, ACK, 1 + SW, 1, 0, ANOMALY(A(ACK_BAD_SEQ)) },
	{ HALF_OPEN_SYNACK, C, ACK, FAR, 1, 0, ANOMALY(A(ACK_BAD_SEQ)) },
	{ HALF_OPEN_SYNACK, C, ACK, 0, 0, 0, ANOMALY(A(ACK_BAD_BOTH)) },
	{ HALF_OPEN_SYNACK, C, ACK, 0, 2, 0, ANOMALY(A(ACK_BAD_BOTH)) },
	{ HALF_OPEN_SYNACK, C, ACK, 1 + SW, 2, 0, ANOMALY(A(ACK_BAD_BOTH)) },
	{ HALF_OPEN_SYNACK, C, ACK, 2, 0, 0, ANOMALY(A(ACK_BAD_BOTH)) },
	{ HALF_OPEN_SYNACK, C, ACK, 2, 2 + CW, 0, ANOMALY(A(ACK_BAD_BOTH)) },
	/* Further into both windows: an established client whose third ACK was missed. */
	{ HALF_OPEN_SYNACK, C, ACK, 2, 1, 0, COMPLETED, .flags = FLAG(INFERRED) },
	{ HALF_OPEN_SYNACK, C, ACK, 2, 1 + CW, 3, COMPLETED, .flags = FLAG(INFERRED) | FLAG(DATA) },
	{ HALF_OPEN_SYNACK, C, ACK | FIN, SW, 1, 0, COMPLETED,
	  .flags = FLAG(INFERRED) | FLAG(FIN) },
	{ HALF_OPEN_SYNACK, C, RST, 1, 0, 0, RESETS(CLIENT_RESET), .flags = FLAG(AFTER_SYNACK) },
	{ HALF_OPEN_SYNACK, C, RST | ACK, 1, 1, 0, RESETS(CLIENT_RESET),
	  .flags = FLAG(AFTER_SYNACK) },
	{ HALF_OPEN_SYNACK, C, RST, 2, 0, 0, ANOMALY(A(RST_NOT_EXACT)) },
	{ HALF_OPEN_SYNACK, C, RST, SW, 0, 0, ANOMALY(A(RST_NOT_EXACT)) },
	{ HALF_OPEN_SYNACK, C, RST, 1 + SW, 0, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	{ HALF_OPEN_SYNACK, C, RST, 0, 0, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	/* The server repeats itself, contradicts itself, goes on, or gives up. */
	{ HALF_OPEN_SYNACK, S, SYN, 0, 0, 0, ANOMALY(A(SYN_FROM_S_SYNRECV)) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 0, 1, 0, EXIT(SYNACK_RETRANSMIT),
	  WITH(A(SYNACK_RETRANS)) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 1, 1, 0, ANOMALY(A(SYNACK_DIFF_SEQ)), THEN(RIVAL) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, -1u, 1, 0, ANOMALY(A(SYNACK_DIFF_SEQ)), THEN(RIVAL) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 0, 0, 0, ANOMALY(A(SYNACK_DIFF_ACK)) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 0, 2, 0, ANOMALY(A(SYNACK_DIFF_ACK)) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 1, 2, 0, ANOMALY(A(SYNACK_DIFF_ACK)) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 1, 0, ANOMALY(A(CHALLENGE_ACK)) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 0, 0, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 0, 1, 0, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 2, 1, 0, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 0, 2, 0, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 2 + SW, 0, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 1 + CW, 1, 1, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK | FIN, 0, 1, 0, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 0, 9, ANOMALY(A(ACK_WRONG_DIR)) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 1, 1, COMPLETED, .flags = FLAG(INFERRED) | FLAG(DATA) },
	{ HALF_OPEN_SYNACK, S, ACK | FIN, 1, 1, 0, COMPLETED,
	  .flags = FLAG(INFERRED) | FLAG(FIN) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 2, 0, COMPLETED, .flags = FLAG(INFERRED) },
	{ HALF_OPEN_SYNACK, S, ACK, CW, 1 + SW, 0, COMPLETED, .flags = FLAG(INFERRED) },
	{ HALF_OPEN_SYNACK, S, RST, 1, 0, 0, RESETS(SERVER_RESET) },
	{ HALF_OPEN_SYNACK, S, RST | ACK, 1, 1, 0, RESETS(SERVER_RESET) },
	{ HALF_OPEN_SYNACK, S, RST, 2, 0, 0, ANOMALY(A(RST_NOT_EXACT)) },
	{ HALF_OPEN_SYNACK, S, RST, CW, 0, 0, ANOMALY(A(RST_NOT_EXACT)) },
	{ HALF_OPEN_SYNACK, S, RST, 1 + CW, 0, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	{ HALF_OPEN_SYNACK, S, RST | ACK, 0, 1, 0, RESETS(SERVER_RESET) },
	{ HALF_OPEN_SYNACK, S, RST | ACK, 0, 2, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
	{ HALF_OPEN_SYNACK, S, RST, 0, 1, 0, ANOMALY(A(RST_OUT_OF_WIN)) },
};

TEST(every_row_with_every_isn)
{
	play_rows(_metadata, rows, ARRAY_LENGTH(rows));
}

TEST(rows_cover_every_cell)
{
	expect_every_cell(_metadata, rows, ARRAY_LENGTH(rows), HALF_OPEN_SYN, HALF_OPEN_SYNACK);
}

TEST(rows_cover_every_anomaly_of_a_pending_attempt)
{
	static const u8 anomalies[] = {
		A(SYN_RETRANS), A(SYN_FROM_S), A(SYN_FROM_S_SYNRECV), A(SYN_DATA_NO_TFO),
		A(SYN_TO_CLOSED_LISTENER), A(SYNACK_BAD_ACK), A(SYNACK_WRONG_DIR),
		A(SYNACK_RETRANS), A(SYNACK_DIFF_SEQ), A(SYNACK_DIFF_ACK), A(SYN_REPLY_BARE_ACK),
		A(ACK_BAD_ACK), A(ACK_BAD_SEQ), A(ACK_BAD_BOTH), A(ACK_BEFORE_SYNACK),
		A(ACK_WRONG_DIR), A(FIN_BEFORE_EST), A(DATA_BEFORE_EST), A(ASYNC_BAD_SEQ),
		A(CHALLENGE_ACK), A(RST_BAD_ACK_SYNSENT), A(RST_NOT_EXACT), A(RST_OUT_OF_WIN),
	};

	expect_anomalies(_metadata, rows, ARRAY_LENGTH(rows), anomalies, ARRAY_LENGTH(anomalies));
}

/*
 * What comes to a window of 0: nothing lies in it, and no comparison may make it
 * the whole number space.
 */
TEST(windows_of_zero)
{
	const struct isns isn = { 0xffffffff, 0xffffffff };
	struct tcpshake_segment syn = segment(C, SYN, isn.x, 0, 0);
	struct tcpshake_segment synack = synack_of(isn);
	struct tcpshake_flow flow, answered;

	syn.window = 0;
	synack.window = 0;
	open_with(&answered, NULL, syn, 0);
	step(&answered, synack, 0);

	flow = answered;
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, step(&flow, segment(C, ACK, 1, 0, 0), 1).exit);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, step(&flow, segment(S, ACK, 0, 0, 5), 1).exit);
	EXPECT_EQ(TCPSHAKE_EXIT_ANOMALOUS, step(&flow, segment(S, RST, 1, 0, 0), 1).exit);
	EXPECT_EQ(TCPSHAKE_EXIT_COMPLETING, send_ack(&flow, isn, 1).exit);
}

/* A segment belongs to a flow if all of its tuple does: change any octet and it does not. */
TEST(direction_needs_the_whole_tuple)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, all_isns[0], 0);
	unsigned int from, i;

	for (from = C; from <= S; from++) {
		struct tcpshake_segment seg = segment(from, ACK, 1, 1, 0);

		EXPECT_EQ(from, tcpshake_flow_direction(&flow, &seg));
		for (i = 0; i < TCPSHAKE_ADDR_LEN; i++) {
			seg.src[i] ^= 1;
			EXPECT_EQ(TCPSHAKE_ELSEWHERE, tcpshake_flow_direction(&flow, &seg));
			seg.src[i] ^= 1;
			seg.dst[i] ^= 1;
			EXPECT_EQ(TCPSHAKE_ELSEWHERE, tcpshake_flow_direction(&flow, &seg));
			seg.dst[i] ^= 1;
		}
		seg.src_port ^= 1;
		EXPECT_EQ(TCPSHAKE_ELSEWHERE, tcpshake_flow_direction(&flow, &seg));
		seg.src_port ^= 1;
		seg.dst_port ^= 1;
		EXPECT_EQ(TCPSHAKE_ELSEWHERE, tcpshake_flow_direction(&flow, &seg));
	}
}

TEST_HARNESS_MAIN
