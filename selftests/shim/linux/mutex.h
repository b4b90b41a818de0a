/* SPDX-License-Identifier: GPL-2.0 */
/* A type that is named in structures; nothing that is tested takes a mutex. */
#ifndef TCPSHAKE_SHIM_MUTEX_H
#define TCPSHAKE_SHIM_MUTEX_H

struct mutex {
	int unused;
};

#endif /* TCPSHAKE_SHIM_MUTEX_H */
