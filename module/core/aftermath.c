// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What comes after the outcome, and what comes without a SYN. Flows in these
 * states are no pending attempts; nothing here gives an outcome.
 */
#include "rules.h"

enum { STORM = 1000 };	/* RSTs, or FINs, on one flow: Zeek's tcp_storm_thresh */

static void untracked(struct tcpshake_step *s)
{
	s->v->exit = TCPSHAKE_EXIT_UNTRACKED;
}

static void note(struct tcpshake_step *s, enum tcpshake_note note)
{
	s->v->notes |= 1 << note;
}

static bool marked(const struct tcpshake_step *s, unsigned int mark)
{
	return s->flow->marks & mark;
}

/*
 * RSTs and FINs are counted where the time of the SYN-ACK was, which has been
 * told by now: 15 bits each. A storm is told once.
 */
static void count_storm(struct tcpshake_step *s)
{
	const bool is_rst = s->seg->class == TCPSHAKE_CLASS_RST;
	const u32 one = is_rst ? 1 : 1 << 15;
	const u32 counted = (is_rst ? s->flow->synack_us : s->flow->synack_us >> 15) & 0x7fff;

	if (!is_rst && !(s->seg->flags & TCPSHAKE_FIN))
		return;
	if (counted == STORM)
		return;
	s->flow->synack_us += one;
	tcpshake_step_raise(s, counted + 1 == STORM, is_rst ? TCPSHAKE_ANOMALY_RST_STORM :
							       TCPSHAKE_ANOMALY_FIN_STORM);
	s->flow->marks |= TCPSHAKE_MARK_CLOSED;
}

/* Another ISN, from either side: in the place of what is closed, else beside it. */
static void syn_anew(struct tcpshake_step *s)
{
	if (marked(s, TCPSHAKE_MARK_CLOSED)) {
		tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYN_AFTER_CLOSE);
		tcpshake_rule_begin(s);
	} else {
		tcpshake_step_another(s);
	}
}

static void lingering_syn(struct tcpshake_step *s, bool from_client)
{
	if (!from_client || s->seg->seq != s->flow->client_isn)
		syn_anew(s);
	else if (s->seg->hints & TCPSHAKE_HINT_UNOWNED)
		tcpshake_rule_begin(s);	/* SYNPROXY goes on to the server with the client's ISN */
	else
		tcpshake_rule_syn_again(s);
}

/* The server does not want the third ACK: its accept queue is full, or it waits for data. */
static void repeated_synack(struct tcpshake_step *s)
{
	const struct tcpshake_flow *flow = s->flow;

	if (s->seg->ack - (flow->client_isn + 1) > flow->syn_len) {
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_DIFF_ACK);
		return;
	}
	if (s->seg->seq != flow->server_isn) {
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_DIFF_SEQ);
		return;
	}
	s->v->exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
	tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYNACK_RETRANS);
	if (flow->crossing)
		return;
	if (marked(s, TCPSHAKE_MARK_CONFIRMED)) {
		tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYNACK_AFTER_CONFIRMED);
		return;
	}
	tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK);
	if (!marked(s, TCPSHAKE_MARK_STALLED))
		note(s, TCPSHAKE_NOTE_STALLED);
	s->flow->marks |= TCPSHAKE_MARK_STALLED;
}

static void lingering_synack(struct tcpshake_step *s, bool from_client)
{
	struct tcpshake_options options tcpshake_unset;

	tcpshake_options_parse(s->seg, &options, &s->v->anomalies);
	if (!from_client)
		repeated_synack(s);
	else if (s->flow->crossing && s->seg->seq == s->flow->client_isn)
		s->v->exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
	else
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_WRONG_DIR);
}

/* RFC 7323, 3.2: once agreed on, in every segment but RST. */
static void look_for_timestamps(struct tcpshake_step *s)
{
	struct tcpshake_options options tcpshake_unset;

	if (!marked(s, TCPSHAKE_MARK_TIMESTAMPS))
		return;
	tcpshake_options_parse(s->seg, &options, &s->v->anomalies);
	tcpshake_step_raise(s, !(options.present &
				 (TCPSHAKE_OPTION_TIMESTAMPS | TCPSHAKE_OPTION_CUT)),
			    TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG);
}

/* The first thing the server says from y+1 on: it has left SYN-RECEIVED. */
static void lingering_ack(struct tcpshake_step *s, bool from_client)
{
	untracked(s);
	if (marked(s, TCPSHAKE_MARK_CONFIRMED))
		return;	/* established traffic, of which there is much */
	look_for_timestamps(s);
	if (from_client ||
	    tcpshake_seq_before(s->seg->seq, s->flow->server_isn + 1))
		return;
	s->flow->marks |= TCPSHAKE_MARK_CONFIRMED;
	note(s, TCPSHAKE_NOTE_CONFIRMED);
}

static void lingering_rst(struct tcpshake_step *s, bool from_client)
{
	untracked(s);
	if (!from_client && !marked(s, TCPSHAKE_MARK_CONFIRMED | TCPSHAKE_MARK_CLOSED) &&
	    s->seg->seq == s->flow->server_isn + 1)
		note(s, TCPSHAKE_NOTE_RESET_AT_COMPLETION);
}

void tcpshake_lingering(struct tcpshake_step *s, enum tcpshake_direction from)
{
	const bool from_client = from == TCPSHAKE_FROM_CLIENT;

	switch ((enum tcpshake_class)s->seg->class) {
	case TCPSHAKE_CLASS_SYN:
		lingering_syn(s, from_client);
		return;
	case TCPSHAKE_CLASS_SYNACK:
		lingering_synack(s, from_client);
		return;
	case TCPSHAKE_CLASS_ACK:
		lingering_ack(s, from_client);
		break;
	case TCPSHAKE_CLASS_RST:
		lingering_rst(s, from_client);
		break;
	}
	count_storm(s);
}

/*
 * The same SYN after a RST is a retransmission (Windows does that), and makes the
 * server's next answer one to it. Otherwise who sent the RST has no more to say.
 */
void tcpshake_aborted(struct tcpshake_step *s, enum tcpshake_direction from)
{
	const bool from_client = from == TCPSHAKE_FROM_CLIENT;
	const unsigned int by_sender = from_client ? TCPSHAKE_MARK_BY_CLIENT :
						     TCPSHAKE_MARK_BY_SERVER;

	if (s->seg->class == TCPSHAKE_CLASS_SYN) {
		if (!from_client || s->seg->seq != s->flow->client_isn) {
			syn_anew(s);
			return;
		}
		tcpshake_rule_syn_again(s);
		tcpshake_step_seen(s);
		s->flow->marks |= TCPSHAKE_MARK_RETRIED;
		return;
	}
	untracked(s);
	count_storm(s);
	if (s->seg->class != TCPSHAKE_CLASS_RST && marked(s, by_sender) &&
	    !marked(s, TCPSHAKE_MARK_RETRIED))
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_RST_IGNORED);
}

/* The SYN of a SYN-ACK that was faster: several queues or interfaces do that (f1.12). */
static void late_syn(struct tcpshake_step *s)
{
	const struct tcpshake_flow synack = *s->flow;

	if (synack.client_isn - s->seg->seq > s->seg->len) {	/* it may acknowledge data, too */
		tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYN_PARTIAL_AFTER);
		tcpshake_rule_begin(s);
		return;
	}
	tcpshake_rule_begin(s);
	s->flow->server_isn = synack.server_isn;
	s->flow->server_window = synack.server_window;
	s->flow->synack_count = synack.synack_count;
	s->flow->answered = tcpshake_rule_reach(s->flow, synack.client_isn + 1);
	s->flow->marks = TCPSHAKE_MARK_EARLY;
	tcpshake_step_to(s, TCPSHAKE_STATE_HALF_OPEN_SYNACK);
}

/* The rest of a handshake whose SYN went elsewhere. */
static void seen_in_part(struct tcpshake_step *s)
{
	note(s, TCPSHAKE_NOTE_PARTIAL);
	s->v->to = 0;
}

void tcpshake_orphan(struct tcpshake_step *s, enum tcpshake_direction from)
{
	const struct tcpshake_flow *flow = s->flow;
	const struct tcpshake_segment *seg = s->seg;
	const bool from_client = from == TCPSHAKE_FROM_CLIENT;

	switch ((enum tcpshake_class)seg->class) {
	case TCPSHAKE_CLASS_SYN:
		if (from_client) {
			late_syn(s);
		} else {
			tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYN_PARTIAL_AFTER);
			tcpshake_rule_begin(s);
		}
		return;
	case TCPSHAKE_CLASS_SYNACK:
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED);
		return;
	case TCPSHAKE_CLASS_ACK:
		untracked(s);
		if (seg->seq == (from_client ? flow->client_isn : flow->server_isn) + 1 &&
		    (!from_client || seg->ack == flow->server_isn + 1))
			seen_in_part(s);
		return;
	case TCPSHAKE_CLASS_RST:
		untracked(s);
		if (!from_client || seg->seq != flow->client_isn + 1)
			return;
		tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_RST_NO_STATE);
		note(s, TCPSHAKE_NOTE_BACKSCATTER);
		s->v->to = 0;
		return;
	}
}

/* What a rival shares with the flow it is of, but for the third segment: see handshake.h. */
void tcpshake_rival(struct tcpshake_step *s, enum tcpshake_direction from)
{
	untracked(s);
	if (s->seg->class != TCPSHAKE_CLASS_SYNACK || from == TCPSHAKE_FROM_CLIENT)
		return;
	if (s->flow->synack_count < TCPSHAKE_COUNT_MAX)
		s->flow->synack_count++;
	s->v->exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
	tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYNACK_RETRANS);
}
