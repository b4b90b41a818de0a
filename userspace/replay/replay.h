/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Packets of captures through the engine: from the frame to the verdict, and an
 * account of every packet.
 */
#ifndef TCPSHAKE_REPLAY_H
#define TCPSHAKE_REPLAY_H

#include "capture.h"
#include "store.h"

struct replay_settings {
	bool outermost;		/* leave tunnels alone */
	bool checksums;		/* segments whose checksum is wrong are malformed */
	bool live;		/* packets come as they are captured, see replay_now() */
	u32 flows_max;
	/*
	 * Called for each attempt, in the order of their first SYN, or live in that
	 * of their end; may be NULL.
	 */
	void (*told)(void *context, const struct attempt *attempt);
	/* Likewise for each event of a flood. */
	void (*flood_told)(void *context, const struct flood *flood);
	void *context;
};

/*
 * Each packet is counted in exactly one of these, or is a segment of the store:
 * packets = segments + the three in the middle.
 */
struct replay_counters {
	u64 packets;
	u64 not_tcp;
	u64 held_fragments;	/* of datagrams that came later or never */
	u64 unknown_links;
	u64 clock_backwards;	/* apart from these: from before the packet before */
};

struct replay;

/* NULL when there is no memory. */
struct replay *replay_new(const struct replay_settings *settings);

void replay_free(struct replay *replay);

/* name: of the capture, for complaints. False when memory is out. */
bool replay_packet(struct replay *replay, const struct packet *packet, const char *name);

/*
 * Live: what time it is, on a clock that never goes back, and what has to be added,
 * modulo 2^64, to the time of a packet for that clock to show it. Until the next call
 * no packet can be younger. idle: nor is there one that is older.
 */
void replay_now(struct replay *replay, u64 now_ns, u64 offset_ns, bool idle);

/* Tells the attempts that are left: no packet will come any more. */
void replay_stop(struct replay *replay);

/*
 * All packets have been given. Tells the attempts that are left, and complains
 * about what was wrong with the packets: false when there was anything.
 */
bool replay_finish(struct replay *replay);

const struct replay_counters *replay_counters(const struct replay *replay);
const struct store_counters *replay_store_counters(const struct replay *replay);

/* Incidents that were told, or those of them that were floods. */
u64 replay_floods(const struct replay *replay, bool floods);

/* Does every sum add up? */
bool replay_is_consistent(const struct replay *replay);

#endif /* TCPSHAKE_REPLAY_H */
