// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * pcap: a header of 24 octets, then packets with 16 in front of each. Section
 * numbers are those of draft-ietf-opsawg-pcap.
 */
#include "bytes.h"
#include "pcap_file.h"

enum {
	HEADER_LEN = 24,
	RECORD_LEN = 16,
	MODIFIED_RECORD_LEN = 24,
	CAPTURED_MAX = 262144,	/* no program writes more; what says so is damaged */
};

#define MAGIC_MICROSECONDS 0xa1b2c3d4
#define MAGIC_NANOSECONDS 0xa1b23c4d
#define MAGIC_MODIFIED 0xa1b2cd34	/* old Red Hat and SuSE kernels */
#define LINK_MASK 0x03ffffff		/* 4: above are the length of a checksum, and flags */

static u32 get32(const struct pcap_file *file, const u8 *p)
{
	return file->big_endian ? be32(p) : le32(p);
}

static bool set_magic(struct pcap_file *file, u32 magic)
{
	file->nanoseconds = magic == MAGIC_NANOSECONDS;
	file->modified = magic == MAGIC_MODIFIED;
	return file->nanoseconds || file->modified || magic == MAGIC_MICROSECONDS;
}

bool pcap_file_open(struct pcap_file *file, struct stream *stream)
{
	const u8 *p = stream_peek(stream, HEADER_LEN);

	if (!p)
		return false;
	file->big_endian = set_magic(file, be32(p));
	if (!file->big_endian && !set_magic(file, le32(p)))
		return false;
	file->ancient = file->big_endian ? be16(p + 6) < 4 : le16(p + 6) < 4;
	file->link = get32(file, p + 20) & LINK_MASK;
	return stream_take(stream, HEADER_LEN);
}

/* 5: seconds without a sign, good until 2106; a fraction that may be nonsense. */
static u64 time_of(const struct pcap_file *file, const u8 *record)
{
	const u64 fraction = get32(file, record + 4);

	return get32(file, record) * 1000000000ULL +
	       (file->nanoseconds ? fraction : fraction * 1000);
}

enum capture_status pcap_file_next(const struct pcap_file *file, struct stream *stream,
				   struct packet *packet, const char **error)
{
	const size_t header = file->modified ? MODIFIED_RECORD_LEN : RECORD_LEN;
	const u8 *p = stream_peek(stream, header);

	*error = "the file is cut off within the header of a packet";
	if (!p)
		return stream_is_at_end(stream) ? CAPTURE_END : CAPTURE_BROKEN;
	packet->time_ns = time_of(file, p);
	packet->captured = get32(file, p + 8);
	packet->length = get32(file, p + 12);
	packet->link = file->link;
	if (file->ancient && packet->captured > packet->length) {
		packet->length = packet->captured;
		packet->captured = get32(file, p + 12);
	}
	*error = "a packet of more than 262144 octets";
	if (packet->captured > CAPTURED_MAX)
		return CAPTURE_BROKEN;
	*error = "the file is cut off within a packet";
	p = stream_take(stream, header + packet->captured);
	if (!p)
		return CAPTURE_BROKEN;
	packet->data = p + header;
	return CAPTURE_PACKET;
}
