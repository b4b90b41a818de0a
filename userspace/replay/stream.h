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

/*
 * The next size octets, or NULL when there are not so many left: then error or
 * the octets between begin and end tell why. Valid until the next call. peek leaves
 * them to be taken.
 */
const u8 *stream_peek(struct stream *stream, size_t size);
const u8 *stream_take(struct stream *stream, size_t size);

/* After NULL: did the file end there, with nothing left over? */
static inline bool stream_is_at_end(const struct stream *stream)
{
	return !stream->error && stream->begin == stream->end;
}

#endif /* TCPSHAKE_STREAM_H */
