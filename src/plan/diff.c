// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * diff.c - what both texts begin and end with is set aside; of the rest the longest common subsequence of lines
 * (dynamic programming) tells which lines stay. The files of a plan are small, so the table is too.
 */
#include "plan/diff.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

#define CONTEXT 3

struct lines {
	struct span *v; /* with their newlines */
	size_t n;
};

struct out {
	uint8_t *p; /* NULL: only count */
	size_t n;
};

static void put(struct out *o, const void *p, size_t n)
{
	if (o->p && n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}

static _printf_(2, 3) void print(struct out *o, const char *fmt, ...)
{
	char buf[96];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	put(o, buf, strlen(buf));
}

/* The first line with its newline, eaten. */
static bool line_cut(struct span *rest, struct span *ret)
{
	struct span line = span_before(*rest, '\n');

	if (rest->n == 0)
		return false;
	line.n += line.n < rest->n ? 1 : 0;
	*ret = line;
	return span_from(*rest, line.n, rest);
}

static bool lines_of(struct span text, struct arena *a, struct lines *ret)
{
	struct span rest = text, line;
	size_t n = 0;

	while (line_cut(&rest, &line))
		n++;
	ret->v = arena_alloc(a, (n ? n : 1) * sizeof(*ret->v));
	ret->n = 0;
	for (rest = text; ret->v && line_cut(&rest, &line);)
		ret->v[ret->n++] = line;
	return ret->v != NULL;
}

static bool same(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* A line of either text: kept, removed, added. */
struct step {
	char mark; /* ' ', '-', '+' */
	struct span line;
};

struct script {
	struct step *v;
	size_t n;
};

static void step(struct script *s, char mark, struct span line)
{
	s->v[s->n++] = (struct step) { mark, line };
}

/* The differing middle: lines @at of both, @n and @m of them. */
static void middle(struct script *s, const struct span *x, size_t n, const struct span *y, size_t m)
{
	struct arena scratch = { 0 };
	size_t i = 0, j = 0, w = m + 1;
	uint32_t *len = n < DIFF_CELLS_MAX && w <= DIFF_CELLS_MAX / (n + 1)
				? arena_alloc(&scratch, (n + 1) * w * sizeof(*len))
				: NULL;

	for (i = n; len && i-- > 0;)
		for (j = m; j-- > 0;)
			len[i * w + j] = same(x[i], y[j])			      ? len[(i + 1) * w + j + 1] + 1
					 : len[(i + 1) * w + j] >= len[i * w + j + 1] ? len[(i + 1) * w + j]
										      : len[i * w + j + 1];
	for (i = j = 0; i < n || j < m;) {
		if (len && i < n && j < m && same(x[i], y[j])) {
			step(s, ' ', x[i++]);
			j++;
		} else if (i < n && (!len || j == m || len[(i + 1) * w + j] >= len[i * w + j + 1])) {
			step(s, '-', x[i++]);
		} else {
			step(s, '+', y[j++]);
		}
	}
	arena_done(&scratch);
}

static bool script_of(struct lines x, struct lines y, struct arena *a, struct script *ret)
{
	size_t head = 0, tail = 0;

	ret->v = arena_alloc(a, (x.n + y.n + 1) * sizeof(*ret->v));
	if (!ret->v)
		return false;
	while (head < x.n && head < y.n && same(x.v[head], y.v[head]))
		step(ret, ' ', x.v[head++]);
	while (tail < x.n - head && tail < y.n - head && same(x.v[x.n - 1 - tail], y.v[y.n - 1 - tail]))
		tail++;
	middle(ret, x.v + head, x.n - head - tail, y.v + head, y.n - head - tail);
	for (size_t i = x.n - tail; i < x.n; i++)
		step(ret, ' ', x.v[i]);
	return true;
}

/* "12", "12,3"; an empty range names the line before it (POSIX diff(1), Diff Unified Output Format). */
static void range(struct out *o, size_t from, size_t n)
{
	if (n == 1)
		print(o, "%zu", from + 1);
	else
		print(o, "%zu,%zu", n ? from + 1 : from, n);
}

struct hunk {
	size_t from, to;   /* steps, .to not included */
	size_t x, y, n, m; /* first line and number of lines in each text */
};

static void marked_print(struct out *o, const struct script *s, size_t from, size_t to, char mark)
{
	for (size_t i = from; i < to; i++) {
		const struct span *l = &s->v[i].line;

		if (s->v[i].mark != mark)
			continue;
		put(o, &s->v[i].mark, 1);
		put(o, l->p, l->n);
		if (l->n == 0 || l->p[l->n - 1] != '\n')
			print(o, "\n\\ No newline at end of file\n");
	}
}

static void hunk_print(struct out *o, const struct script *s, const struct hunk *h)
{
	print(o, "@@ -");
	range(o, h->x, h->n);
	print(o, " +");
	range(o, h->y, h->m);
	print(o, " @@\n");
	for (size_t i = h->from, end; i < h->to; i = end) {
		for (end = i + 1; s->v[i].mark != ' ' && end < h->to && s->v[end].mark != ' ';)
			end++;
		marked_print(o, s, i, end, '-'); /* of one change, what goes stands before what comes */
		marked_print(o, s, i, end, '+');
		marked_print(o, s, i, end, ' ');
	}
}

/* Where the next hunk ends that begins at change @i: the last change that has no other within the context of both. */
static size_t hunk_end(const struct script *s, size_t i)
{
	size_t last = i;

	for (; i < s->n && i - last <= 2 * CONTEXT + 1; i++)
		if (s->v[i].mark != ' ')
			last = i;
	return last + 1;
}

static void hunks_print(struct out *o, const struct script *s)
{
	size_t x = 0, y = 0, at = 0;

	for (size_t i = 0; i < s->n;) {
		struct hunk h = { .from = i > CONTEXT ? i - CONTEXT : 0 };

		if (s->v[i].mark == ' ') {
			i++;
			continue;
		}
		i = hunk_end(s, i);
		h.to = i + CONTEXT < s->n ? i + CONTEXT : s->n;
		for (; at < h.from; at++) {
			x += s->v[at].mark != '+';
			y += s->v[at].mark != '-';
		}
		h.x = x;
		h.y = y;
		for (size_t k = h.from; k < h.to; k++) {
			h.n += s->v[k].mark != '+';
			h.m += s->v[k].mark != '-';
		}
		hunk_print(o, s, &h);
	}
}

static void all_print(struct out *o, const char *name_before, const char *name_after, const struct script *s)
{
	const char *names[] = { name_before ? name_before : "/dev/null", name_after ? name_after : "/dev/null" };

	put(o, "--- ", 4);
	put(o, names[0], strlen(names[0]));
	put(o, "\n+++ ", 5);
	put(o, names[1], strlen(names[1]));
	put(o, "\n", 1);
	hunks_print(o, s);
}

int diff_unified(const char *name_before, const char *name_after, struct span before, struct span after,
		 struct arena *a, struct span *ret)
{
	struct script s = { 0 };
	struct out o = { 0 };
	struct lines x, y;

	if (same(before, after)) {
		*ret = (struct span) { 0 };
		return 0;
	}
	if (!lines_of(before, a, &x) || !lines_of(after, a, &y) || !script_of(x, y, a, &s))
		return -IGD_ENOMEM;
	all_print(&o, name_before, name_after, &s);
	o.p = arena_alloc(a, o.n);
	if (!o.p)
		return -IGD_ENOMEM;
	o.n = 0;
	all_print(&o, name_before, name_after, &s);
	*ret = (struct span) { o.p, o.n };
	return 0;
}
