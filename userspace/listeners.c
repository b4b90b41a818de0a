// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Listening sockets, as ss(8) finds them. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "listeners.h"

static int on_socket(const struct nlmsghdr *nlh, void *context)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct listeners *listeners = context;
	struct listener *more, *one;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return MNL_CB_OK;
	more = realloc(listeners->all, (listeners->count + 1) * sizeof(*more));
	if (!more)
		return MNL_CB_STOP;
	listeners->all = more;
	one = &more[listeners->count++];
	*one = (struct listener){
		.local.family = msg->idiag_family,
		.local.port = ntohs(msg->id.idiag_sport),
		.queue = msg->idiag_rqueue,
		.queue_max = msg->idiag_wqueue,
	};
	memcpy(one->local.address, msg->id.idiag_src,
	       msg->idiag_family == AF_INET ? 4 : 16);
	return MNL_CB_OK;
}

static void read_family(struct mnl_socket *socket, u8 family, struct listeners *listeners)
{
	char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *request;
	ssize_t size;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request = mnl_nlmsg_put_extra_header(nlh, sizeof(*request));
	request->sdiag_family = family;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_states = 1U << TCP_LISTEN;
	if (mnl_socket_sendto(socket, nlh, nlh->nlmsg_len) < 0)
		return;
	do {
		size = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	} while (size > 0 && mnl_cb_run(buffer, size, 0, 0, on_socket, listeners) > MNL_CB_STOP);
}

void listeners_read(struct listeners *listeners)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_SOCK_DIAG);

	*listeners = (struct listeners){ 0 };
	if (!socket)
		return;
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID)) {
		read_family(socket, AF_INET, listeners);
		read_family(socket, AF_INET6, listeners);
	}
	mnl_socket_close(socket);
}

void listeners_free(struct listeners *listeners)
{
	free(listeners->all);
	*listeners = (struct listeners){ 0 };
}

/* 2: the very address, 1: any address, 0: another one. */
static int fit(const struct endpoint *local, const struct endpoint *server)
{
	static const u8 any[16];
	const size_t length = local->family == AF_INET ? 4 : 16;

	if (local->port != server->port || !server->family)
		return 0;
	if (local->family == server->family && !memcmp(local->address, server->address, length))
		return 2;
	/* an IPv6 socket that is bound to nothing mostly takes IPv4 too */
	return (local->family == server->family || local->family == AF_INET6) &&
	       !memcmp(local->address, any, length);
}

const struct listener *listeners_find(const struct listeners *listeners,
				      const struct endpoint *server)
{
	const struct listener *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < listeners->count; i++) {
		const int one = fit(&listeners->all[i].local, server);

		if (one > best_fit) {
			best_fit = one;
			best = &listeners->all[i];
		}
	}
	return best;
}
