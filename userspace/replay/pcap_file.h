/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Classic pcap files (draft-ietf-opsawg-pcap), in all their variants. */
#ifndef TCPSHAKE_PCAP_FILE_H
#define TCPSHAKE_PCAP_FILE_H

#include "capture.h"
#include "stream.h"

struct pcap_file {
	bool big_endian;
	bool nanoseconds;
	bool modified;		/* 8 more octets in front of each packet */
	bool ancient;		/* captured and real length may be swapped */
	unsigned int link;
};

/* False when that is not how such a file begins. Nothing has been taken then. */
bool pcap_file_open(struct pcap_file *file, struct stream *stream);

/* Sets all of packet but its number. error tells what is wrong when it is broken. */
enum capture_status pcap_file_next(const struct pcap_file *file, struct stream *stream,
				   struct packet *packet, const char **error);

#endif /* TCPSHAKE_PCAP_FILE_H */
