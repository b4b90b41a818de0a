/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A world to watch: services, attempts that live and end, and the same detectors as in
 * the module, over them. Time is simulated; everything follows from the seed.
 */
#ifndef TCPSHAKE_SIM_WORLD_H
#define TCPSHAKE_SIM_WORLD_H

#include "core/service.h"

#define SECOND 1000000ULL	/* us */
#define STORIES 4096		/* floods and the like one world may tell of */

/* How whoever sends a SYN behaves. */
enum behaviour {
	GENUINE,	/* repeats its SYN, completes as soon as it is answered */
	NEVER,		/* sends one SYN and is gone, answered or not */
	RESETS,		/* its host resets what it did not open */
	PROBES,		/* a half-open scan: resets what is answered */
};

/* What a service does with a SYN. */
enum manners {
	ANSWERS,
	SILENT,		/* as if it were not there */
	REFUSES,
	DEAF,		/* it answers, but the answers get lost */
	OVERLOADED,	/* it answers so many a second, and drops the rest */
};

struct endpoint_range {
	u32 addr;		/* IPv4, the first */
	u32 addrs;		/* so many from there on; at random */
	u16 port;
	u16 ports;
};

/* SYNs at a rate. */
struct stream {
	double rate;		/* a second */
	double rate_growth;	/* more, each second */
	u64 from_us, to_us;
	u64 on_us, off_us;	/* pulses; 0: steady */
	struct endpoint_range source, target;
	enum behaviour behaviour;
	double never;		/* share that never completes */
	double loss;		/* of each packet */
	double rtt_us;		/* median; lognormal with sigma 0.7 */
	bool sweep;		/* targets one after the other, not at random */
	u16 source_port;	/* 0: random */
};

/* What has been told of one flood. */
struct story {
	u64 start_us, end_us;	/* 0: not told yet */
	u64 onset_us;
	u32 labels;		/* bits of all it ever had */
	u8 label, level, trigger;
	struct tcpshake_service_key key;
};

struct world;

struct world *world_new(u64 seed);
void world_free(struct world *w);

struct tcpshake_detector_config *world_config(struct world *w);
u64 world_now(const struct world *w);

/* All services answer unless told otherwise; per_second: of OVERLOADED. */
void world_manners(struct world *w, enum manners how, double per_second);

/* Begins as soon as time comes to it. The stream is copied. */
void world_add(struct world *w, const struct stream *stream);
void world_run(struct world *w, u64 until_us);

const struct story *world_stories(const struct world *w, unsigned int *count);
const struct tcpshake_services *world_services(const struct world *w);

/* Do attempts and outcomes of all services come to what was booked? */
bool world_adds_up(const struct world *w);
u64 world_attempts(const struct world *w);

/* Random numbers of the world: [0,1), and Poisson. */
double world_random(struct world *w);
u64 random_poisson(u64 *state, double mean);
double random_unit(u64 *state);

#endif /* TCPSHAKE_SIM_WORLD_H */
