// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake services: what attempts are for, and how each service fares. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "args.h"
#include "cmd.h"
#include "core/names.h"
#include "floods.h"
#include "nl.h"
#include "services.h"
#include "show_flood.h"

/* What one can sort by: a member of struct service, an outcome, or a percentile. */
static const struct column {
	const char *name;
	size_t offset;
} columns[] = {
	{ "rate", offsetof(struct service, rate) },
	{ "attempts", offsetof(struct service, attempts) },
	{ "pending", offsetof(struct service, pending) },
	{ "pending_peak", offsetof(struct service, pending_peak) },
	{ "answered", offsetof(struct service, answered) },
	{ "syn_retrans", offsetof(struct service, syn_retrans) },
	{ "synack_retrans", offsetof(struct service, synack_retrans) },
	{ "stalled", offsetof(struct service, stalled) },
	{ "completion", offsetof(struct service, completion) },
	{ "flood", offsetof(struct service, flood) },
	{ "server_p50", offsetof(struct service, halves[TCPSHAKE_HALF_SERVER].p50_us) },
	{ "server_p99", offsetof(struct service, halves[TCPSHAKE_HALF_SERVER].p99_us) },
	{ "total_p50", offsetof(struct service, halves[TCPSHAKE_HALF_BOTH].p50_us) },
	{ "total_p99", offsetof(struct service, halves[TCPSHAKE_HALF_BOTH].p99_us) },
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static size_t sort_offset;
static bool sort_reverse;

static u64 sort_value(const struct service *service)
{
	u64 value;

	memcpy(&value, (const char *)service + sort_offset, sizeof(value));
	return value;
}

/* The most first; the namespace's own record last in any case. */
static int by_column(const void *a, const void *b)
{
	const struct service *sa = a, *sb = b;
	const u64 va = sort_value(sa), vb = sort_value(sb);
	const int order = va < vb ? 1 : va > vb ? -1 : sa->attempts < sb->attempts ? 1 : -1;

	if (!sa->server.family != !sb->server.family)
		return sa->server.family ? -1 : 1;
	return sort_reverse ? -order : order;
}

void services_sort(struct services *services, bool reverse)
{
	sort_reverse = reverse;
	if (services->count)
		qsort(services->all, services->count, sizeof(*services->all), by_column);
}

bool services_sort_by(const char *name)
{
	char accepted[400];
	size_t used = 0;

	for (unsigned int i = 1; i <= TCPSHAKE_OUTCOME_MAX; i++) {
		if (args_same(name, tcpshake_outcome_name(i))) {
			sort_offset = offsetof(struct service, outcomes) + i * sizeof(u64);
			return true;
		}
	}
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (args_same(name, columns[i].name)) {
			sort_offset = columns[i].offset;
			return true;
		}
		used += snprintf(accepted + used, sizeof(accepted) - used, "%s, ",
				 columns[i].name);
	}
	usage_error("--sort: '%s' is no column; accepted: %sand the names of outcomes", name,
		    accepted);
	return false;
}

static int on_service(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_SERVICE);
	struct services *list = context;
	struct service *more;

	if (!nest)
		return 0;
	more = realloc(list->all, (list->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->all = more;
	decode_service(nest, &more[list->count++]);
	return 0;
}

int services_read(struct nl *nl, const struct filter *filter, struct services *list)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_SERVICES, NLM_F_DUMP);

	args_put_filter(request, filter);
	return nl_request(nl, request, on_service, list);
}

static void show_all(const struct options *options, struct out *out, const struct services *list,
		     const struct floods *floods)
{
	const struct service none = { .server.port = -1, .server.family = AF_INET };
	struct listeners listeners = { 0 };

	if (!options->file)
		listeners_read(&listeners);
	for (size_t i = 0; i < list->count; i++) {
		const struct service *service = &list->all[i];

		if (options->limit && i >= options->limit)
			break;
		show_service(out, service, listeners_find(&listeners, &service->server),
			     floods_label(floods, service));
		out_end(out);
	}
	show_service(out, &none, NULL, NULL);
	out_headings(out);
	out_flush(out);
	listeners_free(&listeners);
}

static bool filter_of(const struct options *options, struct filter *filter)
{
	if (!args_filter(options, false, filter))
		return false;
	if (!filter->client.family && filter->client_port < 0)
		return true;
	usage_error("services: a service has no client; accepted: server PREFIX, sport PORT");
	return false;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	struct floods floods = { 0 };
	struct services list = { 0 };
	struct filter filter;
	static struct nl nl;
	int error;

	if (!filter_of(options, &filter) ||
	    !services_sort_by(options->sort ? options->sort : "rate"))
		return STATUS_USAGE;
	error = nl_open(&nl, options->file);
	if (!error)
		error = services_read(&nl, &filter, &list);
	if (!error && !options->file)
		error = floods_read(&nl, &floods);
	nl_close(&nl);
	if (error) {
		free(list.all);
		return nl_complain(&nl, error);
	}
	services_sort(&list, options->given & OPTION_REVERSE);
	show_all(options, out, &list, &floods);
	free(list.all);
	floods_free(&floods);
	return STATUS_OK;
}

const struct verb verb_services = {
	.name = "services",
	.summary = "what attempts are for, and how each service fares",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_FILE | OPTION_SORT |
		   OPTION_REVERSE | OPTION_LIMIT,
	.run = run,
	.help =
"usage: tcpshake services [server PREFIX] [sport PORT] [--sort COLUMN] [--reverse]\n"
"                         [--limit NUMBER] [--json] [-4 | -6] [--from-file FILE]\n"
"\n"
"A line for each service, an address and port attempts were made to, the busiest\n"
"first; 'other' is what found no room for a record of its own. RATE = attempts a\n"
"second, HALF-OPEN = pending now, COMPLETED = of all attempts, RETRANS = SYNs/\n"
"SYN-ACKs sent again, STALLED = completed, but the server does not accept, QUEUE =\n"
"accept queue and its size where the service is on this host, SERVER-P50 = how long\n"
"its SYN-ACK took, P50 and P99 = the whole handshake. Needs CAP_NET_ADMIN.\n"
"\n"
"examples:\n"
"  tcpshake services\n"
"  tcpshake services --sort unanswered --limit 5\n"
"  tcpshake services sport 443 --json | jq 'select(.stalled > 0)'\n",
};
