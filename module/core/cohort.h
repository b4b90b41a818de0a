/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What one CPU has counted for one service: two cache lines, written by that CPU
 * alone and never reset. Whoever adds the pages of all CPUs up and takes differences
 * knows everything there is to know. Numbers wrap.
 */
#ifndef TCPSHAKE_CORE_COHORT_H
#define TCPSHAKE_CORE_COHORT_H

#include "detector.h"
#include "flow.h"

#define TCPSHAKE_COHORTS	8	/* ticks that are told apart */
#define TCPSHAKE_COHORT_AGE	7	/* ticks after its own in which attempts resolve */
#define TCPSHAKE_RETRANS_AGE	25	/* 2^15 us, 0.82 s: a SYN sooner is no retransmission */

struct tcpshake_cohorts {
	u32 syn[TCPSHAKE_COHORTS];	/* attempts, by the tick of their first SYN */
	u32 open[TCPSHAKE_COHORTS];	/* likewise, less those that resolved in time */
	u32 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u32 answered;		/* first SYN-ACKs */
	u32 syn_retrans;
	u32 syn_repeats;	/* sooner than any client repeats them */
	u32 synack_retrans;
	u32 stalled;
	u32 spare;
};

tcpshake_static_assert(sizeof(struct tcpshake_cohorts) == 128, "two cache lines");

static inline unsigned int tcpshake_cohort_of(u32 us)
{
	return us >> TCPSHAKE_TICK_SHIFT & (TCPSHAKE_COHORTS - 1);
}

static inline void tcpshake_cohort_open(struct tcpshake_cohorts *c, u32 syn_us)
{
	c->syn[tcpshake_cohort_of(syn_us)]++;
	c->open[tcpshake_cohort_of(syn_us)]++;
}

/*
 * Somebody real made up his mind. What time, want of room or another SYN ended did
 * not resolve: a flood would be invisible where its attempts are evicted quickly.
 */
static inline bool tcpshake_outcome_resolves(unsigned int outcome)
{
	return outcome == TCPSHAKE_OUTCOME_COMPLETED || outcome == TCPSHAKE_OUTCOME_REFUSED ||
	       outcome == TCPSHAKE_OUTCOME_CLIENT_RESET ||
	       outcome == TCPSHAKE_OUTCOME_SERVER_RESET ||
	       outcome == TCPSHAKE_OUTCOME_UNREACHABLE;
}

/* Both times on the same clock, low 32 bits. */
static inline void tcpshake_cohort_end(struct tcpshake_cohorts *c, unsigned int outcome,
				       u32 syn_us, u32 now_us)
{
	const u32 ticks = ((now_us >> TCPSHAKE_TICK_SHIFT) - (syn_us >> TCPSHAKE_TICK_SHIFT)) &
			  (0xffffffffU >> TCPSHAKE_TICK_SHIFT);

	c->outcomes[outcome]++;
	if (tcpshake_outcome_resolves(outcome) && ticks < TCPSHAKE_COHORT_AGE)
		c->open[tcpshake_cohort_of(syn_us)]--;
}

/* What a verdict without an outcome tells of its flow. */
static inline void tcpshake_cohort_note(struct tcpshake_cohorts *c,
					const struct tcpshake_flow *flow, unsigned int exit)
{
	switch (exit) {
	case TCPSHAKE_EXIT_NEW_ATTEMPT:
		tcpshake_cohort_open(c, flow->syn_us);
		break;
	case TCPSHAKE_EXIT_SYN_RETRANSMIT:
		if (flow->client_seen >= TCPSHAKE_RETRANS_AGE)
			c->syn_retrans++;
		else
			c->syn_repeats++;
		break;
	case TCPSHAKE_EXIT_SYNACK:
		c->answered++;
		break;
	case TCPSHAKE_EXIT_SYNACK_RETRANSMIT:
		c->synack_retrans++;
		break;
	}
}

#endif /* TCPSHAKE_CORE_COHORT_H */
