/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose slot a new flow is to get, as row.h and the quota would have it, in the
 * plainest form. Part of table_model.h.
 */
#ifndef TCPSHAKE_SELFTESTS_TABLE_MODEL_CHOICE_H
#define TCPSHAKE_SELFTESTS_TABLE_MODEL_CHOICE_H

#include "table_model.h"

#define CROWD (TCPSHAKE_WAYS / 3)
#define NEARBY 8			/* rows a namespace over its quota looks for its own in */

/* How dear a flow is: what has its outcome, what is unanswered, the rest. */
static inline unsigned int model_rank(const struct model_flow *f)
{
	if (!model_pending(f))
		return 0;
	return f->flow.state == TCPSHAKE_STATE_HALF_OPEN_SYN ? 1 : 2;
}

/* The lower goes first: of equal rank the older, in the grains flows count time by. */
static inline u64 model_worth(const struct model_flow *f)
{
	return (u64)model_rank(f) << 60 | (f->syn_us / GRAIN + f->flow.client_seen);
}

/* Of these, the cheapest; several if they are worth the same. */
static inline u16 model_cheapest(const struct model_flow *row, u16 of)
{
	u64 least = ~0ull;
	unsigned int way;
	u16 ways = 0;

	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		if (!(of >> way & 1) || model_worth(&row[way]) > least)
			continue;
		if (model_worth(&row[way]) < least)
			ways = 0;
		least = model_worth(&row[way]);
		ways |= 1u << way;
	}
	return ways;
}

static inline bool model_same_service(const struct model_flow *a, const struct model_flow *b)
{
	return a->flow.owner == b->flow.owner && a->flow.server_port == b->flow.server_port &&
	       !memcmp(a->flow.server, b->flow.server, sizeof(a->flow.server));
}

/* The attempts that are for a service which has a third of the row. */
static inline u16 model_crowds(const struct model_flow *row)
{
	unsigned int way, other;
	u16 ways = 0;

	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		unsigned int count = 0;

		if (!row[way].used || !model_pending(&row[way]))
			continue;
		for (other = 0; other < TCPSHAKE_WAYS; other++)
			count += row[other].used && model_pending(&row[other]) &&
				 model_same_service(&row[way], &row[other]);
		ways |= (count >= CROWD) << way;
	}
	return ways;
}

struct model_choice {
	enum model_claim claim;
	u16 ways;		/* one of these */
	u8 cause;		/* enum tcpshake_eviction: of one that is not young */
	const struct model_flow *row; /* of the victim, which is one of these */
	u16 victims;
};

/* Of these, whoever the order of row.h leaves open: those that are as old. */
static inline u16 model_victims(const struct model_flow *row, u16 of)
{
	const u16 ended = of & model_ended(row);
	const u16 crowd = of & model_crowds(row);

	return model_cheapest(row, ended ?: crowd ?: of);
}

/* In the next row that has one of the owner's. */
static inline struct model_choice model_trade(const struct model *m, const struct tuple *t,
					      u16 unused, bool spare)
{
	struct model_choice choice = { MODEL_TRADED, unused, TCPSHAKE_EVICTION_QUOTA };
	unsigned int i;

	for (i = 1; unused && i <= NEARBY; i++) {
		const u32 number = (row_of(t->hash) + i) % tcpshake_table_rows();
		u16 own;

		choice.row = &m->flows[(size_t)number * TCPSHAKE_WAYS];
		own = model_ways(m, choice.row, t->owner, NULL);
		if (spare)
			own &= model_ended(choice.row);
		choice.victims = own ? model_victims(choice.row, own) : 0;
		if (own)
			return choice;
	}
	return (struct model_choice){ MODEL_REFUSED };
}

/* What the order of row.h, and the quota, leave open. */
static inline struct model_choice model_choose(const struct model *m, const struct tuple *t,
					       bool spare)
{
	const struct tcpshake_net *tn = &nets[t->owner];
	const struct model_flow *row = model_row(m, t);
	const u16 used = model_ways(m, row, 0, NULL);
	const u16 own = model_ways(m, row, t->owner, NULL);
	const u16 siblings = model_ways(m, row, 0, t);
	u16 of = used;
	u8 cause;

	if (!tn->over_quota && used != ALL_WAYS)
		return (struct model_choice){ MODEL_FRESH, ALL_WAYS & ~used };
	if (siblings != ALL_WAYS)
		of &= ~siblings;
	if (spare)
		of &= model_ended(row);
	/* a namespace that has a limit begins with its own, and over it, it stays with them */
	if (tn->over_quota || (tn->quota < tcpshake_table_slots() && of & own))
		of &= own;
	if (!of && tn->over_quota)
		return model_trade(m, t, ALL_WAYS & ~used, spare);
	if (!of)
		return (struct model_choice){ MODEL_REFUSED };
	cause = tn->over_quota ? TCPSHAKE_EVICTION_QUOTA :
		!(of & model_ended(row)) && of & model_crowds(row) ? TCPSHAKE_EVICTION_CROWD :
								     TCPSHAKE_EVICTION_OLDEST;
	of = model_victims(row, of);
	return (struct model_choice){ MODEL_EVICTED, of, cause, row, of };
}

#endif /* TCPSHAKE_SELFTESTS_TABLE_MODEL_CHOICE_H */
