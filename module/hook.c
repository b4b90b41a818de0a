// SPDX-License-Identifier: GPL-2.0
/*
 * Netfilter hooks: from the packet to the segment, which track.c follows. An
 * observer: every path returns NF_ACCEPT; the packet is read, never written, pulled,
 * cloned or kept.
 *
 * LOCAL_IN and FORWARD are first in line, LOCAL_OUT comes just after destination
 * NAT. There both directions of a connection carry the same addresses, whatever
 * NAT does: the original direction after DNAT and before SNAT, the replies after
 * their SNAT was undone and before their DNAT is.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/l3mdev.h>

#include "core/icmp.h"
#include "hook.h"
#include "quick.h"
#include "track.h"

/* The first octets of a packet, and how long it is. */
struct window {
	const u8 *p;
	size_t len;
	size_t packet_len;
};

/* Headers that do not lie in one piece at the skb's head: rare, hence a copy. */
static bool copy_window(const struct sk_buff *skb, u8 copy[TCPSHAKE_WINDOW], struct window *w)
{
	w->p = copy;
	w->len = min_t(size_t, w->packet_len, TCPSHAKE_WINDOW);
	return !skb_copy_bits(skb, skb_network_offset(skb), copy, w->len);
}

static bool is_icmp(const u8 *p, size_t len)
{
	if (len < sizeof(struct iphdr))
		return false;
	return p[0] >> 4 == 4 ? p[9] == IPPROTO_ICMP : p[6] == IPPROTO_ICMPV6;
}

/* An error may quote the SYN of an attempt. */
static void observe_icmp(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
			 struct window *w)
{
	struct tcpshake_segment quoted;
	enum tcpshake_unreachable how;
	u8 copy[TCPSHAKE_WINDOW];

	if (w->len < w->packet_len && !copy_window(packet->skb, copy, w))
		return;
	how = tcpshake_icmp_parse(w->p, w->len, w->packet_len, &quoted);
	if (how)
		tcpshake_track_unreachable(tn, packet, &quoted, how);
}

static void observe_parsed(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
			   struct window *w, enum tcpshake_parse parsed,
			   struct tcpshake_segment *seg)
{
	switch (parsed) {
	case TCPSHAKE_PARSE_NOT_TCP:
		if (is_icmp(w->p, w->len))
			observe_icmp(tn, packet, w);
		return;
	case TCPSHAKE_PARSE_MALFORMED:
		tcpshake_track_unparsed(tn, seg, TCPSHAKE_EXIT_MALFORMED);
		return;
	case TCPSHAKE_PARSE_FRAGMENT:
		tcpshake_track_unparsed(tn, seg, TCPSHAKE_EXIT_FRAGMENT);
		return;
	case TCPSHAKE_PARSE_SHORT:
		tcpshake_track_unparsed(tn, seg, TCPSHAKE_EXIT_OPAQUE);
		return;
	case TCPSHAKE_PARSE_SEGMENT:
		tcpshake_track(tn, packet, seg);
		return;
	}
}

static void observe_copy(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
			 struct window *w)
{
	struct tcpshake_segment seg tcpshake_unset;
	enum tcpshake_parse parsed;
	u8 copy[TCPSHAKE_WINDOW];

	if (!copy_window(packet->skb, copy, w))
		return;
	parsed = tcpshake_segment_parse(w->p, w->len, w->packet_len, packet->hints, &seg);
	observe_parsed(tn, packet, w, parsed, &seg);
}

/* Context: BH off, RCU read side. */
static void observe(struct tcpshake_net *tn, const struct tcpshake_packet *packet)
{
	const struct sk_buff *skb = packet->skb;
	const int offset = skb_network_offset(skb);
	struct window w = {
		.p = skb_network_header(skb),
		.len = skb_headlen(skb) - offset,
		.packet_len = skb->len - offset,
	};
	struct tcpshake_segment seg tcpshake_unset;
	enum tcpshake_parse parsed;

	parsed = tcpshake_segment_parse(w.p, w.len, w.packet_len, packet->hints, &seg);
	if (w.len < w.packet_len &&
	    (parsed == TCPSHAKE_PARSE_SHORT ||
	     (parsed == TCPSHAKE_PARSE_SEGMENT && seg.options_cut)))
		observe_copy(tn, packet, &w);
	else
		observe_parsed(tn, packet, &w, parsed, &seg);
}

/* Was it put together from fragments, for conntrack or for this host? */
static bool was_fragmented(const struct sk_buff *skb, u8 pf)
{
	return pf == NFPROTO_IPV6 ? IP6CB(skb)->frag_max_size : IPCB(skb)->frag_max_size;
}

/*
 * Early demux has looked for a socket that is past LISTEN, and found none. It looks
 * at what arrives as it is: not at what comes out of IPsec or of fragments, and not
 * behind extension headers.
 */
static bool has_no_socket(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct net *net = state->net;

	if (skb->sk || !READ_ONCE(net->ipv4.sysctl_ip_early_demux) ||
	    !READ_ONCE(net->ipv4.sysctl_tcp_early_demux) ||
	    skb_sec_path(skb) || was_fragmented(skb, state->pf))
		return false;
	return state->pf != NFPROTO_IPV6 || ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

static void observe_local_in(struct tcpshake_net *tn, const struct sk_buff *skb,
			     const struct nf_hook_state *state, const u32 *hash)
{
	const struct tcpshake_packet packet = {
		.skb = skb,
		.received = true,
		.hints = (has_no_socket(skb, state) ? TCPSHAKE_HINT_NO_SOCKET : 0) |
			 (was_fragmented(skb, state->pf) ? TCPSHAKE_HINT_FRAGMENTED : 0),
		.domain = tcpshake_domain_of(state->in),
		.hashed = hash,
		.hash = hash ? *hash : 0,
	};

	observe(tn, &packet);
}

static void observe_forward(struct tcpshake_net *tn, const struct sk_buff *skb,
			    const struct nf_hook_state *state, const u32 *hash)
{
	const struct tcpshake_packet packet = {
		.skb = skb,
		.received = true,
		.hints = was_fragmented(skb, state->pf) ? TCPSHAKE_HINT_FRAGMENTED : 0,
		.domain = tcpshake_domain_of(state->in),
		.hashed = hash,
		.hash = hash ? *hash : 0,
	};

	observe(tn, &packet);
}

static void observe_local_out(struct tcpshake_net *tn, const struct sk_buff *skb,
			      const struct nf_hook_state *state, const u32 *hash)
{
	const struct tcpshake_packet packet = {
		.skb = skb,
		.hints = (state->out->flags & IFF_LOOPBACK ? TCPSHAKE_HINT_LOOPBACK : 0) |
			 (skb->sk ? 0 : TCPSHAKE_HINT_UNOWNED),
		.domain = tcpshake_domain_of(state->out),
		.hashed = hash,
		.hash = hash ? *hash : 0,
	};

	local_bh_disable();
	observe(tn, &packet);
	local_bh_enable();
}

/*
 * What leaves through a VRF comes here twice. The first time the VRF's own device is
 * where it goes, or, with IPv6 and a qdisc there, where its route leads.
 */
static bool will_come_again(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	return netif_is_l3_master(state->out) ||
	       (skb_dst(skb) && netif_is_l3_master(skb_dst(skb)->dev));
}

/* A packet that arrives on a loopback device was seen when it left. */
static __always_inline bool is_repeated(u8 hook, const struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	return hook == NF_INET_LOCAL_IN ? state->in->flags & IFF_LOOPBACK :
	       hook == NF_INET_LOCAL_OUT && will_come_again(skb, state);
}

/* hash: tcpshake_table_hash()'s, if it is known; else NULL. */
static __always_inline void observe_at(struct tcpshake_net *tn, const struct sk_buff *skb,
				       const struct nf_hook_state *state, const u32 *hash)
{
	switch (state->hook) {
	case NF_INET_LOCAL_IN:
		observe_local_in(tn, skb, state, hash);
		break;
	case NF_INET_FORWARD:
		observe_forward(tn, skb, state, hash);
		break;
	case NF_INET_LOCAL_OUT:
		observe_local_out(tn, skb, state, hash);
		break;
	}
}

/* The whole way. */
static noinline unsigned int look_at(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	if (!is_repeated(state->hook, skb, state))
		observe_at(priv, skb, state, NULL);
	return NF_ACCEPT;
}

/* The second shortcut. */
static __always_inline unsigned int search(void *priv, struct sk_buff *skb,
					   const struct nf_hook_state *state, u8 pf)
{
	const struct net_device *dev = state->hook == NF_INET_LOCAL_OUT ? state->out : state->in;
	const u32 hash = tcpshake_quick_hash(priv, skb, pf, dev);

	if (tcpshake_row_misses(hash))
		tcpshake_book_untracked(priv);
	else
		observe_at(priv, skb, state, &hash);
	return NF_ACCEPT;
}

static noinline unsigned int search_v4(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return search(priv, skb, state, NFPROTO_IPV4);
}

static noinline unsigned int search_v6(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	return search(priv, skb, state, NFPROTO_IPV6);
}

/*
 * The first one. What it leaves goes on with the same three arguments, so that
 * nothing has to be kept meanwhile.
 */
static __always_inline unsigned int enter(void *priv, struct sk_buff *skb,
					  const struct nf_hook_state *state, u8 pf, u8 hook)
{
	if (is_repeated(hook, skb, state))
		return NF_ACCEPT;
	switch (tcpshake_quick_look(skb, pf, hook != NF_INET_FORWARD)) {
	case TCPSHAKE_QUICK_UNTRACKED:
		tcpshake_book_untracked(priv);
		return NF_ACCEPT;
	case TCPSHAKE_QUICK_ORDINARY:
		return pf == NFPROTO_IPV4 ? search_v4(priv, skb, state) :
					    search_v6(priv, skb, state);
	case TCPSHAKE_QUICK_UNSURE:
		break;
	}
	return look_at(priv, skb, state);
}

/* A function for each family and place, so that none has to ask. */
#define ENTRY(name, pf, hook)							\
static unsigned int name(void *priv, struct sk_buff *skb,			\
			 const struct nf_hook_state *state)			\
{										\
	return enter(priv, skb, state, pf, hook);				\
}

ENTRY(local_in_v4, NFPROTO_IPV4, NF_INET_LOCAL_IN)
ENTRY(local_in_v6, NFPROTO_IPV6, NF_INET_LOCAL_IN)
ENTRY(forward_v4, NFPROTO_IPV4, NF_INET_FORWARD)
ENTRY(forward_v6, NFPROTO_IPV6, NF_INET_FORWARD)
ENTRY(local_out_v4, NFPROTO_IPV4, NF_INET_LOCAL_OUT)
ENTRY(local_out_v6, NFPROTO_IPV6, NF_INET_LOCAL_OUT)

static const struct {
	nf_hookfn *v4, *v6;
	unsigned int hooknum;
	int priority;
} places[] = {
	{ local_in_v4, local_in_v6, NF_INET_LOCAL_IN, NF_IP_PRI_FIRST },
	{ forward_v4, forward_v6, NF_INET_FORWARD, NF_IP_PRI_FIRST },
	{ local_out_v4, local_out_v6, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1 },
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

		if (!tcpshake_shortcuts)
			ops->hook = look_at;
		else
			ops->hook = i % 2 ? places[i / 2].v6 : places[i / 2].v4;
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
