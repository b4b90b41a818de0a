/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Choosing between the flows of one tuple. Numbers are those of slots; 0 is none. */
#ifndef TCPSHAKE_TUPLE_H
#define TCPSHAKE_TUPLE_H

#include "flows.h"

/* The flow the segment is of. */
u32 tuple_choose(const struct flows *flows, const struct tuple *tuple,
		 const struct tcpshake_segment *seg);

/* How many attempts are pending, and which is the oldest of them. */
unsigned int tuple_pending(const struct flows *flows, const struct tuple *tuple, u32 *oldest);

/* How many other SYN-ACKs the flow has. */
unsigned int tuple_rivals(const struct flows *flows, const struct tuple *tuple, u32 number);

/*
 * A rival was taken, and is dropped: whose it was goes on in its stead. Return:
 * that flow.
 */
u32 tuple_adopt(struct flows *flows, struct tuple *tuple, u32 rival);

#endif /* TCPSHAKE_TUPLE_H */
