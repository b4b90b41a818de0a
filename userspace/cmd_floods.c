// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake floods: SYN floods, and what only looks like one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "core/names.h"
#include "floods.h"
#include "nl.h"
#include "show_flood.h"

static int on_flood(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_FLOOD);
	struct floods *floods = context;
	struct flood *more;

	if (!nest)
		return 0;
	more = realloc(floods->all, (floods->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	floods->all = more;
	decode_flood(nest, &more[floods->count++]);
	return 0;
}

int floods_read(struct nl *nl, struct floods *floods)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_FLOODS, NLM_F_DUMP);

	return nl_request(nl, request, on_flood, floods);
}

void floods_free(struct floods *floods)
{
	free(floods->all);
	*floods = (struct floods){ 0 };
}

const char *floods_label(const struct floods *floods, const struct service *service)
{
	if (!decode_has(service->has, TCPSHAKE_SERVICE_A_FLOOD))
		return NULL;
	for (size_t i = 0; i < floods->count; i++)
		if (floods->all[i].number == service->flood)
			return tcpshake_label_name(floods->all[i].label);
	return NULL;
}

static bool is_active(const struct flood *flood)
{
	return !decode_has(flood->has, TCPSHAKE_FLOOD_A_ENDED);
}

/* --check is about floods alone; --all is about what is over, too. */
static bool is_wanted(const struct options *options, const struct flood *flood)
{
	if (options->family && options->family != flood->target.family)
		return false;
	if (options->given & OPTION_CHECK)
		return is_active(flood) && (show_is_flood(flood) || options->given & OPTION_ALL);
	return is_active(flood) || options->given & OPTION_ALL;
}

static size_t show_all(const struct options *options, struct out *out,
		       const struct floods *floods)
{
	const bool story = options->given & OPTION_VERBOSE && !out_is_json(out);
	const struct flood none = { .target.port = -1 };
	size_t shown = 0;

	for (size_t i = 0; i < floods->count; i++) {
		if (!is_wanted(options, &floods->all[i]))
			continue;
		shown++;
		if (story) {
			show_flood_story(&floods->all[i]);
		} else {
			show_flood(out, &floods->all[i]);
			out_end(out);
		}
	}
	if (!story && !(options->given & OPTION_CHECK)) {
		show_flood(out, &none);
		out_headings(out);
	}
	out_flush(out);
	return shown;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	struct floods floods = { 0 };
	static struct nl nl;
	size_t shown;
	int error;

	if (!options_no_words(options))
		return STATUS_USAGE;
	error = nl_open(&nl, options->file);
	if (!error)
		error = floods_read(&nl, &floods);
	nl_close(&nl);
	if (error) {
		floods_free(&floods);
		return nl_complain(&nl, error);
	}
	shown = show_all(options, out, &floods);
	floods_free(&floods);
	return shown && options->given & OPTION_CHECK ? STATUS_FLOOD : STATUS_OK;
}

const struct verb verb_floods = {
	.name = "floods",
	.summary = "SYN floods, and what only looks like one",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_FILE | OPTION_CHECK |
		   OPTION_ALL | OPTION_VERBOSE,
	.run = run,
	.help =
"usage: tcpshake floods [--all] [--verbose] [--check] [--json] [-4 | -6]\n"
"                       [--from-file FILE]\n"
"\n"
"Lists what is going on now; with --all also what is over. LABEL says what it looks\n"
"like. These are SYN floods: spoofed, distributed, few_sources, real_sources,\n"
"reflection. These are not: outage (the server is silent), overload (it answers only\n"
"some), scan, refused. SYNS = attempts a second, of what is over the most there were.\n"
"--verbose tells the whole story of each. The manual has a section WHAT TO DO WHEN.\n"
"\n"
"--check prints active floods alone and exits with 3 if there is one, else with 0;\n"
"with --all it counts outages and the like, too. Needs CAP_NET_ADMIN.\n"
"\n"
"examples:\n"
"  tcpshake floods\n"
"  tcpshake floods --all --verbose\n"
"  tcpshake floods --check || systemctl start flood-mode\n"
"  tcpshake floods --json | jq -r '.source_prefixes[] | \"\\(.prefix)/\\(.prefix_len)\"'\n",
};
