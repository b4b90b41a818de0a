// SPDX-License-Identifier: GPL-2.0
/*
 * From hook to hook, by the clock. Interrupts are off meanwhile, as a timer's would be
 * counted as the packets'; so are bottom halves, as they are where packets arrive. What
 * the same loop takes with a function that does nothing is taken off.
 */
#include <linux/bottom_half.h>
#include <linux/etherdevice.h>
#include <linux/irqflags.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/siphash.h>
#include <net/sock.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#endif

#include "bench.h"

static struct net_device *dev_in, *dev_out;

typedef u64 walk_fn(struct net *net, struct sk_buff *skb);

static int okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

/* Family and hook are constants to nf_hook(), as they are where the kernel calls it. */
static __always_inline bool passes(u8 pf, unsigned int hook, struct net *net, struct sock *sk,
				   struct sk_buff *skb, struct net_device *in,
				   struct net_device *out)
{
	return nf_hook(pf, hook, net, sk, skb, in, out, okfn) == 1;
}

static __always_inline bool forward(u8 pf, struct net *net, struct sk_buff *skb)
{
	return passes(pf, NF_INET_PRE_ROUTING, net, NULL, skb, dev_in, NULL) &&
	       passes(pf, NF_INET_FORWARD, net, NULL, skb, dev_in, dev_out) &&
	       passes(pf, NF_INET_POST_ROUTING, net, NULL, skb, NULL, dev_out);
}

static __always_inline bool local_in(u8 pf, struct net *net, struct sk_buff *skb)
{
	if (!passes(pf, NF_INET_PRE_ROUTING, net, NULL, skb, dev_in, NULL))
		return false;
	skb->sk = bench_packet_demux(skb);
	return passes(pf, NF_INET_LOCAL_IN, net, NULL, skb, dev_in, NULL);
}

static __always_inline bool local_out(u8 pf, struct net *net, struct sk_buff *skb)
{
	struct sock *sk = bench_packet_demux(skb);

	skb->sk = sk;
	return passes(pf, NF_INET_LOCAL_OUT, net, sk, skb, NULL, dev_out) &&
	       passes(pf, NF_INET_POST_ROUTING, net, sk, skb, NULL, dev_out);
}

static __always_inline bool prerouting(u8 pf, struct net *net, struct sk_buff *skb)
{
	return passes(pf, NF_INET_PRE_ROUTING, net, NULL, skb, dev_in, NULL);
}

#define WALK(name) \
static noinline u64 name##_v4(struct net *net, struct sk_buff *skb) \
{ \
	return name(NFPROTO_IPV4, net, skb); \
} \
static noinline u64 name##_v6(struct net *net, struct sk_buff *skb) \
{ \
	return name(NFPROTO_IPV6, net, skb); \
}

WALK(forward)
WALK(local_in)
WALK(local_out)
WALK(prerouting)

static noinline u64 nowhere(struct net *net, struct sk_buff *skb)
{
	return 1;
}

/* The results are of no use, which the compiler is not to know. */
static noinline u64 ktime(struct net *net, struct sk_buff *skb)
{
	return ktime_get_ns() != 0;
}

static noinline u64 hash_hsip(struct net *net, struct sk_buff *skb)
{
	static const hsiphash_key_t key = { { 1, 2 } };
	const u32 *p = (const u32 *)skb->data;
	u32 hash = hsiphash_4u32(p[0], p[1], p[2], p[3], &key);

	barrier_data(&hash);
	return 1;
}

static noinline u64 hash_jenkins(struct net *net, struct sk_buff *skb)
{
	u32 hash = jhash2((const u32 *)skb->data, 4, 1);

	barrier_data(&hash);
	return 1;
}

static walk_fn *const walks[BENCH_PATHS][2] = {
	[BENCH_FORWARD] = { forward_v4, forward_v6 },
	[BENCH_LOCAL_IN] = { local_in_v4, local_in_v6 },
	[BENCH_LOCAL_OUT] = { local_out_v4, local_out_v6 },
	[BENCH_PREROUTING] = { prerouting_v4, prerouting_v6 },
	[BENCH_NOWHERE] = { nowhere, nowhere },
	[BENCH_KTIME] = { ktime, ktime },
	[BENCH_HSIPHASH] = { hash_hsip, hash_hsip },
	[BENCH_JHASH] = { hash_jenkins, hash_jenkins },
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

/* What conntrack thought of it. */
static void ask_conntrack(const struct sk_buff *skb, struct bench_step *step)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct)
		return;
	step->ct_new += info == IP_CT_NEW;
	step->ct_known += info == IP_CT_ESTABLISHED || info == IP_CT_ESTABLISHED_REPLY;
	step->ct_assured += test_bit(IPS_ASSURED_BIT, &ct->status);
#endif
}

u64 bench_walk(const struct bench_run *run, struct sk_buff *const *skbs, unsigned int n,
	       struct bench_step *step)
{
	u64 overhead, ns, none = 0;
	unsigned int i;

	overhead = timed(nowhere, run->net, skbs, n, &none);
	ns = timed(walks[run->path][run->v6], run->net, skbs, n, &step->accepted);
	ns = ns > overhead ? ns - overhead : 0;
	step->packets += n;
	step->overhead_ns += overhead;
	step->ns += ns;
	for (i = 0; i < n; i++)
		ask_conntrack(skbs[i], step);
	return ns;
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
