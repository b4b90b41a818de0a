/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the fuzz targets share: one entry point, and a check that aborts. */
#ifndef TCPSHAKE_FUZZ_H
#define TCPSHAKE_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                          \
	do {                                                                                     \
		if (!(condition)) {                                                              \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
			abort();                                                                 \
		}                                                                                \
	} while (0)

/* The octets in a block of their own, so that a read behind them is caught. */
static inline uint8_t *fuzz_block(const uint8_t *data, size_t size)
{
	uint8_t *block = malloc(size ? size : 1);

	MUST(block);
	if (size)
		memcpy(block, data, size);
	return block;
}

#endif /* TCPSHAKE_FUZZ_H */
