/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a vector expects, as JSON for lib/vectors.jq: attempts in the order of their
 * first SYN, counts by name. What is not told has its default there.
 */
#ifndef TCPSHAKE_SELFTESTS_VECTOR_EXPECT_H
#define TCPSHAKE_SELFTESTS_VECTOR_EXPECT_H

#include <stdarg.h>

#include "vector_text.h"

enum { JSON_MAX = 4096, ATTEMPTS_MAX = 16 };

/* Members of an object, without the braces. */
struct json {
	char text[JSON_MAX];
	size_t len;
};

struct expectations {
	struct json attempts[ATTEMPTS_MAX], negotiated[ATTEMPTS_MAX];
	size_t attempt_count;
	struct json anomalies, near_misses, stats, exits;
	bool has_exits;
};

__attribute__((format(printf, 2, 3)))
static void append(struct json *json, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(json->text + json->len, JSON_MAX - json->len, format, arguments);
	va_end(arguments);
	if (len < 0 || json->len + (size_t)len >= JSON_MAX)
		usage_error("too much is", "expected");
	json->len += (size_t)len;
}

static void append_key(struct json *json, const char *key)
{
	append(json, "%s\"%s\":", json->len ? "," : "", key);
}

/* [a,b] */
static void append_list(struct json *json, char *text)
{
	const char *comma = "";
	char *rest, *item;

	text[strcspn(text, "]")] = '\0';
	append(json, "[");
	for (item = strtok_r(text + 1, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
		append(json, "%s\"%s\"", comma, item);
		comma = ",";
	}
	append(json, "]");
}

/* A list, a constant, a number, an endpoint's address, else a string. */
static void append_value(struct json *json, char *text)
{
	const struct host *host = host_of(text, strlen(text));
	long long number;

	if (*text == '[')
		append_list(json, text);
	else if (!strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null"))
		append(json, "%s", text);
	else if (is_sum(text, &number))
		append(json, "%lld", number & 0xffffffff);
	else
		append(json, "\"%s\"", host ? address_text(host) : text);
}

static void append_pairs(struct json *json, struct words *words)
{
	while (!at_end(words)) {
		append_key(json, take(words, "key"));
		append_value(json, take(words, "value"));
	}
}

static void append_anomaly(struct json *json, struct words *words)
{
	append_key(json, take(words, "anomaly"));
	append(json, "%lld", at_end(words) ? 1 : take_sum(words, "number"));
}

/* There is none on an anomaly that nearly is one. */
static void append_near_miss(struct json *json, struct words *words)
{
	append(json, "%s\"%s\"", json->len ? "," : "", take(words, "anomaly"));
}

static void take_attempt(struct expectations *e, struct words *words)
{
	if (e->attempt_count == ATTEMPTS_MAX)
		usage_error("too many", "attempts");
	append_pairs(&e->attempts[e->attempt_count++], words);
}

static void parse_expect(struct words *words, struct expectations *e)
{
	const char *what = take(words, "what is expected");

	if (!strcmp(what, "attempt")) {
		take_attempt(e, words);
	} else if (!strcmp(what, "negotiated")) {
		if (!e->attempt_count)
			usage_error("no attempt before", what);
		append_pairs(&e->negotiated[e->attempt_count - 1], words);
	} else if (!strcmp(what, "anomaly")) {
		append_anomaly(&e->anomalies, words);
	} else if (!strcmp(what, "no-anomaly")) {
		append_near_miss(&e->near_misses, words);
	} else if (!strcmp(what, "stat")) {
		append_pairs(&e->stats, words);
	} else if (!strcmp(what, "exit")) {
		e->has_exits = true;
		append_pairs(&e->exits, words);
	} else {
		usage_error("nothing to expect:", what);
	}
	if (!at_end(words))
		usage_error("one word too many:", take(words, ""));
}

/* How many attempts are not pending in the end? */
static size_t ended(const struct expectations *e)
{
	size_t i, count = 0;

	for (i = 0; i < e->attempt_count; i++)
		count += !strstr(e->attempts[i].text, "\"half_open_syn");
	return count;
}

static void write_attempts(FILE *file, const struct expectations *e)
{
	size_t i;

	for (i = 0; i < e->attempt_count; i++) {
		fprintf(file, "%s{%s", i ? "," : "", e->attempts[i].text);
		if (e->negotiated[i].len)
			fprintf(file, "%s\"negotiated\":{%s}", e->attempts[i].len ? "," : "",
				e->negotiated[i].text);
		fputs("}", file);
	}
}

/* packets: how many of TCP there are. */
static void write_expectations(FILE *file, const struct expectations *e, long long packets)
{
	fprintf(file, "{\"port\":%u,\"packets\":%lld,\"attempts\":[", at.port, packets);
	write_attempts(file, e);
	fprintf(file, "],\"anomalies\":{%s},\"near_misses\":[%s],\"stats\":{%s},",
		e->anomalies.text, e->near_misses.text, e->stats.text);
	if (e->has_exits)
		fprintf(file, "\"exits\":{%s}}\n", e->exits.text);
	else
		fputs("\"exits\":null}\n", file);
}

#endif /* TCPSHAKE_SELFTESTS_VECTOR_EXPECT_H */
