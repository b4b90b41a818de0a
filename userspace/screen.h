/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* A screen for pages of text that come again and again: ncurses, or a stream of frames. */
#ifndef TCPSHAKE_SCREEN_H
#define TCPSHAKE_SCREEN_H

#include "core/types.h"

struct page {
	char lines[256][256];
	unsigned int count;
	unsigned int fixed;	/* so many stay when the page does not fit and is scrolled */
	unsigned int skip;	/* so many after them are not shown: scrolled away */
};

void page_add(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* NULL: it can be had; else why not. */
const char *screen_open(void);
void screen_close(void);

/* input: what the user is typing, or NULL. */
void screen_show(const struct page *page, const char *input);

/* Waits so long for a key. 0: none came. The window's size may have changed. */
int screen_key(unsigned int ms);
enum {
	SCREEN_DOWN = 0x102,
	SCREEN_UP = 0x103,
	SCREEN_BACKSPACE = 0x107,
	SCREEN_PAGE_DOWN = 0x152,
	SCREEN_PAGE_UP = 0x153,
};

#endif /* TCPSHAKE_SCREEN_H */
