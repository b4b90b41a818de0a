/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks of a namespace: where packets enter tcpshake. */
#ifndef TCPSHAKE_HOOK_H
#define TCPSHAKE_HOOK_H

struct tcpshake_net;

/* Context: process. From here on the namespace's packets are observed. */
int tcpshake_hooks_register(struct tcpshake_net *tn);

/* Context: process. Returns when no packet is under way in a hook. */
void tcpshake_hooks_unregister(struct tcpshake_net *tn);

/* Module parameter: may established traffic take the shortcuts of quick.h? */
extern bool tcpshake_shortcuts;

#endif /* TCPSHAKE_HOOK_H */
