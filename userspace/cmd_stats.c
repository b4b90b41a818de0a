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
#include "stats.h"
#include "tally.h"

static struct tally exits_of(const struct stats *stats)
{
	return (struct tally){ "packets_", tcpshake_exit_name, stats->exits, TCPSHAKE_EXIT_MAX };
}

static struct tally outcomes_of(const struct stats *stats)
{
	return (struct tally){ "attempts_", tcpshake_outcome_name, stats->outcomes,
			       TCPSHAKE_OUTCOME_MAX };
}

static struct tally pending_of(const struct stats *stats)
{
	return (struct tally){ "pending_", tcpshake_state_name, stats->pending,
			       TCPSHAKE_STATE_MAX };
}

static struct tally anomalies_of(const struct stats *stats)
{
	return (struct tally){ "anomaly_", tcpshake_anomaly_name, stats->anomalies,
			       TCPSHAKE_ANOMALY_MAX };
}

static struct tally unreachable_of(const struct stats *stats)
{
	return (struct tally){ "unreachable_", tcpshake_unreachable_name, stats->unreachable,
			       TCPSHAKE_UNREACHABLE_MAX };
}

static struct tally evicted_of(const struct stats *stats)
{
	return (struct tally){ "evicted_", tcpshake_eviction_name, stats->evicted,
			       TCPSHAKE_EVICTION_MAX };
}

static void json_number(struct out *out, const char *key, const struct stats *stats,
			enum tcpshake_stats_attr attribute, const u64 *value)
{
	out_uint(out, key, NULL, decode_known(stats->has, attribute, value));
}

static void show_json(struct out *out, const struct stats *stats)
{
	u64 pending = tally_sum(pending_of(stats));

	json_number(out, "packets", stats, TCPSHAKE_STATS_A_PACKETS, &stats->packets);
	tally_json(out, exits_of(stats));
	json_number(out, "attempts", stats, TCPSHAKE_STATS_A_ATTEMPTS, &stats->attempts);
	tally_json(out, outcomes_of(stats));
	out_uint(out, "pending", NULL, &pending);
	tally_json(out, pending_of(stats));
	tally_json(out, unreachable_of(stats));
	tally_json(out, evicted_of(stats));
	json_number(out, "stalled", stats, TCPSHAKE_STATS_A_STALLED, &stats->stalled);
	json_number(out, "confirmed", stats, TCPSHAKE_STATS_A_CONFIRMED, &stats->confirmed);
	json_number(out, "reset_at_completion", stats, TCPSHAKE_STATS_A_RESET_AT_COMPLETION,
		    &stats->reset_at_completion);
	json_number(out, "backscatter", stats, TCPSHAKE_STATS_A_BACKSCATTER, &stats->backscatter);
	json_number(out, "partial", stats, TCPSHAKE_STATS_A_PARTIAL, &stats->partial);
	tally_json(out, anomalies_of(stats));
	json_number(out, "events_handshake", stats, TCPSHAKE_STATS_A_EVENTS_HANDSHAKE,
		    &stats->events_handshake);
	json_number(out, "events_anomaly", stats, TCPSHAKE_STATS_A_EVENTS_ANOMALY,
		    &stats->events_anomaly);
	json_number(out, "events_lost", stats, TCPSHAKE_STATS_A_EVENTS_LOST, &stats->events_lost);
	json_number(out, "table_slots", stats, TCPSHAKE_STATS_A_TABLE_SLOTS, &stats->table_slots);
	json_number(out, "table_quota", stats, TCPSHAKE_STATS_A_TABLE_QUOTA, &stats->table_quota);
	json_number(out, "table_used", stats, TCPSHAKE_STATS_A_TABLE_USED, &stats->table_used);
	json_number(out, "details_lost", stats, TCPSHAKE_STATS_A_DETAILS_LOST,
		    &stats->details_lost);
	out_end(out);
}

static void print_packets(const struct stats *stats)
{
	tally_share("", "packets", stats->packets, 0);
	tally_print("  ", exits_of(stats), stats->packets, true);
	putchar('\n');
}

static void print_attempts(const struct stats *stats)
{
	u64 pending = tally_sum(pending_of(stats));

	tally_share("", "attempts", stats->attempts, 0);
	tally_print("  ", outcomes_of(stats), stats->attempts, true);
	tally_print("    unreachable, ", unreachable_of(stats), 0, false);
	tally_print("    evicted, ", evicted_of(stats), stats->attempts, false);
	tally_share("  ", "pending", pending, stats->attempts);
	tally_print("    ", pending_of(stats), 0, true);
	tally_number("", "confirmed after completion",
		     decode_known(stats->has, TCPSHAKE_STATS_A_CONFIRMED, &stats->confirmed));
	tally_number("", "stalled after completion",
		     decode_known(stats->has, TCPSHAKE_STATS_A_STALLED, &stats->stalled));
	tally_number("", "reset at completion",
		     decode_known(stats->has, TCPSHAKE_STATS_A_RESET_AT_COMPLETION,
				  &stats->reset_at_completion));
	tally_number("", "backscatter",
		     decode_known(stats->has, TCPSHAKE_STATS_A_BACKSCATTER, &stats->backscatter));
	tally_number("", "seen without the SYN",
		     decode_known(stats->has, TCPSHAKE_STATS_A_PARTIAL, &stats->partial));
	putchar('\n');
}

static void print_anomalies(const struct stats *stats)
{
	tally_share("", "anomalies", tally_sum(anomalies_of(stats)), 0);
	tally_print("  ", anomalies_of(stats), 0, false);
	putchar('\n');
}

static void print_resources(const struct stats *stats)
{
	tally_number("", "table slots in use",
		     decode_known(stats->has, TCPSHAKE_STATS_A_TABLE_USED, &stats->table_used));
	tally_number("  ", "this namespace's quota",
		     decode_known(stats->has, TCPSHAKE_STATS_A_TABLE_QUOTA, &stats->table_quota));
	tally_number("  ", "all namespaces' slots",
		     decode_known(stats->has, TCPSHAKE_STATS_A_TABLE_SLOTS, &stats->table_slots));
	tally_number("", "options forgotten",
		     decode_known(stats->has, TCPSHAKE_STATS_A_DETAILS_LOST,
				  &stats->details_lost));
	tally_number("", "events lost",
		     decode_known(stats->has, TCPSHAKE_STATS_A_EVENTS_LOST, &stats->events_lost));
	putchar('\n');
}

static bool print_identities(const struct stats *stats)
{
	u64 pending = tally_sum(pending_of(stats));
	bool packets = tally_identity("packets", stats->packets, exits_of(stats), NULL);
	bool attempts = tally_identity("attempts", stats->attempts, outcomes_of(stats), &pending);

	return packets && attempts;
}

static int on_stats(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_STATS);

	if (nest)
		decode_stats(nest, context);
	return 0;
}

int stats_read(struct nl *nl, const char *file, struct stats *stats)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request;
	int error;

	*stats = (struct stats){ 0 };
	error = nl_open(nl, file);
	if (error)
		return error;
	request = nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_STATS, NLM_F_ACK);
	error = nl_request(nl, request, on_stats, stats);
	nl_close(nl);
	if (error)
		return error;
	return decode_has(stats->has, TCPSHAKE_STATS_A_ATTEMPTS) &&
	       decode_has(stats->has, TCPSHAKE_STATS_A_PACKETS) ? 0 : -EBADMSG;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	static struct nl nl;
	struct stats stats;
	int error;

	if (!options_no_words(options))
		return STATUS_USAGE;
	error = stats_read(&nl, options->file, &stats);
	if (error)
		return nl_complain(&nl, error);
	if (out_is_json(out)) {
		show_json(out, &stats);
		return STATUS_OK;
	}
	print_attempts(&stats);
	print_packets(&stats);
	print_anomalies(&stats);
	print_resources(&stats);
	if (print_identities(&stats))
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
