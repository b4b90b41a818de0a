/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the module's structures to the nests of the ABI. Each adds one nest and
 * returns 0, or leaves the message as it was and returns -EMSGSIZE.
 */
#ifndef TCPSHAKE_ENCODE_H
#define TCPSHAKE_ENCODE_H

#include "journal.h"
#include "netns.h"

struct sk_buff;
struct tcpshake_pending;
struct tcpshake_totals;

int tcpshake_put_stats(struct sk_buff *msg, const struct tcpshake_net *tn,
		       const struct tcpshake_totals *totals);
int tcpshake_put_config(struct sk_buff *msg, const struct tcpshake_net *tn);

/* A pending attempt, as it is now. */
int tcpshake_put_pending(struct sk_buff *msg, const struct tcpshake_pending *pending);

/* A record of an attempt that ended; of an anomalous segment. */
int tcpshake_put_ended(struct sk_buff *msg, const struct tcpshake_record *record);
int tcpshake_put_anomaly(struct sk_buff *msg, const struct tcpshake_record *record);

#endif /* TCPSHAKE_ENCODE_H */
