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
 * context); at most one row is locked at a time, and only the lock of its details
 * is taken below it. Under it: at most 12 flows looked at, an engine step and its
 * verdict booked; no allocation. Tags are also read without it: a miss may be
 * stale only against a packet that is being handled on another CPU at that moment.
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

/* Memory: a flow, its share of a row and of the room for details; details.c proves it. */
#define TCPSHAKE_SLOT_OCTETS	72

struct tcpshake_row;
struct tcpshake_details_group;

/* The flows of one tuple, with their row locked. All are in the same row. */
struct tcpshake_tuple {
	struct tcpshake_net *tn;
	struct tcpshake_row *row;
	struct tcpshake_flow *flows; /* of the row */
	struct tcpshake_details_group *group; /* locked too, unless NULL */
	u16 ways;		/* a bit for each flow of the tuple */
	u16 tag;
};

enum tcpshake_table_rest {
	TCPSHAKE_TABLE_BUSY,	/* there may be flows */
	TCPSHAKE_TABLE_CHECKED,	/* likewise; the sweep is looking whether that is so */
	TCPSHAKE_TABLE_IDLE,	/* there are none: no packet has a flow */
};

/* enum tcpshake_table_rest. Whoever claims a slot makes it BUSY, the sweep anything else. */
extern int tcpshake_table_rest;

int tcpshake_table_init(u32 slots);
void tcpshake_table_exit(void);
u32 tcpshake_table_slots(void);

/*
 * The same for both directions of a connection; keyed, never shown to anyone.
 * domain: of layer 3, since VRFs may use the same addresses.
 */
u32 tcpshake_table_hash(const struct tcpshake_net *tn, const struct tcpshake_segment *seg,
			u32 domain);

/*
 * Locks the row of the segment and finds the flows of its tuple. claims: it is of
 * use even if there is none, to claim a slot.
 * Context: BH off. Return: true with the row locked, to be followed by
 * tcpshake_table_leave(); or false: there is no flow.
 */
bool tcpshake_table_enter(struct tcpshake_net *tn, u32 hash,
			  const struct tcpshake_segment *seg, bool claims,
			  struct tcpshake_tuple *tuple);
void tcpshake_table_leave(struct tcpshake_tuple *tuple);

/* The functions below want the row locked. */

static inline struct tcpshake_flow *tcpshake_table_flow(const struct tcpshake_tuple *tuple,
							unsigned int way)
{
	return &tuple->flows[way];
}

/*
 * Return: the options of a pending flow, NULL if there are none or they were
 * forgotten. The second one makes room for them; forgot: at another's cost.
 */
struct tcpshake_details *tcpshake_table_details(struct tcpshake_tuple *tuple, unsigned int way);
struct tcpshake_details *tcpshake_table_new_details(struct tcpshake_tuple *tuple,
						    unsigned int way, bool *forgot);

/*
 * A slot for another flow of the tuple. For an attempt, one that is in use is taken
 * if need be, in the order row.h tells; a namespace over its quota takes its own, here
 * or, for a free slot here, in a row nearby; this tuple's are spared. spare: for what
 * is no attempt, only free slots and those whose flow has its outcome. What befell who
 * had it is booked.
 * Context: RCU read side. Return: false if there is none to be had.
 */
bool tcpshake_table_claim(struct tcpshake_tuple *tuple, u64 now_us, bool spare,
			  unsigned int *way);

/* A flow has changed: it is kept, or dropped if state is 0. */
void tcpshake_table_commit(struct tcpshake_tuple *tuple, unsigned int way, u8 state);

/* Drops every flow of a namespace, unbooked. Context: process; its hooks are gone. */
void tcpshake_table_purge(u16 owner);

/* For dumps: rows are numbered from 0. A flow that stays is in one row, at one place. */
u32 tcpshake_table_rows(void);

/* A pending attempt, for those who tell about it. */
struct tcpshake_pending {
	struct tcpshake_flow flow;
	struct tcpshake_details details;
	bool has_details;
};

/*
 * Copies the pending flows a namespace has in a row, each to the place it has there.
 * Context: process. Return: a mask of the places that were filled.
 */
u32 tcpshake_table_read(u32 row, u16 owner, struct tcpshake_pending pending[TCPSHAKE_WAYS]);

#endif /* TCPSHAKE_TABLE_H */
