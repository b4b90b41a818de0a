// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Flows: identity, age and end. What segments do to them is in handshake.c. */
#include "flow.h"

static bool is_self(const struct tcpshake_flow *flow)
{
	return flow->client_port == flow->server_port &&
	       !memcmp(flow->client, flow->server, sizeof(flow->client));
}

/* A connection to itself has one pair of endpoints: the kind of segment must do. */
static enum tcpshake_direction self_direction(const struct tcpshake_flow *flow,
					      const struct tcpshake_segment *seg)
{
	if (seg->class == TCPSHAKE_CLASS_SYNACK)
		return TCPSHAKE_FROM_SERVER;
	if (seg->class == TCPSHAKE_CLASS_RST && flow->state == TCPSHAKE_STATE_HALF_OPEN_SYN &&
	    seg->flags & TCPSHAKE_ACK)
		return TCPSHAKE_FROM_SERVER;
	return TCPSHAKE_FROM_CLIENT;
}

enum tcpshake_direction tcpshake_flow_self_direction(const struct tcpshake_flow *flow,
						     const struct tcpshake_segment *seg)
{
	return is_self(flow) ? self_direction(flow, seg) : TCPSHAKE_FROM_CLIENT;
}

bool tcpshake_flow_answered(const struct tcpshake_flow *flow)
{
	return flow->synack_count;
}

/* Does number lie in x+1 to x+1+L: what is due after the SYN with all or part of its data? */
static bool follows_syn(const struct tcpshake_flow *flow, u32 number)
{
	return number - (flow->client_isn + 1) <= flow->syn_len;
}

unsigned int tcpshake_flow_fit(const struct tcpshake_flow *flow,
			       const struct tcpshake_segment *seg)
{
	const bool from_client = tcpshake_flow_direction(flow, seg) == TCPSHAKE_FROM_CLIENT;
	const bool x_fits = from_client ?
		(seg->class == TCPSHAKE_CLASS_SYN || seg->class == TCPSHAKE_CLASS_SYNACK ?
			 seg->seq == flow->client_isn : follows_syn(flow, seg->seq)) :
		seg->flags & TCPSHAKE_ACK && follows_syn(flow, seg->ack);
	const bool is_synack = seg->class == TCPSHAKE_CLASS_SYNACK;
	const bool y_fits = tcpshake_flow_answered(flow) &&
		(from_client ? seg->ack == flow->server_isn + 1 :
			       seg->seq - flow->server_isn <= !is_synack);

	/* a rival is asked about its own SYN-ACK, and about the third segment that takes it */
	if (flow->state == TCPSHAKE_FLOW_RIVAL &&
	    !(x_fits && y_fits &&
	      (from_client ? seg->class == TCPSHAKE_CLASS_ACK : is_synack)))
		return 0;
	return 1u + x_fits * 4u + (x_fits && y_fits) * 2u + tcpshake_flow_is_pending(flow);
}

u32 tcpshake_flow_flags(const struct tcpshake_flow *flow, const struct tcpshake_details *details)
{
	static const u32 by_answer[] = {
		[TCPSHAKE_ANSWERED_ALL] = TCPSHAKE_FLAG_TFO,
		[TCPSHAKE_ANSWERED_NONE] = TCPSHAKE_FLAG_TFO_FALLBACK,
		[TCPSHAKE_ANSWERED_PART] = TCPSHAKE_FLAG_TFO_PARTIAL,
	};
	u32 flags = by_answer[flow->answered];

	if (is_self(flow))
		flags |= TCPSHAKE_FLAG_SELF;
	if (details && details->server.seen && details->server.cookie)
		flags |= TCPSHAKE_FLAG_COOKIE;
	if (!tcpshake_flow_is_pending(flow))
		return flags;
	if (flow->marks & TCPSHAKE_MARK_AMBIGUOUS)
		flags |= TCPSHAKE_FLAG_SERVER_AMBIGUOUS;
	if (flow->marks & TCPSHAKE_MARK_EARLY)
		flags |= TCPSHAKE_FLAG_SYNACK_FIRST;
	if (flow->crossing)
		flags |= TCPSHAKE_FLAG_SIMULTANEOUS;
	else if ((flow->marks & TCPSHAKE_MARK_ALONE) == TCPSHAKE_MARK_ALONE)
		flags |= TCPSHAKE_FLAG_CLIENT_ONLY;
	return flags;
}

void tcpshake_flow_end(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
		       u64 now_us, enum tcpshake_outcome outcome, struct tcpshake_verdict *v)
{
	struct tcpshake_ended *ended = &v->ended;

	v->to = 0;
	ended->flow = *flow;
	ended->has_details = details;
	if (details)
		ended->details = *details;
	ended->flags = tcpshake_flow_flags(flow, details);
	ended->total_us = tcpshake_flow_age(flow, now_us);
	ended->outcome = outcome;
	ended->unreachable = TCPSHAKE_UNREACHABLE_UNSPEC;
	ended->eviction = TCPSHAKE_EVICTION_UNSPEC;
}

/* An orphan that nothing came of. */
static void depart(const struct tcpshake_flow *flow, struct tcpshake_verdict *v)
{
	v->to = 0;
	if (flow->state == TCPSHAKE_FLOW_ORPHAN)
		v->notes |= 1 << TCPSHAKE_NOTE_BACKSCATTER;
}

bool tcpshake_flow_expire(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
			  u64 now_us, const struct tcpshake_timeouts *timeouts,
			  struct tcpshake_verdict *v)
{
	if (!tcpshake_flow_is_over(flow, now_us, timeouts))
		return false;
	tcpshake_verdict_init(v, flow, NULL);
	if (!tcpshake_flow_is_pending(flow))
		depart(flow, v);
	else
		tcpshake_flow_end(flow, details, now_us,
				  flow->state == TCPSHAKE_STATE_HALF_OPEN_SYNACK ?
					  TCPSHAKE_OUTCOME_UNACKED : TCPSHAKE_OUTCOME_UNANSWERED,
				  v);
	return true;
}

static void end_or_depart(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
			  u64 now_us, enum tcpshake_outcome outcome, struct tcpshake_verdict *v)
{
	tcpshake_verdict_init(v, flow, NULL);
	if (tcpshake_flow_is_pending(flow))
		tcpshake_flow_end(flow, details, now_us, outcome, v);
	else
		depart(flow, v);
}

void tcpshake_flow_evict(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
			 u64 now_us, enum tcpshake_eviction cause, struct tcpshake_verdict *v)
{
	enum { YOUNG_US = 1000000 };

	end_or_depart(flow, details, now_us, TCPSHAKE_OUTCOME_EVICTED, v);
	if (v->ended.outcome)
		v->ended.eviction = cause + (v->ended.total_us < YOUNG_US);
}

void tcpshake_flow_supersede(const struct tcpshake_flow *flow,
			     const struct tcpshake_details *details, u64 now_us,
			     struct tcpshake_verdict *v)
{
	end_or_depart(flow, details, now_us, TCPSHAKE_OUTCOME_SUPERSEDED, v);
}

/* Without a SYN in front that the SYN-ACK answers, there is no half to measure. */
bool tcpshake_flow_server_rtt(const struct tcpshake_flow *flow, u32 flags, u32 *us)
{
	const u32 unknown = TCPSHAKE_FLAG_SERVER_AMBIGUOUS | TCPSHAKE_FLAG_SYNACK_FIRST |
			    TCPSHAKE_FLAG_SPLIT | TCPSHAKE_FLAG_SIMULTANEOUS;

	if (!tcpshake_flow_answered(flow) || flags & unknown)
		return false;
	*us = flow->synack_us;
	return true;
}

bool tcpshake_ended_client_rtt(const struct tcpshake_ended *ended, u32 *us)
{
	const u32 unknown = TCPSHAKE_FLAG_CLIENT_AMBIGUOUS | TCPSHAKE_FLAG_INFERRED |
			    TCPSHAKE_FLAG_SYNACK_FIRST | TCPSHAKE_FLAG_SPLIT |
			    TCPSHAKE_FLAG_SIMULTANEOUS;

	if (ended->outcome != TCPSHAKE_OUTCOME_COMPLETED || ended->flags & unknown)
		return false;
	*us = ended->total_us - ended->flow.synack_us;
	return true;
}
