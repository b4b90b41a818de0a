// SPDX-License-Identifier: GPL-2.0
/*
 * A million random segments over a few tuples, each of which may have ten attempts
 * and more at once, with books kept by verdicts alone. After every step the books
 * must agree with the flows and with themselves, and every outcome must have been
 * due; and all of it is the same without details as with them. TCPSHAKE_SEED in the
 * environment replays.
 */
#include "core_test.h"

#include "recipe.h"

#define STEPS 1000000
#define GRAIN 32768u		/* client_seen is in units of 2^15 us, rounded down */
#define DEFAULT_SEED 20240611

static const struct tcpshake_timeouts timeouts = { 7000000, 9000000, 20000000, 2000000 };

struct random {
	u64 state;
};

static u64 pick(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

static struct random seeded(struct __test_metadata *_metadata)
{
	const char *seed = getenv("TCPSHAKE_SEED");
	struct random r = { seed ? strtoull(seed, NULL, 0) : DEFAULT_SEED };

	if (!r.state)
		r.state = DEFAULT_SEED;
	TH_LOG("TCPSHAKE_SEED=%llu", (unsigned long long)r.state);
	return r;
}

/*
 * Mostly a little time goes by, and nothing else befalls anybody. Now and then come
 * SYNs above all, of all ISNs there are.
 */
static void pick_recipe(struct random *r, unsigned int step, u8 recipe[RECIPE_OCTETS])
{
	const bool flood = step % 4096 < 512;
	const u64 octets = pick(r);
	const u64 chance = pick(r) >> 20;

	memcpy(recipe, &octets, RECIPE_OCTETS);
	recipe[0] &= chance & 7 && !flood ? 0x7f : 0xff;
	if (chance & 0x38 && !flood) {
		recipe[1] &= 0x73;	/* as it should be, or nearly */
		recipe[2] &= 0x77;
	}
	if (chance & 0xfc0 || flood)
		recipe[5] &= 0x7f;
	if (chance & 0x1f000)
		recipe[6] = 0;
}

struct world {
	struct driver drivers[RECIPE_TUPLES];
	struct books books;
};

static void world_init(struct world *w, bool blind)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < RECIPE_TUPLES; i++) {
		w->drivers[i].books = &w->books;
		w->drivers[i].timeouts = &timeouts;
		w->drivers[i].blind = blind;
	}
}

static const char *world_step(struct world *w, const u8 recipe[RECIPE_OCTETS], u64 now_us)
{
	unsigned int i;

	recipe_follow(w->drivers, recipe, now_us);
	for (i = 0; i < RECIPE_TUPLES; i++)
		if (w->drivers[i].fault)
			return w->drivers[i].fault;
	return driver_books_differ(w->drivers, RECIPE_TUPLES);
}

static void expect_all_seen(struct __test_metadata *_metadata, const struct books *books)
{
	unsigned int i;

	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++) {
		EXPECT_GT(books->outcomes[i], 100)
			TH_LOG("few %s", tcpshake_outcome_name(i));
	}
	for (i = 1; i <= TCPSHAKE_EXIT_MAX; i++) {
		if (i >= TCPSHAKE_EXIT_MALFORMED && i <= TCPSHAKE_EXIT_OPAQUE)
			continue;
		EXPECT_GT(books->exits[i], 100)
			TH_LOG("few %s", tcpshake_exit_name(i));
	}
	for (i = TCPSHAKE_ANOMALY_SYN_DIFF_ISN; i <= TCPSHAKE_ANOMALY_MAX; i++) {
		/* of the header, but for one; and what takes a thousand segments */
		if ((i >= TCPSHAKE_ANOMALY_CSUM_BAD && i <= TCPSHAKE_ANOMALY_ECT_ON_SYN &&
		     i != DRIVER_BROUGHT && i != TCPSHAKE_ANOMALY_FLAGS_MAIMON) ||
		    i == TCPSHAKE_ANOMALY_SYNACK_DATA || i == TCPSHAKE_ANOMALY_DATA_NO_ACK_FLAG ||
		    i == TCPSHAKE_ANOMALY_RST_DATA || i == TCPSHAKE_ANOMALY_MSS_TINY ||
		    i == TCPSHAKE_ANOMALY_RST_STORM || i == TCPSHAKE_ANOMALY_FIN_STORM)
			continue;
		EXPECT_GT(books->anomalies[i], 0)
			TH_LOG("no %s", tcpshake_anomaly_name(i));
	}
	for (i = 0; i < TCPSHAKE_NOTES; i++) {
		EXPECT_GT(books->notes[i], 100)
			TH_LOG("few of note %u", i);
	}
}

TEST(books_agree_with_the_flows)
{
	struct random r = seeded(_metadata);
	u64 now_us = 0xfff00000;	/* the 32-bit clock wraps many times on the way */
	unsigned int i, most = 0;
	struct world w;

	world_init(&w, false);
	for (i = 0; i < STEPS; i++) {
		const char *wrong;
		u8 recipe[RECIPE_OCTETS];
		unsigned int pending;

		pick_recipe(&r, i, recipe);
		now_us += recipe_time(recipe);
		wrong = world_step(&w, recipe, now_us);
		ASSERT_EQ(NULL, wrong)
			TH_LOG("step %u: %s", i, wrong);
		driver_pending(&w.drivers[recipe[0] % RECIPE_TUPLES], &pending);
		most = pending > most ? pending : most;
	}
	/* Else the million have not been everywhere. */
	EXPECT_GE(most, TCPSHAKE_SYNS_MAX);
	expect_all_seen(_metadata, &w.books);
	EXPECT_LE(w.books.notes[TCPSHAKE_NOTE_STALLED],
		  w.books.outcomes[TCPSHAKE_OUTCOME_COMPLETED]);
	EXPECT_LE(w.books.notes[TCPSHAKE_NOTE_CONFIRMED],
		  w.books.outcomes[TCPSHAKE_OUTCOME_COMPLETED]);
}

/* Two marks say what only details know: whether timestamps are in use, and tell SYNs apart. */
static bool alike(const struct tcpshake_flow *a, const struct tcpshake_flow *b)
{
	struct tcpshake_flow other = *b;

	if (a->state == LINGERING) {
		other.marks &= ~TCPSHAKE_MARK_TIMESTAMPS;
		other.marks |= a->marks & TCPSHAKE_MARK_TIMESTAMPS;
	} else if (is_pending_state(a->state) || a->state == RIVAL) {
		other.marks &= ~TCPSHAKE_MARK_AMBIGUOUS;
		other.marks |= a->marks & TCPSHAKE_MARK_AMBIGUOUS;
	}
	return !memcmp(a, &other, sizeof(other));
}

static bool same_world(const struct world *a, const struct world *b)
{
	unsigned int i, way;

	if (memcmp(&a->books, &b->books, offsetof(struct books, anomalies)))
		return false;
	for (i = 0; i < RECIPE_TUPLES; i++) {
		if (a->drivers[i].used != b->drivers[i].used)
			return false;
		for_each_way(&a->drivers[i], way)
			if (!alike(&a->drivers[i].flows[way], &b->drivers[i].flows[way]))
				return false;
	}
	return true;
}

/* Exits, outcomes and flows are the same whether details are there, lost, or never were. */
TEST(outcomes_do_not_depend_on_details)
{
	struct random r = seeded(_metadata);
	struct world seeing, blind;
	u64 now_us = 0xfff00000;
	unsigned int i;

	world_init(&seeing, false);
	world_init(&blind, true);
	for (i = 0; i < STEPS / 2; i++) {
		u8 recipe[RECIPE_OCTETS];

		pick_recipe(&r, i, recipe);
		now_us += recipe_time(recipe);
		ASSERT_EQ(NULL, world_step(&seeing, recipe, now_us));
		ASSERT_EQ(NULL, world_step(&blind, recipe, now_us));
		ASSERT_TRUE(same_world(&seeing, &blind))
			TH_LOG("step %u", i);
	}
	/* Else there was nothing to depend on. */
	EXPECT_GT(seeing.books.anomalies[TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG],
		  blind.books.anomalies[TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG]);
	EXPECT_GT(seeing.books.anomalies[TCPSHAKE_ANOMALY_SYNACK_OPT_UNOFFERED], 100);
	EXPECT_EQ(0, blind.books.anomalies[TCPSHAKE_ANOMALY_SYNACK_OPT_UNOFFERED]);
}

TEST_HARNESS_MAIN
