// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as a capture: reader, link types, tunnels, reassembly and flow store
 * must survive it, every sum must add up, and every attempt be told once. The
 * first octet chooses the options.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "../../userspace/cmd.h"
#include "../../userspace/replay/replay.h"
#include "fuzz.h"

enum {
	OUTERMOST = 1,
	CHECKSUMS = 2,
	FEW_FLOWS = 4,
	COUNT_ONLY = 8,
};

/* What is wrong with the file is of no interest here. */
enum exit_status failure(const char *format, ...)
{
	(void)format;
	return STATUS_FAILURE;
}

static void count(void *context, const struct attempt *attempt)
{
	unsigned long long *told = context;

	MUST(attempt->ended.outcome || attempt->ended.flow.state <= TCPSHAKE_STATE_MAX);
	++*told;
}

static void play(struct capture *capture, struct replay *replay)
{
	struct packet packet;

	while (capture_next(capture, &packet) == CAPTURE_PACKET)
		MUST(replay_packet(replay, &packet, "fuzz"));
	replay_finish(replay);
	MUST(replay_is_consistent(replay));
}

/* A file in memory, for the reader wants a descriptor. */
static struct capture *open_octets(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size && !lseek(fd, 0, SEEK_SET));
	return capture_open_fd(fd, "fuzz");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t choice = size ? data[0] : 0;
	unsigned long long told = 0;
	const struct replay_settings settings = {
		.outermost = choice & OUTERMOST,
		.checksums = choice & CHECKSUMS,
		.flows_max = choice & FEW_FLOWS ? STORE_FLOWS_MIN : 1000,
		.told = choice & COUNT_ONLY ? NULL : count,
		.context = &told,
	};
	struct capture *capture = size ? open_octets(data + 1, size - 1) : NULL;
	struct replay *replay;

	if (!capture)
		return 0;
	replay = replay_new(&settings);
	MUST(replay);
	play(capture, replay);
	MUST(!settings.told || told == replay_store_counters(replay)->attempts);
	replay_free(replay);
	capture_close(capture);
	return 0;
}
