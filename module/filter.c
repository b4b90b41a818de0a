// SPDX-License-Identifier: GPL-2.0
/* Dump filters: parsed once, in process context; matched against copies of flows. */
#include <linux/socket.h>

#include "filter.h"

const struct nla_policy tcpshake_filter_policy[TCPSHAKE_FILTER_A_MAX + 1] = {
	[TCPSHAKE_FILTER_A_FAMILY] = { .type = NLA_U8 },
	[TCPSHAKE_FILTER_A_CLIENT] = { .type = NLA_BINARY, .len = TCPSHAKE_ADDR_LEN },
	[TCPSHAKE_FILTER_A_CLIENT_PREFIX_LEN] = NLA_POLICY_RANGE(NLA_U8, 0, 128),
	[TCPSHAKE_FILTER_A_SERVER] = { .type = NLA_BINARY, .len = TCPSHAKE_ADDR_LEN },
	[TCPSHAKE_FILTER_A_SERVER_PREFIX_LEN] = NLA_POLICY_RANGE(NLA_U8, 0, 128),
	[TCPSHAKE_FILTER_A_CLIENT_PORT] = { .type = NLA_U16 },
	[TCPSHAKE_FILTER_A_SERVER_PORT] = { .type = NLA_U16 },
	[TCPSHAKE_FILTER_A_STATE] = NLA_POLICY_RANGE(NLA_U8, 1, TCPSHAKE_STATE_MAX),
	[TCPSHAKE_FILTER_A_MIN_AGE] = { .type = NLA_U32 },
};

static int parse_prefix(struct tcpshake_filter_side *side, const struct nlattr *addr,
			const struct nlattr *prefix_len, struct netlink_ext_ack *extack)
{
	int bits;

	if (!addr && !prefix_len)
		return 0;
	if (!addr) {
		NL_SET_ERR_MSG_ATTR(extack, prefix_len, "a prefix length needs an address");
		return -EINVAL;
	}
	if (nla_len(addr) != 4 && nla_len(addr) != TCPSHAKE_ADDR_LEN) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "an address has 4 or 16 octets");
		return -EINVAL;
	}
	bits = nla_len(addr) * 8;
	if (prefix_len && nla_get_u8(prefix_len) > bits) {
		NL_SET_ERR_MSG_ATTR(extack, prefix_len, "prefix length exceeds the address");
		return -EINVAL;
	}
	if (bits == 32)
		tcpshake_addr_from_v4(side->addr, nla_data(addr));
	else
		memcpy(side->addr, nla_data(addr), TCPSHAKE_ADDR_LEN);
	side->prefix_len = 128 - bits + (prefix_len ? nla_get_u8(prefix_len) : bits);
	return 0;
}

static void parse_port(struct tcpshake_filter_side *side, const struct nlattr *port)
{
	side->any_port = !port;
	if (port)
		side->port = ntohs(nla_get_be16(port));
}

int tcpshake_filter_parse(struct tcpshake_filter *filter, const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[TCPSHAKE_FILTER_A_MAX + 1] = {};
	int err;

	memset(filter, 0, sizeof(*filter));
	if (attr) {
		err = nla_parse_nested(attrs, TCPSHAKE_FILTER_A_MAX, attr, tcpshake_filter_policy,
				       extack);
		if (err)
			return err;
	}
	if (attrs[TCPSHAKE_FILTER_A_FAMILY]) {
		filter->family = nla_get_u8(attrs[TCPSHAKE_FILTER_A_FAMILY]);
		if (filter->family != AF_INET && filter->family != AF_INET6) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[TCPSHAKE_FILTER_A_FAMILY],
					    "family is neither AF_INET nor AF_INET6");
			return -EINVAL;
		}
	}
	parse_port(&filter->client, attrs[TCPSHAKE_FILTER_A_CLIENT_PORT]);
	parse_port(&filter->server, attrs[TCPSHAKE_FILTER_A_SERVER_PORT]);
	if (attrs[TCPSHAKE_FILTER_A_STATE])
		filter->state = nla_get_u8(attrs[TCPSHAKE_FILTER_A_STATE]);
	if (attrs[TCPSHAKE_FILTER_A_MIN_AGE])
		filter->min_age_us = 1000ULL * nla_get_u32(attrs[TCPSHAKE_FILTER_A_MIN_AGE]);
	return parse_prefix(&filter->client, attrs[TCPSHAKE_FILTER_A_CLIENT],
			    attrs[TCPSHAKE_FILTER_A_CLIENT_PREFIX_LEN], extack) ?:
	       parse_prefix(&filter->server, attrs[TCPSHAKE_FILTER_A_SERVER],
			    attrs[TCPSHAKE_FILTER_A_SERVER_PREFIX_LEN], extack);
}

bool tcpshake_filter_wants_pending(const struct nlattr *attr)
{
	return nla_find_nested(attr, TCPSHAKE_FILTER_A_STATE) ||
	       nla_find_nested(attr, TCPSHAKE_FILTER_A_MIN_AGE);
}

bool tcpshake_filter_is_of_services(const struct nlattr *attr)
{
	return !tcpshake_filter_wants_pending(attr) &&
	       !nla_find_nested(attr, TCPSHAKE_FILTER_A_CLIENT) &&
	       !nla_find_nested(attr, TCPSHAKE_FILTER_A_CLIENT_PREFIX_LEN) &&
	       !nla_find_nested(attr, TCPSHAKE_FILTER_A_CLIENT_PORT);
}

static bool side_matches(const struct tcpshake_filter_side *side,
			 const u8 addr[TCPSHAKE_ADDR_LEN], u16 port)
{
	const unsigned int octets = side->prefix_len / 8;
	const unsigned int bits = side->prefix_len % 8;

	if (!side->any_port && side->port != port)
		return false;
	if (memcmp(side->addr, addr, octets))
		return false;
	return !bits || !((side->addr[octets] ^ addr[octets]) >> (8 - bits));
}

bool tcpshake_filter_matches(const struct tcpshake_filter *filter,
			     const struct tcpshake_flow *flow, u64 now_us)
{
	const u8 family = tcpshake_addr_is_v4(flow->client) ? AF_INET : AF_INET6;

	if (filter->family && filter->family != family)
		return false;
	if (filter->state && filter->state != flow->state)
		return false;
	if (filter->min_age_us && tcpshake_flow_age(flow, now_us) < filter->min_age_us)
		return false;
	return side_matches(&filter->client, flow->client, flow->client_port) &&
	       side_matches(&filter->server, flow->server, flow->server_port);
}

bool tcpshake_filter_matches_server(const struct tcpshake_filter *filter,
				    const u8 addr[TCPSHAKE_ADDR_LEN], u16 port)
{
	const u8 family = tcpshake_addr_is_v4(addr) ? AF_INET : AF_INET6;

	return (!filter->family || filter->family == family) &&
	       side_matches(&filter->server, addr, port);
}

bool tcpshake_filter_is_empty(const struct tcpshake_filter *filter)
{
	return !filter->family && !filter->server.prefix_len && filter->server.any_port;
}
