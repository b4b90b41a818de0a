// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * IEEE 802.11: data frames that are not encrypted, with radiotap or PPI in front
 * or nothing at all. Of an A-MSDU the first subframe is read.
 */
#include "decap.h"

enum {
	LINK_WIFI = 105,

	/* Frame control (IEEE 802.11, 9.2.4.1), first octet, then second. */
	TYPE_MASK = 0x0f,	/* with the version */
	TYPE_DATA = 0x08,
	SUBTYPE_NULL = 0x40,	/* no data */
	SUBTYPE_QOS = 0x80,
	BOTH_DS = 0x03,		/* to and from: a fourth address */
	PROTECTED = 0x40,
	ORDER = 0x80,		/* with QoS: HT control follows */

	QOS_AMSDU = 0x80,

	RADIOTAP_TSFT = 1 << 0,
	RADIOTAP_FLAGS = 1 << 1,
	RADIOTAP_DATA_PAD = 0x20,
};

static size_t header_size(const u8 *p)
{
	size_t size = 24;

	if ((p[1] & BOTH_DS) == BOTH_DS)
		size += 6;
	if (p[0] & SUBTYPE_QOS)
		size += p[1] & ORDER ? 6 : 2;
	return size;
}

/* padded: the driver made the header a multiple of 4 octets. */
static enum decap_result data_frame(struct decap *decap, struct view view, bool padded)
{
	const u8 *p = view.p;
	bool aggregate = false;
	size_t size;

	if (view.captured < 24 || (p[0] & TYPE_MASK) != TYPE_DATA || p[0] & SUBTYPE_NULL ||
	    p[1] & PROTECTED)
		return DECAP_OTHER;
	size = header_size(p);
	if (padded)
		size = (size + 3) / 4 * 4;
	if (!view_skip(&view, size))
		return DECAP_OTHER;
	if (p[0] & SUBTYPE_QOS)
		aggregate = p[(p[1] & BOTH_DS) == BOTH_DS ? 30 : 24] & QOS_AMSDU;
	if (aggregate) {	/* 9.3.2.2: two addresses and a length */
		if (!view_skip(&view, 14))
			return DECAP_OTHER;
		view_limit(&view, be16(view.p - 2));
	}
	return decap_llc(decap, view);
}

enum decap_result decap_wifi(struct decap *decap, struct view view)
{
	return data_frame(decap, view, false);
}

/*
 * radiotap.org: the fields the bitmaps announce follow them, each aligned to its
 * size. Only the first two are of interest.
 */
static bool is_padded(const u8 *p, size_t size)
{
	const u32 present = le32(p + 4);
	size_t at = 4;

	do {
		at += 4;
		if (at > size)
			return false;
	} while (le32(p + at - 4) >> 31);
	if (!(present & RADIOTAP_FLAGS))
		return false;
	if (present & RADIOTAP_TSFT)
		at = (at + 7) / 8 * 8 + 8;
	return at < size && p[at] & RADIOTAP_DATA_PAD;
}

enum decap_result decap_radiotap(struct decap *decap, struct view view)
{
	const u8 *p = view.p;
	size_t size;

	if (view.captured < 8 || p[0])
		return DECAP_OTHER;
	size = le16(p + 2);
	if (size < 8 || !view_skip(&view, size))
		return DECAP_OTHER;
	return data_frame(decap, view, is_padded(p, size));
}

/* Per-Packet Information: version, flags, length and the link type of what follows. */
enum decap_result decap_ppi(struct decap *decap, struct view view)
{
	u32 link;
	u16 size;

	if (view.captured < 8)
		return DECAP_OTHER;
	size = le16(view.p + 2);
	link = le32(view.p + 4);
	if (size < 8 || !view_skip(&view, size))
		return DECAP_OTHER;
	return link == LINK_WIFI ? decap_wifi(decap, view) : DECAP_OTHER;
}
