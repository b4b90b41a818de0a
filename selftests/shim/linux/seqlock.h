/* SPDX-License-Identifier: GPL-2.0 */
/* Sequence counts, of one writer each. */
#ifndef TCPSHAKE_SHIM_SEQLOCK_H
#define TCPSHAKE_SHIM_SEQLOCK_H

#include "linux/kernel.h"

typedef struct {
	unsigned int sequence;
} seqcount_t;

static inline void seqcount_init(seqcount_t *seq)
{
	seq->sequence = 0;
}

static inline void write_seqcount_begin(seqcount_t *seq)
{
	WRITE_ONCE(seq->sequence, seq->sequence + 1);
	smp_wmb();
}

static inline void write_seqcount_end(seqcount_t *seq)
{
	smp_wmb();
	WRITE_ONCE(seq->sequence, seq->sequence + 1);
}

static inline unsigned int read_seqcount_begin(const seqcount_t *seq)
{
	unsigned int sequence;

	while ((sequence = smp_load_acquire(&seq->sequence)) & 1)
		;
	return sequence;
}

static inline bool read_seqcount_retry(const seqcount_t *seq, unsigned int sequence)
{
	smp_rmb();
	return READ_ONCE(seq->sequence) != sequence;
}

#endif /* TCPSHAKE_SHIM_SEQLOCK_H */
