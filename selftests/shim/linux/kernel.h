/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of the kernel's C that needs no kernel: types, constants, arithmetic, and
 * accesses of single words. See ../shim.h.
 */
#ifndef TCPSHAKE_SHIM_KERNEL_H
#define TCPSHAKE_SHIM_KERNEL_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "core/types.h"

typedef __s8 s8;
typedef __s16 s16;

#define U8_MAX UINT8_MAX
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX

#define HZ 250
#define L1_CACHE_BYTES 64

#undef static_assert
#define static_assert(condition, ...) _Static_assert(condition, #condition)
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)

#define __aligned(octets) __attribute__((__aligned__(octets)))
#define ____cacheline_aligned __aligned(L1_CACHE_BYTES)
#define ____cacheline_aligned_in_smp ____cacheline_aligned
#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#ifndef noinline
#define noinline __attribute__((__noinline__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#define __read_mostly
#define __init
#define __exit
#define __percpu
#define __rcu

/* sparse's, which keeps books of locks */
#define __acquire(lock) ((void)0)
#define __release(lock) ((void)0)
#define __acquires(lock)
#define __releases(lock)
#define __must_hold(lock)

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
#define prefetch(at) __builtin_prefetch(at)
#define prefetchw(at) __builtin_prefetch(at, 1)

/* A sanitizer of threads knows these for what they are. */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), (value), __ATOMIC_RELAXED)
#define smp_load_acquire(at) __atomic_load_n(at, __ATOMIC_ACQUIRE)
#define smp_store_release(at, value) __atomic_store_n(at, value, __ATOMIC_RELEASE)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* Return: what was there; it is replaced if it was the old value. */
#define cmpxchg(at, old, new) ({					\
	typeof(*(at)) _was = (old);					\
	__atomic_compare_exchange_n(at, &_was, new, false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);\
	_was;								\
})
#define data_race(expression) ({ expression; })

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif
#define ALIGN(n, to) (((n) + (to) - 1) / (to) * (to))
#define container_of(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))

#define min(a, b) ({			\
	const typeof(a) _a = (a);	\
	const typeof(b) _b = (b);	\
	_a < _b ? _a : _b;		\
})
#define max(a, b) ({			\
	const typeof(a) _a = (a);	\
	const typeof(b) _b = (b);	\
	_a > _b ? _a : _b;		\
})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(n, low, high) min(max(n, low), high)
#define swap(a, b) do {			\
	const typeof(a) _a = (a);	\
	(a) = (b);			\
	(b) = _a;			\
} while (0)

static inline u32 reciprocal_scale(u32 value, u32 range)
{
	return (u32)((u64)value * range >> 32);
}

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline int ilog2(u64 n)
{
	return 63 - __builtin_clzll(n);
}

static inline void memzero_explicit(void *at, size_t octets)
{
	explicit_bzero(at, octets);
}

#define cond_resched() shim_may_sleep("cond_resched() with BH off")
#define might_sleep() shim_may_sleep("might_sleep() with BH off")

/* Fails the program if BH is off; what: for the message. */
void shim_may_sleep(const char *what);

/* What the kernel's brings along. */
#include "asm/byteorder.h"
#include "linux/bitops.h"

#endif /* TCPSHAKE_SHIM_KERNEL_H */
