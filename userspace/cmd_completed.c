// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake completed: the newest completed handshakes the kernel kept. */
#include "args.h"
#include "cmd.h"
#include "dump.h"

static enum exit_status run(const struct options *options, struct out *out)
{
	struct filter filter;

	if (!args_filter(options, false, &filter))
		return STATUS_USAGE;
	return dump_handshakes(options, out, TCPSHAKE_CMD_GET_COMPLETED, &filter, show_completed);
}

const struct verb verb_completed = {
	.name = "completed",
	.summary = "the newest completed handshakes, and how long they took",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_FILE,
	.run = run,
	.help =
"usage: tcpshake completed [FILTER] [--json] [-4 | -6] [--from-file FILE]\n"
"\n"
"Lists the newest completed handshakes the module keeps, oldest first. What is\n"
"given as FILTER must all match; the kernel does the filtering.\n"
"\n"
"filter:\n"
"  client PREFIX      192.0.2.1, 10.0.0.0/8, 2001:db8::/32\n"
"  server PREFIX\n"
"  cport PORT         of the client\n"
"  sport PORT         of the server\n"
"\n"
"columns: TIME of the first SYN; TOTAL from there to the completing segment;\n"
"SERVER-HALF from SYN to SYN-ACK, CLIENT-HALF from SYN-ACK to ACK, both '-' where\n"
"a retransmission makes them ambiguous; RETRANS = SYNs/SYN-ACKs sent again.\n"
"Needs CAP_NET_ADMIN.\n"
"\n"
"examples:\n"
"  tcpshake completed\n"
"  tcpshake completed server 2001:db8::/32 sport 443\n"
"  tcpshake completed --json | jq -r 'select(.total_us > 200000) | .client'\n",
};
