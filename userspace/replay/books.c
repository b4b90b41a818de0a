// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Counting, and whether the sums agree. */
#include "books.h"

void books_enter(struct store_counters *counters, const struct tcpshake_verdict *v)
{
	if (v->exit)
		counters->exits[v->exit]++;
	if (v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT)
		counters->attempts++;
	if (v->from && v->from <= TCPSHAKE_STATE_MAX)
		counters->pending[v->from]--;
	if (v->to && v->to <= TCPSHAKE_STATE_MAX)
		counters->pending[v->to]++;
	for (unsigned int i = 0; v->notes >> i; i++)
		counters->notes[i] += v->notes >> i & 1;
	tcpshake_anomalies_count(&v->anomalies, counters->anomalies);
	if (v->ended.outcome)
		counters->outcomes[v->ended.outcome]++;
	if (v->ended.outcome == TCPSHAKE_OUTCOME_UNREACHABLE)
		counters->unreachable[v->ended.unreachable]++;
}

void books_unparsed(struct store_counters *counters, const struct tcpshake_segment *seg,
		    enum tcpshake_exit exit)
{
	counters->segments++;
	counters->exits[exit]++;
	tcpshake_anomalies_count(&seg->anomalies, counters->anomalies);
}

static u64 sum(const u64 *values, size_t count)
{
	u64 total = 0;

	while (count--)
		total += values[count];
	return total;
}

bool books_balance(const struct store_counters *counters, const u64 *pending)
{
	return !memcmp(pending, counters->pending, sizeof(counters->pending)) &&
	       counters->segments == sum(counters->exits, TCPSHAKE_EXIT_MAX + 1) &&
	       counters->attempts == sum(counters->outcomes, TCPSHAKE_OUTCOME_MAX + 1) +
				     sum(pending, TCPSHAKE_STATE_MAX + 1) &&
	       counters->outcomes[TCPSHAKE_OUTCOME_UNREACHABLE] ==
		       sum(counters->unreachable, TCPSHAKE_UNREACHABLE_MAX + 1);
}
