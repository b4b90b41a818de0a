// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Rows keep their memory for those that come after them. */
#include <stdio.h>
#include <stdlib.h>

#include "table.h"

#define HELD_ROWS 512
#define CELL_ROOM 64	/* enough for most */

struct cell {
	char *text;
	size_t length, room;
	enum out_color color;
};

struct table {
	bool colored;
	bool headed;		/* the heading line is written */
	size_t next;		/* column of the next field */
	size_t columns;		/* those of its rows */
	size_t rows;		/* complete ones, held back */
	const char *headings[TABLE_COLUMNS_MAX];
	bool right[TABLE_COLUMNS_MAX];
	size_t widths[TABLE_COLUMNS_MAX];
	struct cell cells[HELD_ROWS][TABLE_COLUMNS_MAX];
};

struct table *table_new(bool colored)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table)
		table->colored = colored;
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t row = 0; row < HELD_ROWS; row++) {
		for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
			free(table->cells[row][i].text);
	}
	free(table);
}

void table_widths(struct table *table, const size_t *widths, size_t count)
{
	for (size_t i = 0; i < count && i < TABLE_COLUMNS_MAX; i++) {
		if (table->widths[i] < widths[i])
			table->widths[i] = widths[i];
	}
}

static bool append(struct cell *cell, const char *text, size_t length)
{
	const size_t needed = cell->length + length;
	size_t room = cell->room ? cell->room : CELL_ROOM;
	char *larger;

	if (needed > cell->room) {
		while (room < needed)
			room *= 2;
		larger = realloc(cell->text, room);
		if (!larger)
			return false;
		cell->text = larger;
		cell->room = room;
	}
	memcpy(cell->text + cell->length, text, length);
	cell->length = needed;
	return true;
}

bool table_add(struct table *table, const struct table_field *field)
{
	const size_t column = table->next, length = strlen(field->text);
	struct cell *row = table->cells[table->rows], *cell = &row[column];

	if (column && !strcmp(table->headings[column - 1], field->heading))
		return !length || (append(cell - 1, " ", 1) &&
				   append(cell - 1, field->text, length));
	if (column == TABLE_COLUMNS_MAX)
		return true;
	cell->length = 0;
	cell->color = field->color;
	table->headings[column] = field->heading;
	table->right[column] = field->right;
	table->next++;
	return append(cell, field->text, length);
}

static void finish_row(struct table *table)
{
	const struct cell *row = table->cells[table->rows];

	for (size_t i = 0; i < table->next; i++) {
		if (row[i].length > table->widths[i])
			table->widths[i] = row[i].length;
	}
	table->columns = table->next;
	table->next = 0;
}

bool table_end_row(struct table *table)
{
	finish_row(table);
	return ++table->rows == HELD_ROWS;
}

void table_drop_row(struct table *table)
{
	finish_row(table);
}

void table_drop_rows(struct table *table)
{
	table->rows = 0;
}

static void put(const char *text, size_t length)
{
	fwrite_unlocked(text, 1, length, stdout);
}

static void put_blanks(size_t count)
{
	while (count--)
		putchar_unlocked(' ');
}

static void write_cell(const struct table *table, size_t column, const struct cell *cell)
{
	static const char *const escapes[] = {
		[OUT_PLAIN] = "", [OUT_GOOD] = "\033[32m", [OUT_WARN] = "\033[33m",
		[OUT_BAD] = "\033[31m",
	};
	const bool colored = table->colored && cell->color != OUT_PLAIN;
	const size_t pad = table->widths[column] - cell->length;

	put_blanks((column ? 2 : 0) + (table->right[column] ? pad : 0));
	if (colored)
		fputs(escapes[cell->color], stdout);
	put(cell->text, cell->length);
	if (colored)
		fputs("\033[0m", stdout);
	if (column + 1 == table->columns)
		putchar_unlocked('\n');
	else if (!table->right[column])
		put_blanks(pad);
}

void table_write_headings(struct table *table)
{
	struct cell cell = { .color = OUT_PLAIN };

	if (table->headed || !table->columns)
		return;
	for (size_t i = 0; i < table->columns; i++) {
		cell.length = strlen(table->headings[i]);
		if (cell.length > table->widths[i])
			table->widths[i] = cell.length;
	}
	for (size_t i = 0; i < table->columns; i++) {
		cell.text = (char *)table->headings[i];
		cell.length = strlen(cell.text);
		write_cell(table, i, &cell);
	}
	table->headed = true;
}

void table_write_rows(struct table *table)
{
	if (table->rows)
		table_write_headings(table);
	for (size_t row = 0; row < table->rows; row++) {
		for (size_t i = 0; i < table->columns; i++)
			write_cell(table, i, &table->cells[row][i]);
	}
	table_drop_rows(table);
}
