// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Generic netlink over libmnl. Only messages of the kernel are believed, and of
 * those only what their length covers.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sys/socket.h>

#include "cmd.h"
#include "decode.h"
#include "nl.h"

#define EVENT_BUFFER_SIZE (8 << 20)
#define ERRNO_MAX 4095

/* Copies text of the other side: bounded, and nothing a terminal would obey. */
static void keep_words(struct nl *nl, const struct nlattr *attribute)
{
	const char *text = mnl_attr_get_payload(attribute);
	size_t length = mnl_attr_get_payload_len(attribute), i;

	for (i = 0; i < length && i < sizeof(nl->why) - 1 && text[i]; i++)
		nl->why[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	nl->why[i] = '\0';
}

static void find_words(struct nl *nl, const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attribute;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || offset > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attribute, nlh, offset) {
		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG)
			keep_words(nl, attribute);
	}
}

/* The number NLMSG_ERROR and NLMSG_DONE begin with; 1 if there is none. */
static int final_errno(const struct nlmsghdr *nlh)
{
	int error;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error))
		return 1;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	/* a dump cannot take hold of a module that is just being removed */
	if (error == -EPROTONOSUPPORT)
		return -ENOENT;
	return error > 0 || error < -ERRNO_MAX ? -EBADMSG : error;
}

static int finish_error(struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *report = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*report);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*report))
		return -EBADMSG;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && report->msg.nlmsg_len > MNL_NLMSG_HDRLEN)
		offset += MNL_ALIGN((size_t)report->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	find_words(nl, nlh, offset);
	return final_errno(nlh);
}

static int finish_dump(struct nl *nl, const struct nlmsghdr *nlh)
{
	int error = final_errno(nlh);

	if (error > 0)
		return 0;
	find_words(nl, nlh, MNL_ALIGN(sizeof(error)));
	return error;
}

/* What a message means to a request: 1 = go on, 0 = answered, negative = failed. */
static int dispatch(struct nl *nl, const struct nlmsghdr *nlh, nl_handler *handler, void *context)
{
	int result;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		return finish_error(nl, nlh);
	case NLMSG_DONE:
		return finish_dump(nl, nlh);
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	}
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !handler)
		return 1;
	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return -EBADMSG;
	result = handler(nlh, context);
	return result ? result : 1;
}

static int cut_off(struct nl *nl)
{
	snprintf(nl->why, sizeof(nl->why), "message at offset %llu is cut off or no message",
		 (unsigned long long)nl->file_offset);
	return -EBADMSG;
}

/* One message of the file into the buffer: its length, 0 at the end. */
static ssize_t read_message(struct nl *nl)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)nl->buffer.bytes;
	size_t length, rest;

	length = fread(nlh, 1, sizeof(*nlh), nl->file);
	if (ferror(nl->file))
		return -errno;
	if (!length)
		return 0;
	if (length < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) ||
	    nlh->nlmsg_len > NL_BUFFER_SIZE)
		return cut_off(nl);
	/* The padding of the last message may be missing; attributes may not reach into it. */
	rest = MNL_ALIGN(nlh->nlmsg_len) - sizeof(*nlh);
	memset((char *)nlh + nlh->nlmsg_len, 0, NLMSG_ALIGNTO);
	length += fread(nlh + 1, 1, rest, nl->file);
	if (length < nlh->nlmsg_len)
		return cut_off(nl);
	nl->file_offset += length;
	return nlh->nlmsg_len;
}

/* One datagram of the kernel into the buffer: its length. */
static ssize_t receive(struct nl *nl, int flags)
{
	struct sockaddr_nl from;
	struct iovec iov = { .iov_base = nl->buffer.bytes, .iov_len = NL_BUFFER_SIZE };
	struct msghdr msg = { .msg_name = &from, .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t length;

	do {
		msg.msg_namelen = sizeof(from);
		length = recvmsg(nl_fd(nl), &msg, flags);
	} while (length < 0 ? errno == EINTR : from.nl_pid != 0);
	if (length < 0)
		return -errno;
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : length;
}

static bool is_answer(const struct nl *nl, const struct nlmsghdr *nlh)
{
	return nl->file || (nlh->nlmsg_seq == nl->sequence &&
			    nlh->nlmsg_pid == mnl_socket_get_portid(nl->socket));
}

static int read_answer(struct nl *nl, nl_handler *handler, void *context)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->buffer.bytes;
	ssize_t received = nl->file ? read_message(nl) : receive(nl, 0);
	int length = received, result = 1;

	if (received <= 0)
		return received;
	for (; mnl_nlmsg_ok(nlh, length); nlh = mnl_nlmsg_next(nlh, &length)) {
		if (!is_answer(nl, nlh))
			continue;
		result = dispatch(nl, nlh, handler, context);
		if (result <= 0)
			break;
	}
	return result;
}

static void prepare(struct nl *nl, struct nlmsghdr *nlh, u8 command, u8 version, u16 flags)
{
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->sequence;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
}

struct nlmsghdr *nl_prepare(struct nl *nl, void *buffer, u8 command, u16 flags)
{
	struct nlmsghdr *nlh;

	memset(buffer, 0, NL_REQUEST_SIZE);
	nlh = mnl_nlmsg_put_header(buffer);
	prepare(nl, nlh, command, TCPSHAKE_GENL_VERSION, flags);
	return nlh;
}

int nl_request(struct nl *nl, struct nlmsghdr *request, nl_handler *handler, void *context)
{
	int result;

	if (nl->socket && mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		result = read_answer(nl, handler, context);
	} while (result > 0);
	return result;
}

static void note_group(struct nl *nl, const struct nlattr *nest)
{
	static const char *const names[NL_GROUP_COUNT] = {
		[NL_GROUP_HANDSHAKE] = TCPSHAKE_GROUP_HANDSHAKE,
		[NL_GROUP_ANOMALY] = TCPSHAKE_GROUP_ANOMALY,
		[NL_GROUP_FLOOD] = TCPSHAKE_GROUP_FLOOD,
	};
	const struct nlattr *attribute;
	const char *name = NULL;
	u64 id = 0;

	mnl_attr_for_each_nested(attribute, nest) {
		switch (mnl_attr_get_type(attribute)) {
		case CTRL_ATTR_MCAST_GRP_NAME:
			if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0)
				name = mnl_attr_get_str(attribute);
			break;
		case CTRL_ATTR_MCAST_GRP_ID:
			decode_uint(attribute, &id);
			break;
		}
	}
	for (int i = 0; name && i < NL_GROUP_COUNT; i++) {
		if (!strcmp(name, names[i]))
			nl->groups[i] = id;
	}
}

static int note_family(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *attribute, *group;
	struct nl *nl = context;
	u64 value;

	mnl_attr_for_each(attribute, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attribute)) {
		case CTRL_ATTR_FAMILY_ID:
			if (decode_uint(attribute, &value))
				nl->family = value;
			break;
		case CTRL_ATTR_VERSION:
			if (decode_uint(attribute, &value))
				nl->abi = value;
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(group, attribute)
				note_group(nl, group);
			break;
		}
	}
	return 0;
}

static int find_family(struct nl *nl)
{
	struct nlmsghdr *request;
	union {
		struct nlmsghdr align;
		char bytes[NL_REQUEST_SIZE];
	} buffer = { 0 };
	int error;

	nl->family = GENL_ID_CTRL;
	request = mnl_nlmsg_put_header(buffer.bytes);
	prepare(nl, request, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, TCPSHAKE_GENL_NAME);
	error = nl_request(nl, request, note_family, nl);
	return error || nl->family != GENL_ID_CTRL ? error : -EBADMSG;
}

static int open_file(struct nl *nl, const char *file)
{
	nl->file_name = file;
	nl->file = fopen(file, "re");
	return nl->file ? 0 : -errno;
}

/* Kernels refuse options newer than they are; each only makes answers better. */
static void ask_for_details(struct mnl_socket *socket)
{
	int one = 1;

	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
}

int nl_open(struct nl *nl, const char *file)
{
	int error;

	memset(nl, 0, sizeof(*nl));
	if (file)
		return open_file(nl, file);
	nl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->socket)
		return -errno;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		error = -errno;
		nl_close(nl);
		return error;
	}
	ask_for_details(nl->socket);
	error = find_family(nl);
	if (error)
		nl_close(nl);
	return error;
}

void nl_close(struct nl *nl)
{
	if (nl->file)
		fclose(nl->file);
	if (nl->socket)
		mnl_socket_close(nl->socket);
	nl->file = NULL;
	nl->socket = NULL;
}

int nl_fd(const struct nl *nl)
{
	return nl->socket ? mnl_socket_get_fd(nl->socket) : -1;
}

/*
 * Joining the controller's own group is how the removal of the module is
 * heard of; its number has been the family's since there is a controller.
 */
int nl_join(struct nl *nl, enum nl_group group)
{
	int size = EVENT_BUFFER_SIZE, controller = GENL_ID_CTRL, id = nl->groups[group];

	if (nl->file)
		return 0;
	if (!id)
		return -EOPNOTSUPP;
	/* Without the privilege the smaller of this and net.core.rmem_max has to do. */
	if (setsockopt(nl_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(nl_fd(nl), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &controller,
			      sizeof(controller));
	if (mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)) < 0)
		return -errno;
	return 0;
}

/* Does the controller say that our family is gone? */
static bool is_removal(const struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *id;
	u64 value;

	if (genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	id = decode_find(nlh, CTRL_ATTR_FAMILY_ID);
	return id && decode_uint(id, &value) && (nl->file || value == nl->family);
}

static int dispatch_event(struct nl *nl, const struct nlmsghdr *nlh, nl_handler *handler,
			  void *context)
{
	if (nlh->nlmsg_type == NLMSG_OVERRUN)
		return -ENOBUFS;
	if (nlh->nlmsg_type < NLMSG_MIN_TYPE || mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return 0;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		return is_removal(nl, nlh) ? -ENOENT : 0;
	if (!nl->file && nlh->nlmsg_type != nl->family)
		return 0;
	return handler(nlh, context);
}

int nl_events(struct nl *nl, nl_handler *handler, void *context)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->buffer.bytes;
	ssize_t received = nl->file ? read_message(nl) : receive(nl, MSG_DONTWAIT);
	int length = received, result;

	if (received <= 0)
		return received == -EMSGSIZE ? -ENOBUFS : received;
	for (; mnl_nlmsg_ok(nlh, length); nlh = mnl_nlmsg_next(nlh, &length)) {
		result = dispatch_event(nl, nlh, handler, context);
		if (result)
			return result;
	}
	return 1;
}

enum exit_status nl_complain(const struct nl *nl, int error)
{
	const char *words = nl->why[0] ? nl->why : strerror(-error);

	if (nl->file_name && error == -EBADMSG && !nl->why[0])
		return failure("%s: holds no answer to this verb", nl->file_name);
	if (nl->file_name)
		return failure("%s: %s", nl->file_name, words);
	switch (-error) {
	case ENOENT:
		return failure("the kernel module is not loaded; load it with: modprobe tcpshake (or insmod tcpshake.ko)");
	case ENODATA:
		return failure("observation is off in this network namespace; switch it on with: tcpshake set enabled on");
	case EPERM:
		return failure("not permitted: needs CAP_NET_ADMIN in this network namespace");
	case EOPNOTSUPP:
		return failure("the loaded module does not know this request: %s; see: tcpshake version",
			       words);
	case EPROTONOSUPPORT:
		return failure("this kernel has no generic netlink");
	case ENOBUFS:
		return failure("the kernel's answer did not fit the receive buffer; try again");
	case EBADMSG:
		return failure("the kernel's answer makes no sense to this program; see: tcpshake version");
	default:
		return failure("the kernel refused: %s", words);
	}
}
