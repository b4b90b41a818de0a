/* SPDX-License-Identifier: GPL-2.0 */
/* Switches in the code, which are variables here. */
#ifndef TCPSHAKE_SHIM_JUMP_LABEL_H
#define TCPSHAKE_SHIM_JUMP_LABEL_H

#include "linux/atomic.h"

struct static_key_false {
	atomic_t enabled;
};

#define DEFINE_STATIC_KEY_FALSE(name) struct static_key_false name
#define DECLARE_STATIC_KEY_FALSE(name) extern struct static_key_false name
#define static_branch_unlikely(key) unlikely(atomic_read(&(key)->enabled) > 0)
#define static_branch_likely(key) likely(atomic_read(&(key)->enabled) > 0)
#define static_branch_inc(key) atomic_inc(&(key)->enabled)
#define static_branch_dec(key) atomic_dec(&(key)->enabled)

#endif /* TCPSHAKE_SHIM_JUMP_LABEL_H */
