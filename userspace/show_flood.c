// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Services, floods and handshake times as records. The keys are ABI: see tcpshake(8). */
#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "core/forensics.h"
#include "core/names.h"
#include "json.h"
#include "show_flood.h"

#define KNOWN(object, attribute, member) \
	decode_known((object)->has, attribute, &(object)->member)

/* A number of the flood under the name of its attribute. */
#define NUMBER(out, flood, ATTRIBUTE, member) \
	out_uint(out, #member, NULL, KNOWN(flood, TCPSHAKE_FLOOD_A_##ATTRIBUTE, member))

bool show_is_flood(const struct flood *flood)
{
	return tcpshake_label_is_flood(flood->label);
}

static const char *address_text(const struct endpoint *endpoint, char text[INET6_ADDRSTRLEN])
{
	if (!endpoint->family ||
	    !inet_ntop(endpoint->family, endpoint->address, text, INET6_ADDRSTRLEN))
		snprintf(text, INET6_ADDRSTRLEN, "-");
	return text;
}

const char *show_target(const struct flood *flood, char text[SHOW_TARGET_SIZE])
{
	const bool v6 = flood->target.family == AF_INET6;
	char address[INET6_ADDRSTRLEN];

	address_text(&flood->target, address);
	if (!flood->target.family)
		snprintf(text, SHOW_TARGET_SIZE, "all");
	else if (flood->target.port >= 0)
		snprintf(text, SHOW_TARGET_SIZE, v6 ? "[%s]:%d" : "%s:%d", address,
			 flood->target.port);
	else if (flood->level == TCPSHAKE_LEVEL_PREFIX)
		snprintf(text, SHOW_TARGET_SIZE, "%s/%u", address,
			 (unsigned int)flood->prefix_len);
	else
		snprintf(text, SHOW_TARGET_SIZE, "%s", address);
	return text;
}

/* ---- services ---- */

static const char *percent(char text[24], u64 part, u64 whole)
{
	if (whole)
		snprintf(text, 24, "%.1f%%", 100.0 * (double)part / (double)whole);
	else
		snprintf(text, 24, "-");
	return text;
}

static void service_outcomes(struct out *out, const struct service *service)
{
	char text[24];

	for (unsigned int i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		out_uint(out, tcpshake_outcome_name(i), NULL, &service->outcomes[i]);
	if (out_is_json(out))
		return;
	out_string(out, NULL, "COMPLETED", percent(text,
						   service->outcomes[TCPSHAKE_OUTCOME_COMPLETED],
						   service->attempts));
	out_uint(out, NULL, "REFUSED", &service->outcomes[TCPSHAKE_OUTCOME_REFUSED]);
	out_uint(out, NULL, "UNANSWERED", &service->outcomes[TCPSHAKE_OUTCOME_UNANSWERED]);
	out_uint(out, NULL, "EVICTED", &service->outcomes[TCPSHAKE_OUTCOME_EVICTED]);
}

static void service_times(struct out *out, const struct service *service)
{
	static const char *const keys[TCPSHAKE_HALF_MAX + 1][3] = {
		[TCPSHAKE_HALF_SERVER] = { "server_p50_us", "server_p90_us", "server_p99_us" },
		[TCPSHAKE_HALF_CLIENT] = { "client_p50_us", "client_p90_us", "client_p99_us" },
		[TCPSHAKE_HALF_BOTH] = { "total_p50_us", "total_p90_us", "total_p99_us" },
	};

	for (unsigned int half = 1; half <= TCPSHAKE_HALF_MAX; half++) {
		const struct latency *l = &service->halves[half];
		const bool in_text = half != TCPSHAKE_HALF_CLIENT;
		const bool server = half == TCPSHAKE_HALF_SERVER;

		out_duration(out, keys[half][0],
			     in_text ? (server ? "SERVER-P50" : "P50") : NULL,
			     KNOWN(l, TCPSHAKE_LATENCY_A_P50, p50_us));
		out_duration(out, keys[half][1], NULL, KNOWN(l, TCPSHAKE_LATENCY_A_P90, p90_us));
		out_duration(out, keys[half][2], half == TCPSHAKE_HALF_BOTH ? "P99" : NULL,
			     KNOWN(l, TCPSHAKE_LATENCY_A_P99, p99_us));
	}
}

static void service_queue(struct out *out, const struct listener *listener)
{
	char text[48] = "-";

	out_uint(out, "accept_queue", NULL, listener ? &listener->queue : NULL);
	out_uint(out, "accept_queue_max", NULL, listener ? &listener->queue_max : NULL);
	if (listener)
		snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)listener->queue,
			 (unsigned long long)listener->queue_max);
	out_string(out, NULL, "QUEUE", text);
}

static void service_retransmissions(struct out *out, const struct service *service)
{
	char text[48];

	out_uint(out, "answered", NULL, &service->answered);
	out_uint(out, "syn_retrans", NULL, &service->syn_retrans);
	out_uint(out, "syn_repeats", NULL, &service->syn_repeats);
	out_uint(out, "synack_retrans", NULL, &service->synack_retrans);
	snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)service->syn_retrans,
		 (unsigned long long)service->synack_retrans);
	out_string(out, NULL, "RETRANS", text);
}

void show_service(struct out *out, const struct service *service,
		  const struct listener *listener, const char *label)
{
	if (service->server.family || out_is_json(out))
		out_endpoint(out, "server", "server_port", "SERVER", &service->server);
	else
		out_string(out, NULL, "SERVER", "other");
	out_uint(out, "attempts", "ATTEMPTS",
		 KNOWN(service, TCPSHAKE_SERVICE_A_ATTEMPTS, attempts));
	out_uint(out, "rate", "RATE", KNOWN(service, TCPSHAKE_SERVICE_A_RATE, rate));
	out_uint(out, "base_rate", NULL, KNOWN(service, TCPSHAKE_SERVICE_A_BASE_RATE, base_rate));
	out_uint(out, "pending", "HALF-OPEN",
		 KNOWN(service, TCPSHAKE_SERVICE_A_PENDING, pending));
	out_uint(out, "pending_peak", "PEAK",
		 KNOWN(service, TCPSHAKE_SERVICE_A_PENDING_PEAK, pending_peak));
	service_outcomes(out, service);
	service_retransmissions(out, service);
	out_uint(out, "stalled", "STALLED",
		 KNOWN(service, TCPSHAKE_SERVICE_A_STALLED, stalled));
	out_uint(out, "completion", NULL,
		 KNOWN(service, TCPSHAKE_SERVICE_A_COMPLETION, completion));
	service_queue(out, listener);
	service_times(out, service);
	out_uint(out, "flood", NULL, KNOWN(service, TCPSHAKE_SERVICE_A_FLOOD, flood));
	if (label)
		out_color(out, OUT_BAD);
	out_string(out, "flood_label", "FLOOD", label);
}

/* ---- floods ---- */

static const char *permille(char text[24], const u64 *value)
{
	if (value)
		snprintf(text, 24, "%llu.%llu %%", (unsigned long long)*value / 10,
			 (unsigned long long)*value % 10);
	else
		snprintf(text, 24, "-");
	return text;
}

static void against(char text[64], const char *what, const char *usual)
{
	snprintf(text, 64, "%s (usual %s)", what, usual);
}

static void rate_text(char text[64], const struct flood *flood)
{
	char now[24], usual[24];

	snprintf(now, sizeof(now), "%llu/s",
		 (unsigned long long)(flood->ended_ns ? flood->rate_peak : flood->rate));
	snprintf(usual, sizeof(usual), "%llu", (unsigned long long)flood->rate_base);
	against(text, now, usual);
}

static void completion_text(char text[64], const struct flood *flood)
{
	char now[24], usual[24];

	against(text, permille(now, &flood->completion),
		permille(usual, flood->rate_base ? &flood->completion_base : NULL));
}

static void sources_text(char text[64], const struct flood *flood)
{
	if (flood->seen)
		snprintf(text, 64, "~%llu +-%.1f %%", (unsigned long long)flood->sources,
			 (double)flood->sources_error / 10);
	else
		snprintf(text, 64, "-");
}

static json_t *json_prefix(const struct endpoint *prefix)
{
	char address[INET6_ADDRSTRLEN];

	return json_string(address_text(prefix, address));
}

static json_t *sources_array(const struct flood *flood)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < flood->source_count; i++) {
		const struct flood_source *source = &flood->source[i];
		json_t *entry = json_pack("{s:o,s:o,s:o,s:o}",
					  "prefix", json_prefix(&source->prefix),
					  "prefix_len", json_from_u64(source->prefix_len),
					  "count", json_from_u64(source->count),
					  "error", json_from_u64(source->error));

		json_array_append_new(array, entry);
	}
	return array;
}

static json_t *signatures_array(const struct flood *flood)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < flood->signature_count; i++) {
		const struct flood_signature *s = &flood->signature[i];
		const bool has_mss = decode_has(s->has, TCPSHAKE_SIGNATURE_A_MSS);
		json_t *entry = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}",
					  "ttl", json_from_u64(s->ttl),
					  "window", json_from_u64(s->window),
					  "options_len", json_from_u64(s->options_len),
					  "mss", has_mss ? json_from_u64(s->mss) : json_null(),
					  "count", json_from_u64(s->count),
					  "error", json_from_u64(s->error));

		json_array_append_new(array, entry);
	}
	return array;
}

static void flood_identity(struct out *out, const struct flood *flood)
{
	const u64 active = !decode_has(flood->has, TCPSHAKE_FLOOD_A_ENDED);
	const u64 is_flood = show_is_flood(flood);
	const struct endpoint *target = &flood->target;

	NUMBER(out, flood, NUMBER, number);
	out_bool(out, "active", NULL, &active);
	out_bool(out, "is_flood", NULL, &is_flood);
	out_string(out, "label", NULL, tcpshake_label_name(flood->label));
	out_string(out, "level", NULL, tcpshake_level_name(flood->level));
	out_endpoint(out, "address", "port", NULL, target);
	NUMBER(out, flood, PREFIX_LEN, prefix_len);
	out_string(out, "trigger", NULL, tcpshake_trigger_name(flood->trigger));
	out_time(out, "onset", NULL, KNOWN(flood, TCPSHAKE_FLOOD_A_ONSET, onset_ns));
	out_time(out, "detected", NULL, KNOWN(flood, TCPSHAKE_FLOOD_A_DETECTED, detected_ns));
	out_time(out, "ended", NULL, KNOWN(flood, TCPSHAKE_FLOOD_A_ENDED, ended_ns));
}

static void flood_numbers(struct out *out, const struct flood *flood)
{
	NUMBER(out, flood, ATTEMPTS, attempts);
	NUMBER(out, flood, ANSWERED, answered);
	NUMBER(out, flood, COMPLETED, completed);
	NUMBER(out, flood, REFUSED, refused);
	NUMBER(out, flood, CLIENT_RESET, client_reset);
	NUMBER(out, flood, SERVER_RESET, server_reset);
	NUMBER(out, flood, UNREACHABLE, unreachable);
	NUMBER(out, flood, EVICTED, evicted);
	NUMBER(out, flood, UNRESOLVED, unresolved);
	NUMBER(out, flood, STALLED, stalled);
	NUMBER(out, flood, SYN_RETRANS, syn_retrans);
	NUMBER(out, flood, SYNACK_RETRANS, synack_retrans);
	NUMBER(out, flood, RATE, rate);
	NUMBER(out, flood, RATE_PEAK, rate_peak);
	NUMBER(out, flood, RATE_BASE, rate_base);
	NUMBER(out, flood, PENDING, pending);
	NUMBER(out, flood, PENDING_PEAK, pending_peak);
	NUMBER(out, flood, COMPLETION, completion);
	NUMBER(out, flood, COMPLETION_BASE, completion_base);
	NUMBER(out, flood, SEEN, seen);
	NUMBER(out, flood, SOURCES, sources);
	NUMBER(out, flood, SOURCES_ERROR, sources_error);
	NUMBER(out, flood, SERVICES, services);
	NUMBER(out, flood, BOGONS, bogons);
	NUMBER(out, flood, ISN_IS_SERVER, isn_is_server);
	NUMBER(out, flood, ISN_BITS, isn_bits);
	NUMBER(out, flood, PORT_BITS, port_bits);
}

static void flood_json(struct out *out, const struct flood *flood)
{
	flood_identity(out, flood);
	flood_numbers(out, flood);
	out_json(out, "source_prefixes", sources_array(flood));
	out_json(out, "signatures", signatures_array(flood));
}

static void flood_texts(struct out *out, const struct flood *flood, const char *rate,
			const char *completion, const char *half_open, const char *sources)
{
	char text[64];

	rate_text(text, flood);
	out_string(out, NULL, rate, text);
	completion_text(text, flood);
	out_string(out, NULL, completion, text);
	snprintf(text, sizeof(text), "%llu (peak %llu)", (unsigned long long)flood->pending,
		 (unsigned long long)flood->pending_peak);
	out_string(out, NULL, half_open, text);
	sources_text(text, flood);
	out_string(out, NULL, sources, text);
}

static void flood_name(struct out *out, const struct flood *flood, const char *heading)
{
	out_color(out, show_is_flood(flood) ? OUT_BAD : OUT_WARN);
	out_string(out, NULL, heading, tcpshake_label_name(flood->label));
}

void show_flood(struct out *out, const struct flood *flood)
{
	char target[SHOW_TARGET_SIZE];

	if (out_is_json(out)) {
		flood_json(out, flood);
		return;
	}
	flood_name(out, flood, "LABEL");
	out_string(out, NULL, "TARGET", show_target(flood, target));
	out_time(out, NULL, "SINCE", KNOWN(flood, TCPSHAKE_FLOOD_A_ONSET, onset_ns));
	out_time(out, NULL, "ENDED", KNOWN(flood, TCPSHAKE_FLOOD_A_ENDED, ended_ns));
	flood_texts(out, flood, "SYNS", "COMPLETE", "HALF-OPEN", "SOURCES");
}

void show_flood_event(struct out *out, const struct flood *flood)
{
	static const char details[] = "DETAILS";
	const bool over = flood->phase == TCPSHAKE_PHASE_END;
	char target[SHOW_TARGET_SIZE];

	out_string(out, "event", NULL, "flood");
	out_string(out, "phase", NULL, tcpshake_phase_name(flood->phase));
	if (out_is_json(out)) {
		flood_json(out, flood);
		return;
	}
	out_time(out, NULL, "TIME", over ? &flood->ended_ns : &flood->onset_ns);
	flood_name(out, flood, "EVENT");
	out_string(out, NULL, "FROM", "-");
	out_string(out, NULL, "TO", show_target(flood, target));
	out_string(out, NULL, details, tcpshake_phase_name(flood->phase));
	flood_texts(out, flood, details, details, details, details);
}

char *show_flood_text(const struct flood *flood)
{
	struct out *out = out_new_text();

	if (!out)
		return NULL;
	show_flood_event(out, flood);
	return out_text(out);
}

static void story_time(const char *name, const u64 *ns)
{
	char text[64];
	struct tm tm;
	time_t second;

	if (!ns)
		return;
	second = (time_t)(*ns / 1000000000);
	if (localtime_r(&second, &tm) && strftime(text, sizeof(text), "%F %T", &tm))
		printf("  %-12s %s.%03llu\n", name, text,
		       (unsigned long long)(*ns / 1000000 % 1000));
}

static void story_share(const char *name, u64 part, u64 whole)
{
	char text[24];

	printf("  %-12s %llu (%s)\n", name, (unsigned long long)part,
	       percent(text, part, whole));
}

static void story_senders(const struct flood *flood)
{
	char address[INET6_ADDRSTRLEN];

	for (unsigned int i = 0; i < flood->source_count && i < 4; i++) {
		const struct flood_source *s = &flood->source[i];

		printf("  from         %s/%llu: %llu to %llu of %llu SYNs\n",
		       address_text(&s->prefix, address), (unsigned long long)s->prefix_len,
		       (unsigned long long)(s->count - s->error), (unsigned long long)s->count,
		       (unsigned long long)flood->seen);
	}
	for (unsigned int i = 0; i < flood->signature_count && i < 2; i++) {
		const struct flood_signature *s = &flood->signature[i];

		printf("  looks like   ttl<=%llu window %llu options %llu octets mss %llu: %llu to %llu SYNs\n",
		       (unsigned long long)s->ttl, (unsigned long long)s->window,
		       (unsigned long long)s->options_len, (unsigned long long)s->mss,
		       (unsigned long long)(s->count - s->error), (unsigned long long)s->count);
	}
	printf("  the same in all: %llu of 32 bits of the ISN, %llu of 16 of the source port\n",
	       (unsigned long long)flood->isn_bits, (unsigned long long)flood->port_bits);
}

void show_flood_story(const struct flood *flood)
{
	char target[SHOW_TARGET_SIZE], text[64];

	printf("%s of %s (%s), number %llu\n", tcpshake_label_name(flood->label),
	       show_target(flood, target), tcpshake_trigger_name(flood->trigger),
	       (unsigned long long)flood->number);
	story_time("onset", KNOWN(flood, TCPSHAKE_FLOOD_A_ONSET, onset_ns));
	story_time("detected", KNOWN(flood, TCPSHAKE_FLOOD_A_DETECTED, detected_ns));
	story_time("ended", KNOWN(flood, TCPSHAKE_FLOOD_A_ENDED, ended_ns));
	rate_text(text, flood);
	printf("  SYNs         %s, peak %llu/s\n", text, (unsigned long long)flood->rate_peak);
	completion_text(text, flood);
	printf("  completed    %s\n", text);
	printf("  half-open    %llu, peak %llu\n", (unsigned long long)flood->pending,
	       (unsigned long long)flood->pending_peak);
	story_share("attempts", flood->attempts, 0);
	story_share("answered", flood->answered, flood->attempts);
	story_share("unresolved", flood->unresolved, flood->attempts);
	story_share("reset", flood->client_reset, flood->attempts);
	story_share("refused", flood->refused, flood->attempts);
	story_share("repeated", flood->syn_retrans, flood->attempts);
	story_share("evicted", flood->evicted, flood->attempts);
	if (!flood->seen)
		return;
	sources_text(text, flood);
	printf("  sources      %s, %llu SYNs from addresses nobody can have\n", text,
	       (unsigned long long)flood->bogons);
	story_senders(flood);
}

/* ---- latency ---- */

static json_t *buckets_array(const struct latency *latency)
{
	json_t *array = json_array();
	u32 pair[2];

	for (size_t i = 0; i < latency->bucket_count; i++) {
		memcpy(pair, latency->buckets + 2 * i, sizeof(pair));
		json_array_append_new(array, json_pack("[o,o]", json_from_u64(pair[0]),
						       json_from_u64(pair[1])));
	}
	return array;
}

void show_latency(struct out *out, const struct latency *latency, bool buckets)
{
	const u64 mean = latency->count ? latency->sum_us / latency->count : 0;

	out_string(out, "half", "HALF", tcpshake_half_name(latency->half));
	out_uint(out, "count", "COUNT", KNOWN(latency, TCPSHAKE_LATENCY_A_COUNT, count));
	out_uint(out, "sum_us", NULL, KNOWN(latency, TCPSHAKE_LATENCY_A_SUM, sum_us));
	out_duration(out, "mean_us", "MEAN", latency->count ? &mean : NULL);
	out_duration(out, "p50_us", "P50", KNOWN(latency, TCPSHAKE_LATENCY_A_P50, p50_us));
	out_duration(out, "p90_us", "P90", KNOWN(latency, TCPSHAKE_LATENCY_A_P90, p90_us));
	out_duration(out, "p99_us", "P99", KNOWN(latency, TCPSHAKE_LATENCY_A_P99, p99_us));
	out_duration(out, "p999_us", "P99.9", KNOWN(latency, TCPSHAKE_LATENCY_A_P999, p999_us));
	if (buckets)
		out_json(out, "buckets", buckets_array(latency));
}
