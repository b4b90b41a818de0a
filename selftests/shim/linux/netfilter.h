/* SPDX-License-Identifier: GPL-2.0 */
/* A type that is named in structures; no hook is registered. */
#ifndef TCPSHAKE_SHIM_NETFILTER_H
#define TCPSHAKE_SHIM_NETFILTER_H

struct nf_hook_ops {
	int unused;
};

#endif /* TCPSHAKE_SHIM_NETFILTER_H */
