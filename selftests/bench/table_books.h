/* SPDX-License-Identifier: GPL-2.0 */
/* What the table's benchmark has in place of the rest of the module: no readers, no services. */
#ifndef TCPSHAKE_BENCH_TABLE_BOOKS_H
#define TCPSHAKE_BENCH_TABLE_BOOKS_H

#include "counters.h"
#include "journal.h"
#include "service.h"
#include "table.h"

enum owner {
	STAYS = 1,		/* what the table is half full of */
	GOES,			/* what a batch adds, and takes away again */
	OWNERS,
};

static struct tcpshake_net nets[OWNERS];

struct tcpshake_net *tcpshake_net_by_id(u16 id)
{
	return id && id < OWNERS ? &nets[id] : NULL;
}

void tcpshake_net_check_quotas(void)
{
}

bool tcpshake_events_wanted(const struct tcpshake_net *tn, enum tcpshake_event_group group)
{
	(void)tn;
	(void)group;
	return false;
}

/* Services have their own row, of "engine". */
void tcpshake_service_note(struct tcpshake_net *tn, const struct tcpshake_flow *flow,
			   unsigned int exit, bool stalled, const struct tcpshake_segment *seg)
{
	(void)tn;
	(void)flow;
	(void)exit;
	(void)stalled;
	(void)seg;
}

void tcpshake_service_ended(struct tcpshake_net *tn, const struct tcpshake_ended *ended)
{
	(void)tn;
	(void)ended;
}

void tcpshake_events_kick(struct tcpshake_net *tn, enum tcpshake_waiting waiting)
{
	(void)tn;
	(void)waiting;
}

#endif /* TCPSHAKE_BENCH_TABLE_BOOKS_H */
