/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A line on the terminal that tells how far a long run has come. */
#ifndef TCPSHAKE_PROGRESS_H
#define TCPSHAKE_PROGRESS_H

#include "core/types.h"

struct progress {
	bool shown;	/* is there a terminal, and enough to do? */
	u64 size;
	u64 start_ms;
	u64 next_ms;
};

/* size: octets to be read. quiet: the terminal is wanted for something else. */
void progress_start(struct progress *progress, u64 size, bool quiet);

void progress_show(struct progress *progress, u64 position, u64 packets);

/* Removes the line. */
void progress_end(const struct progress *progress);

#endif /* TCPSHAKE_PROGRESS_H */
