// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake: reads what the kernel module of that name tells. The table of verbs
 * and what is common to all of them: help, and the last check of stdout.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>

#include "args.h"
#include "cmd.h"
#include "version.h"

static const struct verb *const verbs[] = {
	&verb_stats,
	&verb_half_open,
	&verb_completed,
	&verb_malformed,
	&verb_services,
	&verb_floods,
	&verb_latency,
	&verb_top,
	&verb_watch,
	&verb_replay,
	&verb_capture,
	&verb_get,
	&verb_set,
	&verb_version,
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void complain(const char *format, va_list values)
{
	fflush(stdout);
	fputs("tcpshake: ", stderr);
	vfprintf(stderr, format, values);
	fputc('\n', stderr);
}

enum exit_status failure(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	complain(format, values);
	va_end(values);
	return STATUS_FAILURE;
}

enum exit_status usage_error(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	complain(format, values);
	va_end(values);
	return STATUS_USAGE;
}

static void print_help(FILE *to)
{
	fputs("tcpshake - TCP handshakes as the kernel sees them\n"
	      "usage: tcpshake [OPTION...] VERB [ARGUMENT...]\n"
	      "\n"
	      "verbs:\n", to);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(to, "  %-11s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("  help        this text; help VERB: more about one verb\n"
	      "\n"
	      "options:\n"
	      "  --json      one JSON object a line\n"
	      "  -n          numbers instead of names: always so, accepted out of habit\n"
	      "  -4, -6      only IPv4, only IPv6\n"
	      "  --help      what a verb does, with examples\n"
	      "\n"
	      "examples:\n"
	      "  tcpshake stats                      where all attempts went\n"
	      "  tcpshake half-open sport 443        who hangs in the middle of a handshake\n"
	      "  tcpshake watch --outcome refused    every refused attempt, as it happens\n"
	      "  tcpshake floods                     who is under a flood, since when, from where\n"
	      "\n"
	      "exit status: 0 done, 1 failed, 2 usage error, 3 floods --check found one.\n"
	      "Manual: tcpshake(8)\n", to);
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++) {
		if (args_same(name, verbs[i]->name))
			return verbs[i];
	}
	return NULL;
}

static enum exit_status unknown_verb(const char *name)
{
	char list[256];
	size_t used = 0;

	for (size_t i = 0; i < VERB_COUNT && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s, ", verbs[i]->name);
	return usage_error("unknown verb '%s'; accepted: %shelp", name, list);
}

static enum exit_status help(const struct options *options)
{
	const struct verb *verb;

	if (!options->word_count) {
		print_help(stdout);
		return STATUS_OK;
	}
	verb = find_verb(options->words[0]);
	if (!verb)
		return unknown_verb(options->words[0]);
	fputs(verb->help, stdout);
	return STATUS_OK;
}

static enum exit_status run(const struct options *options, struct out *out)
{
	const struct verb *verb;

	if (!options->verb && options->given & OPTION_VERSION)
		return verb_version.run(options, out);
	if (!options->verb && options->given & OPTION_HELP)
		return help(options);
	if (!options->verb) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(options->verb, "help"))
		return help(options);
	verb = find_verb(options->verb);
	if (!verb)
		return unknown_verb(options->verb);
	if (options->given & OPTION_HELP) {
		fputs(verb->help, stdout);
		return STATUS_OK;
	}
	return options_check(options, verb->options) ? verb->run(options, out) : STATUS_USAGE;
}

int main(int argc, char **argv)
{
	struct options options;
	enum exit_status status;
	struct out *out;
	int error;

	/* A closed pipe is an error of write() like a full disk, not a sudden death. */
	signal(SIGPIPE, SIG_IGN);
	if (!options_parse(&options, argc, argv))
		return STATUS_USAGE;
	out = out_new(options.given & OPTION_JSON);
	if (!out)
		return failure("out of memory");
	status = run(&options, out);
	error = out_close(out);
	/* Who reads only the beginning knows that there was more. */
	if (error == EPIPE)
		return status ? status : STATUS_FAILURE;
	return error ? failure("output is incomplete: %s", strerror(error)) : status;
}
