/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TCPSHAKE_SHIM_OVERFLOW_H
#define TCPSHAKE_SHIM_OVERFLOW_H

#define array_size(count, size) ((size_t)(count) * (size))

#endif /* TCPSHAKE_SHIM_OVERFLOW_H */
