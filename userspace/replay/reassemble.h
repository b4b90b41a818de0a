/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Fragments of IP datagrams put together again (RFC 791, 3.2; RFC 8200, 4.5).
 * Bounded in datagrams, in octets and in time. What came first stays: a later
 * fragment never changes octets that are there already.
 */
#ifndef TCPSHAKE_REASSEMBLE_H
#define TCPSHAKE_REASSEMBLE_H

#include "bytes.h"

/* One fragment; the pointers need to be good only during the call. */
struct fragment {
	const u8 *addresses;	/* source and destination, 8 or 32 octets */
	size_t addresses_len;
	u32 id;
	u8 protocol;
	const u8 *header;	/* what stands in front of the whole datagram, too */
	size_t header_len;
	size_t next_at;		/* IPv6: where in it the protocol is to be written */
	const u8 *data;
	size_t len;
	size_t offset;
	bool more;
};

enum reassembly_result {
	REASSEMBLY_REFUSED,	/* not a fragment that can be of use */
	REASSEMBLY_HELD,
	REASSEMBLY_WHOLE,
};

struct reassembly;

/* NULL when there is no memory. */
struct reassembly *reassembly_new(void);

void reassembly_free(struct reassembly *reassembly);

/*
 * Takes a fragment. When its datagram is whole, packet becomes that: an IP packet
 * without any trace of fragments, valid until reassembly_release().
 */
enum reassembly_result reassemble(struct reassembly *reassembly, const struct fragment *fragment,
				  u64 now_us, struct view *packet);

/* Frees the datagrams that are whole. To be called when a frame has been dealt with. */
void reassembly_release(struct reassembly *reassembly);

#endif /* TCPSHAKE_REASSEMBLE_H */
