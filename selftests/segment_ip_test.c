// SPDX-License-Identifier: GPL-2.0
/*
 * The parser, IP part: header lengths, the lengths that packets claim, fragments,
 * extension headers and their limit, packets and windows cut at every octet.
 */
#include "packet_test.h"

static const u8 ext_types[] = { HOPOPTS, ROUTING, FRAGMENT, AUTH, DSTOPTS };

/* A SYN of some options and data behind an IPv4 header of 20 octets and options. */
static struct packet syn_ipv4(size_t options)
{
	struct packet packet;

	packet_ipv4(&packet, options);
	packet_tcp(&packet, SYN, 7, 6);
	packet_close(&packet);
	return packet;
}

TEST(ipv4_options)
{
	struct tcpshake_segment seg;
	size_t options;

	for (options = 0; options <= 40; options += 4) {
		struct packet packet = syn_ipv4(options);

		EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
		EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));
		EXPECT_EQ(TCPSHAKE_CLASS_SYN, seg.class);
		EXPECT_TRUE(tcpshake_addr_is_v4(seg.src));
	}
}

TEST(ipv4_header_too_small)
{
	struct tcpshake_segment seg;
	unsigned int words;

	for (words = 0; words < 5; words++) {
		struct packet packet = syn_ipv4(0);

		packet.bytes[0] = 0x40 | words;
		EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse_packet(&packet, &seg));
	}
}

TEST(ipv4_every_protocol)
{
	struct tcpshake_segment seg;
	unsigned int protocol;

	for (protocol = 0; protocol < 256; protocol++) {
		struct packet packet = syn_ipv4(0);

		packet.bytes[9] = protocol;
		EXPECT_EQ(protocol == PROTO_TCP ? TCPSHAKE_PARSE_SEGMENT : TCPSHAKE_PARSE_NOT_TCP,
			  parse_packet(&packet, &seg))
			TH_LOG("protocol %u", protocol);
	}
}

TEST(every_ip_version)
{
	struct tcpshake_segment seg;
	unsigned int version;

	for (version = 0; version < 16; version++) {
		struct packet packet = syn_ipv4(0);

		if (version == 4 || version == 6)
			continue;
		packet.bytes[0] = version << 4 | 5;
		EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse_packet(&packet, &seg));
	}
}

/* Is the segment what is left of a SYN of syn_ipv4() or syn_ipv6() of len octets? */
static bool cut_at(size_t len, size_t tcp, int result, const struct packet *packet,
		   const struct tcpshake_segment *seg)
{
	if (result == TCPSHAKE_PARSE_SEGMENT)
		return segment_set(packet, seg, SYN, len - tcp - 28);
	if (result != TCPSHAKE_PARSE_MALFORMED)
		return true;
	return addresses_set(packet, seg) &&
	       anomalies_are(&seg->anomalies, len < tcp + 20 ? TCPSHAKE_ANOMALY_HDR_TRUNC :
							       TCPSHAKE_ANOMALY_DOFF_PAST_END);
}

/* The packet itself ends early, and its length field says so, or does not. */
TEST(ipv4_packet_cut_anywhere)
{
	size_t options, len, honest;
	struct tcpshake_segment seg;
	int expected;

	for (options = 0; options <= 40; options += 20) {
		const size_t tcp = 20 + options;

		for (len = 0; len <= tcp + 34; len++) {
			expected = TCPSHAKE_PARSE_SEGMENT;
			if (len < tcp)
				expected = TCPSHAKE_PARSE_NOT_TCP;
			else if (len < tcp + 28)
				expected = TCPSHAKE_PARSE_MALFORMED;
			for (honest = 0; honest < 2; honest++) {
				struct packet packet = syn_ipv4(options);

				if (honest)
					put16(packet.bytes + 2, len);
				EXPECT_EQ(expected, parse(packet.bytes, len, len, &seg))
					TH_LOG("options %zu, len %zu", options, len);
				EXPECT_TRUE(cut_at(len, tcp, expected, &packet, &seg));
			}
		}
	}
}

/* The packet is whole, but only its beginning is to be seen. */
TEST(ipv4_window_cut_anywhere)
{
	struct tcpshake_segment seg;
	size_t options, window;

	for (options = 0; options <= 40; options += 20) {
		struct packet packet = syn_ipv4(options);

		for (window = 0; window <= packet.len; window++) {
			const int result = parse(packet.bytes, window, packet.len, &seg);

			if (window < 20) {
				EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, result);
			} else if (window < 20 + options + TCP_MIN) {
				EXPECT_EQ(TCPSHAKE_PARSE_SHORT, result);
				EXPECT_TRUE(addresses_set(&packet, &seg));
			} else {
				EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, result);
				EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));
			}
		}
	}
}

/* What the header claims: with padding behind, too much, nothing (BIG TCP). */
TEST(ipv4_total_length)
{
	struct packet packet = syn_ipv4(0);
	struct tcpshake_segment seg;

	put16(packet.bytes + 2, packet.len - 2);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 4));

	put16(packet.bytes + 2, packet.len + 100);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));

	put16(packet.bytes + 2, 0);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse(packet.bytes, packet.len, 200000, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 200000 - 48));

	put16(packet.bytes + 2, 19);
	EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse_packet(&packet, &seg));

	put16(packet.bytes + 2, 39);
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_HDR_TRUNC));
}

/* A window that claims more than the packet has is no window. */
TEST(window_longer_than_packet)
{
	struct packet packet = syn_ipv4(0);
	struct tcpshake_segment seg;

	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse(packet.bytes, packet.len, 39, &seg));
	EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_HDR_TRUNC));
	EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse(packet.bytes, packet.len, 0, &seg));
}

TEST(ipv4_fragments)
{
	struct packet packet = syn_ipv4(8);
	struct tcpshake_segment seg;
	unsigned int bit;

	put16(packet.bytes + 6, 0x2000);	/* the first of more */
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	put16(packet.bytes + 6, 0x8000);	/* the reserved bit says nothing */
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));

	for (bit = 0; bit < 13; bit++) {
		put16(packet.bytes + 6, 0x2000 | 1u << bit);
		EXPECT_EQ(TCPSHAKE_PARSE_FRAGMENT, parse_packet(&packet, &seg));
		EXPECT_TRUE(addresses_set(&packet, &seg));
		put16(packet.bytes + 6, 1u << bit);
		EXPECT_EQ(TCPSHAKE_PARSE_FRAGMENT, parse_packet(&packet, &seg));
		/* It holds nothing a longer window would show. */
		EXPECT_EQ(TCPSHAKE_PARSE_FRAGMENT, parse(packet.bytes, 20, packet.len, &seg));
		packet.bytes[9] = PROTO_UDP;
		EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse_packet(&packet, &seg));
		packet.bytes[9] = PROTO_TCP;
	}

	/* A first fragment too small for the header in it. */
	put16(packet.bytes + 6, 0x2000);
	packet.len = 28 + 8;
	packet_close(&packet);
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_HDR_TRUNC));
}

static struct packet syn_ipv6(const u8 *types, size_t count, u8 length)
{
	struct packet packet;
	size_t i;

	packet_ipv6(&packet);
	for (i = 0; i < count; i++)
		packet_ext_header(&packet, types[i], length);
	packet_tcp(&packet, SYN, 7, 6);
	packet_close(&packet);
	return packet;
}

TEST(ipv6_plain)
{
	struct packet packet = syn_ipv6(NULL, 0, 0);
	struct tcpshake_segment seg;

	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));
	EXPECT_FALSE(tcpshake_addr_is_v4(seg.src));
}

/* Each header of each length it can have. */
TEST(ipv6_each_extension_header)
{
	struct tcpshake_segment seg;
	unsigned int length;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(ext_types); i++) {
		for (length = 0; length < 200; length++) {
			struct packet packet = syn_ipv6(&ext_types[i], 1, length);

			EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg))
				TH_LOG("type %u, length %u", ext_types[i], length);
			EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));
		}
	}
}

/* All headers and TCP are followed; whatever else comes first is not ours. */
TEST(ipv6_every_next_header)
{
	struct tcpshake_segment seg;
	unsigned int type;

	for (type = 0; type < 256; type++) {
		const u8 options = DSTOPTS;
		struct packet packet = syn_ipv6(&options, 1, 0);
		bool followed = type == PROTO_TCP;
		size_t i;

		for (i = 0; i < ARRAY_LENGTH(ext_types); i++)
			followed |= ext_types[i] == type;
		packet.bytes[6] = type;
		memset(packet.bytes + 42, 0, 2);
		EXPECT_EQ(followed, parse_packet(&packet, &seg) != TCPSHAKE_PARSE_NOT_TCP)
			TH_LOG("type %u", type);
	}
}

/* Chains of up to 8 are followed; a 9th header is too far in, unless TCP or another protocol. */
TEST(ipv6_longest_chain)
{
	struct tcpshake_segment seg;
	u8 types[12];
	size_t count, i;

	for (i = 0; i < ARRAY_LENGTH(types); i++)
		types[i] = ext_types[i % ARRAY_LENGTH(ext_types)];
	for (count = 0; count <= ARRAY_LENGTH(types); count++) {
		struct packet packet = syn_ipv6(types, count, 1);
		const int result = parse_packet(&packet, &seg);

		if (count <= 8) {
			EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, result);
			EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));
		} else {
			EXPECT_EQ(TCPSHAKE_PARSE_SHORT, result);
			EXPECT_TRUE(addresses_set(&packet, &seg));
		}
		packet.bytes[packet.next_header] = PROTO_UDP;
		EXPECT_EQ(count <= 8 ? TCPSHAKE_PARSE_NOT_TCP : TCPSHAKE_PARSE_SHORT,
			  parse_packet(&packet, &seg));
	}
}

/* Where the packet stops being IPv6, stops being TCP, and stops being whole. */
TEST(ipv6_packet_cut_anywhere)
{
	static const u8 types[] = { HOPOPTS, AUTH, FRAGMENT, DSTOPTS };
	struct tcpshake_segment seg;
	size_t len, honest;

	for (honest = 0; honest < 2; honest++) {
		const size_t tcp = 40 + 24 + 16 + 8 + 24;

		for (len = 0; len <= tcp + 34; len++) {
			struct packet packet = syn_ipv6(types, ARRAY_LENGTH(types), 2);
			int result;

			if (honest && len >= 40)
				put16(packet.bytes + 4, len - 40);
			result = parse(packet.bytes, len, len, &seg);
			if (len < tcp) {
				EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, result)
					TH_LOG("len %zu", len);
			} else if (len < tcp + 28) {
				EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, result);
			} else {
				EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, result);
			}
			EXPECT_TRUE(cut_at(len, tcp, result, &packet, &seg));
		}
	}
}

/* A header that ends where the packet does says that TCP follows: none of it is there. */
TEST(ipv6_packet_cut_behind_a_header)
{
	struct tcpshake_segment seg;
	struct packet packet;

	packet_ipv6(&packet);
	packet_ext_header(&packet, DSTOPTS, 0);
	packet_close(&packet);
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_HDR_TRUNC));
	EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse(packet.bytes, 47, 47, &seg));
}

TEST(ipv6_window_cut_anywhere)
{
	static const u8 types[] = { HOPOPTS, AUTH, FRAGMENT, DSTOPTS };
	struct packet packet = syn_ipv6(types, ARRAY_LENGTH(types), 2);
	const size_t tcp = 40 + 24 + 16 + 8 + 24;
	struct tcpshake_segment seg;
	size_t window;

	for (window = 0; window <= packet.len; window++) {
		const int result = parse(packet.bytes, window, packet.len, &seg);

		if (window < 40) {
			EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, result);
		} else if (window < tcp + TCP_MIN) {
			EXPECT_EQ(TCPSHAKE_PARSE_SHORT, result)
				TH_LOG("window %zu", window);
			EXPECT_TRUE(addresses_set(&packet, &seg));
		} else {
			EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, result);
			EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));
		}
	}
}

TEST(ipv6_payload_length)
{
	struct packet packet = syn_ipv6(NULL, 0, 0);
	struct tcpshake_segment seg;

	put16(packet.bytes + 4, packet.len - 40 - 2);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 4));

	put16(packet.bytes + 4, 0xffff);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 6));

	put16(packet.bytes + 4, 0);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse(packet.bytes, packet.len, 200000, &seg));
	EXPECT_TRUE(segment_set(&packet, &seg, SYN, 200000 - 68));
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse(packet.bytes, 40, 40, &seg));

	put16(packet.bytes + 4, 19);
	EXPECT_EQ(TCPSHAKE_PARSE_MALFORMED, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_are(&seg.anomalies, TCPSHAKE_ANOMALY_HDR_TRUNC));
}

/* A later fragment says what it is of in its own header, and nothing behind that counts. */
TEST(ipv6_fragments)
{
	static const u8 types[] = { HOPOPTS, FRAGMENT };
	struct packet packet = syn_ipv6(types, 2, 0);
	u8 *fragment = packet.bytes + 48;
	struct tcpshake_segment seg;
	unsigned int bit;

	/* More to come, and the two reserved bits: still the first. */
	for (bit = 0; bit < 3; bit++) {
		put16(fragment + 2, 1u << bit);
		EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	}
	for (bit = 3; bit < 16; bit++) {
		put16(fragment + 2, 1u << bit);
		EXPECT_EQ(TCPSHAKE_PARSE_FRAGMENT, parse_packet(&packet, &seg));
		EXPECT_TRUE(addresses_set(&packet, &seg));
		EXPECT_EQ(TCPSHAKE_PARSE_FRAGMENT, parse(packet.bytes, 56, packet.len, &seg));
		EXPECT_EQ(TCPSHAKE_PARSE_SHORT, parse(packet.bytes, 55, packet.len, &seg));
		fragment[0] = PROTO_UDP;
		EXPECT_EQ(TCPSHAKE_PARSE_NOT_TCP, parse_packet(&packet, &seg));
		fragment[0] = PROTO_TCP;
	}
}

/* IPv4 addresses keep apart from all others by their first twelve octets. */
TEST(mapped_addresses)
{
	static const u8 v4[4] = { 0, 255, 1, 254 };
	u8 addr[TCPSHAKE_ADDR_LEN];
	unsigned int i;

	memset(addr, 0xa5, sizeof(addr));
	tcpshake_addr_from_v4(addr, v4);
	EXPECT_EQ(0, memcmp(addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12));
	EXPECT_EQ(0, memcmp(addr + 12, v4, 4));
	for (i = 0; i < 128; i++) {
		addr[i / 8] ^= 1u << i % 8;
		EXPECT_EQ(i >= 96, tcpshake_addr_is_v4(addr));
		addr[i / 8] ^= 1u << i % 8;
	}
}

TEST_HARNESS_MAIN
