/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The command line: one verb, options anywhere, and the words that remain for
 * the verb. What the words mean is the business of args.h.
 */
#ifndef TCPSHAKE_OPTIONS_H
#define TCPSHAKE_OPTIONS_H

#include "core/segment.h"

enum option_bit {
	OPTION_JSON	= 1 << 0,
	OPTION_NUMERIC	= 1 << 1,
	OPTION_FAMILY	= 1 << 2,	/* -4 and -6 */
	OPTION_FILE	= 1 << 3,
	OPTION_OUTCOME	= 1 << 4,
	OPTION_ANOMALY	= 1 << 5,
	OPTION_HELP	= 1 << 6,
	OPTION_VERSION	= 1 << 7,
	OPTION_STATE	= 1 << 8,	/* --outcome with the name of a state */
	OPTION_SUMMARY	= 1 << 9,
	OPTION_NO_DECAP	= 1 << 10,
	OPTION_CHECKSUMS = 1 << 11,
	OPTION_MAX_FLOWS = 1 << 12,
	OPTION_INTERFACE = 1 << 13,
	OPTION_COUNT	= 1 << 14,
	OPTION_DURATION	= 1 << 15,
	OPTION_PROMISCUOUS = 1 << 16,
	OPTION_ALL	= 1 << 17,	/* no filter in the kernel */
	OPTION_FLOODS	= 1 << 18,
	OPTION_EXEC	= 1 << 19,
	OPTION_CHECK	= 1 << 20,
	OPTION_SORT	= 1 << 21,
	OPTION_REVERSE	= 1 << 22,
	OPTION_LIMIT	= 1 << 23,
	OPTION_VERBOSE	= 1 << 24,
	OPTION_RESET	= 1 << 25,
	OPTION_BUCKETS	= 1 << 26,
	OPTION_INTERVAL	= 1 << 27,
	OPTION_BATCH	= 1 << 28,
};

struct options {
	unsigned int given;		/* enum option_bit */
	const char *verb;		/* NULL when there is none */
	char **words;			/* what follows the verb */
	int word_count;
	u8 family;			/* AF_INET, AF_INET6, 0 for both */
	const char *file;
	u64 outcomes;			/* bit = enum tcpshake_outcome */
	u64 states;			/* bit = enum tcpshake_state */
	u64 max_flows;
	const char *interface;
	u64 count;
	u32 duration_ms;
	struct tcpshake_anomalies anomalies;
	const char *exec;		/* a command for the shell */
	const char *sort;		/* name of a column */
	u64 limit;
	u32 interval_ms;
};

/* Complains about what it does not understand and returns false. */
bool options_parse(struct options *options, int argc, char **argv);

/* Complains about options given that are not among the accepted, and returns false. */
bool options_check(const struct options *options, unsigned int accepted);

/* For the verbs that have nothing to do with words. */
bool options_no_words(const struct options *options);

#endif /* TCPSHAKE_OPTIONS_H */
