// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Opens capture files, tells one format from the other, numbers the packets.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "cmd.h"
#include "pcap_file.h"
#include "pcapng.h"
#include "stream.h"

struct capture {
	struct stream stream;
	const char *name;
	struct pcap_file file;
	struct pcapng *ng;	/* NULL: it is a pcap file */
	u64 size;
	u64 packets;
};

/* The packet meant is the one that could not be read. Return: CAPTURE_BROKEN. */
static enum capture_status broken(const struct capture *capture, const char *what)
{
	failure("%s: packet %llu: %s", capture->name, (unsigned long long)capture->packets + 1,
		capture->stream.error ? strerror(capture->stream.error) : what);
	return CAPTURE_BROKEN;
}

static bool not_a_capture(const struct capture *capture)
{
	const struct stream *stream = &capture->stream;

	if (stream->error)
		failure("%s: %s", capture->name, strerror(stream->error));
	else if (stream_is_at_end(stream))
		failure("%s: the file is empty, which no capture is", capture->name);
	else
		failure("%s: not a capture, or cut off within its header; known formats: pcap, pcapng",
			capture->name);
	return false;
}

static bool open_format(struct capture *capture)
{
	if (pcap_file_open(&capture->file, &capture->stream))
		return true;
	if (!pcapng_is(&capture->stream))
		return not_a_capture(capture);
	capture->ng = pcapng_new(&capture->stream);
	if (!capture->ng)
		failure("%s: out of memory", capture->name);
	return capture->ng;
}

struct capture *capture_open_fd(int fd, const char *name)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	struct stat status;

	if (!capture || !stream_open(&capture->stream, fd)) {
		failure("%s: out of memory", name);
		close(fd);
		free(capture);
		return NULL;
	}
	capture->name = name;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode))
		capture->size = status.st_size;
	if (open_format(capture))
		return capture;
	capture_close(capture);
	return NULL;
}

struct capture *capture_open(const char *path)
{
	int fd;

	if (!strcmp(path, "-"))
		return capture_open_fd(STDIN_FILENO, "standard input");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return capture_open_fd(fd, path);
	failure("%s: %s", path, strerror(errno));
	return NULL;
}

enum capture_status capture_next(struct capture *capture, struct packet *packet)
{
	enum capture_status status;
	const char *error;

	if (capture->ng)
		status = pcapng_next(capture->ng, packet, &error);
	else
		status = pcap_file_next(&capture->file, &capture->stream, packet, &error);
	if (status == CAPTURE_BROKEN)
		return broken(capture, error);
	if (status == CAPTURE_END)
		return status;
	if (packet->length < packet->captured)
		packet->length = packet->captured;
	packet->number = ++capture->packets;
	return status;
}

const char *capture_name(const struct capture *capture)
{
	return capture->name;
}

u64 capture_size(const struct capture *capture)
{
	return capture->size;
}

u64 capture_position(const struct capture *capture)
{
	return capture->stream.position;
}

void capture_close(struct capture *capture)
{
	pcapng_free(capture->ng);
	stream_close(&capture->stream);
	free(capture);
}
