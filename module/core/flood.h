/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Floods, and what only looks like one: the story of each, while it lasts and for
 * some time after. Which of them it is, its label tells.
 */
#ifndef TCPSHAKE_CORE_FLOOD_H
#define TCPSHAKE_CORE_FLOOD_H

#include "forensics.h"

#define TCPSHAKE_UPDATE_TICKS	38	/* 10 s */
#define TCPSHAKE_FLOOD_PREFIXES	8	/* that are told */
#define TCPSHAKE_FLOOD_SIGNATURES 4

/* What forensics found out, frozen. */
struct tcpshake_findings {
	u32 seen;		/* SYNs looked at; 0: none were */
	u32 sources;		/* estimates */
	u32 services;
	u32 bogons;
	u32 isn_is_dst;
	u8 same_isn_bits;
	u8 same_port_bits;
	struct tcpshake_top prefixes[TCPSHAKE_FLOOD_PREFIXES];
	struct tcpshake_top signatures[TCPSHAKE_FLOOD_SIGNATURES];
};

struct tcpshake_flood {
	u32 number;		/* from 1; 0: the place is free */
	u16 owner;
	u16 port;		/* services alone */
	u8 addr[TCPSHAKE_ADDR_LEN];
	u8 level;		/* enum tcpshake_level */
	u8 trigger;		/* enum tcpshake_trigger */
	u8 label;		/* enum tcpshake_label, of now */
	u8 told_label;		/* as it was when it was told last */
	u8 told;		/* bits of enum tcpshake_phase that wait to be told */
	bool active;
	u64 onset_us;		/* of the caller's clock: when it began, estimated */
	u64 detected_us;
	u64 ended_us;		/* the last tick that was out of the ordinary */
	u64 updated_us;
	u32 rate;		/* attempts in a tick: the last one, and the most */
	u32 peak_rate;
	u32 base_rate;		/* before */
	u32 pending;
	u32 peak_pending;
	u32 completion;		/* parts of a thousand */
	u32 base_completion;
	struct tcpshake_tally of;	/* since the onset */
	struct tcpshake_findings findings;
};

/* Given by the caller, zeroed. */
struct tcpshake_floods {
	struct tcpshake_flood *floods;
	u32 size;
	u32 last_number;
	u32 untold;		/* places with something to be told */
	u64 lost;		/* floods for which there was no place */
};

/*
 * A place for one that begins: free, or of the oldest that is over. limited: this
 * namespace may have no more than an eighth of the places active.
 * Return: NULL if there is none.
 */
struct tcpshake_flood *tcpshake_floods_begin(struct tcpshake_floods *floods, u16 owner,
					     bool limited);

/* It has something to tell. */
void tcpshake_floods_tell(struct tcpshake_floods *floods, struct tcpshake_flood *flood,
			  enum tcpshake_phase phase);

/* What is to be told next, in its order for each. Return: NULL if nothing is. */
struct tcpshake_flood *tcpshake_floods_next(struct tcpshake_floods *floods,
					    enum tcpshake_phase *phase);

/* A namespace goes. */
void tcpshake_floods_forget(struct tcpshake_floods *floods, u16 owner);

/* Takes down what the detector and forensics, which may be NULL, know of it now. */
void tcpshake_flood_record(struct tcpshake_flood *flood, const struct tcpshake_detector *d,
			   const struct tcpshake_sample *sample,
			   const struct tcpshake_forensics *f);

#endif /* TCPSHAKE_CORE_FLOOD_H */
