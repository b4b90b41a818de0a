/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing a test reads by RCU goes away while it is read. */
#ifndef TCPSHAKE_SHIM_RCUPDATE_H
#define TCPSHAKE_SHIM_RCUPDATE_H

#include "linux/kernel.h"

#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)
#define rcu_dereference(at) READ_ONCE(at)
#define rcu_assign_pointer(at, value) smp_store_release(&(at), value)

#endif /* TCPSHAKE_SHIM_RCUPDATE_H */
