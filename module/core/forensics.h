/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Who sends the SYNs of what may be a flood: how many sources, from which prefixes,
 * how much alike. Attached to a service when its detector grows suspicious; fed with
 * every SYN from then on. Constant in size and in work per SYN.
 *
 * Written by any CPU without a lock: an update that is lost costs nothing, since these
 * are estimates, whose error is told with them.
 */
#ifndef TCPSHAKE_CORE_FORENSICS_H
#define TCPSHAKE_CORE_FORENSICS_H

#include "detector.h"
#include "segment.h"

#define TCPSHAKE_HLL_REGISTERS	256	/* standard error 1.04/sqrt(256) = 6.5 % */
#define TCPSHAKE_HLL_ERROR	65	/* in parts of a thousand */
#define TCPSHAKE_TOP_PREFIXES	16
#define TCPSHAKE_TOP_SIGNATURES	8

/*
 * The heaviest of a stream (space-saving, Metwally et al. 2005): a new one takes the
 * place of the lightest and inherits its count as its error. Whoever has more than
 * 1/16, or 1/8, of all is there; nobody's count is above the truth by more than error.
 */
struct tcpshake_top {
	u64 key;
	u32 count;
	u32 error;
};

struct tcpshake_forensics {
	u8 sources[TCPSHAKE_HLL_REGISTERS];	/* HyperLogLog of client addresses */
	u8 services[TCPSHAKE_HLL_REGISTERS];	/* of server addresses and ports */
	struct tcpshake_top prefixes[TCPSHAKE_TOP_PREFIXES]; /* of clients: /24, /48 */
	struct tcpshake_top signatures[TCPSHAKE_TOP_SIGNATURES];
	u32 seen;		/* SYNs */
	u32 bogons;		/* from addresses nobody can have */
	u32 isn_is_dst;		/* ISN = address of the server, as Mirai does it */
	u32 isn_and, isn_or;	/* of all ISNs: which bits never change */
	u16 port_and, port_or;	/* of all source ports */
	u32 low_ports;		/* from ports below 1024 */
};

/* A prefix as key: IPv4 has its /24 in the low 32 bits, IPv6 its /48 above a mark. */
#define TCPSHAKE_PREFIX_V6 (1ULL << 63)

/* What a signature is made of; key of the second top list. */
static inline u64 tcpshake_signature(u8 ttl, u16 window, u8 options_len, u32 first_option)
{
	const u8 hops = ttl > 128 ? 255 : ttl > 64 ? 128 : ttl > 32 ? 64 : 32;

	return (u64)first_option << 32 | (u64)window << 16 | (u64)hops << 8 | options_len;
}

#define TCPSHAKE_FORENSICS_MIN	32	/* SYNs before it is said who sends them */

void tcpshake_forensics_init(struct tcpshake_forensics *f);

/* A new attempt's SYN. salt: random, so that nobody can choose what collides. */
void tcpshake_forensics_add(struct tcpshake_forensics *f, const struct tcpshake_segment *seg,
			    u64 salt);

/* How many different ones there are, HyperLogLog's estimate. */
u32 tcpshake_forensics_count(const u8 registers[TCPSHAKE_HLL_REGISTERS]);

/* How many bits of all ISNs, and of all source ports, were always the same. */
unsigned int tcpshake_forensics_same_isn_bits(const struct tcpshake_forensics *f);
unsigned int tcpshake_forensics_same_port_bits(const struct tcpshake_forensics *f);

/* Puts the heaviest first. */
void tcpshake_top_sort(struct tcpshake_top *top, unsigned int n);

/* The name of what goes on. f may be NULL: then the sources are not known. */
enum tcpshake_label tcpshake_label_of(const struct tcpshake_detector *d,
				      enum tcpshake_trigger trigger, enum tcpshake_level level,
				      const struct tcpshake_forensics *f);

static inline bool tcpshake_label_is_flood(unsigned int label)
{
	return label && label <= TCPSHAKE_LABEL_REFLECTION;
}

#endif /* TCPSHAKE_CORE_FORENSICS_H */
