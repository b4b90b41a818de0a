/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the unit tests of the parser: builds packets octet by octet, and parses them
 * where a read beyond the window, on either side, is a fault.
 */
#ifndef TCPSHAKE_SELFTESTS_PACKET_TEST_H
#define TCPSHAKE_SELFTESTS_PACKET_TEST_H

#include "core_test.h"

#define TCP_MIN 20
#define TCP_SEQ 0x81020304u
#define TCP_ACK 0xf5060708u
#define TCP_WINDOW 0xfedc

#define PROTO_TCP 6
#define PROTO_UDP 17

enum header {
	HOPOPTS = 0,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTH = 51,
	DSTOPTS = 60,
};

struct packet {
	u8 bytes[2048];
	size_t len;
	size_t next_header;	/* IPv6: where the type of what comes next is to be written */
};

static const u8 client_addr6[TCPSHAKE_ADDR_LEN] = {
	0x20, 0x01, 0x0d, 0xb8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
};

static const u8 server_addr6[TCPSHAKE_ADDR_LEN] = {
	0x20, 0x01, 0x0d, 0xb8, 255, 254, 253, 252, 251, 250, 249, 248, 247, 246, 245, 244,
};

static inline void put16(u8 *p, u16 value)
{
	p[0] = value >> 8;
	p[1] = value & 0xff;
}

static inline void put32(u8 *p, u32 value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

/* count octets that look like a TCP header of SYN, if they are ever taken for one. */
static inline u8 *packet_grow(struct packet *packet, size_t count)
{
	u8 *p = packet->bytes + packet->len;

	memset(p, 0x52, count);
	packet->len += count;
	return p;
}

static inline void packet_ipv4(struct packet *packet, size_t options)
{
	u8 *p;

	packet->len = 0;
	p = packet_grow(packet, 20 + options);
	p[0] = 0x40 | (20 + options) / 4;
	p[1] = 0xfc;
	put16(p + 6, 0x4000);	/* don't fragment */
	p[8] = 1;
	p[9] = PROTO_TCP;
	memcpy(p + 12, client_addr + 12, 4);
	memcpy(p + 16, server_addr + 12, 4);
}

static inline void packet_ipv6(struct packet *packet)
{
	u8 *p;

	packet->len = 0;
	p = packet_grow(packet, 40);
	put32(p, 0x6fc12345);
	packet->next_header = 6;
	p[6] = PROTO_TCP;
	memcpy(p + 8, client_addr6, sizeof(client_addr6));
	memcpy(p + 24, server_addr6, sizeof(server_addr6));
}

/* length: the octet that says how long it is, in the header's own units. */
static inline u8 *packet_ext_header(struct packet *packet, enum header type, u8 length)
{
	size_t octets = (length + 1) * 8;
	u8 *p;

	if (type == FRAGMENT)
		octets = 8;
	else if (type == AUTH)
		octets = (length + 2) * 4;
	packet->bytes[packet->next_header] = type;
	packet->next_header = packet->len;
	p = packet_grow(packet, octets);
	p[0] = PROTO_TCP;
	p[1] = length;
	if (type == FRAGMENT)
		put16(p + 2, 1);	/* the first of more */
	return p;
}

/* What the header says in the place of an acknowledgment. */
static inline u32 ack_field(u16 flags)
{
	return flags & ACK ? TCP_ACK : 0;
}

/* doff in words, flags with the ninth bit; nothing else is out of the ordinary. */
static inline u8 *packet_tcp(struct packet *packet, u16 flags, unsigned int doff, size_t payload)
{
	u8 *p = packet_grow(packet, (doff < 5 ? TCP_MIN : doff * 4) + payload);

	put16(p, CLIENT_PORT);
	put16(p + 2, SERVER_PORT);
	put32(p + 4, TCP_SEQ);
	put32(p + 8, ack_field(flags));
	put16(p + 12, doff << 12 | flags);
	put16(p + 14, TCP_WINDOW);
	put16(p + 18, 0);
	return p;
}

/* Writes the true length into the IP header. */
static inline void packet_close(struct packet *packet)
{
	if (packet->bytes[0] >> 4 == 4)
		put16(packet->bytes + 2, packet->len);
	else
		put16(packet->bytes + 4, packet->len - 40);
}

/* One readable page (or so) between two that are not. */
static inline u8 *guarded(size_t size)
{
	static u8 *area;

	if (!area) {
		area = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED || mprotect(area + size, size, PROT_READ | PROT_WRITE))
			abort();
	}
	return area + size;
}

/* Do two parses of one packet agree on all that this result promises to be set? */
static inline bool agree(int result, const struct tcpshake_segment *a,
			 const struct tcpshake_segment *b)
{
	if (memcmp(&a->anomalies, &b->anomalies, sizeof(a->anomalies)))
		return false;
	if (result == TCPSHAKE_PARSE_NOT_TCP)
		return true;
	if (memcmp(a->src, b->src, sizeof(a->src)) || memcmp(a->dst, b->dst, sizeof(a->dst)))
		return false;
	if (result == TCPSHAKE_PARSE_FRAGMENT || result == TCPSHAKE_PARSE_SHORT)
		return true;
	if (a->src_port != b->src_port || a->dst_port != b->dst_port || a->seq != b->seq ||
	    a->ack != b->ack || a->len != b->len || a->window != b->window || a->flags != b->flags)
		return false;
	return result != TCPSHAKE_PARSE_SEGMENT ||
	       (a->class == b->class && a->hints == b->hints && a->ttl == b->ttl &&
		a->ecn == b->ecn && a->ip_id == b->ip_id && a->tcp_at == b->tcp_at &&
		a->route_options == b->route_options && a->options_cut == b->options_cut &&
		a->options_len == b->options_len);
}

/*
 * Parses the first window octets twice: once they end where reading on is a fault,
 * once they begin where reading before is. What was in the segment may not matter:
 * a result other than those of the ABI says that it did.
 */
static inline int parse_hinted(const u8 *bytes, size_t window, size_t packet_len, u8 hints,
			       struct tcpshake_segment *seg)
{
	const size_t size = 65536;
	struct tcpshake_segment again;
	u8 *area = guarded(size);
	int result, other;

	memset(seg, 0xa5, sizeof(*seg));
	memcpy(area + size - window, bytes, window);
	result = tcpshake_segment_parse(area + size - window, window, packet_len, hints, seg);
	memset(&again, 0x5a, sizeof(again));
	memcpy(area, bytes, window);
	other = tcpshake_segment_parse(area, window, packet_len, hints, &again);
	return result == other && agree(result, seg, &again) ? result : -1;
}

static inline int parse(const u8 *bytes, size_t window, size_t packet_len,
			struct tcpshake_segment *seg)
{
	return parse_hinted(bytes, window, packet_len, 0, seg);
}

static inline int parse_packet(const struct packet *packet, struct tcpshake_segment *seg)
{
	return parse(packet->bytes, packet->len, packet->len, seg);
}

/* Are the addresses those of the builder above? */
static inline bool addresses_set(const struct packet *packet, const struct tcpshake_segment *seg)
{
	const bool v4 = packet->bytes[0] >> 4 == 4;

	return !memcmp(seg->src, v4 ? client_addr : client_addr6, TCPSHAKE_ADDR_LEN) &&
	       !memcmp(seg->dst, v4 ? server_addr : server_addr6, TCPSHAKE_ADDR_LEN);
}

/* Every field as packet_tcp() wrote it. */
static inline bool segment_set(const struct packet *packet, const struct tcpshake_segment *seg,
			       u16 flags, u32 len)
{
	return addresses_set(packet, seg) && seg->src_port == CLIENT_PORT &&
	       seg->dst_port == SERVER_PORT && seg->seq == TCP_SEQ &&
	       seg->ack == ack_field(flags) && seg->window == TCP_WINDOW && seg->flags == flags &&
	       seg->len == len;
}

#endif /* TCPSHAKE_SELFTESTS_PACKET_TEST_H */
