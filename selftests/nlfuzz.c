// SPDX-License-Identifier: GPL-2.0
/*
 * Requests to the family tcpshake that are nearly right: each command with attributes
 * that have other types, lengths, values, depths or octets than they should.
 *
 *   nlfuzz MESSAGES [SEED] [--nobody]
 *
 * Every request must come to an answer whose messages and attributes end where they say;
 * a SET_CONFIG that is refused must leave the configuration as it was; with --nobody what
 * wants CAP_NET_ADMIN must be refused with EPERM, whatever it is. Prints how many there
 * were of each answer. Exit status 1 and the number of the message when it is not so.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <unistd.h>

#include "genl.h"

static union genl_message message, answer;
static struct config {
	char octets[1024];
	size_t len;
} config, config_now;
static unsigned long told[256];
static uint64_t state;
static bool odd_flags;	/* the message's: newer kernels look at them before anything else */

/* xorshift64 with a product (Vigna 2014). */
static uint64_t random64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)((random64() >> 32) * n >> 32);
}

static bool one_in(unsigned int n)
{
	return below(n) == 0;
}

/* ---- requests ---- */

/* Values that are at the edge of something. */
static uint64_t edge(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 10, 32, 33, 64, 99, 100, 128, 129, 1000, 10000, 65535, 65536, 75000,
		140000, 0x7fffffff, 0x80000000, 0xffffffff, UINT64_MAX,
	};

	return one_in(3) ? random64() : edges[below(sizeof(edges) / sizeof(edges[0]))];
}

/* Of an attribute's kind: mostly as long as one of our numbers or addresses. */
static size_t some_length(void)
{
	static const uint8_t lengths[] = { 1, 2, 2, 4, 4, 4, 8, 16, 16 };

	return one_in(8) ? below(40) : lengths[below(sizeof(lengths))];
}

static void put_leaf(uint16_t type)
{
	uint8_t octets[40];
	uint64_t value = edge();
	const size_t len = some_length();

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(one_in(2) ? 0 : random64());
	memcpy(octets, &value, sizeof(value));
	genl_put(&message, type, octets, len);
}

/* Off, seldom: that waits for a grace period. */
static void put_enabled(void)
{
	const uint8_t on = !one_in(200);

	genl_put(&message, TCPSHAKE_CONFIG_A_ENABLED, &on, sizeof(on));
}

/* A filter's family, or a duration of the configuration, as it should be. */
static void put_right(uint16_t nest)
{
	const uint8_t family = one_in(2) ? AF_INET : AF_INET6;
	const uint32_t ms = 100 + below(10000);
	const unsigned int durations = TCPSHAKE_CONFIG_A_MAX - TCPSHAKE_CONFIG_A_ENABLED;
	const uint16_t duration = (uint16_t)(TCPSHAKE_CONFIG_A_ENABLED + 1 + below(durations));

	if (nest == TCPSHAKE_A_FILTER)
		genl_put(&message, TCPSHAKE_FILTER_A_FAMILY, &family, sizeof(family));
	else if (one_in(2))
		put_enabled();
	else
		genl_put(&message, duration, &ms, sizeof(ms));
}

static void put_nest(uint16_t type, unsigned int depth)
{
	struct nlattr *nest = genl_put(&message, type | (one_in(8) ? 0 : NLA_F_NESTED), NULL, 0);
	unsigned int i, n = below(6);

	if (!nest)
		return;
	for (i = 0; i < n; i++) {
		const uint16_t inner = (uint16_t)below(16);

		if (one_in(2))
			put_right(type);
		else if (depth && one_in(12))
			put_nest(inner, depth - 1);
		else if (type == TCPSHAKE_A_CONFIG && inner == TCPSHAKE_CONFIG_A_ENABLED)
			put_enabled();
		else
			put_leaf(inner);
	}
	genl_end_nest(&message, nest);
}

/* Somewhere behind the headers: an octet, or a length. Never "off" by accident. */
static void damage(void)
{
	const size_t from = NLMSG_LENGTH(GENL_HDRLEN);
	const size_t len = message.nlh.nlmsg_len;

	if (len <= from)
		return;
	if (one_in(2))
		message.octets[from + below((unsigned int)(len - from))] = (char)random64();
	else
		message.nlh.nlmsg_len -= below((unsigned int)(len - from));
}

static uint8_t make(uint16_t family)
{
	static const uint16_t kinds[] = { 0, 0, NLM_F_DUMP, NLM_F_ROOT, NLM_F_MATCH };
	const uint8_t command = (uint8_t)(one_in(64) ? random64() : below(TCPSHAKE_CMD_MAX + 2));
	const bool sets = command == TCPSHAKE_CMD_SET_CONFIG;
	uint16_t flags = kinds[below(sizeof(kinds) / sizeof(kinds[0]))];
	unsigned int i, n = below(3);

	if (!sets && command != TCPSHAKE_CMD_GET_STATS && !one_in(4))
		flags = NLM_F_DUMP;
	genl_begin(&message, family, (uint16_t)(flags | NLM_F_ACK), command);
	for (i = 0; i < n; i++) {
		if (!one_in(4))
			put_nest(sets ? TCPSHAKE_A_CONFIG : TCPSHAKE_A_FILTER, 3);
		else if (one_in(2))
			put_nest((uint16_t)below(TCPSHAKE_A_MAX + 3), 3);
		else
			put_leaf((uint16_t)below(TCPSHAKE_A_MAX + 3));
	}
	if (one_in(4))
		damage();
	if (one_in(100))
		message.nlh.nlmsg_flags = (uint16_t)(random64() | NLM_F_REQUEST | NLM_F_ACK);
	flags = message.nlh.nlmsg_flags;
	if ((flags & NLM_F_DUMP) == NLM_F_DUMP)
		flags &= (uint16_t)~NLM_F_DUMP;
	odd_flags = flags & ~(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO);
	return command;
}

/* ---- answers ---- */

static bool attributes_fit(const char *at, const char *end)
{
	while (at < end) {
		const struct nlattr *attr = (const void *)at;

		if (end - at < NLA_HDRLEN || attr->nla_len < NLA_HDRLEN || attr->nla_len > end - at)
			return false;
		at += NLA_ALIGN(attr->nla_len);
	}
	return true;
}

static bool fits(const struct nlmsghdr *nlh, uint16_t family)
{
	return nlh->nlmsg_type != family ||
	       attributes_fit((const char *)NLMSG_DATA(nlh) + GENL_HDRLEN,
			      (const char *)nlh + nlh->nlmsg_len);
}

/* Return: the errno it ends with, or -1: it does not hold together. */
static int take_answer(int fd, uint16_t family)
{
	for (;;) {
		const ssize_t got = recv(fd, &answer, sizeof(answer), 0);
		const struct nlmsghdr *nlh = &answer.nlh;
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0)
			return -1;
		for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return genl_errno(nlh);
			if (!fits(nlh, family))
				return -1;
		}
		if (left)
			return -1;
	}
}

/* As its octets are. Nobody else sets anything meanwhile. */
static void read_config(int fd, uint16_t family)
{
	union genl_message request;
	ssize_t got;

	genl_begin(&request, family, 0, TCPSHAKE_CMD_GET_CONFIG);
	if (send(fd, &request, request.nlh.nlmsg_len, 0) < 0)
		genl_die("send");
	got = recv(fd, config_now.octets, sizeof(config_now.octets), 0);
	if (got <= 0)
		genl_die("GET_CONFIG");
	config_now.len = (size_t)got;
}

static bool config_kept(int fd, uint16_t family)
{
	read_config(fd, family);
	return config_now.len == config.len &&
	       !memcmp(config_now.octets, config.octets, config.len);
}

static bool wants_admin(uint8_t command)
{
	switch (command) {
	case TCPSHAKE_CMD_GET_HALF_OPEN:
	case TCPSHAKE_CMD_GET_COMPLETED:
	case TCPSHAKE_CMD_GET_ANOMALIES:
	case TCPSHAKE_CMD_GET_SERVICES:
	case TCPSHAKE_CMD_GET_FLOODS:
	case TCPSHAKE_CMD_SET_CONFIG:
	case TCPSHAKE_CMD_RESET_LATENCY:
		return true;
	default:
		return false;
	}
}

/* Return: what is wrong, or NULL. */
static const char *judge(int fd, uint16_t family, uint8_t command, int error, bool nobody)
{
	if (error < 0)
		return "the answer does not hold together";
	/* where there is no such way to ask, that is said first */
	if (nobody && wants_admin(command) && error != EPERM && error != EOPNOTSUPP &&
	    !(odd_flags && error == EINVAL))
		return "nobody was not refused";
	if (command != TCPSHAKE_CMD_SET_CONFIG)
		return NULL;
	if (error || nobody)
		return config_kept(fd, family) ? NULL : "refused, and the configuration changed";
	read_config(fd, family);
	config = config_now;
	return NULL;
}

int main(int argc, char **argv)
{
	const bool nobody = argc > 1 && !strcmp(argv[argc - 1], "--nobody");
	const unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	const int fd = genl_socket();
	const uint16_t family = genl_family(fd);
	unsigned long i;

	if (!most) {
		fprintf(stderr, "usage: nlfuzz MESSAGES [SEED] [--nobody]\n");
		return 2;
	}
	state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 0) * 2 + 1;
	read_config(fd, family);
	config = config_now;
	for (i = 0; i < most; i++) {
		const uint8_t command = make(family);
		const char *wrong;
		int error;

		if (send(fd, &message, message.nlh.nlmsg_len, 0) < 0)
			genl_die("send");
		error = take_answer(fd, family);
		wrong = judge(fd, family, command, error, nobody);
		if (wrong) {
			printf("message %lu, command %u, errno %d: %s\n", i, command, error, wrong);
			return 1;
		}
		told[error & 255]++;
	}
	for (i = 0; i < 256; i++)
		if (told[i])
			printf("%s %lu\n", i ? strerrorname_np((int)i) : "ok", told[i]);
	return 0;
}
