/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The books: every verdict is entered here once, and nowhere else.
 *
 * Each CPU keeps its own page. A verdict changes it inside one sequence-count
 * section, and every verdict by itself keeps both identities (an exit for a
 * packet; an outcome for what leaves "pending"), so each page obeys them at every
 * consistent read and so does the sum of pages: readers need no quiet moment.
 */
#ifndef TCPSHAKE_COUNTERS_H
#define TCPSHAKE_COUNTERS_H

#include <linux/percpu.h>
#include <linux/seqlock.h>

#include "netns.h"

/* Nothing but u64, for tcpshake_counters_fold(). Attempts are exits[NEW_ATTEMPT]. */
struct tcpshake_totals {
	u64 exits[TCPSHAKE_EXIT_MAX + 1];
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 flows[TCPSHAKE_FLOW_STATES];	/* gauges, by flow state; [0] is without meaning */
	u64 anomalies[TCPSHAKE_ANOMALY_MAX + 1];
	u64 unreachable[TCPSHAKE_UNREACHABLE_MAX + 1];
	u64 evicted[TCPSHAKE_EVICTION_MAX + 1];
	u64 notes[TCPSHAKE_NOTES];
	u64 details_lost;
};

struct tcpshake_counters {
	seqcount_t seq;
	struct tcpshake_totals totals;
};

/* Return: NULL when out of memory. */
struct tcpshake_counters __percpu *tcpshake_counters_alloc(void);

/*
 * Enters a verdict: counters, services, journals, events. flow is the one it is about,
 * as it is now, NULL if there is none, or it has ended; seg the segment it is on, NULL
 * if time or need of room brought it.
 * Context: BH off, RCU read side; a row may be locked.
 */
void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg);

/*
 * One more packet that belongs to no pending attempt, and has nothing else to tell.
 * By itself it keeps the identities, hence no section: an add to what this CPU owns.
 * Any context.
 */
static inline void tcpshake_book_untracked(struct tcpshake_net *tn)
{
	this_cpu_inc(tn->counters->totals.exits[TCPSHAKE_EXIT_UNTRACKED]);
}

/* An attempt's options were forgotten for want of room. Context: likewise. */
void tcpshake_book_forgotten(struct tcpshake_net *tn);

/* Adds all pages up. Any context. */
void tcpshake_counters_fold(const struct tcpshake_net *tn, struct tcpshake_totals *sum);

u64 tcpshake_totals_packets(const struct tcpshake_totals *t);
u64 tcpshake_totals_pending(const struct tcpshake_totals *t);

/* Slots in use: pending, and those kept for a moment more. */
u64 tcpshake_totals_used(const struct tcpshake_totals *t);

#endif /* TCPSHAKE_COUNTERS_H */
