// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake replay: captures through the engine the kernel module has. What is
 * wrong with a file ends the reading of it, not the report of what was read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "cmd.h"
#include "listing.h"
#include "merge.h"
#include "progress.h"
#include "replay.h"
#include "show_flood.h"
#include "summary.h"

#define PACKETS_BETWEEN_LOOKS 4096

struct command {
	struct listing listing;
	char **files;
	int file_count;
	bool summary;
};

/* Files come first, so one that is called like a filter is written ./client. */
static bool is_filter_word(const char *word)
{
	return !strcmp(word, "client") || !strcmp(word, "server") || !strcmp(word, "cport") ||
	       !strcmp(word, "sport");
}

static bool check_words(const struct command *command)
{
	const struct options *options = command->listing.options;
	int from_stdin = 0;

	for (int i = 0; i < command->file_count; i++)
		from_stdin += !strcmp(command->files[i], "-");
	if (!command->file_count)
		usage_error("replay: which capture? Expected: tcpshake replay FILE... [FILTER]; '-' is standard input");
	else if (from_stdin > 1)
		usage_error("replay: '-' is given twice; standard input can be read once");
	else
		return listing_check_summary(options, command->file_count < options->word_count);
	return false;
}

static bool parse_words(struct command *command)
{
	struct options filter = *command->listing.options;

	command->files = filter.words;
	while (filter.word_count && !is_filter_word(filter.words[0])) {
		filter.words++;
		filter.word_count--;
	}
	command->file_count = filter.words - command->files;
	return check_words(command) && args_filter(&filter, false, &command->listing.filter);
}

/* False when it could not be done to the end, which has been said. */
static bool read_all(const struct command *command, struct merge *merge, struct replay *replay)
{
	const struct capture *capture;
	const struct packet *packet;
	struct progress progress;
	bool fine = true;
	u64 count = 0;

	progress_start(&progress, merge_size(merge),
		       !command->summary && isatty(STDOUT_FILENO));
	while (fine && (packet = merge_next(merge, &capture)) != NULL) {
		fine = replay_packet(replay, packet, capture_name(capture));
		if (++count % PACKETS_BETWEEN_LOOKS)
			continue;
		if (out_failed(command->listing.out))
			break;
		progress_show(&progress, merge_position(merge), count);
	}
	progress_end(&progress);
	if (!fine)
		failure("out of memory; a smaller --max-flows needs less");
	return fine && merge_is_whole(merge);
}

/* To be replay_settings.flood_told; context: the listing. */
static void tell_flood(void *context, const struct flood *flood)
{
	const struct listing *listing = context;

	show_flood_event(listing->out, flood);
	out_end(listing->out);
}

static void report(const struct command *command, const struct replay *replay)
{
	struct out *out = command->listing.out;

	if (command->listing.options->given & OPTION_FLOODS)
		return;
	if (!command->summary)
		listing_headings(&command->listing);
	else if (out_is_json(out))
		summary_json(out, replay, command->files, command->file_count);
	else
		summary_print(replay);
}

static enum exit_status replay_merged(const struct command *command, struct merge *merge,
				      struct replay *replay)
{
	bool fine = read_all(command, merge, replay);

	fine = replay_finish(replay) && fine;
	report(command, replay);
	if (!replay_is_consistent(replay))
		return failure("the counters contradict each other: a bug; please report it");
	return fine ? STATUS_OK : STATUS_FAILURE;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	struct command command = {
		.listing = { .out = out, .options = options },
		.summary = options->given & OPTION_SUMMARY,
	};
	const bool floods = options->given & OPTION_FLOODS;
	const struct replay_settings settings = {
		.outermost = options->given & OPTION_NO_DECAP,
		.checksums = options->given & OPTION_CHECKSUMS,
		.flows_max = options->max_flows ? options->max_flows : STORE_FLOWS_DEFAULT,
		.told = command.summary || floods ? NULL : listing_tell,
		.flood_told = floods ? tell_flood : NULL,
		.context = &command.listing,
	};
	enum exit_status status;
	struct replay *replay;
	struct merge *merge;

	if (!parse_words(&command))
		return STATUS_USAGE;
	if (floods && (command.summary || options->given & OPTION_OUTCOME ||
		       command.file_count < options->word_count))
		return usage_error("replay: --floods does not go with --summary, --outcome or a FILTER");
	replay = replay_new(&settings);
	merge = replay ? merge_open(command.files, command.file_count) : NULL;
	status = merge ? replay_merged(&command, merge, replay) : failure("out of memory");
	if (merge)
		merge_close(merge);
	replay_free(replay);
	return status;
}

const struct verb verb_replay = {
	.name = "replay",
	.summary = "captures through the same engine: every attempt in them",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_OUTCOME | OPTION_STATE |
		   OPTION_SUMMARY | OPTION_FLOODS | OPTION_NO_DECAP | OPTION_CHECKSUMS |
		   OPTION_MAX_FLOWS,
	.run = run,
	.help =
"usage: tcpshake replay FILE... [FILTER] [--outcome NAME]... [--json] [-4 | -6]\n"
"                       [--summary | --floods] [--no-decap] [--checksums] [--max-flows N]\n"
"\n"
"Reads captures (pcap, pcapng; '-': standard input), several as one in the order\n"
"of time, and lists every attempt in the order of its first SYN, with what became\n"
"of it; half_open_syn and half_open_synack if it was pending when the capture\n"
"ended. Needs neither the module nor a privilege.\n"
"\n"
"options:\n"
"  --summary          counts instead of a list: packets, attempts, anomalies\n"
"  --floods           floods instead: as they begin, go on and end, by the\n"
"                     capture's time, told by the detectors the module has\n"
"  --outcome NAME     only attempts with this outcome, or state at the end\n"
"  --no-decap         the outermost IP packet; tunnels are not looked into\n"
"  --checksums        leave segments out whose TCP checksum is wrong; capturing\n"
"                     hosts often leave it to the network card to write\n"
"  --max-flows N      flows kept at once (1048576); then the oldest are evicted\n"
"\n"
"filter:\n"
"  client PREFIX      192.0.2.1, 10.0.0.0/8, 2001:db8::/32\n"
"  server PREFIX\n"
"  cport PORT         of the client\n"
"  sport PORT         of the server\n"
"\n"
"Exit status 1 tells that a file could not be read to its end, was empty, has a\n"
"clock that goes backwards or a link type not known here; what could be read is\n"
"reported even so.\n"
"\n"
"examples:\n"
"  tcpshake replay trace.pcap\n"
"  tcpshake replay eth0.pcapng eth1.pcapng --outcome half_open_syn sport 443\n"
"  tcpdump -c 10000 -w - tcp | tcpshake replay - --summary\n"
"  tcpshake replay --json trace.pcap | jq -r .outcome | sort | uniq -c\n",
};
