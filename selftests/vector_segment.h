/* SPDX-License-Identifier: GPL-2.0 */
/* What happens in a vector: segments, ICMP errors, pauses. See vectors/README. */
#ifndef TCPSHAKE_SELFTESTS_VECTOR_SEGMENT_H
#define TCPSHAKE_SELFTESTS_VECTOR_SEGMENT_H

#include "vector_options.h"

enum side { FROM_CLIENT, FROM_SERVER, FROM_WITHIN };

struct event {
	uint64_t us;
	bool is_wait;
	long long wait_ms;	/* in the kernel, at least */
	long long repeat;
	long long snap;		/* octets of the packet that were captured; -1: all */
	enum side side;
	struct segment segment;
};

/* Seconds, with at most six digits behind the point. */
static uint64_t time_of(const char *text)
{
	char fraction[7] = "000000";
	char *end;
	const uint64_t seconds = strtoull(text, &end, 10);
	size_t digits;

	if (end == text || (*end && *end != '.'))
		usage_error("no time:", text);
	if (*end == '.') {
		digits = strspn(end + 1, "0123456789");
		if (digits > 6 || end[1 + digits])
			usage_error("no time:", text);
		memcpy(fraction, end + 1, digits);
	}
	return seconds * 1000000 + strtoull(fraction, NULL, 10);
}

static long long ecn_of(const char *name)
{
	static const char *const values[] = { "not", "ect1", "ect0", "ce" };
	long long i;

	for (i = 0; i < 4; i++) {
		if (!strcmp(name, values[i]))
			return i;
	}
	usage_error("no ECN codepoint:", name);
	return 0;
}

/* RFC 792, RFC 1812, RFC 4443: what says the same in both families. */
static const struct {
	const char *name;
	uint16_t v4, v6;	/* type and code */
} errors[] = {
	{ "net", 0x0300, 0x0100 },
	{ "host", 0x0301, 0x0103 },
	{ "port", 0x0303, 0x0104 },
	{ "admin", 0x030d, 0x0101 },
	{ "ttl", 0x0b00, 0x0300 },
	{ "parameter", 0x0c00, 0x0400 },
	{ "too-big", 0x0304, 0x0200 },
	{ "reassembly", 0x0b01, 0x0301 },
};

static long long error_of(const char *text)
{
	char *slash = strchr(text, '/');
	size_t i;

	if (slash) {
		*slash = '\0';
		return sum_of(text) << 8 | sum_of(slash + 1);
	}
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (!strcmp(text, errors[i].name))
			return at.family == AF_INET ? errors[i].v4 : errors[i].v6;
	}
	usage_error("no ICMP error:", text);
	return 0;
}

static bool take_number(const char *name, struct words *words, struct event *event)
{
	struct segment *seg = &event->segment;
	const struct {
		const char *name;
		long long *value;
	} fields[] = {
		{ "seq", &seg->seq },
		{ "ack", &seg->ack },
		{ "win", &seg->window },
		{ "data", &seg->payload },
		{ "urgent", &seg->urgent },
		{ "reserved", &seg->reserved },
		{ "doff", &seg->doff },
		{ "truncate", &seg->truncate },
		{ "bad-sum", &seg->checksum },
		{ "ttl", &seg->ttl },
		{ "ip-id", &seg->ip_id },
		{ "split", &seg->split },
		{ "snap", &event->snap },
		{ "repeat", &event->repeat },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(name, fields[i].name)) {
			*fields[i].value = take_sum(words, name);
			return true;
		}
	}
	return false;
}

static void take_attribute(struct words *words, struct event *event)
{
	char *name = take(words, "attribute");
	struct segment *seg = &event->segment;

	if (*name == '<')
		options_of(name, seg);
	else if (!strcmp(name, "ip-ecn"))
		seg->ip_ecn = ecn_of(take(words, name));
	else if (!strcmp(name, "ip-options"))
		seg->ip_options_len = octets_of(take(words, name), seg->ip_options,
						IPV4_OPTIONS_MAX);
	else if (!strcmp(name, "headers"))
		chain_of(take(words, name), seg->chain);
	else if (!take_number(name, words, event))
		usage_error("no attribute:", name);
}

static void take_segment(struct words *words, struct event *event)
{
	struct segment *seg = &event->segment;
	const struct host *to;

	take_endpoint(words, &seg->from);
	if (!next_is(words, ">"))
		usage_error("> expected, not", take(words, ">"));
	to = take_endpoint(words, &seg->to);
	seg->flags = flags_of(take(words, "flags"));
	while (!at_end(words))
		take_attribute(words, event);
	event->side = to->is_client ? FROM_SERVER : FROM_CLIENT;
	if (!strncmp(to->name, "loopback", 8))
		event->side = FROM_WITHIN;
}

/* The error comes from where the segment should have gone to. */
static void take_icmp(struct words *words, struct event *event)
{
	struct segment *seg = &event->segment;
	const long long icmp = error_of(take(words, "ICMP error"));

	if (next_is(words, "quote"))
		seg->quote = take_sum(words, "octets quoted");
	take_segment(words, event);
	seg->icmp = icmp;
	event->side = event->side == FROM_CLIENT ? FROM_SERVER : FROM_CLIENT;
}

static void parse_event(struct words *words, struct event *event)
{
	*event = (struct event){
		.repeat = 1,
		.snap = -1,
		.segment = { SEGMENT_DEFAULTS },
	};
	event->segment.window = 64240;
	event->segment.ip_id = 1;	/* what a kernel chooses could be a tool's mark */
	event->us = time_of(take(words, "time"));
	if (next_is(words, "wait")) {
		event->is_wait = true;
		event->wait_ms = at_end(words) ? 0 : take_sum(words, "ms");
	} else if (next_is(words, "icmp")) {
		take_icmp(words, event);
	} else {
		take_segment(words, event);
	}
}

#endif /* TCPSHAKE_SELFTESTS_VECTOR_SEGMENT_H */
