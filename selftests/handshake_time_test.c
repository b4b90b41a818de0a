// SPDX-License-Identifier: GPL-2.0
/*
 * What the passing of time does: each state's timeout to the microsecond, what
 * prolongs an attempt and what does not, the cap on its age, the wrap of the
 * 32-bit clock; and what the caller ends: eviction, and what lost to a sibling.
 */
#include "core_test.h"

#define C TCPSHAKE_FROM_CLIENT
#define S TCPSHAKE_FROM_SERVER
#define SECOND 1000000u
#define MS 1000u

/*
 * The flow remembers the client's last segment in units of 2^15 us, rounded down:
 * an attempt may end that much too early, never too late.
 */
#define GRAIN 32768u

static const struct isns isn = { 0xffffffff, 0 };

/* Apart from each other, and none a multiple of the grain. */
static const struct tcpshake_timeouts timeouts = {
	.syn_us = 20 * SECOND + 1,
	.synack_us = 30 * SECOND + 3,
	.max_age_us = 100 * SECOND + 5,
	.linger_us = 3 * SECOND + 7,
};

/* The first SYN's time: ordinary, and such that all that follows is over a wrap of the clock. */
static const u64 starts[] = {
	0, 1, 5 * SECOND, 0xffffffff, 0xfff00000, 0x7ffffffff, 0x123456789abcULL,
};

static bool expires(const struct tcpshake_flow *flow, u64 now_us, struct tcpshake_verdict *v)
{
	memset(v, 0xa5, sizeof(*v));
	return tcpshake_flow_expire(flow, NULL, now_us, &timeouts, v);
}

/* Not at at_us - 1, but at at_us; and then the verdict speaks of the flow. */
static void expect_expiry(struct __test_metadata *_metadata, const struct tcpshake_flow *flow,
			  u64 start, u32 at_us, u8 outcome)
{
	struct tcpshake_verdict v;

	EXPECT_FALSE(expires(flow, start + at_us - 1, &v))
		TH_LOG("state %u, start %lld: before %u", flow->state, (long long)start, at_us);
	ASSERT_TRUE(expires(flow, start + at_us, &v))
		TH_LOG("state %u, start %lld: not at %u", flow->state, (long long)start, at_us);
	EXPECT_EQ(0, v.exit);
	EXPECT_EQ(VALUE(flow->state), v.from);
	EXPECT_EQ(0, v.to);
	EXPECT_EQ(OWNER, v.owner);
	EXPECT_EQ(0, v.then);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	EXPECT_EQ(flow->state == ORPHAN ? 1 << TCPSHAKE_NOTE_BACKSCATTER : 0, v.notes);
	EXPECT_EQ(outcome, v.ended.outcome);
	if (!outcome)
		return;
	EXPECT_FALSE(v.ended.has_details);
	EXPECT_EQ(at_us, v.ended.total_us);
	EXPECT_EQ(0, memcmp(flow, &v.ended.flow, sizeof(*flow)));
}

TEST(every_state_at_its_timeout)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(starts); i++) {
		struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, starts[i]);

		expect_expiry(_metadata, &flow, starts[i], timeouts.syn_us,
			      TCPSHAKE_OUTCOME_UNANSWERED);
		flow = flow_in(HALF_OPEN_SYNACK, isn, starts[i]);
		expect_expiry(_metadata, &flow, starts[i], timeouts.synack_us,
			      TCPSHAKE_OUTCOME_UNACKED);
		flow = flow_in(LINGERING, isn, starts[i]);
		expect_expiry(_metadata, &flow, starts[i], timeouts.linger_us, 0);
		flow = flow_in(ABORTED, isn, starts[i]);
		expect_expiry(_metadata, &flow, starts[i], timeouts.linger_us, 0);
		flow = flow_in(ORPHAN, isn, starts[i]);
		expect_expiry(_metadata, &flow, starts[i], timeouts.linger_us, 0);
		flow = flow_in(RIVAL, isn, starts[i]);
		expect_expiry(_metadata, &flow, starts[i], timeouts.linger_us, 0);
	}
}

/* The SYN-ACK is no sign of life of the client: the clock of the second state runs from the SYN. */
TEST(synack_does_not_prolong)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);

	send_synack(&flow, isn, 15 * SECOND);
	expect_expiry(_metadata, &flow, 0, timeouts.synack_us, TCPSHAKE_OUTCOME_UNACKED);
	send_synack(&flow, isn, 29 * SECOND);
	EXPECT_EQ(2, VALUE(flow.synack_count));
	expect_expiry(_metadata, &flow, 0, timeouts.synack_us, TCPSHAKE_OUTCOME_UNACKED);
}

/* Nor is anything else of the server's. */
TEST(server_does_not_prolong)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);

	step(&flow, segment(S, ACK, isn.y, isn.x, 0), 10 * SECOND);
	step(&flow, segment(S, RST, isn.y, 0, 0), 10 * SECOND);
	step(&flow, segment(S, SYN, isn.y, 0, 0), 10 * SECOND);
	expect_expiry(_metadata, &flow, 0, timeouts.syn_us, TCPSHAKE_OUTCOME_UNANSWERED);
	flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	step(&flow, segment(S, ACK, isn.y + 1, isn.x + 1, 0), 15 * SECOND);
	step(&flow, segment(S, RST, isn.y + 2, 0, 0), 15 * SECOND);
	expect_expiry(_metadata, &flow, 0, timeouts.synack_us, TCPSHAKE_OUTCOME_UNACKED);
}

/* Whatever the client sends is, also what fits nothing; but not a SYN of another attempt. */
TEST(whatever_the_client_sends_prolongs)
{
	const struct tcpshake_segment in_syn[] = {
		segment(C, ACK, isn.x + 1, 1, 0), segment(C, ACK, isn.x - 9, 1, 0),
		segment(C, RST, isn.x + 2, 0, 0), segment(C, SYN | ACK, isn.x, 1, 0),
	};
	const struct tcpshake_segment in_synack[] = {
		segment(C, ACK, isn.x + 1, isn.y + 2, 0), segment(C, RST, isn.x + 2, 0, 0),
		segment(C, SYN | ACK, isn.x, isn.y + 1, 0),
	};
	struct tcpshake_flow flow;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(in_syn); i++) {
		flow = flow_in(HALF_OPEN_SYN, isn, 0);
		step(&flow, in_syn[i], 100 * GRAIN);
		expect_expiry(_metadata, &flow, 0, 100 * GRAIN + timeouts.syn_us,
			      TCPSHAKE_OUTCOME_UNANSWERED);
	}
	for (i = 0; i < ARRAY_LENGTH(in_synack); i++) {
		flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
		step(&flow, in_synack[i], 100 * GRAIN);
		expect_expiry(_metadata, &flow, 0, 100 * GRAIN + timeouts.synack_us,
			      TCPSHAKE_OUTCOME_UNACKED);
	}
	flow = flow_in(HALF_OPEN_SYN, isn, 0);
	step(&flow, segment(C, SYN, isn.x + 5, 0, 0), 100 * GRAIN);
	expect_expiry(_metadata, &flow, 0, timeouts.syn_us, TCPSHAKE_OUTCOME_UNANSWERED);
}

/* Neither SYN-ACKs nor anything else make a completed attempt linger for longer. */
TEST(lingering_is_not_prolonged)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);

	send_ack(&flow, isn, 100 * GRAIN);
	send_synack(&flow, isn, 100 * GRAIN + 2 * SECOND);
	send_syn(&flow, isn.x, 100 * GRAIN + 2 * SECOND);
	send_ack(&flow, isn, 100 * GRAIN + 2 * SECOND);
	expect_expiry(_metadata, &flow, 0, 100 * GRAIN + timeouts.linger_us, 0);
}

/* A repeated SYN does prolong, from that SYN on, to within a grain. */
TEST(client_prolongs)
{
	static const u32 again[] = { 1, GRAIN - 1, GRAIN, GRAIN + 1, 3 * SECOND, 19 * SECOND };
	struct tcpshake_verdict v;
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(starts); i++) {
		for (j = 0; j < ARRAY_LENGTH(again); j++) {
			struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, starts[i]);
			const u64 seen = starts[i] + again[j];

			send_syn(&flow, isn.x, seen);
			EXPECT_FALSE(expires(&flow, seen + timeouts.syn_us - GRAIN, &v));
			EXPECT_TRUE(expires(&flow, seen + timeouts.syn_us, &v));

			flow = flow_in(HALF_OPEN_SYNACK, isn, starts[i]);
			send_syn(&flow, isn.x, seen);
			EXPECT_FALSE(expires(&flow, seen + timeouts.synack_us - GRAIN, &v));
			EXPECT_TRUE(expires(&flow, seen + timeouts.synack_us, &v));

			flow = flow_in(HALF_OPEN_SYNACK, isn, starts[i]);
			send_ack(&flow, isn, seen);
			EXPECT_FALSE(expires(&flow, seen + timeouts.linger_us - GRAIN, &v));
			EXPECT_TRUE(expires(&flow, seen + timeouts.linger_us, &v));
		}
	}
}

/* A client that never stops asking: the attempt ends at its greatest age, in either state. */
TEST(max_age)
{
	static const u8 states[] = { HALF_OPEN_SYN, HALF_OPEN_SYNACK };
	size_t i, j;
	u64 us;

	for (i = 0; i < ARRAY_LENGTH(starts); i++) {
		for (j = 0; j < ARRAY_LENGTH(states); j++) {
			struct tcpshake_flow flow = flow_in(states[j], isn, starts[i]);
			struct tcpshake_verdict v;

			for (us = SECOND; us < timeouts.max_age_us; us += SECOND) {
				ASSERT_FALSE(expires(&flow, starts[i] + us, &v));
				send_syn(&flow, isn.x, starts[i] + us);
			}
			expect_expiry(_metadata, &flow, starts[i], timeouts.max_age_us,
				      states[j] == HALF_OPEN_SYN ? TCPSHAKE_OUTCOME_UNANSWERED :
								   TCPSHAKE_OUTCOME_UNACKED);
		}
	}
}

/* ... but a completed one has its outcome and lingers for as long as any other. */
TEST(max_age_spares_the_lingering)
{
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	const u32 late = 3000 * GRAIN;

	send_syn(&flow, isn.x, late - SECOND);
	send_ack(&flow, isn, late);
	expect_expiry(_metadata, &flow, 0, late + timeouts.linger_us, 0);
}

/* The longest timeouts the ABI accepts, with the client's last word at the last moment. */
TEST(longest_timeouts)
{
	const struct tcpshake_timeouts longest = {
		.syn_us = TCPSHAKE_TIMEOUT_MAX * MS,
		.synack_us = TCPSHAKE_TIMEOUT_MAX * MS,
		.max_age_us = TCPSHAKE_TIMEOUT_MAX * MS,
		.linger_us = TCPSHAKE_LINGER_MAX * MS,
	};
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	const u64 end = (u64)TCPSHAKE_TIMEOUT_MAX * MS;
	struct tcpshake_verdict v;

	send_syn(&flow, isn.x, end - 1);
	EXPECT_FALSE(tcpshake_flow_expire(&flow, NULL, end - 1, &longest, &v));
	EXPECT_TRUE(tcpshake_flow_expire(&flow, NULL, end, &longest, &v));
	send_ack(&flow, isn, end - 1);
	EXPECT_FALSE(tcpshake_flow_expire(&flow, NULL, end - 1 + longest.linger_us - GRAIN,
					  &longest, &v));
	EXPECT_TRUE(tcpshake_flow_expire(&flow, NULL, end - 1 + longest.linger_us, &longest, &v));
}

/* The shortest: a grain is no excuse for an end before its time when nothing was repeated. */
TEST(shortest_timeouts)
{
	const struct tcpshake_timeouts shortest = {
		.syn_us = TCPSHAKE_TIMEOUT_MIN * MS,
		.synack_us = TCPSHAKE_TIMEOUT_MIN * MS,
		.max_age_us = TCPSHAKE_TIMEOUT_MIN * MS,
		.linger_us = TCPSHAKE_LINGER_MIN * MS,
	};
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;

	EXPECT_FALSE(tcpshake_flow_expire(&flow, NULL, 100 * MS - 1, &shortest, &v));
	EXPECT_TRUE(tcpshake_flow_expire(&flow, NULL, 100 * MS, &shortest, &v));
	flow = flow_in(LINGERING, isn, 0);
	EXPECT_TRUE(tcpshake_flow_expire(&flow, NULL, 0, &shortest, &v));
}

/* A new attempt in the same flow has its own time. */
TEST(new_attempt_starts_the_clock)
{
	struct tcpshake_flow flow = flow_in(ABORTED, isn, 0);

	send_syn(&flow, 1234, 2 * SECOND);
	expect_expiry(_metadata, &flow, 2 * SECOND, timeouts.syn_us, TCPSHAKE_OUTCOME_UNANSWERED);

	flow = flow_in(ORPHAN, isn, 0);
	send_syn(&flow, isn.x, 2 * SECOND);
	expect_expiry(_metadata, &flow, 2 * SECOND, timeouts.synack_us, TCPSHAKE_OUTCOME_UNACKED);
}

/* A rival is as old as the flow it is of, but is kept from when it came. */
TEST(rival_has_its_own_time)
{
	const struct tcpshake_segment seg = segment(S, SYN | ACK, isn.y + 1, isn.x + 1, 0);
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	struct tcpshake_flow rival;
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_rival(&rival, &flow, &seg, 100 * GRAIN, &v);
	EXPECT_EQ(0, v.exit);
	EXPECT_EQ(0, v.from);
	EXPECT_EQ(RIVAL, v.to);
	EXPECT_EQ(OWNER, v.owner);
	EXPECT_EQ(0, v.notes);
	EXPECT_EQ(0, v.ended.outcome);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	EXPECT_EQ(100 * GRAIN, VALUE(rival.synack_us));
	expect_expiry(_metadata, &rival, 0, 100 * GRAIN + timeouts.linger_us, 0);
}

/* The same SYN after a RST makes the flow stay: its answer is to be understood. */
TEST(retry_prolongs_the_aborted)
{
	struct tcpshake_flow flow = flow_in(ABORTED, isn, 0);

	send_synack(&flow, isn, 10 * GRAIN);
	send_syn(&flow, isn.x, 20 * GRAIN);
	expect_expiry(_metadata, &flow, 0, 20 * GRAIN + timeouts.linger_us, 0);
}

/*
 * Two processors read the clock and then race for the flow: the second may bring a
 * time before the first's. That is no age of 71 minutes.
 */
TEST(clock_a_little_behind)
{
	struct tcpshake_verdict v;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(starts); i++) {
		const u64 start = starts[i] + SECOND;
		struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, start);

		EXPECT_FALSE(expires(&flow, start - 5, &v));
		memset(&v, 0xa5, sizeof(v));
		tcpshake_flow_evict(&flow, NULL, start - 5, TCPSHAKE_EVICTION_CROWD, &v);
		EXPECT_EQ(0, v.ended.total_us);
		send_synack(&flow, isn, start - 5);
		EXPECT_EQ(0, VALUE(flow.synack_us));

		/* The last sign of life came at the very beginning of a grain. */
		send_syn(&flow, isn.x, start + GRAIN);
		EXPECT_FALSE(expires(&flow, start + GRAIN - 1, &v));
		v = send_ack(&flow, isn, start - 5);
		EXPECT_EQ(TCPSHAKE_OUTCOME_COMPLETED, v.ended.outcome);
		EXPECT_EQ(0, v.ended.total_us);
		EXPECT_FALSE(expires(&flow, start - 5, &v));
	}
}

/* Only what is pending has an outcome; an orphan that nothing came of was backscatter. */
static void expect_departure(struct __test_metadata *_metadata, const struct tcpshake_flow *flow,
			     u8 outcome, const struct tcpshake_verdict *v)
{
	const bool pending = flow->state <= HALF_OPEN_SYNACK;

	EXPECT_EQ(0, v->exit);
	EXPECT_EQ(VALUE(flow->state), v->from);
	EXPECT_EQ(0, v->to);
	EXPECT_EQ(0, v->then);
	EXPECT_EQ(OWNER, v->owner);
	EXPECT_EQ(flow->state == ORPHAN ? 1 << TCPSHAKE_NOTE_BACKSCATTER : 0, v->notes);
	EXPECT_TRUE(anomalies_are(&v->anomalies, 0));
	EXPECT_EQ(pending ? outcome : 0, v->ended.outcome);
	if (!pending)
		return;
	EXPECT_EQ(1500, v->ended.total_us);
	EXPECT_EQ(0, memcmp(flow, &v->ended.flow, sizeof(*flow)));
}

TEST(evicted_and_superseded)
{
	unsigned int state;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(starts); i++) {
		for (state = HALF_OPEN_SYN; state < TCPSHAKE_FLOW_STATES; state++) {
			const struct tcpshake_flow flow = flow_in(state, isn, starts[i]);
			struct tcpshake_verdict v;

			memset(&v, 0xa5, sizeof(v));
			tcpshake_flow_evict(&flow, NULL, starts[i] + 1500, TCPSHAKE_EVICTION_QUOTA,
					    &v);
			expect_departure(_metadata, &flow, TCPSHAKE_OUTCOME_EVICTED, &v);
			memset(&v, 0xa5, sizeof(v));
			tcpshake_flow_supersede(&flow, NULL, starts[i] + 1500, &v);
			expect_departure(_metadata, &flow, TCPSHAKE_OUTCOME_SUPERSEDED, &v);
		}
	}
}

TEST_HARNESS_MAIN
