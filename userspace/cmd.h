/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a verb is, and the verbs there are. Each verb lives in its own cmd_*.c
 * with its help text; main.c only looks them up.
 */
#ifndef TCPSHAKE_CMD_H
#define TCPSHAKE_CMD_H

#include "options.h"
#include "out.h"

enum exit_status {
	STATUS_OK,
	STATUS_FAILURE,
	STATUS_USAGE,
	STATUS_FLOOD,		/* floods --check: one is active */
};

struct verb {
	const char *name;
	const char *summary;	/* for the list of verbs */
	const char *help;	/* the whole text of --help */
	unsigned int options;	/* enum option_bit: what it accepts besides --help */
	enum exit_status (*run)(const struct options *options, struct out *out);
};

extern const struct verb verb_stats;
extern const struct verb verb_half_open;
extern const struct verb verb_completed;
extern const struct verb verb_malformed;
extern const struct verb verb_services;
extern const struct verb verb_floods;
extern const struct verb verb_latency;
extern const struct verb verb_top;
extern const struct verb verb_watch;
extern const struct verb verb_replay;
extern const struct verb verb_capture;
extern const struct verb verb_get;
extern const struct verb verb_set;
extern const struct verb verb_version;

/*
 * "tcpshake: ..." on stderr; the first is for failures, the second for what the
 * user typed. Each returns the status that goes with it.
 */
enum exit_status failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
enum exit_status usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* TCPSHAKE_CMD_H */
