// SPDX-License-Identifier: GPL-2.0
/*
 * Packets as they come from a device that has verified their checksums: one piece,
 * header lengths known. Numbers of flows become addresses: 10.0.0.0/8 or
 * 2001:db8:1::/96 for clients, and one server.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "bench.h"

#define ROOM	512
#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define ACK	0x10

struct sk_buff *bench_packet_alloc(void)
{
	struct sk_buff *skb = alloc_skb(ROOM, GFP_KERNEL);

	if (skb)
		skb_reserve(skb, 64);
	return skb;
}

void bench_packet_free(struct sk_buff *skb)
{
	if (!skb)
		return;
	skb->sk = NULL;
	kfree_skb(skb);
}

static u8 *write_ipv4(u8 *p, const struct bench_segment *seg, unsigned int tcp_len)
{
	const __be32 client = htonl(0x0a000000 | (seg->flow & 0xffffff));
	const __be32 server = htonl(0xc0000201);
	struct iphdr *ip = (struct iphdr *)p;

	memset(ip, 0, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + tcp_len);
	ip->id = htons((u16)(seg->flow + seg->sent));
	ip->frag_off = htons(IP_DF);
	ip->ttl = 60;
	ip->protocol = IPPROTO_TCP;
	ip->saddr = seg->reply ? server : client;
	ip->daddr = seg->reply ? client : server;
	ip_send_check(ip);
	return p + sizeof(*ip);
}

static u8 *write_ipv6(u8 *p, const struct bench_segment *seg, unsigned int tcp_len)
{
	struct in6_addr client = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0, 1 } };
	struct in6_addr server = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	struct ipv6hdr *ip = (struct ipv6hdr *)p;

	client.s6_addr32[3] = htonl(seg->flow + 1);
	memset(ip, 0, sizeof(*ip));
	ip->version = 6;
	ip->payload_len = htons(tcp_len);
	ip->nexthdr = IPPROTO_TCP;
	ip->hop_limit = 60;
	ip->saddr = seg->reply ? server : client;
	ip->daddr = seg->reply ? client : server;
	return p + sizeof(*ip);
}

/* What a common TCP of today puts there. */
static unsigned int write_options(u8 *p, const struct bench_segment *seg)
{
	static const u8 syn[] = { 2, 4, 1440 >> 8, 1440 & 0xff, 4, 2, 8, 10, 0, 1, 2, 3,
				  0, 0, 0, 0, 1, 3, 3, 7 };
	static const u8 other[] = { 1, 1, 8, 10, 0, 1, 2, 3, 0, 1, 2, 3 };

	if (seg->flags & RST)
		return 0;
	memcpy(p, seg->flags & SYN ? syn : other, seg->flags & SYN ? sizeof(syn) : sizeof(other));
	if ((seg->flags & (SYN | ACK)) == (SYN | ACK))
		memcpy(p + 12, other + 4, 4);
	return seg->flags & SYN ? sizeof(syn) : sizeof(other);
}

static void write_tcp(u8 *p, const struct bench_run *run, const struct bench_segment *seg,
		      unsigned int options_len)
{
	const __be16 client_port = htons(32768 + (seg->flow * 7 & 0x3fff));
	const u32 client_isn = jhash_1word(seg->flow, run->seed);
	const u32 server_isn = jhash_1word(seg->flow, ~run->seed);
	struct tcphdr *tcp = (struct tcphdr *)p;

	memset(tcp, 0, sizeof(*tcp));
	tcp->source = seg->reply ? htons(443) : client_port;
	tcp->dest = seg->reply ? client_port : htons(443);
	tcp->seq = htonl((seg->reply ? server_isn : client_isn) + seg->sent);
	if (seg->flags & ACK)
		tcp->ack_seq = htonl((seg->reply ? client_isn : server_isn) + seg->received);
	p[12] = (sizeof(*tcp) + options_len) / 4 << 4;
	p[13] = seg->flags;
	tcp->window = htons(seg->flags & RST ? 0 : seg->flags & SYN ? 64240 : 501);
}

void bench_packet_write(struct sk_buff *skb, const struct bench_run *run,
			const struct bench_segment *seg)
{
	const unsigned int ip_len = run->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	unsigned int tcp_len;
	u8 *p;

	nf_reset_ct(skb);
	skb->sk = NULL;
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_trim(skb, 0);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip_len);
	p = skb->data;
	tcp_len = write_options(p + ip_len + sizeof(struct tcphdr), seg);
	write_tcp(p + ip_len, run, seg, tcp_len);
	tcp_len += sizeof(struct tcphdr);
	memset(p + ip_len + tcp_len, 0xda, seg->payload);
	tcp_len += seg->payload;
	if (run->v6)
		write_ipv6(p, seg, tcp_len);
	else
		write_ipv4(p, seg, tcp_len);
	skb_put(skb, ip_len + tcp_len);
	skb->protocol = htons(run->v6 ? ETH_P_IPV6 : ETH_P_IP);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->pkt_type = PACKET_HOST;
}
