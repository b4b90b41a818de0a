/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Services and floods of a capture: the detectors of the module, by the capture's time.
 * The same capture gives the same START and END, wherever it is looked at.
 */
#ifndef TCPSHAKE_FLOODWATCH_H
#define TCPSHAKE_FLOODWATCH_H

#include "core/service.h"

struct floodwatch;
struct flood;

/* NULL when there is no memory. */
struct floodwatch *floodwatch_new(void);
void floodwatch_free(struct floodwatch *watch);

/* Called for each event of a flood; may be NULL. */
void floodwatch_tell(struct floodwatch *watch,
		     void (*told)(void *context, const struct flood *flood), void *context);

/* A verdict on a flow, as it is now. seg may be NULL. */
void floodwatch_enter(struct floodwatch *watch, const struct tcpshake_verdict *v,
		      const struct tcpshake_flow *flow, const struct tcpshake_segment *seg);

/* Time goes on. offset_ns: what is to be added to this clock for the capture's. */
void floodwatch_advance(struct floodwatch *watch, u64 clock_us, u64 offset_ns);

/* So many have been told; floods: with the label of one when they ended, or now. */
u64 floodwatch_count(const struct floodwatch *watch, bool floods);

#endif /* TCPSHAKE_FLOODWATCH_H */
