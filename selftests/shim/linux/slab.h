/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that is counted, and may be refused. See ../shim.h. */
#ifndef TCPSHAKE_SHIM_SLAB_H
#define TCPSHAKE_SHIM_SLAB_H

#include "linux/kernel.h"

typedef unsigned int gfp_t;

#define GFP_KERNEL 0u
#define GFP_KERNEL_ACCOUNT 0u

/* Zeroed, and aligned to a cache line; from 2 MiB on to huge pages, as vmalloc() does. */
void *kvcalloc(size_t count, size_t octets, gfp_t gfp);
void kvfree(const void *at);

#define kcalloc(count, octets, gfp) kvcalloc(count, octets, gfp)
#define kvmalloc_array(count, octets, gfp) kvcalloc(count, octets, gfp)
#define kzalloc(octets, gfp) kvcalloc(1, octets, gfp)
#define kvzalloc(octets, gfp) kvcalloc(1, octets, gfp)
#define kvzalloc_node(octets, gfp, node) kvcalloc(1, octets, gfp)
#define kfree(at) kvfree(at)

#endif /* TCPSHAKE_SHIM_SLAB_H */
