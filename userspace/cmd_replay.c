// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake replay: captures through the engine the kernel module has. What is
 * wrong with a file ends the reading of it, not the report of what was read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "args.h"
#include "cmd.h"
#include "filter.h"
#include "merge.h"
#include "progress.h"
#include "replay.h"
#include "show.h"
#include "summary.h"

#define PACKETS_BETWEEN_LOOKS 4096

struct command {
	const struct options *options;
	struct out *out;
	struct filter filter;
	char **files;
	int file_count;
	bool summary;
};

static struct endpoint endpoint_of(const u8 address[TCPSHAKE_ADDR_LEN], u16 port)
{
	struct endpoint endpoint = { .port = port };

	endpoint.family = tcpshake_addr_is_v4(address) ? AF_INET : AF_INET6;
	if (endpoint.family == AF_INET)
		memcpy(endpoint.address, address + 12, 4);
	else
		memcpy(endpoint.address, address, 16);
	return endpoint;
}

static void know(struct handshake *handshake, unsigned int attribute)
{
	handshake->has |= 1ULL << attribute;
}

static void know_halves(struct handshake *handshake, const struct tcpshake_ended *ended)
{
	u32 us;

	if (tcpshake_flow_server_rtt(&ended->flow, &us)) {
		know(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_RTT);
		handshake->server_rtt_us = us;
	}
	if (tcpshake_ended_client_rtt(ended, &us)) {
		know(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_RTT);
		handshake->client_rtt_us = us;
	}
}

static void from_attempt(struct handshake *handshake, const struct attempt *attempt)
{
	const struct tcpshake_flow *flow = &attempt->ended.flow;

	*handshake = (struct handshake){
		.client = endpoint_of(flow->client, flow->client_port),
		.server = endpoint_of(flow->server, flow->server_port),
		.time_ns = attempt->time_ns,
		.client_isn = flow->client_isn,
		.server_isn = flow->server_isn,
		.state = flow->state,
		.outcome = attempt->ended.outcome,
		.flags = flow->flags,
		.syn_count = flow->syn_count,
		.synack_count = flow->synack_count,
		.total_us = attempt->ended.total_us,
	};
	know(handshake, TCPSHAKE_HANDSHAKE_A_TIME);
	know(handshake, TCPSHAKE_HANDSHAKE_A_CLIENT_ISN);
	if (flow->synack_count)
		know(handshake, TCPSHAKE_HANDSHAKE_A_SERVER_ISN);
	know(handshake, attempt->ended.outcome ? TCPSHAKE_HANDSHAKE_A_OUTCOME :
						 TCPSHAKE_HANDSHAKE_A_STATE);
	know(handshake, TCPSHAKE_HANDSHAKE_A_FLAGS);
	know(handshake, TCPSHAKE_HANDSHAKE_A_SYN_COUNT);
	know(handshake, TCPSHAKE_HANDSHAKE_A_SYNACK_COUNT);
	know(handshake, TCPSHAKE_HANDSHAKE_A_TOTAL);
	know_halves(handshake, &attempt->ended);
}

static bool passes(const struct command *command, const struct handshake *handshake)
{
	const struct options *options = command->options;

	if (options->given & (OPTION_OUTCOME | OPTION_STATE) &&
	    !(handshake->outcome ? options->outcomes >> handshake->outcome & 1 :
				   options->states >> handshake->state & 1))
		return false;
	return filter_passes(&command->filter, handshake);
}

static void on_attempt(void *context, const struct attempt *attempt)
{
	const struct command *command = context;
	struct handshake handshake;

	from_attempt(&handshake, attempt);
	if (!passes(command, &handshake))
		return;
	show_attempt(command->out, &handshake);
	out_end(command->out);
}

/* Files come first, so one that is called like a filter is written ./client. */
static bool is_filter_word(const char *word)
{
	return !strcmp(word, "client") || !strcmp(word, "server") || !strcmp(word, "cport") ||
	       !strcmp(word, "sport");
}

static bool check_words(const struct command *command)
{
	const unsigned int narrowing = OPTION_FAMILY | OPTION_OUTCOME | OPTION_STATE;
	const struct options *options = command->options;
	int from_stdin = 0;

	for (int i = 0; i < command->file_count; i++)
		from_stdin += !strcmp(command->files[i], "-");
	if (!command->file_count)
		usage_error("replay: which capture? Expected: tcpshake replay FILE... [FILTER]; '-' is standard input");
	else if (from_stdin > 1)
		usage_error("replay: '-' is given twice; standard input can be read once");
	else if (command->summary && (command->file_count < options->word_count ||
				      options->given & narrowing))
		usage_error("replay: --summary tells of all packets; filters, --outcome, -4 and -6 are for the list of attempts");
	else
		return true;
	return false;
}

static bool parse_words(struct command *command)
{
	struct options filter = *command->options;

	command->files = filter.words;
	while (filter.word_count && !is_filter_word(filter.words[0])) {
		filter.words++;
		filter.word_count--;
	}
	command->file_count = filter.words - command->files;
	return check_words(command) && args_filter(&filter, false, &command->filter);
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
		if (out_failed(command->out))
			break;
		progress_show(&progress, merge_position(merge), count);
	}
	progress_end(&progress);
	if (!fine)
		failure("out of memory; a smaller --max-flows needs less");
	return fine && merge_is_whole(merge);
}

static void report(const struct command *command, const struct replay *replay)
{
	const struct handshake none = { .client.port = -1, .server.port = -1 };

	if (!command->summary) {
		show_attempt(command->out, &none);
		out_headings(command->out);
	} else if (out_is_json(command->out)) {
		summary_json(command->out, replay, command->files, command->file_count);
	} else {
		summary_print(replay);
	}
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
		.options = options,
		.out = out,
		.summary = options->given & OPTION_SUMMARY,
	};
	const struct replay_settings settings = {
		.outermost = options->given & OPTION_NO_DECAP,
		.checksums = options->given & OPTION_CHECKSUMS,
		.flows_max = options->max_flows ? options->max_flows : STORE_FLOWS_DEFAULT,
		.told = command.summary ? NULL : on_attempt,
		.context = &command,
	};
	enum exit_status status;
	struct replay *replay;
	struct merge *merge;

	if (!parse_words(&command))
		return STATUS_USAGE;
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
		   OPTION_SUMMARY | OPTION_NO_DECAP | OPTION_CHECKSUMS | OPTION_MAX_FLOWS,
	.run = run,
	.help =
"usage: tcpshake replay FILE... [FILTER] [--outcome NAME]... [--json] [-4 | -6]\n"
"                       [--summary] [--no-decap] [--checksums] [--max-flows N]\n"
"\n"
"Reads captures (pcap, pcapng; '-': standard input), several as one in the order\n"
"of time, and lists every attempt in the order of its first SYN, with what became\n"
"of it; half_open_syn and half_open_synack if it was pending when the capture\n"
"ended. Needs neither the module nor a privilege.\n"
"\n"
"options:\n"
"  --summary          counts instead of a list: packets, attempts, anomalies\n"
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
