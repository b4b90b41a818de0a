// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any sequence of segments on a few tuples, each with all its attempts: see recipe.h
 * for what eight octets are. After every step both identities must hold, the gauges
 * agree with the flows, every verdict be one that can be and every outcome one that
 * was due. If there are octets left over, all is played without details, too, and has
 * to be the same.
 */

/* Coverage is to be the engine's, and so is the time: what calls it needs no instruments. */
#pragma clang attribute push(__attribute__((no_sanitize("coverage", "address", "undefined"))), \
			     apply_to = function)
#include "../recipe.h"
#include "fuzz.h"

_Static_assert(sizeof(struct tcpshake_flow) == 64, "a flow is one cache line");

static const struct tcpshake_timeouts timeouts = { 7000000, 9000000, 20000000, 2000000 };

struct world {
	struct books books;
	struct driver drivers[RECIPE_TUPLES];
};

static void begin(struct world *w, bool blind)
{
	unsigned int i;

	memset(&w->books, 0, sizeof(w->books));
	for (i = 0; i < RECIPE_TUPLES; i++) {
		struct driver *d = &w->drivers[i];

		d->books = &w->books;
		d->timeouts = &timeouts;
		d->blind = blind;
		d->used = 0;
	}
}

static void follow(struct world *w, const uint8_t *recipe, u64 now_us)
{
	const char *wrong;

	recipe_follow(w->drivers, recipe, now_us);
	wrong = w->drivers[recipe[0] % RECIPE_TUPLES].fault;
	if (!wrong)
		wrong = driver_books_differ(w->drivers, RECIPE_TUPLES);
	if (!wrong)
		return;
	fprintf(stderr, "%s\n", wrong);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const bool both = size % RECIPE_OCTETS;
	static struct world seeing, blind;
	u64 now_us = 0xffff0000u;

	begin(&seeing, false);
	if (both)
		begin(&blind, true);
	for (; size >= RECIPE_OCTETS; data += RECIPE_OCTETS, size -= RECIPE_OCTETS) {
		now_us += recipe_time(data);
		follow(&seeing, data, now_us);
		if (!both)
			continue;
		follow(&blind, data, now_us);
		MUST(!memcmp(&seeing.books, &blind.books, offsetof(struct books, anomalies)));
	}
	return 0;
}

#pragma clang attribute pop
