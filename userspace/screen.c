// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The screen: see screen.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "screen.h"

void page_add(struct page *page, const char *format, ...)
{
	va_list values;

	if (page->count == sizeof(page->lines) / sizeof(page->lines[0]))
		return;
	va_start(values, format);
	vsnprintf(page->lines[page->count++], sizeof(page->lines[0]), format, values);
	va_end(values);
}

#ifdef HAVE_NCURSES
#include <locale.h>
#include <ncurses.h>

_Static_assert(SCREEN_BACKSPACE == KEY_BACKSPACE && SCREEN_UP == KEY_UP &&
	       SCREEN_DOWN == KEY_DOWN && SCREEN_PAGE_UP == KEY_PPAGE &&
	       SCREEN_PAGE_DOWN == KEY_NPAGE, "the library's own numbers");

static SCREEN *screen;

const char *screen_open(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return "needs a terminal; --batch does without";
	setlocale(LC_ALL, "");
	screen = newterm(term, stdout, stdin);
	if (!screen)
		return "does not know this terminal (TERM); --batch does without";
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	return NULL;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void screen_show(const struct page *page, const char *input)
{
	const int rows = LINES - !!input;

	erase();
	for (unsigned int i = 0; (int)i < rows; i++) {
		const unsigned int line = i < page->fixed ? i : i + page->skip;

		if (line >= page->count)
			break;
		if (line + 1 == page->fixed)
			attron(A_REVERSE);
		mvaddnstr((int)i, 0, page->lines[line], COLS);
		attroff(A_REVERSE);
	}
	if (input)
		mvprintw(LINES - 1, 0, "/%s", input);
	refresh();
}

int screen_key(unsigned int ms)
{
	int key;

	timeout((int)ms);
	key = getch();
	return key == ERR || key == KEY_RESIZE ? 0 : key;
}
#else
const char *screen_open(void)
{
	return "was built without ncurses; --batch does without";
}

void screen_close(void)
{
}

void screen_show(const struct page *page, const char *input)
{
	(void)page;
	(void)input;
}

int screen_key(unsigned int ms)
{
	(void)ms;
	return 0;
}
#endif
