// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Progress, on stderr, if that is a terminal. Nothing is shown for what takes no
 * longer than to notice.
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

enum {
	SIZE_WORTH_SHOWING = 32 << 20,
	INTERVAL_MS = 200,
	BAR_WIDTH = 30,
};

static u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, u64 size, bool quiet)
{
	progress->shown = !quiet && size >= SIZE_WORTH_SHOWING && isatty(STDERR_FILENO);
	progress->size = size;
	progress->start_ms = now_ms();
	progress->next_ms = progress->start_ms + INTERVAL_MS;
}

void progress_show(struct progress *progress, u64 position, u64 packets)
{
	char bar[BAR_WIDTH + 1];
	u64 now, filled;

	if (!progress->shown)
		return;
	now = now_ms();
	if (now < progress->next_ms)
		return;
	progress->next_ms = now + INTERVAL_MS;
	if (position > progress->size)	/* a file that still grows */
		position = progress->size;
	filled = position * BAR_WIDTH / progress->size;
	for (u64 i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %3llu%%  %.1f M packets, %.1f M/s ", bar,
		(unsigned long long)(position * 100 / progress->size), packets / 1e6,
		packets / 1e3 / (now - progress->start_ms));
}

void progress_end(const struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}
