/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The newest events of a namespace, in rings that are overwritten: what /proc and
 * the dumps show as "completed" and "malformed", and what events.c still has to
 * tell its listeners. Each CPU has its own rings; nothing is allocated and no
 * lock is taken when one is written.
 */
#ifndef TCPSHAKE_JOURNAL_H
#define TCPSHAKE_JOURNAL_H

#include "netns.h"

/* The event queues: written while someone listens; the numbers are the genl groups' indices. */
enum tcpshake_event_group {
	TCPSHAKE_EVENTS_HANDSHAKE, /* attempts that ended */
	TCPSHAKE_EVENTS_ANOMALY,
	TCPSHAKE_EVENT_GROUPS,
};

/* All rings: the queues, then what is kept to be looked at later. */
enum tcpshake_ring_kind {
	TCPSHAKE_RING_COMPLETED = TCPSHAKE_EVENT_GROUPS,
	TCPSHAKE_RING_MALFORMED,
	TCPSHAKE_RINGS,
};

struct tcpshake_record {
	u64 wall_ns;		/* time of day of the event */
	union {
		struct tcpshake_ended ended;	/* EVENTS_HANDSHAKE, COMPLETED */
		struct tcpshake_segment segment; /* EVENTS_ANOMALY, MALFORMED */
	};
};

/* What /proc and the dumps show at most. */
#define TCPSHAKE_NEWEST 256

int tcpshake_journal_alloc(struct tcpshake_net *tn);
void tcpshake_journal_free(struct tcpshake_net *tn);

enum tcpshake_waiting {
	TCPSHAKE_WAITING_NOTHING,
	TCPSHAKE_WAITING_EVENTS,
	TCPSHAKE_WAITING_MANY,	/* half a ring of them has just come together */
};

/*
 * Enters what the verdict has to tell. seg may be NULL.
 * Context: preemption and BH off. Return: what there is for tcpshake_events_kick().
 */
enum tcpshake_waiting tcpshake_journal_enter(struct tcpshake_net *tn,
					     const struct tcpshake_verdict *v,
					     const struct tcpshake_segment *seg);

/*
 * The next event of a group to tell, in order of time over all CPUs. Adds to
 * *lost what was overwritten before it could be read.
 * Context: the namespace's flush work alone. Return: false when all are told.
 */
bool tcpshake_journal_next(struct tcpshake_net *tn, enum tcpshake_event_group group,
			   struct tcpshake_record *record, u64 *lost);

/* Forgets what waits: there is nobody to tell. Context: the flush work alone. */
void tcpshake_journal_skip(struct tcpshake_net *tn, enum tcpshake_event_group group);

/*
 * The newest TCPSHAKE_NEWEST records of a ring, oldest first.
 * Context: process. Return: to be freed with kvfree(), or NULL when out of memory.
 */
struct tcpshake_record *tcpshake_journal_newest(const struct tcpshake_net *tn,
						enum tcpshake_ring_kind kind, size_t *count);

/* Does anybody listen to the group in this namespace? Any context. In events.c. */
bool tcpshake_events_wanted(const struct tcpshake_net *tn, enum tcpshake_event_group group);

/*
 * Has the waiting events told within 10 ms; many of them at once, before their ring
 * overflows. Context: BH off; a row may be locked. In events.c.
 */
void tcpshake_events_kick(struct tcpshake_net *tn, enum tcpshake_waiting waiting);
void tcpshake_events_net_init(struct tcpshake_net *tn);

/* Opens and closes the gate: events are told only while the family is registered. */
void tcpshake_events_open(void);
void tcpshake_events_close(void);

#endif /* TCPSHAKE_JOURNAL_H */
