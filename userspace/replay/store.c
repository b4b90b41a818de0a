// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Store: the life of a flow from its first SYN until it is dropped, and the books
 * about it.
 */
#include <stdlib.h>

#include "flows.h"
#include "order.h"
#include "store.h"
#include "tuple.h"

enum {
	WAIT_FACTOR = 4,	/* attempts that may wait for an older one, per flow kept */
	TICK_SHIFT = 15,	/* expiry is looked after every 2^15 us of the capture */
};

struct store {
	struct flows flows;
	u64 tick;
	bool out_of_memory;
	struct order *order;	/* NULL: attempts are only counted */
	bool at_end;		/* they are told when they end */
	struct floodwatch *watch;	/* or NULL */
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

/* slot: whose attempt ended, if one did; still as it was found. */
static void book(struct store *store, const struct tcpshake_verdict *v, const struct slot *slot)
{
	books_enter(&store->counters, v);
	if (v->ended.outcome && store->watch)
		floodwatch_enter(store->watch, v, NULL, NULL);
	if (v->ended.outcome)
		tell(store, slot, &v->ended);
}

static void note(const struct store *store, const struct tcpshake_verdict *v,
		 const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	if (store->watch && !v->ended.outcome)
		floodwatch_enter(store->watch, v, flow, seg);
}

/* What the flow's own time is when the clock says so. */
static u64 own_us(const struct slot *slot, u64 clock_us)
{
	return slot->first_ns / 1000 + (clock_us - slot->first_us);
}

/* When tcpshake_flow_expire() will first say yes, if no segment comes; by the clock. */
static u64 deadline_of(const struct slot *slot)
{
	const u64 seen_us = slot->first_us + ((u64)slot->flow.client_seen << 15);
	const u64 age_us = slot->first_us + timeouts.max_age_us;
	u64 idle_us;

	if (!tcpshake_flow_is_pending(&slot->flow))
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
	    !tcpshake_flow_expire(&slot->flow, &slot->details, own_us(slot, deadline_us),
				  &timeouts, &v))
		return false;
	book(store, &v, slot);
	flows_drop(&store->flows, number);
	return true;
}

static void sweep(struct store *store, u64 clock_us)
{
	const struct list *lists[] = {
		&store->flows.by_age, &store->flows.by_activity, &store->flows.past,
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

	tcpshake_flow_evict(&slot->flow, &slot->details, own_us(slot, clock_us),
			    TCPSHAKE_EVICTION_OLDEST, &v);
	book(store, &v, slot);
	flows_drop(&store->flows, number);
}

/* In the order of the first SYN, nobody may be waited for without end. */
static void limit_waiting(struct store *store, u64 clock_us)
{
	const u64 wait_max = (u64)WAIT_FACTOR * store->flows.max;
	u32 oldest;

	if (store->at_end)
		return;
	while ((oldest = store->flows.by_age.first) != 0 &&
	       store->counters.attempts - flows_at(&store->flows, oldest)->number > wait_max)
		evict(store, oldest, clock_us);
}

/* What has its outcome goes first, then the oldest attempt. */
static void make_room(struct store *store, u64 clock_us)
{
	const struct flows *flows = &store->flows;

	if (flows->used == flows->max)
		evict(store, flows->past.first ? flows->past.first : flows->by_age.first,
		      clock_us);
}

/* An unused slot; 0 when memory is out. */
static u32 take(struct store *store, u32 hash, u64 clock_us)
{
	struct slot *slot;
	u32 number;

	make_room(store, clock_us);
	number = flows_take(&store->flows);
	if (!number) {
		store->out_of_memory = true;
		return 0;
	}
	slot = flows_at(&store->flows, number);
	slot->flow.owner = 0;
	slot->hash = hash;
	return number;
}

/* The attempt that was counted last is the slot's. */
static void begin(const struct store *store, struct slot *slot, u64 time_ns, u64 clock_us)
{
	slot->first_ns = time_ns;
	slot->first_us = clock_us;
	slot->number = store->counters.attempts - 1;
}

/* A segment, with all there is to say of it. */
struct arrival {
	const struct tcpshake_segment *seg;
	u32 hash;
	u64 time_ns;
	u64 clock_us;
	struct tuple tuple;	/* the flows it may be of */
};

/* beside: a copy, since the flow may have to go to make room. */
static void open_flow(struct store *store, const struct arrival *arrival,
		      const struct tcpshake_flow *beside)
{
	const u32 number = take(store, arrival->hash, arrival->clock_us);
	struct tcpshake_verdict v;
	struct slot *slot;

	if (!number)
		return;
	slot = flows_at(&store->flows, number);
	tcpshake_handshake_open(&slot->flow, &slot->details, arrival->seg,
				arrival->time_ns / 1000, beside, &v);
	book(store, &v, NULL);
	note(store, &v, &slot->flow, arrival->seg);
	begin(store, slot, arrival->time_ns, arrival->clock_us);
	flows_insert(&store->flows, number);
	limit_waiting(store, arrival->clock_us);
}

static void unknown(struct store *store, const struct tcpshake_segment *seg)
{
	struct tcpshake_verdict v;

	tcpshake_handshake_unknown(seg, &v);
	book(store, &v, NULL);
}

/* What is no attempt takes no slot from one. */
static void open_orphan(struct store *store, const struct arrival *arrival)
{
	struct tcpshake_verdict v;
	struct slot *slot;
	u32 number;

	if (store->flows.used == store->flows.max && !store->flows.past.first) {
		unknown(store, arrival->seg);
		return;
	}
	number = take(store, arrival->hash, arrival->clock_us);
	if (!number)
		return;
	slot = flows_at(&store->flows, number);
	tcpshake_handshake_orphan(&slot->flow, arrival->seg, arrival->time_ns / 1000, &v);
	book(store, &v, NULL);
	slot->first_ns = arrival->time_ns;
	slot->first_us = arrival->clock_us;
	flows_insert(&store->flows, number);
}

static void supersede(struct store *store, u32 number, u64 clock_us)
{
	const struct slot *slot = flows_at(&store->flows, number);
	struct tcpshake_verdict v;

	tcpshake_flow_supersede(&slot->flow, &slot->details, own_us(slot, clock_us), &v);
	book(store, &v, slot);
	flows_drop(&store->flows, number);
}

/* The flow was answered, or completed: those beside it lost. */
static void supersede_others(struct store *store, const struct arrival *arrival, u32 winner,
			     bool all)
{
	const struct tcpshake_flow *flow = &flows_at(&store->flows, winner)->flow;

	for (unsigned int i = 0; i < arrival->tuple.count; i++) {
		const u32 number = arrival->tuple.numbers[i];
		const struct tcpshake_flow *other = &flows_at(&store->flows, number)->flow;

		if (number != winner &&
		    (all || (tcpshake_flow_is_pending(other) &&
			     !tcpshake_flow_newer(other, flow))))
			supersede(store, number, arrival->clock_us);
	}
}

/* Another ISN beside those of the tuple, of which only so many may wait. */
static void open_beside(struct store *store, const struct arrival *arrival, u32 number)
{
	const struct tcpshake_flow beside = flows_at(&store->flows, number)->flow;
	u32 oldest;

	if (tuple_pending(&store->flows, &arrival->tuple, &oldest) >= TCPSHAKE_SYNS_MAX)
		supersede(store, oldest, arrival->clock_us);
	open_flow(store, arrival, &beside);
}

static void keep_rival(struct store *store, const struct arrival *arrival, u32 number)
{
	const struct slot of = *flows_at(&store->flows, number);
	struct tcpshake_verdict v;
	struct slot *slot;
	u32 rival;

	if (tuple_rivals(&store->flows, &arrival->tuple, number) >= TCPSHAKE_SYNACKS_MAX - 1 ||
	    store->flows.used == store->flows.max)
		return;
	rival = take(store, arrival->hash, arrival->clock_us);
	if (!rival)
		return;
	slot = flows_at(&store->flows, rival);
	slot->first_ns = of.first_ns;
	slot->first_us = of.first_us;
	tcpshake_handshake_rival(&slot->flow, &of.flow, arrival->seg, arrival->time_ns / 1000, &v);
	flows_insert(&store->flows, rival);
}

static void follow_up(struct store *store, const struct arrival *arrival, u32 number, u8 then)
{
	switch ((enum tcpshake_then)then) {
	case TCPSHAKE_THEN_NOTHING:
		return;
	case TCPSHAKE_THEN_OPEN:
		open_beside(store, arrival, number);
		return;
	case TCPSHAKE_THEN_RIVAL:
		keep_rival(store, arrival, number);
		return;
	case TCPSHAKE_THEN_SUPERSEDE_OLDER:
	case TCPSHAKE_THEN_SUPERSEDE_ALL:
		supersede_others(store, arrival, number, then == TCPSHAKE_THEN_SUPERSEDE_ALL);
		return;
	}
}

/* Into the lists of the state it has now, or to their ends. */
static void relist(struct store *store, u32 number, u16 seen)
{
	const struct slot *slot = flows_at(&store->flows, number);

	if (slot->pending != tcpshake_flow_is_pending(&slot->flow)) {
		flows_delist(&store->flows, number);
		flows_enlist(&store->flows, number);
	} else if (seen != slot->flow.client_seen) {
		flows_touch(&store->flows, number);
	}
}

static void step(struct store *store, const struct arrival *arrival, u32 number)
{
	struct slot *slot = flows_at(&store->flows, number);
	const u16 seen = slot->flow.client_seen;
	struct tcpshake_verdict v;

	tcpshake_handshake_step(&slot->flow, &slot->details, arrival->seg,
				arrival->time_ns / 1000, &v);
	book(store, &v, slot);
	note(store, &v, &slot->flow, arrival->seg);
	if (!v.to) {
		flows_drop(&store->flows, number);
		return;
	}
	if (v.exit == TCPSHAKE_EXIT_NEW_ATTEMPT) {
		begin(store, slot, arrival->time_ns, arrival->clock_us);
		flows_delist(&store->flows, number);
		flows_enlist(&store->flows, number);
		limit_waiting(store, arrival->clock_us);
		return;
	}
	relist(store, number, seen);
	if (v.then)
		follow_up(store, arrival, number, v.then);
}

/* Finds the flows of the tuple, but for those whose time has run out. */
static void find(struct store *store, struct arrival *arrival)
{
	struct tuple *tuple = &arrival->tuple;
	unsigned int kept = 0;

	flows_find(&store->flows, arrival->hash, arrival->seg, tuple);
	for (unsigned int i = 0; i < tuple->count; i++) {
		if (!expire(store, tuple->numbers[i], arrival->clock_us))
			tuple->numbers[kept++] = tuple->numbers[i];
	}
	tuple->count = kept;
}

void store_advance(struct store *store, u64 clock_us)
{
	if (clock_us >> TICK_SHIFT == store->tick)
		return;
	store->tick = clock_us >> TICK_SHIFT;
	sweep(store, clock_us);
}

bool store_segment(struct store *store, const struct tcpshake_segment *seg, u64 time_ns,
		   u64 clock_us)
{
	struct arrival arrival = {
		.seg = seg, .hash = flows_hash(&store->flows, seg),
		.time_ns = time_ns,
		.clock_us = clock_us,
	};
	u32 number;

	store->counters.segments++;
	store_advance(store, clock_us);
	find(store, &arrival);
	number = tuple_choose(&store->flows, &arrival.tuple, arrival.seg);
	if (number && tcpshake_handshake_takes(&flows_at(&store->flows, number)->flow, seg))
		number = tuple_adopt(&store->flows, &arrival.tuple, number);
	if (number)
		step(store, &arrival, number);
	else if (seg->class == TCPSHAKE_CLASS_SYN)
		open_flow(store, &arrival, NULL);
	else if (seg->class == TCPSHAKE_CLASS_SYNACK)
		open_orphan(store, &arrival);
	else
		unknown(store, seg);
	return !store->out_of_memory;
}

bool store_unreachable(struct store *store, const struct tcpshake_segment *quoted,
		       enum tcpshake_unreachable how, u64 time_ns, u64 clock_us)
{
	struct tcpshake_segment syn = *quoted;
	struct arrival arrival = {
		.seg = &syn,
		.hash = flows_hash(&store->flows, quoted),
		.time_ns = time_ns,
		.clock_us = clock_us,
	};
	struct tcpshake_verdict v;
	struct slot *slot;
	u32 number;
	u16 seen;

	syn.class = TCPSHAKE_CLASS_SYN;	/* what it is if it is of interest */
	syn.flags = TCPSHAKE_SYN;
	store_advance(store, clock_us);
	find(store, &arrival);
	number = tuple_choose(&store->flows, &arrival.tuple, arrival.seg);
	if (!number)
		return !store->out_of_memory;
	slot = flows_at(&store->flows, number);
	seen = slot->flow.client_seen;
	tcpshake_handshake_unreachable(&slot->flow, &slot->details, &syn, how, time_ns / 1000, &v);
	book(store, &v, slot);
	relist(store, number, seen);
	return !store->out_of_memory;
}

void store_unparsed(struct store *store, const struct tcpshake_segment *seg,
		    enum tcpshake_exit exit)
{
	books_unparsed(&store->counters, seg, exit);
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
		ended.details = slot->details;
		ended.has_details = true;
		ended.flags = tcpshake_flow_flags(&slot->flow, &slot->details);
		ended.total_us = clock_us - slot->first_us;
		tell(store, slot, &ended);
	}
}

const struct store_counters *store_counters(const struct store *store)
{
	return &store->counters;
}

bool store_is_consistent(const struct store *store)
{
	u64 pending[TCPSHAKE_STATE_MAX + 1] = { 0 };
	const struct slot *slot;

	for (u32 number = store->flows.by_age.first; number; number = slot->links[BY_AGE].after) {
		slot = flows_at(&store->flows, number);
		pending[slot->flow.state]++;
	}
	return books_balance(&store->counters, pending);
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

void store_watch_floods(struct store *store, struct floodwatch *watch)
{
	store->watch = watch;
}

void store_tell_at_end(struct store *store)
{
	store->at_end = true;
	if (store->order)
		order_give_up(store->order);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	flows_exit(&store->flows);
	order_free(store->order);
	free(store);
}
