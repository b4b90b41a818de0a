/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Capture files, packet by packet. What is wrong with a file is said on stderr,
 * with its name and the packet's number. libpcap reads them too, but copies every
 * packet, and takes of pcapng only files whose interfaces all have the same link
 * type and snapshot length, which those of several interfaces seldom do.
 */
#ifndef TCPSHAKE_CAPTURE_H
#define TCPSHAKE_CAPTURE_H

#include "core/types.h"

struct packet {
	const u8 *data;		/* valid until the next packet of this capture */
	u32 captured;
	u32 length;		/* on the wire; never less than captured */
	u64 time_ns;		/* since 1970 */
	u64 number;		/* in its file, from 1 */
	unsigned int link;	/* LINKTYPE_... of the tcpdump group's registry */
};

enum capture_status {
	CAPTURE_PACKET,
	CAPTURE_END,
	CAPTURE_BROKEN,		/* what is wrong has been said; nothing more will come */
};

struct capture;

/* "-" is standard input. NULL when it is no capture, which has been said. */
struct capture *capture_open(const char *path);

/* The same from a file that is open, which it takes over. */
struct capture *capture_open_fd(int fd, const char *name);

enum capture_status capture_next(struct capture *capture, struct packet *packet);

const char *capture_name(const struct capture *capture);

/* Octets of the file: all of them (0: unknown) and those read so far. */
u64 capture_size(const struct capture *capture);
u64 capture_position(const struct capture *capture);

void capture_close(struct capture *capture);

#endif /* TCPSHAKE_CAPTURE_H */
