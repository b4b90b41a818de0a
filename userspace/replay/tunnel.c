// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Tunnels: what follows an IP header and may hold another one. Those over UDP
 * are told by their registered port, on either side, and by their own header.
 */
#include "decap.h"

enum {
	PROTO_IPIP = 4,		/* RFC 2003 */
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,	/* RFC 4213 */
	PROTO_GRE = 47,
	PROTO_ETHERIP = 97,	/* RFC 3378 */
	PROTO_MPLS = 137,	/* RFC 4023 */

	PORT_GTP_U = 2152,
	PORT_TEREDO = 3544,
	PORT_GRE = 4754,	/* RFC 8086 */
	PORT_VXLAN = 4789,
	PORT_AYIYA = 5072,
	PORT_GENEVE = 6081,

	GRE_CHECKSUM = 0x8000,	/* RFC 2784, 2.1; RFC 2890, 2; RFC 2637, 4.1 */
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACKNOWLEDGMENT = 0x0080,
	GRE_VERSION = 0x0007,

	GRE_PPP = ETHER_PPP,
	GRE_WCCP = 0x883e,
	GRE_ERSPAN = 0x88be,	/* types I and II */
	GRE_ERSPAN_III = 0x22eb,
};

/* draft-foschiano-erspan: type I has no header of its own, and no GRE sequence number either. */
static enum decap_result erspan(struct decap *decap, struct view view, bool sequenced)
{
	if (sequenced && !view_skip(&view, 8))
		return DECAP_OTHER;
	return decap_ethernet(decap, view);
}

/* Type III: 12 octets, 8 more if O is set; FT says what was mirrored. */
static enum decap_result erspan_iii(struct decap *decap, struct view view)
{
	bool optional;
	u8 frame;

	if (view.captured < 12)
		return DECAP_OTHER;
	frame = view.p[10] >> 2 & 0x1f;
	optional = view.p[11] & 1;
	if (!view_skip(&view, optional ? 20 : 12))
		return DECAP_OTHER;
	return frame == 2 ? decap_ip(decap, view) : decap_ethernet(decap, view);
}

/* draft-wilson-wrec-wccp-v2: a redirect header of 4 octets, which version 1 does not have. */
static enum decap_result wccp(struct decap *decap, struct view view)
{
	if (view.captured && view.p[0] >> 4 != 4)
		view_skip(&view, 4);
	return decap_ip(decap, view);
}

/* RFC 1701: source route entries, up to one that is empty. */
static bool skip_routing(struct view *view)
{
	u16 family;
	u8 length;

	do {
		if (!view_skip(view, 4))
			return false;
		family = be16(view->p - 4);
		length = view->p[-1];
		if (!view_skip(view, length))
			return false;
	} while (family || length);
	return true;
}

static enum decap_result gre_plain(struct decap *decap, u16 flags, u16 protocol,
				   struct view view)
{
	size_t size = (flags & (GRE_CHECKSUM | GRE_ROUTING) ? 4 : 0) +
		      (flags & GRE_KEY ? 4 : 0) + (flags & GRE_SEQUENCE ? 4 : 0);

	if (!view_skip(&view, size) || (flags & GRE_ROUTING && !skip_routing(&view)))
		return DECAP_OTHER;
	switch (protocol) {
	case GRE_WCCP:
		return wccp(decap, view);
	case GRE_ERSPAN:
		return erspan(decap, view, flags & GRE_SEQUENCE);
	case GRE_ERSPAN_III:
		return erspan_iii(decap, view);
	default:
		return decap_ether_type(decap, protocol, view);
	}
}

/* RFC 2637, 4.1: key always; sequence and acknowledgment number if their bits are set. */
static enum decap_result gre_pptp(struct decap *decap, u16 flags, u16 protocol,
				  struct view view)
{
	size_t size = 4 + (flags & GRE_SEQUENCE ? 4 : 0) + (flags & GRE_ACKNOWLEDGMENT ? 4 : 0);

	if (protocol != GRE_PPP || !(flags & GRE_KEY) || !view_skip(&view, size))
		return DECAP_OTHER;
	return decap_ppp(decap, view);
}

static enum decap_result gre(struct decap *decap, struct view view)
{
	u16 flags, protocol;

	if (!view_skip(&view, 4))
		return DECAP_OTHER;
	flags = be16(view.p - 4);
	protocol = be16(view.p - 2);
	switch (flags & GRE_VERSION) {
	case 0:
		return gre_plain(decap, flags, protocol, view);
	case 1:
		return gre_pptp(decap, flags, protocol, view);
	default:
		return DECAP_OTHER;
	}
}

/* RFC 7348, 5: of the flags only I is ever set. */
static enum decap_result vxlan(struct decap *decap, struct view view)
{
	if (!view_skip(&view, 8) || !(view.p[-8] & 0x08))
		return DECAP_OTHER;
	return decap_ethernet(decap, view);
}

/* RFC 8926, 3.4 */
static enum decap_result geneve(struct decap *decap, struct view view)
{
	size_t options;
	u16 protocol;

	if (view.captured < 8 || view.p[0] >> 6)
		return DECAP_OTHER;
	options = (size_t)(view.p[0] & 0x3f) * 4;
	protocol = be16(view.p + 2);
	if (!view_skip(&view, 8 + options))
		return DECAP_OTHER;
	return decap_ether_type(decap, protocol, view);
}

/* 3GPP TS 29.281, 5.2.1: each begins with its length in 4 octets and ends with the next type. */
static bool skip_gtp_extensions(struct view *view, u8 type)
{
	while (type) {
		size_t size = view->captured ? (size_t)view->p[0] * 4 : 0;

		if (!size || !view_skip(view, size))
			return false;
		type = view->p[-1];
	}
	return true;
}

/* 3GPP TS 29.281, 5.1: version 1, protocol type GTP, message G-PDU. */
static enum decap_result gtp_u(struct decap *decap, struct view view)
{
	const u8 version_mask = 0xf0, version = 0x30, optional = 0x07, extension = 0x04;
	const u8 g_pdu = 255;
	u8 flags;

	if (view.captured < 8)
		return DECAP_OTHER;
	flags = view.p[0];
	if ((flags & version_mask) != version || view.p[1] != g_pdu)
		return DECAP_OTHER;
	view_skip(&view, 8);
	if (flags & optional) {
		if (!view_skip(&view, 4) ||
		    (flags & extension && !skip_gtp_extensions(&view, view.p[-1])))
			return DECAP_OTHER;
	}
	return decap_ip(decap, view);
}

/* RFC 4380, 5.1.1: authentication and origin indication may stand in front. */
static enum decap_result teredo(struct decap *decap, struct view view)
{
	if (view.captured >= 4 && be16(view.p) == 0x0001) {
		if (!view_skip(&view, 4 + (size_t)view.p[2] + view.p[3] + 9))
			return DECAP_OTHER;
	}
	if (view.captured >= 8 && be16(view.p) == 0)
		view_skip(&view, 8);
	if (!view.captured || view.p[0] >> 4 != 6)
		return DECAP_OTHER;
	return decap_ip(decap, view);
}

/* draft-massar-v6ops-ayiya: 8 octets, then identity and signature of announced lengths. */
static enum decap_result ayiya(struct decap *decap, struct view view)
{
	const u8 forward = 1, ipv6 = PROTO_IPV6, ipv4 = PROTO_IPIP;
	size_t identity, signature;
	u8 operation, next;

	if (view.captured < 8)
		return DECAP_OTHER;
	identity = (size_t)1 << (view.p[0] >> 4);
	signature = (size_t)(view.p[1] >> 4) * 4;
	operation = view.p[2] & 0xf;
	next = view.p[3];
	if (operation != forward || (next != ipv6 && next != ipv4) ||
	    !view_skip(&view, 8 + identity + signature))
		return DECAP_OTHER;
	return decap_ip(decap, view);
}

typedef enum decap_result (*udp_tunnel)(struct decap *decap, struct view view);

static udp_tunnel tunnel_of(u16 port)
{
	switch (port) {
	case PORT_GTP_U:
		return gtp_u;
	case PORT_TEREDO:
		return teredo;
	case PORT_GRE:
		return gre;
	case PORT_VXLAN:
		return vxlan;
	case PORT_AYIYA:
		return ayiya;
	case PORT_GENEVE:
		return geneve;
	default:
		return NULL;
	}
}

/* The server's port is more likely the destination's. */
static enum decap_result udp(struct decap *decap, struct view view)
{
	udp_tunnel tunnel;
	u16 length;

	if (!view_skip(&view, 8))
		return DECAP_OTHER;
	length = be16(view.p - 4);
	if (length >= 8)	/* 0: more than the field can say */
		view_limit(&view, length - 8);
	tunnel = tunnel_of(be16(view.p - 6));
	if (!tunnel)
		tunnel = tunnel_of(be16(view.p - 8));
	return tunnel ? tunnel(decap, view) : DECAP_OTHER;
}

bool decap_is_tunnel(u8 protocol)
{
	return protocol == PROTO_UDP || protocol == PROTO_GRE || protocol == PROTO_IPIP ||
	       protocol == PROTO_IPV6 || protocol == PROTO_ETHERIP || protocol == PROTO_MPLS;
}

enum decap_result decap_tunnel(struct decap *decap, u8 protocol, struct view view)
{
	switch (protocol) {
	case PROTO_IPIP:
	case PROTO_IPV6:
		return decap_ip(decap, view);
	case PROTO_UDP:
		return udp(decap, view);
	case PROTO_GRE:
		return gre(decap, view);
	case PROTO_ETHERIP:
		return view_skip(&view, 2) ? decap_ethernet(decap, view) : DECAP_OTHER;
	case PROTO_MPLS:
		return decap_ether_type(decap, ETHER_MPLS, view);
	default:
		return DECAP_OTHER;
	}
}
