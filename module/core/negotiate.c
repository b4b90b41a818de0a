// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Negotiation: one side's options held against the other's. */
#include "negotiate.h"

/* Values of AE CWR ECE (RFC 9768, table 2). */
enum ace {
	ACE_NONE = 0,
	ACE_ECE = 1,
	ACE_CLASSIC_SYN = 3,
	ACE_NONCE = 5,
	ACE_ACCURATE_SYN = 7,
};

/* What a third segment may have answered, kept in the client's offer. */
enum { SEEN_SYN = 1, SEEN_ACK_MPTCP = 2 };

/* Options a SYN-ACK may hold only if the SYN did. */
static const u16 to_be_offered = TCPSHAKE_OPTION_WINDOW_SCALE | TCPSHAKE_OPTION_SACK_PERMITTED |
				 TCPSHAKE_OPTION_TIMESTAMPS | TCPSHAKE_OPTION_MPTCP_CAPABLE |
				 TCPSHAKE_OPTION_MPTCP_JOIN | TCPSHAKE_OPTION_FAST_OPEN |
				 TCPSHAKE_OPTION_SMC_R;

static u8 ace_of(const struct tcpshake_segment *seg)
{
	return seg->flags >> 6 & 7;
}

static void record(struct tcpshake_offer *offer, const struct tcpshake_segment *seg,
		   const struct tcpshake_options *options)
{
	memset(offer, 0, sizeof(*offer));
	offer->present = options->present;
	offer->mss = options->mss;
	offer->mptcp_key = options->mptcp_key;
	offer->window_scale = options->window_scale;
	offer->ttl = seg->ttl;
	offer->ace = ace_of(seg);
	offer->ecn = seg->ecn;
	offer->seen = SEEN_SYN;
	offer->cookie = seg->class == TCPSHAKE_CLASS_SYNACK && seg->hints & TCPSHAKE_HINT_UNOWNED;
	offer->tsval = options->tsval;
	offer->tsval_last = options->tsval;
}

/* RFC 7323, 3.2: is it the timestamp of any of the transmissions? */
static bool echoes(u32 tsecr, const struct tcpshake_offer *offer)
{
	return tsecr - offer->tsval <= offer->tsval_last - offer->tsval;
}

static bool one_sided(u16 a, u16 b)
{
	return (a ^ b) & (TCPSHAKE_OPTION_MD5 | TCPSHAKE_OPTION_AO) &&
	       !((a | b) & TCPSHAKE_OPTION_CUT);
}

void tcpshake_negotiate_syn(struct tcpshake_details *details, const struct tcpshake_segment *seg,
			    const struct tcpshake_options *options, bool again)
{
	if (!details)
		return;
	if (!again) {
		record(&details->client, seg, options);
		details->server.seen = 0;
	} else if (options->present & TCPSHAKE_OPTION_TIMESTAMPS) {
		details->client.tsval_last = options->tsval;
	}
}

void tcpshake_negotiate_crossing(struct tcpshake_details *details,
				 const struct tcpshake_segment *seg,
				 const struct tcpshake_options *options)
{
	if (details)
		record(&details->server, seg, options);
}

/* RFC 3168, 6.1.1.1; RFC 9768, 3.1.1 and 3.1.2 */
static bool ecn_is_bad(u8 syn, u8 synack)
{
	if (syn == ACE_NONE)
		return synack & ACE_ECE;
	return synack == ACE_ACCURATE_SYN;
}

static void judge_synack(const struct tcpshake_details *details,
			 const struct tcpshake_segment *seg,
			 const struct tcpshake_options *options, struct tcpshake_anomalies *set)
{
	const struct tcpshake_offer *client = &details->client;

	if (!(client->present & TCPSHAKE_OPTION_CUT)) {
		tcpshake_anomalies_add_if(set, options->present & to_be_offered & ~client->present,
					  TCPSHAKE_ANOMALY_SYNACK_OPT_UNOFFERED);
		tcpshake_anomalies_add_if(set, one_sided(options->present, client->present),
					  TCPSHAKE_ANOMALY_MD5_AO_ONE_SIDED);
	}
	if (options->present & client->present & TCPSHAKE_OPTION_TIMESTAMPS)
		tcpshake_anomalies_add_if(set, !echoes(options->tsecr, client),
					  TCPSHAKE_ANOMALY_SYNACK_TSECR_MISMATCH);
	tcpshake_anomalies_add_if(set, ecn_is_bad(client->ace, ace_of(seg)),
				  TCPSHAKE_ANOMALY_ECN_SYNACK_BAD);
}

/*
 * The server has sent a SYN of its own before, that of a simultaneous open, or of a
 * connection to itself: its timestamp may be echoed still, as the SYN-ACK repeats what
 * was in sequence then. NULL: it has not.
 */
static const struct tcpshake_offer *earlier_syn(const struct tcpshake_details *details,
						const struct tcpshake_segment *seg)
{
	if (details->server.seen)
		return &details->server;
	return seg->src_port == seg->dst_port && !memcmp(seg->src, seg->dst, sizeof(seg->src)) ?
	       &details->client : NULL;
}

static void record_synack(struct tcpshake_details *details, const struct tcpshake_segment *seg,
			  const struct tcpshake_options *options)
{
	const struct tcpshake_offer *syn = earlier_syn(details, seg);
	const bool stamped = syn && syn->present & options->present & TCPSHAKE_OPTION_TIMESTAMPS;
	const u32 first = stamped ? syn->tsval : options->tsval;

	record(&details->server, seg, options);
	details->server.tsval = first;
}

void tcpshake_negotiate_synack(struct tcpshake_details *details,
			       const struct tcpshake_segment *seg,
			       const struct tcpshake_options *options, bool again,
			       struct tcpshake_anomalies *set)
{
	if (!details)
		return;
	if (details->client.seen)
		judge_synack(details, seg, options, set);
	if (!again || !details->server.seen)
		record_synack(details, seg, options);
	else if (options->present & TCPSHAKE_OPTION_TIMESTAMPS)
		details->server.tsval_last = options->tsval;
}

bool tcpshake_details_timestamps(const struct tcpshake_details *details)
{
	return details && details->client.seen && details->server.seen &&
	       details->client.present & details->server.present & TCPSHAKE_OPTION_TIMESTAMPS;
}

static void judge_timestamps(const struct tcpshake_details *details,
			     const struct tcpshake_options *options, struct tcpshake_anomalies *set)
{
	if (!tcpshake_details_timestamps(details))
		return;
	if (!(options->present & TCPSHAKE_OPTION_TIMESTAMPS)) {
		tcpshake_anomalies_add_if(set, !(options->present & TCPSHAKE_OPTION_CUT),
					  TCPSHAKE_ANOMALY_TS_MISSING_AFTER_NEG);
		return;
	}
	tcpshake_anomalies_add_if(set, !echoes(options->tsecr, &details->server),
				  TCPSHAKE_ANOMALY_ACK_TSECR_MISMATCH);
	tcpshake_anomalies_add_if(set, tcpshake_seq_before(options->tsval, details->client.tsval),
				  TCPSHAKE_ANOMALY_PAWS_3RD_ACK);
}

void tcpshake_negotiate_ack(struct tcpshake_details *details,
			    const struct tcpshake_options *options,
			    struct tcpshake_anomalies *set)
{
	if (!details || !details->server.seen)
		return;
	judge_timestamps(details, options, set);
	tcpshake_anomalies_add_if(set, one_sided(options->present, details->server.present),
				  TCPSHAKE_ANOMALY_MD5_AO_ONE_SIDED);
	if (options->present & (TCPSHAKE_OPTION_MPTCP_CAPABLE | TCPSHAKE_OPTION_MPTCP_JOIN))
		details->client.seen |= SEEN_ACK_MPTCP;
	if (options->mptcp_echo && details->server.mptcp_key)
		tcpshake_anomalies_add_if(set, options->mptcp_echo != details->server.mptcp_key,
					  TCPSHAKE_ANOMALY_MPTCP_ECHO_MISMATCH);
}

static u8 ecn_of(const struct tcpshake_offer *client, const struct tcpshake_offer *server)
{
	const u8 answer = server->ace;

	if (client->ace == ACE_NONE || answer == ACE_NONE || answer == ACE_ACCURATE_SYN)
		return TCPSHAKE_ECN_NONE;
	if (answer == ACE_ECE || answer == ACE_NONCE)
		return TCPSHAKE_ECN_CLASSIC;
	return client->ace == ACE_CLASSIC_SYN ? TCPSHAKE_ECN_NONE : TCPSHAKE_ECN_ACCURATE;
}

static u8 fast_open_of(const struct tcpshake_details *details, u32 flags, u16 syn_len)
{
	if (flags & TCPSHAKE_FLAG_TFO)
		return TCPSHAKE_FAST_OPEN_ACCEPTED;
	if (flags & TCPSHAKE_FLAG_TFO_PARTIAL)
		return TCPSHAKE_FAST_OPEN_PARTIAL;
	if (flags & TCPSHAKE_FLAG_TFO_FALLBACK)
		return TCPSHAKE_FAST_OPEN_IGNORED;
	if (!(details->client.present & TCPSHAKE_OPTION_FAST_OPEN))
		return TCPSHAKE_FAST_OPEN_NONE;
	if (details->client.present & TCPSHAKE_OPTION_FAST_OPEN_COOKIE)
		return syn_len ? TCPSHAKE_FAST_OPEN_IGNORED : TCPSHAKE_FAST_OPEN_NO_DATA;
	return details->server.present & TCPSHAKE_OPTION_FAST_OPEN_COOKIE ?
		       TCPSHAKE_FAST_OPEN_GRANTED : TCPSHAKE_FAST_OPEN_REQUESTED;
}

static u8 mptcp_of(const struct tcpshake_details *details, bool completed)
{
	const u16 mask = TCPSHAKE_OPTION_MPTCP_CAPABLE | TCPSHAKE_OPTION_MPTCP_JOIN;
	const u16 offered = details->client.present & mask;

	if (!offered)
		return TCPSHAKE_MPTCP_NONE;
	if (!(offered & details->server.present))
		return TCPSHAKE_MPTCP_DECLINED;
	if (!completed)
		return TCPSHAKE_MPTCP_ANSWERED;
	if (!(details->client.seen & SEEN_ACK_MPTCP))
		return TCPSHAKE_MPTCP_FALLBACK;
	return offered & TCPSHAKE_OPTION_MPTCP_JOIN ? TCPSHAKE_MPTCP_JOINED :
						      TCPSHAKE_MPTCP_CAPABLE;
}

bool tcpshake_negotiated(const struct tcpshake_details *details, u32 flags, u16 syn_len,
			 bool completed, struct tcpshake_negotiated *result)
{
	if (!details || !details->client.seen || !details->server.seen ||
	    (details->client.present | details->server.present) & TCPSHAKE_OPTION_CUT)
		return false;
	result->present = details->client.present & details->server.present;
	result->ecn = ecn_of(&details->client, &details->server);
	result->fast_open = fast_open_of(details, flags, syn_len);
	result->mptcp = mptcp_of(details, completed && !(flags & TCPSHAKE_FLAG_INFERRED));
	return true;
}
