/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What outcomes mean, over again and without the engine's table: of each verdict
 * whether it is one that can be, of each step whether its outcome was due, and
 * whether one was due that is not there. Each function returns what is wrong, or NULL.
 */
#ifndef TCPSHAKE_SELFTESTS_OUTCOME_ORACLE_H
#define TCPSHAKE_SELFTESTS_OUTCOME_ORACLE_H

#include "core/handshake.h"

static inline bool is_pending_state(u8 state)
{
	return state == TCPSHAKE_STATE_HALF_OPEN_SYN || state == TCPSHAKE_STATE_HALF_OPEN_SYNACK;
}

static inline bool is_reset(u8 outcome)
{
	return outcome == TCPSHAKE_OUTCOME_REFUSED || outcome == TCPSHAKE_OUTCOME_CLIENT_RESET ||
	       outcome == TCPSHAKE_OUTCOME_SERVER_RESET;
}

static inline const char *ended_contradicts_itself(const struct tcpshake_verdict *v)
{
	const struct tcpshake_ended *ended = &v->ended;
	const bool reached = ended->outcome != TCPSHAKE_OUTCOME_UNREACHABLE;

	if (ended->flow.state != v->from)
		return "the flow that ended is another one";
	if (ended->flags >> TCPSHAKE_FLAG_COUNT)
		return "a flag there is not";
	if (ended->unreachable > TCPSHAKE_UNREACHABLE_MAX ||
	    !ended->unreachable != reached)
		return "unreachable without that outcome, or the other way round";
	if (ended->flags & TCPSHAKE_FLAG_STALLED)
		return "stalled before it could";
	if (ended->flags & TCPSHAKE_FLAG_SPLIT && ended->flags & TCPSHAKE_FLAG_SIMULTANEOUS)
		return "split and simultaneous";
	return NULL;
}

/* What goes together in every verdict, whatever it is about. */
static inline const char *verdict_contradicts_itself(const struct tcpshake_verdict *v)
{
	const bool opened = v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	const bool left = is_pending_state(v->from) && (!is_pending_state(v->to) || opened);
	const bool completing = v->exit == TCPSHAKE_EXIT_COMPLETING;
	const bool completed = v->ended.outcome == TCPSHAKE_OUTCOME_COMPLETED;
	const bool resets = v->exit == TCPSHAKE_EXIT_RESET;

	if (v->exit > TCPSHAKE_EXIT_MAX || v->ended.outcome > TCPSHAKE_OUTCOME_MAX ||
	    v->from >= TCPSHAKE_FLOW_STATES || v->to >= TCPSHAKE_FLOW_STATES ||
	    v->then > TCPSHAKE_THEN_SUPERSEDE_ALL || v->notes >> TCPSHAKE_NOTES)
		return "a value there is not";
	if (!!v->ended.outcome != left)
		return "an attempt left without an outcome, or has one and stays";
	if (opened && !is_pending_state(v->to))
		return "a new attempt that is not pending";
	if (is_pending_state(v->to) && !is_pending_state(v->from) && !opened)
		return "a pending attempt from nowhere";
	if (completing != completed)
		return "completing and completed are not the same";
	if (resets != is_reset(v->ended.outcome))
		return "a reset that ends nothing, or an end without one";
	if (v->exit == TCPSHAKE_EXIT_ANOMALOUS && tcpshake_anomalies_empty(&v->anomalies))
		return "anomalous, with no anomaly";
	if (v->then == TCPSHAKE_THEN_OPEN &&
	    (v->exit || v->from != v->to || !tcpshake_anomalies_empty(&v->anomalies)))
		return "more to be said of a segment that was not";
	return v->ended.outcome ? ended_contradicts_itself(v) : NULL;
}

/* Without a segment: an attempt has the outcome, what is none has not. */
static inline const char *departure_is_wrong(const struct tcpshake_flow *flow, u8 outcome,
					     const struct tcpshake_verdict *v)
{
	const bool orphan = flow->state == TCPSHAKE_FLOW_ORPHAN;

	if (v->exit || v->to || v->then || v->from != flow->state ||
	    !tcpshake_anomalies_empty(&v->anomalies))
		return "a departure that does more";
	if (v->ended.outcome != (is_pending_state(flow->state) ? outcome : 0))
		return "another outcome than that of the departure";
	if (v->notes != orphan << TCPSHAKE_NOTE_BACKSCATTER)
		return "backscatter is an orphan that nothing came of";
	return NULL;
}

static inline const char *expiry_is_wrong(const struct tcpshake_flow *flow,
					  const struct tcpshake_verdict *v)
{
	return departure_is_wrong(flow, flow->state == TCPSHAKE_STATE_HALF_OPEN_SYN ?
					TCPSHAKE_OUTCOME_UNANSWERED : TCPSHAKE_OUTCOME_UNACKED, v);
}

/* A segment of a pending flow, in the terms of the definitions. */
struct oracle {
	bool by_client, answered, crossing;
	bool is_rst, is_ack;	/* is_ack: neither SYN nor RST */
	bool follows_x;		/* the client's number, sent or acknowledged, is x+1 to x+1+L */
	bool is_x;		/* it is x itself */
	bool is_y1;		/* the server's is y+1 */
	bool in_windows;
};

static inline struct oracle oracle_of(const struct tcpshake_flow *f,
				      const struct tcpshake_segment *seg)
{
	struct oracle o = {
		.by_client = tcpshake_flow_direction(f, seg) == TCPSHAKE_FROM_CLIENT,
		.answered = f->state == TCPSHAKE_STATE_HALF_OPEN_SYNACK,
		.crossing = f->crossing,
		.is_rst = seg->flags & TCPSHAKE_RST,
		.is_ack = !(seg->flags & (TCPSHAKE_RST | TCPSHAKE_SYN)),
	};
	const u32 of_client = o.by_client ? seg->seq : seg->ack;
	const u32 of_server = o.by_client ? seg->ack : seg->seq;
	const u32 beyond_x = of_client - f->client_isn - 1;
	const u32 beyond_y = of_server - f->server_isn - 1;

	o.follows_x = beyond_x <= f->syn_len;
	o.is_x = beyond_x == 0xffffffff;
	o.is_y1 = !beyond_y;
	o.in_windows = o.by_client ? beyond_x < f->server_window && beyond_y <= f->client_window :
				     beyond_x <= f->server_window && beyond_y < f->client_window;
	return o;
}

static inline bool completion_is_due(const struct oracle *o)
{
	return o->answered && o->by_client && o->is_ack && o->follows_x && o->is_y1 && !o->crossing;
}

static inline bool completion_may_be(const struct tcpshake_flow *f, const struct oracle *o,
				     const struct tcpshake_segment *seg, u32 flags)
{
	if (!o->answered)
		return false;
	if (f->crossing && (o->is_ack || seg->class == TCPSHAKE_CLASS_SYNACK))
		return o->is_y1 || o->in_windows || (o->follows_x && !o->by_client);
	if (!o->is_ack || o->is_rst)
		return false;
	if (flags & TCPSHAKE_FLAG_INFERRED)
		return o->in_windows && !(o->by_client && o->follows_x);
	return o->by_client && o->follows_x && (o->is_y1 || (f->answered && o->in_windows) ||
						f->syn_len);
}

static inline bool reset_is_due(const struct oracle *o, const struct tcpshake_segment *seg,
				u8 outcome)
{
	const bool acks_x = seg->flags & TCPSHAKE_ACK && o->follows_x;

	if (!o->is_rst)
		return false;
	switch (outcome) {
	case TCPSHAKE_OUTCOME_REFUSED:
		return !o->answered && !o->by_client && acks_x;
	case TCPSHAKE_OUTCOME_CLIENT_RESET:
		return o->by_client && (o->follows_x || (!o->answered && o->is_x));
	case TCPSHAKE_OUTCOME_SERVER_RESET:
		return o->answered && !o->by_client && (acks_x || o->is_y1);
	default:
		return false;
	}
}

static inline const char *outcome_is_wrong(const struct tcpshake_flow *before,
					   const struct tcpshake_segment *seg,
					   const struct tcpshake_verdict *v)
{
	const struct oracle o = oracle_of(before, seg);
	const bool after_synack = v->ended.flags & TCPSHAKE_FLAG_AFTER_SYNACK;
	u8 outcome;

	for (outcome = 1; outcome <= TCPSHAKE_OUTCOME_MAX; outcome++) {
		const bool is = v->ended.outcome == outcome;

		if (is_reset(outcome) && reset_is_due(&o, seg, outcome) != is)
			return "a reset that was not due, or none though it was";
	}
	switch (v->ended.outcome) {
	case TCPSHAKE_OUTCOME_UNSPEC:
		return completion_is_due(&o) ? "it was due to complete" : NULL;
	case TCPSHAKE_OUTCOME_COMPLETED:
		return completion_may_be(before, &o, seg, v->ended.flags) ?
			       NULL : "it was not due to complete";
	case TCPSHAKE_OUTCOME_CLIENT_RESET:
		return after_synack == o.answered ? NULL : "reset after the SYN-ACK, or not";
	case TCPSHAKE_OUTCOME_REFUSED:
	case TCPSHAKE_OUTCOME_SERVER_RESET:
		return NULL;
	default:
		return "an outcome that no segment has";
	}
}

/* What a flow remembers has to be of the ranges it is made for. */
static inline const char *flow_is_wrong(const struct tcpshake_flow *flow)
{
	if (!flow->state || flow->state >= TCPSHAKE_FLOW_STATES)
		return "a flow in no state";
	if (flow->state != TCPSHAKE_FLOW_ORPHAN && !flow->syn_count)
		return "an attempt without a SYN";
	if (flow->state == TCPSHAKE_STATE_HALF_OPEN_SYNACK && !flow->synack_count)
		return "answered without a SYN-ACK";
	return NULL;
}

static inline const char *step_is_wrong(const struct tcpshake_flow *before,
					const struct tcpshake_flow *after,
					const struct tcpshake_segment *seg,
					const struct tcpshake_verdict *v)
{
	if (v->from != before->state)
		return "from another state";
	if (!v->exit && v->then != TCPSHAKE_THEN_OPEN)
		return "no exit";
	if (v->then == TCPSHAKE_THEN_OPEN && memcmp(before, after, sizeof(*before)))
		return "a segment of another attempt left its mark";
	if (v->then == TCPSHAKE_THEN_OPEN && seg->class != TCPSHAKE_CLASS_SYN)
		return "an attempt without a SYN is to be opened";
	if (v->then == TCPSHAKE_THEN_RIVAL && (v->to != TCPSHAKE_STATE_HALF_OPEN_SYNACK ||
					       seg->class != TCPSHAKE_CLASS_SYNACK))
		return "a rival of nobody";
	if (v->exit != TCPSHAKE_EXIT_NEW_ATTEMPT && v->to &&
	    (before->client_isn != after->client_isn || before->owner != after->owner ||
	     memcmp(before->client, after->client, sizeof(before->client))))
		return "the client became another";
	if (is_pending_state(before->state)) {
		const char *wrong = outcome_is_wrong(before, seg, v);

		if (wrong)
			return wrong;
	}
	return v->to ? flow_is_wrong(after) : NULL;
}

#endif /* TCPSHAKE_SELFTESTS_OUTCOME_ORACLE_H */
