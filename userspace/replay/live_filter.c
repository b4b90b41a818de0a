// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * The kernel's filter of a live capture. It knows no connections, so what it may
 * leave out is what no handshake needs whatever came before:
 *
 *   - TCP segments in IP packets of more than 576 octets that have ACK set and
 *     neither SYN, FIN nor RST, which is what bulk transfers consist of;
 *   - what is not TCP, an ICMP error, a tunnel or a fragment of one of them.
 *
 * Bare ACKs pass, all of them: the third segment of a handshake looks like any
 * other. So do small segments with data, for the third may carry a request. If it
 * carries one that is larger, because the client was told to send no bare ACK, the
 * attempt completes all the same, by the segment that acknowledges the request:
 * then with the flag `inferred` and without the client's half of the time. (Should the
 * server answer by RST, it is a server_reset; where nothing of the server's is seen, the
 * flag client_only needs a small segment.) Over the attempts of 207 captures, 10500,
 * nothing else changes, but with a limit of 300 octets 19 outcomes do.
 *
 * What the filter cannot look into passes whole: tunnels, MPLS, PPPoE, IEEE 802.2,
 * IPv6 extension headers, more than two VLAN tags; behind one or two, where they are
 * in the packet, only the segments of bulk transfers are left out. Loads behind the
 * end of a packet make BPF drop it, so short packets pass before their TCP header is
 * looked at; what is malformed shall be seen, too. A length field of 0 is that of a
 * packet which is too large for it (BIG TCP).
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "live_filter.h"

/* An IP packet is large from so many octets on; every host takes 576 (RFC 791, 3.1). */
#define LARGE "577"
#define LARGE_BEHIND_IPV6_HEADER "537"

#define ONLY_ACK "& 0x17 = 0x10"	/* of FIN, SYN, RST and ACK */

#define BULK_IPV4 "(ip proto 6 and ip[6:2] & 0x3fff = 0 and greater " LARGE \
	" and (ip[2:2] = 0 or ip[2:2] >= " LARGE ") and tcp[13] " ONLY_ACK ")"
#define BULK_IPV6 "(ip6[6] = 6 and greater " LARGE \
	" and (ip6[4:2] = 0 or ip6[4:2] >= " LARGE_BEHIND_IPV6_HEADER ") and ip6[53] " ONLY_ACK ")"

#define FRAGMENT_IPV4 "ip[6:2] & 0x3fff != 0"
#define EXTENDED_IPV6 "(ip6[6] = 0 or ip6[6] = 43 or ip6[6] = 44 or ip6[6] = 51 or" \
	" ip6[6] = 60) and less 65535"

/* Unreachable, time exceeded, parameter problem. */
#define ICMP_ERRORS "icmp[0] = 3 or icmp[0] = 11 or icmp[0] = 12"
#define ICMPV6_ERRORS "ip6[6] = 58 and (ip6[40] = 1 or ip6[40] = 3)"

/* As tunnel.c knows them. */
#define TUNNELS_IPV4 "ip[9] = 4 or ip[9] = 41 or ip[9] = 47 or ip[9] = 97 or ip[9] = 137"
#define TUNNELS_IPV6 \
	"ip6[6] = 4 or ip6[6] = 41 or ip6[6] = 47 or ip6[6] = 97 or ip6[6] = 137"
#define TUNNELS_UDP "udp port 2152 or udp port 3544 or udp port 4754 or udp port 4789 or" \
	" udp port 5072 or udp port 6081"

#define PLAIN "(ip or ip6 or arp)"

enum {
	TAGS_MAX = 2,			/* VLAN tags that are looked behind */
	/* Fits into the 20480 octets that kernels before 6.8 give to it (optmem_max). */
	INSTRUCTIONS_MAX = 250,
};

/* Room for the longest filter there is, which has less than 2000 characters. */
struct text {
	char buffer[4096];
	size_t used;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *text, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	text->used += vsnprintf(text->buffer + text->used, sizeof(text->buffer) - text->used,
				format, values);
	va_end(values);
}

static void add_prefix(struct text *text, const struct prefix *prefix)
{
	char address[INET6_ADDRSTRLEN];

	if (!prefix->family)
		return;
	inet_ntop(prefix->family, prefix->address, address, sizeof(address));
	add(text, " and net %s/%u", address, prefix->length);
}

/* Only for TCP that can be seen: within tunnels there are other addresses. */
static void add_wanted(struct text *text, const struct filter *wanted)
{
	if (wanted->client_port >= 0)
		add(text, " and tcp port %d", wanted->client_port);
	if (wanted->server_port >= 0)
		add(text, " and tcp port %d", wanted->server_port);
	add_prefix(text, &wanted->client);
	add_prefix(text, &wanted->server);
}

static void add_needed(struct text *text, bool outermost, const struct filter *wanted)
{
	add(text, "(((ip[9] = 6 or ip6[6] = 6) and not " BULK_IPV4 " and not " BULK_IPV6);
	add_wanted(text, wanted);
	add(text, ") or (" FRAGMENT_IPV4 " and (ip[9] = 6%s))", outermost ? "" :
	    " or ip[9] = 17 or " TUNNELS_IPV4);
	add(text, " or (" EXTENDED_IPV6 ") or " ICMP_ERRORS " or (" ICMPV6_ERRORS ")");
	if (!outermost)
		add(text, " or " TUNNELS_IPV4 " or " TUNNELS_IPV6 " or " TUNNELS_UDP);
	add(text, ")");
}

/*
 * `vlan` makes the rest of the text speak of what is behind the tag; it is not to be
 * had for every link type. Tags are seldom in the packet, where network cards take
 * them off, so no more is said about what is behind them than what matters most.
 */
static void write_filter(struct text *text, bool outermost, const struct filter *wanted, int tags)
{
	text->used = 0;
	add_needed(text, outermost, wanted);
	add(text, " or (not " PLAIN);
	for (int i = 0; i < tags; i++)
		add(text, "%s (vlan and (" BULK_IPV4 " or " BULK_IPV6, i ? " or" : " and not");
	for (int i = 0; i < tags; i++)
		add(text, "))");
	add(text, ")");
}

bool live_filter_compile(pcap_t *pcap, bool outermost, const struct filter *wanted,
			 struct bpf_program *program)
{
	const int link = pcap_datalink(pcap);
	struct text text;

	/* The language takes the two headers ARCNET may have for the same. */
	if (link == DLT_ARCNET || link == DLT_ARCNET_LINUX)
		return false;
	for (int tags = TAGS_MAX; tags >= 0; tags--) {
		write_filter(&text, outermost, wanted, tags);
		if (pcap_compile(pcap, program, text.buffer, 1, PCAP_NETMASK_UNKNOWN))
			continue;
		if (program->bf_len <= INSTRUCTIONS_MAX || !tags)
			return true;
		pcap_freecode(program);
	}
	return false;
}
