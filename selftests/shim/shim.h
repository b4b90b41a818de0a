/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of a kernel as the flow table and the engine's caller need to run in a
 * program, compiled as they are: headers of the kernel's names below linux/ and net/,
 * and here what a test does with them. Locks are locks, memory is counted, the clock
 * stands until it is set, work waits to be run, random octets come from a seed. A rule
 * that is broken (a lock twice, sleep with BH off, a lock that is not held) aborts.
 *
 * A thread stands for a processor: it sets shim_cpu, and has BH off or not.
 * SHIM_LEAN, for benchmarks, does without the rules and takes the machine's clock.
 */
#ifndef TCPSHAKE_SHIM_H
#define TCPSHAKE_SHIM_H

#include "linux/kernel.h"
#include "linux/ktime.h"
#include "linux/percpu.h"
#include "linux/preempt.h"

/* Whatever get_random_bytes() gives from now on follows from the seed. */
void shim_seed(u64 seed);

/* Octets that are allocated at the moment. */
size_t shim_allocated(void);

/* Has the nth allocation from now on fail, from 1; 0: none. */
void shim_fail_allocation(unsigned int nth);

/* When the next piece of work is due; ~0: none waits. */
u64 shim_next_work_ns(void);

/* Runs the work that is due by the clock. Return: how many pieces. */
unsigned int shim_run_work(void);

/* Locks this thread holds. */
unsigned int shim_locks_held(void);

#endif /* TCPSHAKE_SHIM_H */
