/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the services: what service.c and space.c share. For all others there is service.h. */
#ifndef TCPSHAKE_SPACE_H
#define TCPSHAKE_SPACE_H

#include <linux/atomic.h>
#include <linux/bottom_half.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "service.h"

/* Histograms of services: fewer than services, of 9 KiB each. Any CPU writes. */
#define TCPSHAKE_LATENCIES 32

struct tcpshake_service_latency {
	atomic_t halves[TCPSHAKE_HALVES][TCPSHAKE_BUCKETS];
};

struct tcpshake_spaces {
	struct tcpshake_services all;
	raw_spinlock_t lock;	/* see service.h */
	struct timer_list timer;
	struct rcu_head grace;
	bool graced;		/* the grace period of what was retired is over */
	bool resting;		/* the timer is not armed; whoever has something to count arms it */
	bool latency_used[TCPSHAKE_LATENCIES];
	u32 latencies_free;
	struct tcpshake_service_latency *latencies;
	struct tcpshake_cohorts *pages;
};

extern struct tcpshake_spaces tcpshake_spaces;

/* What a namespace owns of it. */
struct tcpshake_space {
	struct tcpshake_service own;
	struct tcpshake_latency __percpu *latency;
	struct tcpshake_latency *base; /* sums at the last reset */
	struct tcpshake_detector_config config; /* the lock protects it */
};

static inline void tcpshake_spaces_lock(void)
{
	local_bh_disable();
	raw_spin_lock(&tcpshake_spaces.lock);
}

static inline void tcpshake_spaces_unlock(void)
{
	raw_spin_unlock(&tcpshake_spaces.lock);
	local_bh_enable();
}

void tcpshake_spaces_tick(void);
void tcpshake_spaces_timer(struct timer_list *timer);
void tcpshake_spaces_arm(u64 now_us);
void tcpshake_spaces_wake(void);

/* Histograms for a service, and back. Context: the lock held. */
void tcpshake_latency_take(struct tcpshake_service *service);
void tcpshake_latency_free(struct tcpshake_service *service);
void tcpshake_latency_report(const struct tcpshake_service *service,
			     struct tcpshake_service_report *report);

#endif /* TCPSHAKE_SPACE_H */
