/* SPDX-License-Identifier: GPL-2.0 */
/* The order of octets in memory, and in packets. */
#ifndef TCPSHAKE_SHIM_BYTEORDER_H
#define TCPSHAKE_SHIM_BYTEORDER_H

#include <arpa/inet.h>
#include <endian.h>

#include "linux/kernel.h"

#define le64_to_cpu(word) le64toh(word)
#define cpu_to_le64(word) htole64(word)

#endif /* TCPSHAKE_SHIM_BYTEORDER_H */
