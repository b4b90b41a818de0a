/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family "tcpshake": requests in netlink.c, events in events.c. */
#ifndef TCPSHAKE_NETLINK_H
#define TCPSHAKE_NETLINK_H

#include <net/genetlink.h>

#include "core/types.h"

struct tcpshake_net;

extern struct genl_family tcpshake_family;

#define TCPSHAKE_EVENTS_FLOOD 2	/* index of the group, behind those of the journal */

int tcpshake_netlink_init(void);
void tcpshake_netlink_exit(void);

/* Locks the namespace. Return: what it owns, or NULL with an extack message and nothing locked. */
struct tcpshake_net *tcpshake_lock_observed(struct net *net, struct netlink_ext_ack *extack);
void tcpshake_unlock_observed(struct net *net);

void *tcpshake_dump_header(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd);

/* A reply to the request, and its end: sent, or, if err, not. */
struct sk_buff *tcpshake_reply_new(struct genl_info *info, void **header);
int tcpshake_reply(struct genl_info *info, struct sk_buff *msg, void *header, int err);

/* In config.c. */
extern const struct nla_policy tcpshake_config_policy[TCPSHAKE_CONFIG_A_MAX + 1];
int tcpshake_get_config(struct sk_buff *skb, struct genl_info *info);
int tcpshake_set_config(struct sk_buff *skb, struct genl_info *info);

/* In dump_service.c: services, floods, histograms. */
int tcpshake_dump_service_start(struct netlink_callback *cb);
int tcpshake_dump_service_done(struct netlink_callback *cb);
int tcpshake_dump_services(struct sk_buff *msg, struct netlink_callback *cb);
int tcpshake_dump_floods(struct sk_buff *msg, struct netlink_callback *cb);
int tcpshake_dump_latency(struct sk_buff *msg, struct netlink_callback *cb);

#endif /* TCPSHAKE_NETLINK_H */
