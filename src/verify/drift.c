// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify/drift.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

#define WORDS_MAX 65536 /* of a file; what plans write has some dozens */

struct words {
	struct span *v;
	size_t n;
};

static int by_bytes(const void *x, const void *y)
{
	const struct span *a = x, *b = y;
	size_t n = a->n < b->n ? a->n : b->n;
	int r = n ? memcmp(a->p, b->p, n) : 0;

	return r ? r : (a->n > b->n) - (a->n < b->n);
}

/* The words of @s, sorted. */
static bool words_of(struct span s, struct arena *a, struct words *ret)
{
	struct span word, *slot;

	*ret = (struct words) { 0 };
	while (ret->n < WORDS_MAX && text_word(&s, &word)) {
		slot = arena_push(a, ret->v, ret->n);
		if (!slot)
			return false;
		*slot = word;
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_bytes);
	return true;
}

static bool has(const struct words *w, struct span word)
{
	return w->n && bsearch(&word, w->v, w->n, sizeof(*w->v), by_bytes);
}

/* The first word of @x that @y has not and @now, as @wanted says, has or has not; empty: none. */
static struct span first_of(const struct words *x, const struct words *y, const struct words *now, bool wanted)
{
	for (size_t i = 0; i < x->n; i++)
		if (!has(y, x->v[i]) && has(now, x->v[i]) == wanted)
			return x->v[i];
	return (struct span) { 0 };
}

static int words_look(const struct operation *op, struct span now, struct arena *a, struct drifted *ret)
{
	struct words before, after, is;
	struct span word;

	if (!words_of(op->before, a, &before) || !words_of(op->after, a, &after) || !words_of(now, a, &is))
		return -IGD_ENOMEM;
	word = first_of(&after, &before, &is, false);
	if (!word.n) {
		word = first_of(&before, &after, &is, true);
		ret->word_is_back = word.n > 0;
	}
	ret->drift = word.n ? DRIFT_LOST : DRIFT_HARMLESS;
	ret->word = arena_span(a, word);
	return a->full ? -IGD_ENOMEM : 0;
}

/* @s without its lines of comment; "" when there is no memory. */
static struct span uncommented(struct span s, struct arena *a)
{
	const char *text = "";
	struct span line;

	while (span_line(&s, &line))
		if (!text_starts(text_trim(line), "#"))
			text = arena_printf(a, "%s%.*s\n", text, (int)line.n, (const char *)line.p);
	return span_str(text);
}

const char *drift_left(struct span before, struct span after, struct span now, struct arena *a)
{
	struct span rest = after, word, longest = { 0 };
	struct words was, is;

	if (!words_of(before, a, &was) || !words_of(uncommented(now, a), a, &is))
		return NULL;
	for (rest = uncommented(after, a); text_word(&rest, &word);)
		if (word.n > longest.n && !has(&was, word) && has(&is, word))
			longest = word;
	return a->full ? NULL : arena_span(a, longest);
}

int drift_look(struct host *h, const struct operation *op, struct arena *a, struct drifted *ret)
{
	const char *path = op->target + strspn(op->target, "/");
	struct span now;
	int r = host_read(h, path, HOST_FILE_MAX, a, &now);

	*ret = (struct drifted) { .word = "", .why = "", .mtime = -1 };
	if (r == -IGD_ENOENT) {
		ret->drift = op->gone ? DRIFT_NONE : DRIFT_GONE;
		return 0;
	}
	if (host_mtime(h, path, &ret->mtime) < 0)
		ret->mtime = -1;
	if (r < 0) {
		ret->drift = DRIFT_UNREAD;
		ret->why = host_why(h, r, path, a);
		return 0;
	}
	if (op->gone || span_same(now, op->after)) {
		ret->drift = op->gone ? DRIFT_BACK : DRIFT_NONE;
		return 0;
	}
	return words_look(op, now, a, ret);
}
