/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Services in the kernel: memory, locks and time for core/service.h, and how long
 * handshakes take.
 *
 * The packet path reads records without a lock and writes pages of its own CPU. The
 * lock protects everything else: records and groups claimed and retired, the tick,
 * floods. It is a raw spinlock, taken with BH off, under a row lock (table.h) where a
 * service is new; nothing is taken below it. A retired record is released one grace
 * period later.
 *
 * The tick is a timer, whose softirq comes before that of received packets: a flood
 * does not starve it. Should it be late nevertheless, the next packet of a handshake
 * does its work. While nothing happens there is no tick.
 */
#ifndef TCPSHAKE_SERVICE_H
#define TCPSHAKE_SERVICE_H

#include "core/histogram.h"
#include "core/service.h"
#include "netns.h"

#define TCPSHAKE_SERVICES_MIN	64
#define TCPSHAKE_SERVICES_MAX	65536
#define TCPSHAKE_SERVICES_DEFAULT 1024

#define TCPSHAKE_HALVES	TCPSHAKE_HALF_MAX

/* The handshake times of a namespace: one for each CPU. */
struct tcpshake_latency {
	u64 sum_us[TCPSHAKE_HALVES];
	struct tcpshake_histogram halves[TCPSHAKE_HALVES];
};

/* A service, or a namespace's own record, as it is told to readers. */
struct tcpshake_service_report {
	struct tcpshake_service_key key;
	bool is_space;
	struct tcpshake_service_totals totals;
	u64 pending;
	u32 peak_pending;
	u32 rate;		/* a second */
	u32 base_rate;
	u32 base_completion;	/* parts of a thousand */
	u32 flood;		/* number, 0: none */
	u8 label;		/* of that */
	struct {
		u64 count;	/* 0: not known */
		u32 p50_us, p90_us, p99_us;
	} halves[TCPSHAKE_HALVES];
};

/* Return: 0 or -ENOMEM. Context: process. The first comes before any hook, the last after. */
int tcpshake_service_init(u32 services);
void tcpshake_service_exit(void);

/* Of a namespace: before its hooks are there; after all who might book to it are gone. */
int tcpshake_service_net_init(struct tcpshake_net *tn, u32 quota);
void tcpshake_service_net_exit(struct tcpshake_net *tn);

/*
 * A verdict without an outcome that is about a flow: an attempt that begins, with its
 * SYN, a retransmission, an answer. Context: preemption and BH off.
 */
void tcpshake_service_note(struct tcpshake_net *tn, const struct tcpshake_flow *flow,
			   unsigned int exit, bool stalled, const struct tcpshake_segment *seg);

/* An attempt that has ended. Context: likewise. */
void tcpshake_service_ended(struct tcpshake_net *tn, const struct tcpshake_ended *ended);

/* To be called now and then by whoever handles packets. Context: BH off, no row locked. */
void tcpshake_service_check(u64 now_us);

/* The detector's configuration has changed. Context: process, pernet lock held. */
void tcpshake_service_configure(struct tcpshake_net *tn);

/* Tells the group "flood" of the namespace. Context: any; RCU read side. In events.c. */
void tcpshake_events_flood(struct tcpshake_net *tn, const struct tcpshake_flood *flood,
			   enum tcpshake_phase phase);

/*
 * For readers: the records from *at on, the namespace's own last. Advances *at.
 * Context: process. Return: false when there are no more.
 */
bool tcpshake_service_next(const struct tcpshake_net *tn, u32 *at,
			   struct tcpshake_service_report *report);

/* Copies the floods of a namespace, oldest first. Return: how many; room is for size of them. */
u32 tcpshake_service_floods(const struct tcpshake_net *tn, struct tcpshake_flood *floods,
			    u32 size);
#define TCPSHAKE_FLOODS 64

/* Sum of all CPUs since the last reset. Context: process. */
void tcpshake_service_latency(const struct tcpshake_net *tn, struct tcpshake_latency *sum);

/* Empties it, and those of the namespace's services. Context: process, pernet lock held. */
void tcpshake_service_latency_reset(struct tcpshake_net *tn);

/* A time of the flood's clock, as time of day, ns. */
u64 tcpshake_wall_ns(u64 us);

#endif /* TCPSHAKE_SERVICE_H */
