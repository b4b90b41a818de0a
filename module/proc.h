/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/tcpshake of an observed namespace. */
#ifndef TCPSHAKE_PROC_H
#define TCPSHAKE_PROC_H

struct tcpshake_net;

int tcpshake_proc_net_init(struct tcpshake_net *tn);

/* Returns when nobody reads any more. Harmless if init failed. */
void tcpshake_proc_net_exit(struct tcpshake_net *tn);

#endif /* TCPSHAKE_PROC_H */
