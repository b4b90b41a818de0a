/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The floods the kernel tells of, for every verb that wants to know. */
#ifndef TCPSHAKE_FLOODS_H
#define TCPSHAKE_FLOODS_H

#include "decode.h"

struct nl;

struct floods {
	struct flood *all;	/* oldest first */
	size_t count;
};

/* Return: 0, or a negative errno for nl_complain(). */
int floods_read(struct nl *nl, struct floods *floods);
void floods_free(struct floods *floods);

/* The label of the one the service is in, or NULL. */
const char *floods_label(const struct floods *floods, const struct service *service);

#endif /* TCPSHAKE_FLOODS_H */
