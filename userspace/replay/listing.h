/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Attempts of captures, as a list of those the user asked for. */
#ifndef TCPSHAKE_LISTING_H
#define TCPSHAKE_LISTING_H

#include "filter.h"
#include "store.h"

struct listing {
	struct out *out;
	const struct options *options;	/* --outcome */
	struct filter filter;
};

/* Shows an attempt if it passes. To be replay_settings.told; context: the listing. */
void listing_tell(void *context, const struct attempt *attempt);

/* A list has its headings even if no attempt follows. */
void listing_headings(const struct listing *listing);

/*
 * A summary has no place for what narrows a list down. filtered: by words. False
 * when there is such, which has been said.
 */
bool listing_check_summary(const struct options *options, bool filtered);

#endif /* TCPSHAKE_LISTING_H */
