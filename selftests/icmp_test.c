// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors: every type and code, packets and windows cut at every octet, what is
 * quoted and how much of it; then what comes of them to a flow. A read beyond the
 * window is a fault.
 */
#include "packet_test.h"

#include "core/icmp.h"

#define U(name) TCPSHAKE_UNREACHABLE_##name
#define PROTO_ICMP 1
#define PROTO_ICMPV6 58
#define ICMP_HEADER 8

/* An error of that type about a SYN; outer, inner: octets of options in both IPv4 headers. */
static struct packet error_about_syn(bool v6, u8 type, u8 code, size_t outer, size_t inner)
{
	struct packet packet, quoted;
	u8 *p;

	if (v6) {
		packet_ipv6(&quoted);
		packet_ipv6(&packet);
		packet.bytes[6] = PROTO_ICMPV6;
	} else {
		packet_ipv4(&quoted, inner);
		packet_ipv4(&packet, outer);
		packet.bytes[9] = PROTO_ICMP;
		memset(packet.bytes + 12, 9, 8);	/* from a router, to anybody */
	}
	packet_tcp(&quoted, SYN, 6, 0);
	packet_close(&quoted);
	p = packet_grow(&packet, ICMP_HEADER + quoted.len);
	p[0] = type;
	p[1] = code;
	memcpy(p + ICMP_HEADER, quoted.bytes, quoted.len);
	packet_close(&packet);
	return packet;
}

static size_t quote_at(const struct packet *packet)
{
	const bool v6 = packet->bytes[0] >> 4 == 6;

	return (v6 ? 40 : (packet->bytes[0] & 15) * 4) + ICMP_HEADER;
}

/* Once where reading on is a fault, once where reading before is; with rubbish in the result. */
static u8 parse_icmp(const u8 *bytes, size_t window, size_t packet_len,
		     struct tcpshake_segment *quoted)
{
	const size_t size = 65536;
	struct tcpshake_segment again;
	u8 *area = guarded(size);
	u8 result, other;

	memset(quoted, 0xa5, sizeof(*quoted));
	memcpy(area + size - window, bytes, window);
	result = tcpshake_icmp_parse(area + size - window, window, packet_len, quoted);
	memset(&again, 0x5a, sizeof(again));
	memcpy(area, bytes, window);
	other = tcpshake_icmp_parse(area, window, packet_len, &again);
	if (result != other)
		abort();
	if (result && (memcmp(quoted->src, again.src, 16) || memcmp(quoted->dst, again.dst, 16) ||
		       quoted->src_port != again.src_port || quoted->dst_port != again.dst_port ||
		       quoted->seq != again.seq))
		abort();
	return result;
}

/* What is promised: the endpoints, and the sequence number. */
static bool quotes_the_syn(const struct packet *packet, const struct tcpshake_segment *quoted)
{
	return addresses_set(packet, quoted) && quoted->src_port == CLIENT_PORT &&
	       quoted->dst_port == SERVER_PORT && quoted->seq == TCP_SEQ &&
	       tcpshake_anomalies_empty(&quoted->anomalies);
}

static u8 meaning(bool v6, unsigned int type, unsigned int code)
{
	static const struct {
		bool v6;
		u8 type, code, how;
	} meanings[] = {
		{ false, 3, 0, U(NET) }, { false, 3, 1, U(HOST) }, { false, 3, 2, U(PORT) },
		{ false, 3, 3, U(PORT) }, { false, 3, 9, U(ADMIN) }, { false, 3, 10, U(ADMIN) },
		{ false, 3, 13, U(ADMIN) }, { false, 11, 0, U(TTL) },
		{ true, 1, 0, U(NET) }, { true, 1, 1, U(ADMIN) }, { true, 1, 3, U(HOST) },
		{ true, 1, 4, U(PORT) }, { true, 1, 5, U(ADMIN) }, { true, 1, 6, U(NET) },
		{ true, 3, 0, U(TTL) },
	};
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(meanings); i++)
		if (meanings[i].v6 == v6 && meanings[i].type == type && meanings[i].code == code)
			return meanings[i].how;
	return !v6 && type == 12 ? U(PARAMETER) : 0;
}

TEST(every_type_and_code)
{
	unsigned int v6, type, code;
	struct tcpshake_segment quoted;

	for (v6 = 0; v6 < 2; v6++) {
		for (type = 0; type < 256; type++) {
			for (code = 0; code < 256; code++) {
				const struct packet packet = error_about_syn(v6, type, code, 0, 0);
				const u8 how = parse_icmp(packet.bytes, packet.len, packet.len,
							  &quoted);

				ASSERT_EQ(meaning(v6, type, code), how)
					TH_LOG("v6 %u, type %u, code %u", v6, type, code);
			}
		}
	}
}

/* 8 octets of the TCP header are enough, and needed: only then there is a number to match. */
static void expect_cut(struct __test_metadata *_metadata, const struct packet *packet,
		       size_t inner_header, bool window_only)
{
	const size_t needed = quote_at(packet) + inner_header + 8;
	struct tcpshake_segment quoted;
	size_t len;

	for (len = 0; len <= packet->len; len++) {
		const u8 how = parse_icmp(packet->bytes, len, window_only ? packet->len : len,
					  &quoted);

		EXPECT_EQ(len < needed ? 0 : U(HOST), how)
			TH_LOG("%zu of %zu octets, %zu needed", len, packet->len, needed);
		if (!how)
			continue;
		EXPECT_TRUE(quotes_the_syn(packet, &quoted));
	}
}

TEST(cut_at_every_octet)
{
	static const u8 lengths[] = { 0, 4, 40 };
	struct packet packet;
	unsigned int i, j, cut;

	for (cut = 0; cut < 2; cut++) {
		packet = error_about_syn(true, 1, 3, 0, 0);
		expect_cut(_metadata, &packet, 40, cut);
		for (i = 0; i < ARRAY_LENGTH(lengths); i++) {
			for (j = 0; j < ARRAY_LENGTH(lengths); j++) {
				packet = error_about_syn(false, 3, 1, lengths[i], lengths[j]);
				expect_cut(_metadata, &packet, 20 + lengths[j], cut);
			}
		}
	}
}

TEST(whole_quotes)
{
	struct packet packet = error_about_syn(false, 3, 3, 0, 0);
	struct tcpshake_segment quoted;

	EXPECT_EQ(U(PORT), parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	EXPECT_TRUE(quotes_the_syn(&packet, &quoted));
	packet = error_about_syn(true, 1, 4, 0, 0);
	EXPECT_EQ(U(PORT), parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	EXPECT_TRUE(quotes_the_syn(&packet, &quoted));
}

/* An IPv6 header chain quoted in part: the segment is not to be seen. */
TEST(quoted_extension_headers)
{
	struct tcpshake_segment quoted;
	struct packet packet, inner;
	unsigned int count, i;

	for (count = 0; count < 12; count++) {
		packet_ipv6(&inner);
		for (i = 0; i < count; i++)
			packet_ext_header(&inner, i & 1 ? DSTOPTS : HOPOPTS, 0);
		packet_tcp(&inner, SYN, 5, 0);
		packet_close(&inner);
		packet = error_about_syn(true, 1, 3, 0, 0);
		packet.len = quote_at(&packet);
		memcpy(packet_grow(&packet, inner.len), inner.bytes, inner.len);
		packet_close(&packet);
		EXPECT_EQ(count <= 8 ? U(HOST) : 0,
			  parse_icmp(packet.bytes, packet.len, packet.len, &quoted))
			TH_LOG("%u headers", count);
		EXPECT_TRUE(count > 8 || quotes_the_syn(&packet, &quoted));
		EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len - 13, packet.len, &quoted));
	}
}

/* Errors about other things than the first fragment of a TCP datagram; errors that are none. */
TEST(not_about_a_segment)
{
	struct packet packet = error_about_syn(false, 3, 1, 0, 0);
	struct tcpshake_segment quoted;
	u8 *quote = packet.bytes + 28;
	unsigned int bit;

	quote[9] = PROTO_UDP;
	EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	quote[9] = PROTO_TCP;
	quote[0] = 0x55;
	EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	quote[0] = 0x44;
	EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	quote[0] = 0x45;
	for (bit = 0; bit < 13; bit++) {
		put16(quote + 6, 1u << bit);	/* a later fragment is quoted */
		EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
		put16(quote + 6, 0);
		put16(packet.bytes + 6, 1u << bit);	/* a later fragment of the error itself */
		EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
		put16(packet.bytes + 6, 0);
	}
	put16(packet.bytes + 6, 0x2000);
	EXPECT_EQ(U(HOST), parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	packet.bytes[9] = PROTO_ICMPV6;
	EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	packet.bytes[9] = PROTO_TCP;
	EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	packet = error_about_syn(true, 1, 3, 0, 0);
	packet.bytes[6] = PROTO_ICMP;
	EXPECT_EQ(0, parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
}

/* Routers may quote less than the quoted packet says it is, and what no TCP sends. */
TEST(strange_quotes)
{
	struct packet packet = error_about_syn(false, 3, 1, 0, 0);
	struct tcpshake_segment quoted;
	u8 *quote = packet.bytes + 28;

	put16(quote + 2, 1500);
	EXPECT_EQ(U(HOST), parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	EXPECT_TRUE(quotes_the_syn(&packet, &quoted));
	quote[20 + 13] = SYN | FIN;
	EXPECT_EQ(U(HOST), parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	EXPECT_TRUE(tcpshake_anomalies_empty(&quoted.anomalies));
	put16(quote + 2, 20);	/* nothing of TCP, says the header */
	EXPECT_EQ(U(HOST), parse_icmp(packet.bytes, packet.len, packet.len, &quoted));
	EXPECT_EQ(CLIENT_PORT, quoted.src_port);
	EXPECT_EQ(TCP_SEQ, quoted.seq);
}

TEST(noise)
{
	u64 random = 0x9e3779b97f4a7c15ULL;
	unsigned int n, i, known = 0;

	for (n = 0; n < 300000; n++) {
		struct packet packet = error_about_syn(n & 1, n & 1 ? 1 : 3, 1, n % 11 * 4,
						       n % 7 * 4);
		struct tcpshake_segment quoted;
		size_t window;

		for (i = 0; i < n % 5; i++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			packet.bytes[(random >> 40) % packet.len] = random >> 32;
		}
		window = (random >> 20) % (packet.len + 1);
		known += !!parse_icmp(packet.bytes, window, packet.len, &quoted);
	}
	/* Else the test looks at nothing. */
	EXPECT_GT(known, n / 20);
}

static struct tcpshake_verdict unreachable(struct tcpshake_flow *flow,
					   struct tcpshake_segment quoted, u64 now_us)
{
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_unreachable(flow, NULL, &quoted, U(ADMIN), now_us, &v);
	return v;
}

/* Only the SYN of an attempt that was not answered ends it; a number nobody sent is a guess. */
TEST(what_comes_of_it)
{
	static const struct {
		u8 state;
		u8 from;
		u32 seq;
		u8 outcome;
		u8 anomaly;
	} cases[] = {
		{ HALF_OPEN_SYN, 0, 0, TCPSHAKE_OUTCOME_UNREACHABLE, 0 },
		{ HALF_OPEN_SYN, 0, -1u, 0, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE },
		{ HALF_OPEN_SYN, 0, 2, 0, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE },
		{ HALF_OPEN_SYN, 0, 0x80000000, 0, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE },
		{ HALF_OPEN_SYN, 1, 0, 0, 0 },
		{ HALF_OPEN_SYNACK, 0, 0, 0, 0 },
		{ HALF_OPEN_SYNACK, 0, -1u, 0, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE },
		{ HALF_OPEN_SYNACK, 1, 0, 0, 0 },
		{ HALF_OPEN_SYNACK, 1, -1u, 0, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE },
		{ LINGERING, 0, 0, 0, 0 },
		{ LINGERING, 0, 9, 0, 0 },
		{ ABORTED, 0, 0, 0, 0 },
		{ ORPHAN, 0, 0, 0, 0 },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		for (j = 0; j < ARRAY_LENGTH(all_isns); j++) {
			const struct isns isn = all_isns[j];
			struct tcpshake_flow flow = flow_in(cases[i].state, isn, 5000);
			const u32 isn_of[] = { isn.x, isn.y };
			struct tcpshake_segment quoted =
				segment(cases[i].from, SYN, isn_of[cases[i].from] + cases[i].seq,
					0, 0);
			struct tcpshake_verdict v;
			u8 to = flow.state;

			if (cases[i].outcome)
				to = ABORTED;
			v = unreachable(&flow, quoted, 5700);
			EXPECT_EQ(0, v.exit);
			EXPECT_EQ(cases[i].state, v.from);
			EXPECT_EQ(to, v.to);
			EXPECT_EQ(cases[i].outcome, v.ended.outcome)
				TH_LOG("case %zu, x %#x y %#x", i, isn.x, isn.y);
			EXPECT_TRUE(anomalies_are(&v.anomalies, cases[i].anomaly))
				TH_LOG("case %zu, x %#x y %#x", i, isn.x, isn.y);
			EXPECT_EQ(v.to, VALUE(flow.state));
			if (!cases[i].outcome)
				continue;
			EXPECT_EQ(U(ADMIN), v.ended.unreachable);
			EXPECT_EQ(700, v.ended.total_us);
		}
	}
}

/* What the client sent after its SYN may be quoted as well: that is no guess, and ends nothing. */
TEST(quotes_of_what_follows)
{
	const struct isns isn = { 0xffffffff, 0 };
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYNACK, isn, 0);
	struct tcpshake_verdict v;

	v = unreachable(&flow, segment(TCPSHAKE_FROM_CLIENT, ACK, isn.x + 1, 0, 0), 10);
	EXPECT_EQ(0, v.ended.outcome);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	v = unreachable(&flow, segment(TCPSHAKE_FROM_CLIENT, ACK, isn.x + 2, 0, 0), 10);
	EXPECT_TRUE(anomalies_are(&v.anomalies, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE));
	v = unreachable(&flow, segment(TCPSHAKE_FROM_SERVER, ACK, isn.y + 1, 0, 0), 10);
	EXPECT_TRUE(anomalies_are(&v.anomalies, 0));
	v = unreachable(&flow, segment(TCPSHAKE_FROM_SERVER, ACK, isn.y + 2, 0, 0), 10);
	EXPECT_TRUE(anomalies_are(&v.anomalies, TCPSHAKE_ANOMALY_ICMP_BAD_QUOTE));
}

/* The next attempt is another one, and nothing odd: the connection never was. */
TEST(another_try)
{
	const struct isns isn = { 7, 9 };
	struct tcpshake_flow flow = flow_in(HALF_OPEN_SYN, isn, 0);
	struct tcpshake_verdict v;

	unreachable(&flow, segment(TCPSHAKE_FROM_CLIENT, SYN, isn.x, 0, 0), 10);
	v = send_syn(&flow, isn.x, 20);
	EXPECT_EQ(TCPSHAKE_EXIT_SYN_RETRANSMIT, v.exit);
	v = send_syn(&flow, 4711, 30);
	EXPECT_EQ(TCPSHAKE_THEN_OPEN, v.then);
}

TEST_HARNESS_MAIN
