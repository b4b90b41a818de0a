/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Dumps: one request, one line of a table for each message that comes back. */
#ifndef TCPSHAKE_DUMP_H
#define TCPSHAKE_DUMP_H

#include "cmd.h"
#include "show.h"

struct filter;

enum exit_status dump_handshakes(const struct options *options, struct out *out, u8 command,
				 const struct filter *filter,
				 void (*show)(struct out *, const struct handshake *));
enum exit_status dump_anomalies(const struct options *options, struct out *out);

#endif /* TCPSHAKE_DUMP_H */
