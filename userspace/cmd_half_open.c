// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake half-open: the attempts that are pending now. */
#include "args.h"
#include "cmd.h"
#include "dump.h"

static enum exit_status run(const struct options *options, struct out *out)
{
	struct filter filter;

	if (!args_filter(options, true, &filter))
		return STATUS_USAGE;
	return dump_handshakes(options, out, TCPSHAKE_CMD_GET_HALF_OPEN, &filter, show_half_open);
}

const struct verb verb_half_open = {
	.name = "half-open",
	.summary = "attempts that are neither completed nor given up",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_FILE,
	.run = run,
	.help =
"usage: tcpshake half-open [FILTER] [--json] [-4 | -6] [--from-file FILE]\n"
"\n"
"Lists every attempt that is pending now in this network namespace. What is\n"
"given as FILTER must all match; the kernel does the filtering.\n"
"\n"
"filter:\n"
"  client PREFIX      192.0.2.1, 10.0.0.0/8, 2001:db8::/32\n"
"  server PREFIX\n"
"  cport PORT         of the client\n"
"  sport PORT         of the server\n"
"  state NAME         half_open_syn or half_open_synack\n"
"  min-age DURATION   500ms, 75s, 2m\n"
"\n"
"columns: RETRANS = SYNs/SYN-ACKs sent again. Needs CAP_NET_ADMIN.\n"
"\n"
"examples:\n"
"  tcpshake half-open\n"
"  tcpshake half-open server 10.0.0.0/8 sport 443 state half_open_synack min-age 5s\n"
"  tcpshake half-open --json | jq -r .client | sort | uniq -c | sort -rn | head\n",
};
