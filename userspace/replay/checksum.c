// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * RFC 9293, 3.1: the ones' complement sum over pseudo header and segment. For
 * IPv6 the pseudo header has the final destination and the home address, which
 * routing and destination headers may hold (RFC 8200, 8.1; RFC 6275, 11.3.1):
 * where there are such headers, nothing is said.
 */
#include "checksum.h"

enum {
	PROTO_HOPOPTS = 0,
	PROTO_TCP = 6,
	TCP_HEADER_MIN = 20,
};

static u64 add(u64 sum, const u8 *p, size_t size)
{
	for (; size >= 2; size -= 2, p += 2)
		sum += be16(p);
	return size ? sum + ((u32)p[0] << 8) : sum;
}

/* addresses: both of them. segment: whole, nothing behind it. */
static bool is_wrong(const u8 *addresses, size_t addresses_len, const struct view *segment)
{
	u64 sum = PROTO_TCP + segment->length;

	if (segment->captured < segment->length || segment->length < TCP_HEADER_MIN)
		return false;
	sum = add(sum, addresses, addresses_len);
	sum = add(sum, segment->p, segment->length);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum != 0xffff;
}

static bool ipv4_is_wrong(struct view packet)
{
	const u8 *p = packet.p;
	size_t header, length;

	if (packet.captured < 20 || p[9] != PROTO_TCP || be16(p + 6) & 0x3fff)
		return false;
	header = (size_t)(p[0] & 0xf) * 4;
	length = be16(p + 2);
	if (length)
		view_limit(&packet, length);
	return header >= 20 && view_skip(&packet, header) && is_wrong(p + 12, 8, &packet);
}

static bool ipv6_is_wrong(struct view packet)
{
	const u8 *p = packet.p;
	u16 length;
	u8 next;

	if (!view_skip(&packet, 40))
		return false;
	length = be16(p + 4);
	if (length)
		view_limit(&packet, length);
	next = p[6];
	if (next == PROTO_HOPOPTS && packet.captured >= 8) {
		next = packet.p[0];
		if (!view_skip(&packet, ((size_t)packet.p[1] + 1) * 8))
			return false;
	}
	return next == PROTO_TCP && is_wrong(p + 8, 32, &packet);
}

bool checksum_is_wrong(const struct view *packet)
{
	if (!packet->captured)
		return false;
	return packet->p[0] >> 4 == 4 ? ipv4_is_wrong(*packet) : ipv6_is_wrong(*packet);
}
