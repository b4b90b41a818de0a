// SPDX-License-Identifier: GPL-2.0
/* MPTCP's option: several in a segment, lengths by version and segment, keys. */
#include "option_test.h"

/* RFC 8684, 3: one segment may have several MPTCP options, of different subtypes. */
TEST(mptcp_options_side_by_side)
{
	static const u8 dss_and_add_addr[] = {
		30, 8, 0x20, 1, 0, 0, 0, 1, 30, 16, 0x30, 2, 192, 0, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8,
	};
	static const u8 twice[] = { 30, 4, 0x20, 1, 30, 4, 0x20, 1 };
	static const u8 no_data[] = { 30, 3, 0x20 };
	struct read read;

	read = read_options(dss_and_add_addr, sizeof(dss_and_add_addr), ACK, false);
	EXPECT_TRUE(FOUND(read, 0, 0));
	read = read_options(no_data, sizeof(no_data), ACK, false);
	EXPECT_TRUE(FOUND(read, 0, 0));
	read = read_options(twice, sizeof(twice), ACK, false);
	EXPECT_TRUE(FOUND(read, 0, A(OPT_DUP)));
}

/* RFC 8684, 3.1; version 0: RFC 6824. Lengths by version and segment, keys where they are. */
TEST(mp_capable)
{
	static const struct {
		u16 flags;
		u8 version;
		u64 lengths;
	} cases[] = {
		{ SYN, 0, 1ULL << 12 }, { SYN, 1, 1ULL << 4 },
		{ SYN | ACK, 0, 1ULL << 12 }, { SYN | ACK, 1, 1ULL << 12 },
		{ ACK, 0, 1ULL << 20 | 1ULL << 22 | 1ULL << 24 },
		{ ACK, 1, 1ULL << 20 | 1ULL << 22 | 1ULL << 24 },
	};
	unsigned int len;
	size_t i;

	for (i = 0; i < ARRAY_LENGTH(cases); i++) {
		for (len = 2; len <= OPTIONS_MAX; len++) {
			const bool fit = cases[i].lengths >> len & 1;
			const bool syn = cases[i].flags & SYN;
			u8 octets[OPTIONS_MAX] = { 30, len, cases[i].version };
			struct read read;

			if (len >= 12)
				octets[11] = 5;
			if (len >= 20)
				octets[19] = 6;
			read = read_options(octets, len, cases[i].flags, false);
			EXPECT_TRUE(FOUND(read, fit ? O(MPTCP_CAPABLE) : 0,
					  fit ? 0 : A(MPTCP_BADLEN), syn ? A(MSS_ABSENT) : 0))
				TH_LOG("case %zu, length %u", i, len);
			EXPECT_EQ(fit && len >= 12 ? 5 : 0, read.options.mptcp_key);
			EXPECT_EQ(fit && len >= 20 ? 6 : 0, read.options.mptcp_echo);
		}
	}
}

/* A key whose halves cancel out is still a key. */
TEST(key_is_never_none)
{
	static const u8 octets[] = { 30, 12, 1, 0, 1, 2, 1, 2, 1, 2, 1, 2 };
	struct read read = read_options(octets, sizeof(octets), SYN | ACK, false);

	EXPECT_NE(0, read.options.mptcp_key);
}

TEST_HARNESS_MAIN
