/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Counters that together make a whole: in text one line each with its share, and
 * the sum written out; in JSON one key each.
 */
#ifndef TCPSHAKE_TALLY_H
#define TCPSHAKE_TALLY_H

#include "out.h"

/*
 * A counter for each value of an enum. Counter 0 belongs to numbers of a newer
 * module and is shown only if there are any.
 */
struct tally {
	const char *prefix;	/* of the names in JSON and /proc */
	const char *(*name)(unsigned int value);
	const u64 *counters;
	unsigned int max;
};

u64 tally_sum(struct tally tally);

void tally_json(struct out *out, struct tally tally);

/* One name and one number; NULL: not known. */
void tally_number(const char *indent, const char *name, const u64 *value);

/* The same with the share of the whole; none is shown when that is 0. */
void tally_share(const char *indent, const char *name, u64 value, u64 whole);

/* All counters, those that are 0 only if zeros. */
void tally_print(const char *indent, struct tally tally, u64 whole, bool zeros);

/*
 * "attempts 5 = completed 4 + pending 1". Terms that are 0 are left out. Returns
 * whether it is true.
 */
bool tally_identity(const char *name, u64 whole, struct tally tally, const u64 *pending);

#endif /* TCPSHAKE_TALLY_H */
