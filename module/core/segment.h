/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * From the bytes of an IP packet to the facts of a TCP segment. Pure: reads the
 * window it is given and nothing else, whatever the bytes are.
 */
#ifndef TCPSHAKE_CORE_SEGMENT_H
#define TCPSHAKE_CORE_SEGMENT_H

#include "anomalies.h"

/* TCP flags, octets 12 and 13 of the header (RFC 9293, 3.1; AE: RFC 9768). */
enum tcpshake_tcp_flags {
	TCPSHAKE_FIN = 0x001,
	TCPSHAKE_SYN = 0x002,
	TCPSHAKE_RST = 0x004,
	TCPSHAKE_PSH = 0x008,
	TCPSHAKE_ACK = 0x010,
	TCPSHAKE_URG = 0x020,
	TCPSHAKE_ECE = 0x040,
	TCPSHAKE_CWR = 0x080,
	TCPSHAKE_AE  = 0x100,
};

/* Enough for an IPv4 or IPv6 header, the usual extension headers and a full TCP header. */
#define TCPSHAKE_WINDOW 256

/* IPv6 extension headers followed before a chain counts as opaque. */
#define TCPSHAKE_MAX_EXT_HEADERS 8

/* What a segment is to a handshake: the column of the state table. */
enum tcpshake_class {
	TCPSHAKE_CLASS_SYN,
	TCPSHAKE_CLASS_SYNACK,
	TCPSHAKE_CLASS_ACK,	/* every segment with ACK and neither SYN nor RST */
	TCPSHAKE_CLASS_RST,
};

#define TCPSHAKE_CLASS_COUNT 4

/* IPv4 addresses are kept as ::ffff:a.b.c.d, so that both families have one key. */
#define TCPSHAKE_ADDR_LEN 16

static const u8 tcpshake_v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static inline bool tcpshake_addr_is_v4(const u8 addr[TCPSHAKE_ADDR_LEN])
{
	return !memcmp(addr, tcpshake_v4_mapped, sizeof(tcpshake_v4_mapped));
}

static inline void tcpshake_addr_from_v4(u8 addr[TCPSHAKE_ADDR_LEN], const u8 v4[4])
{
	memcpy(addr, tcpshake_v4_mapped, sizeof(tcpshake_v4_mapped));
	memcpy(addr + sizeof(tcpshake_v4_mapped), v4, 4);
}

/* What the caller knows of a packet that its octets do not tell. */
enum tcpshake_hint {
	TCPSHAKE_HINT_LOOPBACK	= 1 << 0, /* of a loopback device, where 127/8 is at home */
	TCPSHAKE_HINT_FRAGMENTED = 1 << 1, /* it was put together from fragments */
	TCPSHAKE_HINT_NO_SOCKET	= 1 << 2, /* the host it is for has no such connection */
	TCPSHAKE_HINT_UNOWNED	= 1 << 3, /* sent here, by no socket: SYN cookie, SYNPROXY */
	TCPSHAKE_HINT_MIDSTREAM	= 1 << 4, /* observation has only just begun */
};

struct tcpshake_segment {
	u8 src[TCPSHAKE_ADDR_LEN];
	u8 dst[TCPSHAKE_ADDR_LEN];
	u16 src_port;		/* host order, like every number below */
	u16 dst_port;
	u32 seq;
	u32 ack;
	u32 len;		/* octets of payload */
	u16 window;		/* as in the header: not scaled */
	u16 flags;		/* enum tcpshake_tcp_flags */
	u16 ip_id;		/* IPv4 */
	u8 class;		/* enum tcpshake_class */
	u8 hints;		/* enum tcpshake_hint */
	u8 ttl;			/* or hop limit */
	u8 ecn;			/* IP's ECN field (RFC 3168, 5) */
	bool route_options;	/* an IP option or extension header that steers the packet */
	bool options_cut;	/* TCP options go on beyond the window */
	u8 options_len;
	u16 tcp_at;		/* where in the packet the TCP header begins */
	const u8 *options;	/* valid as long as the packet is at hand */
	struct tcpshake_anomalies anomalies;
};

enum tcpshake_parse {
	TCPSHAKE_PARSE_SEGMENT,	 /* every field is set; anomalies are those of the header alone */
	TCPSHAKE_PARSE_NOT_TCP,	 /* nothing of ours; the segment is undefined */
	TCPSHAKE_PARSE_FRAGMENT, /* a later fragment of a TCP datagram; addresses are set */
	TCPSHAKE_PARSE_SHORT,	 /* the window ends before the TCP header does; addresses are set */
	TCPSHAKE_PARSE_MALFORMED, /* anomalies say why; what the packet holds is set, the rest 0 */
};

/*
 * Parses the IP packet of packet_len octets of which window octets are at p.
 * The window may be shorter than the packet (a non-linear skb, a capture with
 * a short snapshot length) and may be empty. hints: enum tcpshake_hint.
 */
enum tcpshake_parse tcpshake_segment_parse(const u8 *p, size_t window,
					   size_t packet_len, u8 hints,
					   struct tcpshake_segment *seg);

/* Adds to seg->anomalies what its header fields tell. urgent: the pointer; reserved: the bits. */
void tcpshake_segment_inspect(struct tcpshake_segment *seg, u16 urgent, u8 reserved);

#endif /* TCPSHAKE_CORE_SEGMENT_H */
