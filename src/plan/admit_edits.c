// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * admit_edits.c - could a plan have made this of a file of the owner's?
 *
 * What the file is for says who edits it (store/edit.h). The words by which the two texts differ are looked for,
 * those that plans take out are taken out and those that they add are added, by the very editors that plans are made
 * with; then all bytes must be as the plan says. So nothing comes or goes by itself, neither a blank nor a quote, and
 * in no other line: in a file that a shell sources, one blank behind a '=' runs what is behind it.
 */
#include <string.h>

#include "base/text.h"
#include "plan/admit.h"
#include "store/cmdline.h"
#include "store/grub.h"
#include "store/modprobe.h"

/* Of a text, and of its words that may be looked for, each of which takes a walk through it; real files have less
 * than HOST_TEXT_MAX bytes, and of such words a handful. */
#define TEXT_MAX  ((size_t)256 * 1024)
#define WORDS_MAX 128
#define BYTES_MAX ((size_t)64 << 20) /* of texts on the way */

struct replay {
	struct arena *a;
	struct span before, after, now;
	size_t n; /* words looked for */
	bool ok;
};

static bool may_look(struct replay *r)
{
	r->ok = r->ok && ++r->n <= WORDS_MAX;
	return r->ok;
}

static void step(struct replay *r, int answer)
{
	r->ok = r->ok && answer >= 0;
}

/* ---- texts that hold words of a kernel's command line ---------------------------------------------------------- */

struct words {
	/* Eat up to the next run of words; @ret_adds: new ones may stand in it. False at the end. */
	bool (*next)(struct span *rest, struct span *ret, bool *ret_adds);
	int (*add)(struct span text, const char *token, struct arena *a, struct span *ret);
	int (*remove)(struct span text, const struct edit_word *w, struct arena *a, struct span *ret);
};

/*
 * Where a shell knows the value's end elsewhere than we do, what comes in or goes would stand outside its quotes: in
 * a substitution that has quotes of its own, or by "a"b in a word that has none.
 */
static bool is_whole(const struct grub_line *g)
{
	size_t round = 0, curly = 0, ticks = 0, quotes = 0;
	uint8_t before = 0;

	span_u8(g->raw, (size_t)(g->value.p - g->raw.p) - 1, &before);
	if (before == '\'')
		return true;
	for (size_t i = 0; i < g->value.n; i++) {
		uint8_t c = g->value.p[i];

		round += (c == '(') - (size_t)(c == ')');
		curly += (c == '{') - (size_t)(c == '}');
		ticks += c == '`';
		quotes += c == '"' || c == '\'';
	}
	return round == 0 && curly == 0 && ticks % 2 == 0 && (before == '"' || quotes == 0);
}

static bool next_grub(struct span *rest, struct span *ret, bool *ret_adds)
{
	struct grub_line g;
	size_t line = 1, at;

	if (!grub_next(rest, &line, &g, &at))
		return false;
	*ret = g.value;
	*ret_adds = g.variable == GRUB_LINUX_DEFAULT;
	return true;
}

static bool next_line(struct span *rest, struct span *ret, bool *ret_adds)
{
	*ret_adds = true;
	while (span_line(rest, ret))
		if (!text_starts(*ret, "#"))
			return true;
	return false;
}

static bool next_entry(struct span *rest, struct span *ret, bool *ret_adds)
{
	struct span key;

	*ret_adds = true;
	while (span_line(rest, ret))
		if (text_word(ret, &key) && text_eq(key, "options"))
			return true;
	return false;
}

/* Proxmox's readers know the first line of /etc/kernel/cmdline alone. */
static bool next_first(struct span *rest, struct span *ret, bool *ret_adds)
{
	bool yes = next_line(rest, ret, ret_adds);

	rest->n = 0;
	return yes;
}

static int add_all(struct span text, const char *token, struct arena *a, struct span *ret)
{
	return edit_cmdline_add(text, token, false, a, ret);
}

static int remove_all(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, false, a, ret);
}

static int add_first(struct span text, const char *token, struct arena *a, struct span *ret)
{
	return edit_cmdline_add(text, token, true, a, ret);
}

static int remove_first(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, true, a, ret);
}

static const struct words grub_words = { next_grub, edit_grub_add, edit_grub_remove };
static const struct words cmdline_words = { next_line, add_all, remove_all };
static const struct words first_words = { next_first, add_first, remove_first };
static const struct words entry_words = { next_entry, edit_entry_add, edit_entry_remove };

static bool has_word(const struct words *k, struct span text, const struct cmdline_word *w)
{
	struct cmdline_word have;
	struct span words;
	bool adds;

	while (k->next(&text, &words, &adds))
		while (cmdline_next(&words, &have))
			if (cmdline_same_key(have.key, w->key) && have.has_value == w->has_value &&
			    span_same(have.value, w->value))
				return true;
	return false;
}

/* Nothing around key and value but one pair of quotes. */
static bool is_closed(const struct cmdline_word *w)
{
	size_t n = w->raw.n - w->key.n - w->value.n - (w->has_value ? 1 : 0);

	return n == 0 || n == 2;
}

static void words_go(struct replay *r, const struct words *k)
{
	struct span rest = r->before, words;
	struct cmdline_word w;
	bool adds;

	while (r->ok && k->next(&rest, &words, &adds))
		while (r->ok && cmdline_next(&words, &w)) {
			struct edit_word go;

			if (!admit_takes(w.key, w.value, w.has_value) || !is_closed(&w) || !may_look(r) ||
			    has_word(k, r->after, &w))
				continue;
			go.key = arena_span(r->a, w.key);
			go.value = w.has_value ? arena_span(r->a, w.value) : NULL;
			step(r, k->remove(r->now, &go, r->a, &r->now));
		}
}

static void words_come(struct replay *r, const struct words *k)
{
	struct span rest = r->after, words;
	struct cmdline_word w;
	bool adds;

	while (r->ok && k->next(&rest, &words, &adds))
		while (r->ok && adds && cmdline_next(&words, &w))
			if (admit_adds(w.key, w.value, w.has_value) && admit_is_plain(w.raw) && may_look(r))
				step(r, k->add(r->now, arena_span(r->a, w.raw), r->a, &r->now));
}

/* Each assignment that changes must be one that a shell ends where we do. */
static bool are_whole(struct span before, struct span after)
{
	struct grub_line x, y;
	size_t n = 1, m = 1, at;

	while (grub_next(&before, &n, &x, &at))
		if (!grub_next(&after, &m, &y, &at) || (!span_same(x.raw, y.raw) && !is_whole(&x)))
			return false;
	return true;
}

static bool words_edited(struct replay *r, const struct words *k)
{
	words_go(r, k);
	words_come(r, k);
	return r->ok && !r->a->full && span_same(r->now, r->after) &&
	       (k != &grub_words || are_whole(r->before, r->after));
}

/* ---- modprobe.d ------------------------------------------------------------------------------------------------ */

/* Blockers of host.c: words of options, and where .key is NULL the line "blacklist MODULE". */
static const struct {
	const char *module, *key;
} modprobe_goes[] = {
	{ "vfio_pci", "disable_vga" },
	{ "vfio_pci", "ids" },
	{ "i915", "enable_guc" },
	{ "vfio_pci", NULL },
};

static bool is_of(const struct modprobe_line *l, size_t row)
{
	return l->verb == (modprobe_goes[row].key ? MODPROBE_OPTIONS : MODPROBE_BLACKLIST) &&
	       cmdline_same_key(l->module, span_str(modprobe_goes[row].module));
}

/* Does a line of @row say @w; NULL: is there one? */
static bool has_option(struct span text, size_t row, const struct cmdline_word *w)
{
	uint8_t buf[MODPROBE_LINE_MAX];
	struct cmdline_word have;
	struct modprobe_line l;
	size_t n = 1, at;

	while (modprobe_next(&text, &n, buf, &l, &at)) {
		if (!is_of(&l, row))
			continue;
		if (!w)
			return true;
		while (cmdline_next(&l.rest, &have))
			if (span_same(have.key, w->key) && have.has_value == w->has_value &&
			    span_same(have.value, w->value))
				return true;
	}
	return false;
}

static void options_go(struct replay *r, size_t row, struct span options)
{
	const char *module = modprobe_goes[row].module;
	struct cmdline_word w;

	while (r->ok && cmdline_next(&options, &w)) {
		struct edit_word go;

		if (!text_eq(w.key, modprobe_goes[row].key) || !may_look(r) || has_option(r->after, row, &w))
			continue;
		go.key = arena_span(r->a, w.key);
		go.value = w.has_value ? arena_span(r->a, w.value) : NULL;
		step(r, edit_modprobe_option_remove(r->now, module, &go, r->a, &r->now));
	}
}

static void modprobe_go(struct replay *r, size_t row)
{
	struct span rest = r->before;
	uint8_t buf[MODPROBE_LINE_MAX];
	struct modprobe_line l;
	size_t n = 1, at;

	while (r->ok && modprobe_next(&rest, &n, buf, &l, &at)) {
		if (!is_of(&l, row))
			continue;
		if (modprobe_goes[row].key)
			options_go(r, row, l.rest);
		else if (may_look(r) && !has_option(r->after, row, NULL))
			step(r, edit_modprobe_blacklist_remove(r->now, modprobe_goes[row].module, r->a, &r->now));
	}
}

static bool modprobe_edited(struct replay *r)
{
	for (size_t row = 0; row < ARRAY_SIZE(modprobe_goes); row++)
		modprobe_go(r, row);
	return r->ok && !r->a->full && span_same(r->now, r->after);
}

/* ---- by file --------------------------------------------------------------------------------------------------- */

/* A file is @exact, or lies in the folder @head with a name that ends in @tail. Its words; NULL: modprobe.d. @other:
 * as other readers have it. */
static const struct owner_row {
	const char *exact, *head, *tail;
	const struct words *words, *other;
} owner_rows[] = {
	{ "/etc/default/grub", NULL, NULL, &grub_words, NULL },
	{ NULL, "/etc/default/grub.d/", ".cfg", &grub_words, NULL },
	{ "/etc/kernel/cmdline", NULL, NULL, &cmdline_words, &first_words },
	{ NULL, "/etc/cmdline.d/", ".conf", &cmdline_words, NULL },
	{ NULL, "/boot/loader/entries/", ".conf", &entry_words, NULL },
	{ NULL, "/boot/efi/loader/entries/", ".conf", &entry_words, NULL },
	{ NULL, "/efi/loader/entries/", ".conf", &entry_words, NULL },
	{ NULL, "/etc/modprobe.d/", ".conf", NULL, NULL },
	{ NULL, "/usr/local/lib/modprobe.d/", ".conf", NULL, NULL },
	{ NULL, "/usr/lib/modprobe.d/", ".conf", NULL, NULL },
	{ NULL, "/lib/modprobe.d/", ".conf", NULL, NULL },
	{ NULL, "/run/modprobe.d/", ".conf", NULL, NULL },
};

bool admit_lies_in(const char *path, const char *head, const char *tail)
{
	struct span rest = span_str(path);

	return text_skip(&rest, head) && !text_has(rest, "/") && text_ends(rest, tail) && rest.n > strlen(tail);
}

static const struct owner_row *row_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(owner_rows); i++) {
		const struct owner_row *row = &owner_rows[i];

		if (row->exact ? strcmp(row->exact, path) == 0 : admit_lies_in(path, row->head, row->tail))
			return row;
	}
	return NULL;
}

bool admit_edits(const char *path)
{
	return row_of(path) != NULL;
}

static bool edited_by(const struct words *k, struct span before, struct span after)
{
	struct arena a = { .limit = BYTES_MAX };
	struct replay r = { .a = &a, .before = before, .after = after, .now = before, .ok = true };
	bool yes = before.n <= TEXT_MAX && after.n <= TEXT_MAX && (k ? words_edited(&r, k) : modprobe_edited(&r));

	arena_done(&a);
	return yes;
}

bool admit_edited(const char *path, struct span before, struct span after)
{
	const struct owner_row *row = row_of(path);

	return row && (edited_by(row->words, before, after) || (row->other && edited_by(row->other, before, after)));
}
