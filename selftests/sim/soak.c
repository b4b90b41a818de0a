// SPDX-License-Identifier: GPL-2.0
/* Soak: see soak.h. */
#include <stdint.h>

#include "soak.h"
#include "world.h"

enum { AGES = 8 };

/* One service, and what it is in the middle of. */
struct calm {
	u64 random;
	double rate;		/* a tick */
	double never, loss;
	double burst;		/* times the rate, for so many ticks more */
	u64 burst_ticks;
	u64 syn[AGES], never_n[AGES], lost[AGES];	/* of the last ticks */
	struct tcpshake_detector detector;
};

/* Bursts of twice to eight times the rate, of heavy-tailed length: one in 4 minutes. */
static double rate_now(struct calm *c)
{
	if (c->burst_ticks) {
		c->burst_ticks--;
		return c->rate * c->burst;
	}
	if (random_unit(&c->random) < 0.001) {
		c->burst = 1 << (1 + (int)(random_unit(&c->random) * 3));
		c->burst_ticks = (u64)(8 / (random_unit(&c->random) + 0.01));
	}
	return c->rate;
}

/*
 * Of a cohort some never complete, some lose a packet and resolve a second later, or,
 * if they lose that too, three; a few have so long a round trip that they are late.
 */
static u64 step(struct calm *c, u64 tick, const struct tcpshake_detector_config *config)
{
	const unsigned int now = tick % AGES, judged = (tick - 4) % AGES, old = (tick - 5) % AGES;
	const double lost = 1 - (1 - c->loss) * (1 - c->loss) + 0.00025;
	struct tcpshake_sample sample = { .pending = 0 };
	u64 arrived;

	c->syn[now] = random_poisson(&c->random, rate_now(c));
	c->never_n[now] = random_poisson(&c->random, (double)c->syn[now] * c->never);
	c->lost[now] = random_poisson(&c->random, (double)c->syn[now] * lost);
	arrived = c->syn[now];
	sample.of.attempts = arrived;
	sample.of.answered = arrived;
	sample.of.syn = c->syn[judged];
	sample.of.unresolved = c->never_n[judged] + c->lost[judged];
	if (sample.of.unresolved > sample.of.syn)
		sample.of.unresolved = sample.of.syn;
	sample.late = (u32)((double)c->lost[old] * (1 - lost));
	sample.of.syn_retrans = c->lost[old];
	sample.of.completed = arrived - (sample.of.unresolved < arrived ? sample.of.unresolved :
									  arrived);
	/* those that never complete stay for 75 s */
	sample.pending = (u32)(c->rate * 0.4 + c->rate * c->never * 286);
	if (tcpshake_detector_tick(&c->detector, &sample, config))
		return UINT64_MAX;
	return arrived;
}

struct soak soak_run(double handshakes)
{
	static const double rates[] = { 500, 50, 5, 200, 2000 };
	static const double never_shares[] = { 0.01, 0.05, 0.1, 0.01, 0.3 };
	static const double losses[] = { 0.01, 0.05, 0.01, 0.02, 0.01 };
	/* by their share of the handshakes: slow services take the longest to get there */
	static const double shares[] = { 0.3, 0.1, 0.02, 0.18, 0.4 };
	const struct tcpshake_detector_config config = { 20, 16384, 10000, 60000 };
	struct soak soak = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct calm c = { .random = 77 + i, .rate = rates[i] * 0.262144,
				  .never = never_shares[i], .loss = losses[i] };
		double done = 0;
		u64 tick;

		for (tick = 8; done <= handshakes * shares[i]; tick++) {
			const u64 n = step(&c, tick, &config);

			if (n == UINT64_MAX) {
				soak.alarms++;
				tcpshake_detector_forget(&c.detector);
			} else {
				done += (double)n;
			}
			soak.ticks++;
		}
		soak.handshakes += done;
	}
	return soak;
}
