// SPDX-License-Identifier: GPL-2.0
/*
 * What random calls of the flow table seldom meet: its hash, tags that are the same in
 * two namespaces, and its memory. The model is in table_model_test.c.
 */
#include <linux/siphash.h>

#include "table_test.h"

void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_segment *seg)
{
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
}

void tcpshake_net_check_quotas(void)
{
}

/* The kernel's own vectors of hsiphash on 64 bits: the shim's tables are spread as the module's. */
TEST(shim_hashes_as_the_kernel)
{
	static const struct {
		u8 octets;
		u32 hash;
	} vectors[] = {
		{ 0, 0x050fc4dc }, { 1, 0x7d57ca93 }, { 7, 0x9bb11140 }, { 8, 0x8d299a8e },
		{ 15, 0x2a519956 }, { 16, 0x7d908b66 },
	};
	const hsiphash_key_t key = { { 0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull } };
	u8 in[16];
	u32 i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = i;
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		EXPECT_EQ(vectors[i].hash, hsiphash(in, vectors[i].octets, &key));
	EXPECT_EQ(0x7d908b66, hsiphash_4u32(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, &key));
}

/* Whatever is other with a tuple, its hash is; and all of them, after the next load. */
TEST(hash_of_all_there_is)
{
	unsigned int i, j;
	u32 first;

	nets_init(2);
	for (i = 0; i < 2; i++) {
		const struct tuple t = tuple_of(i ? 7 : 1, 1, 0);	/* IPv4, IPv6 */
		struct tuple others[] = { t, t, t, t, t, t };

		ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
		first = tcpshake_table_hash(&nets[1], &t.seg, 0);
		EXPECT_EQ(first, tcpshake_table_hash(&nets[1], &t.back, 0));
		others[0].seg.src[15]++;
		others[1].seg.dst[13]++;
		others[2].seg.src_port++;
		others[3].seg.dst_port++;
		others[4].owner = 2;
		others[5].domain = 1;
		for (j = 0; j < ARRAY_SIZE(others); j++)
			EXPECT_NE(first, tcpshake_table_hash(&nets[others[j].owner], &others[j].seg,
							     others[j].domain))
				TH_LOG("IPv%c, difference %u", i ? '6' : '4', j);
		tcpshake_table_exit();
		ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
		EXPECT_NE(first, tcpshake_table_hash(&nets[1], &t.seg, 0));
		tcpshake_table_exit();
	}
}

/* A flow of the tuple beside those there are. Return: how many of its flows the table knows. */
static unsigned int open_another(const struct tuple *t)
{
	struct tcpshake_tuple tuple;
	struct tcpshake_flow *flow;
	unsigned int way, count;

	local_bh_disable();
	tcpshake_table_enter(&nets[t->owner], t->hash, &t->seg, true, &tuple);
	if (tcpshake_table_claim(&tuple, now_us(), false, &way)) {
		flow = tcpshake_table_flow(&tuple, way);
		memset(flow, 0, sizeof(*flow));
		memcpy(flow->client, t->seg.src, sizeof(flow->client));
		memcpy(flow->server, t->seg.dst, sizeof(flow->server));
		flow->client_port = t->seg.src_port;
		flow->server_port = t->seg.dst_port;
		flow->syn_us = (u32)now_us();
		flow->owner = t->owner;
		flow->state = TCPSHAKE_STATE_HALF_OPEN_SYN;
		tcpshake_table_commit(&tuple, way, flow->state);
	}
	count = hweight16(tuple.ways);
	tcpshake_table_leave(&tuple);
	local_bh_enable();
	return count;
}

/* Where even the tag is the same, the owner tells whose a flow is. */
TEST(same_tag_in_another_namespace)
{
	struct random random = seeded(_metadata);
	struct tuple one, two;
	u32 number;

	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_WAYS));	/* a single row */
	nets_init(2);
	do {
		number = pick_below(&random, 1u << 24);
		one = tuple_of(number, 1, 0);
		two = tuple_of(number, 2, 0);
	} while (tag_of(one.hash) != tag_of(two.hash));
	EXPECT_EQ(1, open_another(&one));
	EXPECT_EQ(1, open_another(&two));
	EXPECT_EQ(2, open_another(&one));
	tcpshake_table_exit();
}

/* As many slots as are asked for, for as much as is said, whatever comes; or nothing at all. */
TEST(memory)
{
	static const u32 sizes[] = { TCPSHAKE_SLOTS_MIN, TCPSHAKE_SLOTS_DEFAULT, 1000000 };
	size_t allocated;
	unsigned int nth;
	u32 i, flow;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, tcpshake_table_init(sizes[i]));
		nets_init(1);
		allocated = shim_allocated();
		EXPECT_LE(sizes[i], tcpshake_table_slots());
		/* rows and groups of rows are whole */
		EXPECT_LE(allocated, (size_t)(sizes[i] + 300) * TCPSHAKE_SLOT_OCTETS);
		TH_LOG("%u slots: %zu octets, %.2f each", tcpshake_table_slots(), allocated,
		       (double)allocated / tcpshake_table_slots());
		for (flow = 0; flow < 3 * TCPSHAKE_SLOTS_MIN; flow++) {
			const struct tuple t = tuple_of(flow, 1, 0);

			ASSERT_EQ(1, open_another(&t));
		}
		EXPECT_EQ(allocated, shim_allocated());
		tcpshake_table_exit();
		EXPECT_EQ(0, shim_allocated());
		EXPECT_EQ(U64_MAX, shim_next_work_ns());
	}
	for (nth = 1; shim_fail_allocation(nth), tcpshake_table_init(TCPSHAKE_SLOTS_MIN); nth++)
		EXPECT_EQ(0, shim_allocated());
	EXPECT_LT(1, nth);
	shim_fail_allocation(0);
	tcpshake_table_exit();
	EXPECT_EQ(0, shim_allocated());
}

TEST_HARNESS_MAIN
