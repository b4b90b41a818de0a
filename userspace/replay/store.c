// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Store: the life of a flow from its first SYN until it is dropped, and the books
 * about it.
 */
#include <stdlib.h>

#include "flows.h"
#include "order.h"
#include "store.h"

enum {
	WAIT_FACTOR = 4,	/* attempts that may wait for an older one, per flow kept */
	TICK_SHIFT = 15,	/* expiry is looked after every 2^15 us of the capture */
};

struct store {
	struct flows flows;
	u64 tick;
	bool out_of_memory;
	struct order *order;	/* NULL: attempts are only counted */
	struct store_counters counters;
};

/* The two for pending attempts are alike, so that one list of them serves both. */
static const struct tcpshake_timeouts timeouts = {
	.syn_us = 75000000,
	.synack_us = 75000000,
	.max_age_us = 140000000,
	.linger_us = 3000000,
};

static void tell(struct store *store, const struct slot *slot, const struct tcpshake_ended *ended)
{
	const struct attempt attempt = { .time_ns = slot->first_ns, .ended = *ended };

	if (store->order && !order_add(store->order, slot->number, &attempt))
		store->out_of_memory = true;
}

static void count_anomalies(struct store *store, const struct tcpshake_anomalies *set)
{
	if (tcpshake_anomalies_empty(set))
		return;
	for (unsigned int i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++)
		store->counters.anomalies[i] += tcpshake_anomalies_has(set, i);
}

/* slot: whose attempt ended, if one did; still as it was found. */
static void book(struct store *store, const struct tcpshake_verdict *v, const struct slot *slot)
{
	struct store_counters *counters = &store->counters;

	if (v->exit)
		counters->exits[v->exit]++;
	if (v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT)
		counters->attempts++;
	if (v->from && v->from <= TCPSHAKE_STATE_MAX)
		counters->pending[v->from]--;
	if (v->to && v->to <= TCPSHAKE_STATE_MAX)
		counters->pending[v->to]++;
	counters->stalled += v->stalled;
	count_anomalies(store, &v->anomalies);
	if (!v->ended.outcome)
		return;
	counters->outcomes[v->ended.outcome]++;
	tell(store, slot, &v->ended);
}

/* What the flow's own time is when the clock says so. */
static u64 own_us(const struct slot *slot, u64 clock_us)
{
	return slot->first_ns / 1000 + (clock_us - slot->first_us);
}

/* When tcpshake_handshake_expire() will first say yes, if no segment comes; by the clock. */
static u64 deadline_of(const struct slot *slot)
{
	const u64 seen_us = slot->first_us + ((u64)slot->flow.client_seen << 15);
	const u64 age_us = slot->first_us + timeouts.max_age_us;
	u64 idle_us;

	if (slot->flow.state == TCPSHAKE_FLOW_LINGERING)
		return seen_us + timeouts.linger_us;
	idle_us = seen_us + (slot->flow.state == TCPSHAKE_STATE_HALF_OPEN_SYN ?
				     timeouts.syn_us : timeouts.synack_us);
	return idle_us < age_us ? idle_us : age_us;
}

/*
 * The engine is asked about the moment of the deadline: an outcome does not depend
 * on when other traffic lets time go on, and its 32 bits of time are enough.
 */
static bool expire(struct store *store, u32 number, u64 clock_us)
{
	const struct slot *slot = flows_at(&store->flows, number);
	const u64 deadline_us = deadline_of(slot);
	struct tcpshake_verdict v;

	if (clock_us < deadline_us ||
	    !tcpshake_handshake_expire(&slot->flow, own_us(slot, deadline_us), &timeouts, &v))
		return false;
	book(store, &v, slot);
	flows_drop(&store->flows, number);
	return true;
}

static void sweep(struct store *store, u64 clock_us)
{
	const struct list *lists[] = {
		&store->flows.by_age, &store->flows.by_activity, &store->flows.lingering,
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		while (lists[i]->first && expire(store, lists[i]->first, clock_us))
			;
	}
}

static void evict(struct store *store, u32 number, u64 clock_us)
{
	const struct slot *slot = flows_at(&store->flows, number);
	struct tcpshake_verdict v;

	tcpshake_handshake_evict(&slot->flow, own_us(slot, clock_us), &v);
	book(store, &v, slot);
	flows_drop(&store->flows, number);
}

/* In the order of the first SYN, nobody may be waited for without end. */
static void limit_waiting(struct store *store, u64 clock_us)
{
	const u64 wait_max = (u64)WAIT_FACTOR * store->flows.max;
	u32 oldest;

	while ((oldest = store->flows.by_age.first) != 0 &&
	       store->counters.attempts - flows_at(&store->flows, oldest)->number > wait_max)
		evict(store, oldest, clock_us);
}

/* What lingers has its outcome and goes first, then the oldest attempt. */
static void make_room(struct store *store, u64 clock_us)
{
	const struct flows *flows = &store->flows;

	if (flows->used == flows->max)
		evict(store, flows->lingering.first ? flows->lingering.first :
						      flows->by_age.first, clock_us);
}

/* The attempt that was counted last is the slot's. */
static void begin(const struct store *store, struct slot *slot, u64 time_ns, u64 clock_us)
{
	slot->first_ns = time_ns;
	slot->first_us = clock_us;
	slot->number = store->counters.attempts - 1;
}

static bool open_flow(struct store *store, u32 hash, const struct tcpshake_segment *seg,
		      u64 time_ns, u64 clock_us)
{
	struct tcpshake_verdict v;
	struct slot *slot;
	u32 number;

	make_room(store, clock_us);
	number = flows_take(&store->flows);
	if (!number)
		return false;
	slot = flows_at(&store->flows, number);
	slot->flow.owner = 0;
	slot->hash = hash;
	tcpshake_handshake_open(&slot->flow, seg, time_ns / 1000, &v);
	book(store, &v, NULL);
	begin(store, slot, time_ns, clock_us);
	flows_insert(&store->flows, number);
	limit_waiting(store, clock_us);
	return true;
}

static void step(struct store *store, u32 number, const struct tcpshake_segment *seg, u64 time_ns,
		 u64 clock_us)
{
	struct flows *flows = &store->flows;
	struct slot *slot = flows_at(flows, number);
	const u16 seen = slot->flow.client_seen;
	struct tcpshake_verdict v;

	tcpshake_handshake_step(&slot->flow, seg, time_ns / 1000, &v);
	book(store, &v, slot);
	if (!v.to) {
		flows_drop(flows, number);
		return;
	}
	if (v.exit == TCPSHAKE_EXIT_NEW_ATTEMPT) {
		begin(store, slot, time_ns, clock_us);
		flows_delist(flows, number);
		flows_enlist(flows, number);
		limit_waiting(store, clock_us);
	} else if (slot->lingering != (v.to > TCPSHAKE_STATE_MAX)) {
		flows_delist(flows, number);
		flows_enlist(flows, number);
	} else if (seen != slot->flow.client_seen && !slot->lingering) {
		flows_touch(flows, number);
	}
}

bool store_segment(struct store *store, const struct tcpshake_segment *seg, u64 time_ns,
		   u64 clock_us)
{
	const u32 hash = flows_hash(&store->flows, seg);
	struct tcpshake_verdict v;
	u32 number;

	store->counters.segments++;
	if (clock_us >> TICK_SHIFT != store->tick) {
		store->tick = clock_us >> TICK_SHIFT;
		sweep(store, clock_us);
	}
	number = flows_find(&store->flows, hash, seg);
	if (number && expire(store, number, clock_us))
		number = 0;
	if (number) {
		step(store, number, seg, time_ns, clock_us);
	} else if (seg->class == TCPSHAKE_CLASS_SYN) {
		if (!open_flow(store, hash, seg, time_ns, clock_us))
			return false;
	} else {
		tcpshake_handshake_unknown(seg, &v);
		book(store, &v, NULL);
	}
	return !store->out_of_memory;
}

void store_unparsed(struct store *store, const struct tcpshake_segment *seg,
		    enum tcpshake_exit exit)
{
	store->counters.segments++;
	store->counters.exits[exit]++;
	count_anomalies(store, &seg->anomalies);
}

void store_finish(struct store *store, u64 clock_us)
{
	struct tcpshake_ended ended = { .outcome = TCPSHAKE_OUTCOME_UNSPEC };
	const struct slot *slot;
	u32 number;

	sweep(store, clock_us);
	for (number = store->flows.by_age.first; number; number = slot->links[BY_AGE].after) {
		slot = flows_at(&store->flows, number);
		ended.flow = slot->flow;
		ended.total_us = clock_us - slot->first_us;
		tell(store, slot, &ended);
	}
}

const struct store_counters *store_counters(const struct store *store)
{
	return &store->counters;
}

static u64 sum(const u64 *values, size_t count)
{
	u64 total = 0;

	while (count--)
		total += values[count];
	return total;
}

bool store_is_consistent(const struct store *store)
{
	const struct store_counters *counters = &store->counters;
	u64 pending[TCPSHAKE_STATE_MAX + 1] = { 0 };
	const struct slot *slot;

	for (u32 number = store->flows.by_age.first; number; number = slot->links[BY_AGE].after) {
		slot = flows_at(&store->flows, number);
		pending[slot->flow.state]++;
	}
	return !memcmp(pending, counters->pending, sizeof(pending)) &&
	       counters->segments == sum(counters->exits, TCPSHAKE_EXIT_MAX + 1) &&
	       counters->attempts == sum(counters->outcomes, TCPSHAKE_OUTCOME_MAX + 1) +
				     sum(pending, TCPSHAKE_STATE_MAX + 1);
}

struct store *store_new(u32 flows_max, void (*told)(void *context, const struct attempt *attempt),
			void *context)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	if (told)
		store->order = order_new(told, context);
	if (flows_init(&store->flows, flows_max) && (store->order || !told))
		return store;
	store_free(store);
	return NULL;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	flows_exit(&store->flows);
	order_free(store->order);
	free(store);
}
