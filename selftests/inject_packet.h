/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a description of a TCP segment to the octets of an IP packet. Nothing is
 * checked here: a header that lies is what some tests are about.
 */
#ifndef TCPSHAKE_SELFTESTS_INJECT_PACKET_H
#define TCPSHAKE_SELFTESTS_INJECT_PACKET_H

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum {
	TCP_HEADER = 20,
	TCP_OPTIONS_MAX = 40,
	IPV4_HEADER = 20,
	IPV4_OPTIONS_MAX = 40,
	IPV6_HEADER = 40,
	EXT_HEADER = 8,
	EXT_HEADERS_MAX = 32,
	ICMP_HEADER = 8,
	PAYLOAD_MAX = 60000,
	PACKET_MAX = 65535,
};

struct endpoint {
	int family;
	uint8_t addr[16];
	uint16_t port;
};

struct segment {
	struct endpoint from, to;
	long long flags;	/* octets 12 and 13 without the data offset: reserved, AE..FIN */
	long long reserved;	/* three bits */
	long long seq, ack;	/* modulo 2^32, so that callers may just add */
	long long window, urgent;
	uint8_t options[TCP_OPTIONS_MAX];
	size_t options_len;
	long long payload;
	long long doff;		/* -1: what it ought to be */
	long long truncate;	/* octets of header and payload that are sent; -1: all */
	long long checksum;	/* 0: right; else it is off by so much */
	long long ttl;		/* or hop limit */
	long long ip_ecn;	/* IP's ECN field */
	long long ip_id;	/* IPv4; 0: whoever sends it may choose */
	uint8_t ip_options[IPV4_OPTIONS_MAX];	/* IPv4 */
	size_t ip_options_len;
	long long fragment;	/* offset in units of 8 octets; -1: not a fragment */
	long long split;	/* sent as fragments of so many octets; 0: in one piece */
	long long ext_headers;	/* IPv6 destination options ahead of TCP */
	char chain[EXT_HEADERS_MAX + 1]; /* other extension headers ahead of these: letters */
	long long icmp;		/* type and code of an error that quotes it; -1: sent itself */
	long long quote;	/* octets of TCP that the error quotes; -1: all */
};

#define SEGMENT_DEFAULTS .window = 65535, .doff = -1, .truncate = -1, .ttl = 64, \
	.fragment = -1, .icmp = -1, .quote = -1

static size_t address_len(int family)
{
	return family == AF_INET ? 4 : 16;
}

static void put16(uint8_t *p, long long value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, long long value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static uint32_t sum(const uint8_t *p, size_t len)
{
	uint32_t total = 0;
	size_t i;

	for (i = 0; i < len; i++)
		total += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	return total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

/* RFC 1071 over the pseudo-header and what it is of (RFC 9293, 3.1; RFC 4443, 2.3). */
static uint16_t checksum(const struct endpoint *from, const struct endpoint *to, int protocol,
			 const uint8_t *p, size_t len)
{
	const size_t addr_len = address_len(from->family);

	return fold(sum(from->addr, addr_len) + sum(to->addr, addr_len) + (uint32_t)protocol +
		    (uint32_t)len + sum(p, len));
}

static size_t put_tcp(const struct segment *seg, uint8_t *p)
{
	const size_t header = TCP_HEADER + seg->options_len;
	const long long doff = seg->doff < 0 ? (long long)header / 4 : seg->doff;
	const size_t len = header + (size_t)seg->payload;

	memset(p, 0, header);
	put16(p, seg->from.port);
	put16(p + 2, seg->to.port);
	put32(p + 4, seg->seq);
	put32(p + 8, seg->ack);
	put16(p + 12, doff << 12 | seg->reserved << 9 | seg->flags);
	put16(p + 14, seg->window);
	put16(p + 18, seg->urgent);
	memcpy(p + TCP_HEADER, seg->options, seg->options_len);
	memset(p + header, 'x', len - header);
	if (seg->truncate >= 0 && (size_t)seg->truncate < len)
		return (size_t)seg->truncate;
	put16(p + 16, checksum(&seg->from, &seg->to, IPPROTO_TCP, p, len) + seg->checksum);
	return len;
}

/* The kernel fills in identification, if 0, and checksum by itself (raw(7)). */
static size_t put_ipv4(const struct segment *seg, uint8_t *p, uint8_t protocol, size_t len)
{
	const size_t header = IPV4_HEADER + seg->ip_options_len;

	memset(p, 0, header);
	p[0] = (uint8_t)(0x40 | header / 4);
	p[1] = (uint8_t)seg->ip_ecn;
	put16(p + 2, (long long)(header + len));
	put16(p + 4, seg->ip_id);
	if (seg->fragment >= 0) {
		put16(p + 4, 1);
		put16(p + 6, seg->fragment);
	}
	p[8] = (uint8_t)seg->ttl;
	p[9] = protocol;
	memcpy(p + 12, seg->from.addr, 4);
	memcpy(p + 16, seg->to.addr, 4);
	memcpy(p + IPV4_HEADER, seg->ip_options, seg->ip_options_len);
	put16(p + 10, fold(sum(p, header)));
	return header;
}

/*
 * h: hop-by-hop, d: destination options, both with nothing in them; r: routing,
 * arrived; f: fragment, but all of it (RFC 6946).
 */
static uint8_t put_ext_header(char kind, uint8_t *ext)
{
	enum { EXPERIMENTAL_ROUTING = 253, PADN = 1 };	/* RFC 4727, 3; RFC 8200, 4.2 */

	switch (kind) {
	case 'f':
		put32(ext + 4, 1);
		return IPPROTO_FRAGMENT;
	case 'r':
		ext[2] = EXPERIMENTAL_ROUTING;
		return IPPROTO_ROUTING;
	default:
		ext[2] = PADN;
		ext[3] = 4;
		return kind == 'h' ? IPPROTO_HOPOPTS : IPPROTO_DSTOPTS;
	}
}

static size_t put_ipv6(const struct segment *seg, uint8_t *p, uint8_t protocol, size_t len)
{
	const size_t chain = strlen(seg->chain), all = chain + (size_t)seg->ext_headers;
	const size_t ext_len = EXT_HEADER * (all + (seg->fragment >= 0));
	uint8_t *next = p + 6, *ext = p + IPV6_HEADER;
	size_t i;

	memset(p, 0, IPV6_HEADER + ext_len);
	put16(p, 0x6000 | seg->ip_ecn << 4);
	put16(p + 4, (long long)(ext_len + len));
	p[7] = (uint8_t)seg->ttl;
	memcpy(p + 8, seg->from.addr, 16);
	memcpy(p + 24, seg->to.addr, 16);
	for (i = 0; i < all; i++, ext += EXT_HEADER) {
		*next = put_ext_header(i < chain ? seg->chain[i] : 'd', ext);
		next = ext;
	}
	if (seg->fragment >= 0) {
		*next = IPPROTO_FRAGMENT;
		next = ext;
		put16(ext + 2, seg->fragment << 3);
		put32(ext + 4, 1);
	}
	*next = protocol;
	return IPV6_HEADER + ext_len;
}

/* From the segment's destination to its source: this, which is at packet, did not arrive. */
static size_t put_icmp(const struct segment *seg, uint8_t *packet, size_t len)
{
	static uint8_t icmp[PACKET_MAX];
	const struct segment outer = { .from = seg->to, .to = seg->from, SEGMENT_DEFAULTS };
	size_t ip;

	memset(icmp, 0, ICMP_HEADER);
	put16(icmp, seg->icmp);
	memcpy(icmp + ICMP_HEADER, packet, len);
	len += ICMP_HEADER;
	if (seg->from.family == AF_INET) {
		put16(icmp + 2, fold(sum(icmp, len)));
		ip = put_ipv4(&outer, packet, IPPROTO_ICMP, len);
	} else {
		put16(icmp + 2, checksum(&outer.from, &outer.to, IPPROTO_ICMPV6, icmp, len));
		ip = put_ipv6(&outer, packet, IPPROTO_ICMPV6, len);
	}
	memcpy(packet + ip, icmp, len);
	return ip + len;
}

/* The IP header has to know the length of what follows it: TCP first. */
static size_t put_packet(const struct segment *seg, uint8_t *packet)
{
	static uint8_t tcp[PACKET_MAX];
	size_t len = put_tcp(seg, tcp);
	const size_t ip = seg->from.family == AF_INET ?
				  put_ipv4(seg, packet, IPPROTO_TCP, len) :
				  put_ipv6(seg, packet, IPPROTO_TCP, len);

	if (seg->icmp >= 0 && seg->quote >= 0 && (size_t)seg->quote < len)
		len = (size_t)seg->quote;
	memcpy(packet + ip, tcp, len);
	return seg->icmp < 0 ? ip + len : put_icmp(seg, packet, ip + len);
}

/*
 * The fragment of a packet that begins at octet at of what the IP header, without
 * extension headers, is followed by. Return: its length; 0 behind the last one.
 */
static size_t put_fragment(const struct segment *seg, const uint8_t *packet, size_t packet_len,
			   size_t at, uint8_t *p)
{
	enum { ID = 0x5eed, IPV4_MORE = 0x2000, IPV6_MORE = 1 };
	const bool v4 = seg->from.family == AF_INET;
	const size_t ip = v4 ? IPV4_HEADER + seg->ip_options_len : IPV6_HEADER;
	const size_t header = v4 ? ip : ip + EXT_HEADER;
	const size_t left = packet_len - ip - at;
	const size_t len = left < (size_t)seg->split ? left : (size_t)seg->split;

	if (ip + at >= packet_len)
		return 0;
	memcpy(p, packet, ip);
	memcpy(p + header, packet + ip + at, len);
	if (v4) {
		put16(p + 2, (long long)(header + len));
		put16(p + 4, ID);
		put16(p + 6, (long long)(at / 8 | (len < left ? IPV4_MORE : 0)));
		put16(p + 10, 0);
		put16(p + 10, fold(sum(p, header)));
		return header + len;
	}
	put16(p + 4, (long long)(EXT_HEADER + len));
	memset(p + ip, 0, EXT_HEADER);
	p[ip] = p[6];
	p[6] = IPPROTO_FRAGMENT;
	put16(p + ip + 2, (long long)(at | (len < left ? IPV6_MORE : 0)));
	put32(p + ip + 4, ID);
	return header + len;
}

#endif /* TCPSHAKE_SELFTESTS_INJECT_PACKET_H */
