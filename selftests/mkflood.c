// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a capture of a flood: 50 handshakes a second for 100 seconds, to 192.0.2.1 port
 * 80, and from the 80th second on, for five, 1000 SYNs a second from anywhere.
 *
 *	mkflood [-c] >FILE		-c: no flood, but a crowd of a thousand handshakes a second
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16, MAX = 100000 };

struct packet {
	uint64_t us;
	uint32_t src, dst, seq, ack;
	uint16_t sport, dport;
	uint8_t flags;
};

static struct packet packets[MAX];
static size_t count;

static void add(uint64_t us, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport,
		uint32_t seq, uint32_t ack, uint8_t flags)
{
	if (count < MAX)
		packets[count++] = (struct packet){ us, src, dst, seq, ack, sport, dport, flags };
}

static uint32_t pseudo_random(void)
{
	static uint32_t state = 2463534242u;	/* xorshift32 */

	state ^= state << 13;
	state ^= state >> 17;
	return state ^= state << 5;
}

enum { SERVER = 0xc0000201 };

static void handshake(uint64_t us, unsigned int n)
{
	const uint32_t client = 0xc6336401 + n % 200;
	const uint16_t port = (uint16_t)(1024 + n % 60000);

	add(us, client, port, SERVER, 80, n, 0, SYN);
	add(us + 200, SERVER, 80, client, port, ~n, n + 1, SYN | ACK);
	add(us + 80000, client, port, SERVER, 80, n + 1, ~n + 1, ACK);
}

static int by_time(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;

	return x->us < y->us ? -1 : x->us > y->us;
}

static void put(const void *data, size_t size)
{
	fwrite(data, size, 1, stdout);
}

static void write_packet(const struct packet *p)
{
	const uint32_t record[4] = { (uint32_t)(p->us / 1000000), (uint32_t)(p->us % 1000000),
				     40, 40 };
	uint8_t octets[40] = { 0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6 };
	const uint32_t words[] = { htonl(p->src), htonl(p->dst) };
	const uint16_t ports[] = { htons(p->sport), htons(p->dport) };
	const uint32_t numbers[] = { htonl(p->seq), htonl(p->ack) };

	memcpy(octets + 12, words, 8);
	memcpy(octets + 20, ports, 4);
	memcpy(octets + 24, numbers, 8);
	octets[32] = 5 << 4;
	octets[33] = p->flags;
	octets[34] = 0x20;
	put(record, sizeof(record));
	put(octets, sizeof(octets));
}

int main(int argc, char **argv)
{
	const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 101 };
	const bool crowd = argc > 1 && !strcmp(argv[1], "-c");
	unsigned int n, i;

	for (n = 0; n < 5000; n++)
		handshake(1000000000ULL + n * 20000, n);
	for (i = 0; i < 5000; i++) {
		const uint64_t us = 1080000000ULL + i * 1000;

		if (crowd)
			handshake(us, n + i);
		else
			add(us, pseudo_random(), (uint16_t)pseudo_random(), SERVER, 80,
			    pseudo_random(), 0, SYN);
	}
	qsort(packets, count, sizeof(packets[0]), by_time);
	put(header, sizeof(header));
	for (i = 0; i < count; i++)
		write_packet(&packets[i]);
	return 0;
}
