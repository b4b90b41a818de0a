/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The segments bench/table is measured by: handshakes of ever other clients with one
 * server, with the options that are usual.
 */
#ifndef TCPSHAKE_BENCH_TABLE_SEGMENT_H
#define TCPSHAKE_BENCH_TABLE_SEGMENT_H

#include <arpa/inet.h>

#include "core/segment.h"

static const u8 options[] = {
	2, 4, 5, 180, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7,
};

/* Of the number's client, which no other number has: SYN, SYN-ACK or ACK. */
static inline void make_segment(struct tcpshake_segment *seg, u32 number, unsigned int which)
{
	static const u16 flags[] = { TCPSHAKE_SYN, TCPSHAKE_SYN | TCPSHAKE_ACK, TCPSHAKE_ACK };
	static const u8 classes[] = {
		TCPSHAKE_CLASS_SYN, TCPSHAKE_CLASS_SYNACK, TCPSHAKE_CLASS_ACK,
	};
	const u32 client = htonl(10u << 24 | (number & 0xffffff));
	const u32 server = htonl(192u << 24 | 2 << 8 | 1);
	const u16 port = 1024 + (number >> 24);
	const bool back = which == 1;

	memset(seg, 0, sizeof(*seg));
	memset(seg->src + 10, 0xff, 2);
	memset(seg->dst + 10, 0xff, 2);
	memcpy(seg->src + 12, back ? &server : &client, 4);
	memcpy(seg->dst + 12, back ? &client : &server, 4);
	seg->src_port = back ? 443 : port;
	seg->dst_port = back ? port : 443;
	seg->seq = back ? 77 * number : number + (which == 2);
	seg->ack = back ? number + 1 : which ? 77 * number + 1 : 0;
	seg->window = 64240;
	seg->flags = flags[which];
	seg->class = classes[which];
	seg->ttl = 64;
	seg->options = options;
	seg->options_len = which < 2 ? sizeof(options) : 0;
}

#endif /* TCPSHAKE_BENCH_TABLE_SEGMENT_H */
