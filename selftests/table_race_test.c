// SPDX-License-Identifier: GPL-2.0
/*
 * Several processors at the same few rows of the flow table, under the sanitizer of
 * threads: segments of the same tuples from two of them, while a third sweeps, dumps,
 * changes timeouts and ends a namespace again and again. At the end the books of all of
 * them together must be right. TCPSHAKE_SEED replays the segments, not who is first.
 */
#include <pthread.h>

#include "table_test.h"
#include "track.h"

#define WORKERS 2
#define SEGMENTS 100000
#define TUPLES 60
#define ROWS 3			/* that they are in */
#define LASTING 1		/* the namespace that does not end */
#define ENDING 2		/* the one that does, again and again */

/* Of one thread. */
struct books {
	u64 attempts;
	u64 outcomes;
	u64 evicted;
	s64 gauges[TCPSHAKE_FLOW_STATES];
};

struct worker {
	pthread_t thread;
	struct random random;
	int cpu;
};

static struct books books[NETS + 1][SHIM_CPUS];
static struct tuple tuples[ENDING + 1][TUPLES];
static u32 working;

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	struct books *b = &books[v->owner ? v->owner : tn->id][shim_cpu];

	b->attempts += v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	b->outcomes += !!v->ended.outcome;
	b->evicted += v->ended.outcome == TCPSHAKE_OUTCOME_EVICTED;
	b->gauges[v->from]--;
	b->gauges[v->to]++;
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
}

void tcpshake_net_check_quotas(void)
{
	WRITE_ONCE(nets[LASTING].over_quota, false);
}

static void track(const struct tuple *t, struct tcpshake_segment seg)
{
	const struct tcpshake_packet packet = { .skb = NULL };

	local_bh_disable();
	tcpshake_track(&nets[t->owner], &packet, &seg);
	local_bh_enable();
}

/* Numbers are few, so that SYNs compete and most of what follows fits. */
static void track_random(struct random *r, const struct tuple *t)
{
	static const u16 flags[] = {
		TCPSHAKE_SYN, TCPSHAKE_SYN, TCPSHAKE_SYN | TCPSHAKE_ACK,
		TCPSHAKE_SYN | TCPSHAKE_ACK, TCPSHAKE_ACK, TCPSHAKE_ACK, TCPSHAKE_ACK,
		TCPSHAKE_RST | TCPSHAKE_ACK,
	};
	const u16 flag = flags[pick_below(r, ARRAY_SIZE(flags))];
	const bool back = flag & TCPSHAKE_SYN ? flag & TCPSHAKE_ACK : pick_below(r, 4) == 0;
	struct tcpshake_segment seg = back ? t->back : t->seg;
	const u32 isn = pick_below(r, 2);

	seg.flags = flag;
	seg.class = flag & TCPSHAKE_RST ? TCPSHAKE_CLASS_RST :
		    !(flag & TCPSHAKE_SYN) ? TCPSHAKE_CLASS_ACK :
		    flag & TCPSHAKE_ACK ? TCPSHAKE_CLASS_SYNACK : TCPSHAKE_CLASS_SYN;
	seg.seq = 1000 * isn + !(flag & TCPSHAKE_SYN);
	seg.ack = flag & TCPSHAKE_ACK ? 1000 * isn + 1 : 0;
	track(t, seg);
}

static void *work(void *context)
{
	struct worker *w = context;
	u32 i;

	shim_cpu = w->cpu;
	for (i = 0; i < SEGMENTS; i++)
		track_random(&w->random, &tuples[LASTING][pick_below(&w->random, TUPLES)]);
	__atomic_sub_fetch(&working, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* All in a few rows, so that most of what is done at once is done in the same one. */
static void make_tuples(u16 owner)
{
	u32 number, count = 0;

	for (number = 0; count < TUPLES; number++) {
		const struct tuple t = tuple_of(number, owner, 0);

		if (row_of(t.hash) >= 100 && row_of(t.hash) < 100 + ROWS)
			tuples[owner][count++] = t;
	}
}

/* Return: how many attempts of the namespace a dump shows. */
static u64 dump(u16 owner)
{
	static struct tcpshake_pending pending[TCPSHAKE_WAYS];
	u64 count = 0;
	u32 row;

	for (row = 0; row < tcpshake_table_rows(); row++)
		count += hweight16(tcpshake_table_read(row, owner, pending));
	return count;
}

/* What the third processor does. Return: a dump showed flows of a namespace that had ended. */
static u64 disturb(struct random *r)
{
	u32 i;

	for (i = 0; i < 50; i++)
		track_random(r, &tuples[ENDING][pick_below(r, TUPLES)]);
	pass_time(pick_below(r, 300000));
	WRITE_ONCE(nets[LASTING].config.linger, pick_below(r, 4000));
	WRITE_ONCE(nets[LASTING].over_quota, pick_below(r, 2)); /* it takes its own, nearby too */
	dump(LASTING);
	tcpshake_table_purge(ENDING);
	return dump(ENDING);
}

TEST(books_of_several_processors)
{
	struct random random = seeded(_metadata);
	struct worker workers[WORKERS];
	s64 gauges[TCPSHAKE_FLOW_STATES] = { 0 };
	struct books sum = { 0 };
	u64 left_over = 0, rounds = 0;
	unsigned int i, state;

	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
	nets_init(2);
	nets[LASTING].quota /= 2;
	make_tuples(LASTING);
	make_tuples(ENDING);
	working = WORKERS;
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .cpu = i + 1, .random = { pick(&random) } };
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (; __atomic_load_n(&working, __ATOMIC_ACQUIRE); rounds++)
		left_over += disturb(&random);
	for (i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < SHIM_CPUS; i++) {
		const struct books *b = &books[LASTING][i];

		sum.attempts += b->attempts;
		sum.outcomes += b->outcomes;
		sum.evicted += b->evicted;
		for (state = 0; state < TCPSHAKE_FLOW_STATES; state++)
			gauges[state] += b->gauges[state];
	}
	TH_LOG("%llu attempts, %llu evicted; %llu times disturbed",
	       (unsigned long long)sum.attempts, (unsigned long long)sum.evicted,
	       (unsigned long long)rounds);
	EXPECT_EQ(0, left_over);
	EXPECT_LT(SEGMENTS / 10, sum.attempts);
	EXPECT_LT(0, sum.evicted);
	EXPECT_EQ(sum.attempts, sum.outcomes + dump(LASTING));
	EXPECT_EQ(dump(LASTING), gauges[TCPSHAKE_STATE_HALF_OPEN_SYN] +
				 gauges[TCPSHAKE_STATE_HALF_OPEN_SYNACK]);
	/* in time everything is over */
	pass_time(300 * SECOND);
	EXPECT_EQ(0, dump(LASTING));
	tcpshake_table_exit();
}

TEST_HARNESS_MAIN
