/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* One version for module, reader and package; dkms.conf repeats it, and a test compares. */
#ifndef TCPSHAKE_VERSION_H
#define TCPSHAKE_VERSION_H

#define TCPSHAKE_VERSION "0.1.0"

#endif /* TCPSHAKE_VERSION_H */
