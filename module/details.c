// SPDX-License-Identifier: GPL-2.0
/* Details of pending attempts. See details.h. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "details.h"
#include "table.h"

#define PLACES 12
#define GROUP_SLOTS (TCPSHAKE_DETAILS_ROWS * TCPSHAKE_WAYS)

static_assert(GROUP_SLOTS < U8_MAX);

struct tcpshake_details_group {
	raw_spinlock_t lock;
	u8 next;			/* whose turn it is when all are taken */
	u8 holders[PLACES];		/* slot within the group, from 1; 0: free */
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

static bool find(const struct tcpshake_details_group *group, u8 holder, unsigned int *place)
{
	lockdep_assert_held(&group->lock);
	for (*place = 0; *place < PLACES; (*place)++)
		if (group->holders[*place] == holder)
			return true;
	return false;
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

	*forgot = false;
	if (!find(group, holder_of(slot), &place)) {
		if (!find(group, 0, &place)) {
			*forgot = true;
			place = group->next;
			group->next = (group->next + 1) % PLACES;
		}
		group->holders[place] = holder_of(slot);
		memset(&group->places[place], 0, sizeof(group->places[place]));
	}
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

	groups = kvcalloc(count, sizeof(*groups), GFP_KERNEL);
	if (!groups)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		raw_spin_lock_init(&groups[i].lock);
	return 0;
}

void tcpshake_details_exit(void)
{
	kvfree(groups);
}
