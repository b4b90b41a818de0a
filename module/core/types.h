/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The one place where the core learns which world it is compiled in. Everything
 * else in core/ is pure C: no kernel API, no allocation, no locks, no clock.
 */
#ifndef TCPSHAKE_CORE_TYPES_H
#define TCPSHAKE_CORE_TYPES_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <asm/barrier.h>
#define tcpshake_static_assert(cond, name) static_assert(cond, name)
/* For what another CPU may be writing. */
#define tcpshake_read_once(x) READ_ONCE(x)
#define tcpshake_write_once(x, value) WRITE_ONCE(x, value)
#define tcpshake_publish(x, value) smp_store_release(&(x), value) /* what x leads to, first */
#define tcpshake_rmb() smp_rmb() /* pairs with that, or with another's order of writes */
#else
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define tcpshake_static_assert(cond, name) _Static_assert(cond, name)
#define tcpshake_read_once(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define tcpshake_write_once(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)
#define tcpshake_publish(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELEASE)
#define tcpshake_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#endif

#include <linux/tcpshake.h>

/*
 * A variable that is written before it is read, on the way of every packet: kernels
 * that clear the stack (CONFIG_INIT_STACK_ALL_ZERO) need not clear this.
 */
#ifdef __has_attribute
#if __has_attribute(__uninitialized__)
#define tcpshake_unset __attribute__((__uninitialized__))
#endif
#endif
#ifndef tcpshake_unset
#define tcpshake_unset
#endif

/* RFC 9293, 3.4: sequence numbers are compared modulo 2^32; 0 is an ordinary value. */
static inline bool tcpshake_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* 3.4: RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND, for first = RCV.NXT and size = RCV.WND. */
static inline bool tcpshake_seq_in_window(u32 seq, u32 first, u32 size)
{
	return seq - first < size;
}

#endif /* TCPSHAKE_CORE_TYPES_H */
