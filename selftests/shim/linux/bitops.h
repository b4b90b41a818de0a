/* SPDX-License-Identifier: GPL-2.0 */
/* Bits of words. */
#ifndef TCPSHAKE_SHIM_BITOPS_H
#define TCPSHAKE_SHIM_BITOPS_H

#include "linux/kernel.h"

#define BIT(nr) (1UL << (nr))

static inline unsigned int hweight16(unsigned int bits)
{
	return __builtin_popcount(bits & 0xffff);
}

static inline unsigned int hweight32(u32 bits)
{
	return __builtin_popcount(bits);
}

/* The number of the lowest bit that is set; there has to be one. */
static inline unsigned long __ffs(unsigned long bits)
{
	return __builtin_ctzl(bits);
}

static inline unsigned int __ffs64(u64 bits)
{
	return __builtin_ctzll(bits);
}

static inline unsigned int fls(unsigned int bits)
{
	return bits ? 32 - __builtin_clz(bits) : 0;
}

static inline u32 rol32(u32 word, unsigned int by)
{
	return word << (by & 31) | word >> (-by & 31);
}

#endif /* TCPSHAKE_SHIM_BITOPS_H */
