// SPDX-License-Identifier: GPL-2.0
/* GET_CONFIG and SET_CONFIG: a namespace switched on and off, its times and thresholds. */
#include <net/genetlink.h>

#include "encode.h"
#include "netlink.h"
#include "service.h"

/* Not const: kernels before 6.7 want it so. */
static struct netlink_range_validation timeout_range = {
	.min = TCPSHAKE_TIMEOUT_MIN,
	.max = TCPSHAKE_TIMEOUT_MAX,
};

static struct netlink_range_validation linger_range = {
	.min = TCPSHAKE_LINGER_MIN,
	.max = TCPSHAKE_LINGER_MAX,
};

static struct netlink_range_validation grace_range = {
	.min = TCPSHAKE_GRACE_MIN,
	.max = TCPSHAKE_GRACE_MAX,
};

static struct netlink_range_validation flood_floor_range = {
	.min = TCPSHAKE_FLOOD_FLOOR_MIN,
	.max = TCPSHAKE_FLOOD_FLOOR_MAX,
};

static struct netlink_range_validation flood_pending_range = {
	.min = TCPSHAKE_FLOOD_PENDING_MIN,
	.max = TCPSHAKE_FLOOD_PENDING_MAX,
};

static struct netlink_range_validation flood_hold_range = {
	.min = TCPSHAKE_FLOOD_HOLD_MIN,
	.max = TCPSHAKE_FLOOD_HOLD_MAX,
};

static struct netlink_range_validation flood_learning_range = {
	.min = TCPSHAKE_FLOOD_LEARNING_MIN,
	.max = TCPSHAKE_FLOOD_LEARNING_MAX,
};

const struct nla_policy tcpshake_config_policy[TCPSHAKE_CONFIG_A_MAX + 1] = {
	[TCPSHAKE_CONFIG_A_ENABLED] = NLA_POLICY_RANGE(NLA_U8, 0, 1),
	[TCPSHAKE_CONFIG_A_SYN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &timeout_range),
	[TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &timeout_range),
	[TCPSHAKE_CONFIG_A_MAX_AGE] = NLA_POLICY_FULL_RANGE(NLA_U32, &timeout_range),
	[TCPSHAKE_CONFIG_A_LINGER] = NLA_POLICY_FULL_RANGE(NLA_U32, &linger_range),
	[TCPSHAKE_CONFIG_A_GRACE] = NLA_POLICY_FULL_RANGE(NLA_U32, &grace_range),
	[TCPSHAKE_CONFIG_A_FLOOD_FLOOR] = NLA_POLICY_FULL_RANGE(NLA_U32, &flood_floor_range),
	[TCPSHAKE_CONFIG_A_FLOOD_PENDING] = NLA_POLICY_FULL_RANGE(NLA_U32, &flood_pending_range),
	[TCPSHAKE_CONFIG_A_FLOOD_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &flood_hold_range),
	[TCPSHAKE_CONFIG_A_FLOOD_LEARNING] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &flood_learning_range),
};

int tcpshake_get_config(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(genl_info_net(info));
	struct sk_buff *msg;
	void *header;
	int err;

	msg = tcpshake_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&pernet->lock);
	err = tcpshake_put_config(msg, pernet->observed);
	mutex_unlock(&pernet->lock);
	return tcpshake_reply(info, msg, header, err);
}

static void set_number(u32 *number, const struct nlattr *attr)
{
	if (attr)
		WRITE_ONCE(*number, nla_get_u32(attr));
}

static void set_numbers(struct tcpshake_config *config, struct nlattr **attrs)
{
	set_number(&config->syn_timeout, attrs[TCPSHAKE_CONFIG_A_SYN_TIMEOUT]);
	set_number(&config->synack_timeout, attrs[TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT]);
	set_number(&config->max_age, attrs[TCPSHAKE_CONFIG_A_MAX_AGE]);
	set_number(&config->linger, attrs[TCPSHAKE_CONFIG_A_LINGER]);
	set_number(&config->grace, attrs[TCPSHAKE_CONFIG_A_GRACE]);
	set_number(&config->detector.floor, attrs[TCPSHAKE_CONFIG_A_FLOOD_FLOOR]);
	set_number(&config->detector.pending, attrs[TCPSHAKE_CONFIG_A_FLOOD_PENDING]);
	set_number(&config->detector.hold_ms, attrs[TCPSHAKE_CONFIG_A_FLOOD_HOLD]);
	set_number(&config->detector.learning_ms, attrs[TCPSHAKE_CONFIG_A_FLOOD_LEARNING]);
}

static bool has_numbers(struct nlattr **attrs)
{
	int type;

	for (type = TCPSHAKE_CONFIG_A_ENABLED + 1; type <= TCPSHAKE_CONFIG_A_MAX; type++)
		if (attrs[type])
			return true;
	return false;
}

/* Every value was checked by the policy; what is left can fail only before it changes anything. */
static int apply_config(struct net *net, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(net);
	const struct nlattr *switched = attrs[TCPSHAKE_CONFIG_A_ENABLED];
	const bool on = switched ? nla_get_u8(switched) : !!pernet->observed;
	int err;

	if (!on && has_numbers(attrs)) {
		NL_SET_ERR_MSG(extack, "all but ENABLED can be set only while observation is on");
		return -EINVAL;
	}
	if (on && !pernet->observed) {
		err = tcpshake_net_start(net);
		if (err) {
			NL_SET_ERR_MSG(extack, "observation could not be switched on");
			return err;
		}
	}
	if (on) {
		set_numbers(&pernet->observed->config, attrs);
		tcpshake_service_configure(pernet->observed);
	} else if (pernet->observed) {
		tcpshake_net_stop(net);
	}
	return 0;
}

int tcpshake_set_config(struct sk_buff *skb, struct genl_info *info)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(genl_info_net(info));
	struct nlattr *attrs[TCPSHAKE_CONFIG_A_MAX + 1];
	int err;

	if (!info->attrs[TCPSHAKE_A_CONFIG]) {
		NL_SET_ERR_MSG(info->extack, "attribute CONFIG is missing");
		return -EINVAL;
	}
	err = nla_parse_nested(attrs, TCPSHAKE_CONFIG_A_MAX, info->attrs[TCPSHAKE_A_CONFIG],
			       tcpshake_config_policy, info->extack);
	if (err)
		return err;
	mutex_lock(&pernet->lock);
	err = apply_config(genl_info_net(info), attrs, info->extack);
	mutex_unlock(&pernet->lock);
	return err;
}
