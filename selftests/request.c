// SPDX-License-Identifier: GPL-2.0
/*
 * Sends one request to the generic netlink family tcpshake, made of attributes as
 * told, right or wrong, and prints what the kernel says of it: "ok", or the name
 * of the error and the kernel's own words (extack). Answers are not looked at.
 */
#define _GNU_SOURCE

#include "genl.h"

static const char usage_text[] =
"usage: request [--dump] COMMAND [ATTRIBUTE...]\n"
"  COMMAND    a number of enum tcpshake_cmd\n"
"  ATTRIBUTE  TYPE=SIZE:VALUE, a number of SIZE (1, 2, 4 or 8) octets,\n"
"             TYPE=HEX, octets, or TYPE{ ATTRIBUTE... }, a nest\n";

static union genl_message message, answer;

static void usage_error(const char *word)
{
	fprintf(stderr, "request: not understood: %s\n%s", word, usage_text);
	exit(2);
}

/* ---- making a message ------------------------------------------------------- */

static struct nlattr *put(uint16_t type, const void *data, size_t len)
{
	struct nlattr *attr = genl_put(&message, type, data, len);

	errno = EMSGSIZE;
	if (!attr)
		genl_die("message");
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
			genl_end_nest(&message, nest);
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
	text = genl_find(at, (const char *)nlh + nlh->nlmsg_len, NLMSGERR_ATTR_MSG);
	return text ? (const char *)text + NLA_HDRLEN : "";
}

static int converse(int fd)
{
	const struct nlmsghdr *nlh;

	if (send(fd, &message, message.nlh.nlmsg_len, 0) < 0)
		genl_die("send");
	nlh = genl_receive(fd, &answer);
	if (!nlh)
		genl_die("recv");
	if (genl_errno(nlh))
		printf("%s %s\n", strerrorname_np(genl_errno(nlh)) ?: "?", extack(nlh));
	else
		puts("ok");
	return 0;
}

int main(int argc, char **argv)
{
	const int fd = genl_socket();
	uint16_t flags = NLM_F_ACK;

	if (argc > 1 && !strcmp(argv[1], "--dump")) {
		flags = NLM_F_DUMP;
		argv++;
	}
	if (!argv[1] || strspn(argv[1], "0123456789") != strlen(argv[1]))
		usage_error(argv[1] ? argv[1] : "");
	genl_begin(&message, genl_family(fd), flags, (uint8_t)atoi(argv[1]));
	put_words(argv + 2);
	return converse(fd);
}
