// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces: observation switched on and off. init_net is observed from load to
 * unload; the others when somebody there asks. Process context throughout.
 */
#include <linux/slab.h>
#include <linux/xarray.h>

#include "counters.h"
#include "hook.h"
#include "journal.h"
#include "netns.h"
#include "proc.h"
#include "service.h"
#include "table.h"

/* A namespace other than the first may hold one part in this many of the table. */
#define QUOTA_SHARE 16

/* And so many services. */
#define SERVICES_QUOTA 256

unsigned int tcpshake_net_id __read_mostly;

static DEFINE_XARRAY_ALLOC(observed);	/* id to struct tcpshake_net; RCU to read */
static struct tcpshake_config default_config;
static bool observe_all;

struct tcpshake_net *tcpshake_net_by_id(u16 id)
{
	return xa_load(&observed, id);
}

void tcpshake_net_check_quotas(void)
{
	struct tcpshake_totals sum;
	struct tcpshake_net *tn;
	unsigned long id;

	rcu_read_lock();
	xa_for_each(&observed, id, tn) {
		u64 used;

		if (tn->quota >= tcpshake_table_slots())
			continue;
		tcpshake_counters_fold(tn, &sum);
		used = tcpshake_totals_used(&sum);
		WRITE_ONCE(tn->over_quota, used >= tn->quota);
	}
	rcu_read_unlock();
}

static void net_free(struct tcpshake_net *tn)
{
	if (tn->journals)
		tcpshake_journal_free(tn);
	free_percpu(tn->counters);
	kfree(tn);
}

static struct tcpshake_net *net_alloc(struct net *net)
{
	struct tcpshake_net *tn = kzalloc(sizeof(*tn), GFP_KERNEL_ACCOUNT);

	if (!tn)
		return NULL;
	tn->net = net;
	tn->quota = tcpshake_table_slots();
	if (!net_eq(net, &init_net))
		tn->quota /= QUOTA_SHARE;
	tn->config = default_config;
	tn->started_us = tcpshake_now_us();
	tcpshake_events_net_init(tn);
	tn->counters = tcpshake_counters_alloc();
	if (!tn->counters || tcpshake_journal_alloc(tn)) {
		net_free(tn);
		return NULL;
	}
	return tn;
}

int tcpshake_net_start(struct net *net)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(net);
	struct tcpshake_net *tn;
	u32 id;
	int err;

	lockdep_assert_held(&pernet->lock);
	tn = net_alloc(net);
	if (!tn)
		return -ENOMEM;
	err = xa_alloc(&observed, &id, tn, XA_LIMIT(1, U16_MAX), GFP_KERNEL_ACCOUNT);
	if (err)
		goto err_free;
	tn->id = id;
	err = tcpshake_service_net_init(tn, net_eq(net, &init_net) ? 0 : SERVICES_QUOTA);
	if (err)
		goto err_erase;
	err = tcpshake_hooks_register(tn);
	if (err)
		goto err_erase;
	pernet->observed = tn;
	err = tcpshake_proc_net_init(tn);
	if (err)
		goto err_stop;
	return 0;

err_stop:
	tcpshake_net_stop(net);
	return err;
err_erase:
	xa_erase(&observed, id);
	synchronize_rcu();
	tcpshake_service_net_exit(tn);
err_free:
	net_free(tn);
	return err == -EBUSY ? -ENOSPC : err;
}

void tcpshake_net_stop(struct net *net)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(net);
	struct tcpshake_net *tn = pernet->observed;

	lockdep_assert_held(&pernet->lock);
	tcpshake_hooks_unregister(tn);
	tcpshake_table_purge(tn->id);
	xa_erase(&observed, tn->id);
	synchronize_rcu();
	tcpshake_service_net_exit(tn);
	cancel_delayed_work_sync(&tn->flush);
	tcpshake_proc_net_exit(tn);
	pernet->observed = NULL;
	net_free(tn);
}

/*
 * Never lets a namespace's creation fail: not being observed is the lesser evil.
 * Only at load, for the first one, it is an error.
 */
static int __net_init pernet_init(struct net *net)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(net);
	int err = 0;

	mutex_init(&pernet->lock);
	if (!observe_all && !net_eq(net, &init_net))
		return 0;
	mutex_lock(&pernet->lock);
	err = tcpshake_net_start(net);
	mutex_unlock(&pernet->lock);
	if (err && !net_eq(net, &init_net)) {
		pr_warn_once("a new network namespace is not observed: error %d\n", err);
		return 0;
	}
	return err;
}

static void __net_exit pernet_exit(struct net *net)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(net);

	mutex_lock(&pernet->lock);
	if (pernet->observed)
		tcpshake_net_stop(net);
	mutex_unlock(&pernet->lock);
}

static struct pernet_operations pernet_ops = {
	.init = pernet_init,
	.exit = pernet_exit,
	.id = &tcpshake_net_id,
	.size = sizeof(struct tcpshake_pernet),
};

int tcpshake_netns_init(const struct tcpshake_config *defaults, bool all)
{
	default_config = *defaults;
	observe_all = all;
	return register_pernet_subsys(&pernet_ops);
}

void tcpshake_netns_exit(void)
{
	unregister_pernet_subsys(&pernet_ops);
	xa_destroy(&observed);
}
