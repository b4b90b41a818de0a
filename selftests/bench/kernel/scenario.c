// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets there are in a scenario. It is played in batches: each of its steps is
 * taken by all flows of a batch before the next step is, as with real round trips.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "bench.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10 };
enum { PAYLOAD = 100 };

/* The nth packet of a step. */
typedef void packet_fn(const struct bench_run *run, u32 n, struct bench_segment *seg);

static void syn(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	seg->flow = run->first + n % run->flows;
	seg->flags = SYN;
}

static void synack(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	seg->flow = run->first + n % run->flows;
	seg->reply = true;
	seg->flags = SYN | ACK;
	seg->received = 1;
}

static void third(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	seg->flow = run->first + n % run->flows;
	seg->flags = ACK;
	seg->sent = 1;
	seg->received = 1;
}

static void refusal(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	seg->flow = run->first + n % run->flows;
	seg->reply = true;
	seg->flags = RST | ACK;
	seg->received = 1;
}

/* The client sends, and in the next round the server acknowledges. */
static void established(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	const u32 round = n / run->flows;

	seg->flow = run->first + n % run->flows;
	seg->reply = round & 1;
	if (seg->reply) {
		seg->flags = ACK;
		seg->sent = 1;
		seg->received = 1 + (round / 2 + 1) * PAYLOAD;
	} else {
		seg->flags = PSH | ACK;
		seg->sent = 1 + round / 2 * PAYLOAD;
		seg->received = 1;
		seg->payload = PAYLOAD;
	}
}

static const struct scenario {
	const char *name;
	struct {
		const char *name;
		packet_fn *packet;
	} steps[BENCH_STEPS];
} scenarios[] = {
	{ "syn", { { "syn", syn } } },
	{ "handshake", { { "syn", syn }, { "synack", synack }, { "ack", third } } },
	{ "refused", { { "syn", syn }, { "rst", refusal } } },
	{ "established", { { "segment", established } } },
};

struct batch {
	struct sk_buff *skbs[BENCH_STEPS][BENCH_BATCH];
};

static void free_batch(struct batch *batch)
{
	unsigned int step, i;

	for (step = 0; step < BENCH_STEPS; step++)
		for (i = 0; i < BENCH_BATCH; i++)
			bench_packet_free(batch->skbs[step][i]);
	kvfree(batch);
}

static struct batch *alloc_batch(unsigned int steps)
{
	struct batch *batch = kvzalloc(sizeof(*batch), GFP_KERNEL);
	unsigned int step, i;

	for (step = 0; batch && step < steps; step++) {
		for (i = 0; i < BENCH_BATCH; i++) {
			batch->skbs[step][i] = bench_packet_alloc();
			if (batch->skbs[step][i])
				continue;
			free_batch(batch);
			return NULL;
		}
	}
	return batch;
}

static void play(const struct scenario *scenario, const struct bench_run *run,
		 struct batch *batch, u32 from, struct bench_result *result)
{
	const unsigned int n = min_t(u32, BENCH_BATCH, run->count - from);
	unsigned int step, i;

	for (step = 0; step < result->steps; step++) {
		for (i = 0; i < n; i++) {
			struct bench_segment seg = {};

			scenario->steps[step].packet(run, from + i, &seg);
			bench_packet_write(batch->skbs[step][i], run, &seg);
		}
	}
	for (step = 0; step < result->steps; step++)
		bench_walk(run, batch->skbs[step], n, &result->step[step]);
}

static const struct scenario *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

int bench_scenario_run(const char *name, const struct bench_run *run,
		       struct bench_result *result)
{
	const struct scenario *scenario = find(name);
	struct batch *batch;
	u32 from;
	int err = 0;

	if (!scenario)
		return -EINVAL;
	while (result->steps < BENCH_STEPS && scenario->steps[result->steps].name) {
		result->step[result->steps].name = scenario->steps[result->steps].name;
		result->steps++;
	}
	batch = alloc_batch(result->steps);
	if (!batch)
		return -ENOMEM;
	for (from = 0; from < run->count && !err; from += BENCH_BATCH) {
		play(scenario, run, batch, from, result);
		cond_resched();
		err = signal_pending(current) ? -EINTR : 0;
	}
	free_batch(batch);
	return err;
}
