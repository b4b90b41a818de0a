/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the kernel says its configuration is; for every verb that wants to know. */
#ifndef TCPSHAKE_CONFIG_H
#define TCPSHAKE_CONFIG_H

#include "decode.h"

struct nl;

/* Return: 0, or a negative errno for nl_complain(). */
int config_read(struct nl *nl, struct config *config);

#endif /* TCPSHAKE_CONFIG_H */
