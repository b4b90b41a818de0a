/* SPDX-License-Identifier: GPL-2.0 */
/* TCP options of a vector: what stands between < and >. See vectors/README. */
#ifndef TCPSHAKE_SELFTESTS_VECTOR_OPTIONS_H
#define TCPSHAKE_SELFTESTS_VECTOR_OPTIONS_H

#include "vector_text.h"

struct options {
	uint8_t octets[TCP_OPTIONS_MAX + 4];
	size_t len;
};

static void add(struct options *o, const uint8_t *octets, size_t len)
{
	if (o->len + len > TCP_OPTIONS_MAX)
		usage_error("too many options:", "more than 40 octets");
	memcpy(o->octets + o->len, octets, len);
	o->len += len;
}

static void add_option(struct options *o, uint8_t kind, const uint8_t *data, size_t len)
{
	const uint8_t head[2] = { kind, (uint8_t)(2 + len) };

	add(o, head, sizeof(head));
	add(o, data, len);
}

/* Hexadecimal digits behind what is there already; unlike octets_of() without padding. */
static size_t hex_of(const char *hex, uint8_t *octets)
{
	uint8_t padded[TCP_OPTIONS_MAX + 4];

	octets_of(hex, padded, TCP_OPTIONS_MAX);
	memcpy(octets, padded, strlen(hex) / 2);
	return strlen(hex) / 2;
}

static void add_number(struct options *o, uint8_t kind, size_t size, struct words *words)
{
	uint8_t data[4];

	put32(data, take_sum(words, "number") << (32 - 8 * size));
	add_option(o, kind, data, size);
}

static void add_timestamps(struct options *o, struct words *words)
{
	uint8_t data[8] = { 0 };

	if (next_is(words, "val"))
		put32(data, take_sum(words, "TSval"));
	if (next_is(words, "ecr"))
		put32(data + 4, take_sum(words, "TSecr"));
	add_option(o, 8, data, sizeof(data));
}

static void add_sack(struct options *o, struct words *words)
{
	uint8_t data[TCP_OPTIONS_MAX];
	size_t len = 0;

	for (; !at_end(words) && len + 4 <= sizeof(data); len += 4)
		put32(data + len, take_sum(words, "edge of a block"));
	add_option(o, 5, data, len);
}

/* Octets that go before, then what hexadecimal digits there are. */
static void add_hex(struct options *o, uint8_t kind, const char *before, struct words *words)
{
	uint8_t data[2 * TCP_OPTIONS_MAX];
	size_t len = hex_of(before, data);

	while (!at_end(words))
		len += hex_of(take(words, "hexadecimal digits"), data + len);
	add_option(o, kind, data, len);
}

/* So many octets in all, of which the first two say what it is; the rest is 0x55. */
static void add_filled(struct options *o, uint8_t kind, const uint8_t first[2], size_t len)
{
	uint8_t data[TCP_OPTIONS_MAX];

	if (len < 2 || len > sizeof(data))
		usage_error("bad length of", "option");
	memset(data, 0x55, sizeof(data));
	memcpy(data, first, len < 4 ? len - 2 : 2);
	add_option(o, kind, data, len - 2);
}

static void add_mp_join(struct options *o, struct words *words)
{
	static const uint8_t join[2] = { 0x10, 0x00 };

	add_filled(o, 30, join, (size_t)take_sum(words, "length"));
}

static void add_ao(struct options *o, struct words *words)
{
	uint8_t keys[2];

	keys[0] = (uint8_t)take_sum(words, "KeyID");
	keys[1] = (uint8_t)take_sum(words, "RNextKeyID");
	add_filled(o, 29, keys, 16);
}

static void add_octet(struct options *o, uint8_t octet)
{
	add(o, &octet, 1);
}

static void add_raw(struct options *o, const char *hex)
{
	uint8_t data[TCP_OPTIONS_MAX];

	add(o, data, hex_of(hex, data));
}

/* Options that are a kind, some octets, and what digits follow. */
static const struct {
	const char *name;
	uint8_t kind;
	const char *before;
} plain[] = {
	{ "sackOK", 4, "" },
	{ "fastopen", 34, "" },
	{ "fastopen-exp", 254, "f989" },
	{ "exp253", 253, "" },
	{ "exp254", 254, "" },
	{ "smc-r", 254, "e2d4c3d9" },
	{ "mp-capable", 30, "0181" },
	{ "mptcp", 30, "" },
	{ "md5", 19, "55555555555555555555555555555555" },
	{ "eno", 69, "" },
	{ "accecn0", 172, "" },
	{ "accecn1", 174, "" },
};

static bool add_plain(struct options *o, const char *name, struct words *words)
{
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (!strcmp(name, plain[i].name)) {
			add_hex(o, plain[i].kind, plain[i].before, words);
			return true;
		}
	}
	return false;
}

static void take_option(struct options *o, struct words *words)
{
	const char *name = take(words, "option");

	if (!strcmp(name, "mss"))
		add_number(o, 2, 2, words);
	else if (!strcmp(name, "wscale"))
		add_number(o, 3, 1, words);
	else if (!strcmp(name, "uto"))
		add_number(o, 28, 2, words);
	else if (!strcmp(name, "TS"))
		add_timestamps(o, words);
	else if (!strcmp(name, "sack"))
		add_sack(o, words);
	else if (!strcmp(name, "ao"))
		add_ao(o, words);
	else if (!strcmp(name, "mp-join"))
		add_mp_join(o, words);
	else if (!strcmp(name, "kind"))
		add_hex(o, (uint8_t)take_sum(words, "kind"), "", words);
	else if (!strcmp(name, "nop") || !strcmp(name, "eol"))
		add_octet(o, *name == 'n');
	else if (!strncmp(name, "0x", 2))
		add_raw(o, name + 2);
	else if (!add_plain(o, name, words))
		usage_error("no option:", name);
	if (!at_end(words))
		usage_error("one word too many:", take(words, ""));
}

/* <OPTION,OPTION>, padded with zeros: the end of options, if it needs one. */
static void options_of(char *text, struct segment *seg)
{
	struct options o = { .len = 0 };
	struct words words;
	char *rest, *item;

	text[strcspn(text, ">")] = '\0';
	for (item = strtok_r(text + 1, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
		split_line(item, &words);
		take_option(&o, &words);
	}
	seg->options_len = (o.len + 3) / 4 * 4;
	memcpy(seg->options, o.octets, seg->options_len);
}

#endif /* TCPSHAKE_SELFTESTS_VECTOR_OPTIONS_H */
