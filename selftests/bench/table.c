// SPDX-License-Identifier: GPL-2.0
/*
 * Nanoseconds the flow table takes of a segment, compiled for this machine as it is in
 * the module, with engine, counters and journal, but without hooks and sk_buffs:
 *
 *	clock      read once; all but the miss do that for each segment
 *	miss       an ACK of no pending attempt, the table half full
 *	SYN        of another attempt, the table half full; or full, so that another goes
 *	handshake  SYN, SYN-ACK and ACK, the table half full
 *
 * What it takes to write the segments down is not in it. And how much more two
 * processors do than one. One result a line, as in results.tsv: the median of many
 * batches, by the clock of the thread, which stands still while others have the
 * processor, and for two processors also by that on the wall.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "counters.h"
#include "journal.h"
#include "service.h"
#include "shim.h"
#include "table.h"
#include "table_books.h"
#include "table_segment.h"
#include "track.h"

enum {
	BATCHES = 25,
	BATCH = 16384,		/* segments, or handshakes, at most */
	PAIRS = 401,		/* of batches of one processor, and of two */
	PAIRS_MIN = 20,		/* undisturbed ones, for a figure that is worth something */
	PAIR_ROUNDS = 400,	/* so short that many are not disturbed on a busy machine */
	FILL_PAIRS = 100,	/* batches, until the table is full */
	MISSES = 4,		/* in a round, beside a handshake and a SYN */
};

static bool fine = true;

static void make_nets(void)
{
	const struct tcpshake_config config = { 75000, 75000, 140000, 3000, 0, { 0 } };
	int i;

	for (i = 1; i < OWNERS; i++) {
		nets[i] = (struct tcpshake_net){ .id = i, .quota = tcpshake_table_slots(),
						 .config = config };
		nets[i].counters = tcpshake_counters_alloc();
		if (!nets[i].counters || tcpshake_journal_alloc(&nets[i]))
			exit(1);
	}
}

static void drop_nets(void)
{
	int i;

	for (i = 1; i < OWNERS; i++) {
		tcpshake_journal_free(&nets[i]);
		free_percpu(nets[i].counters);
	}
	tcpshake_table_exit();
}

/* ---- segments ---------------------------------------------------------------- */

static void track(enum owner owner, u32 number, unsigned int which)
{
	const struct tcpshake_packet packet = { .skb = NULL };
	struct tcpshake_segment seg;

	make_segment(&seg, number, which);
	tcpshake_track(&nets[owner], &packet, &seg);
}

static void handshake(enum owner owner, u32 number)
{
	track(owner, number, 0);
	track(owner, number, 1);
	track(owner, number, 2);
}

/* ---- one processor ----------------------------------------------------------- */

static u64 thread_ns(void)
{
	return shim_clock(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void result(const char *subject, u32 slots, const char *unit, double value)
{
	printf("table\t%s, %u slots\t%s\t%.2f\n", subject, slots, unit, value);
}

static void check(bool right, const char *what, u32 slots)
{
	if (!right)
		fprintf(stderr, "table: %s, %u slots\n", what, slots);
	fine = fine && right;
}

enum what {
	MISS,
	SYN,
	HANDSHAKE,
};

static u64 count_of(enum owner owner, enum what what)
{
	struct tcpshake_totals sum;

	tcpshake_counters_fold(&nets[owner], &sum);
	if (what == MISS)
		return sum.exits[TCPSHAKE_EXIT_UNTRACKED];
	return what == SYN ? sum.exits[TCPSHAKE_EXIT_NEW_ATTEMPT] :
			     sum.outcomes[TCPSHAKE_OUTCOME_COMPLETED];
}

static u64 evicted(void)
{
	struct tcpshake_totals sum;
	u64 count = 0;
	int i;

	for (i = 1; i < OWNERS; i++) {
		tcpshake_counters_fold(&nets[i], &sum);
		count += sum.outcomes[TCPSHAKE_OUTCOME_EVICTED];
	}
	return count;
}

static double ns_to_write;	/* a segment down */

/* Return: nanoseconds of each. Every one has to be what it should be. */
static double batch(enum what what, u32 first, u32 count, u32 slots)
{
	const u64 before = count_of(GOES, what);
	const u64 start = thread_ns();
	u64 ns;
	u32 i;

	for (i = first; i < first + count; i++) {
		if (what == HANDSHAKE)
			handshake(GOES, i);
		else
			track(GOES, i, what == MISS ? 2 : 0);
	}
	ns = thread_ns() - start;
	check(count_of(GOES, what) - before == count, "a segment was not what it should be", slots);
	return (double)ns / count - ns_to_write * (what == HANDSHAKE ? 3 : 1);
}

/* What is measured beside the table. */
static void measure_ourselves(void)
{
	double writes[BATCHES], clocks[BATCHES];
	struct tcpshake_segment seg;
	u64 start, sum = 0;
	u32 i, n;

	for (i = 0; i < BATCHES; i++) {
		start = thread_ns();
		for (n = 0; n < BATCH; n++) {
			make_segment(&seg, n, n % 3);
			__asm__ __volatile__("" : : "r" (&seg) : "memory");
		}
		writes[i] = (double)(thread_ns() - start) / BATCH;
		start = thread_ns();
		for (n = 0; n < BATCH; n++)
			sum += ktime_get_ns();
		clocks[i] = (double)(thread_ns() - start) / BATCH;
	}
	ns_to_write = median(writes, BATCHES);
	printf("table\tsegment written down\tns\t%.2f\n", ns_to_write);
	printf("table\tclock\tns\t%.2f\n", median(clocks, BATCHES));
	fine = fine && sum;
}

static u32 next_number = 1;	/* of clients that were never seen */

static u32 numbers(u32 count)
{
	next_number += count;
	return next_number - count;
}

static void measure_half_full(enum what what, const char *subject, const char *unit, u32 slots)
{
	const u32 count = min(slots / 10, (u32)BATCH);
	const u64 evicted_before = evicted();
	double times[BATCHES];
	u64 lost;
	int i;

	for (i = 0; i < BATCHES; i++) {
		times[i] = batch(what, numbers(count), count, slots);
		tcpshake_table_purge(GOES);
	}
	result(subject, slots, unit, median(times, BATCHES));
	lost = evicted() - evicted_before;
	/* some rows are full by chance; many more, and the table is not half full */
	check(lost < (u64)count * BATCHES / 20, "evictions in a table that is half full", slots);
}

/* Every SYN takes the slot of another, early in the flood and late. */
static void measure_full(u32 slots)
{
	double times[BATCHES], early, late;
	u64 before;
	int i;

	batch(SYN, numbers(4 * slots), 4 * slots, slots);
	before = evicted();
	for (i = 0; i < BATCHES; i++)
		times[i] = batch(SYN, numbers(BATCH), BATCH, slots);
	check(evicted() - before == (u64)BATCH * BATCHES, "a SYN that evicted nothing", slots);
	early = median(times, BATCHES / 3);
	late = median(times + BATCHES - BATCHES / 3, BATCHES / 3);
	result("SYN late : early", slots, "times", late / early);
	result("SYN, full", slots, "ns/segment", median(times, BATCHES));
	tcpshake_table_purge(GOES);
}

static void measure(u32 slots)
{
	u32 i;

	if (tcpshake_table_init(slots))
		exit(1);
	make_nets();
	for (i = 0; i < slots * 9 / 20; i++)
		track(STAYS, i, 0);
	measure_half_full(MISS, "miss", "ns/segment", slots);
	measure_half_full(SYN, "SYN, half full", "ns/segment", slots);
	measure_half_full(HANDSHAKE, "handshake", "ns/handshake", slots);
	measure_full(slots);
	drop_nets();
}

/* ---- two processors ---------------------------------------------------------- */

struct clocks {
	double thread_ns;
	double wall_ns;
};

struct worker {
	pthread_t thread;
	int cpu;		/* of the machine */
	int number;
	u32 next_number;
	struct clocks clocks;	/* of the last batch */
};

static struct {
	pthread_barrier_t begin, end;
	u32 who;		/* a bit for each worker that has a batch to do */
	u32 ready;		/* how many are at the start */
	bool over;
} gate;

/* Each has clients of its own; all else they share. A full table, and what goes on in one. */
static void hammer(struct worker *w)
{
	const u64 wall = ktime_get_ns(), thread = thread_ns();
	u32 number = w->next_number;
	int round, i;

	for (round = 0; round < PAIR_ROUNDS; round++) {
		handshake(GOES, number++);
		track(GOES, number++, 0);
		for (i = 0; i < MISSES; i++)
			track(GOES, ~number++, 2);
	}
	w->next_number = number;
	w->clocks.thread_ns = thread_ns() - thread;
	w->clocks.wall_ns = ktime_get_ns() - wall;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		perror("table: sched_setaffinity");
}

static void *work(void *context)
{
	struct worker *w = context;

	pin(w->cpu);
	shim_cpu = w->number;
	while (pthread_barrier_wait(&gate.begin), !gate.over) {
		if (gate.who >> w->number & 1) {
			/* those who have to, begin at the same moment */
			__atomic_add_fetch(&gate.ready, 1, __ATOMIC_ACQ_REL);
			while (READ_ONCE(gate.ready) < hweight32(gate.who))
				;
			hammer(w);
		}
		pthread_barrier_wait(&gate.end);
	}
	return NULL;
}

static void let(u32 who)
{
	gate.who = who;
	gate.ready = 0;
	pthread_barrier_wait(&gate.begin);
	pthread_barrier_wait(&gate.end);
}

/* Had the worker its processor all the time? */
static bool undisturbed(const struct worker *w)
{
	return w->clocks.wall_ns < 1.02 * w->clocks.thread_ns;
}

/*
 * How many times as much both do at once as one does alone, by batches that follow
 * each other. Return: nobody was disturbed.
 */
static bool pair(struct worker workers[2], double *thread, double *wall)
{
	struct clocks alone[2];
	bool calm = true;
	int i;

	for (i = 0; i < 2; i++) {
		let(1u << i);
		alone[i] = workers[i].clocks;
		calm = calm && undisturbed(&workers[i]);
	}
	let(3);
	*thread = 0;
	*wall = 0;
	for (i = 0; i < 2; i++) {
		*thread += alone[i].thread_ns / workers[i].clocks.thread_ns;
		*wall += alone[i].wall_ns / workers[i].clocks.wall_ns;
		calm = calm && undisturbed(&workers[i]);
	}
	return calm;
}

static void measure_pairs(struct worker workers[2], u32 slots)
{
	double thread[PAIRS], wall[PAIRS], calm_wall[PAIRS];
	int i, calm = 0;

	for (i = 0; i < PAIRS; i++)
		if (pair(workers, &thread[i], &wall[i]))
			calm_wall[calm++] = wall[i];
	result("two processors : one, undisturbed pairs", slots, "count", calm);
	if (calm >= PAIRS_MIN)
		result("two processors : one", slots, "times", median(calm_wall, calm));
	else
		fprintf(stderr, "table: too busy a machine to compare two processors with one\n");
	result("two processors : one, all pairs, thread clock", slots, "times",
	       median(thread, PAIRS));
	result("two processors : one, all pairs, wall clock", slots, "times", median(wall, PAIRS));
}

static void run_workers(struct worker workers[2], u32 slots)
{
	int i;

	for (i = 0; i < 2; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			exit(1);
	for (i = 0; i < FILL_PAIRS; i++)
		let(3);
	measure_pairs(workers, slots);
	gate.over = true;
	pthread_barrier_wait(&gate.begin);
	for (i = 0; i < 2; i++)
		pthread_join(workers[i].thread, NULL);
}

/* Nothing may be lost between two processors. */
static void check_pair(u32 slots)
{
	const u64 rounds = (u64)(PAIRS * 4 + FILL_PAIRS * 2) * PAIR_ROUNDS;
	struct tcpshake_totals sum;

	tcpshake_counters_fold(&nets[GOES], &sum);
	check(sum.exits[TCPSHAKE_EXIT_NEW_ATTEMPT] == 2 * rounds &&
	      sum.exits[TCPSHAKE_EXIT_UNTRACKED] >= MISSES * rounds,
	      "two processors lost a segment", slots);
	check(sum.outcomes[TCPSHAKE_OUTCOME_COMPLETED] >= rounds * 99 / 100,
	      "two processors lost handshakes", slots);
	check(sum.outcomes[TCPSHAKE_OUTCOME_EVICTED] > rounds / 4, "the table was not full", slots);
}

static void measure_two_processors(const int cpus[2], u32 slots)
{
	struct worker workers[2];
	int i;

	if (tcpshake_table_init(slots))
		exit(1);
	make_nets();
	pthread_barrier_init(&gate.begin, NULL, 3);
	pthread_barrier_init(&gate.end, NULL, 3);
	for (i = 0; i < 2; i++)
		workers[i] = (struct worker){ .cpu = cpus[i], .number = i,
					      .next_number = (u32)(i + 1) << 28 };
	run_workers(workers, slots);
	check_pair(slots);
	drop_nets();
}

/* The last two that are ours: the first ones have the interrupts. Return: how many there are. */
static int choose_cpus(int cpus[2])
{
	cpu_set_t set;
	int cpu, count = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 0;
	for (cpu = CPU_SETSIZE - 1; cpu >= 0 && count < 2; cpu--)
		if (CPU_ISSET(cpu, &set))
			cpus[count++] = cpu;
	return count;
}

int main(void)
{
	static const u32 sizes[] = { 4096, 65536, 1048576 };
	int cpus[2];
	const int count = choose_cpus(cpus);
	size_t i;

	shim_seed(thread_ns());
	if (count == 2)
		measure_two_processors(cpus, TCPSHAKE_SLOTS_DEFAULT);
	else
		fputs("table: one processor only: two were not measured\n", stderr);
	if (count)
		pin(cpus[0]);
	measure_ourselves();
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		measure(sizes[i]);
	return fine ? 0 : 1;
}
