// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Option parser. What is wrong with one option does not keep the others from
 * being read, as long as its length tells where the next one begins.
 */
#include "option.h"

enum kind {
	END = 0,
	NOP = 1,
	MSS = 2,
	WINDOW_SCALE = 3,
	SACK_PERMITTED = 4,
	SACK = 5,
	TIMESTAMPS = 8,
	MD5 = 19,
	QUICK_START = 27,
	USER_TIMEOUT = 28,
	AO = 29,
	MPTCP = 30,
	FAST_OPEN = 34,
	ENO = 69,
	ACCECN_0 = 172,
	ACCECN_1 = 174,
	EXPERIMENTAL_1 = 253,
	EXPERIMENTAL_2 = 254,
};

enum {
	OPTIONS_MAX = 40,	/* octets */
	WINDOW_SCALE_MAX = 14,	/* RFC 7323, 2.3 */
	MSS_SMALL = 536,	/* 3.7.1 */
	COOKIE_MIN = 4, COOKIE_MAX = 16,	/* RFC 7413, 4.1.1 */
	FAST_OPEN_MAGIC = 0xf989,
};

#define SMC_R_MAGIC 0xe2d4c3d9u	/* RFC 7609, A.1 */

struct reader {
	const struct tcpshake_segment *seg;
	struct tcpshake_options *options;
	struct tcpshake_anomalies *set;
	u64 seen;		/* a bit for each kind below 64 */
	u8 seen_others[OPTIONS_MAX / 2];	/* the other kinds */
	u8 others;
	u16 subtypes;		/* of MPTCP, of which a segment may have several */
};

static u16 be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static u32 be32(const u8 *p)
{
	return (u32)be16(p) << 16 | be16(p + 2);
}

/* Never 0: that stands for "no key". */
static u16 fold_key(const u8 *p)
{
	const u16 fold = be16(p) ^ be16(p + 2) ^ be16(p + 4) ^ be16(p + 6);

	return fold ? fold : 1;
}

static void anomaly(struct reader *r, bool is_so, enum tcpshake_anomaly kind)
{
	tcpshake_anomalies_add_if(r->set, is_so, kind);
}

static bool is_syn(const struct reader *r)
{
	return r->seg->flags & TCPSHAKE_SYN;
}

static void present(struct reader *r, enum tcpshake_option bit)
{
	r->options->present |= bit;
}

static bool cookie_fits(u8 len)
{
	return !len || (len >= COOKIE_MIN && len <= COOKIE_MAX && len % 2 == 0);
}

/* Of the whole option, kind and length included; 0: see length_fits(). */
static const u8 lengths[FAST_OPEN + 1] = {
	[MSS] = 4,
	[WINDOW_SCALE] = 3,
	[SACK_PERMITTED] = 2,
	[TIMESTAMPS] = 10,
	[MD5] = 18,
	[QUICK_START] = 8,
	[USER_TIMEOUT] = 4,
};

static bool length_fits(u8 kind, u8 len)
{
	if (kind > FAST_OPEN)
		return true;
	if (lengths[kind])
		return len == lengths[kind];
	switch (kind) {
	case SACK:
		return len > 2 && len % 8 == 2;
	case AO:
		return len >= 4;
	default:
		return true;
	}
}

static void fast_open(struct reader *r, u8 cookie_len)
{
	if (!cookie_fits(cookie_len)) {
		anomaly(r, true, TCPSHAKE_ANOMALY_OPT_WRONGLEN);
		return;
	}
	present(r, TCPSHAKE_OPTION_FAST_OPEN);
	if (cookie_len)
		present(r, TCPSHAKE_OPTION_FAST_OPEN_COOKIE);
}

/* RFC 6994: the first two, or four, octets say whose experiment it is. */
static void experiment(struct reader *r, u8 kind, const u8 *p, u8 len)
{
	anomaly(r, true, TCPSHAKE_ANOMALY_OPT_EXPERIMENTAL);
	if (kind != EXPERIMENTAL_2 || !is_syn(r))
		return;
	if (len >= 4 && be16(p + 2) == FAST_OPEN_MAGIC)
		fast_open(r, len - 4);
	else if (len >= 6 && be32(p + 2) == SMC_R_MAGIC)
		present(r, TCPSHAKE_OPTION_SMC_R);
}

/* RFC 8684, 3.1: 4, 12 and 20 to 24 octets; version 0 (RFC 6824) has the key in the SYN, too. */
static void mp_capable(struct reader *r, const u8 *p, u8 len)
{
	const u8 version = p[2] & 0x0f;
	bool fits;

	if (r->seg->class == TCPSHAKE_CLASS_SYN)
		fits = len == (version ? 4 : 12);
	else if (r->seg->class == TCPSHAKE_CLASS_SYNACK)
		fits = len == 12;
	else
		fits = len == 20 || len == 22 || len == 24;
	anomaly(r, !fits, TCPSHAKE_ANOMALY_MPTCP_BADLEN);
	if (!fits)
		return;
	present(r, TCPSHAKE_OPTION_MPTCP_CAPABLE);
	if (len >= 12)
		r->options->mptcp_key = fold_key(p + 4);
	if (len >= 20)
		r->options->mptcp_echo = fold_key(p + 12);
}

/* RFC 8684, 3.2 */
static void mp_join(struct reader *r, u8 len)
{
	static const u8 join_lengths[TCPSHAKE_CLASS_COUNT] = {
		[TCPSHAKE_CLASS_SYN] = 12,
		[TCPSHAKE_CLASS_SYNACK] = 16,
		[TCPSHAKE_CLASS_ACK] = 24,
	};
	const bool fits = len == join_lengths[r->seg->class];

	anomaly(r, !fits, TCPSHAKE_ANOMALY_MPTCP_BADLEN);
	if (fits)
		present(r, TCPSHAKE_OPTION_MPTCP_JOIN);
}

static void mptcp(struct reader *r, const u8 *p, u8 len)
{
	if (len < 3)
		anomaly(r, true, TCPSHAKE_ANOMALY_MPTCP_BADLEN);
	else if (p[2] >> 4 == 0)
		mp_capable(r, p, len);
	else if (p[2] >> 4 == 1)
		mp_join(r, len);
}

static void max_segment_size(struct reader *r, u16 mss)
{
	anomaly(r, mss < MSS_SMALL, TCPSHAKE_ANOMALY_MSS_TINY);
	if (!mss)	/* as if it were not there */
		return;
	present(r, TCPSHAKE_OPTION_MSS);
	r->options->mss = mss;
}

static void window_scale(struct reader *r, u8 shift)
{
	anomaly(r, shift > WINDOW_SCALE_MAX, TCPSHAKE_ANOMALY_WS_GT14);
	present(r, TCPSHAKE_OPTION_WINDOW_SCALE);
	r->options->window_scale = shift;
}

static void timestamps(struct reader *r, const u8 *p)
{
	present(r, TCPSHAKE_OPTION_TIMESTAMPS);
	r->options->tsval = be32(p + 2);
	r->options->tsecr = be32(p + 6);
	anomaly(r, is_syn(r) && !r->options->tsval, TCPSHAKE_ANOMALY_TS_ZERO);
	anomaly(r, r->seg->class == TCPSHAKE_CLASS_SYN && r->options->tsecr,
		TCPSHAKE_ANOMALY_TS_ECR_IN_SYN);
}

/*
 * How Linux, and with it most of the net, has its SYNs and SYN-ACKs: MSS,
 * SACK-permitted, timestamps, NOP, window scale. The general way takes six times
 * as long.
 */
static bool take_usual(struct reader *r)
{
	const u8 *p = r->seg->options;

	if (r->seg->options_len != 20 || r->seg->options_cut || !is_syn(r) ||
	    be16(p) != (MSS << 8 | 4) || be16(p + 4) != (SACK_PERMITTED << 8 | 2) ||
	    be16(p + 6) != (TIMESTAMPS << 8 | 10) || be16(p + 16) != (NOP << 8 | WINDOW_SCALE) ||
	    p[18] != 3)
		return false;
	present(r, TCPSHAKE_OPTION_SACK_PERMITTED);
	max_segment_size(r, be16(p + 2));
	timestamps(r, p + 6);
	window_scale(r, p[19]);
	return true;
}

static void take_seldom(struct reader *r, const u8 *p, u8 len)
{
	switch (p[0]) {
	case SACK:
		anomaly(r, is_syn(r), TCPSHAKE_ANOMALY_SACK_IN_SYN);
		break;
	case MD5:
		present(r, TCPSHAKE_OPTION_MD5);
		break;
	case AO:
		present(r, TCPSHAKE_OPTION_AO);
		break;
	case QUICK_START:
		present(r, TCPSHAKE_OPTION_QUICK_START);
		break;
	case USER_TIMEOUT:
		present(r, TCPSHAKE_OPTION_USER_TIMEOUT);
		break;
	case MPTCP:
		mptcp(r, p, len);
		break;
	case FAST_OPEN:
		fast_open(r, len - 2);
		break;
	case ENO:
		present(r, TCPSHAKE_OPTION_ENO);
		break;
	case ACCECN_0:
	case ACCECN_1:
		present(r, TCPSHAKE_OPTION_ACCECN);
		break;
	case EXPERIMENTAL_1:
	case EXPERIMENTAL_2:
		experiment(r, p[0], p, len);
		break;
	}
}

/* Kinds from 64 on are few, and seldom. Experiments may be several (RFC 6994, 2). */
static bool seen_other(struct reader *r, u8 kind)
{
	u8 i;

	if (kind == EXPERIMENTAL_1 || kind == EXPERIMENTAL_2)
		return false;
	for (i = 0; i < r->others; i++)
		if (r->seen_others[i] == kind)
			return true;
	r->seen_others[r->others++] = kind;
	return false;
}

/* The four that nearly every SYN has come first. */
static void take(struct reader *r, const u8 *p, u8 len)
{
	if (p[0] == MSS)
		max_segment_size(r, be16(p + 2));
	else if (p[0] == SACK_PERMITTED)
		present(r, TCPSHAKE_OPTION_SACK_PERMITTED);
	else if (p[0] == TIMESTAMPS)
		timestamps(r, p);
	else if (p[0] == WINDOW_SCALE)
		window_scale(r, p[2]);
	else
		take_seldom(r, p, len);
}

/* RFC 6247; 6 and 7 are echo (RFC 1072), superseded by timestamps. */
#define OBSOLETE 0x7fec0ULL	/* 6, 7, 9 to 18 */
#define SYN_ONLY 0x40000001cULL	/* MSS, WINDOW_SCALE, SACK_PERMITTED, FAST_OPEN */

/* Of MPTCP a segment may have several options (RFC 8684, 3), not two of a subtype. */
static bool seen_subtype(struct reader *r, u8 subtype)
{
	const u16 bit = (u16)(1u << subtype);
	const bool seen = r->subtypes & bit;

	r->subtypes |= bit;
	return seen;
}

/* What a kind below 64 is by itself wrong with, and whether it was there before. */
static bool seen_before(struct reader *r, u8 kind)
{
	const u64 bit = 1ULL << kind;
	const bool seen = r->seen & bit;

	if (bit & (OBSOLETE | SYN_ONLY)) {
		anomaly(r, bit & OBSOLETE, TCPSHAKE_ANOMALY_OPT_OBSOLETE);
		anomaly(r, bit & SYN_ONLY && !is_syn(r), TCPSHAKE_ANOMALY_OPT_NONSYN);
	}
	r->seen |= bit;
	return seen;
}

/* One option with a length of its own. The first of its kind counts. */
static void option(struct reader *r, const u8 *p, u8 len)
{
	const u8 kind = p[0];

	if (kind == MPTCP && len > 2 ? seen_subtype(r, p[2] >> 4) :
	    kind < 64 ? seen_before(r, kind) : seen_other(r, kind))
		anomaly(r, true, TCPSHAKE_ANOMALY_OPT_DUP);
	else if (!length_fits(kind, len))
		anomaly(r, true, TCPSHAKE_ANOMALY_OPT_WRONGLEN);
	else
		take(r, p, len);
}

/* 3.1: what is behind the end of options is padding, and zero. */
static void padding(struct reader *r, u8 at)
{
	u8 any = 0;

	for (; at < r->seg->options_len; at++)
		any |= r->seg->options[at];
	anomaly(r, any, TCPSHAKE_ANOMALY_OPT_AFTER_EOL);
}

static void read_all(struct reader *r)
{
	const u8 *p = r->seg->options;
	const u8 end = r->seg->options_len;
	u8 at = 0;

	while (at < end) {
		u8 len;

		if (p[at] == NOP) {
			at++;
			continue;
		}
		if (p[at] == END) {
			padding(r, at + 1);
			return;
		}
		len = at + 1 < end ? p[at + 1] : 0;
		if (len < 2 || len > end - at) {
			/* what was not captured is not wrong for that */
			anomaly(r, !r->seg->options_cut || (len < 2 && at + 1 < end),
				TCPSHAKE_ANOMALY_OPT_BADLEN);
			return;
		}
		option(r, p + at, len);
		at += len;
	}
}

/* How timestamps come nearly always but in SYNs (RFC 7323, A). */
static bool is_aligned_timestamp(const struct tcpshake_segment *seg)
{
	static const u8 head[] = { NOP, NOP, TIMESTAMPS, 10 };

	return seg->options_len == 12 && !seg->options_cut && !(seg->flags & TCPSHAKE_SYN) &&
	       !memcmp(seg->options, head, sizeof(head));
}

void tcpshake_options_parse(const struct tcpshake_segment *seg, struct tcpshake_options *options,
			    struct tcpshake_anomalies *set)
{
	struct reader r tcpshake_unset;

	memset(options, 0, sizeof(*options));
	if (is_aligned_timestamp(seg)) {
		options->present = TCPSHAKE_OPTION_TIMESTAMPS;
		options->tsval = be32(seg->options + 4);
		options->tsecr = be32(seg->options + 8);
		return;
	}
	r.seg = seg;
	r.options = options;
	r.set = set;
	if (take_usual(&r))
		return;
	r.seen = 0;
	r.others = 0;
	r.subtypes = 0;
	read_all(&r);
	if (seg->options_cut)
		present(&r, TCPSHAKE_OPTION_CUT);
	anomaly(&r, is_syn(&r) && !(r.seen & 1u << MSS) && !seg->options_cut,
		TCPSHAKE_ANOMALY_MSS_ABSENT);
	anomaly(&r, (options->present & (TCPSHAKE_OPTION_MD5 | TCPSHAKE_OPTION_AO)) ==
			    (TCPSHAKE_OPTION_MD5 | TCPSHAKE_OPTION_AO),
		TCPSHAKE_ANOMALY_MD5_AO_ONE_SIDED);
}
