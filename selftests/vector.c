// SPDX-License-Identifier: GPL-2.0
/*
 * Reads vectors, handshakes as text (see vectors/README), and writes what it takes
 * to run each, for each family, into a directory:
 *
 *	vector replay DIRECTORY FILE...		NAME.FAMILY.pcap, for the reader
 *	vector inject DIRECTORY FILE...		NAME.FAMILY.run, for vectors.sh
 *
 * and beside it NAME.FAMILY.json, what is expected. To standard output goes a line
 * for each: NAME FAMILY, and if it cannot run here, why.
 */
#include <libgen.h>

#include "vector_segment.h"
#include "vector_expect.h"

enum { EVENTS_MAX = 128, SETTINGS_MAX = 128, REASON_MAX = 200 };

/* Ports of its own, for each that is run in a kernel. */
enum { FIRST_PORT = 20000, PORTS = 16 };

enum place { REPLAY = 1, KERNEL = 2 };

enum where { AT_ROUTER, AT_SERVER, AT_LOOPBACK };

static struct vector {
	unsigned int places;		/* enum place */
	char reason[REASON_MAX];	/* why not in the other one */
	enum where where;		/* the observer's */
	bool other_family;		/* it is not for this one */
	char settings[SETTINGS_MAX];	/* of tcpshake set */
	struct event events[EVENTS_MAX];
	size_t event_count;
	struct expectations expected;
} vector;

/* ---- reading ---------------------------------------------------------------- */

static void append_word(char *text, size_t size, const char *word)
{
	const size_t len = strlen(text);

	if (len + strlen(word) + 2 > size)
		usage_error("too long:", word);
	snprintf(text + len, size - len, "%s%s", len ? " " : "", word);
}

/* only replay: REASON */
static void parse_only(struct words *words)
{
	vector.places = next_is(words, "replay:") ? REPLAY : 0;
	if (!vector.places && next_is(words, "kernel:"))
		vector.places = KERNEL;
	if (!vector.places || at_end(words))
		usage_error("only replay: or kernel:, and why; not", take(words, "reason"));
	while (!at_end(words))
		append_word(vector.reason, sizeof(vector.reason), take(words, "word"));
}

static void parse_where(struct words *words)
{
	if (next_is(words, "server"))
		vector.where = AT_SERVER;
	else if (next_is(words, "loopback"))
		vector.where = AT_LOOPBACK;
	else
		usage_error("server or loopback, not", take(words, "place"));
}

static void parse_family(struct words *words)
{
	const bool v4 = next_is(words, "ipv4");

	if (!v4 && !next_is(words, "ipv6"))
		usage_error("ipv4 or ipv6, not", take(words, "family"));
	vector.other_family = (at.family == AF_INET) != v4;
}

static void parse_set(struct words *words)
{
	while (!at_end(words))
		append_word(vector.settings, sizeof(vector.settings), take(words, "setting"));
}

static void parse_let(struct words *words)
{
	const char *name = take(words, "name");

	let(name, take_sum(words, "value"));
}

static void parse_line(struct words *words)
{
	if (isdigit((unsigned char)words->word[0][0])) {
		if (vector.event_count == EVENTS_MAX)
			usage_error("too many events at", words->word[0]);
		parse_event(words, &vector.events[vector.event_count++]);
	} else if (next_is(words, "expect")) {
		parse_expect(words, &vector.expected);
	} else if (next_is(words, "let")) {
		parse_let(words);
	} else if (next_is(words, "only")) {
		parse_only(words);
	} else if (next_is(words, "at")) {
		parse_where(words);
	} else if (next_is(words, "family")) {
		parse_family(words);
	} else if (next_is(words, "set")) {
		parse_set(words);
	} else {
		usage_error("what is", words->word[0]);
	}
	if (!at_end(words))
		usage_error("one word too many:", take(words, ""));
}

static void read_vector(const char *path)
{
	FILE *file = fopen(path, "r");
	struct words words;
	char line[1024];

	memset(&vector, 0, sizeof(vector));
	vector.places = REPLAY | KERNEL;
	name_count = 0;
	let("x", 1000);
	let("y", 500000);
	let("port0", at.port);
	at.file = path;
	at.line = 0;
	if (!file)
		usage_error("cannot open", path);
	while (!vector.other_family && fgets(line, sizeof(line), file)) {
		at.line++;
		split_line(line, &words);
		if (!at_end(&words))
			parse_line(&words);
	}
	fclose(file);
}

/* ---- a capture ------------------------------------------------------------------ */

enum { START_S = 1000, LINK_NULL = 0, LINK_RAW = 101 };

/* As this machine has them: the reader tells by the first number. */
static void write32(FILE *file, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

static void write_header(FILE *file)
{
	write32(file, 0xa1b2c3d4);
	write32(file, 4 << 16 | 2);
	write32(file, 0);
	write32(file, 0);
	write32(file, 65535);
	write32(file, vector.where == AT_LOOPBACK ? LINK_NULL : LINK_RAW);
}

static void write_packet(FILE *file, const struct event *event, uint64_t us, const uint8_t *packet,
			 size_t len)
{
	const uint32_t family = AF_INET;	/* the reader looks at the version */
	const size_t link = vector.where == AT_LOOPBACK ? sizeof(family) : 0;
	size_t captured = len;

	if (event->snap >= 0 && (size_t)event->snap < len)
		captured = (size_t)event->snap;
	write32(file, (uint32_t)(START_S + us / 1000000));
	write32(file, (uint32_t)(us % 1000000));
	write32(file, (uint32_t)(link + captured));
	write32(file, (uint32_t)(link + len));
	fwrite(&family, link, 1, file);
	fwrite(packet, captured, 1, file);
}

/* Nothing of TCP, but time goes on with it. */
static void write_tick(FILE *file, const struct event *event)
{
	struct segment seg = { SEGMENT_DEFAULTS };
	uint8_t packet[IPV4_HEADER];

	seg.from.family = AF_INET;
	put_ipv4(&seg, packet, IPPROTO_UDP, 0);
	write_packet(file, event, event->us, packet, sizeof(packet));
}

static void write_event(FILE *file, const struct event *event)
{
	static uint8_t packet[PACKET_MAX], fragment[PACKET_MAX];
	const struct segment *seg = &event->segment;
	const size_t len = put_packet(seg, packet);
	size_t offset, part;
	long long i;

	for (i = 0; i < event->repeat; i++) {
		if (!seg->split)
			write_packet(file, event, event->us + (uint64_t)i, packet, len);
		for (offset = 0; seg->split; offset += (size_t)seg->split) {
			part = put_fragment(seg, packet, len, offset, fragment);
			if (!part)
				break;
			write_packet(file, event, event->us + (uint64_t)i, fragment, part);
		}
	}
}

static void write_capture(FILE *file)
{
	size_t i;

	write_header(file);
	for (i = 0; i < vector.event_count; i++) {
		if (vector.events[i].is_wait)
			write_tick(file, &vector.events[i]);
		else
			write_event(file, &vector.events[i]);
	}
}

/*
 * TCP packets that an observer gets to see of an event. IPv4 hosts put fragments
 * together first; routers and IPv6 hosts look at each.
 */
static long long tcp_packets(const struct event *event, enum place place)
{
	static uint8_t packet[PACKET_MAX], fragment[PACKET_MAX];
	const struct segment *seg = &event->segment;
	const bool apart = place == KERNEL &&
			   (vector.where == AT_ROUTER || seg->from.family == AF_INET6);
	long long count = 0;
	size_t len;

	if (event->is_wait || seg->icmp >= 0)
		return 0;
	if (!seg->split || !apart)
		return event->repeat;
	len = put_packet(seg, packet);
	while (put_fragment(seg, packet, len, (size_t)(count * seg->split), fragment))
		count++;
	return count * event->repeat;
}

static long long all_tcp_packets(enum place place)
{
	long long count = 0;
	size_t i;

	for (i = 0; i < vector.event_count; i++)
		count += tcp_packets(&vector.events[i], place);
	return count;
}

/* ---- words for inject -------------------------------------------------------------- */

static void write_endpoint(FILE *file, const struct endpoint *endpoint)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(endpoint->family, endpoint->addr, text, sizeof(text));
	fprintf(file, endpoint->family == AF_INET ? " %s:%u" : " [%s]:%u", text, endpoint->port);
}

static void write_number(FILE *file, const char *name, long long value, long long otherwise)
{
	if (value != otherwise)
		fprintf(file, " --%s %lld", name, value);
}

static void write_octets(FILE *file, const char *name, const uint8_t *octets, size_t len)
{
	size_t i;

	if (!len)
		return;
	fprintf(file, " --%s ", name);
	for (i = 0; i < len; i++)
		fprintf(file, "%02x", octets[i]);
}

/* A router takes one from the TTL before anybody there, or behind it, sees the packet. */
static long long ttl_to_send(const struct event *event)
{
	const bool routed = vector.where == AT_ROUTER || event->side == FROM_CLIENT;

	return event->segment.ttl + (routed && event->segment.ttl < 255);
}

static void write_segment(FILE *file, const struct event *event)
{
	const struct segment *seg = &event->segment;
	const struct segment usual = { SEGMENT_DEFAULTS };

	write_endpoint(file, &seg->from);
	write_endpoint(file, &seg->to);
	fprintf(file, " 0x%llx", (unsigned long long)seg->flags);
	write_number(file, "seq", seg->seq & 0xffffffff, 0);
	write_number(file, "ack", seg->ack & 0xffffffff, 0);
	write_number(file, "window", seg->window, usual.window);
	write_number(file, "urgent", seg->urgent, 0);
	write_number(file, "reserved", seg->reserved, 0);
	write_number(file, "payload", seg->payload, 0);
	write_number(file, "doff", seg->doff, usual.doff);
	write_number(file, "truncate", seg->truncate, usual.truncate);
	write_number(file, "checksum", seg->checksum, 0);
	write_number(file, "ttl", ttl_to_send(event), usual.ttl);
	write_number(file, "ip-ecn", seg->ip_ecn, 0);
	write_number(file, "ip-id", seg->ip_id, 0);
	write_number(file, "split", seg->split, 0);
	write_number(file, "icmp", seg->icmp, usual.icmp);
	write_number(file, "quote", seg->quote, usual.quote);
	write_number(file, "count", event->repeat, 1);
	write_octets(file, "options", seg->options, seg->options_len);
	write_octets(file, "ip-options", seg->ip_options, seg->ip_options_len);
	if (*seg->chain)
		fprintf(file, " --chain %s", seg->chain);
	fputs("\n", file);
}

/*
 * Lines: "observe router|server", "set WORDS", "wait MS", who sends, TCP packets to come
 * of it and words for inject, and last "ended N": attempts that have an outcome then.
 */
static void write_run(FILE *file)
{
	static const char *const sides[] = {
		[FROM_CLIENT] = "client",
		[FROM_SERVER] = "server",
		[FROM_WITHIN] = "within",
	};
	const struct event *event;

	fprintf(file, "observe %s\n", vector.where == AT_ROUTER ? "router" : "server");
	if (*vector.settings)
		fprintf(file, "set %s\n", vector.settings);
	for (event = vector.events; event < vector.events + vector.event_count; event++) {
		if (event->is_wait) {
			fprintf(file, "wait %lld\n", event->wait_ms);
			continue;
		}
		fprintf(file, "%s %lld", sides[event->side], tcp_packets(event, KERNEL));
		write_segment(file, event);
	}
	fprintf(file, "ended %zu\n", ended(&vector.expected));
}

/* ---- all of them ---------------------------------------------------------------------- */

static FILE *create(const char *directory, const char *name, const char *family,
		    const char *suffix)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.%s.%s", directory, name, family, suffix);
	file = fopen(path, "w");
	if (!file)
		usage_error("cannot write", path);
	return file;
}

static void finish(FILE *file)
{
	if (ferror(file) || fclose(file))
		usage_error("cannot write", "all of it");
}

static void write_vector(enum place place, const char *directory, const char *name,
			 const char *family)
{
	FILE *file;

	if (!(vector.places & place)) {
		printf("%s %s %s\n", name, family, vector.reason);
		return;
	}
	printf("%s %s\n", name, family);
	file = create(directory, name, family, "json");
	write_expectations(file, &vector.expected, all_tcp_packets(place));
	finish(file);
	file = create(directory, name, family, place == REPLAY ? "pcap" : "run");
	if (place == REPLAY)
		write_capture(file);
	else
		write_run(file);
	finish(file);
}

static void take_file(enum place place, const char *directory, const char *path)
{
	static const struct {
		int family;
		const char *name;
	} families[] = { { AF_INET, "ipv4" }, { AF_INET6, "ipv6" } };
	char copy[4096], *name;
	size_t i;

	snprintf(copy, sizeof(copy), "%s", path);
	name = basename(copy);
	name[strcspn(name, ".")] = '\0';
	for (i = 0; i < 2; i++) {
		at.family = families[i].family;
		read_vector(path);
		if (vector.other_family)
			continue;
		write_vector(place, directory, name, families[i].name);
		if (place == KERNEL)
			at.port += PORTS;
	}
}

int main(int argc, char **argv)
{
	enum place place;
	int i;

	if (argc < 4 || (strcmp(argv[1], "replay") && strcmp(argv[1], "inject"))) {
		fputs("usage: vector replay|inject DIRECTORY FILE...\n", stderr);
		return 2;
	}
	place = *argv[1] == 'r' ? REPLAY : KERNEL;
	at.port = FIRST_PORT;
	for (i = 3; i < argc; i++)
		take_file(place, argv[2], argv[i]);
	return 0;
}
