// SPDX-License-Identifier: GPL-2.0
/*
 * The caller of the engine: finds the flows of a segment's tuple, lets the right
 * one have it, does what the verdict asks for and books it. Nearly always there is
 * one flow, or none; all of a tuple are in one row, which stays locked meanwhile.
 */
#include <linux/skbuff.h>
#include <net/ip6_checksum.h>
#include <net/ip.h>

#include "counters.h"
#include "service.h"
#include "table.h"
#include "track.h"

/* A segment under way. */
struct arrival {
	struct tcpshake_net *tn;
	const struct tcpshake_packet *packet;
	const struct tcpshake_segment *seg;
	u64 now_us;
	struct tcpshake_tuple tuple;	/* its row is locked */
};

enum { NO_WAY = TCPSHAKE_WAYS };

/* The tuple's first flow from there on, or NO_WAY. */
static unsigned int next_way(const struct arrival *a, unsigned int from)
{
	const unsigned int ways = a->tuple.ways >> from << from;

	return ways ? __ffs(ways) : NO_WAY;
}

static struct tcpshake_flow *flow_of(const struct arrival *a, unsigned int way)
{
	return tcpshake_table_flow(&a->tuple, way);
}

/*
 * Is the checksum wrong for sure? Only looked at, never written to the packet: what
 * the device or the sender vouched for is right. Not for what a routing header will
 * send elsewhere, nor for a fragment, whose checksum is that of the whole datagram.
 */
static bool checksum_is_wrong(const struct tcpshake_packet *packet,
			      const struct tcpshake_segment *seg)
{
	const struct sk_buff *skb = packet->skb;
	const int len = seg->len + 20 + seg->options_len;
	const int at = skb_network_offset(skb) + seg->tcp_at;
	const bool is_fragment = seg->hints & ~packet->hints & TCPSHAKE_HINT_FRAGMENTED;
	__wsum sum;

	if (!packet->received || is_fragment || seg->options_cut || seg->route_options ||
	    skb_is_gso(skb) ||
	    (skb->ip_summed != CHECKSUM_NONE && skb->ip_summed != CHECKSUM_COMPLETE) ||
	    at + len > skb->len)
		return false;
	sum = skb_checksum(skb, at, len, 0);
	if (tcpshake_addr_is_v4(seg->src)) {
		__be32 src, dst;

		memcpy(&src, seg->src + 12, sizeof(src));
		memcpy(&dst, seg->dst + 12, sizeof(dst));
		return csum_tcpudp_magic(src, dst, len, IPPROTO_TCP, sum);
	}
	return csum_ipv6_magic((const struct in6_addr *)seg->src,
			       (const struct in6_addr *)seg->dst, len, IPPROTO_TCP, sum);
}

static void expire(struct arrival *a)
{
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict v tcpshake_unset;
	unsigned int way;

	tcpshake_net_timeouts(a->tn, &timeouts);
	for (way = next_way(a, 0); way < NO_WAY; way = next_way(a, way + 1)) {
		if (likely(!tcpshake_flow_is_over(flow_of(a, way), a->now_us, &timeouts)))
			continue;
		tcpshake_flow_expire(flow_of(a, way), tcpshake_table_details(&a->tuple, way),
				     a->now_us, &timeouts, &v);
		tcpshake_table_commit(&a->tuple, way, 0);
		tcpshake_book(a->tn, &v, NULL, NULL);
	}
}

/* The flow the segment is of. Nearly always there is one, which nothing else fits better. */
static unsigned int choose(const struct arrival *a)
{
	unsigned int best = NO_WAY;
	unsigned int best_fit = 0;
	unsigned int way = next_way(a, 0);

	if (likely(!(a->tuple.ways & (a->tuple.ways - 1))) &&
	    (way == NO_WAY || flow_of(a, way)->state != TCPSHAKE_FLOW_RIVAL))
		return way;

	for (way = next_way(a, 0); way < NO_WAY; way = next_way(a, way + 1)) {
		const unsigned int fit = tcpshake_flow_fit(flow_of(a, way), a->seg);

		if (fit < best_fit || !fit ||
		    (fit == best_fit && !tcpshake_flow_newer(flow_of(a, way), flow_of(a, best))))
			continue;
		best_fit = fit;
		best = way;
	}
	return best;
}

static struct tcpshake_details *new_details(struct arrival *a, unsigned int way)
{
	struct tcpshake_details *details;
	bool forgot;

	details = tcpshake_table_new_details(&a->tuple, way, &forgot);
	if (forgot)
		tcpshake_book_forgotten(a->tn);
	return details;
}

/* A namespace over its quota, with nothing of its own to give up: counted, and gone at once. */
static void open_refused(struct arrival *a, const struct tcpshake_flow *beside)
{
	struct tcpshake_flow flow = { .owner = a->tn->id };
	struct tcpshake_verdict v tcpshake_unset;

	tcpshake_handshake_open(&flow, NULL, a->seg, a->now_us, beside, &v);
	tcpshake_book(a->tn, &v, &flow, a->seg);
	tcpshake_flow_evict(&flow, NULL, a->now_us, TCPSHAKE_EVICTION_QUOTA, &v);
	tcpshake_book(a->tn, &v, NULL, NULL);
}

static void open(struct arrival *a, const struct tcpshake_flow *beside)
{
	struct tcpshake_verdict v tcpshake_unset;
	unsigned int way;

	if (!tcpshake_table_claim(&a->tuple, a->now_us, false, &way)) {
		open_refused(a, beside);
		return;
	}
	tcpshake_handshake_open(flow_of(a, way), new_details(a, way), a->seg, a->now_us, beside,
				&v);
	tcpshake_table_commit(&a->tuple, way, v.to);
	tcpshake_book(a->tn, &v, flow_of(a, way), a->seg);
}

static void unknown(struct arrival *a)
{
	struct tcpshake_verdict v tcpshake_unset;

	tcpshake_handshake_unknown(a->seg, &v);
	tcpshake_book(a->tn, &v, NULL, a->seg);
}

/* What is no attempt takes no slot from one. */
static void open_orphan(struct arrival *a)
{
	struct tcpshake_verdict v tcpshake_unset;
	unsigned int way;

	if (a->seg->hints & TCPSHAKE_HINT_MIDSTREAM ||
	    !tcpshake_table_claim(&a->tuple, a->now_us, true, &way)) {
		unknown(a);
		return;
	}
	tcpshake_handshake_orphan(flow_of(a, way), a->seg, a->now_us, &v);
	tcpshake_table_commit(&a->tuple, way, v.to);
	tcpshake_book(a->tn, &v, NULL, a->seg);
}

static void drop(struct arrival *a, unsigned int way)
{
	struct tcpshake_verdict v tcpshake_unset;

	tcpshake_flow_supersede(flow_of(a, way), tcpshake_table_details(&a->tuple, way),
				a->now_us, &v);
	tcpshake_table_commit(&a->tuple, way, 0);
	tcpshake_book(a->tn, &v, NULL, NULL);
}

/* The flow was answered, or completed: those beside it lost. */
static void supersede_others(struct arrival *a, unsigned int winner, bool all)
{
	unsigned int way;

	if (likely(a->tuple.ways == 1U << winner))
		return;
	for (way = next_way(a, 0); way < NO_WAY; way = next_way(a, way + 1)) {
		const struct tcpshake_flow *other = flow_of(a, way);

		if (way != winner &&
		    (all || (tcpshake_flow_is_pending(other) &&
			     !tcpshake_flow_newer(other, flow_of(a, winner)))))
			drop(a, way);
	}
}

/* Another ISN beside those of the tuple, of which only so many may wait. */
static void open_beside(struct arrival *a, unsigned int way)
{
	const struct tcpshake_flow beside = *flow_of(a, way);
	unsigned int oldest = NO_WAY;
	unsigned int pending = 0;

	for (way = next_way(a, 0); way < NO_WAY; way = next_way(a, way + 1)) {
		if (!tcpshake_flow_is_pending(flow_of(a, way)))
			continue;
		pending++;
		if (oldest == NO_WAY || tcpshake_flow_newer(flow_of(a, oldest), flow_of(a, way)))
			oldest = way;
	}
	if (pending >= TCPSHAKE_SYNS_MAX)
		drop(a, oldest);
	open(a, &beside);
}

static void keep_rival(struct arrival *a, unsigned int of)
{
	unsigned int rivals = 0;
	struct tcpshake_verdict v tcpshake_unset;
	unsigned int way;

	for (way = next_way(a, 0); way < NO_WAY; way = next_way(a, way + 1))
		rivals += tcpshake_handshake_is_rival(flow_of(a, way), flow_of(a, of));
	if (rivals >= TCPSHAKE_SYNACKS_MAX - 1 ||
	    !tcpshake_table_claim(&a->tuple, a->now_us, true, &way))
		return;
	tcpshake_handshake_rival(flow_of(a, way), flow_of(a, of), a->seg, a->now_us, &v);
	tcpshake_table_commit(&a->tuple, way, v.to);
	tcpshake_book(a->tn, &v, NULL, NULL);
}

/* The rival was taken: whose it was goes on in its stead. Return: that, if it is still there. */
static unsigned int adopt(struct arrival *a, unsigned int rival)
{
	unsigned int adopter = NO_WAY;
	unsigned int way;

	for (way = next_way(a, 0); way < NO_WAY; way = next_way(a, way + 1))
		if (tcpshake_handshake_is_rival(flow_of(a, rival), flow_of(a, way)))
			adopter = way;
	if (adopter != NO_WAY)
		tcpshake_handshake_adopt(flow_of(a, adopter), flow_of(a, rival));
	drop(a, rival);
	return adopter;
}

static void follow_up(struct arrival *a, unsigned int way, enum tcpshake_then then)
{
	switch (then) {
	case TCPSHAKE_THEN_NOTHING:
		return;
	case TCPSHAKE_THEN_OPEN:
		open_beside(a, way);
		return;
	case TCPSHAKE_THEN_RIVAL:
		keep_rival(a, way);
		return;
	case TCPSHAKE_THEN_SUPERSEDE_OLDER:
	case TCPSHAKE_THEN_SUPERSEDE_ALL:
		supersede_others(a, way, then == TCPSHAKE_THEN_SUPERSEDE_ALL);
		return;
	}
}

/* A SYN may begin an attempt in the place of what is past, which needs room for its options. */
static struct tcpshake_details *details_for(struct arrival *a, unsigned int way)
{
	if (!tcpshake_flow_is_pending(flow_of(a, way)) && a->seg->class == TCPSHAKE_CLASS_SYN)
		return new_details(a, way);
	return tcpshake_table_details(&a->tuple, way);
}

static void step(struct arrival *a, unsigned int way)
{
	struct tcpshake_verdict v tcpshake_unset;

	tcpshake_handshake_step(flow_of(a, way), details_for(a, way), a->seg, a->now_us, &v);
	tcpshake_table_commit(&a->tuple, way, v.to);
	tcpshake_book(a->tn, &v, flow_of(a, way), v.then == TCPSHAKE_THEN_OPEN ? NULL : a->seg);
	if (v.then)
		follow_up(a, way, v.then);
}

static void bad_checksum(struct tcpshake_net *tn, const struct tcpshake_segment *seg)
{
	struct tcpshake_segment bad = *seg;

	tcpshake_anomalies_add(&bad.anomalies, TCPSHAKE_ANOMALY_CSUM_BAD);
	tcpshake_track_unparsed(tn, &bad, TCPSHAKE_EXIT_MALFORMED);
}

/* An ACK's checksum matters only where it may complete an attempt; the others' always do. */
static bool is_bad_ack(const struct arrival *a, unsigned int way)
{
	return a->seg->class == TCPSHAKE_CLASS_ACK && tcpshake_flow_is_pending(flow_of(a, way)) &&
	       checksum_is_wrong(a->packet, a->seg);
}

static void arrive(struct arrival *a)
{
	unsigned int way = NO_WAY;

	if (a->tuple.ways) {
		expire(a);
		way = choose(a);
	}
	if (way != NO_WAY && is_bad_ack(a, way)) {
		bad_checksum(a->tn, a->seg);
		return;
	}
	if (way != NO_WAY && tcpshake_handshake_takes(flow_of(a, way), a->seg))
		way = adopt(a, way);
	if (way != NO_WAY)
		step(a, way);
	else if (a->seg->class == TCPSHAKE_CLASS_SYN)
		open(a, NULL);
	else if (a->seg->class == TCPSHAKE_CLASS_SYNACK)
		open_orphan(a);
	else
		unknown(a);
}

void tcpshake_track(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
		    struct tcpshake_segment *seg)
{
	const u32 hash = packet->hashed ? packet->hash :
					  tcpshake_table_hash(tn, seg, packet->domain);
	const bool claims = seg->class == TCPSHAKE_CLASS_SYN || seg->class == TCPSHAKE_CLASS_SYNACK;
	const bool is_ack = seg->class == TCPSHAKE_CLASS_ACK;
	struct arrival a tcpshake_unset;

	a.tn = tn;
	a.packet = packet;
	a.seg = seg;
	a.now_us = 0;
	if (!is_ack && checksum_is_wrong(packet, seg)) {
		bad_checksum(tn, seg);
		return;
	}
	if (!is_ack || seg->flags & TCPSHAKE_FIN) {
		a.now_us = tcpshake_now_us();
		if (tcpshake_net_in_grace(tn, a.now_us))
			seg->hints |= TCPSHAKE_HINT_MIDSTREAM;
	}
	if (!tcpshake_table_enter(tn, hash, seg, claims, &a.tuple)) {
		unknown(&a);
		return;
	}
	if (!a.now_us)
		a.now_us = tcpshake_now_us();
	arrive(&a);
	tcpshake_table_leave(&a.tuple);
	tcpshake_service_check(a.now_us);
}

void tcpshake_track_unreachable(struct tcpshake_net *tn, const struct tcpshake_packet *packet,
				struct tcpshake_segment *quoted, enum tcpshake_unreachable how)
{
	const u32 hash = tcpshake_table_hash(tn, quoted, packet->domain);
	struct arrival a = { .tn = tn, .packet = packet, .seg = quoted };
	struct tcpshake_verdict v tcpshake_unset;
	unsigned int way;

	quoted->class = TCPSHAKE_CLASS_SYN;	/* what it is if it is of interest */
	quoted->flags = TCPSHAKE_SYN;
	if (!tcpshake_table_enter(tn, hash, quoted, false, &a.tuple))
		return;
	a.now_us = tcpshake_now_us();
	expire(&a);
	way = choose(&a);
	if (way != NO_WAY) {
		tcpshake_handshake_unreachable(flow_of(&a, way),
					       tcpshake_table_details(&a.tuple, way), quoted, how,
					       a.now_us, &v);
		tcpshake_table_commit(&a.tuple, way, v.to);
		tcpshake_book(tn, &v, NULL, quoted);
	}
	tcpshake_table_leave(&a.tuple);
}

void tcpshake_track_unparsed(struct tcpshake_net *tn, const struct tcpshake_segment *seg,
			     enum tcpshake_exit exit)
{
	struct tcpshake_verdict v tcpshake_unset;

	tcpshake_verdict_init(&v, NULL, seg);
	v.exit = exit;
	tcpshake_book(tn, &v, NULL, seg);
}
