// SPDX-License-Identifier: GPL-2.0
/*
 * The sweep ends attempts whose time has run out, drops what has lingered long
 * enough, and finds out whether there is anything in the table at all.
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "counters.h"
#include "row.h"

enum {
	SWEEP_PARTS = 8,		/* the whole table once a second */
	SWEEP_INTERVAL = HZ / SWEEP_PARTS,
};

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

/* Context: BH off, RCU read side. */
static void sweep_slot(struct tcpshake_tuple *tuple, unsigned int way)
{
	struct tcpshake_flow *flow = tcpshake_table_flow(tuple, way);
	struct tcpshake_net *tn = tcpshake_net_by_id(flow->owner);
	struct tcpshake_timeouts timeouts;
	struct tcpshake_verdict v tcpshake_unset;

	if (!tn)
		return;
	tcpshake_net_timeouts(tn, &timeouts);
	if (!tcpshake_flow_expire(flow, tcpshake_table_details(tuple, way), tcpshake_now_us(),
				  &timeouts, &v))
		return;
	tcpshake_table_commit(tuple, way, 0);
	tcpshake_book(tn, &v, NULL, NULL);
}

/* Return: is it empty, at a moment when it was locked? */
static bool sweep_row(struct tcpshake_row *row)
{
	struct tcpshake_tuple tuple;
	unsigned int way;
	bool empty;

	rcu_read_lock();
	local_bh_disable();
	tcpshake_row_enter(row, &tuple);
	for (way = 0; way < TCPSHAKE_WAYS; way++)
		if (row->tag[way])
			sweep_slot(&tuple, way);
	empty = tcpshake_row_is_empty(row);
	tcpshake_table_leave(&tuple);
	local_bh_enable();
	rcu_read_unlock();
	return empty;
}

/*
 * Is there nothing in the table? CHECKED is written before the first row is locked.
 * Who claims a slot makes it BUSY again with its row locked: before we lock that
 * row, and we see the flow, or after, and CHECKED is no more. So what was empty
 * row by row, and is still CHECKED in the end, is empty.
 */
static void begin_pass(bool *empty)
{
	if (READ_ONCE(tcpshake_table_rest) == TCPSHAKE_TABLE_BUSY)
		WRITE_ONCE(tcpshake_table_rest, TCPSHAKE_TABLE_CHECKED);
	*empty = true;
}

static void end_pass(bool empty)
{
	if (empty)
		cmpxchg(&tcpshake_table_rest, TCPSHAKE_TABLE_CHECKED, TCPSHAKE_TABLE_IDLE);
	else
		cmpxchg(&tcpshake_table_rest, TCPSHAKE_TABLE_CHECKED, TCPSHAKE_TABLE_BUSY);
}

static void sweep_part(void)
{
	static u32 at;		/* this work alone */
	static bool empty;	/* so far, in this pass */
	u32 left = DIV_ROUND_UP(tcpshake_table.nrows, SWEEP_PARTS);

	while (left--) {
		struct tcpshake_row *row = &tcpshake_table.rows[at];

		if (!at)
			begin_pass(&empty);
		if (empty || !tcpshake_row_is_empty(row))
			empty &= sweep_row(row);
		if (++at == tcpshake_table.nrows) {
			end_pass(empty);
			at = 0;
		}
		cond_resched();
	}
}

static void sweep(struct work_struct *work)
{
	if (READ_ONCE(tcpshake_table_rest) != TCPSHAKE_TABLE_IDLE) {
		sweep_part();
		tcpshake_net_check_quotas();
	}
	queue_delayed_work(system_power_efficient_wq, &sweep_work, SWEEP_INTERVAL);
}

void tcpshake_sweep_start(void)
{
	queue_delayed_work(system_power_efficient_wq, &sweep_work, SWEEP_INTERVAL);
}

void tcpshake_sweep_stop(void)
{
	cancel_delayed_work_sync(&sweep_work);
}
