/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What users type, turned into values: durations, prefixes, ports, names and
 * the filters made of them. Every function that returns false has said on
 * stderr what was wrong and what is accepted.
 */
#ifndef TCPSHAKE_ARGS_H
#define TCPSHAKE_ARGS_H

#include "options.h"

struct nlmsghdr;

struct prefix {
	u8 family;		/* 0: not given */
	u8 length;
	u8 address[16];		/* network order; host bits are 0 */
};

struct filter {
	struct prefix client;
	struct prefix server;
	s32 client_port;	/* -1: any, likewise below */
	s32 server_port;
	s64 min_age_ms;
	u8 state;		/* enum tcpshake_state, 0: any */
	u8 family;		/* of the prefixes and of -4 and -6; 0: both */
};

/* A number with a unit: 500ms, 75s, 2m. what: what the message calls it. */
bool args_duration(const char *what, const char *word, u32 *ms);

bool args_number(const char *what, const char *word, u64 min, u64 max, u64 *value);
bool args_prefix(const char *what, const char *word, struct prefix *prefix);
bool args_port(const char *what, const char *word, s32 *port);

/* One of the names of an enum whose values are 1 to max. '-' passes for '_'. */
bool args_name(const char *what, const char *word, const char *(*name)(unsigned int),
	       unsigned int max, unsigned int *value);

/* Do two words mean the same name? */
bool args_same(const char *a, const char *b);

/* The words of half-open, or of completed, which have neither state nor age. */
bool args_filter(const struct options *options, bool half_open, struct filter *filter);

/* Adds the filter to a request, if it asks for anything. */
void args_put_filter(struct nlmsghdr *nlh, const struct filter *filter);

#endif /* TCPSHAKE_ARGS_H */
