/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Output. A record is a sequence of fields; the same calls make one line of an
 * aligned table or one JSON object. Each field has a key (NULL: not in JSON) and
 * a heading (NULL: not in text). A value that is NULL is unknown: null or "-".
 * Fields in a row that have the same heading share its column.
 */
#ifndef TCPSHAKE_OUT_H
#define TCPSHAKE_OUT_H

#include "decode.h"
#include "table.h"

struct json_t;
struct out;

/* NULL when there is no memory. */
struct out *out_new(bool json);

/*
 * For one record as a JSON text, which is not written anywhere. out_text() frees out; its
 * return is to be freed, NULL when there is no memory.
 */
struct out *out_new_text(void);
char *out_text(struct out *out);

bool out_is_json(const struct out *out);

/* For output without an end: lines are written at once, not held back to align columns. */
void out_stream(struct out *out);

/* Columns of a table are at least so wide. */
void out_widths(struct out *out, const size_t *widths, size_t count);

/* Of the next field, on a terminal. */
void out_color(struct out *out, enum out_color color);

void out_string(struct out *out, const char *key, const char *heading, const char *value);
void out_bool(struct out *out, const char *key, const char *heading, const u64 *value);
void out_uint(struct out *out, const char *key, const char *heading, const u64 *value);
void out_duration(struct out *out, const char *key, const char *heading, const u64 *us);
/* Text is local time, with the date unless lines are streamed. */
void out_time(struct out *out, const char *key, const char *heading, const u64 *ns);
/* key and port_key are two keys in JSON, one column in text. */
void out_endpoint(struct out *out, const char *key, const char *port_key, const char *heading,
		  const struct endpoint *endpoint);
/* An array in JSON; in text a list with commas, or `none` if empty. */
void out_names(struct out *out, const char *key, const char *heading, const char *const *names,
	       size_t count, const char *none);

/* Any value, which it takes over, in JSON; nothing in text. */
void out_json(struct out *out, const char *key, struct json_t *value);

/* An object of numbers in JSON; nothing in text. */
void out_counts(struct out *out, const char *key, const char *const *names, const u64 *values,
		size_t count);

/* In JSON the fields between the two make an object; in text they are fields like others. */
void out_object(struct out *out, const char *key);
void out_object_end(struct out *out);

/* Ends the record. */
void out_end(struct out *out);

/*
 * Ends the record without showing its values: a table shows its headings even
 * when no line follows.
 */
void out_headings(struct out *out);

/* Is there no use in going on, because stdout is closed or full or memory is out? */
bool out_failed(const struct out *out);

/* Writes all that is held back. False when stdout does not take it. */
bool out_flush(struct out *out);

/*
 * Flushes, closes stdout and frees. Returns 0 or the errno of what was not
 * written. A stream is ended by its reader: there EPIPE is no error.
 */
int out_close(struct out *out);

/* "1.234ms", as tables show durations. Returns buffer. */
#define OUT_DURATION_SIZE 32
const char *out_duration_text(char buffer[OUT_DURATION_SIZE], const u64 *us);

#endif /* TCPSHAKE_OUT_H */
