// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * SYNs from both sides. In a simultaneous open (3.5, figure 7) they cross, and
 * each side answers with a SYN-ACK that repeats its own ISN; the second answer,
 * or an ACK in its place, completes. In a split handshake (Beardsley and Qian)
 * the server sends SYN and ACK apart, and it is the client that sends the SYN-ACK.
 * Either way the client stays who sent the first SYN.
 */
#include "rules.h"

static bool acks_y(const struct tcpshake_step *s)
{
	return s->seg->flags & TCPSHAKE_ACK && s->seg->ack == s->flow->server_isn + 1;
}

static bool acks_x(const struct tcpshake_step *s)
{
	return s->seg->flags & TCPSHAKE_ACK &&
	       s->seg->ack - (s->flow->client_isn + 1) <= s->flow->syn_len;
}

static bool answered(const struct tcpshake_step *s)
{
	return s->flow->state == TCPSHAKE_STATE_HALF_OPEN_SYNACK;
}

static bool by_client(const struct tcpshake_step *s)
{
	return answered(s) && s->flow->marks & TCPSHAKE_MARK_ACKED_BY_CLIENT;
}

/* The first of both SYNs to be acknowledged. */
static void first_answer(struct tcpshake_step *s, bool from_client)
{
	s->flow->marks &= ~TCPSHAKE_MARK_ALONE;
	if (from_client)
		s->flow->marks |= TCPSHAKE_MARK_ACKED_BY_CLIENT;
	s->flow->synack_us = tcpshake_step_age(s);
	s->flow->synack_count = 1;
	tcpshake_step_to(s, TCPSHAKE_STATE_HALF_OPEN_SYNACK);
	s->v->exit = TCPSHAKE_EXIT_SYNACK;
}

static void answer_again(struct tcpshake_step *s)
{
	if (s->flow->synack_count < TCPSHAKE_COUNT_MAX)
		s->flow->synack_count++;
	s->v->exit = TCPSHAKE_EXIT_SYNACK_RETRANSMIT;
	tcpshake_step_raise(s, true, TCPSHAKE_ANOMALY_SYNACK_RETRANS);
}

static void split_bad(struct tcpshake_step *s, bool seq_fits, bool ack_fits)
{
	s->v->exit = TCPSHAKE_EXIT_ANOMALOUS;
	tcpshake_step_raise(s, !seq_fits, TCPSHAKE_ANOMALY_SPLIT_BAD_SEQ);
	tcpshake_step_raise(s, !ack_fits, TCPSHAKE_ANOMALY_SPLIT_BAD_ACK);
}

/* A SYN from the server while the attempt is pending. */
bool tcpshake_crossing_syn(struct tcpshake_step *s)
{
	struct tcpshake_flow *flow = s->flow;
	struct tcpshake_options options tcpshake_unset;

	if (answered(s) && !flow->crossing)
		return false;
	tcpshake_step_anomalous(s, TCPSHAKE_ANOMALY_SYN_FROM_S);
	tcpshake_options_parse(s->seg, &options, &s->v->anomalies);
	if (answered(s))
		return true;
	tcpshake_negotiate_crossing(s->details, s->seg, &options);
	flow->crossing = 1;
	flow->marks &= ~TCPSHAKE_MARK_ALONE;
	flow->server_isn = s->seg->seq;
	flow->server_window = s->seg->window;
	return true;
}

/* SYN-ACK or ACK from the client once the server's SYN was seen. */
bool tcpshake_crossing_from_client(struct tcpshake_step *s)
{
	const bool is_synack = s->seg->class == TCPSHAKE_CLASS_SYNACK;
	const u32 due = s->flow->client_isn + !is_synack;

	if (!s->flow->crossing)
		return false;
	if (s->seg->seq != due || !acks_y(s)) {
		if (is_synack)
			split_bad(s, s->seg->seq == due, acks_y(s));
		return is_synack;
	}
	if (!answered(s))
		first_answer(s, true);
	else if (!by_client(s))
		tcpshake_rule_complete(s, TCPSHAKE_FLAG_SIMULTANEOUS);
	else if (is_synack)
		answer_again(s);
	else	/* the server's answer passed unseen: only then does the client go on */
		tcpshake_rule_complete(s, TCPSHAKE_FLAG_SPLIT | TCPSHAKE_FLAG_INFERRED);
	return true;
}

/* SYN-ACK or ACK from the server after its SYN. */
bool tcpshake_crossing_from_server(struct tcpshake_step *s)
{
	const bool is_synack = s->seg->class == TCPSHAKE_CLASS_SYNACK;
	const u32 due = s->flow->server_isn + !is_synack;

	if (!s->flow->crossing)
		return false;
	if (s->seg->seq != due || !acks_x(s)) {
		if (is_synack)
			split_bad(s, s->seg->seq == due, acks_x(s));
		return is_synack;
	}
	if (!answered(s))
		first_answer(s, false);
	else if (by_client(s))
		tcpshake_rule_complete(s, is_synack ? TCPSHAKE_FLAG_SIMULTANEOUS :
						      TCPSHAKE_FLAG_SPLIT);
	else if (is_synack)
		answer_again(s);
	else
		return false;
	return true;
}
