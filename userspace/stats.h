/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The counters as the kernel has them now; for every verb that wants to know. */
#ifndef TCPSHAKE_STATS_H
#define TCPSHAKE_STATS_H

#include "decode.h"

struct nl;

/*
 * Opens, asks and closes. file NULL: a socket.
 * Return: 0, or a negative errno for nl_complain().
 */
int stats_read(struct nl *nl, const char *file, struct stats *stats);

#endif /* TCPSHAKE_STATS_H */
