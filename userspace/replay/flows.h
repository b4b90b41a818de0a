/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The memory of the store: flows in slots, found by a hash that is the same for
 * both directions, and in lists by which time runs out. The front of each list
 * is the next to go, so expiry costs nothing while none is.
 */
#ifndef TCPSHAKE_FLOWS_H
#define TCPSHAKE_FLOWS_H

#include "core/handshake.h"

enum { CHUNK_SLOTS = 4096 };	/* allocated so many at once; they never move */

enum list_kind { BY_AGE, BY_ACTIVITY, LIST_KINDS };

struct slot {
	struct tcpshake_flow flow;
	struct tcpshake_details details;
	u64 first_ns;		/* the first SYN, by its own time */
	u64 first_us;		/* and by the clock */
	u64 number;		/* of the attempt */
	u32 hash;
	u32 next_in_bucket;	/* slot numbers; 0: none */
	struct {
		u32 before, after;
	} links[LIST_KINDS];
	bool pending;		/* in which lists it is */
} __attribute__((aligned(64)));

struct list {
	enum list_kind kind;
	u32 first, last;	/* slot numbers; 0: none */
};

struct flows {
	struct slot **chunks;
	u32 max;
	u32 made;
	u32 free;		/* linked by next_in_bucket */
	u32 used;
	u32 *buckets;
	u32 bucket_mask;
	u64 key[3];
	struct list by_age;	/* pending, by first SYN */
	struct list by_activity; /* pending, by the client's last segment */
	struct list past;	/* not, or not any more; by when that began */
};

/* flows is all 0. False when there is no memory; flows_exit() is due even then. */
bool flows_init(struct flows *flows, u32 max);
void flows_exit(struct flows *flows);

static inline struct slot *flows_at(const struct flows *flows, u32 number)
{
	return &flows->chunks[number / CHUNK_SLOTS][number % CHUNK_SLOTS];
}

u32 flows_hash(const struct flows *flows, const struct tcpshake_segment *seg);

/* The flows of one tuple. The engine lets no more than some be there at once. */
#define TUPLE_FLOWS_MAX 32

struct tuple {
	u32 numbers[TUPLE_FLOWS_MAX];
	unsigned int count;
};

/* The slots of all flows of the segment's tuple. */
void flows_find(const struct flows *flows, u32 hash, const struct tcpshake_segment *seg,
		struct tuple *tuple);

/* A free slot, 0 when there is no memory. Less than max must be in use. */
u32 flows_take(struct flows *flows);

/* From when its flow and hash are set until it is dropped, the slot can be found. */
void flows_insert(struct flows *flows, u32 number);
void flows_drop(struct flows *flows, u32 number);

/* Out of its lists before, or after, its state changed; to the end of those it belongs to now. */
void flows_delist(struct flows *flows, u32 number);
void flows_enlist(struct flows *flows, u32 number);

/* Its time begins anew: the client of a pending flow was seen. */
void flows_touch(struct flows *flows, u32 number);

#endif /* TCPSHAKE_FLOWS_H */
