// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Handshake engine: a table says which rule applies to a segment, each rule is
 * one small function. x and y are the ISNs of client and server.
 */
#include "handshake.h"

/* What a rule works on. */
struct step {
	struct tcpshake_flow *flow;
	const struct tcpshake_segment *seg;
	u64 now_us;
	struct tcpshake_verdict *v;
};

enum rule {
	UNTRACKED,	/* not of the handshake any more */
	OPENS,		/* a new attempt on a tuple whose last one has its outcome */
	SYN_AGAIN,	/* retransmission, or another ISN takes over */
	SYN_LATE,	/* retransmission that arrives after completion, or a new attempt */
	SYN_CROSSES,	/* the server opens too */
	ANSWERS,	/* SYN-ACK to the SYN */
	ANSWERS_AGAIN,	/* SYN-ACK after a valid one */
	ANSWERS_LATE,	/* SYN-ACK after completion */
	ANSWERS_SELF,	/* SYN-ACK from the client */
	ACK_EARLY,	/* client acknowledges what was not seen */
	ACK_BARE,	/* server answers the SYN with an ACK */
	COMPLETES,	/* the third segment, if its numbers are right */
	SERVER_SPEAKS,	/* server goes on before the third segment was seen */
	REFUSES,	/* RST to the SYN */
	CLIENT_GIVES_UP, /* RST from the client before a SYN-ACK */
	CLIENT_RESETS,	/* RST from the client after the SYN-ACK */
	SERVER_RESETS,	/* RST from the server after its SYN-ACK */
};

enum { CLIENT = TCPSHAKE_FROM_CLIENT, SERVER = TCPSHAKE_FROM_SERVER };

static const u8 rules[TCPSHAKE_FLOW_STATES][2][TCPSHAKE_CLASS_COUNT] = {
	[TCPSHAKE_STATE_HALF_OPEN_SYN] = {
		/*           SYN          SYN-ACK        ACK            RST */
		[CLIENT] = { SYN_AGAIN,   ANSWERS_SELF,  ACK_EARLY,     CLIENT_GIVES_UP },
		[SERVER] = { SYN_CROSSES, ANSWERS,       ACK_BARE,      REFUSES },
	},
	[TCPSHAKE_STATE_HALF_OPEN_SYNACK] = {
		[CLIENT] = { SYN_AGAIN,   ANSWERS_SELF,  COMPLETES,     CLIENT_RESETS },
		[SERVER] = { SYN_CROSSES, ANSWERS_AGAIN, SERVER_SPEAKS, SERVER_RESETS },
	},
	[TCPSHAKE_FLOW_LINGERING] = {
		[CLIENT] = { SYN_LATE,    ANSWERS_SELF,  UNTRACKED,     UNTRACKED },
		[SERVER] = { OPENS,       ANSWERS_LATE,  UNTRACKED,     UNTRACKED },
	},
};

static void verdict_init(struct tcpshake_verdict *v, u8 state, u16 owner)
{
	v->exit = TCPSHAKE_EXIT_UNSPEC;
	v->ended.outcome = TCPSHAKE_OUTCOME_UNSPEC;
	v->from = state;
	v->to = state;
	v->owner = owner;
	v->stalled = false;
	memset(&v->anomalies, 0, sizeof(v->anomalies));
}

static u32 age(const struct step *s)
{
	return tcpshake_flow_age(s->flow, s->now_us);
}

static void client_seen(struct step *s)
{
	s->flow->client_seen = (u16)(age(s) >> 15);
}

static void count(u8 *counter)
{
	if (*counter < TCPSHAKE_COUNT_MAX)
		(*counter)++;
}

static void flag(struct step *s, enum tcpshake_flag bit)
{
	s->flow->flags |= bit;
}

/* The segment fits nothing: it is counted and leaves the attempt as it is. */
static void anomalous(struct step *s, enum tcpshake_anomaly anomaly)
{
	s->v->exit = TCPSHAKE_EXIT_ANOMALOUS;
	tcpshake_anomalies_add(&s->v->anomalies, anomaly);
}

static void end(const struct tcpshake_flow *flow, u64 now_us,
		enum tcpshake_outcome outcome, struct tcpshake_verdict *v)
{
	v->ended.outcome = outcome;
	v->to = 0;
	v->ended.flow = *flow;
	v->ended.total_us = tcpshake_flow_age(flow, now_us);
}

static void reset(struct step *s, enum tcpshake_outcome outcome)
{
	s->v->exit = TCPSHAKE_EXIT_RESET;
	end(s->flow, s->now_us, outcome, s->v);
}

static void begin(struct tcpshake_flow *flow, const struct tcpshake_segment *seg, u64 now_us,
		  struct tcpshake_verdict *v)
{
	memcpy(flow->client, seg->src, sizeof(flow->client));
	memcpy(flow->server, seg->dst, sizeof(flow->server));
	flow->client_port = seg->src_port;
	flow->server_port = seg->dst_port;
	flow->client_isn = seg->seq;
	flow->server_isn = 0;
	flow->syn_us = (u32)now_us;
	flow->synack_us = 0;
	flow->client_window = seg->window;
	flow->server_window = 0;
	flow->client_seen = 0;
	flow->state = TCPSHAKE_STATE_HALF_OPEN_SYN;
	flow->flags = 0;
	flow->syn_count = 1;
	flow->synack_count = 0;
	v->exit = TCPSHAKE_EXIT_NEW_ATTEMPT;
	v->to = TCPSHAKE_STATE_HALF_OPEN_SYN;
}

static void syn_retransmitted(struct step *s)
{
	count(&s->flow->syn_count);
	s->v->exit = TCPSHAKE_EXIT_SYN_RETRANSMIT;
}

static void syn_again(struct step *s)
{
	if (s->seg->seq == s->flow->client_isn) {
		syn_retransmitted(s);
		client_seen(s);
		return;
	}
	tcpshake_anomalies_add(&s->v->anomalies,
			       s->flow->state == TCPSHAKE_STATE_HALF_OPEN_SYN ?
				       TCPSHAKE_ANOMALY_SYN_DIFF_ISN :
				       TCPSHAKE_ANOMALY_SYN_DIFF_ISN_SYNRECV);
	end(s->flow, s->now_us, TCPSHAKE_OUTCOME_SUPERSEDED, s->v);
	begin(s->flow, s->seg, s->now_us, s->v);
}

static void syn_late(struct step *s)
{
	if (s->seg->seq == s->flow->client_isn)
		syn_retransmitted(s);
	else
		begin(s->flow, s->seg, s->now_us, s->v);
}

static void syn_crosses(struct step *s)
{
	anomalous(s, s->flow->state == TCPSHAKE_STATE_HALF_OPEN_SYN ?
			     TCPSHAKE_ANOMALY_SYN_FROM_S :
			     TCPSHAKE_ANOMALY_SYN_FROM_S_SYNRECV);
}

/* 3.10.7.3: in SYN-SENT only an ACK of x+1 is acceptable. */
static void answers(struct step *s)
{
	struct tcpshake_flow *flow = s->flow;

	if (s->seg->ack != flow->client_isn + 1) {
		anomalous(s, TCPSHAKE_ANOMALY_SYNACK_BAD_ACK);
		return;
	}
	flow->server_isn = s->seg->seq;
	flow->server_window = s->seg->window;
	flow->synack_us = age(s);
	flow->synack_count = 1;
	flow->state = TCPSHAKE_STATE_HALF_OPEN_SYNACK;
	if (flow->syn_count > 1)
		flag(s, TCPSHAKE_FLAG_SERVER_AMBIGUOUS);
	s->v->exit = TCPSHAKE_EXIT_SYNACK;
	s->v->to = flow->state;
}

/* A server's retransmissions do not prolong the attempt: client_seen stays. */
static void answers_again(struct step *s)
{
	const struct tcpshake_segment *seg = s->seg;

	if (seg->ack != s->flow->client_isn + 1) {
		anomalous(s, TCPSHAKE_ANOMALY_SYNACK_DIFF_ACK);
	} else if (seg->seq != s->flow->server_isn) {
		anomalous(s, TCPSHAKE_ANOMALY_SYNACK_DIFF_SEQ);
	} else {
		count(&s->flow->synack_count);
		s->v->exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
	}
}

static void answers_late(struct step *s)
{
	answers_again(s);
	if (s->v->exit != TCPSHAKE_EXIT_SYNACK_RETRANSMIT)
		return;
	tcpshake_anomalies_add(&s->v->anomalies, TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK);
	s->v->stalled = !(s->flow->flags & TCPSHAKE_FLAG_STALLED);
	flag(s, TCPSHAKE_FLAG_STALLED);
}

static void ack_early(struct step *s)
{
	anomalous(s, s->seg->flags & TCPSHAKE_FIN ? TCPSHAKE_ANOMALY_FIN_BEFORE_EST :
						    TCPSHAKE_ANOMALY_ACK_BEFORE_SYNACK);
}

static void complete(struct step *s)
{
	if (s->seg->len)
		flag(s, TCPSHAKE_FLAG_DATA);
	if (s->seg->flags & TCPSHAKE_FIN)
		flag(s, TCPSHAKE_FLAG_FIN);
	if (s->flow->synack_count > 1)
		flag(s, TCPSHAKE_FLAG_CLIENT_AMBIGUOUS);
	end(s->flow, s->now_us, TCPSHAKE_OUTCOME_COMPLETED, s->v);
	client_seen(s);
	s->flow->state = TCPSHAKE_FLOW_LINGERING;
	s->v->exit = TCPSHAKE_EXIT_COMPLETING;
	s->v->to = s->flow->state;
}

static void complete_inferred(struct step *s)
{
	flag(s, TCPSHAKE_FLAG_INFERRED);
	complete(s);
}

/*
 * 3.10.7.4, first and fifth: SEG.SEQ = x+1 and SEG.ACK = y+1. A segment further
 * into both windows was sent by an established client whose third ACK passed
 * unseen. At x+1 only y+1 will do: nothing else can have been sent there.
 */
static void completes(struct step *s)
{
	const struct tcpshake_flow *flow = s->flow;
	const struct tcpshake_segment *seg = s->seg;
	const bool seq_exact = seg->seq == flow->client_isn + 1;
	const bool ack_exact = seg->ack == flow->server_isn + 1;

	if (seq_exact && ack_exact)
		complete(s);
	else if (!seq_exact &&
		 tcpshake_seq_in_window(seg->seq, flow->client_isn + 1, flow->server_window) &&
		 tcpshake_seq_in_window(seg->ack, flow->server_isn + 1, flow->client_window + 1U))
		complete_inferred(s);
	else if (seq_exact)
		anomalous(s, TCPSHAKE_ANOMALY_ACK_BAD_ACK);
	else if (ack_exact)
		anomalous(s, TCPSHAKE_ANOMALY_ACK_BAD_SEQ);
	else
		anomalous(s, TCPSHAKE_ANOMALY_ACK_BAD_BOTH);
}

/*
 * A server that sends data or FIN from y+1 on, or acknowledges more than x+1,
 * has left SYN-RECEIVED. A bare ACK of x+1 proves nothing: it is how a server in
 * SYN-RECEIVED challenges a segment it does not accept (RFC 5961).
 */
static void server_speaks(struct step *s)
{
	const struct tcpshake_flow *flow = s->flow;
	const struct tcpshake_segment *seg = s->seg;
	const bool seq_fits = tcpshake_seq_in_window(seg->seq, flow->server_isn + 1,
						     flow->client_window);
	const bool ack_fits = tcpshake_seq_in_window(seg->ack, flow->client_isn + 1,
						     flow->server_window + 1U);
	const bool proves = seg->len || seg->flags & TCPSHAKE_FIN ||
			    seg->ack != flow->client_isn + 1;

	if (seq_fits && ack_fits && proves)
		complete_inferred(s);
	else if (seg->seq == flow->server_isn + 1 && seg->ack == flow->client_isn + 1)
		anomalous(s, TCPSHAKE_ANOMALY_CHALLENGE_ACK);
	else
		anomalous(s, TCPSHAKE_ANOMALY_ACK_WRONG_DIR);
}

/* 3.10.7.3, second: a RST is acceptable in SYN-SENT if it acknowledges the SYN. */
static void refuses(struct step *s)
{
	if (s->seg->flags & TCPSHAKE_ACK && s->seg->ack == s->flow->client_isn + 1)
		reset(s, TCPSHAKE_OUTCOME_REFUSED);
	else
		anomalous(s, TCPSHAKE_ANOMALY_RST_BAD_ACK_SYNSENT);
}

static void client_gives_up(struct step *s)
{
	const u32 seq = s->seg->seq;

	if (seq == s->flow->client_isn || seq == s->flow->client_isn + 1)
		reset(s, TCPSHAKE_OUTCOME_CLIENT_RESET);
	else
		anomalous(s, TCPSHAKE_ANOMALY_RST_OUT_OF_WIN);
}

/* RFC 5961, 3.2: only a RST at the edge of the window is sure to be obeyed. */
static void established_reset(struct step *s, u32 edge, u32 window,
			      enum tcpshake_outcome outcome)
{
	if (s->seg->seq == edge)
		reset(s, outcome);
	else if (tcpshake_seq_in_window(s->seg->seq, edge, window))
		anomalous(s, TCPSHAKE_ANOMALY_RST_NOT_EXACT);
	else
		anomalous(s, TCPSHAKE_ANOMALY_RST_OUT_OF_WIN);
}

static void client_resets(struct step *s)
{
	if (s->seg->seq == s->flow->client_isn + 1)
		flag(s, TCPSHAKE_FLAG_AFTER_SYNACK);
	established_reset(s, s->flow->client_isn + 1, s->flow->server_window,
			  TCPSHAKE_OUTCOME_CLIENT_RESET);
}

/*
 * Until its third ACK is seen the client may never have got the SYN-ACK. Then it
 * is in SYN-SENT, where a RST that acknowledges x+1 is obeyed whatever its
 * sequence number (3.10.7.3, second).
 */
static void server_resets(struct step *s)
{
	const struct tcpshake_flow *flow = s->flow;

	if (s->seg->flags & TCPSHAKE_ACK && s->seg->ack == flow->client_isn + 1)
		reset(s, TCPSHAKE_OUTCOME_SERVER_RESET);
	else
		established_reset(s, flow->server_isn + 1, flow->client_window,
				  TCPSHAKE_OUTCOME_SERVER_RESET);
}

enum tcpshake_direction tcpshake_flow_direction(const struct tcpshake_flow *flow,
						const struct tcpshake_segment *seg)
{
	if (flow->client_port == seg->src_port && flow->server_port == seg->dst_port &&
	    !memcmp(flow->client, seg->src, sizeof(flow->client)) &&
	    !memcmp(flow->server, seg->dst, sizeof(flow->server)))
		return TCPSHAKE_FROM_CLIENT;
	if (flow->client_port == seg->dst_port && flow->server_port == seg->src_port &&
	    !memcmp(flow->client, seg->dst, sizeof(flow->client)) &&
	    !memcmp(flow->server, seg->src, sizeof(flow->server)))
		return TCPSHAKE_FROM_SERVER;
	return TCPSHAKE_ELSEWHERE;
}

void tcpshake_handshake_unknown(const struct tcpshake_segment *seg,
				struct tcpshake_verdict *v)
{
	verdict_init(v, 0, 0);
	v->exit = TCPSHAKE_EXIT_UNTRACKED;
	if (seg->class != TCPSHAKE_CLASS_SYNACK)
		return;
	v->exit = TCPSHAKE_EXIT_ANOMALOUS;
	tcpshake_anomalies_add(&v->anomalies, TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED);
}

void tcpshake_handshake_open(struct tcpshake_flow *flow, const struct tcpshake_segment *seg,
			     u64 now_us, struct tcpshake_verdict *v)
{
	verdict_init(v, 0, flow->owner);
	begin(flow, seg, now_us, v);
}

void tcpshake_handshake_step(struct tcpshake_flow *flow, const struct tcpshake_segment *seg,
			     u64 now_us, struct tcpshake_verdict *v)
{
	struct step s = { .flow = flow, .seg = seg, .now_us = now_us, .v = v };
	const enum tcpshake_direction dir = tcpshake_flow_direction(flow, seg);

	verdict_init(v, flow->state, flow->owner);
	switch ((enum rule)rules[flow->state][dir == TCPSHAKE_FROM_SERVER][seg->class]) {
	case UNTRACKED:
		v->exit = TCPSHAKE_EXIT_UNTRACKED;
		return;
	case OPENS:
		begin(flow, seg, now_us, v);
		return;
	case SYN_AGAIN:
		syn_again(&s);
		return;
	case SYN_LATE:
		syn_late(&s);
		return;
	case SYN_CROSSES:
		syn_crosses(&s);
		return;
	case ANSWERS:
		answers(&s);
		return;
	case ANSWERS_AGAIN:
		answers_again(&s);
		return;
	case ANSWERS_LATE:
		answers_late(&s);
		return;
	case ANSWERS_SELF:
		anomalous(&s, TCPSHAKE_ANOMALY_SYNACK_WRONG_DIR);
		return;
	case ACK_EARLY:
		ack_early(&s);
		return;
	case ACK_BARE:
		anomalous(&s, TCPSHAKE_ANOMALY_SYN_REPLY_BARE_ACK);
		return;
	case COMPLETES:
		completes(&s);
		return;
	case SERVER_SPEAKS:
		server_speaks(&s);
		return;
	case REFUSES:
		refuses(&s);
		return;
	case CLIENT_GIVES_UP:
		client_gives_up(&s);
		return;
	case CLIENT_RESETS:
		client_resets(&s);
		return;
	case SERVER_RESETS:
		server_resets(&s);
		return;
	}
}

bool tcpshake_handshake_expire(const struct tcpshake_flow *flow, u64 now_us,
			       const struct tcpshake_timeouts *timeouts,
			       struct tcpshake_verdict *v)
{
	const u32 aged = tcpshake_flow_age(flow, now_us);
	const u32 seen = (u32)flow->client_seen << 15;
	const u32 idle = aged > seen ? aged - seen : 0;

	verdict_init(v, flow->state, flow->owner);
	v->to = 0;
	if (flow->state == TCPSHAKE_FLOW_LINGERING)
		return idle >= timeouts->linger_us;
	if (flow->state == TCPSHAKE_STATE_HALF_OPEN_SYN) {
		if (idle < timeouts->syn_us && aged < timeouts->max_age_us)
			return false;
		end(flow, now_us, TCPSHAKE_OUTCOME_UNANSWERED, v);
		return true;
	}
	if (idle < timeouts->synack_us && aged < timeouts->max_age_us)
		return false;
	end(flow, now_us, TCPSHAKE_OUTCOME_UNACKED, v);
	return true;
}

void tcpshake_handshake_evict(const struct tcpshake_flow *flow, u64 now_us,
			      struct tcpshake_verdict *v)
{
	verdict_init(v, flow->state, flow->owner);
	v->to = 0;
	if (flow->state != TCPSHAKE_FLOW_LINGERING)
		end(flow, now_us, TCPSHAKE_OUTCOME_EVICTED, v);
}

bool tcpshake_flow_server_rtt(const struct tcpshake_flow *flow, u32 *us)
{
	if (!flow->synack_count || flow->flags & TCPSHAKE_FLAG_SERVER_AMBIGUOUS)
		return false;
	*us = flow->synack_us;
	return true;
}

bool tcpshake_ended_client_rtt(const struct tcpshake_ended *ended, u32 *us)
{
	const struct tcpshake_flow *flow = &ended->flow;

	if (ended->outcome != TCPSHAKE_OUTCOME_COMPLETED ||
	    flow->flags & (TCPSHAKE_FLAG_CLIENT_AMBIGUOUS | TCPSHAKE_FLAG_INFERRED))
		return false;
	*us = ended->total_us - flow->synack_us;
	return true;
}
