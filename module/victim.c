// SPDX-License-Identifier: GPL-2.0
/*
 * Who has to go when a row is full. A flood for one service fills every row with
 * its own attempts: they go first, so that it cannot displace those for others.
 *
 * Each row finds that out by itself, from its own cache line: a service that has
 * a third of the row crowds it. Nothing is counted elsewhere, so nothing has to be
 * learned before the first slot is taken, and no two processors share a counter.
 */
#include "row.h"

enum { CROWD = TCPSHAKE_WAYS / 3 };

#define WORTH_PENDING BIT(16)
#define WORTH_ALL U32_MAX

/* Another CPU's clock may be ahead of ours by so much, in 2^15 us. */
#define AHEAD 4

static_assert(TCPSHAKE_STATE_HALF_OPEN_SYN == 1 && TCPSHAKE_STATE_HALF_OPEN_SYNACK == 2 &&
	      TCPSHAKE_STATE_MAX == 2);

/*
 * The least goes: what has its outcome, then unanswered, then answered attempts; of
 * equals the oldest.
 */
static __always_inline u32 worth(const struct tcpshake_row *row, unsigned int way, u16 now)
{
	const u8 state = tcpshake_row_state(row, way);

	return (state <= TCPSHAKE_STATE_MAX ? (u32)state << 16 : 0) |
	       (u16)(row->seen[way] - now - AHEAD);
}

/* Return: what the cheapest of these ways is worth; WORTH_ALL: there are none. */
static u32 cheapest(const struct tcpshake_row *row, u16 ways, u16 now, unsigned int *victim)
{
	u32 least = WORTH_ALL;

	for (; ways; ways &= ways - 1) {
		const unsigned int way = __ffs(ways);
		const u32 value = worth(row, way, now);

		if (value >= least)
			continue;
		least = value;
		*victim = way;
	}
	return least;
}

static bool same_service(const struct tcpshake_flow *a, const struct tcpshake_flow *b)
{
	return a->server_port == b->server_port && a->owner == b->owner &&
	       !memcmp(a->server, b->server, sizeof(a->server));
}

/*
 * Is the attempt one of many for its service? peers: if not, those that are of no
 * crowd either: all for its service; or all that look so by 4 bits, if these are few.
 */
static bool is_of_crowd(const struct tcpshake_row *row, unsigned int candidate, u16 *peers)
{
	const struct tcpshake_flow *flows = tcpshake_row_flow(row, 0);
	const u8 service = tcpshake_row_service(row, candidate);
	unsigned int alike_count = 0;
	unsigned int count = 0;
	unsigned int way;
	u16 alike = 0;

	*peers = 0;
	for (way = 0; way < TCPSHAKE_WAYS && count < CROWD; way++) {
		if (tcpshake_row_service(row, way) != service || !tcpshake_row_pending(row, way))
			continue;
		alike |= 1U << way;
		alike_count++;
		if (!same_service(&flows[way], &flows[candidate]))
			continue;
		*peers |= 1U << way;
		count++;
	}
	if (alike_count < CROWD)
		*peers = alike;
	return count == CROWD;
}

/* The ways that may go at all. */
static u16 candidates(const struct tcpshake_row *row, const struct tcpshake_search *search)
{
	u16 ways = 0;
	unsigned int way;

	if (!search->may_be_free && !search->only_owner)
		return ((1U << TCPSHAKE_WAYS) - 1) & ~search->spared;
	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (row->tag[way] && (!search->only_owner || tcpshake_row_flow(row, way)->owner ==
							     *search->only_owner))
			ways |= 1U << way;
	return ways & ~search->spared;
}

/*
 * From the cheapest up, the first that is of a crowd; else the cheapest. Whoever is
 * not of a crowd is passed over with its peers, so in a flood one or two are looked
 * at, and never more than there are ways.
 */
bool tcpshake_row_victim(const struct tcpshake_row *row, const struct tcpshake_search *search,
			 unsigned int *victim, enum tcpshake_eviction *cause)
{
	u16 ways = candidates(row, search);
	const u32 least = cheapest(row, ways, search->now, victim);
	unsigned int candidate = *victim;
	u16 peers;

	lockdep_assert_held(&row->lock);
	*cause = TCPSHAKE_EVICTION_OLDEST;
	if (least < WORTH_PENDING)
		return true;
	if (search->spare)
		return false;
	while (ways) {
		if (is_of_crowd(row, candidate, &peers)) {
			*victim = candidate;
			*cause = TCPSHAKE_EVICTION_CROWD;
			return true;
		}
		ways &= ~peers;
		cheapest(row, ways, search->now, &candidate);
	}
	return least != WORTH_ALL;
}
