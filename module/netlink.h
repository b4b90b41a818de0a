/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family "tcpshake": requests in netlink.c, events in events.c. */
#ifndef TCPSHAKE_NETLINK_H
#define TCPSHAKE_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family tcpshake_family;

int tcpshake_netlink_init(void);
void tcpshake_netlink_exit(void);

#endif /* TCPSHAKE_NETLINK_H */
