// SPDX-License-Identifier: GPL-2.0
/*
 * The records of services against a model: whatever comes and goes, the attempts of all
 * of them and of their namespace are those that were booked, and so is what is pending.
 */
#include <stdlib.h>

#include "core_test.h"
#include "core/service.h"

enum { ROWS = 8, RECORDS = ROWS * TCPSHAKE_SERVICE_WAYS, CPUS = 3, GROUPS = 16, SPACES = 3 };

static const struct tcpshake_detector_config config = { 20, 512, 10000, 60000 };

struct attempt {
	struct tcpshake_flow flow;
	u64 syn_us;
};

FIXTURE(table) {
	struct tcpshake_services s;
	struct tcpshake_service spaces[SPACES];
	u64 booked[SPACES], ended[SPACES], now_us;
	struct attempt pending[4096];
	unsigned int count;
};

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

static void add_space(struct _test_data_table *t, unsigned int i, u32 quota)
{
	struct tcpshake_cohorts *pages = t->spaces[i].pages;

	memset(&t->spaces[i], 0, sizeof(t->spaces[i]));
	t->spaces[i].pages = pages ? pages : zeroed(CPUS, sizeof(*pages));
	memset(t->spaces[i].pages, 0, CPUS * sizeof(*pages));
	t->spaces[i].quota = quota;
	t->spaces[i].watch.config = &config;
	tcpshake_services_add_space(&t->s, &t->spaces[i], (u16)(i + 1));
	t->booked[i] = 0;
	t->ended[i] = 0;
}

FIXTURE_SETUP(table)
{
	unsigned int i;

	memset(self, 0, sizeof(*self));
	self->s.rows = ROWS;
	self->s.ngroups = GROUPS;
	self->s.nforensics = 4;
	self->s.floods.size = 8;
	self->s.cpus = CPUS;
	self->s.tags = zeroed(RECORDS, sizeof(*self->s.tags));
	self->s.wanted = zeroed(ROWS, 1);
	self->s.records = zeroed(RECORDS, sizeof(*self->s.records));
	self->s.groups = zeroed(GROUPS, sizeof(*self->s.groups));
	self->s.forensics = zeroed(4, sizeof(*self->s.forensics));
	self->s.forensics_used = zeroed(4, 1);
	self->s.floods.floods = zeroed(8, sizeof(*self->s.floods.floods));
	for (i = 0; i < RECORDS; i++)
		self->s.records[i].pages = zeroed(CPUS, sizeof(struct tcpshake_cohorts));
	srandom(20261127);
	for (i = 0; i < 8; i++)
		self->s.keys[i] = (u32)random() << 1 ^ (u32)random();
	self->now_us = (1ULL << 32) - 3000000; /* the 32-bit clock wraps soon */
	self->s.tick = tcpshake_tick_of(self->now_us);
	for (i = 0; i < SPACES; i++)
		add_space(self, i, i ? 4 : 0);
}

FIXTURE_TEARDOWN(table)
{
	unsigned int i;

	for (i = 0; i < RECORDS; i++)
		free(self->s.records[i].pages);
	for (i = 0; i < SPACES; i++)
		free(self->spaces[i].pages);
	free(self->s.tags);
	free(self->s.wanted);
	free(self->s.records);
	free(self->s.groups);
	free(self->s.forensics);
	free(self->s.forensics_used);
	free(self->s.floods.floods);
}

static struct tcpshake_service *service_of(struct _test_data_table *t,
					   const struct tcpshake_flow *flow, bool is_new)
{
	struct tcpshake_service_key key = { .port = flow->server_port, .owner = flow->owner };
	struct tcpshake_service *space = &t->spaces[flow->owner - 1], *service;

	memcpy(key.addr, flow->server, sizeof(key.addr));
	service = tcpshake_services_find(&t->s, &key);
	if (!service && is_new && tcpshake_services_has_room(&t->s, &key))
		service = tcpshake_services_claim(&t->s, &key, space, flow->syn_us);
	return service && tcpshake_service_has(service, flow->syn_us) ? service : space;
}

static struct tcpshake_cohorts *page(struct tcpshake_service *service)
{
	service->touched = 1;
	return &service->pages[random() % CPUS];
}

static void begin(struct _test_data_table *t, u16 owner, u32 service)
{
	const u8 addr[4] = { 192, 0, 2, (u8)(service >> 8) };
	struct attempt *a;

	if (t->count == ARRAY_LENGTH(t->pending))
		return;
	a = &t->pending[t->count++];
	memset(a, 0, sizeof(*a));
	tcpshake_addr_from_v4(a->flow.server, addr);
	a->flow.server_port = (u16)service;
	a->flow.owner = owner;
	a->flow.syn_us = (u32)t->now_us;
	tcpshake_cohort_note(page(service_of(t, &a->flow, true)), &a->flow,
			     TCPSHAKE_EXIT_NEW_ATTEMPT);
	t->booked[owner - 1]++;
}

static void end(struct _test_data_table *t, unsigned int at)
{
	const struct tcpshake_flow *flow = &t->pending[at].flow;

	tcpshake_cohort_end(page(service_of(t, flow, false)),
			    1 + (unsigned int)random() % TCPSHAKE_OUTCOME_MAX, flow->syn_us,
			    (u32)t->now_us);
	t->ended[flow->owner - 1]++;
	t->pending[at] = t->pending[--t->count];
}

static bool adds_up(struct _test_data_table *t, unsigned int space)
{
	struct tcpshake_service_totals totals;
	u64 attempts, pending;
	u32 i, records = 0;

	tcpshake_services_own_totals(&t->s, &t->spaces[space], &totals);
	attempts = totals.attempts;
	pending = tcpshake_service_pending(&totals);
	for (i = 0; i < RECORDS; i++) {
		const struct tcpshake_service *service = &t->s.records[i];

		if (service->state == TCPSHAKE_SERVICE_FREE ||
		    service->watch.key.owner != space + 1)
			continue;
		records++;
		if (service->state != TCPSHAKE_SERVICE_LIVE)
			continue;
		tcpshake_service_totals(&t->s, service, &totals);
		attempts += totals.attempts;
		pending += tcpshake_service_pending(&totals);
	}
	return attempts == t->booked[space] && pending == t->booked[space] - t->ended[space] &&
	       records == t->spaces[space].services &&
	       (!t->spaces[space].quota || records <= t->spaces[space].quota);
}

static void leave_and_come(struct _test_data_table *t, unsigned int space)
{
	unsigned int i;

	tcpshake_services_remove_space(&t->s, &t->spaces[space]);
	for (i = 0; i < t->count; )
		if (t->pending[i].flow.owner == space + 1)
			t->pending[i] = t->pending[--t->count];
		else
			i++;
	add_space(t, space, 4);
}

TEST_F(table, nothing_is_lost_or_counted_twice)
{
	unsigned int step, i;
	bool release = false;

	for (step = 0; step < 300000; step++) {
		const unsigned int what = (unsigned int)random() % 1000;

		self->now_us += (u32)random() % 3000;
		if (what < 500)
			begin(self, (u16)(1 + random() % SPACES), (u32)random() % 700);
		else if (what < 995 && self->count)
			end(self, (unsigned int)random() % self->count);
		else if (what == 999 && random() % 20 == 0)
			leave_and_come(self, 2);
		if (random() % 8)
			continue;
		if (release)
			tcpshake_services_release(&self->s);
		release = tcpshake_services_tick(&self->s, self->now_us);
		for (i = 0; i < SPACES; i++)
			ASSERT_TRUE(adds_up(self, i));
	}
}

/* Who answers has a record as long as it is in use, whoever sprays. */
TEST_F(table, a_spray_displaces_none_that_answers)
{
	const u32 first = 100;
	struct tcpshake_service *own;
	unsigned int i;
	u32 n;

	begin(self, 1, first);
	own = service_of(self, &self->pending[0].flow, false);
	ASSERT_NE(own, &self->spaces[0]);
	for (n = 0; n < 1000000; n++) {
		self->now_us += 100;
		begin(self, 1, 256 + n);
		if (n % 5000 == 0) {
			begin(self, 1, first);
			page(own)->answered++;
		}
		for (i = 0; i < 2 && self->count > 1; i++)
			end(self, self->count - 1);
		if (n % 2000 == 0 && tcpshake_services_tick(&self->s, self->now_us))
			tcpshake_services_release(&self->s);
	}
	EXPECT_EQ(service_of(self, &self->pending[0].flow, false), own);
	EXPECT_TRUE(adds_up(self, 0));
}

TEST_HARNESS_MAIN
