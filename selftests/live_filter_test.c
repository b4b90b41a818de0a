// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's filter of a live capture: nothing a handshake needs may be left out,
 * bulk transfers must be. Run here as the kernel runs it, over packets made by hand.
 */
#include <sys/socket.h>

#include "live_filter.h"
#include "packet_test.h"

#define BULK 1400	/* octets of payload that a full segment has */

enum link {
	ETHERNET = DLT_EN10MB,
	RAW = DLT_RAW,
	COOKED = DLT_LINUX_SLL,
	COOKED2 = DLT_LINUX_SLL2,
};

static const enum link links[] = { ETHERNET, RAW, COOKED, COOKED2 };

/* Before the IP packet; tags are EtherTypes of 4 octets each. */
static size_t put_link(u8 *p, enum link link, u16 type, const u16 *tags, size_t tag_count)
{
	size_t at = link == ETHERNET ? 12 : link == COOKED ? 14 : 0, i;

	memset(p, 0, 64);
	if (link == RAW)
		return 0;
	for (i = 0; i < tag_count; i++, at += 4)
		put16(p + at, tags[i]);
	put16(p + at, type);
	return link == COOKED2 ? 20 : at + 2;
}

struct wish {
	bool outermost;
	struct filter filter;
};

static const struct wish everything = { .filter = { .client_port = -1, .server_port = -1 } };

static bool frame_passes(enum link link, const u8 *frame, size_t len, const struct wish *wish)
{
	pcap_t *pcap = pcap_open_dead(link, 512);
	const struct pcap_pkthdr header = { .caplen = len < 512 ? len : 512, .len = len };
	struct bpf_program program;
	bool result;

	if (!live_filter_compile(pcap, wish->outermost, &wish->filter, &program))
		abort();
	result = pcap_offline_filter(&program, &header, frame);
	pcap_freecode(&program);
	pcap_close(pcap);
	return result;
}

static bool passes_as(enum link link, u16 type, const struct packet *packet, const u16 *tags,
		      size_t tag_count, const struct wish *wish)
{
	u8 frame[sizeof(packet->bytes) + 64];
	const size_t header = put_link(frame, link, type, tags, tag_count);

	memcpy(frame + header, packet->bytes, packet->len);
	return frame_passes(link, frame, header + packet->len, wish);
}

/* On every link alike, or neither 0 nor 1. */
static int passes_wish(const struct packet *packet, const struct wish *wish)
{
	const u16 type = packet->bytes[0] >> 4 == 4 ? 0x0800 : 0x86dd;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(links); i++)
		count += passes_as(links[i], type, packet, NULL, 0, wish);
	return count == ARRAY_LENGTH(links) ? 1 : count ? -1 : 0;
}

static int passes(const struct packet *packet)
{
	return passes_wish(packet, &everything);
}

static struct packet tcp(int version, u16 flags, size_t payload)
{
	struct packet packet;

	if (version == 4)
		packet_ipv4(&packet, 0);
	else
		packet_ipv6(&packet);
	packet_tcp(&packet, flags, 8, payload);
	packet_close(&packet);
	return packet;
}

/* Anything else, of this protocol; the first two octets of its payload can be set. */
static struct packet other(int version, u8 protocol, size_t payload, u16 first)
{
	struct packet packet = tcp(version, 0, 0);

	packet.len -= 32;
	put16(packet_grow(&packet, payload), first);
	packet.bytes[version == 4 ? 9 : 6] = protocol;
	packet_close(&packet);
	return packet;
}

static const int versions[] = { 4, 6 };

/* Every combination of the flags that count, and of two that do not. */
TEST(flags)
{
	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		u16 flags;

		for (flags = 0; flags < 0x200; flags++) {
			const bool only_ack = (flags & (SYN | FIN | RST | ACK)) == ACK;
			struct packet large = tcp(version, flags, BULK);
			struct packet bare = tcp(version, flags, 0);

			EXPECT_EQ(!only_ack, passes(&large)) TH_LOG("flags %x", flags);
			EXPECT_EQ(1, passes(&bare)) TH_LOG("flags %x", flags);
		}
	}
}

TEST(small_segments)
{
	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		const size_t headers = (version == 4 ? 20 : 40) + 32;
		size_t payload;

		for (payload = 0; payload < 700; payload++) {
			struct packet packet = tcp(version, ACK | PSH, payload);
			const int got = passes_as(ETHERNET, version == 4 ? 0x0800 : 0x86dd, &packet,
						  NULL, 0, &everything);

			EXPECT_EQ(headers + payload <= 576, got) TH_LOG("payload %zu", payload);
		}
	}
}

/* IPv4 options move the TCP header. */
TEST(ipv4_options)
{
	size_t options;

	for (options = 0; options <= 40; options += 4) {
		struct packet packet;

		packet_ipv4(&packet, options);
		packet_tcp(&packet, ACK, 15, BULK);
		packet_close(&packet);
		EXPECT_EQ(0, passes(&packet));
		packet.bytes[20 + options + 13] = ACK | FIN;
		EXPECT_EQ(1, passes(&packet));
	}
}

/* What ends before its TCP header does is malformed, and to be seen as that. */
TEST(cut_headers)
{
	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		struct packet packet = tcp(version, ACK, 0);
		const size_t ip = version == 4 ? 20 : 40;

		for (; packet.len >= ip; packet.len--) {
			packet_close(&packet);
			EXPECT_EQ(1, passes(&packet)) TH_LOG("%zu octets", packet.len);
		}
	}
}

/* The IP header counts, not what a link puts behind the packet. */
TEST(trailers)
{
	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		struct packet packet = tcp(version, ACK, 0);

		packet_grow(&packet, 1000);
		EXPECT_EQ(1, passes(&packet));
	}
}

/* A length field of 0: too large a packet for it, or a small one that lies. */
TEST(length_of_zero)
{
	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		struct packet large = tcp(version, ACK, BULK), small = tcp(version, ACK, 0);

		put16(large.bytes + (version == 4 ? 2 : 4), 0);
		put16(small.bytes + (version == 4 ? 2 : 4), 0);
		EXPECT_EQ(0, passes(&large));
		EXPECT_EQ(1, passes(&small));
	}
}

TEST(lengths_that_lie)
{
	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		struct packet packet = tcp(version, ACK, 0);

		put16(packet.bytes + (version == 4 ? 2 : 4), 1500);
		EXPECT_EQ(1, passes(&packet));
	}
}

TEST(fragments)
{
	static const u16 offsets[] = { 0x2000, 0x2010, 0x0010 };
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(offsets); i++) {
		struct packet packet = tcp(4, ACK, BULK);

		put16(packet.bytes + 6, offsets[i]);
		EXPECT_EQ(1, passes(&packet));
		packet.bytes[9] = PROTO_UDP;
		EXPECT_EQ(1, passes(&packet));
		EXPECT_EQ(0, passes_wish(&packet, &(struct wish){
			.outermost = true, .filter = everything.filter }));
		packet.bytes[9] = 1;
		packet.bytes[20] = 8;
		EXPECT_EQ(0, passes(&packet));
	}
}

TEST(extension_headers)
{
	static const u8 types[] = { HOPOPTS, ROUTING, FRAGMENT, AUTH, DSTOPTS };
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(types); i++) {
		struct packet packet;

		packet_ipv6(&packet);
		packet_ext_header(&packet, types[i], 1);
		packet_tcp(&packet, ACK, 8, BULK);
		packet_close(&packet);
		EXPECT_EQ(1, passes(&packet)) TH_LOG("type %u", types[i]);
	}
}

TEST(icmp)
{
	unsigned int type;

	for (type = 0; type < 256; type++) {
		struct packet v4 = other(4, 1, 100, type << 8), v6 = other(6, 58, 100, type << 8);

		EXPECT_EQ(type == 3 || type == 11 || type == 12, passes(&v4));
		EXPECT_EQ(type == 1 || type == 3, passes(&v6));
	}
}

TEST(protocols)
{
	static const struct wish outermost = {
		.outermost = true, .filter = { .client_port = -1, .server_port = -1 },
	};
	unsigned int protocol;

	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];

		for (protocol = 1; protocol < 256; protocol++) {
			const bool tunnel = protocol == 4 || protocol == 41 || protocol == 47 ||
					    protocol == 97 || protocol == 137;
			const bool extended = version == 6 && (protocol == 43 || protocol == 44 ||
							       protocol == 51 || protocol == 60);
			struct packet packet = other(version, protocol, BULK, 0x0000);

			if (protocol == PROTO_TCP)
				continue;
			EXPECT_EQ(tunnel || extended, passes(&packet)) TH_LOG("%u", protocol);
			EXPECT_EQ(extended, passes_wish(&packet, &outermost))
				TH_LOG("%u", protocol);
		}
	}
}

TEST(udp_ports)
{
	static const u16 ports[] = { 2152, 3544, 4754, 4789, 5072, 6081 };

	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		struct packet packet = other(version, PROTO_UDP, BULK, 53);
		u8 *udp = packet.bytes + (version == 4 ? 20 : 40);
		size_t i;

		put16(udp + 2, 40000);
		EXPECT_EQ(0, passes(&packet));
		for (i = 0; i < ARRAY_LENGTH(ports); i++) {
			put16(udp, ports[i]);
			put16(udp + 2, 40000);
			EXPECT_EQ(1, passes(&packet));
			put16(udp, 40000);
			put16(udp + 2, ports[i]);
			EXPECT_EQ(1, passes(&packet));
		}
	}
}

/* Behind two tags the filter sees, behind three it lets everything pass. */
TEST(tags)
{
	static const u16 types[] = { 0x88a8, 0x8100, 0x8100 };

	for (size_t v = 0; v < ARRAY_LENGTH(versions); v++) {
		const int version = versions[v];
		struct packet large = tcp(version, ACK, BULK), syn = tcp(version, SYN, BULK);
		const u16 type = version == 4 ? 0x0800 : 0x86dd;
		size_t count;

		for (count = 0; count <= 3; count++) {
			EXPECT_EQ(count == 3, passes_as(ETHERNET, type, &large, types, count,
							&everything));
			EXPECT_TRUE(passes_as(ETHERNET, type, &syn, types, count, &everything));
		}
	}
}

/* Kernels before 6.8 give a filter 20480 octets, and make 60 of an instruction. */
TEST(size)
{
	const struct prefix prefix = { .family = AF_INET6, .length = 64, .address = { 0x20, 1 } };
	const struct filter filter = {
		.client = prefix, .server = prefix, .client_port = 1, .server_port = 2,
	};
	pcap_t *pcap = pcap_open_dead(ETHERNET, 512);
	struct bpf_program program;

	ASSERT_TRUE(live_filter_compile(pcap, false, &filter, &program));
	EXPECT_GE(250u, program.bf_len);
	pcap_freecode(&program);
	pcap_close(pcap);
}

TEST(other_ether_types)
{
	static const u16 types[] = {
		0x05dc, 0x8847, 0x8848, 0x8864, 0x880b, 0x6558, 0x8926, 0x893f, 0x9100, 0x9200,
	};
	static const u16 vlan = 0x8100;
	struct packet packet = tcp(4, ACK, BULK);
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(types); i++) {
		EXPECT_TRUE(passes_as(ETHERNET, types[i], &packet, NULL, 0, &everything));
		EXPECT_TRUE(passes_as(ETHERNET, types[i], &packet, &vlan, 1, &everything));
	}
	EXPECT_FALSE(passes_as(ETHERNET, 0x0806, &packet, NULL, 0, &everything));
}

/* A user's filter holds for TCP that can be seen, in both directions. */
TEST(wanted)
{
	struct wish wish = everything;
	struct packet packet = tcp(4, SYN, 0);

	wish.filter.server_port = SERVER_PORT;
	EXPECT_EQ(1, passes_wish(&packet, &wish));
	wish.filter.client_port = CLIENT_PORT;
	EXPECT_EQ(1, passes_wish(&packet, &wish));
	put16(packet.bytes + 20, SERVER_PORT);
	put16(packet.bytes + 22, CLIENT_PORT);
	EXPECT_EQ(1, passes_wish(&packet, &wish));
	put16(packet.bytes + 20, SERVER_PORT + 1);
	EXPECT_EQ(0, passes_wish(&packet, &wish));
	packet = other(4, 47, 100, 0);
	EXPECT_EQ(1, passes_wish(&packet, &wish));

	wish = everything;
	packet = tcp(4, SYN, 0);
	wish.filter.client = (struct prefix){ .family = AF_INET, .length = 24,
					      .address = { 192, 0, 2 } };
	EXPECT_EQ(1, passes_wish(&packet, &wish));
	wish.filter.client.address[2] = 3;
	EXPECT_EQ(0, passes_wish(&packet, &wish));
	packet = tcp(6, SYN, 0);
	EXPECT_EQ(0, passes_wish(&packet, &wish));
	wish.filter.client = (struct prefix){ .family = AF_INET6, .length = 32,
					      .address = { 0x20, 0x01, 0x0d, 0xb8 } };
	EXPECT_EQ(1, passes_wish(&packet, &wish));
}

TEST_HARNESS_MAIN
