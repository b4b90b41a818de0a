// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as the options of any kind of segment, the first one. What is read at
 * a glance must be what the general way reads: a NOP in front, which no short cut
 * knows, changes nothing.
 */
#include "core/option.h"
#include "fuzz.h"

enum { OPTIONS_MAX = 40, CUT = 4 };

static void parse(u8 choice, const uint8_t *data, u8 len, struct tcpshake_options *options,
		  struct tcpshake_anomalies *set)
{
	static const u16 flags[TCPSHAKE_CLASS_COUNT] = {
		[TCPSHAKE_CLASS_SYN] = TCPSHAKE_SYN,
		[TCPSHAKE_CLASS_SYNACK] = TCPSHAKE_SYN | TCPSHAKE_ACK,
		[TCPSHAKE_CLASS_ACK] = TCPSHAKE_ACK,
		[TCPSHAKE_CLASS_RST] = TCPSHAKE_RST,
	};
	uint8_t *block = fuzz_block(data, len);
	const struct tcpshake_segment seg = {
		.class = choice % TCPSHAKE_CLASS_COUNT,
		.flags = flags[choice % TCPSHAKE_CLASS_COUNT],
		.options_cut = choice & CUT,
		.options_len = len,
		.options = block,
	};

	memset(set, 0, sizeof(*set));
	memset(options, 0xa5, sizeof(*options));
	tcpshake_options_parse(&seg, options, set);
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcpshake_anomalies set, set_behind;
	struct tcpshake_options options, behind;
	uint8_t with_nop[OPTIONS_MAX] = { 1 };
	u8 len;

	if (!size)
		return 0;
	len = size - 1 < OPTIONS_MAX ? size - 1 : OPTIONS_MAX;
	parse(data[0], data + 1, len, &options, &set);
	MUST(!(options.present & TCPSHAKE_OPTION_MSS) == !options.mss);
	MUST(!(options.present & TCPSHAKE_OPTION_CUT) == !(data[0] & CUT));
	if (len == OPTIONS_MAX)
		return 0;
	memcpy(with_nop + 1, data + 1, len);
	parse(data[0], with_nop, len + 1, &behind, &set_behind);
	MUST(!memcmp(&set, &set_behind, sizeof(set)));
	MUST(options.present == behind.present && options.mss == behind.mss);
	MUST(options.window_scale == behind.window_scale);
	MUST(options.tsval == behind.tsval && options.tsecr == behind.tsecr);
	MUST(options.mptcp_key == behind.mptcp_key && options.mptcp_echo == behind.mptcp_echo);
	return 0;
}
