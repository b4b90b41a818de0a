// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink requests. Process context; each handler holds the namespace's mutex
 * while it uses what the namespace owns. Dumps keep their cursor and filter in
 * memory of their own between two calls.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "compat.h"
#include "counters.h"
#include "encode.h"
#include "filter.h"
#include "journal.h"
#include "netlink.h"
#include "service.h"
#include "table.h"

static const struct nla_policy policy[TCPSHAKE_A_MAX + 1] = {
	[TCPSHAKE_A_CONFIG] = NLA_POLICY_NESTED(tcpshake_config_policy),
	[TCPSHAKE_A_FILTER] = NLA_POLICY_NESTED(tcpshake_filter_policy),
};

struct tcpshake_net *tcpshake_lock_observed(struct net *net, struct netlink_ext_ack *extack)
{
	struct tcpshake_pernet *pernet = tcpshake_pernet(net);

	mutex_lock(&pernet->lock);
	if (pernet->observed)
		return pernet->observed;
	mutex_unlock(&pernet->lock);
	NL_SET_ERR_MSG(extack, "observation is off in this network namespace");
	return NULL;
}

void tcpshake_unlock_observed(struct net *net)
{
	mutex_unlock(&tcpshake_pernet(net)->lock);
}

struct sk_buff *tcpshake_reply_new(struct genl_info *info, void **header)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!msg)
		return NULL;
	*header = genlmsg_put_reply(msg, info, &tcpshake_family, 0, info->genlhdr->cmd);
	if (*header)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

int tcpshake_reply(struct genl_info *info, struct sk_buff *msg, void *header, int err)
{
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

static int get_stats(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct tcpshake_totals totals;
	struct tcpshake_net *tn;
	struct sk_buff *msg;
	void *header;
	int err;

	msg = tcpshake_reply_new(info, &header);
	if (!msg)
		return -ENOMEM;
	tn = tcpshake_lock_observed(net, info->extack);
	if (!tn)
		return tcpshake_reply(info, msg, header, -ENODATA);
	tcpshake_counters_fold(tn, &totals);
	err = tcpshake_put_stats(msg, tn, &totals);
	tcpshake_unlock_observed(net);
	return tcpshake_reply(info, msg, header, err);
}

static int reset_latency(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct tcpshake_net *tn = tcpshake_lock_observed(net, info->extack);

	if (!tn)
		return -ENODATA;
	tcpshake_service_latency_reset(tn);
	tcpshake_unlock_observed(net);
	return 0;
}

/*
 * A dump between two calls. The request is looked at in the first call, not in
 * start(): older kernels, 6.1 among them, take no extack message from there.
 */
struct dump {
	bool prepared;
	struct tcpshake_filter filter;
	struct tcpshake_record *records; /* completed and anomalies: all there is to tell */
	size_t count;
	size_t at;	/* next record; half-open: next row */
	unsigned int way; /* half-open: next place in that row */
	struct tcpshake_pending row[TCPSHAKE_WAYS]; /* half-open: a copy of it */
};

static struct dump **dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump *) > sizeof(cb->ctx));
	return (struct dump **)cb->ctx;
}

static int dump_start(struct netlink_callback *cb)
{
	struct dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);

	*dump_of(cb) = dump;
	return dump ? 0 : -ENOMEM;
}

static int dump_done(struct netlink_callback *cb)
{
	struct dump *dump = *dump_of(cb);

	kvfree(dump->records);
	kfree(dump);
	return 0;
}

/* For dumps of a ring: what they will tell is fixed now. */
static int take_records(struct netlink_callback *cb, enum tcpshake_ring_kind kind)
{
	struct net *net = sock_net(cb->skb->sk);
	struct tcpshake_net *tn = tcpshake_lock_observed(net, cb->extack);
	struct dump *dump = *dump_of(cb);

	if (!tn)
		return -ENODATA;
	dump->records = tcpshake_journal_newest(tn, kind, &dump->count);
	tcpshake_unlock_observed(net);
	return dump->records ? 0 : -ENOMEM;
}

static int prepare_half_open(struct netlink_callback *cb)
{
	struct nlattr *filter = tcpshake_dump_attrs(cb)[TCPSHAKE_A_FILTER];

	return tcpshake_filter_parse(&(*dump_of(cb))->filter, filter, cb->extack);
}

static int prepare_completed(struct netlink_callback *cb)
{
	struct nlattr *filter = tcpshake_dump_attrs(cb)[TCPSHAKE_A_FILTER];

	if (filter && tcpshake_filter_wants_pending(filter)) {
		NL_SET_ERR_MSG_ATTR(cb->extack, filter,
				    "STATE and MIN_AGE do not apply to completed handshakes");
		return -EINVAL;
	}
	return tcpshake_filter_parse(&(*dump_of(cb))->filter, filter, cb->extack) ?:
	       take_records(cb, TCPSHAKE_RING_COMPLETED);
}

static int prepare_anomalies(struct netlink_callback *cb)
{
	struct nlattr *filter = tcpshake_dump_attrs(cb)[TCPSHAKE_A_FILTER];

	if (filter) {
		NL_SET_ERR_MSG_ATTR(cb->extack, filter, "FILTER does not apply to anomalies");
		return -EINVAL;
	}
	return take_records(cb, TCPSHAKE_RING_MALFORMED);
}

/* The first call of a dump looks at the request. */
static int dump_prepare(struct netlink_callback *cb, int (*prepare)(struct netlink_callback *cb))
{
	struct dump *dump = *dump_of(cb);
	int err;

	if (dump->prepared)
		return 0;
	err = prepare(cb);
	dump->prepared = !err;
	return err;
}

void *tcpshake_dump_header(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &tcpshake_family,
			   NLM_F_MULTI, cmd);
}

/* Return: -EMSGSIZE when msg is full. */
static int dump_pending(struct sk_buff *msg, struct netlink_callback *cb,
			const struct tcpshake_pending *pending)
{
	void *header = tcpshake_dump_header(msg, cb, TCPSHAKE_CMD_GET_HALF_OPEN);

	if (!header || tcpshake_put_pending(msg, pending)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int dump_row(struct sk_buff *msg, struct netlink_callback *cb, struct dump *dump, u16 owner)
{
	const u32 mask = tcpshake_table_read(dump->at, owner, dump->row);

	for (; dump->way < TCPSHAKE_WAYS; dump->way++) {
		const struct tcpshake_pending *pending = &dump->row[dump->way];

		if (mask & (1U << dump->way) &&
		    tcpshake_filter_matches(&dump->filter, &pending->flow, tcpshake_now_us()) &&
		    dump_pending(msg, cb, pending))
			return -EMSGSIZE;
	}
	dump->way = 0;
	return 0;
}

static int dump_half_open(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct net *net = sock_net(cb->skb->sk);
	struct dump *dump = *dump_of(cb);
	struct tcpshake_net *tn;
	int err;

	err = dump_prepare(cb, prepare_half_open);
	if (err)
		return err;
	tn = tcpshake_lock_observed(net, cb->extack);
	if (!tn)
		return -ENODATA;
	for (; dump->at < tcpshake_table_rows(); dump->at++) {
		if (dump_row(msg, cb, dump, tn->id))
			break;
		cond_resched();
	}
	tcpshake_unlock_observed(net);
	return msg->len;
}

/* One record in one message. Return: -EMSGSIZE when msg is full. */
static int dump_record(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd,
		       const struct tcpshake_record *record)
{
	void *header = tcpshake_dump_header(msg, cb, cmd);
	int err = -EMSGSIZE;

	if (header)
		err = cmd == TCPSHAKE_CMD_GET_COMPLETED ? tcpshake_put_ended(msg, record) :
							  tcpshake_put_anomaly(msg, record);
	if (err)
		genlmsg_cancel(msg, header);
	else
		genlmsg_end(msg, header);
	return err;
}

static int dump_completed(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct dump *dump = *dump_of(cb);
	int err = dump_prepare(cb, prepare_completed);

	if (err)
		return err;
	for (; dump->at < dump->count; dump->at++) {
		const struct tcpshake_record *record = &dump->records[dump->at];

		if (tcpshake_filter_matches(&dump->filter, &record->ended.flow, 0) &&
		    dump_record(msg, cb, TCPSHAKE_CMD_GET_COMPLETED, record))
			break;
	}
	return msg->len;
}

static int dump_anomalies(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct dump *dump = *dump_of(cb);
	int err = dump_prepare(cb, prepare_anomalies);

	if (err)
		return err;
	for (; dump->at < dump->count; dump->at++)
		if (dump_record(msg, cb, TCPSHAKE_CMD_GET_ANOMALIES, &dump->records[dump->at]))
			break;
	return msg->len;
}

static const struct genl_ops ops[] = {
	{
		.cmd = TCPSHAKE_CMD_GET_STATS,
		.doit = get_stats,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_HALF_OPEN,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = dump_start,
		.dumpit = dump_half_open,
		.done = dump_done,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_COMPLETED,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = dump_start,
		.dumpit = dump_completed,
		.done = dump_done,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_ANOMALIES,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = dump_start,
		.dumpit = dump_anomalies,
		.done = dump_done,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_CONFIG,
		.doit = tcpshake_get_config,
	},
	{
		.cmd = TCPSHAKE_CMD_SET_CONFIG,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = tcpshake_set_config,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_SERVICES,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcpshake_dump_service_start,
		.dumpit = tcpshake_dump_services,
		.done = tcpshake_dump_service_done,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_FLOODS,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = tcpshake_dump_service_start,
		.dumpit = tcpshake_dump_floods,
		.done = tcpshake_dump_service_done,
	},
	{
		.cmd = TCPSHAKE_CMD_GET_LATENCY,
		.start = tcpshake_dump_service_start,
		.dumpit = tcpshake_dump_latency,
		.done = tcpshake_dump_service_done,
	},
	{
		.cmd = TCPSHAKE_CMD_RESET_LATENCY,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = reset_latency,
	},
};

static const struct genl_multicast_group groups[] = {
	[TCPSHAKE_EVENTS_HANDSHAKE] = {
		.name = TCPSHAKE_GROUP_HANDSHAKE,
		.flags = TCPSHAKE_MCAST_NET_ADMIN,
	},
	[TCPSHAKE_EVENTS_ANOMALY] = {
		.name = TCPSHAKE_GROUP_ANOMALY,
		.flags = TCPSHAKE_MCAST_NET_ADMIN,
	},
	[TCPSHAKE_EVENTS_FLOOD] = {
		.name = TCPSHAKE_GROUP_FLOOD,
		.flags = TCPSHAKE_MCAST_NET_ADMIN,
	},
};

static_assert(TCPSHAKE_EVENTS_FLOOD == TCPSHAKE_EVENT_GROUPS);

struct genl_family tcpshake_family __ro_after_init = {
	.name = TCPSHAKE_GENL_NAME,
	.version = TCPSHAKE_GENL_VERSION,
	.maxattr = TCPSHAKE_A_MAX,
	.policy = policy,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init tcpshake_netlink_init(void)
{
	int err = genl_register_family(&tcpshake_family);

	if (!err)
		tcpshake_events_open();
	return err;
}

void tcpshake_netlink_exit(void)
{
	tcpshake_events_close();
	genl_unregister_family(&tcpshake_family);
}
