// SPDX-License-Identifier: GPL-2.0
/*
 * What is out of the ordinary with the header of one segment: each anomaly, each
 * next to what is just not one. All by packets, as the parser gets them.
 */
#include "packet_test.h"

#define A(name) TCPSHAKE_ANOMALY_##name

static struct packet packet_of(bool v6, u16 flags, size_t payload)
{
	struct packet packet;

	if (v6)
		packet_ipv6(&packet);
	else
		packet_ipv4(&packet, 0);
	packet_tcp(&packet, flags, 5, payload);
	packet_close(&packet);
	return packet;
}

static u8 *tcp_of(struct packet *packet)
{
	return packet->bytes + (packet->bytes[0] >> 4 == 4 ? 20 : 40);
}

/* Is the packet a segment with exactly this anomaly, or none if it is 0? */
static bool shows(const struct packet *packet, u8 hints, u8 anomaly)
{
	struct tcpshake_segment seg;

	return parse_hinted(packet->bytes, packet->len, packet->len, hints, &seg) ==
	       TCPSHAKE_PARSE_SEGMENT && anomalies_are(&seg.anomalies, anomaly);
}

static const u16 legal_flags[] = {
	SYN, SYN | ECE | CWR, SYN | ACK, SYN | ACK | ECE, ACK, ACK | FIN,
	ACK | PSH | URG | FIN, RST, RST | ACK, SYN | AE | ECE | CWR,
};

TEST(nothing_of_the_ordinary)
{
	size_t i;

	for (i = 0; i < 2 * ARRAY_LENGTH(legal_flags); i++) {
		const struct packet packet = packet_of(i & 1, legal_flags[i / 2], 0);

		EXPECT_TRUE(shows(&packet, 0, 0))
			TH_LOG("flags %#x", legal_flags[i / 2]);
	}
}

TEST(flags_of_syn)
{
	static const struct {
		u16 flags;
		u8 anomaly;
	} cases[] = {
		{ SYN | URG, A(FLAGS_SYNURG) }, { SYN | PSH, A(FLAGS_SYNPSH) },
		{ SYN | ACK | URG, 0 }, { SYN | ACK | PSH, 0 }, { RST | URG, 0 }, { RST | PSH, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct packet packet = packet_of(false, cases[i].flags, 0);

		EXPECT_TRUE(shows(&packet, 0, cases[i].anomaly))
			TH_LOG("flags %#x", cases[i].flags);
	}
}

/* Fields that mean nothing without their flag, in every segment. */
TEST(fields_without_their_flag)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(legal_flags); i++) {
		const u16 flags = legal_flags[i];
		struct packet packet = packet_of(false, flags, 0);
		u8 *p = tcp_of(&packet);
		unsigned int bit;

		put32(p + 8, flags & ACK ? 0 : 1);
		EXPECT_TRUE(shows(&packet, 0, flags & ACK ? A(ACK_ZERO_ACK) :
							    A(ACK_NONZERO_NOACK)));
		put32(p + 8, flags & ACK ? 1 : 0);
		EXPECT_TRUE(shows(&packet, 0, 0));
		put16(p + 18, 0x100);
		EXPECT_TRUE(shows(&packet, 0, flags & URG ? 0 : A(URP_NONZERO_NOURG)));
		put16(p + 18, 0);
		for (bit = 0x02; bit <= 0x08; bit <<= 1) {
			p[12] ^= bit;
			EXPECT_TRUE(shows(&packet, 0, A(RESERVED_BITS)));
			p[12] ^= bit;
		}
		p[12] ^= 1;	/* AE is reserved no more */
		EXPECT_TRUE(shows(&packet, 0, 0));
	}
}

TEST(port_zero)
{
	size_t i;

	for (i = 0; i < 2 * ARRAY_LENGTH(legal_flags); i++) {
		struct packet packet = packet_of(i & 1, legal_flags[i / 2], 0);

		put16(tcp_of(&packet), 0);
		EXPECT_TRUE(shows(&packet, 0, A(PORT_ZERO)));
		put16(tcp_of(&packet), 1);
		EXPECT_TRUE(shows(&packet, 0, 0));
		put16(tcp_of(&packet) + 2, 0);
		EXPECT_TRUE(shows(&packet, 0, A(PORT_ZERO)));
		put16(tcp_of(&packet) + 2, 0x100);
		EXPECT_TRUE(shows(&packet, 0, 0));
	}
}

/* From an address and port to itself; a host may connect to itself by its loopback device. */
TEST(land)
{
	unsigned int v6;

	for (v6 = 0; v6 < 2; v6++) {
		struct packet packet = packet_of(v6, SYN, 0);
		u8 *p = packet.bytes;

		put16(tcp_of(&packet) + 2, CLIENT_PORT);
		EXPECT_TRUE(shows(&packet, 0, 0));
		if (v6)
			memcpy(p + 24, p + 8, 16);
		else
			memcpy(p + 16, p + 12, 4);
		EXPECT_TRUE(shows(&packet, 0, A(LAND)));
		EXPECT_TRUE(shows(&packet, TCPSHAKE_HINT_LOOPBACK, 0));
		put16(tcp_of(&packet) + 2, CLIENT_PORT + 1);
		EXPECT_TRUE(shows(&packet, 0, 0));
		put16(tcp_of(&packet) + 2, CLIENT_PORT);
		p[v6 ? 39 : 19] ^= 1;
		EXPECT_TRUE(shows(&packet, 0, 0));
	}
}

TEST(sources_of_ipv4)
{
	unsigned int net;

	for (net = 0; net < 256; net++) {
		const bool never = net == 0 || net >= 224;
		struct packet packet = packet_of(false, SYN, 0);
		u8 *p = packet.bytes;

		p[12] = net;
		EXPECT_TRUE(shows(&packet, 0, never || net == 127 ? A(SRC_MARTIAN) : 0))
			TH_LOG("from %u/8", net);
		EXPECT_TRUE(shows(&packet, TCPSHAKE_HINT_LOOPBACK, never ? A(SRC_MARTIAN) : 0));
		p[16] = 127;	/* to 127/8, it never was on a wire */
		EXPECT_TRUE(shows(&packet, 0, never ? A(SRC_MARTIAN) : 0));
		packet = packet_of(false, SYN | ACK, 0);
		packet.bytes[12] = net;
		EXPECT_TRUE(shows(&packet, 0, never || net == 127 ? A(SRC_MARTIAN) : 0));
		packet = packet_of(false, ACK, 0);
		packet.bytes[12] = net;
		EXPECT_TRUE(shows(&packet, 0, 0));
		packet = packet_of(false, SYN, 0);
		packet.bytes[16] = net;
		EXPECT_TRUE(shows(&packet, 0, 0));
	}
}

TEST(sources_of_ipv6)
{
	static const u8 nobody[16], loopback[16] = { [15] = 1 };
	struct packet packet = packet_of(true, SYN, 0);
	u8 *source = packet.bytes + 8;
	unsigned int first;

	for (first = 0; first < 256; first++) {
		source[0] = first;
		EXPECT_TRUE(shows(&packet, 0, first == 255 ? A(SRC_MARTIAN) : 0));
	}
	memcpy(source, nobody, 16);
	EXPECT_TRUE(shows(&packet, 0, A(SRC_MARTIAN)));
	EXPECT_TRUE(shows(&packet, TCPSHAKE_HINT_LOOPBACK, A(SRC_MARTIAN)));
	memcpy(source, loopback, 16);
	EXPECT_TRUE(shows(&packet, 0, A(SRC_MARTIAN)));
	EXPECT_TRUE(shows(&packet, TCPSHAKE_HINT_LOOPBACK, 0));
	memcpy(packet.bytes + 24, loopback, 16);
	EXPECT_TRUE(shows(&packet, 0, 0));
	source[15] = 2;
	EXPECT_TRUE(shows(&packet, 0, 0));
}

TEST(zeros)
{
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(legal_flags); i++) {
		const u16 flags = legal_flags[i];
		struct packet packet = packet_of(false, flags, 0);

		put32(tcp_of(&packet) + 4, 0);
		EXPECT_TRUE(shows(&packet, 0, (flags & (SYN | ACK)) == SYN ? A(ISN_ZERO) : 0));
		put32(tcp_of(&packet) + 4, 1);
		EXPECT_TRUE(shows(&packet, 0, 0));
		put16(tcp_of(&packet) + 14, 0);
		EXPECT_TRUE(shows(&packet, 0, flags & SYN ? A(SYN_WIN_ZERO) : 0));
	}
}

TEST(data)
{
	static const struct {
		u16 flags;
		u8 anomaly;
	} cases[] = {
		{ SYN, 0 }, { SYN | ACK, A(SYNACK_DATA) }, { ACK, 0 }, { ACK | FIN, 0 },
		{ RST, A(RST_DATA) }, { RST | ACK, A(RST_DATA) },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct packet packet = packet_of(false, cases[i].flags, 1);

		EXPECT_TRUE(shows(&packet, 0, cases[i].anomaly));
	}
}

/* IP's ECN field; the rest of the octet is nobody's business. */
TEST(ecn_capable_transport)
{
	unsigned int tos;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(legal_flags); i++) {
		const u16 flags = legal_flags[i];

		for (tos = 0; tos < 256; tos++) {
			struct packet packet = packet_of(false, flags, 0);

			packet.bytes[1] = tos;
			EXPECT_TRUE(shows(&packet, 0, flags & SYN && tos & 3 ? A(ECT_ON_SYN) : 0));
			packet = packet_of(true, flags, 0);
			put16(packet.bytes, 0x6000 | tos << 4);
			EXPECT_TRUE(shows(&packet, 0, flags & SYN && tos & 3 ? A(ECT_ON_SYN) : 0));
		}
	}
}

TEST(fragmented)
{
	const enum header fragment = FRAGMENT;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(legal_flags); i++) {
		const u8 expected = legal_flags[i] & SYN ? A(SYN_FRAGMENT) : 0;
		struct packet packet = packet_of(false, legal_flags[i], 0);

		EXPECT_TRUE(shows(&packet, TCPSHAKE_HINT_FRAGMENTED, expected));
		put16(packet.bytes + 6, 0x2000);
		EXPECT_TRUE(shows(&packet, 0, expected));
		put16(packet.bytes + 6, 0xc000);
		EXPECT_TRUE(shows(&packet, 0, 0));

		packet_ipv6(&packet);
		packet_ext_header(&packet, fragment, 0);
		packet_tcp(&packet, legal_flags[i], 5, 0);
		packet_close(&packet);
		EXPECT_TRUE(shows(&packet, 0, expected));
		put16(packet.bytes + 42, 6);	/* reserved bits; the only fragment there is */
		EXPECT_TRUE(shows(&packet, 0, 0));
	}
}

static bool shows_with_ip_options(const u8 *options, size_t len, u16 flags, u8 anomaly)
{
	struct packet packet;

	packet_ipv4(&packet, len);
	memcpy(packet.bytes + 20, options, len);
	packet_tcp(&packet, flags, 5, 0);
	packet_close(&packet);
	return shows(&packet, 0, anomaly);
}

/* RFC 7126: source routes and the recording of routes, wherever they stand. */
TEST(ip_options)
{
	static const u8 behind_others[] = { 1, 1, 148, 4, 0, 0, 68, 4, 5, 0, 131, 3, 4, 0, 0, 0 };
	static const u8 behind_end[] = { 1, 0, 131, 3, 4, 0, 0, 0 };
	static const u8 behind_nonsense[] = { 148, 1, 131, 3, 4, 0, 0, 0 };
	static const u8 cut_off[] = { 1, 1, 1, 148 };
	unsigned int kind;

	for (kind = 0; kind < 256; kind++) {
		const u8 options[] = { kind, 4, 4, 0 };
		const bool route = kind == 7 || kind == 131 || kind == 137;

		EXPECT_TRUE(shows_with_ip_options(options, 4, SYN, route ? A(IP_OPTS_SYN) : 0))
			TH_LOG("IP option %u", kind);
		EXPECT_TRUE(shows_with_ip_options(options, 4, SYN | ACK, 0));
		EXPECT_TRUE(shows_with_ip_options(options, 4, ACK, 0));
	}
	EXPECT_TRUE(shows_with_ip_options(behind_others, sizeof(behind_others), SYN,
					  A(IP_OPTS_SYN)));
	EXPECT_TRUE(shows_with_ip_options(behind_end, sizeof(behind_end), SYN, 0));
	EXPECT_TRUE(shows_with_ip_options(behind_nonsense, sizeof(behind_nonsense), SYN, 0));
	EXPECT_TRUE(shows_with_ip_options(cut_off, sizeof(cut_off), SYN, 0));
}

TEST(extension_headers)
{
	static const struct {
		enum header type;
		u8 anomaly;
	} cases[] = {
		{ HOPOPTS, A(IP_OPTS_SYN) }, { ROUTING, A(IP_OPTS_SYN) }, { DSTOPTS, 0 },
		{ AUTH, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct packet packet;

		packet_ipv6(&packet);
		packet_ext_header(&packet, cases[i].type, 1);
		packet_tcp(&packet, SYN, 5, 0);
		packet_close(&packet);
		EXPECT_TRUE(shows(&packet, 0, cases[i].anomaly));
	}
}

/* Marks of tools: each number of a mark changed by one is nobody's mark. */
TEST(marks_of_tools)
{
	static const struct {
		u32 seq;
		u16 ip_id;
		u16 window;
		bool tool;
	} tries[] = {
		{ 674711609, 7, 9, true }, { 674711608, 7, 9, false }, { 674711610, 7, 9, false },
		{ 6060842, 413, 9, true }, { 6060842, 412, 9, false }, { 6060841, 413, 9, false },
		{ 7, 54321, 65535, true }, { 7, 54320, 65535, false }, { 7, 54322, 65535, false },
		{ 7, 54321, 65534, false },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(tries); i++) {
		struct packet packet = packet_of(false, SYN, 0);

		put32(tcp_of(&packet) + 4, tries[i].seq);
		put16(tcp_of(&packet) + 14, tries[i].window);
		put16(packet.bytes + 4, tries[i].ip_id);
		EXPECT_TRUE(shows(&packet, 0, tries[i].tool ? A(SYN_SIG_TOOL) : 0))
			TH_LOG("try %zu", i);
		packet.bytes[20 + 13] = SYN | ACK;
		put32(tcp_of(&packet) + 8, 1);
		EXPECT_TRUE(shows(&packet, 0, 0));
	}
}

/* nmap: four windows, and an MSS of 1460 for all options. */
TEST(mark_of_nmap)
{
	struct tcpshake_segment seg;
	struct packet packet;
	unsigned int window;
	u8 *p;

	packet_ipv4(&packet, 0);
	p = packet_tcp(&packet, SYN, 6, 0);
	memcpy(p + 20, mss_option, 4);
	packet_close(&packet);
	for (window = 0; window < 65536; window++) {
		u8 expected = 0;

		if (!window)
			expected = A(SYN_WIN_ZERO);
		else if (window <= 4096 && window % 1024 == 0)
			expected = A(SYN_SIG_TOOL);
		put16(p + 14, window);
		ASSERT_TRUE(shows(&packet, 0, expected))
			TH_LOG("window %u", window);
	}
	put16(p + 14, 1024);
	p[23]++;
	EXPECT_TRUE(shows(&packet, 0, 0));

	packet_ipv4(&packet, 0);
	p = packet_tcp(&packet, SYN, 7, 0);
	put16(p + 14, 1024);
	memcpy(p + 20, mss_option, 4);
	memset(p + 24, 1, 4);
	packet_close(&packet);
	EXPECT_TRUE(shows(&packet, 0, 0));
	/* and no more of it captured than looks like the mark */
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse(packet.bytes, packet.len - 4, packet.len, &seg));
	EXPECT_TRUE(seg.options_cut);
	EXPECT_TRUE(anomalies_are(&seg.anomalies, 0));
}

TEST(many_at_once)
{
	static const u8 expected[] = {
		A(FLAGS_SYNURG), A(FLAGS_SYNPSH), A(ACK_NONZERO_NOACK), A(RESERVED_BITS),
		A(PORT_ZERO), A(SRC_MARTIAN), A(ISN_ZERO), A(SYN_WIN_ZERO),
		A(SYN_FRAGMENT), A(ECT_ON_SYN),
	};
	struct packet packet = packet_of(false, SYN | URG | PSH, 0);
	struct tcpshake_segment seg;
	u8 *p = tcp_of(&packet);

	packet.bytes[1] = 3;
	put16(packet.bytes + 4, 54321);
	packet.bytes[6] = 0x20;
	packet.bytes[12] = 0;
	put16(p, 0);
	put32(p + 4, 0);
	put32(p + 8, 1);
	p[12] |= 0x0e;
	put16(p + 14, 0);
	put16(p + 18, 9);
	EXPECT_EQ(TCPSHAKE_PARSE_SEGMENT, parse_packet(&packet, &seg));
	EXPECT_TRUE(anomalies_match(&seg.anomalies, expected, ARRAY_LENGTH(expected)));
}

/* Those that healthy networks show are told apart from those that they do not. */
TEST(legal_anomalies)
{
	static const u8 legal[] = {
		A(FLAGS_SYNURG), A(FLAGS_SYNPSH), A(ACK_ZERO_ACK), A(OPT_EXPERIMENTAL),
		A(MSS_ABSENT), A(TS_ZERO), A(SYN_RETRANS), A(SYN_AFTER_CLOSE),
		A(SYN_DATA_NO_TFO), A(SYN_TFO_REQ), A(SYN_TO_CLOSED_LISTENER), A(SYNACK_RETRANS),
		A(SYNACK_DATA), A(SYNACK_PART_TFO), A(RST_DATA),
	};
	struct tcpshake_anomalies all = { 0 };
	unsigned int i;

	EXPECT_TRUE(tcpshake_anomalies_legal(&all));
	for (i = 0; i < ARRAY_LENGTH(legal); i++)
		tcpshake_anomalies_add(&all, legal[i]);
	EXPECT_TRUE(tcpshake_anomalies_legal(&all));
	for (i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++) {
		struct tcpshake_anomalies one = { 0 };

		tcpshake_anomalies_add(&one, i);
		EXPECT_EQ(!!memchr(legal, i, sizeof(legal)), tcpshake_anomalies_legal(&one));
		tcpshake_anomalies_add_if(&one, true, A(FLAGS_SYNURG));
		EXPECT_EQ(!!memchr(legal, i, sizeof(legal)), tcpshake_anomalies_legal(&one));
	}
}

TEST_HARNESS_MAIN
