// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "frame.h"

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20, PROTO_TCP = 6 };

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = value >> 8;
	p[1] = value & 0xff;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value & 0xffff);
}

/* RFC 1071: native words will do, if the result is stored like one. */
static uint64_t sum(uint64_t so_far, const uint8_t *p, size_t size)
{
	uint16_t word;

	for (; size >= 2; size -= 2, p += 2) {
		memcpy(&word, p, 2);
		so_far += word;
	}
	word = 0;
	memcpy(&word, p, size);
	return so_far + word;
}

static void put_checksum(uint8_t *p, uint64_t sum)
{
	uint16_t word;

	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	word = ~sum;
	memcpy(p, &word, 2);
}

static size_t put_options(uint8_t *p, const struct frame *frame)
{
	static const uint8_t syn[] = { 2, 4, 1460 >> 8, 1460 & 0xff, 4, 2, 8, 10 };
	static const uint8_t other[] = { 1, 1, 8, 10 };
	static const uint8_t scale[] = { 1, 3, 3, 7 };
	size_t size;

	if (frame->flags & RST)
		return 0;
	size = frame->flags & SYN ? sizeof(syn) : sizeof(other);
	memcpy(p, frame->flags & SYN ? syn : other, size);
	put32(p + size, frame->ms);
	put32(p + size + 4, frame->flags & ACK ? frame->ms : 0);
	if (!(frame->flags & SYN))
		return size + 8;
	memcpy(p + size + 8, scale, sizeof(scale));
	return size + 8 + sizeof(scale);
}

/* Octets that no dissector takes for more than data. */
static void put_payload(uint8_t *p, size_t size)
{
	static uint8_t noise[FRAME_PAYLOAD_MAX];
	uint32_t state = 1;

	for (size_t i = 0; !noise[0] && i < sizeof(noise); i++) {
		state = state * 1664525 + 1013904223;
		noise[sizeof(noise) - 1 - i] = state >> 24 | 0x80;
	}
	memcpy(p, noise, size);
}

static size_t put_tcp(uint8_t *p, const struct frame *frame)
{
	size_t header;

	memset(p, 0, TCP_HEADER);
	put16(p, frame->from->port);
	put16(p + 2, frame->to->port);
	put32(p + 4, frame->seq);
	if (frame->flags & ACK)
		put32(p + 8, frame->to->next);
	header = TCP_HEADER + put_options(p + TCP_HEADER, frame);
	p[12] = header / 4 << 4;
	p[13] = frame->flags;
	put16(p + 14, frame->flags & RST ? 0 : frame->flags & SYN ? 64240 : 501);
	put_payload(p + header, frame->payload);
	return header + frame->payload;
}

static void put_ipv4(uint8_t *p, const struct frame *frame, size_t size)
{
	memset(p, 0, IPV4_HEADER);
	p[0] = 0x45;
	put16(p + 2, IPV4_HEADER + size);
	put16(p + 4, frame->id);
	p[6] = 0x40;
	p[8] = 64;
	p[9] = PROTO_TCP;
	memcpy(p + 12, frame->from->address, 4);
	memcpy(p + 16, frame->to->address, 4);
	put_checksum(p + 10, sum(0, p, IPV4_HEADER));
}

static void put_ipv6(uint8_t *p, const struct frame *frame, size_t size)
{
	memset(p, 0, 8);
	p[0] = 0x60;
	put16(p + 4, size);
	p[6] = PROTO_TCP;
	p[7] = 64;
	memcpy(p + 8, frame->from->address, 16);
	memcpy(p + 24, frame->to->address, 16);
}

size_t frame_make(uint8_t *p, const struct frame *frame)
{
	static const uint8_t ethernet[FRAME_LINK - 2] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	const size_t addresses = frame->v6 ? 32 : 8, header = frame->v6 ? IPV6_HEADER : IPV4_HEADER;
	uint8_t *ip = p + FRAME_LINK, *tcp = ip + header, pseudo[4] = { 0, PROTO_TCP };
	const size_t size = put_tcp(tcp, frame);

	memcpy(p, ethernet, sizeof(ethernet));
	put16(p + sizeof(ethernet), frame->v6 ? 0x86dd : 0x0800);
	if (frame->v6)
		put_ipv6(ip, frame, size);
	else
		put_ipv4(ip, frame, size);
	put16(pseudo + 2, size);
	put_checksum(tcp + 16, sum(sum(sum(0, pseudo, sizeof(pseudo)), tcp - addresses, addresses),
				   tcp, size));
	return FRAME_LINK + header + size;
}
