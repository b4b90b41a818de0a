/* SPDX-License-Identifier: GPL-2.0 */
/* Chance, and what is to come, in order of time: a binary heap. */
#ifndef TCPSHAKE_SIM_QUEUE_H
#define TCPSHAKE_SIM_QUEUE_H

#include "world.h"

enum what {
	ARRIVAL,	/* the next SYN of a stream */
	COMPLETE,
	AGAIN,		/* the client repeats its SYN */
	RESET,
	EXPIRE,
};

struct event {
	u64 us;
	u32 of;			/* attempt, or stream */
	u32 what;
};

struct queue {
	struct event *heap;	/* to be freed */
	size_t events, room;
};

void queue_push(struct queue *q, u64 us, enum what what, u32 of);
struct event queue_pop(struct queue *q);

/* The time of the next one; the end of time if there is none. */
u64 queue_next(const struct queue *q);

u64 random_next(u64 *state);
double random_normal(u64 *state);

#endif /* TCPSHAKE_SIM_QUEUE_H */
