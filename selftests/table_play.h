/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls of the flow table as the engine's caller makes them, each held against the
 * model: a tuple is entered, looked at, changed and left. Flows are filled in by hand;
 * the engine would not make them at random.
 */
#ifndef TCPSHAKE_SELFTESTS_TABLE_PLAY_H
#define TCPSHAKE_SELFTESTS_TABLE_PLAY_H

#include "table_model_choice.h"

/* ---- a tuple under way ------------------------------------------------------- */

struct visit {
	struct model *m;
	const struct tuple *t;
	struct model_flow *row;
	struct tcpshake_tuple tuple;
};

/* Every flow of the tuple has to be found, as it was left, with its details or without. */
static inline void check_flows(struct visit *v)
{
	unsigned int way;

	model_check(v->m, v->tuple.ways == model_ways(v->m, v->row, 0, v->t),
		    "other flows than those of the tuple");
	for (way = 0; way < TCPSHAKE_WAYS && !v->m->fault; way++) {
		if (!(v->tuple.ways >> way & 1))
			continue;
		model_check(v->m, !memcmp(tcpshake_table_flow(&v->tuple, way), &v->row[way].flow,
					  sizeof(v->row->flow)), "a flow is not as it was left");
		if (!v->m->blind || pick(&v->m->random) % 2)
			model_check_details(v->m, &v->row[way],
					    tcpshake_table_details(&v->tuple, way));
	}
}

/* Return: as tcpshake_table_enter(), to be followed by leave(). */
static inline bool enter(struct visit *v, struct model *m, const struct tuple *t, bool claims)
{
	const struct tcpshake_segment *seg = pick(&m->random) % 2 ? &t->seg : &t->back;
	bool entered;

	v->m = m;
	v->t = t;
	v->row = model_row(m, t);
	local_bh_disable();
	entered = tcpshake_table_enter(&nets[t->owner],
				       tcpshake_table_hash(&nets[t->owner], seg, t->domain), seg,
				       claims, &v->tuple);
	if (!entered) {
		local_bh_enable();
		model_check(m, !claims, "a row cannot be entered");
		model_check(m, !model_ways(m, v->row, 0, t), "a flow is not found");
		return false;
	}
	model_check(m, claims || v->tuple.ways, "a row is entered for nothing");
	check_flows(v);
	return true;
}

static inline void leave(struct visit *v)
{
	tcpshake_table_leave(&v->tuple);
	local_bh_enable();
	model_check(v->m, !shim_locks_held() && !shim_atomic, "a lock is kept");
}

static inline void commit(struct visit *v, unsigned int way, u8 state)
{
	tcpshake_table_commit(&v->tuple, way, state);
	model_check(v->m, v->tuple.ways >> way == (state ? v->tuple.ways >> way | 1 :
							   v->tuple.ways >> way & ~1),
		    "the tuple does not know of its flow");
}

/* The flow as the model has it, to the table. */
static inline void keep(struct visit *v, unsigned int way)
{
	*tcpshake_table_flow(&v->tuple, way) = v->row[way].flow;
	commit(v, way, v->row[way].flow.state);
	model_kept(v->m, &v->row[way]);
}

/* Flows whose time has run out go first, as the engine's caller has it. */
static inline void expire(struct visit *v)
{
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict verdict;
	unsigned int way;

	tcpshake_net_timeouts(&nets[v->t->owner], &timeouts);
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		if (!(v->tuple.ways >> way & 1) ||
		    !tcpshake_flow_expire(tcpshake_table_flow(&v->tuple, way),
					  tcpshake_table_details(&v->tuple, way), now_us(),
					  &timeouts, &verdict))
			continue;
		model_check_verdict(v->m, &v->row[way], &verdict, verdict.ended.outcome);
		commit(v, way, 0);
		model_gone(v->m, &v->row[way], verdict.ended.outcome);
	}
}

/* ---- what is done ------------------------------------------------------------ */

/* For a flow that has none. */
static inline void give_details(struct visit *v, unsigned int way)
{
	struct tcpshake_details *details;
	bool forgot;

	details = tcpshake_table_new_details(&v->tuple, way, &forgot);
	v->m->forgot += forgot;
	model_check(v->m, !details->client.seen && !details->server.seen,
		    "new details are not empty");
	details->client.seen = 1;
	details->client.tsval = v->row[way].flow.client_isn;
	v->row[way].details = true;
}

static inline void fill(struct visit *v, unsigned int way, u8 state)
{
	struct model_flow *f = &v->row[way];

	f->flow = flow_of(v->t, state);
	f->flow.client_isn = ++v->m->flow_count;
	f->flow.server_isn = f - v->m->flows;
	f->flow.synack_count = state == TCPSHAKE_FLOW_ORPHAN;
	model_opened(v->m, f, v->t - v->m->tuples);
	f->details = false;
	*tcpshake_table_flow(&v->tuple, way) = f->flow;
	if (model_pending(f))
		give_details(v, way);
}

/* The flow that was seen off for the claim. */
static inline struct model_flow *victim_of(struct visit *v, const struct model_choice *choice,
					   unsigned int way)
{
	struct model *m = v->m;
	struct model_flow *row = &m->flows[choice->row - m->flows];
	unsigned int i;

	if (choice->claim == MODEL_EVICTED)
		return &row[way];
	for (i = 0; i < TCPSHAKE_WAYS; i++)
		if (choice->victims >> i & 1 && !model_is_there(m, &row[i]))
			return &row[i];
	return NULL;
}

/* Was the right slot claimed, and its flow seen off? */
static inline void check_claim(struct visit *v, struct model_choice choice, unsigned int way,
			       u64 claim_us)
{
	struct model *m = v->m;
	struct model_flow *victim;

	model_check(m, way < TCPSHAKE_WAYS && choice.ways >> way & 1,
		    choice.claim == MODEL_EVICTED ? "a victim that is dearer than another" :
						    "a slot that is in use");
	model_check(m, m->departures == (choice.claim != MODEL_FRESH),
		    "not one departure for one slot that was in use");
	model_check(m, tcpshake_table_flow(&v->tuple, way)->owner == v->t->owner,
		    "the slot is another's");
	model_check(m, READ_ONCE(tcpshake_table_rest) == TCPSHAKE_TABLE_BUSY,
		    "a slot is claimed, and the table is not busy");
	if (choice.claim == MODEL_FRESH || m->fault)
		return;
	victim = victim_of(v, &choice, way);
	model_check(m, victim, "nearby, none of the cheapest went");
	if (victim)
		model_departed(m, victim, claim_us, choice.cause);
}

/* Return: it was had, and all is well. Clocks of processors differ a bit. */
static inline bool claim(struct visit *v, bool spare, unsigned int *way)
{
	struct model *m = v->m;
	const u64 claim_us = now_us() - pick_below(&m->random, pick(&m->random) % 2 ? LAG_US : 200);
	const struct model_choice choice = model_choose(m, v->t, spare);
	bool claimed;

	m->departures = 0;
	m->claiming = true;
	claimed = tcpshake_table_claim(&v->tuple, claim_us, spare, way);
	m->claiming = false;
	m->claims[choice.claim]++;
	model_check(m, claimed == (choice.claim != MODEL_REFUSED),
		    claimed ? "a slot that was not to be had" : "a slot is refused");
	if (claimed && !m->fault)
		check_claim(v, choice, *way, claim_us);
	return claimed && !m->fault;
}

/* Another attempt, or what is none and takes no slot from one. */
static inline void open_flow(struct model *m, const struct tuple *t, u8 state)
{
	unsigned int way;
	struct visit v;

	if (!enter(&v, m, t, true))
		return;
	if (pick(&m->random) % 2)
		expire(&v);
	if (claim(&v, state == TCPSHAKE_FLOW_ORPHAN, &way)) {
		fill(&v, way, state);
		keep(&v, way);
	}
	leave(&v);
}

static inline void seen(struct model_flow *f)
{
	f->seen_us = now_us();
	f->flow.client_seen = (u16)(tcpshake_flow_age(&f->flow, f->seen_us) >> 15);
}

static inline void end(struct model *m, struct model_flow *f, u8 outcome, u8 state)
{
	m->books[f->flow.owner].outcomes[outcome]++;
	m->books[f->flow.owner].pending--;
	f->flow.state = state;
	f->details = false;
	seen(f);
}

/* A segment of an attempt. */
static inline void change_pending(struct visit *v, unsigned int way)
{
	struct model_flow *f = &v->row[way];

	switch (pick(&v->m->random) % 8) {
	case 0:
	case 1:
	case 2:
		f->flow.state = TCPSHAKE_STATE_HALF_OPEN_SYNACK;
		f->flow.synack_count = 1;
		break;
	case 3:
		seen(f);
		break;
	case 4:
	case 5:
		end(v->m, f, TCPSHAKE_OUTCOME_COMPLETED, TCPSHAKE_FLOW_LINGERING);
		break;
	case 6:
		end(v->m, f, TCPSHAKE_OUTCOME_REFUSED, TCPSHAKE_FLOW_ABORTED);
		break;
	default:
		model_gone(v->m, f, TCPSHAKE_OUTCOME_SUPERSEDED);
		commit(v, way, 0);
		return;
	}
	keep(v, way);
}

/* A SYN after the outcome, which may be another attempt, and is not. */
static inline void try_ended(struct visit *v, unsigned int way)
{
	give_details(v, way);
	v->row[way].details = false;
	keep(v, way);
}

/* After the outcome: the next attempt in the place of it, or it goes, or neither. */
static inline void change_ended(struct visit *v, unsigned int way)
{
	if (pick(&v->m->random) % 4 == 0) {
		try_ended(v, way);
		return;
	}
	model_gone(v->m, &v->row[way], 0);
	if (pick(&v->m->random) % 2) {
		commit(v, way, 0);
		return;
	}
	fill(v, way, TCPSHAKE_STATE_HALF_OPEN_SYN);
	keep(v, way);
}

static inline void change_flow(struct model *m, const struct tuple *t)
{
	struct visit v;
	unsigned int way;

	if (!enter(&v, m, t, false))
		return;
	way = pick_below(&m->random, TCPSHAKE_WAYS);
	while (v.tuple.ways && !(v.tuple.ways >> way & 1))
		way = (way + 1) % TCPSHAKE_WAYS;
	if (v.tuple.ways && model_pending(&v.row[way]))
		change_pending(&v, way);
	else if (v.tuple.ways)
		change_ended(&v, way);
	leave(&v);
}

static inline void look_for(struct model *m, const struct tuple *t)
{
	struct visit v;

	if (enter(&v, m, t, false))
		leave(&v);
}

#endif /* TCPSHAKE_SELFTESTS_TABLE_PLAY_H */
