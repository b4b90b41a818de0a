/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * TCP options (RFC 9293, 3.1 and 3.2), read off a segment. Only segments of a
 * handshake come here, never established traffic.
 */
#ifndef TCPSHAKE_CORE_OPTIONS_H
#define TCPSHAKE_CORE_OPTIONS_H

#include "segment.h"

struct tcpshake_options {
	u16 present;		/* enum tcpshake_option; what has a length it cannot have is not */
	u16 mss;
	u8 window_scale;	/* as sent, be it above 14 */
	u32 tsval;
	u32 tsecr;
	u16 mptcp_key;		/* the sender's MP_CAPABLE key, folded; 0: none */
	u16 mptcp_echo;		/* the receiver's, as the third segment repeats it; likewise */
};

/*
 * Reads the options of a segment and adds to set what is wrong with them by
 * themselves. Bounded by the 40 octets options can have.
 */
void tcpshake_options_parse(const struct tcpshake_segment *seg, struct tcpshake_options *options,
			    struct tcpshake_anomalies *set);

#endif /* TCPSHAKE_CORE_OPTIONS_H */
