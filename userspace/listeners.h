/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The sockets that listen on this host, and how full their accept queues are (sock_diag(7)). */
#ifndef TCPSHAKE_LISTENERS_H
#define TCPSHAKE_LISTENERS_H

#include "decode.h"

struct listener {
	struct endpoint local;	/* address may be the unspecified one: any */
	u64 queue;		/* connections that wait for accept() */
	u64 queue_max;		/* the backlog of listen() */
};

struct listeners {
	struct listener *all;
	size_t count;
};

/* What cannot be had is empty: then nothing is known of queues. */
void listeners_read(struct listeners *listeners);
void listeners_free(struct listeners *listeners);

/* The one that would take a connection to the endpoint: NULL if none is here. */
const struct listener *listeners_find(const struct listeners *listeners,
				      const struct endpoint *server);

#endif /* TCPSHAKE_LISTENERS_H */
