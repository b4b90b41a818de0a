/* SPDX-License-Identifier: GPL-2.0 */
/* A packet in one piece. */
#ifndef TCPSHAKE_SHIM_SKBUFF_H
#define TCPSHAKE_SHIM_SKBUFF_H

#include <netinet/in.h>

#include "linux/kernel.h"

enum {
	CHECKSUM_NONE,
	CHECKSUM_UNNECESSARY,
	CHECKSUM_COMPLETE,
	CHECKSUM_PARTIAL,
};

struct sk_buff {
	const u8 *data;		/* where the network header is */
	unsigned int len;
	u8 ip_summed;
	bool gso;
};

static inline int skb_network_offset(const struct sk_buff *skb)
{
	(void)skb;
	return 0;
}

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb->gso;
}

/* Sums as they are in RFC 1071, in no order of octets in particular until they are folded. */
static inline __wsum skb_checksum(const struct sk_buff *skb, int at, int octets, __wsum sum)
{
	u64 total = (u32)sum;
	int i;

	for (i = 0; i < octets; i++)
		total += i % 2 ? skb->data[at + i] : skb->data[at + i] << 8;
	while (total >> 32)
		total = (u32)total + (total >> 32);
	return (__wsum)total;
}

#endif /* TCPSHAKE_SHIM_SKBUFF_H */
