// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake malformed: the newest anomalous segments the kernel kept. */
#include "cmd.h"
#include "dump.h"

static enum exit_status run(const struct options *options, struct out *out)
{
	return options_no_words(options) ? dump_anomalies(options, out) : STATUS_USAGE;
}

const struct verb verb_malformed = {
	.name = "malformed",
	.summary = "the newest segments with something wrong about them",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_FILE,
	.run = run,
	.help =
"usage: tcpshake malformed [--json] [-4 | -6] [--from-file FILE]\n"
"\n"
"Lists the newest anomalous segments the module keeps, oldest first: malformed\n"
"headers, impossible flags, and segments that do not fit the handshake they\n"
"claim to belong to. The names are explained in tcpshake(8).\n"
"Needs CAP_NET_ADMIN.\n"
"\n"
"examples:\n"
"  tcpshake malformed\n"
"  tcpshake malformed --json | jq -r '.anomalies[]' | sort | uniq -c\n",
};
