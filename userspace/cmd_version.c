// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * tcpshake version: of this program, of the ABI, and what is on the other side.
 * Not finding a module is an answer here, not a failure.
 */
#include <errno.h>
#include <stdio.h>

#include "cmd.h"
#include "config.h"
#include "nl.h"
#include "version.h"

struct module {
	const char *state;
	const char *words;	/* the same for people */
	char version[64];	/* empty: unknown */
	u64 abi;		/* 0: unknown */
	u64 enabled;
	bool enabled_known;
};

static void read_module_version(struct module *module)
{
	FILE *file = fopen("/sys/module/tcpshake/version", "re");

	if (!file)
		return;
	if (!fgets(module->version, sizeof(module->version), file))
		module->version[0] = '\0';
	module->version[strcspn(module->version, "\n")] = '\0';
	fclose(file);
}

static void ask(struct module *module)
{
	static struct nl nl;
	struct config config;
	int error = nl_open(&nl, NULL);

	module->state = error == -ENOENT ? "not_loaded" : "unknown";
	module->words = error == -ENOENT ?
		"not loaded; load it with: modprobe tcpshake (or insmod tcpshake.ko)" :
		"cannot be asked: generic netlink does not answer";
	if (error)
		return;
	module->state = "loaded";
	module->words = "loaded";
	module->abi = nl.abi;
	read_module_version(module);
	if (!config_read(&nl, &config)) {
		module->enabled = config.enabled;
		module->enabled_known = decode_has(config.has, TCPSHAKE_CONFIG_A_ENABLED);
	}
	nl_close(&nl);
}

static void print_text(const struct module *module)
{
	printf("tcpshake %s, ABI %d\n", TCPSHAKE_VERSION, TCPSHAKE_GENL_VERSION);
	printf("module: %s", module->words);
	if (module->version[0])
		printf(", %s", module->version);
	if (module->abi)
		printf(", ABI %llu", (unsigned long long)module->abi);
	if (module->enabled_known)
		printf(", observation is %s in this network namespace",
		       module->enabled ? "on" : "off");
	putchar('\n');
}

static enum exit_status run(const struct options *options, struct out *out)
{
	const u64 abi = TCPSHAKE_GENL_VERSION;
	struct module module = { 0 };

	if (!options_no_words(options))
		return STATUS_USAGE;
	ask(&module);
	if (!out_is_json(out)) {
		print_text(&module);
		return STATUS_OK;
	}
	out_string(out, "version", NULL, TCPSHAKE_VERSION);
	out_uint(out, "abi", NULL, &abi);
	out_string(out, "module", NULL, module.state);
	out_string(out, "module_version", NULL, module.version[0] ? module.version : NULL);
	out_uint(out, "module_abi", NULL, module.abi ? &module.abi : NULL);
	out_bool(out, "enabled", NULL, module.enabled_known ? &module.enabled : NULL);
	out_end(out);
	return STATUS_OK;
}

const struct verb verb_version = {
	.name = "version",
	.summary = "of this program and of the module, and the module's state",
	.options = OPTION_JSON | OPTION_NUMERIC | OPTION_VERSION,
	.run = run,
	.help =
"usage: tcpshake version [--json]\n"
"\n"
"Prints the version of this program, the version of the netlink ABI it speaks,\n"
"and whether the module is loaded and observes this network namespace. That it\n"
"is not loaded is no failure here: the exit status is 0.\n"
"\n"
"examples:\n"
"  tcpshake version\n"
"  tcpshake version --json | jq -e '.module == \"loaded\"'\n",
};
