// SPDX-License-Identifier: GPL-2.0
/*
 * The least a BPF program has to do to follow handshakes: parse, an LRU hash of pending
 * attempts by addresses and ports, numbers and time of each kept, both numbers of the
 * third segment verified, a counter for each CPU. No options, no retransmissions or
 * anomalies told apart, no histogram, nobody told of the end. One map for each family,
 * so that a key of IPv4 has 12 octets.
 *
 * The same packet is run again and again, so each run adds the next number to the
 * client's address.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "peer.h"

struct key4 {
	__be32 client, server;
	__be16 client_port, server_port;
};

struct key6 {
	struct in6_addr client, server;
	__be16 client_port, server_port;
};

struct attempt {
	__u64 syn_ns, synack_ns;
	__u32 client_isn, server_isn;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct key4);
	__type(value, struct attempt);
	__uint(max_entries, 65536);
} attempts4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, struct key6);
	__type(value, struct attempt);
	__uint(max_entries, 65536);
} attempts6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, PEER_COUNTERS);
} counters SEC(".maps");

__u32 next_flow;

static __always_inline void count(enum peer_counter which)
{
	__u32 key = which;
	__u64 *counter = bpf_map_lookup_elem(&counters, &key);

	if (counter)
		++*counter;
}

static __always_inline void open_attempt(void *map, const void *key, const struct tcphdr *tcp)
{
	const struct attempt attempt = {
		.syn_ns = bpf_ktime_get_ns(),
		.client_isn = bpf_ntohl(tcp->seq),
	};

	count(bpf_map_update_elem(map, key, &attempt, BPF_NOEXIST) ? PEER_AGAIN : PEER_NEW);
}

static __always_inline void from_server(void *map, const void *key, const struct tcphdr *tcp)
{
	struct attempt *attempt = bpf_map_lookup_elem(map, key);

	if (!attempt || bpf_ntohl(tcp->ack_seq) != attempt->client_isn + 1) {
		count(PEER_UNTRACKED);
	} else if (tcp->rst) {
		bpf_map_delete_elem(map, key);
		count(PEER_REFUSED);
	} else {
		attempt->server_isn = bpf_ntohl(tcp->seq);
		attempt->synack_ns = bpf_ktime_get_ns();
		count(PEER_SYNACK);
	}
}

static __always_inline void from_client(void *map, const void *key, const struct tcphdr *tcp)
{
	const struct attempt *attempt = bpf_map_lookup_elem(map, key);

	if (!attempt || !attempt->synack_ns ||
	    bpf_ntohl(tcp->ack_seq) != attempt->server_isn + 1 ||
	    bpf_ntohl(tcp->seq) != attempt->client_isn + 1) {
		count(PEER_UNTRACKED);
		return;
	}
	bpf_map_delete_elem(map, key);
	count(PEER_COMPLETED);
}

static __always_inline void follow(void *map, const void *key, const struct tcphdr *tcp,
				   bool reply)
{
	if (tcp->syn && !tcp->ack)
		open_attempt(map, key, tcp);
	else if (reply)
		from_server(map, key, tcp);
	else
		from_client(map, key, tcp);
}

/* Who the client of a segment with neither SYN nor RST is has to be guessed: the higher port. */
static __always_inline bool is_reply(const struct tcphdr *tcp)
{
	if (tcp->syn || tcp->rst)
		return tcp->ack;
	return bpf_ntohs(tcp->source) < bpf_ntohs(tcp->dest);
}

static __always_inline void observe4(const struct iphdr *ip, const void *end)
{
	const struct tcphdr *tcp = (const void *)(ip + 1);
	struct key4 key;
	bool reply;

	if ((const void *)(tcp + 1) > end || ip->ihl != 5 || ip->protocol != IPPROTO_TCP ||
	    ip->frag_off & bpf_htons(0x3fff))
		return;
	reply = is_reply(tcp);
	key.client = (reply ? ip->daddr : ip->saddr) + next_flow++;
	key.server = reply ? ip->saddr : ip->daddr;
	key.client_port = reply ? tcp->dest : tcp->source;
	key.server_port = reply ? tcp->source : tcp->dest;
	follow(&attempts4, &key, tcp, reply);
}

static __always_inline void observe6(const struct ipv6hdr *ip, const void *end)
{
	const struct tcphdr *tcp = (const void *)(ip + 1);
	struct key6 key;
	bool reply;

	if ((const void *)(tcp + 1) > end || ip->nexthdr != IPPROTO_TCP)
		return;
	reply = is_reply(tcp);
	key.client = reply ? ip->daddr : ip->saddr;
	key.client.in6_u.u6_addr32[3] += next_flow++;
	key.server = reply ? ip->saddr : ip->daddr;
	key.client_port = reply ? tcp->dest : tcp->source;
	key.server_port = reply ? tcp->source : tcp->dest;
	follow(&attempts6, &key, tcp, reply);
}

SEC("tc")
int peer(struct __sk_buff *skb)
{
	const void *data = (const void *)(long)skb->data;
	const void *end = (const void *)(long)skb->data_end;
	const struct ethhdr *eth = data;

	if ((const void *)(eth + 1) + sizeof(struct iphdr) > end)
		return TC_ACT_OK;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		observe4((const void *)(eth + 1), end);
	else if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		observe6((const void *)(eth + 1), end);
	return TC_ACT_OK;
}

SEC("tc")
int nothing(struct __sk_buff *skb)
{
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
