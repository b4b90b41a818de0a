// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Buffered reading. The buffer is small enough for the processor's cache. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "stream.h"

#define ROOM (256 * 1024)

bool stream_open(struct stream *stream, int fd)
{
	*stream = (struct stream){ .fd = fd, .room = ROOM };
	stream->buffer = malloc(stream->room);
	return stream->buffer;
}

void stream_close(struct stream *stream)
{
	free(stream->buffer);
	close(stream->fd);
}

static bool make_room(struct stream *stream, size_t size)
{
	u8 *buffer;

	if (size > stream->room) {
		buffer = realloc(stream->buffer, size);
		if (!buffer) {
			stream->error = ENOMEM;
			return false;
		}
		stream->buffer = buffer;
		stream->room = size;
	}
	memmove(stream->buffer, stream->buffer + stream->begin, stream->end - stream->begin);
	stream->end -= stream->begin;
	stream->begin = 0;
	return true;
}

bool stream_fill(struct stream *stream, size_t size)
{
	ssize_t got;

	if (!make_room(stream, size))
		return false;
	while (stream->end < size) {
		got = read(stream->fd, stream->buffer + stream->end, stream->room - stream->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			stream->error = errno;
		if (got <= 0)
			return false;
		stream->end += got;
	}
	return true;
}
