// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Handshakes and anomalies as records. The keys are ABI: see tcpshake(8).
 */
#include <stdio.h>

#include "core/handshake.h"
#include "core/names.h"
#include "show.h"
#include "show_options.h"

#define DETAILS "DETAILS"
#define RETRANSMITS_SIZE 32

#define KNOWN(object, attribute, member) \
	decode_known((object)->has, attribute, &(object)->member)

static const char *state_name(const struct handshake *handshake)
{
	return decode_has(handshake->has, TCPSHAKE_HANDSHAKE_A_STATE) ?
	       tcpshake_state_name(handshake->state) : NULL;
}

static const char *outcome_name(const struct handshake *handshake)
{
	return decode_has(handshake->has, TCPSHAKE_HANDSHAKE_A_OUTCOME) ?
	       tcpshake_outcome_name(handshake->outcome) : NULL;
}

static enum out_color outcome_color(const struct handshake *handshake)
{
	switch (handshake->outcome) {
	case TCPSHAKE_OUTCOME_COMPLETED:
		return OUT_GOOD;
	case TCPSHAKE_OUTCOME_UNANSWERED:
	case TCPSHAKE_OUTCOME_UNACKED:
	case TCPSHAKE_OUTCOME_EVICTED:
		return OUT_BAD;
	default:
		return OUT_WARN;
	}
}

static size_t flag_names(u64 flags, const char *names[TCPSHAKE_FLAG_COUNT + 1])
{
	size_t count = 0;

	for (unsigned int i = 0; i < TCPSHAKE_FLAG_COUNT; i++) {
		if (flags >> i & 1)
			names[count++] = tcpshake_flag_name(i);
	}
	if (flags >> TCPSHAKE_FLAG_COUNT)
		names[count++] = tcpshake_flag_name(TCPSHAKE_FLAG_COUNT);
	return count;
}

/* How often a segment was sent again: what its count holds beyond one. */
static void retransmits_of(const u64 *count, char text[RETRANSMITS_SIZE])
{
	if (count)
		snprintf(text, RETRANSMITS_SIZE, "%llu%s",
			 *count ? (unsigned long long)*count - 1 : 0ULL,
			 *count >= TCPSHAKE_COUNT_MAX ? "+" : "");
	else
		snprintf(text, RETRANSMITS_SIZE, "-");
}

/* Of SYNs and of SYN-ACKs, with a slash between. */
static void retransmits(struct out *out, const struct handshake *handshake, const char *heading)
{
	char syns[RETRANSMITS_SIZE], synacks[RETRANSMITS_SIZE], both[2 * RETRANSMITS_SIZE];

	if (out_is_json(out))
		return;
	retransmits_of(KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SYN_COUNT, syn_count), syns);
	retransmits_of(KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT, synack_count),
		       synacks);
	snprintf(both, sizeof(both), "%s/%s", syns, synacks);
	out_string(out, NULL, heading, both);
}

static void isns(struct out *out, const struct handshake *handshake, bool in_text)
{
	out_uint(out, "isn", in_text ? "ISN" : NULL,
		 KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_ISN, client_isn));
	out_uint(out, "server_isn", in_text ? "SERVER-ISN" : NULL,
		 KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_ISN, server_isn));
}

static void counts_and_flags(struct out *out, const struct handshake *handshake,
			     const char *retrans_heading, const char *flags_heading,
			     const char *no_flags)
{
	const char *names[TCPSHAKE_FLAG_COUNT + 1];
	size_t count = flag_names(handshake->flags, names);

	retransmits(out, handshake, retrans_heading);
	out_uint(out, "syn_count", NULL,
		 KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SYN_COUNT, syn_count));
	out_uint(out, "synack_count", NULL,
		 KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT, synack_count));
	out_names(out, "flags", flags_heading, names, count, no_flags);
}

static void halves(struct out *out, const struct handshake *handshake, bool in_text)
{
	out_duration(out, "server_rtt_us", in_text ? "SERVER-HALF" : NULL,
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_RTT, server_rtt_us));
	out_duration(out, "client_rtt_us", in_text ? "CLIENT-HALF" : NULL,
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT, client_rtt_us));
}

static const char *unreachable_name(const struct handshake *handshake)
{
	return decode_has(handshake->has, TCPSHAKE_HANDSHAKE_A_UNREACHABLE) ?
	       tcpshake_unreachable_name(handshake->unreachable) : NULL;
}

void show_half_open(struct out *out, const struct handshake *handshake)
{
	out_time(out, "time", NULL, KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TIME, time_ns));
	out_endpoint(out, "client", "client_port", "CLIENT", &handshake->client);
	out_endpoint(out, "server", "server_port", "SERVER", &handshake->server);
	out_string(out, "state", "STATE", state_name(handshake));
	out_duration(out, "age_us", "AGE",
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_AGE, age_us));
	halves(out, handshake, false);
	isns(out, handshake, true);
	counts_and_flags(out, handshake, "RETRANS", "FLAGS", "-");
	show_options(out, handshake, NULL);
}

void show_completed(struct out *out, const struct handshake *handshake)
{
	out_time(out, "time", "TIME", KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TIME, time_ns));
	out_endpoint(out, "client", "client_port", "CLIENT", &handshake->client);
	out_endpoint(out, "server", "server_port", "SERVER", &handshake->server);
	out_string(out, "outcome", NULL, outcome_name(handshake));
	out_duration(out, "total_us", "TOTAL",
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TOTAL, total_us));
	halves(out, handshake, true);
	isns(out, handshake, false);
	counts_and_flags(out, handshake, "RETRANS", "FLAGS", "-");
	show_options(out, handshake, "OPTIONS");
}

void show_attempt(struct out *out, const struct handshake *handshake)
{
	out_time(out, "time", "TIME", KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TIME, time_ns));
	out_endpoint(out, "client", "client_port", "CLIENT", &handshake->client);
	out_endpoint(out, "server", "server_port", "SERVER", &handshake->server);
	out_color(out, outcome_color(handshake));
	out_string(out, "outcome", "OUTCOME", decode_has(handshake->has,
							 TCPSHAKE_HANDSHAKE_A_OUTCOME) ?
		   outcome_name(handshake) : state_name(handshake));
	out_duration(out, "total_us", "TOTAL",
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TOTAL, total_us));
	halves(out, handshake, true);
	isns(out, handshake, false);
	counts_and_flags(out, handshake, "RETRANS", "FLAGS", "-");
	out_string(out, "unreachable", NULL, unreachable_name(handshake));
	show_options(out, handshake, "OPTIONS");
}

/* An event's facts in one column, each after its name. */
static void detail(struct out *out, const char *name)
{
	out_string(out, NULL, DETAILS, name);
}

void show_handshake_event(struct out *out, const struct handshake *handshake)
{
	out_string(out, "event", NULL, "handshake");
	out_time(out, "time", "TIME", KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TIME, time_ns));
	out_color(out, outcome_color(handshake));
	out_string(out, "outcome", "EVENT", outcome_name(handshake));
	out_endpoint(out, "client", "client_port", "FROM", &handshake->client);
	out_endpoint(out, "server", "server_port", "TO", &handshake->server);
	detail(out, "total");
	out_duration(out, "total_us", DETAILS,
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_TOTAL, total_us));
	detail(out, "server");
	out_duration(out, "server_rtt_us", DETAILS,
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_RTT, server_rtt_us));
	detail(out, "client");
	out_duration(out, "client_rtt_us", DETAILS,
		     KNOWN(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT, client_rtt_us));
	isns(out, handshake, false);
	detail(out, "retrans");
	counts_and_flags(out, handshake, DETAILS, DETAILS, "");
	if (unreachable_name(handshake))
		detail(out, "unreachable");
	out_string(out, "unreachable", unreachable_name(handshake) ? DETAILS : NULL,
		   unreachable_name(handshake));
	show_options(out, handshake, NULL);
}

static size_t kind_names(const struct anomaly *anomaly,
			 const char *names[TCPSHAKE_ANOMALY_MAX + 1])
{
	size_t count = 0;

	for (unsigned int i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++) {
		if (tcpshake_anomalies_has(&anomaly->kinds, i))
			names[count++] = tcpshake_anomaly_name(i);
	}
	if (tcpshake_anomalies_has(&anomaly->kinds, TCPSHAKE_ANOMALY_UNSPEC))
		names[count++] = tcpshake_anomaly_name(TCPSHAKE_ANOMALY_UNSPEC);
	return count;
}

static void kinds(struct out *out, const struct anomaly *anomaly, const char *heading)
{
	const char *names[TCPSHAKE_ANOMALY_MAX + 1];
	size_t count = kind_names(anomaly, names);

	out_color(out, OUT_BAD);
	out_names(out, "anomalies", heading, names, count, "-");
}

#define TCP_FLAG_COUNT 9

static void tcp_flags(struct out *out, const struct anomaly *anomaly, const char *heading)
{
	static const char *const bits[TCP_FLAG_COUNT] = {
		"ae", "cwr", "ece", "urg", "ack", "psh", "rst", "syn", "fin",
	};
	const char *names[TCP_FLAG_COUNT];
	size_t count = 0;

	for (int i = 0; i < TCP_FLAG_COUNT; i++) {
		if (anomaly->tcp_flags & (TCPSHAKE_AE >> i))
			names[count++] = bits[i];
	}
	out_names(out, "tcp_flags", heading, names, count, "none");
}

void show_anomaly(struct out *out, const struct anomaly *anomaly)
{
	out_time(out, "time", "TIME", KNOWN(anomaly, TCPSHAKE_ANOMALY_A_TIME, time_ns));
	out_endpoint(out, "source", "source_port", "SOURCE", &anomaly->source);
	out_endpoint(out, "destination", "destination_port", "DESTINATION",
		     &anomaly->destination);
	kinds(out, anomaly, "ANOMALY");
	tcp_flags(out, anomaly, "TCP-FLAGS");
	out_uint(out, "seq", "SEQ", KNOWN(anomaly, TCPSHAKE_ANOMALY_A_SEQ, seq));
	out_uint(out, "ack", "ACK", KNOWN(anomaly, TCPSHAKE_ANOMALY_A_ACK, ack));
}

void show_anomaly_event(struct out *out, const struct anomaly *anomaly)
{
	out_string(out, "event", NULL, "anomaly");
	out_time(out, "time", "TIME", KNOWN(anomaly, TCPSHAKE_ANOMALY_A_TIME, time_ns));
	out_color(out, OUT_BAD);
	out_string(out, NULL, "EVENT", "anomaly");
	out_endpoint(out, "source", "source_port", "FROM", &anomaly->source);
	out_endpoint(out, "destination", "destination_port", "TO", &anomaly->destination);
	kinds(out, anomaly, DETAILS);
	detail(out, "flags");
	tcp_flags(out, anomaly, DETAILS);
	detail(out, "seq");
	out_uint(out, "seq", DETAILS, KNOWN(anomaly, TCPSHAKE_ANOMALY_A_SEQ, seq));
	detail(out, "ack");
	out_uint(out, "ack", DETAILS, KNOWN(anomaly, TCPSHAKE_ANOMALY_A_ACK, ack));
}

void show_lost_event(struct out *out, const char *group, const u64 *count)
{
	out_string(out, "event", NULL, "lost");
	out_string(out, NULL, "TIME", "-");
	out_color(out, OUT_BAD);
	out_string(out, NULL, "EVENT", "lost");
	out_string(out, NULL, "FROM", "-");
	out_string(out, NULL, "TO", "-");
	out_string(out, "group", group ? DETAILS : NULL, group);
	detail(out, count ? "events:" :
	       "events came faster than they were read; the next line 'lost' says how many");
	out_uint(out, "count", count ? DETAILS : NULL, count);
}
