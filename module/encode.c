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
int tcpshake_put_end(struct sk_buff *msg, struct nlattr *nest, bool failed)
{
	if (failed) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

bool tcpshake_put_addr(struct sk_buff *msg, int type, const u8 addr[TCPSHAKE_ADDR_LEN])
{
	if (tcpshake_addr_is_v4(addr))
		return nla_put(msg, type, 4, addr + 12);
	return nla_put(msg, type, TCPSHAKE_ADDR_LEN, addr);
}

u8 tcpshake_family_of(const u8 addr[TCPSHAKE_ADDR_LEN])
{
	return tcpshake_addr_is_v4(addr) ? AF_INET : AF_INET6;
}

/* What one side said; no nest where that is not known. */
static bool put_offer(struct sk_buff *msg, int type, const struct tcpshake_offer *offer,
		      u16 window)
{
	struct nlattr *nest;

	if (!offer->seen)
		return false;
	nest = nla_nest_start(msg, type);
	if (!nest)
		return true;
	return tcpshake_put_end(msg, nest,
		      nla_put_u32(msg, TCPSHAKE_OPTIONS_A_PRESENT, offer->present) ||
		      (offer->present & TCPSHAKE_OPTION_MSS &&
		       nla_put_u16(msg, TCPSHAKE_OPTIONS_A_MSS, offer->mss)) ||
		      (offer->present & TCPSHAKE_OPTION_WINDOW_SCALE &&
		       nla_put_u8(msg, TCPSHAKE_OPTIONS_A_WINDOW_SCALE, offer->window_scale)) ||
		      (offer->present & TCPSHAKE_OPTION_TIMESTAMPS &&
		       nla_put_u32(msg, TCPSHAKE_OPTIONS_A_TIMESTAMP, offer->tsval)) ||
		      nla_put_u16(msg, TCPSHAKE_OPTIONS_A_WINDOW, window) ||
		      nla_put_u8(msg, TCPSHAKE_OPTIONS_A_TTL, offer->ttl) ||
		      nla_put_u8(msg, TCPSHAKE_OPTIONS_A_ECN_FLAGS,
				 offer->ace | offer->ecn << 3));
}

static bool put_negotiated(struct sk_buff *msg, const struct tcpshake_negotiated *negotiated)
{
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_HANDSHAKE_A_NEGOTIATED);

	if (!nest)
		return true;
	return tcpshake_put_end(msg, nest,
		      nla_put_u32(msg, TCPSHAKE_NEGOTIATED_A_PRESENT, negotiated->present) ||
		      nla_put_u8(msg, TCPSHAKE_NEGOTIATED_A_ECN, negotiated->ecn) ||
		      nla_put_u8(msg, TCPSHAKE_NEGOTIATED_A_FAST_OPEN, negotiated->fast_open) ||
		      nla_put_u8(msg, TCPSHAKE_NEGOTIATED_A_MPTCP, negotiated->mptcp));
}

/* details may be NULL. */
static bool put_details(struct sk_buff *msg, const struct tcpshake_flow *flow,
			const struct tcpshake_details *details, u32 flags, bool completed)
{
	struct tcpshake_negotiated negotiated;

	if (!details)
		return false;
	return put_offer(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_OPTIONS, &details->client,
			 flow->client_window) ||
	       put_offer(msg, TCPSHAKE_HANDSHAKE_A_SERVER_OPTIONS, &details->server,
			 flow->server_window) ||
	       (tcpshake_negotiated(details, flags, flow->syn_len, completed, &negotiated) &&
		put_negotiated(msg, &negotiated));
}

static bool put_flow(struct sk_buff *msg, const struct tcpshake_flow *flow, u32 flags)
{
	u32 rtt;

	return nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_FAMILY, tcpshake_family_of(flow->client)) ||
	       tcpshake_put_addr(msg, TCPSHAKE_HANDSHAKE_A_CLIENT, flow->client) ||
	       tcpshake_put_addr(msg, TCPSHAKE_HANDSHAKE_A_SERVER, flow->server) ||
	       nla_put_be16(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_PORT, htons(flow->client_port)) ||
	       nla_put_be16(msg, TCPSHAKE_HANDSHAKE_A_SERVER_PORT, htons(flow->server_port)) ||
	       nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_ISN, flow->client_isn) ||
	       (tcpshake_flow_answered(flow) &&
		nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_SERVER_ISN, flow->server_isn)) ||
	       nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_FLAGS, flags) ||
	       nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_SYN_COUNT, flow->syn_count) ||
	       nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT, flow->synack_count) ||
	       (tcpshake_flow_server_rtt(flow, flags, &rtt) &&
		nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_SERVER_RTT, rtt));
}

static bool put_time(struct sk_buff *msg, int type, u64 ns)
{
	return nla_put_u64_64bit(msg, type, ns, TCPSHAKE_HANDSHAKE_A_PAD);
}

int tcpshake_put_pending(struct sk_buff *msg, const struct tcpshake_pending *pending)
{
	const struct tcpshake_details *details = pending->has_details ? &pending->details : NULL;
	const struct tcpshake_flow *flow = &pending->flow;
	const u32 age = tcpshake_flow_age(flow, tcpshake_now_us());
	const u32 flags = tcpshake_flow_flags(flow, details);
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_HANDSHAKE);

	if (!nest)
		return -EMSGSIZE;
	return tcpshake_put_end(msg, nest,
		      put_time(msg, TCPSHAKE_HANDSHAKE_A_TIME,
			       ktime_get_real_ns() - (u64)age * 1000) ||
			      put_flow(msg, flow, flags) ||
			      nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_STATE, flow->state) ||
			      put_time(msg, TCPSHAKE_HANDSHAKE_A_AGE, age) ||
			      put_details(msg, flow, details, flags, false));
}

int tcpshake_put_ended(struct sk_buff *msg, const struct tcpshake_record *record)
{
	const struct tcpshake_ended *ended = &record->ended;
	const struct tcpshake_details *details = ended->has_details ? &ended->details : NULL;
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_HANDSHAKE);
	u32 rtt;

	if (!nest)
		return -EMSGSIZE;
	return tcpshake_put_end(msg, nest,
		      put_time(msg, TCPSHAKE_HANDSHAKE_A_TIME,
			       record->wall_ns - (u64)ended->total_us * 1000) ||
			      put_flow(msg, &ended->flow, ended->flags) ||
			      nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_OUTCOME, ended->outcome) ||
			      (ended->unreachable &&
			       nla_put_u8(msg, TCPSHAKE_HANDSHAKE_A_UNREACHABLE,
					  ended->unreachable)) ||
			      put_time(msg, TCPSHAKE_HANDSHAKE_A_TOTAL, ended->total_us) ||
			      (tcpshake_ended_client_rtt(ended, &rtt) &&
			       nla_put_u32(msg, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT, rtt)) ||
			      put_details(msg, &ended->flow, details, ended->flags,
					  ended->outcome == TCPSHAKE_OUTCOME_COMPLETED));
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
	return tcpshake_put_end(msg, nest,
		      nla_put_u64_64bit(msg, TCPSHAKE_ANOMALY_A_TIME, record->wall_ns,
					TCPSHAKE_ANOMALY_A_PAD) ||
			      nla_put_u8(msg, TCPSHAKE_ANOMALY_A_FAMILY,
					 tcpshake_family_of(seg->src)) ||
			      tcpshake_put_addr(msg, TCPSHAKE_ANOMALY_A_SOURCE, seg->src) ||
			      tcpshake_put_addr(msg, TCPSHAKE_ANOMALY_A_DESTINATION, seg->dst) ||
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
bool tcpshake_put_array(struct sk_buff *msg, int type, const u64 *values, unsigned int last)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	unsigned int i;

	if (!nest)
		return true;
	for (i = 1; i <= last; i++)
		if (nla_put_u64_64bit(msg, i, values[i], 0))
			return tcpshake_put_end(msg, nest, true);
	return tcpshake_put_end(msg, nest, false);
}

static bool put_counters(struct sk_buff *msg, const struct tcpshake_totals *t)
{
	return tcpshake_put_array(msg, TCPSHAKE_STATS_A_EXITS, t->exits, TCPSHAKE_EXIT_MAX) ||
	       tcpshake_put_array(msg, TCPSHAKE_STATS_A_OUTCOMES, t->outcomes,
				  TCPSHAKE_OUTCOME_MAX) ||
	       tcpshake_put_array(msg, TCPSHAKE_STATS_A_UNREACHABLE, t->unreachable,
				  TCPSHAKE_UNREACHABLE_MAX) ||
	       tcpshake_put_array(msg, TCPSHAKE_STATS_A_EVICTED, t->evicted,
				  TCPSHAKE_EVICTION_MAX) ||
	       tcpshake_put_array(msg, TCPSHAKE_STATS_A_PENDING, t->flows, TCPSHAKE_STATE_MAX) ||
	       tcpshake_put_array(msg, TCPSHAKE_STATS_A_ANOMALIES, t->anomalies,
				  TCPSHAKE_ANOMALY_MAX);
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
		{ TCPSHAKE_STATS_A_STALLED, t->notes[TCPSHAKE_NOTE_STALLED] },
		{ TCPSHAKE_STATS_A_CONFIRMED, t->notes[TCPSHAKE_NOTE_CONFIRMED] },
		{ TCPSHAKE_STATS_A_RESET_AT_COMPLETION,
		  t->notes[TCPSHAKE_NOTE_RESET_AT_COMPLETION] },
		{ TCPSHAKE_STATS_A_BACKSCATTER, t->notes[TCPSHAKE_NOTE_BACKSCATTER] },
		{ TCPSHAKE_STATS_A_PARTIAL, t->notes[TCPSHAKE_NOTE_PARTIAL] },
		{ TCPSHAKE_STATS_A_DETAILS_LOST, t->details_lost },
		{ TCPSHAKE_STATS_A_EVENTS_HANDSHAKE,
		  READ_ONCE(tn->events_told[TCPSHAKE_EVENTS_HANDSHAKE]) },
		{ TCPSHAKE_STATS_A_EVENTS_ANOMALY,
		  READ_ONCE(tn->events_told[TCPSHAKE_EVENTS_ANOMALY]) },
		{ TCPSHAKE_STATS_A_EVENTS_LOST, READ_ONCE(tn->events_lost) },
		{ TCPSHAKE_STATS_A_TABLE_SLOTS, tcpshake_table_slots() },
		{ TCPSHAKE_STATS_A_TABLE_QUOTA, tn->quota },
		{ TCPSHAKE_STATS_A_TABLE_USED, tcpshake_totals_used(t) },
	};
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_STATS);
	bool failed = false;
	size_t i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		failed = failed || nla_put_u64_64bit(msg, numbers[i].type, numbers[i].value,
						     TCPSHAKE_STATS_A_PAD);
	return tcpshake_put_end(msg, nest, failed || put_counters(msg, t));
}

static bool put_detector_config(struct sk_buff *msg,
				const struct tcpshake_detector_config *config)
{
	return nla_put_u32(msg, TCPSHAKE_CONFIG_A_FLOOD_FLOOR, config->floor) ||
	       nla_put_u32(msg, TCPSHAKE_CONFIG_A_FLOOD_PENDING, config->pending) ||
	       nla_put_u32(msg, TCPSHAKE_CONFIG_A_FLOOD_HOLD, config->hold_ms) ||
	       nla_put_u32(msg, TCPSHAKE_CONFIG_A_FLOOD_LEARNING, config->learning_ms);
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
			 nla_put_u32(msg, TCPSHAKE_CONFIG_A_LINGER, tn->config.linger) ||
			 nla_put_u32(msg, TCPSHAKE_CONFIG_A_GRACE, tn->config.grace) ||
			 put_detector_config(msg, &tn->config.detector);
	return tcpshake_put_end(msg, nest, failed);
}
