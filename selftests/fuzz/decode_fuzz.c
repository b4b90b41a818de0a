// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Any octets as a netlink message of the family: the reader's decoder must keep
 * within it.
 */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "../../userspace/decode.h"
#include "fuzz.h"

static union {
	struct handshake handshake;
	struct anomaly anomaly;
	struct stats stats;
	struct config config;
} decoded;

static void decode(const struct nlmsghdr *nlh)
{
	const struct nlattr *nest;

	nest = decode_find(nlh, TCPSHAKE_A_HANDSHAKE);
	if (nest)
		decode_handshake(nest, &decoded.handshake);
	nest = decode_find(nlh, TCPSHAKE_A_ANOMALY);
	if (nest)
		decode_anomaly(nest, &decoded.anomaly);
	nest = decode_find(nlh, TCPSHAKE_A_STATS);
	if (nest)
		decode_stats(nest, &decoded.stats);
	nest = decode_find(nlh, TCPSHAKE_A_CONFIG);
	if (nest)
		decode_config(nest, &decoded.config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t length = MNL_NLMSG_HDRLEN + GENL_HDRLEN + size;
	struct nlmsghdr *nlh = calloc(1, MNL_ALIGN(length)); /* zeros behind it, as in nl.c */

	MUST(nlh);
	nlh->nlmsg_len = (u32)length;
	nlh->nlmsg_type = NLMSG_MIN_TYPE;
	if (size)
		memcpy((char *)nlh + MNL_NLMSG_HDRLEN + GENL_HDRLEN, data, size);
	decode(nlh);
	free(nlh);
	return 0;
}
