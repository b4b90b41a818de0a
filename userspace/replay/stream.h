/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * A file or pipe read in large pieces and taken in small ones, without copying
 * them, as stdio would. Nor is it mapped into memory, which kills the program when
 * the file shrinks.
 */
#ifndef TCPSHAKE_STREAM_H
#define TCPSHAKE_STREAM_H

#include "core/types.h"

struct stream {
	int fd;
	u8 *buffer;
	size_t room;
	size_t begin, end;	/* what of the buffer has been read, and not taken */
	u64 position;		/* octets taken */
	int error;		/* errno of a read that failed, or of a missing buffer */
};

/* Takes fd over. False when there is no memory. */
bool stream_open(struct stream *stream, int fd);
void stream_close(struct stream *stream);

/* Reads until the buffer holds the next size octets. False when there are not so many. */
bool stream_fill(struct stream *stream, size_t size);

/*
 * The next size octets, or NULL when there are not so many left: then error or
 * the octets between begin and end tell why. Valid until the next call. peek leaves
 * them to be taken.
 */
static inline const u8 *stream_peek(struct stream *stream, size_t size)
{
	if (stream->end - stream->begin < size && !stream_fill(stream, size))
		return NULL;
	return stream->buffer + stream->begin;
}

static inline const u8 *stream_take(struct stream *stream, size_t size)
{
	const u8 *p = stream_peek(stream, size);

	if (!p)
		return NULL;
	stream->begin += size;
	stream->position += size;
	return p;
}

/* After NULL: did the file end there, with nothing left over? */
static inline bool stream_is_at_end(const struct stream *stream)
{
	return !stream->error && stream->begin == stream->end;
}

#endif /* TCPSHAKE_STREAM_H */
