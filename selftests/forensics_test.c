// SPDX-License-Identifier: GPL-2.0
/* Who sends the SYNs: estimates within their error, lists within their bounds. */
#include "core_test.h"
#include "core/forensics.h"

static struct tcpshake_segment syn_from(u32 addr)
{
	const u8 src[4] = { (u8)(addr >> 24), (u8)(addr >> 16), (u8)(addr >> 8), (u8)addr };
	const u8 dst[4] = { 192, 0, 2, 1 };
	struct tcpshake_segment seg = { .src_port = 1024, .dst_port = 80, .ttl = 60,
					.window = 1000, .seq = addr };

	tcpshake_addr_from_v4(seg.src, src);
	tcpshake_addr_from_v4(seg.dst, dst);
	return seg;
}

/* Three standard errors, by many salts. */
TEST(sources_are_counted_within_the_error)
{
	static const u32 counts[] = { 1, 10, 100, 500, 640, 1000, 10000, 300000 };
	unsigned int i, salt;
	u32 n;

	for (i = 0; i < ARRAY_LENGTH(counts); i++) {
		double sum = 0;

		for (salt = 1; salt <= 10; salt++) {
			struct tcpshake_forensics f;
			double error;

			tcpshake_forensics_init(&f);
			for (n = 0; n < counts[i]; n++) {
				const struct tcpshake_segment seg = syn_from(n * 2654435761U);

				tcpshake_forensics_add(&f, &seg, salt * 0x9e3779b97f4a7c15ULL);
			}
			error = (double)tcpshake_forensics_count(f.sources) / counts[i] - 1;
			ASSERT_LT(error < 0 ? -error : error, 0.2);
			ASSERT_EQ(tcpshake_forensics_count(f.services), 1);
			sum += error;
		}
		EXPECT_LT(sum < 0 ? -sum / 10 : sum / 10, 0.065);
	}
}

TEST(the_same_source_again_is_one)
{
	const struct tcpshake_segment seg = syn_from(0x0a000001);
	struct tcpshake_forensics f;
	unsigned int i;

	tcpshake_forensics_init(&f);
	for (i = 0; i < 100000; i++)
		tcpshake_forensics_add(&f, &seg, 42);
	EXPECT_EQ(tcpshake_forensics_count(f.sources), 1);
	EXPECT_EQ(f.seen, 100000);
	EXPECT_EQ(tcpshake_forensics_same_isn_bits(&f), 32);
	EXPECT_EQ(tcpshake_forensics_same_port_bits(&f), 16);
}

/* Whoever has more than 1/16 is in the list, and its count is right within its error. */
TEST(heavy_prefixes_are_found)
{
	struct tcpshake_forensics f;
	u32 heavy = 0, i;
	bool found = false;

	tcpshake_forensics_init(&f);
	for (i = 0; i < 50000; i++) {
		const bool is_heavy = i % 10 == 0;
		const struct tcpshake_segment seg =
			syn_from(is_heavy ? 0xc6336400 + i % 250 : i * 2654435761U);

		heavy += is_heavy;
		tcpshake_forensics_add(&f, &seg, 7);
	}
	tcpshake_top_sort(f.prefixes, TCPSHAKE_TOP_PREFIXES);
	for (i = 0; i < TCPSHAKE_TOP_PREFIXES; i++) {
		if (f.prefixes[i].key != 0xc6336400)
			continue;
		found = true;
		EXPECT_GE(f.prefixes[i].count, heavy);
		EXPECT_LE(f.prefixes[i].count - f.prefixes[i].error, heavy);
	}
	EXPECT_TRUE(found);
	for (i = 1; i < TCPSHAKE_TOP_PREFIXES; i++)
		EXPECT_GE(f.prefixes[i - 1].count, f.prefixes[i].count);
}

TEST(bogons)
{
	static const u32 bogons[] = { 0x00000001, 0x7f000001, 0xe0000001, 0xf0000001 };
	struct tcpshake_forensics f;
	unsigned int i;

	tcpshake_forensics_init(&f);
	for (i = 0; i < ARRAY_LENGTH(bogons); i++) {
		const struct tcpshake_segment seg = syn_from(bogons[i]);

		tcpshake_forensics_add(&f, &seg, 7);
	}
	EXPECT_EQ(f.bogons, ARRAY_LENGTH(bogons));
}

TEST(labels_that_are_floods)
{
	static const bool floods[TCPSHAKE_LABEL_MAX + 1] = {
		[TCPSHAKE_LABEL_SPOOFED] = true, [TCPSHAKE_LABEL_DISTRIBUTED] = true,
		[TCPSHAKE_LABEL_FEW_SOURCES] = true, [TCPSHAKE_LABEL_REAL_SOURCES] = true,
		[TCPSHAKE_LABEL_REFLECTION] = true,
	};
	unsigned int label;

	for (label = 0; label <= TCPSHAKE_LABEL_MAX; label++)
		EXPECT_EQ(tcpshake_label_is_flood(label), floods[label]);
}

TEST_HARNESS_MAIN
