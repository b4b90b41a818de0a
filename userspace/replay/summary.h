/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The account of a replay. The keys are ABI: see tcpshake(8). */
#ifndef TCPSHAKE_SUMMARY_H
#define TCPSHAKE_SUMMARY_H

#include "out.h"
#include "replay.h"

/* The counters alone, as part of a record of the caller's. */
void summary_json_counters(struct out *out, const struct replay *replay);

void summary_json(struct out *out, const struct replay *replay, char **files, size_t count);
void summary_print(const struct replay *replay);

#endif /* TCPSHAKE_SUMMARY_H */
