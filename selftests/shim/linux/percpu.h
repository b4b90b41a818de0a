/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of processors, each of which is a thread that set shim_cpu. See ../shim.h. */
#ifndef TCPSHAKE_SHIM_PERCPU_H
#define TCPSHAKE_SHIM_PERCPU_H

#include "linux/preempt.h"
#include "linux/slab.h"

#define SHIM_CPUS 4

extern _Thread_local int shim_cpu;

#define nr_cpu_ids SHIM_CPUS
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < SHIM_CPUS; (cpu)++)
#define smp_processor_id() shim_cpu
#define raw_smp_processor_id() shim_cpu
#define cpu_to_node(cpu) 0

/* No two processors share a cache line. */
#define shim_stride(octets) ALIGN(octets, 2 * L1_CACHE_BYTES)
#define alloc_percpu_gfp(type, gfp) ((type *)kvcalloc(SHIM_CPUS, shim_stride(sizeof(type)), gfp))
#define alloc_percpu(type) alloc_percpu_gfp(type, GFP_KERNEL)
#define free_percpu(at) kvfree(at)
#define per_cpu_ptr(at, cpu) \
	((typeof(at))((char *)(at) + (cpu) * shim_stride(sizeof(*(at)))))
#define this_cpu_ptr(at) per_cpu_ptr(at, shim_cpu)
#define raw_cpu_ptr(at) this_cpu_ptr(at)

#endif /* TCPSHAKE_SHIM_PERCPU_H */
