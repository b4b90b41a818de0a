// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What all links have in common: EtherTypes and the tags between them, LLC, PPP,
 * and IP itself, with fragments put together again.
 */
#include "decap.h"
#include "reassemble.h"

enum {
	DEPTH_MAX = 8,		/* IP packets within one another */
	LAYERS_MAX = 32,	/* EtherTypes on the way there */
	EXT_HEADERS_MAX = 8,

	IPV4_HEADER_MIN = 20,
	IPV6_HEADER_LEN = 40,

	PROTO_HOPOPTS = 0,
	PROTO_TCP = 6,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AH = 51,
	PROTO_DSTOPTS = 60,
};

static enum decap_result found(struct decap *decap, struct view packet)
{
	decap->packet = packet;
	return DECAP_PACKET;
}

/* The size of a tag, whose last two octets are the next EtherType. 0: it is no tag. */
static size_t tag_size(u16 type)
{
	switch (type) {
	case ETHER_VLAN:
	case ETHER_QINQ:
	case ETHER_QINQ_OLD:
	case ETHER_QINQ_OLDER:
		return 4;
	case ETHER_VNTAG:
		return 6;
	case ETHER_ETAG:	/* IEEE 802.1BR, 7.5 */
		return 8;
	default:
		return 0;
	}
}

/* Would this be an Ethernet frame with something of interest in it? */
static bool looks_like_ethernet(const struct view *view)
{
	u16 type;

	if (view->captured < 14)
		return false;
	type = be16(view->p + 12);
	return type == ETHER_IPV4 || type == ETHER_IPV6 || tag_size(type);
}

/*
 * RFC 3032, 2.1. What is behind the stack is not told: IP by its version, else
 * Ethernet, with the control word of a pseudowire in front or without (RFC 4448,
 * 4.6), which an address that begins with zeros looks like.
 */
static enum decap_result mpls(struct decap *decap, struct view view)
{
	bool bottom;

	do {
		if (!view_skip(&view, 4))
			return DECAP_OTHER;
		bottom = view.p[-2] & 1;
	} while (!bottom);
	if (!view.captured)
		return DECAP_OTHER;
	switch (view.p[0] >> 4) {
	case 4:
	case 6:
		return decap_ip(decap, view);
	case 0:
		if (!looks_like_ethernet(&view))
			view_skip(&view, 4);
		return decap_ethernet(decap, view);
	default:
		return decap_ethernet(decap, view);
	}
}

/* RFC 2516, 4: version, type, code, session and length; then PPP. */
enum decap_result decap_pppoe(struct decap *decap, struct view view)
{
	u16 length;

	if (view.captured < 6 || view.p[0] != 0x11 || view.p[1])
		return DECAP_OTHER;
	length = be16(view.p + 4);
	view_skip(&view, 6);
	view_limit(&view, length);
	return decap_ppp(decap, view);
}

enum decap_result decap_ether_type(struct decap *decap, u16 type, struct view view)
{
	size_t size;

	while ((size = tag_size(type)) != 0) {
		if (!view_skip(&view, size))
			return DECAP_OTHER;
		type = be16(view.p - 2);
	}
	if (decap->layers++ == LAYERS_MAX)
		return DECAP_OTHER;
	switch (type) {
	case ETHER_IPV4:
	case ETHER_IPV6:
		return decap_ip(decap, view);
	case ETHER_MPLS:
	case ETHER_MPLS_UPSTREAM:
		return mpls(decap, view);
	case ETHER_PPPOE:
		return decap_pppoe(decap, view);
	case ETHER_PPP:
		return decap_ppp(decap, view);
	case ETHER_TEB:
		return decap_ethernet(decap, view);
	default:
		return type <= ETHER_LENGTH_MAX ? decap_llc(decap, view) : DECAP_OTHER;
	}
}

/* IEEE 802.2 with unnumbered information: SNAP (RFC 1042), IP, or ISO's NLPIDs. */
enum decap_result decap_llc(struct decap *decap, struct view view)
{
	if (view.captured < 4 || view.p[2] != 0x03)
		return DECAP_OTHER;
	switch (be16(view.p)) {
	case 0xaaaa:
		if (!view_skip(&view, 8))
			return DECAP_OTHER;
		return decap_ether_type(decap, be16(view.p - 2), view);
	case 0x0606:
		view_skip(&view, 3);
		return decap_ip(decap, view);
	case 0xfefe:
		view_skip(&view, 4);
		return view.p[-1] == 0xcc || view.p[-1] == 0x8e ? decap_ip(decap, view) :
								  DECAP_OTHER;
	default:
		return DECAP_OTHER;
	}
}

/* RFC 1661, 2: address and control may be left out, and half of a protocol whose low bit is set. */
enum decap_result decap_ppp(struct decap *decap, struct view view)
{
	u16 protocol;

	if (view.captured >= 2 && be16(view.p) == 0xff03)
		view_skip(&view, 2);
	if (view.captured < 2)
		return DECAP_OTHER;
	protocol = view.p[0] & 1 ? view.p[0] : be16(view.p);
	view_skip(&view, view.p[0] & 1 ? 1 : 2);
	switch (protocol) {
	case 0x0021:
	case 0x0057:
		return decap_ip(decap, view);
	case 0x0281:
	case 0x0283:
		return mpls(decap, view);
	default:
		return DECAP_OTHER;
	}
}

/* The IP packet is whole; its payload, of the protocol, begins at this offset. */
static enum decap_result payload(struct decap *decap, u8 protocol, struct view packet,
				 size_t offset)
{
	if (decap->outermost || !decap_is_tunnel(protocol))
		return found(decap, packet);
	if (!view_skip(&packet, offset))
		return DECAP_OTHER;
	return decap_tunnel(decap, protocol, packet);
}

/* Fragments of what leads nowhere are not worth the room. */
static bool worth_keeping(const struct decap *decap, u8 protocol)
{
	return protocol == PROTO_TCP || (!decap->outermost && decap_is_tunnel(protocol));
}

/*
 * A fragment that completes its datagram makes packet the whole of it. One that
 * was not captured whole stays as it is, for the core to say what it is.
 */
static enum reassembly_result ipv4_fragment(const struct decap *decap, struct view *packet,
					    size_t header)
{
	const u8 *p = packet->p;
	const struct fragment fragment = {
		.addresses = p + 12,
		.addresses_len = 8,
		.id = be16(p + 4),
		.protocol = p[9],
		.header = p,
		.header_len = header,
		.data = p + header,
		.len = packet->length - header,
		.offset = (size_t)(be16(p + 6) & 0x1fff) * 8,
		.more = p[6] & 0x20,
	};

	if (packet->captured < packet->length || !worth_keeping(decap, p[9]))
		return REASSEMBLY_REFUSED;
	return reassemble(decap->reassembly, &fragment, decap->now_us, packet);
}

static enum decap_result ipv4(struct decap *decap, struct view packet)
{
	size_t header, length;

	if (packet.captured < IPV4_HEADER_MIN)
		return found(decap, packet);
	header = (size_t)(packet.p[0] & 0xf) * 4;
	length = be16(packet.p + 2);
	if (length >= header)	/* 0: more than the field can say */
		view_limit(&packet, length);
	if (header < IPV4_HEADER_MIN || header > packet.captured)
		return found(decap, packet);
	if (be16(packet.p + 6) & 0x3fff) {	/* more fragments, or an offset */
		switch (ipv4_fragment(decap, &packet, header)) {
		case REASSEMBLY_HELD:
			return DECAP_HELD;
		case REASSEMBLY_WHOLE:
			decap->hints |= TCPSHAKE_HINT_FRAGMENTED;
			return decap_ip(decap, packet);
		case REASSEMBLY_REFUSED:
			if (be16(packet.p + 6) & 0x1fff)
				return found(decap, packet);
		}
	}
	return payload(decap, packet.p[9], packet, header);
}

static bool is_ext_header(u8 type)
{
	return type == PROTO_HOPOPTS || type == PROTO_ROUTING || type == PROTO_AH ||
	       type == PROTO_DSTOPTS;
}

/* RFC 8200, 4.5. at: of the fragment header; next_at: of the octet that announces it. */
static enum reassembly_result ipv6_fragment(const struct decap *decap, struct view *packet,
					    size_t at, size_t next_at)
{
	const u8 *p = packet->p;
	const struct fragment fragment = {
		.addresses = p + 8,
		.addresses_len = 32,
		.id = be32(p + at + 4),
		.protocol = p[at],
		.header = p,
		.header_len = at,
		.next_at = next_at,
		.data = p + at + 8,
		.len = packet->length - at - 8,
		.offset = be16(p + at + 2) & 0xfff8,
		.more = p[at + 3] & 1,
	};

	if (packet->captured < packet->length ||
	    !(worth_keeping(decap, p[at]) || is_ext_header(p[at])))
		return REASSEMBLY_REFUSED;
	return reassemble(decap->reassembly, &fragment, decap->now_us, packet);
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

/*
 * Follows the chain to a tunnel or a fragment. Everything else, also a chain
 * that is too long or cut off, is the core's to judge.
 */
static enum decap_result ipv6_chain(struct decap *decap, struct view packet)
{
	size_t at = IPV6_HEADER_LEN, next_at = 6;
	const u8 *p = packet.p;

	for (int i = 0; i < EXT_HEADERS_MAX; i++) {
		const u8 type = p[next_at];

		if (type != PROTO_FRAGMENT && !is_ext_header(type))
			return payload(decap, type, packet, at);
		if (at + 8 > packet.captured)
			break;
		if (type == PROTO_FRAGMENT && be16(p + at + 2) & 0xfff9) {
			switch (ipv6_fragment(decap, &packet, at, next_at)) {
			case REASSEMBLY_HELD:
				return DECAP_HELD;
			case REASSEMBLY_WHOLE:
				decap->hints |= TCPSHAKE_HINT_FRAGMENTED;
				return decap_ip(decap, packet);
			case REASSEMBLY_REFUSED:
				if (be16(p + at + 2) & 0xfff8)
					return found(decap, packet);
			}
		}
		next_at = at;
		at += ext_header_len(type, p + at);
		if (at > packet.captured)
			break;
	}
	return found(decap, packet);
}

static enum decap_result ipv6(struct decap *decap, struct view packet)
{
	u16 length;

	if (packet.captured < IPV6_HEADER_LEN)
		return found(decap, packet);
	length = be16(packet.p + 4);
	if (length)	/* 0: a jumbogram */
		view_limit(&packet, IPV6_HEADER_LEN + (size_t)length);
	if (packet.p[6] == PROTO_TCP)
		return found(decap, packet);
	return ipv6_chain(decap, packet);
}

enum decap_result decap_ip(struct decap *decap, struct view view)
{
	if (!view.captured || decap->depth == DEPTH_MAX)
		return DECAP_OTHER;
	decap->depth++;
	switch (view.p[0] >> 4) {
	case 4:
		return ipv4(decap, view);
	case 6:
		return ipv6(decap, view);
	default:
		return DECAP_OTHER;
	}
}
