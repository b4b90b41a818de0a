// SPDX-License-Identifier: GPL-2.0
/*
 * Counters. Written in softirq (or with BH off) on the CPU that owns the page,
 * read from anywhere.
 */
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "counters.h"
#include "journal.h"
#include "service.h"

struct tcpshake_counters __percpu *tcpshake_counters_alloc(void)
{
	struct tcpshake_counters __percpu *counters;
	int cpu;

	counters = alloc_percpu_gfp(struct tcpshake_counters, GFP_KERNEL_ACCOUNT);
	if (!counters)
		return NULL;
	for_each_possible_cpu(cpu)
		seqcount_init(&per_cpu_ptr(counters, cpu)->seq);
	return counters;
}

static void count_notes(struct tcpshake_totals *t, u8 notes)
{
	unsigned int i;

	for (i = 0; notes >> i; i++)
		t->notes[i] += notes >> i & 1;
}

/* Is it about the attempt, besides the packet? */
static bool tells_of_flow(u8 exit)
{
	return exit >= TCPSHAKE_EXIT_NEW_ATTEMPT && exit <= TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
}

/*
 * On PREEMPT_RT "BH off" may leave the task preemptible and, on the newest
 * kernels, another one free to run softirqs here: hence preempt_disable().
 */
void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	const bool stalled = v->notes & 1 << TCPSHAKE_NOTE_STALLED;
	struct tcpshake_counters *page;
	struct tcpshake_totals *t;
	enum tcpshake_waiting waiting;

	preempt_disable();
	page = this_cpu_ptr(tn->counters);
	t = &page->totals;

	write_seqcount_begin(&page->seq);
	if (v->exit)
		t->exits[v->exit]++;
	if (v->ended.outcome)
		t->outcomes[v->ended.outcome]++;
	if (v->ended.outcome == TCPSHAKE_OUTCOME_UNREACHABLE)
		t->unreachable[v->ended.unreachable]++;
	if (v->ended.outcome == TCPSHAKE_OUTCOME_EVICTED)
		t->evicted[v->ended.eviction]++;
	if (v->from != v->to) {
		t->flows[v->from]--;
		t->flows[v->to]++;
	}
	tcpshake_anomalies_count(&v->anomalies, t->anomalies);
	count_notes(t, v->notes);
	write_seqcount_end(&page->seq);

	if (v->ended.outcome)
		tcpshake_service_ended(tn, &v->ended);
	else if (flow && (stalled || tells_of_flow(v->exit)))
		tcpshake_service_note(tn, flow, v->exit, stalled, seg);
	waiting = tcpshake_journal_enter(tn, v, seg);
	preempt_enable();
	if (waiting)
		tcpshake_events_kick(tn, waiting);
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
	struct tcpshake_counters *page;

	preempt_disable();
	page = this_cpu_ptr(tn->counters);
	write_seqcount_begin(&page->seq);
	page->totals.details_lost++;
	write_seqcount_end(&page->seq);
	preempt_enable();
}

static void read_page(const struct tcpshake_counters *page, struct tcpshake_totals *copy)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&page->seq);
		data_race(*copy = page->totals); /* a torn copy is made again */
	} while (read_seqcount_retry(&page->seq, seq));
}

void tcpshake_counters_fold(const struct tcpshake_net *tn, struct tcpshake_totals *sum)
{
	const size_t words = sizeof(*sum) / sizeof(u64);
	struct tcpshake_totals page;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const u64 *from = (const u64 *)&page;
		u64 *to = (u64 *)sum;
		size_t i;

		read_page(per_cpu_ptr(tn->counters, cpu), &page);
		for (i = 0; i < words; i++)
			to[i] += from[i];
	}
}

u64 tcpshake_totals_packets(const struct tcpshake_totals *t)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 1; i <= TCPSHAKE_EXIT_MAX; i++)
		sum += t->exits[i];
	return sum;
}

u64 tcpshake_totals_pending(const struct tcpshake_totals *t)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 1; i <= TCPSHAKE_STATE_MAX; i++)
		sum += t->flows[i];
	return sum;
}

u64 tcpshake_totals_used(const struct tcpshake_totals *t)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 1; i < TCPSHAKE_FLOW_STATES; i++)
		sum += t->flows[i];
	return sum;
}
