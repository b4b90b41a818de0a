/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* pcapng files (draft-ietf-opsawg-pcapng). */
#ifndef TCPSHAKE_PCAPNG_H
#define TCPSHAKE_PCAPNG_H

#include "capture.h"
#include "stream.h"

struct pcapng;

/* Does the stream begin as such a file does? Nothing is taken from it. */
bool pcapng_is(struct stream *stream);

/* NULL when there is no memory. The stream stays the caller's. */
struct pcapng *pcapng_new(struct stream *stream);

/* Sets all of packet but its number. error tells what is wrong when it is broken. */
enum capture_status pcapng_next(struct pcapng *ng, struct packet *packet, const char **error);

void pcapng_free(struct pcapng *ng);

#endif /* TCPSHAKE_PCAPNG_H */
