/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The services the kernel tells of, for every verb that wants to know. */
#ifndef TCPSHAKE_SERVICES_H
#define TCPSHAKE_SERVICES_H

#include "decode.h"

struct nl;
struct filter;

struct services {
	struct service *all;	/* to be freed */
	size_t count;
};

/* Return: 0, or a negative errno for nl_complain(). */
int services_read(struct nl *nl, const struct filter *filter, struct services *services);

/* By the column of that name; false and a complaint when there is none. */
bool services_sort_by(const char *name);

/* The most first; the namespace's own record last in any case. */
void services_sort(struct services *services, bool reverse);

#endif /* TCPSHAKE_SERVICES_H */
