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
static u32 hash_v4(const struct tcpshake_net *tn, const struct tcpshake_segment *seg)
{
	u32 a, b;
	u64 lo, hi;

	memcpy(&a, seg->src + 12, sizeof(a));
	memcpy(&b, seg->dst + 12, sizeof(b));
	lo = (u64)a << 16 | seg->src_port;
	hi = (u64)b << 16 | seg->dst_port;
	if (lo > hi)
		swap(lo, hi);
	return hsiphash_4u32(lo >> 16, hi >> 16, (u32)lo << 16 | (u16)hi, tn->id, &table.key);
}

static u32 hash_v6(const struct tcpshake_net *tn, const struct tcpshake_segment *seg)
{
	struct {
		u8 lo[TCPSHAKE_ADDR_LEN];
		u8 hi[TCPSHAKE_ADDR_LEN];
		u16 lo_port, hi_port;
		u32 owner;
	} __aligned(HSIPHASH_ALIGNMENT) key;
	int order = memcmp(seg->src, seg->dst, TCPSHAKE_ADDR_LEN);
	const bool swapped = order ? order > 0 : seg->src_port > seg->dst_port;

	memcpy(key.lo, swapped ? seg->dst : seg->src, TCPSHAKE_ADDR_LEN);
	memcpy(key.hi, swapped ? seg->src : seg->dst, TCPSHAKE_ADDR_LEN);
	key.lo_port = swapped ? seg->dst_port : seg->src_port;
	key.hi_port = swapped ? seg->src_port : seg->dst_port;
	key.owner = tn->id;
	return hsiphash(&key, sizeof(key), &table.key);
}

u32 tcpshake_table_hash(const struct tcpshake_net *tn, const struct tcpshake_segment *seg)
{
	return tcpshake_addr_is_v4(seg->src) ? hash_v4(tn, seg) : hash_v6(tn, seg);
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

static bool slot_search(const struct tcpshake_net *tn, struct tcpshake_row *row, u16 tag,
			const struct tcpshake_segment *seg, struct tcpshake_slot *slot)
{
	unsigned int way;

	lockdep_assert_held(&row->lock);
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		struct tcpshake_flow *flow;

		if (row->tag[way] != tag)
			continue;
		flow = flow_at(row_number(row), way);
		if (flow->owner != tn->id ||
		    tcpshake_flow_direction(flow, seg) == TCPSHAKE_ELSEWHERE)
			continue;
		slot->row = row;
		slot->flow = flow;
		slot->way = way;
		return true;
	}
	return false;
}

bool tcpshake_table_find(const struct tcpshake_net *tn, u32 hash,
			 const struct tcpshake_segment *seg, struct tcpshake_slot *slot)
{
	struct tcpshake_row *row = row_of(hash);

	if (!row_may_hold(row, tag_of(hash)))
		return false;
	raw_spin_lock(&row->lock);
	if (!slot_search(tn, row, tag_of(hash), seg, slot)) {
		raw_spin_unlock(&row->lock);
		return false;
	}
	__release(&row->lock); /* for sparse, which loses track of it: until commit */
	return true;
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
	static const u8 rank[TCPSHAKE_FLOW_STATES] = {
		[TCPSHAKE_FLOW_LINGERING] = 0,
		[TCPSHAKE_STATE_HALF_OPEN_SYN] = 1,
		[TCPSHAKE_STATE_HALF_OPEN_SYNACK] = 2,
	};
	s16 age = now - row->seen[way];

	/* another CPU's clock may have been read a moment later than now */
	if (age < 0)
		age = 0;
	return (u32)rank[row->state[way]] << 16 | (u16)~age;
}

static bool find_victim(const struct tcpshake_row *row, u64 now_us, const u16 *only_owner,
			unsigned int *victim)
{
	const u16 now = (u16)(now_us >> 15);
	u32 least = U32_MAX;
	unsigned int way;

	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		if (!row->tag[way])
			continue;
		if (only_owner && flow_at(row_number(row), way)->owner != *only_owner)
			continue;
		if (worth(row, way, now) >= least)
			continue;
		least = worth(row, way, now);
		*victim = way;
	}
	return least != U32_MAX;
}

/* Which slot is the new flow to have? Free ones first, unless the namespace has had its share. */
static enum tcpshake_claim choose(const struct tcpshake_net *tn, const struct tcpshake_row *row,
				  u64 now_us, unsigned int *way)
{
	const bool limited = tn->quota < tcpshake_table_slots();
	const bool over = READ_ONCE(tn->over_quota);

	if (!over && find_free(row, way))
		return TCPSHAKE_CLAIM_FRESH;
	if (limited && find_victim(row, now_us, &tn->id, way))
		return TCPSHAKE_CLAIM_EVICTED;
	if (over)
		return TCPSHAKE_CLAIM_REFUSED;
	find_victim(row, now_us, NULL, way);
	return TCPSHAKE_CLAIM_EVICTED;
}

static enum tcpshake_claim claim_way(const struct tcpshake_net *tn, struct tcpshake_row *row,
				     u64 now_us, struct tcpshake_slot *slot,
				     struct tcpshake_verdict *victim)
{
	const enum tcpshake_claim claim = choose(tn, row, now_us, &slot->way);

	if (claim == TCPSHAKE_CLAIM_REFUSED)
		return claim;
	slot->row = row;
	slot->flow = flow_at(row_number(row), slot->way);
	if (claim == TCPSHAKE_CLAIM_EVICTED)
		tcpshake_handshake_evict(slot->flow, now_us, victim);
	slot->flow->owner = tn->id;
	return claim;
}

enum tcpshake_claim tcpshake_table_claim(const struct tcpshake_net *tn, u32 hash,
					 const struct tcpshake_segment *seg, u64 now_us,
					 struct tcpshake_slot *slot,
					 struct tcpshake_verdict *victim)
{
	enum tcpshake_claim claim = TCPSHAKE_CLAIM_FOUND;
	struct tcpshake_row *row = row_of(hash);

	raw_spin_lock(&row->lock);
	if (!slot_search(tn, row, tag_of(hash), seg, slot))
		claim = claim_way(tn, row, now_us, slot, victim);
	if (claim == TCPSHAKE_CLAIM_REFUSED) {
		raw_spin_unlock(&row->lock);
		return claim;
	}
	WRITE_ONCE(row->tag[slot->way], tag_of(hash));
	__release(&row->lock); /* for sparse: until commit */
	return claim;
}

void tcpshake_table_commit(struct tcpshake_slot *slot, u8 state)
{
	struct tcpshake_row *row = slot->row;

	__acquire(&row->lock); /* for sparse: since find or claim */
	lockdep_assert_held(&row->lock);
	if (!state)
		WRITE_ONCE(row->tag[slot->way], 0);
	row->state[slot->way] = state;
	row->seen[slot->way] = (u16)(slot->flow->syn_us >> 15) + slot->flow->client_seen;
	raw_spin_unlock(&row->lock);
}

u32 tcpshake_table_read(u32 number, u16 owner, struct tcpshake_flow flows[TCPSHAKE_WAYS])
{
	struct tcpshake_row *row = &table.rows[number];
	unsigned int way;
	u32 mask = 0;

	raw_spin_lock_bh(&row->lock);
	for (way = 0; way < TCPSHAKE_WAYS; way++) {
		const struct tcpshake_flow *flow = flow_at(number, way);

		if (!row->tag[way] || flow->owner != owner || flow->state > TCPSHAKE_STATE_MAX)
			continue;
		flows[way] = *flow;
		mask |= 1U << way;
	}
	raw_spin_unlock_bh(&row->lock);
	return mask;
}

void tcpshake_table_purge(u16 owner)
{
	unsigned int way;
	u32 i;

	for (i = 0; i < table.nrows; i++) {
		struct tcpshake_row *row = &table.rows[i];

		raw_spin_lock_bh(&row->lock);
		for (way = 0; way < TCPSHAKE_WAYS; way++)
			if (row->tag[way] && flow_at(i, way)->owner == owner)
				WRITE_ONCE(row->tag[way], 0);
		raw_spin_unlock_bh(&row->lock);
		cond_resched();
	}
}

/* Context: BH off, RCU read side. */
static void sweep_slot(struct tcpshake_row *row, unsigned int way)
{
	struct tcpshake_flow *flow = flow_at(row_number(row), way);
	struct tcpshake_timeouts timeouts;
	struct tcpshake_net *tn = NULL;
	struct tcpshake_verdict v;

	raw_spin_lock(&row->lock);
	if (row->tag[way])
		tn = tcpshake_net_by_id(flow->owner);
	if (tn) {
		tcpshake_net_timeouts(tn, &timeouts);
		if (tcpshake_handshake_expire(flow, tcpshake_now_us(), &timeouts, &v))
			WRITE_ONCE(row->tag[way], 0);
		else
			tn = NULL;
	}
	raw_spin_unlock(&row->lock);
	if (tn)
		tcpshake_book(tn, &v, NULL);
}

static void sweep_row(struct tcpshake_row *row)
{
	unsigned int way;

	rcu_read_lock();
	local_bh_disable();
	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (READ_ONCE(row->tag[way]))
			sweep_slot(row, way);
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
		sweep_row(&table.rows[at++]);
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
	if (!table.rows || !table.flows) {
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
	kvfree(table.flows);
	kvfree(table.rows);
	memzero_explicit(&table.key, sizeof(table.key));
}
