/* SPDX-License-Identifier: GPL-2.0 */
/* Contexts: a thread stands for a processor. See ../shim.h. */
#ifndef TCPSHAKE_SHIM_PREEMPT_H
#define TCPSHAKE_SHIM_PREEMPT_H

#include "linux/kernel.h"

/* How often this thread has put BH, or preemption, off. */
extern _Thread_local int shim_atomic;

static inline void local_bh_disable(void)
{
	shim_atomic++;
}

static inline void local_bh_enable(void)
{
	shim_atomic--;
}

static inline void preempt_disable(void)
{
	shim_atomic++;
}

static inline void preempt_enable(void)
{
	shim_atomic--;
}

#endif /* TCPSHAKE_SHIM_PREEMPT_H */
