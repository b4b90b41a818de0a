// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The flood detector: see detector.h. All numbers are attempts in a tick unless said otherwise. */
#include "detector.h"

enum {
	FAST_H = 60,		/* attempts above the allowance that make an alarm */
	SLOW_H = 250,
	RESET_FLOOR = 200,	/* a second, resets by clients that are never a flood */
	LEARN = 10,		/* EWMA: 1/1024 a tick, 4.5 minutes */
	LEARN_FIRST = 6,
	LEARN_PERSISTENT = 12,
	PERSISTENT = 3433,	/* ticks: 15 minutes */
	HOUR = 13733,		/* ticks */
	CROWDED = 8,		/* ticks: 2 s */
	ABSOLUTE = 38,		/* ticks: 10 s */
	STALLS_BEFORE = 38,
	STALLS_NEVER = 0xffff,
	ABSOLUTE_FLOOR = 50,	/* a second */
	SHARE_MAX = 192,	/* Q8: no more than 3/4 unresolved is ever called normal */
	FORGIVEN = 16,		/* Q8: nor less than 1/16 held against anyone */
};

static u32 ticks_of(u32 ms)
{
	return (u32)(((u64)ms * 1000) >> TCPSHAKE_TICK_SHIFT);
}

void tcpshake_tally_add(struct tcpshake_tally *to, const struct tcpshake_tally *from)
{
	u64 *sum = (u64 *)to;
	const u64 *more = (const u64 *)from;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(u64); i++)
		sum[i] += more[i];
}

/* a/b in Q8, at most limit; by 32-bit division, and exact enough. */
static u32 share(u64 a, u64 b, u32 limit)
{
	u32 q;

	while (b >> 20) {
		a >>= 1;
		b >>= 1;
	}
	if (!b || !a)
		return 0;
	if (a >= b << 3)
		return limit;
	q = ((u32)a << 8) / (u32)b;
	return q < limit ? q : limit;
}

static u32 mean(u64 base)
{
	return (u32)(base >> 12);
}

/* Half more than the share that was learned. */
static u32 allowed_share(const struct tcpshake_detector *d)
{
	return share(d->base_unresolved * 3 / 2, d->base_syn, SHARE_MAX);
}

/* What of the cohort may be unresolved, floors apart. */
static u32 allowance(const struct tcpshake_detector *d, const struct tcpshake_sample *s)
{
	return (u32)(s->of.syn * (allowed_share(d) + FORGIVEN) >> 8);
}

/* y += above - forgiven, from 0 to 4 times the threshold */
static void accumulate(u32 *y, s64 above, u32 threshold)
{
	const s64 sum = (s64)*y + above;
	const s64 limit = (s64)threshold * 4;

	*y = sum < 0 ? 0 : (u32)(sum > limit ? limit : sum);
}

static u32 fast_h(const struct tcpshake_detector *d)
{
	return FAST_H + mean(d->base_syn) / 2;
}

static u32 slow_h(const struct tcpshake_detector *d)
{
	return SLOW_H + 2 * mean(d->base_syn);
}

static u32 crowd_of(const struct tcpshake_detector *d,
		    const struct tcpshake_detector_config *config)
{
	const u32 usual = mean(d->base_pending) * 64;

	return usual > config->pending ? usual : config->pending;
}

static bool is_learning(const struct tcpshake_detector *d,
			const struct tcpshake_detector_config *config)
{
	return d->ticks < ticks_of(config->learning_ms);
}

static bool is_absolute(const struct tcpshake_detector *d, const struct tcpshake_sample *s)
{
	return s->of.unresolved >= tcpshake_per_tick(ABSOLUTE_FLOOR) &&
	       s->of.unresolved * 4 >= s->of.syn * 3 &&
	       share(d->base_unresolved, d->base_syn, 256) < SHARE_MAX;
}

static void learn_one(u64 *base, u64 value, unsigned int weight)
{
	*base += ((s64)(value << 12) - (s64)*base) >> weight;
}

/* Of what is unresolved, no more than twice as much an hour is learned as normal. */
static void begin_hour(struct tcpshake_detector *d)
{
	d->share_cap = 2 * share(d->base_unresolved, d->base_syn, 256) + 4;
}

/* all: there is nothing yet to compare it with, or it has gone on for long enough. */
static u64 learnable(struct tcpshake_detector *d, const struct tcpshake_sample *s, bool all)
{
	u64 most;

	if (d->ticks % HOUR == 0 || all)
		begin_hour(d);
	if (all)
		return s->of.unresolved;
	most = (s->of.syn * d->share_cap >> 8) + 2;
	return s->of.unresolved < most ? s->of.unresolved : most;
}

/* While little is known of a service, only what nobody could call normal is an alarm. */
static bool is_beyond_doubt(const struct tcpshake_sample *s)
{
	return s->of.unresolved * 4 > s->of.syn * 3 && s->of.unresolved > 50;
}

static void learn(struct tcpshake_detector *d, const struct tcpshake_sample *s,
		  const struct tcpshake_detector_config *config)
{
	const bool learning = is_learning(d, config);
	unsigned int weight = learning ? LEARN_FIRST : LEARN;

	while (weight && d->ticks + 1 < 1U << weight)
		weight--;	/* at first, the mean of what there is */
	if (d->trigger) {
		if (d->alarm_ticks < PERSISTENT)
			return;
		weight = LEARN_PERSISTENT;
	} else if (learning ? is_beyond_doubt(s) :
			      d->fast >= fast_h(d) / 8 || d->slow >= slow_h(d) / 8) {
		return;
	}
	learn_one(&d->base_unresolved, learnable(d, s, learning || d->trigger), weight);
	learn_one(&d->base_syn, s->of.syn, weight);
	learn_one(&d->base_completed, s->of.completed, weight);
	learn_one(&d->base_pending, s->pending, weight);
}

static void count(u16 *ticks, bool is_so)
{
	*ticks = !is_so ? 0 : *ticks < 0xffff ? *ticks + 1 : *ticks;
}

/* A little above what is allowed for one tick is chance. */
static bool is_hot(struct tcpshake_detector *d, s64 excess, s64 floor)
{
	const bool warm = excess > floor / 5;
	const bool was_warm = d->warm;

	d->warm = warm;
	return excess > floor || (warm && was_warm);
}

/* The CUSUMs. Return: is this tick above what is allowed? */
static bool weigh(struct tcpshake_detector *d, const struct tcpshake_sample *s,
		  const struct tcpshake_detector_config *config)
{
	const s64 floor = tcpshake_per_tick(config->floor);
	const s64 excess = (s64)s->of.unresolved - allowance(d, s);
	const s64 reset = (s64)s->of.client_reset - tcpshake_per_tick(RESET_FLOOR) -
			  (s64)(s->of.attempts >> 2);
	const s64 refused = (s64)s->of.refused - floor - (s64)(s->of.attempts >> 1);

	accumulate(&d->fast, excess - floor - s->late, fast_h(d));
	accumulate(&d->slow, excess - floor / 5 - s->late, slow_h(d));
	accumulate(&d->reset, reset, fast_h(d));
	accumulate(&d->refused, refused, fast_h(d));
	return is_hot(d, excess - s->late, floor) || reset > 0 || refused > 0;
}

/* Too many pending: not those that an alarm which is over has left behind. */
static bool count_crowd(struct tcpshake_detector *d, const struct tcpshake_sample *s,
			const struct tcpshake_detector_config *config)
{
	const u32 crowd = crowd_of(d, config);

	if (s->pending < crowd / 2)
		d->disarmed = false;
	count(&d->crowded, s->pending > crowd && !d->disarmed);
	return d->trigger == TCPSHAKE_TRIGGER_PENDING && s->pending >= crowd / 2;
}

static void remember(struct tcpshake_detector *d, const struct tcpshake_sample *s)
{
	if (!tcpshake_detector_suspects(d)) {
		memset(&d->since, 0, sizeof(d->since));
		d->onset_ticks = 0;
		d->peak_attempts = 0;
		d->peak_pending = 0;
		d->doubt = 0;
		return;
	}
	d->onset_ticks++;
	d->fresh = (u32)s->of.unresolved;
	tcpshake_tally_add(&d->since, &s->of);
	if (s->of.attempts > d->peak_attempts)
		d->peak_attempts = (u32)s->of.attempts;
	if (s->pending > d->peak_pending)
		d->peak_pending = s->pending;
}

static enum tcpshake_trigger trigger_of(const struct tcpshake_detector *d,
					const struct tcpshake_sample *s,
					const struct tcpshake_detector_config *config)
{
	const bool learning = is_learning(d, config);

	if ((!learning || is_beyond_doubt(s)) && (d->fast > fast_h(d) || d->slow > slow_h(d)))
		return TCPSHAKE_TRIGGER_HALF_OPEN;
	if (d->reset > fast_h(d))
		return TCPSHAKE_TRIGGER_CLIENT_RESET;
	if (d->refused > fast_h(d))
		return TCPSHAKE_TRIGGER_REFUSED;
	if (d->absolute >= ABSOLUTE)
		return TCPSHAKE_TRIGGER_UNRESOLVED;
	if (d->crowded >= CROWDED)
		return TCPSHAKE_TRIGGER_PENDING;
	return TCPSHAKE_TRIGGER_UNSPEC;
}

enum tcpshake_trigger tcpshake_detector_tick(struct tcpshake_detector *d,
					     const struct tcpshake_sample *s,
					     const struct tcpshake_detector_config *config)
{
	bool hot = weigh(d, s, config);

	d->surge = s->of.attempts > 2 * (mean(d->base_syn) + tcpshake_per_tick(config->floor));
	hot |= count_crowd(d, s, config);
	count(&d->absolute, is_absolute(d, s));
	hot |= d->absolute;
	count(&d->calm, !hot);
	d->stall_ago = s->of.stalled ? 0 : d->stall_ago < STALLS_NEVER ? d->stall_ago + 1 :
									STALLS_NEVER;
	if (!d->ticks)
		d->stall_ago = s->of.stalled ? 0 : STALLS_NEVER;
	remember(d, s);
	learn(d, s, config);
	if (d->ticks < 0xffffffff)
		d->ticks++;
	if (!d->trigger)
		return trigger_of(d, s, config);
	d->alarm_ticks++;
	return TCPSHAKE_TRIGGER_UNSPEC;
}

bool tcpshake_detector_wants_forensics(const struct tcpshake_detector *d)
{
	const u32 h = fast_h(d) / 4;

	return d->trigger || d->surge || d->fast > h || d->slow > slow_h(d) / 4 || d->reset > h ||
	       d->refused > h || d->crowded;
}

bool tcpshake_detector_stalls(const struct tcpshake_detector *d)
{
	return d->stall_ago != STALLS_NEVER && d->stall_ago <= d->onset_ticks + STALLS_BEFORE;
}

bool tcpshake_detector_genuine(const struct tcpshake_detector *d)
{
	const u64 older = d->since.unresolved - d->fresh; /* the others had no time for it yet */

	return older && d->since.syn_retrans * 2 >= older;
}

bool tcpshake_detector_is_sure(struct tcpshake_detector *d, const struct tcpshake_sample *s,
			       enum tcpshake_trigger trigger)
{
	const struct tcpshake_tally *since = &d->since;
	const bool unanswered = since->answered * 2 < since->attempts;
	const bool as_usual = (s->of.syn << 12) * 2 < d->base_syn * 3;
	const u64 older = since->unresolved - s->of.unresolved;

	if (trigger != TCPSHAKE_TRIGGER_HALF_OPEN || (!unanswered && !as_usual))
		return true;
	if (older * 2 >= since->unresolved)
		return true;
	return ++d->doubt > 1;
}

void tcpshake_detector_start(struct tcpshake_detector *d, enum tcpshake_trigger trigger)
{
	d->trigger = trigger;
	d->alarm_ticks = 0;
	d->calm = 0;
}

void tcpshake_detector_forget(struct tcpshake_detector *d)
{
	d->fast = 0;
	d->slow = 0;
	d->reset = 0;
	d->refused = 0;
	d->absolute = 0;
	d->crowded = 0;
	d->disarmed = true;
}

void tcpshake_detector_cancel(struct tcpshake_detector *d)
{
	d->trigger = TCPSHAKE_TRIGGER_UNSPEC;
	tcpshake_detector_forget(d);
}

bool tcpshake_detector_ended(struct tcpshake_detector *d,
			     const struct tcpshake_detector_config *config)
{
	if (!d->trigger || d->calm < ticks_of(config->hold_ms) + 1)
		return false;
	tcpshake_detector_cancel(d);
	return true;
}

u32 tcpshake_detector_base_rate(const struct tcpshake_detector *d)
{
	return (u32)((d->base_syn * 1000000 >> TCPSHAKE_TICK_SHIFT) >> 12);
}

u32 tcpshake_detector_completion(const struct tcpshake_detector *d)
{
	return share(d->since.completed, d->since.attempts, 256) * 1000 >> 8;
}

u32 tcpshake_detector_base_completion(const struct tcpshake_detector *d)
{
	return share(d->base_completed, d->base_syn, 256) * 1000 >> 8;
}
