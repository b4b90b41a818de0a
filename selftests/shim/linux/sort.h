/* SPDX-License-Identifier: GPL-2.0 */
/* Sorting, by the C library. */
#ifndef TCPSHAKE_SHIM_SORT_H
#define TCPSHAKE_SHIM_SORT_H

#include "linux/kernel.h"

#define sort(base, count, octets, compare, swapper) qsort(base, count, octets, compare)

#endif /* TCPSHAKE_SHIM_SORT_H */
