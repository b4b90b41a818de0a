// SPDX-License-Identifier: GPL-2.0
/*
 * Sends TCP segments made exactly as told, well-formed or not, through a raw
 * socket, and can wait for the answer and print its numbers. The kernel's TCP
 * is not involved: whoever wants silence from it drops what it would answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inject_words.h"

/* Source addresses of a burst: every one of the prefix once, in scattered order. */
struct prefix {
	struct endpoint base;
	unsigned int host_bits;
	bool given;
};

struct job {
	struct segment segment;
	struct prefix rand_source;
	bool listen;
	bool fifo;
	long long seq_step, count;
	long long rate;		/* a second; 0: as fast as possible */
	long long expect;	/* flags of the answer to wait for; -1: none */
	long long timeout;	/* ms */
};

static const struct job defaults = {
	.segment = { SEGMENT_DEFAULTS },
	.count = 1,
	.expect = -1,
	.timeout = 5000,
};

static struct job job;

/* In a batch a mistake costs its line, not the process. */
static bool batch;
static jmp_buf next_line;

static const long long sequence = 1LL << 40;

static const struct field {
	const char *name;
	long long *value, max;
} fields[] = {
	{ "--seq", &job.segment.seq, sequence },
	{ "--ack", &job.segment.ack, sequence },
	{ "--window", &job.segment.window, 0xffff },
	{ "--urgent", &job.segment.urgent, 0xffff },
	{ "--reserved", &job.segment.reserved, 7 },
	{ "--payload", &job.segment.payload, PAYLOAD_MAX },
	{ "--doff", &job.segment.doff, 15 },
	{ "--truncate", &job.segment.truncate, PAYLOAD_MAX },
	{ "--checksum", &job.segment.checksum, 0xfffe },
	{ "--ttl", &job.segment.ttl, 255 },
	{ "--ip-ecn", &job.segment.ip_ecn, 3 },
	{ "--ip-id", &job.segment.ip_id, 0xffff },
	{ "--fragment", &job.segment.fragment, 0x1fff },
	{ "--split", &job.segment.split, PAYLOAD_MAX },
	{ "--icmp", &job.segment.icmp, 0xffff },
	{ "--quote", &job.segment.quote, PAYLOAD_MAX },
	{ "--ext-headers", &job.segment.ext_headers, EXT_HEADERS_MAX },
	{ "--count", &job.count, 1LL << 31 },
	{ "--rate", &job.rate, 1000000 },
	{ "--seq-step", &job.seq_step, sequence },
	{ "--timeout", &job.timeout, 3600000 },
};

static const char usage_text[] =
"usage: inject [OPTION...] SOURCE DESTINATION FLAGS\n"
"       inject --listen [OPTION...] SOURCE DESTINATION FLAGS\n"
"       inject --batch\n"
"Sends a segment, or with --listen waits for one and prints its seq and ack.\n"
"With --batch, reads such command lines and answers each with a line: what it\n"
"prints, else 'ok', or 'failed'.\n"
"  SOURCE, DESTINATION  192.0.2.1:80 or [2001:db8::1]:80\n"
"  FLAGS  letters FSRPAUECN (N = AE, C = CWR), - for none, or 0x and 12 bits\n"
"  --netns NAME         from the network namespace of that name\n"
"  --seq N  --ack N  --window N  --urgent N   fields of the header\n"
"  --reserved N         the three reserved bits\n"
"  --options HEX        octets of options, padded to a word\n"
"  --payload N          octets of payload\n"
"  --doff N             data offset field, in words, true or not\n"
"  --truncate N         the IP packet ends N octets into the TCP header\n"
"  --checksum N         the checksum is wrong by N\n"
"  --ttl N  --ip-ecn N  TTL or hop limit (64), ECN field; of the IP header\n"
"  --ip-id N            IPv4: identification\n"
"  --ip-options HEX     IPv4: octets of options, padded to a word\n"
"  --fragment N         as a later IP fragment, N times 8 octets in\n"
"  --split N            in fragments of N octets\n"
"  --ext-headers N      behind N IPv6 destination options headers\n"
"  --chain LETTERS      behind these IPv6 headers: h hop-by-hop, r routing,\n"
"                       d destination options, f fragment, of all\n"
"  --icmp N             not itself, but an ICMP error about it, back to SOURCE:\n"
"                       its type and code, 0x0301\n"
"  --quote N            with N octets of the TCP in it\n"
"  --count N  --rate N  so many, so many a second\n"
"  --fifo               ahead of every other process (SCHED_FIFO)\n"
"  --seq-step N         what --seq grows by from one to the next\n"
"  --rand-source PREFIX each from another address of PREFIX (192.0.2.0/24)\n"
"  --expect FLAGS       then wait for the answer with exactly these flags and\n"
"                       print its seq and ack\n"
"  --timeout MS         how long to wait (5000)\n";

static void die(const char *what, const char *why)
{
	fprintf(stderr, "inject: %s: %s\n", what, why);
	if (batch)
		longjmp(next_line, 1);
	exit(1);
}

static void usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "inject: %s '%s'\n%s", what, arg, batch ? "" : usage_text);
	if (batch)
		longjmp(next_line, 1);
	exit(2);
}

/* ---- what the command line says ------------------------------------------- */

static struct endpoint endpoint_of(const char *text)
{
	struct endpoint e = { 0 };
	char copy[128], *addr = copy, *colon;

	snprintf(copy, sizeof(copy), "%s", text);
	colon = strrchr(copy, ':');
	if (!colon)
		usage_error("bad endpoint", text);
	*colon = '\0';
	if (*addr == '[' && colon > copy && colon[-1] == ']') {
		addr++;
		colon[-1] = '\0';
	}
	e.family = address_of(addr, e.addr);
	if (e.family == AF_UNSPEC)
		usage_error("bad endpoint", text);
	e.port = (uint16_t)number(colon + 1, 0xffff);
	return e;
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = { 0 };
	unsigned int bits, len;
	char copy[128], *slash;

	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (!slash)
		usage_error("bad prefix", text);
	*slash = '\0';
	prefix.base.family = address_of(copy, prefix.base.addr);
	if (prefix.base.family == AF_UNSPEC)
		usage_error("bad prefix", text);
	bits = (unsigned int)address_len(prefix.base.family) * 8;
	len = (unsigned int)number(slash + 1, bits);
	prefix.host_bits = bits - len < 32 ? bits - len : 32;
	prefix.given = true;
	return prefix;
}

static void enter_netns(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path, strerror(errno));
	close(fd);
}

/* Takes one option with its argument. Those that are not numbers come last. */
static void take_option(const char *name, const char *arg)
{
	size_t i;

	if (!arg)
		usage_error("no value for", name);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!strcmp(name, fields[i].name)) {
			*fields[i].value = number(arg, fields[i].max);
			return;
		}
	}
	if (!strcmp(name, "--netns"))
		enter_netns(arg);
	else if (!strcmp(name, "--options"))
		job.segment.options_len = octets_of(arg, job.segment.options, TCP_OPTIONS_MAX);
	else if (!strcmp(name, "--ip-options"))
		job.segment.ip_options_len = octets_of(arg, job.segment.ip_options,
						       IPV4_OPTIONS_MAX);
	else if (!strcmp(name, "--chain"))
		chain_of(arg, job.segment.chain);
	else if (!strcmp(name, "--rand-source"))
		job.rand_source = prefix_of(arg);
	else if (!strcmp(name, "--expect"))
		job.expect = flags_of(arg);
	else
		usage_error("unknown option", name);
}

static void parse(char **argv)
{
	struct segment *seg = &job.segment;
	const char *words[3];
	int n = 0;

	job = defaults;
	for (; *argv; argv++) {
		if (!strcmp(*argv, "--help")) {
			fputs(usage_text, stdout);
			exit(0);
		} else if (!strcmp(*argv, "--listen")) {
			job.listen = true;
		} else if (!strcmp(*argv, "--fifo")) {
			job.fifo = true;
		} else if (!strncmp(*argv, "--", 2)) {
			take_option(argv[0], argv[1]);
			argv++;
		} else if (n < 3) {
			words[n++] = *argv;
		} else {
			usage_error("one word too many:", *argv);
		}
	}
	if (n < 3)
		usage_error("wants", "SOURCE DESTINATION FLAGS");
	seg->from = endpoint_of(words[0]);
	seg->to = endpoint_of(words[1]);
	seg->flags = flags_of(words[2]);
	if (seg->from.family != seg->to.family ||
	    (job.rand_source.given && job.rand_source.base.family != seg->to.family))
		usage_error("another address family than", words[0]);
}

/* ---- sending ---------------------------------------------------------------- */

/* An odd factor maps 0..2^n-1 onto itself: no address comes twice. */
static void next_source(const struct prefix *prefix, long long i, struct endpoint *from)
{
	const size_t len = address_len(prefix->base.family);
	const uint64_t mask = (1ULL << prefix->host_bits) - 1;
	uint64_t host = ((uint64_t)i * 2654435761UL) & mask;
	size_t at;

	memcpy(from->addr, prefix->base.addr, len);
	for (at = len; host; at--, host >>= 8)
		from->addr[at - 1] |= (uint8_t)host;
}

static void wait_turn(const struct timespec *start, long long i, long long rate)
{
	const long long ns = i * 1000000000 / rate + start->tv_nsec;
	const struct timespec due = {
		.tv_sec = start->tv_sec + ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
		;
}

static void send_packet(int fd, const struct endpoint *dest, const uint8_t *packet, size_t len)
{
	struct sockaddr_storage to = { .ss_family = (sa_family_t)dest->family };
	const bool v4 = dest->family == AF_INET;

	if (v4)
		memcpy(&((struct sockaddr_in *)&to)->sin_addr, dest->addr, 4);
	else
		memcpy(&((struct sockaddr_in6 *)&to)->sin6_addr, dest->addr, 16);
	if (sendto(fd, packet, len, 0, (struct sockaddr *)&to,
		   v4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) < 0)
		die("send", strerror(errno));
}

static void send_fragments(int fd, const struct segment *seg, const uint8_t *packet, size_t len)
{
	static uint8_t fragment[PACKET_MAX];
	size_t at, part;

	for (at = 0; (part = put_fragment(seg, packet, len, at, fragment)) != 0;
	     at += (size_t)seg->split)
		send_packet(fd, &seg->to, fragment, part);
}

static void send_all(void)
{
	static uint8_t packet[PACKET_MAX];
	struct segment *seg = &job.segment;
	const struct endpoint *dest = seg->icmp < 0 ? &seg->to : &seg->from;
	struct timespec start;
	long long i;
	int fd;

	fd = socket(seg->to.family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		die("raw socket", strerror(errno));
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < job.count; i++) {
		size_t len;

		if (job.rand_source.given)
			next_source(&job.rand_source, i, &seg->from);
		if (job.rate)
			wait_turn(&start, i, job.rate);
		len = put_packet(seg, packet);
		if (seg->split)
			send_fragments(fd, seg, packet, len);
		else
			send_packet(fd, dest, packet, len);
		seg->seq += job.seq_step;
	}
	close(fd);
}

/* ---- waiting for an answer --------------------------------------------------- */

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_from(const struct endpoint *e, const uint8_t *addr, const uint8_t *port)
{
	return !memcmp(addr, e->addr, address_len(e->family)) &&
	       (port[0] << 8 | port[1]) == e->port;
}

/* The TCP header of a packet that goes from one endpoint to the other, else NULL. */
static const uint8_t *segment_between(const uint8_t *p, size_t len, const struct endpoint *from,
				      const struct endpoint *to)
{
	const bool v4 = from->family == AF_INET;
	const size_t ip = v4 ? (size_t)(p[0] & 0xf) * 4 : IPV6_HEADER;
	const uint8_t *src = p + (v4 ? 12 : 8);

	if (len < IPV4_HEADER || p[0] >> 4 != (v4 ? 4 : 6) || len < ip + TCP_HEADER)
		return NULL;
	if (p[v4 ? 9 : 6] != IPPROTO_TCP)
		return NULL;
	if (!is_from(from, src, p + ip) ||
	    !is_from(to, src + address_len(to->family), p + ip + 2))
		return NULL;
	return p + ip;
}

static int open_tap(void)
{
	const int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (fd < 0)
		die("packet socket", strerror(errno));
	return fd;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int wait_for(int tap, const struct endpoint *from, const struct endpoint *to,
		    long long flags, long long timeout_ms)
{
	static uint8_t packet[PACKET_MAX];
	const int64_t end = now_ms() + timeout_ms;
	struct pollfd pfd = { .fd = tap, .events = POLLIN };
	int64_t left;

	while ((left = end - now_ms()) > 0) {
		const uint8_t *tcp;
		ssize_t len;

		if (poll(&pfd, 1, (int)left) <= 0)
			continue;
		len = recv(tap, packet, sizeof(packet), 0);
		tcp = len > 0 ? segment_between(packet, (size_t)len, from, to) : NULL;
		if (!tcp || ((tcp[12] & 1) << 8 | tcp[13]) != flags)
			continue;
		printf("%u %u\n", get32(tcp + 4), get32(tcp + 8));
		return 0;
	}
	fprintf(stderr, "inject: nothing of that kind within %lld ms\n", timeout_ms);
	return 1;
}

static int run(char **argv)
{
	const struct segment *seg = &job.segment;
	const struct sched_param first = { .sched_priority = 1 };
	int tap = -1, status = 0;

	parse(argv);
	if (job.fifo && sched_setscheduler(0, SCHED_FIFO, &first))
		die("SCHED_FIFO", strerror(errno));
	if (job.listen || job.expect >= 0)
		tap = open_tap();
	if (!job.listen)
		send_all();
	if (job.listen)
		status = wait_for(tap, &seg->from, &seg->to, seg->flags, job.timeout);
	else if (job.expect >= 0)
		status = wait_for(tap, &seg->to, &seg->from, job.expect, job.timeout);
	if (tap >= 0)
		close(tap);
	return status;
}

/* ---- many from one process ----------------------------------------------------- */

static void run_line(char *line)
{
	char *words[64];
	size_t n = 0;

	for (words[n] = strtok(line, " \t\n"); words[n] && n < 63; words[n] = strtok(NULL, " \t\n"))
		n++;
	words[n] = NULL;
	if (setjmp(next_line) || run(words))
		puts("failed");
	else if (!job.listen && job.expect < 0)
		puts("ok");
	fflush(stdout);
}

/* Between two lines it is where it began, and keeps no other namespace alive. */
static int run_batch(void)
{
	const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	char *line = NULL;
	size_t size = 0;

	batch = true;
	while (getline(&line, &size, stdin) > 0) {
		run_line(line);
		if (setns(home, CLONE_NEWNET))
			return 1;
	}
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--batch"))
		return run_batch();
	return run(argv + 1);
}
