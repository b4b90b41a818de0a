/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The TCP checksum of a packet, judged only where it can be. */
#ifndef TCPSHAKE_CHECKSUM_H
#define TCPSHAKE_CHECKSUM_H

#include "bytes.h"

/*
 * Is the checksum of the TCP segment in this IP packet wrong for sure? Not for
 * fragments, nor where octets were not captured.
 */
bool checksum_is_wrong(const struct view *packet);

#endif /* TCPSHAKE_CHECKSUM_H */
