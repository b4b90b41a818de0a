/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * From a frame to the IP packet that may hold a TCP segment: link headers, tags,
 * tunnels and fragments come off, innermost packet last. Each function takes
 * one layer off and hands the rest to the next; all are bounded in depth, and
 * none reads what was not captured.
 */
#ifndef TCPSHAKE_DECAP_H
#define TCPSHAKE_DECAP_H

#include "bytes.h"
#include "core/segment.h"

struct reassembly;

enum decap_result {
	DECAP_PACKET,	/* decap.packet is an IP packet, for the core to parse */
	DECAP_OTHER,	/* not TCP, as far as one can see */
	DECAP_HELD,	/* a fragment, kept until its datagram is complete */
	DECAP_UNKNOWN,	/* the link type is not known here */
};

struct decap {
	struct reassembly *reassembly;
	bool outermost;		/* leave tunnels alone */
	u64 now_us;
	unsigned int depth;	/* IP packets within one another, so far */
	unsigned int layers;	/* EtherTypes, so far */
	u8 hints;		/* enum tcpshake_hint, of the packet */
	struct view packet;
};

/* EtherTypes; what SLL, GRE and others call a protocol is the same registry. */
enum ether_type {
	ETHER_LENGTH_MAX = 1535,	/* below: a length, and LLC (IEEE 802.3, 3.2.6) */
	ETHER_IPV4 = 0x0800,
	ETHER_VLAN = 0x8100,
	ETHER_TEB = 0x6558,		/* Ethernet within something */
	ETHER_IPV6 = 0x86dd,
	ETHER_PPP = 0x880b,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_UPSTREAM = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_QINQ = 0x88a8,
	ETHER_VNTAG = 0x8926,
	ETHER_ETAG = 0x893f,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_QINQ_OLDER = 0x9200,
};

/* link.c: the header a LINKTYPE_... has, and whether it is known here. */
bool decap_knows(unsigned int link);
enum decap_result decap_frame(struct decap *decap, unsigned int link, struct view view);
enum decap_result decap_ethernet(struct decap *decap, struct view view);

/* wifi.c: IEEE 802.11, bare and behind what drivers put in front. */
enum decap_result decap_wifi(struct decap *decap, struct view view);
enum decap_result decap_radiotap(struct decap *decap, struct view view);
enum decap_result decap_ppi(struct decap *decap, struct view view);

/* decap.c: what follows an EtherType, LLC, PPP; an IP packet of either version. */
enum decap_result decap_ether_type(struct decap *decap, u16 type, struct view view);
enum decap_result decap_llc(struct decap *decap, struct view view);
enum decap_result decap_ppp(struct decap *decap, struct view view);
enum decap_result decap_pppoe(struct decap *decap, struct view view);
enum decap_result decap_ip(struct decap *decap, struct view view);

/* tunnel.c: what follows the IP header of packet. DECAP_OTHER when it is no tunnel. */
enum decap_result decap_tunnel(struct decap *decap, u8 protocol, struct view view);

/* May there be an IP packet behind this protocol number, which is not TCP's? */
bool decap_is_tunnel(u8 protocol);

#endif /* TCPSHAKE_DECAP_H */
