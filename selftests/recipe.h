/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Eight octets as something that befalls one of a few tuples: a segment, or an ICMP
 * error that quotes one, with numbers near the ones that matter; time that goes by; an
 * eviction, or details that are lost. Random tests and fuzzing share it.
 *
 *	octet	bits
 *	0	0-1 tuple, the last one a connection to itself; 2 from the server;
 *		3-6 flags; 7 a new SYN in their place
 *	1	0-3 the client's ISN, 4-7 how far from it
 *	2	0-3 the server's ISN, 4-7 how far from it
 *	3	0-4 options, 5-7 hints
 *	4	0-2 length of data, 3-5 window, 6 an anomaly of the header, 7 options cut off
 *	5	0-3 time, 4-7 its magnitude
 *	6	0-4 which flow, 5-7 what befalls it: 5 eviction, 6 its details are lost,
 *		7 an ICMP error instead of the segment
 *	7	0-2 how unreachable
 */
#ifndef TCPSHAKE_SELFTESTS_RECIPE_H
#define TCPSHAKE_SELFTESTS_RECIPE_H

#include "tuple_driver.h"

#define RECIPE_TUPLES 4
#define RECIPE_OCTETS 8

/* Most are few, so that numbers meet; all are enough for a queue to overflow. */
static const u32 recipe_client_isns[16] = {
	0xffffffff, 1000, 1000, 0xffffffff, 1000, 1011, 0, 1, 5000, 0x7fffffff, 0x80000000, 2000,
	3000, 4000, 0xfffffff0, 6000,
};

static const u32 recipe_server_isns[16] = {
	0, 0, 70000, 70000, 0, 70000, 0, 70000, 0xffffffff, 70001, 1, 0x80000000, 0x7fffffff,
	80000, 90000, 0,
};

static const u32 recipe_distances[16] = {
	1, 1, 1, 1, 1, 1, 1, 0, 2, 11, 6, -1u, 1000, 1001, 2001, 0x80000001,
};

static const u16 recipe_windows[8] = { 1000, 2000, 1000, 1, 0, 65535, 1000, 2000 };
static const u16 recipe_lengths[8] = { 0, 0, 0, 0, 0, 1, 10, 1460 };

static const u16 recipe_flags[16] = {
	TCPSHAKE_SYN, TCPSHAKE_SYN, TCPSHAKE_SYN | TCPSHAKE_ECE | TCPSHAKE_CWR,
	TCPSHAKE_SYN | TCPSHAKE_ACK, TCPSHAKE_SYN | TCPSHAKE_ACK, TCPSHAKE_SYN | TCPSHAKE_ACK,
	TCPSHAKE_SYN | TCPSHAKE_ACK | TCPSHAKE_ECE, TCPSHAKE_ACK, TCPSHAKE_ACK, TCPSHAKE_ACK,
	TCPSHAKE_ACK | TCPSHAKE_PSH, TCPSHAKE_ACK | TCPSHAKE_FIN, TCPSHAKE_RST,
	TCPSHAKE_RST | TCPSHAKE_ACK, TCPSHAKE_RST | TCPSHAKE_ACK, TCPSHAKE_ACK,
};

/* The first octet is how many follow. */
static const u8 recipe_options[32][41] = {
	{ 0 },
	{ 4, 2, 4, 5, 180 },
	{ 4, 2, 4, 5, 180 },
	{ 4, 2, 4, 5, 180 },
	/* timestamps of SYNs and SYN-ACKs, then of what follows */
	{ 20, 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 5, 0, 0, 0, 0, 1, 3, 3, 7 },
	{ 20, 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 5, 0, 0, 0, 5, 1, 3, 3, 7 },
	{ 20, 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 6, 0, 0, 0, 0, 1, 3, 3, 7 },
	{ 20, 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 6, 1, 3, 3, 7 },
	{ 12, 1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 5 },
	{ 12, 1, 1, 8, 10, 0, 0, 0, 6, 0, 0, 0, 5 },
	{ 12, 1, 1, 8, 10, 0, 0, 0, 4, 0, 0, 0, 9 },
	/* Fast Open */
	{ 6, 2, 4, 5, 180, 34, 2 },
	{ 10, 2, 4, 5, 180, 34, 6, 1, 2, 3, 4 },
	{ 8, 2, 4, 5, 180, 254, 4, 0xf9, 0x89 },
	/* MPTCP */
	{ 8, 2, 4, 5, 180, 30, 4, 1, 1 },
	{ 16, 2, 4, 5, 180, 30, 12, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8 },
	{ 12, 30, 12, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8 },
	{ 20, 30, 20, 1, 1, 3, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8 },
	{ 20, 30, 20, 1, 1, 3, 2, 3, 4, 5, 6, 7, 8, 2, 2, 3, 4, 5, 6, 7, 8 },
	{ 16, 2, 4, 5, 180, 30, 12, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8 },
	{ 16, 30, 16, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4 },
	{ 24, 30, 24, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
	  20 },
	/* signatures, and others */
	{ 18, 19, 18 },
	{ 8, 2, 4, 5, 180, 29, 4, 1, 2 },
	{ 8, 2, 4, 5, 180, 69, 2, 172, 2 },
	{ 10, 2, 4, 5, 180, 254, 6, 0xe2, 0xd4, 0xc3, 0xd9 },
	/* what is wrong by itself */
	{ 17, 2, 4, 5, 0, 8, 10 },
	{ 4, 8, 0, 1, 1 },
	{ 8, 0, 1, 2, 3, 4, 5, 6, 7 },
	{ 11, 2, 3, 5, 2, 4, 5, 180, 3, 2, 1, 1 },
	{ 20, 2, 4, 5, 180, 3, 3, 15, 5, 10, 0, 0, 0, 0, 0, 0, 0, 0, 6, 2, 0 },
	{ 40, [1 ... 40] = 1 },
};

static inline u8 recipe_class(u16 flags)
{
	if (flags & TCPSHAKE_RST)
		return TCPSHAKE_CLASS_RST;
	if (!(flags & TCPSHAKE_SYN))
		return TCPSHAKE_CLASS_ACK;
	return flags & TCPSHAKE_ACK ? TCPSHAKE_CLASS_SYNACK : TCPSHAKE_CLASS_SYN;
}

/* A SYN, and a SYN-ACK, has its sender's ISN itself, but seldom. */
static inline u32 recipe_number(const u32 isns[16], u8 octet, bool own, u16 flags)
{
	const u32 isn = isns[octet & 15];

	return own && flags & TCPSHAKE_SYN && octet < 0xf0 ?
		       isn : isn + recipe_distances[octet >> 4];
}

static inline struct tcpshake_segment recipe_segment(const u8 *recipe)
{
	const unsigned int tuple = recipe[0] % RECIPE_TUPLES;
	const bool self = tuple == RECIPE_TUPLES - 1;
	const bool server = recipe[0] & 4;
	const u16 flags = recipe[0] & 0x80 ? TCPSHAKE_SYN : recipe_flags[recipe[0] >> 3 & 15];
	const u8 *options = recipe_options[recipe[3] & 31];
	const u32 x = recipe_number(recipe_client_isns, recipe[1], !server, flags);
	const u32 y = recipe_number(recipe_server_isns, recipe[2], server, flags);
	struct tcpshake_segment seg = {
		.src_port = server && !self ? 80 : 1000 + tuple,
		.dst_port = server || self ? 1000 + tuple : 80,
		.seq = server ? y : x,
		.ack = server ? x : y,
		.len = recipe_lengths[recipe[4] & 7],
		.window = recipe_windows[recipe[4] >> 3 & 7],
		.flags = flags,
		.class = recipe_class(flags),
		.ttl = 64,
		.options = options + 1,
		.options_len = options[0],
		.options_cut = recipe[4] & 0x80,
	};

	if (self)	/* one ISN serves both */
		seg.ack = recipe_number(recipe_client_isns, recipe[2], false, flags);
	seg.src[15] = server && !self;
	seg.dst[15] = !server && !self;
	if (recipe[3] & 0x80)
		seg.hints |= TCPSHAKE_HINT_NO_SOCKET;
	if ((recipe[3] & 0x60) == 0x60)
		seg.hints |= TCPSHAKE_HINT_UNOWNED;
	else if (recipe[3] & 0x40)
		seg.hints |= TCPSHAKE_HINT_MIDSTREAM;
	tcpshake_anomalies_add_if(&seg.anomalies, recipe[4] & 0x40, DRIVER_BROUGHT);
	return seg;
}

static inline u64 recipe_time(const u8 *recipe)
{
	return (u64)(recipe[5] & 15) << (recipe[5] >> 3 & 30);
}

/* For one driver of each tuple, and the books they share. */
static inline void recipe_follow(struct driver drivers[RECIPE_TUPLES], const u8 *recipe,
				 u64 now_us)
{
	const struct tcpshake_segment seg = recipe_segment(recipe);
	struct driver *d = &drivers[recipe[0] % RECIPE_TUPLES];
	const unsigned int way = recipe[6] & 31;

	if (way < DRIVER_FLOWS && d->used >> way & 1) {
		if (recipe[6] >> 5 == 5)
			driver_evict(d, way, now_us);
		else if (recipe[6] >> 5 == 6)
			d->forgotten |= 1u << way;
	}
	if (recipe[6] >> 5 == 7)
		driver_unreachable(d, &seg, 1 + recipe[7] % TCPSHAKE_UNREACHABLE_MAX, now_us);
	else
		driver_receive(d, &seg, now_us);
}

#endif /* TCPSHAKE_SELFTESTS_RECIPE_H */
