// SPDX-License-Identifier: GPL-2.0
/*
 * Does a flood push genuine handshakes out of the flow table? Twenty seconds of a
 * simulated clock: 100,000 SYNs a second to one service, each of another source, and
 * genuine clients of that service and of another one, a log-normal round trip away.
 * All of it goes through tcpshake_track(), in a table of the default size. Figures are
 * printed; what has to be kept is in flow-table's "survival": all handshakes of the
 * other service, and 99 of 100 of the flooded one. TCPSHAKE_SEED replays.
 */
#include <math.h>

#include "table_test.h"
#include "track.h"

#define SECONDS 20
#define FLOOD_RATE 100000		/* a second */
#define FLOOD_RTT_US 1000		/* until the server's cookie */
#define SERVER_US 100			/* until a genuine client's SYN-ACK */
#define RTT_MEDIAN_US 80000
#define RTT_SIGMA 0.7
#define RTT_MAX_US (10 * SECOND)

enum service {
	FLOODED,
	OTHER,
	SERVICES,
};

static const u32 genuine_rate[SERVICES] = { 200, 2000 };

struct scenario {
	bool answered;		/* the server sends the flood SYN-ACKs */
	u16 owner[SERVICES];	/* the namespace of each service */
};

/*
 * The other service is several, with the flooded one on one host: whichever of them
 * looks like it to a row, for the few bits rows keep of that, it is to lose nothing.
 */
#define FLOODED_PORT 443
static const u16 other_ports[] = { 22, 25, 53, 80, 993, 3306, 6443, 8080 };

/* A genuine client, whose next segment is due. */
struct client {
	u64 due_us;
	u32 number;
	u8 service;
	u8 segment;		/* SYN, SYN-ACK, ACK */
};

struct counts {
	u64 begun;
	u64 completed;
	u64 evicted;
};

struct simulation {
	const struct scenario *scenario;
	struct random random;
	u64 end_us;
	/* what is to come */
	struct client *heap;		/* by time; those that have begun */
	u32 waiting, room;
	u64 next_client_us[SERVICES];
	u32 clients;
	u64 flood_syns, flood_synacks;	/* so far */
	/* what came */
	u8 exit;			/* of the last segment */
	u64 wrong;			/* segments that were not taken for what they are */
	struct counts genuine[SERVICES];
	struct counts flood;
};

static struct simulation *books_of;
static u32 slots_used[NETS + 1];

/* ---- books ------------------------------------------------------------------- */

static bool is_flood(const struct tcpshake_flow *flow)
{
	return flow->client[12] != 10;
}

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *about, const struct tcpshake_segment *seg)
{
	struct simulation *s = books_of;
	const struct tcpshake_flow *flow = &v->ended.flow;

	slots_used[tn->id] += !!v->to - !!v->from;
	if (seg)
		s->exit = v->exit;
	if (v->ended.outcome != TCPSHAKE_OUTCOME_EVICTED)
		return;
	if (is_flood(flow))
		s->flood.evicted++;
	else
		s->genuine[flow->server_port == FLOODED_PORT ? FLOODED : OTHER].evicted++;
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
}

/* As in the module. */
void tcpshake_net_check_quotas(void)
{
	unsigned int owner;

	for (owner = 1; owner <= NETS; owner++)
		nets[owner].over_quota = nets[owner].quota < tcpshake_table_slots() &&
					 slots_used[owner] >= nets[owner].quota;
}

/* ---- segments ---------------------------------------------------------------- */

static void track(struct simulation *s, enum service to, struct tcpshake_segment *seg, u8 expected)
{
	const struct tcpshake_packet packet = { .skb = NULL };

	s->exit = 0;
	local_bh_disable();
	tcpshake_track(&nets[s->scenario->owner[to]], &packet, seg);
	local_bh_enable();
	s->wrong += expected && s->exit != expected;
}

/* The next segment, of SYN, SYN-ACK and ACK, between a client and a server's port. */
static struct tcpshake_segment segment_of(const u8 client[4], u16 port, u16 server_port,
					  unsigned int number)
{
	static const u8 server[4] = { 192, 0, 2, 1 };
	static const u8 options[] = { 2, 4, 5, 180, 1, 3, 3, 7 };
	static const u16 flags[] = { TCPSHAKE_SYN, TCPSHAKE_SYN | TCPSHAKE_ACK, TCPSHAKE_ACK };
	static const u8 classes[] = {
		TCPSHAKE_CLASS_SYN, TCPSHAKE_CLASS_SYNACK, TCPSHAKE_CLASS_ACK,
	};
	const u32 x = port * 65539u + client[3], y = x ^ 0x5a5a5a5a;
	const bool back = number == 1;
	struct tcpshake_segment seg = {
		.src_port = back ? server_port : port,
		.dst_port = back ? port : server_port,
		.seq = back ? y : x + (number == 2),
		.ack = back ? x + 1 : number ? y + 1 : 0,
		.window = 64240,
		.flags = flags[number],
		.class = classes[number],
		.ttl = 64,
		.options = options,
		.options_len = number < 2 ? sizeof(options) : 0,
	};

	tcpshake_addr_from_v4(back ? seg.dst : seg.src, client);
	tcpshake_addr_from_v4(back ? seg.src : seg.dst, server);
	return seg;
}

/* The nth source of the flood; all are different. */
static struct tcpshake_segment flood_segment(u64 n, unsigned int number)
{
	const u32 address = 172u << 24 | ((u32)n & 0xffffff);
	const u8 client[4] = { address >> 24, address >> 16, address >> 8, address };

	return segment_of(client, 1024 + (n * 40503 >> 8) % 64000, FLOODED_PORT, number);
}

static struct tcpshake_segment client_segment(const struct client *c)
{
	const u32 n = c->number;
	const u8 client[4] = { 10, n >> 16, n >> 8, n };

	return segment_of(client, 32768 + n % 28000, c->service == FLOODED ? FLOODED_PORT :
			  other_ports[n % ARRAY_SIZE(other_ports)], c->segment);
}

/* ---- genuine clients --------------------------------------------------------- */

static double uniform(struct random *r)
{
	return ((pick(r) >> 11) + 1) / 9007199254740993.0;
}

static u64 round_trip_us(struct random *r)
{
	const double normal = sqrt(-2 * log(uniform(r))) * cos(2 * M_PI * uniform(r));
	const double us = RTT_MEDIAN_US * exp(RTT_SIGMA * normal);

	return us < RTT_MAX_US ? (u64)us : RTT_MAX_US;
}

static void swap_clients(struct client *a, struct client *b)
{
	const struct client c = *a;

	*a = *b;
	*b = c;
}

static bool wait_for(struct simulation *s, struct client c)
{
	u32 i = s->waiting;

	if (i == s->room) {
		s->room = 2 * s->room + 1024;
		s->heap = realloc(s->heap, s->room * sizeof(*s->heap));
		if (!s->heap)
			return false;
	}
	s->heap[s->waiting++] = c;
	for (; i && s->heap[(i - 1) / 2].due_us > s->heap[i].due_us; i = (i - 1) / 2)
		swap_clients(&s->heap[(i - 1) / 2], &s->heap[i]);
	return true;
}

static struct client take_first(struct simulation *s)
{
	const struct client first = s->heap[0];
	u32 i = 0, child;

	s->heap[0] = s->heap[--s->waiting];
	for (; (child = 2 * i + 1) < s->waiting; i = child) {
		if (child + 1 < s->waiting && s->heap[child + 1].due_us < s->heap[child].due_us)
			child++;
		if (s->heap[i].due_us <= s->heap[child].due_us)
			break;
		swap_clients(&s->heap[i], &s->heap[child]);
	}
	return first;
}

static bool begin_client(struct simulation *s, enum service service)
{
	const struct client c = {
		.due_us = s->next_client_us[service], .number = s->clients++, .service = service,
	};

	s->next_client_us[service] += -log(uniform(&s->random)) * SECOND / genuine_rate[service];
	return wait_for(s, c);
}

/* The client's next segment. A SYN-ACK that finds no attempt is no fault of the segment. */
static bool go_on_with_client(struct simulation *s)
{
	struct client c = take_first(s);
	struct tcpshake_segment seg = client_segment(&c);

	if (c.segment == 0)
		s->genuine[c.service].begun++;
	track(s, c.service, &seg, c.segment == 0 ? TCPSHAKE_EXIT_NEW_ATTEMPT : 0);
	if (c.segment == 2) {
		s->genuine[c.service].completed += s->exit == TCPSHAKE_EXIT_COMPLETING;
		return true;
	}
	c.due_us += c.segment ? round_trip_us(&s->random) : SERVER_US;
	c.segment++;
	return wait_for(s, c);
}

/* ---- all of it --------------------------------------------------------------- */

static u64 flood_us(u64 n)
{
	return n * SECOND / FLOOD_RATE;
}

static void flood_syn(struct simulation *s)
{
	struct tcpshake_segment seg = flood_segment(s->flood_syns++, 0);

	s->flood.begun++;
	track(s, FLOODED, &seg, TCPSHAKE_EXIT_NEW_ATTEMPT);
}

static void flood_synack(struct simulation *s)
{
	struct tcpshake_segment seg = flood_segment(s->flood_synacks++, 1);

	seg.hints = TCPSHAKE_HINT_UNOWNED;
	track(s, FLOODED, &seg, 0);
}

/* Whatever is next. Clients that began before the end are waited for, under the same flood. */
static bool go_on(struct simulation *s, bool *over)
{
	const u64 base_us = s->end_us - SECONDS * SECOND;
	const u64 syn_us = base_us + flood_us(s->flood_syns);
	const u64 synack_us = s->scenario->answered ?
				      base_us + flood_us(s->flood_synacks) + FLOOD_RTT_US : ~0ull;
	const u64 client_us = s->waiting ? s->heap[0].due_us : ~0ull;
	const u64 first_us = min(min(syn_us, synack_us), client_us);
	unsigned int i;

	for (i = 0; i < SERVICES; i++)
		if (s->next_client_us[i] < s->end_us && s->next_client_us[i] <= first_us)
			return begin_client(s, i);
	if (first_us >= s->end_us && !s->waiting) {
		*over = true;
		return true;
	}
	if (first_us > now_us())
		pass_time(first_us - now_us());
	if (client_us == first_us)
		return go_on_with_client(s);
	if (synack_us == first_us)
		flood_synack(s);
	else
		flood_syn(s);
	return true;
}

static double percent(u64 part, u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void report(struct __test_metadata *_metadata, const struct simulation *s)
{
	static const char * const names[] = { "flooded", "other" };
	unsigned int i;

	TH_LOG("flood: %llu SYNs, %llu of them evicted (%.2f %%)",
	       (unsigned long long)s->flood.begun, (unsigned long long)s->flood.evicted,
	       percent(s->flood.evicted, s->flood.begun));
	for (i = 0; i < SERVICES; i++) {
		const struct counts *c = &s->genuine[i];

		TH_LOG("genuine, %s service: %llu handshakes, %llu lost (%.3f %% kept), %llu evicted",
		       names[i], (unsigned long long)c->begun,
		       (unsigned long long)(c->begun - c->completed),
		       percent(c->completed, c->begun), (unsigned long long)c->evicted);
	}
}

static void simulate(struct __test_metadata *_metadata, const struct scenario *scenario,
		     struct simulation *s)
{
	bool over = false;
	size_t allocated;

	*s = (struct simulation){ .scenario = scenario, .random = seeded(_metadata) };
	shim_now_ns = 1000 * SECOND;
	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_DEFAULT));
	nets_init(2);
	nets[2].quota /= 16;
	memset(slots_used, 0, sizeof(slots_used));
	books_of = s;
	s->end_us = now_us() + SECONDS * SECOND;
	s->next_client_us[FLOODED] = now_us();
	s->next_client_us[OTHER] = now_us();
	allocated = shim_allocated();
	while (!over)
		ASSERT_TRUE(go_on(s, &over));
	report(_metadata, s);
	EXPECT_EQ(allocated, shim_allocated());
	EXPECT_EQ(0, s->wrong);
	EXPECT_LE((u64)SECONDS * FLOOD_RATE, s->flood.begun);
	EXPECT_LE((u64)SECONDS * genuine_rate[OTHER] * 9 / 10, s->genuine[OTHER].begun);
	EXPECT_LE((u64)SECONDS * genuine_rate[FLOODED] * 9 / 10, s->genuine[FLOODED].begun);
	tcpshake_table_exit();
	free(s->heap);
}

static void expect_survival(struct __test_metadata *_metadata, const struct simulation *s)
{
	const struct counts *flooded = &s->genuine[FLOODED];

	EXPECT_EQ(s->genuine[OTHER].begun, s->genuine[OTHER].completed);
	EXPECT_LE(flooded->begun * 99, flooded->completed * 100);
}

TEST(answered_flood)
{
	struct simulation s;

	simulate(_metadata, &(struct scenario){ .answered = true, .owner = { 1, 1 } }, &s);
	EXPECT_LT(s.flood.begun / 2, s.flood.evicted);	/* the table was full */
	expect_survival(_metadata, &s);
}

TEST(unanswered_flood)
{
	struct simulation s;

	simulate(_metadata, &(struct scenario){ .owner = { 1, 1 } }, &s);
	EXPECT_LT(s.flood.begun / 2, s.flood.evicted);
	expect_survival(_metadata, &s);
}

/* The flood has no more than its quota; its own genuine clients share its fate. */
TEST(flood_of_another_namespace)
{
	struct simulation s;

	simulate(_metadata, &(struct scenario){ .answered = true, .owner = { 2, 1 } }, &s);
	EXPECT_LT(s.flood.begun / 2, s.flood.evicted);
	EXPECT_EQ(s.genuine[OTHER].begun, s.genuine[OTHER].completed);
}

TEST_HARNESS_MAIN
