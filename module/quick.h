/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shortcuts for established traffic, which is nearly all there is: is it certain,
 * after a few looks, that a packet is an ordinary segment which belongs to no
 * pending attempt? Then it is counted as untracked, and that is all. Whatever is
 * not certain takes the whole way (hook.c), which counts the same: a test compares.
 *
 * In order of cheapness: its header is an ordinary ACK's; its socket says that the
 * handshake is long over; there is nothing in the table at all; there is nothing in
 * the table between these two. Nothing is locked, written or kept.
 */
#ifndef TCPSHAKE_QUICK_H
#define TCPSHAKE_QUICK_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "compat.h"
#include "counters.h"
#include "row.h"

/* VRFs may use the same addresses: which one is it? Context: RCU read side. */
static inline u32 tcpshake_domain_of(const struct net_device *dev)
{
	if (likely(!netif_is_l3_slave(dev) && !netif_is_l3_master(dev)))
		return 0;
	return l3mdev_master_ifindex_rcu(dev);
}

/*
 * Octets 12 to 19 of a TCP header in one piece: length, reserved bits and flags,
 * window, checksum, urgent pointer. An ordinary ACK has of these the length and
 * ACK, and what is masked out: PSH, AE, CWR, ECE, window and checksum.
 */
#define TCPSHAKE_QUICK_MASK	cpu_to_be64(0xfe3700000000ffffULL)
#define TCPSHAKE_QUICK_ACK_20	cpu_to_be64(0x5010000000000000ULL)
#define TCPSHAKE_QUICK_ACK_32	cpu_to_be64(0x8010000000000000ULL)

/*
 * Is it an ordinary ACK: no IP options, no fragment, no TCP options but at most
 * timestamps, nothing odd about it but, maybe, its ports?
 */
static __always_inline bool tcpshake_quick_ack(const struct sk_buff *skb, u8 pf)
{
	const u8 *p = skb->data;
	const unsigned int held = skb_headlen(skb);
	const unsigned int at = pf == NFPROTO_IPV4 ? sizeof(struct iphdr) :
						     sizeof(struct ipv6hdr);
	__be64 word;

	if (held < at + 20)
		return false;
	if (pf == NFPROTO_IPV4) {
		const struct iphdr *ip = (const struct iphdr *)p;

		if (p[0] != 0x45 || ip->protocol != IPPROTO_TCP ||
		    ip->frag_off & htons(0x3fff))
			return false;
	} else {
		const struct ipv6hdr *ip6 = (const struct ipv6hdr *)p;

		/* IPv4 addresses in IPv6's clothes are IPv4's in the table */
		if (p[0] >> 4 != 6 || ip6->nexthdr != IPPROTO_TCP ||
		    ipv6_addr_v4mapped(&ip6->saddr))
			return false;
	}
	p += at;
	word = get_unaligned((const __be64 *)(p + 12)) & TCPSHAKE_QUICK_MASK;
	if (word != TCPSHAKE_QUICK_ACK_32 || held < at + 32) {
		if (word != TCPSHAKE_QUICK_ACK_20)
			return false;
	}
	return get_unaligned((const u32 *)(p + 8));	/* to acknowledge 0 is an anomaly */
}

/*
 * Has the peer acknowledged more than the SYN, and what came with it? Then the
 * attempt is completed, and confirmed if need be: what it acknowledged, or the
 * acknowledgment, has passed here.
 */
static __always_inline bool tcpshake_quick_socket(const struct sock *sk)
{
	const struct tcp_sock *tp = (const struct tcp_sock *)sk;

	return sk && READ_ONCE(sk->sk_state) == TCP_ESTABLISHED &&
	       sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP &&
	       READ_ONCE(tp->bytes_acked) > 1 &&
	       data_race(!tp->syn_data_acked); /* written once, before there is data */
}

enum tcpshake_quick {
	TCPSHAKE_QUICK_UNTRACKED,	/* it belongs to no pending attempt */
	TCPSHAKE_QUICK_ORDINARY,	/* tcpshake_quick_hash() may tell more */
	TCPSHAKE_QUICK_UNSURE,
};

/* own: skb->sk, if any, is the packet's socket. Context: RCU read side. */
static __always_inline enum tcpshake_quick tcpshake_quick_look(const struct sk_buff *skb, u8 pf,
							       bool own)
{
	const u8 *tcp = skb->data + (pf == NFPROTO_IPV4 ? sizeof(struct iphdr) :
							  sizeof(struct ipv6hdr));

	if (!IS_ENABLED(CONFIG_64BIT))	/* where a counter is not one access */
		return TCPSHAKE_QUICK_UNSURE;
	if (!tcpshake_quick_ack(skb, pf))
		return TCPSHAKE_QUICK_UNSURE;
	if (own && tcpshake_quick_socket(skb->sk))
		return TCPSHAKE_QUICK_UNTRACKED;
	if (!get_unaligned((const u16 *)tcp) || !get_unaligned((const u16 *)(tcp + 2)))
		return TCPSHAKE_QUICK_UNSURE;	/* port 0 is an anomaly */
	return READ_ONCE(tcpshake_table_rest) == TCPSHAKE_TABLE_IDLE ?
		       TCPSHAKE_QUICK_UNTRACKED : TCPSHAKE_QUICK_ORDINARY;
}

/*
 * tcpshake_table_hash() of an ordinary packet. dev: where it comes from, or goes to.
 * Context: RCU read side.
 */
static __always_inline u32 tcpshake_quick_hash(const struct tcpshake_net *tn,
					       const struct sk_buff *skb, u8 pf,
					       const struct net_device *dev)
{
	const u32 where = tcpshake_hash_where(tn, tcpshake_domain_of(dev));

	if (pf == NFPROTO_IPV4) {
		const struct iphdr *ip = (const struct iphdr *)skb->data;
		const u32 ports = get_unaligned((const u32 *)(ip + 1));

		return tcpshake_hash_v4(where, (__force u32)ip->saddr, (__force u32)ip->daddr,
					ports);
	} else {
		const struct ipv6hdr *ip6 = (const struct ipv6hdr *)skb->data;
		const u32 ports = get_unaligned((const u32 *)(ip6 + 1));

		return tcpshake_hash_v6(where, ip6->saddr.s6_addr, ip6->daddr.s6_addr, ports);
	}
}

#endif /* TCPSHAKE_QUICK_H */
