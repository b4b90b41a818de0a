// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Histograms of handshake times: see histogram.h. */
#include "histogram.h"

u32 tcpshake_bucket_from(unsigned int bucket)
{
	const unsigned int octave = bucket >> TCPSHAKE_BUCKET_BITS;
	const u32 in = bucket & ((1U << TCPSHAKE_BUCKET_BITS) - 1);

	if (octave == 0)
		return bucket;
	return (in + (1U << TCPSHAKE_BUCKET_BITS)) << (octave - 1);
}

u64 tcpshake_histogram_count(const struct tcpshake_histogram *h)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < TCPSHAKE_BUCKETS; i++)
		sum += h->buckets[i];
	return sum;
}

static u32 middle(unsigned int bucket)
{
	const u32 from = tcpshake_bucket_from(bucket);

	return from + (tcpshake_bucket_from(bucket + 1) - from) / 2;
}

u32 tcpshake_histogram_percentile(const struct tcpshake_histogram *h, unsigned int permille)
{
	const u64 count = tcpshake_histogram_count(h);
	u64 so_far = 0;
	unsigned int i;

	if (!count)
		return 0;
	for (i = 0; i < TCPSHAKE_BUCKETS; i++) {
		so_far += h->buckets[i];
		if (h->buckets[i] && so_far * 1000 >= count * permille)
			break;
	}
	return middle(i < TCPSHAKE_BUCKETS ? i : TCPSHAKE_BUCKETS - 1);
}
