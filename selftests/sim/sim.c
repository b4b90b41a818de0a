// SPDX-License-Identifier: GPL-2.0
/*
 * The detector's targets, in simulated time: every row is a kind of traffic, so many
 * seeds of it, and what must come of it. The same objects as in the module.
 *
 *   sim [--quick]: fewer seeds and a shorter soak, for the unit tests
 *
 * Prints a table and, last, "N passed, N failed".
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/names.h"
#include "soak.h"
#include "world.h"

enum { WARM = 75, SEEDS_MAX = 128 };	/* seconds until all is learned, and a little more */

#define CLIENTS	{ .addr = 0x0b000000, .addrs = 20000 }
#define ANYWHERE { .addr = 0x0c000000, .addrs = 0xb0000000 }
#define SERVICE	{ .addr = 0xcb007105, .addrs = 1, .port = 443, .ports = 1 }
#define FLOOD_LABELS ((1U << (TCPSHAKE_LABEL_REFLECTION + 1)) - 2)

static unsigned int passed, failed;
static bool quick;

/* What came of the seeds of a row. */
struct results {
	double values[SEEDS_MAX];	/* seconds, of those that told something */
	unsigned int n;
	unsigned int missed;		/* those that did not */
};

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void take(struct results *r, bool told, double value)
{
	if (told && r->n < SEEDS_MAX)
		r->values[r->n++] = value;
	else
		r->missed++;
}

static double median(struct results *r)
{
	qsort(r->values, r->n, sizeof(r->values[0]), by_value);
	return r->n ? r->values[r->n / 2] : NAN;
}

static void row(const char *what, const char *target, const char *measured, bool fine)
{
	printf("%-4s %-58s %-28s %s\n", fine ? "ok" : "FAIL", what, target, measured);
	fflush(stdout);
	if (fine)
		passed++;
	else
		failed++;
}

static void row_of_times(const char *what, const char *target, struct results *r,
			 double min, double median_max, double max)
{
	char measured[120];
	const double middle = median(r);
	const double least = r->n ? r->values[0] : NAN, most = r->n ? r->values[r->n - 1] : NAN;

	snprintf(measured, sizeof(measured), "%.2f / %.2f / %.2f s, %u runs, %u missed", least,
		 middle, most, r->n + r->missed, r->missed);
	row(what, target, measured,
	    r->n && !r->missed && least >= min && middle <= median_max && most <= max);
}

/* ---- worlds ---- */

static struct stream ordinary(const struct world *w, double rate)
{
	return (struct stream){
		.rate = rate, .from_us = world_now(w), .to_us = UINT64_MAX,
		.source = CLIENTS, .target = SERVICE, .behaviour = GENUINE,
		.never = 0.01, .loss = 0.01, .rtt_us = 80000,
	};
}

static struct world *warm_world(u64 seed, double rate)
{
	struct world *w = world_new(seed);
	const struct stream base = ordinary(w, rate);

	world_add(w, &base);
	world_run(w, world_now(w) + WARM * SECOND);
	return w;
}

static struct stream spoofed(const struct world *w, double rate, double seconds)
{
	return (struct stream){
		.rate = rate, .from_us = world_now(w),
		.to_us = world_now(w) + (u64)(seconds * SECOND),
		.source = ANYWHERE, .target = SERVICE, .behaviour = NEVER, .rtt_us = 80000,
	};
}

/* The first that was told at or after a time, with one of the labels. 0: none. */
static unsigned int told_since(const struct world *w, u64 us, u32 labels)
{
	unsigned int count, i;
	const struct story *stories = world_stories(w, &count);

	for (i = 1; i <= count && i < STORIES; i++)
		if (stories[i].start_us >= us && stories[i].labels & labels)
			return i;
	return 0;
}

static unsigned int how_many(const struct world *w, u64 us, u32 labels)
{
	unsigned int count, i, n = 0;
	const struct story *stories = world_stories(w, &count);

	for (i = 1; i <= count && i < STORIES; i++)
		n += stories[i].start_us >= us && stories[i].labels & labels;
	return n;
}

static const struct story *story(const struct world *w, unsigned int number)
{
	unsigned int count;

	return &world_stories(w, &count)[number];
}

static void done_with(struct world *w)
{
	if (!world_adds_up(w)) {
		row("attempts = sum over services", "always", "not so", false);
		exit(1);
	}
	world_free(w);
}

/* ---- START and END ---- */

static void start_times(double rate, double base, bool answered, unsigned int seeds,
			struct results *start, struct results *end)
{
	unsigned int i;

	for (i = 0; i < seeds; i++) {
		struct world *w = warm_world(1000 + i, base);
		const u64 from = world_now(w) + (u64)(world_random(w) * SECOND);
		struct stream flood;
		unsigned int number;

		world_run(w, from);
		/* what is dropped for want of a backlog hits most, but not the known clients */
		if (!answered)
			world_manners(w, OVERLOADED, base * 2);
		flood = spoofed(w, rate, rate < 100 ? 40 : 6);
		world_add(w, &flood);
		world_run(w, flood.to_us);
		world_manners(w, ANSWERS, 0);
		world_run(w, flood.to_us + 15 * SECOND);
		number = told_since(w, from, FLOOD_LABELS);
		take(start, number, number ? (double)(story(w, number)->start_us - from) / SECOND :
					     0);
		if (end)
			take(end, number && story(w, number)->end_us,
			     number ? (double)story(w, number)->end_us / SECOND -
			     (double)flood.to_us / SECOND : 0);
		done_with(w);
	}
}

static void test_starts(void)
{
	const unsigned int seeds = quick ? 2 : 15;
	struct results fast = { .n = 0 }, unanswered = { .n = 0 }, end = { .n = 0 };
	struct results medium = { .n = 0 }, small = { .n = 0 }, slow = { .n = 0 };

	start_times(1000, 5, true, seeds, &fast, &end);
	start_times(1000, 50, true, seeds, &fast, &end);
	start_times(1000, 500, true, seeds, &fast, &end);
	start_times(5000, 50, true, seeds, &fast, &end);
	start_times(20000, 50, true, quick ? 1 : 5, &fast, &end);
	row_of_times("START, 1,000 to 20,000/s over 5 to 500, cookies", "max <= 1.2 s", &fast, 0,
		     1.2, 1.2);
	start_times(1000, 50, false, seeds, &unanswered, NULL);
	start_times(5000, 50, false, seeds, &unanswered, NULL);
	row_of_times("START, 1,000 to 5,000/s over 50, no cookies",
		     "+-1 tick of the former", &unanswered, 0, 1.2 + 0.27, 1.2 + 0.27);
	start_times(200, 5, true, seeds, &medium, &end);
	start_times(200, 50, true, seeds, &medium, &end);
	start_times(200, 150, true, seeds, &medium, &end);
	row_of_times("START, 200/s over 5 to 150", "median <= 1.6, max <= 2 s", &medium, 0, 1.6,
		     2);
	start_times(200, 500, true, seeds, &small, NULL);
	row_of_times("START, 200/s over 500", "max <= 3.5 s", &small, 0, 3.5, 3.5);
	start_times(25, 5, true, seeds, &slow, NULL);
	start_times(25, 50, true, seeds, &slow, NULL);
	row_of_times("START, 25/s over 5 to 50", "max <= 25 s", &slow, 0, 25, 25);
	row_of_times("END after the last SYN", "10 to 12 s", &end, 10, 12, 12);
}

/* ---- evasions ---- */

struct evasion {
	const char *name, *target;
	double base;
	struct stream stream;
	double seconds;		/* how long it lasts */
	bool crowd;		/* in a crowd twenty times as large */
	unsigned int events;	/* 0: any number but none */
};

static void test_evasion(const struct evasion *e)
{
	const unsigned int seeds = quick ? 2 : 15;
	struct results start = { .n = 0 };
	unsigned int i, wrong = 0;
	char measured[120];

	for (i = 0; i < seeds; i++) {
		struct world *w = warm_world(2000 + i, e->base);
		struct stream stream = e->stream, crowd = ordinary(w, e->base * 19);
		unsigned int number;
		u64 from;

		if (e->crowd) {
			crowd.to_us = world_now(w) + (u64)((e->seconds + 5) * SECOND);
			world_add(w, &crowd);
			world_run(w, world_now(w) + 5 * SECOND);
		}
		from = world_now(w);
		stream.from_us = from;
		stream.to_us = from + (u64)(e->seconds * SECOND);
		world_add(w, &stream);
		world_run(w, stream.to_us + 20 * SECOND);
		number = told_since(w, from, FLOOD_LABELS);
		take(&start, number, number ? (double)(story(w, number)->start_us - from) / SECOND
					    : 0);
		wrong += e->events && how_many(w, from, FLOOD_LABELS) != e->events;
		done_with(w);
	}
	snprintf(measured, sizeof(measured), "%.2f s median, %u runs, %u missed, %u split",
		 median(&start), seeds, start.missed, wrong);
	row(e->name, e->target, measured, !start.missed && !wrong);
}

#define NEVER_STREAM .source = ANYWHERE, .behaviour = NEVER, .rtt_us = 80000

static void test_evasions(void)
{
	static const struct evasion evasions[] = {
		{ .name = "500/s, 3 s on, 3 s off, 30 s", .target = "START, one event",
		  .base = 50, .seconds = 30, .events = 1,
		  .stream = { .rate = 500, .on_us = 3 * SECOND, .off_us = 3 * SECOND,
			      .target = SERVICE, NEVER_STREAM } },
		{ .name = "1,000/s for 0.2 s every 2 s, 20 s", .target = "START, one event",
		  .base = 50, .seconds = 20, .events = 1,
		  .stream = { .rate = 1000, .on_us = SECOND / 5, .off_us = SECOND * 9 / 5,
			      .target = SERVICE, NEVER_STREAM } },
		{ .name = "ramp of 1/s every second over 50, 120 s", .target = "START",
		  .base = 50, .seconds = 120,
		  .stream = { .rate_growth = 1, .target = SERVICE, NEVER_STREAM } },
		{ .name = "500/s within a crowd x20 over 50", .target = "START", .base = 50,
		  .seconds = 10, .crowd = true,
		  .stream = { .rate = 500, .target = SERVICE, NEVER_STREAM } },
		{ .name = "1,000 destinations x 5/s, 20 s", .target = "START, one event",
		  .base = 50, .seconds = 20, .events = 1,
		  .stream = { .rate = 5000, .sweep = true, NEVER_STREAM,
			      .target = { 0xcb010000, 1000, 80, 1 } } },
		{ .name = "256 destinations of a /24 x 10/s, 20 s", .target = "START, one event",
		  .base = 50, .seconds = 20, .events = 1,
		  .stream = { .rate = 2560, .sweep = true, NEVER_STREAM,
			      .target = { 0xcb010000, 256, 80, 1 } } },
		{ .name = "500 ports of one address x 5/s, 20 s", .target = "START, one event",
		  .base = 50, .seconds = 20, .events = 1,
		  .stream = { .rate = 2500, .sweep = true, NEVER_STREAM,
			      .target = { 0xcb007106, 1, 1000, 500 } } },
		{ .name = "15/s for 120 s, held pending", .target = "START", .base = 5,
		  .seconds = 120,
		  .stream = { .rate = 15, .target = SERVICE, NEVER_STREAM } },
		{ .name = "1,000/s from hosts that reset, over 50", .target = "START, one event",
		  .base = 50, .seconds = 10, .events = 1,
		  .stream = { .rate = 1000, .source = ANYWHERE, .behaviour = RESETS,
			      .rtt_us = 40000, .target = SERVICE } },
	};
	size_t i;

	for (i = 0; i < sizeof(evasions) / sizeof(evasions[0]); i++)
		test_evasion(&evasions[i]);
}

/* ---- what is no flood ---- */

static void test_crowds(void)
{
	static const double rtts[] = { 10000, 80000, 150000, 300000 };
	static const double losses[] = { 0, 0.01, 0.03, 0.05 };
	const unsigned int runs = quick ? 4 : 100;
	unsigned int i, alarms = 0;
	u64 handshakes = 0;
	char measured[120];

	for (i = 0; i < runs; i++) {
		const double base = i % 3 ? 50 : 5;
		struct world *w = warm_world(3000 + i, base);
		struct stream crowd = ordinary(w, base * (i % 2 ? 49 : 19));
		const u64 from = world_now(w);

		crowd.rtt_us = rtts[i % 4];
		crowd.loss = losses[i / 4 % 4];
		crowd.to_us = from + 15 * SECOND;
		world_add(w, &crowd);
		world_run(w, crowd.to_us + 15 * SECOND);
		alarms += how_many(w, 0, ~0U);
		handshakes += world_attempts(w);
		done_with(w);
	}
	snprintf(measured, sizeof(measured), "%u in %u runs, %llu handshakes", alarms, runs,
		 (unsigned long long)handshakes);
	row("flash crowds x20 and x50, RTT 10 to 300 ms, loss 0 to 5 %", "no START", measured,
	    !alarms);
}

struct lookalike {
	const char *name;
	enum manners manners;
	double base, per_second, crowd;
	enum tcpshake_label label;
	struct stream stream;	/* rate 0: none */
};

static bool looks_right(const struct lookalike *l, unsigned int seed, u32 *labels)
{
	struct world *w = warm_world(4000 + seed, l->base);
	struct stream stream = l->stream, crowd = ordinary(w, l->base * l->crowd);
	const u64 from = world_now(w);
	unsigned int count, i, number;
	bool fine;

	world_manners(w, l->manners, l->per_second);
	stream.from_us = from;
	stream.to_us = from + 20 * SECOND;
	if (stream.rate > 0)
		world_add(w, &stream);
	crowd.to_us = from + 20 * SECOND;
	if (l->crowd > 0)
		world_add(w, &crowd);
	world_run(w, from + 20 * SECOND);
	number = told_since(w, from, 1U << l->label);
	fine = number && story(w, number)->label == l->label;
	world_stories(w, &count);
	for (i = 1; i <= count; i++)
		*labels |= story(w, i)->labels;
	fine = fine && !how_many(w, 0, FLOOD_LABELS);
	world_free(w);
	return fine;
}

static void test_lookalikes(void)
{
	static const struct lookalike all[] = {
		{ .name = "outage: server silent, 50/s", .manners = SILENT, .base = 50,
		  .label = TCPSHAKE_LABEL_OUTAGE },
		{ .name = "outage: server silent, 500/s", .manners = SILENT, .base = 500,
		  .label = TCPSHAKE_LABEL_OUTAGE },
		{ .name = "outage: answers get lost, 200/s", .manners = DEAF, .base = 200,
		  .label = TCPSHAKE_LABEL_OUTAGE },
		{ .name = "overload: 30 % of 200/s answered", .manners = OVERLOADED, .base = 200,
		  .per_second = 60, .label = TCPSHAKE_LABEL_OVERLOAD },
		{ .name = "overload by a crowd x20 over 50", .manners = OVERLOADED, .base = 50,
		  .per_second = 250, .crowd = 19, .label = TCPSHAKE_LABEL_OVERLOAD },
		{ .name = "refused service, 200/s", .manners = REFUSES, .base = 200,
		  .label = TCPSHAKE_LABEL_REFUSED },
		{ .name = "scan of 1,000 closed ports by one, 500/s", .manners = REFUSES,
		  .base = 0.01, .label = TCPSHAKE_LABEL_SCAN,
		  .stream = { .rate = 500, .source = { 0x0b000001, 1, 0, 0 }, .sweep = true,
			      .target = { 0xcb007106, 1, 1, 10000 }, .behaviour = PROBES,
			      .rtt_us = 1000 } },
		{ .name = "scan of filtered ports by one, 500/s", .manners = SILENT,
		  .base = 0.01, .label = TCPSHAKE_LABEL_SCAN,
		  .stream = { .rate = 500, .source = { 0x0b000001, 1, 0, 0 }, .sweep = true,
			      .target = { 0xcb007106, 1, 1, 10000 }, .behaviour = NEVER,
			      .rtt_us = 1000 } },
	};
	const unsigned int seeds = quick ? 2 : 20;
	char measured[160];
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		unsigned int seed, right = 0, bit;
		u32 labels = 0;
		int at;

		for (seed = 0; seed < seeds; seed++)
			right += looks_right(&all[i], seed, &labels);
		at = snprintf(measured, sizeof(measured), "%u of %u; labels:", right, seeds);
		for (bit = 1; bit <= TCPSHAKE_LABEL_MAX; bit++)
			if (labels & 1U << bit)
				at += snprintf(measured + at, sizeof(measured) - at, " %s",
					       tcpshake_label_name(bit));
		row(all[i].name, "labelled right, no flood", measured, right == seeds);
	}
}

static void test_soak(void)
{
	const double hundred_million = quick ? 2e6 : 100e6;
	const struct soak soak = soak_run(hundred_million);
	char measured[120];

	snprintf(measured, sizeof(measured), "%u in %.1f million, %.1f service-days", soak.alarms,
		 soak.handshakes / 1e6, soak.ticks * 0.262144 / 86400);
	row("ordinary traffic, 100 million handshakes", "no START", measured,
	    !soak.alarms && soak.handshakes >= hundred_million);
}

/* 1 M destinations, none of which answers, and a service that does. */
static void test_spray(void)
{
	struct world *w = warm_world(5000, 50);
	struct stream spray = spoofed(w, quick ? 5000 : 50000, 20);
	const struct tcpshake_service_key key = {
		.addr = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xcb, 0, 0x71, 5 },
		.port = 443, .owner = 1,
	};
	const struct tcpshake_services *s = world_services(w);
	const struct tcpshake_service *service = tcpshake_services_find(s, &key);
	char measured[160];
	bool kept;

	spray.target = (struct endpoint_range){ 0x0d000000, 1000000, 80, 1 };
	world_manners(w, ANSWERS, 0);
	world_add(w, &spray);
	world_run(w, spray.to_us);
	kept = service && tcpshake_services_find(s, &key) == service &&
	       service->state == TCPSHAKE_SERVICE_LIVE;
	snprintf(measured, sizeof(measured), "%s; told at level %s", kept ? "kept" : "lost",
		 tcpshake_level_name(story(w, told_since(w, spray.from_us, FLOOD_LABELS))->level));
	row("a service that answers, among 1 M destinations sprayed", "keeps its record",
	    measured, kept);
	done_with(w);
}

static void print_memory(void)
{
	const double kib = 1024 * (sizeof(struct tcpshake_service) + 3) / 1024.0 +
			   256 * sizeof(struct tcpshake_watch) / 1024.0 +
			   64 * sizeof(struct tcpshake_flood) / 1024.0 +
			   64 * sizeof(struct tcpshake_forensics) / 1024.0;

	printf("     memory at the default size: %.0f KiB, and %.0f KiB for each CPU\n", kib,
	       1024 * sizeof(struct tcpshake_cohorts) / 1024.0);
}

int main(int argc, char **argv)
{
	const time_t began = time(NULL);

	quick = argc > 1 && !strcmp(argv[1], "--quick");
	printf("%-4s %-58s %-28s %s\n", "", "traffic", "target", "measured");
	test_starts();
	test_evasions();
	test_crowds();
	test_lookalikes();
	test_spray();
	test_soak();
	print_memory();
	printf("     %ld s\n%u passed, %u failed\n", (long)(time(NULL) - began), passed, failed);
	return failed ? 1 : 0;
}
