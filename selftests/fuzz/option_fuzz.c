// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as TCP options. The first says of which segment, and whether more of
 * them were cut off. What is read may not depend on the way it is read: there are
 * short cuts for usual SYNs, and a NOP at the end changes nothing.
 */
#include "core/option.h"
#include "fuzz.h"

enum { OPTIONS_MAX = 40 };

struct found {
	struct tcpshake_options options;
	struct tcpshake_anomalies anomalies;
};

static struct found parse(const uint8_t *octets, size_t len, uint8_t choice)
{
	static const u16 flags[] = {
		TCPSHAKE_SYN, TCPSHAKE_SYN | TCPSHAKE_ACK, TCPSHAKE_ACK, TCPSHAKE_RST,
	};
	const struct tcpshake_segment seg = {
		.flags = flags[choice & 3],
		.class = choice & 3,
		.options = fuzz_fence(octets, len),
		.options_len = (u8)len,
		.options_cut = choice & 4,
	};
	struct found found = { 0 };

	memset(&found.options, 0xa5, sizeof(found.options));
	tcpshake_options_parse(&seg, &found.options, &found.anomalies);
	return found;
}

static bool has(const struct found *found, enum tcpshake_anomaly anomaly)
{
	return tcpshake_anomalies_has(&found->anomalies, anomaly);
}

/* Anomalies of options are a run in the enum, and one more. */
static void check(const struct found *found, uint8_t choice)
{
	const u16 present = found->options.present;
	unsigned int i;

	for (i = 0; i <= TCPSHAKE_ANOMALY_MAX; i++)
		MUST(!has(found, i) || (i >= TCPSHAKE_ANOMALY_OPT_BADLEN &&
					i <= TCPSHAKE_ANOMALY_MPTCP_BADLEN));
	MUST(!!(present & TCPSHAKE_OPTION_CUT) == !!(choice & 4));
	MUST(!!(present & TCPSHAKE_OPTION_MSS) == !!found->options.mss);
	MUST(present & TCPSHAKE_OPTION_FAST_OPEN || !(present & TCPSHAKE_OPTION_FAST_OPEN_COOKIE));
	MUST(present & TCPSHAKE_OPTION_WINDOW_SCALE || !found->options.window_scale);
	MUST(present & TCPSHAKE_OPTION_TIMESTAMPS ||
	     (!found->options.tsval && !found->options.tsecr));
	MUST(present & TCPSHAKE_OPTION_MPTCP_CAPABLE ||
	     (!found->options.mptcp_key && !found->options.mptcp_echo));
}

static bool same(const struct found *a, const struct found *b)
{
	return !memcmp(&a->anomalies, &b->anomalies, sizeof(a->anomalies)) &&
	       a->options.present == b->options.present && a->options.mss == b->options.mss &&
	       a->options.window_scale == b->options.window_scale &&
	       a->options.tsval == b->options.tsval && a->options.tsecr == b->options.tsecr &&
	       a->options.mptcp_key == b->options.mptcp_key &&
	       a->options.mptcp_echo == b->options.mptcp_echo;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t padded[OPTIONS_MAX];
	struct found found, other;

	if (!size || size > OPTIONS_MAX + 1)
		return 0;
	found = parse(data + 1, size - 1, data[0]);
	check(&found, data[0]);
	if (size > OPTIONS_MAX)
		return 0;
	padded[0] = 1;
	if (size > 1)
		memcpy(padded + 1, data + 1, size - 1);
	other = parse(padded, size, data[0]);
	MUST(same(&found, &other));
	if (has(&found, TCPSHAKE_ANOMALY_OPT_BADLEN) || data[0] & 4)
		return 0;
	if (size > 1)
		memcpy(padded, data + 1, size - 1);
	padded[size - 1] = 0;	/* the end, or more padding behind it */
	other = parse(padded, size, data[0]);
	MUST(same(&found, &other));
	return 0;
}
