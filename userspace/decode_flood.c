// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Decoding of services, floods and handshake times. See decode.c. */
#include <libmnl/libmnl.h>

#include "decode.h"

#define TO(type, member) offsetof(type, member)

tcpshake_static_assert(TCPSHAKE_FLOOD_A_MAX < 64 && TCPSHAKE_SERVICE_A_MAX < 64,
		       "a set of attributes is one word");

static const size_t service_offsets[TCPSHAKE_SERVICE_A_MAX + 1] = {
	[TCPSHAKE_SERVICE_A_ATTEMPTS] = TO(struct service, attempts),
	[TCPSHAKE_SERVICE_A_PENDING] = TO(struct service, pending),
	[TCPSHAKE_SERVICE_A_PENDING_PEAK] = TO(struct service, pending_peak),
	[TCPSHAKE_SERVICE_A_ANSWERED] = TO(struct service, answered),
	[TCPSHAKE_SERVICE_A_SYN_RETRANS] = TO(struct service, syn_retrans),
	[TCPSHAKE_SERVICE_A_SYN_REPEATS] = TO(struct service, syn_repeats),
	[TCPSHAKE_SERVICE_A_SYNACK_RETRANS] = TO(struct service, synack_retrans),
	[TCPSHAKE_SERVICE_A_STALLED] = TO(struct service, stalled),
	[TCPSHAKE_SERVICE_A_RATE] = TO(struct service, rate),
	[TCPSHAKE_SERVICE_A_BASE_RATE] = TO(struct service, base_rate),
	[TCPSHAKE_SERVICE_A_COMPLETION] = TO(struct service, completion),
	[TCPSHAKE_SERVICE_A_FLOOD] = TO(struct service, flood),
};

static const size_t flood_offsets[TCPSHAKE_FLOOD_A_MAX + 1] = {
	[TCPSHAKE_FLOOD_A_NUMBER] = TO(struct flood, number),
	[TCPSHAKE_FLOOD_A_PHASE] = TO(struct flood, phase),
	[TCPSHAKE_FLOOD_A_LEVEL] = TO(struct flood, level),
	[TCPSHAKE_FLOOD_A_PREFIX_LEN] = TO(struct flood, prefix_len),
	[TCPSHAKE_FLOOD_A_LABEL] = TO(struct flood, label),
	[TCPSHAKE_FLOOD_A_TRIGGER] = TO(struct flood, trigger),
	[TCPSHAKE_FLOOD_A_ONSET] = TO(struct flood, onset_ns),
	[TCPSHAKE_FLOOD_A_DETECTED] = TO(struct flood, detected_ns),
	[TCPSHAKE_FLOOD_A_ENDED] = TO(struct flood, ended_ns),
	[TCPSHAKE_FLOOD_A_ATTEMPTS] = TO(struct flood, attempts),
	[TCPSHAKE_FLOOD_A_ANSWERED] = TO(struct flood, answered),
	[TCPSHAKE_FLOOD_A_COMPLETED] = TO(struct flood, completed),
	[TCPSHAKE_FLOOD_A_REFUSED] = TO(struct flood, refused),
	[TCPSHAKE_FLOOD_A_CLIENT_RESET] = TO(struct flood, client_reset),
	[TCPSHAKE_FLOOD_A_SERVER_RESET] = TO(struct flood, server_reset),
	[TCPSHAKE_FLOOD_A_UNREACHABLE] = TO(struct flood, unreachable),
	[TCPSHAKE_FLOOD_A_EVICTED] = TO(struct flood, evicted),
	[TCPSHAKE_FLOOD_A_UNRESOLVED] = TO(struct flood, unresolved),
	[TCPSHAKE_FLOOD_A_STALLED] = TO(struct flood, stalled),
	[TCPSHAKE_FLOOD_A_SYN_RETRANS] = TO(struct flood, syn_retrans),
	[TCPSHAKE_FLOOD_A_SYNACK_RETRANS] = TO(struct flood, synack_retrans),
	[TCPSHAKE_FLOOD_A_RATE] = TO(struct flood, rate),
	[TCPSHAKE_FLOOD_A_RATE_PEAK] = TO(struct flood, rate_peak),
	[TCPSHAKE_FLOOD_A_RATE_BASE] = TO(struct flood, rate_base),
	[TCPSHAKE_FLOOD_A_PENDING] = TO(struct flood, pending),
	[TCPSHAKE_FLOOD_A_PENDING_PEAK] = TO(struct flood, pending_peak),
	[TCPSHAKE_FLOOD_A_COMPLETION] = TO(struct flood, completion),
	[TCPSHAKE_FLOOD_A_COMPLETION_BASE] = TO(struct flood, completion_base),
	[TCPSHAKE_FLOOD_A_SEEN] = TO(struct flood, seen),
	[TCPSHAKE_FLOOD_A_SOURCES] = TO(struct flood, sources),
	[TCPSHAKE_FLOOD_A_SOURCES_ERROR] = TO(struct flood, sources_error),
	[TCPSHAKE_FLOOD_A_SERVICES] = TO(struct flood, services),
	[TCPSHAKE_FLOOD_A_BOGONS] = TO(struct flood, bogons),
	[TCPSHAKE_FLOOD_A_ISN_IS_SERVER] = TO(struct flood, isn_is_server),
	[TCPSHAKE_FLOOD_A_ISN_BITS] = TO(struct flood, isn_bits),
	[TCPSHAKE_FLOOD_A_PORT_BITS] = TO(struct flood, port_bits),
};

static const size_t source_offsets[TCPSHAKE_SOURCE_A_MAX + 1] = {
	[TCPSHAKE_SOURCE_A_PREFIX_LEN] = TO(struct flood_source, prefix_len),
	[TCPSHAKE_SOURCE_A_COUNT] = TO(struct flood_source, count),
	[TCPSHAKE_SOURCE_A_ERROR] = TO(struct flood_source, error),
};

static const size_t signature_offsets[TCPSHAKE_SIGNATURE_A_MAX + 1] = {
	[TCPSHAKE_SIGNATURE_A_TTL] = TO(struct flood_signature, ttl),
	[TCPSHAKE_SIGNATURE_A_WINDOW] = TO(struct flood_signature, window),
	[TCPSHAKE_SIGNATURE_A_OPTIONS_LEN] = TO(struct flood_signature, options_len),
	[TCPSHAKE_SIGNATURE_A_MSS] = TO(struct flood_signature, mss),
	[TCPSHAKE_SIGNATURE_A_COUNT] = TO(struct flood_signature, count),
	[TCPSHAKE_SIGNATURE_A_ERROR] = TO(struct flood_signature, error),
};

static const size_t latency_offsets[TCPSHAKE_LATENCY_A_MAX + 1] = {
	[TCPSHAKE_LATENCY_A_HALF] = TO(struct latency, half),
	[TCPSHAKE_LATENCY_A_COUNT] = TO(struct latency, count),
	[TCPSHAKE_LATENCY_A_SUM] = TO(struct latency, sum_us),
	[TCPSHAKE_LATENCY_A_P50] = TO(struct latency, p50_us),
	[TCPSHAKE_LATENCY_A_P90] = TO(struct latency, p90_us),
	[TCPSHAKE_LATENCY_A_P99] = TO(struct latency, p99_us),
	[TCPSHAKE_LATENCY_A_P999] = TO(struct latency, p999_us),
};

void decode_latency(const struct nlattr *nest, struct latency *latency)
{
	const struct nlattr *attribute;

	*latency = (struct latency){ 0 };
	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) == TCPSHAKE_LATENCY_A_BUCKETS) {
			latency->buckets = mnl_attr_get_payload(attribute);
			latency->bucket_count = mnl_attr_get_payload_len(attribute) /
						(2 * sizeof(u32));
			latency->has |= 1ULL << TCPSHAKE_LATENCY_A_BUCKETS;
		} else {
			decode_store(attribute, latency_offsets, TCPSHAKE_LATENCY_A_MAX, latency,
				     &latency->has);
		}
	}
}

static void decode_half(const struct nlattr *nest, struct service *service)
{
	struct latency latency;

	decode_latency(nest, &latency);
	if (latency.half && latency.half <= TCPSHAKE_HALF_MAX)
		service->halves[latency.half] = latency;
}

void decode_service(const struct nlattr *nest, struct service *service)
{
	const struct nlattr *attribute;

	*service = (struct service){ .server.port = -1 };
	mnl_attr_for_each_nested(attribute, nest) {
		switch (mnl_attr_get_type(attribute)) {
		case TCPSHAKE_SERVICE_A_SERVER:
			decode_address(attribute, &service->server);
			break;
		case TCPSHAKE_SERVICE_A_SERVER_PORT:
			decode_port(attribute, &service->server);
			break;
		case TCPSHAKE_SERVICE_A_OUTCOMES:
			decode_counters(attribute, service->outcomes, TCPSHAKE_OUTCOME_MAX);
			break;
		case TCPSHAKE_SERVICE_A_LATENCY:
			decode_half(attribute, service);
			break;
		default:
			decode_store(attribute, service_offsets, TCPSHAKE_SERVICE_A_MAX, service,
				     &service->has);
		}
	}
}

static void decode_source(const struct nlattr *nest, struct flood *flood)
{
	const struct nlattr *attribute;
	struct flood_source *source;

	if (flood->source_count == FLOOD_SOURCES)
		return;
	source = &flood->source[flood->source_count++];
	source->prefix.port = -1;
	mnl_attr_for_each_nested(attribute, nest) {
		if (mnl_attr_get_type(attribute) == TCPSHAKE_SOURCE_A_PREFIX)
			decode_address(attribute, &source->prefix);
		else
			decode_store(attribute, source_offsets, TCPSHAKE_SOURCE_A_MAX, source,
				     &source->has);
	}
}

static void decode_signature(const struct nlattr *nest, struct flood *flood)
{
	const struct nlattr *attribute;
	struct flood_signature *signature;

	if (flood->signature_count == FLOOD_SIGNATURES)
		return;
	signature = &flood->signature[flood->signature_count++];
	mnl_attr_for_each_nested(attribute, nest)
		decode_store(attribute, signature_offsets, TCPSHAKE_SIGNATURE_A_MAX, signature,
			     &signature->has);
}

void decode_flood(const struct nlattr *nest, struct flood *flood)
{
	const struct nlattr *attribute;

	*flood = (struct flood){ .target.port = -1 };
	mnl_attr_for_each_nested(attribute, nest) {
		switch (mnl_attr_get_type(attribute)) {
		case TCPSHAKE_FLOOD_A_ADDRESS:
			decode_address(attribute, &flood->target);
			break;
		case TCPSHAKE_FLOOD_A_PORT:
			decode_port(attribute, &flood->target);
			break;
		case TCPSHAKE_FLOOD_A_SOURCE:
			decode_source(attribute, flood);
			break;
		case TCPSHAKE_FLOOD_A_SIGNATURE:
			decode_signature(attribute, flood);
			break;
		default:
			decode_store(attribute, flood_offsets, TCPSHAKE_FLOOD_A_MAX, flood,
				     &flood->has);
		}
	}
}
