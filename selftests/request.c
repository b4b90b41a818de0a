// SPDX-License-Identifier: GPL-2.0
/*
 * Sends one request to the generic netlink family tcpshake, made of attributes as
 * told, right or wrong, and prints what the kernel says of it: "ok", or the name
 * of the error and the kernel's own words (extack). Answers are not looked at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tcpshake.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage_text[] =
"usage: request [--dump] COMMAND [ATTRIBUTE...]\n"
"  COMMAND    a number of enum tcpshake_cmd\n"
"  ATTRIBUTE  TYPE=SIZE:VALUE, a number of SIZE (1, 2, 4 or 8) octets,\n"
"             TYPE=HEX, octets, or TYPE{ ATTRIBUTE... }, a nest\n";

static union {
	struct nlmsghdr nlh;
	char octets[8192];
} message, answer;

static void die(const char *what)
{
	fprintf(stderr, "request: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void usage_error(const char *word)
{
	fprintf(stderr, "request: not understood: %s\n%s", word, usage_text);
	exit(2);
}

/* ---- making a message ------------------------------------------------------- */

static void begin(uint16_t family, uint16_t flags, uint8_t command)
{
	struct genlmsghdr *genl = NLMSG_DATA(&message.nlh);

	memset(&message, 0, sizeof(message));
	message.nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message.nlh.nlmsg_type = family;
	message.nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	message.nlh.nlmsg_seq = 1;
	genl->cmd = command;
	genl->version = TCPSHAKE_GENL_VERSION;
}

static struct nlattr *put(uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = (void *)(message.octets + NLMSG_ALIGN(message.nlh.nlmsg_len));
	const size_t end = NLMSG_ALIGN(message.nlh.nlmsg_len) + NLA_HDRLEN + NLA_ALIGN(len);

	if (end > sizeof(message)) {
		errno = EMSGSIZE;
		die("message");
	}
	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	message.nlh.nlmsg_len = (uint32_t)end;
	return attr;
}

static void put_number(uint16_t type, const char *text)
{
	const unsigned long size = strtoul(text, NULL, 10);
	const uint64_t value = strtoull(strchr(text, ':') + 1, NULL, 0);
	const uint32_t u32 = (uint32_t)value;
	const uint16_t u16 = (uint16_t)value;
	const uint8_t u8 = (uint8_t)value;

	if (size == 1)
		put(type, &u8, size);
	else if (size == 2)
		put(type, &u16, size);
	else if (size == 4)
		put(type, &u32, size);
	else if (size == 8)
		put(type, &value, size);
	else
		usage_error(text);
}

static void put_octets(uint16_t type, const char *hex)
{
	uint8_t octets[64];
	size_t len = strlen(hex) / 2, i;

	if (len > sizeof(octets))
		usage_error(hex);
	for (i = 0; i < len; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &octets[i]) != 1)
			usage_error(hex);
	put(type, octets, len);
}

/* Returns where in the words it ended: at their end or behind the "}" of its nest. */
static char **put_words(char **words)
{
	while (*words) {
		char *word = *words++, *end;
		const uint16_t type = (uint16_t)strtoul(word, &end, 10);
		struct nlattr *nest;

		if (!strcmp(word, "}"))
			return words;
		if (end == word) {
			usage_error(word);
		} else if (!strcmp(end, "{")) {
			nest = put(type | NLA_F_NESTED, NULL, 0);
			words = put_words(words);
			nest->nla_len = (uint16_t)(message.octets + message.nlh.nlmsg_len -
						   (char *)nest);
		} else if (*end == '=' && strchr(end, ':')) {
			put_number(type, end + 1);
		} else if (*end == '=') {
			put_octets(type, end + 1);
		} else {
			usage_error(word);
		}
	}
	return words;
}

/* ---- the conversation -------------------------------------------------------- */

static const struct nlattr *find(const char *at, const char *end, uint16_t type)
{
	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const void *)at;

		if (attr->nla_len < NLA_HDRLEN)
			return NULL;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

static const char *extack(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	const char *at = (const char *)(err + 1);
	const struct nlattr *text;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	if (nlh->nlmsg_type == NLMSG_DONE)
		at = (const char *)NLMSG_DATA(nlh) + NLMSG_ALIGN(sizeof(int));
	else if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(err->msg.nlmsg_len - NLMSG_HDRLEN);
	text = find(at, (const char *)nlh + nlh->nlmsg_len, NLMSGERR_ATTR_MSG);
	return text ? (const char *)text + NLA_HDRLEN : "";
}

/* Both end an exchange with a number that is 0 or a negative errno. */
static int outcome(const struct nlmsghdr *nlh)
{
	const int error = -*(const int *)NLMSG_DATA(nlh);

	if (error > 0)
		printf("%s %s\n", strerrorname_np(error) ?: "?", extack(nlh));
	else
		puts("ok");
	return 0;
}

static int converse(int fd)
{
	if (send(fd, &message, message.nlh.nlmsg_len, 0) < 0)
		die("send");
	for (;;) {
		const ssize_t got = recv(fd, &answer, sizeof(answer), 0);
		const struct nlmsghdr *nlh = &answer.nlh;
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0)
			die("recv");
		for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left))
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return outcome(nlh);
	}
}

static uint16_t family_number(int fd)
{
	const char *begin_attrs = (const char *)NLMSG_DATA(&answer.nlh) + GENL_HDRLEN;
	const struct nlattr *id;

	begin(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	put(CTRL_ATTR_FAMILY_NAME, TCPSHAKE_GENL_NAME, sizeof(TCPSHAKE_GENL_NAME));
	if (send(fd, &message, message.nlh.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		die("family");
	errno = ENOENT;
	if (answer.nlh.nlmsg_type != GENL_ID_CTRL)
		die("family");
	id = find(begin_attrs, answer.octets + answer.nlh.nlmsg_len, CTRL_ATTR_FAMILY_ID);
	if (!id)
		die("family");
	return *(const uint16_t *)((const char *)id + NLA_HDRLEN);
}

int main(int argc, char **argv)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	const int on = 1;
	uint16_t flags = NLM_F_ACK;
	uint16_t family;

	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		die("socket");
	if (argc > 1 && !strcmp(argv[1], "--dump")) {
		flags = NLM_F_DUMP;
		argv++;
	}
	if (!argv[1] || strspn(argv[1], "0123456789") != strlen(argv[1]))
		usage_error(argv[1] ? argv[1] : "");
	family = family_number(fd);
	begin(family, flags, (uint8_t)atoi(argv[1]));
	put_words(argv + 2);
	return converse(fd);
}
