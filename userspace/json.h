/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * One JSON object a line. Whatever has letters or structure is the library's to
 * encode; numbers look the same anywhere. The members are joined here, for to build
 * an object, write it and take it apart again takes several times as long.
 */
#ifndef TCPSHAKE_JSON_H
#define TCPSHAKE_JSON_H

#include <jansson.h>

#include "core/types.h"

struct json_line {
	char *text;		/* members, without the braces around them */
	size_t used, room;
	bool after_value;	/* the next member needs a comma before it */
	bool failed;		/* for want of memory; nothing is added after it */
};

/* Each adds a member. A key is written as it is: it must need no escape. */
void json_line_null(struct json_line *line, const char *key);
void json_line_bool(struct json_line *line, const char *key, bool value);
void json_line_uint(struct json_line *line, const char *key, u64 value);
void json_line_string(struct json_line *line, const char *key, const char *value);
/* Seconds, with microseconds behind the point. */
void json_line_time(struct json_line *line, const char *key, u64 us);
/* Takes value over. NULL: there was no memory for it. */
void json_line_value(struct json_line *line, const char *key, json_t *value);

/* What is added between the two is in an object of its own. */
void json_line_open(struct json_line *line, const char *key);
void json_line_close(struct json_line *line);

/* Forgets the members. */
void json_line_clear(struct json_line *line);

/* Writes the object to stdout and forgets the members. False when stdout does not take it. */
bool json_line_write(struct json_line *line);

/* The library counts in 63 bits. A counter beyond is wrong anyway, but not negative. */
json_t *json_from_u64(u64 value);

void json_line_free(struct json_line *line);

#endif /* TCPSHAKE_JSON_H */
