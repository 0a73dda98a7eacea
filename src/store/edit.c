// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * edit.c - the text is copied from front to back; on the way pieces are left out or put in.
 */
#include "store/edit.h"

#include "base/error.h"
#include "base/text.h"
#include "store/cmdline.h"
#include "store/entry.h"
#include "store/grub.h"
#include "store/modprobe.h"

struct edit {
	struct span text;
	size_t at; /* copied, or left out, up to here */
	uint8_t *out;
	size_t n, room;
	int changes;
	bool full;
};

static struct edit edit_begin(struct span text, size_t more, struct arena *a)
{
	struct edit e = { .text = text, .room = text.n + more };

	e.out = arena_alloc(a, e.room ? e.room : 1);
	e.full = e.out == NULL;
	return e;
}

static size_t where(const struct edit *e, struct span part)
{
	return (size_t)(part.p - e->text.p);
}

static void put(struct edit *e, struct span s)
{
	if (e->full || s.n > e->room - e->n) {
		e->full = true;
		return;
	}
	if (s.n)
		memcpy(e->out + e->n, s.p, s.n);
	e->n += s.n;
}

static void copy_to(struct edit *e, size_t at)
{
	struct span part;

	if (at > e->at && span_cut(e->text, e->at, at - e->at, &part)) {
		put(e, part);
		e->at = at;
	}
}

static void insert(struct edit *e, size_t at, const char *text)
{
	copy_to(e, at);
	put(e, span_str(text));
}

static void leave_out(struct edit *e, size_t from, size_t to)
{
	copy_to(e, from);
	if (to > e->at)
		e->at = to;
	e->changes++;
}

static int edit_end(struct edit *e, struct span *ret)
{
	if (e->changes == 0) {
		*ret = e->text;
		return 0;
	}
	copy_to(e, e->text.n);
	if (e->full)
		return -IGD_ENOMEM;
	*ret = (struct span) { e->out, e->n };
	return e->changes;
}

static bool blank_at(struct span s, size_t at)
{
	uint8_t c;

	return span_u8(s, at, &c) && (c == ' ' || c == '\t');
}

/* ---- words ------------------------------------------------------------------------------------------------ */

static bool same(const struct cmdline_word *have, const struct edit_word *w)
{
	if (!cmdline_same_key(have->key, span_str(w->key)) || have->has_value != (w->value != NULL))
		return false;
	return !w->value || text_eq(have->value, w->value);
}

static bool holds(struct span words, const struct edit_word *w)
{
	struct cmdline_word have;

	while (cmdline_next(&words, &have))
		if (same(&have, w))
			return true;
	return false;
}

/* Take @w out of @words, a part of the text, which may span lines inside quotes. How many are left there. */
static size_t words_remove(struct edit *e, struct span words, const struct edit_word *w)
{
	size_t begin = where(e, words), end = begin + words.n, left = 0;
	struct cmdline_word have;
	struct span rest = words;

	while (cmdline_next(&rest, &have)) {
		size_t from = where(e, have.raw), to = from + have.raw.n;

		if (!same(&have, w)) {
			left++;
			continue;
		}
		while (from > begin && from > e->at && blank_at(e->text, from - 1))
			from--;
		while (left == 0 && to < end && blank_at(e->text, to))
			to++;
		leave_out(e, from, to);
	}
	return left;
}

/* The line at the front of @rest with its newline, eaten. */
static bool whole_line(struct span *rest, struct span *ret)
{
	struct span before = *rest, line;

	return span_line(rest, &line) && span_cut(before, 0, before.n - rest->n, ret);
}

/* ---- a command line ------------------------------------------------------------------------------------------ */

/* The next line that holds words; where @first there is only the first of the file. */
static bool cmdline_line(struct span *rest, bool first, struct span *ret)
{
	while (span_line(rest, ret)) {
		if (first)
			rest->n = 0;
		if (text_trim(*ret).n && !text_starts(text_trim(*ret), "#"))
			return true;
	}
	return false;
}

static bool has_root(struct span line)
{
	struct cmdline_word w;

	while (cmdline_next(&line, &w))
		if (text_eq(w.key, "root") && w.has_value)
			return true;
	return false;
}

/* Does it hold the token as it would be written? */
static bool has_token(struct span words, const char *token)
{
	struct cmdline_word w;

	while (cmdline_next(&words, &w))
		if (text_eq(w.raw, token))
			return true;
	return false;
}

static bool cmdline_has(struct span text, const char *token, bool first)
{
	struct span line;

	while (cmdline_line(&text, first, &line))
		if (has_token(line, token))
			return true;
	return false;
}

int edit_cmdline_add(struct span text, const char *token, bool first, struct arena *a, struct span *ret)
{
	struct span rest = text, line, done;
	struct edit e;

	if (cmdline_has(text, token, first)) {
		*ret = text;
		return 0;
	}
	if (!cmdline_line(&rest, first, &line) || (first && !has_root(line)))
		return -IGD_EUSAGE;
	e = edit_begin(text, strlen(token) + 1, a);
	line = text_trim(line);
	insert(&e, where(&e, line) + line.n, " ");
	put(&e, span_str(token));
	e.changes = 1;
	if (edit_end(&e, &done) < 0)
		return -IGD_ENOMEM;
	if (!cmdline_has(done, token, first)) /* behind "--", or inside a quote that nobody closed */
		return -IGD_EUSAGE;
	*ret = done;
	return 1;
}

int edit_cmdline_remove(struct span text, const struct edit_word *w, bool first, struct arena *a, struct span *ret)
{
	struct edit e = edit_begin(text, 0, a);
	struct span rest = text, line;

	while (cmdline_line(&rest, first, &line)) {
		if (first && !has_root(line))
			return -IGD_EUSAGE;
		words_remove(&e, line, w);
	}
	return edit_end(&e, ret);
}

/* ---- GRUB ---------------------------------------------------------------------------------------------------- */

#define GRUB_DEFAULT "GRUB_CMDLINE_LINUX_DEFAULT"

/* An assignment of its own at the end of a file that has none. */
static void grub_append(struct edit *e, const char *token)
{
	copy_to(e, e->text.n);
	if (e->text.n && !text_ends(e->text, "\n"))
		put(e, span_str("\n"));
	put(e, span_str(GRUB_DEFAULT "=\""));
	put(e, span_str(token));
	put(e, span_str("\"\n"));
}

static bool is_quote_at(struct span s, size_t at)
{
	uint8_t c;

	return span_u8(s, at, &c) && (c == '"' || c == '\'');
}

static bool grub_has(struct span text, const char *token)
{
	struct grub_line g;
	size_t line = 1, at;

	while (grub_next(&text, &line, &g, &at))
		if (g.variable == GRUB_LINUX_DEFAULT && has_token(g.value, token))
			return true;
	return false;
}

int edit_grub_add(struct span text, const char *token, struct arena *a, struct span *ret)
{
	struct grub_line g, last = { 0 };
	struct span rest = text, done;
	bool found = false;
	size_t line = 1, at;
	struct edit e;

	while (grub_next(&rest, &line, &g, &at)) {
		if (g.variable != GRUB_LINUX_DEFAULT)
			continue;
		last = g;
		found = true;
	}
	if (grub_has(text, token)) {
		*ret = text;
		return 0;
	}
	if (found && text_has(last.value, "\\"))
		return -IGD_EUSAGE;
	e = edit_begin(text, strlen(token) + sizeof(GRUB_DEFAULT "=\"\"\n\n"), a);
	if (!found) {
		grub_append(&e, token);
	} else {
		size_t from = where(&e, last.value), to = from + last.value.n;
		bool quoted = is_quote_at(text, from - 1);

		if (!quoted)
			insert(&e, from, "\"");
		insert(&e, to, text_trim(last.value).n && !blank_at(text, to - 1) ? " " : "");
		put(&e, span_str(token));
		if (!quoted)
			put(&e, span_str("\""));
	}
	e.changes = 1;
	if (edit_end(&e, &done) < 0)
		return -IGD_ENOMEM;
	if (!grub_has(done, token))
		return -IGD_EUSAGE;
	*ret = done;
	return 1;
}

int edit_grub_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	struct edit e = edit_begin(text, 0, a);
	struct span rest = text;
	struct grub_line g;
	size_t line = 1, at;

	while (grub_next(&rest, &line, &g, &at)) {
		if (!holds(g.value, w))
			continue;
		if (text_has(g.value, "\\"))
			return -IGD_EUSAGE; /* the shell's escapes: a word taken out could leave one before the quote
					     */
		words_remove(&e, g.value, w);
	}
	return edit_end(&e, ret);
}

/* ---- boot entries -------------------------------------------------------------------------------------------- */

/* The words behind "options" of an entry's line. */
static bool entry_options(struct span line, struct span *ret)
{
	struct span key;

	line = text_trim(line);
	if (!text_word(&line, &key) || !text_eq(key, "options"))
		return false;
	*ret = text_trim(line);
	return true;
}

int edit_entry_add(struct span text, const char *token, struct arena *a, struct span *ret)
{
	struct span rest = text, line, words;
	struct edit e;

	while (span_line(&rest, &line)) {
		if (entry_options(line, &words) && has_token(words, token)) {
			*ret = text;
			return 0;
		}
	}
	if (!entry_has_kernel(text))
		return -IGD_EUSAGE;
	e = edit_begin(text, strlen(token) + sizeof("\noptions \n"), a);
	copy_to(&e, text.n);
	if (!text_ends(text, "\n"))
		put(&e, span_str("\n"));
	put(&e, span_str("options "));
	put(&e, span_str(token));
	put(&e, span_str("\n"));
	e.changes = 1;
	return edit_end(&e, ret);
}

/* All the words of a line are @w. */
static bool only(struct span words, const struct edit_word *w)
{
	struct cmdline_word have;

	while (cmdline_next(&words, &have))
		if (!same(&have, w))
			return false;
	return true;
}

int edit_entry_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	struct edit e = edit_begin(text, 0, a);
	struct span rest = text, line, words;

	while (whole_line(&rest, &line)) {
		if (!entry_options(line, &words) || !holds(words, w))
			continue;
		if (only(words, w))
			leave_out(&e, where(&e, line), where(&e, line) + line.n);
		else
			words_remove(&e, words, w);
	}
	return edit_end(&e, ret);
}

/* ---- modprobe.d ---------------------------------------------------------------------------------------------- */

struct target { /* what goes: a word of options, or where .word is NULL a blacklist line */
	const char *module;
	const struct edit_word *word;
};

static bool aims_at(const struct target *t, const struct modprobe_line *l)
{
	if (!cmdline_same_key(l->module, span_str(t->module)))
		return false;
	return t->word ? l->verb == MODPROBE_OPTIONS && holds(l->rest, t->word) : l->verb == MODPROBE_BLACKLIST;
}

static int modprobe_remove(struct span text, const struct target *t, struct arena *a, struct span *ret)
{
	struct edit e = edit_begin(text, 0, a);
	uint8_t buf[MODPROBE_LINE_MAX];
	struct span rest = text;

	while (rest.n) {
		struct span here = rest, line;
		struct modprobe_line l;
		size_t n = 1, at;

		if (!modprobe_next(&rest, &n, buf, &l, &at))
			break;
		if (!aims_at(t, &l))
			continue;
		if (n - at != 1)
			return -IGD_EUSAGE; /* continued: what was parsed is a copy */
		for (; at > 1 && whole_line(&here, &line); at--)
			continue;
		if (!whole_line(&here, &line) || text_has(line, "\\")) /* at its end it would join the next line */
			return -IGD_EUSAGE;
		if (!t->word || only(l.rest, t->word))
			leave_out(&e, where(&e, line), where(&e, line) + line.n);
		else
			words_remove(&e, l.rest, t->word);
	}
	return edit_end(&e, ret);
}

int edit_modprobe_option_remove(struct span text, const char *module, const struct edit_word *w, struct arena *a,
				struct span *ret)
{
	const struct target t = { module, w };

	return modprobe_remove(text, &t, a, ret);
}

int edit_modprobe_blacklist_remove(struct span text, const char *module, struct arena *a, struct span *ret)
{
	const struct target t = { module, NULL };

	return modprobe_remove(text, &t, a, ret);
}
