// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as an IP packet, whole and cut off at any place, and its options. The
 * first two say how long the packet claims to be beyond what there is, and where it
 * is cut off; how many there are, what else is known of it.
 */
#include "core/option.h"
#include "fuzz.h"

static enum tcpshake_parse parse(const uint8_t *data, size_t window, size_t packet_len,
				 u8 hints, struct tcpshake_segment *seg)
{
	uint8_t *block = fuzz_block(data, window);
	struct tcpshake_anomalies anomalies = { 0 };
	struct tcpshake_options options;
	enum tcpshake_parse result;

	memset(seg, 0xa5, sizeof(*seg));
	result = tcpshake_segment_parse(block, window, packet_len, hints, seg);
	if (result == TCPSHAKE_PARSE_SEGMENT) {
		MUST(seg->options + seg->options_len <= block + window);
		MUST(seg->options_len <= 40);
		tcpshake_options_parse(seg, &options, &anomalies);
	}
	free(block);
	return result;
}

static void check(enum tcpshake_parse result, size_t packet_len,
		  const struct tcpshake_segment *seg)
{
	switch (result) {
	case TCPSHAKE_PARSE_SEGMENT:
		MUST(seg->class < TCPSHAKE_CLASS_COUNT);
		MUST(seg->len <= packet_len - 40);
		MUST(!(seg->flags & ~0x1ff));
		break;
	case TCPSHAKE_PARSE_MALFORMED:
		MUST(!tcpshake_anomalies_empty(&seg->anomalies));
		MUST(!(seg->flags & ~0x1ff));
		break;
	default:
		MUST(tcpshake_anomalies_empty(&seg->anomalies));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpshake_segment whole, cut;
	enum tcpshake_parse result, result_cut;
	const u8 hints = size & 0x1f;
	size_t packet_len, window;

	if (size < 2)
		return 0;
	packet_len = size - 2 + data[0];
	window = size - 2;
	result = parse(data + 2, window, packet_len, hints, &whole);
	check(result, packet_len, &whole);

	/* A shorter window may see less, but nothing else. */
	window = window * data[1] / 255;
	result_cut = parse(data + 2, window, packet_len, hints, &cut);
	check(result_cut, packet_len, &cut);
	if (result_cut == TCPSHAKE_PARSE_SEGMENT) {
		MUST(result == TCPSHAKE_PARSE_SEGMENT);
		MUST(cut.seq == whole.seq && cut.ack == whole.ack && cut.len == whole.len);
		MUST(cut.class == whole.class && cut.flags == whole.flags);
		MUST(cut.options_len <= whole.options_len);
	}
	return 0;
}
