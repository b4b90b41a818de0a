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

/* A processor's part is so many octets behind that of the one before, whatever is in it. */
#define SHIM_STRIDE 4096
#define alloc_percpu_gfp(type, gfp) ({				\
	BUILD_BUG_ON(sizeof(type) > SHIM_STRIDE);		\
	kvcalloc(SHIM_CPUS, SHIM_STRIDE, gfp);			\
})
#define alloc_percpu(type) alloc_percpu_gfp(type, GFP_KERNEL)
#define free_percpu(at) kvfree(at)
#define per_cpu_ptr(at, cpu) ((typeof(at))((char *)(at) + (cpu) * SHIM_STRIDE))
#define this_cpu_ptr(at) per_cpu_ptr(at, shim_cpu)
#define raw_cpu_ptr(at) this_cpu_ptr(at)
#define this_cpu_inc(word) (++*this_cpu_ptr(&(word)))

#endif /* TCPSHAKE_SHIM_PERCPU_H */
