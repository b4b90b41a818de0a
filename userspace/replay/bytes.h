/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The bytes of a packet, as one layer after the other is taken off. Numbers are
 * read octet by octet: no alignment or byte order question can arise.
 */
#ifndef TCPSHAKE_BYTES_H
#define TCPSHAKE_BYTES_H

#include "core/types.h"

/* What a layer holds: length octets on the wire, of which captured are at p. Fits two registers. */
struct view {
	const u8 *p;
	u32 captured;		/* never more than length */
	u32 length;
};

/* Takes size octets off the front. False, and no change, when they were not captured. */
static inline bool view_skip(struct view *view, size_t size)
{
	if (view->captured < size)
		return false;
	view->p += size;
	view->captured -= size;
	view->length -= size;
	return true;
}

/* Cuts off what is behind the first size octets: padding, checksums of the layer below. */
static inline void view_limit(struct view *view, size_t size)
{
	if (view->length > size)
		view->length = size;
	if (view->captured > size)
		view->captured = size;
}

static inline u16 be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 be32(const u8 *p)
{
	return (u32)be16(p) << 16 | be16(p + 2);
}

static inline u16 le16(const u8 *p)
{
	return (u16)(p[1] << 8 | p[0]);
}

static inline u32 le32(const u8 *p)
{
	return (u32)le16(p + 2) << 16 | le16(p);
}

static inline void put_be16(u8 *p, u16 value)
{
	p[0] = value >> 8;
	p[1] = value & 0xff;
}

#endif /* TCPSHAKE_BYTES_H */
