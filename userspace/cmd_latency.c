// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake latency: how long handshakes take. */
#include "cmd.h"
#include "nl.h"
#include "show_flood.h"

struct latencies {
	struct out *out;
	bool buckets;
};

static int on_latency(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_LATENCY);
	const struct latencies *latencies = context;
	struct latency latency;

	if (!nest)
		return 0;
	decode_latency(nest, &latency);
	show_latency(latencies->out, &latency, latencies->buckets);
	out_end(latencies->out);
	return 0;
}

static int ask(struct nl *nl, const struct options *options, struct out *out)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct latencies latencies = { out, options->given & OPTION_BUCKETS };

	if (options->given & OPTION_RESET)
		return nl_request(nl, nl_prepare(nl, buffer, TCPSHAKE_CMD_RESET_LATENCY,
						 NLM_F_ACK), NULL, NULL);
	return nl_request(nl, nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_LATENCY, NLM_F_DUMP),
			  on_latency, &latencies);
}

static enum exit_status run(const struct options *options, struct out *out)
{
	static struct nl nl;
	int error;

	if (!options_no_words(options))
		return STATUS_USAGE;
	if (options->given & OPTION_BUCKETS && !out_is_json(out))
		return usage_error("latency: --buckets goes with --json");
	error = nl_open(&nl, options->file);
	if (!error)
		error = ask(&nl, options, out);
	out_flush(out);
	nl_close(&nl);
	return error ? nl_complain(&nl, error) : STATUS_OK;
}

const struct verb verb_latency = {
	.name = "latency",
	.summary = "how long handshakes take, with percentiles",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FILE | OPTION_RESET | OPTION_BUCKETS,
	.run = run,
	.help =
"usage: tcpshake latency [--json [--buckets]] [--from-file FILE]\n"
"       tcpshake latency --reset\n"
"\n"
"How long the completed handshakes of this network namespace took: server = SYN to\n"
"SYN-ACK, client = SYN-ACK to the third segment, total = both. A half that a\n"
"retransmission makes ambiguous is not counted (Karn's algorithm). Percentiles are\n"
"the middle of a bucket, at most 1.6 % off; --buckets adds pairs of an upper bound\n"
"in microseconds, exclusive, and a number. --reset empties these histograms and\n"
"those of the services, nothing else, and needs CAP_NET_ADMIN; reading needs nothing.\n"
"\n"
"examples:\n"
"  tcpshake latency\n"
"  tcpshake latency --reset; sleep 60; tcpshake latency\n"
"  tcpshake latency --json --buckets | jq 'select(.half == \"server\")'\n",
};
