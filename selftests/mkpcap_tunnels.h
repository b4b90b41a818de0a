/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Link headers, tags and tunnels: one function each, which fills the octets at p.
 * Part of mkpcap_layers.h.
 */
#ifndef TCPSHAKE_MKPCAP_TUNNELS_H
#define TCPSHAKE_MKPCAP_TUNNELS_H

#define PUT(name) \
static void put_##name(struct frame *frame __attribute__((unused)), \
		       uint8_t *p __attribute__((unused)), \
		       const struct layer *inner __attribute__((unused)))

/* ---- links --------------------------------------------------------------------- */

PUT(nothing)
{
}

/* Addresses that begin with zeros, as many do. */
PUT(ether)
{
	put_be32(p, 0x001b2100);
	put_be32(p + 6, 0x00005e00);
	put_be16(p + 12, inner->ether);
}

/* A length where the type would be. */
PUT(802_3)
{
	put_be16(p + 12, size_of(frame) - 14);
}

PUT(sll)
{
	put_be16(p + 14, inner->ether);
}

PUT(sll2)
{
	put_be16(p, inner->ether);
}

/* An address family, as Linux and as a BSD number it. */
PUT(null_le)
{
	p[0] = inner->ether == 0x86dd ? 10 : 2;
}

PUT(null_be)
{
	p[3] = inner->ether == 0x86dd ? 30 : 2;
}

PUT(ppp)
{
	put_be16(p, 0xff03);
	put_be16(p + 2, inner->ppp);
}

PUT(ppp_short)
{
	p[0] = inner->ppp;
}

PUT(ppp_dir)
{
	put_be16(p + 1, 0xff03);
	put_be16(p + 3, inner->ppp);
}

PUT(chdlc)
{
	p[0] = 0x0f;
	put_be16(p + 2, inner->ether);
}

/* Frame control: data, to or from the distribution system. */
PUT(wifi)
{
	p[0] = 0x08;
	p[1] = frame->from_client ? 1 : 2;
}

PUT(wifi_qos)
{
	put_wifi(frame, p, inner);
	p[0] = 0x88;
}

PUT(wifi_wds)
{
	p[0] = 0x08;
	p[1] = 3;
}

PUT(wifi_amsdu)
{
	put_wifi_qos(frame, p, inner);
	p[24] = 0x80;
	put_be16(p + 38, size_of(frame) - 40);
}

/* Flags field only. */
PUT(radiotap)
{
	p[2] = 9;
	p[4] = 2;
}

/* TSFT and flags; the header behind is padded. */
PUT(radiotap_pad)
{
	p[2] = 17;
	p[4] = 3;
	p[16] = 0x20;
}

PUT(ppi)
{
	p[2] = 8;
	p[4] = 105;
}

/* Header, a prefix attribute of five octets, the payload attribute. */
PUT(nflog)
{
	p[4] = 9;
	p[6] = 10;
	p[16] = size_of(frame) - 16;
	p[18] = 9;
}

PUT(nflog_be)
{
	put_be16(p + 4, 9);
	put_be16(p + 6, 10);
	put_be16(p + 16, size_of(frame) - 16);
	put_be16(p + 18, 9);
}

PUT(pflog)
{
	p[0] = 61;
}

PUT(arcnet)
{
	p[4] = 240;
}

PUT(arcnet_1201)
{
	p[4] = 212;
}

/* ---- tags and shims --------------------------------------------------------------- */

PUT(vlan)
{
	put_be16(p, 42);
	put_be16(p + 2, inner->ether);
}

PUT(vntag)
{
	put_be16(p + 4, inner->ether);
}

PUT(etag)
{
	put_be16(p + 6, inner->ether);
}

PUT(mpls)
{
	p[2] = 1;	/* bottom of the stack */
	p[3] = 64;
}

PUT(mpls2)
{
	p[3] = 64;
	p[6] = 1;
	p[7] = 64;
}

PUT(snap)
{
	put_be32(p, 0xaaaa0300);
	put_be16(p + 6, inner->ether);
}

PUT(pppoe)
{
	p[0] = 0x11;
	put_be16(p + 4, size_of(frame) - 6);
	put_be16(p + 6, inner->ppp);
}

/* ---- tunnels ----------------------------------------------------------------------- */

PUT(gre)
{
	put_be16(p + 2, inner->ether);
}

/* Checksum, key and sequence number. */
PUT(gre_full)
{
	put_be16(p, 0xb000);
	put_be16(p + 2, inner->ether);
}

/* Routing: one entry of no octets, and the empty one. */
PUT(gre_routed)
{
	put_be16(p, 0x4000);
	put_be16(p + 2, inner->ether);
	put_be16(p + 8, 0x0800);
}

/* Key, sequence and acknowledgment number. */
PUT(gre_pptp)
{
	put_be16(p, 0x3081);
	put_be16(p + 2, 0x880b);
	put_be16(p + 4, size_of(frame) - 16);
}

PUT(erspan1)
{
	put_be16(p + 2, 0x88be);
}

PUT(erspan2)
{
	put_be16(p, 0x1000);
	put_be16(p + 2, 0x88be);
	p[8] = 0x10;
}

PUT(erspan3)
{
	put_be16(p, 0x1000);
	put_be16(p + 2, 0x22eb);
	p[8] = 0x20;
}

PUT(erspan3_full)
{
	put_erspan3(frame, p, inner);
	p[19] = 1;	/* a platform header follows */
}

PUT(wccp)
{
	put_be16(p + 2, 0x883e);
}

PUT(etherip)
{
	p[0] = 0x30;
}

static void put_udp(struct frame *frame, uint8_t *p, uint16_t port)
{
	put_be16(p, frame->from_client ? 50000 : port);
	put_be16(p + 2, frame->from_client ? port : 50000);
	put_be16(p + 4, size_of(frame));
}

PUT(vxlan)
{
	put_udp(frame, p, 4789);
	p[8] = 0x08;
	p[14] = 7;
}

PUT(geneve)
{
	put_udp(frame, p, 6081);
	put_be16(p + 10, inner->ether);
}

PUT(geneve_options)
{
	put_geneve(frame, p, inner);
	p[8] = 2;
	p[19] = 1;	/* one octet more than its header, in fours */
}

PUT(gtp)
{
	put_udp(frame, p, 2152);
	p[8] = 0x30;
	p[9] = 255;
	put_be16(p + 10, size_of(frame) - 16);
}

/* Sequence number, and one extension header (a PDU session container). */
PUT(gtp_extended)
{
	put_gtp(frame, p, inner);
	p[8] = 0x36;
	p[19] = 0x85;
	p[20] = 1;
}

PUT(teredo)
{
	put_udp(frame, p, 3544);
}

/* Authentication without identifiers, then an origin indication. */
PUT(teredo_full)
{
	put_udp(frame, p, 3544);
	p[9] = 1;
}

PUT(gre_udp)
{
	put_udp(frame, p, 4754);
	put_gre(frame, p + 8, inner);
}

/* Identity of 16 octets, SHA-1 signature of 20, forward. */
PUT(ayiya)
{
	put_udp(frame, p, 5072);
	p[8] = 0x42;
	p[9] = 0x52;
	p[10] = 0x11;
	p[11] = inner->proto;
}

#endif /* TCPSHAKE_MKPCAP_TUNNELS_H */
