/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Inside the services: what service.c and evaluate.c share. For all others there is service.h. */
#ifndef TCPSHAKE_CORE_EVALUATE_H
#define TCPSHAKE_CORE_EVALUATE_H

#include "service.h"

/* Takes what its pages have counted since the last look into its totals. */
void tcpshake_service_fold(const struct tcpshake_services *s, struct tcpshake_service *service);

/* Somebody found no room in this row. Return: was anyone retired? */
bool tcpshake_services_make_room(struct tcpshake_services *s, u32 row);

/* A record or a group goes. A group without members goes with the next tick. */
void tcpshake_watch_leave(struct tcpshake_services *s, struct tcpshake_watch *watch);
void tcpshake_watch_drop_forensics(struct tcpshake_services *s, struct tcpshake_watch *watch);

/* Return: the namespace's record, NULL if it has gone. */
struct tcpshake_service *tcpshake_services_space(const struct tcpshake_services *s, u16 owner);

#endif /* TCPSHAKE_CORE_EVALUATE_H */
