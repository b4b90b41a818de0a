/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Room for the options of pending attempts (core/negotiate.h), in a pool of its
 * own: sixteen rows of the flow table share twelve places, which is 2.6 octets
 * a slot. An ordinary host's attempts all find one; under a flood the newest take
 * the places of older ones in turn, whose options are forgotten, and nothing else.
 *
 * Locking. A group of rows has a raw spinlock, taken below a row lock. Who gets
 * details holds it until tcpshake_details_unlock().
 */
#ifndef TCPSHAKE_DETAILS_H
#define TCPSHAKE_DETAILS_H

#include "core/negotiate.h"

#define TCPSHAKE_DETAILS_ROWS	16	/* in a group */

struct tcpshake_details_group;

int tcpshake_details_init(u32 rows);
void tcpshake_details_exit(void);

/* Context: BH off, the row locked. */
struct tcpshake_details_group *tcpshake_details_lock(u32 row);
void tcpshake_details_unlock(struct tcpshake_details_group *group);

/* Return: the details of the slot, NULL if it has none. Context: the group locked. */
struct tcpshake_details *tcpshake_details_find(struct tcpshake_details_group *group, u32 slot);

/* Empty ones for a slot that has none. forgot: another attempt's were taken for it. */
struct tcpshake_details *tcpshake_details_take(struct tcpshake_details_group *group, u32 slot,
					       bool *forgot);

/* Context: the group locked. */
void tcpshake_details_drop(struct tcpshake_details_group *group, u32 slot);

#endif /* TCPSHAKE_DETAILS_H */
