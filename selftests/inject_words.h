/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of command lines and of vectors, and what they stand for. A word that
 * stands for nothing goes to usage_error(), which does not return.
 */
#ifndef TCPSHAKE_SELFTESTS_INJECT_WORDS_H
#define TCPSHAKE_SELFTESTS_INJECT_WORDS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "inject_packet.h"

static void usage_error(const char *what, const char *arg);

static long long number(const char *text, long long max)
{
	char *end;
	const long long value = strtoll(text, &end, 0);

	if (end == text || *end || value > max || (value < 0 && max < 1LL << 40))
		usage_error("bad number", text);
	return value;
}

static long long flags_of(const char *text)
{
	static const char letters[] = "FSRPAUECN";
	long long flags = 0;
	const char *p;

	if (!strcmp(text, "-"))
		return 0;
	if (!strncmp(text, "0x", 2))
		return number(text, 0xfff);
	for (p = text; *p; p++) {
		const char *found = strchr(letters, *p);

		if (!found)
			usage_error("bad flags", text);
		flags |= 1LL << (found - letters);
	}
	return flags;
}

static int address_of(const char *text, uint8_t addr[16])
{
	if (inet_pton(AF_INET, text, addr) == 1)
		return AF_INET;
	if (inet_pton(AF_INET6, text, addr) == 1)
		return AF_INET6;
	return AF_UNSPEC;
}

/* Hexadecimal digits; a word is padded with zeros. */
static size_t octets_of(const char *hex, uint8_t *octets, size_t max)
{
	const size_t digits = strlen(hex);
	size_t i;

	if (digits % 2 || digits / 2 > max)
		usage_error("bad octets", hex);
	for (i = 0; i < digits / 2; i++) {
		const char octet[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
		char *end;

		octets[i] = (uint8_t)strtoul(octet, &end, 16);
		if (*end)
			usage_error("bad octets", hex);
	}
	for (; i % 4; i++)
		octets[i] = 0;
	return i;
}

/* Extension headers: see put_ext_header(). */
static void chain_of(const char *letters, char chain[EXT_HEADERS_MAX + 1])
{
	if (strlen(letters) > EXT_HEADERS_MAX || letters[strspn(letters, "hdrf")])
		usage_error("bad chain", letters);
	snprintf(chain, EXT_HEADERS_MAX + 1, "%s", letters);
}

#endif /* TCPSHAKE_SELFTESTS_INJECT_WORDS_H */
