/* SPDX-License-Identifier: GPL-2.0 */
/* What the BPF programs and their loader agree on. */
#ifndef TCPSHAKE_BENCH_PEER_H
#define TCPSHAKE_BENCH_PEER_H

enum peer_counter {
	PEER_NEW,		/* SYN of an attempt not yet there */
	PEER_AGAIN,		/* of one that is */
	PEER_SYNACK,
	PEER_COMPLETED,
	PEER_REFUSED,
	PEER_UNTRACKED,		/* all else */
	PEER_COUNTERS
};

#endif /* TCPSHAKE_BENCH_PEER_H */
