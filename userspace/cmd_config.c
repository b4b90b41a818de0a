// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake get and tcpshake set: the configuration of this network namespace.
 * The ranges are checked here as well as in the kernel, because here one can say
 * what is accepted in the words the user used.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>

#include "args.h"
#include "cmd.h"
#include "config.h"
#include "nl.h"

struct setting {
	const char *name;
	const char *key;	/* in JSON */
	u16 attribute;
	size_t offset;		/* in struct config */
	u32 min;		/* ms, or a plain number */
	u32 max;
	bool is_number;
};

static const struct setting settings[] = {
	{ "syn-timeout", "syn_timeout_ms", TCPSHAKE_CONFIG_A_SYN_TIMEOUT,
	  offsetof(struct config, syn_timeout_ms), TCPSHAKE_TIMEOUT_MIN,
	  TCPSHAKE_TIMEOUT_MAX, false },
	{ "synack-timeout", "synack_timeout_ms", TCPSHAKE_CONFIG_A_SYNACK_TIMEOUT,
	  offsetof(struct config, synack_timeout_ms), TCPSHAKE_TIMEOUT_MIN,
	  TCPSHAKE_TIMEOUT_MAX, false },
	{ "max-age", "max_age_ms", TCPSHAKE_CONFIG_A_MAX_AGE,
	  offsetof(struct config, max_age_ms), TCPSHAKE_TIMEOUT_MIN, TCPSHAKE_TIMEOUT_MAX, false },
	{ "linger", "linger_ms", TCPSHAKE_CONFIG_A_LINGER,
	  offsetof(struct config, linger_ms), TCPSHAKE_LINGER_MIN, TCPSHAKE_LINGER_MAX, false },
	{ "grace", "grace_ms", TCPSHAKE_CONFIG_A_GRACE,
	  offsetof(struct config, grace_ms), TCPSHAKE_GRACE_MIN, TCPSHAKE_GRACE_MAX, false },
	{ "flood-floor", "flood_floor", TCPSHAKE_CONFIG_A_FLOOD_FLOOR,
	  offsetof(struct config, flood_floor), TCPSHAKE_FLOOD_FLOOR_MIN,
	  TCPSHAKE_FLOOD_FLOOR_MAX, true },
	{ "flood-pending", "flood_pending", TCPSHAKE_CONFIG_A_FLOOD_PENDING,
	  offsetof(struct config, flood_pending), TCPSHAKE_FLOOD_PENDING_MIN,
	  TCPSHAKE_FLOOD_PENDING_MAX, true },
	{ "flood-hold", "flood_hold_ms", TCPSHAKE_CONFIG_A_FLOOD_HOLD,
	  offsetof(struct config, flood_hold_ms), TCPSHAKE_FLOOD_HOLD_MIN,
	  TCPSHAKE_FLOOD_HOLD_MAX, false },
	{ "flood-learning", "flood_learning_ms", TCPSHAKE_CONFIG_A_FLOOD_LEARNING,
	  offsetof(struct config, flood_learning_ms), TCPSHAKE_FLOOD_LEARNING_MIN,
	  TCPSHAKE_FLOOD_LEARNING_MAX, false },
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))
#define ACCEPTED "enabled on|off, syn-timeout DURATION, synack-timeout DURATION, max-age DURATION, linger DURATION, grace DURATION, flood-floor NUMBER, flood-pending NUMBER, flood-hold DURATION, flood-learning DURATION"

static int on_config(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *nest = decode_find(nlh, TCPSHAKE_A_CONFIG);

	if (nest)
		decode_config(nest, context);
	return 0;
}

int config_read(struct nl *nl, struct config *config)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = nl_prepare(nl, buffer, TCPSHAKE_CMD_GET_CONFIG, NLM_F_ACK);
	int error;

	*config = (struct config){ 0 };
	error = nl_request(nl, request, on_config, config);
	if (error)
		return error;
	return config->has ? 0 : -EBADMSG;
}

static u64 *setting_slot(const struct setting *setting, struct config *config)
{
	return (u64 *)((char *)config + setting->offset);
}

/* As `set` takes it. */
static void print_value(const struct setting *setting, const u64 *value)
{
	if (!value)
		printf("%-15s -\n", setting->name);
	else if (setting->is_number)
		printf("%-15s %llu\n", setting->name, (unsigned long long)*value);
	else if (*value % 1000)
		printf("%-15s %llums\n", setting->name, (unsigned long long)*value);
	else
		printf("%-15s %llus\n", setting->name, (unsigned long long)*value / 1000);
}

static void show_config(struct out *out, struct config *config)
{
	bool text = !out_is_json(out);
	const u64 *value;

	if (text)
		printf("%-15s %s\n", "enabled", config->enabled ? "on" : "off");
	out_bool(out, "enabled", NULL, &config->enabled);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		value = decode_known(config->has, settings[i].attribute,
				     setting_slot(&settings[i], config));
		if (text)
			print_value(&settings[i], value);
		out_uint(out, settings[i].key, NULL, value);
	}
	if (!text)
		out_end(out);
}

static enum exit_status run_get(const struct options *options, struct out *out)
{
	static struct nl nl;
	struct config config;
	int error;

	if (!options_no_words(options))
		return STATUS_USAGE;
	error = nl_open(&nl, NULL);
	if (!error)
		error = config_read(&nl, &config);
	nl_close(&nl);
	if (error)
		return nl_complain(&nl, error);
	show_config(out, &config);
	return STATUS_OK;
}

static bool take_enabled(const char *value, struct config *config)
{
	config->enabled = !strcmp(value, "on");
	if (config->enabled || !strcmp(value, "off")) {
		config->has |= 1ULL << TCPSHAKE_CONFIG_A_ENABLED;
		return true;
	}
	usage_error("enabled: '%s' is not accepted; accepted: on, off", value);
	return false;
}

static bool take_duration(const struct setting *setting, const char *value,
			  struct config *config)
{
	u32 ms;

	if (!args_duration(setting->name, value, &ms))
		return false;
	if (ms < setting->min || ms > setting->max) {
		usage_error("%s: %s is out of range; accepted: %ums to %us", setting->name, value,
			    setting->min, setting->max / 1000);
		return false;
	}
	*setting_slot(setting, config) = ms;
	config->has |= 1ULL << setting->attribute;
	return true;
}

static bool take_number(const struct setting *setting, const char *value, struct config *config)
{
	if (!args_number(setting->name, value, setting->min, setting->max,
			 setting_slot(setting, config)))
		return false;
	config->has |= 1ULL << setting->attribute;
	return true;
}

static bool take_setting(const char *name, const char *value, struct config *config)
{
	if (args_same(name, "enabled"))
		return take_enabled(value, config);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (args_same(name, settings[i].name))
			return settings[i].is_number ? take_number(&settings[i], value, config) :
						       take_duration(&settings[i], value, config);
	}
	usage_error("set: unknown name '%s'; accepted: %s", name, ACCEPTED);
	return false;
}

static bool take_settings(const struct options *options, struct config *config)
{
	char **words = options->words;
	u64 before;

	*config = (struct config){ 0 };
	if (!options->word_count) {
		usage_error("set: nothing to set; accepted: %s", ACCEPTED);
		return false;
	}
	for (int i = 0; i < options->word_count; i += 2) {
		if (i + 1 == options->word_count) {
			usage_error("set: '%s' needs a value; accepted: %s", words[i], ACCEPTED);
			return false;
		}
		before = config->has;
		if (!take_setting(words[i], words[i + 1], config))
			return false;
		if (config->has == before) {
			usage_error("set: '%s' is given twice; accepted: each name once", words[i]);
			return false;
		}
	}
	return true;
}

static void put_config(struct nlmsghdr *request, struct config *config)
{
	struct nlattr *nest = mnl_attr_nest_start(request, TCPSHAKE_A_CONFIG);

	if (decode_has(config->has, TCPSHAKE_CONFIG_A_ENABLED))
		mnl_attr_put_u8(request, TCPSHAKE_CONFIG_A_ENABLED, config->enabled);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (decode_has(config->has, settings[i].attribute))
			mnl_attr_put_u32(request, settings[i].attribute,
					 *setting_slot(&settings[i], config));
	}
	mnl_attr_nest_end(request, nest);
}

/* All words are understood before the kernel is asked for anything. */
static enum exit_status run_set(const struct options *options, struct out *out)
{
	char buffer[NL_REQUEST_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request;
	struct config config;
	static struct nl nl;
	int error;

	(void)out;
	if (!take_settings(options, &config))
		return STATUS_USAGE;
	error = nl_open(&nl, NULL);
	if (error)
		return nl_complain(&nl, error);
	request = nl_prepare(&nl, buffer, TCPSHAKE_CMD_SET_CONFIG, NLM_F_ACK);
	put_config(request, &config);
	error = nl_request(&nl, request, NULL, NULL);
	nl_close(&nl);
	return error ? nl_complain(&nl, error) : STATUS_OK;
}

const struct verb verb_get = {
	.name = "get",
	.summary = "the configuration of this network namespace",
	.options = OPTION_JSON | OPTION_NUMERIC,
	.run = run_get,
	.help =
"usage: tcpshake get [--json]\n"
"\n"
"Prints the configuration of this network namespace. The names and values are\n"
"those that tcpshake set takes.\n"
"\n"
"examples:\n"
"  tcpshake get\n"
"  tcpshake get --json | jq .syn_timeout_ms\n",
};

const struct verb verb_set = {
	.name = "set",
	.summary = "change the configuration of this network namespace",
	.options = OPTION_JSON | OPTION_NUMERIC,
	.run = run_set,
	.help =
"usage: tcpshake set NAME VALUE [NAME VALUE]...\n"
"\n"
"Changes the configuration of this network namespace: all that is given, or\n"
"nothing. Needs CAP_NET_ADMIN.\n"
"\n"
"  enabled on|off            observe this namespace; off forgets its counters\n"
"  syn-timeout DURATION      an attempt without a SYN-ACK ends this long after the\n"
"                            client's last segment (100ms to 600s)\n"
"  synack-timeout DURATION   one with a SYN-ACK likewise (100ms to 600s)\n"
"  max-age DURATION          no attempt outlives its first SYN by more (100ms to 600s)\n"
"  linger DURATION           how long an attempt is kept after its outcome, to see what\n"
"                            comes of it: a server that stalls, say (0ms to 60s)\n"
"  grace DURATION            how long after the start of observation a SYN-ACK, FIN or\n"
"                            RST without a SYN is no anomaly (0ms to 60s)\n"
"  flood-floor NUMBER        so many attempts a second that are still unresolved after\n"
"                            a second are never a flood (4 to 1000000)\n"
"  flood-pending NUMBER      so many pending attempts of a service are never one (16 to\n"
"                            4194304)\n"
"  flood-hold DURATION       how long all has to be calm until a flood is over (1s to\n"
"                            600s)\n"
"  flood-learning DURATION   how long a service is watched before anything less than\n"
"                            obvious is called a flood (0ms to 3600s)\n"
"\n"
"A DURATION is a whole number with a unit: 500ms, 75s, 2m.\n"
"\n"
"examples:\n"
"  tcpshake set enabled on\n"
"  tcpshake set syn-timeout 30s synack-timeout 30s max-age 2m\n",
};
