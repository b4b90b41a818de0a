// SPDX-License-Identifier: GPL-2.0
/* Netlink encoding of services, floods and histograms. Any context. */
#include <linux/skbuff.h>
#include <net/netlink.h>

#include "encode.h"
#include "service.h"

/* Attributes of one type in a row. */
struct number {
	u16 type;
	u64 value;
};

static bool put_u64s(struct sk_buff *msg, const struct number *numbers, unsigned int n, int pad)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (nla_put_u64_64bit(msg, numbers[i].type, numbers[i].value, pad))
			return true;
	return false;
}

static bool put_u32s(struct sk_buff *msg, const struct number *numbers, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (nla_put_u32(msg, numbers[i].type, (u32)numbers[i].value))
			return true;
	return false;
}

/* What a service's times come to; nothing where they are not known. */
static bool put_percentiles(struct sk_buff *msg, const struct tcpshake_service_report *report)
{
	unsigned int i;

	for (i = 0; i < TCPSHAKE_HALVES; i++) {
		struct nlattr *nest;

		if (!report->halves[i].count)
			continue;
		nest = nla_nest_start(msg, TCPSHAKE_SERVICE_A_LATENCY);
		if (!nest)
			return true;
		if (tcpshake_put_end(msg, nest,
				     nla_put_u8(msg, TCPSHAKE_LATENCY_A_HALF, i + 1) ||
				     nla_put_u64_64bit(msg, TCPSHAKE_LATENCY_A_COUNT,
						       report->halves[i].count,
						       TCPSHAKE_LATENCY_A_PAD) ||
				     nla_put_u32(msg, TCPSHAKE_LATENCY_A_P50,
						 report->halves[i].p50_us) ||
				     nla_put_u32(msg, TCPSHAKE_LATENCY_A_P90,
						 report->halves[i].p90_us) ||
				     nla_put_u32(msg, TCPSHAKE_LATENCY_A_P99,
						 report->halves[i].p99_us)))
			return true;
	}
	return false;
}

static bool put_server(struct sk_buff *msg, const struct tcpshake_service_key *key)
{
	return nla_put_u8(msg, TCPSHAKE_SERVICE_A_FAMILY, tcpshake_family_of(key->addr)) ||
	       tcpshake_put_addr(msg, TCPSHAKE_SERVICE_A_SERVER, key->addr) ||
	       nla_put_be16(msg, TCPSHAKE_SERVICE_A_SERVER_PORT, htons(key->port));
}

int tcpshake_put_service(struct sk_buff *msg, const struct tcpshake_service_report *report)
{
	const struct tcpshake_service_totals *totals = &report->totals;
	const struct number numbers[] = {
		{ TCPSHAKE_SERVICE_A_ATTEMPTS, totals->attempts },
		{ TCPSHAKE_SERVICE_A_PENDING, report->pending },
		{ TCPSHAKE_SERVICE_A_PENDING_PEAK, report->peak_pending },
		{ TCPSHAKE_SERVICE_A_ANSWERED, totals->answered },
		{ TCPSHAKE_SERVICE_A_SYN_RETRANS, totals->syn_retrans },
		{ TCPSHAKE_SERVICE_A_SYN_REPEATS, totals->syn_repeats },
		{ TCPSHAKE_SERVICE_A_SYNACK_RETRANS, totals->synack_retrans },
		{ TCPSHAKE_SERVICE_A_STALLED, totals->stalled },
	};
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_SERVICE);

	if (!nest)
		return -EMSGSIZE;
	return tcpshake_put_end(msg, nest,
				(!report->is_space && put_server(msg, &report->key)) ||
				put_u64s(msg, numbers, ARRAY_SIZE(numbers),
					 TCPSHAKE_SERVICE_A_PAD) ||
				tcpshake_put_array(msg, TCPSHAKE_SERVICE_A_OUTCOMES,
						   totals->outcomes, TCPSHAKE_OUTCOME_MAX) ||
				nla_put_u32(msg, TCPSHAKE_SERVICE_A_RATE, report->rate) ||
				nla_put_u32(msg, TCPSHAKE_SERVICE_A_BASE_RATE,
					    report->base_rate) ||
				(report->base_rate &&
				 nla_put_u32(msg, TCPSHAKE_SERVICE_A_COMPLETION,
					     report->base_completion)) ||
				(report->flood &&
				 nla_put_u32(msg, TCPSHAKE_SERVICE_A_FLOOD, report->flood)) ||
				put_percentiles(msg, report));
}

static bool put_target(struct sk_buff *msg, const struct tcpshake_flood *flood)
{
	const bool is_v4 = tcpshake_addr_is_v4(flood->addr);
	u8 len = is_v4 ? 32 : 128;

	if (flood->level == TCPSHAKE_LEVEL_NAMESPACE)
		return false;
	if (flood->level == TCPSHAKE_LEVEL_PREFIX)
		len = is_v4 ? 24 : 64;
	return nla_put_u8(msg, TCPSHAKE_FLOOD_A_FAMILY, tcpshake_family_of(flood->addr)) ||
	       tcpshake_put_addr(msg, TCPSHAKE_FLOOD_A_ADDRESS, flood->addr) ||
	       nla_put_u8(msg, TCPSHAKE_FLOOD_A_PREFIX_LEN, len) ||
	       (flood->level == TCPSHAKE_LEVEL_SERVICE &&
		nla_put_be16(msg, TCPSHAKE_FLOOD_A_PORT, htons(flood->port)));
}

static bool put_times(struct sk_buff *msg, const struct tcpshake_flood *flood)
{
	return nla_put_u64_64bit(msg, TCPSHAKE_FLOOD_A_ONSET, tcpshake_wall_ns(flood->onset_us),
				 TCPSHAKE_FLOOD_A_PAD) ||
	       nla_put_u64_64bit(msg, TCPSHAKE_FLOOD_A_DETECTED,
				 tcpshake_wall_ns(flood->detected_us), TCPSHAKE_FLOOD_A_PAD) ||
	       (!flood->active &&
		nla_put_u64_64bit(msg, TCPSHAKE_FLOOD_A_ENDED, tcpshake_wall_ns(flood->ended_us),
				  TCPSHAKE_FLOOD_A_PAD));
}

static bool put_numbers(struct sk_buff *msg, const struct tcpshake_flood *flood)
{
	const struct tcpshake_tally *of = &flood->of;
	const struct number totals[] = {
		{ TCPSHAKE_FLOOD_A_ATTEMPTS, of->attempts },
		{ TCPSHAKE_FLOOD_A_ANSWERED, of->answered },
		{ TCPSHAKE_FLOOD_A_COMPLETED, of->completed },
		{ TCPSHAKE_FLOOD_A_REFUSED, of->refused },
		{ TCPSHAKE_FLOOD_A_CLIENT_RESET, of->client_reset },
		{ TCPSHAKE_FLOOD_A_SERVER_RESET, of->server_reset },
		{ TCPSHAKE_FLOOD_A_UNREACHABLE, of->unreachable },
		{ TCPSHAKE_FLOOD_A_EVICTED, of->evicted },
		{ TCPSHAKE_FLOOD_A_UNRESOLVED, of->unresolved },
		{ TCPSHAKE_FLOOD_A_STALLED, of->stalled },
		{ TCPSHAKE_FLOOD_A_SYN_RETRANS, of->syn_retrans },
		{ TCPSHAKE_FLOOD_A_SYNACK_RETRANS, of->synack_retrans },
		{ TCPSHAKE_FLOOD_A_SEEN, flood->findings.seen },
	};
	const struct number rates[] = {
		{ TCPSHAKE_FLOOD_A_RATE, tcpshake_per_second(flood->rate) },
		{ TCPSHAKE_FLOOD_A_RATE_PEAK, tcpshake_per_second(flood->peak_rate) },
		{ TCPSHAKE_FLOOD_A_RATE_BASE, tcpshake_per_second(flood->base_rate) },
		{ TCPSHAKE_FLOOD_A_PENDING, flood->pending },
		{ TCPSHAKE_FLOOD_A_PENDING_PEAK, flood->peak_pending },
		{ TCPSHAKE_FLOOD_A_COMPLETION, flood->completion },
		{ TCPSHAKE_FLOOD_A_COMPLETION_BASE, flood->base_completion },
	};

	return put_u64s(msg, totals, ARRAY_SIZE(totals), TCPSHAKE_FLOOD_A_PAD) ||
	       put_u32s(msg, rates, ARRAY_SIZE(rates));
}

/* Its key, as forensics.h makes it of an address. */
static bool put_prefix(struct sk_buff *msg, u64 key)
{
	u8 addr[TCPSHAKE_ADDR_LEN] = { 0 };
	unsigned int i;

	if (key & TCPSHAKE_PREFIX_V6) {
		for (i = 0; i < 6; i++)
			addr[i] = (u8)(key >> (40 - 8 * i));
		return nla_put(msg, TCPSHAKE_SOURCE_A_PREFIX, sizeof(addr), addr) ||
		       nla_put_u8(msg, TCPSHAKE_SOURCE_A_PREFIX_LEN, 48);
	}
	return nla_put_be32(msg, TCPSHAKE_SOURCE_A_PREFIX, htonl((u32)key)) ||
	       nla_put_u8(msg, TCPSHAKE_SOURCE_A_PREFIX_LEN, 24);
}

static bool put_source(struct sk_buff *msg, const struct tcpshake_top *top)
{
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_FLOOD_A_SOURCE);

	if (!nest)
		return true;
	return tcpshake_put_end(msg, nest,
				put_prefix(msg, top->key) ||
				nla_put_u32(msg, TCPSHAKE_SOURCE_A_COUNT, top->count) ||
				nla_put_u32(msg, TCPSHAKE_SOURCE_A_ERROR, top->error));
}

/* The first option is the MSS with nearly all systems. */
static bool put_signature(struct sk_buff *msg, const struct tcpshake_top *top)
{
	const u32 first = (u32)(top->key >> 32);
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_FLOOD_A_SIGNATURE);

	if (!nest)
		return true;
	return tcpshake_put_end(msg, nest,
				nla_put_u8(msg, TCPSHAKE_SIGNATURE_A_TTL, (u8)(top->key >> 8)) ||
				nla_put_u16(msg, TCPSHAKE_SIGNATURE_A_WINDOW,
					    (u16)(top->key >> 16)) ||
				nla_put_u8(msg, TCPSHAKE_SIGNATURE_A_OPTIONS_LEN, (u8)top->key) ||
				(first >> 16 == 0x0204 &&
				 nla_put_u16(msg, TCPSHAKE_SIGNATURE_A_MSS, (u16)first)) ||
				nla_put_u32(msg, TCPSHAKE_SIGNATURE_A_COUNT, top->count) ||
				nla_put_u32(msg, TCPSHAKE_SIGNATURE_A_ERROR, top->error));
}

static bool put_findings(struct sk_buff *msg, const struct tcpshake_findings *findings)
{
	const struct number numbers[] = {
		{ TCPSHAKE_FLOOD_A_SOURCES, findings->sources },
		{ TCPSHAKE_FLOOD_A_SOURCES_ERROR, TCPSHAKE_HLL_ERROR },
		{ TCPSHAKE_FLOOD_A_SERVICES, findings->services },
		{ TCPSHAKE_FLOOD_A_BOGONS, findings->bogons },
		{ TCPSHAKE_FLOOD_A_ISN_IS_SERVER, findings->isn_is_dst },
	};
	unsigned int i;

	if (!findings->seen)
		return false;
	for (i = 0; i < TCPSHAKE_FLOOD_PREFIXES && findings->prefixes[i].count; i++)
		if (put_source(msg, &findings->prefixes[i]))
			return true;
	for (i = 0; i < TCPSHAKE_FLOOD_SIGNATURES && findings->signatures[i].count; i++)
		if (put_signature(msg, &findings->signatures[i]))
			return true;
	return put_u32s(msg, numbers, ARRAY_SIZE(numbers)) ||
	       nla_put_u8(msg, TCPSHAKE_FLOOD_A_ISN_BITS, findings->same_isn_bits) ||
	       nla_put_u8(msg, TCPSHAKE_FLOOD_A_PORT_BITS, findings->same_port_bits);
}

int tcpshake_put_flood(struct sk_buff *msg, const struct tcpshake_flood *flood, u8 phase)
{
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_FLOOD);

	if (!nest)
		return -EMSGSIZE;
	return tcpshake_put_end(msg, nest,
				nla_put_u32(msg, TCPSHAKE_FLOOD_A_NUMBER, flood->number) ||
				(phase && nla_put_u8(msg, TCPSHAKE_FLOOD_A_PHASE, phase)) ||
				nla_put_u8(msg, TCPSHAKE_FLOOD_A_LEVEL, flood->level) ||
				put_target(msg, flood) ||
				nla_put_u8(msg, TCPSHAKE_FLOOD_A_LABEL, flood->label) ||
				nla_put_u8(msg, TCPSHAKE_FLOOD_A_TRIGGER, flood->trigger) ||
				put_times(msg, flood) || put_numbers(msg, flood) ||
				put_findings(msg, &flood->findings));
}

static bool put_buckets(struct sk_buff *msg, const struct tcpshake_histogram *h)
{
	struct nlattr *attr;
	unsigned int n = 0;
	unsigned int i;
	u32 *to;

	for (i = 0; i < TCPSHAKE_BUCKETS; i++)
		n += !!h->buckets[i];
	attr = nla_reserve(msg, TCPSHAKE_LATENCY_A_BUCKETS, n * 2 * sizeof(u32));
	if (!attr)
		return true;
	to = nla_data(attr);
	for (i = 0; i < TCPSHAKE_BUCKETS; i++) {
		if (!h->buckets[i])
			continue;
		*to++ = tcpshake_bucket_from(i + 1);
		*to++ = h->buckets[i];
	}
	return false;
}

int tcpshake_put_latency(struct sk_buff *msg, unsigned int half,
			 const struct tcpshake_histogram *h, u64 sum_us)
{
	const struct number percentiles[] = {
		{ TCPSHAKE_LATENCY_A_P50, tcpshake_histogram_percentile(h, 500) },
		{ TCPSHAKE_LATENCY_A_P90, tcpshake_histogram_percentile(h, 900) },
		{ TCPSHAKE_LATENCY_A_P99, tcpshake_histogram_percentile(h, 990) },
		{ TCPSHAKE_LATENCY_A_P999, tcpshake_histogram_percentile(h, 999) },
	};
	const u64 count = tcpshake_histogram_count(h);
	struct nlattr *nest = nla_nest_start(msg, TCPSHAKE_A_LATENCY);

	if (!nest)
		return -EMSGSIZE;
	return tcpshake_put_end(msg, nest,
				nla_put_u8(msg, TCPSHAKE_LATENCY_A_HALF, half) ||
				nla_put_u64_64bit(msg, TCPSHAKE_LATENCY_A_COUNT, count,
						  TCPSHAKE_LATENCY_A_PAD) ||
				nla_put_u64_64bit(msg, TCPSHAKE_LATENCY_A_SUM, sum_us,
						  TCPSHAKE_LATENCY_A_PAD) ||
				(count && put_u32s(msg, percentiles, ARRAY_SIZE(percentiles))) ||
				put_buckets(msg, h));
}
