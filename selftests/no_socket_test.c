// SPDX-License-Identifier: GPL-2.0
/*
 * Segments to where no connection is. Only the host they are for knows that, so a
 * capture cannot show it, and the vectors flags_maimon and rst_no_state are the
 * kernel's alone: this is what the engine makes of the hint.
 */
#include "core_test.h"

static const enum tcpshake_direction C = TCPSHAKE_FROM_CLIENT;

/* hints: enum tcpshake_hint. Every octet of the verdict is set to rubbish first. */
static struct tcpshake_verdict unknown(u16 flags, u8 hints)
{
	struct tcpshake_segment seg = segment(C, flags, 1000, flags & ACK ? 500000 : 0, 0);
	struct tcpshake_verdict v;

	seg.hints = hints;
	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_unknown(&seg, &v);
	return v;
}

static bool is_anomalous(struct tcpshake_verdict v, unsigned int anomaly)
{
	return v.exit == TCPSHAKE_EXIT_ANOMALOUS && anomalies_are(&v.anomalies, anomaly) &&
	       !v.ended.outcome && !v.to && !v.notes;
}

static bool is_nothing(struct tcpshake_verdict v)
{
	return v.exit == TCPSHAKE_EXIT_UNTRACKED && anomalies_are(&v.anomalies, 0) &&
	       !v.ended.outcome && !v.to && !v.notes;
}

TEST(fin_without_socket_is_a_maimon_scan)
{
	EXPECT_TRUE(is_anomalous(unknown(FIN | ACK, TCPSHAKE_HINT_NO_SOCKET),
				 TCPSHAKE_ANOMALY_FLAGS_MAIMON));
	EXPECT_TRUE(is_anomalous(unknown(FIN | ACK | PSH | URG, TCPSHAKE_HINT_NO_SOCKET),
				 TCPSHAKE_ANOMALY_FLAGS_MAIMON));
}

TEST(rst_without_socket_has_no_state)
{
	EXPECT_TRUE(is_anomalous(unknown(RST, TCPSHAKE_HINT_NO_SOCKET),
				 TCPSHAKE_ANOMALY_RST_NO_STATE));
	EXPECT_TRUE(is_anomalous(unknown(RST | ACK, TCPSHAKE_HINT_NO_SOCKET),
				 TCPSHAKE_ANOMALY_RST_NO_STATE));
}

/* An ACK may be late, or answer a cookie. */
TEST(ack_without_socket_is_nothing)
{
	EXPECT_TRUE(is_nothing(unknown(ACK, TCPSHAKE_HINT_NO_SOCKET)));
	EXPECT_TRUE(is_nothing(unknown(ACK | PSH, TCPSHAKE_HINT_NO_SOCKET)));
}

/* Whoever does not know that there is none says nothing. */
TEST(without_the_hint_it_is_nothing)
{
	EXPECT_TRUE(is_nothing(unknown(FIN | ACK, 0)));
	EXPECT_TRUE(is_nothing(unknown(RST, 0)));
	EXPECT_TRUE(is_nothing(unknown(FIN | ACK, TCPSHAKE_HINT_LOOPBACK)));
	EXPECT_TRUE(is_nothing(unknown(RST | ACK, TCPSHAKE_HINT_FRAGMENTED)));
}

/* Nor does who has only just begun to look. */
TEST(midstream_it_is_nothing)
{
	const u8 hints = TCPSHAKE_HINT_NO_SOCKET | TCPSHAKE_HINT_MIDSTREAM;

	EXPECT_TRUE(is_nothing(unknown(FIN | ACK, hints)));
	EXPECT_TRUE(is_nothing(unknown(RST, hints)));
	EXPECT_TRUE(is_nothing(unknown(SYN | ACK, hints)));
}

TEST_HARNESS_MAIN
