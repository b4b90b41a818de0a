/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Log-linear histograms of handshake times, 1 us to 268 s: 32 buckets for each power
 * of two, so that a bucket is never wider than 1/32 of what is in it, and its middle
 * never farther than 1.6 % from it. Below 32 us each microsecond has its own.
 */
#ifndef TCPSHAKE_CORE_HISTOGRAM_H
#define TCPSHAKE_CORE_HISTOGRAM_H

#include "types.h"

#define TCPSHAKE_BUCKET_BITS	5
#define TCPSHAKE_BUCKETS	((28 - TCPSHAKE_BUCKET_BITS + 1) << TCPSHAKE_BUCKET_BITS)

struct tcpshake_histogram {
	u32 buckets[TCPSHAKE_BUCKETS];
};

/* Which bucket is it in? What is longer than 268 s is in the last one. */
static inline unsigned int tcpshake_bucket_of(u32 us)
{
	unsigned int power;

	if (us < 1U << TCPSHAKE_BUCKET_BITS)
		return us;
	if (us >> 28)
		return TCPSHAKE_BUCKETS - 1;
	power = 31 - __builtin_clz(us) - TCPSHAKE_BUCKET_BITS;
	return (power << TCPSHAKE_BUCKET_BITS) + (us >> power);
}

/* The shortest time of a bucket, us; that of the one behind the last too. */
u32 tcpshake_bucket_from(unsigned int bucket);

/* How many there are. */
u64 tcpshake_histogram_count(const struct tcpshake_histogram *h);

/*
 * The time, us, that so many parts of a thousand do not exceed: the middle of the
 * bucket where that is. 0 for an empty histogram.
 */
u32 tcpshake_histogram_percentile(const struct tcpshake_histogram *h, unsigned int permille);

#endif /* TCPSHAKE_CORE_HISTOGRAM_H */
