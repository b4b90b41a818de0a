/* SPDX-License-Identifier: GPL-2.0 */
/* A test's namespaces have nothing but their struct tcpshake_net. */
#ifndef TCPSHAKE_SHIM_NETNS_GENERIC_H
#define TCPSHAKE_SHIM_NETNS_GENERIC_H

#include "net/net_namespace.h"

static inline void *net_generic(const struct net *net, unsigned int id)
{
	(void)net;
	(void)id;
	return NULL;
}

#endif /* TCPSHAKE_SHIM_NETNS_GENERIC_H */
