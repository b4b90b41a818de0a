// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Segment parser. Reads bytes, never structures laid over them: no alignment,
 * byte order or kernel version question can arise. Every read is preceded by a
 * check against the window; every loop is bounded.
 */
#include "segment.h"

enum {
	IPV4_HEADER_MIN = 20,
	IPV6_HEADER_LEN = 40,
	TCP_HEADER_MIN = 20,

	PROTO_HOPOPTS = 0,
	PROTO_TCP = 6,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AH = 51,
	PROTO_DSTOPTS = 60,
};

static u16 be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/*
 * Flag combinations no TCP sends (3.10.7). PSH, URG and the ECN bits are free,
 * except that FIN, PSH and URG together are the mark of an Xmas scan.
 */
static void check_flags(struct tcpshake_segment *seg)
{
	const u16 xmas = TCPSHAKE_FIN | TCPSHAKE_PSH | TCPSHAKE_URG;
	const bool fin = seg->flags & TCPSHAKE_FIN;
	const bool syn = seg->flags & TCPSHAKE_SYN;
	const bool rst = seg->flags & TCPSHAKE_RST;
	const bool ack = seg->flags & TCPSHAKE_ACK;
	struct tcpshake_anomalies *set = &seg->anomalies;

	if (!fin && !syn && !rst && !ack)
		tcpshake_anomalies_add(set, TCPSHAKE_ANOMALY_FLAGS_NULL);
	if ((seg->flags & xmas) == xmas && (!ack || syn || rst))
		tcpshake_anomalies_add(set, TCPSHAKE_ANOMALY_FLAGS_XMAS);
	else if (fin && !syn && !rst && !ack)
		tcpshake_anomalies_add(set, TCPSHAKE_ANOMALY_FLAGS_FIN_ONLY);
	tcpshake_anomalies_add_if(set, syn && fin, TCPSHAKE_ANOMALY_FLAGS_SYNFIN);
	tcpshake_anomalies_add_if(set, syn && rst, TCPSHAKE_ANOMALY_FLAGS_SYNRST);
	tcpshake_anomalies_add_if(set, fin && rst, TCPSHAKE_ANOMALY_FLAGS_FINRST);
	tcpshake_anomalies_add_if(set, seg->len && !ack && !syn && !rst,
				  TCPSHAKE_ANOMALY_DATA_NO_ACK_FLAG);
}

static enum tcpshake_class classify(u16 flags)
{
	if (flags & TCPSHAKE_RST)
		return TCPSHAKE_CLASS_RST;
	if (!(flags & TCPSHAKE_SYN))
		return TCPSHAKE_CLASS_ACK;
	return flags & TCPSHAKE_ACK ? TCPSHAKE_CLASS_SYNACK : TCPSHAKE_CLASS_SYN;
}

static enum tcpshake_parse malformed(struct tcpshake_segment *seg,
				     enum tcpshake_anomaly anomaly)
{
	tcpshake_anomalies_add(&seg->anomalies, anomaly);
	return TCPSHAKE_PARSE_MALFORMED;
}

/* The fields of a header that is at hand whole, but for its options. */
static inline void read_fields(const u8 *p, struct tcpshake_segment *seg)
{
	seg->src_port = be16(p);
	seg->dst_port = be16(p + 2);
	seg->seq = be32(p + 4);
	seg->ack = be32(p + 8);
	seg->flags = be16(p + 12) & 0x1ff;
	seg->window = be16(p + 14);
	seg->len = 0;
	seg->options_len = 0;
}

/* Less than that is at hand: what is there is told, the rest is 0. */
static enum tcpshake_parse parse_short(const u8 *p, size_t held, bool ends_there,
				       struct tcpshake_segment *seg)
{
	u8 fields[TCP_HEADER_MIN] = { 0 };
	static const u8 ends[] = { 2, 4, 8, 12, 14, 16 };
	size_t whole = 0;
	unsigned int i;

	for (i = 0; i < sizeof(ends) && ends[i] <= held; i++)
		whole = ends[i];
	memcpy(fields, p, whole);
	read_fields(fields, seg);
	return ends_there ? malformed(seg, TCPSHAKE_ANOMALY_HDR_TRUNC) : TCPSHAKE_PARSE_SHORT;
}

/*
 * Combinations of FIN to URG that check_flags() has something to say about: a bit
 * for each. The others are those of SYN, RST, ACK, RST|ACK, SYN|ACK and FIN|ACK,
 * with PSH and URG.
 */
#define ODD_FLAGS 0xe8e8ebebe8e8ebebULL

/* Of all established traffic next to nothing has a number that is 0, or anything that is not. */
static bool wants_inspection(const u8 *p, const struct tcpshake_segment *seg)
{
	return seg->flags & (TCPSHAKE_SYN | TCPSHAKE_RST) || p[12] & 0x0e || p[18] || p[19] ||
	       !seg->ack || !seg->src_port || !seg->dst_port;
}

/*
 * p: first octet of the TCP header; window: octets of it at hand; len: octets
 * the IP header says there are.
 */
static enum tcpshake_parse parse_tcp(const u8 *p, size_t window, size_t len,
				     struct tcpshake_segment *seg)
{
	const size_t held = window < len ? window : len;
	size_t header;

	if (held < TCP_HEADER_MIN)
		return parse_short(p, held, len < TCP_HEADER_MIN, seg);
	read_fields(p, seg);
	header = (size_t)(p[12] >> 4) * 4;
	if (header < TCP_HEADER_MIN)
		return malformed(seg, TCPSHAKE_ANOMALY_DOFF_SMALL);
	if (header > len)
		return malformed(seg, TCPSHAKE_ANOMALY_DOFF_PAST_END);
	seg->len = (u32)(len - header);
	seg->options = p + TCP_HEADER_MIN;
	seg->options_cut = header > held;
	seg->options_len = (u8)((seg->options_cut ? held : header) - TCP_HEADER_MIN);

	if (ODD_FLAGS >> (seg->flags & 0x3f) & 1) {
		check_flags(seg);
		return TCPSHAKE_PARSE_MALFORMED;
	}
	seg->class = classify(seg->flags);
	if (wants_inspection(p, seg))
		tcpshake_segment_inspect(seg, be16(p + 18), p[12] & 0x0e);
	return TCPSHAKE_PARSE_SEGMENT;
}

/* A length field of 0 is a packet too big for it (BIG TCP); a longer one than the packet lies. */
static size_t ip_length(size_t field, size_t packet_len)
{
	return field && field < packet_len ? field : packet_len;
}

/* RFC 791, 3.1: loose and strict source route, record route. */
static bool has_route_option(const u8 *p, size_t len)
{
	enum { END = 0, NOP = 1, RECORD = 7, LOOSE = 131, STRICT = 137 };
	size_t at = 0;

	while (at < len && p[at] != END) {
		if (p[at] == RECORD || p[at] == LOOSE || p[at] == STRICT)
			return true;
		if (p[at] == NOP)
			at++;
		else if (at + 1 < len && p[at + 1] >= 2)
			at += p[at + 1];
		else
			break;
	}
	return false;
}

static enum tcpshake_parse parse_ipv4(const u8 *p, size_t window, size_t packet_len,
				      struct tcpshake_segment *seg)
{
	size_t header, len;

	if (window < IPV4_HEADER_MIN || p[9] != PROTO_TCP)
		return TCPSHAKE_PARSE_NOT_TCP;
	header = (size_t)(p[0] & 0xf) * 4;
	len = ip_length(be16(p + 2), packet_len);
	if (header < IPV4_HEADER_MIN || header > len)
		return TCPSHAKE_PARSE_NOT_TCP;

	tcpshake_addr_from_v4(seg->src, p + 12);
	tcpshake_addr_from_v4(seg->dst, p + 16);
	seg->ecn = p[1] & 3;
	seg->ip_id = be16(p + 4);
	seg->ttl = p[8];
	seg->route_options = header > IPV4_HEADER_MIN && window >= header &&
			     has_route_option(p + IPV4_HEADER_MIN, header - IPV4_HEADER_MIN);
	if (be16(p + 6) & 0x3fff) {	/* more fragments, or an offset */
		seg->hints |= TCPSHAKE_HINT_FRAGMENTED;
		if (be16(p + 6) & 0x1fff)
			return TCPSHAKE_PARSE_FRAGMENT;
	}
	if (window < header)
		return TCPSHAKE_PARSE_SHORT;
	seg->tcp_at = (u16)header;
	return parse_tcp(p + header, window - header, len - header, seg);
}

static bool is_ext_header(u8 type)
{
	return type == PROTO_HOPOPTS || type == PROTO_ROUTING || type == PROTO_FRAGMENT ||
	       type == PROTO_AH || type == PROTO_DSTOPTS;
}

/* Three ways to say a length: RFC 8200, 4.3 and 4.5; RFC 4302, 2.2. */
static size_t ext_header_len(u8 type, const u8 *p)
{
	if (type == PROTO_FRAGMENT)
		return 8;
	if (type == PROTO_AH)
		return ((size_t)p[1] + 2) * 4;
	return ((size_t)p[1] + 1) * 8;
}

static enum tcpshake_parse parse_ipv6(const u8 *p, size_t window, size_t packet_len,
				      struct tcpshake_segment *seg)
{
	size_t at = IPV6_HEADER_LEN;
	size_t payload, len;
	u8 type;
	int i;

	if (window < IPV6_HEADER_LEN)
		return TCPSHAKE_PARSE_NOT_TCP;
	payload = be16(p + 4);
	len = ip_length(payload ? payload + IPV6_HEADER_LEN : 0, packet_len);
	memcpy(seg->src, p + 8, TCPSHAKE_ADDR_LEN);
	memcpy(seg->dst, p + 24, TCPSHAKE_ADDR_LEN);
	seg->ecn = p[1] >> 4 & 3;
	seg->ip_id = 0;
	seg->ttl = p[7];
	seg->route_options = false;

	type = p[6];
	for (i = 0; type != PROTO_TCP; i++) {
		u8 next;

		if (!is_ext_header(type) || at + 8 > len)
			return TCPSHAKE_PARSE_NOT_TCP;
		if (i == TCPSHAKE_MAX_EXT_HEADERS || at + 8 > window)
			return TCPSHAKE_PARSE_SHORT;
		next = p[at];
		if (type == PROTO_HOPOPTS || type == PROTO_ROUTING)
			seg->route_options = true;
		if (type == PROTO_FRAGMENT && p[at + 3] & 1)	/* more fragments */
			seg->hints |= TCPSHAKE_HINT_FRAGMENTED;
		if (type == PROTO_FRAGMENT && be16(p + at + 2) & 0xfff8)
			return next == PROTO_TCP ? TCPSHAKE_PARSE_FRAGMENT :
						   TCPSHAKE_PARSE_NOT_TCP;
		at += ext_header_len(type, p + at);
		type = next;
	}
	if (at > len)
		return TCPSHAKE_PARSE_NOT_TCP;
	if (at > window)
		return TCPSHAKE_PARSE_SHORT;
	seg->tcp_at = (u16)at;
	return parse_tcp(p + at, window - at, len - at, seg);
}

enum tcpshake_parse tcpshake_segment_parse(const u8 *p, size_t window, size_t packet_len,
					   u8 hints, struct tcpshake_segment *seg)
{
	memset(&seg->anomalies, 0, sizeof(seg->anomalies));
	seg->hints = hints;
	if (window > packet_len)
		window = packet_len;
	if (!window)
		return TCPSHAKE_PARSE_NOT_TCP;
	switch (p[0] >> 4) {
	case 4:
		return parse_ipv4(p, window, packet_len, seg);
	case 6:
		return parse_ipv6(p, window, packet_len, seg);
	default:
		return TCPSHAKE_PARSE_NOT_TCP;
	}
}
