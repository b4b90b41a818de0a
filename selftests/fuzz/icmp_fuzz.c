// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as an IP packet with an ICMP error in it, whole and cut off at any
 * place. The first two are as for segments.
 */
#include "core/icmp.h"
#include "fuzz.h"

static enum tcpshake_unreachable parse(const uint8_t *data, size_t window, size_t packet_len,
				       struct tcpshake_segment *quoted)
{
	uint8_t *block = fuzz_block(data, window);
	enum tcpshake_unreachable how;

	memset(quoted, 0xa5, sizeof(*quoted));
	how = tcpshake_icmp_parse(block, window, packet_len, quoted);
	MUST(how <= TCPSHAKE_UNREACHABLE_MAX);
	MUST(!how || tcpshake_anomalies_empty(&quoted->anomalies));
	free(block);
	return how;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpshake_segment whole, cut;
	enum tcpshake_unreachable how;
	size_t window, packet_len;

	if (size < 2)
		return 0;
	window = size - 2;
	packet_len = window + data[0];
	how = parse(data + 2, window, packet_len, &whole);

	/* A shorter window may see less, but nothing else. */
	window = window * data[1] / 255;
	if (!parse(data + 2, window, packet_len, &cut))
		return 0;
	MUST(how);
	MUST(!memcmp(cut.src, whole.src, sizeof(cut.src)) && cut.src_port == whole.src_port);
	MUST(!memcmp(cut.dst, whole.dst, sizeof(cut.dst)) && cut.dst_port == whole.dst_port);
	MUST(cut.seq == whole.seq);
	return 0;
}
