/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The words of a filter, where it is not the kernel that filters. */
#ifndef TCPSHAKE_FILTER_H
#define TCPSHAKE_FILTER_H

#include "args.h"
#include "decode.h"

/* State and age are no business of this: see args_filter(). */
bool filter_passes(const struct filter *filter, const struct handshake *handshake);

#endif /* TCPSHAKE_FILTER_H */
