/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a live capture asks the kernel to leave out, so that established traffic
 * does not pass through this program: see live_filter.c for what may be.
 */
#ifndef TCPSHAKE_LIVE_FILTER_H
#define TCPSHAKE_LIVE_FILTER_H

#include <pcap/pcap.h>

#include "filter.h"

/*
 * Compiles the filter for the link type of pcap, whose error buffer tells what is
 * wrong when it returns false. outermost: tunnels are not looked into. wanted: only
 * attempts that pass this are of interest.
 */
bool live_filter_compile(pcap_t *pcap, bool outermost, const struct filter *wanted,
			 struct bpf_program *program);

#endif /* TCPSHAKE_LIVE_FILTER_H */
