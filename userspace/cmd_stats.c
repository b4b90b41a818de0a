// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake stats: what became of every attempt and of every packet. Both sums
 * are shown with their terms: what does not add up would be a bug to report.
 */
#include <errno.h>
#include <stdio.h>

#include "cmd.h"
#include "core/names.h"
#include "nl.h"

/* A counter for each value of an enum, and what the sum of them is called. */
struct group {
	const char *prefix;	/* of the names in JSON and /proc */
	const char *(*name)(unsigned int value);
	const u64 *counters;
	unsigned int max;
};

static struct group exits_of(const struct stats *stats)
{
	return (struct group){ "packets_", tcpshake_exit_name, stats->exits, TCPSHAKE_EXIT_MAX };
}

static struct group outcomes_of(const struct stats *stats)
{
	return (struct group){ "attempts_", tcpshake_outcome_name, stats->outcomes,
			       TCPSHAKE_OUTCOME_MAX };
}

static struct group pending_of(const struct stats *stats)
{
	return (struct group){ "pending_", tcpshake_state_name, stats->pending,
			       TCPSHAKE_STATE_MAX };
}

static struct group anomalies_of(const struct stats *stats)
{
	return (struct group){ "anomaly_", tcpshake_anomaly_name, stats->anomalies,
			       TCPSHAKE_ANOMALY_MAX };
}

static u64 sum(struct group group)
{
	u64 total = 0;

	for (unsigned int i = 0; i <= group.max; i++)
		total += group.counters[i];
	return total;
}

/* Counter 0 belongs to numbers of a newer module and is shown only if there are any. */
static bool is_shown(struct group group, unsigned int i)
{
	return i || group.counters[i];
}

static void json_group(struct out *out, struct group group)
{
	char key[64];

	for (unsigned int i = 1; i <= group.max + 1; i++) {
		unsigned int value = i <= group.max ? i : 0;

		if (!is_shown(group, value))
			continue;
		snprintf(key, sizeof(key), "%s%s", group.prefix, group.name(value));
		out_uint(out, key, NULL, &group.counters[value]);
	}
}

static void json_number(struct out *out, const char *key, const struct stats *stats,
			enum tcpshake_stats_attr attribute, const u64 *value)
{
	out_uint(out, key, NULL, decode_known(stats->has, attribute, value));
}

static void show_json(struct out *out, const struct stats *stats)
{
	u64 pending = sum(pending_of(stats));

	json_number(out, "packets", stats, TCPSHAKE_STATS_A_PACKETS, &stats->packets);
	json_group(out, exits_of(stats));
	json_number(out, "attempts", stats, TCPSHAKE_STATS_A_ATTEMPTS, &stats->attempts);
	json_group(out, outcomes_of(stats));
	out_uint(out, "pending", NULL, &pending);
	json_group(out, pending_of(stats));
	json_number(out, "stalled", stats, TCPSHAKE_STATS_A_STALLED, &stats->stalled);
	json_group(out, anomalies_of(stats));
	json_number(out, "events_lost", stats, TCPSHAKE_STATS_A_EVENTS_LOST, &stats->events_lost);
	json_number(out, "table_slots", stats, TCPSHAKE_STATS_A_TABLE_SLOTS, &stats->table_slots);
	json_number(out, "table_quota", stats, TCPSHAKE_STATS_A_TABLE_QUOTA, &stats->table_quota);
	json_number(out, "table_used", stats, TCPSHAKE_STATS_A_TABLE_USED, &stats->table_used);
	out_end(out);
}

#define NAME_WIDTH 26
#define NUMBER_WIDTH 14

static void print_name(const char *indent, const char *name)
{
	printf("%s%-*s", indent, NAME_WIDTH - (int)strlen(indent), name);
}

/* NULL: the module did not say. */
static void print_number(const char *indent, const char *name, const u64 *value)
{
	print_name(indent, name);
	if (value)
		printf("%*llu\n", NUMBER_WIDTH, (unsigned long long)*value);
	else
		printf("%*s\n", NUMBER_WIDTH, "-");
}

/* whole 0: no share is shown. */
static void print_share(const char *indent, const char *name, u64 value, u64 whole)
{
	print_name(indent, name);
	printf("%*llu", NUMBER_WIDTH, (unsigned long long)value);
	if (value && whole)
		printf("%8.1f%%", 100.0 * value / whole);
	putchar('\n');
}

static void print_group(const char *indent, struct group group, u64 whole, bool zeros)
{
	for (unsigned int i = 1; i <= group.max + 1; i++) {
		unsigned int value = i <= group.max ? i : 0;

		if (is_shown(group, value) && (zeros || group.counters[value]))
			print_share(indent, group.name(value), group.counters[value], whole);
	}
}

/* "attempts 5 = completed 4 + pending 1". Terms that are 0 are left out. */
static bool print_identity(const char *name, u64 whole, struct group group, const u64 *pending)
{
	u64 total = sum(group) + (pending ? *pending : 0);
	const char *sign = whole == total ? "=" : "!=", *next = sign;

	printf("%s %llu", name, (unsigned long long)whole);
	for (unsigned int i = 0; i <= group.max; i++) {
		if (!group.counters[i])
			continue;
		printf(" %s %s %llu", next, group.name(i), (unsigned long long)group.counters[i]);
		next = "+";
	}
	if (pending)
		printf(" %s pending %llu", next, (unsigned long long)*pending);
	else if (next == sign)
		printf(" %s 0", sign);
	putchar('\n');
	return whole == total;
}

static void print_packets(const struct stats *stats)
{
	print_share("", "packets", stats->packets, 0);
	print_group("  ", exits_of(stats), stats->packets, true);
	putchar('\n');
}

static void print_attempts(const struct stats *stats)
{
	u64 pending = sum(pending_of(stats));

	print_share("", "attempts", stats->attempts, 0);
	print_group("  ", outcomes_of(stats), stats->attempts, true);
	print_share("  ", "pending", pending, stats->attempts);
	print_group("    ", pending_of(stats), 0, true);
	print_number("", "stalled after completion",
		     decode_known(stats->has, TCPSHAKE_STATS_A_STALLED, &stats->stalled));
	putchar('\n');
}

static void print_anomalies(const struct stats *stats)
{
	print_share("", "anomalies", sum(anomalies_of(stats)), 0);
	print_group("  ", anomalies_of(stats), 0, false);
	putchar('\n');
}

static void print_resources(const struct stats *stats)
{
	print_number("", "table slots in use",
		     decode_known(stats->has, TCPSHAKE_STATS_A_TABLE_USED, &stats->table_used));
	print_number("  ", "this namespace's quota",
		     decode_known(stats->has, TCPSHAKE_STATS_A_TABLE_QUOTA, &stats->table_quota));
	print_number("  ", "all namespaces' slots",
		     decode_known(stats->has, TCPSHAKE_STATS_A_TABLE_SLOTS, &stats->table_slots));
	print_number("", "events lost",
		     decode_known(stats->has, TCPSHAKE_STATS_A_EVENTS_LOST, &stats->events_lost));
	putchar('\n');
}

static bool print_identities(const struct stats *stats)
{
	u64 pending = sum(pending_of(stats));
	bool packets = print_identity("packets", stats->packets, exits_of(stats), NULL);
	bool attempts = print_identity("attempts", stats->attempts, outcomes_of(stats), &pending);

	return packets && attempts;
}

struct answer {
	struct stats stats;
	bool found;
};

static int on_stats(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_STATS);
	struct answer *answer = context;

	if (!nest)
		return 0;
	decode_stats(nest, &answer->stats);
	answer->found = decode_has(answer->stats.has, TCPSHAKE_STATS_A_ATTEMPTS) &&
			decode_has(answer->stats.has, TCPSHAKE_STATS_A_PACKETS);
	return 0;
}

static int read_stats(struct nl *nl, const char *file, struct answer *answer)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request;
	int error;

	error = nl_open(nl, file);
	if (error)
		return error;
	request = nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_STATS, NLM_F_ACK);
	error = nl_request(nl, request, on_stats, answer);
	nl_close(nl);
	return error || answer->found ? error : -EBADMSG;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	struct answer answer = { .found = false };
	static struct nl nl;
	int error;

	if (!options_no_words(options))
		return STATUS_USAGE;
	error = read_stats(&nl, options->file, &answer);
	if (error)
		return nl_complain(&nl, error);
	if (out_is_json(out)) {
		show_json(out, &answer.stats);
		return STATUS_OK;
	}
	print_attempts(&answer.stats);
	print_packets(&answer.stats);
	print_anomalies(&answer.stats);
	print_resources(&answer.stats);
	if (print_identities(&answer.stats))
		return STATUS_OK;
	return failure("the counters contradict each other: a bug of the module; please report it");
}

const struct verb verb_stats = {
	.name = "stats",
	.summary = "where all attempts and packets went",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FILE,
	.run = run,
	.help =
"usage: tcpshake stats [--json] [--from-file FILE]\n"
"\n"
"Counters of this network namespace since observation was switched on: attempts\n"
"by outcome, packets by what became of them, anomalies (those that happened).\n"
"Every attempt and every packet is counted exactly once; the last lines show\n"
"both sums. Needs no privilege.\n"
"\n"
"examples:\n"
"  tcpshake stats\n"
"  watch -d -n 1 tcpshake stats\n"
"  tcpshake stats --json | jq .attempts_unanswered\n",
};
