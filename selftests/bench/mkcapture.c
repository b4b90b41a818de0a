// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a large capture of connections that go on at the same time, and tells on
 * stdout what is in it:
 *
 *	mkcapture mixed|handshakes PACKETS FILE
 *
 * "mixed" is a link with people behind it: most packets belong to connections that
 * are established, a few to handshakes of all kinds. "handshakes" has nothing but
 * those. Nothing in a capture depends on chance or on PACKETS: of two captures of a
 * kind, the shorter is the beginning of the longer.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

enum {
	AT_ONCE = 512,		/* connections */
	CLIENTS = 4096,
	SERVERS = 300,
	SECOND = 1000000,
	RETRANSMIT = SECOND,	/* RFC 6298: the first timeout */
};

/* What became of the attempts. A captured end may cut any of them short. */
enum count { NONE, NO_SYNACK, NO_ACK, COMPLETED, REFUSED, CLIENT_RESET, SERVER_RESET, COUNTS };

static const char *const count_names[COUNTS] = {
	[NO_SYNACK] = "no_synack", [NO_ACK] = "no_ack", [COMPLETED] = "completed",
	[REFUSED] = "refused", [CLIENT_RESET] = "client_reset", [SERVER_RESET] = "server_reset",
};

enum step {
	END, OPEN, OPEN_AGAIN, ANSWER, ANSWER_AGAIN, CONFIRM, REFUSE, DROP, ABANDON, TALK,
	CLOSE, CLOSE_TOO, LAST,
};

static const struct {
	bool from_client;
	uint8_t flags;
	uint32_t pause_us;	/* at least, since the last one */
	enum count before, after;	/* the attempt moves from the one to the other */
} steps[] = {
	[OPEN] = { true, SYN, 0, NONE, NO_SYNACK },
	[OPEN_AGAIN] = { true, SYN, RETRANSMIT, NONE, NONE },
	[ANSWER] = { false, SYN | ACK, 0, NO_SYNACK, NO_ACK },
	[ANSWER_AGAIN] = { false, SYN | ACK, RETRANSMIT, NONE, NONE },
	[CONFIRM] = { true, ACK, 0, NO_ACK, COMPLETED },
	[REFUSE] = { false, RST | ACK, 0, NO_SYNACK, REFUSED },
	[DROP] = { false, RST | ACK, 0, NO_ACK, SERVER_RESET },
	[ABANDON] = { true, RST, 0, NO_ACK, CLIENT_RESET },
	[TALK] = { true, ACK, 0, NONE, NONE },
	[CLOSE] = { true, FIN | ACK, 0, NONE, NONE },
	[CLOSE_TOO] = { false, FIN | ACK, 0, NONE, NONE },
	[LAST] = { true, ACK, 0, NONE, NONE },
};

/* Of a hundred attempts so many go that way. */
struct way {
	unsigned int share;
	uint8_t steps[9];
};

#define WAYS 8

static const struct way mixed[WAYS] = {
	{ 85, { OPEN, ANSWER, CONFIRM, TALK, CLOSE, CLOSE_TOO, LAST } },
	{ 3, { OPEN, OPEN_AGAIN, ANSWER, CONFIRM, TALK, CLOSE, CLOSE_TOO, LAST } },
	{ 2, { OPEN, ANSWER, ANSWER_AGAIN, CONFIRM, TALK, CLOSE, CLOSE_TOO, LAST } },
	{ 5, { OPEN, REFUSE } },
	{ 2, { OPEN, OPEN_AGAIN, OPEN_AGAIN } },
	{ 1, { OPEN, ANSWER, ANSWER_AGAIN } },
	{ 1, { OPEN, ANSWER, ABANDON } },
	{ 1, { OPEN, ANSWER, DROP } },
};

static const struct way handshakes[WAYS] = {
	{ 80, { OPEN, ANSWER, CONFIRM } },
	{ 2, { OPEN, OPEN_AGAIN, ANSWER, CONFIRM } },
	{ 2, { OPEN, ANSWER, ANSWER_AGAIN, CONFIRM } },
	{ 6, { OPEN, REFUSE } },
	{ 3, { OPEN, OPEN_AGAIN } },
	{ 3, { OPEN, ANSWER } },
	{ 3, { OPEN, ANSWER, ABANDON } },
	{ 1, { OPEN, ANSWER, DROP } },
};

struct connection {
	struct peer client, server;
	bool v6;
	const uint8_t *step;
	unsigned int talk;	/* packets of data and their acknowledgments to come */
	uint64_t due_us;
};

static const struct kind {
	const char *name;
	const struct way *ways;
	uint32_t gap_us;	/* mean, between packets */
} kinds[] = {
	/* Both slow enough that a quarter of the usual file outlasts every attempt in it. */
	{ "mixed", mixed, 300 },
	{ "handshakes", handshakes, 200 },
};

static struct connection connections[AT_ONCE];
static uint64_t counts[COUNTS], attempts, octets;
static uint64_t now_us = 1700000000ULL * SECOND;
static FILE *file;

/* Steele, Lea and Flood 2014: SplitMix64. */
static uint64_t random_bits(void)
{
	static uint64_t state;
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t random_below(uint32_t limit)
{
	return (random_bits() >> 32) * limit >> 32;
}

/* ---- connections ------------------------------------------------------------- */

static void set_address(uint8_t address[16], bool v6, uint8_t net, uint16_t host)
{
	static const uint8_t prefix[] = { 0x20, 0x01, 0x0d, 0xb8 };

	memset(address, 0, 16);
	if (v6)
		memcpy(address, prefix, sizeof(prefix));
	address[v6 ? 4 : 0] = net;
	address[v6 ? 14 : 2] = host >> 8;
	address[v6 ? 15 : 3] = host & 0xff;
}

/* Most talk little and a few a lot. */
static unsigned int random_length(void)
{
	unsigned int length = 16;

	while (length < 16384 && random_bits() & 1)
		length *= 2;
	return length + random_below(length);
}

static const struct way *random_way(const struct way *ways)
{
	unsigned int left = random_below(100);

	while (left >= ways->share)
		left -= ways++->share;
	return ways;
}

/* The tuple of each is its own. */
static void begin(struct connection *connection, const struct way *ways)
{
	static const uint16_t ports[] = { 443, 443, 443, 443, 80, 80, 22, 993, 5432, 8080 };
	static uint32_t number;

	connection->v6 = random_below(100) < 30;
	set_address(connection->client.address, connection->v6, 10, number % CLIENTS);
	set_address(connection->server.address, connection->v6, 172, random_below(SERVERS));
	connection->client.port = 1024 + number / CLIENTS;
	connection->server.port = ports[random_below(sizeof(ports) / sizeof(ports[0]))];
	connection->client.next = random_bits();
	connection->server.next = random_bits();
	connection->step = random_way(ways)->steps;
	connection->talk = random_length();
	connection->due_us = now_us;
	number++;
}

/* When a capture begins, most connections are there already. */
static void begin_all(const struct way *ways)
{
	static const uint8_t established[] = { TALK, CLOSE, CLOSE_TOO, LAST, END };

	for (size_t i = 0; i < AT_ONCE; i++) {
		begin(&connections[i], ways);
		if (ways == mixed && i % 4)
			connections[i].step = established;
	}
}

static struct connection *next_connection(void)
{
	size_t i = random_below(AT_ONCE), tried = 0;

	while (connections[i].due_us > now_us) {
		i = (i + 1) % AT_ONCE;
		if (++tried == AT_ONCE) {
			tried = 0;
			now_us += SECOND / 10;
		}
	}
	return &connections[i];
}

/* ---- packets ----------------------------------------------------------------- */

static void put(const void *p, size_t size)
{
	if (fwrite(p, 1, size, file) != size)
		err(1, "cannot write the capture");
	octets += size;
}

static void write_header(void)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, accuracy, snap, link;
	} header = { 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1 };

	put(&header, sizeof(header));
}

static void write_segment(const struct connection *connection, bool from_client, uint32_t seq,
			  uint8_t flags, size_t payload)
{
	static uint8_t p[FRAME_MAX];
	static uint16_t id;
	const struct frame frame = {
		.v6 = connection->v6,
		.from = from_client ? &connection->client : &connection->server,
		.to = from_client ? &connection->server : &connection->client,
		.seq = seq,
		.id = id++,
		.flags = flags,
		.payload = payload,
		.ms = now_us / 1000,
	};
	const uint32_t size = frame_make(p, &frame);
	const uint32_t record[] = { now_us / SECOND, now_us % SECOND, size, size };

	put(record, sizeof(record));
	put(p, size);
}

/* A server's data, half of it in full segments, the client's, and acknowledgments. */
static void talk(struct connection *connection)
{
	const unsigned int dice = random_below(100);
	const bool from_client = dice >= 60;
	struct peer *from = from_client ? &connection->client : &connection->server;
	size_t payload = 0;

	if (dice < 45)
		payload = FRAME_PAYLOAD_MAX;
	else if (dice < 65)
		payload = 50 + random_below(dice < 60 ? FRAME_PAYLOAD_MAX - 50 : 700);
	write_segment(connection, from_client, from->next - (dice ? 0 : payload),
		      payload ? ACK | PSH : ACK, payload);
	if (dice)	/* 0: one that was lost, again */
		from->next += payload;
}

static void handshake(struct connection *connection, enum step step)
{
	const bool from_client = steps[step].from_client;
	const bool again = step == OPEN_AGAIN || step == ANSWER_AGAIN;
	struct peer *from = from_client ? &connection->client : &connection->server;

	write_segment(connection, from_client, step == REFUSE ? 0 : from->next - again,
		      steps[step].flags, 0);
	if (steps[step].flags & (SYN | FIN) && !again)
		from->next++;
	attempts += step == OPEN;
	counts[steps[step].before]--;
	counts[steps[step].after]++;
}

static void advance(struct connection *connection, const struct way *ways)
{
	if (*connection->step == TALK && connection->talk) {
		connection->talk--;
		talk(connection);
		return;
	}
	if (*connection->step != TALK)
		handshake(connection, *connection->step);
	connection->step++;
	if (*connection->step == END)
		begin(connection, ways);
	else
		connection->due_us = now_us + steps[*connection->step].pause_us;
}

static void write_packets(const struct kind *kind, uint64_t packets)
{
	begin_all(kind->ways);
	while (packets--) {
		struct connection *connection = next_connection();

		if (*connection->step == TALK && !connection->talk)
			connection->step++;
		advance(connection, kind->ways);
		now_us += random_below(2 * kind->gap_us);
	}
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	errx(2, "there is no kind '%s'", name);
}

int main(int argc, char **argv)
{
	const struct kind *kind;
	uint64_t packets;

	if (argc != 4)
		errx(2, "usage: mkcapture mixed|handshakes PACKETS FILE");
	kind = find_kind(argv[1]);
	packets = strtoull(argv[2], NULL, 10);
	file = fopen(argv[3], "w");
	if (!file || setvbuf(file, NULL, _IOFBF, 1 << 20))
		err(1, "%s", argv[3]);
	write_header();
	write_packets(kind, packets);
	if (fclose(file))
		err(1, "%s", argv[3]);
	printf("packets %llu\noctets %llu\nattempts %llu\n", (unsigned long long)packets,
	       (unsigned long long)octets, (unsigned long long)attempts);
	for (int i = NONE + 1; i < COUNTS; i++)
		printf("%s %llu\n", count_names[i], (unsigned long long)counts[i]);
	return 0;
}
