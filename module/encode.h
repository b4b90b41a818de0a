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
struct tcpshake_flood;
struct tcpshake_histogram;
struct tcpshake_service_report;
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

/* In encode_service.c. phase: of an event, else 0. */
int tcpshake_put_service(struct sk_buff *msg, const struct tcpshake_service_report *report);
int tcpshake_put_flood(struct sk_buff *msg, const struct tcpshake_flood *flood, u8 phase);
int tcpshake_put_latency(struct sk_buff *msg, unsigned int half,
			 const struct tcpshake_histogram *h, u64 sum_us);

/* Parts of nests that both have. Return: has it failed? */
int tcpshake_put_end(struct sk_buff *msg, struct nlattr *nest, bool failed);
bool tcpshake_put_addr(struct sk_buff *msg, int type, const u8 addr[TCPSHAKE_ADDR_LEN]);
u8 tcpshake_family_of(const u8 addr[TCPSHAKE_ADDR_LEN]);
bool tcpshake_put_array(struct sk_buff *msg, int type, const u64 *values, unsigned int last);

#endif /* TCPSHAKE_ENCODE_H */
