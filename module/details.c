// SPDX-License-Identifier: GPL-2.0
/* Details of pending attempts. See details.h. */
#include <asm/byteorder.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "details.h"
#include "table.h"

#define PLACES 12
#define GROUP_SLOTS (TCPSHAKE_DETAILS_ROWS * TCPSHAKE_WAYS)

static_assert(GROUP_SLOTS < U8_MAX);

struct tcpshake_details_group {
	union {
		__le64 words[2];
		struct {
			u8 holders[PLACES];	/* slot within the group, from 1; 0: free */
			u8 next;		/* whose turn it is when all are taken */
		};
	};
	raw_spinlock_t lock;
	struct tcpshake_details places[PLACES];
};

#ifndef CONFIG_DEBUG_SPINLOCK
static_assert(L1_CACHE_BYTES > 64 ||
	      DIV_ROUND_UP(GROUP_SLOTS * sizeof(struct tcpshake_flow) +
			   TCPSHAKE_DETAILS_ROWS * 64 + /* a row, see table.c */
			   sizeof(struct tcpshake_details_group), GROUP_SLOTS) ==
	      TCPSHAKE_SLOT_OCTETS);
#endif

static struct tcpshake_details_group *groups __read_mostly; /* const while hooks live */

struct tcpshake_details_group *tcpshake_details_lock(u32 row)
{
	struct tcpshake_details_group *group = &groups[row / TCPSHAKE_DETAILS_ROWS];

	raw_spin_lock(&group->lock);
	__release(&group->lock); /* for sparse: until unlock */
	return group;
}

void tcpshake_details_unlock(struct tcpshake_details_group *group)
{
	__acquire(&group->lock); /* for sparse: since lock */
	raw_spin_unlock(&group->lock);
}

/* What a slot is called in its group; never 0. */
static u8 holder_of(u32 slot)
{
	return slot % GROUP_SLOTS + 1;
}

/* The first octet of a word that is 0; what the classic test says of later ones is not used. */
static __always_inline bool first_zero(u64 x, unsigned int *at)
{
	const u64 ones = 0x0101010101010101ULL;
	const u64 hit = (x - ones) & ~x & ones << 7;

	if (!hit)
		return false;
	*at = __ffs64(hit) / 8;
	return true;
}

static bool find(const struct tcpshake_details_group *group, u8 holder, unsigned int *place)
{
	const u64 same = holder * 0x0101010101010101ULL;
	unsigned int at;

	lockdep_assert_held(&group->lock);
	if (first_zero(le64_to_cpu(group->words[0]) ^ same, &at)) {
		*place = at;
		return true;
	}
	if (!first_zero(le64_to_cpu(group->words[1]) ^ same, &at) ||
	    at >= PLACES - 8)
		return false;
	*place = at + 8;
	return true;
}

struct tcpshake_details *tcpshake_details_find(struct tcpshake_details_group *group, u32 slot)
{
	unsigned int place;

	return find(group, holder_of(slot), &place) ? &group->places[place] : NULL;
}

struct tcpshake_details *tcpshake_details_take(struct tcpshake_details_group *group, u32 slot,
					       bool *forgot)
{
	unsigned int place;

	*forgot = !find(group, 0, &place);
	if (*forgot) {
		place = group->next;
		group->next = (group->next + 1) % PLACES;
	}
	group->holders[place] = holder_of(slot);
	group->places[place].client.seen = 0;
	group->places[place].server.seen = 0;
	return &group->places[place];
}

void tcpshake_details_drop(struct tcpshake_details_group *group, u32 slot)
{
	unsigned int place;

	if (find(group, holder_of(slot), &place))
		group->holders[place] = 0;
}

int tcpshake_details_init(u32 rows)
{
	const u32 count = DIV_ROUND_UP(rows, TCPSHAKE_DETAILS_ROWS);
	u32 i;

	groups = vzalloc(array_size(count, sizeof(*groups))); /* not the next power of two */
	if (!groups)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		raw_spin_lock_init(&groups[i].lock);
	return 0;
}

void tcpshake_details_exit(void)
{
	vfree(groups);
}
