/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * tcpshake: TCP handshakes observed by the kernel, told over generic netlink.
 *
 * This header is the whole ABI: what is not here does not cross netlink. The
 * family works per network namespace: a request speaks of the namespace its
 * socket lives in. Nothing here is ever renumbered or reused; a reader ignores
 * attributes it does not know.
 *
 * Family "tcpshake", version 1. "!" = needs CAP_NET_ADMIN in the user namespace
 * that owns the network namespace. Every refusal carries an extack message.
 *
 *  GET_STATS          do       Counters of this namespace, since observation was
 *                              switched on. Any user may ask.
 *      reply: STATS { PACKETS, EXITS { <exit>: u64 ... }, ATTEMPTS,
 *                     OUTCOMES { <outcome>: u64 ... },
 *                     PENDING { <state>: u64 ... },
 *                     ANOMALIES { <anomaly>: u64 ... }, STALLED,
 *                     EVENTS_HANDSHAKE, EVENTS_ANOMALY, EVENTS_LOST,
 *                     TABLE_SLOTS, TABLE_QUOTA, TABLE_USED }
 *      Two identities hold in every reply:
 *          ATTEMPTS = sum of OUTCOMES + PENDING[HALF_OPEN_SYN]
 *                     + PENDING[HALF_OPEN_SYNACK]
 *          PACKETS  = sum of EXITS
 *      -ENODATA: observation is off here.
 *
 *  GET_HALF_OPEN   !  dump     Every pending attempt, one HANDSHAKE a message.
 *      request: FILTER { FAMILY, CLIENT, CLIENT_PREFIX_LEN, SERVER,
 *                        SERVER_PREFIX_LEN, CLIENT_PORT, SERVER_PORT, STATE,
 *                        MIN_AGE } (optional; what is present must all match)
 *      An attempt that is pending from start to end of the dump is told exactly
 *      once; one that comes or goes meanwhile may be missing.
 *
 *  GET_COMPLETED   !  dump     The newest completed handshakes kept, oldest
 *                              first, one HANDSHAKE a message. Accepts FILTER
 *                              (without STATE and MIN_AGE).
 *
 *  GET_ANOMALIES   !  dump     The newest anomalous segments kept, oldest first,
 *                              one ANOMALY a message. Accepts no FILTER.
 *
 *  GET_CONFIG         do       reply: CONFIG { ENABLED, SYN_TIMEOUT,
 *                              SYNACK_TIMEOUT, MAX_AGE, LINGER }
 *
 *  SET_CONFIG      !  do       request: CONFIG { what is to change }. All of it
 *                              takes effect or none. ENABLED = 1 starts the
 *                              observation of this namespace, 0 ends it and
 *                              forgets its counters and attempts.
 *
 *  multicast group "handshake" !   HANDSHAKE_EVENT { EVENT_NUMBER,
 *                                  HANDSHAKE ... }: every attempt that ended,
 *                                  whatever its outcome; many a message.
 *  multicast group "anomaly"   !   ANOMALY_EVENT { EVENT_NUMBER, ANOMALY ... }
 *      EVENT_NUMBER is the number of the first event of the message; events are
 *      numbered from 0, apart for each group, since observation was switched
 *      on, while anybody listens. A gap between what a message ended with and
 *      what the next begins with is events lost, to whatever cause; so is one
 *      between EVENTS_* of GET_STATS, asked for after joining, and the first
 *      message.
 *
 *      HANDSHAKE { TIME, FAMILY, CLIENT, SERVER, CLIENT_PORT, SERVER_PORT,
 *                  CLIENT_ISN, SERVER_ISN?, STATE | OUTCOME, FLAGS, SYN_COUNT,
 *                  SYNACK_COUNT, AGE | TOTAL, SERVER_RTT?, CLIENT_RTT? }
 *          "?" = absent while unknown; for the RTT halves also when a
 *          retransmission makes them ambiguous (RFC 6298, Karn's algorithm).
 *          STATE and AGE while pending, OUTCOME and TOTAL afterwards.
 *      ANOMALY { TIME, FAMILY, SOURCE, DESTINATION, SOURCE_PORT,
 *                DESTINATION_PORT, TCP_FLAGS, SEQ, ACK, KIND ... }
 */
#ifndef _UAPI_LINUX_TCPSHAKE_H
#define _UAPI_LINUX_TCPSHAKE_H

#define TCPSHAKE_GENL_NAME		"tcpshake"
#define TCPSHAKE_GENL_VERSION		1
#define TCPSHAKE_GROUP_HANDSHAKE	"handshake"
#define TCPSHAKE_GROUP_ANOMALY		"anomaly"

enum tcpshake_cmd {
	TCPSHAKE_CMD_UNSPEC,
	TCPSHAKE_CMD_GET_STATS,
	TCPSHAKE_CMD_GET_HALF_OPEN,
	TCPSHAKE_CMD_GET_COMPLETED,
	TCPSHAKE_CMD_GET_ANOMALIES,
	TCPSHAKE_CMD_GET_CONFIG,
	TCPSHAKE_CMD_SET_CONFIG,
	TCPSHAKE_CMD_HANDSHAKE_EVENT,
	TCPSHAKE_CMD_ANOMALY_EVENT,
	__TCPSHAKE_CMD_MAX,
};

#define TCPSHAKE_CMD_MAX (__TCPSHAKE_CMD_MAX - 1)

/* Top level of every message. */
enum tcpshake_attr {
	TCPSHAKE_A_UNSPEC,
	TCPSHAKE_A_PAD,
	TCPSHAKE_A_STATS,		/* nest, enum tcpshake_stats_attr */
	TCPSHAKE_A_HANDSHAKE,		/* nest, enum tcpshake_handshake_attr; repeated in events */
	TCPSHAKE_A_ANOMALY,		/* nest, enum tcpshake_anomaly_attr; repeated in events */
	TCPSHAKE_A_CONFIG,		/* nest, enum tcpshake_config_attr */
	TCPSHAKE_A_FILTER,		/* nest, enum tcpshake_filter_attr */
	TCPSHAKE_A_EVENT_NUMBER,	/* u64 */
	__TCPSHAKE_A_MAX,
};

#define TCPSHAKE_A_MAX (__TCPSHAKE_A_MAX - 1)

enum tcpshake_stats_attr {
	TCPSHAKE_STATS_A_UNSPEC,
	TCPSHAKE_STATS_A_PAD,
	TCPSHAKE_STATS_A_PACKETS,	/* u64, TCP packets the hooks saw, each once */
	TCPSHAKE_STATS_A_EXITS,		/* nest: attribute type = enum tcpshake_exit, u64 */
	TCPSHAKE_STATS_A_ATTEMPTS,	/* u64, distinct (4-tuple, client ISN) */
	TCPSHAKE_STATS_A_OUTCOMES,	/* nest: attribute type = enum tcpshake_outcome, u64 */
	TCPSHAKE_STATS_A_PENDING,	/* nest: attribute type = enum tcpshake_state, u64 */
	TCPSHAKE_STATS_A_ANOMALIES,	/* nest: attribute type = enum tcpshake_anomaly, u64 */
	TCPSHAKE_STATS_A_STALLED,	/* u64, completed, but the server repeated its SYN-ACK */
	TCPSHAKE_STATS_A_EVENTS_HANDSHAKE, /* u64, number of the group's next event */
	TCPSHAKE_STATS_A_EVENTS_ANOMALY, /* u64, number of the group's next event */
	TCPSHAKE_STATS_A_EVENTS_LOST,	/* u64, events overwritten before they could be sent */
	TCPSHAKE_STATS_A_TABLE_SLOTS,	/* u64, slots of the table all namespaces share */
	TCPSHAKE_STATS_A_TABLE_QUOTA,	/* u64, slots this namespace may hold */
	TCPSHAKE_STATS_A_TABLE_USED,	/* u64, slots it holds: pending and lingering */
	__TCPSHAKE_STATS_A_MAX,
};

#define TCPSHAKE_STATS_A_MAX (__TCPSHAKE_STATS_A_MAX - 1)

enum tcpshake_handshake_attr {
	TCPSHAKE_HANDSHAKE_A_UNSPEC,
	TCPSHAKE_HANDSHAKE_A_PAD,
	TCPSHAKE_HANDSHAKE_A_TIME,	/* u64, ns since 1970: first SYN seen */
	TCPSHAKE_HANDSHAKE_A_FAMILY,	/* u8, AF_INET or AF_INET6 */
	TCPSHAKE_HANDSHAKE_A_CLIENT,	/* 4 or 16 bytes, network order: sender of the first SYN */
	TCPSHAKE_HANDSHAKE_A_SERVER,	/* 4 or 16 bytes, network order */
	TCPSHAKE_HANDSHAKE_A_CLIENT_PORT, /* u16, network order */
	TCPSHAKE_HANDSHAKE_A_SERVER_PORT, /* u16, network order */
	TCPSHAKE_HANDSHAKE_A_CLIENT_ISN, /* u32, x: sequence number of the SYN (RFC 9293, 3.4.1) */
	TCPSHAKE_HANDSHAKE_A_SERVER_ISN, /* u32, y: sequence number of the SYN-ACK */
	TCPSHAKE_HANDSHAKE_A_STATE,	/* u8, enum tcpshake_state */
	TCPSHAKE_HANDSHAKE_A_OUTCOME,	/* u8, enum tcpshake_outcome */
	TCPSHAKE_HANDSHAKE_A_FLAGS,	/* u32, bits of enum tcpshake_flag */
	TCPSHAKE_HANDSHAKE_A_SYN_COUNT,	/* u8, SYNs seen, 15 = 15 or more */
	TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT, /* u8, SYN-ACKs seen, 15 = 15 or more */
	TCPSHAKE_HANDSHAKE_A_AGE,	/* u64, us since the first SYN */
	TCPSHAKE_HANDSHAKE_A_TOTAL,	/* u64, us from the first SYN to the end of the attempt */
	TCPSHAKE_HANDSHAKE_A_SERVER_RTT, /* u32, us, SYN to SYN-ACK: to the server and back */
	TCPSHAKE_HANDSHAKE_A_CLIENT_RTT, /* u32, us, SYN-ACK to ACK: to the client and back */
	__TCPSHAKE_HANDSHAKE_A_MAX,
};

#define TCPSHAKE_HANDSHAKE_A_MAX (__TCPSHAKE_HANDSHAKE_A_MAX - 1)

enum tcpshake_anomaly_attr {
	TCPSHAKE_ANOMALY_A_UNSPEC,
	TCPSHAKE_ANOMALY_A_PAD,
	TCPSHAKE_ANOMALY_A_TIME,	/* u64, ns since 1970 */
	TCPSHAKE_ANOMALY_A_FAMILY,	/* u8, AF_INET or AF_INET6 */
	TCPSHAKE_ANOMALY_A_SOURCE,	/* 4 or 16 bytes, network order */
	TCPSHAKE_ANOMALY_A_DESTINATION,	/* 4 or 16 bytes, network order */
	TCPSHAKE_ANOMALY_A_SOURCE_PORT,	/* u16, network order; 0 when not in the packet */
	TCPSHAKE_ANOMALY_A_DESTINATION_PORT, /* u16, network order; likewise */
	TCPSHAKE_ANOMALY_A_TCP_FLAGS,	/* u16, low 9 bits of octets 12, 13: AE to FIN */
	TCPSHAKE_ANOMALY_A_SEQ,		/* u32 */
	TCPSHAKE_ANOMALY_A_ACK,		/* u32 */
	TCPSHAKE_ANOMALY_A_KIND,	/* u16, enum tcpshake_anomaly; one for each raised */
	__TCPSHAKE_ANOMALY_A_MAX,
};

#define TCPSHAKE_ANOMALY_A_MAX (__TCPSHAKE_ANOMALY_A_MAX - 1)

/* Times are milliseconds; the ranges accepted are below. All but ENABLED are absent while off. */
enum tcpshake_config_attr {
	TCPSHAKE_CONFIG_A_UNSPEC,
	TCPSHAKE_CONFIG_A_ENABLED,	/* u8, 0 or 1: is this namespace observed */
	TCPSHAKE_CONFIG_A_SYN_TIMEOUT,	/* u32, from the client's last segment: half_open_syn */
	TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT, /* u32, likewise: half_open_synack */
	TCPSHAKE_CONFIG_A_MAX_AGE,	/* u32, from the first SYN: any pending attempt */
	TCPSHAKE_CONFIG_A_LINGER,	/* u32, from completion: to see the server stall */
	__TCPSHAKE_CONFIG_A_MAX,
};

#define TCPSHAKE_CONFIG_A_MAX (__TCPSHAKE_CONFIG_A_MAX - 1)

#define TCPSHAKE_TIMEOUT_MIN	100	/* ms, for SYN_TIMEOUT, SYNACK_TIMEOUT, MAX_AGE */
#define TCPSHAKE_TIMEOUT_MAX	600000
#define TCPSHAKE_LINGER_MIN	0	/* ms */
#define TCPSHAKE_LINGER_MAX	60000

enum tcpshake_filter_attr {
	TCPSHAKE_FILTER_A_UNSPEC,
	TCPSHAKE_FILTER_A_FAMILY,	/* u8, AF_INET or AF_INET6 */
	TCPSHAKE_FILTER_A_CLIENT,	/* 4 or 16 bytes, network order */
	TCPSHAKE_FILTER_A_CLIENT_PREFIX_LEN, /* u8; whole address when absent; needs CLIENT */
	TCPSHAKE_FILTER_A_SERVER,	/* 4 or 16 bytes, network order */
	TCPSHAKE_FILTER_A_SERVER_PREFIX_LEN, /* u8; whole address when absent; needs SERVER */
	TCPSHAKE_FILTER_A_CLIENT_PORT,	/* u16, network order */
	TCPSHAKE_FILTER_A_SERVER_PORT,	/* u16, network order */
	TCPSHAKE_FILTER_A_STATE,	/* u8, enum tcpshake_state */
	TCPSHAKE_FILTER_A_MIN_AGE,	/* u32, ms */
	__TCPSHAKE_FILTER_A_MAX,
};

#define TCPSHAKE_FILTER_A_MAX (__TCPSHAKE_FILTER_A_MAX - 1)

/* Where an attempt is while it has no outcome yet (RFC 9293, 3.3.2, from between the peers). */
enum tcpshake_state {
	TCPSHAKE_STATE_UNSPEC,
	TCPSHAKE_STATE_HALF_OPEN_SYN,	/* SYN seen, no valid SYN-ACK */
	TCPSHAKE_STATE_HALF_OPEN_SYNACK, /* valid SYN-ACK seen, no valid third ACK */
	__TCPSHAKE_STATE_MAX,
};

#define TCPSHAKE_STATE_MAX (__TCPSHAKE_STATE_MAX - 1)

/* How an attempt ended. Exactly one for each. */
enum tcpshake_outcome {
	TCPSHAKE_OUTCOME_UNSPEC,
	TCPSHAKE_OUTCOME_COMPLETED,	/* valid SYN-ACK, then a valid completing segment */
	TCPSHAKE_OUTCOME_REFUSED,	/* the server answered the SYN with a valid RST */
	TCPSHAKE_OUTCOME_CLIENT_RESET,	/* valid RST from the client before completion */
	TCPSHAKE_OUTCOME_SERVER_RESET,	/* valid RST from the server once it sent its SYN-ACK */
	TCPSHAKE_OUTCOME_UNANSWERED,	/* timed out without a SYN-ACK */
	TCPSHAKE_OUTCOME_UNACKED,	/* timed out after the SYN-ACK */
	TCPSHAKE_OUTCOME_SUPERSEDED,	/* a SYN with another ISN took the same 4-tuple over */
	TCPSHAKE_OUTCOME_EVICTED,	/* removed for space */
	__TCPSHAKE_OUTCOME_MAX,
};

#define TCPSHAKE_OUTCOME_MAX (__TCPSHAKE_OUTCOME_MAX - 1)

/* Variants: how an attempt came to its outcome. Bits of HANDSHAKE_A_FLAGS. */
enum tcpshake_flag {
	TCPSHAKE_FLAG_DATA		= 1 << 0, /* the completing segment carried data */
	TCPSHAKE_FLAG_FIN		= 1 << 1, /* the completing segment carried FIN */
	TCPSHAKE_FLAG_INFERRED		= 1 << 2, /* third ACK not seen, but proved later */
	TCPSHAKE_FLAG_AFTER_SYNACK	= 1 << 3, /* client_reset of a half-open scan */
	TCPSHAKE_FLAG_SERVER_AMBIGUOUS	= 1 << 4, /* several SYNs before the SYN-ACK */
	TCPSHAKE_FLAG_CLIENT_AMBIGUOUS	= 1 << 5, /* several SYN-ACKs before the ACK */
	TCPSHAKE_FLAG_STALLED		= 1 << 6, /* SYN-ACK repeated after a valid ACK */
};

#define TCPSHAKE_FLAG_COUNT 7

/* What became of a TCP packet the hooks saw. Exactly one for each. */
enum tcpshake_exit {
	TCPSHAKE_EXIT_UNSPEC,
	TCPSHAKE_EXIT_NEW_ATTEMPT,	/* SYN that opened an attempt */
	TCPSHAKE_EXIT_SYN_RETRANSMIT,	/* SYN of an attempt already known */
	TCPSHAKE_EXIT_SYNACK,		/* valid SYN-ACK, the first of its attempt */
	TCPSHAKE_EXIT_SYNACK_RETRANSMIT, /* the same SYN-ACK again */
	TCPSHAKE_EXIT_COMPLETING,	/* segment that completed an attempt */
	TCPSHAKE_EXIT_RESET,		/* valid RST that ended an attempt */
	TCPSHAKE_EXIT_ANOMALOUS,	/* handshake segment that fits no attempt */
	TCPSHAKE_EXIT_MALFORMED,	/* header or flags no TCP sends; it was not looked up */
	TCPSHAKE_EXIT_FRAGMENT,		/* later IP fragment: holds no TCP header */
	TCPSHAKE_EXIT_OPAQUE,		/* TCP header further in than one looks, or cut off */
	TCPSHAKE_EXIT_UNTRACKED,	/* belongs to no pending attempt: all established traffic */
	__TCPSHAKE_EXIT_MAX,
};

#define TCPSHAKE_EXIT_MAX (__TCPSHAKE_EXIT_MAX - 1)

/*
 * What was wrong with a segment. Counted apart from outcomes: an anomaly by
 * itself never ends an attempt. x, y = client and server ISN; section numbers
 * are RFC 9293's unless said otherwise.
 */
enum tcpshake_anomaly {
	TCPSHAKE_ANOMALY_UNSPEC,
	/* header (3.1) */
	TCPSHAKE_ANOMALY_HDR_TRUNC,	/* IP payload shorter than 20 octets */
	TCPSHAKE_ANOMALY_DOFF_SMALL,	/* data offset below 5 */
	TCPSHAKE_ANOMALY_DOFF_PAST_END,	/* data offset beyond the end of the segment */
	/* flags (3.10.7) */
	TCPSHAKE_ANOMALY_FLAGS_NULL,	/* none of SYN, ACK, FIN, RST: NULL scan */
	TCPSHAKE_ANOMALY_FLAGS_FIN_ONLY, /* FIN without ACK: FIN scan */
	TCPSHAKE_ANOMALY_FLAGS_XMAS,	/* FIN, PSH, URG; no ACK, or SYN or RST: Xmas scan */
	TCPSHAKE_ANOMALY_FLAGS_SYNFIN,	/* SYN and FIN */
	TCPSHAKE_ANOMALY_FLAGS_SYNRST,	/* SYN and RST */
	TCPSHAKE_ANOMALY_FLAGS_FINRST,	/* FIN and RST */
	/* SYN (3.5) */
	TCPSHAKE_ANOMALY_SYN_DIFF_ISN,	/* another ISN while half_open_syn */
	TCPSHAKE_ANOMALY_SYN_DIFF_ISN_SYNRECV, /* another ISN while half_open_synack */
	TCPSHAKE_ANOMALY_SYN_FROM_S,	/* SYN from the server while half_open_syn */
	TCPSHAKE_ANOMALY_SYN_FROM_S_SYNRECV, /* SYN from the server while half_open_synack */
	/* SYN-ACK (3.10.7.3) */
	TCPSHAKE_ANOMALY_SYNACK_BAD_ACK, /* acknowledges something else than x+1 */
	TCPSHAKE_ANOMALY_SYNACK_UNSOLICITED, /* no SYN seen: backscatter, asymmetric route */
	TCPSHAKE_ANOMALY_SYNACK_WRONG_DIR, /* from the client */
	TCPSHAKE_ANOMALY_SYNACK_DIFF_SEQ, /* x+1 acknowledged again, by another ISN */
	TCPSHAKE_ANOMALY_SYNACK_DIFF_ACK, /* after a valid one, acknowledges something else */
	TCPSHAKE_ANOMALY_SYNACK_AFTER_ACK, /* repeated after a valid third ACK: accept queue full */
	TCPSHAKE_ANOMALY_SYN_REPLY_BARE_ACK, /* SYN answered by an ACK (RFC 5961, 4) */
	/* third segment (3.10.7.4) */
	TCPSHAKE_ANOMALY_ACK_BAD_ACK,	/* sequence x+1, but acknowledges something else than y+1 */
	TCPSHAKE_ANOMALY_ACK_BAD_SEQ,	/* acknowledges y+1, but sequence out of window */
	TCPSHAKE_ANOMALY_ACK_BAD_BOTH,	/* neither fits */
	TCPSHAKE_ANOMALY_ACK_BEFORE_SYNACK, /* client acknowledges what was not seen */
	TCPSHAKE_ANOMALY_ACK_WRONG_DIR,	/* ACK from the server that proves nothing */
	TCPSHAKE_ANOMALY_FIN_BEFORE_EST, /* FIN from the client while half_open_syn */
	TCPSHAKE_ANOMALY_CHALLENGE_ACK,	/* server repeats y+1, x+1 bare (RFC 5961, 3 to 5) */
	/* RST (3.5.2, 3.5.3) */
	TCPSHAKE_ANOMALY_RST_BAD_ACK_SYNSENT, /* answers the SYN, but does not acknowledge x+1 */
	TCPSHAKE_ANOMALY_RST_NOT_EXACT,	/* in the window, not at its edge (RFC 5961, 3.2) */
	TCPSHAKE_ANOMALY_RST_OUT_OF_WIN, /* outside the window */
	__TCPSHAKE_ANOMALY_MAX,
};

#define TCPSHAKE_ANOMALY_MAX (__TCPSHAKE_ANOMALY_MAX - 1)

#endif /* _UAPI_LINUX_TCPSHAKE_H */
