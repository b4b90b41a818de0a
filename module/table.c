// SPDX-License-Identifier: GPL-2.0
/*
 * Flow table, and the work that ends attempts whose time has run out. See
 * table.h for structure and locking.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "counters.h"
#include "details.h"
#include "table.h"

#define TAG_WORDS (TCPSHAKE_WAYS / 4)

/* The one cache line a miss reads. */
struct tcpshake_row {
	union {
		u64 words[TAG_WORDS];
		u16 tag[TCPSHAKE_WAYS];	/* low 16 bits of the hash, never 0; 0 = free */
	};
	u16 seen[TCPSHAKE_WAYS];	/* client's last segment, clock in 2^15 us: +-17 minutes */
	u8 state[TCPSHAKE_WAYS];	/* copy of the flow's, for choosing a victim */
	raw_spinlock_t lock;
} ____cacheline_aligned;

#ifndef CONFIG_DEBUG_SPINLOCK
static_assert(sizeof(struct tcpshake_row) == 64 || L1_CACHE_BYTES > 64);
#endif

enum sweep {
	SWEEP_PARTS = 8,		/* the whole table once a second */
	SWEEP_INTERVAL = HZ / SWEEP_PARTS,
};

static struct {
	struct tcpshake_row *rows;
	struct tcpshake_flow *flows;	/* TCPSHAKE_WAYS for each row */
	u32 nrows;
	hsiphash_key_t key;
} table __read_mostly; /* const while hooks live */

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

u32 tcpshake_table_slots(void)
{
	return table.nrows * TCPSHAKE_WAYS;
}

u32 tcpshake_table_rows(void)
{
	return table.nrows;
}

static struct tcpshake_flow *flow_at(u32 row, unsigned int way)
{
	return &table.flows[(size_t)row * TCPSHAKE_WAYS + way];
}

static u32 row_number(const struct tcpshake_row *row)
{
	return row - table.rows;
}

/* Both directions must hash alike: the smaller endpoint goes first. */
static u32 hash_v4(const struct tcpshake_segment *seg, u32 where)
{
	u32 a, b;
	u64 lo, hi;

	memcpy(&a, seg->src + 12, sizeof(a));
	memcpy(&b, seg->dst + 12, sizeof(b));
	lo = (u64)a << 16 | seg->src_port;
	hi = (u64)b << 16 | seg->dst_port;
	if (lo > hi)
		swap(lo, hi);
	return hsiphash_4u32(lo >> 16, hi >> 16, (u32)lo << 16 | (u16)hi, where, &table.key);
}

static u32 hash_v6(const struct tcpshake_segment *seg, u32 where)
{
	struct {
		u8 lo[TCPSHAKE_ADDR_LEN];
		u8 hi[TCPSHAKE_ADDR_LEN];
		u16 lo_port, hi_port;
		u32 where;
	} __aligned(HSIPHASH_ALIGNMENT) key;
	int order = memcmp(seg->src, seg->dst, TCPSHAKE_ADDR_LEN);
	const bool swapped = order ? order > 0 : seg->src_port > seg->dst_port;

	memcpy(key.lo, swapped ? seg->dst : seg->src, TCPSHAKE_ADDR_LEN);
	memcpy(key.hi, swapped ? seg->src : seg->dst, TCPSHAKE_ADDR_LEN);
	key.lo_port = swapped ? seg->dst_port : seg->src_port;
	key.hi_port = swapped ? seg->src_port : seg->dst_port;
	key.where = where;
	return hsiphash(&key, sizeof(key), &table.key);
}

/*
 * The domain is part of the hash alone: flows of two VRFs with the same addresses
 * and ports are taken for one another once in 2^28 or so.
 */
u32 tcpshake_table_hash(const struct tcpshake_net *tn, const struct tcpshake_segment *seg,
			u32 domain)
{
	const u32 where = tn->id ^ domain << 16;

	return tcpshake_addr_is_v4(seg->src) ? hash_v4(seg, where) : hash_v6(seg, where);
}

static struct tcpshake_row *row_of(u32 hash)
{
	return &table.rows[reciprocal_scale(hash, table.nrows)];
}

static u16 tag_of(u32 hash)
{
	return (u16)hash ?: 1;
}

/*
 * May the row hold the tag? The classic zero-halfword test on three words; it can
 * say yes wrongly, never no.
 */
static bool row_may_hold(const struct tcpshake_row *row, u16 tag)
{
	const u64 ones = 0x0001000100010001ULL;
	u64 hit = 0;
	int i;

	for (i = 0; i < TAG_WORDS; i++) {
		const u64 x = READ_ONCE(row->words[i]) ^ (tag * ones);

		hit |= (x - ones) & ~x;
	}
	return hit & (ones << 15);
}

static u16 search(const struct tcpshake_net *tn, const struct tcpshake_row *row, u16 tag,
		  const struct tcpshake_segment *seg)
{
	unsigned int way;
	u16 ways = 0;

	lockdep_assert_held(&row->lock);
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		const struct tcpshake_flow *flow;

		if (row->tag[way] != tag)
			continue;
		flow = flow_at(row_number(row), way);
		if (flow->owner == tn->id &&
		    tcpshake_flow_direction(flow, seg) != TCPSHAKE_ELSEWHERE)
			ways |= 1U << way;
	}
	return ways;
}

bool tcpshake_table_enter(const struct tcpshake_net *tn, u32 hash,
			  const struct tcpshake_segment *seg, bool claims,
			  struct tcpshake_tuple *tuple)
{
	struct tcpshake_row *row = row_of(hash);

	if (!claims && !row_may_hold(row, tag_of(hash)))
		return false;
	raw_spin_lock(&row->lock);
	tuple->ways = search(tn, row, tag_of(hash), seg);
	if (!claims && !tuple->ways) {
		raw_spin_unlock(&row->lock);
		return false;
	}
	tuple->tn = tn;
	tuple->row = row;
	tuple->group = NULL;
	tuple->tag = tag_of(hash);
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

struct tcpshake_flow *tcpshake_table_flow(const struct tcpshake_tuple *tuple, unsigned int way)
{
	lockdep_assert_held(&tuple->row->lock);
	return flow_at(row_number(tuple->row), way);
}

static struct tcpshake_details_group *group_of(struct tcpshake_tuple *tuple)
{
	if (!tuple->group)
		tuple->group = tcpshake_details_lock(row_number(tuple->row));
	return tuple->group;
}

static u32 slot_number(const struct tcpshake_tuple *tuple, unsigned int way)
{
	return row_number(tuple->row) * TCPSHAKE_WAYS + way;
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
	for (*way = 0; *way < TCPSHAKE_WAYS; (*way)++)
		if (!row->tag[*way])
			return true;
	return false;
}

/* How dear a flow is, for choosing a victim: the cheapest goes, among equals the oldest. */
static u32 worth(const struct tcpshake_row *row, unsigned int way, u16 now)
{
	static const u8 rank[TCPSHAKE_FLOW_STATES] = {	/* 0: it costs nothing */
		[TCPSHAKE_STATE_HALF_OPEN_SYN] = 1,
		[TCPSHAKE_STATE_HALF_OPEN_SYNACK] = 2,
	};
	s16 age = now - row->seen[way];

	/* another CPU's clock may have been read a moment later than now */
	if (age < 0)
		age = 0;
	return (u32)rank[row->state[way]] << 16 | (u16)~age;
}

#define WORTH_PENDING	0x10000U	/* and more: it has no outcome yet */

/* The cheapest flow that is worth less than limit, but none of those in spared. */
static bool find_victim(const struct tcpshake_row *row, u64 now_us, u16 spared, u32 limit,
			const u16 *only_owner, unsigned int *victim)
{
	const u16 now = (u16)(now_us >> 15);
	u32 least = limit;
	unsigned int way;

	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		if (!row->tag[way] || spared & 1U << way)
			continue;
		if (only_owner && flow_at(row_number(row), way)->owner != *only_owner)
			continue;
		if (worth(row, way, now) >= least)
			continue;
		least = worth(row, way, now);
		*victim = way;
	}
	return least != limit;
}

/* Which slot is the new flow to have? Free ones first, unless the namespace has had its share. */
static enum tcpshake_claim choose(const struct tcpshake_tuple *tuple, u64 now_us, bool spare,
				  unsigned int *way)
{
	const struct tcpshake_net *tn = tuple->tn;
	const struct tcpshake_row *row = tuple->row;
	const bool limited = tn->quota < tcpshake_table_slots();
	const bool over = READ_ONCE(tn->over_quota);
	const u32 limit = spare ? WORTH_PENDING : U32_MAX;
	const u16 spared = hweight16(tuple->ways) < TCPSHAKE_WAYS ? tuple->ways : 0;

	if (!over && find_free(row, way))
		return TCPSHAKE_CLAIM_FRESH;
	if (limited && find_victim(row, now_us, spared, limit, &tn->id, way))
		return TCPSHAKE_CLAIM_EVICTED;
	if (over || !find_victim(row, now_us, spared, limit, NULL, way))
		return TCPSHAKE_CLAIM_REFUSED;
	return TCPSHAKE_CLAIM_EVICTED;
}

enum tcpshake_claim tcpshake_table_claim(struct tcpshake_tuple *tuple, u64 now_us, bool spare,
					 unsigned int *way, struct tcpshake_verdict *victim)
{
	const enum tcpshake_claim claim = choose(tuple, now_us, spare, way);
	struct tcpshake_row *row = tuple->row;

	lockdep_assert_held(&row->lock);
	if (claim == TCPSHAKE_CLAIM_REFUSED)
		return claim;
	if (claim == TCPSHAKE_CLAIM_EVICTED) {
		tcpshake_flow_evict(tcpshake_table_flow(tuple, *way),
				    tcpshake_table_details(tuple, *way), now_us, victim);
		tcpshake_table_commit(tuple, *way, 0);
	}
	tcpshake_table_flow(tuple, *way)->owner = tuple->tn->id;
	return claim;
}

void tcpshake_table_commit(struct tcpshake_tuple *tuple, unsigned int way, u8 state)
{
	const struct tcpshake_flow *flow = tcpshake_table_flow(tuple, way);
	struct tcpshake_row *row = tuple->row;
	const bool pending = state && state <= TCPSHAKE_STATE_MAX;
	const bool was_pending = row->tag[way] && row->state[way] <= TCPSHAKE_STATE_MAX;

	lockdep_assert_held(&row->lock);
	WRITE_ONCE(row->tag[way], state ? tuple->tag : 0);
	row->state[way] = state;
	row->seen[way] = (u16)(flow->syn_us >> 15) + flow->client_seen;
	if (state)
		tuple->ways |= 1U << way;
	else
		tuple->ways &= ~(1U << way);
	if (!pending && (was_pending || tuple->group))
		tcpshake_details_drop(group_of(tuple), slot_number(tuple, way));
}

static_assert(TAG_WORDS == 3);

static bool row_is_empty(const struct tcpshake_row *row)
{
	return !(READ_ONCE(row->words[0]) | READ_ONCE(row->words[1]) | READ_ONCE(row->words[2]));
}

/* For those who do not come with a segment. Context: BH off. */
static void enter_row(u32 number, struct tcpshake_tuple *tuple)
{
	memset(tuple, 0, sizeof(*tuple));
	tuple->row = &table.rows[number];
	raw_spin_lock(&tuple->row->lock);
	__release(&tuple->row->lock); /* for sparse: until leave */
}

u32 tcpshake_table_read(u32 number, u16 owner, struct tcpshake_pending pending[TCPSHAKE_WAYS])
{
	struct tcpshake_tuple tuple;
	unsigned int way;
	u32 mask = 0;

	if (row_is_empty(&table.rows[number]))
		return 0;
	local_bh_disable();
	enter_row(number, &tuple);
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		const struct tcpshake_flow *flow = flow_at(number, way);
		const struct tcpshake_details *details;

		if (!tuple.row->tag[way] || flow->owner != owner ||
		    !tcpshake_flow_is_pending(flow))
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

	for (i = 0; i < table.nrows; i++) {
		local_bh_disable();
		enter_row(i, &tuple);
		for (way = 0; way < TCPSHAKE_WAYS; way++)
			if (tuple.row->tag[way] && flow_at(i, way)->owner == owner)
				tcpshake_table_commit(&tuple, way, 0);
		tcpshake_table_leave(&tuple);
		local_bh_enable();
		cond_resched();
	}
}

/* Context: BH off, RCU read side. */
static void sweep_slot(struct tcpshake_tuple *tuple, unsigned int way)
{
	struct tcpshake_flow *flow = tcpshake_table_flow(tuple, way);
	struct tcpshake_net *tn = tcpshake_net_by_id(flow->owner);
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict v;

	if (!tn)
		return;
	tcpshake_net_timeouts(tn, &timeouts);
	if (!tcpshake_flow_expire(flow, tcpshake_table_details(tuple, way), tcpshake_now_us(),
				  &timeouts, &v))
		return;
	tcpshake_table_commit(tuple, way, 0);
	tcpshake_book(tn, &v, NULL);
}

static void sweep_row(u32 number)
{
	struct tcpshake_tuple tuple;
	unsigned int way;

	if (row_is_empty(&table.rows[number]))
		return;
	rcu_read_lock();
	local_bh_disable();
	enter_row(number, &tuple);
	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (tuple.row->tag[way])
			sweep_slot(&tuple, way);
	tcpshake_table_leave(&tuple);
	local_bh_enable();
	rcu_read_unlock();
}

static void sweep(struct work_struct *work)
{
	static u32 at;	/* this work alone */
	u32 left = DIV_ROUND_UP(table.nrows, SWEEP_PARTS);

	while (left--) {
		if (at >= table.nrows)
			at = 0;
		sweep_row(at++);
		cond_resched();
	}
	tcpshake_net_check_quotas();
	queue_delayed_work(system_power_efficient_wq, &sweep_work, SWEEP_INTERVAL);
}

int tcpshake_table_init(u32 slots)
{
	u32 i;

	table.nrows = DIV_ROUND_UP(slots, TCPSHAKE_WAYS);
	table.rows = kvcalloc(table.nrows, sizeof(*table.rows), GFP_KERNEL);
	table.flows = kvcalloc((size_t)table.nrows * TCPSHAKE_WAYS, sizeof(*table.flows),
			       GFP_KERNEL);
	if (!table.rows || !table.flows || tcpshake_details_init(table.nrows)) {
		kvfree(table.flows);
		kvfree(table.rows);
		return -ENOMEM;
	}
	for (i = 0; i < table.nrows; i++)
		raw_spin_lock_init(&table.rows[i].lock);
	get_random_bytes(&table.key, sizeof(table.key));
	queue_delayed_work(system_power_efficient_wq, &sweep_work, SWEEP_INTERVAL);
	return 0;
}

void tcpshake_table_exit(void)
{
	cancel_delayed_work_sync(&sweep_work);
	tcpshake_details_exit();
	kvfree(table.flows);
	kvfree(table.rows);
	memzero_explicit(&table.key, sizeof(table.key));
}
