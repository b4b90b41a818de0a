// SPDX-License-Identifier: GPL-2.0
/*
 * The parser, TCP part: every combination of flags, every data offset, every
 * length. And whatever the octets are: no read beyond the window, and the promises
 * of segment.h about each result. IPv4 and IPv6 are in segment_ip_test.c.
 */
#include "packet_test.h"

#define NULLS TCPSHAKE_ANOMALY_FLAGS_NULL
#define FINS TCPSHAKE_ANOMALY_FLAGS_FIN_ONLY
#define XMAS TCPSHAKE_ANOMALY_FLAGS_XMAS
#define SYNFIN TCPSHAKE_ANOMALY_FLAGS_SYNFIN
#define SYNRST TCPSHAKE_ANOMALY_FLAGS_SYNRST
#define FINRST TCPSHAKE_ANOMALY_FLAGS_FINRST
#define NOACK TCPSHAKE_ANOMALY_DATA_NO_ACK_FLAG

#define LEGAL(name) .class = TCPSHAKE_CLASS_##name
#define WRONG(...) .anomalies = { __VA_ARGS__ }
#define MAX_ANOMALIES 5

/*
 * One row for each combination of the four flags that matter. with_both: what
 * becomes of it when PSH and URG are both set, if that makes a difference.
 */
static const struct combination {
	u16 flags;
	u8 class;
	u8 anomalies[MAX_ANOMALIES];
	u8 with_both[MAX_ANOMALIES];
} combinations[] = {
	{ 0,			 WRONG(NULLS, NOACK) },
	{ FIN,			 WRONG(FINS, NOACK), .with_both = { XMAS, NOACK } },
	{ SYN,			 LEGAL(SYN) },
	{ SYN | FIN,		 WRONG(SYNFIN), .with_both = { SYNFIN, XMAS } },
	{ RST,			 LEGAL(RST) },
	{ RST | FIN,		 WRONG(FINRST), .with_both = { FINRST, XMAS } },
	{ RST | SYN,		 WRONG(SYNRST) },
	{ RST | SYN | FIN,	 WRONG(SYNFIN, SYNRST, FINRST),
	  .with_both = { SYNFIN, SYNRST, FINRST, XMAS } },
	{ ACK,			 LEGAL(ACK) },
	{ ACK | FIN,		 LEGAL(ACK) },
	{ ACK | SYN,		 LEGAL(SYNACK) },
	{ ACK | SYN | FIN,	 WRONG(SYNFIN), .with_both = { SYNFIN, XMAS } },
	{ ACK | RST,		 LEGAL(RST) },
	{ ACK | RST | FIN,	 WRONG(FINRST), .with_both = { FINRST, XMAS } },
	{ ACK | RST | SYN,	 WRONG(SYNRST) },
	{ ACK | RST | SYN | FIN, WRONG(SYNFIN, SYNRST, FINRST),
	  .with_both = { SYNFIN, SYNRST, FINRST, XMAS } },
};

TEST(every_combination_of_nine_flags)
{
	bool seen[512] = { 0 };
	unsigned int free_bits;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(combinations); i++) {
		const struct combination *row = &combinations[i];

		for (free_bits = 0; free_bits < 32; free_bits++) {
			const u16 flags = row->flags | (free_bits & 1 ? PSH : 0) |
					  (free_bits & 2 ? URG : 0) | (free_bits & 4 ? ECE : 0) |
					  (free_bits & 8 ? CWR : 0) | (free_bits & 16 ? AE : 0);
			const u8 *expected = row->anomalies;
			struct tcpshake_segment seg;
			struct packet packet;
			int result;

			if ((free_bits & 3) == 3 && row->with_both[0])
				expected = row->with_both;
			packet_ipv4(&packet, 0);
			packet_tcp(&packet, flags, 5, 3);
			packet_close(&packet);
			result = parse_packet(&packet, &seg);
			EXPECT_EQ(expected[0] ? TCPSHAKE_PARSE_MALFORMED : TCPSHAKE_PARSE_SEGMENT,
				  result)
				TH_LOG("flags %#x", flags);
			EXPECT_TRUE(!expected[0] || anomalies_match(&seg.anomalies, expected,
								    MAX_ANOMALIES))
				TH_LOG("flags %#x: anomalies %#llx", flags,
				       (unsigned long long)seg.anomalies.bits[0]);
			if (!expected[0]) {
				EXPECT_EQ(row->class, seg.class)
					TH_LOG("flags %#x", flags);
			}
			EXPECT_TRUE(segment_set(&packet, &seg, flags, 3));
			seen[flags] = true;
		}
	}
	for (i = 0; i < ARRAY_LENGTH(seen); i++)
		EXPECT_TRUE(seen[i]);
}

static unsigned int fault_of(unsigned int doff, size_t len)
{
	if (len < TCP_MIN)
		return TCPSHAKE_ANOMALY_HDR_TRUNC;
	if (doff < 5)
		return TCPSHAKE_ANOMALY_DOFF_SMALL;
	return doff * 4 > len ? TCPSHAKE_ANOMALY_DOFF_PAST_END : 0;
}

/* Every data offset in every length from nothing to more than the longest header. */
TEST(every_data_offset_in_every_length)
{
	struct tcpshake_segment seg;
	struct packet packet;
	unsigned int doff, expected;
	size_t len;
	int result;

	for (doff = 0; doff < 16; doff++) {
		for (len = 0; len <= 64; len++) {
			packet_ipv4(&packet, 0);
			packet_tcp(&packet, ACK, doff, 64);
			packet.len = 20 + len;
			packet_close(&packet);
			result = parse_packet(&packet, &seg);
			expected = fault_of(doff, len);
			EXPECT_EQ(expected ? TCPSHAKE_PARSE_MALFORMED : TCPSHAKE_PARSE_SEGMENT,
				  result)
				TH_LOG("doff %u, len %zu", doff, len);
			EXPECT_TRUE(anomalies_are(&seg.anomalies, expected));
			EXPECT_TRUE(addresses_set(&packet, &seg));
			EXPECT_EQ(expected ? 0 : len - doff * 4, seg.len);
			EXPECT_TRUE(len < TCP_MIN || segment_set(&packet, &seg, ACK, seg.len));
		}
	}
}

/* Flags are judged only in a header that is one: garbage has one fault, not two. */
TEST(bad_header_hides_bad_flags)
{
	struct tcpshake_segment seg;
	struct packet packet;

	packet_ipv4(&packet, 0);
	packet_tcp(&packet, SYN | FIN, 4, 0);
	packet_close(&packet);
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_DOFF_SMALL));
}

/* Nor does a segment that is nobody's tell what else is odd with it. */
TEST(bad_flags_hide_the_rest)
{
	static const u8 expected[] = { SYNFIN };
	struct tcpshake_segment seg;
	struct packet packet;
	u8 *p;

	packet_ipv4(&packet, 0);
	p = packet_tcp(&packet, SYN | FIN, 5, 0);
	put16(p, 0);
	p[12] |= 0x0e;
	packet_close(&packet);
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_match(&seg.anomalies, expected, 1));
}

/* "What the packet holds is set, the rest 0", also when it holds less than a header. */
TEST(truncated_header_tells_what_it_holds)
{
	struct tcpshake_segment seg;
	struct packet packet;
	size_t len;

	for (len = 0; len < TCP_MIN; len++) {
		packet_ipv4(&packet, 8);
		packet_tcp(&packet, SYN | ACK | AE, 5, 0);
		packet.len = 28 + len;
		packet_close(&packet);
		ASSERT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
		EXPECT_EQ(len >= 2 ? CLIENT_PORT : 0, seg.src_port);
		EXPECT_EQ(len >= 4 ? SERVER_PORT : 0, seg.dst_port);
		EXPECT_EQ(len >= 8 ? TCP_SEQ : 0, seg.seq);
		EXPECT_EQ(len >= 12 ? TCP_ACK : 0, seg.ack);
		EXPECT_EQ(len >= 14 ? (SYN | ACK | AE) : 0, seg.flags);
		EXPECT_EQ(len >= 16 ? TCP_WINDOW : 0, seg.window);
	}
}

/* A short window on a short packet must not make up what only padding or nothing holds. */
TEST(truncated_header_in_a_short_window)
{
	struct tcpshake_segment seg;
	struct packet packet;
	size_t window;

	packet_ipv4(&packet, 0);
	packet_tcp(&packet, SYN, 5, 0);
	packet.len = 20 + 19;
	packet_close(&packet);
	for (window = 20; window < 20 + 19; window++) {
		ASSERT_EQ(TCPSHAKE_PARSE_MALFORMED,
			  parse(packet.bytes, window, packet.len, &seg));
		EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_HDR_TRUNC));
		EXPECT_EQ(window >= 22 ? CLIENT_PORT : 0, seg.src_port);
		EXPECT_EQ(window >= 24 ? SERVER_PORT : 0, seg.dst_port);
	}
}

static u64 random_next(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void random_packet(struct packet *packet, u64 *state)
{
	static const u8 types[] = { HOPOPTS, ROUTING, FRAGMENT, AUTH, DSTOPTS, PROTO_UDP };
	unsigned int headers = random_next(state) % 10;
	unsigned int faults = random_next(state) % 4;

	if (random_next(state) & 1) {
		packet_ipv4(packet, random_next(state) % 11 * 4);
	} else {
		packet_ipv6(packet);
		while (headers--)
			packet_ext_header(packet, types[random_next(state) % ARRAY_LENGTH(types)],
					  random_next(state) % 4);
	}
	packet_tcp(packet, random_next(state) & 0x1ff, random_next(state) & 15,
		   random_next(state) % 40);
	packet_close(packet);
	while (faults--)
		packet->bytes[random_next(state) % packet->len] = random_next(state);
}

/* What is wrong with the header for sure: nobody looks a segment up that has it. */
static bool is_malformed(const struct tcpshake_anomalies *set)
{
	unsigned int i;

	for (i = TCPSHAKE_ANOMALY_HDR_TRUNC; i <= TCPSHAKE_ANOMALY_FLAGS_FINRST; i++)
		if (tcpshake_anomalies_has(set, i))
			return true;
	return tcpshake_anomalies_has(set, NOACK);
}

/* What every result promises, checked without knowing what the packet was. */
static bool promises_kept(int result, const struct tcpshake_segment *seg, size_t packet_len)
{
	switch (result) {
	case TCPSHAKE_PARSE_SEGMENT:
		return !is_malformed(&seg->anomalies) && seg->flags < 0x200 &&
		       seg->class == class_of(seg->flags) && seg->len <= packet_len - 40 &&
		       seg->options_len <= 40 && seg->ecn < 4;
	case TCPSHAKE_PARSE_MALFORMED:
		return is_malformed(&seg->anomalies);
	case TCPSHAKE_PARSE_NOT_TCP:
	case TCPSHAKE_PARSE_FRAGMENT:
	case TCPSHAKE_PARSE_SHORT:
		return tcpshake_anomalies_empty(&seg->anomalies);
	}
	return false;
}

/*
 * A window that is too short makes a result less certain, never another: what is
 * neither "not TCP" nor "too short" is what the whole packet says.
 */
TEST(random_packets)
{
	u64 seed = 0x9e3779b97f4a7c15ULL;
	unsigned int n, known = 0;

	TH_LOG("seed %#llx", (unsigned long long)seed);
	for (n = 0; n < 200000; n++) {
		struct tcpshake_segment seg, cut_seg;
		struct packet packet;
		size_t window;
		int whole, cut;

		random_packet(&packet, &seed);
		window = random_next(&seed) % (packet.len + 1);
		whole = parse_packet(&packet, &seg);
		ASSERT_TRUE(promises_kept(whole, &seg, packet.len));
		cut = parse(packet.bytes, window, packet.len, &cut_seg);
		ASSERT_TRUE(promises_kept(cut, &cut_seg, packet.len));
		ASSERT_TRUE(cut == whole || cut == TCPSHAKE_PARSE_SHORT ||
			    (cut == TCPSHAKE_PARSE_NOT_TCP && window < 40));
		known += whole == TCPSHAKE_PARSE_SEGMENT;
	}
	/* Else the test looks at nothing. */
	EXPECT_GT(known, n / 20);
}

TEST(pure_noise)
{
	u64 seed = 0x243f6a8885a308d3ULL;
	unsigned int n, i;

	TH_LOG("seed %#llx", (unsigned long long)seed);
	for (n = 0; n < 100000; n++) {
		const size_t len = random_next(&seed) % 128;
		struct tcpshake_segment seg;
		u8 bytes[128];

		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = random_next(&seed) >> 32;
		bytes[0] = (n & 1 ? 0x45 : 0x60);
		bytes[n & 1 ? 9 : 6] = PROTO_TCP;
		ASSERT_TRUE(promises_kept(parse(bytes, len, len, &seg), &seg, len));
	}
}

TEST_HARNESS_MAIN
