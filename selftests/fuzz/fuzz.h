/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* What the fuzz targets share: one entry point, a check that aborts, and a fenced place. */
#ifndef TCPSHAKE_FUZZ_H
#define TCPSHAKE_FUZZ_H

#include <sanitizer/asan_interface.h>
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

/*
 * The octets in a place of their own, where a read before or behind them is caught.
 * It is one place: good until the next call, and many times faster than the heap.
 */
static inline const uint8_t *fuzz_fence(const uint8_t *data, size_t size)
{
	enum { FENCE = 512, SPACE = 8192 };
	static uint8_t area[FENCE + SPACE + FENCE] __attribute__((aligned(16)));
	uint8_t *place = area + FENCE;

	MUST(size <= SPACE);
	__asan_unpoison_memory_region(place, size);
	if (size)
		memcpy(place, data, size);
	__asan_poison_memory_region(area, FENCE);
	__asan_poison_memory_region(place + size, SPACE - size + FENCE);
	return place;
}

#endif /* TCPSHAKE_FUZZ_H */
