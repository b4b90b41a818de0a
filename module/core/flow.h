/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A flow: one attempt to open a connection, and its life apart from segments:
 * whose segments are whose, its age, its end by time or for want of room.
 *
 * An attempt is one client ISN on one 4-tuple. A tuple may have several flows at
 * once: SYNs with other ISNs wait side by side until one is answered, and so do
 * SYN-ACKs with other ISNs until the third segment says which one it took. The
 * ordinary attempt is one flow of one cache line.
 */
#ifndef TCPSHAKE_CORE_FLOW_H
#define TCPSHAKE_CORE_FLOW_H

#include "negotiate.h"

/*
 * States of a flow: enum tcpshake_state while the attempt is pending, and these.
 * They have their outcome, or never were an attempt: dropping one costs nothing.
 */
enum tcpshake_flow_state {
	TCPSHAKE_FLOW_LINGERING = TCPSHAKE_STATE_MAX + 1, /* completed: confirmed, or stalled? */
	TCPSHAKE_FLOW_ABORTED,	/* reset, refused or unreachable: does anybody go on? */
	TCPSHAKE_FLOW_ORPHAN,	/* a SYN-ACK whose SYN was not seen */
	TCPSHAKE_FLOW_RIVAL,	/* another SYN-ACK to the SYN of a half_open_synack flow */
};

#define TCPSHAKE_FLOW_STATES	(TCPSHAKE_FLOW_RIVAL + 1)

#define TCPSHAKE_COUNT_MAX	15	/* SYN and SYN-ACK counts saturate here */
#define TCPSHAKE_SYNS_MAX	10	/* pending attempts on one tuple */
#define TCPSHAKE_SYNACKS_MAX	5	/* SYN-ACKs with ISNs of their own to one SYN */

/* How far the server's answer reaches into data of the SYN (RFC 7413, 4.2). */
enum tcpshake_answered {
	TCPSHAKE_ANSWERED_PLAIN,	/* there was no data */
	TCPSHAKE_ANSWERED_ALL,
	TCPSHAKE_ANSWERED_NONE,
	TCPSHAKE_ANSWERED_PART,
};

/* Meaning of flow.marks, by state. */
enum tcpshake_marks {
	/* pending */
	TCPSHAKE_MARK_AMBIGUOUS	= 1 << 0,	/* which SYN was answered */
	TCPSHAKE_MARK_EARLY	= 1 << 1,	/* the SYN-ACK came before the SYN */
	TCPSHAKE_MARK_ALONE	= 3 << 2,	/* segments the client sent on, unanswered */
	TCPSHAKE_MARK_ACKED_BY_CLIENT = 1 << 2,	/* crossing: y was acknowledged, not x */
	/* lingering */
	TCPSHAKE_MARK_STALLED	= 1 << 0,
	TCPSHAKE_MARK_CONFIRMED	= 1 << 1,
	TCPSHAKE_MARK_TIMESTAMPS = 1 << 2,	/* both sides send them */
	/* lingering and aborted */
	TCPSHAKE_MARK_CLOSED	= 1 << 3,	/* FIN or RST since */
	/* aborted */
	TCPSHAKE_MARK_BY_CLIENT	= 1 << 0,
	TCPSHAKE_MARK_BY_SERVER	= 1 << 1,
	TCPSHAKE_MARK_RETRIED	= 1 << 2,	/* the same SYN again since */
};

/*
 * One cache line, for both families. Times are microseconds since the first SYN;
 * the first SYN is the low 32 bits of the caller's clock, good for 71 minutes, of
 * which an attempt may last TCPSHAKE_TIMEOUT_MAX.
 */
struct tcpshake_flow {
	u8 client[TCPSHAKE_ADDR_LEN];
	u8 server[TCPSHAKE_ADDR_LEN];
	u16 client_port;
	u16 server_port;
	u32 client_isn;		/* x */
	u32 server_isn;		/* y, from half_open_synack on; earlier if crossing */
	u32 syn_us;		/* clock at the first SYN, low 32 bits */
	u32 synack_us : 30,	/* first valid SYN-ACK; lingering, aborted: RSTs and FINs counted */
	    answered : 2;	/* enum tcpshake_answered */
	u16 client_window;	/* of the SYN, never scaled (RFC 7323, 2.2) */
	u16 server_window;	/* of the SYN-ACK, likewise */
	u16 client_seen;	/* client's last segment, or the outcome, in 2^15 us */
	u16 syn_len;		/* octets of data in the SYN */
	u16 owner;		/* the caller's: which namespace */
	u16 state : 3,		/* enum tcpshake_state or tcpshake_flow_state */
	    syn_count : 4,
	    synack_count : 4,
	    crossing : 1,	/* the server sent a SYN of its own */
	    marks : 4;		/* enum tcpshake_marks */
};

tcpshake_static_assert(sizeof(struct tcpshake_flow) == 64, "a flow is one cache line");

struct tcpshake_timeouts {
	u32 syn_us;		/* half_open_syn, after the client's last segment */
	u32 synack_us;		/* half_open_synack, likewise */
	u32 max_age_us;		/* any pending attempt, after its first SYN */
	u32 linger_us;		/* after the outcome; orphans and rivals: after they were seen */
};

/* An attempt that got its outcome, as it was just before. */
struct tcpshake_ended {
	struct tcpshake_flow flow;
	struct tcpshake_details details; /* if has_details */
	u32 flags;		/* enum tcpshake_flag */
	u32 total_us;		/* from the first SYN */
	u8 outcome;		/* enum tcpshake_outcome */
	u8 unreachable;		/* enum tcpshake_unreachable, with that outcome */
	u8 eviction;		/* enum tcpshake_eviction, likewise */
	bool has_details;
};

/* What is counted besides outcomes and anomalies. */
enum tcpshake_note {
	TCPSHAKE_NOTE_STALLED,
	TCPSHAKE_NOTE_CONFIRMED,
	TCPSHAKE_NOTE_RESET_AT_COMPLETION,
	TCPSHAKE_NOTE_BACKSCATTER,
	TCPSHAKE_NOTE_PARTIAL,
	TCPSHAKE_NOTES,
};

/* What the engine asks of its caller once the verdict is booked. */
enum tcpshake_then {
	TCPSHAKE_THEN_NOTHING,
	TCPSHAKE_THEN_OPEN,	/* the SYN is another attempt: tcpshake_handshake_open() it */
	TCPSHAKE_THEN_RIVAL,	/* the SYN-ACK is another: tcpshake_handshake_rival() beside it */
	TCPSHAKE_THEN_SUPERSEDE_OLDER, /* tcpshake_flow_supersede() what is pending and older */
	TCPSHAKE_THEN_SUPERSEDE_ALL, /* and every other flow of the tuple */
};

/*
 * What a segment, or the passing of time, did. from and to are flow states, 0
 * for "no flow": they move the gauges. ended.outcome is 0 unless an attempt
 * ended; only then is the rest of ended set. exit is 0 when no segment was
 * involved, or when another verdict on the segment is still to come.
 */
struct tcpshake_verdict {
	u8 exit;		/* enum tcpshake_exit */
	u8 from;
	u8 to;
	u8 then;		/* enum tcpshake_then */
	u8 notes;		/* bits of enum tcpshake_note */
	u16 owner;		/* the flow's, 0 for "no flow" */
	struct tcpshake_anomalies anomalies;
	struct tcpshake_ended ended;
};

enum tcpshake_direction {
	TCPSHAKE_FROM_CLIENT,
	TCPSHAKE_FROM_SERVER,
	TCPSHAKE_ELSEWHERE,	/* not of this flow */
};

static inline bool tcpshake_flow_is_pending(const struct tcpshake_flow *flow)
{
	return flow->state <= TCPSHAKE_STATE_MAX;
}

/* The same for a segment from client to server by its endpoints. */
enum tcpshake_direction tcpshake_flow_self_direction(const struct tcpshake_flow *flow,
						     const struct tcpshake_segment *seg);

/*
 * Whose segment of this flow is it? Of a connection to itself the SYN-ACK, and
 * the RST that refuses it, are the server's.
 */
static inline enum tcpshake_direction
tcpshake_flow_direction(const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	if (flow->client_port == seg->src_port && flow->server_port == seg->dst_port &&
	    !memcmp(flow->client, seg->src, sizeof(flow->client)) &&
	    !memcmp(flow->server, seg->dst, sizeof(flow->server)))
		return flow->client_port == flow->server_port ?
			       tcpshake_flow_self_direction(flow, seg) : TCPSHAKE_FROM_CLIENT;
	if (flow->client_port == seg->dst_port && flow->server_port == seg->src_port &&
	    !memcmp(flow->client, seg->dst, sizeof(flow->client)) &&
	    !memcmp(flow->server, seg->src, sizeof(flow->server)))
		return TCPSHAKE_FROM_SERVER;
	return TCPSHAKE_ELSEWHERE;
}

/*
 * How well a segment fits a flow of its tuple, for choosing between several: the
 * best one gets it, of equals the newest. 0: it is none of this flow's.
 */
unsigned int tcpshake_flow_fit(const struct tcpshake_flow *flow,
			       const struct tcpshake_segment *seg);

/* Is the first SYN of a later than that of b? */
static inline bool tcpshake_flow_newer(const struct tcpshake_flow *a,
				       const struct tcpshake_flow *b)
{
	return (s32)(a->syn_us - b->syn_us) > 0;
}

/*
 * Microseconds since the first SYN. 0 for a clock read a little before it, on
 * another processor.
 */
static inline u32 tcpshake_flow_age(const struct tcpshake_flow *flow, u64 now_us)
{
	const u32 age = (u32)now_us - flow->syn_us;

	return (s32)age < 0 ? 0 : age;
}

/* enum tcpshake_flag, as far as the flow tells; details may be NULL. */
u32 tcpshake_flow_flags(const struct tcpshake_flow *flow, const struct tcpshake_details *details);

/* Has the SYN-ACK been seen, so that y and the server's window are known? */
bool tcpshake_flow_answered(const struct tcpshake_flow *flow);

/* Sets a verdict to "nothing happened", with the anomalies of seg, which may be NULL. */
static inline void tcpshake_verdict_init(struct tcpshake_verdict *v,
					 const struct tcpshake_flow *flow,
					 const struct tcpshake_segment *seg)
{
	v->exit = TCPSHAKE_EXIT_UNSPEC;
	v->from = flow ? flow->state : 0;
	v->to = v->from;
	v->then = TCPSHAKE_THEN_NOTHING;
	v->notes = 0;
	v->owner = flow ? flow->owner : 0;
	if (seg)
		v->anomalies = seg->anomalies;
	else
		memset(&v->anomalies, 0, sizeof(v->anomalies));
	v->ended.outcome = TCPSHAKE_OUTCOME_UNSPEC;
}

/* Gives the attempt its outcome; the verdict's to becomes 0. details may be NULL. */
void tcpshake_flow_end(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
		       u64 now_us, enum tcpshake_outcome outcome, struct tcpshake_verdict *v);

/* Has the flow's time run out? */
static inline bool tcpshake_flow_is_over(const struct tcpshake_flow *flow, u64 now_us,
					 const struct tcpshake_timeouts *timeouts)
{
	const u32 aged = tcpshake_flow_age(flow, now_us);
	const u32 seen = (u32)flow->client_seen << 15;
	const u32 idle = aged > seen ? aged - seen : 0;

	if (!tcpshake_flow_is_pending(flow))
		return idle >= timeouts->linger_us;
	return idle >= (flow->state == TCPSHAKE_STATE_HALF_OPEN_SYNACK ? timeouts->synack_us :
									 timeouts->syn_us) ||
	       aged >= timeouts->max_age_us;
}

/*
 * If the flow's time has run out the verdict is set, and the caller drops the
 * flow. details may be NULL, here and below.
 */
bool tcpshake_flow_expire(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
			  u64 now_us, const struct tcpshake_timeouts *timeouts,
			  struct tcpshake_verdict *v);

/*
 * The caller needs the room: sets the verdict; the caller drops the flow. cause:
 * TCPSHAKE_EVICTION_CROWD, _OLDEST or _QUOTA; what is young, the verdict tells.
 */
void tcpshake_flow_evict(const struct tcpshake_flow *flow, const struct tcpshake_details *details,
			 u64 now_us, enum tcpshake_eviction cause, struct tcpshake_verdict *v);

/* A sibling was answered instead: the same. */
void tcpshake_flow_supersede(const struct tcpshake_flow *flow,
			     const struct tcpshake_details *details, u64 now_us,
			     struct tcpshake_verdict *v);

/* The two halves of the handshake time. False where unknown or ambiguous. */
bool tcpshake_flow_server_rtt(const struct tcpshake_flow *flow, u32 flags, u32 *us);
bool tcpshake_ended_client_rtt(const struct tcpshake_ended *ended, u32 *us);

#endif /* TCPSHAKE_CORE_FLOW_H */
