/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the unit tests of the engine: two peers, the segments they send each other
 * and flows in every state. Numbers are relative to the ISNs x and y, so that one
 * table row can be played with many ISNs.
 */
#ifndef TCPSHAKE_SELFTESTS_CORE_TEST_H
#define TCPSHAKE_SELFTESTS_CORE_TEST_H

/* The harness hands every test a variant, and compares what is expected by its type; few care. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"

#include "kselftest_harness.h"

#include "core/handshake.h"
#include "core/names.h"

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The harness wants the type of what it compares, which a bit-field has not. */
#define VALUE(field) ((u32)(field))

#define FIN TCPSHAKE_FIN
#define SYN TCPSHAKE_SYN
#define RST TCPSHAKE_RST
#define PSH TCPSHAKE_PSH
#define ACK TCPSHAKE_ACK
#define URG TCPSHAKE_URG
#define ECE TCPSHAKE_ECE
#define CWR TCPSHAKE_CWR
#define AE TCPSHAKE_AE

/* The windows of the SYN and the SYN-ACK: apart, so that none is taken for the other. */
#define CLIENT_WINDOW 1000
#define SERVER_WINDOW 2000

#define HALF_OPEN_SYN TCPSHAKE_STATE_HALF_OPEN_SYN
#define HALF_OPEN_SYNACK TCPSHAKE_STATE_HALF_OPEN_SYNACK
#define LINGERING TCPSHAKE_FLOW_LINGERING
#define ABORTED TCPSHAKE_FLOW_ABORTED
#define ORPHAN TCPSHAKE_FLOW_ORPHAN
#define RIVAL TCPSHAKE_FLOW_RIVAL

struct isns {
	u32 x;
	u32 y;
};

/* Every place where an addition or a comparison could go wrong. */
static const struct isns all_isns[] = {
	{ 1000, 500000 },
	{ 0, 0 },
	{ 0xffffffff, 0 },
	{ 0, 0xffffffff },
	{ 0xffffffff, 0xffffffff },
	{ 0xfffffffe, 0xfffffc18 },
	{ 0xfffff830, 0xfffffffe },
	{ 0x7fffffff, 0x80000000 },
	{ 0x80000000, 0x7fffffff },
};

static const u8 client_addr[TCPSHAKE_ADDR_LEN] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1,
};

static const u8 server_addr[TCPSHAKE_ADDR_LEN] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 198, 51, 100, 2,
};

#define CLIENT_PORT 40000
#define SERVER_PORT 443
#define OWNER 0x5aa5

/* The class as section 3.10.7 orders the questions: RST first, then SYN, then the rest. */
static inline u8 class_of(u16 flags)
{
	if (flags & RST)
		return TCPSHAKE_CLASS_RST;
	if ((flags & (SYN | ACK)) == (SYN | ACK))
		return TCPSHAKE_CLASS_SYNACK;
	return flags & SYN ? TCPSHAKE_CLASS_SYN : TCPSHAKE_CLASS_ACK;
}

/* What a SYN and a SYN-ACK say unless a test says otherwise: an MSS, and nothing else. */
static const u8 mss_option[] = { 2, 4, 5, 180 };

static inline struct tcpshake_segment segment(enum tcpshake_direction from, u16 flags, u32 seq,
					      u32 ack, u32 len)
{
	struct tcpshake_segment seg = {
		.seq = seq,
		.ack = ack,
		.len = len,
		.flags = flags,
		.class = class_of(flags),
		.ttl = 64,
	};

	if (flags & SYN) {
		seg.options = mss_option;
		seg.options_len = sizeof(mss_option);
	}
	if (from == TCPSHAKE_FROM_CLIENT) {
		memcpy(seg.src, client_addr, sizeof(seg.src));
		memcpy(seg.dst, server_addr, sizeof(seg.dst));
		seg.src_port = CLIENT_PORT;
		seg.dst_port = SERVER_PORT;
		seg.window = CLIENT_WINDOW;
	} else {
		memcpy(seg.src, server_addr, sizeof(seg.src));
		memcpy(seg.dst, client_addr, sizeof(seg.dst));
		seg.src_port = SERVER_PORT;
		seg.dst_port = CLIENT_PORT;
		seg.window = SERVER_WINDOW;
	}
	return seg;
}

/* The octets are of the caller, for as long as the segment is used. */
static inline struct tcpshake_segment with_options(struct tcpshake_segment seg, const u8 *options,
						   size_t len)
{
	seg.options = options;
	seg.options_len = (u8)len;
	return seg;
}

/* Every octet of the verdict is set to rubbish first: what is read was written. */
static inline struct tcpshake_verdict step_with(struct tcpshake_flow *flow,
						struct tcpshake_details *details,
						struct tcpshake_segment seg, u64 now_us)
{
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_step(flow, details, &seg, now_us, &v);
	return v;
}

static inline struct tcpshake_verdict step(struct tcpshake_flow *flow,
					   struct tcpshake_segment seg, u64 now_us)
{
	return step_with(flow, NULL, seg, now_us);
}

static inline struct tcpshake_verdict open_with(struct tcpshake_flow *flow,
						struct tcpshake_details *details,
						struct tcpshake_segment seg, u64 now_us)
{
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	memset(flow, 0xa5, sizeof(*flow));
	if (details)
		memset(details, 0xa5, sizeof(*details));
	flow->owner = OWNER;
	tcpshake_handshake_open(flow, details, &seg, now_us, NULL, &v);
	return v;
}

static inline struct tcpshake_verdict send_syn(struct tcpshake_flow *flow, u32 x, u64 now_us)
{
	return step(flow, segment(TCPSHAKE_FROM_CLIENT, SYN, x, 0, 0), now_us);
}

static inline struct tcpshake_segment synack_of(struct isns isn)
{
	return segment(TCPSHAKE_FROM_SERVER, SYN | ACK, isn.y, isn.x + 1, 0);
}

static inline struct tcpshake_verdict send_synack(struct tcpshake_flow *flow, struct isns isn,
						  u64 now_us)
{
	return step(flow, synack_of(isn), now_us);
}

static inline struct tcpshake_segment ack_of(struct isns isn)
{
	return segment(TCPSHAKE_FROM_CLIENT, ACK, isn.x + 1, isn.y + 1, 0);
}

static inline struct tcpshake_verdict send_ack(struct tcpshake_flow *flow, struct isns isn,
					       u64 now_us)
{
	return step(flow, ack_of(isn), now_us);
}

/* An ordinary attempt, as far as it takes; refused if that is what is asked for. */
static inline void play_to(struct tcpshake_flow *flow, struct tcpshake_details *details, u8 state,
			   struct isns isn, u64 now_us)
{
	const struct tcpshake_segment refusal =
		segment(TCPSHAKE_FROM_SERVER, RST | ACK, 0, isn.x + 1, 0);

	open_with(flow, details, segment(TCPSHAKE_FROM_CLIENT, SYN, isn.x, 0, 0), now_us);
	if (state == ABORTED)
		step_with(flow, details, refusal, now_us);
	if (state == HALF_OPEN_SYNACK || state == LINGERING)
		step_with(flow, details, synack_of(isn), now_us);
	if (state == LINGERING)
		step_with(flow, details, ack_of(isn), now_us);
}

static inline void orphan_of(struct tcpshake_flow *flow, struct isns isn, u64 now_us)
{
	const struct tcpshake_segment seg = synack_of(isn);
	struct tcpshake_verdict v;

	memset(flow, 0xa5, sizeof(*flow));
	flow->owner = OWNER;
	tcpshake_handshake_orphan(flow, &seg, now_us, &v);
}

/* A rival with this y, of a flow whose y is another one. */
static inline void rival_of(struct tcpshake_flow *rival, struct isns isn, u64 now_us)
{
	const struct tcpshake_segment seg = synack_of(isn);
	struct tcpshake_flow flow;
	struct tcpshake_verdict v;

	play_to(&flow, NULL, HALF_OPEN_SYNACK, (struct isns){ isn.x, isn.y + 12345 }, now_us);
	memset(rival, 0xa5, sizeof(*rival));
	tcpshake_handshake_rival(rival, &flow, &seg, now_us, &v);
}

/* A flow in the state asked for, all of whose segments arrived at now_us. */
static inline struct tcpshake_flow flow_in(u8 state, struct isns isn, u64 now_us)
{
	struct tcpshake_flow flow;

	if (state == ORPHAN)
		orphan_of(&flow, isn, now_us);
	else if (state == RIVAL)
		rival_of(&flow, isn, now_us);
	else
		play_to(&flow, NULL, state, isn, now_us);
	return flow;
}

/* Is the set exactly this one anomaly, or empty if it is 0? */
static inline bool anomalies_are(const struct tcpshake_anomalies *set, unsigned int anomaly)
{
	unsigned int i;

	for (i = 0; i <= TCPSHAKE_ANOMALY_MAX; i++)
		if (tcpshake_anomalies_has(set, i) != (i && i == anomaly))
			return false;
	return tcpshake_anomalies_empty(set) == !anomaly;
}

/* Is it exactly these? Zeros in the list do not count. */
static inline bool anomalies_match(const struct tcpshake_anomalies *set, const u8 *list,
				   size_t count)
{
	struct tcpshake_anomalies expected = { 0 };
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i])
			tcpshake_anomalies_add(&expected, list[i]);
	return !memcmp(set, &expected, sizeof(expected));
}

#endif /* TCPSHAKE_SELFTESTS_CORE_TEST_H */
