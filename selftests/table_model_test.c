// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table, compiled as it is, against a plain model of it (table_model.h): ten
 * million random calls, as the engine's caller makes them, in tables that are half
 * empty, full, or have all in one row; at the wraps of its clocks; with quotas; with
 * dumps and the end of namespaces in between. TCPSHAKE_SEED in the environment replays.
 */
#include "core/names.h"
#include "table_play.h"

enum place {
	SPREAD,
	ONE_ROW,		/* all tuples are in the same row */
	SAME_TAG,		/* as many as can be found have another's row and tag, or tag 0 */
};

struct config {
	enum place place;
	u32 tuples;
	u32 steps;
	u64 start_us;		/* the clock */
	u32 step_us;		/* time that goes by with each, on average */
	u32 nets;
	u32 quota;		/* slots each but the first may hold; 0: no limit */
	u8 opens, orphans, changes, dumps; /* of 256 steps; the others look for a tuple */
	bool timeouts;		/* are changed now and then */
	bool purges;		/* namespaces come to an end; details are looked at seldom */
	u8 causes;		/* bits of enum tcpshake_eviction that have to occur; 0: overdue */
	u32 rests;		/* so often the table has to be idle */
};

struct dump {
	u16 owner;
	u32 row;
	u32 number;		/* of the dump, from 1 */
	u32 newest;		/* the last flow that was opened before it */
};

struct world {
	struct model m;
	const struct config *config;
	struct dump dump;
};

static struct model *books_of;	/* who is told what the table's own work finds */
static u32 quota_checks;

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	model_check(books_of, !seg && tn->id == v->owner, "the end of another namespace's flow");
	if (!books_of->claiming) {
		model_expired(books_of, v);
		return;
	}
	books_of->departed = *v;
	books_of->departures++;
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
	model_check(books_of, !tn, "the table itself forgets nothing");
}

/* As in the module, but by the model's count. */
void tcpshake_net_check_quotas(void)
{
	unsigned int i;

	quota_checks++;
	for (i = 1; i <= NETS; i++)
		WRITE_ONCE(nets[i].over_quota, books_of && nets[i].quota < tcpshake_table_slots() &&
			   books_of->books[i].used >= nets[i].quota);
}

/* ---- dumps, and the end of a namespace --------------------------------------- */

static void begin_dump(struct world *w)
{
	w->dump.owner = 1 + pick_below(&w->m.random, w->config->nets);
	w->dump.newest = w->m.flow_count;
	w->dump.row = 0;
	w->dump.number++;
}

/* What was there from its beginning to its end has to be in it. */
static void end_dump(struct world *w)
{
	u32 i;

	for (i = 0; i < tcpshake_table_slots(); i++) {
		const struct model_flow *f = &w->m.flows[i];

		if (f->used && model_pending(f) && f->flow.owner == w->dump.owner &&
		    f->flow.client_isn <= w->dump.newest)
			model_check(&w->m, f->dumped == w->dump.number,
				    "a dump leaves out a flow that was there all the time");
	}
	begin_dump(w);
}

static void go_on_with_dump(struct world *w)
{
	u32 left = 1 + pick_below(&w->m.random, 8);
	unsigned int way;
	u32 seen_ways;

	for (; left && w->dump.row < tcpshake_table_rows(); left--, w->dump.row++) {
		struct model_flow *row = &w->m.flows[(size_t)w->dump.row * TCPSHAKE_WAYS];

		seen_ways = model_check_row(&w->m, w->dump.row, w->dump.owner);
		for (way = 0; way < TCPSHAKE_WAYS && !w->m.fault; way++) {
			if (!(seen_ways >> way & 1))
				continue;
			model_check(&w->m, row[way].dumped != w->dump.number,
				    "a dump shows a flow twice");
			row[way].dumped = w->dump.number;
		}
	}
	if (w->dump.row == tcpshake_table_rows())
		end_dump(w);
}

static void purge(struct model *m, u16 owner)
{
	u32 i;

	tcpshake_table_purge(owner);
	for (i = 0; i < tcpshake_table_slots(); i++) {
		struct model_flow *f = &m->flows[i];

		if (f->used && f->flow.owner == owner) {
			f->used = false;
			model_check(m, !model_is_there(m, f), "a flow outlives its namespace");
		}
	}
	memset(&m->books[owner], 0, sizeof(m->books[owner]));
}

/* Milliseconds, of all magnitudes. */
static u32 pick_timeout(struct random *r)
{
	return 100 + (pick_below(r, 599900) >> pick(r) % 13);
}

static void set_timeouts(struct model *m)
{
	struct random *r = &m->random;
	unsigned int i;

	for (i = 1; i <= NETS; i++) {
		WRITE_ONCE(nets[i].config.syn_timeout, pick_timeout(r));
		WRITE_ONCE(nets[i].config.synack_timeout, pick_timeout(r));
		WRITE_ONCE(nets[i].config.max_age, pick_timeout(r));
		WRITE_ONCE(nets[i].config.linger, pick_below(r, 60000) >> pick(r) % 8);
	}
	memset(m->row_due_us, 0, tcpshake_table_rows() * sizeof(*m->row_due_us));
	m->config_us = now_us();
}

/* ---- worlds ------------------------------------------------------------------ */

struct candidate {
	u64 place;		/* row and tag */
	u32 number;
};

static struct tuple candidate(const struct config *config, u32 i)
{
	return tuple_of(i / 2, 1 + i % config->nets, config->nets == 1 ? i % 2 : 0);
}

static int by_place(const void *a, const void *b)
{
	const struct candidate *s = a, *t = b;

	return (s->place > t->place) - (s->place < t->place);
}

/* Return: the candidates, those of one row and tag side by side. */
static struct candidate *make_candidates(const struct config *config, u32 count)
{
	struct candidate *all = calloc(count, sizeof(*all));
	u32 i;

	for (i = 0; all && i < count; i++) {
		const u32 hash = candidate(config, i).hash;

		all[i] = (struct candidate){ (u64)row_of(hash) << 16 | tag_of(hash), i };
	}
	if (all)
		qsort(all, count, sizeof(*all), by_place);
	return all;
}

static bool is_wanted(enum place place, const struct candidate *all, u32 i, u32 count)
{
	switch (place) {
	case ONE_ROW:
		return all[i].place >> 16 == all[count / 2].place >> 16;
	case SAME_TAG:
		return (u16)all[i].place <= 1 || (i && all[i - 1].place == all[i].place) ||
		       (i + 1 < count && all[i + 1].place == all[i].place);
	default:
		return true;
	}
}

/* config->tuples is how many there are to choose from. */
static bool make_tuples(struct world *w)
{
	const u32 count = w->config->tuples;
	struct candidate *all = make_candidates(w->config, count);
	struct model *m = &w->m;
	u32 i, wanted = 0;

	for (i = 0; all && i < count; i++)
		wanted += is_wanted(w->config->place, all, i, count);
	m->tuples = calloc(wanted, sizeof(*m->tuples));
	for (i = 0; all && m->tuples && i < count; i++)
		if (is_wanted(w->config->place, all, i, count))
			m->tuples[m->tuple_count++] = candidate(w->config, all[i].number);
	free(all);
	return m->tuple_count;
}

static bool make_world(struct world *w)
{
	const struct config *config = w->config;
	unsigned int i;

	shim_now_ns = config->start_us * 1000;
	if (tcpshake_table_init(TCPSHAKE_SLOTS_MIN))
		return false;
	nets_init(config->nets);
	for (i = 2; config->quota && i <= config->nets; i++)
		nets[i].quota = config->quota;
	w->m.flows = calloc(tcpshake_table_slots(), sizeof(*w->m.flows));
	w->m.row_due_us = calloc(tcpshake_table_rows(), sizeof(*w->m.row_due_us));
	w->m.config_us = now_us();
	w->m.blind = config->purges;
	books_of = &w->m;
	return w->m.flows && w->m.row_due_us && make_tuples(w);
}

static void end_world(struct world *w)
{
	unsigned int i;

	for (i = 1; i <= w->config->nets; i++)
		purge(&w->m, i);
	tcpshake_table_exit();
	free(w->m.flows);
	free(w->m.row_due_us);
	free(w->m.tuples);
}

static void step(struct world *w)
{
	const struct config *config = w->config;
	struct model *m = &w->m;
	const struct tuple *t = &m->tuples[pick_below(&m->random, m->tuple_count)];
	const u32 chance = pick(&m->random) & 0xff;
	const u32 opens = config->opens;
	const u32 orphans = opens + config->orphans;
	const u32 changes = orphans + config->changes;
	const u32 dumps = changes + config->dumps;
	const u32 checks = quota_checks;

	if (pass_time(pick_below(&m->random, 2 * config->step_us))) {
		model_swept(m);
		model_check(m, quota_checks != checks || m->idle, "quotas are not looked at");
	}
	if (chance < opens)
		open_flow(m, t, TCPSHAKE_STATE_HALF_OPEN_SYN);
	else if (chance < orphans)
		open_flow(m, t, TCPSHAKE_FLOW_ORPHAN);
	else if (chance < changes)
		change_flow(m, t);
	else if (chance < dumps)
		go_on_with_dump(w);
	else
		look_for(m, t);
	model_check_books(m);
	model_check_rest(m);
}

/* What comes seldom, or costs much. */
static void seldom(struct world *w, u32 i)
{
	if (w->config->timeouts && i % 3000 == 0)
		set_timeouts(&w->m);
	if (w->config->purges && i % 7000 == 6999)
		purge(&w->m, 1 + pick_below(&w->m.random, w->config->nets));
	if (i % 50000 == 49999)
		model_audit(&w->m);
}

static void report(struct __test_metadata *_metadata, const struct world *w, u32 steps)
{
	const struct model *m = &w->m;
	unsigned int i;

	TH_LOG("%u steps, %u tuples; slots: %llu fresh, %llu in use, %llu traded, %llu refused",
	       steps, m->tuple_count, m->claims[MODEL_FRESH], m->claims[MODEL_EVICTED],
	       m->claims[MODEL_TRADED], m->claims[MODEL_REFUSED]);
	TH_LOG("details: %llu forgotten; %u dumps; %llu times idle; clock %llu to %llu us",
	       m->forgot, w->dump.number - 1, m->rests, w->config->start_us, now_us());
	for (i = 0; i <= TCPSHAKE_EVICTION_MAX; i++)
		if (m->evictions[i])
			TH_LOG("%s: %llu", i ? tcpshake_eviction_name(i) : "overdue",
			       m->evictions[i]);
}

/* A run is worth what happened in it. */
static void expect_events(struct __test_metadata *_metadata, const struct world *w)
{
	unsigned int i;

	for (i = 0; i <= TCPSHAKE_EVICTION_MAX; i++) {
		if (w->config->causes >> i & 1)
			EXPECT_LT(0, w->m.evictions[i]);
	}
	EXPECT_LE(w->config->rests, w->m.rests);
	if (w->config->causes >> TCPSHAKE_EVICTION_QUOTA & 1)
		EXPECT_LT(w->m.claims[MODEL_REFUSED], w->m.claims[MODEL_TRADED]);
}

static void run(struct __test_metadata *_metadata, const struct config *config)
{
	struct world w = { .config = config };
	u32 i;

	w.m.random = seeded(_metadata);
	ASSERT_TRUE(make_world(&w));
	begin_dump(&w);
	for (i = 0; i < config->steps && !w.m.fault; i++) {
		step(&w);
		seldom(&w, i);
	}
	if (!w.m.fault)
		model_audit(&w.m);
	EXPECT_EQ(NULL, w.m.fault)
		TH_LOG("step %u, clock %llu us: %s", i, (unsigned long long)now_us(), w.m.fault);
	report(_metadata, &w, i);
	expect_events(_metadata, &w);
	if (!config->purges)
		EXPECT_EQ(w.m.forgot, w.m.lost);
	EXPECT_LE(w.m.lost, w.m.forgot);
	end_world(&w);
	EXPECT_EQ(0, shim_allocated());
}

#define OVERDUE		1
#define CROWD_YOUNG	(1 << TCPSHAKE_EVICTION_CROWD_YOUNG)
#define CROWDS		(1 << TCPSHAKE_EVICTION_CROWD | CROWD_YOUNG)
#define OLDEST		(1 << TCPSHAKE_EVICTION_OLDEST)
#define OLDEST_YOUNG	(1 << TCPSHAKE_EVICTION_OLDEST_YOUNG)
#define QUOTA		(1 << TCPSHAKE_EVICTION_QUOTA | 1 << TCPSHAKE_EVICTION_QUOTA_YOUNG)

/* Mean times of a step are such that a clock goes far, or just past where it wraps. */

TEST(ordinary)
{
	static const struct config config = {
		.tuples = 3000, .steps = 800000, .nets = 1, .step_us = 3000, .opens = 24,
		.orphans = 2, .changes = 120, .dumps = 8,
	};

	run(_metadata, &config);
}

TEST(full)
{
	static const struct config config = {
		.tuples = 20000, .steps = 800000, .nets = 1, .step_us = 2000,
		.opens = 120, .orphans = 10, .changes = 80, .dumps = 8,
		.causes = CROWDS | OLDEST,
	};

	run(_metadata, &config);
}

/* Slots go from one attempt to the next within a second. */
TEST(flood)
{
	static const struct config config = {
		.tuples = 200000, .steps = 800000, .nets = 2, .step_us = 50,
		.opens = 160, .orphans = 4, .changes = 40, .dumps = 8,
		.causes = CROWD_YOUNG | OLDEST_YOUNG,
	};

	run(_metadata, &config);
}

TEST(one_row)
{
	static const struct config config = {
		.place = ONE_ROW, .tuples = 16000, .steps = 800000, .nets = 1,
		.step_us = 20000, .opens = 80, .orphans = 20, .changes = 100, .dumps = 8,
		.causes = CROWDS | OLDEST,
	};

	run(_metadata, &config);
}

/* So few tuples that one may have the whole row. */
TEST(one_row_of_one_tuple)
{
	static const struct config config = {
		.place = ONE_ROW, .tuples = 250, .steps = 200000, .nets = 1,
		.step_us = 100000, .opens = 140, .orphans = 20, .changes = 60,
		.dumps = 8,
	};

	run(_metadata, &config);
}

TEST(same_tag)
{
	static const struct config config = {
		.place = SAME_TAG, .tuples = 300000, .steps = 800000, .nets = 2,
		.step_us = 2000, .opens = 100, .orphans = 10, .changes = 80, .dumps = 8,
		.causes = CROWDS,
	};

	run(_metadata, &config);
}

/* Nearly always there is nothing. */
TEST(quiet)
{
	static const struct config config = {
		.tuples = 8, .steps = 150000, .nets = 2, .step_us = 400000, .opens = 3,
		.orphans = 1, .changes = 150, .dumps = 8, .rests = 500,
	};

	run(_metadata, &config);
}

/* 2^32 us, which is also the end of a round of the 16 bits of 2^15 us. */
TEST(wrap_of_microseconds)
{
	static const struct config config = {
		.tuples = 8000, .steps = 500000, .nets = 1,
		.start_us = (1ull << 32) - 20 * SECOND, .step_us = 80, .opens = 100,
		.orphans = 10, .changes = 80, .dumps = 8, .causes = CROWDS | OLDEST,
	};

	run(_metadata, &config);
}

/* 2^31 us: the end of the round before, and of what a signed number holds. */
TEST(wrap_of_stamps)
{
	static const struct config config = {
		.tuples = 8000, .steps = 500000, .nets = 1,
		.start_us = (1ull << 31) - 20 * SECOND, .step_us = 80, .opens = 100,
		.orphans = 10, .changes = 80, .dumps = 8, .causes = CROWDS | OLDEST,
	};

	run(_metadata, &config);
}

TEST(quotas)
{
	static const struct config config = {
		.tuples = 12000, .steps = 600000, .nets = 4,
		.quota = TCPSHAKE_SLOTS_MIN / 16, .step_us = 1000, .opens = 100,
		.orphans = 20, .changes = 80, .dumps = 8, .purges = true,
		.causes = QUOTA,
	};

	run(_metadata, &config);
}

TEST(timeouts)
{
	static const struct config config = {
		.tuples = 4000, .steps = 600000, .nets = 2,
		.quota = TCPSHAKE_SLOTS_MIN / 4, .step_us = 4000, .opens = 100,
		.orphans = 20, .changes = 80, .dumps = 8, .timeouts = true,
	};

	run(_metadata, &config);
}

/* Slots are claimed of those whose time is up and who wait for the sweep. */
TEST(overdue)
{
	static const struct config config = {
		.tuples = 40000, .steps = 600000, .nets = 2, .step_us = 100,
		.opens = 180, .orphans = 4, .changes = 40, .dumps = 8, .timeouts = true,
		.causes = OVERDUE | CROWDS,
	};

	run(_metadata, &config);
}

TEST_HARNESS_MAIN
