// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Which anomalies are no fault of anybody's. */
#include "anomalies.h"

#define IN(name, word) \
	(TCPSHAKE_ANOMALY_##name / 64 == (word) ? 1ULL << (TCPSHAKE_ANOMALY_##name % 64) : 0)

#define LEGAL(word) ( \
	IN(FLAGS_SYNURG, word) | \
	IN(FLAGS_SYNPSH, word) | \
	IN(ACK_ZERO_ACK, word) | \
	IN(OPT_EXPERIMENTAL, word) | \
	IN(MSS_ABSENT, word) | \
	IN(TS_ZERO, word) | \
	IN(SYN_RETRANS, word) | \
	IN(SYN_AFTER_CLOSE, word) | \
	IN(SYN_DATA_NO_TFO, word) | \
	IN(SYN_TFO_REQ, word) | \
	IN(SYN_TO_CLOSED_LISTENER, word) | \
	IN(SYNACK_RETRANS, word) | \
	IN(SYNACK_DATA, word) | \
	IN(SYNACK_PART_TFO, word) | \
	IN(RST_DATA, word))

static const struct tcpshake_anomalies legal = { { LEGAL(0), LEGAL(1) } };

tcpshake_static_assert(TCPSHAKE_ANOMALY_WORDS == 2, "all words are there");

bool tcpshake_anomalies_legal(const struct tcpshake_anomalies *set)
{
	return !(set->bits[0] & ~legal.bits[0]) && !(set->bits[1] & ~legal.bits[1]);
}
