// SPDX-License-Identifier: GPL-2.0
/* Flow table: finding, claiming and keeping flows. See table.h for structure and locking. */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "counters.h"
#include "details.h"
#include "row.h"

struct tcpshake_table tcpshake_table __read_mostly;
int tcpshake_table_rest __read_mostly;

u32 tcpshake_table_slots(void)
{
	return tcpshake_table.nrows * TCPSHAKE_WAYS;
}

u32 tcpshake_table_rows(void)
{
	return tcpshake_table.nrows;
}

u32 tcpshake_table_hash(const struct tcpshake_net *tn, const struct tcpshake_segment *seg,
			u32 domain)
{
	const __be16 ends[2] = { htons(seg->src_port), htons(seg->dst_port) };
	const u32 where = tcpshake_hash_where(tn, domain);
	u32 ports, src, dst;

	memcpy(&ports, ends, sizeof(ports));
	if (!tcpshake_addr_is_v4(seg->src) || !tcpshake_addr_is_v4(seg->dst))
		return tcpshake_hash_v6(where, seg->src, seg->dst, ports);
	memcpy(&src, seg->src + 12, sizeof(src));
	memcpy(&dst, seg->dst + 12, sizeof(dst));
	return tcpshake_hash_v4(where, src, dst, ports);
}

static __always_inline u16 search(const struct tcpshake_net *tn, const struct tcpshake_row *row,
				  u16 tag, const struct tcpshake_flow *flows,
				  const struct tcpshake_segment *seg)
{
	unsigned int word;
	u16 ways = 0;

	lockdep_assert_held(&row->lock);
	for (word = 0; word < TCPSHAKE_TAG_WORDS; word++) {
		u64 like = tcpshake_tags_like(row, word, tag);

		for (; like; like &= like - 1) {
			const unsigned int way = tcpshake_tags_way(word, like);

			if (row->tag[way] == tag && flows[way].owner == tn->id &&
			    tcpshake_flow_direction(&flows[way], seg) != TCPSHAKE_ELSEWHERE)
				ways |= 1U << way;
		}
	}
	return ways;
}

bool tcpshake_table_enter(struct tcpshake_net *tn, u32 hash,
			  const struct tcpshake_segment *seg, bool claims,
			  struct tcpshake_tuple *tuple)
{
	struct tcpshake_row *row = tcpshake_row_of(hash);
	const u16 tag = tcpshake_tag_of(hash);

	if (!claims && tcpshake_row_misses(hash))
		return false;
	tuple->tn = tn;
	tuple->row = row;
	tuple->flows = tcpshake_row_flow(row, 0);
	tuple->group = NULL;
	tuple->tag = tag;
	raw_spin_lock(&row->lock);
	tuple->ways = search(tn, row, tag, tuple->flows, seg);
	if (!claims && !tuple->ways) {
		raw_spin_unlock(&row->lock);
		return false;
	}
	__release(&row->lock); /* for sparse, which loses track of it: until leave */
	return true;
}

void tcpshake_table_leave(struct tcpshake_tuple *tuple)
{
	if (tuple->group)
		tcpshake_details_unlock(tuple->group);
	__acquire(&tuple->row->lock); /* for sparse: since enter */
	raw_spin_unlock(&tuple->row->lock);
}

static struct tcpshake_details_group *group_of(struct tcpshake_tuple *tuple)
{
	if (!tuple->group)
		tuple->group = tcpshake_details_lock(tcpshake_row_number(tuple->row));
	return tuple->group;
}

static u32 slot_number(const struct tcpshake_tuple *tuple, unsigned int way)
{
	return tcpshake_row_number(tuple->row) * TCPSHAKE_WAYS + way;
}

struct tcpshake_details *tcpshake_table_details(struct tcpshake_tuple *tuple, unsigned int way)
{
	if (!tcpshake_flow_is_pending(tcpshake_table_flow(tuple, way)))
		return NULL;
	return tcpshake_details_find(group_of(tuple), slot_number(tuple, way));
}

struct tcpshake_details *tcpshake_table_new_details(struct tcpshake_tuple *tuple,
						    unsigned int way, bool *forgot)
{
	return tcpshake_details_take(group_of(tuple), slot_number(tuple, way), forgot);
}

static bool find_free(const struct tcpshake_row *row, unsigned int *way)
{
	unsigned int word;

	for (word = 0; word < TCPSHAKE_TAG_WORDS; word++) {
		const u64 like = tcpshake_tags_like(row, word, 0);

		if (!like)
			continue;
		*way = tcpshake_tags_way(word, like);
		return true;
	}
	return false;
}

enum claim {
	CLAIM_FRESH,	/* an unused slot */
	CLAIM_EVICTED,	/* one that is in use */
	CLAIM_REFUSED,	/* there is none to be had */
};

/*
 * Whoever loses the slot gets its outcome: if its time has run out that, which the
 * sweep would have said in a moment. It may be another namespace's, or of one that
 * is just going.
 */
static void depart(struct tcpshake_tuple *tuple, unsigned int way, u64 now_us,
		   enum tcpshake_eviction cause)
{
	const struct tcpshake_flow *flow = tcpshake_table_flow(tuple, way);
	const struct tcpshake_details *details = tcpshake_table_details(tuple, way);
	struct tcpshake_net *tn = tuple->tn;
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict v tcpshake_unset;

	if (flow->owner != tn->id)
		tn = tcpshake_net_by_id(flow->owner);
	if (tn) {
		tcpshake_net_timeouts(tn, &timeouts);
		if (!tcpshake_flow_expire(flow, details, now_us, &timeouts, &v))
			tcpshake_flow_evict(flow, details, now_us, cause, &v);
	}
	tcpshake_table_commit(tuple, way, 0);
	if (tn)
		tcpshake_book(tn, &v, NULL, NULL);
}

/* Gives up one of the search's owner in another row. That row is tried, not waited for. */
static bool give_up(struct tcpshake_net *tn, struct tcpshake_row *row,
		    const struct tcpshake_search *search, u64 now_us)
{
	struct tcpshake_tuple other = {
		.tn = tn, .row = row, .flows = tcpshake_row_flow(row, 0),
	};
	enum tcpshake_eviction cause;
	unsigned int way;
	bool found;

	if (tcpshake_row_is_empty(row) || !raw_spin_trylock(&row->lock))
		return false;
	__release(&row->lock); /* for sparse: until leave */
	found = tcpshake_row_victim(row, search, &way, &cause);
	if (found)
		depart(&other, way, now_us, TCPSHAKE_EVICTION_QUOTA);
	tcpshake_table_leave(&other);
	return found;
}

/*
 * A namespace over its quota has nothing in this row: for a free slot here, one of its
 * own nearby. It has a few in so many rows, unless its quota is next to nothing.
 */
static bool trade(struct tcpshake_tuple *tuple, struct tcpshake_search search, u64 now_us)
{
	u32 number = tcpshake_row_number(tuple->row);
	unsigned int i;

	search.spared = 0;
	if (tuple->group)	/* a row's details are locked after it */
		tcpshake_details_unlock(tuple->group);
	tuple->group = NULL;
	for (i = 0; i < TCPSHAKE_TRADE_ROWS; i++) {
		number = number + 1 < tcpshake_table.nrows ? number + 1 : 0;
		if (give_up(tuple->tn, &tcpshake_table.rows[number], &search, now_us))
			return true;
	}
	return false;
}

/* Which slot is the new flow to have? Free ones first, unless the namespace has had its share. */
static enum claim choose(struct tcpshake_tuple *tuple, u64 now_us, bool spare,
			 unsigned int *way, enum tcpshake_eviction *cause)
{
	const struct tcpshake_net *tn = tuple->tn;
	const struct tcpshake_row *row = tuple->row;
	const bool limited = tn->quota < tcpshake_table_slots();
	const bool over = READ_ONCE(tn->over_quota);
	struct tcpshake_search search = {
		.now = (u16)(now_us >> 15),
		.spared = tuple->ways != (1U << TCPSHAKE_WAYS) - 1 ? tuple->ways : 0,
		.spare = spare,
		.may_be_free = over,
		.only_owner = limited ? &tn->id : NULL,
	};

	if (!over && find_free(row, way))
		return CLAIM_FRESH;
	if (limited && tcpshake_row_victim(row, &search, way, cause)) {
		if (over)
			*cause = TCPSHAKE_EVICTION_QUOTA;
		return CLAIM_EVICTED;
	}
	if (over)
		return find_free(row, way) && trade(tuple, search, now_us) ? CLAIM_FRESH :
									     CLAIM_REFUSED;
	search.only_owner = NULL;
	return tcpshake_row_victim(row, &search, way, cause) ? CLAIM_EVICTED : CLAIM_REFUSED;
}

bool tcpshake_table_claim(struct tcpshake_tuple *tuple, u64 now_us, bool spare, unsigned int *way)
{
	enum tcpshake_eviction cause;

	lockdep_assert_held(&tuple->row->lock);
	switch (choose(tuple, now_us, spare, way, &cause)) {
	case CLAIM_REFUSED:
		return false;
	case CLAIM_EVICTED:
		depart(tuple, *way, now_us, cause);
		break;
	case CLAIM_FRESH:
		break;
	}
	if (unlikely(READ_ONCE(tcpshake_table_rest) != TCPSHAKE_TABLE_BUSY))
		WRITE_ONCE(tcpshake_table_rest, TCPSHAKE_TABLE_BUSY);
	tcpshake_table_flow(tuple, *way)->owner = tuple->tn->id;
	return true;
}

/* 4 bits of what an attempt is for, which differ from row to row: see victim.c. */
static u8 service_bits(const struct tcpshake_flow *flow, u32 row)
{
	u32 words[TCPSHAKE_ADDR_LEN / sizeof(u32)];

	memcpy(words, flow->server, sizeof(words));
	return hash_32(words[0] ^ words[1] ^ words[2] ^ words[3] ^ flow->server_port ^
		       (u32)flow->owner << 16 ^ hash_32(row, 32), 4);
}

void tcpshake_table_commit(struct tcpshake_tuple *tuple, unsigned int way, u8 state)
{
	const struct tcpshake_flow *flow = tcpshake_table_flow(tuple, way);
	struct tcpshake_row *row = tuple->row;
	const bool pending = state && state <= TCPSHAKE_STATE_MAX;
	const bool was_pending = tcpshake_row_pending(row, way);

	lockdep_assert_held(&row->lock);
	WRITE_ONCE(row->tag[way], state ? tuple->tag : 0);
	if (pending && !was_pending)
		row->kind[way] = service_bits(flow, tcpshake_row_number(row)) << 4 | state;
	else
		row->kind[way] = (row->kind[way] & 0xf0) | state;
	row->seen[way] = (u16)(flow->syn_us >> 15) + flow->client_seen;
	if (state)
		tuple->ways |= 1U << way;
	else
		tuple->ways &= ~(1U << way);
	if (!pending && (was_pending || tuple->group))
		tcpshake_details_drop(group_of(tuple), slot_number(tuple, way));
}

u32 tcpshake_table_read(u32 number, u16 owner, struct tcpshake_pending pending[TCPSHAKE_WAYS])
{
	struct tcpshake_row *row = &tcpshake_table.rows[number];
	struct tcpshake_tuple tuple;
	unsigned int way;
	u32 mask = 0;

	if (tcpshake_row_is_empty(row))
		return 0;
	local_bh_disable();
	tcpshake_row_enter(row, &tuple);
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		const struct tcpshake_flow *flow = tcpshake_row_flow(row, way);
		const struct tcpshake_details *details;

		if (flow->owner != owner || !tcpshake_row_pending(row, way))
			continue;
		details = tcpshake_table_details(&tuple, way);
		pending[way].flow = *flow;
		pending[way].has_details = details;
		if (details)
			pending[way].details = *details;
		mask |= 1U << way;
	}
	tcpshake_table_leave(&tuple);
	local_bh_enable();
	return mask;
}

void tcpshake_table_purge(u16 owner)
{
	struct tcpshake_tuple tuple;
	unsigned int way;
	u32 i;

	for (i = 0; i < tcpshake_table.nrows; i++) {
		struct tcpshake_row *row = &tcpshake_table.rows[i];

		local_bh_disable();
		tcpshake_row_enter(row, &tuple);
		for (way = 0; way < TCPSHAKE_WAYS; way++)
			if (row->tag[way] && tcpshake_row_flow(row, way)->owner == owner)
				tcpshake_table_commit(&tuple, way, 0);
		tcpshake_table_leave(&tuple);
		local_bh_enable();
		cond_resched();
	}
}

int tcpshake_table_init(u32 slots)
{
	struct tcpshake_table *t = &tcpshake_table;
	u32 i;

	t->nrows = slots / TCPSHAKE_WAYS; /* an octet above a power of two is a huge page */
	t->rows = kvcalloc(t->nrows, sizeof(*t->rows), GFP_KERNEL);
	t->flows = kvcalloc(tcpshake_table_slots(), sizeof(*t->flows), GFP_KERNEL);
	if (!t->rows || !t->flows || tcpshake_details_init(t->nrows)) {
		kvfree(t->flows);
		kvfree(t->rows);
		return -ENOMEM;
	}
	for (i = 0; i < t->nrows; i++)
		raw_spin_lock_init(&t->rows[i].lock);
	get_random_bytes(&t->key, sizeof(t->key));
	tcpshake_sweep_start();
	return 0;
}

void tcpshake_table_exit(void)
{
	tcpshake_sweep_stop();
	tcpshake_details_exit();
	kvfree(tcpshake_table.flows);
	kvfree(tcpshake_table.rows);
	memzero_explicit(&tcpshake_table.key, sizeof(tcpshake_table.key));
}
