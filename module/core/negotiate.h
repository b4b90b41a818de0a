/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Details of an attempt: what client and server said in their options, and what
 * it comes to. They are kept apart from the flow, since the caller may have room
 * for some only: no outcome ever depends on them. Where an engine function takes
 * details, NULL means that there are none, and nothing is known.
 */
#ifndef TCPSHAKE_CORE_NEGOTIATE_H
#define TCPSHAKE_CORE_NEGOTIATE_H

#include "option.h"

/* What a SYN, or SYN-ACK, said. */
struct tcpshake_offer {
	u16 present;		/* enum tcpshake_option */
	u16 mss;
	u16 mptcp_key;		/* folded; 0: none */
	u8 window_scale;
	u8 ttl;
	u8 ace;			/* AE, CWR, ECE */
	u8 ecn;			/* IP's ECN field */
	u8 seen;		/* 0: there was no such segment, the rest is without meaning */
	u8 cookie;		/* of a SYN-ACK: no socket sent it */
	u32 tsval;		/* of the first one */
	u32 tsval_last;		/* of the newest retransmission */
};

struct tcpshake_details {
	struct tcpshake_offer client;
	struct tcpshake_offer server;
};

/*
 * These look at a segment's options as part of an attempt: they record what is
 * to be kept and add what is wrong to set.
 */
void tcpshake_negotiate_syn(struct tcpshake_details *details, const struct tcpshake_segment *seg,
			    const struct tcpshake_options *options, bool again);
/* The server's own SYN, which offers like the client's and answers nothing. */
void tcpshake_negotiate_crossing(struct tcpshake_details *details,
				 const struct tcpshake_segment *seg,
				 const struct tcpshake_options *options);
void tcpshake_negotiate_synack(struct tcpshake_details *details,
			       const struct tcpshake_segment *seg,
			       const struct tcpshake_options *options, bool again,
			       struct tcpshake_anomalies *set);
void tcpshake_negotiate_ack(struct tcpshake_details *details,
			    const struct tcpshake_options *options,
			    struct tcpshake_anomalies *set);

/* Have both sides sent timestamps? */
bool tcpshake_details_timestamps(const struct tcpshake_details *details);

struct tcpshake_negotiated {
	u16 present;		/* enum tcpshake_option; MD5, AO, SMC-R and ENO likewise */
	u8 ecn;			/* enum tcpshake_ecn */
	u8 fast_open;		/* enum tcpshake_fast_open */
	u8 mptcp;		/* enum tcpshake_mptcp */
};

/*
 * What both sides' options come to. flags: enum tcpshake_flag, of the flow;
 * syn_len: data in the SYN; completed: that is its outcome.
 * Return: false while it is not known.
 */
bool tcpshake_negotiated(const struct tcpshake_details *details, u32 flags, u16 syn_len,
			 bool completed, struct tcpshake_negotiated *result);

#endif /* TCPSHAKE_CORE_NEGOTIATE_H */
