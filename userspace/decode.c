// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Decoding of attributes. libmnl's iterators check every attribute's length
 * against its container before it is looked at; what is checked here is that a
 * payload has the length its use needs.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "decode.h"

/* Where the value of an integer attribute goes: offset of a u64, 0 for "not an integer". */
#define TO(type, member) offsetof(type, member)

tcpshake_static_assert(TCPSHAKE_HANDSHAKE_A_MAX < 64 && TCPSHAKE_ANOMALY_A_MAX < 64 &&
		       TCPSHAKE_STATS_A_MAX < 64 && TCPSHAKE_CONFIG_A_MAX < 64,
		       "a set of attributes is one word");

static const size_t handshake_offsets[TCPSHAKE_HANDSHAKE_A_MAX + 1] = {
	[TCPSHAKE_HANDSHAKE_A_TIME] = TO(struct handshake, time_ns),
	[TCPSHAKE_HANDSHAKE_A_CLIENT_ISN] = TO(struct handshake, client_isn),
	[TCPSHAKE_HANDSHAKE_A_SERVER_ISN] = TO(struct handshake, server_isn),
	[TCPSHAKE_HANDSHAKE_A_STATE] = TO(struct handshake, state),
	[TCPSHAKE_HANDSHAKE_A_OUTCOME] = TO(struct handshake, outcome),
	[TCPSHAKE_HANDSHAKE_A_FLAGS] = TO(struct handshake, flags),
	[TCPSHAKE_HANDSHAKE_A_SYN_COUNT] = TO(struct handshake, syn_count),
	[TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT] = TO(struct handshake, synack_count),
	[TCPSHAKE_HANDSHAKE_A_AGE] = TO(struct handshake, age_us),
	[TCPSHAKE_HANDSHAKE_A_TOTAL] = TO(struct handshake, total_us),
	[TCPSHAKE_HANDSHAKE_A_SERVER_RTT] = TO(struct handshake, server_rtt_us),
	[TCPSHAKE_HANDSHAKE_A_CLIENT_RTT] = TO(struct handshake, client_rtt_us),
	[TCPSHAKE_HANDSHAKE_A_UNREACHABLE] = TO(struct handshake, unreachable),
};

static const size_t options_offsets[TCPSHAKE_OPTIONS_A_MAX + 1] = {
	[TCPSHAKE_OPTIONS_A_PRESENT] = TO(struct said, present),
	[TCPSHAKE_OPTIONS_A_MSS] = TO(struct said, mss),
	[TCPSHAKE_OPTIONS_A_WINDOW_SCALE] = TO(struct said, window_scale),
	[TCPSHAKE_OPTIONS_A_TIMESTAMP] = TO(struct said, timestamp),
	[TCPSHAKE_OPTIONS_A_WINDOW] = TO(struct said, window),
	[TCPSHAKE_OPTIONS_A_TTL] = TO(struct said, ttl),
	[TCPSHAKE_OPTIONS_A_ECN_FLAGS] = TO(struct said, ecn_flags),
};

static const size_t negotiated_offsets[TCPSHAKE_NEGOTIATED_A_MAX + 1] = {
	[TCPSHAKE_NEGOTIATED_A_PRESENT] = TO(struct agreed, present),
	[TCPSHAKE_NEGOTIATED_A_ECN] = TO(struct agreed, ecn),
	[TCPSHAKE_NEGOTIATED_A_FAST_OPEN] = TO(struct agreed, fast_open),
	[TCPSHAKE_NEGOTIATED_A_MPTCP] = TO(struct agreed, mptcp),
};

static const size_t anomaly_offsets[TCPSHAKE_ANOMALY_A_MAX + 1] = {
	[TCPSHAKE_ANOMALY_A_TIME] = TO(struct anomaly, time_ns),
	[TCPSHAKE_ANOMALY_A_TCP_FLAGS] = TO(struct anomaly, tcp_flags),
	[TCPSHAKE_ANOMALY_A_SEQ] = TO(struct anomaly, seq),
	[TCPSHAKE_ANOMALY_A_ACK] = TO(struct anomaly, ack),
};

static const size_t stats_offsets[TCPSHAKE_STATS_A_MAX + 1] = {
	[TCPSHAKE_STATS_A_PACKETS] = TO(struct stats, packets),
	[TCPSHAKE_STATS_A_ATTEMPTS] = TO(struct stats, attempts),
	[TCPSHAKE_STATS_A_STALLED] = TO(struct stats, stalled),
	[TCPSHAKE_STATS_A_EVENTS_HANDSHAKE] = TO(struct stats, events_handshake),
	[TCPSHAKE_STATS_A_EVENTS_ANOMALY] = TO(struct stats, events_anomaly),
	[TCPSHAKE_STATS_A_EVENTS_LOST] = TO(struct stats, events_lost),
	[TCPSHAKE_STATS_A_TABLE_SLOTS] = TO(struct stats, table_slots),
	[TCPSHAKE_STATS_A_TABLE_QUOTA] = TO(struct stats, table_quota),
	[TCPSHAKE_STATS_A_TABLE_USED] = TO(struct stats, table_used),
	[TCPSHAKE_STATS_A_CONFIRMED] = TO(struct stats, confirmed),
	[TCPSHAKE_STATS_A_RESET_AT_COMPLETION] = TO(struct stats, reset_at_completion),
	[TCPSHAKE_STATS_A_BACKSCATTER] = TO(struct stats, backscatter),
	[TCPSHAKE_STATS_A_PARTIAL] = TO(struct stats, partial),
	[TCPSHAKE_STATS_A_DETAILS_LOST] = TO(struct stats, details_lost),
};

static const size_t config_offsets[TCPSHAKE_CONFIG_A_MAX + 1] = {
	[TCPSHAKE_CONFIG_A_ENABLED] = TO(struct config, enabled),
	[TCPSHAKE_CONFIG_A_SYN_TIMEOUT] = TO(struct config, syn_timeout_ms),
	[TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT] = TO(struct config, synack_timeout_ms),
	[TCPSHAKE_CONFIG_A_MAX_AGE] = TO(struct config, max_age_ms),
	[TCPSHAKE_CONFIG_A_LINGER] = TO(struct config, linger_ms),
	[TCPSHAKE_CONFIG_A_GRACE] = TO(struct config, grace_ms),
	[TCPSHAKE_CONFIG_A_FLOOD_FLOOR] = TO(struct config, flood_floor),
	[TCPSHAKE_CONFIG_A_FLOOD_PENDING] = TO(struct config, flood_pending),
	[TCPSHAKE_CONFIG_A_FLOOD_HOLD] = TO(struct config, flood_hold_ms),
	[TCPSHAKE_CONFIG_A_FLOOD_LEARNING] = TO(struct config, flood_learning_ms),
};

bool decode_uint(const struct nlattr *attribute, u64 *value)
{
	const void *payload = mnl_attr_get_payload(attribute);
	u16 value16;
	u32 value32;

	switch (mnl_attr_get_payload_len(attribute)) {
	case sizeof(u8):
		*value = *(const u8 *)payload;
		return true;
	case sizeof(u16):
		memcpy(&value16, payload, sizeof(value16));
		*value = value16;
		return true;
	case sizeof(u32):
		memcpy(&value32, payload, sizeof(value32));
		*value = value32;
		return true;
	case sizeof(u64):
		memcpy(value, payload, sizeof(*value));
		return true;
	default:
		return false;
	}
}

const struct nlattr *decode_find(const struct nlmsghdr *nlh, unsigned int type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each(attribute, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	}
	return NULL;
}

/*
 * Puts the value of an integer attribute where the table says. False when it is
 * not in the table or not an integer.
 */
bool decode_store(const struct nlattr *attribute, const size_t *offsets, unsigned int max,
		  void *object, u64 *has)
{
	unsigned int type = mnl_attr_get_type(attribute);
	u64 value;

	if (type > max || !offsets[type] || !decode_uint(attribute, &value))
		return false;
	memcpy((char *)object + offsets[type], &value, sizeof(value));
	*has |= 1ULL << type;
	return true;
}

/* The length says the family; the FAMILY attribute has nothing to add. */
void decode_address(const struct nlattr *attribute, struct endpoint *endpoint)
{
	u16 length = mnl_attr_get_payload_len(attribute);

	if (length != 4 && length != 16)
		return;
	endpoint->family = length == 4 ? AF_INET : AF_INET6;
	memcpy(endpoint->address, mnl_attr_get_payload(attribute), length);
}

void decode_port(const struct nlattr *attribute, struct endpoint *endpoint)
{
	u16 port;

	if (mnl_attr_get_payload_len(attribute) != sizeof(port))
		return;
	memcpy(&port, mnl_attr_get_payload(attribute), sizeof(port));
	endpoint->port = ntohs(port);
}

static void decode_integers(const struct nlattr *nest, const size_t *offsets, unsigned int max,
			    void *object, u64 *has)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
		decode_store(attribute, offsets, max, object, has);
}

static void decode_said(const struct nlattr *nest, struct said *side)
{
	decode_integers(nest, options_offsets, TCPSHAKE_OPTIONS_A_MAX, side, &side->has);
}

void decode_handshake(const struct nlattr *nest, struct handshake *handshake)
{
	const struct nlattr *attribute;

	*handshake = (struct handshake){ .client.port = -1, .server.port = -1 };
	mnl_attr_for_each_nested(attribute, nest) {
		switch (mnl_attr_get_type(attribute)) {
		case TCPSHAKE_HANDSHAKE_A_CLIENT:
			decode_address(attribute, &handshake->client);
			break;
		case TCPSHAKE_HANDSHAKE_A_SERVER:
			decode_address(attribute, &handshake->server);
			break;
		case TCPSHAKE_HANDSHAKE_A_CLIENT_PORT:
			decode_port(attribute, &handshake->client);
			break;
		case TCPSHAKE_HANDSHAKE_A_SERVER_PORT:
			decode_port(attribute, &handshake->server);
			break;
		case TCPSHAKE_HANDSHAKE_A_CLIENT_OPTIONS:
			decode_said(attribute, &handshake->client_said);
			break;
		case TCPSHAKE_HANDSHAKE_A_SERVER_OPTIONS:
			decode_said(attribute, &handshake->server_said);
			break;
		case TCPSHAKE_HANDSHAKE_A_NEGOTIATED:
			decode_integers(attribute, negotiated_offsets, TCPSHAKE_NEGOTIATED_A_MAX,
					&handshake->agreed, &handshake->agreed.has);
			break;
		default:
			decode_store(attribute, handshake_offsets, TCPSHAKE_HANDSHAKE_A_MAX,
				     handshake, &handshake->has);
		}
	}
}

static void decode_kind(const struct nlattr *attribute, struct anomaly *anomaly)
{
	u64 kind;

	if (!decode_uint(attribute, &kind))
		return;
	if (kind > TCPSHAKE_ANOMALY_MAX)
		kind = TCPSHAKE_ANOMALY_UNSPEC;
	tcpshake_anomalies_add(&anomaly->kinds, kind);
	anomaly->has |= 1ULL << TCPSHAKE_ANOMALY_A_KIND;
}

void decode_anomaly(const struct nlattr *nest, struct anomaly *anomaly)
{
	const struct nlattr *attribute;

	*anomaly = (struct anomaly){ .source.port = -1, .destination.port = -1 };
	mnl_attr_for_each_nested(attribute, nest) {
		switch (mnl_attr_get_type(attribute)) {
		case TCPSHAKE_ANOMALY_A_SOURCE:
			decode_address(attribute, &anomaly->source);
			break;
		case TCPSHAKE_ANOMALY_A_DESTINATION:
			decode_address(attribute, &anomaly->destination);
			break;
		case TCPSHAKE_ANOMALY_A_SOURCE_PORT:
			decode_port(attribute, &anomaly->source);
			break;
		case TCPSHAKE_ANOMALY_A_DESTINATION_PORT:
			decode_port(attribute, &anomaly->destination);
			break;
		case TCPSHAKE_ANOMALY_A_KIND:
			decode_kind(attribute, anomaly);
			break;
		default:
			decode_store(attribute, anomaly_offsets, TCPSHAKE_ANOMALY_A_MAX,
				     anomaly, &anomaly->has);
		}
	}
}

void decode_counters(const struct nlattr *nest, u64 *counters, unsigned int max)
{
	const struct nlattr *attribute;
	unsigned int type;
	u64 value;

	mnl_attr_for_each_nested(attribute, nest) {
		type = mnl_attr_get_type(attribute);
		if (!decode_uint(attribute, &value))
			continue;
		if (type && type <= max)
			counters[type] = value;
		else
			counters[0] += value;
	}
}

void decode_stats(const struct nlattr *nest, struct stats *stats)
{
	const struct nlattr *attribute;

	*stats = (struct stats){ 0 };
	mnl_attr_for_each_nested(attribute, nest) {
		switch (mnl_attr_get_type(attribute)) {
		case TCPSHAKE_STATS_A_EXITS:
			decode_counters(attribute, stats->exits, TCPSHAKE_EXIT_MAX);
			break;
		case TCPSHAKE_STATS_A_OUTCOMES:
			decode_counters(attribute, stats->outcomes, TCPSHAKE_OUTCOME_MAX);
			break;
		case TCPSHAKE_STATS_A_UNREACHABLE:
			decode_counters(attribute, stats->unreachable, TCPSHAKE_UNREACHABLE_MAX);
			break;
		case TCPSHAKE_STATS_A_EVICTED:
			decode_counters(attribute, stats->evicted, TCPSHAKE_EVICTION_MAX);
			break;
		case TCPSHAKE_STATS_A_PENDING:
			decode_counters(attribute, stats->pending, TCPSHAKE_STATE_MAX);
			break;
		case TCPSHAKE_STATS_A_ANOMALIES:
			decode_counters(attribute, stats->anomalies, TCPSHAKE_ANOMALY_MAX);
			break;
		default:
			decode_store(attribute, stats_offsets, TCPSHAKE_STATS_A_MAX, stats,
				     &stats->has);
		}
	}
}

void decode_config(const struct nlattr *nest, struct config *config)
{
	*config = (struct config){ 0 };
	decode_integers(nest, config_offsets, TCPSHAKE_CONFIG_A_MAX, config, &config->has);
}
