/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * tcpshake: TCP handshakes observed by the kernel, told over generic netlink.
 *
 * This header is the whole ABI: what is not here does not cross netlink. A request speaks
 * of the network namespace its socket lives in. Nothing here is ever renumbered or reused;
 * a reader ignores attributes it does not know. "!" = needs CAP_NET_ADMIN in the user
 * namespace that owns the network namespace. Every refusal carries an extack message.
 *
 *  GET_STATS          do       Counters of this namespace, since observation was
 *                              switched on. Any user may ask.
 *      reply: STATS { PACKETS, EXITS { <exit>: u64 ... }, ATTEMPTS,
 *                     OUTCOMES { <outcome>: u64 ... }, PENDING { <state>: u64 ... },
 *                     UNREACHABLE { <unreachable>: u64 ... },
 *                     ANOMALIES { <anomaly>: u64 ... }, STALLED, CONFIRMED,
 *                     RESET_AT_COMPLETION, BACKSCATTER, PARTIAL, EVENTS_HANDSHAKE,
 *                     EVENTS_ANOMALY, EVENTS_LOST, TABLE_SLOTS, TABLE_QUOTA,
 *                     TABLE_USED, DETAILS_LOST, EVICTED { <eviction>: u64 ... } }
 *      These hold in every reply:
 *          ATTEMPTS = sum of OUTCOMES + sum of PENDING
 *          PACKETS  = sum of EXITS
 *          OUTCOMES[UNREACHABLE] = sum of UNREACHABLE, OUTCOMES[EVICTED] = sum of EVICTED
 *      -ENODATA: observation is off here.
 *
 *  GET_HALF_OPEN   !  dump     Every pending attempt, one HANDSHAKE a message.
 *      request: FILTER { FAMILY, CLIENT, CLIENT_PREFIX_LEN, SERVER, SERVER_PREFIX_LEN,
 *                        CLIENT_PORT, SERVER_PORT, STATE, MIN_AGE }; must all match
 *      An attempt pending from start to end of the dump is told exactly once.
 *
 *  GET_COMPLETED   !  dump     The newest completed handshakes kept, oldest first, one
 *                              HANDSHAKE a message. FILTER without STATE and MIN_AGE.
 *
 *  GET_ANOMALIES   !  dump     The newest anomalous segments kept, oldest first,
 *                              one ANOMALY a message. Accepts no FILTER.
 *
 *  GET_SERVICES    !  dump     What attempts are for, one SERVICE a message; that of the
 *                              namespace itself, without SERVER, comes last: what found no
 *                              room for a record of its own. FILTER { FAMILY, SERVER,
 *                              SERVER_PREFIX_LEN, SERVER_PORT }.
 *
 *  GET_FLOODS      !  dump     Floods, and what only looks like one: active ones and those
 *                              that are over but kept, oldest first, one FLOOD a message.
 *                              Accepts no FILTER.
 *
 *  GET_LATENCY        dump     How long completed handshakes took: three LATENCY, one a
 *                              message. Any user may ask.
 *
 *  RESET_LATENCY   !  do       Empties the histograms of this namespace and its services.
 *
 *  GET_CONFIG         do       reply: CONFIG { ENABLED, SYN_TIMEOUT,
 *                              SYNACK_TIMEOUT, MAX_AGE, LINGER, GRACE, FLOOD_FLOOR,
 *                              FLOOD_PENDING, FLOOD_HOLD, FLOOD_LEARNING }
 *
 *  SET_CONFIG      !  do       request: CONFIG { what is to change }. All of it takes
 *                              effect or none. ENABLED = 1 starts the observation of this
 *                              namespace, 0 ends it and forgets counters and attempts.
 *
 *  multicast group "handshake" !   HANDSHAKE_EVENT { EVENT_NUMBER, HANDSHAKE ... }:
 *                                  every attempt that ended; many a message.
 *  multicast group "anomaly"   !   ANOMALY_EVENT { EVENT_NUMBER, ANOMALY ... }
 *  multicast group "flood"     !   FLOOD_EVENT { FLOOD }: one that begins, goes on, ends.
 *      EVENT_NUMBER is the number of the first event of the message; events are numbered
 *      from 0, apart for each group, since observation was switched on, while anybody
 *      listens. A gap between what a message ended with and what the next begins with is
 *      events lost, to whatever cause; so is one between EVENTS_* of GET_STATS, asked for
 *      after joining, and the first message.
 *
 *      HANDSHAKE { TIME, FAMILY, CLIENT, SERVER, CLIENT_PORT, SERVER_PORT,
 *                  CLIENT_ISN, SERVER_ISN?, STATE | OUTCOME, UNREACHABLE?,
 *                  FLAGS, SYN_COUNT, SYNACK_COUNT, AGE | TOTAL, SERVER_RTT?,
 *                  CLIENT_RTT?, CLIENT_OPTIONS?, SERVER_OPTIONS?, NEGOTIATED? }
 *          "?" = absent while unknown; for the RTT halves also when a retransmission makes
 *          them ambiguous (RFC 6298, Karn's algorithm). STATE and AGE while pending,
 *          OUTCOME and TOTAL afterwards, UNREACHABLE with the outcome of that name.
 *          CLIENT_OPTIONS, SERVER_OPTIONS { PRESENT, MSS?, WINDOW_SCALE?, TIMESTAMP?,
 *          WINDOW, TTL, ECN_FLAGS }: what SYN and SYN-ACK said; absent when not seen, or
 *          forgotten for want of room. NEGOTIATED { PRESENT, ECN, FAST_OPEN, MPTCP }: what
 *          both together come to; absent unless both are there.
 *      ANOMALY { TIME, FAMILY, SOURCE, DESTINATION, SOURCE_PORT,
 *                DESTINATION_PORT, TCP_FLAGS, SEQ, ACK, KIND ... }
 *      SERVICE { FAMILY?, SERVER?, SERVER_PORT?, ATTEMPTS, OUTCOMES, PENDING, PENDING_PEAK,
 *                ANSWERED, SYN_RETRANS, SYN_REPEATS, SYNACK_RETRANS, STALLED, RATE,
 *                BASE_RATE, COMPLETION?, FLOOD?, LATENCY ... }
 *          ATTEMPTS = sum of OUTCOMES + PENDING; over all services ATTEMPTS and OUTCOMES are
 *          those of GET_STATS. LATENCY without SUM and BUCKETS, where there is one.
 *      FLOOD { NUMBER, PHASE?, LEVEL, FAMILY?, ADDRESS?, PREFIX_LEN?, PORT?, LABEL, TRIGGER,
 *              ONSET, DETECTED, ENDED?, ATTEMPTS, ANSWERED, COMPLETED, REFUSED,
 *              CLIENT_RESET, SERVER_RESET, UNREACHABLE, EVICTED, UNRESOLVED, STALLED,
 *              SYN_RETRANS, SYNACK_RETRANS, RATE, RATE_PEAK, RATE_BASE, PENDING,
 *              PENDING_PEAK, COMPLETION, COMPLETION_BASE, SEEN, SOURCES?, SOURCES_ERROR?,
 *              SERVICES?, BOGONS?, ISN_IS_SERVER?, ISN_BITS?, PORT_BITS?, SOURCE { PREFIX,
 *              PREFIX_LEN, COUNT, ERROR } ..., SIGNATURE { TTL, WINDOW, OPTIONS_LEN, MSS?,
 *              COUNT, ERROR } ... }
 *          Numbers of attempts are since ONSET. PHASE in events alone; ENDED when it is over.
 *      LATENCY { HALF, COUNT, SUM, P50, P90, P99, P999, BUCKETS }
 */
#ifndef _UAPI_LINUX_TCPSHAKE_H
#define _UAPI_LINUX_TCPSHAKE_H

#define TCPSHAKE_GENL_NAME		"tcpshake"
#define TCPSHAKE_GENL_VERSION		1
#define TCPSHAKE_GROUP_HANDSHAKE	"handshake"
#define TCPSHAKE_GROUP_ANOMALY		"anomaly"
#define TCPSHAKE_GROUP_FLOOD		"flood"

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
	TCPSHAKE_CMD_GET_SERVICES,
	TCPSHAKE_CMD_GET_FLOODS,
	TCPSHAKE_CMD_GET_LATENCY,
	TCPSHAKE_CMD_RESET_LATENCY,
	TCPSHAKE_CMD_FLOOD_EVENT,
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
	TCPSHAKE_A_SERVICE,		/* nest, enum tcpshake_service_attr */
	TCPSHAKE_A_FLOOD,		/* nest, enum tcpshake_flood_attr */
	TCPSHAKE_A_LATENCY,		/* nest, enum tcpshake_latency_attr */
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
	TCPSHAKE_STATS_A_TABLE_USED, /* u64, slots it holds: pending, lingering, others' SYN-ACKs */
	TCPSHAKE_STATS_A_UNREACHABLE,	/* nest: attribute type = enum tcpshake_unreachable, u64 */
	TCPSHAKE_STATS_A_CONFIRMED,	/* u64, completed, and the server went on */
	TCPSHAKE_STATS_A_RESET_AT_COMPLETION, /* u64, completed, and the server reset at once */
	TCPSHAKE_STATS_A_BACKSCATTER,	/* u64, SYN-ACKs of no SYN, of which nothing came */
	TCPSHAKE_STATS_A_PARTIAL,	/* u64, handshakes seen, but for the SYN */
	TCPSHAKE_STATS_A_DETAILS_LOST,	/* u64, attempts whose options were forgotten */
	TCPSHAKE_STATS_A_EVICTED,	/* nest: attribute type = enum tcpshake_eviction, u64 */
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
	TCPSHAKE_HANDSHAKE_A_UNREACHABLE, /* u8, enum tcpshake_unreachable */
	TCPSHAKE_HANDSHAKE_A_CLIENT_OPTIONS, /* nest, enum tcpshake_options_attr: of the SYN */
	TCPSHAKE_HANDSHAKE_A_SERVER_OPTIONS, /* nest, enum tcpshake_options_attr: SYN-ACK */
	TCPSHAKE_HANDSHAKE_A_NEGOTIATED, /* nest, enum tcpshake_negotiated_attr */
	__TCPSHAKE_HANDSHAKE_A_MAX,
};

#define TCPSHAKE_HANDSHAKE_A_MAX (__TCPSHAKE_HANDSHAKE_A_MAX - 1)

/* What one side said in its SYN or SYN-ACK. What it did not say is absent. */
enum tcpshake_options_attr {
	TCPSHAKE_OPTIONS_A_UNSPEC,
	TCPSHAKE_OPTIONS_A_PRESENT,	/* u32, bits of enum tcpshake_option */
	TCPSHAKE_OPTIONS_A_MSS,		/* u16 (RFC 9293, 3.7.1) */
	TCPSHAKE_OPTIONS_A_WINDOW_SCALE, /* u8, shift count as sent (RFC 7323, 2.2) */
	TCPSHAKE_OPTIONS_A_TIMESTAMP,	/* u32, TSval of the first one (RFC 7323, 3.2) */
	TCPSHAKE_OPTIONS_A_WINDOW,	/* u16, initial window, never scaled */
	TCPSHAKE_OPTIONS_A_TTL,		/* u8, TTL or hop limit as it arrived here */
	TCPSHAKE_OPTIONS_A_ECN_FLAGS,	/* u8, AE CWR ECE (RFC 9768); bits 3, 4: IP's ECN */
	__TCPSHAKE_OPTIONS_A_MAX,
};

#define TCPSHAKE_OPTIONS_A_MAX (__TCPSHAKE_OPTIONS_A_MAX - 1)

/* What both sides' options come to. */
enum tcpshake_negotiated_attr {
	TCPSHAKE_NEGOTIATED_A_UNSPEC,
	TCPSHAKE_NEGOTIATED_A_PRESENT,	/* u32, bits of enum tcpshake_option both sides agree on */
	TCPSHAKE_NEGOTIATED_A_ECN,	/* u8, enum tcpshake_ecn */
	TCPSHAKE_NEGOTIATED_A_FAST_OPEN, /* u8, enum tcpshake_fast_open */
	TCPSHAKE_NEGOTIATED_A_MPTCP,	/* u8, enum tcpshake_mptcp */
	__TCPSHAKE_NEGOTIATED_A_MAX,
};

#define TCPSHAKE_NEGOTIATED_A_MAX (__TCPSHAKE_NEGOTIATED_A_MAX - 1)

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

/* Times are milliseconds; ranges are below. All but ENABLED are absent while off. */
enum tcpshake_config_attr {
	TCPSHAKE_CONFIG_A_UNSPEC,
	TCPSHAKE_CONFIG_A_ENABLED,	/* u8, 0 or 1: is this namespace observed */
	TCPSHAKE_CONFIG_A_SYN_TIMEOUT,	/* u32, from the client's last segment: half_open_syn */
	TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT, /* u32, likewise: half_open_synack */
	TCPSHAKE_CONFIG_A_MAX_AGE,	/* u32, from the first SYN: any pending attempt */
	TCPSHAKE_CONFIG_A_LINGER,	/* u32, from the outcome: to see what comes of it */
	TCPSHAKE_CONFIG_A_GRACE,	/* u32, from the start: what has no SYN is midstream */
	TCPSHAKE_CONFIG_A_FLOOD_FLOOR,	/* u32, unresolved attempts a second: never a flood */
	TCPSHAKE_CONFIG_A_FLOOD_PENDING, /* u32, pending attempts of a service: likewise */
	TCPSHAKE_CONFIG_A_FLOOD_HOLD,	/* u32, of calm until a flood is over */
	TCPSHAKE_CONFIG_A_FLOOD_LEARNING, /* u32, from a service's first attempt: what is usual */
	__TCPSHAKE_CONFIG_A_MAX,
};

#define TCPSHAKE_CONFIG_A_MAX (__TCPSHAKE_CONFIG_A_MAX - 1)

#define TCPSHAKE_TIMEOUT_MIN	100	/* ms, for SYN_TIMEOUT, SYNACK_TIMEOUT, MAX_AGE */
#define TCPSHAKE_TIMEOUT_MAX	600000
#define TCPSHAKE_LINGER_MIN	0	/* ms */
#define TCPSHAKE_LINGER_MAX	60000
#define TCPSHAKE_GRACE_MIN	0	/* ms */
#define TCPSHAKE_GRACE_MAX	60000
#define TCPSHAKE_FLOOD_FLOOR_MIN 4
#define TCPSHAKE_FLOOD_FLOOR_MAX 1000000
#define TCPSHAKE_FLOOD_PENDING_MIN 16
#define TCPSHAKE_FLOOD_PENDING_MAX 4194304
#define TCPSHAKE_FLOOD_HOLD_MIN	1000	/* ms */
#define TCPSHAKE_FLOOD_HOLD_MAX	600000
#define TCPSHAKE_FLOOD_LEARNING_MIN 0	/* ms */
#define TCPSHAKE_FLOOD_LEARNING_MAX 3600000

/* A service, or the namespace's own record. Numbers since it was claimed. */
enum tcpshake_service_attr {
	TCPSHAKE_SERVICE_A_UNSPEC,
	TCPSHAKE_SERVICE_A_PAD,
	TCPSHAKE_SERVICE_A_FAMILY,	/* u8, AF_INET or AF_INET6 */
	TCPSHAKE_SERVICE_A_SERVER,	/* 4 or 16 bytes, network order */
	TCPSHAKE_SERVICE_A_SERVER_PORT,	/* u16, network order */
	TCPSHAKE_SERVICE_A_ATTEMPTS,	/* u64 */
	TCPSHAKE_SERVICE_A_OUTCOMES,	/* nest: attribute type = enum tcpshake_outcome, u64 */
	TCPSHAKE_SERVICE_A_PENDING,	/* u64, now */
	TCPSHAKE_SERVICE_A_PENDING_PEAK, /* u64, at the end of a tick of 262 ms */
	TCPSHAKE_SERVICE_A_ANSWERED,	/* u64, attempts with a valid SYN-ACK */
	TCPSHAKE_SERVICE_A_SYN_RETRANS,	/* u64, SYNs again after 0.8 s or more */
	TCPSHAKE_SERVICE_A_SYN_REPEATS,	/* u64, sooner than a client repeats one */
	TCPSHAKE_SERVICE_A_SYNACK_RETRANS, /* u64 */
	TCPSHAKE_SERVICE_A_STALLED,	/* u64, completed, but the server repeated its SYN-ACK */
	TCPSHAKE_SERVICE_A_RATE,	/* u32, attempts a second, over the last tick */
	TCPSHAKE_SERVICE_A_BASE_RATE,	/* u32, attempts a second, as learned */
	TCPSHAKE_SERVICE_A_COMPLETION,	/* u32, usual share that completes, parts of a thousand */
	TCPSHAKE_SERVICE_A_FLOOD,	/* u32, NUMBER of the one it is in */
	TCPSHAKE_SERVICE_A_LATENCY,	/* nest, enum tcpshake_latency_attr; one for each half */
	__TCPSHAKE_SERVICE_A_MAX,
};

#define TCPSHAKE_SERVICE_A_MAX (__TCPSHAKE_SERVICE_A_MAX - 1)

enum tcpshake_flood_attr {
	TCPSHAKE_FLOOD_A_UNSPEC,
	TCPSHAKE_FLOOD_A_PAD,
	TCPSHAKE_FLOOD_A_NUMBER,	/* u32, since the module was loaded */
	TCPSHAKE_FLOOD_A_PHASE,		/* u8, enum tcpshake_phase */
	TCPSHAKE_FLOOD_A_LEVEL,		/* u8, enum tcpshake_level: of what */
	TCPSHAKE_FLOOD_A_FAMILY,	/* u8, AF_INET or AF_INET6; not of a namespace */
	TCPSHAKE_FLOOD_A_ADDRESS,	/* 4 or 16 bytes, network order: of servers; likewise */
	TCPSHAKE_FLOOD_A_PREFIX_LEN,	/* u8; likewise */
	TCPSHAKE_FLOOD_A_PORT,		/* u16, network order; of a service alone */
	TCPSHAKE_FLOOD_A_LABEL,		/* u8, enum tcpshake_label, as it looks now */
	TCPSHAKE_FLOOD_A_TRIGGER,	/* u8, enum tcpshake_trigger */
	TCPSHAKE_FLOOD_A_ONSET,		/* u64, ns since 1970: when it began, estimated */
	TCPSHAKE_FLOOD_A_DETECTED,	/* u64, ns since 1970 */
	TCPSHAKE_FLOOD_A_ENDED,		/* u64, ns since 1970: last tick out of the ordinary */
	TCPSHAKE_FLOOD_A_ATTEMPTS,	/* u64 */
	TCPSHAKE_FLOOD_A_ANSWERED,	/* u64 */
	TCPSHAKE_FLOOD_A_COMPLETED,	/* u64 */
	TCPSHAKE_FLOOD_A_REFUSED,	/* u64 */
	TCPSHAKE_FLOOD_A_CLIENT_RESET,	/* u64 */
	TCPSHAKE_FLOOD_A_SERVER_RESET,	/* u64 */
	TCPSHAKE_FLOOD_A_UNREACHABLE,	/* u64 */
	TCPSHAKE_FLOOD_A_EVICTED,	/* u64 */
	TCPSHAKE_FLOOD_A_UNRESOLVED,	/* u64, when they were a second old */
	TCPSHAKE_FLOOD_A_STALLED,	/* u64 */
	TCPSHAKE_FLOOD_A_SYN_RETRANS,	/* u64 */
	TCPSHAKE_FLOOD_A_SYNACK_RETRANS, /* u64 */
	TCPSHAKE_FLOOD_A_RATE,		/* u32, attempts a second, over the last tick */
	TCPSHAKE_FLOOD_A_RATE_PEAK,	/* u32 */
	TCPSHAKE_FLOOD_A_RATE_BASE,	/* u32, before */
	TCPSHAKE_FLOOD_A_PENDING,	/* u32, now */
	TCPSHAKE_FLOOD_A_PENDING_PEAK,	/* u32 */
	TCPSHAKE_FLOOD_A_COMPLETION,	/* u32, parts of a thousand */
	TCPSHAKE_FLOOD_A_COMPLETION_BASE, /* u32, before */
	TCPSHAKE_FLOOD_A_SEEN,		/* u64, SYNs the following is about; 0: none */
	TCPSHAKE_FLOOD_A_SOURCES,	/* u32, different client addresses, estimated */
	TCPSHAKE_FLOOD_A_SOURCES_ERROR,	/* u32, standard error of that, parts of a thousand */
	TCPSHAKE_FLOOD_A_SERVICES,	/* u32, different services, estimated likewise */
	TCPSHAKE_FLOOD_A_BOGONS,	/* u32, SYNs from addresses nobody can have */
	TCPSHAKE_FLOOD_A_ISN_IS_SERVER,	/* u32, SYNs whose ISN is the server's address */
	TCPSHAKE_FLOOD_A_ISN_BITS,	/* u8, bits that are the same in all ISNs, of 32 */
	TCPSHAKE_FLOOD_A_PORT_BITS,	/* u8, likewise in all source ports, of 16 */
	TCPSHAKE_FLOOD_A_SOURCE,	/* nest, enum tcpshake_source_attr; repeated */
	TCPSHAKE_FLOOD_A_SIGNATURE,	/* nest, enum tcpshake_signature_attr; repeated */
	__TCPSHAKE_FLOOD_A_MAX,
};

#define TCPSHAKE_FLOOD_A_MAX (__TCPSHAKE_FLOOD_A_MAX - 1)

/* A prefix SYNs come from. COUNT is too high by ERROR at most. */
enum tcpshake_source_attr {
	TCPSHAKE_SOURCE_A_UNSPEC,
	TCPSHAKE_SOURCE_A_PREFIX,	/* 4 or 16 bytes, network order */
	TCPSHAKE_SOURCE_A_PREFIX_LEN,	/* u8, 24 or 48 */
	TCPSHAKE_SOURCE_A_COUNT,	/* u32 */
	TCPSHAKE_SOURCE_A_ERROR,	/* u32 */
	__TCPSHAKE_SOURCE_A_MAX,
};

#define TCPSHAKE_SOURCE_A_MAX (__TCPSHAKE_SOURCE_A_MAX - 1)

/* What SYNs have in common. Likewise. */
enum tcpshake_signature_attr {
	TCPSHAKE_SIGNATURE_A_UNSPEC,
	TCPSHAKE_SIGNATURE_A_TTL,	/* u8, it began with: 32, 64, 128 or 255 */
	TCPSHAKE_SIGNATURE_A_WINDOW,	/* u16 */
	TCPSHAKE_SIGNATURE_A_OPTIONS_LEN, /* u8, octets of options */
	TCPSHAKE_SIGNATURE_A_MSS,	/* u16, if that is the first of them */
	TCPSHAKE_SIGNATURE_A_COUNT,	/* u32 */
	TCPSHAKE_SIGNATURE_A_ERROR,	/* u32 */
	__TCPSHAKE_SIGNATURE_A_MAX,
};

#define TCPSHAKE_SIGNATURE_A_MAX (__TCPSHAKE_SIGNATURE_A_MAX - 1)

/* Times in us; of percentiles the middle of a bucket, at most 1.6 % off. */
enum tcpshake_latency_attr {
	TCPSHAKE_LATENCY_A_UNSPEC,
	TCPSHAKE_LATENCY_A_PAD,
	TCPSHAKE_LATENCY_A_HALF,	/* u8, enum tcpshake_half */
	TCPSHAKE_LATENCY_A_COUNT,	/* u64 */
	TCPSHAKE_LATENCY_A_SUM,		/* u64, us */
	TCPSHAKE_LATENCY_A_P50,		/* u32 */
	TCPSHAKE_LATENCY_A_P90,		/* u32 */
	TCPSHAKE_LATENCY_A_P99,		/* u32 */
	TCPSHAKE_LATENCY_A_P999,	/* u32 */
	TCPSHAKE_LATENCY_A_BUCKETS,	/* binary, pairs of u32: below so many us, how many */
	__TCPSHAKE_LATENCY_A_MAX,
};

#define TCPSHAKE_LATENCY_A_MAX (__TCPSHAKE_LATENCY_A_MAX - 1)

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
	TCPSHAKE_OUTCOME_SUPERSEDED,	/* another ISN was answered, or too many wait */
	TCPSHAKE_OUTCOME_EVICTED,	/* removed for space */
	TCPSHAKE_OUTCOME_UNREACHABLE, /* an ICMP error quotes the SYN */
	__TCPSHAKE_OUTCOME_MAX,
};

#define TCPSHAKE_OUTCOME_MAX (__TCPSHAKE_OUTCOME_MAX - 1)

/* Which ICMP error ended the attempt (RFC 792, RFC 1812, RFC 4443; 5.2.2 of RFC 1122). */
enum tcpshake_unreachable {
	TCPSHAKE_UNREACHABLE_UNSPEC,
	TCPSHAKE_UNREACHABLE_NET,	/* ICMP 3/0, ICMPv6 1/0, 1/6 */
	TCPSHAKE_UNREACHABLE_HOST,	/* ICMP 3/1, ICMPv6 1/3 */
	TCPSHAKE_UNREACHABLE_PORT,	/* ICMP 3/2, 3/3, ICMPv6 1/4 */
	TCPSHAKE_UNREACHABLE_ADMIN,	/* ICMP 3/9, 3/10, 3/13, ICMPv6 1/1, 1/5 */
	TCPSHAKE_UNREACHABLE_TTL,	/* ICMP 11/0, ICMPv6 3/0 */
	TCPSHAKE_UNREACHABLE_PARAMETER,	/* ICMP 12 */
	__TCPSHAKE_UNREACHABLE_MAX,
};

#define TCPSHAKE_UNREACHABLE_MAX (__TCPSHAKE_UNREACHABLE_MAX - 1)

/* Why an attempt was evicted. YOUNG: before it was a second old. */
enum tcpshake_eviction {
	TCPSHAKE_EVICTION_UNSPEC,
	TCPSHAKE_EVICTION_CROWD, /* its service has most of the row: attempts for others stay */
	TCPSHAKE_EVICTION_CROWD_YOUNG,
	TCPSHAKE_EVICTION_OLDEST, /* of all in the row, unanswered ones first */
	TCPSHAKE_EVICTION_OLDEST_YOUNG,
	TCPSHAKE_EVICTION_QUOTA, /* its namespace has had its share */
	TCPSHAKE_EVICTION_QUOTA_YOUNG,
	__TCPSHAKE_EVICTION_MAX,
};

#define TCPSHAKE_EVICTION_MAX (__TCPSHAKE_EVICTION_MAX - 1)

/* Variants: how an attempt came to its outcome. Bits of HANDSHAKE_A_FLAGS. */
enum tcpshake_flag {
	TCPSHAKE_FLAG_DATA		= 1 << 0, /* the completing segment carried data */
	TCPSHAKE_FLAG_FIN		= 1 << 1, /* the completing segment carried FIN */
	TCPSHAKE_FLAG_INFERRED		= 1 << 2, /* third ACK not seen, but proved later */
	TCPSHAKE_FLAG_AFTER_SYNACK	= 1 << 3, /* client_reset of a half-open scan */
	TCPSHAKE_FLAG_SERVER_AMBIGUOUS	= 1 << 4, /* several SYNs before the SYN-ACK */
	TCPSHAKE_FLAG_CLIENT_AMBIGUOUS	= 1 << 5, /* several SYN-ACKs before the ACK */
	TCPSHAKE_FLAG_STALLED		= 1 << 6, /* reserved: a counter, after the outcome */
	TCPSHAKE_FLAG_TFO		= 1 << 7, /* data in the SYN was acknowledged (RFC 7413) */
	TCPSHAKE_FLAG_TFO_FALLBACK	= 1 << 8, /* data in the SYN was ignored: only x+1 */
	TCPSHAKE_FLAG_TFO_PARTIAL	= 1 << 9, /* a part of it was acknowledged */
	TCPSHAKE_FLAG_SIMULTANEOUS	= 1 << 10, /* both sides sent a SYN (3.5, figure 7) */
	TCPSHAKE_FLAG_SPLIT		= 1 << 11, /* the server sent SYN and ACK apart */
	TCPSHAKE_FLAG_SELF		= 1 << 12, /* connected to itself */
	TCPSHAKE_FLAG_CLIENT_ONLY	= 1 << 13, /* the client goes on, the server is not seen */
	TCPSHAKE_FLAG_SYNACK_FIRST	= 1 << 14, /* the SYN-ACK passed before its SYN */
	TCPSHAKE_FLAG_COOKIE		= 1 << 15, /* no socket sent the SYN-ACK: SYN cookie */
};

#define TCPSHAKE_FLAG_COUNT 16

/* The halves of a handshake. Where a retransmission makes one ambiguous it is in neither. */
enum tcpshake_half {
	TCPSHAKE_HALF_UNSPEC,
	TCPSHAKE_HALF_SERVER,		/* SYN to SYN-ACK */
	TCPSHAKE_HALF_CLIENT,		/* SYN-ACK to the third segment */
	TCPSHAKE_HALF_BOTH,		/* SYN to the third segment */
	__TCPSHAKE_HALF_MAX,
};

#define TCPSHAKE_HALF_MAX (__TCPSHAKE_HALF_MAX - 1)

/* How much of a namespace a detector watches. */
enum tcpshake_level {
	TCPSHAKE_LEVEL_UNSPEC,
	TCPSHAKE_LEVEL_SERVICE,		/* an address and port */
	TCPSHAKE_LEVEL_ADDRESS,		/* an address, all ports */
	TCPSHAKE_LEVEL_PREFIX,		/* an IPv4 /24 or an IPv6 /64 */
	TCPSHAKE_LEVEL_NAMESPACE,	/* all there is, with what has no record of its own */
	__TCPSHAKE_LEVEL_MAX,
};

#define TCPSHAKE_LEVEL_MAX (__TCPSHAKE_LEVEL_MAX - 1)

/* Which rule raised the alarm. */
enum tcpshake_trigger {
	TCPSHAKE_TRIGGER_UNSPEC,
	TCPSHAKE_TRIGGER_HALF_OPEN,	/* unresolved after a second, above the usual share */
	TCPSHAKE_TRIGGER_UNRESOLVED,	/* 50 a second, and 3/4 of all, for 10 s */
	TCPSHAKE_TRIGGER_PENDING,	/* too many at once, for 2 s: slow floods */
	TCPSHAKE_TRIGGER_CLIENT_RESET,	/* attempts the client itself resets */
	TCPSHAKE_TRIGGER_REFUSED,	/* attempts the server refuses */
	__TCPSHAKE_TRIGGER_MAX,
};

#define TCPSHAKE_TRIGGER_MAX (__TCPSHAKE_TRIGGER_MAX - 1)

/* What it looks like. The first five are SYN floods, the others are not. */
enum tcpshake_label {
	TCPSHAKE_LABEL_UNSPEC,
	TCPSHAKE_LABEL_SPOOFED,		/* nearly every SYN is from another address */
	TCPSHAKE_LABEL_DISTRIBUTED,	/* from many */
	TCPSHAKE_LABEL_FEW_SOURCES,	/* most from one prefix */
	TCPSHAKE_LABEL_REAL_SOURCES,	/* whose hosts reset what they did not open themselves */
	TCPSHAKE_LABEL_REFLECTION,	/* the addresses are the victim's, our SYN-ACKs the flood */
	TCPSHAKE_LABEL_OUTAGE,		/* the server is silent, its clients try again */
	TCPSHAKE_LABEL_OVERLOAD,	/* it answers only some of them */
	TCPSHAKE_LABEL_SCAN,		/* few sources look for many services */
	TCPSHAKE_LABEL_REFUSED,		/* nobody listens there */
	__TCPSHAKE_LABEL_MAX,
};

#define TCPSHAKE_LABEL_MAX (__TCPSHAKE_LABEL_MAX - 1)

/* What has just happened to it. */
enum tcpshake_phase {
	TCPSHAKE_PHASE_UNSPEC,
	TCPSHAKE_PHASE_START,
	TCPSHAKE_PHASE_UPDATE,		/* every 10 s; the label may have changed */
	TCPSHAKE_PHASE_END,
	__TCPSHAKE_PHASE_MAX,
};

#define TCPSHAKE_PHASE_MAX (__TCPSHAKE_PHASE_MAX - 1)

/* Bits of OPTIONS_A_PRESENT and NEGOTIATED_A_PRESENT. */
enum tcpshake_option {
	TCPSHAKE_OPTION_MSS		= 1 << 0, /* kind 2 */
	TCPSHAKE_OPTION_WINDOW_SCALE	= 1 << 1, /* 3 */
	TCPSHAKE_OPTION_SACK_PERMITTED	= 1 << 2, /* 4 */
	TCPSHAKE_OPTION_TIMESTAMPS	= 1 << 3, /* 8 */
	TCPSHAKE_OPTION_MD5		= 1 << 4, /* 19; present, valid or not */
	TCPSHAKE_OPTION_AO		= 1 << 5, /* 29; likewise */
	TCPSHAKE_OPTION_FAST_OPEN	= 1 << 6, /* 34, or 254 with 0xf989; request or cookie */
	TCPSHAKE_OPTION_FAST_OPEN_COOKIE = 1 << 7, /* likewise, with a cookie */
	TCPSHAKE_OPTION_MPTCP_CAPABLE	= 1 << 8, /* 30, subtype 0 */
	TCPSHAKE_OPTION_MPTCP_JOIN	= 1 << 9, /* 30, subtype 1 */
	TCPSHAKE_OPTION_SMC_R		= 1 << 10, /* 254 with 0xe2d4c3d9 */
	TCPSHAKE_OPTION_ENO		= 1 << 11, /* 69 */
	TCPSHAKE_OPTION_ACCECN		= 1 << 12, /* 172, 174 */
	TCPSHAKE_OPTION_USER_TIMEOUT	= 1 << 13, /* 28 */
	TCPSHAKE_OPTION_QUICK_START	= 1 << 14, /* 27 */
	TCPSHAKE_OPTION_CUT		= 1 << 15, /* not all options were captured */
};

#define TCPSHAKE_OPTION_COUNT 16

/* RFC 3168, 6.1.1; RFC 9768, 3.1.1 */
enum tcpshake_ecn {
	TCPSHAKE_ECN_UNSPEC,
	TCPSHAKE_ECN_NONE,
	TCPSHAKE_ECN_CLASSIC,
	TCPSHAKE_ECN_ACCURATE,
	__TCPSHAKE_ECN_MAX,
};

#define TCPSHAKE_ECN_MAX (__TCPSHAKE_ECN_MAX - 1)

/* RFC 7413 */
enum tcpshake_fast_open {
	TCPSHAKE_FAST_OPEN_UNSPEC,
	TCPSHAKE_FAST_OPEN_NONE,
	TCPSHAKE_FAST_OPEN_REQUESTED,	/* the client asked for a cookie, in vain */
	TCPSHAKE_FAST_OPEN_GRANTED,	/* and got one */
	TCPSHAKE_FAST_OPEN_ACCEPTED,	/* data in the SYN, all of it acknowledged */
	TCPSHAKE_FAST_OPEN_PARTIAL,	/* a part of it acknowledged */
	TCPSHAKE_FAST_OPEN_IGNORED,	/* none of it acknowledged */
	TCPSHAKE_FAST_OPEN_NO_DATA,	/* a cookie was sent, but no data */
	__TCPSHAKE_FAST_OPEN_MAX,
};

#define TCPSHAKE_FAST_OPEN_MAX (__TCPSHAKE_FAST_OPEN_MAX - 1)

/* RFC 8684, 3.1 and 3.2 */
enum tcpshake_mptcp {
	TCPSHAKE_MPTCP_UNSPEC,
	TCPSHAKE_MPTCP_NONE,
	TCPSHAKE_MPTCP_DECLINED,	/* offered, not answered */
	TCPSHAKE_MPTCP_FALLBACK,	/* answered, but not in the third segment */
	TCPSHAKE_MPTCP_CAPABLE,		/* in all three segments */
	TCPSHAKE_MPTCP_JOINED,		/* another subflow of a connection */
	TCPSHAKE_MPTCP_ANSWERED,	/* offered and answered; no third segment yet */
	__TCPSHAKE_MPTCP_MAX,
};

#define TCPSHAKE_MPTCP_MAX (__TCPSHAKE_MPTCP_MAX - 1)

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
	TCPSHAKE_EXIT_MALFORMED,	/* header, flags, checksum no TCP sends; not looked up */
	TCPSHAKE_EXIT_FRAGMENT,		/* later IP fragment: holds no TCP header */
	TCPSHAKE_EXIT_OPAQUE,		/* TCP header further in than one looks, or cut off */
	TCPSHAKE_EXIT_UNTRACKED,	/* belongs to no pending attempt: all established traffic */
	__TCPSHAKE_EXIT_MAX,
};

#define TCPSHAKE_EXIT_MAX (__TCPSHAKE_EXIT_MAX - 1)

/*
 * What was out of the ordinary with a segment. Counted apart from outcomes: an anomaly by
 * itself never ends an attempt. x, y = client and server ISN; section numbers are RFC 9293's
 * unless said otherwise. What is called legal happens on healthy networks: it is counted and
 * told as an event like the others, but not kept among the newest anomalies.
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
	TCPSHAKE_ANOMALY_CHALLENGE_ACK,	/* bare ACK that answers no SYN, or repeats (RFC 5961) */
	/* RST (3.5.2, 3.5.3) */
	TCPSHAKE_ANOMALY_RST_BAD_ACK_SYNSENT, /* answers the SYN, but does not acknowledge x+1 */
	TCPSHAKE_ANOMALY_RST_NOT_EXACT,	/* in the window, not at its edge (RFC 5961, 3.2) */
	TCPSHAKE_ANOMALY_RST_OUT_OF_WIN, /* outside the window */
	/* more of the header (3.1) */
	TCPSHAKE_ANOMALY_CSUM_BAD,	/* checksum wrong for sure */
	TCPSHAKE_ANOMALY_FLAGS_MAIMON,	/* FIN and ACK to where no connection is: Maimon scan */
	TCPSHAKE_ANOMALY_FLAGS_SYNURG,	/* SYN and URG; legal */
	TCPSHAKE_ANOMALY_FLAGS_SYNPSH,	/* SYN and PSH; legal */
	TCPSHAKE_ANOMALY_ACK_NONZERO_NOACK, /* no ACK, but a number */
	TCPSHAKE_ANOMALY_ACK_ZERO_ACK,	/* ACK of 0; legal once in 2^32 */
	TCPSHAKE_ANOMALY_URP_NONZERO_NOURG, /* no URG, but an urgent pointer */
	TCPSHAKE_ANOMALY_RESERVED_BITS,	/* a reserved bit is set */
	TCPSHAKE_ANOMALY_PORT_ZERO,	/* from or to port 0 (RFC 6335, 6) */
	TCPSHAKE_ANOMALY_LAND,		/* SYN to the address and port it is from, off loopback */
	TCPSHAKE_ANOMALY_SRC_MARTIAN,	/* SYN from 0/8, 127/8, multicast or broadcast */
	TCPSHAKE_ANOMALY_ISN_ZERO,	/* SYN with sequence number 0 */
	TCPSHAKE_ANOMALY_SYN_WIN_ZERO,	/* SYN or SYN-ACK with window 0; SYNPROXY does that */
	TCPSHAKE_ANOMALY_SYN_SIG_TOOL,	/* SYN with the marks of nmap, zmap, shaft or naptha */
	TCPSHAKE_ANOMALY_SYN_FRAGMENT,	/* SYN or SYN-ACK in a fragmented datagram (RFC 1858) */
	TCPSHAKE_ANOMALY_IP_OPTS_SYN,	/* SYN with options that steer it (RFC 7126) */
	TCPSHAKE_ANOMALY_ECT_ON_SYN,	/* SYN or SYN-ACK with IP ECN (RFC 3168, 6.1.1) */
	/* options (3.1, 3.2) */
	TCPSHAKE_ANOMALY_OPT_BADLEN,	/* length 0, 1 or past the end of the header */
	TCPSHAKE_ANOMALY_OPT_WRONGLEN,	/* a known option of a length it cannot have */
	TCPSHAKE_ANOMALY_OPT_DUP,	/* the same option twice */
	TCPSHAKE_ANOMALY_OPT_AFTER_EOL,	/* something behind the end of options */
	TCPSHAKE_ANOMALY_OPT_NONSYN,	/* MSS, scale, SACK-permitted, Fast Open without SYN */
	TCPSHAKE_ANOMALY_OPT_OBSOLETE,	/* kinds 6, 7, 9 to 18 (RFC 6247) */
	TCPSHAKE_ANOMALY_OPT_EXPERIMENTAL, /* kinds 253, 254 (RFC 6994); legal */
	TCPSHAKE_ANOMALY_SACK_IN_SYN,	/* SACK blocks in a SYN (RFC 2018, 3) */
	TCPSHAKE_ANOMALY_WS_GT14,	/* window scale above 14 (RFC 7323, 2.3) */
	TCPSHAKE_ANOMALY_MSS_ABSENT,	/* SYN or SYN-ACK without MSS; legal: 536 or 1220 */
	TCPSHAKE_ANOMALY_MSS_TINY,	/* MSS below 536 */
	TCPSHAKE_ANOMALY_TS_ECR_IN_SYN,	/* SYN that echoes a timestamp (RFC 7323, 3.2) */
	TCPSHAKE_ANOMALY_TS_ZERO,	/* SYN or SYN-ACK with timestamp 0; legal */
	TCPSHAKE_ANOMALY_SYNACK_OPT_UNOFFERED, /* SYN-ACK with an option the SYN did not offer */
	TCPSHAKE_ANOMALY_SYNACK_TSECR_MISMATCH, /* SYN-ACK echoes no SYN's timestamp (RFC 7323) */
	TCPSHAKE_ANOMALY_ACK_TSECR_MISMATCH, /* third segment echoes none (RFC 7323, 3.2) */
	TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG, /* agreed on, but not sent (RFC 7323, 3.2) */
	TCPSHAKE_ANOMALY_PAWS_3RD_ACK,	/* third segment older than the SYN (RFC 7323, 5) */
	TCPSHAKE_ANOMALY_MD5_AO_ONE_SIDED, /* from one side only, or both at once (RFC 5925) */
	TCPSHAKE_ANOMALY_MPTCP_BADLEN,	/* of a length it cannot have there (RFC 8684, 3) */
	TCPSHAKE_ANOMALY_MPTCP_ECHO_MISMATCH, /* third segment echoes another key */
	TCPSHAKE_ANOMALY_ECN_SYNACK_BAD, /* ECN not offered, or reflected (RFC 9768) */
	/* more of SYN and SYN-ACK */
	TCPSHAKE_ANOMALY_SYN_RETRANS,	/* the same SYN again; legal */
	TCPSHAKE_ANOMALY_SYN_ON_EST,	/* SYN on a completed connection (RFC 5961, 4) */
	TCPSHAKE_ANOMALY_SYN_AFTER_CLOSE, /* SYN with another ISN soon after FIN or RST; legal */
	TCPSHAKE_ANOMALY_SYN_DATA_NO_TFO, /* data in a SYN without Fast Open; legal */
	TCPSHAKE_ANOMALY_SYN_TFO_REQ,	/* SYN asks for a Fast Open cookie; legal */
	TCPSHAKE_ANOMALY_SYN_PARTIAL_AFTER, /* SYN after segments without one */
	TCPSHAKE_ANOMALY_SYN_TO_CLOSED_LISTENER, /* RST that refused a SYN; legal */
	TCPSHAKE_ANOMALY_SYNACK_RETRANS, /* the same SYN-ACK again; legal */
	TCPSHAKE_ANOMALY_SYNACK_AFTER_CONFIRMED, /* SYN-ACK after the server already went on */
	TCPSHAKE_ANOMALY_SYNACK_DATA,	/* SYN-ACK with data; legal */
	TCPSHAKE_ANOMALY_SYNACK_PART_TFO, /* acknowledges a part of the SYN's data; legal */
	TCPSHAKE_ANOMALY_SPLIT_BAD_ACK,	/* crossing SYN-ACK acknowledges something else */
	TCPSHAKE_ANOMALY_SPLIT_BAD_SEQ,	/* crossing SYN-ACK has another ISN */
	/* more of what follows */
	TCPSHAKE_ANOMALY_DATA_BEFORE_EST, /* data from the client while half_open_syn */
	TCPSHAKE_ANOMALY_ASYNC_BAD_SEQ,	/* client goes on, but far from x */
	TCPSHAKE_ANOMALY_DATA_NO_ACK_FLAG, /* data without ACK, SYN or RST */
	TCPSHAKE_ANOMALY_RST_IGNORED,	/* who sent a RST that ended the attempt goes on */
	TCPSHAKE_ANOMALY_RST_NO_STATE,	/* RST where no connection is: backscatter */
	TCPSHAKE_ANOMALY_RST_DATA,	/* RST with data; legal (RFC 1122, 4.2.2.12) */
	TCPSHAKE_ANOMALY_RST_STORM,	/* 1000 RSTs after one attempt */
	TCPSHAKE_ANOMALY_FIN_STORM,	/* 1000 FINs after one attempt */
	TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE, /* ICMP quotes a number not sent (RFC 5927) */
	__TCPSHAKE_ANOMALY_MAX,
};

#define TCPSHAKE_ANOMALY_MAX (__TCPSHAKE_ANOMALY_MAX - 1)

#endif /* _UAPI_LINUX_TCPSHAKE_H */
