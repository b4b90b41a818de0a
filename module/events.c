// SPDX-License-Identifier: GPL-2.0
/*
 * Events: what the journals hold that was not told yet, packed many to a message
 * and multicast, by one work item for each namespace: after 10 ms, or at once when
 * a CPU's ring is half full. The packet path only writes its ring and sees that the
 * work is queued; while nobody listens, not even that.
 */
#include <linux/rcupdate.h>
#include <linux/rwsem.h>

#include "encode.h"
#include "journal.h"
#include "netlink.h"
#include "service.h"

/*
 * The gate. Group numbers mean something only while the family is registered:
 * messages are sent under gate, read side, and only while it is open. Floods are told
 * by a timer, which cannot wait: under RCU.
 */
static DECLARE_RWSEM(gate);
static bool gate_open;	/* written under gate; READ_ONCE by any CPU */

static const u8 commands[TCPSHAKE_EVENT_GROUPS] = {
	[TCPSHAKE_EVENTS_HANDSHAKE] = TCPSHAKE_CMD_HANDSHAKE_EVENT,
	[TCPSHAKE_EVENTS_ANOMALY] = TCPSHAKE_CMD_ANOMALY_EVENT,
};

/* A message being filled. */
struct batch {
	struct sk_buff *msg;
	void *header;
};

bool tcpshake_events_wanted(const struct tcpshake_net *tn, enum tcpshake_event_group group)
{
	return READ_ONCE(gate_open) && genl_has_listeners(&tcpshake_family, tn->net, group);
}

void tcpshake_events_kick(struct tcpshake_net *tn, enum tcpshake_waiting waiting)
{
	if (waiting == TCPSHAKE_WAITING_MANY)
		mod_delayed_work(system_power_efficient_wq, &tn->flush, 0);
	else if (!delayed_work_pending(&tn->flush))
		queue_delayed_work(system_power_efficient_wq, &tn->flush,
				   msecs_to_jiffies(10));
}

static void send(struct tcpshake_net *tn, enum tcpshake_event_group group, struct batch *batch)
{
	if (!batch->msg)
		return;
	genlmsg_end(batch->msg, batch->header);
	genlmsg_multicast_netns(&tcpshake_family, tn->net, batch->msg, 0, group, GFP_KERNEL);
	batch->msg = NULL;
}

/*
 * As much as fits the buffer every netlink library has for one message, so that the
 * fewest messages carry the most events.
 */
#define MESSAGE_SIZE SKB_WITH_OVERHEAD(8192UL)

/* Starts a message with the number of its first event. */
static bool start(struct tcpshake_net *tn, enum tcpshake_event_group group, struct batch *batch)
{
	batch->msg = nlmsg_new(MESSAGE_SIZE - NLMSG_HDRLEN, GFP_KERNEL);
	if (!batch->msg)
		return false;
	batch->header = genlmsg_put(batch->msg, 0, 0, &tcpshake_family, 0, commands[group]);
	if (batch->header &&
	    !nla_put_u64_64bit(batch->msg, TCPSHAKE_A_EVENT_NUMBER, tn->events_told[group],
			       TCPSHAKE_A_PAD))
		return true;
	nlmsg_free(batch->msg);
	batch->msg = NULL;
	return false;
}

static int put(struct sk_buff *msg, enum tcpshake_event_group group,
	       const struct tcpshake_record *record)
{
	return group == TCPSHAKE_EVENTS_HANDSHAKE ? tcpshake_put_ended(msg, record) :
						    tcpshake_put_anomaly(msg, record);
}

/* One event into the batch, or into a new one when it is full. Return: false = it is lost. */
static bool tell(struct tcpshake_net *tn, enum tcpshake_event_group group, struct batch *batch,
		 const struct tcpshake_record *record)
{
	if (batch->msg && !put(batch->msg, group, record))
		return true;
	send(tn, group, batch);
	if (start(tn, group, batch) && !put(batch->msg, group, record))
		return true;
	nlmsg_free(batch->msg);
	batch->msg = NULL;
	return false;
}

/* A lost event takes its number with it: the next message begins behind the gap. */
static void lose(struct tcpshake_net *tn, enum tcpshake_event_group group, struct batch *batch,
		 u64 count)
{
	if (!count)
		return;
	send(tn, group, batch);
	WRITE_ONCE(tn->events_told[group], tn->events_told[group] + count);
	WRITE_ONCE(tn->events_lost, tn->events_lost + count);
}

static void flush_group(struct tcpshake_net *tn, enum tcpshake_event_group group)
{
	struct batch batch = { .msg = NULL };
	struct tcpshake_record record;
	u64 lost = 0;

	if (!tcpshake_events_wanted(tn, group)) {
		tcpshake_journal_skip(tn, group);
		return;
	}
	while (tcpshake_journal_next(tn, group, &record, &lost)) {
		lose(tn, group, &batch, lost);
		lost = 0;
		if (tell(tn, group, &batch, &record))
			WRITE_ONCE(tn->events_told[group], tn->events_told[group] + 1);
		else
			lose(tn, group, &batch, 1);
		cond_resched();
	}
	lose(tn, group, &batch, lost);
	send(tn, group, &batch);
}

static void flush(struct work_struct *work)
{
	struct tcpshake_net *tn = container_of(to_delayed_work(work), struct tcpshake_net, flush);

	down_read(&gate);
	if (gate_open) {
		flush_group(tn, TCPSHAKE_EVENTS_HANDSHAKE);
		flush_group(tn, TCPSHAKE_EVENTS_ANOMALY);
	}
	up_read(&gate);
}

void tcpshake_events_flood(struct tcpshake_net *tn, const struct tcpshake_flood *flood,
			   enum tcpshake_phase phase)
{
	struct sk_buff *msg;
	void *header;

	if (!READ_ONCE(gate_open) ||
	    !genl_has_listeners(&tcpshake_family, tn->net, TCPSHAKE_EVENTS_FLOOD))
		return;
	msg = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	if (!msg)
		return;
	header = genlmsg_put(msg, 0, 0, &tcpshake_family, 0, TCPSHAKE_CMD_FLOOD_EVENT);
	if (!header || tcpshake_put_flood(msg, flood, phase)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&tcpshake_family, tn->net, msg, 0, TCPSHAKE_EVENTS_FLOOD,
				GFP_ATOMIC);
}

void tcpshake_events_net_init(struct tcpshake_net *tn)
{
	INIT_DELAYED_WORK(&tn->flush, flush);
}

static void set_gate(bool open)
{
	down_write(&gate);
	WRITE_ONCE(gate_open, open);
	up_write(&gate);
}

void tcpshake_events_open(void)
{
	set_gate(true);
}

void tcpshake_events_close(void)
{
	set_gate(false);
	synchronize_rcu();
}
