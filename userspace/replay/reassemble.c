// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Reassembly. A datagram is a buffer and a bitmap of the 8-octet units it has.
 * All datagrams stand in one list, oldest first: the first to go when time, room
 * or their number runs out.
 */
#include <stdlib.h>

#include "reassemble.h"

enum {
	DATAGRAMS_MAX = 1024,
	OCTETS_MAX = 16 << 20,		/* of all datagrams together */
	TIMEOUT_US = 60 * 1000000,	/* RFC 1122, 3.3.2; RFC 8200, 4.5 */

	BUCKETS = 512,
	HEADER_MAX = 256,
	PAYLOAD_MAX = 65535,
	UNITS_MAX = (PAYLOAD_MAX + 7) / 8,
};

struct datagram {
	struct datagram *next_in_bucket;
	struct datagram *older, *newer;
	u8 addresses[32];
	u32 id;
	u8 addresses_len;
	u8 protocol;
	u64 first_us;
	u64 units[UNITS_MAX / 64 + 1];
	u32 unit_count;
	u32 end;		/* octets of payload; 0 until the last fragment came */
	u32 header_len;		/* 0 until the first fragment came */
	u32 next_at;
	u32 room;		/* octets of payload the buffer takes */
	u8 *buffer;		/* HEADER_MAX octets, then the payload */
};

struct reassembly {
	struct datagram *buckets[BUCKETS];
	struct datagram *oldest, *newest;
	struct datagram *whole;		/* linked by next_in_bucket */
	unsigned int count;
	size_t octets;
};

struct reassembly *reassembly_new(void)
{
	return calloc(1, sizeof(struct reassembly));
}

/* FNV-1a: chains are short anyway, for there are only so many datagrams. */
static struct datagram **bucket_of(struct reassembly *r, const u8 *addresses, size_t len, u32 id)
{
	u32 hash = 2166136261u ^ id;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ addresses[i]) * 16777619u;
	return &r->buckets[(hash ^ hash >> 16) % BUCKETS];
}

static void free_datagram(struct datagram *d)
{
	free(d->buffer);
	free(d);
}

/* Out of the table; it lives on. */
static void unlink_datagram(struct reassembly *r, struct datagram *d)
{
	struct datagram **at = bucket_of(r, d->addresses, d->addresses_len, d->id);

	while (*at != d)
		at = &(*at)->next_in_bucket;
	*at = d->next_in_bucket;
	*(d->older ? &d->older->newer : &r->oldest) = d->newer;
	*(d->newer ? &d->newer->older : &r->newest) = d->older;
	r->count--;
	r->octets -= d->room;
}

static void drop_oldest(struct reassembly *r)
{
	struct datagram *d = r->oldest;

	unlink_datagram(r, d);
	free_datagram(d);
}

void reassembly_release(struct reassembly *r)
{
	struct datagram *d;

	while ((d = r->whole) != NULL) {
		r->whole = d->next_in_bucket;
		free_datagram(d);
	}
}

void reassembly_free(struct reassembly *r)
{
	if (!r)
		return;
	reassembly_release(r);
	while (r->oldest)
		drop_oldest(r);
	free(r);
}

/* RFC 791, 2.3: the protocol is part of the key; RFC 8200, 4.5: it is not. */
static bool is_of(const struct datagram *d, const struct fragment *f)
{
	return d->id == f->id && d->addresses_len == f->addresses_len &&
	       !memcmp(d->addresses, f->addresses, f->addresses_len) &&
	       (f->next_at || d->protocol == f->protocol);
}

static struct datagram *find(struct reassembly *r, const struct fragment *f)
{
	struct datagram *d = *bucket_of(r, f->addresses, f->addresses_len, f->id);

	while (d && !is_of(d, f))
		d = d->next_in_bucket;
	return d;
}

static struct datagram *add(struct reassembly *r, const struct fragment *f, u64 now_us)
{
	struct datagram **bucket = bucket_of(r, f->addresses, f->addresses_len, f->id);
	struct datagram *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	if (r->count == DATAGRAMS_MAX)
		drop_oldest(r);
	memcpy(d->addresses, f->addresses, f->addresses_len);
	d->addresses_len = f->addresses_len;
	d->id = f->id;
	d->protocol = f->protocol;
	d->first_us = now_us;
	d->next_in_bucket = *bucket;
	*bucket = d;
	d->older = r->newest;
	*(r->newest ? &r->newest->newer : &r->oldest) = d;
	r->newest = d;
	r->count++;
	return d;
}

/* May drop other datagrams, never this one. */
static bool make_room(struct reassembly *r, struct datagram *d, size_t end)
{
	size_t room = d->room ? d->room : 2048;
	u8 *buffer;

	while (room < end)
		room *= 2;
	if (room == d->room)
		return true;
	while (r->octets - d->room + room > OCTETS_MAX && r->oldest != d)
		drop_oldest(r);
	buffer = realloc(d->buffer, HEADER_MAX + room);
	if (!buffer)
		return false;
	r->octets += room - d->room;
	d->buffer = buffer;
	d->room = room;
	return true;
}

/* Unit by unit, where there is none yet. len: only the last fragment's may be uneven. */
static void copy_units(struct datagram *d, const struct fragment *f, size_t len)
{
	for (size_t at = 0; at < len; at += 8) {
		const size_t unit = (f->offset + at) / 8, size = len - at < 8 ? len - at : 8;

		if (d->units[unit / 64] >> unit % 64 & 1)
			continue;
		d->units[unit / 64] |= 1ULL << unit % 64;
		d->unit_count++;
		memcpy(d->buffer + HEADER_MAX + f->offset + at, f->data + at, size);
	}
}

static void copy_header(struct datagram *d, const struct fragment *f)
{
	if (f->offset || d->header_len)
		return;
	memcpy(d->buffer, f->header, f->header_len);
	d->header_len = f->header_len;
	d->next_at = f->next_at;
	d->protocol = f->protocol;
}

static bool is_whole(const struct datagram *d)
{
	return d->end && d->header_len && d->unit_count == (d->end + 7) / 8;
}

/* The header goes next to the payload and speaks of all of it. */
static void set_packet(struct datagram *d, struct view *packet)
{
	u8 *header = d->buffer + HEADER_MAX - d->header_len;

	memmove(header, d->buffer, d->header_len);
	packet->p = header;
	packet->length = d->header_len + d->end;
	packet->captured = packet->length;
	if (header[0] >> 4 == 6) {
		header[d->next_at] = d->protocol;
		put_be16(header + 4, d->header_len - 40 + d->end);
		return;
	}
	put_be16(header + 2, packet->length);
	put_be16(header + 6, 0);
}

/* Does the fragment make a datagram that IP can carry? len: what counts of it. */
static bool is_sane(const struct fragment *f, size_t *len)
{
	*len = f->more ? f->len / 8 * 8 : f->len;
	return *len && f->header_len <= HEADER_MAX &&
	       f->header_len + f->offset + *len <= PAYLOAD_MAX;
}

/* What a fragment says of the end must not contradict what is known of it. */
static bool fits(const struct datagram *d, const struct fragment *f, size_t len)
{
	const size_t end = f->offset + len;

	if (d->end)
		return f->more ? end <= d->end : end == d->end;
	for (size_t unit = (end + 7) / 8; !f->more && unit < UNITS_MAX; unit++) {
		if (d->units[unit / 64] >> unit % 64 & 1)
			return false;
	}
	return true;
}

enum reassembly_result reassemble(struct reassembly *r, const struct fragment *f, u64 now_us,
				  struct view *packet)
{
	struct datagram *d;
	size_t len;

	while (r->oldest && now_us - r->oldest->first_us >= TIMEOUT_US)
		drop_oldest(r);
	if (!is_sane(f, &len))
		return REASSEMBLY_REFUSED;
	d = find(r, f);
	if (!d)
		d = add(r, f, now_us);
	if (!d || !fits(d, f, len) || !make_room(r, d, f->offset + len))
		return REASSEMBLY_REFUSED;
	copy_units(d, f, len);
	copy_header(d, f);
	if (!f->more)
		d->end = f->offset + len;
	if (!is_whole(d))
		return REASSEMBLY_HELD;
	unlink_datagram(r, d);
	d->next_in_bucket = r->whole;
	r->whole = d;
	set_packet(d, packet);
	return REASSEMBLY_WHOLE;
}
