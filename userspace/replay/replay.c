// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * What the hooks are in the kernel, for captures. The engine is given the times of
 * the packets; what ends attempts is a clock of our own, which never goes back. In a
 * live capture it is the host's, as late as the packets are read.
 */
#include <pcap/pcap.h>
#include <stdlib.h>

#include "checksum.h"
#include "cmd.h"
#include "core/icmp.h"
#include "decap.h"
#include "reassemble.h"
#include "replay.h"

#define LINKS_NAMED 8	/* unknown link types that get a message */

/*
 * Packets of several queues or interfaces come a little out of order; more than
 * this, and the capturing host's clock was set, or captures were joined.
 */
#define CLOCK_STEP_NS 1000000000ULL

struct replay {
	struct decap decap;
	struct reassembly *reassembly;
	struct store *store;
	struct floodwatch *watch;
	bool checksums;
	bool live;
	u64 now_ns;		/* live: the clock is never ahead of this */
	u64 last_ns;		/* time of the last packet */
	u64 clock_ns;		/* never goes back */
	u64 clock_offset_ns;	/* from packet to clock, modulo 2^64 */
	struct replay_counters counters;
	/* the first packet from before the one before it */
	const char *backwards_name;
	u64 backwards_number;
	u64 backwards_ns;
	unsigned int named_links[LINKS_NAMED];
	unsigned int named_count;
};

struct replay *replay_new(const struct replay_settings *settings)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return NULL;
	replay->checksums = settings->checksums;
	replay->live = settings->live;
	replay->reassembly = reassembly_new();
	replay->decap.reassembly = replay->reassembly;
	replay->decap.outermost = settings->outermost;
	replay->store = store_new(settings->flows_max, settings->told, settings->context);
	replay->watch = floodwatch_new();
	if (!replay->reassembly || !replay->store || !replay->watch) {
		replay_free(replay);
		return NULL;
	}
	store_watch_floods(replay->store, replay->watch);
	floodwatch_tell(replay->watch, settings->flood_told, settings->context);
	if (replay->live)
		store_tell_at_end(replay->store);
	return replay;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	reassembly_free(replay->reassembly);
	store_free(replay->store);
	floodwatch_free(replay->watch);
	free(replay);
}

/* The clock stands still for stragglers and goes on from where it was after a step. */
static void set_clock(struct replay *replay, u64 time_ns)
{
	u64 now_ns = time_ns + replay->clock_offset_ns;

	if (replay->live && now_ns > replay->now_ns)
		now_ns = replay->now_ns;
	if (now_ns >= replay->clock_ns)
		replay->clock_ns = now_ns;
	else if (!replay->live && replay->clock_ns - now_ns > CLOCK_STEP_NS)
		replay->clock_offset_ns += replay->clock_ns - now_ns;
}

static void check_time(struct replay *replay, const struct packet *packet, const char *name)
{
	const u64 last_ns = replay->last_ns;

	replay->last_ns = packet->time_ns;
	if (packet->time_ns >= last_ns || replay->counters.clock_backwards++)
		return;
	replay->backwards_name = name;
	replay->backwards_number = packet->number;
	replay->backwards_ns = last_ns - packet->time_ns;
}

static void unknown_link(struct replay *replay, const struct packet *packet, const char *name)
{
	const char *description = pcap_datalink_val_to_description(packet->link);

	replay->counters.unknown_links++;
	for (unsigned int i = 0; i < replay->named_count; i++) {
		if (replay->named_links[i] == packet->link)
			return;
	}
	if (replay->named_count == LINKS_NAMED)
		return;
	replay->named_links[replay->named_count++] = packet->link;
	failure("%s: packet %llu: link type %u (%s) is not one of those tcpshake can read; such packets are left out",
		name, (unsigned long long)packet->number, packet->link,
		description ? description : "unknown");
}

/* No TCP, but it may be an ICMP error about it. */
static bool take_error(struct replay *replay, const struct view *packet, u64 time_ns)
{
	struct tcpshake_segment quoted;
	enum tcpshake_unreachable how;

	replay->counters.not_tcp++;
	how = tcpshake_icmp_parse(packet->p, packet->captured, packet->length, &quoted);
	return !how || store_unreachable(replay->store, &quoted, how, time_ns,
					 replay->clock_ns / 1000);
}

/* What the core makes of an IP packet. */
static bool take_ip(struct replay *replay, const struct view *packet, u64 time_ns)
{
	struct tcpshake_segment seg;

	switch (tcpshake_segment_parse(packet->p, packet->captured, packet->length,
				       replay->decap.hints, &seg)) {
	case TCPSHAKE_PARSE_NOT_TCP:
		return take_error(replay, packet, time_ns);
	case TCPSHAKE_PARSE_MALFORMED:
		store_unparsed(replay->store, &seg, TCPSHAKE_EXIT_MALFORMED);
		return true;
	case TCPSHAKE_PARSE_FRAGMENT:
		store_unparsed(replay->store, &seg, TCPSHAKE_EXIT_FRAGMENT);
		return true;
	case TCPSHAKE_PARSE_SHORT:
		store_unparsed(replay->store, &seg, TCPSHAKE_EXIT_OPAQUE);
		return true;
	case TCPSHAKE_PARSE_SEGMENT:
		break;
	}
	if (replay->checksums && checksum_is_wrong(packet)) {
		tcpshake_anomalies_add(&seg.anomalies, TCPSHAKE_ANOMALY_CSUM_BAD);
		store_unparsed(replay->store, &seg, TCPSHAKE_EXIT_MALFORMED);
		return true;
	}
	return store_segment(replay->store, &seg, time_ns, replay->clock_ns / 1000);
}

bool replay_packet(struct replay *replay, const struct packet *packet, const char *name)
{
	const struct view frame = {
		.p = packet->data,
		.captured = packet->captured,
		.length = packet->length,
	};
	struct decap *decap = &replay->decap;
	bool fine = true;

	replay->counters.packets++;
	check_time(replay, packet, name);
	set_clock(replay, packet->time_ns);
	decap->now_us = replay->clock_ns / 1000;
	floodwatch_advance(replay->watch, decap->now_us, -replay->clock_offset_ns);
	switch (decap_frame(decap, packet->link, frame)) {
	case DECAP_PACKET:
		fine = take_ip(replay, &decap->packet, packet->time_ns);
		break;
	case DECAP_OTHER:
		replay->counters.not_tcp++;
		break;
	case DECAP_HELD:
		replay->counters.held_fragments++;
		break;
	case DECAP_UNKNOWN:
		unknown_link(replay, packet, name);
		break;
	}
	reassembly_release(replay->reassembly);
	return fine;
}

void replay_now(struct replay *replay, u64 now_ns, u64 offset_ns, bool idle)
{
	replay->now_ns = now_ns;
	replay->clock_offset_ns = offset_ns;
	if (!idle || now_ns < replay->clock_ns)
		return;
	replay->clock_ns = now_ns;
	floodwatch_advance(replay->watch, now_ns / 1000, -offset_ns);
	store_advance(replay->store, now_ns / 1000);
}

void replay_stop(struct replay *replay)
{
	store_finish(replay->store, replay->clock_ns / 1000);
}

bool replay_finish(struct replay *replay)
{
	const struct replay_counters *counters = &replay->counters;

	replay_stop(replay);
	if (counters->clock_backwards)
		failure("%s: packet %llu: the clock goes back by %llu.%09llus; times it did so in all: %llu",
			replay->backwards_name, (unsigned long long)replay->backwards_number,
			(unsigned long long)replay->backwards_ns / 1000000000,
			(unsigned long long)replay->backwards_ns % 1000000000,
			(unsigned long long)counters->clock_backwards);
	return !counters->clock_backwards && !counters->unknown_links;
}

const struct replay_counters *replay_counters(const struct replay *replay)
{
	return &replay->counters;
}

const struct store_counters *replay_store_counters(const struct replay *replay)
{
	return store_counters(replay->store);
}

u64 replay_floods(const struct replay *replay, bool floods)
{
	return floodwatch_count(replay->watch, floods);
}

bool replay_is_consistent(const struct replay *replay)
{
	const struct replay_counters *counters = &replay->counters;

	return store_is_consistent(replay->store) &&
	       counters->packets == store_counters(replay->store)->segments + counters->not_tcp +
				    counters->held_fragments + counters->unknown_links;
}
