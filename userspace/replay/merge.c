// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Merging: a heap of captures, the one with the earliest packet on top. Among
 * equal times the file named first goes first.
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "cmd.h"
#include "merge.h"

struct source {
	struct capture *capture;
	struct packet packet;	/* the next one, read ahead */
	int index;
};

struct merge {
	struct source *sources;	/* the first heap_size of them are the heap */
	int count;
	int heap_size;
	bool whole;
	bool top_is_spent;	/* the packet on top was handed out */
	u64 size;
	u64 read;		/* of the captures that are closed */
};

/* One descriptor for each file: the usual limit of 1024 is meant for others. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool is_before(const struct source *a, const struct source *b)
{
	if (a->packet.time_ns != b->packet.time_ns)
		return a->packet.time_ns < b->packet.time_ns;
	return a->index < b->index;
}

static void swap_sources(struct source *a, struct source *b)
{
	struct source kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_down(struct merge *merge, int at)
{
	struct source *heap = merge->sources;

	for (;;) {
		int child = 2 * at + 1;

		if (child >= merge->heap_size)
			return;
		if (child + 1 < merge->heap_size && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &heap[at]))
			return;
		swap_sources(&heap[at], &heap[child]);
		at = child;
	}
}

/* Reads ahead. Whatever is no packet is the end of the capture, which is closed then. */
static enum capture_status refill(struct merge *merge, struct source *source)
{
	enum capture_status status = capture_next(source->capture, &source->packet);

	if (status == CAPTURE_PACKET)
		return status;
	if (status == CAPTURE_BROKEN)
		merge->whole = false;
	merge->read += capture_size(source->capture);
	capture_close(source->capture);
	source->capture = NULL;
	return status;
}

static void open_source(struct merge *merge, const char *path, int index)
{
	struct source *source = &merge->sources[merge->heap_size];

	source->capture = capture_open(path);
	source->index = index;
	if (!source->capture) {
		merge->whole = false;
		return;
	}
	merge->size += capture_size(source->capture);
	switch (refill(merge, source)) {
	case CAPTURE_PACKET:
		merge->heap_size++;
		return;
	case CAPTURE_END:
		failure("%s: there is no packet in it", path);
		merge->whole = false;
		return;
	case CAPTURE_BROKEN:
		return;
	}
}

struct merge *merge_open(char **paths, int count)
{
	struct merge *merge = calloc(1, sizeof(*merge));

	if (!merge)
		return NULL;
	merge->sources = calloc(count, sizeof(*merge->sources));
	if (!merge->sources) {
		free(merge);
		return NULL;
	}
	merge->whole = true;
	raise_file_limit();
	for (int i = 0; i < count; i++)
		open_source(merge, paths[i], i);
	for (int i = merge->heap_size / 2 - 1; i >= 0; i--)
		sift_down(merge, i);
	return merge;
}

bool merge_is_whole(const struct merge *merge)
{
	return merge->whole;
}

/* A packet's bytes are the capture's, so its successor is read only when it has been used. */
static void advance(struct merge *merge)
{
	if (!merge->top_is_spent)
		return;
	merge->top_is_spent = false;
	if (refill(merge, &merge->sources[0]) != CAPTURE_PACKET)
		merge->sources[0] = merge->sources[--merge->heap_size];
	sift_down(merge, 0);
}

const struct packet *merge_next(struct merge *merge, const struct capture **capture)
{
	advance(merge);
	if (!merge->heap_size)
		return NULL;
	merge->top_is_spent = true;
	*capture = merge->sources[0].capture;
	return &merge->sources[0].packet;
}

u64 merge_size(const struct merge *merge)
{
	return merge->size;
}

u64 merge_position(const struct merge *merge)
{
	u64 position = merge->read;

	for (int i = 0; i < merge->heap_size; i++)
		position += capture_position(merge->sources[i].capture);
	return position;
}

void merge_close(struct merge *merge)
{
	for (int i = 0; i < merge->heap_size; i++)
		capture_close(merge->sources[i].capture);
	free(merge->sources);
	free(merge);
}
