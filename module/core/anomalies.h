/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A set of enum tcpshake_anomaly: what was out of the ordinary with one segment. */
#ifndef TCPSHAKE_CORE_ANOMALIES_H
#define TCPSHAKE_CORE_ANOMALIES_H

#include "types.h"

#define TCPSHAKE_ANOMALY_WORDS (TCPSHAKE_ANOMALY_MAX / 64 + 1)

struct tcpshake_anomalies {
	u64 bits[TCPSHAKE_ANOMALY_WORDS];
};

static inline void tcpshake_anomalies_add(struct tcpshake_anomalies *set,
					  enum tcpshake_anomaly anomaly)
{
	set->bits[anomaly / 64] |= 1ULL << (anomaly % 64);
}

static inline void tcpshake_anomalies_add_if(struct tcpshake_anomalies *set, bool is_so,
					     enum tcpshake_anomaly anomaly)
{
	if (is_so)
		tcpshake_anomalies_add(set, anomaly);
}

static inline bool tcpshake_anomalies_has(const struct tcpshake_anomalies *set,
					  enum tcpshake_anomaly anomaly)
{
	return set->bits[anomaly / 64] >> (anomaly % 64) & 1;
}

static inline bool tcpshake_anomalies_empty(const struct tcpshake_anomalies *set)
{
	u64 any = 0;
	int i;

	for (i = 0; i < TCPSHAKE_ANOMALY_WORDS; i++)
		any |= set->bits[i];
	return !any;
}

/* Counts each: counters, by enum tcpshake_anomaly. A flood's segments often have one. */
static inline void tcpshake_anomalies_count(const struct tcpshake_anomalies *set, u64 *counters)
{
	int i;
	u64 rest;

	for (i = 0; i < TCPSHAKE_ANOMALY_WORDS; i++)
		for (rest = set->bits[i]; rest; rest &= rest - 1)
			counters[i * 64 + __builtin_ctzll(rest)]++;
}

/*
 * Is there none in it but such as healthy networks show: those the ABI header
 * calls legal?
 */
bool tcpshake_anomalies_legal(const struct tcpshake_anomalies *set);

#endif /* TCPSHAKE_CORE_ANOMALIES_H */
