// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Tables and JSON lines. The first lines of a table are held back until there
 * are enough to know how wide its columns are; later ones only widen them, so
 * that memory stays bounded however long the table is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "out.h"

#define MAX_COLUMNS 12
#define HELD_ROWS 512

/* Significant digits of a time in JSON: microseconds until the year 2286. */
#define TIME_PRECISION 16

struct cell {
	char *text;
	enum out_color color;
};

struct out {
	bool json;
	bool color;
	bool streaming;
	bool headed;		/* the heading line is written */
	int error;		/* the first errno; nothing is written after it */
	enum out_color next_color;
	json_t *object;		/* the record under construction, if JSON */
	size_t next;		/* column of the next field, if text */
	size_t columns;		/* of the table: those of its records */
	size_t rows;		/* complete ones, held back */
	const char *headings[MAX_COLUMNS];
	bool right[MAX_COLUMNS];
	size_t widths[MAX_COLUMNS];
	struct cell cells[HELD_ROWS][MAX_COLUMNS];
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
	out->json = json;
	out->color = want_color();
	if (!json)
		return out;
	out->object = json_object();
	if (out->object)
		return out;
	free(out);
	return NULL;
}

bool out_is_json(const struct out *out)
{
	return out->json;
}

void out_stream(struct out *out)
{
	/* Wide enough for most: the outcomes, IPv4 endpoints. */
	static const size_t usual[] = { 15, 12, 21, 21 };

	out->streaming = true;
	memcpy(out->widths, usual, sizeof(usual));
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

/* Takes value over. */
static void add_json(struct out *out, const char *key, json_t *value)
{
	if (json_object_set_new(out->object, key, value))
		note_error(out, ENOMEM);
}

/* Joins text to what a cell holds. */
static void join_text(struct out *out, struct cell *cell, const char *text)
{
	size_t length = strlen(cell->text), more = strlen(text);
	char *joined;

	if (!more)
		return;
	joined = realloc(cell->text, length + more + 2);
	if (!joined) {
		note_error(out, ENOMEM);
		return;
	}
	cell->text = joined;
	joined[length] = ' ';
	memcpy(joined + length + 1, text, more + 1);
}

static void add_cell(struct out *out, const char *heading, bool right, const char *text)
{
	struct cell *row = out->cells[out->rows], *cell;
	size_t column = out->next;

	if (column && !strcmp(out->headings[column - 1], heading)) {
		join_text(out, &row[column - 1], text);
		return;
	}
	if (column == MAX_COLUMNS)
		return;
	cell = &row[column];
	cell->text = strdup(text);
	if (!cell->text) {
		note_error(out, ENOMEM);
		return;
	}
	cell->color = out->next_color;
	out->next_color = OUT_PLAIN;
	out->headings[column] = heading;
	out->right[column] = right;
	out->next++;
}

static void add(struct out *out, const char *key, const char *heading, bool right,
		json_t *value, const char *text)
{
	if (out->json && key)
		add_json(out, key, value);
	else if (value)
		json_decref(value);
	if (!out->json && heading)
		add_cell(out, heading, right, text ? text : "-");
}

void out_string(struct out *out, const char *key, const char *heading, const char *value)
{
	add(out, key, heading, false, value ? json_string(value) : json_null(), value);
}

void out_bool(struct out *out, const char *key, const char *heading, const u64 *value)
{
	add(out, key, heading, false, value ? json_boolean(*value) : json_null(),
	    !value ? NULL : *value ? "yes" : "no");
}

/* JSON libraries count in 63 bits. A counter beyond is wrong anyway, but not negative. */
static json_t *json_uint(u64 value)
{
	return value > INT64_MAX ? json_real(value) : json_integer(value);
}

void out_uint(struct out *out, const char *key, const char *heading, const u64 *value)
{
	char text[24];

	if (value && !out->json)
		snprintf(text, sizeof(text), "%llu", (unsigned long long)*value);
	add(out, key, heading, true, value ? json_uint(*value) : json_null(),
	    value ? text : NULL);
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

	add(out, key, heading, true, us ? json_uint(*us) : json_null(),
	    out->json ? NULL : out_duration_text(text, us));
}

void out_time(struct out *out, const char *key, const char *heading, const u64 *ns)
{
	u64 us = ns ? *ns / 1000 : 0;
	time_t seconds = us / 1000000;
	char text[64] = "-";
	size_t length = 0;
	struct tm tm;

	if (ns && !out->json && localtime_r(&seconds, &tm))
		length = strftime(text, sizeof(text), out->streaming ? "%T" : "%FT%T", &tm);
	if (length)
		snprintf(text + length, sizeof(text) - length, ".%06llu",
			 (unsigned long long)(us % 1000000));
	add(out, key, heading, false, ns ? json_real(us / 1000000.0) : json_null(), text);
}

void out_endpoint(struct out *out, const char *key, const char *port_key, const char *heading,
		  const struct endpoint *endpoint)
{
	char address[INET6_ADDRSTRLEN] = "-", port[16] = "-", text[80];
	bool v6 = endpoint->family == AF_INET6;

	if (endpoint->family)
		inet_ntop(endpoint->family, endpoint->address, address, sizeof(address));
	if (!out->json && endpoint->port >= 0)
		snprintf(port, sizeof(port), "%d", endpoint->port);
	if (!out->json)
		snprintf(text, sizeof(text), v6 ? "[%s]:%s" : "%s:%s", address, port);
	add(out, key, heading, false,
	    endpoint->family ? json_string(address) : json_null(), text);
	add(out, port_key, NULL, false,
	    endpoint->port >= 0 ? json_integer(endpoint->port) : json_null(), NULL);
}

void out_names(struct out *out, const char *key, const char *heading, const char *const *names,
	       size_t count, const char *none)
{
	json_t *array = json_array();
	char text[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(array, json_string(names[i])))
			note_error(out, ENOMEM);
		if (used < sizeof(text))
			used += snprintf(text + used, sizeof(text) - used, "%s%s",
					 i ? "," : "", names[i]);
	}
	add(out, key, heading, false, array, count ? text : none);
}

void out_counts(struct out *out, const char *key, const char *const *names, const u64 *values,
		size_t count)
{
	json_t *object;

	if (!out->json)
		return;
	object = json_object();
	for (size_t i = 0; i < count; i++) {
		if (json_object_set_new(object, names[i], json_uint(values[i])))
			note_error(out, ENOMEM);
	}
	add_json(out, key, object);
}

static void write_cell(const struct out *out, size_t column, const char *text,
		       enum out_color color)
{
	static const char *const escapes[] = {
		[OUT_PLAIN] = "", [OUT_GOOD] = "\033[32m", [OUT_WARN] = "\033[33m",
		[OUT_BAD] = "\033[31m",
	};
	bool colored = out->color && color != OUT_PLAIN, last = column + 1 == out->columns;
	int pad = out->widths[column] - strlen(text);

	printf("%s%*s%s%s%s", column ? "  " : "", out->right[column] ? pad : 0, "",
	       colored ? escapes[color] : "", text, colored ? "\033[0m" : "");
	if (!out->right[column] && !last)
		printf("%*s", pad, "");
	if (last)
		putchar('\n');
}

static void write_headings(struct out *out)
{
	size_t length;

	if (out->headed || !out->columns)
		return;
	for (size_t i = 0; i < out->columns; i++) {
		length = strlen(out->headings[i]);
		if (length > out->widths[i])
			out->widths[i] = length;
	}
	for (size_t i = 0; i < out->columns; i++)
		write_cell(out, i, out->headings[i], OUT_PLAIN);
	out->headed = true;
}

static void free_row(struct out *out, size_t row)
{
	for (size_t i = 0; i < MAX_COLUMNS; i++) {
		free(out->cells[row][i].text);
		out->cells[row][i].text = NULL;
	}
}

static void write_rows(struct out *out)
{
	const struct cell *cell;

	if (out->rows && !out->error)
		write_headings(out);
	for (size_t row = 0; row < out->rows; row++) {
		for (size_t i = 0; i < out->columns && !out->error; i++) {
			cell = &out->cells[row][i];
			write_cell(out, i, cell->text, cell->color);
		}
		free_row(out, row);
	}
	out->rows = 0;
}

/* In one piece if it is of usual size, for the library writes letter by letter. */
static bool write_json(const json_t *object)
{
	const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(TIME_PRECISION);
	char line[4096];
	size_t size = json_dumpb(object, line, sizeof(line), flags);

	if (!size || size >= sizeof(line))
		return !json_dumpf(object, stdout, flags) && putchar('\n') != EOF;
	line[size] = '\n';
	return fwrite(line, 1, size + 1, stdout) == size + 1;
}

static void write_object(struct out *out)
{
	if (!out->error && !write_json(out->object))
		note_error(out, errno ? errno : EIO);
	json_object_clear(out->object);
}

static void finish_row(struct out *out)
{
	size_t width;

	for (size_t i = 0; i < out->next && !out->error; i++) {
		width = strlen(out->cells[out->rows][i].text);
		if (width > out->widths[i])
			out->widths[i] = width;
	}
	out->columns = out->next;
	out->next = 0;
}

void out_end(struct out *out)
{
	if (out->json) {
		write_object(out);
		return;
	}
	finish_row(out);
	out->rows++;
	if (out->streaming || out->rows == HELD_ROWS)
		write_rows(out);
}

void out_headings(struct out *out)
{
	if (out->json) {
		json_object_clear(out->object);
		return;
	}
	finish_row(out);
	free_row(out, out->rows);
	write_rows(out);
	if (!out->error)
		write_headings(out);
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
	json_decref(out->object);
	free(out);
	return error;
}
