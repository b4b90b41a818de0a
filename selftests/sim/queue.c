// SPDX-License-Identifier: GPL-2.0
/* Chance, and what is to come: see queue.h. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "queue.h"

/* ---- chance ---- */

u64 random_next(u64 *state)	/* xorshift64* (Vigna 2016) */
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

double random_unit(u64 *state)
{
	return (double)(random_next(state) >> 11) / 9007199254740992.0;
}

double random_normal(u64 *state)
{
	return sqrt(-2 * log(1 - random_unit(state))) * cos(2 * M_PI * random_unit(state));
}

u64 random_poisson(u64 *state, double mean)
{
	const double limit = exp(-mean);
	double product = 1;
	u64 n = 0;

	if (mean > 60) {
		const double value = mean + sqrt(mean) * random_normal(state) + 0.5;

		return value > 0 ? (u64)value : 0;
	}
	while ((product *= random_unit(state)) > limit)
		n++;
	return n;
}

/* ---- events ---- */

void queue_push(struct queue *q, u64 us, enum what what, u32 of)
{
	size_t i = q->events++;

	if (i == q->room) {
		q->room = q->room ? q->room * 2 : 1024;
		q->heap = realloc(q->heap, q->room * sizeof(*q->heap));
		if (!q->heap)
			abort();
	}
	for (; i && q->heap[(i - 1) / 2].us > us; i = (i - 1) / 2)
		q->heap[i] = q->heap[(i - 1) / 2];
	q->heap[i] = (struct event){ us, of, what };
}

struct event queue_pop(struct queue *q)
{
	const struct event first = q->heap[0];
	const struct event last = q->heap[--q->events];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < q->events) {
		if (child + 1 < q->events && q->heap[child + 1].us < q->heap[child].us)
			child++;
		if (q->heap[child].us >= last.us)
			break;
		q->heap[i] = q->heap[child];
		i = child;
	}
	q->heap[i] = last;
	return first;
}

u64 queue_next(const struct queue *q)
{
	return q->events ? q->heap[0].us : UINT64_MAX;
}
