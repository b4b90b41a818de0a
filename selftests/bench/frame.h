/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ethernet frames with a TCP segment in them, as a common TCP of today makes them:
 * MSS, SACK, timestamps and window scale in what has SYN, timestamps in the rest,
 * nothing in a RST. All checksums are right.
 */
#ifndef TCPSHAKE_BENCH_FRAME_H
#define TCPSHAKE_BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_LINK = 14,	/* octets in front of the IP header */
	FRAME_MAX = 1514,
	FRAME_PAYLOAD_MAX = 1428,	/* fits behind IPv6 and timestamps */

	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
};

struct peer {
	uint8_t address[16];	/* IPv4: the first four octets */
	uint16_t port;
	uint32_t next;		/* sequence number */
};

struct frame {
	bool v6;
	const struct peer *from;
	const struct peer *to;
	uint32_t seq;
	uint16_t id;		/* of the IPv4 header */
	uint8_t flags;		/* with ACK: to->next is acknowledged */
	uint16_t payload;	/* octets */
	uint32_t ms;		/* the timestamps' clock */
};

/* Writes it to p, of FRAME_MAX octets. Return: how many it has. */
size_t frame_make(uint8_t *p, const struct frame *frame);

#endif /* TCPSHAKE_BENCH_FRAME_H */
