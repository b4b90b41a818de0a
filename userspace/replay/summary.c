// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Summary of a replay. A capture ends at some time, and what was half-open then
 * and what had been given up before is the same to most readers: half_open_syn
 * and half_open_synack are the sum of both, unanswered and unacked the latter.
 */
#include <stdio.h>

#include "core/names.h"
#include "summary.h"
#include "tally.h"

static struct tally exits_of(const struct store_counters *counters)
{
	return (struct tally){ "", tcpshake_exit_name, counters->exits, TCPSHAKE_EXIT_MAX };
}

static struct tally outcomes_of(const struct store_counters *counters)
{
	return (struct tally){ "", tcpshake_outcome_name, counters->outcomes,
			       TCPSHAKE_OUTCOME_MAX };
}

static struct tally pending_of(const struct store_counters *counters)
{
	return (struct tally){ "", tcpshake_state_name, counters->pending, TCPSHAKE_STATE_MAX };
}

static struct tally unreachable_of(const struct store_counters *counters)
{
	return (struct tally){ "", tcpshake_unreachable_name, counters->unreachable,
			       TCPSHAKE_UNREACHABLE_MAX };
}

static struct tally anomalies_of(const struct store_counters *counters)
{
	return (struct tally){ "", tcpshake_anomaly_name, counters->anomalies,
			       TCPSHAKE_ANOMALY_MAX };
}

static void json_object(struct out *out, const char *key, struct tally tally)
{
	const char *names[TCPSHAKE_ANOMALY_MAX + TCPSHAKE_EXIT_MAX];

	for (unsigned int i = 0; i < tally.max; i++)
		names[i] = tally.name(i + 1);
	out_counts(out, key, names, tally.counters + 1, tally.max);
}

static void json_sum(struct out *out, const char *key, u64 pending, u64 ended)
{
	const u64 sum = pending + ended;

	out_uint(out, key, NULL, &sum);
}

static void json_packets(struct out *out, const struct replay_counters *packets,
			 const struct store_counters *counters)
{
	out_uint(out, "packets", NULL, &packets->packets);
	out_uint(out, "tcp_segments", NULL, &counters->segments);
	json_object(out, "segments", exits_of(counters));
	out_uint(out, "not_tcp", NULL, &packets->not_tcp);
	out_uint(out, "held_fragments", NULL, &packets->held_fragments);
	out_uint(out, "unknown_link", NULL, &packets->unknown_links);
	out_uint(out, "clock_backwards", NULL, &packets->clock_backwards);
}

static void json_notes(struct out *out, const struct store_counters *counters)
{
	out_uint(out, "confirmed", NULL, &counters->notes[TCPSHAKE_NOTE_CONFIRMED]);
	out_uint(out, "stalled", NULL, &counters->notes[TCPSHAKE_NOTE_STALLED]);
	out_uint(out, "reset_at_completion", NULL,
		 &counters->notes[TCPSHAKE_NOTE_RESET_AT_COMPLETION]);
	out_uint(out, "backscatter", NULL, &counters->notes[TCPSHAKE_NOTE_BACKSCATTER]);
	out_uint(out, "partial", NULL, &counters->notes[TCPSHAKE_NOTE_PARTIAL]);
}

static void json_attempts(struct out *out, const struct store_counters *counters)
{
	out_uint(out, "attempts", NULL, &counters->attempts);
	tally_json(out, outcomes_of(counters));
	json_object(out, "unreachable_by", unreachable_of(counters));
	json_sum(out, "half_open_syn", counters->pending[TCPSHAKE_STATE_HALF_OPEN_SYN],
		 counters->outcomes[TCPSHAKE_OUTCOME_UNANSWERED]);
	json_sum(out, "half_open_synack", counters->pending[TCPSHAKE_STATE_HALF_OPEN_SYNACK],
		 counters->outcomes[TCPSHAKE_OUTCOME_UNACKED]);
	json_notes(out, counters);
	json_object(out, "anomalies", anomalies_of(counters));
}

static void json_floods(struct out *out, const struct replay *replay)
{
	const u64 incidents = replay_floods(replay, false), floods = replay_floods(replay, true);

	out_uint(out, "floods", NULL, &floods);
	out_uint(out, "incidents", NULL, &incidents);
}

void summary_json_counters(struct out *out, const struct replay *replay)
{
	json_packets(out, replay_counters(replay), replay_store_counters(replay));
	json_attempts(out, replay_store_counters(replay));
	json_floods(out, replay);
}

void summary_json(struct out *out, const struct replay *replay, char **files, size_t count)
{
	out_string(out, "file", NULL, files[0]);
	out_names(out, "files", NULL, (const char *const *)files, count, "");
	summary_json_counters(out, replay);
	out_end(out);
}

/* What is seldom is shown when there is any. */
static void print_if_any(const char *name, u64 value, u64 whole)
{
	if (value)
		tally_share("  ", name, value, whole);
}

static void print_packets(const struct replay_counters *packets,
			  const struct store_counters *counters)
{
	const u64 whole = packets->packets;

	tally_share("", "packets", whole, 0);
	tally_share("  ", "tcp_segments", counters->segments, whole);
	tally_print("    ", exits_of(counters), counters->segments, false);
	tally_share("  ", "not_tcp", packets->not_tcp, whole);
	print_if_any("held_fragments", packets->held_fragments, whole);
	print_if_any("unknown_link", packets->unknown_links, whole);
	print_if_any("clock_backwards", packets->clock_backwards, 0);
	putchar('\n');
}

static void print_notes(const struct store_counters *counters)
{
	const u64 completed = counters->outcomes[TCPSHAKE_OUTCOME_COMPLETED];

	tally_share("", "confirmed after completion", counters->notes[TCPSHAKE_NOTE_CONFIRMED],
		    completed);
	tally_share("", "stalled after completion", counters->notes[TCPSHAKE_NOTE_STALLED],
		    completed);
	tally_share("", "reset at completion",
		    counters->notes[TCPSHAKE_NOTE_RESET_AT_COMPLETION], completed);
	print_if_any("backscatter", counters->notes[TCPSHAKE_NOTE_BACKSCATTER], 0);
	print_if_any("seen in part", counters->notes[TCPSHAKE_NOTE_PARTIAL], 0);
}

void summary_print(const struct replay *replay)
{
	const struct store_counters *counters = replay_store_counters(replay);
	const u64 pending = tally_sum(pending_of(counters));

	print_packets(replay_counters(replay), counters);
	tally_share("", "attempts", counters->attempts, 0);
	tally_print("  ", outcomes_of(counters), counters->attempts, true);
	tally_print("    ", unreachable_of(counters), 0, false);
	tally_share("  ", "pending at the end", pending, counters->attempts);
	tally_print("    ", pending_of(counters), 0, true);
	print_notes(counters);
	print_if_any("incidents", replay_floods(replay, false), 0);
	print_if_any("floods among them", replay_floods(replay, true), 0);
	putchar('\n');
	tally_share("", "anomalies", tally_sum(anomalies_of(counters)), 0);
	tally_print("  ", anomalies_of(counters), 0, false);
	putchar('\n');
	tally_identity("segments", counters->segments, exits_of(counters), NULL);
	tally_identity("attempts", counters->attempts, outcomes_of(counters), &pending);
}
