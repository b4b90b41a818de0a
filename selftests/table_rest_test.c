// SPDX-License-Identifier: GPL-2.0
/*
 * Does the flow table know when there is nothing in it? Then no packet is looked up:
 * a table that says so with a flow in it would not see that flow's segments. Where in
 * the sweep a flow comes and goes is tried at every place, and by two threads.
 */
#include <pthread.h>
#include <sched.h>

#include "table_test.h"

#define PASS_US (1 * SECOND)	/* the sweep goes through the table once */
#define PARTS 8			/* in so many pieces of work */
#define REST_US 2500000ull	/* a pass under way, a whole one, and a bit */

static unsigned int departures;

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	departures++;
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
}

void tcpshake_net_check_quotas(void)
{
}

static enum tcpshake_table_rest rest(void)
{
	return READ_ONCE(tcpshake_table_rest);
}

/* ---- flows ------------------------------------------------------------------- */

/* In each row of the table. */
static struct tuple tuple_in(u32 row)
{
	u32 number = 0;
	struct tuple t;

	do
		t = tuple_of(number++, 1, 0);
	while (row_of(t.hash) != row);
	return t;
}

/*
 * waits: so long the slot is claimed, and nothing can be seen there yet. Return: how
 * the table's rest is told at the end of it.
 */
static enum tcpshake_table_rest open_slowly(const struct tuple *t, u8 state, u32 waits)
{
	enum tcpshake_table_rest claimed;
	struct tcpshake_tuple tuple;
	unsigned int way;

	local_bh_disable();
	tcpshake_table_enter(&nets[t->owner], t->hash, &t->seg, true, &tuple);
	if (!tcpshake_table_claim(&tuple, now_us(), false, &way))
		abort();
	while (waits--)
		barrier();
	claimed = rest();
	*tcpshake_table_flow(&tuple, way) = flow_of(t, state);
	tcpshake_table_commit(&tuple, way, state);
	tcpshake_table_leave(&tuple);
	local_bh_enable();
	return claimed;
}

static enum tcpshake_table_rest open_flow(const struct tuple *t, u8 state)
{
	return open_slowly(t, state, 0);
}

/* Return: it was there. */
static bool drop_flow(const struct tuple *t)
{
	struct tcpshake_tuple tuple;
	bool there;

	local_bh_disable();
	there = tcpshake_table_enter(&nets[t->owner], t->hash, &t->seg, false, &tuple);
	if (there) {
		tcpshake_table_commit(&tuple, __ffs(tuple.ways), 0);
		tcpshake_table_leave(&tuple);
	}
	local_bh_enable();
	return there;
}

/* ---- one thread -------------------------------------------------------------- */

FIXTURE(rest) {
	u32 rows;
};

FIXTURE_SETUP(rest)
{
	shim_seed(DEFAULT_SEED);
	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
	nets_init(2);
	self->rows = tcpshake_table_rows();
	departures = 0;
}

FIXTURE_TEARDOWN(rest)
{
	tcpshake_table_exit();
}

/* Return: microseconds until the table is idle, at most. */
static u64 time_to_rest(u64 at_most)
{
	const u64 start = now_us();

	while (rest() != TCPSHAKE_TABLE_IDLE && now_us() < start + at_most)
		pass_to_work();
	return now_us() - start;
}

/* The sweep is about to begin a pass. */
static void to_begin_of_pass(void)
{
	while (rest() != TCPSHAKE_TABLE_CHECKED)
		pass_to_work();
}

TEST_F(rest, of_an_empty_table)
{
	EXPECT_EQ(TCPSHAKE_TABLE_BUSY, rest());
	EXPECT_GT(REST_US, time_to_rest(10 * SECOND));
	EXPECT_EQ(TCPSHAKE_TABLE_IDLE, rest());
	pass_time(100 * SECOND);
	EXPECT_EQ(TCPSHAKE_TABLE_IDLE, rest());
}

/* Not after half a pass: a flow might be in the other half. */
TEST_F(rest, takes_a_whole_pass)
{
	int part;

	pass_to_work();
	EXPECT_EQ(TCPSHAKE_TABLE_CHECKED, rest());
	for (part = 1; part < PARTS - 1; part++) {
		pass_to_work();
		EXPECT_EQ(TCPSHAKE_TABLE_CHECKED, rest());
	}
	EXPECT_LT(PASS_US - 2 * PASS_US / PARTS, now_us());
}

TEST_F(rest, ends_with_a_claim)
{
	const struct tuple t = tuple_in(self->rows / 2);

	time_to_rest(10 * SECOND);
	EXPECT_EQ(TCPSHAKE_TABLE_BUSY, open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN));
	EXPECT_TRUE(drop_flow(&t));
	EXPECT_EQ(TCPSHAKE_TABLE_BUSY, rest());
	EXPECT_GT(REST_US, time_to_rest(10 * SECOND));
	/* and the same while the sweep is looking */
	EXPECT_EQ(TCPSHAKE_TABLE_BUSY, open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN));
	EXPECT_TRUE(drop_flow(&t));
	to_begin_of_pass();
	EXPECT_EQ(TCPSHAKE_TABLE_BUSY, open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN));
}

/*
 * A flow that is there, in any row, from any moment of a pass on: the sweep may be
 * before it or behind. When it is gone the table comes to rest, not before.
 */
TEST_F(rest, never_with_a_flow_anywhere)
{
	u32 row;
	int part, i;

	for (row = 0; row < self->rows; row += row == self->rows - 2 ? 1 : 20) {
		const struct tuple t = tuple_in(row);

		for (part = 0; part <= PARTS; part++) {
			for (i = 0; i < part; i++)
				pass_to_work();
			EXPECT_EQ(TCPSHAKE_TABLE_BUSY, open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN));
			for (i = 0; i < 3 * PARTS; i++) {
				pass_to_work();
				ASSERT_NE(TCPSHAKE_TABLE_IDLE, rest())
					TH_LOG("row %u, part %d, then %d more", row, part, i);
			}
			EXPECT_TRUE(drop_flow(&t));
			ASSERT_GT(REST_US, time_to_rest(10 * SECOND));
			ASSERT_EQ(TCPSHAKE_TABLE_IDLE, rest());
		}
	}
	EXPECT_EQ(0, departures);
}

/* A flow that came and went within a pass, before the sweep or behind it. */
TEST_F(rest, not_by_a_pass_with_a_claim)
{
	u32 row;
	int part, i;

	for (row = 0; row < self->rows; row += self->rows - 1) {
		const struct tuple t = tuple_in(row);

		for (part = 0; part < PARTS - 1; part++) {
			open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN);
			drop_flow(&t);
			to_begin_of_pass();
			for (i = 0; i < part; i++)
				pass_to_work();
			ASSERT_EQ(TCPSHAKE_TABLE_CHECKED, rest());
			open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN);
			drop_flow(&t);
			/* the rest of this pass, and nearly all of the next */
			for (i = part; i < 2 * PARTS - 2; i++) {
				pass_to_work();
				ASSERT_NE(TCPSHAKE_TABLE_IDLE, rest())
					TH_LOG("row %u, part %d, to %d", row, part, i);
			}
			ASSERT_GT(REST_US, time_to_rest(10 * SECOND));
		}
	}
}

TEST_F(rest, not_while_a_flow_lingers)
{
	const struct tuple t = tuple_in(7);
	u64 due_us;

	nets[1].config.linger = 30000;
	open_flow(&t, TCPSHAKE_FLOW_LINGERING);
	for (due_us = now_us() + 30 * SECOND; now_us() + PASS_US / PARTS < due_us;) {
		ASSERT_NE(TCPSHAKE_TABLE_IDLE, rest());
		pass_to_work();
	}
	EXPECT_EQ(0, departures);
	/* a pass finds it, the next nothing */
	EXPECT_GT(REST_US + PASS_US, time_to_rest(100 * SECOND));
	EXPECT_LE(due_us, now_us());
	EXPECT_EQ(1, departures);
}

/* What is left of a namespace that is gone stays until it is purged. */
TEST_F(rest, not_before_a_purge)
{
	const struct tuple t = tuple_in(self->rows - 1);

	open_flow(&t, TCPSHAKE_STATE_HALF_OPEN_SYN);
	nets[1].id = 0;
	pass_time(300 * SECOND);
	EXPECT_NE(TCPSHAKE_TABLE_IDLE, rest());
	tcpshake_table_purge(1);
	EXPECT_GT(REST_US, time_to_rest(10 * SECOND));
	EXPECT_EQ(0, departures);
}

/* ---- two threads ------------------------------------------------------------- */

enum { CLAIMS = 20000 };

struct race {
	u32 over;
	/* the claiming thread saw */
	u64 rests;		/* after its flow was gone; there may be more */
	u64 faults;		/* idle with its flow in the table, or its slot claimed */
};

/* The sweep of a table of one row, without a pause. */
static void *sweep_on(void *context)
{
	struct race *race = context;

	while (!READ_ONCE(race->over)) {
		WRITE_ONCE(shim_now_ns, shim_next_work_ns());
		shim_run_work();
		if (rest() == TCPSHAKE_TABLE_IDLE)
			sched_yield();
	}
	return NULL;
}

/* A pass that begins while a slot is claimed has to wait, or it finds nothing there. */
static void claim_on(struct race *race, struct random *random)
{
	const struct tuple t = tuple_of(pick_below(random, 1000), 1, 0);
	u32 waits = pick_below(random, 2000);

	race->faults += open_slowly(&t, TCPSHAKE_STATE_HALF_OPEN_SYN, waits) == TCPSHAKE_TABLE_IDLE;
	for (waits = pick_below(random, 2000); waits; waits--)
		race->faults += rest() == TCPSHAKE_TABLE_IDLE;
	drop_flow(&t);
	if (pick(random) % 2)
		return;
	while (rest() != TCPSHAKE_TABLE_IDLE)
		sched_yield();
	race->rests++;
}

/* Nothing expires meanwhile: what the claiming thread has put there, it takes away. */
TEST(race)
{
	struct random random = seeded(_metadata);
	struct race race = { 0 };
	pthread_t sweeping;
	u32 i;

	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_WAYS));	/* a pass is soon over */
	nets_init(1);
	nets[1].config.syn_timeout = U32_MAX / 1000;
	nets[1].config.max_age = U32_MAX / 1000;
	ASSERT_EQ(0, pthread_create(&sweeping, NULL, sweep_on, &race));
	for (i = 0; i < CLAIMS && !race.faults; i++)
		claim_on(&race, &random);
	WRITE_ONCE(race.over, 1);
	pthread_join(sweeping, NULL);
	TH_LOG("%u claims, %llu times idle", i, (unsigned long long)race.rests);
	EXPECT_EQ(0, race.faults);
	EXPECT_LT(CLAIMS / 4, race.rests);
	tcpshake_table_exit();
}

TEST_HARNESS_MAIN
