// SPDX-License-Identifier: GPL-2.0
/* Histograms of handshake times: what a bucket holds, and what percentiles are worth. */
#include <stdlib.h>

#include "core_test.h"
#include "core/histogram.h"

TEST(every_time_is_in_its_bucket)
{
	u32 us;

	for (us = 0; us < 1U << 28; us += us < 1U << 20 ? 1 : 977) {
		const unsigned int bucket = tcpshake_bucket_of(us);

		ASSERT_LT(bucket, TCPSHAKE_BUCKETS);
		ASSERT_LE(tcpshake_bucket_from(bucket), us);
		ASSERT_GT(tcpshake_bucket_from(bucket + 1), us);
	}
	EXPECT_EQ(tcpshake_bucket_of(0xffffffff), TCPSHAKE_BUCKETS - 1);
	EXPECT_EQ(tcpshake_bucket_from(TCPSHAKE_BUCKETS), 1U << 28);
}

/* 140 s are within; the middle of a bucket is at most 3 % from anything in it. */
TEST(no_bucket_is_wider_than_promised)
{
	unsigned int bucket;

	EXPECT_LT(140000000U, tcpshake_bucket_from(TCPSHAKE_BUCKETS));
	for (bucket = 32; bucket < TCPSHAKE_BUCKETS; bucket++) {
		const u32 from = tcpshake_bucket_from(bucket);
		const u32 width = tcpshake_bucket_from(bucket + 1) - from;

		ASSERT_LE((u64)width * 32, from);
	}
}

static int by_value(const void *a, const void *b)
{
	const u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

TEST(percentiles_are_those_of_the_sorted_times)
{
	static const unsigned int permille[] = { 1, 500, 900, 990, 999, 1000 };
	enum { N = 20000 };
	static u32 times[N];
	unsigned int round, i;

	for (round = 0; round < 20; round++) {
		struct tcpshake_histogram h = { { 0 } };

		srandom(round + 1);
		for (i = 0; i < N; i++) {
			times[i] = (u32)random() >> (4 + random() % 20);
			h.buckets[tcpshake_bucket_of(times[i])]++;
		}
		qsort(times, N, sizeof(times[0]), by_value);
		ASSERT_EQ(tcpshake_histogram_count(&h), N);
		for (i = 0; i < ARRAY_LENGTH(permille); i++) {
			const u32 exact = times[((u64)N * permille[i] + 999) / 1000 - 1];
			const u32 found = tcpshake_histogram_percentile(&h, permille[i]);

			ASSERT_LE((u64)abs((int)(found - exact)) * 100, (u64)exact * 3 + 99);
		}
	}
}

TEST(empty)
{
	const struct tcpshake_histogram h = { { 0 } };

	EXPECT_EQ(tcpshake_histogram_count(&h), 0);
	EXPECT_EQ(tcpshake_histogram_percentile(&h, 990), 0);
}

TEST_HARNESS_MAIN
