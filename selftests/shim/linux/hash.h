/* SPDX-License-Identifier: GPL-2.0 */
/* Multiplication by the golden ratio; it spreads, and keeps no secret. */
#ifndef TCPSHAKE_SHIM_HASH_H
#define TCPSHAKE_SHIM_HASH_H

#include "linux/kernel.h"

/* 2^32 / 1.618..^2, to the odd number next to it: Knuth's, as in the kernel */
#define GOLDEN_RATIO_32 0x61C88647u

static inline u32 hash_32(u32 word, unsigned int bits)
{
	return word * GOLDEN_RATIO_32 >> (32 - bits);
}

#endif /* TCPSHAKE_SHIM_HASH_H */
