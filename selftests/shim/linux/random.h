/* SPDX-License-Identifier: GPL-2.0 */
/* Random octets, which are the same in every run of a test. See ../shim.h. */
#ifndef TCPSHAKE_SHIM_RANDOM_H
#define TCPSHAKE_SHIM_RANDOM_H

#include "linux/kernel.h"

void get_random_bytes(void *at, size_t octets);

static inline u32 get_random_u32(void)
{
	u32 word;

	get_random_bytes(&word, sizeof(word));
	return word;
}

#endif /* TCPSHAKE_SHIM_RANDOM_H */
