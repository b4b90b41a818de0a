/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spin locks that are locks, and know who holds them: what is promised of the
 * context of a call, and of the order of locks, is looked at when SHIM_LEAN is not
 * defined. See ../shim.h.
 */
#ifndef TCPSHAKE_SHIM_SPINLOCK_H
#define TCPSHAKE_SHIM_SPINLOCK_H

#include "linux/kernel.h"
#include "linux/preempt.h"

typedef struct {
	u32 holder;	/* a thread, from 1; 0: none */
} raw_spinlock_t;

typedef raw_spinlock_t spinlock_t;

/* Waits a moment for another thread; lock: it is held. */
void shim_wait_for(const u32 *lock);

#ifdef SHIM_LEAN
#define shim_self() 1
#define shim_locking(lock) ((void)0)
#define shim_locked(lock) ((void)0)
#define shim_unlocking(lock) ((void)0)
#define lockdep_assert_held(lock) ((void)(lock))
#else
u32 shim_self(void);
void shim_locking(const u32 *lock);
void shim_locked(const u32 *lock);
void shim_unlocking(const u32 *lock);
void shim_assert_held(const u32 *lock);
#define lockdep_assert_held(lock) shim_assert_held(&(lock)->holder)
#endif

static inline void raw_spin_lock_init(raw_spinlock_t *lock)
{
	lock->holder = 0;
}

static inline bool shim_take(raw_spinlock_t *lock)
{
	u32 none = 0;

	return __atomic_compare_exchange_n(&lock->holder, &none, shim_self(), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void raw_spin_lock(raw_spinlock_t *lock)
{
	shim_locking(&lock->holder);
	while (unlikely(!shim_take(lock)))
		shim_wait_for(&lock->holder);
	shim_locked(&lock->holder);
}

/* It may be one of which another is held: nobody is waited for. */
static inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	const bool taken = shim_take(lock);

	if (taken)
		shim_locked(&lock->holder);
	return taken;
}

static inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	shim_unlocking(&lock->holder);
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

static inline void raw_spin_lock_bh(raw_spinlock_t *lock)
{
	local_bh_disable();
	raw_spin_lock(lock);
}

static inline void raw_spin_unlock_bh(raw_spinlock_t *lock)
{
	raw_spin_unlock(lock);
	local_bh_enable();
}

#define spin_lock_init(lock) raw_spin_lock_init(lock)
#define spin_lock(lock) raw_spin_lock(lock)
#define spin_unlock(lock) raw_spin_unlock(lock)
#define spin_lock_bh(lock) raw_spin_lock_bh(lock)
#define spin_unlock_bh(lock) raw_spin_unlock_bh(lock)

#endif /* TCPSHAKE_SHIM_SPINLOCK_H */
