/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flow table: every pending attempt of every namespace, in one preallocated
 * set-associative array. Memory is what it is at load, whatever arrives.
 *
 * A row is one cache line with a 16-bit tag for each of its 12 flows; the flows
 * lie apart, a cache line each. A segment of no pending attempt reads the tags
 * of one row and nothing else, without a lock. A flow never moves.
 *
 * Locking. The row's lock protects its tags, classes, ages and flows. It is a raw
 * spinlock, taken with BH off (hooks run in softirq and, at LOCAL_OUT, in process
 * context), innermost of all locks; at most one row is locked at a time. Under
 * it: at most 12 flows looked at, one engine step, no allocation, no wake-up.
 * Tags are also read without it: a miss may be stale only against a packet that
 * is being handled on another CPU at that moment.
 *
 * Lifetime. A flow belongs to a namespace by its owner id and leaves the table
 * before the namespace does (netns.h). The table outlives every hook.
 */
#ifndef TCPSHAKE_TABLE_H
#define TCPSHAKE_TABLE_H

#include "netns.h"

#define TCPSHAKE_SLOTS_MIN	4096
#define TCPSHAKE_SLOTS_MAX	(4 * 1024 * 1024)
#define TCPSHAKE_SLOTS_DEFAULT	65536
#define TCPSHAKE_WAYS		12

struct tcpshake_row;

/* A slot, with its row locked. */
struct tcpshake_slot {
	struct tcpshake_row *row;
	struct tcpshake_flow *flow;
	unsigned int way;
};

enum tcpshake_claim {
	TCPSHAKE_CLAIM_FOUND,	/* the segment's flow was there */
	TCPSHAKE_CLAIM_FRESH,	/* an unused slot; open the flow */
	TCPSHAKE_CLAIM_EVICTED,	/* likewise, and *victim is the verdict on who held it */
	TCPSHAKE_CLAIM_REFUSED,	/* over quota, nothing of its own to evict; no row is locked */
};

int tcpshake_table_init(u32 slots);
void tcpshake_table_exit(void);
u32 tcpshake_table_slots(void);

/* The same for both directions of a connection; keyed, never shown to anyone. */
u32 tcpshake_table_hash(const struct tcpshake_net *tn, const struct tcpshake_segment *seg);

/*
 * Context: BH off. Return: true with the row locked, to be followed by
 * tcpshake_table_commit(); or false.
 */
bool tcpshake_table_find(const struct tcpshake_net *tn, u32 hash,
			 const struct tcpshake_segment *seg, struct tcpshake_slot *slot);

/*
 * Finds the flow of a SYN or takes a slot for it, evicting if it must: a
 * lingering flow first, then the oldest unanswered, then the oldest; a
 * namespace with a quota evicts its own first.
 * Context: BH off. The row is locked unless REFUSED. victim->owner says whose it was.
 */
enum tcpshake_claim tcpshake_table_claim(const struct tcpshake_net *tn, u32 hash,
					 const struct tcpshake_segment *seg, u64 now_us,
					 struct tcpshake_slot *slot,
					 struct tcpshake_verdict *victim);

/* Unlocks the row. The flow is kept, or dropped if state is 0. */
void tcpshake_table_commit(struct tcpshake_slot *slot, u8 state);

/* Drops every flow of a namespace, unbooked. Context: process; its hooks are gone. */
void tcpshake_table_purge(u16 owner);

/* For dumps: rows are numbered from 0. A flow that stays is in one row, at one place. */
u32 tcpshake_table_rows(void);

/*
 * Copies the pending flows a namespace has in a row, each to the place it has there.
 * Context: process. Return: a mask of the places that were filled.
 */
u32 tcpshake_table_read(u32 row, u16 owner, struct tcpshake_flow flows[TCPSHAKE_WAYS]);

#endif /* TCPSHAKE_TABLE_H */
