// SPDX-License-Identifier: GPL-2.0
/*
 * From hook to hook, by the clock. Interrupts are off meanwhile, as a timer's would
 * be counted as the packets'; so are bottom halves, as where packets arrive.
 * The same loop with a path that leads nowhere is what is taken off.
 */
#include <linux/bottom_half.h>
#include <linux/etherdevice.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>

#include "bench.h"

static struct net_device *dev_in, *dev_out;

typedef int walk_fn(struct net *net, struct sk_buff *skb);

static int okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

/* Family and hook are constants to nf_hook(), as they are where the kernel calls it. */
static __always_inline int hook(u8 pf, unsigned int hooknum, struct net *net, struct sk_buff *skb,
				struct net_device *in, struct net_device *out)
{
	return nf_hook(pf, hooknum, net, skb->sk, skb, in, out, okfn);
}

static __always_inline int forward(u8 pf, struct net *net, struct sk_buff *skb)
{
	return hook(pf, NF_INET_PRE_ROUTING, net, skb, dev_in, NULL) == 1 &&
	       hook(pf, NF_INET_FORWARD, net, skb, dev_in, dev_out) == 1 &&
	       hook(pf, NF_INET_POST_ROUTING, net, skb, NULL, dev_out) == 1;
}

static __always_inline int local_in(u8 pf, struct net *net, struct sk_buff *skb)
{
	return hook(pf, NF_INET_PRE_ROUTING, net, skb, dev_in, NULL) == 1 &&
	       hook(pf, NF_INET_LOCAL_IN, net, skb, dev_in, NULL) == 1;
}

static __always_inline int local_out(u8 pf, struct net *net, struct sk_buff *skb)
{
	return hook(pf, NF_INET_LOCAL_OUT, net, skb, NULL, dev_out) == 1 &&
	       hook(pf, NF_INET_POST_ROUTING, net, skb, NULL, dev_out) == 1;
}

static __always_inline int first(u8 pf, struct net *net, struct sk_buff *skb)
{
	return hook(pf, NF_INET_PRE_ROUTING, net, skb, dev_in, NULL) == 1;
}

#define WALK(name) \
static noinline int name##_v4(struct net *net, struct sk_buff *skb) \
{ \
	return name(NFPROTO_IPV4, net, skb); \
} \
static noinline int name##_v6(struct net *net, struct sk_buff *skb) \
{ \
	return name(NFPROTO_IPV6, net, skb); \
}

WALK(forward)
WALK(local_in)
WALK(local_out)
WALK(first)

static noinline int nowhere(struct net *net, struct sk_buff *skb)
{
	return 1;
}

static walk_fn *const walks[][2] = {
	[BENCH_FORWARD] = { forward_v4, forward_v6 },
	[BENCH_LOCAL_IN] = { local_in_v4, local_in_v6 },
	[BENCH_LOCAL_OUT] = { local_out_v4, local_out_v6 },
	[BENCH_FIRST] = { first_v4, first_v6 },
	[BENCH_NOWHERE] = { nowhere, nowhere },
};

static noinline u64 timed(walk_fn *walk, struct net *net, struct sk_buff *const *skbs,
			  unsigned int n, u64 *accepted)
{
	u64 start, ns, right = 0;
	unsigned long flags;
	unsigned int i;

	local_bh_disable();
	local_irq_save(flags);
	start = ktime_get_ns();
	for (i = 0; i < n; i++)
		right += walk(net, skbs[i]);
	ns = ktime_get_ns() - start;
	local_irq_restore(flags);
	local_bh_enable();
	*accepted += right;
	return ns;
}

void bench_walk(const struct bench_run *run, struct sk_buff *const *skbs, unsigned int n,
		struct bench_step *step)
{
	u64 overhead, ns, none = 0;

	overhead = timed(nowhere, run->net, skbs, n, &none);
	ns = timed(walks[run->path][run->v6], run->net, skbs, n, &step->accepted);
	step->packets += n;
	step->overhead_ns += overhead;
	step->ns += ns > overhead ? ns - overhead : 0;
}

int bench_walk_init(void)
{
	dev_in = alloc_etherdev(0);
	dev_out = alloc_etherdev(0);
	if (!dev_in || !dev_out) {
		bench_walk_exit();
		return -ENOMEM;
	}
	strscpy(dev_in->name, "bench-in", IFNAMSIZ);
	strscpy(dev_out->name, "bench-out", IFNAMSIZ);
	dev_in->ifindex = 1001;
	dev_out->ifindex = 1002;
	return 0;
}

void bench_walk_exit(void)
{
	if (dev_in)
		free_netdev(dev_in);
	if (dev_out)
		free_netdev(dev_out);
}
