/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The layers mkpcap can wrap a segment in, written by hand from their
 * specifications: nothing here is shared with what takes them off again.
 */
#ifndef TCPSHAKE_MKPCAP_LAYERS_H
#define TCPSHAKE_MKPCAP_LAYERS_H

enum { FRAMES_MAX = 32, FRAME_SIZE = 2048 };

/* One packet, growing towards the front. */
struct frame {
	uint8_t bytes[FRAME_SIZE];
	size_t start;
	bool from_client;
	bool bad_checksum;
};

struct stack {
	struct frame frames[FRAMES_MAX];
	size_t count;
};

/*
 * How others announce the layer: by EtherType, IP protocol, PPP protocol, link
 * type of a file. size octets of zeros are put in front before put() is called.
 */
struct layer {
	const char *name;
	size_t size;
	uint16_t ether;
	uint8_t proto;
	uint16_t ppp;
	int link;
	void (*put)(struct frame *frame, uint8_t *p, const struct layer *inner);
	void (*split)(struct stack *stack);
};

static const struct layer tcp_layer = { .name = "tcp", .proto = 6 };

static void put_be16(uint8_t *p, unsigned int value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static void put_be32(uint8_t *p, uint32_t value)
{
	put_be16(p, value >> 16);
	put_be16(p + 2, value & 0xffff);
}

static size_t size_of(const struct frame *frame)
{
	return sizeof(frame->bytes) - frame->start;
}

static uint32_t sum_of(uint32_t sum, const uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* ---- IP ------------------------------------------------------------------------ */

/* p: IP header; tcp: what follows it. */
static void finish_tcp(struct frame *frame, const uint8_t *addresses, size_t size, uint8_t *tcp)
{
	const size_t length = frame->bytes + sizeof(frame->bytes) - tcp;
	uint32_t sum = sum_of(6 + length, addresses, size);

	put_be16(tcp + 16, folded(sum_of(sum, tcp, length)));
	tcp[16] ^= frame->bad_checksum;
}

static void put_ip4(struct frame *frame, uint8_t *p, const struct layer *inner)
{
	static uint16_t id;
	const uint32_t client = 0x0a000001, server = 0x0a000002;

	p[0] = 0x45;
	put_be16(p + 2, size_of(frame));
	put_be16(p + 4, ++id);
	p[8] = 64;
	p[9] = inner->proto;
	put_be32(p + 12, frame->from_client ? client : server);
	put_be32(p + 16, frame->from_client ? server : client);
	put_be16(p + 10, folded(sum_of(0, p, 20)));
	if (inner == &tcp_layer)
		finish_tcp(frame, p + 12, 8, p + 20);
}

/* Everything but the checksum of the TCP header. */
static void fill_ip6(struct frame *frame, uint8_t *p, uint8_t next)
{
	p[0] = 0x60;
	put_be16(p + 4, size_of(frame) - 40);
	p[6] = next;
	p[7] = 64;
	put_be32(p + 8, 0x20010db8);
	put_be32(p + 24, 0x20010db8);
	p[23] = frame->from_client ? 1 : 2;
	p[39] = frame->from_client ? 2 : 1;
}

static void put_ip6(struct frame *frame, uint8_t *p, const struct layer *inner)
{
	fill_ip6(frame, p, inner->proto);
	if (inner == &tcp_layer)
		finish_tcp(frame, p + 8, 32, p + 40);
}

/* With hop-by-hop options of 8 octets. */
static void put_ip6_hopopts(struct frame *frame, uint8_t *p, const struct layer *inner)
{
	fill_ip6(frame, p, 0);
	p[40] = inner->proto;
	p[42] = 1;	/* PadN */
	p[43] = 4;
	if (inner == &tcp_layer)
		finish_tcp(frame, p + 8, 32, p + 48);
}

/* The end of a frame of so many octets. */
static uint8_t *place(struct frame *frame, size_t size)
{
	frame->start = sizeof(frame->bytes) - size;
	return frame->bytes + frame->start;
}

/* Octets of a fragment's payload: the TCP header itself is split. */
enum { PIECE = 8, FRAGMENT_HEADER = 8 };

static void fragment4(struct frame *piece, const struct frame *whole, size_t at)
{
	const uint8_t *from = whole->bytes + whole->start;
	const size_t left = size_of(whole) - 20 - at, size = left < PIECE ? left : PIECE;
	uint8_t *p = place(piece, 20 + size);

	memcpy(p, from, 20);
	memcpy(p + 20, from + 20 + at, size);
	put_be16(p + 2, 20 + size);
	put_be16(p + 6, at / 8 | (left > size ? 0x2000 : 0));
	put_be16(p + 10, 0);
	put_be16(p + 10, folded(sum_of(0, p, 20)));
}

static void fragment6(struct frame *piece, const struct frame *whole, size_t at)
{
	static uint32_t id;
	const uint8_t *from = whole->bytes + whole->start;
	const size_t left = size_of(whole) - 40 - at, size = left < PIECE ? left : PIECE;
	uint8_t *p = place(piece, 40 + FRAGMENT_HEADER + size);

	memcpy(p, from, 40);
	memset(p + 40, 0, FRAGMENT_HEADER);
	memcpy(p + 40 + FRAGMENT_HEADER, from + 40 + at, size);
	put_be16(p + 4, FRAGMENT_HEADER + size);
	p[40] = from[6];
	p[6] = 44;
	put_be16(p + 42, at | (left > size));
	id += at == 0;
	put_be32(p + 44, id);
}

static void split(struct stack *stack,
		  void (*fragment)(struct frame *piece, const struct frame *whole, size_t at),
		  size_t header)
{
	const struct frame whole = stack->frames[0];
	size_t count = (size_of(&whole) - header + PIECE - 1) / PIECE;

	if (stack->count != 1 || count > FRAMES_MAX)
		errx(2, "what shall be split is too much");
	stack->count = count;
	for (size_t i = 0; i < count; i++) {
		stack->frames[i].from_client = whole.from_client;
		fragment(&stack->frames[i], &whole, i * PIECE);
	}
}

static void reverse(struct stack *stack)
{
	for (size_t i = 0; i < stack->count / 2; i++) {
		const struct frame kept = stack->frames[i];

		stack->frames[i] = stack->frames[stack->count - 1 - i];
		stack->frames[stack->count - 1 - i] = kept;
	}
}

/* Each piece comes a second time, with other octets. */
static void forge(struct stack *stack)
{
	if (2 * stack->count > FRAMES_MAX)
		errx(2, "what shall be forged is too much");
	for (size_t i = stack->count; i-- > 0;) {
		stack->frames[2 * i] = stack->frames[i];
		stack->frames[2 * i + 1] = stack->frames[i];
		memset(stack->frames[2 * i + 1].bytes + FRAME_SIZE - 4, 0xee, 4);
	}
	stack->count = 2 * stack->count - 1;	/* the last completes the datagram */
}

static void split4(struct stack *stack)
{
	split(stack, fragment4, 20);
}

static void split4_reversed(struct stack *stack)
{
	split(stack, fragment4, 20);
	reverse(stack);
}

static void split4_forged(struct stack *stack)
{
	split(stack, fragment4, 20);
	forge(stack);
}

static void split4_lossy(struct stack *stack)
{
	split(stack, fragment4, 20);
	stack->count--;
}

static void split6(struct stack *stack)
{
	split(stack, fragment6, 40);
}

static void split6_reversed(struct stack *stack)
{
	split(stack, fragment6, 40);
	reverse(stack);
}

#include "mkpcap_tunnels.h"

#define IP4 .ether = 0x0800, .proto = 4, .ppp = 0x21, .link = 228
#define IP6 .ether = 0x86dd, .proto = 41, .ppp = 0x57, .link = 229

static const struct layer layers[] = {
	{ "ip4", 20, IP4, .put = put_ip4 },
	{ "ip6", 40, IP6, .put = put_ip6 },
	{ "ip6-hopopts", 48, IP6, .put = put_ip6_hopopts },
	{ "split4", IP4, .split = split4 },
	{ "split4-reversed", IP4, .split = split4_reversed },
	{ "split4-forged", IP4, .split = split4_forged },
	{ "split4-lossy", IP4, .split = split4_lossy },
	{ "split6", IP6, .split = split6 },
	{ "split6-reversed", IP6, .split = split6_reversed },
	/* links */
	{ "ether", 14, .ether = 0x6558, .link = 1, .put = put_ether },
	{ "802.3", 14, .ether = 0x6558, .link = 1, .put = put_802_3 },
	{ "sll", 16, .link = 113, .put = put_sll },
	{ "sll2", 20, .link = 276, .put = put_sll2 },
	{ "raw", 0, .link = 101, .put = put_nothing },
	{ "null-le", 4, .link = 0, .put = put_null_le },
	{ "null-be", 4, .link = 0, .put = put_null_be },
	{ "loop", 4, .link = 108, .put = put_null_be },
	{ "ppp", 4, .ether = 0x880b, .link = 9, .put = put_ppp },
	{ "ppp-short", 1, .ether = 0x880b, .link = 9, .put = put_ppp_short },
	{ "ppp-hdlc", 4, .link = 50, .put = put_ppp },
	{ "ppp-dir", 5, .link = 204, .put = put_ppp_dir },
	{ "cisco-hdlc", 4, .link = 50, .put = put_chdlc },
	{ "chdlc", 4, .link = 104, .put = put_chdlc },
	{ "wifi", 24, .link = 105, .put = put_wifi },
	{ "wifi-qos", 26, .link = 105, .put = put_wifi_qos },
	{ "wifi-wds", 30, .link = 105, .put = put_wifi_wds },
	{ "wifi-amsdu", 40, .link = 105, .put = put_wifi_amsdu },
	{ "wifi-padded", 28, .link = 105, .put = put_wifi_qos },
	{ "radiotap", 9, .link = 127, .put = put_radiotap },
	{ "radiotap-pad", 17, .link = 127, .put = put_radiotap_pad },
	{ "ppi", 8, .link = 192, .put = put_ppi },
	{ "prism", 144, .link = 119, .put = put_nothing },
	{ "nflog", 20, .link = 239, .put = put_nflog },
	{ "nflog-be", 20, .link = 239, .put = put_nflog_be },
	{ "pflog", 64, .link = 117, .put = put_pflog },
	{ "enc", 12, .link = 109, .put = put_nothing },
	{ "fddi", 13, .link = 10, .put = put_nothing },
	{ "arcnet", 5, .link = 129, .put = put_arcnet },
	{ "arcnet-1201", 8, .link = 129, .put = put_arcnet_1201 },
	/* tags and shims */
	{ "vlan", 4, .ether = 0x8100, .put = put_vlan },
	{ "qinq", 4, .ether = 0x88a8, .put = put_vlan },
	{ "qinq-old", 4, .ether = 0x9100, .put = put_vlan },
	{ "vntag", 6, .ether = 0x8926, .put = put_vntag },
	{ "etag", 8, .ether = 0x893f, .put = put_etag },
	{ "mpls", 4, .ether = 0x8847, .proto = 137, .ppp = 0x281, .link = 219, .put = put_mpls },
	{ "mpls2", 8, .ether = 0x8847, .put = put_mpls2 },
	{ "pw-control", 4, .ether = 0x8847, .put = put_nothing },
	{ "snap", 8, .ether = 0x0004, .put = put_snap },
	{ "pppoe", 8, .ether = 0x8864, .link = 51, .put = put_pppoe },
	/* tunnels */
	{ "gre", 4, .proto = 47, .put = put_gre },
	{ "gre-full", 16, .proto = 47, .put = put_gre_full },
	{ "gre-routed", 16, .proto = 47, .put = put_gre_routed },
	{ "gre-pptp", 16, .proto = 47, .put = put_gre_pptp },
	{ "erspan1", 4, .proto = 47, .put = put_erspan1 },
	{ "erspan2", 16, .proto = 47, .put = put_erspan2 },
	{ "erspan3", 20, .proto = 47, .put = put_erspan3 },
	{ "erspan3-full", 28, .proto = 47, .put = put_erspan3_full },
	{ "wccp", 8, .proto = 47, .put = put_wccp },
	{ "etherip", 2, .proto = 97, .put = put_etherip },
	{ "vxlan", 16, .proto = 17, .put = put_vxlan },
	{ "geneve", 16, .proto = 17, .put = put_geneve },
	{ "geneve-options", 24, .proto = 17, .put = put_geneve_options },
	{ "gtp", 16, .proto = 17, .put = put_gtp },
	{ "gtp-extended", 24, .proto = 17, .put = put_gtp_extended },
	{ "teredo", 8, .proto = 17, .put = put_teredo },
	{ "teredo-full", 29, .proto = 17, .put = put_teredo_full },
	{ "gre-udp", 12, .proto = 17, .put = put_gre_udp },
	{ "ayiya", 52, .proto = 17, .put = put_ayiya },
	{ NULL },
};

#endif /* TCPSHAKE_MKPCAP_LAYERS_H */
