// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Which anomalies are no fault of anybody's. */
#include "anomalies.h"

static const u8 legal[] = {
	TCPSHAKE_ANOMALY_FLAGS_SYNURG,
	TCPSHAKE_ANOMALY_FLAGS_SYNPSH,
	TCPSHAKE_ANOMALY_ACK_ZERO_ACK,
	TCPSHAKE_ANOMALY_OPT_EXPERIMENTAL,
	TCPSHAKE_ANOMALY_MSS_ABSENT,
	TCPSHAKE_ANOMALY_TS_ZERO,
	TCPSHAKE_ANOMALY_SYN_RETRANS,
	TCPSHAKE_ANOMALY_SYN_AFTER_CLOSE,
	TCPSHAKE_ANOMALY_SYN_DATA_NO_TFO,
	TCPSHAKE_ANOMALY_SYN_TFO_REQ,
	TCPSHAKE_ANOMALY_SYN_TO_CLOSED_LISTENER,
	TCPSHAKE_ANOMALY_SYNACK_RETRANS,
	TCPSHAKE_ANOMALY_SYNACK_DATA,
	TCPSHAKE_ANOMALY_SYNACK_PART_TFO,
	TCPSHAKE_ANOMALY_RST_DATA,
};

bool tcpshake_anomalies_legal(const struct tcpshake_anomalies *set)
{
	struct tcpshake_anomalies rest = *set;
	unsigned int i;

	for (i = 0; i < sizeof(legal); i++)
		rest.bits[legal[i] / 64] &= ~(1ULL << (legal[i] % 64));
	return tcpshake_anomalies_empty(&rest);
}
