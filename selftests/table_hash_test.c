// SPDX-License-Identifier: GPL-2.0
/*
 * Where the flow table keeps what: its hash, by which both directions of a connection
 * have to be found, and nothing else with them; how much memory all of it takes.
 */
#include <linux/siphash.h>

#include "row.h"
#include "table_test.h"

enum { SAMPLES = 20000 };

/* Nothing here ends. */
void tcpshake_book(struct tcpshake_net *tn, const struct tcpshake_verdict *v,
		   const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
}

void tcpshake_book_forgotten(struct tcpshake_net *tn)
{
}

void tcpshake_net_check_quotas(void)
{
}

/* ---- hash -------------------------------------------------------------------- */

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
	EXPECT_EQ(hsiphash(in, 12, &key), hsiphash_3u32(0x03020100, 0x07060504, 0x0b0a0908, &key));
	EXPECT_EQ(0x7d908b66, hsiphash_4u32(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, &key));
}

enum family {
	V4,
	V6,
	MAPPED_SOURCE,		/* IPv4 in IPv6's clothes, but one side only */
	MAPPED_DESTINATION,
	FAMILIES,
};

/* Endpoints that differ much or little; now and then one address has both, or all is the same. */
static struct tcpshake_segment random_endpoints(struct random *r, enum family family)
{
	struct tcpshake_segment seg = { .src_port = pick(r), .dst_port = pick(r) };
	const u64 words[4] = { pick(r), pick(r), pick(r), pick(r) };
	const u8 * const octets = (const u8 *)words;

	memcpy(seg.src, octets, sizeof(seg.src));
	memcpy(seg.dst, octets + (pick(r) % 2 ? 16 : 0), sizeof(seg.dst));
	seg.src[pick(r) % 16] ^= pick(r) % 3;
	seg.src[0] |= 1;
	seg.dst[0] |= 1;
	if (family == V4 || family == MAPPED_SOURCE)
		tcpshake_addr_from_v4(seg.src, octets + 12);
	if (family == V4 || family == MAPPED_DESTINATION)
		tcpshake_addr_from_v4(seg.dst, octets + (pick(r) % 2 ? 12 : 28));
	if (pick(r) % 4 == 0)
		seg.dst_port = seg.src_port;
	return seg;
}

static struct tcpshake_segment reversed(const struct tcpshake_segment *seg)
{
	struct tcpshake_segment back = *seg;

	memcpy(back.src, seg->dst, sizeof(back.src));
	memcpy(back.dst, seg->src, sizeof(back.dst));
	back.src_port = seg->dst_port;
	back.dst_port = seg->src_port;
	return back;
}

/* What the next function finds on the stack where it has written nothing yet. */
static noinline void soil_stack(u8 with)
{
	u8 soil[4096];

	memset(soil, with, sizeof(soil));
	__asm__ __volatile__("" : : "r" (soil) : "memory");
}

FIXTURE(hash) {
	struct random random;
};

FIXTURE_SETUP(hash)
{
	self->random = seeded(_metadata);
	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
	nets_init(NETS);
}

FIXTURE_TEARDOWN(hash)
{
	tcpshake_table_exit();
}

TEST_F(hash, both_directions_alike)
{
	u32 i;

	for (i = 0; i < SAMPLES; i++) {
		const struct tcpshake_segment seg = random_endpoints(&self->random, i % FAMILIES);
		const struct tcpshake_segment back = reversed(&seg);
		const u32 domain = i % 3 ? 0 : i;

		ASSERT_EQ(tcpshake_table_hash(&nets[1], &seg, domain),
			  tcpshake_table_hash(&nets[1], &back, domain))
			TH_LOG("sample %u", i);
	}
}

/* Whatever else is in memory. */
TEST_F(hash, the_same_again)
{
	u32 i, first;

	for (i = 0; i < SAMPLES; i++) {
		const struct tcpshake_segment seg = random_endpoints(&self->random, i % FAMILIES);

		soil_stack(i);
		first = tcpshake_table_hash(&nets[1], &seg, 0);
		soil_stack(~i);
		ASSERT_EQ(first, tcpshake_table_hash(&nets[1], &seg, 0))
			TH_LOG("sample %u", i);
	}
}

/* Of a packet as the shortcut sees it, which has its octets. */
static noinline u32 hash_of_packet(const struct tcpshake_segment *seg, u32 domain)
{
	const u8 octets[4] = {
		seg->src_port >> 8, seg->src_port, seg->dst_port >> 8, seg->dst_port,
	};
	const u32 where = tcpshake_hash_where(&nets[1], domain);
	u32 ports, src, dst;

	memcpy(&ports, octets, sizeof(ports));
	if (!tcpshake_addr_is_v4(seg->src) || !tcpshake_addr_is_v4(seg->dst))
		return tcpshake_hash_v6(where, seg->src, seg->dst, ports);
	memcpy(&src, seg->src + 12, sizeof(src));
	memcpy(&dst, seg->dst + 12, sizeof(dst));
	return tcpshake_hash_v4(where, src, dst, ports);
}

TEST_F(hash, of_packets_and_segments_alike)
{
	u32 i;

	for (i = 0; i < SAMPLES; i++) {
		const struct tcpshake_segment seg = random_endpoints(&self->random, i % FAMILIES);

		ASSERT_EQ(hash_of_packet(&seg, i), tcpshake_table_hash(&nets[1], &seg, i))
			TH_LOG("sample %u", i);
	}
}

/* Return: is the hash with one bit of the endpoints turned another? 0 to 31: ports. */
static bool tells_bit(const struct tcpshake_segment *seg, unsigned int bit)
{
	struct tcpshake_segment other = *seg;

	if (bit < 16)
		other.src_port ^= 1u << bit;
	else if (bit < 32)
		other.dst_port ^= 1u << (bit - 16);
	else if (bit < 160)
		other.src[(bit - 32) / 8] ^= 1u << bit % 8;
	else
		other.dst[(bit - 160) / 8] ^= 1u << bit % 8;
	return tcpshake_table_hash(&nets[1], seg, 0) != tcpshake_table_hash(&nets[1], &other, 0);
}

/*
 * Of 32 bits two may be the same by chance. Turning a bit may also make the reverse
 * of what it was, where one port or address is nearly the other.
 */
TEST_F(hash, tells_endpoints_apart)
{
	unsigned int same[288] = { 0 };
	unsigned int bit, i;

	for (i = 0; i < 200; i++) {
		const struct tcpshake_segment seg = random_endpoints(&self->random, i % FAMILIES);

		for (bit = 0; bit < ARRAY_SIZE(same); bit++)
			same[bit] += !tells_bit(&seg, bit);
	}
	for (bit = 0; bit < ARRAY_SIZE(same); bit++)
		EXPECT_GE(5, same[bit])
			TH_LOG("bit %u", bit);
}

TEST_F(hash, tells_namespaces_and_domains_apart)
{
	static const u32 domains[] = { 0, 1, 2, 3, 4, 255, 256, 65535, 65536, 65537, 1u << 24 };
	unsigned int owner, i, j, same = 0;
	u32 hashes[NETS * ARRAY_SIZE(domains)];
	enum family family;

	for (family = 0; family < FAMILIES; family++) {
		const struct tcpshake_segment seg = random_endpoints(&self->random, family);

		for (i = 0; i < ARRAY_SIZE(domains); i++)
			hashes[i] = tcpshake_table_hash(&nets[1], &seg, domains[i]);
		for (owner = 2; owner <= NETS; owner++, i++)
			hashes[i] = tcpshake_table_hash(&nets[owner], &seg, 0);
		for (j = 0; j < i; j++)
			for (owner = 0; owner < j; owner++)
				same += hashes[j] == hashes[owner];
	}
	EXPECT_EQ(0, same);
}

/* Nobody who knew the hashes before knows them after the next load. */
TEST_F(hash, is_keyed)
{
	u32 first[FAMILIES];
	struct tcpshake_segment segs[FAMILIES];
	enum family family;

	for (family = 0; family < FAMILIES; family++) {
		segs[family] = random_endpoints(&self->random, family);
		first[family] = tcpshake_table_hash(&nets[1], &segs[family], 0);
	}
	tcpshake_table_exit();
	ASSERT_EQ(0, tcpshake_table_init(TCPSHAKE_SLOTS_MIN));
	for (family = 0; family < FAMILIES; family++)
		EXPECT_NE(first[family], tcpshake_table_hash(&nets[1], &segs[family], 0));
}

/* Rows have the same share of all, and so have tags. */
TEST_F(hash, spreads)
{
	static u32 rows[TCPSHAKE_SLOTS_MIN], tags[256];
	const u32 per_row = 64, count = per_row * tcpshake_table_rows();
	u32 i;

	for (i = 0; i < count; i++) {
		const struct tuple t = tuple_of(i, 1, 0);

		rows[row_of(t.hash)]++;
		tags[tag_of(t.hash) & 0xff]++;
	}
	/* eight times the deviation there is by chance */
	for (i = 0; i < tcpshake_table_rows(); i++)
		EXPECT_GE(8 * 8, abs((int)(rows[i] - per_row)));
	for (i = 0; i < ARRAY_SIZE(tags); i++)
		EXPECT_GE(8 * 10, abs((int)(tags[i] - count / ARRAY_SIZE(tags))));
}

/* ---- in the table ------------------------------------------------------------ */

/* A flow of the tuple beside those there are. Return: how many of its flows the table knows. */
static unsigned int open_another(const struct tuple *t)
{
	struct tcpshake_tuple tuple;
	unsigned int way, count;

	local_bh_disable();
	tcpshake_table_enter(&nets[t->owner], t->hash, &t->seg, true, &tuple);
	if (tcpshake_table_claim(&tuple, now_us(), false, &way)) {
		*tcpshake_table_flow(&tuple, way) = flow_of(t, TCPSHAKE_STATE_HALF_OPEN_SYN);
		tcpshake_table_commit(&tuple, way, TCPSHAKE_STATE_HALF_OPEN_SYN);
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
		EXPECT_GT(tcpshake_table_slots() + TCPSHAKE_WAYS, sizes[i]);
		EXPECT_LE(tcpshake_table_slots(), sizes[i]);
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
