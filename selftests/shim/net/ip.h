/* SPDX-License-Identifier: GPL-2.0 */
/* TCP's checksum over IPv4, of a sum by skb_checksum(). */
#ifndef TCPSHAKE_SHIM_IP_H
#define TCPSHAKE_SHIM_IP_H

#include <arpa/inet.h>

#include "linux/skbuff.h"

static inline u16 shim_fold(u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

static inline u16 csum_tcpudp_magic(__be32 src, __be32 dst, u32 octets, u8 protocol, __wsum sum)
{
	const u64 from = ntohl(src), to = ntohl(dst);

	return shim_fold((from >> 16) + (from & 0xffff) + (to >> 16) + (to & 0xffff) + octets +
			 protocol + (u32)sum);
}

#endif /* TCPSHAKE_SHIM_IP_H */
