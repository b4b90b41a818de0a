// SPDX-License-Identifier: GPL-2.0
/*
 * Packets as they come from a device that has verified their checksums: in one piece,
 * with the options a common TCP of today has.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/sock.h>

#include "bench.h"

enum { HEADROOM = 64, ROOM = 512 };

struct sk_buff *bench_packet_alloc(void)
{
	struct sk_buff *skb = alloc_skb(ROOM, GFP_KERNEL);

	if (skb)
		skb_reserve(skb, HEADROOM);
	return skb;
}

/* The socket was lent: it is not to be charged, nor released. */
static void reset(struct sk_buff *skb)
{
	nf_reset_ct(skb);
	skb_dst_drop(skb);
	skb->sk = NULL;
	skb_shinfo(skb)->destructor_arg = NULL;
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_trim(skb, 0);
}

void bench_packet_free(struct sk_buff *skb)
{
	if (!skb)
		return;
	reset(skb);
	kfree_skb(skb);
}

static void write_ipv4(struct iphdr *ip, const struct bench_segment *seg, unsigned int tcp_len)
{
	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + tcp_len);
	ip->id = htons((u16)seg->seq);
	ip->frag_off = htons(IP_DF);
	ip->ttl = 60;
	ip->protocol = IPPROTO_TCP;
	ip->saddr = seg->src.addr.s6_addr32[3];
	ip->daddr = seg->dst.addr.s6_addr32[3];
	ip_send_check(ip);
}

static void write_ipv6(struct ipv6hdr *ip, const struct bench_segment *seg, unsigned int tcp_len)
{
	memset(ip, 0, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = htons(tcp_len);
	ip->nexthdr = IPPROTO_TCP;
	ip->hop_limit = 60;
	ip->saddr = seg->src.addr;
	ip->daddr = seg->dst.addr;
}

/* MSS, SACK, timestamps and window scale with a SYN, else timestamps; nothing with a RST. */
static unsigned int write_options(u8 *p, const struct bench_segment *seg)
{
	static const u8 syn[] = { 2, 4, 1440 >> 8, 1440 & 0xff, 4, 2, 8, 10, 0, 1, 2, 3,
				  0, 0, 0, 0, 1, 3, 3, 7 };
	static const u8 other[] = { 1, 1, 8, 10, 0, 1, 2, 3, 0, 1, 2, 3 };

	if (seg->flags & RST)
		return 0;
	if (!(seg->flags & SYN)) {
		memcpy(p, other, sizeof(other));
		return sizeof(other);
	}
	memcpy(p, syn, sizeof(syn));
	if (seg->flags & ACK)
		memcpy(p + 12, other + 8, 4);
	return sizeof(syn);
}

/* Return: octets of header and payload. */
static unsigned int write_tcp(u8 *p, const struct bench_segment *seg)
{
	struct tcphdr *tcp = (struct tcphdr *)p;
	const unsigned int header = sizeof(*tcp) + write_options(p + sizeof(*tcp), seg);

	memset(tcp, 0, sizeof(*tcp));
	tcp->source = seg->src.port;
	tcp->dest = seg->dst.port;
	tcp->seq = htonl(seg->seq);
	if (seg->flags & ACK)
		tcp->ack_seq = htonl(seg->ack);
	p[12] = header / 4 << 4;
	p[13] = seg->flags;
	if (!(seg->flags & RST))
		tcp->window = htons(seg->flags & SYN ? 64240 : 501);
	memset(p + header, 0xda, seg->payload);
	return header + seg->payload;
}

void bench_packet_write(struct sk_buff *skb, bool v6, const struct bench_segment *seg)
{
	const unsigned int ip_len = v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	unsigned int tcp_len;

	reset(skb);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_len);
	tcp_len = write_tcp(skb->data + ip_len, seg);
	if (v6)
		write_ipv6((struct ipv6hdr *)skb->data, seg, tcp_len);
	else
		write_ipv4((struct iphdr *)skb->data, seg, tcp_len);
	skb_put(skb, ip_len + tcp_len);
	skb->protocol = htons(v6 ? ETH_P_IPV6 : ETH_P_IP);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->pkt_type = PACKET_HOST;
	skb_shinfo(skb)->destructor_arg = seg->sk;
	if (seg->sk)
		skb_dst_set(skb, sk_dst_get(seg->sk));
}
