// SPDX-License-Identifier: GPL-2.0
/*
 * The reader's store against the driver of the other tests: both are callers of one
 * engine, written apart, and random segments have to leave the same books in both.
 * TCPSHAKE_SEED in the environment replays.
 */
#include "core_test.h"

#include "recipe.h"
#include "store.h"

#define STEPS 300000
#define ROUND 500
#define DEFAULT_SEED 20240611
#define TICK_US 40000		/* the store looks for what is due every 2^15 us */

/* Those of the store. */
static const struct tcpshake_timeouts timeouts = { 75000000, 75000000, 140000000, 3000000 };

struct world {
	struct driver drivers[RECIPE_TUPLES];
	struct books books;
	struct store *store;
	u64 random;
	u64 now_us;
};

static u64 pick(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

/* No evictions, and nothing forgotten: the store has room for all of it. */
static void pick_recipe(struct world *w, u8 recipe[RECIPE_OCTETS])
{
	const u64 octets = pick(w);
	const u64 chance = pick(w) >> 20;

	memcpy(recipe, &octets, RECIPE_OCTETS);
	recipe[0] &= 0x7f;
	if (chance & 3) {
		recipe[1] &= 0x73;
		recipe[2] &= 0x77;
	}
	recipe[3] &= chance & 4 ? 0xff : 0x1f;	/* hints seldom: captures have few */
	recipe[6] = chance & 0xf8 ? 0 : 0xe0;
}

static bool go_on(struct world *w)
{
	const u64 time_us = w->now_us;
	struct tcpshake_segment seg;
	u8 recipe[RECIPE_OCTETS];

	pick_recipe(w, recipe);
	seg = recipe_segment(recipe);
	/* hosts and the kernel know these, captures do not */
	seg.hints &= TCPSHAKE_HINT_UNOWNED;
	if (recipe[6]) {
		const u8 how = 1 + recipe[7] % TCPSHAKE_UNREACHABLE_MAX;

		driver_unreachable(&w->drivers[recipe[0] % RECIPE_TUPLES], &seg, how, time_us);
		return store_unreachable(w->store, &seg, how, time_us * 1000, time_us);
	}
	driver_receive(&w->drivers[recipe[0] % RECIPE_TUPLES], &seg, time_us);
	return store_segment(w->store, &seg, time_us * 1000, time_us);
}

static const char *books_differ(struct world *w)
{
	const struct store_counters *counters = store_counters(w->store);
	unsigned int i;

	for (i = 0; i < RECIPE_TUPLES; i++) {
		driver_advance(&w->drivers[i], w->now_us);
		if (w->drivers[i].fault)
			return w->drivers[i].fault;
	}
	store_advance(w->store, w->now_us);
	if (!store_is_consistent(w->store))
		return "the store contradicts itself";
	if (counters->segments != w->books.packets || counters->attempts != w->books.attempts)
		return "packets or attempts";
	if (memcmp(counters->exits, w->books.exits, sizeof(counters->exits)))
		return "exits";
	if (memcmp(counters->outcomes + 1, w->books.outcomes + 1,
		   sizeof(counters->outcomes) - sizeof(counters->outcomes[0])))
		return "outcomes";
	if (memcmp(counters->anomalies, w->books.anomalies, sizeof(counters->anomalies)))
		return "anomalies";
	if (memcmp(counters->notes, w->books.notes, sizeof(counters->notes)))
		return "notes";
	return memcmp(counters->pending + 1, w->books.gauges + 1,
		      sizeof(counters->pending) - sizeof(counters->pending[0])) ? "gauges" : NULL;
}

/* Where the driver has no room left, the store still has. */
static bool any_full(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < RECIPE_TUPLES; i++)
		if (w->drivers[i].used == (1u << DRIVER_FLOWS) - 1)
			return true;
	return false;
}

TEST(same_books)
{
	const char *seed = getenv("TCPSHAKE_SEED");
	struct world w = { .now_us = 1000000000 };
	unsigned int i;

	w.random = seed ? strtoull(seed, NULL, 0) : DEFAULT_SEED;
	w.random = w.random ? w.random : DEFAULT_SEED;
	TH_LOG("TCPSHAKE_SEED=%llu", (unsigned long long)w.random);
	w.store = store_new(100000, NULL, NULL);
	ASSERT_NE(NULL, w.store);
	for (i = 0; i < RECIPE_TUPLES; i++) {
		w.drivers[i].books = &w.books;
		w.drivers[i].timeouts = &timeouts;
	}
	for (i = 0; i < STEPS; i++) {
		const char *differ = NULL;

		w.now_us += 1 + pick(&w) % 300000;
		if (i % 5000 == 0)
			w.now_us += 200000000;	/* long enough for everything to end */
		ASSERT_TRUE(go_on(&w));
		ASSERT_FALSE(any_full(&w));
		if (i % ROUND)
			continue;
		w.now_us += TICK_US;
		differ = books_differ(&w);
		ASSERT_EQ(NULL, differ)
			TH_LOG("step %u: %s", i, differ);
	}
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++) {
		if (i == TCPSHAKE_OUTCOME_EVICTED)
			continue;
		EXPECT_GT(w.books.outcomes[i], 20)
			TH_LOG("few %s", tcpshake_outcome_name(i));
	}
	store_free(w.store);
}

TEST_HARNESS_MAIN
