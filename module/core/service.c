// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records of services: found, claimed, retired. What a tick does to them is in evaluate.c. */
#include "evaluate.h"

enum {
	IDLE = TCPSHAKE_COHORTS, /* ticks: none of its cohorts is open to anything any more */
	IDLE_ANSWERED = 229,	/* a minute */
};

static u32 row_of(const struct tcpshake_services *s, u32 hash)
{
	return hash & (s->rows - 1);
}

static u16 tag_of(u32 hash)
{
	return (u16)(hash >> 16) ? (u16)(hash >> 16) : 1;
}

/* Return: the place of a free record in the row, or TCPSHAKE_SERVICE_WAYS. */
static unsigned int free_way(const struct tcpshake_services *s, u32 row)
{
	const struct tcpshake_service *records = &s->records[row * TCPSHAKE_SERVICE_WAYS];
	unsigned int way;

	for (way = 0; way < TCPSHAKE_SERVICE_WAYS; way++)
		if (tcpshake_read_once(records[way].state) == TCPSHAKE_SERVICE_FREE)
			break;
	return way;
}

bool tcpshake_services_has_room(struct tcpshake_services *s,
				const struct tcpshake_service_key *key)
{
	const u32 row = row_of(s, tcpshake_service_hash(s, key));

	if (free_way(s, row) < TCPSHAKE_SERVICE_WAYS)
		return true;
	if (!tcpshake_read_once(s->wanted[row]))
		tcpshake_write_once(s->wanted[row], 1);
	return false;
}

/* Sums of its pages. Two passes, attempts last: none ends before it has begun. */
static void sum_pages(const struct tcpshake_services *s, const struct tcpshake_service *service,
		      struct tcpshake_cohorts *sum)
{
	const size_t first = offsetof(struct tcpshake_cohorts, open) / sizeof(u32);
	const size_t words = sizeof(*sum) / sizeof(u32);
	u32 *to = (u32 *)sum;
	size_t i;
	u32 cpu;

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; cpu < s->cpus; cpu++) {
		const u32 *from = (const u32 *)&service->pages[cpu];

		for (i = first; i < words; i++)
			to[i] += tcpshake_read_once(from[i]);
	}
	tcpshake_rmb();
	for (cpu = 0; cpu < s->cpus; cpu++) {
		const u32 *from = (const u32 *)&service->pages[cpu];

		for (i = 0; i < first; i++)
			to[i] += tcpshake_read_once(from[i]);
	}
}

static u32 sum_of(const u32 *words)
{
	u32 sum = 0;
	unsigned int i;

	for (i = 0; i < TCPSHAKE_COHORTS; i++)
		sum += words[i];
	return sum;
}

static void add_difference(struct tcpshake_service_totals *totals,
			   const struct tcpshake_cohorts *now,
			   const struct tcpshake_cohorts *seen)
{
	unsigned int i;

	totals->attempts += sum_of(now->syn) - sum_of(seen->syn);
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		totals->outcomes[i] += now->outcomes[i] - seen->outcomes[i];
	totals->answered += now->answered - seen->answered;
	totals->syn_retrans += now->syn_retrans - seen->syn_retrans;
	totals->syn_repeats += now->syn_repeats - seen->syn_repeats;
	totals->synack_retrans += now->synack_retrans - seen->synack_retrans;
	totals->stalled += now->stalled - seen->stalled;
}

void tcpshake_service_fold(const struct tcpshake_services *s, struct tcpshake_service *service)
{
	struct tcpshake_cohorts now;

	sum_pages(s, service, &now);
	add_difference(&service->totals, &now, &service->seen);
	service->seen = now;
}

void tcpshake_service_totals(const struct tcpshake_services *s,
			     const struct tcpshake_service *service,
			     struct tcpshake_service_totals *totals)
{
	struct tcpshake_cohorts now;

	sum_pages(s, service, &now);
	*totals = service->totals;
	add_difference(totals, &now, &service->seen);
}

u64 tcpshake_service_pending(const struct tcpshake_service_totals *totals)
{
	u64 ended = 0;
	unsigned int i;

	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		ended += totals->outcomes[i];
	return totals->attempts > ended ? totals->attempts - ended : 0;
}

/* What the key of a group is made of the service's. */
static struct tcpshake_service_key masked(const struct tcpshake_service_key *key, u8 level)
{
	struct tcpshake_service_key group = *key;

	group.port = 0;
	if (level == TCPSHAKE_LEVEL_PREFIX && tcpshake_addr_is_v4(key->addr))
		group.addr[15] = 0;
	else if (level == TCPSHAKE_LEVEL_PREFIX)
		memset(group.addr + 8, 0, 8);
	return group;
}

static struct tcpshake_watch *find_group(struct tcpshake_services *s,
					 const struct tcpshake_service_key *key, u8 level,
					 struct tcpshake_watch **spare)
{
	u32 i;

	*spare = NULL;
	for (i = 0; i < s->ngroups; i++) {
		struct tcpshake_watch *group = &s->groups[i];

		if (!group->level)
			*spare = group;
		else if (group->level == level && !memcmp(&group->key, key, sizeof(*key)))
			return group;
	}
	return NULL;
}

/* The group of that level above the key. Where there is no room for it: the one above that. */
static struct tcpshake_watch *join(struct tcpshake_services *s,
				   const struct tcpshake_service_key *key, u8 level,
				   struct tcpshake_watch *space)
{
	const struct tcpshake_service_key group_key = masked(key, level);
	struct tcpshake_watch *group, *spare;

	if (level == TCPSHAKE_LEVEL_NAMESPACE)
		return space;
	group = find_group(s, &group_key, level, &spare);
	if (group)
		return group;
	if (!spare)
		return join(s, key, level + 1, space);
	memset(spare, 0, sizeof(*spare));
	spare->key = group_key;
	spare->level = level;
	spare->parent = join(s, key, level + 1, space);
	spare->parent->members++;
	spare->config = space->config;
	spare->looks = spare->parent->looks;
	return spare;
}

struct tcpshake_service *tcpshake_services_claim(struct tcpshake_services *s,
						 const struct tcpshake_service_key *key,
						 struct tcpshake_service *space, u32 syn_us)
{
	const u32 hash = tcpshake_service_hash(s, key);
	const u32 row = row_of(s, hash);
	struct tcpshake_service *service = tcpshake_services_find(s, key);
	const unsigned int way = free_way(s, row);

	if (service)
		return service;
	if (way == TCPSHAKE_SERVICE_WAYS || (space->quota && space->services >= space->quota))
		return NULL;
	space->services++;
	service = &s->records[row * TCPSHAKE_SERVICE_WAYS + way];
	memset(&service->watch, 0, sizeof(service->watch));
	memset(&service->totals, 0, sizeof(service->totals));
	memset(service->left, 0, sizeof(service->left));
	sum_pages(s, service, &service->seen);
	memcpy(service->base_syn, service->seen.syn, sizeof(service->base_syn));
	memcpy(service->base_open, service->seen.open, sizeof(service->base_open));
	service->watch.key = *key;
	service->watch.level = TCPSHAKE_LEVEL_SERVICE;
	service->watch.parent = join(s, key, TCPSHAKE_LEVEL_ADDRESS, &space->watch);
	service->watch.parent->members++;
	service->watch.config = space->watch.config;
	service->watch.looks = service->watch.parent->looks;
	service->since_us = syn_us;
	service->idle = 0;
	service->resting = false;
	service->skipped = 0;
	service->unanswered = IDLE_ANSWERED;
	service->touched = 1;
	service->peak_pending = 0;
	tcpshake_write_once(service->state, TCPSHAKE_SERVICE_LIVE);
	tcpshake_publish(s->tags[row * TCPSHAKE_SERVICE_WAYS + way], tag_of(hash));
	return service;
}

/* Nobody finds it any more. */
static void retire(struct tcpshake_services *s, u32 at)
{
	tcpshake_write_once(s->tags[at], 0);
	s->records[at].state = TCPSHAKE_SERVICE_RETIRED;
}

/* The one that is missed least: never answered, and silent for longest; then answered ones. */
static bool may_go(const struct tcpshake_service *service)
{
	return service->state == TCPSHAKE_SERVICE_LIVE && !service->watch.flood &&
	       service->idle >= IDLE &&
	       (service->unanswered >= IDLE_ANSWERED || service->idle >= IDLE_ANSWERED) &&
	       !tcpshake_detector_suspects(&service->watch.detector);
}

static bool goes_before(const struct tcpshake_service *a, const struct tcpshake_service *b)
{
	const bool a_answered = a->totals.answered;
	const bool b_answered = b->totals.answered;

	return a_answered != b_answered ? b_answered : a->idle > b->idle;
}

/* In a row where somebody found no room, one is retired. Return: was there one? */
bool tcpshake_services_make_room(struct tcpshake_services *s, u32 row)
{
	struct tcpshake_service *best = NULL;
	unsigned int way;

	tcpshake_write_once(s->wanted[row], 0);
	if (free_way(s, row) < TCPSHAKE_SERVICE_WAYS)
		return false;
	for (way = 0; way < TCPSHAKE_SERVICE_WAYS; way++) {
		struct tcpshake_service *service = &s->records[row * TCPSHAKE_SERVICE_WAYS + way];

		if (may_go(service) && (!best || goes_before(service, best)))
			best = service;
	}
	if (best)
		retire(s, (u32)(best - s->records));
	return best;
}

void tcpshake_watch_drop_forensics(struct tcpshake_services *s, struct tcpshake_watch *watch)
{
	if (watch->forensics)
		s->forensics_used[watch->forensics - 1] = 0;
	watch->forensics = 0;
}

void tcpshake_watch_leave(struct tcpshake_services *s, struct tcpshake_watch *watch)
{
	tcpshake_watch_drop_forensics(s, watch);
	if (watch->parent)
		watch->parent->members--;
	watch->parent = NULL;
	watch->level = 0;
}

struct tcpshake_service *tcpshake_services_space(const struct tcpshake_services *s, u16 owner)
{
	struct tcpshake_service *space = s->spaces;

	while (space && space->watch.key.owner != owner)
		space = space->next;
	return space;
}

static void bequeath(struct tcpshake_service_totals *to,
		     const struct tcpshake_service_totals *from)
{
	u64 *sum = (u64 *)to;
	const u64 *more = (const u64 *)from;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(u64); i++)
		sum[i] += more[i];
}

void tcpshake_services_own_totals(const struct tcpshake_services *s,
				  const struct tcpshake_service *space,
				  struct tcpshake_service_totals *totals)
{
	struct tcpshake_service_totals retired;
	u32 i;

	tcpshake_service_totals(s, space, totals);
	for (i = 0; s->retiring && i < s->rows * TCPSHAKE_SERVICE_WAYS; i++) {
		const struct tcpshake_service *service = &s->records[i];

		if (service->state != TCPSHAKE_SERVICE_RETIRED ||
		    service->watch.key.owner != space->watch.key.owner)
			continue;
		tcpshake_service_totals(s, service, &retired);
		bequeath(totals, &retired);
	}
}

void tcpshake_services_release(struct tcpshake_services *s)
{
	u32 i;

	s->retiring = false;
	for (i = 0; i < s->rows * TCPSHAKE_SERVICE_WAYS; i++) {
		struct tcpshake_service *service = &s->records[i];
		struct tcpshake_service *space;

		if (service->state != TCPSHAKE_SERVICE_RETIRED)
			continue;
		space = tcpshake_services_space(s, service->watch.key.owner);
		tcpshake_service_fold(s, service);
		if (space) {
			bequeath(&space->totals, &service->totals);
			space->services--;
		}
		tcpshake_watch_leave(s, &service->watch);
		tcpshake_write_once(service->state, TCPSHAKE_SERVICE_FREE);
	}
}

void tcpshake_services_add_space(struct tcpshake_services *s, struct tcpshake_service *space,
				 u16 owner)
{
	space->watch.key.owner = owner;
	space->watch.level = TCPSHAKE_LEVEL_NAMESPACE;
	space->state = TCPSHAKE_SERVICE_LIVE;
	space->next = s->spaces;
	s->spaces = space;
}

void tcpshake_services_remove_space(struct tcpshake_services *s, struct tcpshake_service *space)
{
	const u16 owner = space->watch.key.owner;
	struct tcpshake_service **at = &s->spaces;
	u32 i;

	for (i = 0; i < s->rows * TCPSHAKE_SERVICE_WAYS; i++) {
		struct tcpshake_service *service = &s->records[i];

		if (service->state == TCPSHAKE_SERVICE_FREE || service->watch.key.owner != owner)
			continue;
		tcpshake_write_once(s->tags[i], 0);
		service->watch.flood = NULL;
		tcpshake_watch_leave(s, &service->watch);
		tcpshake_write_once(service->state, TCPSHAKE_SERVICE_FREE);
	}
	for (i = 0; i < s->ngroups; i++) {
		if (s->groups[i].level && s->groups[i].key.owner == owner) {
			tcpshake_watch_drop_forensics(s, &s->groups[i]);
			memset(&s->groups[i], 0, sizeof(s->groups[i]));
		}
	}
	while (*at && *at != space)
		at = &(*at)->next;
	if (*at)
		*at = space->next;
	tcpshake_watch_drop_forensics(s, &space->watch);
	tcpshake_floods_forget(&s->floods, owner);
}
