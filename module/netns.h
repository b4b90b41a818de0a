/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What one observed network namespace owns. A namespace that is not observed
 * owns a pointer and a mutex.
 *
 * Lifetime. tcpshake_net_start() publishes a struct tcpshake_net in this order:
 * id, hooks, /proc. tcpshake_net_stop() takes it back: hooks unregistered and a
 * grace period waited for, so that no packet of this namespace is under way; its
 * flows purged; the id erased and a second grace period, so that no other CPU is
 * still booking an eviction to it; then work, /proc and memory. Both run under
 * the namespace's mutex; netlink handlers hold it while they use the pointer;
 * /proc readers need not, because removing the files waits for them.
 *
 * Locks, outermost first:
 *   tcpshake_pernet.lock	a namespace's start, stop and configuration; process context
 *   events' gate		the netlink family exists; see events.c
 *   row lock			flows, see table.h; BH off
 *   details lock		options of flows, see details.h; nothing is taken below it
 *   services' lock		services and floods, see service.h; likewise
 * Per-CPU data (counters, journals) has no lock: BH off on the owning CPU to
 * write, sequence counts to read.
 */
#ifndef TCPSHAKE_NETNS_H
#define TCPSHAKE_NETNS_H

#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "core/detector.h"
#include "core/handshake.h"

struct proc_dir_entry;
struct tcpshake_counters;
struct tcpshake_journal;
struct tcpshake_space;

#define TCPSHAKE_HOOKS 6

/* What SET_CONFIG sets, in milliseconds. */
struct tcpshake_config {
	u32 syn_timeout;
	u32 synack_timeout;
	u32 max_age;
	u32 linger;
	u32 grace;
	struct tcpshake_detector_config detector;
};

struct tcpshake_net {
	/* const while published */
	struct net *net;
	u16 id;			/* owner of its flows, 1 to 65535 */
	u32 quota;		/* slots it may hold */
	u64 started_us;		/* when observation began */
	struct tcpshake_counters __percpu *counters;
	struct tcpshake_journal **journals;	/* one for each possible CPU */
	struct tcpshake_space *space;		/* its services; see service.h */

	/* written by the sweep or under tcpshake_pernet.lock; READ_ONCE by any CPU */
	bool over_quota;
	struct tcpshake_config config;

	/* the flush work alone; statistics READ_ONCE them */
	struct delayed_work flush;
	u64 events_told[2];	/* by enum tcpshake_event_group: also the next event's number */
	u64 events_lost;

	/* start and stop alone */
	struct nf_hook_ops hooks[TCPSHAKE_HOOKS];
	struct proc_dir_entry *proc;
};

/* The slice of every namespace. */
struct tcpshake_pernet {
	struct mutex lock;	/* protects observed, and its config against writers */
	struct tcpshake_net *observed;	/* NULL while observation is off */
};

extern unsigned int tcpshake_net_id;

static inline struct tcpshake_pernet *tcpshake_pernet(const struct net *net)
{
	return net_generic(net, tcpshake_net_id);
}

/* Context: process, tcpshake_pernet.lock held. Return: 0, -ENOMEM, -ENOSPC (too many). */
int tcpshake_net_start(struct net *net);

/* Context: process, tcpshake_pernet.lock held, observation on. */
void tcpshake_net_stop(struct net *net);

/* Context: RCU read side; the answer lives as long. Return: NULL if no namespace has this id. */
struct tcpshake_net *tcpshake_net_by_id(u16 id);

/* Context: process. Sets or clears over_quota of every observed namespace. */
void tcpshake_net_check_quotas(void);

int tcpshake_netns_init(const struct tcpshake_config *defaults, bool all);
void tcpshake_netns_exit(void);

/* Any context. */
static inline void tcpshake_net_timeouts(const struct tcpshake_net *tn,
					 struct tcpshake_timeouts *timeouts)
{
	timeouts->syn_us = READ_ONCE(tn->config.syn_timeout) * 1000;
	timeouts->synack_us = READ_ONCE(tn->config.synack_timeout) * 1000;
	timeouts->max_age_us = READ_ONCE(tn->config.max_age) * 1000;
	timeouts->linger_us = READ_ONCE(tn->config.linger) * 1000;
}

/* The clock of every flow. Any context. */
static inline u64 tcpshake_now_us(void)
{
	return ktime_to_us(ktime_get());
}

/* Has observation only just begun, so that what has no SYN is midstream? Any context. */
static inline bool tcpshake_net_in_grace(const struct tcpshake_net *tn, u64 now_us)
{
	return now_us - tn->started_us < READ_ONCE(tn->config.grace) * 1000ULL;
}

#endif /* TCPSHAKE_NETNS_H */
