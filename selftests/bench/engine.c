// SPDX-License-Identifier: GPL-2.0
/*
 * Nanoseconds the core takes, without a table or a kernel around it:
 *
 *	unknown    a segment of an established flow: parsed, and found to be nobody's
 *	handshake  SYN, SYN-ACK and ACK with the usual options: parsed and applied
 *
 * One result a line, as in results.tsv: the median of many batches, by the clock of
 * this thread, which stands still while others have the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/handshake.h"
#include "frame.h"

enum {
	PACKETS = 96,		/* different ones; together they stay in the nearest cache */
	ROOM = 128,		/* headers; the core does not look at more */
	ROUNDS = 5000,		/* through all packets, in a batch */
	BATCHES = 41,
};

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
		for (size_t round = 0; round < ROUNDS; round++) {
			for (size_t i = 0; i < PACKETS; i += each_time)
				right += once(i);
		}
		times[batch] = (now_ns() - start) / (ROUNDS * (PACKETS / each_time));
	}
	qsort(times, BATCHES, sizeof(times[0]), compare);
	printf("engine\t%s\t%s\t%.2f\n", subject, unit, times[BATCHES / 2]);
	return right == (u64)BATCHES * ROUNDS * (PACKETS / each_time);
}

int main(void)
{
	bool fine = true;

	for (int v6 = 0; v6 < 2; v6++) {
		make_packets(v6, true);
		fine = measure(v6 ? "unknown IPv6" : "unknown IPv4", "ns/segment", unknown, 1) &&
		       fine;
		make_packets(v6, false);
		fine = measure(v6 ? "handshake IPv6" : "handshake IPv4", "ns/handshake", handshake,
			       3) && fine;
	}
	if (fine)
		return 0;
	fputs("engine: a segment was not what it should be\n", stderr);
	return 1;
}
