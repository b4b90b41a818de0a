// SPDX-License-Identifier: GPL-2.0 OR MIT
/* tcpshake top: rates, services and floods, again and again. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "args.h"
#include "cmd.h"
#include "core/names.h"
#include "floods.h"
#include "nl.h"
#include "screen.h"
#include "services.h"
#include "show_flood.h"
#include "signals.h"
#include "stats.h"

#define FILTER_SIZE 64
#define SCROLL_PAGE 10	/* services */

static const char *const sorts[] = {
	"rate", "attempts", "pending", "completed", "refused", "unanswered", "stalled",
	"total_p99",
};

#define SORT_COUNT (sizeof(sorts) / sizeof(sorts[0]))

/* What there is to be shown. */
struct sight {
	struct stats stats, before;
	double seconds;		/* between the two; 0: there is no before */
	struct services services;
	struct floods floods;
	struct latency latency[TCPSHAKE_HALF_MAX + 1];
};

struct top {
	struct sight sight;
	u64 seen_us;
	unsigned int sort;
	unsigned int skip;	/* services that were scrolled away */
	bool reverse;
	bool typing;
	char filter[FILTER_SIZE];
};

static u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000 + (u64)ts.tv_nsec / 1000;
}

static int on_latency(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_LATENCY);
	struct sight *sight = context;
	struct latency latency;

	if (!nest)
		return 0;
	decode_latency(nest, &latency);
	latency.buckets = NULL;
	if (latency.half && latency.half <= TCPSHAKE_HALF_MAX)
		sight->latency[latency.half] = latency;
	return 0;
}

static void forget(struct sight *sight)
{
	free(sight->services.all);
	sight->services = (struct services){ 0 };
	floods_free(&sight->floods);
}

/* Return: 0, or a negative errno; nl tells why. */
static int look(struct top *top, struct nl *nl)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct filter all = { .client_port = -1, .server_port = -1, .min_age_ms = -1 };
	const u64 now = now_us();
	struct sight *sight = &top->sight;
	int error;

	forget(sight);
	sight->before = sight->stats;
	sight->seconds = top->seen_us ? (double)(now - top->seen_us) / 1e6 : 0;
	top->seen_us = now;
	error = stats_read(nl, NULL, &sight->stats);
	if (!error)
		error = nl_open(nl, NULL);
	if (!error)
		error = services_read(nl, &all, &sight->services);
	if (!error)
		error = floods_read(nl, &sight->floods);
	if (!error)
		error = nl_request(nl, nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_LATENCY, NLM_F_DUMP),
				   on_latency, sight);
	nl_close(nl);
	return error;
}

static double rate(const struct sight *sight, u64 now, u64 before)
{
	return sight->seconds > 0 && now >= before ? (double)(now - before) / sight->seconds : 0;
}

static void add_rates(struct page *page, const struct sight *sight)
{
	const struct stats *now = &sight->stats, *before = &sight->before;
	char line[256] = "";
	size_t used = 0;
	u64 pending = 0;

	for (unsigned int i = 0; i <= TCPSHAKE_STATE_MAX; i++)
		pending += now->pending[i];
	page_add(page, "attempts %.1f/s   completed %.1f/s   half-open %llu (without SYN-ACK %llu)   all attempts %llu",
		 rate(sight, now->attempts, before->attempts),
		 rate(sight, now->outcomes[TCPSHAKE_OUTCOME_COMPLETED],
		      before->outcomes[TCPSHAKE_OUTCOME_COMPLETED]),
		 (unsigned long long)pending,
		 (unsigned long long)now->pending[TCPSHAKE_STATE_HALF_OPEN_SYN],
		 (unsigned long long)now->attempts);
	for (unsigned int i = TCPSHAKE_OUTCOME_REFUSED; i <= TCPSHAKE_OUTCOME_MAX; i++)
		used += snprintf(line + used, sizeof(line) - used, "%s %.1f/s   ",
				 tcpshake_outcome_name(i),
				 rate(sight, now->outcomes[i], before->outcomes[i]));
	page_add(page, "%s", line);
}

static void add_latency(struct page *page, const struct sight *sight)
{
	char p50[OUT_DURATION_SIZE], p90[OUT_DURATION_SIZE], p99[OUT_DURATION_SIZE];

	for (unsigned int half = 1; half <= TCPSHAKE_HALF_MAX; half++) {
		const struct latency *l = &sight->latency[half];

		page_add(page, "%-7s p50 %-10s p90 %-10s p99 %-10s", tcpshake_half_name(half),
			 out_duration_text(p50, l->count ? &l->p50_us : NULL),
			 out_duration_text(p90, l->count ? &l->p90_us : NULL),
			 out_duration_text(p99, l->count ? &l->p99_us : NULL));
	}
}

static void add_floods(struct page *page, const struct sight *sight)
{
	char target[SHOW_TARGET_SIZE];

	for (size_t i = 0; i < sight->floods.count; i++) {
		const struct flood *flood = &sight->floods.all[i];

		if (decode_has(flood->has, TCPSHAKE_FLOOD_A_ENDED))
			continue;
		page_add(page, "%s %-12s %s   %llu SYN/s (usual %llu)   %.1f %% complete   ~%llu sources",
			 show_is_flood(flood) ? "FLOOD" : "-----",
			 tcpshake_label_name(flood->label), show_target(flood, target),
			 (unsigned long long)flood->rate, (unsigned long long)flood->rate_base,
			 (double)flood->completion / 10, (unsigned long long)flood->sources);
	}
}

static const char *service_name(const struct service *service, char text[80])
{
	char address[INET6_ADDRSTRLEN] = "-";

	if (!service->server.family)
		return "other";
	inet_ntop(service->server.family, service->server.address, address, sizeof(address));
	snprintf(text, 80, service->server.family == AF_INET6 ? "[%s]:%d" : "%s:%d", address,
		 service->server.port);
	return text;
}

static void add_services(struct page *page, const struct top *top)
{
	const struct sight *sight = &top->sight;
	char name[80], p50[OUT_DURATION_SIZE], p99[OUT_DURATION_SIZE];

	page_add(page, "%-28s %8s %9s %9s %6s %8s %8s %10s %10s  %s", "SERVER", "RATE",
		 "ATTEMPTS", "HALF-OPEN", "DONE", "REFUSED", "SILENT", "P50", "P99", "FLOOD");
	page->fixed = page->count;
	page->skip = top->skip;
	for (size_t i = 0; i < sight->services.count; i++) {
		const struct service *s = &sight->services.all[i];
		const struct latency *both = &s->halves[TCPSHAKE_HALF_BOTH];
		const char *label = floods_label(&sight->floods, s);
		const char *shown = service_name(s, name);

		if (*top->filter && !strstr(shown, top->filter))
			continue;
		page_add(page, "%-28s %8llu %9llu %9llu %5.1f%% %8llu %8llu %10s %10s  %s", shown,
			 (unsigned long long)s->rate, (unsigned long long)s->attempts,
			 (unsigned long long)s->pending,
			 s->attempts ? 100.0 * (double)s->outcomes[TCPSHAKE_OUTCOME_COMPLETED] /
				       (double)s->attempts : 0.0,
			 (unsigned long long)s->outcomes[TCPSHAKE_OUTCOME_REFUSED],
			 (unsigned long long)s->outcomes[TCPSHAKE_OUTCOME_UNANSWERED],
			 out_duration_text(p50, both->count ? &both->p50_us : NULL),
			 out_duration_text(p99, both->count ? &both->p99_us : NULL),
			 label ? label : "");
	}
}

static void paint(struct top *top, struct page *page)
{
	page->count = 0;
	services_sort_by(sorts[top->sort]);
	services_sort(&top->sight.services, top->reverse);
	page_add(page, "tcpshake top - sorted by %s%s%s%s   q quit, s sort, r reverse, / filter, up, down",
		 sorts[top->sort], top->reverse ? ", reversed" : "",
		 *top->filter ? ", only " : "", top->filter);
	add_rates(page, &top->sight);
	add_latency(page, &top->sight);
	add_floods(page, &top->sight);
	add_services(page, top);
}

/* A key while a filter is typed. */
static void type(struct top *top, int key)
{
	const size_t length = strlen(top->filter);

	if (key == '\n' || key == '\r' || key == 27)
		top->typing = false;
	else if ((key == SCREEN_BACKSPACE || key == 127 || key == 8) && length)
		top->filter[length - 1] = '\0';
	else if (key < 256 && isprint(key) && length + 1 < FILTER_SIZE)
		top->filter[length] = (char)key;
}

/* As far as there is anything left to be seen. */
static void scroll(struct top *top, const struct page *page, int lines)
{
	const unsigned int last = page->count > page->fixed ? page->count - page->fixed - 1 : 0;

	if (lines < 0)
		top->skip = top->skip > (unsigned int)-lines ? top->skip + lines : 0;
	else
		top->skip = top->skip + lines < last ? top->skip + lines : last;
}

/* Return: false when it is time to go. */
static bool obey(struct top *top, const struct page *page, int key)
{
	if (top->typing) {
		type(top, key);
		return true;
	}
	switch (key) {
	case 'q':
		return false;
	case 's':
		top->sort = (top->sort + 1) % SORT_COUNT;
		break;
	case 'r':
		top->reverse = !top->reverse;
		break;
	case '/':
		memset(top->filter, 0, sizeof(top->filter));
		top->typing = true;
		top->skip = 0;
		break;
	case SCREEN_UP:
		scroll(top, page, -1);
		break;
	case SCREEN_DOWN:
		scroll(top, page, 1);
		break;
	case SCREEN_PAGE_UP:
		scroll(top, page, -SCROLL_PAGE);
		break;
	case SCREEN_PAGE_DOWN:
		scroll(top, page, SCROLL_PAGE);
		break;
	}
	return true;
}

/* Keys until the next look is due. Return: false when it is time to go. */
static bool wait_for_keys(struct top *top, struct page *page, int signals, u32 ms)
{
	const u64 end = now_us() + (u64)ms * 1000;
	u64 now;

	while ((now = now_us()) < end) {
		const u64 left = (end - now) / 1000 + 1;
		const int key = screen_key(left < 200 ? (unsigned int)left : 200);

		if (signals_take(signals) || (key && !obey(top, page, key)))
			return false;
		paint(top, page);
		screen_show(page, top->typing ? top->filter : NULL);
	}
	return true;
}

static bool wait_for_time(int signals, u32 ms)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };

	return poll(&fd, 1, (int)ms) == 0;
}

static void print_page(const struct page *page)
{
	for (unsigned int i = 0; i < page->count; i++)
		puts(page->lines[i]);
	putchar('\n');
	fflush(stdout);
}

static int frames(struct top *top, struct nl *nl, const struct options *options, int signals)
{
	const u32 ms = options->interval_ms ? options->interval_ms : 1000;
	const bool batch = options->given & OPTION_BATCH;
	static struct page page;
	u64 shown = 0;
	int error;

	for (;;) {
		error = look(top, nl);
		if (error)
			return error;
		paint(top, &page);
		if (batch)
			print_page(&page);
		else
			screen_show(&page, top->typing ? top->filter : NULL);
		if ((options->count && ++shown >= options->count) || ferror(stdout))
			return 0;
		if (batch ? !wait_for_time(signals, ms) : !wait_for_keys(top, &page, signals, ms))
			return 0;
	}
}

static enum exit_status run(const struct options *options, struct out *out)
{
	const bool batch = options->given & OPTION_BATCH;
	const char *why = NULL;
	static struct top top;
	static struct nl nl;
	int error, signals;

	(void)out;
	if (!options_no_words(options))
		return STATUS_USAGE;
	error = look(&top, &nl);
	if (error)
		return nl_complain(&nl, error);
	signals = signals_open();
	if (signals < 0)
		return failure("signalfd: %s", strerror(errno));
	if (!batch)
		why = screen_open();
	if (why)
		return failure("top %s", why);
	error = frames(&top, &nl, options, signals);
	screen_close();
	forget(&top.sight);
	return error ? nl_complain(&nl, error) : STATUS_OK;
}

const struct verb verb_top = {
	.name = "top",
	.summary = "rates, services and floods, live",
	.options = OPTION_NUMERIC | OPTION_INTERVAL | OPTION_BATCH | OPTION_COUNT,
	.run = run,
	.help =
"usage: tcpshake top [--interval DURATION] [--batch] [--count NUMBER]\n"
"\n"
"A screen of what goes on in this network namespace: attempts by outcome, half-open\n"
"ones, percentiles, floods, and services, the busiest first; every second, or as often\n"
"as --interval says. --batch prints the screens one after the other, --count ends after\n"
"so many. Needs CAP_NET_ADMIN.\n"
"\n"
"keys: q quit, s sort by the next column, r reverse, / only services whose name has\n"
"what is typed then (Enter: done), up, down, page up, page down: other services.\n"
"\n"
"examples:\n"
"  tcpshake top\n"
"  tcpshake top --interval 5s\n"
"  tcpshake top --batch --count 1\n",
};
