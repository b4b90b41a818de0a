/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The transport: requests to the family and events from its groups, through a
 * socket or, to test the rest without a kernel, from a file of netlink messages
 * laid end to end as a socket delivers them.
 *
 * Functions that return int return 0 or a negative errno and print nothing;
 * nl_complain() says in words what it means.
 */
#ifndef TCPSHAKE_NL_H
#define TCPSHAKE_NL_H

#include <linux/netlink.h>
#include <stdio.h>

#include "cmd.h"

/* More than the kernel puts into one datagram. */
#define NL_BUFFER_SIZE 65536
#define NL_REQUEST_SIZE 1024

enum nl_group {
	NL_GROUP_HANDSHAKE,
	NL_GROUP_ANOMALY,
	NL_GROUP_FLOOD,
};

#define NL_GROUP_COUNT 3

struct nl {
	struct mnl_socket *socket;	/* NULL when reading a file */
	FILE *file;
	const char *file_name;
	u64 file_offset;
	u16 family;			/* number the kernel gave the family */
	u32 abi;			/* version the kernel's side speaks */
	u32 groups[NL_GROUP_COUNT];	/* 0: the kernel has no such group */
	u32 sequence;
	bool interrupted;		/* a dump changed while it was read */
	char why[256];			/* the other side's own words on an error */
	union {
		struct nlmsghdr align;
		char bytes[NL_BUFFER_SIZE + NLMSG_ALIGNTO];
	} buffer;
};

/* Called with a message of the family that is long enough for its genl header. */
typedef int nl_handler(const struct nlmsghdr *nlh, void *context);

/* file NULL: a socket. Finds the family; -ENOENT when the module is not loaded. */
int nl_open(struct nl *nl, const char *file);
void nl_close(struct nl *nl);

/* Begins a request in a buffer of NL_REQUEST_SIZE octets. */
struct nlmsghdr *nl_prepare(struct nl *nl, void *buffer, u8 command, u16 flags);

/*
 * Sends the request and hands every message of the answer to handler, which may
 * be NULL. A handler that returns other than 0 ends it with that value.
 */
int nl_request(struct nl *nl, struct nlmsghdr *request, nl_handler *handler, void *context);

int nl_join(struct nl *nl, enum nl_group group);

/*
 * Handles the next datagram of events. Returns 1, or 0 at the end of a file.
 * -ENOBUFS: events were lost, go on. -ENOENT: the module was removed. Does not
 * block on a socket: -EAGAIN.
 */
int nl_events(struct nl *nl, nl_handler *handler, void *context);

/* -1 for a file. */
int nl_fd(const struct nl *nl);

/* Prints what an error means. Returns the exit status, so that callers can pass it on. */
enum exit_status nl_complain(const struct nl *nl, int error);

#endif /* TCPSHAKE_NL_H */
