/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Packets of a network interface as they pass, through libpcap. What is wrong is
 * said on stderr, with the interface's name.
 */
#ifndef TCPSHAKE_LIVE_H
#define TCPSHAKE_LIVE_H

#include "capture.h"
#include "filter.h"

enum { LIVE_READ_MS = 100 };	/* the kernel looks that often for packets it keeps back */

struct live_settings {
	const char *interface;
	bool promiscuous;
	bool everything;		/* no filter in the kernel */
	bool outermost;			/* tunnels are not looked into */
	const struct filter *wanted;	/* attempts of interest */
};

/* Packets that never got here. */
struct live_counts {
	u64 dropped;	/* by the kernel, for want of room in the buffer */
	u64 missed;	/* by the interface, before any filter */
};

struct live;

/* NULL when the interface cannot be read, or not be understood. */
struct live *live_open(const struct live_settings *settings);
void live_close(struct live *live);

/*
 * Hands over packets that are there, at most max. Return: how many it were, or -1
 * when there will be no more. take returns false to be given no more in this call.
 */
int live_read(struct live *live, int max, bool (*take)(void *context, const struct packet *packet),
	      void *context);

/* Is readable when there are packets, at the latest twice LIVE_READ_MS after the first. */
int live_fd(const struct live *live);

const char *live_name(const struct live *live);

/* Is the interface still there, and up? What is wrong has been said. */
bool live_is_up(const struct live *live);

/* Since the start. */
struct live_counts live_count(struct live *live);

#endif /* TCPSHAKE_LIVE_H */
