/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Inside the engine: what its rules work on and share. handshake.c has the state
 * table and the ordinary course of things, crossing.c what comes of SYNs from both
 * sides, aftermath.c what comes after the outcome, or without a SYN.
 */
#ifndef TCPSHAKE_CORE_RULES_H
#define TCPSHAKE_CORE_RULES_H

#include "handshake.h"

struct tcpshake_step {
	struct tcpshake_flow *flow;
	struct tcpshake_details *details;
	const struct tcpshake_segment *seg;
	u64 now_us;
	struct tcpshake_verdict *v;
};

static inline u32 tcpshake_step_age(const struct tcpshake_step *s)
{
	return tcpshake_flow_age(s->flow, s->now_us);
}

/* Times since the client was last seen, and since the outcome, are both kept there. */
static inline void tcpshake_step_seen(struct tcpshake_step *s)
{
	s->flow->client_seen = (u16)(tcpshake_step_age(s) >> 15);
}

static inline void tcpshake_step_raise(struct tcpshake_step *s, bool is_so,
				       enum tcpshake_anomaly anomaly)
{
	tcpshake_anomalies_add_if(&s->v->anomalies, is_so, anomaly);
}

/* The segment fits nothing: it is counted and leaves the attempt as it is. */
static inline void tcpshake_step_anomalous(struct tcpshake_step *s, enum tcpshake_anomaly anomaly)
{
	s->v->exit = TCPSHAKE_EXIT_ANOMALOUS;
	tcpshake_anomalies_add(&s->v->anomalies, anomaly);
}

/* The SYN is another attempt: all there is to say of it, the verdict on that will say. */
static inline void tcpshake_step_another(struct tcpshake_step *s)
{
	s->v->then = TCPSHAKE_THEN_OPEN;
	memset(&s->v->anomalies, 0, sizeof(s->v->anomalies));
}

static inline void tcpshake_step_to(struct tcpshake_step *s, u8 state)
{
	s->flow->state = state;
	s->v->to = state;
}

/* handshake.c */
void tcpshake_rule_begin(struct tcpshake_step *s);
void tcpshake_rule_syn_again(struct tcpshake_step *s);
enum tcpshake_answered tcpshake_rule_reach(const struct tcpshake_flow *flow, u32 ack);
void tcpshake_rule_complete(struct tcpshake_step *s, u32 flags);
void tcpshake_rule_reset(struct tcpshake_step *s, enum tcpshake_outcome outcome, u32 flags);

/* crossing.c: each returns false where the ordinary rule is to apply. */
bool tcpshake_crossing_syn(struct tcpshake_step *s);
bool tcpshake_crossing_from_client(struct tcpshake_step *s);
bool tcpshake_crossing_from_server(struct tcpshake_step *s);

/* aftermath.c */
void tcpshake_lingering(struct tcpshake_step *s, enum tcpshake_direction from);
void tcpshake_aborted(struct tcpshake_step *s, enum tcpshake_direction from);
void tcpshake_orphan(struct tcpshake_step *s, enum tcpshake_direction from);
void tcpshake_rival(struct tcpshake_step *s, enum tcpshake_direction from);

#endif /* TCPSHAKE_CORE_RULES_H */
