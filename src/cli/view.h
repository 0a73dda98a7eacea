/* SPDX-License-Identifier: GPL-2.0-or-later */
/* view.h - words on a screen or in a pipe: colours, paragraphs, tables. */
#pragma once

#include <libsmartcols.h>
#include <stdio.h>

#include "base/addr.h"
#include "cli/command.h"
#include "facts/facts.h"

struct view {
	FILE *out;
	bool color;
	size_t width; /* columns to wrap at */
	bool terminal;
};

#define WIDTH_PIPED 100 /* where no terminal says how wide it is */

void view_init(struct view *v, const struct cli *cli, FILE *out);

enum paint { PAINT_PLAIN, PAINT_HEAD, PAINT_GOOD, PAINT_WARN, PAINT_BAD, PAINT_DIM };

/* The escape sequence that begins a colour, and the one that ends it; "" without colours. */
const char *paint_on(const struct view *v, enum paint p);
const char *paint_off(const struct view *v);

/* A heading in a line of its own, with an empty line above. */
void view_heading(const struct view *v, const char *fmt, ...) _printf_(2, 3);

/* A paragraph: words wrapped, the first line behind @first (a label, painted), the others behind @indent blanks. */
void view_paragraph(const struct view *v, enum paint p, const char *first, size_t indent, const char *text);

/* A unified diff, indented and painted; tabs stay, all else that a terminal would obey becomes "?". */
void view_diff(const struct view *v, struct span diff, struct arena *a);

/* "label      text" with the text wrapped; nothing when @text is NULL. */
void view_row(const struct view *v, const char *label, const char *fmt, ...) _printf_(3, 4);

/* A table with these headings; NULL when out of memory, which view_table_end() takes for an empty table. The last
 * column is cut to a terminal's width. */
struct libscols_table *view_table(const struct view *v, bool tree, const char *const *columns);
struct libscols_line *view_line(struct libscols_table *t, struct libscols_line *parent, const char *const *cells);
void view_table_end(const struct view *v, struct libscols_table *t);

/* Short form where the domain is 0: "00:02.0". */
char *short_addr(struct pci_addr a, char buf[PCI_ADDR_STR]);
