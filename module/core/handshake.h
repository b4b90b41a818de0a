/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The handshake engine: what one segment means to one attempt. Pure; the caller
 * owns the flows, serialises the calls for a tuple and acts on the verdict.
 *
 * The client is the sender of the first SYN and stays it. Completion is exact:
 * SEG.SEQ = x+1 and SEG.ACK = y+1 (RFC 9293, 3.5), or with Fast Open x+1+L, or
 * later segments that prove it.
 *
 * The caller finds the flows of the segment's tuple, lets those go whose time has
 * run out (tcpshake_flow_expire()), and chooses by tcpshake_flow_fit(). Then:
 *
 *   no flow, SYN		tcpshake_handshake_open()
 *   no flow, SYN-ACK		tcpshake_handshake_orphan() if there is room to spare
 *   no flow			tcpshake_handshake_unknown()
 *   a rival that is taken	tcpshake_handshake_adopt(), and go on with the flow it is of
 *   a flow			tcpshake_handshake_step()
 *
 * and does what verdict.then asks for. details may be NULL everywhere.
 */
#ifndef TCPSHAKE_CORE_HANDSHAKE_H
#define TCPSHAKE_CORE_HANDSHAKE_H

#include "flow.h"

/* The verdict on a segment that parsed but belongs to no flow and opens none. */
void tcpshake_handshake_unknown(const struct tcpshake_segment *seg,
				struct tcpshake_verdict *v);

/*
 * Opens an attempt in an unused flow with a SYN. owner stays as it is. beside: the
 * flow whose step asked for it, or NULL.
 */
void tcpshake_handshake_open(struct tcpshake_flow *flow, struct tcpshake_details *details,
			     const struct tcpshake_segment *seg, u64 now_us,
			     const struct tcpshake_flow *beside, struct tcpshake_verdict *v);

/* Keeps a SYN-ACK of no SYN in an unused flow: the verdict on it, and what is to come. */
void tcpshake_handshake_orphan(struct tcpshake_flow *flow, const struct tcpshake_segment *seg,
			       u64 now_us, struct tcpshake_verdict *v);

/*
 * Keeps another SYN-ACK to the SYN of a flow in an unused one. The verdict on the
 * segment was the flow's.
 */
void tcpshake_handshake_rival(struct tcpshake_flow *rival, const struct tcpshake_flow *flow,
			      const struct tcpshake_segment *seg, u64 now_us,
			      struct tcpshake_verdict *v);

/* Is rival another SYN-ACK of this pending flow? */
bool tcpshake_handshake_is_rival(const struct tcpshake_flow *rival,
				 const struct tcpshake_flow *flow);

/* Is this the third segment, and takes the rival? */
bool tcpshake_handshake_takes(const struct tcpshake_flow *rival,
			      const struct tcpshake_segment *seg);

/* It does: the flow goes on with the rival's y. The caller drops that (tcpshake_flow_evict()). */
void tcpshake_handshake_adopt(struct tcpshake_flow *flow, const struct tcpshake_flow *rival);

/*
 * Applies a segment of the flow. v->to == 0 asks the caller to drop the flow.
 * Where a lingering flow's tuple is used again, the new attempt takes its place.
 */
void tcpshake_handshake_step(struct tcpshake_flow *flow, struct tcpshake_details *details,
			     const struct tcpshake_segment *seg, u64 now_us,
			     struct tcpshake_verdict *v);

/*
 * An ICMP error quotes a segment of the flow: quoted has its endpoints and
 * sequence number, at least. v->exit stays 0: it was not a TCP packet.
 */
void tcpshake_handshake_unreachable(struct tcpshake_flow *flow,
				    const struct tcpshake_details *details,
				    const struct tcpshake_segment *quoted,
				    enum tcpshake_unreachable how, u64 now_us,
				    struct tcpshake_verdict *v);

#endif /* TCPSHAKE_CORE_HANDSHAKE_H */
