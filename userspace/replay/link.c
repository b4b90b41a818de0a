// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Link types. Most are so many octets in front of something known; the others
 * have a function of their own. Numbers: tcpdump.org/linktypes.html.
 */
#include "decap.h"

enum decap_result decap_ethernet(struct decap *decap, struct view view)
{
	static const u8 no_addresses[12];	/* what Linux gives its loopback device */
	u16 type;

	if (!view_skip(&view, 14))
		return DECAP_OTHER;
	if (!memcmp(view.p - 14, no_addresses, sizeof(no_addresses)))
		decap->hints |= TCPSHAKE_HINT_LOOPBACK;
	type = be16(view.p - 2);
	if (type <= ETHER_LENGTH_MAX)
		view_limit(&view, type);
	return decap_ether_type(decap, type, view);
}

/* Linux says what kind of device it was: ARPHRD_LOOPBACK. */
static void hint_device(struct decap *decap, const u8 *p)
{
	if (be16(p) == 772)
		decap->hints |= TCPSHAKE_HINT_LOOPBACK;
}

static enum decap_result linux_sll(struct decap *decap, struct view view)
{
	hint_device(decap, view.p - 14);
	return decap_ether_type(decap, be16(view.p - 2), view);
}

/* BSD's loopback devices, and few others, put an address family in front. */
static enum decap_result loopback(struct decap *decap, struct view view)
{
	decap->hints |= TCPSHAKE_HINT_LOOPBACK;
	return decap_ip(decap, view);
}

/* The last two of the octets taken off are an EtherType. */
static enum decap_result ether_type_before(struct decap *decap, struct view view)
{
	return decap_ether_type(decap, be16(view.p - 2), view);
}

/* The protocol comes first, 20 octets in all. */
static enum decap_result linux_sll2(struct decap *decap, struct view view)
{
	hint_device(decap, view.p - 12);
	return decap_ether_type(decap, be16(view.p - 20), view);
}

/* RFC 1662, or Cisco's: address 0x0f or 0x8f, control 0, and an EtherType. */
static enum decap_result ppp_hdlc(struct decap *decap, struct view view)
{
	if (view.captured < 4 || (view.p[0] != 0x0f && view.p[0] != 0x8f))
		return decap_ppp(decap, view);
	view_skip(&view, 4);
	return ether_type_before(decap, view);
}

static enum decap_result mpls(struct decap *decap, struct view view)
{
	return decap_ether_type(decap, ETHER_MPLS, view);
}

/* The header says how long it is; what follows is aligned. */
static enum decap_result pflog(struct decap *decap, struct view view)
{
	if (!view.captured || !view_skip(&view, ((size_t)view.p[0] + 3) / 4 * 4))
		return DECAP_OTHER;
	return decap_ip(decap, view);
}

/* RFC 1051 has the protocol only; RFC 1201 adds a flag, 0 for what is not split, and a number. */
static enum decap_result arcnet(struct decap *decap, struct view view)
{
	enum { IP_RFC1051 = 240, IP_RFC1201 = 212 };

	switch (view.p[-1]) {
	case IP_RFC1051:
		return decap_ip(decap, view);
	case IP_RFC1201:
		return view_skip(&view, 3) && !view.p[-3] ? decap_ip(decap, view) : DECAP_OTHER;
	default:
		return DECAP_OTHER;
	}
}

/*
 * Attributes as in netlink, in the byte order of who captured. Only one order can
 * make sense of the first length.
 */
static enum decap_result nflog(struct decap *decap, struct view view)
{
	const u16 payload = 9;
	bool big;

	if (view.captured < 4)
		return DECAP_OTHER;
	big = le16(view.p) > view.length;
	while (view.captured >= 4) {
		size_t size = big ? be16(view.p) : le16(view.p);
		u16 type = big ? be16(view.p + 2) : le16(view.p + 2);

		if (size < 4)
			return DECAP_OTHER;
		if (type == payload) {
			view_limit(&view, size);
			view_skip(&view, 4);
			return decap_ip(decap, view);
		}
		if (!view_skip(&view, (size + 3) / 4 * 4))
			return DECAP_OTHER;
	}
	return DECAP_OTHER;
}

struct link {
	u16 number;
	u16 header;		/* octets to be taken off first */
	enum decap_result (*next)(struct decap *decap, struct view view);
};

static const struct link links[] = {
	{ 1, 0, decap_ethernet },
	{ 113, 16, linux_sll },
	{ 276, 20, linux_sll2 },
	{ 101, 0, decap_ip },		/* RAW, and its numbers in old files: */
	{ 12, 0, decap_ip },
	{ 14, 0, decap_ip },
	{ 228, 0, decap_ip },		/* IPV4 */
	{ 229, 0, decap_ip },		/* IPV6 */
	{ 0, 4, loopback },		/* NULL: an address family, which systems number apart */
	{ 108, 4, loopback },		/* LOOP: likewise */
	{ 109, 12, decap_ip },		/* ENC */
	{ 9, 0, decap_ppp },
	{ 50, 0, ppp_hdlc },
	{ 51, 0, decap_pppoe },
	{ 166, 1, decap_ppp },		/* PPP_PPPD: a direction first */
	{ 204, 1, decap_ppp },		/* PPP_WITH_DIR: likewise */
	{ 104, 4, ether_type_before },	/* C_HDLC */
	{ 219, 0, mpls },
	{ 105, 0, decap_wifi },
	{ 127, 0, decap_radiotap },
	{ 119, 144, decap_wifi },	/* IEEE802_11_PRISM */
	{ 192, 0, decap_ppi },
	{ 239, 4, nflog },
	{ 117, 0, pflog },
	{ 10, 13, decap_llc },		/* FDDI */
	{ 100, 0, decap_llc },		/* ATM_RFC1483 */
	{ 7, 3, arcnet },		/* ARCNET_BSD */
	{ 129, 5, arcnet },		/* ARCNET_LINUX */
};

static const struct link *find_link(unsigned int number)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].number == number)
			return &links[i];
	}
	return NULL;
}

bool decap_knows(unsigned int link)
{
	return find_link(link);
}

enum decap_result decap_frame(struct decap *decap, unsigned int number, struct view view)
{
	const struct link *link = find_link(number);

	decap->depth = 0;
	decap->layers = 0;
	decap->hints = 0;
	if (!link)
		return DECAP_UNKNOWN;
	return view_skip(&view, link->header) ? link->next(decap, view) : DECAP_OTHER;
}
