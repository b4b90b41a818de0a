// SPDX-License-Identifier: GPL-2.0
/*
 * A million random segments over a few tuples, with a small flow store and a ledger
 * kept by verdicts alone, as the module keeps it. After every step the ledger must
 * agree with the store and with itself. TCPSHAKE_SEED in the environment replays.
 */
#include "core_test.h"

#define STEPS 1000000
#define TUPLES 12
#define GRAIN 32768u		/* client_seen is in units of 2^15 us, rounded down */
#define SECOND 1000000u
#define DEFAULT_SEED 20240611

static const struct tcpshake_timeouts timeouts = {
	.syn_us = 7 * SECOND,
	.synack_us = 9 * SECOND,
	.max_age_us = 20 * SECOND,
	.linger_us = 2 * SECOND,
};

/* What a test knows of a flow without asking the engine. */
struct tracked {
	bool used;
	bool stalled;
	u64 opened_us;
	u64 client_us;		/* last SYN, or completion */
	struct tcpshake_flow flow;
};

struct world {
	struct tracked tracked[TUPLES];
	u64 random;
	u64 now_us;
	u64 packets;
	u64 exits[TCPSHAKE_EXIT_MAX + 1];
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 gauges[TCPSHAKE_FLOW_STATES];
	u64 anomalies[TCPSHAKE_ANOMALY_MAX + 1];
	u64 stalled;
};

static u32 pick(struct world *w, u32 below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (u32)(w->random >> 20) % below;
}

static bool is_pending(u8 state)
{
	return state == HALF_OPEN_SYN || state == HALF_OPEN_SYNACK;
}

static unsigned int count_anomalies(struct world *w, const struct tcpshake_anomalies *set)
{
	unsigned int anomaly, n = 0;

	for (anomaly = 0; anomaly <= TCPSHAKE_ANOMALY_MAX; anomaly++) {
		if (!tcpshake_anomalies_has(set, anomaly))
			continue;
		w->anomalies[anomaly]++;
		n++;
	}
	return n;
}

/* Books a verdict. False if it contradicts itself. */
static bool book(struct world *w, const struct tcpshake_verdict *v)
{
	const bool completing = v->exit == TCPSHAKE_EXIT_COMPLETING;
	const bool completed = v->ended.outcome == TCPSHAKE_OUTCOME_COMPLETED;
	const bool opened = v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	const bool left_pending = is_pending(v->from) && (!is_pending(v->to) || opened);
	const unsigned int n = count_anomalies(w, &v->anomalies);

	if (v->exit > TCPSHAKE_EXIT_MAX || v->ended.outcome > TCPSHAKE_OUTCOME_MAX ||
	    v->from >= TCPSHAKE_FLOW_STATES || v->to >= TCPSHAKE_FLOW_STATES)
		return false;
	if (v->exit)
		w->exits[v->exit]++;
	if (opened)
		w->attempts++;
	if (v->ended.outcome)
		w->outcomes[v->ended.outcome]++;
	if (v->from)
		w->gauges[v->from]--;
	if (v->to)
		w->gauges[v->to]++;
	w->stalled += v->stalled;

	if (!!v->ended.outcome != left_pending)
		return false;
	if (v->ended.outcome && v->ended.flow.state != v->from)
		return false;
	if (opened && v->to != HALF_OPEN_SYN)
		return false;
	if (v->exit == TCPSHAKE_EXIT_ANOMALOUS && (n != 1 || v->from != v->to))
		return false;
	if (v->exit == TCPSHAKE_EXIT_UNTRACKED && (n || v->from != v->to))
		return false;
	if (completing != completed)
		return false;
	return !v->stalled || v->from == LINGERING;
}

static bool identities_hold(const struct world *w)
{
	u64 in_store[TCPSHAKE_FLOW_STATES] = { 0 };
	u64 exits = 0, outcomes = 0;
	unsigned int i;

	for (i = 0; i < TUPLES; i++)
		if (w->tracked[i].used)
			in_store[w->tracked[i].flow.state]++;
	for (i = 1; i < TCPSHAKE_FLOW_STATES; i++)
		if (in_store[i] != w->gauges[i])
			return false;
	for (i = 1; i <= TCPSHAKE_EXIT_MAX; i++)
		exits += w->exits[i];
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		outcomes += w->outcomes[i];
	return exits == w->packets && !w->exits[0] &&
	       w->attempts == outcomes + w->gauges[HALF_OPEN_SYN] + w->gauges[HALF_OPEN_SYNACK];
}

/* A number near one that matters, on either side of it, or anything. */
static u32 number_near(struct world *w, u32 number)
{
	static const u32 deltas[] = {
		1, 1, 1, 1, 1, 0, 0, 2, 3, -1u, CLIENT_WINDOW, CLIENT_WINDOW + 1, SERVER_WINDOW,
		SERVER_WINDOW + 1, SERVER_WINDOW + 2, 0x80000000,
	};

	return number + (pick(w, 32) ? deltas[pick(w, ARRAY_LENGTH(deltas))] : pick(w, 0xffffffff));
}

/* The tuples differ in the client's port; the last is a connection to itself. */
static struct tcpshake_segment random_segment(struct world *w, unsigned int tuple)
{
	static const u16 flags[] = {
		SYN, SYN, SYN | ECE | CWR, SYN | ACK, SYN | ACK, SYN | ACK, ACK, ACK, ACK | PSH,
		ACK | FIN, RST, RST | ACK,
	};
	const struct tcpshake_flow *flow = &w->tracked[tuple].flow;
	enum tcpshake_direction from = pick(w, 2) ? TCPSHAKE_FROM_SERVER : TCPSHAKE_FROM_CLIENT;
	struct tcpshake_segment seg = segment(from, flags[pick(w, ARRAY_LENGTH(flags))], 0, 0, 0);
	u32 own, other;

	seg.len = pick(w, 3) ? 0 : pick(w, 1460);
	if (from == TCPSHAKE_FROM_CLIENT)
		seg.src_port += tuple;
	else
		seg.dst_port += tuple;
	if (tuple == TUPLES - 1) {
		memcpy(seg.src, client_addr, sizeof(seg.src));
		memcpy(seg.dst, client_addr, sizeof(seg.dst));
		seg.src_port = CLIENT_PORT;
		seg.dst_port = CLIENT_PORT;
	}
	from = tcpshake_flow_direction(flow, &seg);
	own = from == TCPSHAKE_FROM_SERVER ? flow->server_isn : flow->client_isn;
	other = from == TCPSHAKE_FROM_SERVER ? flow->client_isn : flow->server_isn;
	seg.seq = number_near(w, own);
	seg.ack = number_near(w, other);
	if (seg.class == TCPSHAKE_CLASS_SYN || seg.class == TCPSHAKE_CLASS_SYNACK)
		seg.seq = pick(w, 3) ? own : seg.seq;
	return seg;
}

/* The definitions of the outcomes, over again and without the table. */
static bool outcome_is_due(const struct tcpshake_segment *seg, const struct tcpshake_flow *before,
			   const struct tcpshake_verdict *v)
{
	const bool by_client = tcpshake_flow_direction(before, seg) == TCPSHAKE_FROM_CLIENT;
	const u32 x = before->client_isn, y = before->server_isn;

	switch (v->ended.outcome) {
	case TCPSHAKE_OUTCOME_UNSPEC:
		/* The exact third ACK never fails to complete. */
		return before->state != HALF_OPEN_SYNACK || !by_client ||
		       seg->class != TCPSHAKE_CLASS_ACK || seg->seq != x + 1 || seg->ack != y + 1;
	case TCPSHAKE_OUTCOME_COMPLETED:
		if (before->state != HALF_OPEN_SYNACK || seg->class != TCPSHAKE_CLASS_ACK)
			return false;
		return !!(v->ended.flow.flags & TCPSHAKE_FLAG_INFERRED) !=
		       (by_client && seg->seq == x + 1 && seg->ack == y + 1);
	case TCPSHAKE_OUTCOME_REFUSED:
		return before->state == HALF_OPEN_SYN && !by_client && seg->flags & RST &&
		       seg->flags & ACK && seg->ack == x + 1;
	case TCPSHAKE_OUTCOME_CLIENT_RESET:
		return by_client && seg->flags & RST && (seg->seq == x || seg->seq == x + 1) &&
		       (before->state == HALF_OPEN_SYNACK) ==
		       !!(v->ended.flow.flags & TCPSHAKE_FLAG_AFTER_SYNACK);
	case TCPSHAKE_OUTCOME_SERVER_RESET:
		return before->state == HALF_OPEN_SYNACK && !by_client && seg->flags & RST &&
		       (seg->seq == y + 1 || (seg->flags & ACK && seg->ack == x + 1));
	case TCPSHAKE_OUTCOME_SUPERSEDED:
		return by_client && seg->class == TCPSHAKE_CLASS_SYN && seg->seq != x;
	default:
		return false;
	}
}

/* What the test itself remembers of the flow after a segment. */
static bool remember(struct world *w, struct tracked *t, const struct tcpshake_verdict *v)
{
	const bool repeats = v->exit == TCPSHAKE_EXIT_SYN_RETRANSMIT && is_pending(v->from);

	t->used = v->to;
	if (v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT) {
		t->opened_us = w->now_us;
		t->stalled = false;
	}
	if (v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT || v->exit == TCPSHAKE_EXIT_COMPLETING || repeats)
		t->client_us = w->now_us;
	if (v->stalled && t->stalled)
		return false;
	t->stalled |= v->stalled;
	return true;
}

static bool receive(struct world *w)
{
	const unsigned int tuple = pick(w, TUPLES);
	struct tracked *t = &w->tracked[tuple];
	struct tcpshake_segment seg = random_segment(w, tuple);
	const struct tcpshake_flow before = t->flow;
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	w->packets++;
	if (t->used) {
		tcpshake_handshake_step(&t->flow, &seg, w->now_us, &v);
		if (v.from != before.state || !outcome_is_due(&seg, &before, &v))
			return false;
		if ((v.exit == TCPSHAKE_EXIT_ANOMALOUS || v.exit == TCPSHAKE_EXIT_UNTRACKED) &&
		    memcmp(&before, &t->flow, sizeof(before)))
			return false;
	} else if (seg.class == TCPSHAKE_CLASS_SYN) {
		tcpshake_handshake_open(&t->flow, &seg, w->now_us, &v);
	} else {
		tcpshake_handshake_unknown(&seg, &v);
		if (v.to)
			return false;
	}
	if (!v.exit || !book(w, &v) || !remember(w, t, &v))
		return false;
	return t->flow.syn_count <= TCPSHAKE_COUNT_MAX &&
	       t->flow.synack_count <= TCPSHAKE_COUNT_MAX;
}

/* Everything whose time is up goes, and nothing whose time is not; but for the grain. */
static bool sweep(struct world *w)
{
	unsigned int i;

	for (i = 0; i < TUPLES; i++) {
		struct tracked *t = &w->tracked[i];
		const u64 idle = w->now_us - t->client_us;
		struct tcpshake_verdict v;
		u64 limit = timeouts.linger_us;
		bool aged, expired;

		if (!t->used)
			continue;
		if (is_pending(t->flow.state))
			limit = t->flow.state == HALF_OPEN_SYN ? timeouts.syn_us :
								 timeouts.synack_us;
		aged = is_pending(t->flow.state) && w->now_us - t->opened_us >= timeouts.max_age_us;
		memset(&v, 0xa5, sizeof(v));
		expired = tcpshake_handshake_expire(&t->flow, w->now_us, &timeouts, &v);
		if (!expired && (aged || idle >= limit))
			return false;
		if (expired && !aged && idle + GRAIN <= limit)
			return false;
		if (expired && (v.exit || v.to || !book(w, &v)))
			return false;
		t->used = !expired;
	}
	return true;
}

static bool evict(struct world *w)
{
	struct tracked *t = &w->tracked[pick(w, TUPLES)];
	struct tcpshake_verdict v;

	if (!t->used)
		return true;
	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_evict(&t->flow, w->now_us, &v);
	t->used = false;
	return !v.exit && !v.to && book(w, &v);
}

TEST(ledger_agrees_with_the_store)
{
	const char *seed = getenv("TCPSHAKE_SEED");
	struct world w = { 0 };
	unsigned int i;

	w.random = seed ? strtoull(seed, NULL, 0) : DEFAULT_SEED;
	if (!w.random)
		w.random = DEFAULT_SEED;
	TH_LOG("TCPSHAKE_SEED=%llu", (unsigned long long)w.random);
	/* The 32-bit clock wraps many times on the way. */
	w.now_us = 0xfff00000;
	for (i = 0; i < STEPS; i++) {
		w.now_us += pick(&w, 64) ? pick(&w, 20000) : pick(&w, 200 * GRAIN);
		ASSERT_TRUE(sweep(&w))
			TH_LOG("sweep %u", i);
		ASSERT_TRUE(pick(&w, 200) || evict(&w))
			TH_LOG("eviction %u", i);
		ASSERT_TRUE(receive(&w))
			TH_LOG("segment %u", i);
		ASSERT_TRUE(identities_hold(&w))
			TH_LOG("after segment %u", i);
	}

	/* Else the million have not been everywhere. */
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++) {
		EXPECT_GT(w.outcomes[i], 100)
			TH_LOG("few %s", tcpshake_outcome_name(i));
	}
	for (i = TCPSHAKE_ANOMALY_SYN_DIFF_ISN; i <= TCPSHAKE_ANOMALY_MAX; i++) {
		EXPECT_GT(w.anomalies[i], 100)
			TH_LOG("few %s", tcpshake_anomaly_name(i));
	}
	EXPECT_GT(w.stalled, 100);
	EXPECT_LE(w.stalled, w.outcomes[TCPSHAKE_OUTCOME_COMPLETED]);
}

TEST_HARNESS_MAIN
