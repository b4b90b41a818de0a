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
	IPV6_HEADER = 40,
	EXT_HEADER = 8,
	EXT_HEADERS_MAX = 32,
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
	long long fragment;	/* offset in units of 8 octets; -1: not a fragment */
	long long ext_headers;	/* IPv6 destination options ahead of TCP */
};

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

/* RFC 1071 over the pseudo-header and the segment (RFC 9293, 3.1). */
static uint16_t checksum(const struct segment *seg, const uint8_t *tcp, size_t len)
{
	const size_t addr_len = address_len(seg->from.family);
	uint32_t total;

	total = sum(seg->from.addr, addr_len) + sum(seg->to.addr, addr_len) + IPPROTO_TCP +
		(uint32_t)len + sum(tcp, len);
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
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
	put16(p + 16, checksum(seg, p, len));
	return len;
}

/* The kernel fills in total length, identification and checksum (raw(7)). */
static size_t put_ipv4(const struct segment *seg, uint8_t *p)
{
	memset(p, 0, IPV4_HEADER);
	p[0] = 0x45;
	if (seg->fragment >= 0) {
		put16(p + 4, 1);
		put16(p + 6, seg->fragment);
	}
	p[8] = 64;
	p[9] = IPPROTO_TCP;
	memcpy(p + 12, seg->from.addr, 4);
	memcpy(p + 16, seg->to.addr, 4);
	return IPV4_HEADER;
}

static size_t put_ipv6(const struct segment *seg, uint8_t *p, size_t tcp_len)
{
	const size_t ext_len = EXT_HEADER * ((size_t)seg->ext_headers + (seg->fragment >= 0));
	uint8_t *next = p + 6, *ext = p + IPV6_HEADER;
	long long i;

	memset(p, 0, IPV6_HEADER + ext_len);
	p[0] = 0x60;
	put16(p + 4, (long long)(ext_len + tcp_len));
	p[7] = 64;
	memcpy(p + 8, seg->from.addr, 16);
	memcpy(p + 24, seg->to.addr, 16);
	for (i = 0; i < seg->ext_headers; i++, ext += EXT_HEADER) {
		*next = IPPROTO_DSTOPTS;
		next = ext;
		ext[2] = 1;	/* PadN (RFC 8200, 4.2) of 4 octets */
		ext[3] = 4;
	}
	if (seg->fragment >= 0) {
		*next = IPPROTO_FRAGMENT;
		next = ext;
		put16(ext + 2, seg->fragment << 3);
		put32(ext + 4, 1);
	}
	*next = IPPROTO_TCP;
	return IPV6_HEADER + ext_len;
}

/* The IPv6 header has to know the length of what follows it: TCP first. */
static size_t put_packet(const struct segment *seg, uint8_t *packet)
{
	static uint8_t tcp[PACKET_MAX];
	const size_t len = put_tcp(seg, tcp);
	const size_t ip = seg->from.family == AF_INET ? put_ipv4(seg, packet) :
							put_ipv6(seg, packet, len);

	memcpy(packet + ip, tcp, len);
	return ip + len;
}

#endif /* TCPSHAKE_SELFTESTS_INJECT_PACKET_H */
