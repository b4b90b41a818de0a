/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The handshake engine: what one segment means to one attempt. Pure; the caller
 * owns the flow, serialises the calls for it and acts on the verdict.
 *
 * An attempt is one client ISN on one 4-tuple. The client is the sender of the
 * first SYN and stays it. Completion is exact: SEG.SEQ = x+1 and SEG.ACK = y+1
 * (RFC 9293, 3.5), or later segments that prove it.
 */
#ifndef TCPSHAKE_CORE_HANDSHAKE_H
#define TCPSHAKE_CORE_HANDSHAKE_H

#include "segment.h"

/*
 * States of a flow: enum tcpshake_state while the attempt is pending, then for a
 * moment this one, in which only the server's stall is still of interest. A
 * lingering flow has its outcome; dropping it costs nothing.
 */
#define TCPSHAKE_FLOW_LINGERING	(TCPSHAKE_STATE_MAX + 1)
#define TCPSHAKE_FLOW_STATES	(TCPSHAKE_STATE_MAX + 2)

#define TCPSHAKE_COUNT_MAX 15	/* SYN and SYN-ACK counts saturate here */

/*
 * One attempt: one cache line, for both families. Times are microseconds since
 * the first SYN; the first SYN is the low 32 bits of the caller's clock, good
 * for 71 minutes, of which an attempt may last TCPSHAKE_TIMEOUT_MAX.
 */
struct tcpshake_flow {
	u8 client[TCPSHAKE_ADDR_LEN];
	u8 server[TCPSHAKE_ADDR_LEN];
	u16 client_port;
	u16 server_port;
	u32 client_isn;		/* x */
	u32 server_isn;		/* y, from half_open_synack on */
	u32 syn_us;		/* clock at the first SYN, low 32 bits */
	u32 synack_us;		/* first valid SYN-ACK */
	u16 client_window;	/* of the SYN, never scaled (RFC 7323, 2.2) */
	u16 server_window;	/* of the SYN-ACK, likewise */
	u16 client_seen;	/* client's last segment, or completion, in 2^15 us */
	u16 owner;		/* the caller's: which namespace */
	u8 state;
	u8 flags;		/* enum tcpshake_flag */
	u8 syn_count;
	u8 synack_count;
};

tcpshake_static_assert(sizeof(struct tcpshake_flow) == 64, "a flow is one cache line");

struct tcpshake_timeouts {
	u32 syn_us;		/* half_open_syn, after the client's last segment */
	u32 synack_us;		/* half_open_synack, likewise */
	u32 max_age_us;		/* any pending attempt, after its first SYN */
	u32 linger_us;		/* after completion */
};

/* An attempt that got its outcome, as it was just before. */
struct tcpshake_ended {
	struct tcpshake_flow flow;
	u32 total_us;		/* from the first SYN */
	u8 outcome;		/* enum tcpshake_outcome */
};

/*
 * What a segment, or the passing of time, did. from and to are flow states, 0
 * for "no flow": they move the gauges. ended.outcome is 0 unless an attempt
 * ended; only then is the rest of ended set. exit is 0 when no segment was
 * involved.
 */
struct tcpshake_verdict {
	u8 exit;		/* enum tcpshake_exit */
	u8 from;
	u8 to;
	u16 owner;		/* the flow's, 0 for "no flow" */
	bool stalled;		/* the server of a completed attempt began to repeat its SYN-ACK */
	struct tcpshake_anomalies anomalies;
	struct tcpshake_ended ended;
};

enum tcpshake_direction {
	TCPSHAKE_FROM_CLIENT,
	TCPSHAKE_FROM_SERVER,
	TCPSHAKE_ELSEWHERE,	/* not of this flow */
};

/* Whose segment of this flow is it? A connection to itself has only a client. */
enum tcpshake_direction tcpshake_flow_direction(const struct tcpshake_flow *flow,
						const struct tcpshake_segment *seg);

/* The verdict on a segment that parsed but belongs to no flow and opens none. */
void tcpshake_handshake_unknown(const struct tcpshake_segment *seg,
				struct tcpshake_verdict *v);

/* Opens an attempt in an unused flow with a SYN. owner stays as it is. */
void tcpshake_handshake_open(struct tcpshake_flow *flow, const struct tcpshake_segment *seg,
			     u64 now_us, struct tcpshake_verdict *v);

/*
 * Applies a segment of the flow. v->to == 0 asks the caller to drop the flow.
 * A SYN that takes the tuple over ends the old attempt and opens the new one in
 * the same flow: ended and exit then speak of two attempts.
 */
void tcpshake_handshake_step(struct tcpshake_flow *flow, const struct tcpshake_segment *seg,
			     u64 now_us, struct tcpshake_verdict *v);

/* Has the flow's time run out? Then the verdict is set and the caller drops the flow. */
bool tcpshake_handshake_expire(const struct tcpshake_flow *flow, u64 now_us,
			       const struct tcpshake_timeouts *timeouts,
			       struct tcpshake_verdict *v);

/* The caller needs the room: sets the verdict; the caller drops the flow. */
void tcpshake_handshake_evict(const struct tcpshake_flow *flow, u64 now_us,
			      struct tcpshake_verdict *v);

/*
 * Microseconds since the first SYN. 0 for a clock read a little before it, on
 * another processor.
 */
static inline u32 tcpshake_flow_age(const struct tcpshake_flow *flow, u64 now_us)
{
	const u32 age = (u32)now_us - flow->syn_us;

	return (s32)age < 0 ? 0 : age;
}

/* The two halves of the handshake time. False where unknown or ambiguous. */
bool tcpshake_flow_server_rtt(const struct tcpshake_flow *flow, u32 *us);
bool tcpshake_ended_client_rtt(const struct tcpshake_ended *ended, u32 *us);

#endif /* TCPSHAKE_CORE_HANDSHAKE_H */
