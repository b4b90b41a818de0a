/* SPDX-License-Identifier: GPL-2.0 */
/* TCP's checksum over IPv6, of a sum by skb_checksum(). */
#ifndef TCPSHAKE_SHIM_IP6_CHECKSUM_H
#define TCPSHAKE_SHIM_IP6_CHECKSUM_H

#include "net/ip.h"

static inline u16 csum_ipv6_magic(const struct in6_addr *src, const struct in6_addr *dst,
				  u32 octets, u8 protocol, __wsum sum)
{
	u64 total = (u64)octets + protocol + (u32)sum;
	int i;

	for (i = 0; i < 16; i++)
		total += i % 2 ? src->s6_addr[i] + dst->s6_addr[i] :
				 (src->s6_addr[i] + dst->s6_addr[i]) << 8;
	return shim_fold(total);
}

#endif /* TCPSHAKE_SHIM_IP6_CHECKSUM_H */
