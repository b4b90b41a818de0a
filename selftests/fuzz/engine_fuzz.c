// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any sequence of segments on a few tuples. Each step takes eight octets: what is
 * sent by whom, with numbers near the ones that matter, after how long. After
 * every step both identities must hold, and the gauges agree with the flows.
 */
#include "core/handshake.h"
#include "fuzz.h"

#define TUPLES 4
#define STEP 8

struct world {
	struct tcpshake_flow flows[TUPLES];
	bool used[TUPLES];
	u64 now_us;
	u64 packets;
	u64 exits;
	u64 attempts;
	u64 outcomes;
	s64 gauges[TCPSHAKE_FLOW_STATES];
};

static const struct tcpshake_timeouts timeouts = { 7000000, 9000000, 20000000, 2000000 };

static void book(struct world *w, const struct tcpshake_verdict *v)
{
	MUST(v->exit <= TCPSHAKE_EXIT_MAX && v->ended.outcome <= TCPSHAKE_OUTCOME_MAX);
	MUST(v->from < TCPSHAKE_FLOW_STATES && v->to < TCPSHAKE_FLOW_STATES);
	w->exits += !!v->exit;
	w->attempts += v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	w->outcomes += !!v->ended.outcome;
	w->gauges[v->from]--;
	w->gauges[v->to]++;
}

static void check(const struct world *w)
{
	s64 flows[TCPSHAKE_FLOW_STATES] = { 0 };
	int i;

	for (i = 0; i < TUPLES; i++)
		if (w->used[i])
			flows[w->flows[i].state]++;
	for (i = 1; i < TCPSHAKE_FLOW_STATES; i++)
		MUST(flows[i] == w->gauges[i]);
	MUST(w->exits == w->packets);
	MUST(w->attempts == w->outcomes + w->gauges[TCPSHAKE_STATE_HALF_OPEN_SYN] +
				    w->gauges[TCPSHAKE_STATE_HALF_OPEN_SYNACK]);
}

/* A number at, before or behind one of the flow's, or the flow's edges of windows. */
static u32 number(u32 base, u32 window, u8 how)
{
	static const s32 near[] = { 1, 0, 2, -1 };

	if (how & 0x80)
		return base + (u32)how * 0x01010101;
	if (how & 0x40)
		return base + window + near[how & 3];
	return base + near[how & 3];
}

static bool make_segment(const struct world *w, const uint8_t *step, struct tcpshake_segment *seg)
{
	static const u16 flags[] = {
		TCPSHAKE_SYN,
		TCPSHAKE_SYN | TCPSHAKE_ACK,
		TCPSHAKE_ACK,
		TCPSHAKE_ACK | TCPSHAKE_FIN,
		TCPSHAKE_RST,
		TCPSHAKE_RST | TCPSHAKE_ACK,
		TCPSHAKE_SYN | TCPSHAKE_ECE | TCPSHAKE_CWR,
		TCPSHAKE_ACK | TCPSHAKE_PSH,
	};
	static const u8 classes[] = {
		TCPSHAKE_CLASS_SYN, TCPSHAKE_CLASS_SYNACK, TCPSHAKE_CLASS_ACK, TCPSHAKE_CLASS_ACK,
		TCPSHAKE_CLASS_RST, TCPSHAKE_CLASS_RST, TCPSHAKE_CLASS_SYN, TCPSHAKE_CLASS_ACK,
	};
	const unsigned int tuple = step[0] % TUPLES;
	const struct tcpshake_flow *flow = &w->flows[tuple];
	const bool server = step[0] & 0x80 && tuple < TUPLES - 1;
	const u32 x = flow->client_isn, y = flow->server_isn;

	memset(seg, 0, sizeof(*seg));
	seg->src[15] = server;
	seg->dst[15] = !server;
	seg->src_port = server ? 80 : 1000 + tuple;
	seg->dst_port = server ? 1000 + tuple : 80;
	if (tuple == TUPLES - 1) { /* a connection to itself */
		memcpy(seg->dst, seg->src, sizeof(seg->dst));
		seg->dst_port = seg->src_port;
	}
	seg->flags = flags[step[1] & 7];
	seg->class = classes[step[1] & 7];
	seg->seq = number(server ? y : x, server ? flow->client_window : flow->server_window,
			  step[2]);
	seg->ack = number(server ? x : y, server ? flow->server_window : flow->client_window,
			  step[3]);
	if (seg->class == TCPSHAKE_CLASS_SYN || seg->class == TCPSHAKE_CLASS_SYNACK)
		seg->seq = step[2] & 0x20 ? (u32)step[2] * 0x9e3779b1u : server ? y : x;
	seg->window = step[4] * 257;
	seg->len = step[5] & 1 ? step[5] : 0;
	return w->used[tuple];
}

static void receive(struct world *w, const uint8_t *step)
{
	struct tcpshake_flow *flow = &w->flows[step[0] % TUPLES];
	bool *used = &w->used[step[0] % TUPLES];
	struct tcpshake_segment seg;
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	w->packets++;
	if (make_segment(w, step, &seg))
		tcpshake_handshake_step(flow, &seg, w->now_us, &v);
	else if (seg.class == TCPSHAKE_CLASS_SYN)
		tcpshake_handshake_open(flow, &seg, w->now_us, &v);
	else
		tcpshake_handshake_unknown(&seg, &v);
	MUST(v.exit);
	book(w, &v);
	*used = v.to;
}

static void pass_time(struct world *w, const uint8_t *step)
{
	struct tcpshake_verdict v;
	int i;

	w->now_us += (u64)step[6] << (step[7] & 15);
	for (i = 0; i < TUPLES; i++) {
		memset(&v, 0xa5, sizeof(v));
		if (!w->used[i])
			continue;
		if (step[7] & 0x80 && i == (step[7] >> 4 & 3))
			tcpshake_handshake_evict(&w->flows[i], w->now_us, &v);
		else if (!tcpshake_handshake_expire(&w->flows[i], w->now_us, &timeouts, &v))
			continue;
		MUST(!v.exit && !v.to);
		book(w, &v);
		w->used[i] = false;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .now_us = 0xffff0000u };

	for (; size >= STEP; data += STEP, size -= STEP) {
		pass_time(&w, data);
		receive(&w, data);
		check(&w);
	}
	return 0;
}
