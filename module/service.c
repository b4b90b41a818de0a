// SPDX-License-Identifier: GPL-2.0
/* Services: the packet path, the tick, and the readers. See service.h; memory is in space.c. */
#include <linux/kcsan-checks.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "space.h"

/* Ticks, 10 minutes: then another service may have its histograms. */
enum { LATENCY_IDLE = 2290 };

struct tcpshake_spaces tcpshake_spaces;

static struct tcpshake_cohorts *page_of(const struct tcpshake_service *service)
{
	return &service->pages[smp_processor_id()];
}

/* After the page was written: the tick looks only where something has changed. */
static void touch(struct tcpshake_service *service)
{
	if (!READ_ONCE(service->touched))
		WRITE_ONCE(service->touched, 1);
}

void tcpshake_service_check(u64 now_us)
{
	const s32 late = tcpshake_tick_of(now_us) - READ_ONCE(tcpshake_spaces.all.tick);

	if (likely(late <= 1))
		return;
	if (READ_ONCE(tcpshake_spaces.resting))
		tcpshake_spaces_wake();
	else
		tcpshake_spaces_tick();
}

static struct tcpshake_service *claim(struct tcpshake_net *tn,
				      const struct tcpshake_service_key *key, u32 syn_us)
{
	struct tcpshake_service *service;

	if (!tcpshake_services_has_room(&tcpshake_spaces.all, key))
		return NULL;
	raw_spin_lock(&tcpshake_spaces.lock);
	service = tcpshake_services_claim(&tcpshake_spaces.all, key, &tn->space->own, syn_us);
	raw_spin_unlock(&tcpshake_spaces.lock);
	return service;
}

/* Whose the attempt is: the service's, or the namespace's where that has no record, or had none. */
static __always_inline struct tcpshake_service *
service_of(struct tcpshake_net *tn, const struct tcpshake_flow *flow, bool is_new)
{
	struct tcpshake_service_key key;
	struct tcpshake_service *service;

	memcpy(key.addr, flow->server, sizeof(key.addr));
	key.port = flow->server_port;
	key.owner = tn->id;
	service = tcpshake_services_find(&tcpshake_spaces.all, &key);
	if (unlikely(!service && is_new))
		service = claim(tn, &key, flow->syn_us);
	if (service && likely(tcpshake_service_has(service, flow->syn_us)))
		return service;
	return &tn->space->own;
}

/* All processors at once, without a lock: what gets lost of a sample costs nothing. */
static void look_at(struct tcpshake_forensics *forensics, const struct tcpshake_segment *seg)
{
	kcsan_disable_current();
	tcpshake_forensics_add(forensics, seg, tcpshake_spaces.all.salt);
	kcsan_enable_current();
}

void tcpshake_service_note(struct tcpshake_net *tn, const struct tcpshake_flow *flow,
			   unsigned int exit, bool stalled, const struct tcpshake_segment *seg)
{
	const bool is_new = exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	struct tcpshake_service *service = service_of(tn, flow, is_new);
	struct tcpshake_cohorts *page = page_of(service);
	u8 looks;

	tcpshake_cohort_note(page, flow, exit);
	page->stalled += stalled;
	touch(service);
	if (!is_new)
		return;
	looks = READ_ONCE(service->watch.looks);
	if (unlikely(looks))
		look_at(&tcpshake_spaces.all.forensics[looks - 1], seg);
}

static void time_half(struct tcpshake_net *tn, const struct tcpshake_service *service,
		      enum tcpshake_half half, u32 us)
{
	struct tcpshake_latency *own = this_cpu_ptr(tn->space->latency);
	const unsigned int bucket = tcpshake_bucket_of(us);
	const u8 at = READ_ONCE(service->latency);

	own->halves[half - 1].buckets[bucket]++;
	own->sum_us[half - 1] += us;
	if (at)
		atomic_inc(&tcpshake_spaces.latencies[at - 1].halves[half - 1][bucket]);
}

/* The first handshake a service completes gets it histograms, while there are any. */
static void want_histograms(struct tcpshake_service *service)
{
	if (likely(READ_ONCE(service->latency)) || !READ_ONCE(tcpshake_spaces.latencies_free) ||
	    service->watch.level != TCPSHAKE_LEVEL_SERVICE)
		return;
	raw_spin_lock(&tcpshake_spaces.lock);
	if (!service->latency)
		tcpshake_latency_take(service);
	raw_spin_unlock(&tcpshake_spaces.lock);
}

static void time_handshake(struct tcpshake_net *tn, struct tcpshake_service *service,
			   const struct tcpshake_ended *ended)
{
	u32 us;

	want_histograms(service);
	if (tcpshake_flow_server_rtt(&ended->flow, ended->flags, &us))
		time_half(tn, service, TCPSHAKE_HALF_SERVER, us);
	if (tcpshake_ended_client_rtt(ended, &us))
		time_half(tn, service, TCPSHAKE_HALF_CLIENT, us);
	time_half(tn, service, TCPSHAKE_HALF_BOTH, ended->total_us);
}

void tcpshake_service_ended(struct tcpshake_net *tn, const struct tcpshake_ended *ended)
{
	struct tcpshake_service *service = service_of(tn, &ended->flow, false);

	tcpshake_cohort_end(page_of(service), ended->outcome, ended->flow.syn_us,
			    ended->flow.syn_us + ended->total_us);
	touch(service);
	if (ended->outcome == TCPSHAKE_OUTCOME_COMPLETED)
		time_handshake(tn, service, ended);
}

/* Nobody can be writing to what was retired any more. */
static void graced(struct rcu_head *head)
{
	smp_store_release(&tcpshake_spaces.graced, true); /* pairs with the next tick */
}

/* Of who has nothing to time any more: for the next one that has. */
static void share_latencies(void)
{
	struct tcpshake_services *all = &tcpshake_spaces.all;
	u32 i;

	for (i = 0; i < all->rows * TCPSHAKE_SERVICE_WAYS; i++) {
		struct tcpshake_service *service = &all->records[i];

		if (service->latency && (service->state == TCPSHAKE_SERVICE_FREE ||
					 (!tcpshake_spaces.latencies_free &&
					  service->idle > LATENCY_IDLE)))
			tcpshake_latency_free(service);
	}
}

static void tell(const struct tcpshake_flood *flood, enum tcpshake_phase phase)
{
	struct tcpshake_net *tn;

	rcu_read_lock();
	tn = tcpshake_net_by_id(flood->owner);
	if (tn)
		tcpshake_events_flood(tn, flood, phase);
	rcu_read_unlock();
}

/* What has happened to floods. One copy at a time, so that nothing is told under the lock. */
static void tell_all(void)
{
	struct tcpshake_flood copy;
	enum tcpshake_phase phase;

	for (;;) {
		struct tcpshake_flood *flood;

		raw_spin_lock(&tcpshake_spaces.lock);
		flood = tcpshake_floods_next(&tcpshake_spaces.all.floods, &phase);
		if (flood)
			copy = *flood;
		raw_spin_unlock(&tcpshake_spaces.lock);
		if (!flood)
			return;
		tell(&copy, phase);
	}
}

/* Return: is a grace period to be waited for? */
static bool evaluate(u64 now_us)
{
	struct tcpshake_services *all = &tcpshake_spaces.all;
	bool retired;

	lockdep_assert_held(&tcpshake_spaces.lock);
	if (smp_load_acquire(&tcpshake_spaces.graced)) { /* pairs with graced() */
		tcpshake_spaces.graced = false;
		tcpshake_services_release(all);
	}
	retired = tcpshake_services_tick(all, now_us);
	share_latencies();
	return retired;
}

/* Context: softirq, or BH off; no row is locked. Whoever comes first does it. */
void tcpshake_spaces_tick(void)
{
	const u64 now_us = tcpshake_now_us();
	bool retired = false;
	u32 untold;

	if (!raw_spin_trylock(&tcpshake_spaces.lock))
		return;
	if ((s32)(tcpshake_tick_of(now_us) - tcpshake_spaces.all.tick) > 0)
		retired = evaluate(now_us);
	untold = tcpshake_spaces.all.floods.untold;
	raw_spin_unlock(&tcpshake_spaces.lock);
	if (retired)
		call_rcu(&tcpshake_spaces.grace, graced);
	if (untold)
		tell_all();
}

void tcpshake_spaces_timer(struct timer_list *timer)
{
	const u64 now_us = tcpshake_now_us();

	tcpshake_spaces_tick();
	if (READ_ONCE(tcpshake_spaces.all.busy) || READ_ONCE(tcpshake_spaces.all.retiring))
		tcpshake_spaces_arm(now_us);
	else
		WRITE_ONCE(tcpshake_spaces.resting, true);
}

static void report_on(const struct tcpshake_service *service,
		      struct tcpshake_service_report *report)
{
	const struct tcpshake_watch *watch = &service->watch;

	memset(report, 0, sizeof(*report));
	report->key = watch->key;
	report->is_space = watch->level == TCPSHAKE_LEVEL_NAMESPACE;
	if (report->is_space)
		tcpshake_services_own_totals(&tcpshake_spaces.all, service, &report->totals);
	else
		tcpshake_service_totals(&tcpshake_spaces.all, service, &report->totals);
	report->pending = tcpshake_service_pending(&report->totals);
	report->peak_pending = max_t(u64, service->peak_pending,
				     min_t(u64, report->pending, U32_MAX));
	report->rate = tcpshake_per_second(watch->rate);
	report->base_rate = tcpshake_detector_base_rate(&watch->detector);
	report->base_completion = tcpshake_detector_base_completion(&watch->detector);
	if (watch->flood) {
		report->flood = watch->flood->number;
		report->label = watch->flood->label;
	}
	if (service->latency)
		tcpshake_latency_report(service, report);
}

bool tcpshake_service_next(const struct tcpshake_net *tn, u32 *at,
			   struct tcpshake_service_report *report)
{
	const struct tcpshake_services *all = &tcpshake_spaces.all;
	const u32 n = all->rows * TCPSHAKE_SERVICE_WAYS;

	while (*at <= n) {
		const u32 i = (*at)++;
		const struct tcpshake_service *service = i < n ? &all->records[i] :
								 &tn->space->own;
		bool is_ours;

		if (READ_ONCE(service->state) != TCPSHAKE_SERVICE_LIVE)
			continue;
		tcpshake_spaces_lock();
		is_ours = service->state == TCPSHAKE_SERVICE_LIVE &&
			  service->watch.key.owner == tn->id;
		if (is_ours)
			report_on(service, report);
		tcpshake_spaces_unlock();
		if (is_ours)
			return true;
	}
	return false;
}

u32 tcpshake_service_floods(const struct tcpshake_net *tn, struct tcpshake_flood *floods,
			    u32 size)
{
	const struct tcpshake_floods *all = &tcpshake_spaces.all.floods;
	u32 n = 0;
	u32 i, j;

	tcpshake_spaces_lock();
	for (i = 0; i < all->size && n < size; i++) {
		const struct tcpshake_flood *flood = &all->floods[i];

		if (!flood->number || flood->owner != tn->id)
			continue;
		for (j = n++; j && floods[j - 1].number > flood->number; j--)
			floods[j] = floods[j - 1];
		floods[j] = *flood;
	}
	tcpshake_spaces_unlock();
	return n;
}

u64 tcpshake_wall_ns(u64 us)
{
	return ktime_get_real_ns() - (tcpshake_now_us() - us) * 1000;
}
