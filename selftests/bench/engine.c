// SPDX-License-Identifier: GPL-2.0
/*
 * Nanoseconds the core takes, without a table or a kernel around it:
 *
 *	unknown    a segment of an established flow: parsed, and found to be nobody's
 *	handshake  SYN, SYN-ACK and ACK with the usual options: parsed and applied
 *	detector   what a SYN costs besides, for its service: found among a thousand, counted;
 *	           "looked at": and its sender, as while there is a flood
 *
 * One result a line, as in results.tsv: the median of many batches, by the clock of
 * this thread, which stands still while others have the processor. engine ROUNDS: of so
 * many rounds each, where time is dear.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/handshake.h"
#include "core/service.h"
#include "frame.h"

enum {
	PACKETS = 96,		/* different ones; together they stay in the nearest cache */
	ROOM = 128,		/* headers; the core does not look at more */
	BATCHES = 41,
};

static size_t rounds = 5000;	/* through all packets, in a batch */

static struct {
	u8 headers[ROOM];
	size_t captured, length;
} packets[PACKETS];

/* ---- what is measured: all that knows the core's functions -------------------- */

static u64 unknown(size_t i)
{
	struct tcpshake_verdict v;
	struct tcpshake_segment seg;

	if (tcpshake_segment_parse(packets[i].headers, packets[i].captured, packets[i].length,
				   0, &seg) != TCPSHAKE_PARSE_SEGMENT)
		return 0;
	tcpshake_handshake_unknown(&seg, &v);
	return v.exit != 0 && !v.ended.outcome;
}

static u64 handshake(size_t i)
{
	struct tcpshake_segment seg[3];
	struct tcpshake_details details;
	struct tcpshake_flow flow = { .owner = 0 };
	struct tcpshake_verdict v;

	for (size_t n = 0; n < 3; n++) {
		if (tcpshake_segment_parse(packets[i + n].headers, packets[i + n].captured,
					   packets[i + n].length, 0,
					   &seg[n]) != TCPSHAKE_PARSE_SEGMENT)
			return 0;
		if (n)
			tcpshake_handshake_step(&flow, &details, &seg[n], n * 1000, &v);
		else
			tcpshake_handshake_open(&flow, &details, &seg[n], 0, NULL, &v);
	}
	return v.ended.outcome == TCPSHAKE_OUTCOME_COMPLETED;
}

/* ---- the detector's part, as in module/service.c ---- */

enum { RECORDS = 1024 };

static u16 tags[RECORDS] __attribute__((aligned(8)));
static u8 wanted[RECORDS / TCPSHAKE_SERVICE_WAYS];
static struct tcpshake_service records[RECORDS], space;
static struct tcpshake_cohorts pages[RECORDS + 1];
static struct tcpshake_watch groups[RECORDS / 4];
static struct tcpshake_forensics forensics;
static struct tcpshake_services services = {
	.tags = tags, .wanted = wanted, .records = records,
	.rows = RECORDS / TCPSHAKE_SERVICE_WAYS, .groups = groups, .ngroups = RECORDS / 4,
	.cpus = 1,
	.keys = { 0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0xd3a2646c, 1, 1 },
};

static struct tcpshake_segment syns[PACKETS];
static struct tcpshake_flow flows[PACKETS];	/* theirs, as the table has them */

static void flow_of(const struct tcpshake_segment *seg, struct tcpshake_flow *flow)
{
	memcpy(flow->server, seg->dst, sizeof(flow->server));
	flow->server_port = seg->dst_port;
	flow->syn_us = 1000;
}

/* Half of the records are others'; each segment goes to one of 32 services. */
static void make_services(void)
{
	struct tcpshake_service_key key = { .owner = 1 };

	memset(tags, 0, sizeof(tags));
	memset(records, 0, sizeof(records));
	memset(groups, 0, sizeof(groups));
	memset(&space, 0, sizeof(space));
	services.spaces = NULL;
	space.pages = &pages[RECORDS];
	for (u32 i = 0; i < RECORDS; i++)
		records[i].pages = &pages[i];
	tcpshake_services_add_space(&services, &space, 1);
	for (u32 i = 0; i < PACKETS; i++) {
		tcpshake_segment_parse(packets[i].headers, packets[i].captured, packets[i].length,
				       0, &syns[i]);
		syns[i].dst_port = (u16)(443 + i % 32);
		memcpy(key.addr, syns[i].dst, sizeof(key.addr));
		key.port = syns[i].dst_port;
		tcpshake_services_claim(&services, &key, &space, 0);
		flow_of(&syns[i], &flows[i]);
	}
	for (u32 i = 0; i < RECORDS / 2; i++) {
		key.port = (u16)(1000 + i);
		tcpshake_services_claim(&services, &key, &space, 0);
	}
	tcpshake_forensics_init(&forensics);
}

static u64 detect(size_t i)
{
	const struct tcpshake_flow *flow = &flows[i];
	struct tcpshake_service_key key;
	struct tcpshake_service *service;

	memcpy(key.addr, flow->server, sizeof(key.addr));
	key.port = flow->server_port;
	key.owner = 1;
	service = tcpshake_services_find(&services, &key);
	if (!service || !tcpshake_service_has(service, flow->syn_us))
		return 0;
	tcpshake_cohort_note(service->pages, flow, TCPSHAKE_EXIT_NEW_ATTEMPT);
	if (!tcpshake_read_once(service->touched))
		service->touched = 1;
	return 1;
}

static u64 detect_closely(size_t i)
{
	syns[i].src[15]++;
	tcpshake_forensics_add(&forensics, &syns[i], 42);
	return detect(i);
}

/* ---- packets ----------------------------------------------------------------- */

static void make_packet(size_t i, const struct frame *frame)
{
	u8 p[FRAME_MAX];

	packets[i].length = frame_make(p, frame) - FRAME_LINK;
	packets[i].captured = packets[i].length < ROOM ? packets[i].length : ROOM;
	memcpy(packets[i].headers, p + FRAME_LINK, packets[i].captured);
}

/* Every three of them are of one flow. */
static void make_packets(bool v6, bool established)
{
	static const u8 flags[] = { SYN, SYN | ACK, ACK };

	for (size_t i = 0; i < PACKETS; i++) {
		const u32 number = i / 3, n = i % 3;
		struct peer client = { { 10, 0, 0, number }, 40000 + number, 1000 * number };
		struct peer server = { { 192, 0, 2, 1 }, 443, 77000 * number };
		struct frame frame = { .v6 = v6, .from = &client, .to = &server, .ms = i };

		if (n == 1) {
			frame.from = &server;
			frame.to = &client;
		}
		client.next += n > 0;
		server.next += n > 1;
		frame.seq = frame.from->next;
		frame.flags = established ? ACK : flags[n];
		frame.payload = established && n == 1 ? FRAME_PAYLOAD_MAX : 0;
		make_packet(i, &frame);
	}
}

/* ---- time -------------------------------------------------------------------- */

static double now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Takes packets each_time by each_time. False when one was not as it should be. */
static bool measure(const char *subject, const char *unit, u64 (*once)(size_t i), size_t each_time)
{
	double times[BATCHES], start;
	u64 right = 0;

	for (size_t batch = 0; batch < BATCHES; batch++) {
		start = now_ns();
		for (size_t round = 0; round < rounds; round++) {
			for (size_t i = 0; i < PACKETS; i += each_time)
				right += once(i);
		}
		times[batch] = (now_ns() - start) / ((double)rounds * (PACKETS / each_time));
	}
	qsort(times, BATCHES, sizeof(times[0]), compare);
	printf("engine\t%s\t%s\t%.2f\n", subject, unit, times[BATCHES / 2]);
	return right == (u64)BATCHES * rounds * (PACKETS / each_time);
}

int main(int argc, char **argv)
{
	bool fine = true;

	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 10);
	for (int v6 = 0; v6 < 2; v6++) {
		make_packets(v6, true);
		fine = measure(v6 ? "unknown IPv6" : "unknown IPv4", "ns/segment", unknown, 1) &&
		       fine;
		make_packets(v6, false);
		fine = measure(v6 ? "handshake IPv6" : "handshake IPv4", "ns/handshake", handshake,
			       3) && fine;
		make_packets(v6, true);
		make_services();
		fine = measure(v6 ? "detector IPv6" : "detector IPv4", "ns/SYN", detect, 1) &&
		       fine;
		fine = measure(v6 ? "detector IPv6, looked at" : "detector IPv4, looked at",
			       "ns/SYN", detect_closely, 1) && fine;
	}
	if (fine)
		return 0;
	fputs("engine: a segment was not what it should be\n", stderr);
	return 1;
}
