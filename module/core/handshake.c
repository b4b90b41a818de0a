// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Handshake engine: a table says which rule applies to a segment of a pending
 * attempt, each rule is one small function. x and y are the ISNs of client and
 * server, L the octets of data in the SYN (0 but for Fast Open).
 */
#include "rules.h"

enum rule {
	SYN_AGAIN,	/* retransmission, or another attempt */
	SYN_CROSSES,	/* the server opens too */
	ANSWERS,	/* SYN-ACK to the SYN */
	ANSWERS_AGAIN,	/* SYN-ACK after a valid one */
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

static const u8 rules[TCPSHAKE_STATE_MAX + 1][2][TCPSHAKE_CLASS_COUNT] = {
	[TCPSHAKE_STATE_HALF_OPEN_SYN] = {
		/*           SYN          SYN-ACK        ACK            RST */
		[CLIENT] = { SYN_AGAIN,   ANSWERS_SELF,  ACK_EARLY,     CLIENT_GIVES_UP },
		[SERVER] = { SYN_CROSSES, ANSWERS,       ACK_BARE,      REFUSES },
	},
	[TCPSHAKE_STATE_HALF_OPEN_SYNACK] = {
		[CLIENT] = { SYN_AGAIN,   ANSWERS_SELF,  COMPLETES,     CLIENT_RESETS },
		[SERVER] = { SYN_CROSSES, ANSWERS_AGAIN, SERVER_SPEAKS, SERVER_RESETS },
	},
};

/* Farther than this from x+1, what the client sends does not follow its SYN. */
#define FOLLOWS_MAX 0x100000u

/* Is number one of x+1 to x+1+L: what the SYN, with all or part of its data, takes up? */
static bool follows_syn(const struct tcpshake_flow *flow, u32 number)
{
	return number - (flow->client_isn + 1) <= flow->syn_len;
}

static void look_at_syn(struct tcpshake_step *s, bool again)
{
	struct tcpshake_options options tcpshake_unset;
	bool fast_open, cut;

	tcpshake_options_parse(s->seg, &options, &s->v->anomalies);
	tcpshake_negotiate_syn(s->details, s->seg, &options, again);
	fast_open = options.present & TCPSHAKE_OPTION_FAST_OPEN;
	cut = options.present & TCPSHAKE_OPTION_CUT;
	tcpshake_step_raise(s, s->seg->len && !fast_open && !cut, TCPSHAKE_ANOMALY_SYN_DATA_NO_TFO);
	tcpshake_step_raise(s, fast_open && !(options.present & TCPSHAKE_OPTION_FAST_OPEN_COOKIE),
			    TCPSHAKE_ANOMALY_SYN_TFO_REQ);
}

static void look_at_synack(struct tcpshake_step *s, bool again)
{
	struct tcpshake_options options tcpshake_unset;

	tcpshake_options_parse(s->seg, &options, &s->v->anomalies);
	tcpshake_negotiate_synack(s->details, s->seg, &options, again, &s->v->anomalies);
}

/*
 * Of what completes. What stands in for a third segment that passed unseen may answer
 * more than the SYN-ACK.
 */
static void look_at_ack(struct tcpshake_step *s, bool inferred)
{
	const u16 timestamps_or_cut = TCPSHAKE_OPTION_TIMESTAMPS | TCPSHAKE_OPTION_CUT;
	struct tcpshake_options options tcpshake_unset;

	tcpshake_options_parse(s->seg, &options, &s->v->anomalies);
	if (!inferred && tcpshake_flow_direction(s->flow, s->seg) == TCPSHAKE_FROM_CLIENT)
		tcpshake_negotiate_ack(s->details, &options, &s->v->anomalies);
	else if (tcpshake_details_timestamps(s->details))
		tcpshake_step_raise(s, !(options.present & timestamps_or_cut),
				    TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG);
}

/* data is at most what an IP packet holds */
static u16 syn_len(const struct tcpshake_segment *seg)
{
	return seg->len < 0xffff ? (u16)seg->len : 0xffff;
}

void tcpshake_rule_begin(struct tcpshake_step *s)
{
	const struct tcpshake_segment *seg = s->seg;
	struct tcpshake_flow *flow = s->flow;
	const u16 owner = flow->owner;

	memset(flow, 0, sizeof(*flow));
	memcpy(flow->client, seg->src, sizeof(flow->client));
	memcpy(flow->server, seg->dst, sizeof(flow->server));
	flow->client_port = seg->src_port;
	flow->server_port = seg->dst_port;
	flow->client_isn = seg->seq;
	flow->syn_us = (u32)s->now_us;
	flow->client_window = seg->window;
	flow->syn_len = syn_len(seg);
	flow->syn_count = 1;
	flow->owner = owner;
	look_at_syn(s, false);
	s->v->owner = owner;
	s->v->exit = TCPSHAKE_EXIT_NEW_ATTEMPT;
	tcpshake_step_to(s, TCPSHAKE_STATE_HALF_OPEN_SYN);
}

void tcpshake_rule_syn_again(struct tcpshake_step *s)
{
	if (s->flow->syn_count < TCPSHAKE_COUNT_MAX)
		s->flow->syn_count++;
	s->v->exit = TCPSHAKE_EXIT_SYN_RETRANSMIT;
	tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYN_RETRANS);
	look_at_syn(s, true);
}

/* Another ISN does not end this attempt: the SYN-ACK will tell which one the server took (f1.2). */
static void syn_again(struct tcpshake_step *s)
{
	if (s->seg->seq != s->flow->client_isn) {
		tcpshake_step_another(s);
		return;
	}
	tcpshake_rule_syn_again(s);
	if (s->flow->state == TCPSHAKE_STATE_HALF_OPEN_SYN &&
	    syn_len(s->seg) > s->flow->syn_len)
		s->flow->syn_len = syn_len(s->seg);
}

static void syn_crosses(struct tcpshake_step *s)
{
	if (!tcpshake_crossing_syn(s))
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYN_FROM_S_SYNRECV);
}

/* RFC 7413, 4.2.2: x+1 ignores the data, x+1+L takes it, what is between a part of it. */
enum tcpshake_answered tcpshake_rule_reach(const struct tcpshake_flow *flow, u32 ack)
{
	const u32 octets = ack - (flow->client_isn + 1);

	if (!flow->syn_len)
		return TCPSHAKE_ANSWERED_PLAIN;
	if (!octets)
		return TCPSHAKE_ANSWERED_NONE;
	return octets == flow->syn_len ? TCPSHAKE_ANSWERED_ALL : TCPSHAKE_ANSWERED_PART;
}

/* 3.10.7.3: in SYN-SENT only what is above x and was sent is acceptable. */
static void answers(struct tcpshake_step *s)
{
	struct tcpshake_flow *flow = s->flow;

	if (tcpshake_crossing_from_server(s))
		return;
	if (!follows_syn(flow, s->seg->ack)) {
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_BAD_ACK);
		return;
	}
	look_at_synack(s, false);
	flow->server_isn = s->seg->seq;
	flow->server_window = s->seg->window;
	flow->synack_us = tcpshake_step_age(s);
	flow->synack_count = 1;
	flow->answered = tcpshake_rule_reach(flow, s->seg->ack);
	flow->marks &= ~TCPSHAKE_MARK_ALONE;
	if (flow->syn_count > 1)
		flow->marks |= TCPSHAKE_MARK_AMBIGUOUS;
	tcpshake_step_raise(s, flow->answered == TCPSHAKE_ANSWERED_PART,
			    TCPSHAKE_ANOMALY_SYNACK_PART_TFO);
	s->v->exit = TCPSHAKE_EXIT_SYNACK;
	s->v->then = TCPSHAKE_THEN_SUPERSEDE_OLDER;
	tcpshake_step_to(s, TCPSHAKE_STATE_HALF_OPEN_SYNACK);
}

static void answers_again(struct tcpshake_step *s)
{
	if (tcpshake_crossing_from_server(s))
		return;
	look_at_synack(s, true);
	if (!follows_syn(s->flow, s->seg->ack) ||
	    tcpshake_rule_reach(s->flow, s->seg->ack) != s->flow->answered) {
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_DIFF_ACK);
	} else if (s->seg->seq != s->flow->server_isn) {
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_DIFF_SEQ);
		s->v->then = TCPSHAKE_THEN_RIVAL;
	} else {
		if (s->flow->synack_count < TCPSHAKE_COUNT_MAX)
			s->flow->synack_count++;
		s->v->exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
		tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYNACK_RETRANS);
	}
}

static void answers_self(struct tcpshake_step *s)
{
	if (!tcpshake_crossing_from_client(s))
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_WRONG_DIR);
}

/*
 * The client goes on though no answer was seen. Three segments that follow its
 * SYN, and one direction goes another way (f1.19): that is no fault of anybody's.
 */
static void ack_early(struct tcpshake_step *s)
{
	struct tcpshake_flow *flow = s->flow;
	const u32 one = TCPSHAKE_MARK_ALONE & -TCPSHAKE_MARK_ALONE;
	const bool follows = s->seg->seq - (flow->client_isn + 1) < FOLLOWS_MAX;

	if (tcpshake_crossing_from_client(s))
		return;
	if (follows && (flow->marks & TCPSHAKE_MARK_ALONE) == TCPSHAKE_MARK_ALONE) {
		s->v->exit = TCPSHAKE_EXIT_UNTRACKED;
		return;
	}
	if (follows && !flow->crossing)
		flow->marks += one;
	tcpshake_step_anomalous(s, follows ? TCPSHAKE_ANOMALY_ACK_BEFORE_SYNACK :
					     TCPSHAKE_ANOMALY_ASYNC_BAD_SEQ);
	tcpshake_step_raise(s, s->seg->flags & TCPSHAKE_FIN, TCPSHAKE_ANOMALY_FIN_BEFORE_EST);
	tcpshake_step_raise(s, s->seg->len, TCPSHAKE_ANOMALY_DATA_BEFORE_EST);
}

/* An old connection's answer (RFC 5961, 4), or the first step of a split handshake. */
static void ack_bare(struct tcpshake_step *s)
{
	if (tcpshake_crossing_from_server(s))
		return;
	tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYN_REPLY_BARE_ACK);
	if (!s->seg->len && !(s->seg->flags & TCPSHAKE_FIN))
		tcpshake_step_raise(s, !follows_syn(s->flow, s->seg->ack),
				    TCPSHAKE_ANOMALY_CHALLENGE_ACK);
}

void tcpshake_rule_complete(struct tcpshake_step *s, u32 flags)
{
	struct tcpshake_flow *flow = s->flow;
	struct tcpshake_ended *ended = &s->v->ended;

	look_at_ack(s, flags & TCPSHAKE_FLAG_INFERRED);
	if (s->seg->len)
		flags |= TCPSHAKE_FLAG_DATA;
	if (s->seg->flags & TCPSHAKE_FIN)
		flags |= TCPSHAKE_FLAG_FIN;
	if (flow->synack_count > 1)
		flags |= TCPSHAKE_FLAG_CLIENT_AMBIGUOUS;
	tcpshake_flow_end(flow, s->details, s->now_us, TCPSHAKE_OUTCOME_COMPLETED, s->v);
	ended->flags |= flags;
	if (flags & TCPSHAKE_FLAG_SPLIT)
		ended->flags &= ~TCPSHAKE_FLAG_SIMULTANEOUS;
	flow->marks = tcpshake_details_timestamps(s->details) ? TCPSHAKE_MARK_TIMESTAMPS : 0;
	if (s->seg->flags & TCPSHAKE_FIN)
		flow->marks |= TCPSHAKE_MARK_CLOSED;
	flow->synack_us = 0;
	tcpshake_step_seen(s);
	s->v->exit = TCPSHAKE_EXIT_COMPLETING;
	s->v->then = TCPSHAKE_THEN_SUPERSEDE_ALL;
	tcpshake_step_to(s, TCPSHAKE_FLOW_LINGERING);
}

/* May the server have gone on though its SYN-ACK is not acknowledged (RFC 7413, 4.2.2)? */
static bool after_fast_open(const struct tcpshake_flow *flow)
{
	return flow->answered == TCPSHAKE_ANSWERED_ALL || flow->answered == TCPSHAKE_ANSWERED_PART;
}

/*
 * 3.10.7.4, first and fifth: SEG.SEQ = x+1 and SEG.ACK = y+1. A segment further
 * into both windows was sent by an established client whose third ACK passed
 * unseen. At x+1 only y+1 will do, since nothing else can have been sent there,
 * but after Fast Open, where the server may have gone on already.
 */
static void completes(struct tcpshake_step *s)
{
	const struct tcpshake_flow *flow = s->flow;
	const struct tcpshake_segment *seg = s->seg;
	const bool fast_open = after_fast_open(flow);
	const bool seq_exact = follows_syn(flow, seg->seq);
	const bool ack_exact = seg->ack == flow->server_isn + 1;
	const bool ack_fits = tcpshake_seq_in_window(seg->ack, flow->server_isn + 1,
						     flow->client_window + 1U);

	if (tcpshake_crossing_from_client(s))
		return;
	if (seq_exact && (ack_exact || (ack_fits && fast_open)))
		tcpshake_rule_complete(s, 0);
	else if (!seq_exact && ack_fits &&
		 tcpshake_seq_in_window(seg->seq, flow->client_isn + 1, flow->server_window))
		tcpshake_rule_complete(s, TCPSHAKE_FLAG_INFERRED);
	else if (seq_exact)
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_ACK_BAD_ACK);
	else if (ack_exact)
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_ACK_BAD_SEQ);
	else
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_ACK_BAD_BOTH);
}

/*
 * A server that sends data or FIN from y+1 on, or acknowledges more than was in
 * the SYN, has left SYN-RECEIVED; after Fast Open it may send before (RFC 7413,
 * 4.2.2). A bare ACK of x+1 proves nothing: it is how a server in SYN-RECEIVED
 * challenges a segment it does not accept (RFC 5961).
 */
static void server_speaks(struct tcpshake_step *s)
{
	const struct tcpshake_flow *flow = s->flow;
	const struct tcpshake_segment *seg = s->seg;
	const bool fast_open = after_fast_open(flow);
	const bool seq_fits = tcpshake_seq_in_window(seg->seq, flow->server_isn + 1,
						     flow->client_window);
	const bool ack_fits = tcpshake_seq_in_window(seg->ack, flow->client_isn + 1,
						     flow->server_window + 1U);
	const bool proves = !follows_syn(flow, seg->ack) ||
			    (!fast_open && (seg->len || seg->flags & TCPSHAKE_FIN));

	if (tcpshake_crossing_from_server(s))
		return;
	if (seq_fits && ack_fits && proves)
		tcpshake_rule_complete(s, TCPSHAKE_FLAG_INFERRED);
	else if (seq_fits && ack_fits && fast_open)
		s->v->exit = TCPSHAKE_EXIT_UNTRACKED;
	else if (seg->seq == flow->server_isn + 1 && follows_syn(flow, seg->ack))
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_CHALLENGE_ACK);
	else
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_ACK_WRONG_DIR);
}

/* The flow stays for a moment: does the sender mean it, will the client try again? */
void tcpshake_rule_reset(struct tcpshake_step *s, enum tcpshake_outcome outcome, u32 flags)
{
	const bool by_client = outcome == TCPSHAKE_OUTCOME_CLIENT_RESET;

	tcpshake_flow_end(s->flow, s->details, s->now_us, outcome, s->v);
	s->v->ended.flags |= flags;
	s->v->exit = TCPSHAKE_EXIT_RESET;
	s->flow->marks = TCPSHAKE_MARK_CLOSED | (by_client ? TCPSHAKE_MARK_BY_CLIENT :
							     TCPSHAKE_MARK_BY_SERVER);
	s->flow->synack_us = 1;	/* RSTs so far */
	tcpshake_step_seen(s);
	tcpshake_step_to(s, TCPSHAKE_FLOW_ABORTED);
}

/* 3.10.7.3, second: a RST is acceptable in SYN-SENT if it acknowledges the SYN. */
static void refuses(struct tcpshake_step *s)
{
	if (!(s->seg->flags & TCPSHAKE_ACK) || !follows_syn(s->flow, s->seg->ack)) {
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_RST_BAD_ACK_SYNSENT);
		return;
	}
	tcpshake_rule_reset(s, TCPSHAKE_OUTCOME_REFUSED, 0);
	tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYN_TO_CLOSED_LISTENER);
}

static void client_gives_up(struct tcpshake_step *s)
{
	const u32 seq = s->seg->seq;

	if (seq == s->flow->client_isn || follows_syn(s->flow, seq))
		tcpshake_rule_reset(s, TCPSHAKE_OUTCOME_CLIENT_RESET, 0);
	else
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_RST_OUT_OF_WIN);
}

/* RFC 5961, 3.2: only a RST at the edge of the window is sure to be obeyed. */
static void inexact(struct tcpshake_step *s, u32 edge, u32 window)
{
	tcpshake_step_anomalous(s, tcpshake_seq_in_window(s->seg->seq, edge, window) ?
					   TCPSHAKE_ANOMALY_RST_NOT_EXACT :
					   TCPSHAKE_ANOMALY_RST_OUT_OF_WIN);
}

static void client_resets(struct tcpshake_step *s)
{
	if (follows_syn(s->flow, s->seg->seq))
		tcpshake_rule_reset(s, TCPSHAKE_OUTCOME_CLIENT_RESET, TCPSHAKE_FLAG_AFTER_SYNACK);
	else
		inexact(s, s->flow->client_isn + 1, s->flow->server_window);
}

/*
 * Until its third ACK is seen the client may never have got the SYN-ACK. Then it
 * is in SYN-SENT, where a RST that acknowledges x+1 is obeyed whatever its
 * sequence number (3.10.7.3, second).
 */
static void server_resets(struct tcpshake_step *s)
{
	const struct tcpshake_flow *flow = s->flow;

	if ((s->seg->flags & TCPSHAKE_ACK && follows_syn(flow, s->seg->ack)) ||
	    s->seg->seq == flow->server_isn + 1)
		tcpshake_rule_reset(s, TCPSHAKE_OUTCOME_SERVER_RESET, 0);
	else
		inexact(s, flow->server_isn + 1, flow->client_window);
}

/* A switch, since indirect calls are dear in the kernel. */
static void apply(struct tcpshake_step *s, enum rule rule)
{
	switch (rule) {
	case SYN_AGAIN:
		syn_again(s);
		return;
	case SYN_CROSSES:
		syn_crosses(s);
		return;
	case ANSWERS:
		answers(s);
		return;
	case ANSWERS_AGAIN:
		answers_again(s);
		return;
	case ANSWERS_SELF:
		answers_self(s);
		return;
	case ACK_EARLY:
		ack_early(s);
		return;
	case ACK_BARE:
		ack_bare(s);
		return;
	case COMPLETES:
		completes(s);
		return;
	case SERVER_SPEAKS:
		server_speaks(s);
		return;
	case REFUSES:
		refuses(s);
		return;
	case CLIENT_GIVES_UP:
		client_gives_up(s);
		return;
	case CLIENT_RESETS:
		client_resets(s);
		return;
	case SERVER_RESETS:
		server_resets(s);
		return;
	}
}

void tcpshake_handshake_step(struct tcpshake_flow *flow, struct tcpshake_details *details,
			     const struct tcpshake_segment *seg, u64 now_us,
			     struct tcpshake_verdict *v)
{
	struct tcpshake_step s = {
		.flow = flow, .details = details, .seg = seg, .now_us = now_us, .v = v,
	};
	const enum tcpshake_direction from = tcpshake_flow_direction(flow, seg);

	tcpshake_verdict_init(v, flow, seg);
	switch (flow->state) {
	case TCPSHAKE_FLOW_LINGERING:
		tcpshake_lingering(&s, from);
		return;
	case TCPSHAKE_FLOW_ABORTED:
		tcpshake_aborted(&s, from);
		return;
	case TCPSHAKE_FLOW_ORPHAN:
		tcpshake_orphan(&s, from);
		return;
	case TCPSHAKE_FLOW_RIVAL:
		tcpshake_rival(&s, from);
		return;
	default:
		apply(&s, rules[flow->state][from == TCPSHAKE_FROM_SERVER][seg->class]);
		/* the client alone prolongs its attempt, whatever it sends */
		if (from == TCPSHAKE_FROM_CLIENT && v->then != TCPSHAKE_THEN_OPEN)
			tcpshake_step_seen(&s);
	}
}
