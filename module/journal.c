// SPDX-License-Identifier: GPL-2.0
/*
 * Journal rings. One writer, its CPU; readers copy a record and then look
 * whether the writer has come round meanwhile.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timekeeping.h>

#include "counters.h"
#include "journal.h"

enum ring_sizes {	/* records for each CPU, powers of two */
	HANDSHAKES = 512,
	ANOMALIES = 256,
	NEWEST = 64,
};

struct ring {
	u32 head;		/* records ever written; released by the writer */
	u32 told;		/* event queues: records told or given up; the flush work alone */
	u32 size;		/* const */
	struct tcpshake_record *records; /* const */
};

struct tcpshake_journal {
	struct ring rings[TCPSHAKE_RINGS];
	struct tcpshake_record records[HANDSHAKES + ANOMALIES + 2 * NEWEST];
};

static void journal_init(struct tcpshake_journal *journal)
{
	static const u16 sizes[TCPSHAKE_RINGS] = {
		[TCPSHAKE_EVENTS_HANDSHAKE] = HANDSHAKES,
		[TCPSHAKE_EVENTS_ANOMALY] = ANOMALIES,
		[TCPSHAKE_RING_COMPLETED] = NEWEST,
		[TCPSHAKE_RING_MALFORMED] = NEWEST,
	};
	struct tcpshake_record *records = journal->records;
	int i;

	for (i = 0; i < TCPSHAKE_RINGS; i++) {
		journal->rings[i].size = sizes[i];
		journal->rings[i].records = records;
		records += sizes[i];
	}
}

int tcpshake_journal_alloc(struct tcpshake_net *tn)
{
	int cpu;

	tn->journals = kcalloc(nr_cpu_ids, sizeof(*tn->journals), GFP_KERNEL_ACCOUNT);
	if (!tn->journals)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		tn->journals[cpu] = kvzalloc_node(sizeof(*tn->journals[cpu]),
						  GFP_KERNEL_ACCOUNT, cpu_to_node(cpu));
		if (!tn->journals[cpu]) {
			tcpshake_journal_free(tn);
			return -ENOMEM;
		}
		journal_init(tn->journals[cpu]);
	}
	return 0;
}

void tcpshake_journal_free(struct tcpshake_net *tn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kvfree(tn->journals[cpu]);
	kfree(tn->journals);
	tn->journals = NULL;
}

static struct ring *ring_of(const struct tcpshake_net *tn, int cpu, unsigned int kind)
{
	return &tn->journals[cpu]->rings[kind];
}

static struct tcpshake_record *slot(const struct ring *ring, u32 index)
{
	return &ring->records[index & (ring->size - 1)];
}

static void advance(struct ring *ring)
{
	smp_store_release(&ring->head, ring->head + 1); /* pairs with copy_record() */
}

static u32 written(const struct ring *ring)
{
	return smp_load_acquire(&ring->head); /* then the records; pairs with advance() */
}

static void enter_ended(struct ring *ring, const struct tcpshake_ended *ended, u64 wall_ns)
{
	struct tcpshake_record *record = slot(ring, ring->head);

	record->wall_ns = wall_ns;
	record->ended = *ended;
	advance(ring);
}

static void enter_anomaly(struct ring *ring, const struct tcpshake_segment *seg,
			  const struct tcpshake_anomalies *anomalies, u64 wall_ns)
{
	struct tcpshake_record *record = slot(ring, ring->head);

	record->wall_ns = wall_ns;
	record->segment = *seg;
	record->segment.anomalies = *anomalies;
	advance(ring);
}

/* An event has been written to a queue. Only one in a batch is the one that makes it half full. */
static enum tcpshake_waiting waiting_in(const struct ring *ring)
{
	return ring->head - READ_ONCE(ring->told) == ring->size / 2 ? TCPSHAKE_WAITING_MANY :
								      TCPSHAKE_WAITING_EVENTS;
}

/* What nobody is to see, as in a flood most of what ends, costs no look at the clock. */
static enum tcpshake_waiting
enter_outcome(struct tcpshake_net *tn, struct ring *rings, const struct tcpshake_ended *ended)
{
	const bool wanted = tcpshake_events_wanted(tn, TCPSHAKE_EVENTS_HANDSHAKE);
	const bool completed = ended->outcome == TCPSHAKE_OUTCOME_COMPLETED;
	u64 wall_ns;

	if (!wanted && !completed)
		return TCPSHAKE_WAITING_NOTHING;
	wall_ns = ktime_get_real_ns();
	if (completed)
		enter_ended(&rings[TCPSHAKE_RING_COMPLETED], ended, wall_ns);
	if (!wanted)
		return TCPSHAKE_WAITING_NOTHING;
	enter_ended(&rings[TCPSHAKE_EVENTS_HANDSHAKE], ended, wall_ns);
	return waiting_in(&rings[TCPSHAKE_EVENTS_HANDSHAKE]);
}

static enum tcpshake_waiting
enter_anomalies(struct tcpshake_net *tn, struct ring *rings, const struct tcpshake_segment *seg,
		const struct tcpshake_anomalies *anomalies)
{
	const bool wanted = tcpshake_events_wanted(tn, TCPSHAKE_EVENTS_ANOMALY);
	const bool legal = tcpshake_anomalies_legal(anomalies);
	u64 wall_ns;

	if (!wanted && legal)
		return TCPSHAKE_WAITING_NOTHING;
	wall_ns = ktime_get_real_ns();
	if (!legal)
		enter_anomaly(&rings[TCPSHAKE_RING_MALFORMED], seg, anomalies, wall_ns);
	if (!wanted)
		return TCPSHAKE_WAITING_NOTHING;
	enter_anomaly(&rings[TCPSHAKE_EVENTS_ANOMALY], seg, anomalies, wall_ns);
	return waiting_in(&rings[TCPSHAKE_EVENTS_ANOMALY]);
}

enum tcpshake_waiting tcpshake_journal_enter(struct tcpshake_net *tn,
					     const struct tcpshake_verdict *v,
					     const struct tcpshake_segment *seg)
{
	const bool outcome = v->ended.outcome;
	const bool anomalous = seg && !tcpshake_anomalies_empty(&v->anomalies);
	enum tcpshake_waiting ended = TCPSHAKE_WAITING_NOTHING;
	enum tcpshake_waiting odd = TCPSHAKE_WAITING_NOTHING;
	struct ring *rings;

	if (likely(!outcome && !anomalous))
		return TCPSHAKE_WAITING_NOTHING;
	rings = tn->journals[smp_processor_id()]->rings;
	if (outcome)
		ended = enter_outcome(tn, rings, &v->ended);
	if (anomalous)
		odd = enter_anomalies(tn, rings, seg, &v->anomalies);
	return max(ended, odd);
}

/* Return: false if the writer has, or may have, overwritten it meanwhile. */
static bool copy_record(const struct ring *ring, u32 index, struct tcpshake_record *copy)
{
	data_race(*copy = *slot(ring, index)); /* a torn copy is thrown away */
	smp_rmb(); /* the copy, then the head; pairs with advance() */
	return READ_ONCE(ring->head) - index < ring->size;
}

/* Gives up what the writer has overwritten, with a record to spare for the one it is at. */
static void give_up(struct ring *ring, u32 head, u64 *lost)
{
	const u32 waiting = head - ring->told;

	if (waiting < ring->size)
		return;
	*lost += waiting - (ring->size - 1);
	WRITE_ONCE(ring->told, head - (ring->size - 1));
}

static struct ring *oldest_waiting(struct tcpshake_net *tn, enum tcpshake_event_group group,
				   u64 *lost)
{
	struct ring *oldest = NULL;
	u64 oldest_ns = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ring *ring = ring_of(tn, cpu, group);
		const u32 head = written(ring);
		u64 ns;

		give_up(ring, head, lost);
		if (ring->told == head)
			continue;
		ns = data_race(slot(ring, ring->told)->wall_ns); /* only to choose */
		if (!oldest || ns < oldest_ns) {
			oldest = ring;
			oldest_ns = ns;
		}
	}
	return oldest;
}

bool tcpshake_journal_next(struct tcpshake_net *tn, enum tcpshake_event_group group,
			   struct tcpshake_record *record, u64 *lost)
{
	struct ring *ring;

	while ((ring = oldest_waiting(tn, group, lost))) {
		const bool whole = copy_record(ring, ring->told, record);

		WRITE_ONCE(ring->told, ring->told + 1);
		if (whole)
			return true;
		(*lost)++;
	}
	return false;
}

void tcpshake_journal_skip(struct tcpshake_net *tn, enum tcpshake_event_group group)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ring *ring = ring_of(tn, cpu, group);

		WRITE_ONCE(ring->told, written(ring));
	}
}

static int by_time(const void *a, const void *b)
{
	const struct tcpshake_record *ra = a;
	const struct tcpshake_record *rb = b;

	if (ra->wall_ns == rb->wall_ns)
		return 0;
	return ra->wall_ns < rb->wall_ns ? -1 : 1;
}

static size_t copy_ring(const struct ring *ring, struct tcpshake_record *to)
{
	const u32 head = written(ring);
	u32 index = head < ring->size ? 0 : head - (ring->size - 1);
	size_t count = 0;

	for (; index != head; index++) {
		if (copy_record(ring, index, &to[count]))
			count++;
	}
	return count;
}

struct tcpshake_record *tcpshake_journal_newest(const struct tcpshake_net *tn,
						enum tcpshake_ring_kind kind, size_t *count)
{
	struct tcpshake_record *all;
	size_t room = 0;
	size_t n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		room += ring_of(tn, cpu, kind)->size;
	all = kvmalloc_array(room, sizeof(*all), GFP_KERNEL);
	if (!all)
		return NULL;

	for_each_possible_cpu(cpu)
		n += copy_ring(ring_of(tn, cpu, kind), all + n);
	sort(all, n, sizeof(*all), by_time, NULL);
	if (n > TCPSHAKE_NEWEST) {
		memmove(all, all + n - TCPSHAKE_NEWEST, TCPSHAKE_NEWEST * sizeof(*all));
		n = TCPSHAKE_NEWEST;
	}
	*count = n;
	return all;
}
