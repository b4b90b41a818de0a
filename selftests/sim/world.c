// SPDX-License-Identifier: GPL-2.0
/* The world: see world.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "queue.h"
#include "world.h"

enum {
	CPUS = 2,
	RECORDS = 1024,
	OWNER = 1,
	STREAMS = 32,
	TRIES = 6,
	TIMEOUT_S = 75,
};

struct attempt {
	struct tcpshake_flow flow;
	u64 syn_us;
	double loss, rtt_us;
	u8 behaviour;
	u8 tries;
	bool answered, over;
	u32 next_free;
};

struct world {
	u64 random, now_us, tick_us;
	struct tcpshake_services services;
	struct tcpshake_service space;
	struct tcpshake_detector_config config;
	struct queue queue;
	struct attempt *attempts;
	u32 attempt_count, attempt_room, free_attempt;
	struct stream streams[STREAMS];
	u64 sent[STREAMS];
	unsigned int stream_count;
	enum manners manners;
	double per_second, tokens;
	u64 tokens_us;
	struct story stories[STORIES];
	unsigned int story_count;
	u64 booked, ended;
};

double world_random(struct world *w)
{
	return random_unit(&w->random);
}

/* ---- booking, as in module/service.c ---- */

static struct tcpshake_service *service_of(struct world *w, const struct tcpshake_flow *flow,
					   bool is_new)
{
	struct tcpshake_service_key key = { .port = flow->server_port, .owner = OWNER };
	struct tcpshake_service *service;

	memcpy(key.addr, flow->server, sizeof(key.addr));
	service = tcpshake_services_find(&w->services, &key);
	if (!service && is_new && tcpshake_services_has_room(&w->services, &key))
		service = tcpshake_services_claim(&w->services, &key, &w->space, flow->syn_us);
	return service && tcpshake_service_has(service, flow->syn_us) ? service : &w->space;
}

static struct tcpshake_cohorts *page_of(struct world *w, struct tcpshake_service *service)
{
	service->touched = 1;
	return &service->pages[random_next(&w->random) % CPUS];
}

static void note(struct world *w, struct attempt *a, unsigned int exit)
{
	struct tcpshake_service *service = service_of(w, &a->flow,
						      exit == TCPSHAKE_EXIT_NEW_ATTEMPT);

	tcpshake_cohort_note(page_of(w, service), &a->flow, exit);
}

static void end(struct world *w, struct attempt *a, enum tcpshake_outcome outcome)
{
	struct tcpshake_service *service = service_of(w, &a->flow, false);

	tcpshake_cohort_end(page_of(w, service), outcome, a->flow.syn_us, (u32)w->now_us);
	a->over = true;
	w->ended++;
}

/* ---- attempts ---- */

static bool has_token(struct world *w)
{
	w->tokens += (double)(w->now_us - w->tokens_us) / SECOND * w->per_second;
	if (w->tokens > 5)
		w->tokens = 5;
	w->tokens_us = w->now_us;
	if (w->tokens < 1)
		return false;
	w->tokens--;
	return true;
}

static bool is_answered(struct world *w)
{
	return w->manners == ANSWERS || w->manners == DEAF ||
	       (w->manners == OVERLOADED && has_token(w));
}

/* 1, 2, 4 s... after the last one (RFC 6298). */
static void try_again(struct world *w, struct attempt *a, u32 number)
{
	const double jitter = 0.99 + 0.04 * world_random(w);
	const u64 at = w->now_us + (u64)(jitter * (double)(SECOND << a->tries));

	a->tries++;
	queue_push(&w->queue, at, a->tries < TRIES ? AGAIN : EXPIRE, number);
}

/* What the service does with the SYN, or the SYN again. */
static void serve(struct world *w, struct attempt *a, u32 number)
{
	const double rtt = a->rtt_us * exp(0.7 * random_normal(&w->random));

	if (w->manners == REFUSES) {
		end(w, a, TCPSHAKE_OUTCOME_REFUSED);
		return;
	}
	if (is_answered(w) && !a->answered) {
		a->answered = true;
		note(w, a, TCPSHAKE_EXIT_SYNACK);
	}
	switch (a->behaviour) {
	case GENUINE:
		if (!a->answered || w->manners == DEAF ||
		    world_random(w) < 1 - (1 - a->loss) * (1 - a->loss))
			try_again(w, a, number);
		else
			queue_push(&w->queue, w->now_us + (u64)rtt, COMPLETE, number);
		break;
	case RESETS:
	case PROBES:
		queue_push(&w->queue, w->now_us + (a->answered ? (u64)rtt : TIMEOUT_S * SECOND),
			   a->answered ? RESET : EXPIRE, number);
		break;
	case NEVER:
		queue_push(&w->queue, w->now_us + TIMEOUT_S * SECOND, EXPIRE, number);
		break;
	}
}

static u32 new_attempt(struct world *w)
{
	u32 number = w->free_attempt;

	if (number) {
		w->free_attempt = w->attempts[number].next_free;
		return number;
	}
	if (w->attempt_count == w->attempt_room) {
		w->attempt_room *= 2;
		w->attempts = realloc(w->attempts, w->attempt_room * sizeof(*w->attempts));
		if (!w->attempts)
			abort();
	}
	return w->attempt_count++;
}

static void forget(struct world *w, u32 number)
{
	w->attempts[number].next_free = w->free_attempt;
	w->free_attempt = number;
}

static void put_addr(u8 addr[TCPSHAKE_ADDR_LEN], u32 v4)
{
	const u8 octets[4] = { (u8)(v4 >> 24), (u8)(v4 >> 16), (u8)(v4 >> 8), (u8)v4 };

	tcpshake_addr_from_v4(addr, octets);
}

static u32 pick(struct world *w, u32 first, u32 count)
{
	return first + (count > 1 ? (u32)(world_random(w) * count) : 0);
}

static void look_at(struct world *w, const struct attempt *a)
{
	static const u8 options[20] = { 2, 4, 5, 180, 4, 2, 8, 10 };
	const u8 looks = service_of(w, &a->flow, false)->watch.looks;
	struct tcpshake_segment seg = {
		.src_port = a->flow.client_port, .dst_port = a->flow.server_port,
		.seq = (u32)random_next(&w->random), .window = 64240, .ttl = 64,
		.options = options, .options_len = sizeof(options),
	};

	if (!looks)
		return;
	memcpy(seg.src, a->flow.client, sizeof(seg.src));
	memcpy(seg.dst, a->flow.server, sizeof(seg.dst));
	tcpshake_forensics_add(&w->services.forensics[looks - 1], &seg, w->services.salt);
}

static void open(struct world *w, const struct stream *s, u64 n)
{
	const u32 number = new_attempt(w);
	struct attempt *a = &w->attempts[number];
	const struct endpoint_range *t = &s->target;

	memset(a, 0, sizeof(*a));
	a->behaviour = s->behaviour == GENUINE && world_random(w) < s->never ? NEVER :
										 s->behaviour;
	a->loss = s->loss;
	a->rtt_us = s->rtt_us;
	a->syn_us = w->now_us;
	put_addr(a->flow.client, pick(w, s->source.addr, s->source.addrs));
	put_addr(a->flow.server, s->sweep ? t->addr + (u32)(n / t->ports % t->addrs) :
					    pick(w, t->addr, t->addrs));
	a->flow.client_port = s->source_port ? s->source_port :
					       (u16)pick(w, 1024, 64000);
	a->flow.server_port = s->sweep ? (u16)(t->port + n % t->ports) :
					 (u16)pick(w, t->port, t->ports);
	a->flow.syn_us = (u32)w->now_us;
	note(w, a, TCPSHAKE_EXIT_NEW_ATTEMPT);
	w->booked++;
	look_at(w, a);
	serve(w, a, number);
	if (a->over)
		forget(w, number);
}

static void arrive(struct world *w, u32 number)
{
	struct stream *s = &w->streams[number];
	const double seconds = (double)(w->now_us - s->from_us) / SECOND;
	const double rate = s->rate + s->rate_growth * seconds;
	const u64 period = s->on_us + s->off_us;
	u64 wait_us;

	if (w->now_us >= s->to_us)
		return;
	if (!period || (w->now_us - s->from_us) % period < s->on_us)
		open(w, s, w->sent[number]++);
	wait_us = (u64)(-log(1 - world_random(w)) / (rate > 0.01 ? rate : 0.01) * SECOND);
	queue_push(&w->queue, w->now_us + 1 + wait_us, ARRIVAL, number);
}

static void again(struct world *w, u32 number)
{
	struct attempt *a = &w->attempts[number];

	a->flow.client_seen = (u16)((w->now_us - a->syn_us) >> 15);
	note(w, a, TCPSHAKE_EXIT_SYN_RETRANSMIT);
	serve(w, a, number);
	if (a->over)
		forget(w, number);
}

static void happen(struct world *w, const struct event *event)
{
	struct attempt *a = &w->attempts[event->of];

	switch (event->what) {
	case ARRIVAL:
		arrive(w, event->of);
		return;
	case AGAIN:
		again(w, event->of);
		return;
	case COMPLETE:
		end(w, a, TCPSHAKE_OUTCOME_COMPLETED);
		break;
	case RESET:
		end(w, a, TCPSHAKE_OUTCOME_CLIENT_RESET);
		break;
	case EXPIRE:
		end(w, a, a->answered ? TCPSHAKE_OUTCOME_UNACKED : TCPSHAKE_OUTCOME_UNANSWERED);
		break;
	}
	forget(w, event->of);
}

/* ---- the tick ---- */

static void listen_to(struct world *w)
{
	struct tcpshake_floods *floods = &w->services.floods;
	struct tcpshake_flood *flood;
	enum tcpshake_phase phase;
	u32 i;

	while ((flood = tcpshake_floods_next(floods, &phase))) {
		struct story *story = &w->stories[flood->number % STORIES];

		if (flood->number > w->story_count)
			w->story_count = flood->number;
		if (phase == TCPSHAKE_PHASE_START) {
			*story = (struct story){ .start_us = w->now_us,
						 .onset_us = flood->onset_us,
						 .level = flood->level,
						 .trigger = flood->trigger,
						 .key.port = flood->port };
			memcpy(story->key.addr, flood->addr, sizeof(flood->addr));
		}
		if (phase == TCPSHAKE_PHASE_END)
			story->end_us = w->now_us;
		story->labels |= 1U << flood->label;
		story->label = flood->label;
	}
	for (i = 0; i < floods->size; i++) {
		if (!floods->floods[i].active)
			continue;
		w->stories[floods->floods[i].number % STORIES].labels |=
			1U << floods->floods[i].label;
		w->stories[floods->floods[i].number % STORIES].label = floods->floods[i].label;
	}
}

static void tick(struct world *w)
{
	w->now_us = w->tick_us;
	if (tcpshake_services_tick(&w->services, w->now_us + 2000)) /* the timer is never exact */
		tcpshake_services_release(&w->services);
	listen_to(w);
	w->tick_us += 1ULL << TCPSHAKE_TICK_SHIFT;
}

void world_run(struct world *w, u64 until_us)
{
	while (w->tick_us <= until_us || queue_next(&w->queue) <= until_us) {
		if (queue_next(&w->queue) >= w->tick_us) {
			tick(w);
		} else {
			const struct event event = queue_pop(&w->queue);

			w->now_us = event.us;
			happen(w, &event);
		}
	}
	w->now_us = until_us;
}

/* ---- making and asking ---- */

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		abort();
	return p;
}

struct world *world_new(u64 seed)
{
	struct world *w = zeroed(1, sizeof(*w));
	struct tcpshake_services *s = &w->services;
	u32 i;

	w->random = seed * 0x9e3779b97f4a7c15ULL | 1;
	for (i = 0; i < 8; i++)
		s->keys[i] = (u32)(random_next(&w->random) >> 16);
	s->salt = random_next(&w->random);
	s->rows = RECORDS / TCPSHAKE_SERVICE_WAYS;
	s->ngroups = RECORDS / 4;
	s->nforensics = 64;
	s->floods.size = 64;
	s->cpus = CPUS;
	s->tags = zeroed(RECORDS, sizeof(*s->tags));
	s->wanted = zeroed(s->rows, 1);
	s->records = zeroed(RECORDS, sizeof(*s->records));
	s->groups = zeroed(s->ngroups, sizeof(*s->groups));
	s->forensics = zeroed(s->nforensics, sizeof(*s->forensics));
	s->forensics_used = zeroed(s->nforensics, 1);
	s->floods.floods = zeroed(s->floods.size, sizeof(*s->floods.floods));
	for (i = 0; i < RECORDS; i++)
		s->records[i].pages = zeroed(CPUS, sizeof(struct tcpshake_cohorts));
	w->space.pages = zeroed(CPUS, sizeof(struct tcpshake_cohorts));
	w->config = (struct tcpshake_detector_config){ 20, 512, 10000, 60000 };
	w->space.watch.config = &w->config;
	/* near the wrap of the 32-bit clock, which every world passes */
	w->now_us = (1ULL << 32) - 20 * SECOND + (u64)(world_random(w) * SECOND);
	w->tick_us = (w->now_us >> TCPSHAKE_TICK_SHIFT << TCPSHAKE_TICK_SHIFT) +
		     (1ULL << TCPSHAKE_TICK_SHIFT);
	s->tick = tcpshake_tick_of(w->now_us);
	tcpshake_services_add_space(s, &w->space, OWNER);
	w->attempt_room = 4096;
	w->attempts = zeroed(w->attempt_room, sizeof(*w->attempts));
	w->attempt_count = 1;
	return w;
}

void world_free(struct world *w)
{
	struct tcpshake_services *s = &w->services;
	u32 i;

	for (i = 0; i < RECORDS; i++)
		free(s->records[i].pages);
	free(w->space.pages);
	free(s->tags);
	free(s->wanted);
	free(s->records);
	free(s->groups);
	free(s->forensics);
	free(s->forensics_used);
	free(s->floods.floods);
	free(w->queue.heap);
	free(w->attempts);
	free(w);
}

struct tcpshake_detector_config *world_config(struct world *w)
{
	return &w->config;
}

u64 world_now(const struct world *w)
{
	return w->now_us;
}

void world_manners(struct world *w, enum manners how, double per_second)
{
	w->manners = how;
	w->per_second = per_second;
	w->tokens_us = w->now_us;
}

void world_add(struct world *w, const struct stream *stream)
{
	u64 wait_us;

	if (w->stream_count == STREAMS)
		abort();
	w->streams[w->stream_count] = *stream;
	wait_us = (u64)(world_random(w) * SECOND / (stream->rate + 1));
	queue_push(&w->queue, stream->from_us + wait_us, ARRIVAL, w->stream_count++);
}

const struct story *world_stories(const struct world *w, unsigned int *count)
{
	*count = w->story_count;
	return w->stories;	/* by number, from 1 */
}

const struct tcpshake_services *world_services(const struct world *w)
{
	return &w->services;
}

u64 world_attempts(const struct world *w)
{
	return w->booked;
}

bool world_adds_up(const struct world *w)
{
	struct tcpshake_service_totals totals;
	u64 attempts, pending;
	u32 i;

	tcpshake_services_own_totals(&w->services, &w->space, &totals);
	attempts = totals.attempts;
	pending = tcpshake_service_pending(&totals);
	for (i = 0; i < RECORDS; i++) {
		if (w->services.records[i].state != TCPSHAKE_SERVICE_LIVE)
			continue;
		tcpshake_service_totals(&w->services, &w->services.records[i], &totals);
		attempts += totals.attempts;
		pending += tcpshake_service_pending(&totals);
	}
	return attempts == w->booked && pending == w->booked - w->ended;
}
