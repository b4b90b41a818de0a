// SPDX-License-Identifier: GPL-2.0
/*
 * The detector by itself, tick by tick: what makes an alarm and what ends it, what it
 * learns while all is well, and how little of what is not. What it makes of traffic is
 * the simulator's matter (sim/).
 */
#include "core_test.h"
#include "core/detector.h"

static const struct tcpshake_detector_config config = {
	.floor = 20, .pending = 512, .hold_ms = 10000, .learning_ms = 60000,
};

enum {
	SECOND = 4,		/* ticks, rounded up */
	MINUTE = 229,
	HOUR = 13733,
	PER_TICK = 1000,	/* attempts, where it is not said otherwise */
};

/* A tick like those before and after it: so many attempts, so many of them unresolved. */
static struct tcpshake_sample steady(u64 attempts, u64 unresolved)
{
	return (struct tcpshake_sample){
		.of = {
			.syn = attempts, .unresolved = unresolved, .attempts = attempts,
			.answered = attempts, .completed = attempts - unresolved,
		},
	};
}

/* An alarm begins as soon as it is asked for. Return: ticks until then, or all of them. */
static unsigned int feed(struct tcpshake_detector *d, struct tcpshake_sample sample,
			 unsigned int ticks)
{
	unsigned int i;

	for (i = 0; i < ticks; i++) {
		const enum tcpshake_trigger trigger = tcpshake_detector_tick(d, &sample, &config);

		if (!trigger)
			continue;
		tcpshake_detector_start(d, trigger);
		return i + 1;
	}
	return ticks;
}

/* Return: ticks until the alarm is over, or all of them. */
static unsigned int wait_for_end(struct tcpshake_detector *d, struct tcpshake_sample sample,
				 unsigned int ticks)
{
	unsigned int i;

	for (i = 0; i < ticks; i++) {
		tcpshake_detector_tick(d, &sample, &config);
		if (tcpshake_detector_ended(d, &config))
			return i + 1;
	}
	return ticks;
}

/* Parts of a thousand of its attempts that it takes for usual not to be resolved. */
static u32 learned(const struct tcpshake_detector *d)
{
	return (u32)(d->base_unresolved * 1000 / d->base_syn);
}

static struct tcpshake_detector an_hour_old(void)
{
	struct tcpshake_detector d = { 0 };

	feed(&d, steady(PER_TICK, 0), HOUR);
	return d;
}

/* ---- what makes an alarm ---- */

FIXTURE(old) {
	struct tcpshake_detector d;
};

FIXTURE_SETUP(old)
{
	self->d = an_hour_old();
	ASSERT_FALSE(tcpshake_detector_suspects(&self->d));
}

FIXTURE_TEARDOWN(old)
{
}

/* Twice as many as usual, and all that are more are never resolved. */
TEST_F(old, half_open)
{
	EXPECT_LE(feed(&self->d, steady(2 * PER_TICK, PER_TICK), SECOND), 2);
	EXPECT_EQ(self->d.trigger, TCPSHAKE_TRIGGER_HALF_OPEN);
}

TEST_F(old, client_reset)
{
	struct tcpshake_sample sample = steady(PER_TICK, 0);

	sample.of.client_reset = PER_TICK;
	EXPECT_LE(feed(&self->d, sample, SECOND), 3);
	EXPECT_EQ(self->d.trigger, TCPSHAKE_TRIGGER_CLIENT_RESET);
}

TEST_F(old, refused)
{
	struct tcpshake_sample sample = steady(PER_TICK, 0);

	sample.of.refused = PER_TICK;
	EXPECT_LE(feed(&self->d, sample, SECOND), 3);
	EXPECT_EQ(self->d.trigger, TCPSHAKE_TRIGGER_REFUSED);
}

/* Slow ones that add up: 2 s of too many, not one tick. */
TEST_F(old, pending)
{
	struct tcpshake_sample sample = steady(PER_TICK, 0);

	sample.pending = config.pending;
	EXPECT_EQ(feed(&self->d, sample, SECOND), SECOND);
	sample.pending++;
	EXPECT_EQ(feed(&self->d, sample, MINUTE), 8);
	EXPECT_EQ(self->d.trigger, TCPSHAKE_TRIGGER_PENDING);
}

/* What comes late was not lost: it is credited. */
TEST_F(old, late_is_no_loss)
{
	struct tcpshake_sample sample = steady(PER_TICK, PER_TICK / 2);

	sample.late = PER_TICK / 2;
	EXPECT_EQ(feed(&self->d, sample, 10 * MINUTE), 10 * MINUTE);
	EXPECT_FALSE(self->d.trigger);
}

/* A ramp so slow that all of it was learned still ends where hardly anything completes. */
TEST(unresolved)
{
	struct tcpshake_sample sample = steady(100, 80);
	struct tcpshake_detector d = { 0 };

	feed(&d, steady(100, 40), HOUR);
	ASSERT_FALSE(d.trigger);
	sample.late = 40; /* the sums do not see it: the last resort's turn */
	EXPECT_EQ(feed(&d, sample, MINUTE), 38);
	EXPECT_EQ(d.trigger, TCPSHAKE_TRIGGER_UNRESOLVED);
}

/* A minute in which only what nobody could call normal is told. */
TEST(learning)
{
	struct tcpshake_detector d = { 0 };
	struct tcpshake_detector other = { 0 };

	EXPECT_EQ(feed(&d, steady(PER_TICK, PER_TICK / 2), MINUTE - 1), MINUTE - 1);
	EXPECT_EQ(learned(&d), 500);
	EXPECT_LE(feed(&other, steady(PER_TICK, PER_TICK * 4 / 5), SECOND), 2);
	EXPECT_EQ(other.trigger, TCPSHAKE_TRIGGER_HALF_OPEN);
}

/* A tick above what is allowed, even by much, is chance in a small service. */
TEST(one_bad_tick)
{
	struct tcpshake_detector d = { 0 };

	feed(&d, steady(20, 0), HOUR);
	EXPECT_EQ(feed(&d, steady(20, 20), 1), 1);
	EXPECT_EQ(feed(&d, steady(20, 0), HOUR), HOUR);
	EXPECT_FALSE(d.trigger);
	EXPECT_FALSE(tcpshake_detector_suspects(&d));
}

/* ---- what ends it ---- */

TEST_F(old, calm_for_as_long_as_was_asked)
{
	const unsigned int hold = config.hold_ms * 1000ULL >> TCPSHAKE_TICK_SHIFT;
	unsigned int ticks;

	feed(&self->d, steady(2 * PER_TICK, PER_TICK), SECOND);
	ASSERT_TRUE(self->d.trigger);
	EXPECT_EQ(wait_for_end(&self->d, steady(2 * PER_TICK, PER_TICK), MINUTE), MINUTE);
	ticks = wait_for_end(&self->d, steady(PER_TICK, 0), MINUTE);
	EXPECT_GE(ticks, hold);
	EXPECT_LE(ticks, hold + 2);
	EXPECT_FALSE(tcpshake_detector_suspects(&self->d));
}

/* It begins anew with every tick that is not calm. */
TEST_F(old, not_by_pauses)
{
	unsigned int i;

	feed(&self->d, steady(2 * PER_TICK, PER_TICK), SECOND);
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(wait_for_end(&self->d, steady(PER_TICK, 0), 8 * SECOND), 8 * SECOND);
		EXPECT_EQ(wait_for_end(&self->d, steady(2 * PER_TICK, PER_TICK), 1), 1);
	}
	EXPECT_TRUE(self->d.trigger);
}

/* ---- what it learns ---- */

/* Whoever makes things worse by and by gets no more than twice as much in an hour. */
TEST_F(old, twice_as_much_an_hour_at_most)
{
	const struct tcpshake_sample worse = steady(PER_TICK, PER_TICK * 6 / 100);
	static const u32 most[] = { 18, 50, 60 };	/* 4/256; 2 * 4/256 + 4/256; all of it */
	unsigned int hour;

	EXPECT_EQ(learned(&self->d), 0);
	for (hour = 0; hour < ARRAY_LENGTH(most); hour++) {
		EXPECT_EQ(feed(&self->d, worse, HOUR), HOUR);
		EXPECT_LE(learned(&self->d), most[hour]);
		EXPECT_GE(learned(&self->d), most[hour] * 8 / 10);
	}
	EXPECT_FALSE(self->d.trigger);
}

/* A flood is not what is usual, for a quarter of an hour. */
TEST_F(old, nothing_from_an_alarm)
{
	const struct tcpshake_sample flood = steady(2 * PER_TICK, PER_TICK);

	feed(&self->d, flood, SECOND);
	wait_for_end(&self->d, flood, 15 * MINUTE - 2);
	EXPECT_EQ(learned(&self->d), 0);
	EXPECT_EQ(self->d.base_syn >> 12, PER_TICK);
	wait_for_end(&self->d, flood, MINUTE);
	EXPECT_GT(learned(&self->d), 0);
}

/* What then still goes on becomes usual: no service is in alarm for ever for what it is. */
TEST_F(old, but_from_one_that_does_not_end)
{
	const struct tcpshake_sample now = steady(PER_TICK, PER_TICK * 6 / 10);
	unsigned int ticks;

	feed(&self->d, now, SECOND);
	ASSERT_TRUE(self->d.trigger);
	ticks = wait_for_end(&self->d, now, 3 * HOUR);
	EXPECT_GT(ticks, 15 * MINUTE);
	EXPECT_LT(ticks, HOUR);
	EXPECT_EQ(feed(&self->d, now, HOUR), HOUR);
	EXPECT_FALSE(self->d.trigger);
}

/* But not if hardly anything completes. */
TEST_F(old, nor_is_everything_usual)
{
	const struct tcpshake_sample now = steady(PER_TICK, PER_TICK);

	feed(&self->d, now, SECOND);
	EXPECT_EQ(wait_for_end(&self->d, now, 24 * HOUR), 24 * HOUR);
	EXPECT_TRUE(self->d.trigger);
}

TEST_HARNESS_MAIN
