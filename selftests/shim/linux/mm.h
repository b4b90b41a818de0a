/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's brings these along. */
#include "linux/percpu.h"
#include "linux/slab.h"
