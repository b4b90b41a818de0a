// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Which anomalies are no fault of anybody's. */
#include "anomalies.h"

#define BIT_OF(name) (1ULL << (TCPSHAKE_ANOMALY_##name % 64))

static const struct tcpshake_anomalies legal = {
	{
		/* below 64 */
		BIT_OF(FLAGS_SYNURG) |
		BIT_OF(FLAGS_SYNPSH) |
		BIT_OF(ACK_ZERO_ACK) |
		BIT_OF(OPT_EXPERIMENTAL) |
		BIT_OF(MSS_ABSENT) |
		BIT_OF(TS_ZERO),
		/* from there on */
		BIT_OF(SYN_RETRANS) |
		BIT_OF(SYN_AFTER_CLOSE) |
		BIT_OF(SYN_DATA_NO_TFO) |
		BIT_OF(SYN_TFO_REQ) |
		BIT_OF(SYN_TO_CLOSED_LISTENER) |
		BIT_OF(SYNACK_RETRANS) |
		BIT_OF(SYNACK_DATA) |
		BIT_OF(SYNACK_PART_TFO) |
		BIT_OF(RST_DATA),
	},
};

tcpshake_static_assert(TCPSHAKE_ANOMALY_TS_ZERO < 64 && TCPSHAKE_ANOMALY_SYN_RETRANS >= 64 &&
		       TCPSHAKE_ANOMALY_WORDS == 2, "each is in its word");

bool tcpshake_anomalies_legal(const struct tcpshake_anomalies *set)
{
	return !(set->bits[0] & ~legal.bits[0]) && !(set->bits[1] & ~legal.bits[1]);
}
