/* SPDX-License-Identifier: GPL-2.0 */
/* A type that is named in structures. */
#ifndef TCPSHAKE_SHIM_NET_NAMESPACE_H
#define TCPSHAKE_SHIM_NET_NAMESPACE_H

struct net;

#endif /* TCPSHAKE_SHIM_NET_NAMESPACE_H */
