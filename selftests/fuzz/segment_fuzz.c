// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as an IP packet, whole and cut off at any place, and its options. The
 * first two say how long the packet claims to be beyond what there is, and where it
 * is cut off; how many there are, what else is known of it.
 */
#include "core/option.h"
#include "fuzz.h"

enum { HINTS = 0x1f };

static enum tcpshake_parse parse(const uint8_t *data, size_t window, size_t packet_len, u8 hints,
				 struct tcpshake_segment *seg)
{
	const uint8_t *place = fuzz_fence(data, window);
	struct tcpshake_anomalies anomalies = { 0 };
	struct tcpshake_options options;
	enum tcpshake_parse result;

	memset(seg, 0xa5, sizeof(*seg));
	result = tcpshake_segment_parse(place, window, packet_len, hints, seg);
	if (result == TCPSHAKE_PARSE_SEGMENT) {
		MUST(seg->options == place + seg->tcp_at + 20);
		tcpshake_options_parse(seg, &options, &anomalies);
	}
	return result;
}

/* Header or flags that no TCP sends: nobody looks such a segment up. */
static bool is_malformed(const struct tcpshake_anomalies *set)
{
	const u64 first = (2ULL << TCPSHAKE_ANOMALY_FLAGS_FINRST) - 2;

	return set->bits[0] & first ||
	       tcpshake_anomalies_has(set, TCPSHAKE_ANOMALY_DATA_NO_ACK_FLAG);
}

static enum tcpshake_class class_of(u16 flags)
{
	if (flags & TCPSHAKE_RST)
		return TCPSHAKE_CLASS_RST;
	if (!(flags & TCPSHAKE_SYN))
		return TCPSHAKE_CLASS_ACK;
	return flags & TCPSHAKE_ACK ? TCPSHAKE_CLASS_SYNACK : TCPSHAKE_CLASS_SYN;
}

static void check_segment(const struct tcpshake_segment *seg, size_t packet_len, size_t window)
{
	MUST(!is_malformed(&seg->anomalies));
	MUST(seg->class == class_of(seg->flags));
	MUST(seg->len <= packet_len - 40);
	MUST(seg->options_len <= 40);
	MUST(seg->tcp_at >= 20 && seg->tcp_at + 20u + seg->options_len <= window);
	MUST(seg->ecn < 4 && (u8)seg->route_options < 2 && (u8)seg->options_cut < 2);
	MUST(!(seg->hints & ~HINTS));
}

static void check(enum tcpshake_parse result, size_t packet_len, size_t window,
		  const struct tcpshake_segment *seg)
{
	switch (result) {
	case TCPSHAKE_PARSE_SEGMENT:
		MUST(!(seg->flags & ~0x1ff));
		check_segment(seg, packet_len, window);
		break;
	case TCPSHAKE_PARSE_MALFORMED:
		MUST(!(seg->flags & ~0x1ff));
		MUST(is_malformed(&seg->anomalies));
		break;
	default:
		MUST(tcpshake_anomalies_empty(&seg->anomalies));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpshake_segment whole, cut;
	enum tcpshake_parse result, result_cut;
	const u8 hints = size & HINTS;
	size_t packet_len, window;

	if (size < 2)
		return 0;
	packet_len = size - 2 + data[0];
	window = size - 2;
	result = parse(data + 2, window, packet_len, hints, &whole);
	check(result, packet_len, window, &whole);

	/* A shorter window may see less, but nothing else. */
	window = window * data[1] / 255;
	result_cut = parse(data + 2, window, packet_len, hints, &cut);
	check(result_cut, packet_len, window, &cut);
	if (result_cut == TCPSHAKE_PARSE_SEGMENT) {
		MUST(result == TCPSHAKE_PARSE_SEGMENT);
		MUST(cut.seq == whole.seq && cut.ack == whole.ack && cut.len == whole.len);
		MUST(cut.class == whole.class && cut.flags == whole.flags);
		MUST(cut.options_len <= whole.options_len && cut.tcp_at == whole.tcp_at);
		MUST(cut.options_cut || cut.options_len == whole.options_len);
	}
	return 0;
}
