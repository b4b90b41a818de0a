// SPDX-License-Identifier: GPL-2.0
/* Memory and time of the services, their histograms, and what a namespace has of them. */
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "space.h"

enum {
	GROUPS_SHARE = 4,	/* a group for so many services */
	FORENSICS = 64,
};

/* To the beginning of the next tick, and no sooner. */
void tcpshake_spaces_arm(u64 now_us)
{
	const u32 left = (1U << TCPSHAKE_TICK_SHIFT) -
			 ((u32)now_us & ((1U << TCPSHAKE_TICK_SHIFT) - 1));

	mod_timer(&tcpshake_spaces.timer, jiffies + usecs_to_jiffies(left) + 1);
}

void tcpshake_spaces_wake(void)
{
	WRITE_ONCE(tcpshake_spaces.resting, false);
	tcpshake_spaces_arm(tcpshake_now_us());
}

static void free_all(void)
{
	struct tcpshake_services *all = &tcpshake_spaces.all;

	kvfree(tcpshake_spaces.latencies);
	kvfree(tcpshake_spaces.pages);
	kvfree(all->floods.floods);
	kvfree(all->forensics_used);
	kvfree(all->forensics);
	kvfree(all->groups);
	kvfree(all->records);
	kvfree(all->wanted);
	kvfree(all->tags);
}

/* For what is large, of which a packet touches a line or two: not the next power of two. */
static void *whole_pages(u32 count, size_t size)
{
	return vzalloc(array_size(count, size));
}

static int alloc_all(u32 services)
{
	struct tcpshake_services *all = &tcpshake_spaces.all;

	all->rows = services / TCPSHAKE_SERVICE_WAYS;
	all->ngroups = services / GROUPS_SHARE;
	all->nforensics = FORENSICS;
	all->floods.size = TCPSHAKE_FLOODS;
	all->cpus = nr_cpu_ids;
	all->tags = kvcalloc(services, sizeof(*all->tags), GFP_KERNEL);
	all->wanted = kvcalloc(all->rows, sizeof(*all->wanted), GFP_KERNEL);
	all->records = whole_pages(services, sizeof(*all->records));
	all->groups = whole_pages(all->ngroups, sizeof(*all->groups));
	all->forensics = whole_pages(all->nforensics, sizeof(*all->forensics));
	all->forensics_used = kvcalloc(all->nforensics, 1, GFP_KERNEL);
	all->floods.floods = whole_pages(all->floods.size, sizeof(*all->floods.floods));
	tcpshake_spaces.pages = kvcalloc((size_t)services * nr_cpu_ids,
					 sizeof(*tcpshake_spaces.pages), GFP_KERNEL);
	tcpshake_spaces.latencies = whole_pages(TCPSHAKE_LATENCIES,
						sizeof(*tcpshake_spaces.latencies));
	return all->tags && all->wanted && all->records && all->groups && all->forensics &&
	       all->forensics_used && all->floods.floods && tcpshake_spaces.pages &&
	       tcpshake_spaces.latencies ? 0 : -ENOMEM;
}

int tcpshake_service_init(u32 services)
{
	struct tcpshake_services *all = &tcpshake_spaces.all;
	u32 i;

	services = roundup_pow_of_two(services);
	if (alloc_all(services)) {
		free_all();
		return -ENOMEM;
	}
	for (i = 0; i < services; i++)
		all->records[i].pages = &tcpshake_spaces.pages[(size_t)i * nr_cpu_ids];
	get_random_bytes(all->keys, sizeof(all->keys));
	get_random_bytes(&all->salt, sizeof(all->salt));
	all->tick = tcpshake_tick_of(tcpshake_now_us());
	raw_spin_lock_init(&tcpshake_spaces.lock);
	tcpshake_spaces.latencies_free = TCPSHAKE_LATENCIES;
	tcpshake_spaces.resting = true;
	timer_setup(&tcpshake_spaces.timer, tcpshake_spaces_timer, 0);
	return 0;
}

void tcpshake_service_exit(void)
{
	tcpshake_timer_delete_sync(&tcpshake_spaces.timer);
	rcu_barrier();	/* of what was retired last */
	free_all();
}

static void space_free(struct tcpshake_space *space)
{
	if (!space)
		return;
	kvfree(space->own.pages);
	kvfree(space->base);
	free_percpu(space->latency);
	kfree(space);
}

int tcpshake_service_net_init(struct tcpshake_net *tn, u32 quota)
{
	struct tcpshake_space *space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);

	if (!space)
		return -ENOMEM;
	space->own.pages = kvcalloc(nr_cpu_ids, sizeof(*space->own.pages), GFP_KERNEL_ACCOUNT);
	space->base = kvzalloc(sizeof(*space->base), GFP_KERNEL_ACCOUNT);
	space->latency = alloc_percpu_gfp(struct tcpshake_latency, GFP_KERNEL_ACCOUNT);
	if (!space->own.pages || !space->base || !space->latency) {
		space_free(space);
		return -ENOMEM;
	}
	tn->space = space;
	space->own.quota = quota;
	space->config = tn->config.detector;
	space->own.watch.config = &space->config;
	tcpshake_spaces_lock();
	tcpshake_services_add_space(&tcpshake_spaces.all, &space->own, tn->id);
	tcpshake_spaces_unlock();
	return 0;
}

void tcpshake_service_net_exit(struct tcpshake_net *tn)
{
	if (!tn->space)
		return;
	tcpshake_spaces_lock();
	tcpshake_services_remove_space(&tcpshake_spaces.all, &tn->space->own);
	tcpshake_spaces_unlock();
	space_free(tn->space);
	tn->space = NULL;
}

void tcpshake_service_configure(struct tcpshake_net *tn)
{
	tcpshake_spaces_lock();
	tn->space->config = tn->config.detector;
	tcpshake_spaces_unlock();
}

static void add_words(u32 *to, const u32 *from, int sign)
{
	unsigned int i;

	for (i = 0; i < TCPSHAKE_BUCKETS; i++)
		to[i] += sign * READ_ONCE(from[i]);
}

static void sum_latency(const struct tcpshake_net *tn, struct tcpshake_latency *sum)
{
	unsigned int half;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct tcpshake_latency *one = per_cpu_ptr(tn->space->latency, cpu);

		for (half = 0; half < TCPSHAKE_HALVES; half++) {
			add_words(sum->halves[half].buckets, one->halves[half].buckets, 1);
			sum->sum_us[half] += READ_ONCE(one->sum_us[half]);
		}
	}
}

void tcpshake_service_latency(const struct tcpshake_net *tn, struct tcpshake_latency *sum)
{
	const struct tcpshake_latency *base = tn->space->base;
	unsigned int half;

	sum_latency(tn, sum);
	for (half = 0; half < TCPSHAKE_HALVES; half++) {
		add_words(sum->halves[half].buckets, base->halves[half].buckets, -1);
		sum->sum_us[half] -= base->sum_us[half];
	}
}

static void empty(struct tcpshake_service_latency *latency)
{
	memset(latency, 0, sizeof(*latency));
}

void tcpshake_service_latency_reset(struct tcpshake_net *tn)
{
	const struct tcpshake_services *all = &tcpshake_spaces.all;
	u32 i;

	lockdep_assert_held(&tcpshake_pernet(tn->net)->lock);
	sum_latency(tn, tn->space->base);
	tcpshake_spaces_lock();
	for (i = 0; i < all->rows * TCPSHAKE_SERVICE_WAYS; i++)
		if (all->records[i].latency && all->records[i].watch.key.owner == tn->id)
			empty(&tcpshake_spaces.latencies[all->records[i].latency - 1]);
	tcpshake_spaces_unlock();
}

void tcpshake_latency_take(struct tcpshake_service *service)
{
	unsigned int i;

	for (i = 0; i < TCPSHAKE_LATENCIES; i++) {
		if (tcpshake_spaces.latency_used[i])
			continue;
		tcpshake_spaces.latency_used[i] = true;
		WRITE_ONCE(tcpshake_spaces.latencies_free, tcpshake_spaces.latencies_free - 1);
		empty(&tcpshake_spaces.latencies[i]);
		WRITE_ONCE(service->latency, i + 1);
		return;
	}
}

void tcpshake_latency_free(struct tcpshake_service *service)
{
	tcpshake_spaces.latency_used[service->latency - 1] = false;
	WRITE_ONCE(tcpshake_spaces.latencies_free, tcpshake_spaces.latencies_free + 1);
	WRITE_ONCE(service->latency, 0);
}

void tcpshake_latency_report(const struct tcpshake_service *service,
			     struct tcpshake_service_report *report)
{
	const struct tcpshake_service_latency *latency =
		&tcpshake_spaces.latencies[service->latency - 1];
	unsigned int half;

	BUILD_BUG_ON(sizeof(latency->halves[0]) != sizeof(struct tcpshake_histogram));
	for (half = 0; half < TCPSHAKE_HALVES; half++) {
		/* atomic_t is an int, read a word at a time */
		const struct tcpshake_histogram *h = (const void *)latency->halves[half];

		report->halves[half].count = tcpshake_histogram_count(h);
		report->halves[half].p50_us = tcpshake_histogram_percentile(h, 500);
		report->halves[half].p90_us = tcpshake_histogram_percentile(h, 900);
		report->halves[half].p99_us = tcpshake_histogram_percentile(h, 990);
	}
}
