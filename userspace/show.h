/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * How handshakes and anomalies look, in tables and as events.
 */
#ifndef TCPSHAKE_SHOW_H
#define TCPSHAKE_SHOW_H

#include "decode.h"
#include "options.h"
#include "out.h"

/* Each adds the fields of one record; the caller ends it. */
void show_half_open(struct out *out, const struct handshake *handshake);
void show_completed(struct out *out, const struct handshake *handshake);
/* One of a capture: with its outcome, or its state when the capture ended. */
void show_attempt(struct out *out, const struct handshake *handshake);
void show_handshake_event(struct out *out, const struct handshake *handshake);

void show_anomaly(struct out *out, const struct anomaly *anomaly);
void show_anomaly_event(struct out *out, const struct anomaly *anomaly);

/* group and count may be NULL: it is not known yet how many were lost of what. */
void show_lost_event(struct out *out, const char *group, const u64 *count);

/* Does -4 or -6 let this endpoint's family pass? */
static inline bool show_family(const struct options *options, const struct endpoint *endpoint)
{
	return !options->family || options->family == endpoint->family;
}

#endif /* TCPSHAKE_SHOW_H */
