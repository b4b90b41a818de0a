/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the tests of the state table: one row is one segment to a flow in one state,
 * and all that has to come of it. Each is played with every pair of ISNs, with
 * details and without.
 */
#ifndef TCPSHAKE_SELFTESTS_ROW_TEST_H
#define TCPSHAKE_SELFTESTS_ROW_TEST_H

#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define FAR 0x80000001u		/* half the number space away from 1 */
#define SW SERVER_WINDOW
#define CW CLIENT_WINDOW

#define A(name) TCPSHAKE_ANOMALY_##name
#define WITH(...) .anomalies = { __VA_ARGS__ }
#define ANOMALY(...) .exit = TCPSHAKE_EXIT_ANOMALOUS, WITH(__VA_ARGS__)
#define EXIT(name) .exit = TCPSHAKE_EXIT_##name
#define ENDS(name) .outcome = TCPSHAKE_OUTCOME_##name
#define FLAG(name) TCPSHAKE_FLAG_##name
#define THEN(name) .then = TCPSHAKE_THEN_##name
#define NOTE(name) .notes = 1 << TCPSHAKE_NOTE_##name

/* Where a flow ends up that is to be dropped. */
#define GONE 0xff

/*
 * seq is relative to the ISN of who sends, ack to the ISN of the other. to is the
 * state itself unless given.
 */
struct row {
	u8 state;
	u8 from;
	u16 tcp_flags;
	u32 seq;
	u32 ack;
	u32 len;
	u8 exit;
	u8 anomalies[4];
	u8 outcome;
	u8 to;
	u8 then;
	u8 notes;
	u32 flags;		/* of the attempt that ended */
	bool touches;		/* no exit of it says so, but the flow remembers the segment */
};

static inline struct tcpshake_segment segment_of_row(const struct row *row, struct isns isn)
{
	if (row->from == C)
		return segment(C, row->tcp_flags, isn.x + row->seq, isn.y + row->ack, row->len);
	return segment(S, row->tcp_flags, isn.y + row->seq, isn.x + row->ack, row->len);
}

static inline bool verdict_is(const struct row *row, const struct tcpshake_verdict *v)
{
	const u8 expected_to = row->to == GONE ? 0 : row->to ? row->to : row->state;

	return v->exit == row->exit && v->ended.outcome == row->outcome &&
	       v->from == row->state && v->owner == OWNER && v->to == expected_to &&
	       v->then == row->then && v->notes == row->notes &&
	       anomalies_match(&v->anomalies, row->anomalies, ARRAY_LENGTH(row->anomalies));
}

static inline bool ended_is(const struct row *row, struct isns isn, bool has_details,
			    const struct tcpshake_ended *ended)
{
	return ended->total_us == 700 && ended->flow.state == row->state &&
	       ended->flow.client_isn == isn.x && ended->flow.owner == OWNER &&
	       ended->flags == row->flags && ended->has_details == has_details &&
	       ended->unreachable == TCPSHAKE_UNREACHABLE_UNSPEC;
}

static inline bool play_row(const struct row *row, struct isns isn, bool has_details)
{
	struct tcpshake_details room, *details = has_details ? &room : NULL;
	struct tcpshake_flow flow, before;
	struct tcpshake_verdict v;

	memset(&room, 0xa5, sizeof(room));
	if (row->state == ORPHAN || row->state == RIVAL)
		flow = flow_in(row->state, isn, 5000);
	else
		play_to(&flow, details, row->state, isn, 5000);
	before = flow;
	v = step_with(&flow, details, segment_of_row(row, isn), 5700);

	if (!verdict_is(row, &v) || (v.to && flow.state != v.to) || flow.owner != OWNER)
		return false;
	if (row->outcome && !ended_is(row, isn, has_details, &v.ended))
		return false;
	if (row->touches || row->to)
		return true;
	/* What a segment that changed nothing may not have touched is the whole flow. */
	return (row->exit && row->exit != TCPSHAKE_EXIT_ANOMALOUS &&
		row->exit != TCPSHAKE_EXIT_UNTRACKED) ||
	       !memcmp(&flow, &before, sizeof(flow));
}

static inline void play_rows(struct __test_metadata *_metadata, const struct row *rows,
			     size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < 2 * ARRAY_LENGTH(all_isns); j++) {
			const struct isns isn = all_isns[j / 2];
			const struct row *row = &rows[i];

			EXPECT_TRUE(play_row(row, isn, j % 2))
				TH_LOG("row %zu: state %u from %u flags %#x seq %#x ack %#x len %u x %#x y %#x",
				       i, row->state, row->from, row->tcp_flags, row->seq,
				       row->ack, row->len, isn.x, isn.y);
		}
	}
}

/* A table of rows is worth what it covers. */
static inline void expect_every_cell(struct __test_metadata *_metadata, const struct row *rows,
				     size_t count, u8 first_state, u8 last_state)
{
	bool seen[TCPSHAKE_FLOW_STATES][2][TCPSHAKE_CLASS_COUNT] = { 0 };
	unsigned int state, from, class;
	size_t i;

	for (i = 0; i < count; i++)
		seen[rows[i].state][rows[i].from][class_of(rows[i].tcp_flags)] = true;
	for (state = first_state; state <= last_state; state++)
		for (from = 0; from < 2; from++)
			for (class = 0; class < TCPSHAKE_CLASS_COUNT; class++) {
				EXPECT_TRUE(seen[state][from][class])
					TH_LOG("state %u, from %u, class %u", state, from, class);
			}
}

static inline void expect_anomalies(struct __test_metadata *_metadata, const struct row *rows,
				    size_t count, const u8 *anomalies, size_t anomaly_count)
{
	size_t i, j;

	for (i = 0; i < anomaly_count; i++) {
		for (j = 0; j < count && !memchr(rows[j].anomalies, anomalies[i],
						 sizeof(rows[j].anomalies)); j++)
			;
		EXPECT_NE(count, j)
			TH_LOG("no row for %s", tcpshake_anomaly_name(anomalies[i]));
	}
}

#endif /* TCPSHAKE_SELFTESTS_ROW_TEST_H */
