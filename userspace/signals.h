/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* SIGINT and SIGTERM for verbs that run until one of them comes. */
#ifndef TCPSHAKE_SIGNALS_H
#define TCPSHAKE_SIGNALS_H

#include "core/types.h"

/*
 * A descriptor that is readable when one has come; from here on they do nothing
 * else. -1 and errno when it cannot be had.
 */
int signals_open(void);

/* Takes one that has come. False when there is none. */
bool signals_take(int fd);

#endif /* TCPSHAKE_SIGNALS_H */
