// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake watch: events as they come, until the reader or a signal ends it.
 * What is lost on the way is told among the events, at the place of the gap.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "config.h"
#include "hook.h"
#include "nl.h"
#include "show.h"
#include "show_flood.h"
#include "signals.h"
#include "stats.h"

struct watch {
	const struct options *options;
	struct out *out;
	bool numbered[NL_GROUP_COUNT];	/* has a message come yet */
	u64 next[NL_GROUP_COUNT];	/* number of the event to come, at the latest */
	u64 shown;			/* events, for --count */
	struct hook *hook;		/* what --exec wants run, or NULL */
};

static const char *const group_names[NL_GROUP_COUNT] = {
	[NL_GROUP_HANDSHAKE] = TCPSHAKE_GROUP_HANDSHAKE,
	[NL_GROUP_ANOMALY] = TCPSHAKE_GROUP_ANOMALY,
	[NL_GROUP_FLOOD] = TCPSHAKE_GROUP_FLOOD,
};

/* Whoever asks for some gets those only; who asks for nothing gets all. */
static bool wants(const struct options *options, enum nl_group group)
{
	static const unsigned int own[NL_GROUP_COUNT] = {
		[NL_GROUP_HANDSHAKE] = OPTION_OUTCOME,
		[NL_GROUP_ANOMALY] = OPTION_ANOMALY,
		[NL_GROUP_FLOOD] = OPTION_FLOODS | OPTION_EXEC,
	};
	const unsigned int any = OPTION_OUTCOME | OPTION_ANOMALY | OPTION_FLOODS | OPTION_EXEC;

	return options->given & own[group] || !(options->given & any);
}

static bool passes_handshake(const struct options *options, const struct handshake *handshake)
{
	if (!show_family(options, &handshake->client))
		return false;
	return !(options->given & OPTION_OUTCOME) ||
	       (handshake->outcome < 64 && options->outcomes >> handshake->outcome & 1);
}

static bool passes_anomaly(const struct options *options, const struct anomaly *anomaly)
{
	if (!show_family(options, &anomaly->source))
		return false;
	if (!(options->given & OPTION_ANOMALY))
		return tcpshake_anomalies_empty(&anomaly->kinds) ||
		       !tcpshake_anomalies_legal(&anomaly->kinds);
	for (unsigned int i = 1; i <= TCPSHAKE_ANOMALY_MAX; i++) {
		if (tcpshake_anomalies_has(&anomaly->kinds, i) &&
		    tcpshake_anomalies_has(&options->anomalies, i))
			return true;
	}
	return false;
}

/* An event, not what is said about those that were lost. */
static void shown(struct watch *watch)
{
	out_end(watch->out);
	watch->shown++;
}

static bool enough(const struct watch *watch)
{
	return watch->options->count && watch->shown >= watch->options->count;
}

static void on_handshake(struct watch *watch, const struct nlattr *nest)
{
	struct handshake handshake;

	decode_handshake(nest, &handshake);
	if (!passes_handshake(watch->options, &handshake))
		return;
	show_handshake_event(watch->out, &handshake);
	shown(watch);
}

static void on_anomaly(struct watch *watch, const struct nlattr *nest)
{
	struct anomaly anomaly;

	decode_anomaly(nest, &anomaly);
	if (!passes_anomaly(watch->options, &anomaly))
		return;
	show_anomaly_event(watch->out, &anomaly);
	shown(watch);
}

static void on_flood(struct watch *watch, const struct nlattr *nest)
{
	struct flood flood;

	decode_flood(nest, &flood);
	if (watch->options->family && watch->options->family != flood.target.family)
		return;
	show_flood_event(watch->out, &flood);
	shown(watch);
	if (watch->hook)
		hook_take(watch->hook, &flood);
}

static void tell_lost(const struct watch *watch, const char *group, const u64 *count)
{
	show_lost_event(watch->out, group, count);
	out_end(watch->out);
}

/*
 * Numbers never go back, except to 0 when observation was switched off and on. The
 * first message may be older than the number asked for at the start.
 */
static void check_number(struct watch *watch, enum nl_group group, u64 number)
{
	u64 expected = watch->next[group], lost;

	if (!watch->numbered[group] && number < expected)
		expected = number;
	if (number < expected) {
		fflush(stdout);
		fprintf(stderr, "tcpshake: observation was switched off and on again\n");
		expected = 0;
	}
	lost = number - expected;
	if (lost)
		tell_lost(watch, group_names[group], &lost);
	watch->numbered[group] = true;
	watch->next[group] = number;
}

static int on_event(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *attribute, *first = decode_find(nlh, TCPSHAKE_A_EVENT_NUMBER);
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	enum nl_group group = genl->cmd == TCPSHAKE_CMD_ANOMALY_EVENT;
	u16 nest = group == NL_GROUP_ANOMALY ? TCPSHAKE_A_ANOMALY : TCPSHAKE_A_HANDSHAKE;
	struct watch *watch = context;
	u64 number;

	if (genl->cmd == TCPSHAKE_CMD_FLOOD_EVENT && wants(watch->options, NL_GROUP_FLOOD)) {
		attribute = decode_find(nlh, TCPSHAKE_A_FLOOD);
		if (attribute && !enough(watch))
			on_flood(watch, attribute);
		return 0;
	}
	if ((genl->cmd != TCPSHAKE_CMD_HANDSHAKE_EVENT && group != NL_GROUP_ANOMALY) ||
	    !wants(watch->options, group))
		return 0;
	if (first && decode_uint(first, &number))
		check_number(watch, group, number);
	mnl_attr_for_each(attribute, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attribute) != nest || enough(watch))
			continue;
		watch->next[group]++;
		if (group == NL_GROUP_ANOMALY)
			on_anomaly(watch, attribute);
		else
			on_handshake(watch, attribute);
	}
	return 0;
}

/* Waits for events. False when it is time to go: a signal, or nobody reads stdout. */
static bool wait_for_events(const struct watch *watch, const struct nl *nl, int signals)
{
	struct pollfd fds[] = {
		{ .fd = nl_fd(nl), .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = watch->hook ? hook_fd(watch->hook) : -1 },
	};

	if (watch->hook)
		fds[3].events = hook_events(watch->hook);
	while (poll(fds, 4, -1) < 0) {
		if (errno != EINTR)
			return false;
	}
	if (fds[3].revents)
		hook_step(watch->hook);
	return !fds[1].revents && !fds[2].revents;
}

/* Return: 0 when it ended as it should, or a negative errno. */
static int watch_loop(struct watch *watch, struct nl *nl, int signals)
{
	int result;

	do {
		result = nl_events(nl, on_event, watch);
		if (result == -ENOBUFS) {
			tell_lost(watch, NULL, NULL);
			result = 1;
		}
		if (!out_flush(watch->out) || enough(watch))
			return 0;
		if (result == -EAGAIN)
			result = wait_for_events(watch, nl, signals);
	} while (result > 0);
	return result;
}

/* Events of a namespace that is not observed would never come: better say so. */
static int check_observed(struct nl *nl)
{
	struct config config;
	int error = config_read(nl, &config);

	return error || config.enabled ? error : -ENODATA;
}

static int join(struct nl *nl, const struct options *options)
{
	int error = nl->file ? 0 : check_observed(nl);

	for (int group = 0; !error && group < NL_GROUP_COUNT; group++) {
		if (wants(options, group))
			error = nl_join(nl, group);
	}
	return error;
}

/* What is lost before the first message can only be known by where the numbers stand now. */
static int find_numbers(struct watch *watch, bool recorded)
{
	static struct nl nl;
	struct stats stats = { .events_handshake = UINT64_MAX, .events_anomaly = UINT64_MAX };
	int error = recorded ? 0 : stats_read(&nl, NULL, &stats);

	watch->next[NL_GROUP_HANDSHAKE] = stats.events_handshake;
	watch->next[NL_GROUP_ANOMALY] = stats.events_anomaly;
	return error;
}

static void write_headings(struct out *out)
{
	/* Wide enough for most: the outcomes, IPv4 endpoints. */
	static const size_t usual[] = { 15, 12, 21, 21 };
	const struct handshake none = { .client.port = -1, .server.port = -1 };

	out_widths(out, usual, sizeof(usual) / sizeof(usual[0]));
	show_handshake_event(out, &none);
	out_headings(out);
	out_flush(out);
}

static enum exit_status run(const struct options *options, struct out *out)
{
	struct watch watch = { .options = options, .out = out };
	static struct nl nl;
	int error, signals;

	if (!options_no_words(options))
		return STATUS_USAGE;
	error = nl_open(&nl, options->file);
	if (!error)
		error = join(&nl, options);
	if (!error)
		error = find_numbers(&watch, nl.file);
	if (error) {
		nl_close(&nl);
		return nl_complain(&nl, error);
	}
	/* Reading a file may be interrupted like in any other verb. */
	signals = nl.file ? -1 : signals_open();
	if (!nl.file && signals < 0)
		return failure("signalfd: %s", strerror(errno));
	if (options->given & OPTION_EXEC) {
		watch.hook = hook_new(options->exec);
		if (!watch.hook)
			return failure("--exec: %s", strerror(errno));
	}
	out_stream(out);
	write_headings(out);
	error = watch_loop(&watch, &nl, signals);
	if (signals >= 0)
		close(signals);
	if (watch.hook)
		hook_free(watch.hook);
	nl_close(&nl);
	if (error == -ENOENT)
		return failure("the kernel module was removed; there are no more events");
	return error ? nl_complain(&nl, error) : STATUS_OK;
}

const struct verb verb_watch = {
	.name = "watch",
	.summary = "handshakes, anomalies and floods as they happen",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_FILE | OPTION_OUTCOME |
		   OPTION_ANOMALY | OPTION_FLOODS | OPTION_EXEC | OPTION_COUNT,
	.run = run,
	.help =
"usage: tcpshake watch [--outcome NAME]... [--anomaly NAME]... [--floods]\n"
"                      [--exec COMMAND] [--count NUMBER] [--json] [-4 | -6]\n"
"                      [--from-file FILE]\n"
"\n"
"Prints a line for every attempt that ends, every anomaly, and floods as they begin,\n"
"go on and end, until it is interrupted or its output is closed, or after so many\n"
"events as --count says. With --outcome only\n"
"attempts that end so, with --anomaly only such anomalies, with --floods only floods,\n"
"with several, these. Names may be repeated; an unknown one is answered with the\n"
"list. TIME is that of the first SYN, of the anomalous segment, or of the onset.\n"
"Anomalies that are legal, such as syn_retrans, are shown only where --anomaly names\n"
"them.\n"
"\n"
"--exec runs COMMAND with /bin/sh for each event of a flood, which it finds as JSON on\n"
"its standard input: one at a time, in order, without holding up anything else. Of\n"
"those that wait, 64 are kept; what comes beyond is told on standard error.\n"
"\n"
"A line 'lost' says how many events did not arrive. Needs CAP_NET_ADMIN.\n"
"\n"
"examples:\n"
"  tcpshake watch\n"
"  tcpshake watch --outcome unanswered --outcome unacked\n"
"  tcpshake watch --floods --exec 'logger -t flood'\n"
"  tcpshake watch --json --anomaly flags_xmas | while read -r event; do ...; done\n",
};
