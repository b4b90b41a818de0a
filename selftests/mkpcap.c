// SPDX-License-Identifier: GPL-2.0
/*
 * Makes captures of one handshake: SYN, SYN-ACK, and an ACK with 40 octets of
 * data, wrapped in the layers named, outermost first. Whatever the layers, the
 * TCP below them is the same.
 *
 *	mkpcap [OPTION...] LAYER... >FILE
 *	mkpcap -b CONNECTIONS >FILE
 *
 *	-b N	N connections of 20 packets each, 64 at a time, instead
 *	-c	a wrong TCP checksum in the third segment
 *	-g	pcapng; -r N: its if_tsresol (6)
 *	-n	pcap with nanoseconds
 *	-l N	the link type instead of the outermost layer's
 *	-p N	port of the client (40000)
 *	-s N	snapshot length
 *	-t N	time of the SYN, in seconds (1000)
 *	-x	in the other byte order
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mkpcap_layers.h"

static struct {
	bool bad_checksum, pcapng, nanoseconds, swapped;
	unsigned int resolution, port, snap, time;
	int link;
} opt = { .resolution = 6, .port = 40000, .snap = 65535, .time = 1000, .link = -1 };

/* ---- files ----------------------------------------------------------------- */

static void put16(uint16_t value)
{
	if (opt.swapped)
		value = value >> 8 | value << 8;
	fwrite(&value, 2, 1, stdout);
}

static void put32(uint32_t value)
{
	if (opt.swapped)
		value = __builtin_bswap32(value);
	fwrite(&value, 4, 1, stdout);
}

static void write_ng_header(unsigned int link)
{
	put32(0x0a0d0d0a);
	put32(28);
	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put32(UINT32_MAX);
	put32(UINT32_MAX);
	put32(28);
	put32(1);
	put32(32);
	put16(link);
	put16(0);
	put32(opt.snap);
	put16(9);
	put16(1);
	putchar(opt.resolution);
	putchar(0);
	putchar(0);
	putchar(0);
	put32(0);
	put32(32);
}

static void write_header(unsigned int link)
{
	if (opt.pcapng) {
		write_ng_header(link);
		return;
	}
	put32(opt.nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(opt.snap);
	put32(link);
}

/* if_tsresol: 10^-n seconds, or 2^-n with the high bit. */
static uint64_t in_units(uint64_t us)
{
	uint64_t units = us;

	if (opt.resolution & 0x80)
		return (us << (opt.resolution & 0x7f)) / 1000000;
	for (unsigned int i = opt.resolution; i < 6; i++)
		units /= 10;
	for (unsigned int i = 6; i < opt.resolution; i++)
		units *= 10;
	return units;
}

static void write_packet(const uint8_t *p, size_t length, uint64_t us)
{
	size_t captured = length < opt.snap ? length : opt.snap;
	size_t padding = opt.pcapng ? -captured & 3 : 0;
	uint64_t units = in_units(us);

	if (opt.pcapng) {
		put32(6);
		put32(32 + captured + padding);
		put32(0);
		put32(units >> 32);
		put32(units);
	} else {
		put32(us / 1000000);
		put32(us % 1000000 * (opt.nanoseconds ? 1000 : 1));
	}
	put32(captured);
	put32(length);
	fwrite(p, captured, 1, stdout);
	fwrite("\0\0\0", padding, 1, stdout);
	if (opt.pcapng)
		put32(32 + captured + padding);
}

/* ---- the handshake ------------------------------------------------------------ */

static uint8_t *push(struct frame *frame, size_t size)
{
	if (frame->start < size)
		errx(1, "too many layers");
	frame->start -= size;
	return memset(frame->bytes + frame->start, 0, size);
}

static void push_tcp(struct frame *frame, bool from_client, uint8_t flags, size_t payload)
{
	uint8_t *p;

	frame->start = sizeof(frame->bytes) - payload;
	frame->from_client = from_client;
	memset(frame->bytes + frame->start, 'x', payload);
	p = push(frame, 20);
	put_be16(p, from_client ? opt.port : 80);
	put_be16(p + 2, from_client ? 80 : opt.port);
	put_be32(p + 4, from_client ? flags & 2 ? 1000 : 1001 : 2000);
	put_be32(p + 8, flags & 0x10 ? from_client ? 2001 : 1001 : 0);
	p[12] = 5 << 4;
	p[13] = flags;
	put_be16(p + 14, 8192);
}

static void make_segment(struct stack *stack, size_t index)
{
	static const struct {
		bool from_client;
		uint8_t flags;
		size_t payload;
	} segments[] = { { true, 0x02, 0 }, { false, 0x12, 0 }, { true, 0x18, 40 } };

	memset(stack, 0, sizeof(*stack));
	stack->count = 1;
	stack->frames[0].bad_checksum = opt.bad_checksum && index == 2;
	push_tcp(&stack->frames[0], segments[index].from_client, segments[index].flags,
		 segments[index].payload);
}

static const struct layer *find_layer(const char *name)
{
	for (const struct layer *layer = layers; layer->name; layer++) {
		if (!strcmp(layer->name, name))
			return layer;
	}
	errx(2, "there is no layer '%s'", name);
}

static void wrap(struct stack *stack, const struct layer *layer, const struct layer *inner)
{
	if (layer->split) {
		layer->split(stack);
		return;
	}
	for (size_t i = 0; i < stack->count; i++)
		layer->put(&stack->frames[i], push(&stack->frames[i], layer->size), inner);
}

static void write_handshake(char **names, int count)
{
	static const uint64_t times[] = { 0, 10000, 30000 };
	static struct stack stack;

	for (size_t i = 0; i < 3; i++) {
		const struct layer *inner = &tcp_layer;

		make_segment(&stack, i);
		for (int at = count - 1; at >= 0; at--) {
			const struct layer *layer = find_layer(names[at]);

			wrap(&stack, layer, inner);
			inner = layer;
		}
		for (size_t n = 0; n < stack.count; n++) {
			const struct frame *frame = &stack.frames[n];

			write_packet(frame->bytes + frame->start,
				     size_of(frame),
				     opt.time * 1000000ULL + times[i]);
		}
	}
}

/* ---- many connections ------------------------------------------------------------ */

enum { AT_ONCE = 64, PACKETS = 20 };

/* Handshake, then data from the server and acknowledgments in turn. */
static size_t bulk_packet(uint8_t *p, uint32_t number, uint32_t step)
{
	const bool from_client = step != 1 && (step < 3 || step % 3 == 0);
	const size_t payload = step > 2 && !from_client ? 1448 : 0;
	const uint32_t client = 0x0a000000 + number % 60000, server = 0xc0a80001 + number % 250;
	uint8_t *ip = p + 14, *tcp = p + 34;

	memset(p, 0, 54);
	put_be16(p + 12, 0x0800);
	ip[0] = 0x45;
	put_be16(ip + 2, 40 + payload);
	ip[8] = 64;
	ip[9] = 6;
	put_be32(ip + 12, from_client ? client : server);
	put_be32(ip + 16, from_client ? server : client);
	put_be16(tcp, from_client ? 1024 + number / 60000 : 443);
	put_be16(tcp + 2, from_client ? 443 : 1024 + number / 60000);
	put_be32(tcp + 4, number + (step && from_client) + (step > 1 && !from_client));
	put_be32(tcp + 8, step ? number + 1 : 0);
	tcp[12] = 5 << 4;
	tcp[13] = step == 0 ? 0x02 : step == 1 ? 0x12 : 0x10;
	put_be16(tcp + 14, 65535);
	return 54 + payload;
}

static void write_bulk(uint32_t connections)
{
	static uint8_t p[2048];
	uint64_t us = opt.time * 1000000ULL;

	for (uint32_t first = 0; first < connections; first += AT_ONCE) {
		for (uint32_t step = 0; step < PACKETS; step++) {
			for (uint32_t i = first; i < first + AT_ONCE && i < connections; i++)
				write_packet(p, bulk_packet(p, i, step), us += 2);
		}
	}
}

static unsigned int number(const char *text)
{
	return strtoul(text, NULL, 0);
}

int main(int argc, char **argv)
{
	unsigned int bulk = 0;
	int option;

	while ((option = getopt(argc, argv, "b:cgl:np:r:s:t:x")) != -1) {
		switch (option) {
		case 'b':
			bulk = number(optarg);
			break;
		case 'c':
			opt.bad_checksum = true;
			break;
		case 'g':
			opt.pcapng = true;
			break;
		case 'l':
			opt.link = number(optarg);
			break;
		case 'n':
			opt.nanoseconds = true;
			break;
		case 'p':
			opt.port = number(optarg);
			break;
		case 'r':
			opt.resolution = number(optarg);
			break;
		case 's':
			opt.snap = number(optarg);
			break;
		case 't':
			opt.time = number(optarg);
			break;
		case 'x':
			opt.swapped = true;
			break;
		default:
			return 2;
		}
	}
	if (!bulk && optind == argc)
		errx(2, "which layers?");
	if (opt.link < 0)
		opt.link = bulk ? 1 : find_layer(argv[optind])->link;
	write_header(opt.link);
	if (bulk)
		write_bulk(bulk);
	else
		write_handshake(argv + optind, argc - optind);
	return fflush(stdout) ? 1 : 0;
}
