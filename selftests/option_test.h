/* SPDX-License-Identifier: GPL-2.0 */
/* For the tests of options: reads them where a read beyond, on either side, is a fault. */
#ifndef TCPSHAKE_SELFTESTS_OPTION_TEST_H
#define TCPSHAKE_SELFTESTS_OPTION_TEST_H

#include "packet_test.h"

#define A(name) TCPSHAKE_ANOMALY_##name
#define O(name) TCPSHAKE_OPTION_##name
#define OPTIONS_MAX 40

/* What the parser made of it. */
struct read {
	struct tcpshake_options options;
	struct tcpshake_anomalies anomalies;
};

static inline struct read read_at(const u8 *octets, size_t len, u16 flags, bool cut)
{
	struct tcpshake_segment seg = segment(TCPSHAKE_FROM_CLIENT, flags, 1, 1, 0);
	struct read read = { 0 };

	seg.options = octets;
	seg.options_len = len;
	seg.options_cut = cut;
	memset(&read.options, 0xa5, sizeof(read.options));
	tcpshake_options_parse(&seg, &read.options, &read.anomalies);
	return read;
}

/* Twice: where they end before a fault, and where they begin behind one. */
static inline struct read read_options(const u8 *octets, size_t len, u16 flags, bool cut)
{
	const size_t size = 65536;
	u8 *area = guarded(size);
	struct read before, behind;

	memcpy(area + size - len, octets, len);
	before = read_at(area + size - len, len, flags, cut);
	memcpy(area, octets, len);
	behind = read_at(area, len, flags, cut);
	if (memcmp(&before.anomalies, &behind.anomalies, sizeof(before.anomalies)) ||
	    before.options.present != behind.options.present)
		abort();
	return before;
}

/* In a SYN that has an MSS besides, so that its absence is no matter. */
static inline struct read read_in_syn(const u8 *octets, size_t len)
{
	u8 all[OPTIONS_MAX] = { 2, 4, 5, 180 };

	memcpy(all + 4, octets, len);
	return read_options(all, 4 + len, SYN, false);
}

static inline bool found(const struct read *read, u16 present, const u8 *anomalies, size_t count)
{
	return read->options.present == present &&
	       anomalies_match(&read->anomalies, anomalies, count);
}

#define FOUND(read, present, ...)							\
	found(&(read), present, (const u8[]){ __VA_ARGS__ },				\
	      sizeof((const u8[]){ __VA_ARGS__ }))

#endif /* TCPSHAKE_SELFTESTS_OPTION_TEST_H */
