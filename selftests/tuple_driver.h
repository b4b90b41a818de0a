/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What a caller of the engine does with the flows of one tuple, and the books it
 * keeps by verdicts alone, as module and replay do it. Every verdict is held against
 * what is promised of it and, by outcome_oracle.h, against what outcomes mean. What
 * was wrong first is told by fault; nothing here needs a test harness.
 */
#ifndef TCPSHAKE_SELFTESTS_TUPLE_DRIVER_H
#define TCPSHAKE_SELFTESTS_TUPLE_DRIVER_H

#include "outcome_oracle.h"

/* Room for all attempts and SYN-ACKs that may be side by side, and some that are past. */
#define DRIVER_FLOWS 20
#define DRIVER_OWNER 0x5aa5
#define NO_WAY DRIVER_FLOWS

/* An anomaly that segments bring with them: each has to be counted once. */
#define DRIVER_BROUGHT TCPSHAKE_ANOMALY_RESERVED_BITS

/* Arrays are indexed by their enum. */
struct books {
	u64 packets;
	u64 brought;		/* packets with DRIVER_BROUGHT */
	u64 exits[TCPSHAKE_EXIT_MAX + 1];
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 gauges[TCPSHAKE_FLOW_STATES];
	u64 notes[TCPSHAKE_NOTES];
	u64 anomalies[TCPSHAKE_ANOMALY_MAX + 1];
};

struct driver {
	struct books *books;
	const struct tcpshake_timeouts *timeouts;
	bool blind;		/* details are NULL */
	/* Hears of every verdict; may be NULL. */
	void (*told)(void *context, const struct tcpshake_verdict *v);
	void *context;
	const char *fault;
	u8 exit;		/* of the last packet */
	u32 used;		/* a bit for each flow that is there */
	u32 forgotten;		/* a bit for each whose details are lost */
	struct tcpshake_flow flows[DRIVER_FLOWS];
	struct tcpshake_details details[DRIVER_FLOWS];
};

/* The next flow from this way on; NO_WAY when there is none. */
static inline unsigned int driver_next(const struct driver *d, unsigned int way)
{
	const u32 left = d->used >> way;

	return left ? way + __builtin_ctz(left) : NO_WAY;
}

#define for_each_way(d, way)								\
	for (way = driver_next(d, 0); way < NO_WAY; way = driver_next(d, way + 1))

static inline void driver_fault(struct driver *d, bool wrong, const char *what)
{
	if (wrong && !d->fault)
		d->fault = what;
}

static inline struct tcpshake_details *driver_details(struct driver *d, unsigned int way)
{
	return d->blind || d->forgotten >> way & 1 ? NULL : &d->details[way];
}

static inline void driver_count_anomalies(struct driver *d, const struct tcpshake_anomalies *set)
{
	unsigned int i;

	for (i = 0; i < TCPSHAKE_ANOMALY_WORDS; i++) {
		u64 bits;

		for (bits = set->bits[i]; bits; bits &= bits - 1) {
			const unsigned int anomaly = i * 64 + __builtin_ctzll(bits);

			driver_fault(d, !anomaly || anomaly > TCPSHAKE_ANOMALY_MAX,
				     "an anomaly there is not");
			if (anomaly <= TCPSHAKE_ANOMALY_MAX)
				d->books->anomalies[anomaly]++;
		}
	}
}

static inline void driver_book(struct driver *d, const struct tcpshake_verdict *v)
{
	struct books *books = d->books;
	unsigned int i;

	driver_fault(d, true, verdict_contradicts_itself(v));
	if (d->fault)
		return;
	driver_fault(d, v->exit && d->exit, "two exits for one packet");
	driver_fault(d, (v->from || v->to) && v->owner != DRIVER_OWNER, "another's flow");
	d->exit |= v->exit;
	books->exits[v->exit] += !!v->exit;
	books->attempts += v->exit == TCPSHAKE_EXIT_NEW_ATTEMPT;
	books->outcomes[v->ended.outcome]++;
	books->gauges[v->from]--;
	books->gauges[v->to]++;
	for (i = 0; i < TCPSHAKE_NOTES; i++)
		books->notes[i] += v->notes >> i & 1;
	driver_count_anomalies(d, &v->anomalies);
	if (d->told)
		d->told(d->context, v);
}

static inline void driver_drop(struct driver *d, unsigned int way)
{
	d->used &= ~(1u << way);
	memset(&d->flows[way], 0x5a, sizeof(d->flows[way]));
}

/* A flow changed: what is no attempt any more has no details either. */
static inline void driver_keep(struct driver *d, unsigned int way, u8 state)
{
	driver_fault(d, state && d->flows[way].state != state, "a state that is not the flow's");
	if (state > TCPSHAKE_STATE_MAX)
		memset(&d->details[way], 0xa5, sizeof(d->details[way]));
	if (!state)
		driver_drop(d, way);
}

/* Lets go those whose time has run out. */
static inline void driver_advance(struct driver *d, u64 now_us)
{
	struct tcpshake_verdict v;
	unsigned int way;

	for_each_way(d, way) {
		memset(&v, 0xa5, sizeof(v));
		if (!tcpshake_flow_expire(&d->flows[way], driver_details(d, way), now_us,
					  d->timeouts, &v))
			continue;
		driver_fault(d, true, expiry_is_wrong(&d->flows[way], &v));
		driver_book(d, &v);
		driver_drop(d, way);
	}
}

static inline void driver_evict(struct driver *d, unsigned int way, u64 now_us)
{
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_flow_evict(&d->flows[way], driver_details(d, way), now_us,
			    TCPSHAKE_EVICTION_OLDEST, &v);
	driver_fault(d, true, departure_is_wrong(&d->flows[way], TCPSHAKE_OUTCOME_EVICTED, &v));
	driver_book(d, &v);
	driver_drop(d, way);
}

static inline void driver_supersede(struct driver *d, unsigned int way, u64 now_us)
{
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_flow_supersede(&d->flows[way], driver_details(d, way), now_us, &v);
	driver_fault(d, true, departure_is_wrong(&d->flows[way], TCPSHAKE_OUTCOME_SUPERSEDED, &v));
	driver_book(d, &v);
	driver_drop(d, way);
}

/* The oldest pending flow, and how many there are. */
static inline unsigned int driver_pending(struct driver *d, unsigned int *count)
{
	unsigned int oldest = NO_WAY;
	unsigned int way;

	*count = 0;
	for_each_way(d, way) {
		if (!tcpshake_flow_is_pending(&d->flows[way]))
			continue;
		++*count;
		if (oldest == NO_WAY || tcpshake_flow_newer(&d->flows[oldest], &d->flows[way]))
			oldest = way;
	}
	return oldest;
}

/* A free place. If need be what is past goes, and for an attempt another one, too. */
static inline unsigned int driver_claim(struct driver *d, bool spare, u64 now_us)
{
	unsigned int pending, way;
	unsigned int victim = NO_WAY;

	if (d->used == (1u << DRIVER_FLOWS) - 1) {
		for_each_way(d, way)
			if (!tcpshake_flow_is_pending(&d->flows[way]))
				victim = way;
		if (victim == NO_WAY && !spare)
			victim = driver_pending(d, &pending);
		if (victim == NO_WAY)
			return NO_WAY;
		driver_evict(d, victim, now_us);
	}
	way = __builtin_ctz(~d->used);
	d->used |= 1u << way;
	d->forgotten &= ~(1u << way);
	memset(&d->flows[way], 0xa5, sizeof(d->flows[way]));
	memset(&d->details[way], 0xa5, sizeof(d->details[way]));
	d->flows[way].owner = DRIVER_OWNER;
	return way;
}

static inline void driver_open(struct driver *d, const struct tcpshake_segment *seg,
			       const struct tcpshake_flow *beside, u64 now_us)
{
	const unsigned int way = driver_claim(d, false, now_us);
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_open(&d->flows[way], driver_details(d, way), seg, now_us, beside, &v);
	driver_fault(d, v.exit != TCPSHAKE_EXIT_NEW_ATTEMPT || v.from ||
		     v.to != TCPSHAKE_STATE_HALF_OPEN_SYN, "a SYN that opens nothing");
	driver_book(d, &v);
	driver_keep(d, way, v.to);
}

static inline void driver_unknown(struct driver *d, const struct tcpshake_segment *seg)
{
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_unknown(seg, &v);
	driver_fault(d, v.from || v.to || v.then || v.ended.outcome, "no flow, and yet something");
	driver_book(d, &v);
}

static inline void driver_orphan(struct driver *d, const struct tcpshake_segment *seg, u64 now_us)
{
	struct tcpshake_verdict v;
	unsigned int way;

	way = seg->hints & TCPSHAKE_HINT_MIDSTREAM ? NO_WAY : driver_claim(d, true, now_us);
	if (way == NO_WAY) {
		driver_unknown(d, seg);
		return;
	}
	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_orphan(&d->flows[way], seg, now_us, &v);
	driver_fault(d, v.to != TCPSHAKE_FLOW_ORPHAN, "an orphan that is none");
	driver_book(d, &v);
	driver_keep(d, way, v.to);
}

/* Another ISN beside those of the tuple, of which only so many may wait. */
static inline void driver_open_beside(struct driver *d, const struct tcpshake_segment *seg,
				      unsigned int way, u64 now_us)
{
	const struct tcpshake_flow beside = d->flows[way];
	unsigned int pending;
	const unsigned int oldest = driver_pending(d, &pending);

	/* SYNPROXY's second attempt takes the place of its first, and asks nobody */
	driver_fault(d, pending > TCPSHAKE_SYNS_MAX + 1, "more attempts than there may be");
	if (pending >= TCPSHAKE_SYNS_MAX)
		driver_supersede(d, oldest, now_us);
	driver_open(d, seg, &beside, now_us);
}

static inline void driver_keep_rival(struct driver *d, const struct tcpshake_segment *seg,
				     unsigned int of, u64 now_us)
{
	const struct tcpshake_flow flow = d->flows[of];
	struct tcpshake_verdict v;
	unsigned int rivals = 0;
	unsigned int way;

	for_each_way(d, way)
		rivals += tcpshake_handshake_is_rival(&d->flows[way], &flow);
	driver_fault(d, rivals >= TCPSHAKE_SYNACKS_MAX, "more SYN-ACKs than there may be");
	if (rivals >= TCPSHAKE_SYNACKS_MAX - 1)
		return;
	way = driver_claim(d, true, now_us);
	if (way == NO_WAY)
		return;
	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_rival(&d->flows[way], &flow, seg, now_us, &v);
	driver_fault(d, v.exit || v.to != TCPSHAKE_FLOW_RIVAL ||
		     !tcpshake_handshake_is_rival(&d->flows[way], &flow), "a rival that is none");
	driver_book(d, &v);
	driver_keep(d, way, v.to);
}

/* The flow was answered, or completed: those beside it lost. */
static inline void driver_supersede_others(struct driver *d, unsigned int winner, bool all,
					   u64 now_us)
{
	unsigned int way;

	for_each_way(d, way) {
		const struct tcpshake_flow *other = &d->flows[way];

		if (way != winner &&
		    (all || (tcpshake_flow_is_pending(other) &&
			     !tcpshake_flow_newer(other, &d->flows[winner]))))
			driver_supersede(d, way, now_us);
	}
}

static inline void driver_follow_up(struct driver *d, const struct tcpshake_segment *seg,
				    unsigned int way, enum tcpshake_then then, u64 now_us)
{
	switch (then) {
	case TCPSHAKE_THEN_NOTHING:
		return;
	case TCPSHAKE_THEN_OPEN:
		driver_open_beside(d, seg, way, now_us);
		return;
	case TCPSHAKE_THEN_RIVAL:
		driver_keep_rival(d, seg, way, now_us);
		return;
	case TCPSHAKE_THEN_SUPERSEDE_OLDER:
	case TCPSHAKE_THEN_SUPERSEDE_ALL:
		driver_supersede_others(d, way, then == TCPSHAKE_THEN_SUPERSEDE_ALL, now_us);
		return;
	}
}

/* The rival was taken: whose it was goes on in its stead. Return: that, if it is still there. */
static inline unsigned int driver_adopt(struct driver *d, unsigned int rival, u64 now_us)
{
	unsigned int adopter = NO_WAY;
	unsigned int way;

	for_each_way(d, way)
		if (tcpshake_handshake_is_rival(&d->flows[rival], &d->flows[way]))
			adopter = way;
	if (adopter != NO_WAY)
		tcpshake_handshake_adopt(&d->flows[adopter], &d->flows[rival]);
	driver_evict(d, rival, now_us);
	return adopter;
}

/* The flow the segment is of. */
static inline unsigned int driver_choose(const struct driver *d, const struct tcpshake_segment *seg)
{
	unsigned int best = NO_WAY;
	unsigned int best_fit = 0;
	unsigned int way;

	for_each_way(d, way) {
		const unsigned int fit = tcpshake_flow_fit(&d->flows[way], seg);

		if (fit < best_fit || !fit ||
		    (fit == best_fit &&
		     !tcpshake_flow_newer(&d->flows[way], &d->flows[best])))
			continue;
		best_fit = fit;
		best = way;
	}
	return best;
}

static inline void driver_step(struct driver *d, const struct tcpshake_segment *seg,
			       unsigned int way, u64 now_us)
{
	const struct tcpshake_flow before = d->flows[way];
	struct tcpshake_verdict v;

	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_step(&d->flows[way], driver_details(d, way), seg, now_us, &v);
	driver_fault(d, true, step_is_wrong(&before, &d->flows[way], seg, &v));
	driver_fault(d, v.ended.outcome && v.ended.has_details != !!driver_details(d, way),
		     "details that are not there");
	driver_book(d, &v);
	driver_keep(d, way, v.to);
	if (v.then)
		driver_follow_up(d, seg, way, v.then, now_us);
}

static inline void driver_receive(struct driver *d, const struct tcpshake_segment *seg, u64 now_us)
{
	unsigned int way;

	d->books->packets++;
	d->books->brought += tcpshake_anomalies_has(&seg->anomalies, DRIVER_BROUGHT);
	d->exit = 0;
	driver_advance(d, now_us);
	way = driver_choose(d, seg);
	if (way != NO_WAY && tcpshake_handshake_takes(&d->flows[way], seg))
		way = driver_adopt(d, way, now_us);
	if (way != NO_WAY)
		driver_step(d, seg, way, now_us);
	else if (seg->class == TCPSHAKE_CLASS_SYN)
		driver_open(d, seg, NULL, now_us);
	else if (seg->class == TCPSHAKE_CLASS_SYNACK)
		driver_orphan(d, seg, now_us);
	else
		driver_unknown(d, seg);
	driver_fault(d, !d->exit, "no exit for a packet");
}

/* An ICMP error quotes a segment with these endpoints and this sequence number. */
static inline void driver_unreachable(struct driver *d, const struct tcpshake_segment *quoted,
				      enum tcpshake_unreachable how, u64 now_us)
{
	struct tcpshake_segment syn = *quoted;
	struct tcpshake_verdict v;
	unsigned int way;

	syn.class = TCPSHAKE_CLASS_SYN;
	syn.flags = TCPSHAKE_SYN;
	d->exit = 0;
	driver_advance(d, now_us);
	way = driver_choose(d, &syn);
	if (way == NO_WAY)
		return;
	memset(&v, 0xa5, sizeof(v));
	tcpshake_handshake_unreachable(&d->flows[way], driver_details(d, way), &syn, how, now_us,
				       &v);
	driver_fault(d, v.exit || v.then || v.notes, "an ICMP error that was a packet");
	driver_fault(d, v.ended.outcome && v.ended.unreachable != how, "unreachable otherwise");
	driver_book(d, &v);
	driver_keep(d, way, v.to);
}

/* Both identities, and the gauges against the flows of all drivers that share the books. */
static inline const char *driver_books_differ(const struct driver *drivers, unsigned int count)
{
	const struct books *books = drivers->books;
	u64 flows[TCPSHAKE_FLOW_STATES] = { 0 };
	u64 exits = 0, outcomes = 0;
	unsigned int i, way;

	for (i = 0; i < count; i++)
		for_each_way(&drivers[i], way)
			flows[drivers[i].flows[way].state]++;
	if (memcmp(flows + 1, books->gauges + 1, sizeof(flows) - sizeof(flows[0])))
		return "gauges that are not the flows'";
	for (i = 1; i <= TCPSHAKE_EXIT_MAX; i++)
		exits += books->exits[i];
	for (i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++)
		outcomes += books->outcomes[i];
	if (exits != books->packets)
		return "packets are not the sum of their exits";
	if (books->attempts != outcomes + flows[TCPSHAKE_STATE_HALF_OPEN_SYN] +
			       flows[TCPSHAKE_STATE_HALF_OPEN_SYNACK])
		return "attempts are not the sum of outcomes and pending ones";
	return books->anomalies[DRIVER_BROUGHT] == books->brought ?
		       NULL : "an anomaly not counted once";
}

#endif /* TCPSHAKE_SELFTESTS_TUPLE_DRIVER_H */
