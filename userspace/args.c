// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Words into values. Refuses what it does not fully understand; a duration
 * without a unit, say, has been milliseconds to one user and seconds to another.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "cmd.h"
#include "core/names.h"

/* Decimal digits only, without the sign and blanks strtoull() would take. NULL if not. */
static const char *parse_number(const char *word, u64 max, u64 *value)
{
	char *end;

	if (word[0] < '0' || word[0] > '9')
		return NULL;
	errno = 0;
	*value = strtoull(word, &end, 10);
	return errno || *value > max ? NULL : end;
}

bool args_duration(const char *what, const char *word, u32 *ms)
{
	static const struct {
		const char *unit;
		u32 ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 } };
	const char *unit;
	u64 value;

	unit = parse_number(word, UINT32_MAX, &value);
	for (size_t i = 0; unit && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].unit) || value * units[i].ms > UINT32_MAX)
			continue;
		*ms = value * units[i].ms;
		return true;
	}
	usage_error("%s: '%s' is not a duration; expected a whole number with the unit ms, s or m, such as 500ms, 75s or 2m",
		    what, word);
	return false;
}

bool args_number(const char *what, const char *word, u64 min, u64 max, u64 *value)
{
	const char *end = parse_number(word, max, value);

	if (end && !*end && *value >= min)
		return true;
	usage_error("%s: '%s' is not accepted; expected a number from %llu to %llu", what, word,
		    (unsigned long long)min, (unsigned long long)max);
	return false;
}

bool args_port(const char *what, const char *word, s32 *port)
{
	const char *end;
	u64 value;

	end = parse_number(word, UINT16_MAX, &value);
	if (!end || *end) {
		usage_error("%s: '%s' is not a port; expected a number from 0 to 65535",
			    what, word);
		return false;
	}
	*port = value;
	return true;
}

static void clear_host_bits(struct prefix *prefix)
{
	unsigned int bits = prefix->length;

	for (size_t i = 0; i < sizeof(prefix->address); i++) {
		if (bits < 8)
			prefix->address[i] &= 0xff00 >> bits;
		bits -= bits < 8 ? bits : 8;
	}
}

static bool parse_prefix(const char *word, struct prefix *prefix)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(word, '/'), *end;
	size_t length = slash ? (size_t)(slash - word) : strlen(word);
	u64 bits;

	if (length >= sizeof(address))
		return false;
	memcpy(address, word, length);
	address[length] = '\0';
	memset(prefix, 0, sizeof(*prefix));
	if (inet_pton(AF_INET, address, prefix->address) == 1)
		prefix->family = AF_INET;
	else if (inet_pton(AF_INET6, address, prefix->address) == 1)
		prefix->family = AF_INET6;
	else
		return false;
	bits = prefix->family == AF_INET ? 32 : 128;
	if (slash) {
		end = parse_number(slash + 1, bits, &bits);
		if (!end || *end)
			return false;
	}
	prefix->length = bits;
	clear_host_bits(prefix);
	return true;
}

bool args_prefix(const char *what, const char *word, struct prefix *prefix)
{
	if (parse_prefix(word, prefix))
		return true;
	usage_error("%s: '%s' is not an address or prefix; expected for example 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32",
		    what, word);
	return false;
}

static char as_typed(char c)
{
	return c == '-' ? '_' : c;
}

bool args_same(const char *a, const char *b)
{
	while (*a && as_typed(*a) == as_typed(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

bool args_name(const char *what, const char *word, const char *(*name)(unsigned int),
	       unsigned int max, unsigned int *value)
{
	char list[2048];
	size_t used = 0;

	for (unsigned int i = 1; i <= max; i++) {
		if (args_same(word, name(i))) {
			*value = i;
			return true;
		}
		if (used < sizeof(list))
			used += snprintf(list + used, sizeof(list) - used, " %s", name(i));
	}
	usage_error("unknown %s '%s'; accepted:%s", what, word, list);
	return false;
}

static bool parse_state(const char *word, u8 *state)
{
	unsigned int value;

	if (!args_name("state", word, tcpshake_state_name, TCPSHAKE_STATE_MAX, &value))
		return false;
	*state = value;
	return true;
}

static bool parse_min_age(const char *word, s64 *min_age_ms)
{
	u32 ms;

	if (!args_duration("min-age", word, &ms))
		return false;
	*min_age_ms = ms;
	return true;
}

static bool filter_word(const char *verb, bool half_open, const char *what, const char *value,
			struct filter *filter)
{
	if (!strcmp(what, "client"))
		return args_prefix(what, value, &filter->client);
	if (!strcmp(what, "server"))
		return args_prefix(what, value, &filter->server);
	if (!strcmp(what, "cport"))
		return args_port(what, value, &filter->client_port);
	if (!strcmp(what, "sport"))
		return args_port(what, value, &filter->server_port);
	if (half_open && !strcmp(what, "state"))
		return parse_state(value, &filter->state);
	if (half_open && args_same(what, "min-age"))
		return parse_min_age(value, &filter->min_age_ms);
	usage_error("%s: unknown filter '%s'; accepted: client PREFIX, server PREFIX, cport PORT, sport PORT%s",
		    verb, what, half_open ? ", state NAME, min-age DURATION" : "");
	return false;
}

/* All that names a family must name the same one, or nothing could ever match. */
static bool join_family(struct filter *filter, u8 family)
{
	if (!filter->family)
		filter->family = family;
	if (!family || filter->family == family)
		return true;
	usage_error("the filter mixes IPv4 and IPv6; prefixes and -4 or -6 must be of one family");
	return false;
}

static bool check_value(const struct options *options, int index)
{
	if (index + 1 == options->word_count) {
		usage_error("%s: '%s' needs a value; see: tcpshake %s --help", options->verb,
			    options->words[index], options->verb);
		return false;
	}
	for (int i = 0; i < index; i += 2) {
		if (args_same(options->words[i], options->words[index])) {
			usage_error("%s: '%s' is given twice; each filter once", options->verb,
				    options->words[index]);
			return false;
		}
	}
	return true;
}

bool args_filter(const struct options *options, bool half_open, struct filter *filter)
{
	char **words = options->words;

	*filter = (struct filter){ .client_port = -1, .server_port = -1, .min_age_ms = -1 };
	if (options->file && options->word_count) {
		usage_error("%s: filters are the kernel's work: '%s' does not go with --from-file; accepted with it: -4/-6",
			    options->verb, words[0]);
		return false;
	}
	for (int i = 0; i < options->word_count; i += 2) {
		if (!check_value(options, i) ||
		    !filter_word(options->verb, half_open, words[i], words[i + 1], filter))
			return false;
	}
	return join_family(filter, options->family) &&
	       join_family(filter, filter->client.family) &&
	       join_family(filter, filter->server.family);
}

static void put_prefix(struct nlmsghdr *nlh, const struct prefix *prefix, u16 address_type,
		       u16 length_type)
{
	if (!prefix->family)
		return;
	mnl_attr_put(nlh, address_type, prefix->family == AF_INET ? 4 : 16, prefix->address);
	mnl_attr_put_u8(nlh, length_type, prefix->length);
}

static bool filter_is_empty(const struct filter *filter)
{
	return !filter->family && filter->client_port < 0 && filter->server_port < 0 &&
	       filter->min_age_ms < 0 && !filter->state;
}

void args_put_filter(struct nlmsghdr *nlh, const struct filter *filter)
{
	struct nlattr *nest;

	if (filter_is_empty(filter))
		return;
	nest = mnl_attr_nest_start(nlh, TCPSHAKE_A_FILTER);
	if (filter->family)
		mnl_attr_put_u8(nlh, TCPSHAKE_FILTER_A_FAMILY, filter->family);
	put_prefix(nlh, &filter->client, TCPSHAKE_FILTER_A_CLIENT,
		   TCPSHAKE_FILTER_A_CLIENT_PREFIX_LEN);
	put_prefix(nlh, &filter->server, TCPSHAKE_FILTER_A_SERVER,
		   TCPSHAKE_FILTER_A_SERVER_PREFIX_LEN);
	if (filter->client_port >= 0)
		mnl_attr_put_u16(nlh, TCPSHAKE_FILTER_A_CLIENT_PORT, htons(filter->client_port));
	if (filter->server_port >= 0)
		mnl_attr_put_u16(nlh, TCPSHAKE_FILTER_A_SERVER_PORT, htons(filter->server_port));
	if (filter->state)
		mnl_attr_put_u8(nlh, TCPSHAKE_FILTER_A_STATE, filter->state);
	if (filter->min_age_ms >= 0)
		mnl_attr_put_u32(nlh, TCPSHAKE_FILTER_A_MIN_AGE, filter->min_age_ms);
	mnl_attr_nest_end(nlh, nest);
}
