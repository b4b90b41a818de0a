/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Tables. The first lines are held back until there are enough to know how wide the
 * columns are; later ones only widen them, so that memory stays bounded however long
 * the table is.
 */
#ifndef TCPSHAKE_TABLE_H
#define TCPSHAKE_TABLE_H

#include "core/types.h"

enum out_color {
	OUT_PLAIN,
	OUT_GOOD,
	OUT_WARN,
	OUT_BAD,
};

#define TABLE_COLUMNS_MAX 16

struct table_field {
	const char *heading;
	const char *text;
	bool right;		/* where it stands in its column */
	enum out_color color;
};

struct table;

/* colored: does the terminal know colours? NULL when there is no memory. */
struct table *table_new(bool colored);
void table_free(struct table *table);

/* Columns of a table are at least so wide. */
void table_widths(struct table *table, const size_t *widths, size_t count);

/*
 * The next field of the row. Fields in a row that have the same heading share its
 * column. False when there is no memory.
 */
bool table_add(struct table *table, const struct table_field *field);

/* Ends the row. Are rows due to be written? */
bool table_end_row(struct table *table);

/* Ends the row and forgets it, but for its headings and their widths. */
void table_drop_row(struct table *table);

/* Forgets the rows that are held back. */
void table_drop_rows(struct table *table);

/* To stdout: the rows that are held back, after the headings if these are due. */
void table_write_rows(struct table *table);
void table_write_headings(struct table *table);

#endif /* TCPSHAKE_TABLE_H */
