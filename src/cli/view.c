// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/view.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define LABEL 12 /* columns of the labels of view_row() */

void view_init(struct view *v, const struct cli *cli, FILE *out)
{
	*v = (struct view) { .out = out,
			     .color = cli->color,
			     .width = cli->width ? cli->width : WIDTH_PIPED,
			     .terminal = cli->width != 0 };
}

const char *paint_on(const struct view *v, enum paint p)
{
	static const char *const codes[] = {
		[PAINT_PLAIN] = "",	   [PAINT_HEAD] = "\033[1m",   [PAINT_GOOD] = "\033[32m",
		[PAINT_WARN] = "\033[33m", [PAINT_BAD] = "\033[1;31m", [PAINT_DIM] = "\033[2m",
	};

	return v->color ? codes[p] : "";
}

const char *paint_off(const struct view *v)
{
	return v->color ? "\033[0m" : "";
}

void view_heading(const struct view *v, const char *fmt, ...)
{
	va_list ap;

	fprintf(v->out, "\n%s", paint_on(v, PAINT_HEAD));
	va_start(ap, fmt);
	vfprintf(v->out, fmt, ap);
	va_end(ap);
	fprintf(v->out, "%s\n", paint_off(v));
}

/* Columns that a word takes: characters, not bytes. Escape sequences do not come here. */
static size_t columns(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (s.p[i] & 0xc0) != 0x80;
	return n;
}

void view_paragraph(const struct view *v, enum paint p, const char *first, size_t indent, const char *text)
{
	size_t column = columns(span_str(first)) > indent ? columns(span_str(first)) : indent;
	struct span rest = span_str(text), word;
	bool begun = false;

	fprintf(v->out, "%s%s%s%*s", paint_on(v, p), first, p == PAINT_PLAIN ? "" : paint_off(v),
		(int)(column - columns(span_str(first))), "");
	while (text_word(&rest, &word)) {
		if (begun && column + 1 + columns(word) > v->width) {
			fprintf(v->out, "\n%*s", (int)indent, "");
			column = indent;
			begun = false;
		}
		fprintf(v->out, "%s%.*s", begun ? " " : "", (int)word.n, (const char *)word.p);
		column += columns(word) + begun;
		begun = true;
	}
	fputc('\n', v->out);
}

/* Cleaned text is no longer than what it was made of. */
static void clean_part(const struct view *v, struct span part, struct arena *a)
{
	char *clean = arena_alloc(a, part.n + 1);

	if (!clean)
		return;
	text_copy(part, clean, part.n + 1);
	fputs(clean, v->out);
}

void view_diff(const struct view *v, struct span diff, struct arena *a)
{
	struct span line, part;

	while (span_line(&diff, &line)) {
		enum paint paint = text_starts(line, "+")   ? PAINT_GOOD
				   : text_starts(line, "-") ? PAINT_BAD
							    : PAINT_PLAIN;

		fprintf(v->out, "    %s", paint_on(v, paint));
		for (; text_until(&line, "\t", &part); fputc('\t', v->out))
			clean_part(v, part, a);
		clean_part(v, line, a);
		fprintf(v->out, "%s\n", paint_off(v));
	}
}

void view_row(const struct view *v, const char *label, const char *fmt, ...)
{
	char first[LABEL + 8];
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	snprintf(first, sizeof(first), "%-*s", LABEL, label);
	view_paragraph(v, PAINT_PLAIN, first, LABEL, text);
	free(text);
}

struct libscols_table *view_table(const struct view *v, bool tree, const char *const *names)
{
	struct libscols_table *t = scols_new_table();

	if (!t)
		return NULL;
	scols_table_set_stream(t, v->out);
	scols_table_enable_nolinesep(t, 0);
	scols_table_enable_noheadings(t, 0);
	scols_table_enable_colors(t, v->color);
	/* A pipe is as wide as it takes; a terminal cuts the last column. */
	scols_table_set_termforce(t, v->terminal ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
	if (v->terminal)
		scols_table_set_termwidth(t, v->width);
	for (size_t i = 0; names[i]; i++)
		scols_table_new_column(t, names[i], 0,
				       (tree && i == 0 ? SCOLS_FL_TREE : 0) | (names[i + 1] ? 0 : SCOLS_FL_TRUNC));
	return t;
}

struct libscols_line *view_line(struct libscols_table *t, struct libscols_line *parent, const char *const *cells)
{
	struct libscols_line *l = t ? scols_table_new_line(t, parent) : NULL;

	for (size_t i = 0; l && i < scols_table_get_ncols(t); i++)
		scols_line_set_data(l, i, cells[i] ? cells[i] : "");
	return l;
}

void view_table_end(const struct view *v, struct libscols_table *t)
{
	struct span rest, line;
	char *text = NULL;

	if (!t)
		return;
	/* The library fills empty cells with blanks; nobody wants them at the end of a line. */
	if (scols_print_table_to_string(t, &text) == 0 && text)
		for (rest = span_str(text); span_line(&rest, &line);) {
			while (line.n && line.p[line.n - 1] == ' ')
				line.n--;
			fprintf(v->out, "%.*s\n", (int)line.n, (const char *)line.p);
		}
	free(text);
	scols_unref_table(t);
}

char *short_addr(struct pci_addr a, char buf[PCI_ADDR_STR])
{
	pci_addr_str(a, buf);
	if (a.domain == 0)
		memmove(buf, buf + 5, strlen(buf + 5) + 1);
	return buf;
}
