/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The attempts of a capture: what the kernel's flow table is to packets on the
 * wire. Time is the capture's. Memory is bounded by the number of flows kept at
 * once, however long the capture is.
 *
 * Attempts are told in the order of their first SYN, each once, as soon as it and
 * all before it have ended.
 */
#ifndef TCPSHAKE_STORE_H
#define TCPSHAKE_STORE_H

#include "books.h"
#include "floodwatch.h"

#define STORE_FLOWS_MIN 16
#define STORE_FLOWS_DEFAULT 1048576
#define STORE_FLOWS_MAX 16777216

/* ended.outcome 0: still pending when the capture ended, in ended.flow.state. */
struct attempt {
	u64 time_ns;	/* of the first SYN, since 1970 */
	struct tcpshake_ended ended;
};

struct store;

/* told may be NULL: then only counting is done. NULL when there is no memory. */
struct store *store_new(u32 flows_max, void (*told)(void *context, const struct attempt *attempt),
			void *context);

/* What happens to attempts is also told to it; it outlives the store. */
void store_watch_floods(struct store *store, struct floodwatch *watch);

/*
 * From here on attempts are told when they end, not in the order of their first SYN;
 * nobody waits for another one. Before the first segment.
 */
void store_tell_at_end(struct store *store);

void store_free(struct store *store);

/*
 * A segment, by its own time, and by a clock that never goes back. The first is
 * what attempts are measured by, the second what they are given up by. False when
 * memory is out.
 */
bool store_segment(struct store *store, const struct tcpshake_segment *seg, u64 time_ns,
		   u64 clock_us);

/* An ICMP error that quotes a segment; otherwise the same. */
bool store_unreachable(struct store *store, const struct tcpshake_segment *quoted,
		       enum tcpshake_unreachable how, u64 time_ns, u64 clock_us);

/* Time goes on, though no segment comes: what is due ends. */
void store_advance(struct store *store, u64 clock_us);

/* A TCP packet of which no segment came out, and why. */
void store_unparsed(struct store *store, const struct tcpshake_segment *seg,
		    enum tcpshake_exit exit);

/* The capture ended at this time: tells all attempts that have not been told. */
void store_finish(struct store *store, u64 clock_us);

const struct store_counters *store_counters(const struct store *store);

/* Do the counters add up: attempts, segments, and pending flows by state? */
bool store_is_consistent(const struct store *store);

#endif /* TCPSHAKE_STORE_H */
