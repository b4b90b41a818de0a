// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the BPF peer on packets, by BPF_PROG_TEST_RUN:
 *
 *	runner OBJECT SLOTS 4|6 KIND:FIRST:COUNT...
 *
 * One after the other, COUNT packets of a kind are run, of as many flows, numbered from
 * FIRST. A line is printed for each: kind, packets, ns of a packet, ns of a packet by a
 * program that does nothing, and what the program counted, as in enum peer_counter. The
 * kernel tells the mean in whole nanoseconds.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../frame.h"
#include "peer.h"

enum { CPUS_MAX = 256, PAYLOAD = 100 };

static struct bpf_object *object;

static int program(const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int fd;

	if (!prog)
		errx(1, "no program %s", name);
	fd = bpf_program__fd(prog);
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		err(1, "what is %s", name);
	if (!info.jited_prog_len)
		errx(1, "%s is interpreted", name);
	return fd;
}

static struct bpf_map *map(const char *name)
{
	struct bpf_map *found = bpf_object__find_map_by_name(object, name);

	if (!found)
		errx(1, "no map %s", name);
	return found;
}

static void load(const char *file, unsigned int slots)
{
	object = bpf_object__open_file(file, NULL);
	if (!object)
		err(1, "%s", file);
	if (bpf_map__set_max_entries(map("attempts4"), slots) ||
	    bpf_map__set_max_entries(map("attempts6"), slots) || bpf_object__load(object))
		errx(1, "cannot load %s", file);
}

static unsigned long long counter(__u32 which)
{
	unsigned long long values[CPUS_MAX] = { 0 }, sum = 0;

	if (libbpf_num_possible_cpus() > CPUS_MAX)
		errx(1, "too many processors");
	if (bpf_map_lookup_elem(bpf_map__fd(map("counters")), &which, values))
		err(1, "counters");
	for (int cpu = 0; cpu < CPUS_MAX; cpu++)
		sum += values[cpu];
	return sum;
}

static void set_next_flow(__u32 flow)
{
	const __u32 key = 0;

	if (bpf_map_update_elem(bpf_map__fd(map(".bss")), &key, &flow, BPF_ANY))
		err(1, "next_flow");
}

/* What a flow's ends send, one after the other. */
static size_t make(const char *kind, bool v6, uint8_t *p)
{
	static struct peer client = { { 10, 0, 0, 0 }, 40000, 1001 };
	static struct peer server = { { 192, 0, 2, 1 }, 443, 77001 };
	struct frame frame = { .v6 = v6, .from = &client, .to = &server, .seq = 1001, .ms = 1 };

	if (!strcmp(kind, "syn")) {
		frame.flags = SYN;
		frame.seq = 1000;
	} else if (!strcmp(kind, "ack")) {
		frame.flags = ACK;
	} else if (!strcmp(kind, "segment")) {
		frame.flags = PSH | ACK;
		frame.payload = PAYLOAD;
	} else {
		frame.from = &server;
		frame.to = &client;
		frame.flags = ACK;
		frame.seq = 77001;
		if (!strcmp(kind, "synack")) {
			frame.flags = SYN | ACK;
			frame.seq = 77000;
		} else if (!strcmp(kind, "rst")) {
			frame.flags = RST | ACK;
			frame.seq = 0;
		} else if (strcmp(kind, "reply")) {
			errx(2, "no kind %s", kind);
		}
	}
	return frame_make(p, &frame);
}

static unsigned int run(int fd, const uint8_t *packet, size_t size, unsigned int count)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = size,
		    .repeat = count);

	if (bpf_prog_test_run_opts(fd, &opts))
		err(1, "cannot run it");
	return opts.duration;
}

static void carry_out(const char *words, bool v6)
{
	unsigned long long before[PEER_COUNTERS];
	unsigned int first, count, ns, idle;
	uint8_t packet[FRAME_MAX];
	char kind[16];
	size_t size;

	if (sscanf(words, "%15[^:]:%u:%u", kind, &first, &count) != 3)
		errx(2, "what is %s", words);
	size = make(kind, v6, packet);
	for (int i = 0; i < PEER_COUNTERS; i++)
		before[i] = counter(i);
	set_next_flow(first);
	ns = run(program("peer"), packet, size, count);
	idle = run(program("nothing"), packet, size, count);
	printf("%s %u %u %u", kind, count, ns, idle);
	for (int i = 0; i < PEER_COUNTERS; i++)
		printf(" %llu", counter(i) - before[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	if (argc < 5)
		errx(2, "usage: runner OBJECT SLOTS 4|6 KIND:FIRST:COUNT...");
	load(argv[1], atoi(argv[2]));
	for (int i = 4; i < argc; i++)
		carry_out(argv[i], atoi(argv[3]) == 6);
	bpf_object__close(object);
	return 0;
}
