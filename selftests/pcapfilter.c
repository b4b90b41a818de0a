// SPDX-License-Identifier: GPL-2.0
/*
 * Takes out of a capture what the filter of "tcpshake capture" takes out of a live
 * one, by running the same program over it. pcapfilter [--no-decap] IN OUT. Prints
 * how many packets passed, of how many. Status 4: libpcap cannot read the file, or
 * has no filter for its link type, so all packets would pass.
 */
#include <stdio.h>
#include <string.h>

#include "live_filter.c"

enum { FAILED = 1, CANNOT = 4 };

static int fail(int status, const char *what)
{
	fprintf(stderr, "pcapfilter: %s\n", what);
	return status;
}

int main(int argc, char **argv)
{
	const bool outermost = argc > 1 && !strcmp(argv[1], "--no-decap");
	const struct filter all = { .client_port = -1, .server_port = -1 };
	unsigned long passed = 0, packets = 0;
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	struct bpf_program program;
	pcap_dumper_t *out;
	const u_char *data;
	pcap_t *in;
	int status;

	argv += 1 + outermost;
	if (argc != 3 + outermost)
		return fail(FAILED, "usage: pcapfilter [--no-decap] IN OUT");
	in = pcap_open_offline_with_tstamp_precision(argv[0], PCAP_TSTAMP_PRECISION_NANO, error);
	if (!in)
		return fail(CANNOT, error);
	if (!live_filter_compile(in, outermost, &all, &program))
		return fail(CANNOT, pcap_geterr(in));
	out = pcap_dump_open(in, argv[1]);
	if (!out)
		return fail(FAILED, pcap_geterr(in));
	while ((status = pcap_next_ex(in, &header, &data)) == 1) {
		packets++;
		if (!pcap_offline_filter(&program, header, data))
			continue;
		passed++;
		pcap_dump((u_char *)out, header, data);
	}
	/* of several snapshot lengths, say */
	if (status == PCAP_ERROR)
		return fail(CANNOT, pcap_geterr(in));
	pcap_dump_close(out);
	pcap_freecode(&program);
	pcap_close(in);
	printf("%lu %lu\n", passed, packets);
	return 0;
}
