/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The parameters of a handshake: what each side said, and what it comes to. */
#ifndef TCPSHAKE_SHOW_OPTIONS_H
#define TCPSHAKE_SHOW_OPTIONS_H

#include "out.h"

/*
 * In JSON the object "negotiated", null where nothing is known; in text a short
 * column, if it has a heading.
 */
void show_options(struct out *out, const struct handshake *handshake, const char *heading);

#endif /* TCPSHAKE_SHOW_OPTIONS_H */
