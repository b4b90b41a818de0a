/* SPDX-License-Identifier: GPL-2.0 */
/* Work that waits until its time has come and the test has it run. See ../shim.h. */
#ifndef TCPSHAKE_SHIM_WORKQUEUE_H
#define TCPSHAKE_SHIM_WORKQUEUE_H

#include "linux/ktime.h"

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct delayed_work {
	struct work_struct work;
	struct delayed_work *next;	/* in the queue */
	u64 due_ns;
	bool queued;
};

struct workqueue_struct;

#define system_power_efficient_wq ((struct workqueue_struct *)NULL)
#define DECLARE_DELAYED_WORK(name, function) \
	struct delayed_work name = { .work.func = (function) }
#define INIT_DELAYED_WORK(delayed, function) ((delayed)->work.func = (function))
#define to_delayed_work(work_of) container_of(work_of, struct delayed_work, work)

bool queue_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
			unsigned long jiffies);
bool cancel_delayed_work_sync(struct delayed_work *work);

#endif /* TCPSHAKE_SHIM_WORKQUEUE_H */
