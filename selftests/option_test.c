// SPDX-License-Identifier: GPL-2.0
/*
 * The option parser: every kind in every length and class of segment, what is wrong
 * with options by themselves, options cut at every octet. A read beyond them, on
 * either side, is a fault.
 */
#include "option_test.h"

/* Which lengths a kind may have, and what it says then; of others there is nothing to say. */
static bool fits(u8 kind, u8 len, u16 *present)
{
	static const struct {
		u8 kind;
		u16 present;
		u64 lengths;
	} kinds[] = {
		{ 2, O(MSS), 1ULL << 4 },
		{ 3, O(WINDOW_SCALE), 1ULL << 3 },
		{ 4, O(SACK_PERMITTED), 1ULL << 2 },
		{ 5, 0, 1ULL << 10 | 1ULL << 18 | 1ULL << 26 | 1ULL << 34 },
		{ 8, O(TIMESTAMPS), 1ULL << 10 },
		{ 19, O(MD5), 1ULL << 18 },
		{ 27, O(QUICK_START), 1ULL << 8 },
		{ 28, O(USER_TIMEOUT), 1ULL << 4 },
		{ 29, O(AO), ~0ULL << 4 },
		{ 34, O(FAST_OPEN), 1ULL << 2 },
		{ 34, O(FAST_OPEN) | O(FAST_OPEN_COOKIE),
		  1ULL << 6 | 1ULL << 8 | 1ULL << 10 | 1ULL << 12 | 1ULL << 14 | 1ULL << 16 |
		  1ULL << 18 },
		{ 69, O(ENO), ~0ULL },
		{ 172, O(ACCECN), ~0ULL },
		{ 174, O(ACCECN), ~0ULL },
	};
	bool known = false;
	size_t i;

	*present = 0;
	for (i = 0; i < ARRAY_LENGTH(kinds); i++) {
		if (kinds[i].kind != kind)
			continue;
		known = true;
		if (!(kinds[i].lengths >> len & 1))
			continue;
		*present = kinds[i].present;
		return true;
	}
	return !known;
}

/* For an option whose every octet behind kind and length is 0x11. */
static bool as_expected(const struct read *read, u8 kind, u8 len, u16 flags)
{
	const bool syn = flags & SYN;
	struct tcpshake_anomalies expected = { 0 };
	u16 present;
	const bool fit = fits(kind, len, &present);

	tcpshake_anomalies_add_if(&expected, !fit, A(OPT_WRONGLEN));
	tcpshake_anomalies_add_if(&expected, syn && kind != 2, A(MSS_ABSENT));
	tcpshake_anomalies_add_if(&expected, !syn && (kind <= 4 || kind == 34), A(OPT_NONSYN));
	tcpshake_anomalies_add_if(&expected, kind >= 6 && kind <= 18 && kind != 8,
				  A(OPT_OBSOLETE));
	tcpshake_anomalies_add_if(&expected, kind >= 253 && kind <= 254, A(OPT_EXPERIMENTAL));
	tcpshake_anomalies_add_if(&expected, fit && syn && kind == 5, A(SACK_IN_SYN));
	tcpshake_anomalies_add_if(&expected, fit && kind == 3, A(WS_GT14));
	tcpshake_anomalies_add_if(&expected, fit && kind == 8 && flags == SYN, A(TS_ECR_IN_SYN));
	if (kind == 30) {	/* MP_JOIN, by its subtype */
		const u8 due = flags == SYN ? 12 : syn ? 16 : 24;

		tcpshake_anomalies_add_if(&expected, len != due, A(MPTCP_BADLEN));
		present = len == due ? O(MPTCP_JOIN) : 0;
	}
	return read->options.present == present &&
	       !memcmp(&read->anomalies, &expected, sizeof(expected));
}

TEST(every_kind_in_every_length_and_class)
{
	static const u16 flags[] = { SYN, SYN | ACK, ACK };
	unsigned int kind, len;
	u8 octets[OPTIONS_MAX];
	size_t i;

	memset(octets, 0x11, sizeof(octets));
	for (kind = 2; kind < 256; kind++) {
		for (len = 2; len <= OPTIONS_MAX; len++) {
			octets[0] = kind;
			octets[1] = len;
			for (i = 0; i < ARRAY_LENGTH(flags); i++) {
				struct read read = read_options(octets, len, flags[i], false);

				EXPECT_TRUE(as_expected(&read, kind, len, flags[i]))
					TH_LOG("kind %u, length %u, flags %#x: present %#x", kind,
					       len, flags[i], read.options.present);
			}
		}
	}
}

/* Lengths that lead nowhere: nothing behind them is read, whatever the kind. */
TEST(lengths_that_lead_nowhere)
{
	unsigned int kind, len, left;
	u8 octets[OPTIONS_MAX];

	for (kind = 2; kind < 256; kind++) {
		for (left = 1; left <= 12; left++) {
			for (len = 0; len < 256; len++) {
				struct read read;

				if (len >= 2 && len <= left)
					continue;
				memset(octets, 0, sizeof(octets));
				memcpy(octets, mss_option, sizeof(mss_option));
				octets[4] = kind;
				octets[5] = len;
				read = read_options(octets, 4 + left, SYN, false);
				ASSERT_TRUE(FOUND(read, O(MSS), A(OPT_BADLEN)))
					TH_LOG("kind %u, length %u of %u", kind, len, left);
				/* what was not captured is not wrong for that */
				read = read_options(octets, 4 + left, SYN, true);
				ASSERT_TRUE(FOUND(read, O(MSS) | O(CUT),
						  len < 2 && left > 1 ? A(OPT_BADLEN) : 0))
					TH_LOG("kind %u, length %u of %u, cut", kind, len, left);
				if (left == 1)
					break;
			}
		}
	}
}

/* 40 octets of what SYNs say, and where each option ends. */
static const u8 everything[OPTIONS_MAX] = {
	1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 2, 4, 5, 180,
	34, 6, 1, 2, 3, 4, 28, 4, 0, 1, 69, 2, 172, 2, 30, 4, 1, 0, 1, 0,
};

static const struct {
	u8 end;
	u16 present;
} ends[] = {
	{ 4, O(WINDOW_SCALE) }, { 6, O(SACK_PERMITTED) }, { 16, O(TIMESTAMPS) }, { 20, O(MSS) },
	{ 26, O(FAST_OPEN) | O(FAST_OPEN_COOKIE) }, { 30, O(USER_TIMEOUT) }, { 32, O(ENO) },
	{ 34, O(ACCECN) }, { 38, O(MPTCP_CAPABLE) },
};

TEST(cut_at_every_octet)
{
	size_t len, i;

	for (len = 0; len <= OPTIONS_MAX; len++) {
		struct read cut = read_options(everything, len, SYN, true);
		struct read lie = read_options(everything, len, SYN, false);
		bool whole = len <= 1 || len >= 38;
		u16 present = 0;

		for (i = 0; i < ARRAY_LENGTH(ends); i++) {
			present |= ends[i].end <= len ? ends[i].present : 0;
			whole |= ends[i].end == len;
		}
		EXPECT_TRUE(FOUND(cut, present | O(CUT), 0))
			TH_LOG("%zu octets: %#x", len, cut.options.present);
		EXPECT_TRUE(FOUND(lie, present, whole ? 0 : A(OPT_BADLEN),
				  present & O(MSS) ? 0 : A(MSS_ABSENT)))
			TH_LOG("%zu octets: %#x", len, lie.options.present);
	}
}

TEST(values)
{
	struct read read = read_options(everything, sizeof(everything), SYN, false);

	EXPECT_EQ(7, read.options.window_scale);
	EXPECT_EQ(9, read.options.tsval);
	EXPECT_EQ(0, read.options.tsecr);
	EXPECT_EQ(1460, read.options.mss);
	EXPECT_EQ(0, read.options.mptcp_key);
	EXPECT_EQ(0, read.options.mptcp_echo);
}

TEST(values_at_their_edges)
{
	unsigned int value;

	for (value = 0; value < 65536; value++) {
		const u8 octets[] = { 2, 4, value >> 8, value & 0xff };
		struct read read = read_options(octets, sizeof(octets), SYN, false);

		ASSERT_TRUE(FOUND(read, value ? O(MSS) : 0, value < 536 ? A(MSS_TINY) : 0))
			TH_LOG("MSS %u", value);
		ASSERT_EQ(value, read.options.mss);
	}
	for (value = 0; value < 256; value++) {
		const u8 octets[] = { 3, 3, value };
		struct read read = read_in_syn(octets, sizeof(octets));

		ASSERT_TRUE(FOUND(read, O(MSS) | O(WINDOW_SCALE), value > 14 ? A(WS_GT14) : 0));
		ASSERT_EQ(value, read.options.window_scale);
	}
}

TEST(timestamps)
{
	static const u16 flags[] = { SYN, SYN | ACK, ACK };
	unsigned int val, ecr;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(flags); i++) {
		for (val = 0; val < 2; val++) {
			for (ecr = 0; ecr < 2; ecr++) {
				const u8 octets[] = {
					8, 10, 0x81 * val, 0, 0, 2 * val, 0x91 * ecr, 0, 0, ecr,
				};
				struct read read = read_options(octets, sizeof(octets), flags[i],
								false);

				EXPECT_TRUE(FOUND(read, O(TIMESTAMPS),
						  flags[i] & SYN ? A(MSS_ABSENT) : 0,
						  flags[i] & SYN && !val ? A(TS_ZERO) : 0,
						  flags[i] == SYN && ecr ? A(TS_ECR_IN_SYN) : 0));
				EXPECT_EQ(0x81000002u * val, read.options.tsval);
				EXPECT_EQ(0x91000001u * ecr, read.options.tsecr);
			}
		}
	}
}

/* The first of a kind counts, even if it is wrong. */
TEST(duplicates)
{
	static const u8 mss[] = { 2, 4, 2, 24, 2, 4, 5, 180 };
	static const u8 wrong[] = { 3, 4, 9, 9, 3, 3, 9 };
	static const u8 unknown[] = { 77, 2, 78, 2, 77, 3, 0 };
	static const u8 accecn[] = { 172, 2, 174, 2 };
	static const u8 experiments[] = { 254, 4, 1, 2, 254, 4, 3, 4, 253, 2, 253, 2 };
	struct read read;

	read = read_options(mss, sizeof(mss), SYN, false);
	EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_DUP)));
	EXPECT_EQ(536, read.options.mss);
	read = read_in_syn(wrong, sizeof(wrong));
	EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_WRONGLEN), A(OPT_DUP)));
	read = read_in_syn(unknown, sizeof(unknown));
	EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_DUP)));
	read = read_in_syn(accecn, sizeof(accecn));
	EXPECT_TRUE(FOUND(read, O(MSS) | O(ACCECN), 0));
	read = read_in_syn(experiments, sizeof(experiments));
	EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_EXPERIMENTAL)));
}

/* 3.1: what is behind the end of options is zero, and no option. */
TEST(end_of_options)
{
	u8 octets[OPTIONS_MAX] = { 2, 4, 5, 180, 0 };
	static const u8 hidden[] = { 0, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0 };
	struct read read;
	size_t len, at;

	for (len = 5; len <= OPTIONS_MAX; len++) {
		read = read_options(octets, len, SYN, false);
		EXPECT_TRUE(FOUND(read, O(MSS), 0));
		for (at = 5; at < len; at++) {
			octets[at] = 1;
			read = read_options(octets, len, SYN, false);
			EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_AFTER_EOL)));
			octets[at] = 0;
		}
	}
	read = read_in_syn(hidden, sizeof(hidden));
	EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_AFTER_EOL)));
}

TEST(runs_of_nop)
{
	u8 octets[OPTIONS_MAX];
	size_t len;

	memset(octets, 1, sizeof(octets));
	for (len = 0; len <= OPTIONS_MAX; len++) {
		struct read read = read_options(octets, len, SYN, false);

		EXPECT_TRUE(FOUND(read, 0, A(MSS_ABSENT)));
		read = read_options(octets, len, ACK, false);
		EXPECT_TRUE(FOUND(read, 0, 0));
		if (len > OPTIONS_MAX - 4)
			continue;
		memcpy(octets + len, mss_option, 4);
		read = read_options(octets, len + 4, SYN, false);
		EXPECT_TRUE(FOUND(read, O(MSS), 0));
		memset(octets + len, 1, 4);
	}
}

/* RFC 7413, A: the same as an experiment; RFC 7609: SMC-R. In SYN and SYN-ACK alone. */
TEST(experiments)
{
	u8 octets[OPTIONS_MAX - 4] = { 254, 0, 0xf9, 0x89 };
	static const u8 smc_r[] = { 254, 6, 0xe2, 0xd4, 0xc3, 0xd9 };
	struct read read;
	unsigned int len;

	for (len = 4; len <= sizeof(octets); len++) {
		const bool cookie = len >= 8 && len <= 20 && len % 2 == 0;

		octets[1] = len;
		read = read_in_syn(octets, len);
		EXPECT_TRUE(FOUND(read, O(MSS) | (len == 4 || cookie ? O(FAST_OPEN) : 0) |
				  (cookie ? O(FAST_OPEN_COOKIE) : 0), A(OPT_EXPERIMENTAL),
				  len == 4 || cookie ? 0 : A(OPT_WRONGLEN)))
			TH_LOG("length %u: %#x", len, read.options.present);
	}
	octets[1] = 4;
	read = read_options(octets, 4, ACK, false);
	EXPECT_TRUE(FOUND(read, 0, A(OPT_EXPERIMENTAL)));
	octets[0] = 253;
	read = read_in_syn(octets, 4);
	EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_EXPERIMENTAL)));

	read = read_in_syn(smc_r, sizeof(smc_r));
	EXPECT_TRUE(FOUND(read, O(MSS) | O(SMC_R), A(OPT_EXPERIMENTAL)));
	for (len = 2; len < 6; len++) {
		u8 shorter[6];

		memcpy(shorter, smc_r, sizeof(shorter));
		shorter[1] = len;
		read = read_in_syn(shorter, len);
		EXPECT_TRUE(FOUND(read, O(MSS), A(OPT_EXPERIMENTAL)));
	}
}

TEST(md5_and_ao_together)
{
	u8 octets[22] = { 19, 18 };
	struct read read;

	octets[18] = 29;
	octets[19] = 4;
	read = read_options(octets, sizeof(octets), ACK, false);
	EXPECT_TRUE(FOUND(read, O(MD5) | O(AO), A(MD5_AO_ONE_SIDED)));
}

/* What is read at a glance is what the general way reads, which a NOP in front makes it take. */
static void expect_one_way(struct __test_metadata *_metadata, const u8 *octets, size_t len,
			   u16 flags, bool cut)
{
	u8 behind[OPTIONS_MAX] = { 1 };
	struct read read, other;

	memcpy(behind + 1, octets, len);
	read = read_options(octets, len, flags, cut);
	other = read_options(behind, len + 1, flags, cut);
	EXPECT_TRUE(!memcmp(&read.anomalies, &other.anomalies, sizeof(read.anomalies)) &&
		    read.options.present == other.options.present &&
		    read.options.mss == other.options.mss &&
		    read.options.window_scale == other.options.window_scale &&
		    read.options.tsval == other.options.tsval &&
		    read.options.tsecr == other.options.tsecr);
}

TEST(usual_options_and_their_neighbours)
{
	static const u16 flags[] = { SYN, SYN | ACK, ACK };
	u8 usual[20] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7 };
	u8 aligned[12] = { 1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9 };
	unsigned int value, at;
	size_t i;

	for (i = 0; i < 2 * ARRAY_LENGTH(flags); i++) {
		for (value = 0; value < 256; value++) {
			for (at = 0; at < sizeof(usual); at++) {
				const u8 was = usual[at];

				usual[at] = value;
				expect_one_way(_metadata, usual, sizeof(usual), flags[i / 2],
					       i & 1);
				usual[at] = was;
			}
			for (at = 0; at < sizeof(aligned); at++) {
				const u8 was = aligned[at];

				aligned[at] = value;
				expect_one_way(_metadata, aligned, sizeof(aligned), flags[i / 2],
					       i & 1);
				aligned[at] = was;
			}
		}
	}
}

/* Whatever the octets: a bit is set for what is there, and nothing but the octets is read. */
TEST(noise)
{
	u64 random = 0x9e3779b97f4a7c15ULL;
	u8 octets[OPTIONS_MAX];
	unsigned int n, i;

	for (n = 0; n < 200000; n++) {
		const size_t len = n % (OPTIONS_MAX + 1);
		struct read read;

		for (i = 0; i < sizeof(octets); i++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			octets[i] = random >> 33 & (random >> 60 ? 0x1f : 0xff);
		}
		read = read_options(octets, len, n & 1 ? SYN : ACK, n & 2);
		ASSERT_EQ(!!(n & 2), !!(read.options.present & O(CUT)));
		ASSERT_TRUE(!(read.options.present & O(FAST_OPEN_COOKIE)) ||
			    read.options.present & O(FAST_OPEN));
		ASSERT_TRUE(!(read.options.present & O(MSS)) || read.options.mss);
	}
}

TEST_HARNESS_MAIN
