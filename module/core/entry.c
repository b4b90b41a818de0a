// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The engine's ways in and out that are not a segment of a flow: see handshake.h. */
#include "rules.h"

/* Where no connection is, these segments can only be probes, or answers to what was never sent. */
static void stray(const struct tcpshake_segment *seg, struct tcpshake_verdict *v)
{
	struct tcpshake_step s = { .seg = seg, .v = v };
	struct tcpshake_options options tcpshake_unset;

	if (seg->class == TCPSHAKE_CLASS_SYNACK) {
		tcpshake_options_parse(seg, &options, &v->anomalies);
		tcpshake_step_anomalous(&s, TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED);
	} else if (seg->hints & TCPSHAKE_HINT_NO_SOCKET) {
		tcpshake_step_anomalous(&s, seg->class == TCPSHAKE_CLASS_RST ?
						    TCPSHAKE_ANOMALY_RST_NO_STATE :
						    TCPSHAKE_ANOMALY_FLAGS_MAIMON);
	}
}

void tcpshake_handshake_unknown(const struct tcpshake_segment *seg,
				struct tcpshake_verdict *v)
{
	tcpshake_verdict_init(v, NULL, seg);
	v->exit = TCPSHAKE_EXIT_UNTRACKED;
	if (seg->class == TCPSHAKE_CLASS_ACK && !(seg->flags & TCPSHAKE_FIN))
		return;	/* all established traffic */
	if (!(seg->hints & TCPSHAKE_HINT_MIDSTREAM))
		stray(seg, v);
}

void tcpshake_handshake_open(struct tcpshake_flow *flow, struct tcpshake_details *details,
			     const struct tcpshake_segment *seg, u64 now_us,
			     const struct tcpshake_flow *beside, struct tcpshake_verdict *v)
{
	static const u8 anomalies[TCPSHAKE_FLOW_STATES] = {
		[TCPSHAKE_STATE_HALF_OPEN_SYN] = TCPSHAKE_ANOMALY_SYN_DIFF_ISN,
		[TCPSHAKE_STATE_HALF_OPEN_SYNACK] = TCPSHAKE_ANOMALY_SYN_DIFF_ISN_SYNRECV,
		[TCPSHAKE_FLOW_LINGERING] = TCPSHAKE_ANOMALY_SYN_ON_EST,
	};
	struct tcpshake_step s = {
		.flow = flow, .details = details, .seg = seg, .now_us = now_us, .v = v,
	};

	tcpshake_verdict_init(v, NULL, seg);
	if (beside && anomalies[beside->state])
		tcpshake_anomalies_add(&v->anomalies, anomalies[beside->state]);
	tcpshake_rule_begin(&s);
}

void tcpshake_handshake_orphan(struct tcpshake_flow *flow, const struct tcpshake_segment *seg,
			       u64 now_us, struct tcpshake_verdict *v)
{
	const u16 owner = flow->owner;

	tcpshake_handshake_unknown(seg, v);
	memset(flow, 0, sizeof(*flow));
	memcpy(flow->client, seg->dst, sizeof(flow->client));
	memcpy(flow->server, seg->src, sizeof(flow->server));
	flow->client_port = seg->dst_port;
	flow->server_port = seg->src_port;
	flow->client_isn = seg->ack - 1;
	flow->server_isn = seg->seq;
	flow->server_window = seg->window;
	flow->syn_us = (u32)now_us;
	flow->synack_count = 1;
	flow->owner = owner;
	flow->state = TCPSHAKE_FLOW_ORPHAN;
	v->owner = owner;
	v->to = flow->state;
}

void tcpshake_handshake_rival(struct tcpshake_flow *rival, const struct tcpshake_flow *flow,
			      const struct tcpshake_segment *seg, u64 now_us,
			      struct tcpshake_verdict *v)
{
	const u32 age = tcpshake_flow_age(flow, now_us);

	*rival = *flow;
	rival->server_isn = seg->seq;
	rival->server_window = seg->window;
	rival->synack_us = age;
	rival->client_seen = (u16)(age >> 15);
	rival->synack_count = 1;
	rival->state = TCPSHAKE_FLOW_RIVAL;
	tcpshake_verdict_init(v, NULL, NULL);
	v->owner = rival->owner;
	v->to = rival->state;
}

bool tcpshake_handshake_is_rival(const struct tcpshake_flow *rival,
				 const struct tcpshake_flow *flow)
{
	return rival->state == TCPSHAKE_FLOW_RIVAL &&
	       flow->state == TCPSHAKE_STATE_HALF_OPEN_SYNACK &&
	       rival->client_isn == flow->client_isn && rival->client_port == flow->client_port &&
	       !memcmp(rival->client, flow->client, sizeof(flow->client));
}

bool tcpshake_handshake_takes(const struct tcpshake_flow *rival,
			      const struct tcpshake_segment *seg)
{
	return rival->state == TCPSHAKE_FLOW_RIVAL && seg->class == TCPSHAKE_CLASS_ACK &&
	       tcpshake_flow_direction(rival, seg) == TCPSHAKE_FROM_CLIENT;
}

void tcpshake_handshake_adopt(struct tcpshake_flow *flow, const struct tcpshake_flow *rival)
{
	flow->server_isn = rival->server_isn;
	flow->server_window = rival->server_window;
	flow->synack_us = rival->synack_us;
	flow->synack_count = rival->synack_count;
}

/* The error must quote what this flow sent, or it is somebody's guess (RFC 5927, 4.1). */
void tcpshake_handshake_unreachable(struct tcpshake_flow *flow,
				    const struct tcpshake_details *details,
				    const struct tcpshake_segment *quoted,
				    enum tcpshake_unreachable how, u64 now_us,
				    struct tcpshake_verdict *v)
{
	const bool of_client = tcpshake_flow_direction(flow, quoted) != TCPSHAKE_FROM_SERVER;
	const u32 isn = of_client ? flow->client_isn : flow->server_isn;
	const u32 sent = of_client ? flow->syn_len + 1u : 1u;

	tcpshake_verdict_init(v, flow, NULL);
	if (!tcpshake_flow_is_pending(flow) || (!of_client && !tcpshake_flow_answered(flow)))
		return;
	if (quoted->seq - isn > sent) {
		tcpshake_anomalies_add(&v->anomalies, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE);
		return;
	}
	if (!of_client || quoted->seq != isn || flow->state != TCPSHAKE_STATE_HALF_OPEN_SYN)
		return;	/* the SYN got through, whatever became of what followed it */
	tcpshake_flow_end(flow, details, now_us, TCPSHAKE_OUTCOME_UNREACHABLE, v);
	v->ended.unreachable = how;
	flow->marks = 0;
	flow->synack_us = 0;
	flow->client_seen = (u16)(tcpshake_flow_age(flow, now_us) >> 15);
	flow->state = TCPSHAKE_FLOW_ABORTED;
	v->to = flow->state;
}
