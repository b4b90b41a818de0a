/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * From netlink attributes to plain structs. Trusts nothing: what is unknown,
 * of another length than expected or not there at all is left out, and `has`
 * tells what was in the message.
 */
#ifndef TCPSHAKE_DECODE_H
#define TCPSHAKE_DECODE_H

#include "core/anomalies.h"

struct nlmsghdr;
struct nlattr;

struct endpoint {
	u8 family;		/* AF_INET, AF_INET6; 0 while unknown */
	u8 address[16];		/* network order */
	s32 port;		/* host order; -1 while unknown */
};

/* Numbers are u64, whatever crosses netlink, so that all are handled alike. */

/* What one side said in its SYN or SYN-ACK. */
struct said {
	u64 has;		/* bit = enum tcpshake_options_attr; 0: nothing is known */
	u64 present;
	u64 mss;
	u64 window_scale;
	u64 timestamp;
	u64 window;
	u64 ttl;
	u64 ecn_flags;
};

/* What both together come to. */
struct agreed {
	u64 has;		/* bit = enum tcpshake_negotiated_attr; 0: nothing is known */
	u64 present;
	u64 ecn;
	u64 fast_open;
	u64 mptcp;
};

struct handshake {
	u64 has;		/* bit = enum tcpshake_handshake_attr */
	struct endpoint client;
	struct endpoint server;
	u64 time_ns;
	u64 client_isn;
	u64 server_isn;
	u64 state;
	u64 outcome;
	u64 flags;
	u64 syn_count;
	u64 synack_count;
	u64 age_us;
	u64 total_us;
	u64 server_rtt_us;
	u64 client_rtt_us;
	u64 unreachable;
	struct said client_said;
	struct said server_said;
	struct agreed agreed;
};

struct anomaly {
	u64 has;		/* bit = enum tcpshake_anomaly_attr */
	struct endpoint source;
	struct endpoint destination;
	u64 time_ns;
	u64 tcp_flags;
	u64 seq;
	u64 ack;
	struct tcpshake_anomalies kinds; /* UNSPEC: one this program does not know */
};

/*
 * Arrays are indexed by their enum. Element 0, UNSPEC, takes what a newer
 * module counts under numbers this program does not know, so that the
 * identities hold.
 */
struct stats {
	u64 has;		/* bit = enum tcpshake_stats_attr */
	u64 packets;
	u64 exits[TCPSHAKE_EXIT_MAX + 1];
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 pending[TCPSHAKE_STATE_MAX + 1];
	u64 anomalies[TCPSHAKE_ANOMALY_MAX + 1];
	u64 unreachable[TCPSHAKE_UNREACHABLE_MAX + 1];
	u64 evicted[TCPSHAKE_EVICTION_MAX + 1];
	u64 stalled;
	u64 confirmed;
	u64 reset_at_completion;
	u64 backscatter;
	u64 partial;
	u64 details_lost;
	u64 events_handshake;
	u64 events_anomaly;
	u64 events_lost;
	u64 table_slots;
	u64 table_quota;
	u64 table_used;
};

struct config {
	u64 has;		/* bit = enum tcpshake_config_attr */
	u64 enabled;
	u64 syn_timeout_ms;
	u64 synack_timeout_ms;
	u64 max_age_ms;
	u64 linger_ms;
	u64 grace_ms;
	u64 flood_floor;
	u64 flood_pending;
	u64 flood_hold_ms;
	u64 flood_learning_ms;
};

/* How long one half of handshakes took; of a service without sum and buckets. */
struct latency {
	u64 has;		/* bit = enum tcpshake_latency_attr; 0: nothing is known */
	u64 half;		/* enum tcpshake_half */
	u64 count;
	u64 sum_us;
	u64 p50_us, p90_us, p99_us, p999_us;
	const u32 *buckets;	/* pairs, in the message */
	size_t bucket_count;	/* pairs */
};

struct service {
	u64 has;		/* bit = enum tcpshake_service_attr */
	struct endpoint server;	/* family 0: the namespace's own record */
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 pending, pending_peak;
	u64 answered;
	u64 syn_retrans, syn_repeats, synack_retrans;
	u64 stalled;
	u64 rate, base_rate;
	u64 completion;
	u64 flood;
	struct latency halves[TCPSHAKE_HALF_MAX + 1];
};

struct flood_source {
	struct endpoint prefix;	/* without a port */
	u64 has;		/* bit = enum tcpshake_source_attr */
	u64 prefix_len, count, error;
};

struct flood_signature {
	u64 has;		/* bit = enum tcpshake_signature_attr */
	u64 ttl, window, options_len, mss, count, error;
};

#define FLOOD_SOURCES 16
#define FLOOD_SIGNATURES 8

struct flood {
	u64 has;		/* bit = enum tcpshake_flood_attr */
	struct endpoint target;	/* family 0: the namespace; port -1: not of one service */
	u64 number, phase, level, prefix_len, label, trigger;
	u64 onset_ns, detected_ns, ended_ns;
	u64 attempts, answered, completed, refused, client_reset, server_reset, unreachable;
	u64 evicted, unresolved, stalled, syn_retrans, synack_retrans;
	u64 rate, rate_peak, rate_base, pending, pending_peak, completion, completion_base;
	u64 seen, sources, sources_error, services, bogons, isn_is_server, isn_bits, port_bits;
	struct flood_source source[FLOOD_SOURCES];
	struct flood_signature signature[FLOOD_SIGNATURES];
	unsigned int source_count, signature_count;
};

/* Was this attribute in the message? */
static inline bool decode_has(u64 has, unsigned int attribute)
{
	return has >> attribute & 1;
}

/* The value, or NULL when the message had none: what the functions of out.h take. */
static inline const u64 *decode_known(u64 has, unsigned int attribute, const u64 *value)
{
	return decode_has(has, attribute) ? value : NULL;
}

void decode_handshake(const struct nlattr *nest, struct handshake *handshake);
void decode_anomaly(const struct nlattr *nest, struct anomaly *anomaly);
void decode_stats(const struct nlattr *nest, struct stats *stats);
void decode_config(const struct nlattr *nest, struct config *config);

/* In decode_flood.c. */
void decode_service(const struct nlattr *nest, struct service *service);
void decode_flood(const struct nlattr *nest, struct flood *flood);
void decode_latency(const struct nlattr *nest, struct latency *latency);

/* What both have in common. A table says at what offset of the object a u64 goes; 0: nowhere. */
bool decode_store(const struct nlattr *attribute, const size_t *offsets, unsigned int max,
		  void *object, u64 *has);
void decode_address(const struct nlattr *attribute, struct endpoint *endpoint);
void decode_port(const struct nlattr *attribute, struct endpoint *endpoint);
void decode_counters(const struct nlattr *nest, u64 *counters, unsigned int max);

/* An integer attribute of 1, 2, 4 or 8 octets. */
bool decode_uint(const struct nlattr *attribute, u64 *value);

/* The first top level attribute of the type, or NULL. */
const struct nlattr *decode_find(const struct nlmsghdr *nlh, unsigned int type);

#endif /* TCPSHAKE_DECODE_H */
