/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages to the family tcpshake, made by hand, so that they can be wrong; for the
 * programs that ask for more than a library lets one say.
 */
#ifndef TCPSHAKE_SELFTESTS_GENL_H
#define TCPSHAKE_SELFTESTS_GENL_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tcpshake.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

union genl_message {
	struct nlmsghdr nlh;
	char octets[8192];
};

static inline void genl_die(const char *what)
{
	perror(what);
	exit(1);
}

static inline void genl_begin(union genl_message *m, uint16_t family, uint16_t flags,
			      uint8_t command)
{
	struct genlmsghdr *genl = NLMSG_DATA(&m->nlh);

	memset(m, 0, sizeof(*m));
	m->nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->nlh.nlmsg_type = family;
	m->nlh.nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlh.nlmsg_seq = 1;
	genl->cmd = command;
	genl->version = TCPSHAKE_GENL_VERSION;
}

/* Return: NULL when there is no room. */
static inline struct nlattr *genl_put(union genl_message *m, uint16_t type, const void *data,
				      size_t len)
{
	struct nlattr *attr = (void *)(m->octets + NLMSG_ALIGN(m->nlh.nlmsg_len));
	const size_t end = NLMSG_ALIGN(m->nlh.nlmsg_len) + NLA_HDRLEN + NLA_ALIGN(len);

	if (end > sizeof(*m))
		return NULL;
	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	m->nlh.nlmsg_len = (uint32_t)end;
	return attr;
}

/* Everything behind it so far is in it. */
static inline void genl_end_nest(union genl_message *m, struct nlattr *nest)
{
	nest->nla_len = (uint16_t)(m->octets + m->nlh.nlmsg_len - (char *)nest);
}

static inline const struct nlattr *genl_find(const char *at, const char *end, uint16_t type)
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

static inline int genl_socket(void)
{
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	const int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		genl_die("socket");
	return fd;
}

/* The controller's answer about our family; its attributes are up to *end. */
static inline const char *genl_ask_family(int fd, union genl_message *answer, const char **end)
{
	union genl_message request;

	genl_begin(&request, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	genl_put(&request, CTRL_ATTR_FAMILY_NAME, TCPSHAKE_GENL_NAME, sizeof(TCPSHAKE_GENL_NAME));
	if (send(fd, &request, request.nlh.nlmsg_len, 0) < 0 ||
	    recv(fd, answer, sizeof(*answer), 0) < 0)
		genl_die("family");
	errno = ENOENT;
	if (answer->nlh.nlmsg_type != GENL_ID_CTRL)
		genl_die("family");
	*end = answer->octets + answer->nlh.nlmsg_len;
	return (const char *)NLMSG_DATA(&answer->nlh) + GENL_HDRLEN;
}

static inline uint16_t genl_family(int fd)
{
	union genl_message answer;
	const char *end, *attrs = genl_ask_family(fd, &answer, &end);
	const struct nlattr *id = genl_find(attrs, end, CTRL_ATTR_FAMILY_ID);
	uint16_t number;

	if (!id)
		genl_die("family");
	memcpy(&number, (const char *)id + NLA_HDRLEN, sizeof(number));
	return number;
}

/* The number of a multicast group, or 0. */
static inline uint32_t genl_group(int fd, const char *name)
{
	union genl_message answer;
	const char *end, *attrs = genl_ask_family(fd, &answer, &end);
	const struct nlattr *groups = genl_find(attrs, end, CTRL_ATTR_MCAST_GROUPS);
	const char *at = groups ? (const char *)groups + NLA_HDRLEN : end;
	const char *last = groups ? (const char *)groups + groups->nla_len : end;

	while (at + NLA_HDRLEN <= last) {
		const struct nlattr *one = (const void *)at;
		const char *in = at + NLA_HDRLEN, *in_end = at + one->nla_len;
		const struct nlattr *of = genl_find(in, in_end, CTRL_ATTR_MCAST_GRP_NAME);
		const struct nlattr *id = genl_find(in, in_end, CTRL_ATTR_MCAST_GRP_ID);
		uint32_t number;

		if (one->nla_len < NLA_HDRLEN)
			break;
		if (of && id && !strcmp((const char *)of + NLA_HDRLEN, name)) {
			memcpy(&number, (const char *)id + NLA_HDRLEN, sizeof(number));
			return number;
		}
		at += NLA_ALIGN(one->nla_len);
	}
	return 0;
}

/*
 * Takes an answer in, whatever it says, up to the message that ends it, which is left in
 * *answer at the place returned: NLMSG_ERROR or NLMSG_DONE. NULL and errno: recv() failed.
 */
static inline const struct nlmsghdr *genl_receive(int fd, union genl_message *answer)
{
	for (;;) {
		const ssize_t got = recv(fd, answer, sizeof(*answer), 0);
		const struct nlmsghdr *nlh = &answer->nlh;
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0)
			return NULL;
		for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left))
			if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
				return nlh;
	}
}

/* Both end an exchange with a number that is 0 or a negative errno. Return: the errno. */
static inline int genl_errno(const struct nlmsghdr *nlh)
{
	int number;

	memcpy(&number, NLMSG_DATA(nlh), sizeof(number));
	return -number;
}

#endif /* TCPSHAKE_SELFTESTS_GENL_H */
