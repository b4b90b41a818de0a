// SPDX-License-Identifier: GPL-2.0
/* Netlink encoding. Process context; knows the ABI's nests and nothing of sockets. */
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/timekeeping.h>
#include <net/netlink.h>

#include "counters.h"
#include "encode.h"
#include "table.h"

/* Closes the nest, or takes it back. */
static int finish(struct sk_buff *msg, struct nlattr *nest, bool failed)
{
	if (failed) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static bool put_addr(struct sk_buff *msg, int type, const u8 addr[TCPSHAKE_ADDR_LEN])
{
	if (tcpshake_addr_is_v4(addr))
		return nla_put(msg, type, 4, addr + 12);
	return nla_put(msg, type, TCPSHAKE_ADDR_LEN, addr);
}

static u8 family(const u8 addr[TCPSHAKE_ADDR_LEN])
{
	return tcpshake_addr_is_v4(addr) ? AF_INET : AF_INET6;
}

static bool put_flow(struct sk_buff *msg, const struct tcpshake_flow *flow)
{
	u32 rtt;

	return nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_FAMILY, family(flow->client)) ||
	       put_addr(msg, TCPSHAKE_HANDSHAKE_A_CLIENT, flow->client) ||
	       put_addr(msg, TCPSHAKE_HANDSHAKE_A_SERVER, flow->server) ||
	       nla_put_be16(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_PORT, htons(flow->client_port)) ||
	       nla_put_be16(msg, TCPSHAKE_HANDSHAKE_A_SERVER_PORT, htons(flow->server_port)) ||
	       nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_ISN, flow->client_isn) ||
	       (flow->synack_count &&
		nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_SERVER_ISN, flow->server_isn)) ||
	       nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_FLAGS, flow->flags) ||
	       nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_SYN_COUNT, flow->syn_count) ||
	       nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT, flow->synack_count) ||
	       (tcpshake_flow_server_rtt(flow, &rtt) &&
		nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_SERVER_RTT, rtt));
}

static bool put_time(struct sk_buff *msg, int type, u64 ns)
{
	return nla_put_u64_64bit(msg, type, ns, TCPSHAKE_HANDSHAKE_A_PAD);
}

int tcpshake_put_pending(struct sk_buff *msg, const struct tcpshake_flow *flow)
{
	const u32 age = tcpshake_flow_age(flow, tcpshake_now_us());
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_HANDSHAKE);

	if (!nest)
		return -EMSGSIZE;
	return finish(msg, nest,
		      put_time(msg, TCPSHAKE_HANDSHAKE_A_TIME,
			       ktime_get_real_ns() - (u64)age * 1000) ||
			      put_flow(msg, flow) ||
			      nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_STATE, flow->state) ||
			      put_time(msg, TCPSHAKE_HANDSHAKE_A_AGE, age));
}

int tcpshake_put_ended(struct sk_buff *msg, const struct tcpshake_record *record)
{
	const struct tcpshake_ended *ended = &record->ended;
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_HANDSHAKE);
	u32 rtt;

	if (!nest)
		return -EMSGSIZE;
	return finish(msg, nest,
		      put_time(msg, TCPSHAKE_HANDSHAKE_A_TIME,
			       record->wall_ns - (u64)ended->total_us * 1000) ||
			      put_flow(msg, &ended->flow) ||
			      nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_OUTCOME, ended->outcome) ||
			      put_time(msg, TCPSHAKE_HANDSHAKE_A_TOTAL, ended->total_us) ||
			      (tcpshake_ended_client_rtt(ended, &rtt) &&
			       nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT, rtt)));
}

static bool put_kinds(struct sk_buff *msg, const struct tcpshake_anomalies *set)
{
	u16 kind;

	for (kind = 1; kind <= TCPSHAKE_ANOMALY_MAX; kind++)
		if (tcpshake_anomalies_has(set, kind) &&
		    nla_put_u16(msg, TCPSHAKE_ANOMALY_A_KIND, kind))
			return true;
	return false;
}

int tcpshake_put_anomaly(struct sk_buff *msg, const struct tcpshake_record *record)
{
	const struct tcpshake_segment *seg = &record->segment;
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_ANOMALY);

	if (!nest)
		return -EMSGSIZE;
	return finish(msg, nest,
		      nla_put_u64_64bit(msg, TCPSHAKE_ANOMALY_A_TIME, record->wall_ns,
					TCPSHAKE_ANOMALY_A_PAD) ||
			      nla_put_u8(msg, TCPSHAKE_ANOMALY_A_FAMILY, family(seg->src)) ||
			      put_addr(msg, TCPSHAKE_ANOMALY_A_SOURCE, seg->src) ||
			      put_addr(msg, TCPSHAKE_ANOMALY_A_DESTINATION, seg->dst) ||
			      nla_put_be16(msg, TCPSHAKE_ANOMALY_A_SOURCE_PORT,
					   htons(seg->src_port)) ||
			      nla_put_be16(msg, TCPSHAKE_ANOMALY_A_DESTINATION_PORT,
					   htons(seg->dst_port)) ||
			      nla_put_u16(msg, TCPSHAKE_ANOMALY_A_TCP_FLAGS, seg->flags) ||
			      nla_put_u32(msg, TCPSHAKE_ANOMALY_A_SEQ, seg->seq) ||
			      nla_put_u32(msg, TCPSHAKE_ANOMALY_A_ACK, seg->ack) ||
			      put_kinds(msg, &seg->anomalies));
}

/* Attribute type = index; index 0 names nothing. */
static bool put_array(struct sk_buff *msg, int type, const u64 *values, unsigned int last)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	unsigned int i;

	if (!nest)
		return true;
	for (i = 1; i <= last; i++)
		if (nla_put_u64_64bit(msg, i, values[i], 0))
			return finish(msg, nest, true);
	return finish(msg, nest, false);
}

int tcpshake_put_stats(struct sk_buff *msg, const struct tcpshake_net *tn,
		       const struct tcpshake_totals *t)
{
	const struct {
		u16 type;
		u64 value;
	} numbers[] = {
		{ TCPSHAKE_STATS_A_PACKETS, tcpshake_totals_packets(t) },
		{ TCPSHAKE_STATS_A_ATTEMPTS, t->exits[TCPSHAKE_EXIT_NEW_ATTEMPT] },
		{ TCPSHAKE_STATS_A_STALLED, t->stalled },
		{ TCPSHAKE_STATS_A_EVENTS_HANDSHAKE,
		  READ_ONCE(tn->events_told[TCPSHAKE_EVENTS_HANDSHAKE]) },
		{ TCPSHAKE_STATS_A_EVENTS_ANOMALY,
		  READ_ONCE(tn->events_told[TCPSHAKE_EVENTS_ANOMALY]) },
		{ TCPSHAKE_STATS_A_EVENTS_LOST, READ_ONCE(tn->events_lost) },
		{ TCPSHAKE_STATS_A_TABLE_SLOTS, tcpshake_table_slots() },
		{ TCPSHAKE_STATS_A_TABLE_QUOTA, tn->quota },
		{ TCPSHAKE_STATS_A_TABLE_USED,
		  tcpshake_totals_pending(t) + t->flows[TCPSHAKE_FLOW_LINGERING] },
	};
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_STATS);
	bool failed = false;
	size_t i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		failed = failed || nla_put_u64_64bit(msg, numbers[i].type, numbers[i].value,
						     TCPSHAKE_STATS_A_PAD);
	return finish(msg, nest,
		      failed ||
		      put_array(msg, TCPSHAKE_STATS_A_EXITS, t->exits, TCPSHAKE_EXIT_MAX) ||
		      put_array(msg, TCPSHAKE_STATS_A_OUTCOMES, t->outcomes,
				TCPSHAKE_OUTCOME_MAX) ||
		      put_array(msg, TCPSHAKE_STATS_A_PENDING, t->flows, TCPSHAKE_STATE_MAX) ||
		      put_array(msg, TCPSHAKE_STATS_A_ANOMALIES, t->anomalies,
				TCPSHAKE_ANOMALY_MAX));
}

int tcpshake_put_config(struct sk_buff *msg, const struct tcpshake_net *tn)
{
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_CONFIG);
	bool failed;

	if (!nest)
		return -EMSGSIZE;
	failed = nla_put_u8(msg, TCPSHAKE_CONFIG_A_ENABLED, !!tn);
	if (tn)
		failed = failed ||
			 nla_put_u32(msg, TCPSHAKE_CONFIG_A_SYN_TIMEOUT, tn->config.syn_timeout) ||
			 nla_put_u32(msg, TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT,
				     tn->config.synack_timeout) ||
			 nla_put_u32(msg, TCPSHAKE_CONFIG_A_MAX_AGE, tn->config.max_age) ||
			 nla_put_u32(msg, TCPSHAKE_CONFIG_A_LINGER, tn->config.linger);
	return finish(msg, nest, failed);
}
