// SPDX-License-Identifier: GPL-2.0
/*
 * The reader's store, as a live capture uses it: attempts are told when they end,
 * and time ends them though no segment comes.
 */
#include "core_test.h"
#include "store.h"

#define SECOND_US 1000000ULL
#define START_US (1000 * SECOND_US)

/* What was told, in its order. */
struct told {
	unsigned int count;
	struct attempt attempts[64];
};

static void tell(void *context, const struct attempt *attempt)
{
	struct told *told = context;

	if (told->count < ARRAY_LENGTH(told->attempts))
		told->attempts[told->count++] = *attempt;
}

static struct store *new_store(u32 flows_max, struct told *told)
{
	struct store *store = store_new(flows_max, tell, told);

	if (!store)
		abort();
	told->count = 0;
	return store;
}

/* A segment of the connection with this number, when the clock says that. */
static bool give(struct store *store, u16 number, enum tcpshake_direction from, u16 flags,
		 u64 clock_us)
{
	struct tcpshake_segment seg =
		segment(from, flags, from == TCPSHAKE_FROM_CLIENT ? 1000 : 5000,
			from == TCPSHAKE_FROM_CLIENT ? 5001 : 1001, 0);

	if (from == TCPSHAKE_FROM_CLIENT) {
		seg.src_port = number;
		seg.seq += !(flags & SYN);
	} else {
		seg.dst_port = number;
	}
	return store_segment(store, &seg, clock_us * 1000, clock_us);
}

static bool give_syn(struct store *store, u16 number, u64 clock_us)
{
	return give(store, number, TCPSHAKE_FROM_CLIENT, SYN, clock_us);
}

static bool give_refusal(struct store *store, u16 number, u64 clock_us)
{
	return give(store, number, TCPSHAKE_FROM_SERVER, RST | ACK, clock_us);
}

TEST(order_of_first_syn)
{
	struct told told;
	struct store *store = new_store(16, &told);

	EXPECT_TRUE(give_syn(store, 1, START_US));
	EXPECT_TRUE(give_syn(store, 2, START_US + 1));
	EXPECT_TRUE(give_refusal(store, 2, START_US + 2));
	EXPECT_EQ(0u, told.count);
	EXPECT_TRUE(give_refusal(store, 1, START_US + 3));
	ASSERT_EQ(2u, told.count);
	EXPECT_EQ(1u, told.attempts[0].ended.flow.client_port);
	EXPECT_EQ(2u, told.attempts[1].ended.flow.client_port);
	store_free(store);
}

TEST(order_of_end)
{
	struct told told;
	struct store *store = new_store(16, &told);

	store_tell_at_end(store);
	EXPECT_TRUE(give_syn(store, 1, START_US));
	EXPECT_TRUE(give_syn(store, 2, START_US + 1));
	EXPECT_TRUE(give_syn(store, 3, START_US + 2));
	EXPECT_TRUE(give_refusal(store, 2, START_US + 3));
	ASSERT_EQ(1u, told.count);
	EXPECT_EQ(2u, told.attempts[0].ended.flow.client_port);
	EXPECT_EQ((START_US + 1) * 1000, told.attempts[0].time_ns);
	EXPECT_TRUE(give_refusal(store, 1, START_US + 4));
	ASSERT_EQ(2u, told.count);
	EXPECT_EQ(1u, told.attempts[1].ended.flow.client_port);
	store_finish(store, START_US + 7);
	ASSERT_EQ(3u, told.count);
	EXPECT_EQ(0u, told.attempts[2].ended.outcome);
	EXPECT_EQ(HALF_OPEN_SYN, VALUE(told.attempts[2].ended.flow.state));
	EXPECT_EQ(5u, told.attempts[2].ended.total_us);
	EXPECT_TRUE(store_is_consistent(store));
	store_free(store);
}

/* Nobody waits for the oldest attempt, so it is not evicted for those that would. */
TEST(old_attempt_is_left_alone)
{
	u64 clock_us = START_US;
	struct told told;
	struct store *store = new_store(16, &told);
	u16 number;

	store_tell_at_end(store);
	EXPECT_TRUE(give_syn(store, 1, clock_us));
	for (number = 2; number < 202; number++) {
		EXPECT_TRUE(give_syn(store, number, ++clock_us));
		EXPECT_TRUE(give_refusal(store, number, ++clock_us));
	}
	EXPECT_EQ(0u, store_counters(store)->outcomes[TCPSHAKE_OUTCOME_EVICTED]);
	EXPECT_EQ(200u, store_counters(store)->outcomes[TCPSHAKE_OUTCOME_REFUSED]);
	EXPECT_EQ(1u, store_counters(store)->pending[HALF_OPEN_SYN]);
	store_free(store);
}

TEST(time_goes_on_without_segments)
{
	struct told told;
	struct store *store = new_store(16, &told);

	store_tell_at_end(store);
	EXPECT_TRUE(give_syn(store, 1, START_US));
	EXPECT_TRUE(give_syn(store, 2, START_US));
	EXPECT_TRUE(give(store, 2, TCPSHAKE_FROM_SERVER, SYN | ACK, START_US + SECOND_US));
	store_advance(store, START_US + 74 * SECOND_US);
	EXPECT_EQ(0u, told.count);
	store_advance(store, START_US + 76 * SECOND_US);
	ASSERT_EQ(2u, told.count);
	EXPECT_EQ(TCPSHAKE_OUTCOME_UNANSWERED, told.attempts[0].ended.outcome);
	EXPECT_EQ(TCPSHAKE_OUTCOME_UNACKED, told.attempts[1].ended.outcome);
	EXPECT_EQ(75 * SECOND_US, told.attempts[0].ended.total_us);
	EXPECT_TRUE(store_is_consistent(store));
	store_free(store);
}

/* A clock that stands still, or is asked about twice, ends nothing. */
TEST(time_does_not_go_back)
{
	struct told told;
	struct store *store = new_store(16, &told);

	store_tell_at_end(store);
	EXPECT_TRUE(give_syn(store, 1, START_US));
	store_advance(store, START_US);
	store_advance(store, START_US);
	EXPECT_EQ(0u, told.count);
	EXPECT_EQ(1u, store_counters(store)->pending[HALF_OPEN_SYN]);
	store_free(store);
}

TEST_HARNESS_MAIN
