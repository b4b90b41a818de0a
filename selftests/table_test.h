/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the tests of the flow table: random numbers that can be had again, namespaces,
 * a clock, and endpoints. Included once in a program, which keeps the books.
 */
#ifndef TCPSHAKE_SELFTESTS_TABLE_TEST_H
#define TCPSHAKE_SELFTESTS_TABLE_TEST_H

#include "kselftest_harness.h"

#include "counters.h"
#include "shim.h"
#include "table.h"

/* These tests have more to do than most, and the machine may be busy. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 150

#define DEFAULT_SEED 20261124
#define SECOND 1000000ull	/* in us, as all times here */
#define NETS 4

/* ---- random numbers ---------------------------------------------------------- */

struct random {
	u64 state;
};

static inline u64 pick(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

static inline u32 pick_below(struct random *r, u32 limit)
{
	return reciprocal_scale((u32)(pick(r) >> 32), limit);
}

/* TCPSHAKE_SEED in the environment replays. */
static inline struct random seeded(struct __test_metadata *_metadata)
{
	const char *seed = getenv("TCPSHAKE_SEED");
	struct random r = { seed ? strtoull(seed, NULL, 0) : DEFAULT_SEED };

	if (!r.state)
		r.state = DEFAULT_SEED;
	TH_LOG("TCPSHAKE_SEED=%llu", (unsigned long long)r.state);
	shim_seed(r.state);
	return r;
}

/* ---- namespaces -------------------------------------------------------------- */

static struct tcpshake_net nets[NETS + 1];	/* by id; 0: none */

struct tcpshake_net *tcpshake_net_by_id(u16 id)
{
	return id && id <= NETS && nets[id].id ? &nets[id] : NULL;
}

/* As the module's are at load, and without a period of grace. */
static inline void nets_init(unsigned int count)
{
	const struct tcpshake_config config = { 75000, 75000, 140000, 3000, 0 };
	unsigned int i;

	memset(nets, 0, sizeof(nets));
	for (i = 1; i <= count; i++) {
		nets[i].id = i;
		nets[i].quota = tcpshake_table_slots();
		nets[i].config = config;
	}
}

/* ---- time -------------------------------------------------------------------- */

static inline u64 now_us(void)
{
	return tcpshake_now_us();
}

/* Work is done in its time. Return: there was some. */
static inline bool pass_time(u64 us)
{
	const u64 until_ns = shim_now_ns + us * 1000;
	bool worked = false;

	for (; shim_next_work_ns() <= until_ns; worked = true) {
		WRITE_ONCE(shim_now_ns, max(shim_now_ns, shim_next_work_ns()));
		shim_run_work();
	}
	WRITE_ONCE(shim_now_ns, until_ns);
	return worked;
}

/* To the next piece of work, and that. */
static inline void pass_to_work(void)
{
	pass_time((shim_next_work_ns() - shim_now_ns) / 1000 + 1);
}

/* ---- endpoints --------------------------------------------------------------- */

struct tuple {
	struct tcpshake_segment seg;	/* from the client */
	struct tcpshake_segment back;	/* from the server */
	u32 domain;
	u32 hash;
	u16 owner;
};

/* Where the table keeps what has this hash: the one thing here that is not in table.h. */
static inline u32 row_of(u32 hash)
{
	return reciprocal_scale(hash, tcpshake_table_rows());
}

static inline u32 tag_of(u32 hash)
{
	return hash & 0xffff;
}

/* A third is for one service, a third for a few, the others for any of many. */
static inline u32 service_of(u32 number)
{
	const u32 n = number / 3;

	return number % 3 == 0 ? 0 : number % 3 == 1 ? n % 5 : n % 1757;
}

/*
 * Every number makes other endpoints. One in eight is of IPv6; of each family some have
 * the same port at both ends, some the same address, and some both.
 */
static inline struct tcpshake_segment endpoints_of(u32 number)
{
	const u32 service = service_of(number);
	const u8 v4[2][4] = {
		{ 10, number >> 16, number >> 8, number },
		{ 192, 0, 2, service % 251 },
	};
	struct tcpshake_segment seg = {
		.src_port = 1024 + number % 60000,
		.dst_port = 1 + service % 7,
		.window = 1000,
		.flags = TCPSHAKE_SYN,
		.class = TCPSHAKE_CLASS_SYN,
		.ttl = 64,
	};

	if (number % 8 == 7) {
		memcpy(seg.src, "\x20\x01\x0d\xb8", 4);
		memcpy(seg.dst, "\x20\x01\x0d\xb8", 4);
		memcpy(seg.src + 12, v4[0], 4);
		seg.dst[15] = v4[1][3];
	} else {
		tcpshake_addr_from_v4(seg.src, v4[0]);
		tcpshake_addr_from_v4(seg.dst, v4[1]);
	}
	if (number % 32 >= 30)
		memcpy(seg.dst, seg.src, sizeof(seg.dst));
	if (number % 64 >= 62 || number % 16 == 7 || number % 16 == 8)
		seg.dst_port = seg.src_port;
	return seg;
}

/* The same number again is the same endpoints in another namespace or domain. */
static inline struct tuple tuple_of(u32 number, u16 owner, u32 domain)
{
	struct tuple t = { .seg = endpoints_of(number), .owner = owner, .domain = domain };

	t.back = t.seg;
	memcpy(t.back.src, t.seg.dst, sizeof(t.back.src));
	memcpy(t.back.dst, t.seg.src, sizeof(t.back.dst));
	t.back.src_port = t.seg.dst_port;
	t.back.dst_port = t.seg.src_port;
	t.hash = tcpshake_table_hash(&nets[owner], &t.seg, domain);
	return t;
}

/* A flow of the tuple that has just been seen, in no other respect than state remarkable. */
static inline struct tcpshake_flow flow_of(const struct tuple *t, u8 state)
{
	struct tcpshake_flow flow = {
		.client_port = t->seg.src_port,
		.server_port = t->seg.dst_port,
		.syn_us = (u32)now_us(),
		.owner = t->owner,
		.state = state,
		.syn_count = 1,
	};

	memcpy(flow.client, t->seg.src, sizeof(flow.client));
	memcpy(flow.server, t->seg.dst, sizeof(flow.server));
	return flow;
}

#endif /* TCPSHAKE_SELFTESTS_TABLE_TEST_H */
