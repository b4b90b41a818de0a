/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of a vector: lines, words, numbers and endpoints. What is meant by
 * them is in vectors/README.
 */
#ifndef TCPSHAKE_SELFTESTS_VECTOR_TEXT_H
#define TCPSHAKE_SELFTESTS_VECTOR_TEXT_H

#include <ctype.h>

#include "inject_words.h"

enum { WORDS_MAX = 64, NAMES_MAX = 32 };

/* Where we are: file and line for messages, family and first port for endpoints. */
static struct {
	const char *file;
	unsigned int line;
	int family;
	uint16_t port;
} at;

static void usage_error(const char *what, const char *arg)
{
	fprintf(stderr, "%s:%u: %s '%s'\n", at.file, at.line, what, arg);
	exit(2);
}

/* ---- words ------------------------------------------------------------------ */

struct words {
	char *word[WORDS_MAX + 1];	/* the last one is followed by NULL */
	size_t next;
};

/* Takes the next word, which must be there. */
static char *take(struct words *words, const char *what)
{
	if (!words->word[words->next])
		usage_error("there is no", what);
	return words->word[words->next++];
}

static bool at_end(const struct words *words)
{
	return !words->word[words->next];
}

static bool next_is(struct words *words, const char *word)
{
	if (at_end(words) || strcmp(words->word[words->next], word))
		return false;
	words->next++;
	return true;
}

/* A word from < on goes to the next >. Return: behind the word. */
static char *end_of_word(char *p)
{
	const bool bracket = *p == '<';
	char *end = bracket ? strchr(p, '>') : p + strcspn(p, " \t");

	if (!end)
		usage_error("no > behind", p);
	return bracket ? end + 1 : end;
}

/* A # where a word would begin is where a comment does. */
static void split_line(char *line, struct words *words)
{
	size_t n = 0;
	char *p = line;

	line[strcspn(line, "\n")] = '\0';
	words->next = 0;
	for (;;) {
		p += strspn(p, " \t");
		if (!*p || *p == '#' || n == WORDS_MAX)
			break;
		words->word[n++] = p;
		p = end_of_word(p);
		if (!*p)
			break;
		*p++ = '\0';
	}
	words->word[n] = NULL;
}

/* ---- numbers ----------------------------------------------------------------- */

static struct {
	char name[16];
	long long value;
} names[NAMES_MAX];

static size_t name_count;

static void let(const char *name, long long value)
{
	size_t i;

	for (i = 0; i < name_count && strcmp(names[i].name, name); i++)
		;
	if (i == NAMES_MAX || strlen(name) >= sizeof(names[0].name))
		usage_error("no room for", name);
	if (i == name_count)
		name_count++;
	snprintf(names[i].name, sizeof(names[i].name), "%s", name);
	names[i].value = value;
}

static const char *end_of_name(const char *p)
{
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	return p;
}

/* A name, or a number as strtoll() reads it; where it ends is stored. */
static bool term_of(const char *p, const char **end, long long *value)
{
	size_t i;

	if (isdigit((unsigned char)*p)) {
		*value = strtoll(p, (char **)end, 0);
		return true;
	}
	*end = end_of_name(p);
	for (i = 0; i < name_count; i++) {
		if (strlen(names[i].name) == (size_t)(*end - p) &&
		    !strncmp(names[i].name, p, (size_t)(*end - p))) {
			*value = names[i].value;
			return true;
		}
	}
	return false;
}

/* Terms with + and - between them: x+1, y-0x100. */
static bool is_sum(const char *text, long long *value)
{
	const char *p = text;
	long long term;
	int sign = 1;

	*value = 0;
	for (;;) {
		if (!term_of(p, &p, &term))
			return false;
		*value += sign * term;
		if (!*p)
			return true;
		if (*p != '+' && *p != '-')
			return false;
		sign = *p++ == '+' ? 1 : -1;
	}
}

static long long sum_of(const char *text)
{
	long long value;

	if (!is_sum(text, &value))
		usage_error("no number:", text);
	return value;
}

static long long take_sum(struct words *words, const char *what)
{
	return sum_of(take(words, what));
}

/* ---- endpoints ----------------------------------------------------------------- */

/* Whose answer goes where: clients are reached from the server's side, others from the client's. */
static const struct host {
	const char *name, *v4, *v6;
	bool is_client;
	uint16_t port;		/* 0: the first of those the vector may use */
} hosts[] = {
	{ "C", "192.0.2.1", "2001:db8:1::1", true, 0 },
	{ "D", "192.0.2.9", "2001:db8:1::9", true, 0 },
	{ "S", "198.51.100.2", "2001:db8:2::2", false, 80 },
	{ "T", "198.51.100.9", "2001:db8:2::9", false, 80 },
	{ "loopback", "127.0.0.1", "::1", false, 0 },
	{ "loopback2", "127.0.0.2", NULL, false, 0 },
	{ "nobody", "0.0.0.0", "::", false, 0 },
	{ "first", "1.0.0.1", "::2", false, 0 },
	{ "last", "223.255.255.254", "feff::1", false, 0 },
	{ "multicast", "224.0.0.1", "ff02::1", false, 0 },
	{ "reserved", "240.0.0.1", NULL, false, 0 },
	{ "broadcast", "255.255.255.255", NULL, false, 0 },
};

static const struct host *host_of(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (strlen(hosts[i].name) == len && !strncmp(hosts[i].name, name, len))
			return &hosts[i];
	}
	return NULL;
}

static const char *address_text(const struct host *host)
{
	const char *text = at.family == AF_INET ? host->v4 : host->v6;

	if (!text)
		usage_error("no address of this family has", host->name);
	return text;
}

/* C, C:7 is port 7, C@2 the third of the ports the vector may use. */
static const struct host *take_endpoint(struct words *words, struct endpoint *endpoint)
{
	const char *text = take(words, "endpoint");
	const size_t len = strcspn(text, ":@");
	const struct host *host = host_of(text, len);
	long long port;

	if (!host)
		usage_error("no endpoint:", text);
	port = host->port ? host->port : at.port;
	if (text[len])
		port = sum_of(text + len + 1) + (text[len] == '@' ? at.port : 0);
	endpoint->family = address_of(address_text(host), endpoint->addr);
	endpoint->port = (uint16_t)port;
	return host;
}

#endif /* TCPSHAKE_SELFTESTS_VECTOR_TEXT_H */
