// SPDX-License-Identifier: GPL-2.0
/*
 * Netfilter hooks: packet, segment, flow, verdict, books. An observer: every path
 * returns NF_ACCEPT; the packet is read, never written, pulled, cloned or kept.
 *
 * LOCAL_IN and FORWARD are first in line, LOCAL_OUT comes just after destination
 * NAT. There both directions of a connection carry the same addresses, whatever
 * NAT does: the original direction after DNAT and before SNAT, the replies after
 * their SNAT was undone and before their DNAT is.
 */
#include <linux/ip.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>

#include "counters.h"
#include "hook.h"
#include "table.h"

/* Headers that do not lie in one piece at the skb's head: rare, hence out of line. */
static noinline enum tcpshake_parse parse_copy(const struct sk_buff *skb, int offset, size_t len,
					       struct tcpshake_segment *seg)
{
	u8 copy[TCPSHAKE_WINDOW];
	const size_t window = min(len, sizeof(copy));

	if (skb_copy_bits(skb, offset, copy, window))
		return TCPSHAKE_PARSE_NOT_TCP;
	return tcpshake_segment_parse(copy, window, len, seg);
}

static enum tcpshake_parse parse(const struct sk_buff *skb, struct tcpshake_segment *seg)
{
	const int offset = skb_network_offset(skb);
	const size_t len = skb->len - offset;
	const size_t window = skb_headlen(skb) - offset;
	enum tcpshake_parse result;

	result = tcpshake_segment_parse(skb_network_header(skb), window, len, seg);
	if (result == TCPSHAKE_PARSE_SHORT && window < len)
		return parse_copy(skb, offset, len, seg);
	return result;
}

/*
 * Books what befell an earlier attempt that lost its slot. It may be another
 * namespace's, or of one that is just going.
 */
static void book_departed(const struct tcpshake_verdict *v)
{
	struct tcpshake_net *tn = tcpshake_net_by_id(v->owner);

	if (tn)
		tcpshake_book(tn, v, NULL);
}

/* A namespace over its quota, with nothing of its own to give up: counted, and gone at once. */
static void track_refused(struct tcpshake_net *tn, const struct tcpshake_segment *seg, u64 now_us)
{
	struct tcpshake_flow flow = { .owner = tn->id };
	struct tcpshake_verdict v;

	tcpshake_handshake_open(&flow, seg, now_us, &v);
	tcpshake_book(tn, &v, seg);
	tcpshake_handshake_evict(&flow, now_us, &v);
	tcpshake_book(tn, &v, NULL);
}

static void track_syn(struct tcpshake_net *tn, const struct tcpshake_segment *seg, u32 hash)
{
	const u64 now_us = tcpshake_now_us();
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict departed;
	struct tcpshake_verdict v;
	struct tcpshake_slot slot;
	enum tcpshake_claim claim;

	claim = tcpshake_table_claim(tn, hash, seg, now_us, &slot, &departed);
	if (claim == TCPSHAKE_CLAIM_REFUSED) {
		track_refused(tn, seg, now_us);
		return;
	}
	if (claim == TCPSHAKE_CLAIM_FOUND) {
		tcpshake_net_timeouts(tn, &timeouts);
		if (tcpshake_handshake_expire(slot.flow, now_us, &timeouts, &departed))
			claim = TCPSHAKE_CLAIM_EVICTED;
	}

	if (claim == TCPSHAKE_CLAIM_FOUND)
		tcpshake_handshake_step(slot.flow, seg, now_us, &v);
	else
		tcpshake_handshake_open(slot.flow, seg, now_us, &v);
	tcpshake_table_commit(&slot, v.to);

	if (claim == TCPSHAKE_CLAIM_EVICTED)
		book_departed(&departed);
	tcpshake_book(tn, &v, seg);
}

static void track_other(struct tcpshake_net *tn, const struct tcpshake_segment *seg, u32 hash)
{
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict v;
	struct tcpshake_slot slot;
	u64 now_us;

	if (tcpshake_table_find(tn, hash, seg, &slot)) {
		now_us = tcpshake_now_us();
		tcpshake_net_timeouts(tn, &timeouts);
		if (!tcpshake_handshake_expire(slot.flow, now_us, &timeouts, &v)) {
			tcpshake_handshake_step(slot.flow, seg, now_us, &v);
			tcpshake_table_commit(&slot, v.to);
			tcpshake_book(tn, &v, seg);
			return;
		}
		tcpshake_table_commit(&slot, 0);
		tcpshake_book(tn, &v, NULL);
	}
	tcpshake_handshake_unknown(seg, &v);
	tcpshake_book(tn, &v, seg);
}

/* A TCP packet of which no segment came out. */
static void book_unparsed(struct tcpshake_net *tn, const struct tcpshake_segment *seg,
			  enum tcpshake_exit exit)
{
	struct tcpshake_verdict v = {
		.exit = exit,
		.anomalies = seg->anomalies,
	};

	tcpshake_book(tn, &v, seg);
}

/* Context: BH off, RCU read side. */
static void observe(struct tcpshake_net *tn, const struct sk_buff *skb)
{
	struct tcpshake_segment seg;
	u32 hash;

	switch (parse(skb, &seg)) {
	case TCPSHAKE_PARSE_NOT_TCP:
		return;
	case TCPSHAKE_PARSE_MALFORMED:
		book_unparsed(tn, &seg, TCPSHAKE_EXIT_MALFORMED);
		return;
	case TCPSHAKE_PARSE_FRAGMENT:
		book_unparsed(tn, &seg, TCPSHAKE_EXIT_FRAGMENT);
		return;
	case TCPSHAKE_PARSE_SHORT:
		book_unparsed(tn, &seg, TCPSHAKE_EXIT_OPAQUE);
		return;
	case TCPSHAKE_PARSE_SEGMENT:
		break;
	}
	hash = tcpshake_table_hash(tn, &seg);
	if (seg.class == TCPSHAKE_CLASS_SYN)
		track_syn(tn, &seg, hash);
	else
		track_other(tn, &seg, hash);
}

/* A packet that arrives on a loopback device was seen when it left. */
static unsigned int hook_local_in(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	if (!(state->in->flags & IFF_LOOPBACK))
		observe(priv, skb);
	return NF_ACCEPT;
}

static unsigned int hook_forward(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	observe(priv, skb);
	return NF_ACCEPT;
}

/* The only one that runs in process context too. */
static unsigned int hook_local_out(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	local_bh_disable();
	observe(priv, skb);
	local_bh_enable();
	return NF_ACCEPT;
}

static const struct {
	nf_hookfn *hook;
	unsigned int hooknum;
	int priority;
} places[] = {
	{ hook_local_in, NF_INET_LOCAL_IN, NF_IP_PRI_FIRST },
	{ hook_forward, NF_INET_FORWARD, NF_IP_PRI_FIRST },
	{ hook_local_out, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1 },
};

static_assert(TCPSHAKE_HOOKS == 2 * ARRAY_SIZE(places));
static_assert((int)NF_IP_PRI_FIRST == (int)NF_IP6_PRI_FIRST &&
	      (int)NF_IP_PRI_NAT_DST == (int)NF_IP6_PRI_NAT_DST);

int tcpshake_hooks_register(struct tcpshake_net *tn)
{
	static const u8 families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	int i;

	for (i = 0; i < TCPSHAKE_HOOKS; i++) {
		struct nf_hook_ops *ops = &tn->hooks[i];

		ops->hook = places[i / 2].hook;
		ops->hooknum = places[i / 2].hooknum;
		ops->priority = places[i / 2].priority;
		ops->pf = families[i % 2];
		ops->priv = tn;
	}
	return nf_register_net_hooks(tn->net, tn->hooks, TCPSHAKE_HOOKS);
}

void tcpshake_hooks_unregister(struct tcpshake_net *tn)
{
	nf_unregister_net_hooks(tn->net, tn->hooks, TCPSHAKE_HOOKS);
	synchronize_net();
}
