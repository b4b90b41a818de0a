// SPDX-License-Identifier: GPL-2.0
/*
 * The module's caller of the engine, on its table, against the driver of the other
 * tests: both find the flows of a tuple in their own way, and random segments and ICMP
 * errors have to leave the same books. TCPSHAKE_SEED in the environment replays.
 */
#include "details.h"
#include "recipe.h"
#include "table_test.h"
#include "track.h"

#define STEPS 400000
#define ROUND 500

static const struct tcpshake_timeouts timeouts = { 75000000, 75000000, 140000000, 3000000 };

static struct books ours;
static u64 forgotten;
static u8 last_exit;
static bool is_error;		/* what arrived last was none of TCP's */
static const char *book_fault;

struct world {
	struct driver drivers[RECIPE_TUPLES];
	struct books books;
	struct random random;
};

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	unsigned int i;

	/* of a packet there is one verdict with an exit, and that is on the segment */
	if ((v->exit && (last_exit || !seg)) || (seg && !v->exit && !is_error))
		book_fault = "a verdict on another segment, or on none";
	if (v->exit)
		last_exit = v->exit;
	ours.packets += !!v->exit;
	ours.exits[v->exit] += !!v->exit;
	ours.attempts += v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	ours.outcomes[v->ended.outcome]++;
	ours.gauges[v->from]--;
	ours.gauges[v->to]++;
	for (i = 0; i < TCPSHAKE_NOTES; i++)
		ours.notes[i] += v->notes >> i & 1;
	for (i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++)
		ours.anomalies[i] += tcpshake_anomalies_has(&v->anomalies, i);
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
	forgotten++;
}

void tcpshake_net_check_quotas(void)
{
}

/* Now and then come SYNs above all, of all ISNs there are, one upon the other. */
static bool is_flood(u32 step)
{
	return step % 4096 < 512;
}

/* And then SYN-ACKs to one SYN. */
static bool is_flood_of_answers(u32 step)
{
	return step % 4096 >= 512 && step % 4096 < 700;
}

static void pick_recipe(struct world *w, u32 step, u8 recipe[RECIPE_OCTETS])
{
	const u64 octets = pick(&w->random);
	const u64 chance = pick(&w->random) >> 20;

	memcpy(recipe, &octets, RECIPE_OCTETS);
	recipe[0] &= chance & 7 && !is_flood(step) ? 0x7f : 0xff;
	if (chance & 0x18 && !is_flood(step)) {
		recipe[1] &= 0x73;
		recipe[2] &= 0x77;
	}
	recipe[6] = chance & 0xfe0 ? 0 : 0xe0;
	if (is_flood_of_answers(step) && chance & 0xf000) {
		recipe[0] = chance & 0x10000 ? 4 | 3 << 3 : 0;
		recipe[1] = 1;
		recipe[2] &= 0x0f;
		recipe[6] = 0;
	}
}

static void befall(struct world *w, u32 step)
{
	const struct tcpshake_packet packet = { .skb = NULL };
	struct tcpshake_segment seg, same;
	u8 recipe[RECIPE_OCTETS];
	struct driver *d;

	pick_recipe(w, step, recipe);
	d = &w->drivers[recipe[0] % RECIPE_TUPLES];
	seg = recipe_segment(recipe);
	same = seg;
	last_exit = 0;
	is_error = recipe[6];
	local_bh_disable();
	if (recipe[6]) {
		const u8 how = 1 + recipe[7] % TCPSHAKE_UNREACHABLE_MAX;

		driver_unreachable(d, &seg, how, now_us());
		tcpshake_track_unreachable(&nets[1], &packet, &same, how);
	} else {
		driver_receive(d, &seg, now_us());
		tcpshake_track(&nets[1], &packet, &same);
	}
	local_bh_enable();
	driver_fault(d, d->exit != last_exit, "another exit");
	driver_fault(d, shim_locks_held() || shim_atomic, "a lock is kept");
}

static void advance(struct world *w, u64 us)
{
	unsigned int i;

	pass_time(us);
	for (i = 0; i < RECIPE_TUPLES; i++)
		driver_advance(&w->drivers[i], now_us());
}

static const char *books_differ(const struct world *w)
{
	const struct books *b = &w->books;
	unsigned int i;

	for (i = 0; i < RECIPE_TUPLES; i++)
		if (w->drivers[i].fault)
			return w->drivers[i].fault;
	if (book_fault)
		return book_fault;
	if (ours.packets != b->packets || memcmp(ours.exits, b->exits, sizeof(b->exits)))
		return "exits";
	if (ours.attempts != b->attempts)
		return "attempts";
	if (memcmp(ours.outcomes + 1, b->outcomes + 1,
		   sizeof(b->outcomes) - sizeof(b->outcomes[0])))
		return "outcomes";
	if (memcmp(ours.notes, b->notes, sizeof(b->notes)))
		return "notes";
	if (memcmp(ours.anomalies, b->anomalies, sizeof(b->anomalies)))
		return "anomalies";
	return memcmp(ours.gauges + 1, b->gauges + 1, sizeof(b->gauges) - sizeof(b->gauges[0])) ?
		       "gauges" : NULL;
}

/* The driver has room for more flows of a tuple than a row: before that matters, all may end. */
static bool is_crowded(const struct world *w)
{
	unsigned int i;

	for (i = 0; i < RECIPE_TUPLES; i++)
		if (hweight32(w->drivers[i].used) >= TCPSHAKE_WAYS)
			return true;
	return false;
}

/* No two tuples may share room for details: none is to be forgotten. */
static bool is_spread(void)
{
	u32 groups[RECIPE_TUPLES];
	unsigned int i, j;

	for (i = 0; i < RECIPE_TUPLES; i++) {
		const u8 recipe[RECIPE_OCTETS] = { i };
		const struct tcpshake_segment seg = recipe_segment(recipe);

		groups[i] = row_of(tcpshake_table_hash(&nets[1], &seg, 0)) / TCPSHAKE_DETAILS_ROWS;
		for (j = 0; j < i; j++)
			if (groups[i] == groups[j])
				return false;
	}
	return true;
}

static void make_table(struct __test_metadata *_metadata)
{
	for (;;) {
		ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
		nets_init(1);
		if (is_spread())
			return;
		tcpshake_table_exit();
	}
}

TEST(same_books)
{
	struct world w = { .random = seeded(_metadata) };
	const char *differ = NULL;
	u32 i, crowded = 0;

	shim_now_ns = SECOND * 1000 * 1000;
	make_table(_metadata);
	for (i = 0; i < RECIPE_TUPLES; i++) {
		w.drivers[i].books = &w.books;
		w.drivers[i].timeouts = &timeouts;
	}
	for (i = 0; i < STEPS && !differ; i++) {
		pass_time(1 + pick_below(&w.random, i % 4096 < 700 ? 3000 : 300000));
		if (is_crowded(&w)) {
			crowded++;
			advance(&w, 200 * SECOND);
		}
		befall(&w, i);
		if (i % ROUND == 0) {
			/* the table is not as prompt as the driver: all has to be over */
			advance(&w, 200 * SECOND);
			differ = books_differ(&w);
		}
	}
	EXPECT_EQ(NULL, differ)
		TH_LOG("step %u: %s", i, differ);
	EXPECT_EQ(0, forgotten);
	TH_LOG("%u steps, %u times a tuple had as many flows as a row", i, crowded);
	tcpshake_table_exit();
}

TEST_HARNESS_MAIN
