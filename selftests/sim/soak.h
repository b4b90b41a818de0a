/* SPDX-License-Identifier: GPL-2.0 */
/* Ordinary traffic for months, by what a tick brings instead of by attempts. */
#ifndef TCPSHAKE_SIM_SOAK_H
#define TCPSHAKE_SIM_SOAK_H

struct soak {
	double handshakes, ticks;
	unsigned int alarms;
};

/* At least so many handshakes, over services of all kinds. */
struct soak soak_run(double handshakes);

#endif /* TCPSHAKE_SIM_SOAK_H */
