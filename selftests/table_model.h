/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the flow table promises in table.h, in the plainest form: for every row a list
 * of what lies at which place. A row is all the model takes from the table; who may
 * be evicted, whose time has run out, what is seen of whom it works out for itself,
 * with times that do not wrap. What was wrong first is told by fault.
 */
#ifndef TCPSHAKE_SELFTESTS_TABLE_MODEL_H
#define TCPSHAKE_SELFTESTS_TABLE_MODEL_H

#include "table_test.h"

#define ALL_WAYS ((1u << TCPSHAKE_WAYS) - 1)
#define GRAIN 32768u		/* the table keeps times in units of 2^15 us, rounded down */
#define LATE_US 1250000u	/* what is due may stay so long: the table is swept once a second */
#define REST_US 2500000u	/* and is idle when it was found empty in a whole sweep */
#define LAG_US (3 * GRAIN)	/* clocks of processors may differ so much */

/* flow.client_isn is the number of the flow, server_isn its place. */
struct model_flow {
	bool used;
	bool details;		/* were given; they may be forgotten since */
	u32 tuple;
	u32 dumped;		/* by this dump */
	u64 syn_us;
	u64 seen_us;		/* the client, or the outcome */
	u64 kept_us;		/* anything */
	struct tcpshake_flow flow;
};

struct model_books {
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 pending;
	u64 used;
	u64 expired[TCPSHAKE_FLOW_STATES]; /* told, of what has its outcome; not found yet */
};

/* What comes of a claim. */
enum model_claim {
	MODEL_FRESH,		/* an unused slot */
	MODEL_TRADED,		/* likewise, for one that is in use nearby */
	MODEL_EVICTED,		/* one that is in use */
	MODEL_REFUSED,
	MODEL_CLAIMS,
};

struct model {
	const char *fault;
	struct random random;
	struct tuple *tuples;
	u32 tuple_count;
	struct model_flow *flows;	/* TCPSHAKE_WAYS for each row */
	u64 *row_due_us;		/* no flow of the row is due before */
	u32 flow_count;			/* ever opened: the number of the newest */
	u64 config_us;			/* when timeouts were last set */
	struct model_books books[NETS + 1];
	bool blind;			/* details are not always looked at */
	u64 forgot;			/* details, as the table says */
	u64 lost;			/* details, as was found */
	/* a claim under way */
	bool claiming;
	unsigned int departures;	/* the table told of */
	struct tcpshake_verdict departed;
	/* what happened */
	u64 claims[MODEL_CLAIMS];
	u64 evictions[TCPSHAKE_EVICTION_MAX + 1]; /* 0: of what was overdue */
	/* whether there is anything in the table */
	u64 empty_us;			/* since when there is nothing; 0: there is */
	bool idle;			/* as the table says */
	u64 rests;			/* how often it came to be */
};

static inline void model_check(struct model *m, bool right, const char *what)
{
	if (!right && !m->fault)
		m->fault = what;
}

static inline struct model_flow *model_row(const struct model *m, const struct tuple *t)
{
	return &m->flows[(size_t)row_of(t->hash) * TCPSHAKE_WAYS];
}

static inline bool model_pending(const struct model_flow *f)
{
	return tcpshake_flow_is_pending(&f->flow);
}

/* A bit for each flow of the row that is used, of the owner (0: any) and tuple (NULL: any). */
static inline u16 model_ways(const struct model *m, const struct model_flow *row, u16 owner,
			     const struct tuple *t)
{
	unsigned int way;
	u16 ways = 0;

	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (row[way].used && (!owner || row[way].flow.owner == owner) &&
		    (!t || &m->tuples[row[way].tuple] == t))
			ways |= 1u << way;
	return ways;
}

static inline u16 model_ended(const struct model_flow *row)
{
	unsigned int way;
	u16 ways = 0;

	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (row[way].used && !model_pending(&row[way]))
			ways |= 1u << way;
	return ways;
}

/* ---- coming and going -------------------------------------------------------- */

static inline void model_gone(struct model *m, struct model_flow *f, u8 outcome)
{
	struct model_books *books = &m->books[f->flow.owner];

	if (model_pending(f)) {
		books->pending--;
		books->outcomes[outcome]++;
	}
	books->used--;
	f->used = false;
}

static inline void model_opened(struct model *m, struct model_flow *f, u32 tuple)
{
	struct model_books *books = &m->books[f->flow.owner];

	f->used = true;
	f->tuple = tuple;
	f->dumped = 0;
	f->syn_us = now_us();
	f->seen_us = f->syn_us;
	books->used++;
	books->pending += model_pending(f);
	books->attempts += model_pending(f);
}

/* Details the table has for the flow now; NULL: none. */
static inline void model_check_details(struct model *m, struct model_flow *f,
				       const struct tcpshake_details *details)
{
	if (!details) {
		m->lost += f->details;
		f->details = false;
		return;
	}
	model_check(m, model_pending(f), "details of what is no attempt");
	model_check(m, f->details, "details of nobody");
	model_check(m, details->client.tsval == f->flow.client_isn, "details of another flow");
}

/* The verdict that ends a flow for a reason that is none of its own. */
static inline void model_check_verdict(struct model *m, struct model_flow *f,
				       const struct tcpshake_verdict *v, u8 outcome)
{
	model_check(m, v->owner == f->flow.owner, "the verdict is on another namespace's");
	model_check(m, v->from == f->flow.state && !v->to, "the verdict moves other gauges");
	model_check(m, v->ended.outcome == (model_pending(f) ? outcome : 0), "another outcome");
	if (!v->ended.outcome)
		return;
	model_check(m, !memcmp(&v->ended.flow, &f->flow, sizeof(f->flow)), "another flow ended");
	model_check_details(m, f, v->ended.has_details ? &v->ended.details : NULL);
}

/* ---- time -------------------------------------------------------------------- */

/* When it is over. The client was seen last when a grain began. */
static inline u64 model_due_us(const struct model_flow *f)
{
	struct tcpshake_timeouts t;
	u64 idle, whole;

	tcpshake_net_timeouts(&nets[f->flow.owner], &t);
	idle = model_pending(f) ? f->flow.state == TCPSHAKE_STATE_HALF_OPEN_SYN ? t.syn_us :
										  t.synack_us :
				  t.linger_us;
	whole = f->syn_us + t.max_age_us;
	idle += f->syn_us + (u64)f->flow.client_seen * GRAIN;
	return model_pending(f) ? min(idle, whole) : idle;
}

/* What an attempt's time ends it with. */
static inline u8 model_overdue(const struct model_flow *f)
{
	return f->flow.state == TCPSHAKE_STATE_HALF_OPEN_SYN ? TCPSHAKE_OUTCOME_UNANSWERED :
							       TCPSHAKE_OUTCOME_UNACKED;
}

static inline void model_will_be_due(struct model *m, const struct model_flow *f)
{
	u64 *row_due_us = &m->row_due_us[(f - m->flows) / TCPSHAKE_WAYS];

	*row_due_us = min(*row_due_us, model_due_us(f));
}

/* A flow has changed. That it is answered may mean that it is due. */
static inline void model_kept(struct model *m, struct model_flow *f)
{
	f->kept_us = now_us();
	model_will_be_due(m, f);
}

static inline struct model_flow *model_find(struct model *m, const struct tcpshake_flow *flow)
{
	struct model_flow *f = &m->flows[flow->server_isn];
	const bool there = flow->server_isn < tcpshake_table_slots() && f->used &&
			   f->flow.client_isn == flow->client_isn;

	return there ? f : NULL;
}

/* The table says that a flow's time has run out. Of what was no attempt it does not say whose. */
static inline void model_expired(struct model *m, const struct tcpshake_verdict *v)
{
	struct model_flow *f;

	if (v->from > TCPSHAKE_STATE_MAX) {
		m->books[v->owner].expired[v->from]++;
		return;
	}
	f = model_find(m, &v->ended.flow);
	model_check(m, f, "what was not there expired");
	if (m->fault)
		return;
	model_check(m, now_us() >= model_due_us(f), "an attempt expired too early");
	model_check_verdict(m, f, v, model_overdue(f));
	model_gone(m, f, v->ended.outcome);
}

/* A flow's slot was claimed, at this time by the claimer's clock, for this cause. */
static inline void model_departed(struct model *m, struct model_flow *f, u64 claim_us, u8 cause)
{
	const struct tcpshake_verdict *v = &m->departed;
	const bool due = claim_us >= model_due_us(f);
	const u64 age_us = claim_us > f->syn_us ? claim_us - f->syn_us : 0;
	const u8 eviction = due ? 0 : cause + (age_us < SECOND);

	model_check_verdict(m, f, v, due ? model_overdue(f) : TCPSHAKE_OUTCOME_EVICTED);
	if (v->ended.outcome) {
		model_check(m, v->ended.eviction == eviction, "evicted for another reason");
		model_check(m, v->ended.total_us == age_us, "it lasted another time");
		m->evictions[eviction]++;
	}
	model_gone(m, f, v->ended.outcome);
}

/* Is the flow still in the table? */
static inline bool model_is_there(const struct model *m, const struct model_flow *f)
{
	const struct tuple *t = &m->tuples[f->tuple];
	const unsigned int way = (f - m->flows) % TCPSHAKE_WAYS;
	struct tcpshake_tuple tuple;
	bool there;

	local_bh_disable();
	there = tcpshake_table_enter(&nets[t->owner], t->hash, &t->seg, false, &tuple);
	if (there) {
		there = tuple.ways >> way & 1;
		tcpshake_table_leave(&tuple);
	}
	local_bh_enable();
	return there;
}

/* Finds what the table let go without a name, and what it forgot to let go. */
static inline void model_swept_row(struct model *m, u32 number)
{
	unsigned int way;

	m->row_due_us[number] = ~0ull;
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		struct model_flow *f = &m->flows[(size_t)number * TCPSHAKE_WAYS + way];
		const bool due = f->used && now_us() >= model_due_us(f);

		if (due && !model_pending(f) && !model_is_there(m, f)) {
			m->books[f->flow.owner].expired[f->flow.state]--;
			model_gone(m, f, 0);
		}
		if (!f->used)
			continue;
		model_will_be_due(m, f);
		model_check(m, now_us() < max(model_due_us(f), max(m->config_us, f->kept_us)) +
					  LATE_US, "a flow whose time is long past");
	}
}

static inline void model_swept(struct model *m)
{
	const u32 rows = tcpshake_table_rows();
	unsigned int owner, state;
	u32 i;

	for (i = 0; i < rows; i++)
		if (now_us() >= m->row_due_us[i])
			model_swept_row(m, i);
	for (owner = 0; owner <= NETS; owner++)
		for (state = 0; state < TCPSHAKE_FLOW_STATES; state++)
			model_check(m, !m->books[owner].expired[state], "something expired too early");
}

/* Idle is a table only with nothing in it; soon, if so. */
static inline void model_check_rest(struct model *m)
{
	const bool idle = READ_ONCE(tcpshake_table_rest) == TCPSHAKE_TABLE_IDLE;
	unsigned int owner;
	u64 used = 0;

	for (owner = 1; owner <= NETS; owner++)
		used += m->books[owner].used;
	if (used)
		m->empty_us = 0;
	else if (!m->empty_us)
		m->empty_us = now_us();
	model_check(m, !idle || !used, "the table is idle, with a flow in it");
	model_check(m, idle || used || now_us() < m->empty_us + REST_US,
		    "an empty table is not idle");
	m->rests += idle && !m->idle;
	m->idle = idle;
}

/* ---- the whole --------------------------------------------------------------- */

/* What a namespace's dump shows of a row. Return: a mask, as the table's. */
static inline u32 model_check_row(struct model *m, u32 number, u16 owner)
{
	static struct tcpshake_pending pending[TCPSHAKE_WAYS];
	struct model_flow *row = &m->flows[(size_t)number * TCPSHAKE_WAYS];
	const u32 seen = tcpshake_table_read(number, owner, pending);
	const u32 expected = model_ways(m, row, owner, NULL) & ~model_ended(row);
	unsigned int way;

	model_check(m, seen == expected, "a dump shows other flows");
	for (way = 0; way < TCPSHAKE_WAYS && !m->fault; way++) {
		if (!(seen >> way & 1))
			continue;
		model_check(m, !memcmp(&pending[way].flow, &row[way].flow, sizeof(row->flow)),
			    "a dump shows a flow that is otherwise");
		model_check_details(m, &row[way], pending[way].has_details ?
							  &pending[way].details : NULL);
	}
	return seen;
}

static inline void model_check_books(struct model *m)
{
	unsigned int owner, i;

	for (owner = 1; owner <= NETS; owner++) {
		const struct model_books *books = &m->books[owner];
		u64 ended = 0;

		for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
			ended += books->outcomes[i];
		model_check(m, books->attempts == ended + books->pending,
			    "attempts are not outcomes and what is pending");
	}
}

/* Every flow, whoever's, is where it was put, and there is no other. */
static inline void model_audit(struct model *m)
{
	u64 pending[NETS + 1] = { 0 };
	unsigned int owner;
	u32 i;

	for (i = 0; i < tcpshake_table_slots(); i++)
		if (m->flows[i].used)
			model_check(m, model_is_there(m, &m->flows[i]), "a flow is gone");
	for (owner = 1; owner <= NETS; owner++) {
		for (i = 0; i < tcpshake_table_rows(); i++)
			pending[owner] += hweight16(model_check_row(m, i, owner));
		model_check(m, pending[owner] == m->books[owner].pending,
			    "a dump shows another number of attempts");
	}
}

#endif /* TCPSHAKE_SELFTESTS_TABLE_MODEL_H */
