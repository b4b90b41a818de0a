/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Services: what attempts are for, an address and port of a network namespace. Each
 * has its counters and a detector; so have the addresses, the prefixes and the
 * namespace above it. Memory is what the caller gave; what finds no room is counted
 * in its namespace's own record, which is watched like any other.
 *
 * A namespace's attempts are those of its services, past and present, and those of
 * its own record: nothing is counted twice, nothing is lost. A service that is
 * retired leaves what it counted to the namespace.
 *
 * Floods are told at the level that explains them: by a group only when no single
 * one below it has half of what is out of the ordinary, and by what is below a group
 * in alarm only when it has.
 *
 * Pure. Locks and lifetime are the caller's:
 *   tcpshake_services_find()	any context, as long as a record that was found stays
 *				one until the caller is done with it (see _release())
 *   everything else		one at a time
 * Pages are written by the CPU that owns them.
 */
#ifndef TCPSHAKE_CORE_SERVICE_H
#define TCPSHAKE_CORE_SERVICE_H

#include "cohort.h"
#include "flood.h"

#define TCPSHAKE_SERVICE_WAYS	8	/* records of a row */

struct tcpshake_service_key {
	u8 addr[TCPSHAKE_ADDR_LEN];
	u16 port;
	u16 owner;		/* which namespace */
};

/* A detector, and what it watches. */
struct tcpshake_watch {
	struct tcpshake_service_key key; /* a prefix: what is behind it is 0 */
	u8 level;		/* enum tcpshake_level, 0 = not in use */
	u8 forensics;		/* number of the ones attached to it, from 1; 0 = none */
	u8 looks;		/* likewise, or those of the group above: fed with its SYNs */
	u32 weight;		/* what is out of the ordinary, of late */
	u32 heaviest;		/* the most any one below has of it */
	u32 heaviest_pending;
	u32 alarmed;		/* the most of it any one below that is in alarm has */
	u32 members;		/* records that have this as parent */
	u32 rate;		/* attempts in the last tick */
	struct tcpshake_watch *parent; /* the next level; NULL: a namespace */
	struct tcpshake_flood *flood; /* while in alarm */
	const struct tcpshake_detector_config *config; /* its namespace's */
	struct tcpshake_detector detector;
	struct tcpshake_sample sample; /* of this tick */
};

/* Sums over all CPUs, since the record was claimed. */
struct tcpshake_service_totals {
	u64 attempts;
	u64 outcomes[TCPSHAKE_OUTCOME_MAX + 1];
	u64 answered;
	u64 syn_retrans;
	u64 syn_repeats;
	u64 synack_retrans;
	u64 stalled;
};

enum tcpshake_service_state {
	TCPSHAKE_SERVICE_FREE,
	TCPSHAKE_SERVICE_LIVE,
	TCPSHAKE_SERVICE_RETIRED, /* not found any more, but somebody may still be at it */
};

struct tcpshake_service {
	struct tcpshake_watch watch;
	struct tcpshake_cohorts *pages;	/* one for each CPU */
	struct tcpshake_service *next;	/* namespaces: the next one */
	u32 services;		/* namespaces: services it has, and may have; 0 = any number */
	u32 quota;
	u32 since_us;		/* attempts that began before are the namespace's */
	u32 idle;		/* ticks without an attempt */
	u32 unanswered;		/* ticks without an answer */
	u8 state;		/* enum tcpshake_service_state */
	u8 touched;		/* its pages have changed */
	bool resting;		/* nothing happens: the tick passes it over */
	u32 skipped;		/* ticks it has passed it over */
	u8 latency;		/* the caller's: where its histograms are */
	u32 peak_pending;
	struct tcpshake_cohorts seen; /* sums of the pages when they were last looked at */
	u32 base_syn[TCPSHAKE_COHORTS];	/* what they were when the cohort began */
	u32 base_open[TCPSHAKE_COHORTS];
	u32 left[TCPSHAKE_COHORTS];	/* unresolved of the cohorts judged, at last look */
	struct tcpshake_service_totals totals;
};

/* Given by the caller, zeroed; sizes are const. */
struct tcpshake_services {
	u16 *tags;		/* TCPSHAKE_SERVICE_WAYS for each row, aligned to 8; 0 = none */
	u8 *wanted;		/* rows that had no room for a service */
	struct tcpshake_service *records;
	u32 rows;		/* a power of two */
	struct tcpshake_watch *groups;	/* addresses and prefixes */
	u32 ngroups;
	struct tcpshake_forensics *forensics;
	u8 *forensics_used;
	u32 nforensics;		/* at most 255 */
	struct tcpshake_floods floods;
	u32 cpus;		/* pages of a record */
	u32 keys[8];		/* random */
	u64 salt;		/* random */

	struct tcpshake_service *spaces; /* namespaces */
	u32 tick;		/* the last one evaluated */
	bool retiring;		/* records wait for tcpshake_services_release() */
	bool busy;		/* something has happened in that tick, or goes on */
};

/* A keyed universal hash (NH of UMAC, RFC 4418): nobody outside can aim at a row. */
static inline u32 tcpshake_service_hash(const struct tcpshake_services *s,
					const struct tcpshake_service_key *key)
{
	/* not read as it was written, in halves: the processor would wait for them */
	const u32 last = key->port | (u32)key->owner << 16;
	u32 w[4];
	u64 sum;
	u32 hash;

	memcpy(w, key->addr, sizeof(w));
	sum = (u64)(w[0] + s->keys[0]) * (w[1] + s->keys[1]) +
	      (u64)(w[2] + s->keys[2]) * (w[3] + s->keys[3]) +
	      (u64)(last + s->keys[4]) * s->keys[5];
	hash = (u32)(sum ^ sum >> 32) * 0x9e3779b1u;	/* all of it into both ends */
	return hash ^ hash >> 15;
}

static inline bool tcpshake_service_is(const struct tcpshake_service *service,
				       const struct tcpshake_service_key *key)
{
	u64 a[2], b[2];

	memcpy(a, service->watch.key.addr, sizeof(a));
	memcpy(b, key->addr, sizeof(b));
	return !((a[0] ^ b[0]) | (a[1] ^ b[1])) && service->watch.key.port == key->port &&
	       service->watch.key.owner == key->owner;
}

/* Four tags: the highest bit of each halfword that may hold this one, the first one does. */
static inline u64 tcpshake_service_tags_like(u64 tags, u16 tag)
{
	const u64 ones = 0x0001000100010001ULL;
	const u64 x = tags ^ tag * ones;

	return (x - ones) & ~x & ones << 15;
}

static inline unsigned int tcpshake_service_way(u64 like)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return 3 - (unsigned int)__builtin_ctzll(like) / 16;
#else
	return (unsigned int)__builtin_ctzll(like) / 16;
#endif
}

/*
 * Return: NULL if it has no record. A live one's key does not change; it was written
 * before its tag.
 */
static inline struct tcpshake_service *
tcpshake_services_find(const struct tcpshake_services *s, const struct tcpshake_service_key *key)
{
	const u32 hash = tcpshake_service_hash(s, key);
	const u32 at = (hash & (s->rows - 1)) * TCPSHAKE_SERVICE_WAYS;
	const u16 tag = (u16)(hash >> 16) ? (u16)(hash >> 16) : 1;
	const u64 *words = (const u64 *)(const void *)&s->tags[at];
	unsigned int word;

	for (word = 0; word < TCPSHAKE_SERVICE_WAYS / 4; word++) {
		u64 like = tcpshake_service_tags_like(tcpshake_read_once(words[word]), tag);

		for (; like; like &= like - 1) {
			struct tcpshake_service *service =
				&s->records[at + word * 4 + tcpshake_service_way(like)];

			tcpshake_rmb(); /* the tag, then the key; pairs with the claim */
			if (tcpshake_service_is(service, key))
				return service;
		}
	}
	return NULL;
}

/* Is there room for one more beside it, without anybody's loss? Any context. */
bool tcpshake_services_has_room(struct tcpshake_services *s,
				const struct tcpshake_service_key *key);

/*
 * A record for the service of an attempt that begins now.
 * Return: NULL if there is none; a later tick may make room.
 */
struct tcpshake_service *tcpshake_services_claim(struct tcpshake_services *s,
						 const struct tcpshake_service_key *key,
						 struct tcpshake_service *space, u32 syn_us);

/*
 * A namespace comes, with its record, zeroed but for pages, quota and config; and goes,
 * with all it had.
 */
void tcpshake_services_add_space(struct tcpshake_services *s, struct tcpshake_service *space,
				 u16 owner);
void tcpshake_services_remove_space(struct tcpshake_services *s, struct tcpshake_service *space);

/* The attempt of this service belongs to it, or to the namespace's record? */
static inline bool tcpshake_service_has(const struct tcpshake_service *service, u32 syn_us)
{
	return (s32)(syn_us - service->since_us) >= 0;
}

/*
 * Everything that is due once a tick. What happened to floods waits for
 * tcpshake_floods_next(). Return: whether records have just been retired, which
 * tcpshake_services_release() frees, once nobody can still be writing to their pages.
 * While nothing is busy no tick is needed.
 */
bool tcpshake_services_tick(struct tcpshake_services *s, u64 now_us);
void tcpshake_services_release(struct tcpshake_services *s);

/*
 * Sums of all CPUs, as of now. For all of them together, and for each outcome,
 * attempts >= outcomes: what is not among them is pending.
 */
void tcpshake_service_totals(const struct tcpshake_services *s,
			     const struct tcpshake_service *service,
			     struct tcpshake_service_totals *totals);

/* Of a namespace's own record: with those of records that are about to be released. */
void tcpshake_services_own_totals(const struct tcpshake_services *s,
				  const struct tcpshake_service *space,
				  struct tcpshake_service_totals *totals);
u64 tcpshake_service_pending(const struct tcpshake_service_totals *totals);

#endif /* TCPSHAKE_CORE_SERVICE_H */
