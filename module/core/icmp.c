// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * ICMP errors. The quotation is parsed as the packet it was; 8 octets of its TCP
 * header are enough, and all that RFC 792 asks for.
 */
#include "icmp.h"

enum {
	PROTO_ICMP = 1,
	PROTO_ICMPV6 = 58,
	IPV4_HEADER_MIN = 20,
	IPV6_HEADER_LEN = 40,
	ICMP_HEADER = 8,
	QUOTED_MIN = 8,		/* of the TCP header: ports and sequence number */
};

static enum tcpshake_unreachable v4_error(u8 type, u8 code)
{
	static const u8 unreachable[] = {
		[0] = TCPSHAKE_UNREACHABLE_NET,
		[1] = TCPSHAKE_UNREACHABLE_HOST,
		[2] = TCPSHAKE_UNREACHABLE_PORT,	/* protocol */
		[3] = TCPSHAKE_UNREACHABLE_PORT,
		[9] = TCPSHAKE_UNREACHABLE_ADMIN,
		[10] = TCPSHAKE_UNREACHABLE_ADMIN,
		[13] = TCPSHAKE_UNREACHABLE_ADMIN,
	};

	if (type == 3 && code < sizeof(unreachable))
		return unreachable[code];
	if (type == 11 && code == 0)
		return TCPSHAKE_UNREACHABLE_TTL;
	return type == 12 ? TCPSHAKE_UNREACHABLE_PARAMETER : TCPSHAKE_UNREACHABLE_UNSPEC;
}

static enum tcpshake_unreachable v6_error(u8 type, u8 code)
{
	static const u8 unreachable[] = {
		[0] = TCPSHAKE_UNREACHABLE_NET,
		[1] = TCPSHAKE_UNREACHABLE_ADMIN,
		[3] = TCPSHAKE_UNREACHABLE_HOST,
		[4] = TCPSHAKE_UNREACHABLE_PORT,
		[5] = TCPSHAKE_UNREACHABLE_ADMIN,
		[6] = TCPSHAKE_UNREACHABLE_NET,
	};

	if (type == 1 && code < sizeof(unreachable))
		return unreachable[code];
	return type == 3 && code == 0 ? TCPSHAKE_UNREACHABLE_TTL : TCPSHAKE_UNREACHABLE_UNSPEC;
}

/* The offset of the ICMP header, 0 if it is none. Errors come without extension headers. */
static size_t header_of(const u8 *p, size_t window)
{
	if (window < IPV4_HEADER_MIN)
		return 0;
	if (p[0] >> 4 == 4 && p[9] == PROTO_ICMP && !(p[6] & 0x1f) && !p[7])
		return (size_t)(p[0] & 0xf) * 4;
	return p[0] >> 4 == 6 && p[6] == PROTO_ICMPV6 ? IPV6_HEADER_LEN : 0;
}

/* Whatever length the quoted header tells: routers change that, too. */
static bool take_endpoints(const u8 *p, size_t window, struct tcpshake_segment *quoted)
{
	const u8 *tcp = p + quoted->tcp_at;

	if (!quoted->tcp_at || (size_t)quoted->tcp_at + QUOTED_MIN > window)
		return false;
	quoted->src_port = (u16)(tcp[0] << 8 | tcp[1]);
	quoted->dst_port = (u16)(tcp[2] << 8 | tcp[3]);
	quoted->seq = (u32)tcp[4] << 24 | (u32)tcp[5] << 16 | (u32)tcp[6] << 8 | tcp[7];
	return true;
}

enum tcpshake_unreachable tcpshake_icmp_parse(const u8 *p, size_t window, size_t packet_len,
					      struct tcpshake_segment *quoted)
{
	const size_t at = header_of(p, window);
	const size_t quote = at + ICMP_HEADER;
	enum tcpshake_unreachable how;

	if (at < IPV4_HEADER_MIN || quote >= window || window > packet_len)
		return TCPSHAKE_UNREACHABLE_UNSPEC;
	how = p[0] >> 4 == 4 ? v4_error(p[at], p[at + 1]) : v6_error(p[at], p[at + 1]);
	if (!how)
		return how;
	quoted->tcp_at = 0;
	switch (tcpshake_segment_parse(p + quote, window - quote, packet_len - quote, 0, quoted)) {
	case TCPSHAKE_PARSE_SEGMENT:
	case TCPSHAKE_PARSE_SHORT:
	case TCPSHAKE_PARSE_MALFORMED:
		memset(&quoted->anomalies, 0, sizeof(quoted->anomalies));
		return take_endpoints(p + quote, window - quote, quoted) ?
			       how : TCPSHAKE_UNREACHABLE_UNSPEC;
	case TCPSHAKE_PARSE_NOT_TCP:
	case TCPSHAKE_PARSE_FRAGMENT:
		break;
	}
	return TCPSHAKE_UNREACHABLE_UNSPEC;
}
