/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPSHAKE_SHIM_VMALLOC_H
#define TCPSHAKE_SHIM_VMALLOC_H

#include "linux/slab.h"

#define vzalloc(octets) kvcalloc(1, octets, GFP_KERNEL)
#define vfree(at) kvfree(at)
#define is_vmalloc_addr(at) ((at) != NULL)

#endif /* TCPSHAKE_SHIM_VMALLOC_H */
