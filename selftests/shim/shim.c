// SPDX-License-Identifier: GPL-2.0
/* What is behind the shim's headers. See shim.h. */
#include "shim.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>

#include "linux/random.h"
#include "linux/spinlock.h"
#include "linux/workqueue.h"

#define HUGE_PAGE (2UL << 20)
#define LOCKS_MAX 3	/* two rows', and the details' of the second below it */

_Thread_local int shim_atomic;
_Thread_local int shim_cpu;

static void fail(const char *what)
{
	fprintf(stderr, "shim: %s\n", what);
	abort();
}

void shim_may_sleep(const char *what)
{
	if (shim_atomic)
		fail(what);
}

/* ---- locks ------------------------------------------------------------------- */

void shim_wait_for(const u32 *lock)
{
	int i;

	for (i = 0; i < 1000 && READ_ONCE(*lock); i++)
		barrier();
	if (READ_ONCE(*lock))
		sched_yield();	/* its holder may be waiting for our processor */
}

#ifdef SHIM_LEAN
unsigned int shim_locks_held(void)
{
	return 0;
}
#else
static _Thread_local struct {
	u32 self;
	unsigned int held;
	const u32 *locks[LOCKS_MAX];
} thread;

u64 shim_now_ns;

u32 shim_self(void)
{
	static u32 threads;

	if (!thread.self)
		thread.self = __atomic_add_fetch(&threads, 1, __ATOMIC_RELAXED);
	return thread.self;
}

unsigned int shim_locks_held(void)
{
	return thread.held;
}

void shim_locking(const u32 *lock)
{
	if (!shim_atomic)
		fail("a raw lock is taken with BH on");
	if (READ_ONCE(*lock) == shim_self())
		fail("a lock is taken twice");
}

void shim_locked(const u32 *lock)
{
	if (!shim_atomic)
		fail("a raw lock is held with BH on");
	if (thread.held == LOCKS_MAX)
		fail("too many locks are held at once");
	thread.locks[thread.held++] = lock;
}

void shim_unlocking(const u32 *lock)
{
	shim_assert_held(lock);
	if (!thread.held || thread.locks[thread.held - 1] != lock)
		fail("locks are not given back in turn");
	thread.held--;
}

void shim_assert_held(const u32 *lock)
{
	if (READ_ONCE(*lock) != shim_self())
		fail("a lock is not held that should be");
}
#endif

/* ---- memory ------------------------------------------------------------------ */

/* In front of what is allocated. */
struct block {
	size_t octets;
	void *from;
} __aligned(L1_CACHE_BYTES);

static size_t allocated;
static unsigned int allocations_left;	/* until one fails */

size_t shim_allocated(void)
{
	return allocated;
}

void shim_fail_allocation(unsigned int nth)
{
	allocations_left = nth;
}

void *kvcalloc(size_t count, size_t octets, gfp_t gfp)
{
	const size_t wanted = count * octets;
	const size_t align = wanted < HUGE_PAGE ? L1_CACHE_BYTES : HUGE_PAGE;
	struct block *block;
	u8 *from;

	(void)gfp;
	shim_may_sleep("an allocation with BH off");
	if (allocations_left && !--allocations_left)
		return NULL;
	from = aligned_alloc(align, ALIGN(align + wanted, align));
	if (!from)
		return NULL;
	if (align == HUGE_PAGE)
		madvise(from, ALIGN(align + wanted, align), MADV_HUGEPAGE);
	memset(from + align, 0, wanted);
	block = (struct block *)(from + align) - 1;
	block->octets = wanted;
	block->from = from;
	allocated += wanted;
	return block + 1;
}

void kvfree(const void *at)
{
	const struct block *block = at;

	shim_may_sleep("a release of memory with BH off");
	if (!at)
		return;
	block--;
	allocated -= block->octets;
	free(block->from);
}

/* ---- random octets ----------------------------------------------------------- */

static u64 random_state = 1;

void shim_seed(u64 seed)
{
	random_state = seed ? seed : 1;
}

void get_random_bytes(void *at, size_t octets)
{
	u8 *to = at;

	while (octets--) {
		random_state ^= random_state << 13;
		random_state ^= random_state >> 7;
		random_state ^= random_state << 17;
		*to++ = random_state >> 32;
	}
}

/* ---- work -------------------------------------------------------------------- */

static struct delayed_work *queue;

bool queue_delayed_work(struct workqueue_struct *unused, struct delayed_work *work,
			unsigned long jiffies)
{
	(void)unused;
	if (work->queued)
		return false;
	work->queued = true;
	work->due_ns = ktime_get_ns() + jiffies * (1000000000 / HZ);
	work->next = queue;
	queue = work;
	return true;
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	struct delayed_work **at;

	for (at = &queue; *at; at = &(*at)->next) {
		if (*at != work)
			continue;
		*at = work->next;
		work->queued = false;
		return true;
	}
	return false;
}

static struct delayed_work *next_work(void)
{
	struct delayed_work *first = queue;
	struct delayed_work *work;

	for (work = queue; work; work = work->next)
		if (work->due_ns < first->due_ns)
			first = work;
	return first;
}

u64 shim_next_work_ns(void)
{
	return queue ? next_work()->due_ns : U64_MAX;
}

/* What puts itself into the queue again is due later. */
unsigned int shim_run_work(void)
{
	const u64 now_ns = ktime_get_ns();
	unsigned int count = 0;

	while (shim_next_work_ns() <= now_ns) {
		struct delayed_work *work = next_work();

		cancel_delayed_work_sync(work);
		work->work.func(&work->work);
		count++;
	}
	return count;
}

/* ---- what the table's caller calls, and these tests have not ---------------------- */

void tcpshake_service_check(u64 now_us);

void tcpshake_service_check(u64 now_us)
{
	(void)now_us;
}
