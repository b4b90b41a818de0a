/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ICMP and ICMPv6 errors, and the TCP segment they quote (RFC 792; RFC 4443, 3). */
#ifndef TCPSHAKE_CORE_ICMP_H
#define TCPSHAKE_CORE_ICMP_H

#include "segment.h"

/*
 * Is this IP packet, of packet_len octets of which window octets are at p, an
 * error that quotes a TCP segment and says that it did not arrive? Then quoted has
 * the endpoints of that segment as they were sent, and its sequence number.
 * Return: how unreachable; 0 for anything else, "fragmentation needed" included.
 */
enum tcpshake_unreachable tcpshake_icmp_parse(const u8 *p, size_t window, size_t packet_len,
					      struct tcpshake_segment *quoted);

#endif /* TCPSHAKE_CORE_ICMP_H */
