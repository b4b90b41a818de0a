/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The flood detector of one service, or of a group of them: a cohort CUSUM.
 *
 * It does not compare how many SYNs and how many completions there are, which
 * differ whenever either changes. Every attempt's outcome is booked to the tick
 * its SYN came in, and once a tick the cohort that is about a second old is
 * judged: how many of it are still unresolved? Whatever the rate is, clients that
 * are there resolve in one round trip; what is left is loss, whose share the
 * detector learns, and floods.
 *
 * Pure. The caller has the time: a tick is 2^18 us, and it calls once for each.
 * Nothing here is a rate of packets: what is counted is attempts.
 */
#ifndef TCPSHAKE_CORE_DETECTOR_H
#define TCPSHAKE_CORE_DETECTOR_H

#include "types.h"

#define TCPSHAKE_TICK_SHIFT	18	/* us; 262 ms */
#define TCPSHAKE_JUDGED_AT	4	/* ticks after its own: it is 0.79 to 1.05 s old */

static inline u32 tcpshake_tick_of(u64 us)
{
	return (u32)(us >> TCPSHAKE_TICK_SHIFT);
}

/* Events in a tick for so many in a second. */
static inline u32 tcpshake_per_tick(u32 per_second)
{
	return (u32)((u64)per_second * 1125899906u >> 32); /* 0.262144 */
}

/* And back. */
static inline u32 tcpshake_per_second(u32 per_tick)
{
	return (u32)((u64)per_tick * 1000000u >> TCPSHAKE_TICK_SHIFT);
}

/* What has happened. Numbers of attempts but for the retransmissions. */
struct tcpshake_tally {
	u64 syn;		/* of the cohorts judged: all */
	u64 unresolved;		/* and those unresolved then */
	u64 attempts;
	u64 answered;
	u64 completed;
	u64 refused;
	u64 client_reset;
	u64 server_reset;
	u64 unreachable;
	u64 evicted;
	u64 stalled;
	u64 syn_retrans;	/* SYNs again 0.8 s or more after the first: no attacker bothers */
	u64 synack_retrans;
};

/* What a tick has brought. */
struct tcpshake_sample {
	struct tcpshake_tally of;	/* since the last one; syn and unresolved: one cohort */
	u32 late;		/* of cohorts judged before, resolved since the last tick */
	u32 pending;		/* attempts pending now */
};

/* In the units of SET_CONFIG. */
struct tcpshake_detector_config {
	u32 floor;		/* unresolved attempts a second that are never a flood */
	u32 pending;		/* pending attempts that are never one */
	u32 hold_ms;		/* of calm before it is over */
	u32 learning_ms;	/* in which only what is beyond doubt is told */
};

struct tcpshake_detector {
	u32 fast, slow, reset, refused;	/* CUSUMs of what is above the allowance */
	u64 base_syn;		/* attempts in a tick; Q12, EWMA while all is well */
	u64 base_unresolved;	/* of them unresolved; likewise */
	u64 base_completed;	/* completed in a tick; likewise */
	u64 base_pending;	/* likewise */
	u32 share_cap;		/* of unresolved that may be learned this hour, Q8 */
	u32 ticks;		/* observed, saturating */
	u32 alarm_ticks;	/* since START */
	u32 onset_ticks;	/* since all was well: the onset */
	u16 calm;		/* ticks since the last one above the allowance */
	u16 crowded;		/* ticks for which too many are pending */
	u16 absolute;		/* ticks for which nearly all stay unresolved */
	u16 stall_ago;		/* ticks since the server last did not take a connection */
	u8 trigger;		/* enum tcpshake_trigger of the alarm, 0 = none */
	u8 doubt;		/* ticks waited for evidence */
	bool warm;		/* the last tick was above the allowance */
	bool surge;		/* twice as many as usual have just come */
	bool disarmed;		/* the crowd is what is left of an alarm */
	u32 fresh;		/* unresolved of the cohort judged last */
	u32 peak_attempts;	/* in a tick, since the onset */
	u32 peak_pending;
	struct tcpshake_tally since; /* the onset */
};

static inline bool tcpshake_detector_in_alarm(const struct tcpshake_detector *d)
{
	return d->trigger;
}

/* Is something going on, be it an alarm or not yet? */
static inline bool tcpshake_detector_suspects(const struct tcpshake_detector *d)
{
	return d->trigger || d->fast || d->slow || d->reset || d->refused || d->crowded;
}

/*
 * Worth a closer look at the SYNs: far enough along the way to an alarm; or many more come
 * than usual, so that it will be known who they are should it turn out to be one.
 */
bool tcpshake_detector_wants_forensics(const struct tcpshake_detector *d);

/*
 * Takes in a tick. Return: what would be the trigger of an alarm, if there is none
 * yet and this is one. The caller decides, by tcpshake_detector_start().
 */
enum tcpshake_trigger tcpshake_detector_tick(struct tcpshake_detector *d,
					     const struct tcpshake_sample *sample,
					     const struct tcpshake_detector_config *config);

/*
 * Is the evidence in? A second after the first SYNs it may be too early to tell a
 * flood from clients whose server went silent: those will repeat their SYNs in a
 * moment. False: ask again in the next tick, for which the trigger stays.
 */
bool tcpshake_detector_is_sure(struct tcpshake_detector *d, const struct tcpshake_sample *sample,
			       enum tcpshake_trigger trigger);

void tcpshake_detector_start(struct tcpshake_detector *d, enum tcpshake_trigger trigger);

/* What it has against what it watches is explained by another alarm. */
void tcpshake_detector_forget(struct tcpshake_detector *d);

/* The alarm is another's from now on. */
void tcpshake_detector_cancel(struct tcpshake_detector *d);

/* Is the alarm over? Then that is its end: the detector goes on as if it had not been. */
bool tcpshake_detector_ended(struct tcpshake_detector *d,
			     const struct tcpshake_detector_config *config);

/* Has the server left connections untaken, since the onset or in the 10 s before it? */
bool tcpshake_detector_stalls(const struct tcpshake_detector *d);

/* Do the clients behave like clients: repeat their SYNs for want of an answer? */
bool tcpshake_detector_genuine(const struct tcpshake_detector *d);

/* Usual attempts, a second. */
u32 tcpshake_detector_base_rate(const struct tcpshake_detector *d);

/* Parts of a thousand that completed: since the onset, and before it. */
u32 tcpshake_detector_completion(const struct tcpshake_detector *d);
u32 tcpshake_detector_base_completion(const struct tcpshake_detector *d);

/* Adds up. */
void tcpshake_tally_add(struct tcpshake_tally *to, const struct tcpshake_tally *from);

static inline void tcpshake_sample_add(struct tcpshake_sample *to,
				       const struct tcpshake_sample *from)
{
	tcpshake_tally_add(&to->of, &from->of);
	to->late += from->late;
	to->pending += from->pending;
}

#endif /* TCPSHAKE_CORE_DETECTOR_H */
