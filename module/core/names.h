/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The names users see for every value of the ABI's enums: in /proc, on the
 * command line, in JSON. A name is ABI like the number behind it.
 */
#ifndef TCPSHAKE_CORE_NAMES_H
#define TCPSHAKE_CORE_NAMES_H

#include "types.h"

/* Each returns "unknown" for a value of a newer peer. */
const char *tcpshake_exit_name(unsigned int exit);
const char *tcpshake_outcome_name(unsigned int outcome);
const char *tcpshake_state_name(unsigned int state);
const char *tcpshake_anomaly_name(unsigned int anomaly);

const char *tcpshake_unreachable_name(unsigned int unreachable);
const char *tcpshake_eviction_name(unsigned int eviction);
const char *tcpshake_half_name(unsigned int half);
const char *tcpshake_level_name(unsigned int level);
const char *tcpshake_trigger_name(unsigned int trigger);
const char *tcpshake_label_name(unsigned int label);
const char *tcpshake_phase_name(unsigned int phase);
const char *tcpshake_ecn_name(unsigned int ecn);
const char *tcpshake_fast_open_name(unsigned int fast_open);
const char *tcpshake_mptcp_name(unsigned int mptcp);

/* index: the number of the bit of enum tcpshake_flag, or tcpshake_option. */
const char *tcpshake_flag_name(unsigned int index);
const char *tcpshake_option_name(unsigned int index);

#endif /* TCPSHAKE_CORE_NAMES_H */
