// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake capture: the engine of replay on a live interface, for hosts where the
 * module cannot be loaded. Attempts are shown as they end; the end of the capture is
 * the end of none: what is pending then is told as pending.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "cmd.h"
#include "listing.h"
#include "live.h"
#include "replay.h"
#include "signals.h"
#include "summary.h"
#include "tally.h"

#define MS_NS 1000000ULL
#define SECOND_NS 1000000000ULL

/*
 * Packets reach us so much later than they passed: twice the time the kernel is given,
 * as it looks at its buffer that often, and some more. No packet is older than that
 * when none is there; and so long is waited after a signal, for those on their way.
 */
#define SETTLE_NS (3 * LIVE_READ_MS * MS_NS)

#define BETWEEN_LOOKS_NS SECOND_NS		/* at the interface and its losses */
#define BETWEEN_WARNINGS_NS (10 * SECOND_NS)

enum { PACKETS_AT_ONCE = 4096 };	/* between looks at everything else */

struct session {
	struct listing listing;
	struct live *live;
	struct replay *replay;
	int signals;
	bool summary;
	bool out_of_memory;
	u64 count;		/* packets to be taken, 0: no limit */
	u64 end_ns;		/* by the clock of now(); 0: never, likewise below */
	u64 stop_ns;		/* it ends, and waits until then for what is on the way */
	u64 look_ns;		/* when to look again */
	u64 warn_ns;		/* when to warn again at the earliest */
	u64 lost;		/* so many packets have been told */
};

static u64 read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND_NS + time.tv_nsec;
}

/* Goes on while the host sleeps, and nobody sets it. */
static u64 now(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

/* The times of packets are the wall clock's. */
static void set_time(const struct session *session, u64 now_ns, bool idle)
{
	const u64 settled_ns = now_ns > SETTLE_NS ? now_ns - SETTLE_NS : 0;

	replay_now(session->replay, idle ? settled_ns : now_ns, now() - read_clock(CLOCK_REALTIME),
		   idle);
}

static bool take(void *context, const struct packet *packet)
{
	struct session *session = context;

	session->out_of_memory = !replay_packet(session->replay, packet, live_name(session->live));
	return !session->out_of_memory;
}

/* How many packets may be read. 0: it is enough. */
static int wanted(const struct session *session)
{
	u64 left;

	if (!session->count)
		return PACKETS_AT_ONCE;
	left = session->count - replay_counters(session->replay)->packets;
	return left < PACKETS_AT_ONCE ? left : PACKETS_AT_ONCE;
}

static void tell_losses(const struct session *session, struct live_counts counts)
{
	failure("%s: packets lost: %llu by the kernel, because they came faster than they were read, %llu by the interface; attempts may have ended otherwise than told",
		live_name(session->live), (unsigned long long)counts.dropped,
		(unsigned long long)counts.missed);
}

static void warn_of_losses(struct session *session, u64 now_ns)
{
	const struct live_counts counts = live_count(session->live);
	const u64 lost = counts.dropped + counts.missed;

	if (lost == session->lost || now_ns < session->warn_ns)
		return;
	tell_losses(session, counts);
	session->lost = lost;
	session->warn_ns = now_ns + BETWEEN_WARNINGS_NS;
}

/* What need not be known for every packet. False when the interface is no more. */
static bool look(struct session *session, u64 now_ns)
{
	if (now_ns < session->look_ns)
		return true;
	session->look_ns = now_ns + BETWEEN_LOOKS_NS;
	warn_of_losses(session, now_ns);
	return live_is_up(session->live);
}

/* Waits for packets. False when it is time to go: nobody reads stdout, or a second signal. */
static bool wait_for_packets(struct session *session, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = live_fd(session->live), .events = POLLIN },
		{ .fd = session->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	if (poll(fds, 3, timeout_ms) < 0)
		return true;
	if (fds[2].revents)
		return false;
	while (signals_take(session->signals)) {
		if (session->stop_ns)
			return false;
		session->stop_ns = now() + SETTLE_NS;
	}
	return true;
}

/* Is the capture over at this time? Who has asked for an end by now is heard. */
static bool is_over(struct session *session, u64 now_ns)
{
	if (session->stop_ns)
		return now_ns >= session->stop_ns;
	if (session->end_ns && now_ns >= session->end_ns)
		session->stop_ns = now_ns + SETTLE_NS;
	return false;
}

static enum exit_status capture(struct session *session)
{
	u64 now_ns;
	int count;

	do {
		now_ns = now();
		set_time(session, now_ns, false);
		count = live_read(session->live, wanted(session), take, session);
		if (count < 0)
			return STATUS_FAILURE;
		if (session->out_of_memory)
			return failure("out of memory; a smaller --max-flows needs less");
		if (!count)
			set_time(session, now_ns, true);
		if (!out_flush(session->listing.out))
			return STATUS_OK;
		if (!look(session, now_ns))
			return STATUS_FAILURE;
	} while (!is_over(session, now_ns) && wanted(session) &&
		 wait_for_packets(session, count ? 0 : LIVE_READ_MS));
	return STATUS_OK;
}

static void summarize(const struct session *session, const struct live_counts *counts)
{
	struct out *out = session->listing.out;

	if (!out_is_json(out)) {
		summary_print(session->replay);
		putchar('\n');
		tally_number("", "lost by the kernel", &counts->dropped);
		tally_number("", "lost by the interface", &counts->missed);
		return;
	}
	out_string(out, "interface", NULL, live_name(session->live));
	summary_json_counters(out, session->replay);
	out_uint(out, "kernel_dropped", NULL, &counts->dropped);
	out_uint(out, "interface_dropped", NULL, &counts->missed);
	out_end(out);
}

static enum exit_status run_to_end(struct session *session)
{
	enum exit_status status = capture(session);
	const struct live_counts counts = live_count(session->live);

	if (!session->out_of_memory)
		replay_now(session->replay, now(), 0, true);
	replay_stop(session->replay);
	if (session->summary)
		summarize(session, &counts);
	if (counts.dropped || counts.missed)
		tell_losses(session, counts);
	if (!replay_is_consistent(session->replay))
		return failure("the counters contradict each other: a bug; please report it");
	return status;
}

static void begin(struct session *session)
{
	/* Wide enough for most: times, IPv4 endpoints, the outcomes. */
	static const size_t usual[] = { 15, 21, 21, 12, 9, 11, 11 };
	struct out *out = session->listing.out;

	out_stream(out);
	if (session->summary)
		return;
	out_widths(out, usual, sizeof(usual) / sizeof(usual[0]));
	listing_headings(&session->listing);
	out_flush(out);
}

static enum exit_status open_and_run(struct session *session)
{
	const struct options *options = session->listing.options;
	const struct replay_settings replay_settings = {
		.outermost = options->given & OPTION_NO_DECAP,
		.checksums = options->given & OPTION_CHECKSUMS,
		.live = true,
		.flows_max = options->max_flows ? options->max_flows : STORE_FLOWS_DEFAULT,
		.told = session->summary ? NULL : listing_tell,
		.context = &session->listing,
	};
	const struct live_settings live_settings = {
		.interface = options->interface,
		.promiscuous = options->given & OPTION_PROMISCUOUS,
		.everything = options->given & OPTION_ALL,
		.outermost = replay_settings.outermost,
		.wanted = &session->listing.filter,
	};
	enum exit_status status = STATUS_FAILURE;

	session->signals = signals_open();
	if (session->signals < 0)
		return failure("signalfd: %s", strerror(errno));
	session->replay = replay_new(&replay_settings);
	session->live = session->replay ? live_open(&live_settings) : NULL;
	if (session->live) {
		begin(session);
		if (options->duration_ms)
			session->end_ns = now() + options->duration_ms * MS_NS;
		status = run_to_end(session);
		live_close(session->live);
	} else if (!session->replay) {
		failure("out of memory");
	}
	replay_free(session->replay);
	close(session->signals);
	return status;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	struct session session = {
		.listing = { .out = out, .options = options },
		.summary = options->given & OPTION_SUMMARY,
		.count = options->count,
	};

	if (!options->interface)
		return usage_error("capture: which interface? Expected: tcpshake capture -i INTERFACE [FILTER]; 'any' is all of them");
	if (options->given & OPTION_DURATION && !options->duration_ms)
		return usage_error("--duration: a capture of no length; leave it out for one without end");
	if (!args_filter(options, false, &session.listing.filter) ||
	    !listing_check_summary(options, options->word_count))
		return STATUS_USAGE;
	return open_and_run(&session);
}

const struct verb verb_capture = {
	.name = "capture",
	.summary = "a live interface through the same engine, without the module",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_FAMILY | OPTION_OUTCOME | OPTION_STATE |
		   OPTION_SUMMARY | OPTION_NO_DECAP | OPTION_CHECKSUMS | OPTION_MAX_FLOWS |
		   OPTION_INTERFACE | OPTION_COUNT | OPTION_DURATION | OPTION_PROMISCUOUS |
		   OPTION_ALL,
	.run = run,
	.help =
"usage: tcpshake capture -i INTERFACE [FILTER] [--outcome NAME]... [--json] [-4 | -6]\n"
"                        [--summary] [--count N] [--duration TIME] [--promiscuous]\n"
"                        [--all] [--no-decap] [--checksums] [--max-flows N]\n"
"\n"
"Follows the TCP handshakes on an interface ('any': on all of them) and shows every\n"
"attempt when it ends, until it is interrupted; then those that are still pending,\n"
"as half_open_syn and half_open_synack. Does not need the module. Needs CAP_NET_RAW.\n"
"\n"
"options:\n"
"  -i INTERFACE       where; also --interface\n"
"  --summary          counts at the end instead of a list\n"
"  --outcome NAME     only attempts with this outcome, or state at the end\n"
"  --count N          end after so many packets\n"
"  --duration TIME    end after 500ms, 75s, 2m\n"
"  --promiscuous      also what is not addressed to this host\n"
"  --all              every packet is looked at; else the kernel leaves out large\n"
"                     segments of established connections, and what is not TCP\n"
"  --no-decap         the outermost IP packet; tunnels are not looked into\n"
"  --checksums        leave segments out whose TCP checksum is wrong, as those sent\n"
"                     by this host often are, until the network card writes it\n"
"  --max-flows N      flows kept at once (1048576); then the oldest are evicted\n"
"\n"
"filter:\n"
"  client PREFIX      192.0.2.1, 10.0.0.0/8, 2001:db8::/32\n"
"  server PREFIX\n"
"  cport PORT         of the client\n"
"  sport PORT         of the server\n"
"\n"
"Packets that were lost because they came too fast are told on stderr.\n"
"\n"
"examples:\n"
"  tcpshake capture -i eth0\n"
"  tcpshake capture -i any --outcome refused --outcome unanswered\n"
"  tcpshake capture -i eth0 --summary --duration 1m\n"
"  tcpshake capture -i eth0 --json sport 443 | jq -r .server_rtt_us\n",
};
