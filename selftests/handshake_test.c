// SPDX-License-Identifier: GPL-2.0
/*
 * The state table: every cell of [state][direction][class] with right numbers,
 * wrong numbers and the numbers at every edge, each played with every pair of
 * ISNs. What comes of a sequence of segments is in handshake_story_test.c.
 */
#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define FAR 0x80000001u		/* half the number space away from 1 */
#define SW SERVER_WINDOW
#define CW CLIENT_WINDOW

#define ANOMALY(name) .exit = TCPSHAKE_EXIT_ANOMALOUS, .anomaly = TCPSHAKE_ANOMALY_##name
#define EXIT(name) .exit = TCPSHAKE_EXIT_##name
#define ENDS(name) .outcome = TCPSHAKE_OUTCOME_##name
#define FLAG(name) TCPSHAKE_FLAG_##name

/*
 * seq is relative to the ISN of who sends, ack to the ISN of the other. to is
 * the state itself unless given; GONE is the drop of the flow.
 */
#define GONE 0xff

struct row {
	u8 state;
	u8 from;
	u16 tcp_flags;
	u32 seq;
	u32 ack;
	u32 len;
	u8 exit;
	u8 anomaly;
	u8 outcome;
	u8 to;
	u8 flags;
	bool stalled;
};

static const struct row rows[] = {
	/* The client repeats its SYN, with whatever else a SYN may carry, or begins anew. */
	{ HALF_OPEN_SYN, C, SYN, 0, 0, 0, EXIT(SYN_RETRANSMIT) },
	{ HALF_OPEN_SYN, C, SYN | ECE | CWR | AE | PSH | URG, 0, 77, 9, EXIT(SYN_RETRANSMIT) },
	{ HALF_OPEN_SYN, C, SYN, 1, 0, 0, EXIT(NEW_ATTEMPT), ENDS(SUPERSEDED),
	  .anomaly = TCPSHAKE_ANOMALY_SYN_DIFF_ISN },
	{ HALF_OPEN_SYN, C, SYN, -1u, 0, 0, EXIT(NEW_ATTEMPT), ENDS(SUPERSEDED),
	  .anomaly = TCPSHAKE_ANOMALY_SYN_DIFF_ISN },
	{ HALF_OPEN_SYN, C, SYN, FAR, 0, 0, EXIT(NEW_ATTEMPT), ENDS(SUPERSEDED),
	  .anomaly = TCPSHAKE_ANOMALY_SYN_DIFF_ISN },
	{ HALF_OPEN_SYN, C, SYN | ACK, 0, 1, 0, ANOMALY(SYNACK_WRONG_DIR) },
	{ HALF_OPEN_SYN, C, SYN | ACK, 7, 9, 0, ANOMALY(SYNACK_WRONG_DIR) },
	{ HALF_OPEN_SYN, C, ACK, 1, 1, 0, ANOMALY(ACK_BEFORE_SYNACK) },
	{ HALF_OPEN_SYN, C, ACK | PSH, 1, 1, 5, ANOMALY(ACK_BEFORE_SYNACK) },
	{ HALF_OPEN_SYN, C, ACK, 9, 9, 0, ANOMALY(ACK_BEFORE_SYNACK) },
	{ HALF_OPEN_SYN, C, ACK | FIN, 1, 1, 0, ANOMALY(FIN_BEFORE_EST) },
	{ HALF_OPEN_SYN, C, RST, 0, 0, 0, EXIT(RESET), ENDS(CLIENT_RESET), .to = GONE },
	{ HALF_OPEN_SYN, C, RST, 1, 0, 0, EXIT(RESET), ENDS(CLIENT_RESET), .to = GONE },
	{ HALF_OPEN_SYN, C, RST | ACK, 1, 9, 0, EXIT(RESET), ENDS(CLIENT_RESET), .to = GONE },
	{ HALF_OPEN_SYN, C, RST, 2, 0, 0, ANOMALY(RST_OUT_OF_WIN) },
	{ HALF_OPEN_SYN, C, RST, -1u, 0, 0, ANOMALY(RST_OUT_OF_WIN) },
	{ HALF_OPEN_SYN, C, RST, FAR, 0, 0, ANOMALY(RST_OUT_OF_WIN) },
	/* The server: only x+1 is acknowledged, whatever the answer. */
	{ HALF_OPEN_SYN, S, SYN, 0, 0, 0, ANOMALY(SYN_FROM_S) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, 1, 0, EXIT(SYNACK), .to = HALF_OPEN_SYNACK },
	{ HALF_OPEN_SYN, S, SYN | ACK | ECE | PSH, 0, 1, 7, EXIT(SYNACK), .to = HALF_OPEN_SYNACK },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, 0, 0, ANOMALY(SYNACK_BAD_ACK) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, 2, 0, ANOMALY(SYNACK_BAD_ACK) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, -1u, 0, ANOMALY(SYNACK_BAD_ACK) },
	{ HALF_OPEN_SYN, S, SYN | ACK, 0, FAR, 0, ANOMALY(SYNACK_BAD_ACK) },
	{ HALF_OPEN_SYN, S, ACK, 1, 1, 0, ANOMALY(SYN_REPLY_BARE_ACK) },
	{ HALF_OPEN_SYN, S, ACK, 9, 9, 9, ANOMALY(SYN_REPLY_BARE_ACK) },
	{ HALF_OPEN_SYN, S, ACK | FIN, 1, 1, 0, ANOMALY(SYN_REPLY_BARE_ACK) },
	{ HALF_OPEN_SYN, S, RST | ACK, -7u, 1, 0, EXIT(RESET), ENDS(REFUSED), .to = GONE },
	{ HALF_OPEN_SYN, S, RST | ACK | PSH, 0, 1, 20, EXIT(RESET), ENDS(REFUSED), .to = GONE },
	{ HALF_OPEN_SYN, S, RST | ACK, 0, 0, 0, ANOMALY(RST_BAD_ACK_SYNSENT) },
	{ HALF_OPEN_SYN, S, RST | ACK, 0, 2, 0, ANOMALY(RST_BAD_ACK_SYNSENT) },
	{ HALF_OPEN_SYN, S, RST | ACK, 0, FAR, 0, ANOMALY(RST_BAD_ACK_SYNSENT) },
	{ HALF_OPEN_SYN, S, RST, 0, 1, 0, ANOMALY(RST_BAD_ACK_SYNSENT) },

	{ HALF_OPEN_SYNACK, C, SYN, 0, 0, 0, EXIT(SYN_RETRANSMIT) },
	{ HALF_OPEN_SYNACK, C, SYN, 1, 0, 0, EXIT(NEW_ATTEMPT), ENDS(SUPERSEDED),
	  .anomaly = TCPSHAKE_ANOMALY_SYN_DIFF_ISN_SYNRECV, .to = HALF_OPEN_SYN },
	{ HALF_OPEN_SYNACK, C, SYN, -1u, 0, 0, EXIT(NEW_ATTEMPT), ENDS(SUPERSEDED),
	  .anomaly = TCPSHAKE_ANOMALY_SYN_DIFF_ISN_SYNRECV, .to = HALF_OPEN_SYN },
	{ HALF_OPEN_SYNACK, C, SYN | ACK, 0, 1, 0, ANOMALY(SYNACK_WRONG_DIR) },
	/* Completion: x+1 and y+1. */
	{ HALF_OPEN_SYNACK, C, ACK, 1, 1, 0, EXIT(COMPLETING), ENDS(COMPLETED), .to = LINGERING },
	{ HALF_OPEN_SYNACK, C, ACK | URG | ECE, 1, 1, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING },
	{ HALF_OPEN_SYNACK, C, ACK | PSH, 1, 1, 1, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(DATA) },
	{ HALF_OPEN_SYNACK, C, ACK | FIN, 1, 1, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(FIN) },
	{ HALF_OPEN_SYNACK, C, ACK | FIN, 1, 1, 8, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(DATA) | FLAG(FIN) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 0, 0, ANOMALY(ACK_BAD_ACK) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 2, 0, ANOMALY(ACK_BAD_ACK) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 1 + CW, 5, ANOMALY(ACK_BAD_ACK) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, 1u - 66000u, 0, ANOMALY(ACK_BAD_ACK) },
	{ HALF_OPEN_SYNACK, C, ACK, 1, FAR, 0, ANOMALY(ACK_BAD_ACK) },
	{ HALF_OPEN_SYNACK, C, ACK, 0, 1, 0, ANOMALY(ACK_BAD_SEQ) },
	{ HALF_OPEN_SYNACK, C, ACK, 1 + SW, 1, 0, ANOMALY(ACK_BAD_SEQ) },
	{ HALF_OPEN_SYNACK, C, ACK, FAR, 1, 0, ANOMALY(ACK_BAD_SEQ) },
	{ HALF_OPEN_SYNACK, C, ACK, 0, 0, 0, ANOMALY(ACK_BAD_BOTH) },
	{ HALF_OPEN_SYNACK, C, ACK, 0, 2, 0, ANOMALY(ACK_BAD_BOTH) },
	{ HALF_OPEN_SYNACK, C, ACK, 1 + SW, 2, 0, ANOMALY(ACK_BAD_BOTH) },
	{ HALF_OPEN_SYNACK, C, ACK, 2, 0, 0, ANOMALY(ACK_BAD_BOTH) },
	{ HALF_OPEN_SYNACK, C, ACK, 2, 2 + CW, 0, ANOMALY(ACK_BAD_BOTH) },
	/* Further into both windows: an established client whose third ACK was missed. */
	{ HALF_OPEN_SYNACK, C, ACK, 2, 1, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) },
	{ HALF_OPEN_SYNACK, C, ACK, 2, 1 + CW, 3, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) | FLAG(DATA) },
	{ HALF_OPEN_SYNACK, C, ACK | FIN, SW, 1, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) | FLAG(FIN) },
	{ HALF_OPEN_SYNACK, C, RST, 1, 0, 0, EXIT(RESET), ENDS(CLIENT_RESET), .to = GONE,
	  .flags = FLAG(AFTER_SYNACK) },
	{ HALF_OPEN_SYNACK, C, RST | ACK, 1, 1, 0, EXIT(RESET), ENDS(CLIENT_RESET), .to = GONE,
	  .flags = FLAG(AFTER_SYNACK) },
	{ HALF_OPEN_SYNACK, C, RST, 2, 0, 0, ANOMALY(RST_NOT_EXACT) },
	{ HALF_OPEN_SYNACK, C, RST, SW, 0, 0, ANOMALY(RST_NOT_EXACT) },
	{ HALF_OPEN_SYNACK, C, RST, 1 + SW, 0, 0, ANOMALY(RST_OUT_OF_WIN) },
	{ HALF_OPEN_SYNACK, C, RST, 0, 0, 0, ANOMALY(RST_OUT_OF_WIN) },
	/* The server repeats itself, contradicts itself, goes on, or gives up. */
	{ HALF_OPEN_SYNACK, S, SYN, 0, 0, 0, ANOMALY(SYN_FROM_S_SYNRECV) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 0, 1, 0, EXIT(SYNACK_RETRANSMIT) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 1, 1, 0, ANOMALY(SYNACK_DIFF_SEQ) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, -1u, 1, 0, ANOMALY(SYNACK_DIFF_SEQ) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 0, 0, 0, ANOMALY(SYNACK_DIFF_ACK) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 0, 2, 0, ANOMALY(SYNACK_DIFF_ACK) },
	{ HALF_OPEN_SYNACK, S, SYN | ACK, 1, 2, 0, ANOMALY(SYNACK_DIFF_ACK) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 1, 0, ANOMALY(CHALLENGE_ACK) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 0, 0, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 0, 1, 0, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 2, 1, 0, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 0, 2, 0, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 2 + SW, 0, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 1 + CW, 1, 1, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK | FIN, 0, 1, 0, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 0, 9, ANOMALY(ACK_WRONG_DIR) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 1, 1, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) | FLAG(DATA) },
	{ HALF_OPEN_SYNACK, S, ACK | FIN, 1, 1, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) | FLAG(FIN) },
	{ HALF_OPEN_SYNACK, S, ACK, 1, 2, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) },
	{ HALF_OPEN_SYNACK, S, ACK, CW, 1 + SW, 0, EXIT(COMPLETING), ENDS(COMPLETED),
	  .to = LINGERING, .flags = FLAG(INFERRED) },
	{ HALF_OPEN_SYNACK, S, RST, 1, 0, 0, EXIT(RESET), ENDS(SERVER_RESET), .to = GONE },
	{ HALF_OPEN_SYNACK, S, RST | ACK, 1, 1, 0, EXIT(RESET), ENDS(SERVER_RESET), .to = GONE },
	{ HALF_OPEN_SYNACK, S, RST, 2, 0, 0, ANOMALY(RST_NOT_EXACT) },
	{ HALF_OPEN_SYNACK, S, RST, CW, 0, 0, ANOMALY(RST_NOT_EXACT) },
	{ HALF_OPEN_SYNACK, S, RST, 1 + CW, 0, 0, ANOMALY(RST_OUT_OF_WIN) },
	{ HALF_OPEN_SYNACK, S, RST | ACK, 0, 1, 0, EXIT(RESET), ENDS(SERVER_RESET), .to = GONE },
	{ HALF_OPEN_SYNACK, S, RST | ACK, 0, 2, 0, ANOMALY(RST_OUT_OF_WIN) },
	{ HALF_OPEN_SYNACK, S, RST, 0, 1, 0, ANOMALY(RST_OUT_OF_WIN) },

	/* Completed: only the SYNs and the SYN-ACKs are still looked at. */
	{ LINGERING, C, SYN, 0, 0, 0, EXIT(SYN_RETRANSMIT) },
	{ LINGERING, C, SYN, 1, 0, 0, EXIT(NEW_ATTEMPT), .to = HALF_OPEN_SYN },
	{ LINGERING, C, SYN | ACK, 0, 1, 0, ANOMALY(SYNACK_WRONG_DIR) },
	{ LINGERING, C, ACK, 1, 1, 0, EXIT(UNTRACKED) },
	{ LINGERING, C, ACK | FIN, 9, 0, 5, EXIT(UNTRACKED) },
	{ LINGERING, C, RST, 1, 1, 0, EXIT(UNTRACKED) },
	{ LINGERING, S, SYN, 0, 0, 0, EXIT(NEW_ATTEMPT), .to = HALF_OPEN_SYN },
	{ LINGERING, S, SYN | ACK, 0, 1, 0, EXIT(SYNACK_RETRANSMIT), .stalled = true,
	  .anomaly = TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK, .flags = FLAG(STALLED) },
	{ LINGERING, S, SYN | ACK, 1, 1, 0, ANOMALY(SYNACK_DIFF_SEQ) },
	{ LINGERING, S, SYN | ACK, 0, 2, 0, ANOMALY(SYNACK_DIFF_ACK) },
	{ LINGERING, S, ACK, 1, 1, 0, EXIT(UNTRACKED) },
	{ LINGERING, S, RST, 1, 1, 0, EXIT(UNTRACKED) },
};

/* What a segment that changed nothing may not have touched is the whole flow. */
static bool changes_nothing(const struct row *row)
{
	return row->exit == TCPSHAKE_EXIT_ANOMALOUS || row->exit == TCPSHAKE_EXIT_UNTRACKED;
}

/* Flags that the row expects, in the flow that lives on and in the one that ended. */
static bool flags_are(const struct row *row, const struct tcpshake_flow *flow,
		      const struct tcpshake_verdict *v)
{
	if (row->outcome == TCPSHAKE_OUTCOME_SUPERSEDED)
		return !flow->flags && !v->ended.flow.flags;
	if (row->outcome)
		return flow->flags == row->flags && v->ended.flow.flags == row->flags;
	return flow->flags == row->flags;
}

static bool play(const struct row *row, struct isns isn)
{
	const u8 expected_to = row->to == GONE ? 0 : row->to ? row->to : row->state;
	struct tcpshake_flow before = flow_in(row->state, isn, 5000);
	struct tcpshake_flow flow = before;
	struct tcpshake_segment seg;
	struct tcpshake_verdict v;

	if (row->from == C)
		seg = segment(C, row->tcp_flags, isn.x + row->seq, isn.y + row->ack, row->len);
	else
		seg = segment(S, row->tcp_flags, isn.y + row->seq, isn.x + row->ack, row->len);
	v = step(&flow, seg, 5700);

	if (v.exit != row->exit || v.ended.outcome != row->outcome || v.from != row->state ||
	    v.owner != OWNER ||
	    v.to != expected_to || v.stalled != row->stalled ||
	    !anomalies_are(&v.anomalies, row->anomaly))
		return false;
	if (v.to && flow.state != v.to)
		return false;
	if (row->outcome && (v.ended.total_us != 700 || v.ended.flow.state != row->state ||
			     v.ended.flow.client_isn != isn.x || v.ended.flow.owner != OWNER))
		return false;
	if (changes_nothing(row) && memcmp(&flow, &before, sizeof(flow)))
		return false;
	return flow.owner == OWNER && flags_are(row, &flow, &v);
}

TEST(every_row_with_every_isn)
{
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(rows); i++) {
		for (j = 0; j < ARRAY_LENGTH(all_isns); j++) {
			const struct row *row = &rows[i];

			EXPECT_TRUE(play(row, all_isns[j]))
				TH_LOG("row %zu: state %u from %u flags %#x seq %#x ack %#x x %#x y %#x",
				       i, row->state, row->from, row->tcp_flags, row->seq, row->ack,
				       all_isns[j].x, all_isns[j].y);
		}
	}
}

/* The table above is worth what it covers. */
TEST(rows_cover_every_cell)
{
	bool seen[TCPSHAKE_FLOW_STATES][2][TCPSHAKE_CLASS_COUNT] = { 0 };
	unsigned int state, from, class;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(rows); i++)
		seen[rows[i].state][rows[i].from][class_of(rows[i].tcp_flags)] = true;
	for (state = 1; state < TCPSHAKE_FLOW_STATES; state++)
		for (from = 0; from < 2; from++)
			for (class = 0; class < TCPSHAKE_CLASS_COUNT; class++)
				EXPECT_TRUE(seen[state][from][class])
					TH_LOG("state %u, from %u, class %u", state, from, class);
}

TEST(rows_cover_every_anomaly_of_a_flow)
{
	unsigned int anomaly;
	size_t i;

	for (anomaly = TCPSHAKE_ANOMALY_SYN_DIFF_ISN; anomaly <= TCPSHAKE_ANOMALY_MAX; anomaly++) {
		if (anomaly == TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED)
			continue;
		for (i = 0; i < ARRAY_LENGTH(rows) && rows[i].anomaly != anomaly; i++)
			;
		EXPECT_NE(ARRAY_LENGTH(rows), i)
			TH_LOG("no row for %s", tcpshake_anomaly_name(anomaly));
	}
}

/* Without a flow only a SYN-ACK is worth a word; SYNs are the caller's to open with. */
TEST(segments_of_no_flow)
{
	static const struct {
		u16 flags;
		u8 exit;
		u8 anomaly;
	} cases[] = {
		{ SYN | ACK, TCPSHAKE_EXIT_ANOMALOUS, TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED },
		{ ACK, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ ACK | FIN, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ RST, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ RST | ACK, TCPSHAKE_EXIT_UNTRACKED, 0 },
		{ SYN, TCPSHAKE_EXIT_UNTRACKED, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct tcpshake_segment seg = segment(S, cases[i].flags, 1, 2, 0);
		struct tcpshake_verdict v;

		memset(&v, 0xa5, sizeof(v));
		tcpshake_handshake_unknown(&seg, &v);
		EXPECT_EQ(cases[i].exit, v.exit);
		EXPECT_TRUE(anomalies_are(&v.anomalies, cases[i].anomaly));
		EXPECT_EQ(0, v.from);
		EXPECT_EQ(0, v.to);
		EXPECT_EQ(0, v.owner);
		EXPECT_EQ(0, v.ended.outcome);
		EXPECT_FALSE(v.stalled);
	}
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
