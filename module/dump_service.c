// SPDX-License-Identifier: GPL-2.0
/* Netlink dumps of services, floods and histograms. Process context, as in netlink.c. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "compat.h"
#include "encode.h"
#include "filter.h"
#include "netlink.h"
#include "service.h"

/* A dump between two calls. */
struct dump {
	bool prepared;
	struct tcpshake_filter filter;
	struct tcpshake_flood *floods;	/* all there is to tell */
	struct tcpshake_latency *latency; /* likewise */
	u32 count;
	u32 at;
};

static struct dump **dump_of(struct netlink_callback *cb)
{
	return (struct dump **)cb->ctx;
}

int tcpshake_dump_service_start(struct netlink_callback *cb)
{
	struct dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL);

	*dump_of(cb) = dump;
	return dump ? 0 : -ENOMEM;
}

int tcpshake_dump_service_done(struct netlink_callback *cb)
{
	struct dump *dump = *dump_of(cb);

	kvfree(dump->floods);
	kvfree(dump->latency);
	kfree(dump);
	return 0;
}

static int prepare_services(struct netlink_callback *cb, struct dump *dump,
			    const struct tcpshake_net *tn)
{
	struct nlattr *filter = tcpshake_dump_attrs(cb)[TCPSHAKE_A_FILTER];

	if (filter && !tcpshake_filter_is_of_services(filter)) {
		NL_SET_ERR_MSG_ATTR(cb->extack, filter,
				    "of services only FAMILY, SERVER, SERVER_PREFIX_LEN and SERVER_PORT are known");
		return -EINVAL;
	}
	return tcpshake_filter_parse(&dump->filter, filter, cb->extack);
}

static int refuse_filter(struct netlink_callback *cb)
{
	struct nlattr *filter = tcpshake_dump_attrs(cb)[TCPSHAKE_A_FILTER];

	if (!filter)
		return 0;
	NL_SET_ERR_MSG_ATTR(cb->extack, filter, "FILTER does not apply here");
	return -EINVAL;
}

static int prepare_floods(struct netlink_callback *cb, struct dump *dump,
			  const struct tcpshake_net *tn)
{
	int err = refuse_filter(cb);

	if (err)
		return err;
	dump->floods = kvcalloc(TCPSHAKE_FLOODS, sizeof(*dump->floods), GFP_KERNEL);
	if (!dump->floods)
		return -ENOMEM;
	dump->count = tcpshake_service_floods(tn, dump->floods, TCPSHAKE_FLOODS);
	return 0;
}

static int prepare_latency(struct netlink_callback *cb, struct dump *dump,
			   const struct tcpshake_net *tn)
{
	int err = refuse_filter(cb);

	if (err)
		return err;
	dump->latency = kvzalloc(sizeof(*dump->latency), GFP_KERNEL);
	if (!dump->latency)
		return -ENOMEM;
	tcpshake_service_latency(tn, dump->latency);
	dump->count = TCPSHAKE_HALVES;
	return 0;
}

/* One message. Return: -EMSGSIZE when msg is full. */
static int put(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd, struct dump *dump,
	       const struct tcpshake_service_report *report)
{
	void *header = tcpshake_dump_header(msg, cb, cmd);
	int err = -EMSGSIZE;

	if (header && report)
		err = tcpshake_put_service(msg, report);
	else if (header && dump->floods)
		err = tcpshake_put_flood(msg, &dump->floods[dump->at], 0);
	else if (header)
		err = tcpshake_put_latency(msg, dump->at + 1, &dump->latency->halves[dump->at],
					   dump->latency->sum_us[dump->at]);
	if (err)
		genlmsg_cancel(msg, header);
	else
		genlmsg_end(msg, header);
	return err;
}

static bool is_wanted(const struct dump *dump, const struct tcpshake_service_report *report)
{
	return report->is_space ? tcpshake_filter_is_empty(&dump->filter) :
				  tcpshake_filter_matches_server(&dump->filter, report->key.addr,
								 report->key.port);
}

static void dump_services(struct sk_buff *msg, struct netlink_callback *cb, struct dump *dump,
			  const struct tcpshake_net *tn)
{
	struct tcpshake_service_report report;
	u32 at = dump->at;

	while (tcpshake_service_next(tn, &at, &report)) {
		if (is_wanted(dump, &report) &&
		    put(msg, cb, TCPSHAKE_CMD_GET_SERVICES, dump, &report))
			return;
		dump->at = at;
		cond_resched();
	}
	dump->at = at;
}

static int dump_any(struct sk_buff *msg, struct netlink_callback *cb, u8 cmd,
		    int (*prepare)(struct netlink_callback *cb, struct dump *dump,
				   const struct tcpshake_net *tn))
{
	struct net *net = sock_net(cb->skb->sk);
	struct tcpshake_net *tn = tcpshake_lock_observed(net, cb->extack);
	struct dump *dump = *dump_of(cb);
	int err = 0;

	if (!tn)
		return -ENODATA;
	if (!dump->prepared)
		err = prepare(cb, dump, tn);
	dump->prepared = !err;
	if (!err && cmd == TCPSHAKE_CMD_GET_SERVICES)
		dump_services(msg, cb, dump, tn);
	for (; !err && cmd != TCPSHAKE_CMD_GET_SERVICES && dump->at < dump->count; dump->at++)
		if (put(msg, cb, cmd, dump, NULL))
			break;
	tcpshake_unlock_observed(net);
	return err ?: msg->len;
}

int tcpshake_dump_services(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_any(msg, cb, TCPSHAKE_CMD_GET_SERVICES, prepare_services);
}

int tcpshake_dump_floods(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_any(msg, cb, TCPSHAKE_CMD_GET_FLOODS, prepare_floods);
}

int tcpshake_dump_latency(struct sk_buff *msg, struct netlink_callback *cb)
{
	return dump_any(msg, cb, TCPSHAKE_CMD_GET_LATENCY, prepare_latency);
}
