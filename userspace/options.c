// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Options. One pass of getopt_long() knows every option of every verb, so that
 * they may stand before or after the verb; which verb accepts which is checked
 * afterwards.
 */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "args.h"
#include "cmd.h"
#include "core/names.h"
#include "store.h"

tcpshake_static_assert(TCPSHAKE_OUTCOME_MAX < 64, "a set of outcomes is one word");

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "numeric", no_argument, NULL, 'n' },
	{ "ipv4", no_argument, NULL, '4' },
	{ "ipv6", no_argument, NULL, '6' },
	{ "from-file", required_argument, NULL, 'f' },
	{ "outcome", required_argument, NULL, 'o' },
	{ "anomaly", required_argument, NULL, 'a' },
	{ "summary", no_argument, NULL, 's' },
	{ "no-decap", no_argument, NULL, 'd' },
	{ "checksums", no_argument, NULL, 'c' },
	{ "max-flows", required_argument, NULL, 'm' },
	{ "interface", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'C' },
	{ "duration", required_argument, NULL, 'D' },
	{ "promiscuous", no_argument, NULL, 'p' },
	{ "all", no_argument, NULL, 'A' },
	{ "floods", no_argument, NULL, 'F' },
	{ "exec", required_argument, NULL, 'e' },
	{ "check", no_argument, NULL, 'k' },
	{ "sort", required_argument, NULL, 'S' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "limit", required_argument, NULL, 'l' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "reset", no_argument, NULL, 'R' },
	{ "buckets", no_argument, NULL, 'b' },
	{ "interval", required_argument, NULL, 'I' },
	{ "batch", no_argument, NULL, 'B' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* How messages call the options, in the order of enum option_bit. */
static const char *const option_texts[] = {
	"--json", "-n", "-4/-6", "--from-file FILE", "--outcome NAME", "--anomaly NAME",
	"--help", "--version", "--outcome STATE", "--summary", "--no-decap", "--checksums",
	"--max-flows NUMBER", "-i INTERFACE", "--count NUMBER", "--duration DURATION",
	"--promiscuous", "--all", "--floods", "--exec COMMAND", "--check", "--sort COLUMN",
	"--reverse", "--limit NUMBER", "--verbose", "--reset", "--buckets",
	"--interval DURATION", "--batch",
};

static void list_options(char *text, size_t size, unsigned int set)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(option_texts) / sizeof(option_texts[0]); i++) {
		if (!(set & 1u << i) || used >= size)
			continue;
		used += snprintf(text + used, size - used, "%s%s", used ? ", " : "",
				 option_texts[i]);
	}
}

static bool set_family(struct options *options, u8 family)
{
	if (options->family && options->family != family) {
		usage_error("-4 and -6 exclude each other; leave both out to see both families");
		return false;
	}
	options->family = family;
	return true;
}

static bool add_outcome(struct options *options, const char *name)
{
	unsigned int outcome;

	for (unsigned int state = 1; state <= TCPSHAKE_STATE_MAX; state++) {
		if (args_same(name, tcpshake_state_name(state))) {
			options->given |= OPTION_STATE;
			options->states |= 1ULL << state;
			return true;
		}
	}
	if (!args_name("outcome", name, tcpshake_outcome_name, TCPSHAKE_OUTCOME_MAX, &outcome))
		return false;
	options->outcomes |= 1ULL << outcome;
	return true;
}

static bool add_anomaly(struct options *options, const char *name)
{
	unsigned int anomaly;

	if (!args_name("anomaly", name, tcpshake_anomaly_name, TCPSHAKE_ANOMALY_MAX, &anomaly))
		return false;
	tcpshake_anomalies_add(&options->anomalies, anomaly);
	return true;
}

static bool take_capture_option(struct options *options, int option)
{
	switch (option) {
	case 'i':
		options->given |= OPTION_INTERFACE;
		options->interface = optarg;
		return true;
	case 'C':
		options->given |= OPTION_COUNT;
		return args_number("--count", optarg, 1, INT64_MAX, &options->count);
	case 'D':
		options->given |= OPTION_DURATION;
		return args_duration("--duration", optarg, &options->duration_ms);
	case 'p':
		options->given |= OPTION_PROMISCUOUS;
		return true;
	default:
		options->given |= OPTION_ALL;
		return true;
	}
}

/* Of services, floods and latency: most say all there is to say by being there. */
static bool take_flood_option(struct options *options, int option)
{
	static const char letters[] = "FekSrlvRbIB";

	options->given |= OPTION_FLOODS << (strchr(letters, option) - letters);
	switch (option) {
	case 'e':
		options->exec = optarg;
		break;
	case 'S':
		options->sort = optarg;
		break;
	case 'I':
		return args_duration("--interval", optarg, &options->interval_ms);
	case 'l':
		return args_number("--limit", optarg, 1, INT64_MAX, &options->limit);
	}
	return true;
}

static bool take_option(struct options *options, int option)
{
	switch (option) {
	case 'j':
		options->given |= OPTION_JSON;
		return true;
	case 'n':
		options->given |= OPTION_NUMERIC;
		return true;
	case '4':
	case '6':
		options->given |= OPTION_FAMILY;
		return set_family(options, option == '4' ? AF_INET : AF_INET6);
	case 'f':
		options->given |= OPTION_FILE;
		options->file = optarg;
		return true;
	case 'o':
		options->given |= OPTION_OUTCOME;
		return add_outcome(options, optarg);
	case 'a':
		options->given |= OPTION_ANOMALY;
		return add_anomaly(options, optarg);
	case 's':
		options->given |= OPTION_SUMMARY;
		return true;
	case 'd':
		options->given |= OPTION_NO_DECAP;
		return true;
	case 'c':
		options->given |= OPTION_CHECKSUMS;
		return true;
	case 'm':
		options->given |= OPTION_MAX_FLOWS;
		return args_number("--max-flows", optarg, STORE_FLOWS_MIN, STORE_FLOWS_MAX,
				   &options->max_flows);
	case 'h':
		options->given |= OPTION_HELP;
		return true;
	case 'i':
	case 'C':
	case 'D':
	case 'p':
	case 'A':
		return take_capture_option(options, option);
	case 'V':
		options->given |= OPTION_VERSION;
		return true;
	default:
		return take_flood_option(options, option);
	}
}

/* Called right after getopt_long(): the culprit is the element before optind, or in it. */
static bool bad_option(int option, char **argv)
{
	const char *culprit = argv[optind - 1];
	char accepted[800];

	list_options(accepted, sizeof(accepted), ~0u);
	if (option == ':')
		usage_error("option '%s' needs a value; accepted: %s", culprit, accepted);
	else if (culprit[0] == '-' && culprit[1] == '-')
		usage_error("'%s' is no option, or short for several, or takes no value; accepted: %s",
			    culprit, accepted);
	else
		usage_error("unknown option '-%c'; accepted: %s", optopt, accepted);
	return false;
}

bool options_parse(struct options *options, int argc, char **argv)
{
	char **words = argv + 1;
	int option, count = 0;

	memset(options, 0, sizeof(*options));
	opterr = 0;
	/* '-': words come as option 1, in order, also where POSIXLY_CORRECT is set. */
	while ((option = getopt_long(argc, argv, "-:n46i:hVl:v", long_options, NULL)) != -1) {
		if (option == ':' || option == '?')
			return bad_option(option, argv);
		if (option == 1)
			words[count++] = optarg;
		else if (!take_option(options, option))
			return false;
	}
	while (optind < argc)	/* after "--" */
		words[count++] = argv[optind++];
	options->verb = count ? words[0] : NULL;
	options->words = words + 1;
	options->word_count = count ? count - 1 : 0;
	return true;
}

bool options_check(const struct options *options, unsigned int accepted)
{
	unsigned int refused = options->given & ~(accepted | OPTION_HELP);
	char wrong[800], right[800];

	if (!refused)
		return true;
	list_options(wrong, sizeof(wrong), refused);
	list_options(right, sizeof(right), accepted | OPTION_HELP);
	usage_error("%s does not take %s; it takes: %s", options->verb, wrong, right);
	return false;
}

bool options_no_words(const struct options *options)
{
	if (!options->word_count)
		return true;
	usage_error("%s takes options only, not '%s'; see: tcpshake %s --help", options->verb,
		    options->words[0], options->verb);
	return false;
}
