// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as an ICMP error. The first two say how long the packet claims to be
 * beyond what there is, and where it is cut. What is told of the quoted segment is
 * all written, and a shorter window tells the same or nothing.
 */
#include "core/icmp.h"
#include "fuzz.h"

static enum tcpshake_unreachable parse(const uint8_t *data, size_t window, size_t packet_len,
				       int rubbish, struct tcpshake_segment *quoted)
{
	memset(quoted, rubbish, sizeof(*quoted));
	return tcpshake_icmp_parse(fuzz_fence(data, window), window, packet_len, quoted);
}

static bool same(const struct tcpshake_segment *a, const struct tcpshake_segment *b)
{
	return !memcmp(a->src, b->src, sizeof(a->src)) && !memcmp(a->dst, b->dst, sizeof(a->dst)) &&
	       a->src_port == b->src_port && a->dst_port == b->dst_port && a->seq == b->seq &&
	       tcpshake_anomalies_empty(&a->anomalies) && tcpshake_anomalies_empty(&b->anomalies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpshake_segment whole, cut;
	enum tcpshake_unreachable how, how_cut;
	size_t packet_len, window;

	if (size < 2)
		return 0;
	window = size - 2;
	packet_len = window + data[0];
	how = parse(data + 2, window, packet_len, 0xa5, &whole);
	how_cut = parse(data + 2, window, packet_len, 0x5a, &cut);
	MUST(how == how_cut && how <= TCPSHAKE_UNREACHABLE_MAX);
	MUST(!how || same(&whole, &cut));

	window = window * data[1] / 255;
	how_cut = parse(data + 2, window, packet_len, 0x5a, &cut);
	MUST(!how_cut || (how_cut == how && same(&whole, &cut)));
	return 0;
}
