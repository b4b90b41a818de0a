// SPDX-License-Identifier: GPL-2.0 OR MIT
/* What a tick does to services and what is above them: see service.h. */
#include "evaluate.h"

enum {
	LABEL_TICKS = 4,	/* a new label is told at once, but not every tick another */
	GROWS_TICKS = 16,	/* so long what is told first of a part may turn out to be larger */
};

/* Sums, and the cohorts that are about to begin, or are old enough to be judged. */
static void judge(struct tcpshake_service *service, u32 tick, struct tcpshake_sample *sample)
{
	const unsigned int next = (tick + 1) % TCPSHAKE_COHORTS;
	const unsigned int judged = (tick - TCPSHAKE_JUDGED_AT) % TCPSHAKE_COHORTS;
	unsigned int age;

	for (age = TCPSHAKE_JUDGED_AT + 1; age < TCPSHAKE_COHORT_AGE; age++) {
		const unsigned int c = (tick - age) % TCPSHAKE_COHORTS;
		const u32 left = service->seen.open[c] - service->base_open[c];

		sample->late += service->left[c] - left;
		service->left[c] = left;
	}
	service->left[judged] = service->seen.open[judged] - service->base_open[judged];
	sample->of.syn = service->seen.syn[judged] - service->base_syn[judged];
	sample->of.unresolved = service->left[judged];
	service->base_syn[next] = service->seen.syn[next];
	service->base_open[next] = service->seen.open[next];
}

/* A difference of two sums taken while others were counting may be a little below 0. */
static void repair(struct tcpshake_sample *sample)
{
	if ((s32)sample->late < 0)
		sample->late = 0;
	if ((s32)sample->of.unresolved < 0)
		sample->of.unresolved = 0;
	if (sample->of.unresolved > sample->of.syn)
		sample->of.unresolved = sample->of.syn;
}

static void tally(struct tcpshake_tally *of, const struct tcpshake_service_totals *now,
		  const struct tcpshake_service_totals *before)
{
	of->attempts = now->attempts - before->attempts;
	of->answered = now->answered - before->answered;
	of->completed = now->outcomes[TCPSHAKE_OUTCOME_COMPLETED] -
			before->outcomes[TCPSHAKE_OUTCOME_COMPLETED];
	of->refused = now->outcomes[TCPSHAKE_OUTCOME_REFUSED] -
		      before->outcomes[TCPSHAKE_OUTCOME_REFUSED];
	of->client_reset = now->outcomes[TCPSHAKE_OUTCOME_CLIENT_RESET] -
			   before->outcomes[TCPSHAKE_OUTCOME_CLIENT_RESET];
	of->server_reset = now->outcomes[TCPSHAKE_OUTCOME_SERVER_RESET] -
			   before->outcomes[TCPSHAKE_OUTCOME_SERVER_RESET];
	of->unreachable = now->outcomes[TCPSHAKE_OUTCOME_UNREACHABLE] -
			  before->outcomes[TCPSHAKE_OUTCOME_UNREACHABLE];
	of->evicted = now->outcomes[TCPSHAKE_OUTCOME_EVICTED] -
		      before->outcomes[TCPSHAKE_OUTCOME_EVICTED];
	of->stalled = now->stalled - before->stalled;
	of->syn_retrans = now->syn_retrans - before->syn_retrans;
	of->synack_retrans = now->synack_retrans - before->synack_retrans;
}

/* Takes a service's sample of this tick. What was skipped cannot be judged any more. */
static void sample_service(struct tcpshake_services *s, struct tcpshake_service *service,
			   u32 skipped)
{
	u32 missed = skipped + service->skipped;
	const struct tcpshake_service_totals before = service->totals;
	struct tcpshake_sample *sample = &service->watch.sample;
	u64 pending;

	service->skipped = 0;
	service->resting = false;
	if (missed > TCPSHAKE_COHORTS)
		missed = TCPSHAKE_COHORTS;
	memset(sample, 0, sizeof(*sample));
	while (missed--)	/* cohorts begin where the last ones ended */
		judge(service, s->tick - missed - 1, sample);
	sample->late = 0;
	if (tcpshake_read_once(service->touched)) {
		tcpshake_write_once(service->touched, 0);
		tcpshake_service_fold(s, service);
		s->busy = true;
	}
	judge(service, s->tick, sample);
	repair(sample);
	tally(&sample->of, &service->totals, &before);
	pending = tcpshake_service_pending(&service->totals);
	sample->pending = pending < 0xffffffff ? (u32)pending : 0xffffffff;
	if (sample->pending > service->peak_pending)
		service->peak_pending = sample->pending;
	service->idle = sample->of.attempts ? 0 : service->idle + 1 + skipped;
	service->unanswered = sample->of.answered ? 0 : service->unanswered + 1 + skipped;
}

/* Of late: the last second or two. */
static void weigh(struct tcpshake_watch *watch)
{
	const struct tcpshake_tally *of = &watch->sample.of;

	watch->weight -= watch->weight / 4;
	watch->weight += (u32)(of->unresolved + of->refused + of->client_reset) * 4;
	watch->rate = (u32)of->attempts;
}

/* To the one above; what an alarm of its own explains, that need not know of. */
static void pass_on(struct tcpshake_watch *watch)
{
	struct tcpshake_watch *parent = watch->parent;

	weigh(watch);
	if (!parent)
		return;
	if (watch->alarmed > parent->alarmed)
		parent->alarmed = watch->alarmed;
	if (watch->flood) {
		if (watch->weight > parent->alarmed)
			parent->alarmed = watch->weight;
		return;
	}
	tcpshake_sample_add(&parent->sample, &watch->sample);
	if (watch->weight > parent->heaviest)
		parent->heaviest = watch->weight;
	if (watch->sample.pending > parent->heaviest_pending)
		parent->heaviest_pending = watch->sample.pending;
}

static void clear(struct tcpshake_watch *watch)
{
	memset(&watch->sample, 0, sizeof(watch->sample));
	watch->heaviest = 0;
	watch->heaviest_pending = 0;
	watch->alarmed = 0;
}

static struct tcpshake_forensics *forensics_of(const struct tcpshake_services *s,
					       const struct tcpshake_watch *watch)
{
	return watch->forensics ? &s->forensics[watch->forensics - 1] : NULL;
}

static void attach_forensics(struct tcpshake_services *s, struct tcpshake_watch *watch)
{
	u32 i;

	for (i = 0; i < s->nforensics; i++) {
		if (s->forensics_used[i])
			continue;
		s->forensics_used[i] = 1;
		tcpshake_forensics_init(&s->forensics[i]);
		watch->forensics = (u8)(i + 1);
		return;
	}
}

static bool has_more_than_half(u32 part, u32 whole)
{
	return part && part >= whole / 2;
}

/* Does a single one below have most of it, or one that is told already a good part? */
static bool is_one_below(const struct tcpshake_watch *watch, enum tcpshake_trigger trigger)
{
	if (trigger == TCPSHAKE_TRIGGER_PENDING)
		return has_more_than_half(watch->heaviest_pending, watch->sample.pending);
	return has_more_than_half(watch->heaviest, watch->weight) ||
	       (watch->alarmed && watch->alarmed >= watch->weight / 2);
}

/* Is there an alarm above, or will there be one, and this is only a part of that? */
static bool is_part_of_more(const struct tcpshake_watch *watch)
{
	const struct tcpshake_watch *above;

	for (above = watch->parent; above; above = above->parent)
		if ((above->flood || above->forensics) &&
		    !has_more_than_half(watch->weight, above->weight))
			return true;
	return false;
}

/*
 * A closer look is taken at one level alone, the one that would be in alarm: every SYN
 * is looked at once.
 */
static void look_closer(struct tcpshake_services *s, struct tcpshake_watch *watch)
{
	const struct tcpshake_detector *d = &watch->detector;
	const bool elsewhere = !watch->flood &&
		(is_one_below(watch, d->crowded ? TCPSHAKE_TRIGGER_PENDING :
						  TCPSHAKE_TRIGGER_HALF_OPEN) ||
		 is_part_of_more(watch));

	if (watch->forensics && (elsewhere || (!tcpshake_detector_suspects(d) && !d->surge)))
		tcpshake_watch_drop_forensics(s, watch);
	else if (!watch->forensics && !elsewhere && tcpshake_detector_wants_forensics(d))
		attach_forensics(s, watch);
	tcpshake_write_once(watch->looks, watch->forensics ? watch->forensics :
					  watch->parent ? watch->parent->looks : 0);
}

/* The groups above have nothing to say to what is told below them. */
static void explain(struct tcpshake_watch *watch)
{
	struct tcpshake_watch *above;

	for (above = watch->parent; above; above = above->parent)
		if (!above->flood)
			tcpshake_detector_forget(&above->detector);
}

static bool is_below(const struct tcpshake_watch *watch, const struct tcpshake_watch *above)
{
	while (watch && watch != above)
		watch = watch->parent;
	return watch;
}

/* Has it been told of one below just now? It turns out to be larger: the same, then. */
static bool take_over(struct tcpshake_watch *below, struct tcpshake_watch *watch, u64 now_us)
{
	struct tcpshake_flood *flood = below->flood;

	if (!flood || below == watch || !is_below(below, watch) ||
	    now_us - flood->detected_us > (u64)GROWS_TICKS << TCPSHAKE_TICK_SHIFT)
		return false;
	tcpshake_detector_cancel(&below->detector);
	below->flood = NULL;
	watch->flood = flood;
	return true;
}

static struct tcpshake_flood *grow(struct tcpshake_services *s, struct tcpshake_watch *watch,
				   u64 now_us)
{
	u32 i;

	if (watch->level == TCPSHAKE_LEVEL_SERVICE)
		return NULL;
	for (i = 0; i < s->ngroups; i++)
		if (s->groups[i].level && take_over(&s->groups[i], watch, now_us))
			return watch->flood;
	for (i = 0; i < s->rows * TCPSHAKE_SERVICE_WAYS; i++)
		if (s->records[i].state == TCPSHAKE_SERVICE_LIVE &&
		    take_over(&s->records[i].watch, watch, now_us))
			return watch->flood;
	return NULL;
}

static void record(struct tcpshake_services *s, struct tcpshake_watch *watch)
{
	const struct tcpshake_forensics *f = forensics_of(s, watch);
	const struct tcpshake_tally *since = &watch->detector.since;
	enum tcpshake_label label;

	tcpshake_flood_record(watch->flood, &watch->detector, &watch->sample, f);
	label = tcpshake_label_of(&watch->detector, watch->flood->trigger, watch->level, f);
	/* clients that have given up are still no flood */
	if (tcpshake_label_is_flood(label) && watch->flood->label >= TCPSHAKE_LABEL_OUTAGE &&
	    since->syn_retrans * 8 >= since->unresolved)
		return;
	watch->flood->label = label;
}

static void begin(struct tcpshake_services *s, struct tcpshake_watch *watch,
		  enum tcpshake_trigger trigger, u64 now_us)
{
	const struct tcpshake_service *space = tcpshake_services_space(s, watch->key.owner);
	struct tcpshake_flood *flood = grow(s, watch, now_us);
	const bool grew = flood;

	if (!flood)
		flood = tcpshake_floods_begin(&s->floods, watch->key.owner,
					      space && space->quota);
	if (!flood)
		return;
	memcpy(flood->addr, watch->key.addr, sizeof(flood->addr));
	flood->port = watch->key.port;
	flood->level = watch->level;
	flood->trigger = trigger;
	flood->updated_us = now_us;
	if (!grew) {
		flood->detected_us = now_us;
		flood->onset_us = (u64)(s->tick - (watch->detector.onset_ticks - 1) -
					TCPSHAKE_JUDGED_AT) << TCPSHAKE_TICK_SHIFT;
	}
	tcpshake_detector_start(&watch->detector, trigger);
	watch->flood = flood;
	explain(watch);
	record(s, watch);
	flood->told_label = flood->label;
	tcpshake_floods_tell(&s->floods, flood,
			     grew ? TCPSHAKE_PHASE_UPDATE : TCPSHAKE_PHASE_START);
}

static void go_on(struct tcpshake_services *s, struct tcpshake_watch *watch, u64 now_us)
{
	struct tcpshake_flood *flood = watch->flood;

	record(s, watch);
	if (!watch->detector.calm)
		flood->ended_us = now_us;
	if (tcpshake_detector_ended(&watch->detector, watch->config)) {
		flood->active = false;
		watch->flood = NULL;
		explain(watch);
		tcpshake_floods_tell(&s->floods, flood, TCPSHAKE_PHASE_END);
	} else if (now_us - flood->updated_us >=
		   (u64)(flood->label != flood->told_label ? LABEL_TICKS : TCPSHAKE_UPDATE_TICKS)
		   << TCPSHAKE_TICK_SHIFT) {
		flood->told_label = flood->label;
		flood->updated_us = now_us;
		tcpshake_floods_tell(&s->floods, flood, TCPSHAKE_PHASE_UPDATE);
	}
}

/* Who sends the SYNs is known a tick later where one has only begun to look. */
static bool is_seen(const struct tcpshake_services *s, struct tcpshake_watch *watch)
{
	const struct tcpshake_forensics *f = forensics_of(s, watch);

	return !f || f->seen >= TCPSHAKE_FORENSICS_MIN || watch->detector.doubt++ > 0;
}

/* From the top down. */
static void watch_over(struct tcpshake_services *s, struct tcpshake_watch *watch, u64 now_us)
{
	struct tcpshake_detector *d = &watch->detector;
	const enum tcpshake_trigger trigger = tcpshake_detector_tick(d, &watch->sample,
								     watch->config);

	look_closer(s, watch);
	if (watch->flood || tcpshake_detector_suspects(d) || watch->sample.of.syn)
		s->busy = true;
	if (watch->flood) {
		go_on(s, watch, now_us);
	} else if (trigger && (is_one_below(watch, trigger) || is_part_of_more(watch))) {
		tcpshake_detector_forget(d);
	} else if (trigger && is_seen(s, watch) &&
		   tcpshake_detector_is_sure(d, &watch->sample, trigger)) {
		begin(s, watch, trigger, now_us);
	}
}

static void watch_groups(struct tcpshake_services *s, u8 level, u64 now_us)
{
	u32 i;

	for (i = 0; i < s->ngroups; i++)
		if (s->groups[i].level == level)
			watch_over(s, &s->groups[i], now_us);
}

static void pass_groups_on(struct tcpshake_services *s, u8 level)
{
	u32 i;

	for (i = 0; i < s->ngroups; i++)
		if (s->groups[i].level == level)
			pass_on(&s->groups[i]);
}

/* Nothing has happened for so long that nothing is left to judge, or to be said. */
static bool is_quiet(const struct tcpshake_service *service)
{
	return !tcpshake_read_once(service->touched) && service->idle > 2 * TCPSHAKE_COHORTS &&
	       !service->watch.flood && !service->watch.forensics &&
	       !tcpshake_detector_suspects(&service->watch.detector);
}

/* It costs no more than this. What it has left unresolved long ago still is pending above. */
static void rest(struct tcpshake_service *service, u32 skipped)
{
	if (!service->resting) {
		clear(&service->watch);
		service->watch.weight = 0;
		service->watch.rate = 0;
		service->watch.looks = 0;
	}
	service->resting = true;
	service->skipped += 1 + skipped;
	service->idle += 1 + skipped;
	service->unanswered += 1 + skipped;
}

static void take_samples(struct tcpshake_services *s, u32 skipped)
{
	const u32 n = s->rows * TCPSHAKE_SERVICE_WAYS;
	struct tcpshake_service *space;
	u32 i;

	for (i = 0; i < s->ngroups; i++) {
		if (!s->groups[i].level)
			continue;
		if (!s->groups[i].members && !s->groups[i].flood)
			tcpshake_watch_leave(s, &s->groups[i]);
		else
			clear(&s->groups[i]);
	}
	for (space = s->spaces; space; space = space->next) {
		clear(&space->watch);
		sample_service(s, space, skipped);
	}
	for (i = 0; i < n; i++) {
		if (s->records[i].state != TCPSHAKE_SERVICE_LIVE)
			continue;
		if (is_quiet(&s->records[i])) {
			rest(&s->records[i], skipped);
			continue;
		}
		sample_service(s, &s->records[i], skipped);
		pass_on(&s->records[i].watch);
	}
	pass_groups_on(s, TCPSHAKE_LEVEL_ADDRESS);
	pass_groups_on(s, TCPSHAKE_LEVEL_PREFIX);
	for (space = s->spaces; space; space = space->next)
		pass_on(&space->watch);
}

static bool make_room(struct tcpshake_services *s)
{
	bool retired = false;
	u32 row;

	for (row = 0; row < s->rows; row++)
		if (tcpshake_read_once(s->wanted[row]))
			retired |= tcpshake_services_make_room(s, row);
	return retired;
}

bool tcpshake_services_tick(struct tcpshake_services *s, u64 now_us)
{
	const u32 tick = tcpshake_tick_of(now_us);
	const u32 skipped = tick - s->tick - 1;
	struct tcpshake_service *space;
	u32 i;

	if ((s32)(tick - s->tick) <= 0)
		return false;
	tcpshake_write_once(s->tick, tick);
	s->busy = false;
	take_samples(s, skipped);
	for (space = s->spaces; space; space = space->next)
		watch_over(s, &space->watch, now_us);
	watch_groups(s, TCPSHAKE_LEVEL_PREFIX, now_us);
	watch_groups(s, TCPSHAKE_LEVEL_ADDRESS, now_us);
	for (i = 0; i < s->rows * TCPSHAKE_SERVICE_WAYS; i++)
		if (s->records[i].state == TCPSHAKE_SERVICE_LIVE && !s->records[i].resting)
			watch_over(s, &s->records[i].watch, now_us);
	if (s->retiring)
		return false;
	s->retiring = make_room(s);
	return s->retiring;
}
