/* SPDX-License-Identifier: GPL-2.0 */
/* Which attempts a dump is asked for: attribute FILTER of the ABI. */
#ifndef TCPSHAKE_FILTER_H
#define TCPSHAKE_FILTER_H

#include <net/netlink.h>

#include "core/handshake.h"

struct tcpshake_filter_side {
	u8 addr[TCPSHAKE_ADDR_LEN];
	u8 prefix_len;		/* of the 128 bits; 0 = any address */
	bool any_port;
	u16 port;
};

struct tcpshake_filter {
	struct tcpshake_filter_side client;
	struct tcpshake_filter_side server;
	u8 family;		/* 0 = any */
	u8 state;		/* 0 = any */
	u64 min_age_us;
};

extern const struct nla_policy tcpshake_filter_policy[TCPSHAKE_FILTER_A_MAX + 1];

/* attr may be NULL: then everything matches. Return: 0, or -EINVAL with an extack message. */
int tcpshake_filter_parse(struct tcpshake_filter *filter, const struct nlattr *attr,
			  struct netlink_ext_ack *extack);

/* Does the FILTER attribute ask for what only pending attempts have? */
bool tcpshake_filter_wants_pending(const struct nlattr *attr);

bool tcpshake_filter_matches(const struct tcpshake_filter *filter,
			     const struct tcpshake_flow *flow, u64 now_us);

/* Services: does the attribute ask for nothing they have not; is it of this one; of all? */
bool tcpshake_filter_is_of_services(const struct nlattr *attr);
bool tcpshake_filter_matches_server(const struct tcpshake_filter *filter,
				    const u8 addr[TCPSHAKE_ADDR_LEN], u16 port);
bool tcpshake_filter_is_empty(const struct tcpshake_filter *filter);

#endif /* TCPSHAKE_FILTER_H */
