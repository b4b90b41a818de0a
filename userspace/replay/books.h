/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The books of a replay: what the module's counters are to packets on the wire. */
#ifndef TCPSHAKE_BOOKS_H
#define TCPSHAKE_BOOKS_H

#include "core/handshake.h"

/* As the module counts; arrays are indexed by their enum. */
struct store_counters {
	u64 segments;
	u64 exits[TCPSHAKE_EXIT_MAX + 1];
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 pending[TCPSHAKE_STATE_MAX + 1];
	u64 unreachable[TCPSHAKE_UNREACHABLE_MAX + 1];
	u64 anomalies[TCPSHAKE_ANOMALY_MAX + 1];
	u64 notes[TCPSHAKE_NOTES];
};

/* Enters a verdict, once. */
void books_enter(struct store_counters *counters, const struct tcpshake_verdict *v);

/* A TCP packet of which no segment came out, and why. */
void books_unparsed(struct store_counters *counters, const struct tcpshake_segment *seg,
		    enum tcpshake_exit exit);

/* Do the counters add up, and to these pending attempts by state? */
bool books_balance(const struct store_counters *counters, const u64 *pending);

#endif /* TCPSHAKE_BOOKS_H */
