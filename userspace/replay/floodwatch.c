// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Floods of a capture: see floodwatch.h. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "decode.h"
#include "floodwatch.h"

enum { RECORDS = 4096, GROUPS = RECORDS / 4, FORENSICS = 64, FLOODS = 64, OWNER = 1 };

struct floodwatch {
	struct tcpshake_services services;
	struct tcpshake_service space;
	struct tcpshake_detector_config config;
	struct tcpshake_cohorts own_page;
	u64 offset_ns;
	bool started;
	void (*told)(void *context, const struct flood *flood);
	void *context;
	u64 incidents, floods;
	/* memory of the services, in one piece with this */
	u16 tags[RECORDS] __attribute__((aligned(8)));
	u8 wanted[RECORDS / TCPSHAKE_SERVICE_WAYS];
	struct tcpshake_service records[RECORDS];
	struct tcpshake_cohorts pages[RECORDS];
	struct tcpshake_watch groups[GROUPS];
	struct tcpshake_forensics forensics[FORENSICS];
	u8 forensics_used[FORENSICS];
	struct tcpshake_flood stories[FLOODS];
};

struct floodwatch *floodwatch_new(void)
{
	struct floodwatch *watch = calloc(1, sizeof(*watch));
	struct tcpshake_services *s;

	if (!watch)
		return NULL;
	s = &watch->services;
	s->tags = watch->tags;
	s->wanted = watch->wanted;
	s->records = watch->records;
	s->rows = RECORDS / TCPSHAKE_SERVICE_WAYS;
	s->groups = watch->groups;
	s->ngroups = GROUPS;
	s->forensics = watch->forensics;
	s->forensics_used = watch->forensics_used;
	s->nforensics = FORENSICS;
	s->floods.floods = watch->stories;
	s->floods.size = FLOODS;
	s->cpus = 1;
	for (u32 i = 0; i < RECORDS; i++)
		watch->records[i].pages = &watch->pages[i];
	/* the same every time: a capture cannot aim at them while it is being made */
	for (u32 i = 0; i < 8; i++)
		s->keys[i] = 2654435761U * (i + 1);
	s->salt = 0x9e3779b97f4a7c15ULL;
	watch->config = (struct tcpshake_detector_config){ 20, 512, 10000, 60000 };
	watch->space.pages = &watch->own_page;
	watch->space.watch.config = &watch->config;
	tcpshake_services_add_space(s, &watch->space, OWNER);
	return watch;
}

void floodwatch_free(struct floodwatch *watch)
{
	free(watch);
}

void floodwatch_tell(struct floodwatch *watch,
		     void (*told)(void *context, const struct flood *flood), void *context)
{
	watch->told = told;
	watch->context = context;
}

static struct tcpshake_service *service_of(struct floodwatch *watch,
					   const struct tcpshake_flow *flow, bool is_new)
{
	struct tcpshake_services *s = &watch->services;
	struct tcpshake_service_key key = { .port = flow->server_port, .owner = OWNER };
	struct tcpshake_service *service;

	memcpy(key.addr, flow->server, sizeof(key.addr));
	service = tcpshake_services_find(s, &key);
	if (!service && is_new && tcpshake_services_has_room(s, &key))
		service = tcpshake_services_claim(s, &key, &watch->space, flow->syn_us);
	return service && tcpshake_service_has(service, flow->syn_us) ? service : &watch->space;
}

static void ended(struct floodwatch *watch, const struct tcpshake_ended *ended)
{
	struct tcpshake_service *service = service_of(watch, &ended->flow, false);

	tcpshake_cohort_end(service->pages, ended->outcome, ended->flow.syn_us,
			    ended->flow.syn_us + ended->total_us);
	service->touched = 1;
}

void floodwatch_enter(struct floodwatch *watch, const struct tcpshake_verdict *v,
		      const struct tcpshake_flow *flow, const struct tcpshake_segment *seg)
{
	const bool is_new = v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	struct tcpshake_service *service;

	if (v->ended.outcome) {
		ended(watch, &v->ended);
		return;
	}
	service = service_of(watch, flow, is_new);
	tcpshake_cohort_note(service->pages, flow, v->exit);
	service->pages->stalled += !!(v->notes & 1 << TCPSHAKE_NOTE_STALLED);
	service->touched = 1;
	if (is_new && seg && service->watch.looks)
		tcpshake_forensics_add(&watch->forensics[service->watch.looks - 1], seg,
				       watch->services.salt);
}

/* ---- as what netlink brings, so that it is shown alike ---- */

static void endpoint_of(const u8 addr[TCPSHAKE_ADDR_LEN], struct endpoint *endpoint)
{
	const bool is_v4 = tcpshake_addr_is_v4(addr);

	endpoint->family = is_v4 ? AF_INET : AF_INET6;
	memcpy(endpoint->address, is_v4 ? addr + 12 : addr, is_v4 ? 4 : 16);
	endpoint->port = -1;
}

static void target_of(const struct tcpshake_flood *from, struct flood *to)
{
	to->target.port = -1;
	if (from->level == TCPSHAKE_LEVEL_NAMESPACE)
		return;
	endpoint_of(from->addr, &to->target);
	to->prefix_len = to->target.family == AF_INET ? 32 : 128;
	if (from->level == TCPSHAKE_LEVEL_PREFIX)
		to->prefix_len = to->target.family == AF_INET ? 24 : 64;
	if (from->level == TCPSHAKE_LEVEL_SERVICE)
		to->target.port = from->port;
}

static void source_of(const struct tcpshake_top *top, struct flood_source *source)
{
	const u32 v4 = htonl((u32)top->key);

	source->prefix.port = -1;
	source->prefix_len = top->key & TCPSHAKE_PREFIX_V6 ? 48 : 24;
	source->prefix.family = top->key & TCPSHAKE_PREFIX_V6 ? AF_INET6 : AF_INET;
	if (source->prefix.family == AF_INET)
		memcpy(source->prefix.address, &v4, sizeof(v4));
	else
		for (unsigned int i = 0; i < 6; i++)
			source->prefix.address[i] = (u8)(top->key >> (40 - 8 * i));
	source->count = top->count;
	source->error = top->error;
}

static void signature_of(const struct tcpshake_top *top, struct flood_signature *signature)
{
	const u32 first = (u32)(top->key >> 32);

	*signature = (struct flood_signature){
		.ttl = (u8)(top->key >> 8), .window = (u16)(top->key >> 16),
		.options_len = (u8)top->key, .count = top->count, .error = top->error,
	};
	if (first >> 16 == 0x0204) {
		signature->mss = (u16)first;
		signature->has = 1ULL << TCPSHAKE_SIGNATURE_A_MSS;
	}
}

static void findings_of(const struct tcpshake_findings *from, struct flood *to)
{
	to->seen = from->seen;
	to->sources = from->sources;
	to->sources_error = TCPSHAKE_HLL_ERROR;
	to->services = from->services;
	to->bogons = from->bogons;
	to->isn_is_server = from->isn_is_dst;
	to->isn_bits = from->same_isn_bits;
	to->port_bits = from->same_port_bits;
	for (unsigned int i = 0; i < TCPSHAKE_FLOOD_PREFIXES && from->prefixes[i].count; i++)
		source_of(&from->prefixes[i], &to->source[to->source_count++]);
	for (unsigned int i = 0; i < TCPSHAKE_FLOOD_SIGNATURES && from->signatures[i].count; i++)
		signature_of(&from->signatures[i], &to->signature[to->signature_count++]);
}

static void numbers_of(const struct tcpshake_flood *from, struct flood *to)
{
	const struct tcpshake_tally *of = &from->of;

	to->attempts = of->attempts;
	to->answered = of->answered;
	to->completed = of->completed;
	to->refused = of->refused;
	to->client_reset = of->client_reset;
	to->server_reset = of->server_reset;
	to->unreachable = of->unreachable;
	to->evicted = of->evicted;
	to->unresolved = of->unresolved;
	to->stalled = of->stalled;
	to->syn_retrans = of->syn_retrans;
	to->synack_retrans = of->synack_retrans;
	to->rate = tcpshake_per_second(from->rate);
	to->rate_peak = tcpshake_per_second(from->peak_rate);
	to->rate_base = tcpshake_per_second(from->base_rate);
	to->pending = from->pending;
	to->pending_peak = from->peak_pending;
	to->completion = from->completion;
	to->completion_base = from->base_completion;
}

static u64 wall_ns(const struct floodwatch *watch, u64 us)
{
	return us * 1000 + watch->offset_ns;
}

static void tell(struct floodwatch *watch, const struct tcpshake_flood *from,
		 enum tcpshake_phase phase)
{
	struct flood flood = {
		.has = ~0ULL, .number = from->number, .phase = phase, .level = from->level,
		.label = from->label, .trigger = from->trigger,
		.onset_ns = wall_ns(watch, from->onset_us),
		.detected_ns = wall_ns(watch, from->detected_us),
		.ended_ns = wall_ns(watch, from->ended_us),
	};

	if (from->active)
		flood.has &= ~(1ULL << TCPSHAKE_FLOOD_A_ENDED);
	if (!from->findings.seen)
		flood.has &= ~(1ULL << TCPSHAKE_FLOOD_A_SOURCES);
	target_of(from, &flood);
	numbers_of(from, &flood);
	findings_of(&from->findings, &flood);
	if (watch->told)
		watch->told(watch->context, &flood);
}

void floodwatch_advance(struct floodwatch *watch, u64 clock_us, u64 offset_ns)
{
	struct tcpshake_services *s = &watch->services;
	struct tcpshake_flood *flood;
	enum tcpshake_phase phase;
	u32 tick = tcpshake_tick_of(clock_us);

	watch->offset_ns = offset_ns;
	if (!watch->started || tick - s->tick > 4096) {
		/* the first packet, or a pause in which everything came to an end */
		s->tick = watch->started ? tick - 4096 : tick;
		watch->started = true;
	}
	while (s->tick != tick) {
		const u64 at_us = (u64)(s->tick + 1) << TCPSHAKE_TICK_SHIFT;

		if (tcpshake_services_tick(s, at_us))
			tcpshake_services_release(s);
		while ((flood = tcpshake_floods_next(&s->floods, &phase))) {
			watch->incidents += phase == TCPSHAKE_PHASE_START;
			watch->floods += phase == TCPSHAKE_PHASE_END &&
					 tcpshake_label_is_flood(flood->label);
			tell(watch, flood, phase);
		}
		if (!s->busy)
			s->tick = tick;	/* nothing to be done meanwhile */
	}
}

u64 floodwatch_count(const struct floodwatch *watch, bool floods)
{
	u64 active = 0;

	if (!floods)
		return watch->incidents;
	for (unsigned int i = 0; i < FLOODS; i++)
		active += watch->stories[i].active &&
			  tcpshake_label_is_flood(watch->stories[i].label);
	return watch->floods + active;
}
