// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Records, as lines of a table (table.c) or as JSON (json.c).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "out.h"

/* Of what goes to stdout at once, where nobody watches it come. */
#define BUFFER_SIZE 65536

struct out {
	bool streaming;
	int error;		/* the first errno; nothing is written after it */
	enum out_color next_color;
	struct table *table;	/* NULL: JSON */
	struct json_line line;	/* the record under construction, if JSON */
	time_t second;		/* of which second_text tells */
	char second_text[32];
};

static bool want_color(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

struct out *out_new(bool json)
{
	struct out *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, BUFFER_SIZE);
	if (json)
		return out;
	out->table = table_new(want_color());
	if (out->table)
		return out;
	free(out);
	return NULL;
}

struct out *out_new_text(void)
{
	return calloc(1, sizeof(struct out));
}

char *out_text(struct out *out)
{
	char *text = NULL;

	if (!out->line.failed && !out->error &&
	    asprintf(&text, "{%.*s}\n", (int)out->line.used, out->line.text) < 0)
		text = NULL;
	json_line_free(&out->line);
	free(out);
	return text;
}

bool out_is_json(const struct out *out)
{
	return !out->table;
}

void out_stream(struct out *out)
{
	out->streaming = true;
}

void out_widths(struct out *out, const size_t *widths, size_t count)
{
	if (out->table)
		table_widths(out->table, widths, count);
}

void out_color(struct out *out, enum out_color color)
{
	out->next_color = color;
}

static void note_error(struct out *out, int error)
{
	if (!out->error)
		out->error = error;
}

static void add_text(struct out *out, const char *heading, bool right, const char *text)
{
	const struct table_field field = {
		.heading = heading,
		.text = text,
		.right = right,
		.color = out->next_color,
	};

	if (!heading)
		return;
	if (!table_add(out->table, &field))
		note_error(out, ENOMEM);
	out->next_color = OUT_PLAIN;
}

/* The unknown. */
static void add_null(struct out *out, const char *key, const char *heading, bool right)
{
	if (out->table)
		add_text(out, heading, right, "-");
	else if (key)
		json_line_null(&out->line, key);
}

void out_string(struct out *out, const char *key, const char *heading, const char *value)
{
	if (!value)
		add_null(out, key, heading, false);
	else if (out->table)
		add_text(out, heading, false, value);
	else if (key)
		json_line_string(&out->line, key, value);
}

void out_bool(struct out *out, const char *key, const char *heading, const u64 *value)
{
	if (!value)
		add_null(out, key, heading, false);
	else if (out->table)
		add_text(out, heading, false, *value ? "yes" : "no");
	else if (key)
		json_line_bool(&out->line, key, *value);
}

void out_uint(struct out *out, const char *key, const char *heading, const u64 *value)
{
	char text[24];

	if (!value) {
		add_null(out, key, heading, true);
	} else if (out->table && heading) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)*value);
		add_text(out, heading, true, text);
	} else if (!out->table && key) {
		json_line_uint(&out->line, key, *value);
	}
}

const char *out_duration_text(char buffer[OUT_DURATION_SIZE], const u64 *us)
{
	u64 ms = us ? *us / 1000 : 0;

	if (!us)
		snprintf(buffer, OUT_DURATION_SIZE, "-");
	else if (!ms)
		snprintf(buffer, OUT_DURATION_SIZE, "%lluus", (unsigned long long)*us);
	else if (ms < 1000)
		snprintf(buffer, OUT_DURATION_SIZE, "%llu.%03llums", (unsigned long long)ms,
			 (unsigned long long)(*us % 1000));
	else
		snprintf(buffer, OUT_DURATION_SIZE, "%llu.%03llus", (unsigned long long)ms / 1000,
			 (unsigned long long)ms % 1000);
	return buffer;
}

void out_duration(struct out *out, const char *key, const char *heading, const u64 *us)
{
	char text[OUT_DURATION_SIZE];

	if (!out->table)
		out_uint(out, key, heading, us);
	else if (heading)
		add_text(out, heading, true, out_duration_text(text, us));
}

/* Many records are of the same second, and what its name is takes long to find out. */
static const char *second_text(struct out *out, time_t second)
{
	struct tm tm;

	if (*out->second_text && second == out->second)
		return out->second_text;
	out->second = second;
	if (!localtime_r(&second, &tm) ||
	    !strftime(out->second_text, sizeof(out->second_text),
		      out->streaming ? "%T" : "%FT%T", &tm))
		*out->second_text = '\0';
	return out->second_text;
}

void out_time(struct out *out, const char *key, const char *heading, const u64 *ns)
{
	const u64 us = ns ? *ns / 1000 : 0;
	const char *second;
	char text[64];

	if (out->table && ns && heading) {
		second = second_text(out, us / 1000000);
		snprintf(text, sizeof(text), "%s.%06llu", second,
			 (unsigned long long)(us % 1000000));
		add_text(out, heading, false, *second ? text : "-");
	} else if (!out->table && ns && key) {
		json_line_time(&out->line, key, us);
	} else {
		add_null(out, key, heading, false);
	}
}

static void add_endpoint(struct out *out, const char *heading, const struct endpoint *endpoint,
			 const char *address)
{
	const bool v6 = endpoint->family == AF_INET6;
	char port[16] = "-", text[INET6_ADDRSTRLEN + 24];

	if (endpoint->port >= 0)
		snprintf(port, sizeof(port), "%d", endpoint->port);
	snprintf(text, sizeof(text), v6 ? "[%s]:%s" : "%s:%s", address, port);
	add_text(out, heading, false, text);
}

void out_endpoint(struct out *out, const char *key, const char *port_key, const char *heading,
		  const struct endpoint *endpoint)
{
	const u64 port = endpoint->port;
	char address[INET6_ADDRSTRLEN] = "-";

	if (endpoint->family)
		inet_ntop(endpoint->family, endpoint->address, address, sizeof(address));
	if (out->table) {
		add_endpoint(out, heading, endpoint, address);
		return;
	}
	out_string(out, key, NULL, endpoint->family ? address : NULL);
	out_uint(out, port_key, NULL, endpoint->port >= 0 ? &port : NULL);
}

static json_t *array_of(const char *const *names, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(array, json_string(names[i]))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

void out_names(struct out *out, const char *key, const char *heading, const char *const *names,
	       size_t count, const char *none)
{
	char text[1024] = "";
	size_t used = 0;

	if (!out->table) {
		if (key)
			json_line_value(&out->line, key, array_of(names, count));
		return;
	}
	for (size_t i = 0; i < count && used < sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s", i ? "," : "", names[i]);
	add_text(out, heading, false, count ? text : none);
}

void out_counts(struct out *out, const char *key, const char *const *names, const u64 *values,
		size_t count)
{
	json_t *object;

	if (out->table)
		return;
	object = json_object();
	for (size_t i = 0; i < count; i++) {
		if (json_object_set_new(object, names[i], json_from_u64(values[i])))
			note_error(out, ENOMEM);
	}
	json_line_value(&out->line, key, object);
}

void out_json(struct out *out, const char *key, json_t *value)
{
	if (out->table)
		json_decref(value);
	else
		json_line_value(&out->line, key, value);
}

void out_object(struct out *out, const char *key)
{
	if (!out->table)
		json_line_open(&out->line, key);
}

void out_object_end(struct out *out)
{
	if (!out->table)
		json_line_close(&out->line);
}

/* What is wrong has been noted: then nothing more is written. */
static bool is_fine(struct out *out)
{
	if (out->line.failed)
		note_error(out, ENOMEM);
	return !out->error;
}

static void write_rows(struct out *out)
{
	if (!out->table)
		return;
	if (is_fine(out))
		table_write_rows(out->table);
	else
		table_drop_rows(out->table);
}

void out_end(struct out *out)
{
	if (out->table) {
		if (table_end_row(out->table) || out->streaming)
			write_rows(out);
		return;
	}
	errno = 0;
	if (is_fine(out) && !json_line_write(&out->line))
		note_error(out, errno ? errno : EIO);
}

void out_headings(struct out *out)
{
	if (!out->table) {
		json_line_clear(&out->line);
		return;
	}
	table_drop_row(out->table);
	write_rows(out);
	if (!out->error)
		table_write_headings(out->table);
}

bool out_failed(const struct out *out)
{
	return out->error || ferror(stdout);
}

bool out_flush(struct out *out)
{
	write_rows(out);
	if (fflush(stdout))
		note_error(out, errno);
	return !out_failed(out);
}

int out_close(struct out *out)
{
	int error;

	out_flush(out);
	if (ferror(stdout))
		note_error(out, EIO);
	if (fclose(stdout))
		note_error(out, errno);
	error = out->streaming && out->error == EPIPE ? 0 : out->error;
	json_line_free(&out->line);
	table_free(out->table);
	free(out);
	return error;
}
