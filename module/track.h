/* SPDX-License-Identifier: GPL-2.0 */
/* What a packet does to the flows of its tuple: the engine's caller. */
#ifndef TCPSHAKE_TRACK_H
#define TCPSHAKE_TRACK_H

#include "netns.h"

struct sk_buff;

/* A packet at a hook. */
struct tcpshake_packet {
	const struct sk_buff *skb;
	bool received;		/* from another host: its checksum is worth a look */
	u8 hints;		/* enum tcpshake_hint */
	u32 domain;		/* of layer 3: ifindex of the VRF, 0 for none */
	bool hashed;		/* hash is tcpshake_table_hash()'s of this packet's segment */
	u32 hash;
};

/*
 * Follows a segment: flows, verdicts, books.
 * Context: BH off, RCU read side.
 */
void tcpshake_track(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
		    struct tcpshake_segment *seg);

/* An ICMP error that quotes a segment. Context: likewise. */
void tcpshake_track_unreachable(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
				struct tcpshake_segment *quoted, enum tcpshake_unreachable how);

/* A TCP packet of which no segment came out. Context: likewise. */
void tcpshake_track_unparsed(struct tcpshake_net *tn, const struct tcpshake_segment *seg,
			     enum tcpshake_exit exit);

#endif /* TCPSHAKE_TRACK_H */
