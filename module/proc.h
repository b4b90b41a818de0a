/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/net/tcpshake of an observed namespace. */
#ifndef TCPSHAKE_PROC_H
#define TCPSHAKE_PROC_H

#include "core/segment.h"

struct net;
struct proc_dir_entry;
struct seq_file;
struct tcpshake_net;

int tcpshake_proc_net_init(struct tcpshake_net *tn);

/* Returns when nobody reads any more. Harmless if init failed. */
void tcpshake_proc_net_exit(struct tcpshake_net *tn);

/* In proc_service.c: services, floods, latency. */
int tcpshake_proc_services_init(struct tcpshake_net *tn, struct proc_dir_entry *dir);

/* What both have in common. Context: a file operation of our files. */
struct tcpshake_net *tcpshake_proc_observed(const struct net *net);
bool tcpshake_proc_may_see(const struct seq_file *m, const struct net *net);
void tcpshake_proc_endpoint(struct seq_file *m, const u8 addr[TCPSHAKE_ADDR_LEN], u16 port);
void tcpshake_proc_time(struct seq_file *m, u64 wall_ns);

#endif /* TCPSHAKE_PROC_H */
