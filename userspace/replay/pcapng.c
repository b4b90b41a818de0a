// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * pcapng. A file is a sequence of blocks; of them count here: section headers,
 * which set the byte order, interface descriptions, and the three kinds that
 * hold packets. Others are skipped. Section numbers are those of
 * draft-ietf-opsawg-pcapng.
 */
#include <stdlib.h>

#include "bytes.h"
#include "pcapng.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2,		/* obsolete, appendix A */
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,

	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,

	BLOCK_OVERHEAD = 12,		/* type, and length twice */
	SECTION_MIN = 28,
	BLOCK_MAX = 16 << 20,
	INTERFACES_MAX = 65536,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define BYTE_ORDER_SWAPPED 0x4d3c2b1a

struct interface {
	u16 link;
	u8 resolution;		/* as in the option: 10^-n, or 2^-n with the high bit */
	u32 snap_length;	/* 0: unlimited */
	u64 offset_s;		/* seconds to be added; two's complement */
};

struct pcapng {
	struct stream *stream;
	bool big_endian;
	struct interface *interfaces;
	u32 interface_count;
	u32 interface_room;
	u64 last_time_ns;	/* simple packets have none of their own */
	const u8 *block;	/* body of the last block, without type and lengths */
	const char *error;
};

struct pcapng *pcapng_new(struct stream *stream)
{
	struct pcapng *ng = calloc(1, sizeof(*ng));

	if (ng)
		ng->stream = stream;
	return ng;
}

void pcapng_free(struct pcapng *ng)
{
	if (!ng)
		return;
	free(ng->interfaces);
	free(ng);
}

static u16 get16(const struct pcapng *ng, const u8 *p)
{
	return ng->big_endian ? be16(p) : le16(p);
}

static u32 get32(const struct pcapng *ng, const u8 *p)
{
	return ng->big_endian ? be32(p) : le32(p);
}

static bool broken(struct pcapng *ng, const char *error)
{
	ng->error = error;
	return false;
}

/*
 * Takes the block whose first octets have been looked at. The length stands at both
 * ends, so a file can be read backwards; that they agree is a sign of health.
 */
static bool take_block(struct pcapng *ng, size_t *size)
{
	const u8 *p = stream_peek(ng->stream, BLOCK_OVERHEAD);
	u32 total = p ? get32(ng, p + 4) : 0;

	if (!p)
		return broken(ng, "the file is cut off within a block");
	if (total < BLOCK_OVERHEAD || total % 4)
		return broken(ng, "a block with a length that is none");
	if (total > BLOCK_MAX)
		return broken(ng, "a block larger than 16 MiB");
	p = stream_take(ng->stream, total);
	if (!p)
		return broken(ng, "the file is cut off within a block");
	if (get32(ng, p + total - 4) != total)
		return broken(ng, "the two lengths of a block differ");
	ng->block = p + 8;
	*size = total - BLOCK_OVERHEAD;
	return true;
}

bool pcapng_is(struct stream *stream)
{
	const u8 *p = stream_peek(stream, SECTION_MIN);

	return p && be32(p) == BLOCK_SECTION && (be32(p + 8) == BYTE_ORDER_MAGIC ||
						 be32(p + 8) == BYTE_ORDER_SWAPPED);
}

/* 4.1: the byte order is that of a number behind the length, which has it too. */
static bool start_section(struct pcapng *ng)
{
	const u8 *p = stream_peek(ng->stream, SECTION_MIN);
	u16 version;

	if (!p)
		return broken(ng, "the file is cut off within a section header");
	if (!pcapng_is(ng->stream))
		return broken(ng, "a section header without its magic number");
	ng->big_endian = be32(p + 8) == BYTE_ORDER_MAGIC;
	ng->interface_count = 0;
	version = get16(ng, p + 12);
	return version == 1 || broken(ng, "a version of pcapng not known here");
}

/* 4.2: the options behind the first 8 octets. */
static void read_interface_options(const struct pcapng *ng, struct interface *interface,
				   size_t size)
{
	size_t at = 8;

	while (at + 4 <= size) {
		const u8 *option = ng->block + at;
		u16 code = get16(ng, option), length = get16(ng, option + 2);

		if (code == OPTION_END || at + 4 + length > size)
			return;
		if (code == OPTION_TSRESOL && length == 1)
			interface->resolution = option[4];
		if (code == OPTION_TSOFFSET && length == 8)
			interface->offset_s = ng->big_endian ?
				(u64)be32(option + 4) << 32 | be32(option + 8) :
				(u64)le32(option + 8) << 32 | le32(option + 4);
		at += 4 + ((size_t)length + 3) / 4 * 4;
	}
}

static bool add_interface(struct pcapng *ng, size_t size)
{
	struct interface *interface, *more;
	u32 room;

	if (size < 8)
		return broken(ng, "an interface description that is too short");
	if (ng->interface_count == INTERFACES_MAX)
		return broken(ng, "more than 65536 interfaces");
	if (ng->interface_count == ng->interface_room) {
		room = ng->interface_room ? 2 * ng->interface_room : 4;
		more = realloc(ng->interfaces, room * sizeof(*more));
		if (!more)
			return broken(ng, "out of memory");
		ng->interfaces = more;
		ng->interface_room = room;
	}
	interface = &ng->interfaces[ng->interface_count++];
	interface->link = get16(ng, ng->block);
	interface->resolution = 6;
	interface->snap_length = get32(ng, ng->block + 4);
	interface->offset_s = 0;
	read_interface_options(ng, interface, size);
	return true;
}

/* Units of 2^-exponent seconds, to 30 bits of a second. */
static u64 from_binary(u64 units, unsigned int exponent)
{
	u64 seconds, fraction;

	if (exponent > 63)
		return 0;
	seconds = units >> exponent;
	fraction = units & ((1ULL << exponent) - 1);
	if (exponent > 30) {
		fraction >>= exponent - 30;
		exponent = 30;
	}
	return seconds * 1000000000 + (fraction * 1000000000 >> exponent);
}

/* Units of 10^-exponent seconds. */
static u64 from_decimal(u64 units, unsigned int exponent)
{
	for (; exponent < 9; exponent++)
		units *= 10;
	for (; exponent > 9 && units; exponent--)
		units /= 10;
	return units;
}

/* 4.2, if_tsresol and if_tsoffset. */
static u64 time_of(const struct interface *interface, u64 units)
{
	const unsigned int exponent = interface->resolution & 0x7f;
	const u64 ns = interface->resolution & 0x80 ? from_binary(units, exponent) :
						      from_decimal(units, exponent);

	return ns + interface->offset_s * 1000000000;
}

static bool set_packet(struct pcapng *ng, u32 interface, u32 captured, u32 length,
		       size_t header, size_t size, struct packet *packet)
{
	if (interface >= ng->interface_count)
		return broken(ng, "a packet of an interface that is not described");
	if (captured > size - header)
		return broken(ng, "a packet longer than its block");
	packet->data = ng->block + header;
	packet->captured = captured;
	packet->length = length;
	packet->link = ng->interfaces[interface].link;
	return true;
}

/* 4.3, and appendix A for the obsolete one, which differs in the first four octets. */
static bool read_packet(struct pcapng *ng, u32 type, size_t size, struct packet *packet)
{
	const u8 *p = ng->block;
	u32 interface;

	if (size < 20)
		return broken(ng, "a packet block that is too short");
	interface = type == BLOCK_PACKET ? get16(ng, p) : get32(ng, p);
	if (!set_packet(ng, interface, get32(ng, p + 12), get32(ng, p + 16), 20, size, packet))
		return false;
	packet->time_ns = time_of(&ng->interfaces[interface],
				  (u64)get32(ng, p + 4) << 32 | get32(ng, p + 8));
	ng->last_time_ns = packet->time_ns;
	return true;
}

/* 4.4: of the first interface, cut to its snapshot length, without a time. */
static bool read_simple_packet(struct pcapng *ng, size_t size, struct packet *packet)
{
	u32 captured, length;

	if (size < 4)
		return broken(ng, "a packet block that is too short");
	length = get32(ng, ng->block);
	captured = length;
	if (ng->interface_count && ng->interfaces[0].snap_length &&
	    captured > ng->interfaces[0].snap_length)
		captured = ng->interfaces[0].snap_length;
	packet->time_ns = ng->last_time_ns;
	return set_packet(ng, 0, captured, length, 4, size, packet);
}

/* Sets *found when the block was a packet. */
static bool read_block(struct pcapng *ng, u32 type, size_t size, struct packet *packet,
		       bool *found)
{
	switch (type) {
	case BLOCK_INTERFACE:
		return add_interface(ng, size);
	case BLOCK_PACKET:
	case BLOCK_ENHANCED_PACKET:
		*found = true;
		return read_packet(ng, type, size, packet);
	case BLOCK_SIMPLE_PACKET:
		*found = true;
		return read_simple_packet(ng, size, packet);
	default:
		return true;
	}
}

/* The type of a section header is the same in both byte orders. */
static bool next_block(struct pcapng *ng, struct packet *packet, bool *found)
{
	const u8 *p = stream_peek(ng->stream, 4);
	size_t size;
	u32 type;

	if (!p)
		return !stream_is_at_end(ng->stream) &&
		       broken(ng, "the file is cut off within a block");
	type = get32(ng, p);
	return (type != BLOCK_SECTION || start_section(ng)) && take_block(ng, &size) &&
	       read_block(ng, type, size, packet, found);
}

enum capture_status pcapng_next(struct pcapng *ng, struct packet *packet, const char **error)
{
	bool found = false;

	ng->error = NULL;
	while (!found && next_block(ng, packet, &found))
		;
	*error = ng->error;
	if (ng->error)
		return CAPTURE_BROKEN;
	return found ? CAPTURE_PACKET : CAPTURE_END;
}
