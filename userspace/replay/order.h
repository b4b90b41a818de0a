/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Puts attempts, which end in any order, back into that of their first SYN: one
 * that ended waits until all before it have.
 */
#ifndef TCPSHAKE_ORDER_H
#define TCPSHAKE_ORDER_H

#include "store.h"

struct order;

/* NULL when there is no memory. */
struct order *order_new(void (*told)(void *context, const struct attempt *attempt),
			void *context);

/* From here on whatever is added is told at once. Before the first. */
void order_give_up(struct order *order);

void order_free(struct order *order);

/*
 * Attempts are numbered from 0 without a gap; each number is added once. What
 * waits takes room: it is the caller's to see that no number is missing for too
 * long. False when there is no memory.
 */
bool order_add(struct order *order, u64 number, const struct attempt *attempt);

#endif /* TCPSHAKE_ORDER_H */
