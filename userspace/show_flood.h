/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* How services, floods and handshake times look. */
#ifndef TCPSHAKE_SHOW_FLOOD_H
#define TCPSHAKE_SHOW_FLOOD_H

#include "decode.h"
#include "listeners.h"
#include "out.h"

/* Each adds the fields of one record; the caller ends it. listener may be NULL. */
void show_service(struct out *out, const struct service *service,
		  const struct listener *listener, const char *label);
void show_flood(struct out *out, const struct flood *flood);
void show_flood_event(struct out *out, const struct flood *flood);
void show_latency(struct out *out, const struct latency *latency, bool buckets);

/* The event as a line of JSON, to be freed; NULL when there is no memory. */
char *show_flood_text(const struct flood *flood);

/* What is known of it, a fact a line, for people. */
void show_flood_story(const struct flood *flood);

/* Is it one of the labels that are floods? */
bool show_is_flood(const struct flood *flood);

/* 192.0.2.1:80, 2001:db8::/64, or "all". */
#define SHOW_TARGET_SIZE 80
const char *show_target(const struct flood *flood, char text[SHOW_TARGET_SIZE]);

#endif /* TCPSHAKE_SHOW_FLOOD_H */
