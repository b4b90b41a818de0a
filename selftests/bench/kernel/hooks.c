// SPDX-License-Identifier: GPL-2.0
/*
 * Whose hooks a namespace has: nobody's, empty ones where tcpshake has its own, or
 * conntrack's with all that belongs to them. tcpshake's come with tcpshake.
 */
#include <linux/netfilter_ipv4.h>
#include <net/netns/generic.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#endif

#include "bench.h"

static unsigned int nothing(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

#define EMPTY(family, where, when) \
	{ .hook = nothing, .pf = family, .hooknum = where, .priority = when }

static const struct nf_hook_ops empty[] = {
	EMPTY(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_FIRST),
	EMPTY(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP_PRI_FIRST),
	EMPTY(NFPROTO_IPV4, NF_INET_FORWARD, NF_IP_PRI_FIRST),
	EMPTY(NFPROTO_IPV6, NF_INET_FORWARD, NF_IP_PRI_FIRST),
	EMPTY(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1),
	EMPTY(NFPROTO_IPV6, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1),
};

/* What a namespace has of ours. */
struct bench_net {
	bool empty;
	bool conntrack;
};

static unsigned int bench_net_id;

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
static void drop_conntrack(struct net *net)
{
	nf_ct_netns_put(net, NFPROTO_IPV4);
	nf_ct_netns_put(net, NFPROTO_IPV6);
}

static int take_conntrack(struct net *net)
{
	int err;

	err = nf_ct_netns_get(net, NFPROTO_IPV4);
	if (err)
		return err;
	err = nf_ct_netns_get(net, NFPROTO_IPV6);
	if (err)
		nf_ct_netns_put(net, NFPROTO_IPV4);
	return err;
}
#else
static void drop_conntrack(struct net *net)
{
}

static int take_conntrack(struct net *net)
{
	return -EOPNOTSUPP;
}
#endif

static void drop(struct net *net)
{
	struct bench_net *bn = net_generic(net, bench_net_id);

	if (bn->empty)
		nf_unregister_net_hooks(net, empty, ARRAY_SIZE(empty));
	if (bn->conntrack)
		drop_conntrack(net);
	memset(bn, 0, sizeof(*bn));
}

int bench_hooks_set(struct net *net, const char *whose)
{
	struct bench_net *bn = net_generic(net, bench_net_id);
	int err;

	drop(net);
	if (!strcmp(whose, "none"))
		return 0;
	if (!strcmp(whose, "empty")) {
		err = nf_register_net_hooks(net, empty, ARRAY_SIZE(empty));
		bn->empty = !err;
		return err;
	}
	if (!strcmp(whose, "conntrack")) {
		err = take_conntrack(net);
		bn->conntrack = !err;
		return err;
	}
	return -EINVAL;
}

static void forget(struct net *net)
{
	mutex_lock(&bench_lock);
	bench_sockets_forget(net);
	drop(net);
	mutex_unlock(&bench_lock);
}

static struct pernet_operations net_ops = {
	.exit = forget,
	.id = &bench_net_id,
	.size = sizeof(struct bench_net),
};

int bench_hooks_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void bench_hooks_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
