// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Stories of floods: see flood.h. */
#include "flood.h"

static u32 active_of(const struct tcpshake_floods *floods, u16 owner)
{
	u32 n = 0;
	u32 i;

	for (i = 0; i < floods->size; i++)
		n += floods->floods[i].active && floods->floods[i].owner == owner;
	return n;
}

/* Free ones first, then the oldest that is over. */
static struct tcpshake_flood *place(struct tcpshake_floods *floods)
{
	struct tcpshake_flood *best = NULL;
	u32 i;

	for (i = 0; i < floods->size; i++) {
		struct tcpshake_flood *flood = &floods->floods[i];

		if (!flood->active && !flood->told && (!best || flood->number < best->number))
			best = flood;
	}
	return best;
}

struct tcpshake_flood *tcpshake_floods_begin(struct tcpshake_floods *floods, u16 owner,
					     bool limited)
{
	struct tcpshake_flood *flood = NULL;

	if (!limited || active_of(floods, owner) < floods->size / 8)
		flood = place(floods);
	if (!flood) {
		floods->lost++;
		return NULL;
	}
	memset(flood, 0, sizeof(*flood));
	flood->number = ++floods->last_number;
	flood->owner = owner;
	flood->active = true;
	return flood;
}

void tcpshake_floods_tell(struct tcpshake_floods *floods, struct tcpshake_flood *flood,
			  enum tcpshake_phase phase)
{
	if (!flood->told)
		floods->untold++;
	flood->told |= 1 << phase;
}

struct tcpshake_flood *tcpshake_floods_next(struct tcpshake_floods *floods,
					    enum tcpshake_phase *phase)
{
	u32 i;

	if (!floods->untold)
		return NULL;
	for (i = 0; i < floods->size; i++) {
		struct tcpshake_flood *flood = &floods->floods[i];

		if (!flood->told)
			continue;
		*phase = flood->told & 1 << TCPSHAKE_PHASE_START ? TCPSHAKE_PHASE_START :
			 flood->told & 1 << TCPSHAKE_PHASE_END ? TCPSHAKE_PHASE_END :
								 TCPSHAKE_PHASE_UPDATE;
		flood->told &= ~(1 << *phase);
		if (*phase == TCPSHAKE_PHASE_END)
			flood->told = 0;
		if (!flood->told)
			floods->untold--;
		return flood;
	}
	return NULL;
}

void tcpshake_floods_forget(struct tcpshake_floods *floods, u16 owner)
{
	u32 i;

	for (i = 0; i < floods->size; i++) {
		struct tcpshake_flood *flood = &floods->floods[i];

		if (flood->owner != owner)
			continue;
		if (flood->told)
			floods->untold--;
		memset(flood, 0, sizeof(*flood));
	}
}

static void find_out(struct tcpshake_findings *findings, const struct tcpshake_forensics *f)
{
	struct tcpshake_top prefixes[TCPSHAKE_TOP_PREFIXES];
	struct tcpshake_top signatures[TCPSHAKE_TOP_SIGNATURES];

	memcpy(prefixes, f->prefixes, sizeof(prefixes));
	memcpy(signatures, f->signatures, sizeof(signatures));
	tcpshake_top_sort(prefixes, TCPSHAKE_TOP_PREFIXES);
	tcpshake_top_sort(signatures, TCPSHAKE_TOP_SIGNATURES);
	memcpy(findings->prefixes, prefixes, sizeof(findings->prefixes));
	memcpy(findings->signatures, signatures, sizeof(findings->signatures));
	findings->seen = f->seen;
	findings->sources = tcpshake_forensics_count(f->sources);
	findings->services = tcpshake_forensics_count(f->services);
	findings->bogons = f->bogons;
	findings->isn_is_dst = f->isn_is_dst;
	findings->same_isn_bits = (u8)tcpshake_forensics_same_isn_bits(f);
	findings->same_port_bits = (u8)tcpshake_forensics_same_port_bits(f);
}

void tcpshake_flood_record(struct tcpshake_flood *flood, const struct tcpshake_detector *d,
			   const struct tcpshake_sample *sample,
			   const struct tcpshake_forensics *f)
{
	flood->of = d->since;
	flood->rate = (u32)sample->of.attempts;
	flood->peak_rate = d->peak_attempts;
	flood->base_rate = (u32)(d->base_syn >> 12);
	flood->pending = sample->pending;
	flood->peak_pending = d->peak_pending;
	flood->completion = tcpshake_detector_completion(d);
	flood->base_completion = tcpshake_detector_base_completion(d);
	if (f)
		find_out(&flood->findings, f);
}
