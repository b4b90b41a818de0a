/* SPDX-License-Identifier: GPL-2.0 */
/* The time of day is declared here. */
#include "linux/ktime.h"
