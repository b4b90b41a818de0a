/* SPDX-License-Identifier: GPL-2.0 */
/* The clock: a test sets it; with SHIM_LEAN it is that of the machine. See ../shim.h. */
#ifndef TCPSHAKE_SHIM_KTIME_H
#define TCPSHAKE_SHIM_KTIME_H

#include "linux/kernel.h"

typedef s64 ktime_t;

#ifdef SHIM_LEAN
#include <time.h>

static inline ktime_t shim_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

#define ktime_get() shim_clock(CLOCK_MONOTONIC)
#define ktime_get_real_ns() ((u64)shim_clock(CLOCK_REALTIME))
#else
extern u64 shim_now_ns;

#define ktime_get() ((ktime_t)READ_ONCE(shim_now_ns))
#define ktime_get_real_ns() (READ_ONCE(shim_now_ns))
#endif

#define ktime_get_ns() ((u64)ktime_get())
#define ktime_to_us(time) ((time) / 1000)
#define ktime_to_ns(time) (time)

#endif /* TCPSHAKE_SHIM_KTIME_H */
