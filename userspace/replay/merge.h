/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Several captures as one: their packets in the order of time. Within one
 * capture the order is that of the file, whatever its times say.
 */
#ifndef TCPSHAKE_MERGE_H
#define TCPSHAKE_MERGE_H

#include "capture.h"

struct merge;

/*
 * Captures that cannot be opened are left out, which has been said. NULL when
 * there is no memory.
 */
struct merge *merge_open(char **paths, int count);

/* Was every file a capture, and is every one that ended whole? */
bool merge_is_whole(const struct merge *merge);

/*
 * The next packet and the capture it is from, or NULL at the end. The packet is
 * valid until the next call.
 */
const struct packet *merge_next(struct merge *merge, const struct capture **capture);

/* Of all files together; a size of 0 is unknown. */
u64 merge_size(const struct merge *merge);
u64 merge_position(const struct merge *merge);

void merge_close(struct merge *merge);

#endif /* TCPSHAKE_MERGE_H */
