// SPDX-License-Identifier: GPL-2.0
/*
 * Who has to go when a row is full: the order that row.h tells, one rule at a time,
 * in a table of one row that is filled by hand. The model tries them all at random.
 */
#include "table_test.h"

#define GRAIN 32768ull	/* the table keeps times in units of 2^15 us, rounded down */
#define NOBODY TCPSHAKE_WAYS

enum {
	SYN = TCPSHAKE_STATE_HALF_OPEN_SYN,
	SYNACK = TCPSHAKE_STATE_HALF_OPEN_SYNACK,
	OVER = TCPSHAKE_FLOW_LINGERING,
};

/* What a slot is given to. Clients are all different. */
struct one {
	u8 service;
	u8 state;
	u32 age_us;
	u8 owner;		/* 0: the first */
};

/* What came of a claim. */
struct departure {
	unsigned int way;	/* NOBODY: it was refused, or the slot was free */
	unsigned int count;	/* in the books */
	u8 outcome;
	u8 eviction;
};

static struct departure booked;

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	booked.count += tn->id == v->owner && !seg && v->from && !v->to;
	booked.outcome = v->ended.outcome;
	booked.eviction = v->ended.outcome ? v->ended.eviction : 0;
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
}

void tcpshake_net_check_quotas(void)
{
}

/* ---- a row ------------------------------------------------------------------- */

static u32 clients;

/* Four addresses, each with four ports. */
static struct tuple tuple_to(u8 service, u16 owner)
{
	const u8 client[4] = { 10, clients >> 16, clients >> 8, clients };
	const u8 server[4] = { 192, 0, 2, service / 4 };
	struct tuple t = { .owner = owner ? owner : 1 };

	clients++;
	tcpshake_addr_from_v4(t.seg.src, client);
	tcpshake_addr_from_v4(t.seg.dst, server);
	t.seg.src_port = 1024 + clients % 50000;
	t.seg.dst_port = 80 + service % 4;
	t.hash = tcpshake_table_hash(&nets[t.owner], &t.seg, 0);
	return t;
}

/* Return: the slot that was had, NOBODY if none was. claim_us: by the claimer's clock. */
static unsigned int open_flow(const struct tuple *t, const struct tcpshake_flow *flow,
			      u64 claim_us, bool spare)
{
	struct tcpshake_tuple tuple;
	unsigned int way;

	local_bh_disable();
	tcpshake_table_enter(&nets[t->owner], t->hash, &t->seg, true, &tuple);
	if (tcpshake_table_claim(&tuple, claim_us, spare, &way)) {
		*tcpshake_table_flow(&tuple, way) = *flow;
		tcpshake_table_commit(&tuple, way, flow->state);
	} else {
		way = NOBODY;
	}
	tcpshake_table_leave(&tuple);
	local_bh_enable();
	return way;
}

static struct tuple put(struct one one)
{
	const struct tuple t = tuple_to(one.service, one.owner);
	struct tcpshake_flow flow = flow_of(&t, one.state);

	flow.syn_us -= one.age_us;
	open_flow(&t, &flow, now_us(), false);
	return t;
}

static void fill(const struct one *row, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		put(row[i]);
}

#define FILL(...) fill((const struct one[]){ __VA_ARGS__ },			\
		       sizeof((const struct one[]){ __VA_ARGS__ }) / sizeof(struct one))

/* Another attempt, for a service of its own, or what is none. */
static struct departure claim_at(u64 claim_us, u8 owner, bool spare)
{
	const struct tuple t = tuple_to(15, owner);
	const struct tcpshake_flow flow = flow_of(&t, spare ? TCPSHAKE_FLOW_ORPHAN : SYN);
	struct departure d;

	booked = (struct departure){ 0 };
	d.way = open_flow(&t, &flow, claim_us, spare);
	booked.way = d.way;
	return booked;
}

static struct departure claim(void)
{
	return claim_at(now_us(), 1, false);
}

FIXTURE(victim) {
};

FIXTURE_SETUP(victim)
{
	shim_seed(DEFAULT_SEED);
	shim_now_ns = 5000 * SECOND * 1000;
	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_WAYS));
	nets_init(2);
}

FIXTURE_TEARDOWN(victim)
{
	tcpshake_table_exit();
}

#define EXPECT_EVICTED(expected_way, cause, d) do {			\
	const struct departure _d = (d);				\
									\
	EXPECT_EQ(expected_way, _d.way);				\
	EXPECT_EQ(1, _d.count);						\
	EXPECT_EQ(TCPSHAKE_OUTCOME_EVICTED, _d.outcome);		\
	EXPECT_EQ(TCPSHAKE_EVICTION_##cause, _d.eviction);		\
} while (0)

/* ---- rules ------------------------------------------------------------------- */

TEST_F(victim, none_while_a_slot_is_free)
{
	FILL({ 1, OVER, 9 * SECOND }, { 1, SYN, 8 * SECOND }, { 1, SYN, 7 * SECOND },
	     { 1, SYN, 7 * SECOND }, { 1, SYN, 6 * SECOND }, { 1, SYN, 5 * SECOND },
	     { 1, SYN }, { 1, SYN }, { 1, SYN }, { 1, SYN }, { 1, SYN });
	EXPECT_EQ(11, claim().way);
	EXPECT_EQ(0, booked.count);
}

/* It costs nothing, however young it is, whatever crowds the row. */
TEST_F(victim, what_has_its_outcome)
{
	FILL({ 1, SYN, 9 * SECOND }, { 1, SYN, 8 * SECOND }, { 1, SYN, 7 * SECOND },
	     { 1, SYN, 7 * SECOND }, { 2, OVER }, { 2, OVER, 2 * SECOND }, { 2, OVER, SECOND },
	     { 3, SYNACK }, { 4, SYN }, { 5, SYN }, { 6, SYN }, { 7, SYN });
	EXPECT_EQ(5, claim().way);
	EXPECT_EQ(1, booked.count);
	EXPECT_EQ(0, booked.outcome);
}

TEST_F(victim, four_are_a_crowd)
{
	FILL({ 1, SYN, 9 * SECOND }, { 2, SYN, 8 * SECOND }, { 3, SYN, 7 * SECOND },
	     { 9, SYNACK, 5 * SECOND }, { 9, SYNACK, 6 * SECOND }, { 9, SYNACK, 4 * SECOND },
	     { 9, SYNACK }, { 4, SYN }, { 5, SYN }, { 6, SYN }, { 7, SYN }, { 8, SYN });
	EXPECT_EVICTED(4, CROWD, claim());
}

TEST_F(victim, three_are_none)
{
	FILL({ 1, SYNACK, 9 * SECOND }, { 2, SYN, 8 * SECOND }, { 3, SYN, 7 * SECOND },
	     { 9, SYN, 5 * SECOND }, { 9, SYN, 6 * SECOND }, { 9, SYN, 4 * SECOND },
	     { 10, SYNACK }, { 4, SYN }, { 5, SYN }, { 6, SYN }, { 7, SYN }, { 8, SYN });
	EXPECT_EVICTED(1, OLDEST, claim());
}

/* Another port, another address, another namespace: another service. */
TEST_F(victim, a_crowd_is_of_one_service)
{
	FILL({ 4, SYN, 6 * SECOND }, { 4, SYN, 5 * SECOND }, { 4, SYN, 5 * SECOND },
	     { 5, SYN, 4 * SECOND }, { 5, SYN, 4 * SECOND }, { 5, SYN, 3 * SECOND },
	     { 8, SYN, 3 * SECOND }, { 8, SYN, 2 * SECOND }, { 8, SYN, 2 * SECOND },
	     { 4, SYN, 7 * SECOND, 2 }, { 4, SYN, 7 * SECOND, 2 }, { 4, SYN, 8 * SECOND, 2 });
	EXPECT_EVICTED(11, OLDEST, claim());
}

/* What has its outcome, and is spared as it is the claimer's own, does not make a crowd. */
TEST_F(victim, a_crowd_is_pending)
{
	const struct tuple t = put((struct one){ 3, OVER, 6 * SECOND });
	const struct tcpshake_flow flow = flow_of(&t, SYN);

	FILL({ 1, SYN, 5 * SECOND }, { 3, SYN }, { 3, SYN }, { 3, SYN }, { 2, SYN }, { 4, SYN },
	     { 5, SYN }, { 6, SYN }, { 7, SYN }, { 8, SYN }, { 9, SYN });
	booked = (struct departure){ 0 };
	booked.way = open_flow(&t, &flow, now_us(), false);
	EXPECT_EVICTED(1, OLDEST, booked);
}

TEST_F(victim, of_a_crowd_the_unanswered)
{
	FILL({ 1, SYN, 9 * SECOND }, { 2, SYN, 9 * SECOND }, { 3, SYN, 9 * SECOND },
	     { 9, SYNACK, 8 * SECOND }, { 9, SYNACK, 6 * SECOND }, { 9, SYN, 4 * SECOND },
	     { 9, SYN, 5 * SECOND }, { 9, SYNACK, 7 * SECOND }, { 4, SYN }, { 5, SYN },
	     { 6, SYN }, { 7, SYN });
	EXPECT_EVICTED(6, CROWD, claim());
}

TEST_F(victim, of_two_crowds_the_cheaper)
{
	FILL({ 1, SYN, 9 * SECOND }, { 2, SYN, 9 * SECOND }, { 3, SYN, 9 * SECOND },
	     { 4, SYN, 9 * SECOND }, { 9, SYN, 4 * SECOND }, { 9, SYN, 4 * SECOND },
	     { 9, SYN, 4 * SECOND }, { 9, SYN, 4 * SECOND }, { 8, SYN, 4 * SECOND },
	     { 8, SYN, 5 * SECOND }, { 8, SYN, 4 * SECOND }, { 8, SYN, 4 * SECOND });
	EXPECT_EVICTED(9, CROWD, claim());
}

TEST_F(victim, else_the_unanswered_then_the_oldest)
{
	FILL({ 1, SYNACK, 9 * SECOND }, { 2, SYN, 2 * SECOND }, { 3, SYN, 3 * SECOND },
	     { 4, SYNACK, 5 * SECOND }, { 5, SYNACK, 6 * SECOND }, { 6, SYNACK, 4 * SECOND },
	     { 7, SYNACK }, { 8, SYNACK }, { 9, SYNACK }, { 10, SYNACK }, { 11, SYNACK },
	     { 12, SYNACK });
	EXPECT_EVICTED(2, OLDEST, claim());
	EXPECT_EVICTED(1, OLDEST, claim());
}

/* Where services share the row's bits, too: whichever two they are. */
TEST_F(victim, of_a_crowd_whoever_is_beside_it)
{
	unsigned int genuine, flood, way;

	for (genuine = 0; genuine < 15; genuine++) {
		for (flood = 0; flood < 15; flood++) {
			if (flood == genuine)
				continue;
			tcpshake_table_purge(1);
			put((struct one){ genuine, SYNACK, 9 * SECOND });
			for (way = 1; way < TCPSHAKE_WAYS; way++)
				put((struct one){ flood, SYNACK, (20 - way) * SECOND / 10 });
			EXPECT_EVICTED(1, CROWD, claim());
		}
	}
}

TEST_F(victim, young_for_a_second)
{
	FILL({ 1, SYN, SECOND - 1 }, { 2, SYNACK }, { 3, SYNACK }, { 4, SYNACK }, { 5, SYNACK },
	     { 6, SYNACK }, { 7, SYNACK }, { 8, SYNACK }, { 9, SYNACK }, { 10, SYNACK },
	     { 11, SYNACK }, { 12, SYNACK });
	EXPECT_EVICTED(0, OLDEST_YOUNG, claim());
	pass_time(SECOND);
	EXPECT_EVICTED(0, OLDEST, claim());
}

/* What another processor's clock says may be a bit later than ours. */
TEST_F(victim, never_for_being_ahead)
{
	FILL({ 1, SYN }, { 2, SYN }, { 3, SYN }, { 4, SYN, SECOND / 2 }, { 5, SYN },
	     { 6, SYN }, { 7, SYN }, { 8, SYN }, { 9, SYN }, { 10, SYN }, { 11, SYN }, { 12, SYN });
	EXPECT_EVICTED(3, OLDEST_YOUNG, claim_at(now_us() - 3 * GRAIN, 1, false));
}

/* The oldest may be older than half a round of the clock in its 16 bits. */
TEST_F(victim, the_oldest_however_old)
{
	nets[1].config.syn_timeout = 2000000;
	nets[1].config.max_age = 2000000;
	FILL({ 1, SYN }, { 2, SYN, 600 * SECOND }, { 3, SYN, 900 * SECOND },
	     { 4, SYN, 1500 * SECOND }, { 5, SYN, 30 * SECOND }, { 6, SYN }, { 7, SYN },
	     { 8, SYN }, { 9, SYN }, { 10, SYN }, { 11, SYN }, { 12, SYN });
	EXPECT_EVICTED(3, OLDEST, claim());
}

/* The sweep would have said so in a moment. */
TEST_F(victim, whose_time_is_up)
{
	FILL({ 1, SYN, 75 * SECOND }, { 2, SYNACK, 75 * SECOND }, { 3, SYNACK, 75 * SECOND - 1 },
	     { 4, SYNACK }, { 5, SYNACK }, { 6, SYNACK }, { 7, SYNACK }, { 8, SYNACK },
	     { 9, SYNACK }, { 10, SYNACK }, { 11, SYNACK }, { 12, SYNACK });
	EXPECT_EQ(0, claim().way);
	EXPECT_EQ(TCPSHAKE_OUTCOME_UNANSWERED, booked.outcome);
	EXPECT_EQ(0, booked.eviction);
	EXPECT_EQ(0, claim().way);	/* who came last is unanswered */
	FILL({ 1, SYNACK });
	EXPECT_EQ(1, claim().way);
	EXPECT_EQ(TCPSHAKE_OUTCOME_UNACKED, booked.outcome);
	FILL({ 1, SYNACK });
	EXPECT_EVICTED(2, OLDEST, claim());
}

/* ---- quotas and namespaces --------------------------------------------------- */

TEST_F(victim, of_another_namespace)
{
	FILL({ 1, SYN, 9 * SECOND, 2 }, { 2, SYN }, { 3, SYN }, { 4, SYN }, { 5, SYN }, { 6, SYN },
	     { 7, SYN }, { 8, SYN }, { 9, SYN }, { 10, SYN }, { 11, SYN }, { 12, SYN });
	EXPECT_EVICTED(0, OLDEST, claim());
}

/* It is just going: there are no books any more. */
TEST_F(victim, of_a_namespace_that_is_gone)
{
	FILL({ 1, SYN, 9 * SECOND, 2 }, { 2, SYN }, { 3, SYN }, { 4, SYN }, { 5, SYN }, { 6, SYN },
	     { 7, SYN }, { 8, SYN }, { 9, SYN }, { 10, SYN }, { 11, SYN }, { 12, SYN });
	nets[2].id = 0;
	EXPECT_EQ(0, claim().way);
	EXPECT_EQ(0, booked.count);
}

/* Whoever has a limit begins with its own. */
TEST_F(victim, own_before_others)
{
	nets[1].quota = 6;
	FILL({ 1, OVER, 9 * SECOND, 2 }, { 1, SYN, 8 * SECOND, 2 }, { 3, SYNACK, 2 * SECOND },
	     { 4, SYNACK, 3 * SECOND }, { 5, SYN, 8 * SECOND, 2 }, { 6, SYN, 8 * SECOND, 2 },
	     { 7, SYN, 0, 2 }, { 8, SYN, 0, 2 }, { 9, SYN, 0, 2 }, { 10, SYN, 0, 2 },
	     { 11, SYN, 0, 2 }, { 12, SYN, 0, 2 });
	EXPECT_EVICTED(3, OLDEST, claim());
	tcpshake_table_purge(1);
	FILL({ 1, SYN, 0, 2 }, { 2, SYN, 0, 2 });
	EXPECT_EQ(0, claim().way);	/* it has none: another's that costs nothing */
	EXPECT_EQ(0, booked.outcome);
}

TEST_F(victim, own_over_the_quota)
{
	nets[1].quota = 2;
	nets[1].over_quota = true;
	EXPECT_EQ(NOBODY, claim().way);	/* it has nothing to give up */
	EXPECT_EQ(0, booked.count);
	nets[1].over_quota = false;
	FILL({ 1, OVER, 9 * SECOND, 2 }, { 2, SYNACK, 2 * SECOND }, { 3, SYN, 8 * SECOND, 2 },
	     { 4, SYNACK, SECOND / 2 });
	nets[1].over_quota = true;
	EXPECT_EVICTED(1, QUOTA, claim());
	EXPECT_EVICTED(1, QUOTA_YOUNG, claim());
	EXPECT_EQ(NOBODY, claim_at(now_us(), 1, true).way);
}

/* Unless the claimer's own have the whole row. */
TEST_F(victim, own_of_the_tuple_last)
{
	const struct tuple t = tuple_to(3, 1);
	struct tcpshake_flow flow = flow_of(&t, SYN);
	unsigned int i;

	for (i = 0; i < TCPSHAKE_WAYS - 1; i++) {
		flow.syn_us = now_us() - (i == 5 ? 8 : 2) * SECOND;
		EXPECT_EQ(i, open_flow(&t, &flow, now_us(), false));
	}
	put((struct one){ 1, SYN });
	flow.syn_us = now_us();
	booked = (struct departure){ 0 };
	booked.way = open_flow(&t, &flow, now_us(), false);
	EXPECT_EVICTED(TCPSHAKE_WAYS - 1, OLDEST_YOUNG, booked);
	booked = (struct departure){ 0 };
	booked.way = open_flow(&t, &flow, now_us(), false);
	EXPECT_EVICTED(5, CROWD, booked);
}

TEST_F(victim, nobody_pending_for_what_is_no_attempt)
{
	FILL({ 1, SYN, 9 * SECOND }, { 1, SYN, 9 * SECOND }, { 1, SYN, 9 * SECOND }, { 1, SYN },
	     { 1, SYN }, { 6, SYN }, { 7, SYN }, { 8, OVER }, { 9, SYN }, { 10, SYN },
	     { 11, SYN }, { 12, SYN });
	EXPECT_EQ(7, claim_at(now_us(), 1, true).way);
	EXPECT_EQ(7, claim_at(now_us(), 1, true).way);	/* an orphan gives way to another */
	EXPECT_EQ(7, claim().way);
	EXPECT_EQ(NOBODY, claim_at(now_us(), 1, true).way);
	EXPECT_EQ(0, booked.count);
}

TEST_HARNESS_MAIN
