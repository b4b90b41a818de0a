// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Writes netlink messages as the module would send them, for `tcpshake
 * --from-file`: usage: nlrecord KIND [SEED]. With a seed other than 0 some octets
 * are damaged and the end may be missing, always the same way for a seed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/tcpshake.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY (GENL_ID_CTRL + 11)
#define TIME 1700000000123456789ULL
#define NEWER 200	/* a number of an enum that is not there yet */

static union {
	struct nlmsghdr align;
	char bytes[1 << 16];
} record;
static size_t used;

static struct nlmsghdr *begin(int type, int flags, int command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(record.bytes + used);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	if (type < NLMSG_MIN_TYPE)
		return nlh;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = TCPSHAKE_GENL_VERSION;
	return nlh;
}

static void finish(const struct nlmsghdr *nlh)
{
	used += MNL_ALIGN(nlh->nlmsg_len);
}

static void done(int error)
{
	struct nlmsghdr *nlh = begin(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS, 0);

	*(int *)mnl_nlmsg_put_extra_header(nlh, sizeof(error)) = error;
	if (error)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "out of\033 patience");
	finish(nlh);
}

/* The refusal of a request that, if one believes it, was so long. */
static void error(unsigned int length)
{
	struct nlmsghdr *nlh = begin(NLMSG_ERROR, NLM_F_ACK_TLVS, 0);
	struct nlmsgerr *report = mnl_nlmsg_put_extra_header(nlh, sizeof(*report));

	report->error = -EINVAL;
	report->msg.nlmsg_len = length;
	mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);	/* the request's payload */
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "not today");
	finish(nlh);
}

static void put_address(struct nlmsghdr *nlh, int type, const char *text)
{
	unsigned char address[16];
	int v6 = !!strchr(text, ':');

	inet_pton(v6 ? AF_INET6 : AF_INET, text, address);
	mnl_attr_put(nlh, type, v6 ? 16 : 4, address);
}

static void put_options(struct nlmsghdr *nlh, int type, int mss, int window_scale)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, TCPSHAKE_OPTIONS_A_PRESENT,
			 TCPSHAKE_OPTION_MSS | TCPSHAKE_OPTION_WINDOW_SCALE |
			 TCPSHAKE_OPTION_SACK_PERMITTED);
	mnl_attr_put_u16(nlh, TCPSHAKE_OPTIONS_A_MSS, mss);
	mnl_attr_put_u8(nlh, TCPSHAKE_OPTIONS_A_WINDOW_SCALE, window_scale);
	mnl_attr_put_u16(nlh, TCPSHAKE_OPTIONS_A_WINDOW, 64240);
	mnl_attr_put_u8(nlh, TCPSHAKE_OPTIONS_A_TTL, 64);
	mnl_attr_nest_end(nlh, nest);
}

/* What both sides said, and what it comes to. */
static void put_details(struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	put_options(nlh, TCPSHAKE_HANDSHAKE_A_CLIENT_OPTIONS, 1460, 7);
	put_options(nlh, TCPSHAKE_HANDSHAKE_A_SERVER_OPTIONS, 1400, 15);
	nest = mnl_attr_nest_start(nlh, TCPSHAKE_HANDSHAKE_A_NEGOTIATED);
	mnl_attr_put_u32(nlh, TCPSHAKE_NEGOTIATED_A_PRESENT,
			 TCPSHAKE_OPTION_WINDOW_SCALE | TCPSHAKE_OPTION_SACK_PERMITTED);
	mnl_attr_put_u8(nlh, TCPSHAKE_NEGOTIATED_A_ECN, TCPSHAKE_ECN_CLASSIC);
	mnl_attr_put_u8(nlh, TCPSHAKE_NEGOTIATED_A_FAST_OPEN, TCPSHAKE_FAST_OPEN_NONE);
	mnl_attr_put_u8(nlh, TCPSHAKE_NEGOTIATED_A_MPTCP, NEWER);
	mnl_attr_nest_end(nlh, nest);
}

/* rtt 0: unknown, and so are the options. */
static void put_handshake(struct nlmsghdr *nlh, const char *client, const char *server,
			  int state, int outcome, unsigned int flags, unsigned int rtt)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSHAKE_A_HANDSHAKE);

	mnl_attr_put(nlh, TCPSHAKE_HANDSHAKE_A_PAD, 0, "");
	mnl_attr_put_u64(nlh, TCPSHAKE_HANDSHAKE_A_TIME, TIME);
	mnl_attr_put_u8(nlh, TCPSHAKE_HANDSHAKE_A_FAMILY, strchr(client, ':') ? AF_INET6 : AF_INET);
	put_address(nlh, TCPSHAKE_HANDSHAKE_A_CLIENT, client);
	put_address(nlh, TCPSHAKE_HANDSHAKE_A_SERVER, server);
	mnl_attr_put_u16(nlh, TCPSHAKE_HANDSHAKE_A_CLIENT_PORT, htons(50000));
	mnl_attr_put_u16(nlh, TCPSHAKE_HANDSHAKE_A_SERVER_PORT, htons(443));
	mnl_attr_put_u32(nlh, TCPSHAKE_HANDSHAKE_A_CLIENT_ISN, 4294967295u);
	if (rtt)
		mnl_attr_put_u32(nlh, TCPSHAKE_HANDSHAKE_A_SERVER_ISN, 7);
	mnl_attr_put_u8(nlh, state ? TCPSHAKE_HANDSHAKE_A_STATE : TCPSHAKE_HANDSHAKE_A_OUTCOME,
			state ? state : outcome);
	mnl_attr_put_u32(nlh, TCPSHAKE_HANDSHAKE_A_FLAGS, flags);
	mnl_attr_put_u8(nlh, TCPSHAKE_HANDSHAKE_A_SYN_COUNT, 15);
	mnl_attr_put_u8(nlh, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT, rtt ? 1 : 0);
	mnl_attr_put_u64(nlh, state ? TCPSHAKE_HANDSHAKE_A_AGE : TCPSHAKE_HANDSHAKE_A_TOTAL,
			 1234567);
	if (rtt)
		mnl_attr_put_u32(nlh, TCPSHAKE_HANDSHAKE_A_SERVER_RTT, rtt);
	mnl_attr_put_u32(nlh, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT, 250);
	if (outcome == TCPSHAKE_OUTCOME_UNREACHABLE)
		mnl_attr_put_u8(nlh, TCPSHAKE_HANDSHAKE_A_UNREACHABLE, TCPSHAKE_UNREACHABLE_HOST);
	else if (outcome && rtt)
		put_details(nlh);
	mnl_attr_put_u32(nlh, NEWER, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void put_anomaly(struct nlmsghdr *nlh, const char *source, int kind, int other)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSHAKE_A_ANOMALY);

	mnl_attr_put_u64(nlh, TCPSHAKE_ANOMALY_A_TIME, TIME);
	mnl_attr_put_u8(nlh, TCPSHAKE_ANOMALY_A_FAMILY, strchr(source, ':') ? AF_INET6 : AF_INET);
	put_address(nlh, TCPSHAKE_ANOMALY_A_SOURCE, source);
	put_address(nlh, TCPSHAKE_ANOMALY_A_DESTINATION,
		    strchr(source, ':') ? "2001:db8::2" : "192.0.2.2");
	mnl_attr_put_u16(nlh, TCPSHAKE_ANOMALY_A_SOURCE_PORT, htons(1));
	mnl_attr_put_u16(nlh, TCPSHAKE_ANOMALY_A_DESTINATION_PORT, htons(2));
	mnl_attr_put_u16(nlh, TCPSHAKE_ANOMALY_A_TCP_FLAGS, other ? 0x129 : 0);
	mnl_attr_put_u32(nlh, TCPSHAKE_ANOMALY_A_SEQ, 3);
	mnl_attr_put_u32(nlh, TCPSHAKE_ANOMALY_A_ACK, 4);
	mnl_attr_put_u16(nlh, TCPSHAKE_ANOMALY_A_KIND, kind);
	if (other)
		mnl_attr_put_u16(nlh, TCPSHAKE_ANOMALY_A_KIND, other);
	mnl_attr_nest_end(nlh, nest);
}

/* Counter number i counts i; one more of a number not there yet. Returns their sum. */
static unsigned long long put_counters(struct nlmsghdr *nlh, int type, int max, int newer)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);
	unsigned long long sum = 0;

	for (int i = 1; i <= max; i++) {
		mnl_attr_put(nlh, 0, 0, "");
		mnl_attr_put_u64(nlh, i, i);
		sum += i;
	}
	if (newer)
		mnl_attr_put_u64(nlh, NEWER, 1);
	mnl_attr_nest_end(nlh, nest);
	return sum + newer;
}

static void stats(int newer, int wrong)
{
	struct nlmsghdr *nlh = begin(FAMILY, 0, TCPSHAKE_CMD_GET_STATS);
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCPSHAKE_A_STATS);
	unsigned long long sum;

	sum = put_counters(nlh, TCPSHAKE_STATS_A_EXITS, TCPSHAKE_EXIT_MAX, newer);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_PACKETS, sum);
	sum = put_counters(nlh, TCPSHAKE_STATS_A_OUTCOMES, TCPSHAKE_OUTCOME_MAX, newer);
	sum += put_counters(nlh, TCPSHAKE_STATS_A_PENDING, TCPSHAKE_STATE_MAX, newer);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_ATTEMPTS, sum + wrong);
	put_counters(nlh, TCPSHAKE_STATS_A_ANOMALIES, TCPSHAKE_ANOMALY_MAX, newer);
	put_counters(nlh, TCPSHAKE_STATS_A_UNREACHABLE, TCPSHAKE_UNREACHABLE_MAX, newer);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_STALLED, 1);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_CONFIRMED, 3);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_BACKSCATTER, 4);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_EVENTS_LOST, 2);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_TABLE_SLOTS, 65536);
	mnl_attr_put_u64(nlh, TCPSHAKE_STATS_A_TABLE_QUOTA, 32768);
	mnl_attr_nest_end(nlh, nest);	/* without TABLE_USED and others: unknown */
	finish(nlh);
}

static void handshake(int command, int flags, const char *client, const char *server, int state,
		      int outcome, unsigned int bits, unsigned int rtt)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI | flags, command);

	put_handshake(nlh, client, server, state, outcome, bits, rtt);
	finish(nlh);
}

static void half_open(int flags)
{
	handshake(TCPSHAKE_CMD_GET_HALF_OPEN, flags, "192.0.2.1", "192.0.2.2",
		  TCPSHAKE_STATE_HALF_OPEN_SYN, 0, 0, 0);
	handshake(TCPSHAKE_CMD_GET_HALF_OPEN, 0, "2001:db8::1", "2001:db8::2",
		  TCPSHAKE_STATE_HALF_OPEN_SYNACK, 0, TCPSHAKE_FLAG_SERVER_AMBIGUOUS, 999);
	done(0);
}

static void completed(void)
{
	handshake(TCPSHAKE_CMD_GET_COMPLETED, 0, "192.0.2.1", "192.0.2.2", 0,
		  TCPSHAKE_OUTCOME_COMPLETED, TCPSHAKE_FLAG_DATA | 1u << 31, 1000);
	handshake(TCPSHAKE_CMD_GET_COMPLETED, 0, "2001:db8::1", "2001:db8::2", 0,
		  TCPSHAKE_OUTCOME_COMPLETED, 0, 0);
	done(0);
}

/* More than a reader holds back to align its columns, the widest last. */
static void many(void)
{
	for (int i = 0; i < 200; i++)
		handshake(TCPSHAKE_CMD_GET_COMPLETED, 0, "192.0.2.1", "192.0.2.2", 0,
			  TCPSHAKE_OUTCOME_COMPLETED, 0, 1000);
}

static void malformed(void)
{
	struct nlmsghdr *nlh = begin(FAMILY, NLM_F_MULTI, TCPSHAKE_CMD_GET_ANOMALIES);

	put_anomaly(nlh, "192.0.2.1", TCPSHAKE_ANOMALY_FLAGS_NULL, 0);
	finish(nlh);
	nlh = begin(FAMILY, NLM_F_MULTI, TCPSHAKE_CMD_GET_ANOMALIES);
	put_anomaly(nlh, "2001:db8::1", TCPSHAKE_ANOMALY_FLAGS_XMAS, NEWER);
	finish(nlh);
	done(0);
}

static void handshake_event(unsigned long long number, int outcome, int count)
{
	struct nlmsghdr *nlh = begin(FAMILY, 0, TCPSHAKE_CMD_HANDSHAKE_EVENT);

	mnl_attr_put_u64(nlh, TCPSHAKE_A_EVENT_NUMBER, number);
	while (count--)
		put_handshake(nlh, "192.0.2.1", "192.0.2.2", 0, outcome, 0, 1000);
	finish(nlh);
}

static void anomaly_event(unsigned long long number, int kind, int other)
{
	struct nlmsghdr *nlh = begin(FAMILY, 0, TCPSHAKE_CMD_ANOMALY_EVENT);

	mnl_attr_put_u64(nlh, TCPSHAKE_A_EVENT_NUMBER, number);
	put_anomaly(nlh, "2001:db8::1", kind, other);
	finish(nlh);
}

/*
 * Handshakes 10, 11, 12, 18 (5 lost), 19, anomalies 0 and 3 (2 lost) and an overrun;
 * a legal anomaly last.
 */
static void watch(void)
{
	handshake_event(10, TCPSHAKE_OUTCOME_COMPLETED, 2);
	anomaly_event(0, TCPSHAKE_ANOMALY_FLAGS_XMAS, TCPSHAKE_ANOMALY_ACK_BAD_ACK);
	handshake_event(12, TCPSHAKE_OUTCOME_REFUSED, 1);
	finish(begin(NLMSG_OVERRUN, 0, 0));
	handshake_event(18, TCPSHAKE_OUTCOME_UNANSWERED, 1);
	anomaly_event(3, TCPSHAKE_ANOMALY_FLAGS_NULL, 0);
	handshake_event(19, TCPSHAKE_OUTCOME_UNREACHABLE, 1);
	anomaly_event(4, TCPSHAKE_ANOMALY_SYN_RETRANS, 0);
}

/* Observation begins anew, and its first event does not arrive. */
static void restart(void)
{
	handshake_event(10, TCPSHAKE_OUTCOME_COMPLETED, 1);
	handshake_event(1, TCPSHAKE_OUTCOME_REFUSED, 1);
}

static void removal(void)
{
	struct nlmsghdr *nlh;

	handshake_event(0, TCPSHAKE_OUTCOME_COMPLETED, 1);
	nlh = begin(GENL_ID_CTRL, 0, CTRL_CMD_DELFAMILY);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	finish(nlh);
	handshake_event(1, TCPSHAKE_OUTCOME_COMPLETED, 1);
}

/* A nest with nothing in it, and messages with no nest at all. */
static void bare(void)
{
	const int nests[] = { TCPSHAKE_A_STATS, TCPSHAKE_A_HANDSHAKE, TCPSHAKE_A_ANOMALY };
	struct nlmsghdr *nlh;

	finish(begin(NLMSG_NOOP, 0, 0));
	finish(begin(FAMILY, 0, NEWER));
	for (int command = TCPSHAKE_CMD_HANDSHAKE_EVENT; command <= TCPSHAKE_CMD_MAX; command++) {
		nlh = begin(FAMILY, 0, command);
		for (int i = 0; i < 3; i++)
			mnl_attr_nest_end(nlh, mnl_attr_nest_start(nlh, nests[i]));
		finish(nlh);
	}
}

static void stats_plain(void)
{
	stats(0, 0);
}

static void stats_newer(void)
{
	stats(1, 0);
}

static void stats_wrong(void)
{
	stats(0, 1);
}

static void half_open_plain(void)
{
	half_open(0);
}

static void half_open_interrupted(void)
{
	half_open(NLM_F_DUMP_INTR);
}

static void refused(void)
{
	done(-EINVAL);
}

static void error_plain(void)
{
	error(MNL_NLMSG_HDRLEN + GENL_HDRLEN);
}

static void error_far(void)
{
	error(0xffffff00);
}

static void none(void)
{
	done(0);
}

static const struct {
	const char *name;
	void (*write)(void);
} kinds[] = {
	{ "stats", stats_plain },
	{ "stats-newer", stats_newer },
	{ "stats-wrong", stats_wrong },
	{ "half-open", half_open_plain },
	{ "half-open-interrupted", half_open_interrupted },
	{ "completed", completed },
	{ "many", many },
	{ "malformed", malformed },
	{ "watch", watch },
	{ "restart", restart },
	{ "removal", removal },
	{ "bare", bare },
	{ "refused", refused },
	{ "error", error_plain },
	{ "error-far", error_far },
	{ "none", none },
};

static void damage(unsigned int seed)
{
	srandom(seed);
	for (long i = 1 + random() % 8; i; i--)
		record.bytes[random() % used] = random();
	if (random() % 4 == 0)
		used = random() % used;
}

int main(int argc, char **argv)
{
	unsigned int seed = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].write();
	}
	if (!used) {
		fprintf(stderr, "usage: nlrecord KIND [SEED]\n");
		return 2;
	}
	if (seed)
		damage(seed);
	return fwrite(record.bytes, 1, used, stdout) == used && !fflush(stdout) ? 0 : 1;
}
