/* SPDX-License-Identifier: GPL-2.0 */
/* Counters shared by processors. */
#ifndef TCPSHAKE_SHIM_ATOMIC_H
#define TCPSHAKE_SHIM_ATOMIC_H

#include "linux/kernel.h"

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(value) { value }

static inline int atomic_read(const atomic_t *count)
{
	return READ_ONCE(count->counter);
}

static inline void atomic_set(atomic_t *count, int value)
{
	WRITE_ONCE(count->counter, value);
}

static inline int atomic_add_return(int n, atomic_t *count)
{
	return __atomic_add_fetch(&count->counter, n, __ATOMIC_SEQ_CST);
}

static inline void atomic_add(int n, atomic_t *count)
{
	__atomic_add_fetch(&count->counter, n, __ATOMIC_RELAXED);
}

#define atomic_sub(n, count) atomic_add(-(n), count)
#define atomic_inc(count) atomic_add(1, count)
#define atomic_dec(count) atomic_add(-1, count)
#define atomic_inc_return(count) atomic_add_return(1, count)
#define atomic_dec_return(count) atomic_add_return(-1, count)
#define atomic_dec_and_test(count) (!atomic_dec_return(count))

#endif /* TCPSHAKE_SHIM_ATOMIC_H */
