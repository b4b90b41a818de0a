/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A command that is run for each event of a flood, with the event as JSON on its
 * standard input: one at a time, in order, while the reader goes on. What waits for its
 * turn is bounded; what does not fit is counted and told.
 */
#ifndef TCPSHAKE_HOOK_H
#define TCPSHAKE_HOOK_H

#include "decode.h"

struct hook;

/* command: for /bin/sh -c. NULL and errno when it cannot be had. */
struct hook *hook_new(const char *command);

/* Gives up what waits. The command that is running is left alone. */
void hook_free(struct hook *hook);

void hook_take(struct hook *hook, const struct flood *flood);

/* What to poll for; -1: nothing. Then hook_step(). */
int hook_fd(const struct hook *hook);
short hook_events(const struct hook *hook);
void hook_step(struct hook *hook);

#endif /* TCPSHAKE_HOOK_H */
