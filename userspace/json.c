// SPDX-License-Identifier: GPL-2.0 OR MIT
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"

/* Significant digits of what is too large for a number without a point. */
#define PRECISION 16

enum {
	ROOM_MIN = 4096,
	DIGITS = 20,		/* of a u64 */
};

static bool make_room(struct json_line *line, size_t more)
{
	size_t room = line->room ? line->room : ROOM_MIN;
	char *text;

	if (line->failed)
		return false;
	if (line->used + more <= line->room)
		return true;
	while (room < line->used + more)
		room *= 2;
	text = realloc(line->text, room);
	if (!text) {
		line->failed = true;
		return false;
	}
	line->text = text;
	line->room = room;
	return true;
}

static void put(struct json_line *line, const char *text, size_t size)
{
	if (!make_room(line, size))
		return;
	memcpy(line->text + line->used, text, size);
	line->used += size;
}

static void put_key(struct json_line *line, const char *key)
{
	const size_t length = strlen(key);
	char *at;

	if (!make_room(line, length + 4))
		return;
	at = line->text + line->used;
	if (line->after_value)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, key, length);
	memcpy(at + length, "\":", 2);
	line->used = at + length + 2 - line->text;
	line->after_value = true;
}

/* With zeros in front if there are fewer digits than that. */
static void put_digits(struct json_line *line, u64 value, size_t at_least)
{
	char digits[DIGITS];
	size_t at = DIGITS;

	do {
		digits[--at] = '0' + value % 10;
		value /= 10;
	} while (value || DIGITS - at < at_least);
	put(line, digits + at, DIGITS - at);
}

void json_line_null(struct json_line *line, const char *key)
{
	put_key(line, key);
	put(line, "null", 4);
}

void json_line_bool(struct json_line *line, const char *key, bool value)
{
	put_key(line, key);
	put(line, value ? "true" : "false", value ? 4 : 5);
}

void json_line_uint(struct json_line *line, const char *key, u64 value)
{
	if (value > INT64_MAX) {
		json_line_value(line, key, json_from_u64(value));
		return;
	}
	put_key(line, key);
	put_digits(line, value, 1);
}

void json_line_string(struct json_line *line, const char *key, const char *value)
{
	json_line_value(line, key, json_string(value));
}

/* At least one digit follows the point, and no zeros that say nothing. */
void json_line_time(struct json_line *line, const char *key, u64 us)
{
	u64 fraction = us % 1000000;
	size_t digits = 6;

	while (digits > 1 && !(fraction % 10)) {
		fraction /= 10;
		digits--;
	}
	put_key(line, key);
	put_digits(line, us / 1000000, 1);
	put(line, ".", 1);
	put_digits(line, fraction, digits);
}

void json_line_value(struct json_line *line, const char *key, json_t *value)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY |
			     JSON_REAL_PRECISION(PRECISION);
	size_t size;

	line->failed = line->failed || !value;
	put_key(line, key);
	if (!line->failed) {
		size = json_dumpb(value, line->text + line->used, line->room - line->used, flags);
		if (size > line->room - line->used && make_room(line, size))
			json_dumpb(value, line->text + line->used, size, flags);
		if (size && !line->failed)
			line->used += size;
		else
			line->failed = true;
	}
	json_decref(value);
}

void json_line_open(struct json_line *line, const char *key)
{
	put_key(line, key);
	put(line, "{", 1);
	line->after_value = false;
}

void json_line_close(struct json_line *line)
{
	put(line, "}", 1);
	line->after_value = true;
}

void json_line_clear(struct json_line *line)
{
	line->used = 0;
	line->after_value = false;
}

bool json_line_write(struct json_line *line)
{
	bool written;

	written = putchar_unlocked('{') != EOF &&
		  fwrite_unlocked(line->text, 1, line->used, stdout) == line->used &&
		  fwrite_unlocked("}\n", 1, 2, stdout) == 2;
	json_line_clear(line);
	return written;
}

json_t *json_from_u64(u64 value)
{
	return value > INT64_MAX ? json_real(value) : json_integer(value);
}

void json_line_free(struct json_line *line)
{
	free(line->text);
}
