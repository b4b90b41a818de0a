// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Sums with all their terms. */
#include <stdio.h>

#include "tally.h"

#define NAME_WIDTH 26
#define NUMBER_WIDTH 14

u64 tally_sum(struct tally tally)
{
	u64 total = 0;

	for (unsigned int i = 0; i <= tally.max; i++)
		total += tally.counters[i];
	return total;
}

static bool is_shown(struct tally tally, unsigned int i)
{
	return i || tally.counters[i];
}

void tally_json(struct out *out, struct tally tally)
{
	char key[64];

	for (unsigned int i = 1; i <= tally.max + 1; i++) {
		unsigned int value = i <= tally.max ? i : 0;

		if (!is_shown(tally, value))
			continue;
		snprintf(key, sizeof(key), "%s%s", tally.prefix, tally.name(value));
		out_uint(out, key, NULL, &tally.counters[value]);
	}
}

static void print_name(const char *indent, const char *name)
{
	printf("%s%-*s", indent, NAME_WIDTH - (int)strlen(indent), name);
}

void tally_number(const char *indent, const char *name, const u64 *value)
{
	print_name(indent, name);
	if (value)
		printf("%*llu\n", NUMBER_WIDTH, (unsigned long long)*value);
	else
		printf("%*s\n", NUMBER_WIDTH, "-");
}

void tally_share(const char *indent, const char *name, u64 value, u64 whole)
{
	print_name(indent, name);
	printf("%*llu", NUMBER_WIDTH, (unsigned long long)value);
	if (value && whole)
		printf("%8.1f%%", 100.0 * value / whole);
	putchar('\n');
}

void tally_print(const char *indent, struct tally tally, u64 whole, bool zeros)
{
	for (unsigned int i = 1; i <= tally.max + 1; i++) {
		unsigned int value = i <= tally.max ? i : 0;

		if (is_shown(tally, value) && (zeros || tally.counters[value]))
			tally_share(indent, tally.name(value), tally.counters[value], whole);
	}
}

bool tally_identity(const char *name, u64 whole, struct tally tally, const u64 *pending)
{
	u64 total = tally_sum(tally) + (pending ? *pending : 0);
	const char *sign = whole == total ? "=" : "!=", *next = sign;

	printf("%s %llu", name, (unsigned long long)whole);
	for (unsigned int i = 0; i <= tally.max; i++) {
		if (!tally.counters[i])
			continue;
		printf(" %s %s %llu", next, tally.name(i), (unsigned long long)tally.counters[i]);
		next = "+";
	}
	if (pending)
		printf(" %s pending %llu", next, (unsigned long long)*pending);
	else if (next == sign)
		printf(" %s 0", sign);
	putchar('\n');
	return whole == total;
}
