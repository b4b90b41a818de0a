// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets there are in a scenario. It is played in batches: each of its steps is
 * taken by all flows of a batch before the next step is, as with real round trips.
 * The number of a flow becomes its client: an address of 10.0.0.0/8 or 2001:db8:1::/96,
 * and a port. The server is one, 192.0.2.1 or 2001:db8::1, or so many from there on.
 */
#include <linux/jhash.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "bench.h"

enum { PAYLOAD = 100 };

/* The nth packet of a step. */
typedef void packet_fn(const struct bench_run *run, u32 n, struct bench_segment *seg);

static void client_of(u32 flow, bool v6, struct bench_end *end)
{
	end->port = htons(32768 + (flow * 7 & 0x3fff));
	end->addr.s6_addr32[3] = htonl(v6 ? flow : 0x0a000000 | (flow & 0xffffff));
	if (!v6)
		return;
	end->addr.s6_addr32[0] = htonl(0x20010db8);
	end->addr.s6_addr32[1] = htonl(0x00010000);
}

static void server_of(const struct bench_run *run, u32 flow, struct bench_end *end)
{
	const u32 number = run->servers > 1 ? flow % run->servers : 0;

	end->port = htons(443);
	end->addr.s6_addr32[3] = htonl((run->v6 ? 1 : 0xc0000201) + number);
	if (run->v6)
		end->addr.s6_addr32[0] = htonl(0x20010db8);
}

/* sent, received: what client or server has so far, a SYN counts. */
static void from_client(const struct bench_run *run, u32 n, u32 sent, u32 received,
			struct bench_segment *seg)
{
	const u32 flow = run->first + n % run->flows;

	client_of(flow, run->v6, &seg->src);
	server_of(run, flow, &seg->dst);
	seg->seq = jhash_1word(flow, run->seed) + sent;
	seg->ack = jhash_1word(flow, ~run->seed) + received;
}

static void from_server(const struct bench_run *run, u32 n, u32 sent, u32 received,
			struct bench_segment *seg)
{
	const u32 flow = run->first + n % run->flows;

	server_of(run, flow, &seg->src);
	client_of(flow, run->v6, &seg->dst);
	seg->seq = jhash_1word(flow, ~run->seed) + sent;
	seg->ack = jhash_1word(flow, run->seed) + received;
}

static void syn(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	from_client(run, n, 0, 0, seg);
	seg->flags = SYN;
}

static void synack(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	from_server(run, n, 0, 1, seg);
	seg->flags = SYN | ACK;
}

static void third(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	from_client(run, n, 1, 1, seg);
	seg->flags = ACK;
}

static void refusal(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	from_server(run, n, 0, 1, seg);
	seg->seq = 0;
	seg->flags = RST | ACK;
}

/* The client sends, and in the next round the server acknowledges. */
static void established(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	const u32 round = n / run->flows;
	const u32 earlier = round / 2 * PAYLOAD;

	if (round & 1) {
		from_server(run, n, 1, 1 + earlier + PAYLOAD, seg);
		seg->flags = ACK;
	} else {
		from_client(run, n, 1 + earlier, 1, seg);
		seg->flags = PSH | ACK;
		seg->payload = PAYLOAD;
	}
}

static void local(const struct bench_run *run, u32 n, struct bench_segment *seg)
{
	bench_sockets_segment(n, run->path == BENCH_LOCAL_OUT, seg);
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
	{ "local", { { "segment", local } } },	/* of the connections there are */
};

struct batch {
	struct sk_buff *skbs[BENCH_STEPS][BENCH_BATCH];
	unsigned int number;
	u64 *times[BENCH_STEPS];	/* of each batch so far: ps of a packet */
};

static void free_batch(struct batch *batch)
{
	unsigned int step, i;

	for (step = 0; step < BENCH_STEPS; step++) {
		kvfree(batch->times[step]);
		for (i = 0; i < BENCH_BATCH; i++)
			bench_packet_free(batch->skbs[step][i]);
	}
	kvfree(batch);
}

static bool fill_batch(struct batch *batch, unsigned int steps, u32 count)
{
	unsigned int step, i;

	for (step = 0; step < steps; step++) {
		batch->times[step] = kvcalloc(DIV_ROUND_UP(count, BENCH_BATCH), sizeof(u64),
					      GFP_KERNEL);
		if (!batch->times[step])
			return false;
		for (i = 0; i < BENCH_BATCH; i++) {
			batch->skbs[step][i] = bench_packet_alloc();
			if (!batch->skbs[step][i])
				return false;
		}
	}
	return true;
}

static void play(const struct scenario *scenario, const struct bench_run *run,
		 struct batch *batch, u32 from, struct bench_result *result)
{
	const unsigned int n = min_t(u32, BENCH_BATCH, run->count - from);
	unsigned int step, i;
	u64 ns;

	for (step = 0; step < result->steps; step++) {
		for (i = 0; i < n; i++) {
			struct bench_segment seg = {};

			scenario->steps[step].packet(run, from + i, &seg);
			bench_packet_write(batch->skbs[step][i], run->v6, &seg);
		}
	}
	for (step = 0; step < result->steps; step++) {
		ns = bench_walk(run, batch->skbs[step], n, &result->step[step]);
		batch->times[step][batch->number] = div_u64(ns * 1000, n);
	}
	batch->number++;
}

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* Of the half in the middle the mean: a clock may be too coarse for one batch alone. */
static u64 middle(u64 *times, unsigned int number)
{
	const unsigned int from = number / 4, to = number - from;
	u64 sum = 0;
	unsigned int i;

	sort(times, number, sizeof(u64), compare, NULL);
	for (i = from; i < to; i++)
		sum += times[i];
	return div_u64(sum, to - from);
}

static void find_middles(struct batch *batch, struct bench_result *result)
{
	unsigned int step;

	for (step = 0; batch->number && step < result->steps; step++)
		result->step[step].middle_ps = middle(batch->times[step], batch->number);
}

static const struct scenario *find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}

static int play_all(const struct scenario *scenario, const struct bench_run *run,
		    struct batch *batch, struct bench_result *result)
{
	u32 left;

	for (left = run->count; left; left -= min_t(u32, left, BENCH_BATCH)) {
		play(scenario, run, batch, run->count - left, result);
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	}
	find_middles(batch, result);
	return 0;
}

int bench_scenario_run(const char *name, const struct bench_run *run,
		       struct bench_result *result)
{
	const struct scenario *scenario = find(name);
	struct batch *batch;
	int err;

	if (!scenario)
		return -EINVAL;
	err = scenario->steps[0].packet == local ? bench_sockets_check(run->net, run->v6) : 0;
	if (err)
		return err;
	while (result->steps < BENCH_STEPS && scenario->steps[result->steps].name) {
		result->step[result->steps].name = scenario->steps[result->steps].name;
		result->steps++;
	}
	batch = kvzalloc(sizeof(*batch), GFP_KERNEL);
	if (!batch)
		return -ENOMEM;
	err = fill_batch(batch, result->steps, run->count) ?
		play_all(scenario, run, batch, result) : -ENOMEM;
	free_batch(batch);
	return err;
}
