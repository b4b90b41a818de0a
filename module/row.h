/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the flow table: what its parts share. table.c finds, claims and keeps,
 * victim.c chooses who has to go, sweep.c ends what has run out of time. For all
 * others there is table.h.
 */
#ifndef TCPSHAKE_ROW_H
#define TCPSHAKE_ROW_H

#include <linux/bitops.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>

#include "table.h"

#define TCPSHAKE_TAG_WORDS (TCPSHAKE_WAYS / 4)

/* A namespace over its quota looks for its own in so many rows behind the one it needs. */
#define TCPSHAKE_TRADE_ROWS 8

/* The one cache line a miss reads. */
struct tcpshake_row {
	union {
		u64 words[TCPSHAKE_TAG_WORDS];
		u16 tag[TCPSHAKE_WAYS];	/* low 16 bits of the hash, never 0; 0 = free */
	};
	u16 seen[TCPSHAKE_WAYS];	/* client's last segment, clock in 2^15 us: +-17 minutes */
	u8 kind[TCPSHAKE_WAYS];		/* the flow's state, and 4 bits of what it is for */
	raw_spinlock_t lock;
} ____cacheline_aligned;

#ifndef CONFIG_DEBUG_SPINLOCK
static_assert(sizeof(struct tcpshake_row) == 64 || L1_CACHE_BYTES > 64);
#endif
static_assert(TCPSHAKE_TAG_WORDS == 3);
static_assert(TCPSHAKE_FLOW_STATES <= 16);

struct tcpshake_table {
	struct tcpshake_row *rows;
	struct tcpshake_flow *flows;	/* TCPSHAKE_WAYS for each row */
	u32 nrows;
	hsiphash_key_t key;
};

extern struct tcpshake_table tcpshake_table; /* const while hooks live */

static inline u32 tcpshake_row_number(const struct tcpshake_row *row)
{
	return row - tcpshake_table.rows;
}

static inline struct tcpshake_flow *tcpshake_row_flow(const struct tcpshake_row *row,
						      unsigned int way)
{
	return &tcpshake_table.flows[(size_t)tcpshake_row_number(row) * TCPSHAKE_WAYS + way];
}

static inline u8 tcpshake_row_state(const struct tcpshake_row *row, unsigned int way)
{
	return row->kind[way] & 0xf;
}

static inline u8 tcpshake_row_service(const struct tcpshake_row *row, unsigned int way)
{
	return row->kind[way] >> 4;
}

static inline bool tcpshake_row_pending(const struct tcpshake_row *row, unsigned int way)
{
	return row->tag[way] && tcpshake_row_state(row, way) <= TCPSHAKE_STATE_MAX;
}

static inline bool tcpshake_row_is_empty(const struct tcpshake_row *row)
{
	return !(READ_ONCE(row->words[0]) | READ_ONCE(row->words[1]) | READ_ONCE(row->words[2]));
}

/*
 * Both directions must hash alike: the smaller endpoint goes first. Addresses and
 * ports are as in the packet, ports both in one word. The domain is part of the hash
 * alone: flows of two VRFs with the same addresses and ports are taken for one another
 * once in 2^28 or so.
 */
static inline u32 tcpshake_hash_where(const struct tcpshake_net *tn, u32 domain)
{
	return tn->id ^ rol32(domain, 16);
}

static __always_inline u32 tcpshake_hash_v4(u32 where, u32 src, u32 dst, u32 ports)
{
	const bool swapped = ((u64)src << 16 | (u16)ports) > ((u64)dst << 16 | ports >> 16);

	return hsiphash_3u32(swapped ? dst : src, swapped ? src : dst,
			     (swapped ? rol32(ports, 16) : ports) ^ where, &tcpshake_table.key);
}

static __always_inline u32 tcpshake_hash_v6(u32 where, const u8 *src, const u8 *dst, u32 ports)
{
	struct {
		u64 ends[4];
		u32 ports;
	} __aligned(HSIPHASH_ALIGNMENT) key; /* what is behind the ports is nothing */
	u64 s[2], d[2];
	bool swapped;

	memcpy(s, src, sizeof(s));
	memcpy(d, dst, sizeof(d));
	swapped = s[0] != d[0] ? s[0] > d[0] :
		  s[1] != d[1] ? s[1] > d[1] : (u16)ports > ports >> 16;
	key.ends[0] = swapped ? d[0] : s[0];
	key.ends[1] = swapped ? d[1] : s[1];
	key.ends[2] = swapped ? s[0] : d[0];
	key.ends[3] = swapped ? s[1] : d[1];
	key.ports = (swapped ? rol32(ports, 16) : ports) ^ where;
	return hsiphash(&key, sizeof(key.ends) + sizeof(key.ports), &tcpshake_table.key);
}

static inline struct tcpshake_row *tcpshake_row_of(u32 hash)
{
	return &tcpshake_table.rows[reciprocal_scale(hash, tcpshake_table.nrows)];
}

static inline u16 tcpshake_tag_of(u32 hash)
{
	return (u16)hash ?: 1;
}

/*
 * Where a word of four tags may hold the tag: the highest bit of its halfword. The
 * classic test for zero; the first one it tells, from the low end, is one for sure,
 * those behind may only look like it.
 */
static __always_inline u64 tcpshake_tags_like(const struct tcpshake_row *row, unsigned int word,
					      u16 tag)
{
	const u64 ones = 0x0001000100010001ULL;
	const u64 x = READ_ONCE(row->words[word]) ^ tag * ones;

	return (x - ones) & ~x & ones << 15;
}

/* The way of the first one. */
static __always_inline unsigned int tcpshake_tags_way(unsigned int word, u64 like)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return word * 4 + 3 - __ffs64(like) / 16;
#else
	return word * 4 + __ffs64(like) / 16;
#endif
}

/* Is it certain that no flow has this hash? One cache line, no lock. Any context. */
static __always_inline bool tcpshake_row_misses(u32 hash)
{
	const struct tcpshake_row *row = tcpshake_row_of(hash);
	const u16 tag = tcpshake_tag_of(hash);

	return !(tcpshake_tags_like(row, 0, tag) | tcpshake_tags_like(row, 1, tag) |
		 tcpshake_tags_like(row, 2, tag));
}

/* For those who do not come with a segment. Context: BH off. To be followed by table_leave(). */
static inline void tcpshake_row_enter(struct tcpshake_row *row, struct tcpshake_tuple *tuple)
{
	tuple->tn = NULL;
	tuple->row = row;
	tuple->flows = tcpshake_row_flow(row, 0);
	tuple->group = NULL;
	tuple->ways = 0;
	tuple->tag = 0;
	raw_spin_lock(&row->lock);
	__release(&row->lock); /* for sparse: until leave */
}

/*
 * Whose slot shall another flow get? In this order, of equals the oldest: what has
 * its outcome; unanswered, then answered attempts for a service that has a third of
 * the row; unanswered, then answered attempts.
 */
struct tcpshake_search {
	u16 now;		/* clock in 2^15 us */
	u16 spared;		/* ways that are not to go */
	bool spare;		/* nothing that is pending is to go */
	bool may_be_free;	/* there may be free slots, which are not to be found */
	const u16 *only_owner;
};

/* Context: the row locked. Return: false if there is none. */
bool tcpshake_row_victim(const struct tcpshake_row *row, const struct tcpshake_search *search,
			 unsigned int *victim, enum tcpshake_eviction *cause);

/* Part of the table's life. sweep_stop() waits for it. Context: process. */
void tcpshake_sweep_start(void);
void tcpshake_sweep_stop(void);

#endif /* TCPSHAKE_ROW_H */
