// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * made_entry.c - boot entries as boot loaders read them, and whether they hold a word.
 *
 * Not counted are entries that are there to start without what a plan adds: those for recovery, our spare one, other
 * systems that os-prober found, memory tests, snapshots of before.
 */
#include "base/text.h"
#include "store/cmdline.h"
#include "store/entry.h"
#include "store/grub.h"
#include "verify/made_parts.h"

static bool same_word(const struct cmdline_word *a, const struct cmdline_word *b)
{
	return cmdline_same_key(a->key, b->key) && a->has_value == b->has_value && span_same(a->value, b->value);
}

static bool holds(struct span line, struct span word)
{
	struct cmdline_word wanted, w;

	if (!cmdline_next(&word, &wanted))
		return false;
	while (cmdline_next(&line, &w))
		if (same_word(&w, &wanted))
			return true;
	return false;
}

void made_entries_line(struct made_entries *e, const char *label, struct span line)
{
	bool with = holds(line, e->word);

	e->n++;
	if (with) {
		e->n_with++;
		e->with = e->with ? e->with : label;
	} else if (text_has(line, "$kernelopts")) {
		/* of grubenv (Fedora's grub2, 20-grub-install.sh, until 2019), which could not be read */
		e->n_unknown++;
	} else {
		e->without = e->without ? e->without : label;
	}
}

static bool is_spare(struct span name)
{
	static const char *const marks[] = { "igdctl",		"rescue",   "-recovery-",
					     "(recovery mode)", "osprober", "memtest" };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (text_has(name, marks[i]))
			return true;
	return false;
}

/* ---- GRUB --------------------------------------------------------------------------------------------------- */

/* The title of a menuentry: 'Debian GNU/Linux, with Linux 6.1.0-50-amd64'. */
static const char *title(struct made_entries *e, struct span line)
{
	struct span before, name;
	char clean[128];

	if (!text_until(&line, "'", &before) || !text_until(&line, "'", &name))
		return "a menu entry";
	text_copy(name, clean, sizeof(clean));
	return arena_printf(e->a, "\"%s\"", clean);
}

/* GRUB manual 2.12, "menuentry" and "linux"; "### BEGIN /etc/grub.d/..." is what grub-mkconfig puts around each part.
 */
static void grub_entries(struct made_entries *e, struct span text)
{
	const char *label = "an entry outside the menu";
	bool spare_part = false, spare = false;
	struct span l, s, word;

	while (span_line(&text, &l)) {
		s = text_trim(l);
		if (text_skip(&s, "### BEGIN ")) {
			spare_part = text_has(s, "igdctl") || text_has(s, "os-prober") || text_has(s, "memtest");
			spare = false;
		} else if (text_starts(s, "menuentry ") || text_starts(s, "menuentry\t")) {
			spare = is_spare(s);
			label = spare ? label : title(e, s);
		} else if (text_starts(s, "linux") && text_word(&s, &word) && s.n &&
			   (text_eq(word, "linux") || text_eq(word, "linuxefi") || text_eq(word, "linux16"))) {
			if (text_word(&s, &word) && !spare && !spare_part && !text_has(word, "memtest"))
				made_entries_line(e, label, s);
		}
	}
}

/* ---- Boot Loader Specification ------------------------------------------------------------------------------ */

/* Boot Loader Specification, "Type #1": a key and its value a line; options may come more than once. An entry without
 * a kernel starts another program. */
static void spec_entry(struct made_entries *e, const char *path, struct span text)
{
	const char *options = "";
	bool kernel =
		entry_has_kernel(text) && entry_is_of(text, e->machine_id) && entry_is_of_snapshot(text, e->snapshot);
	bool spare = entry_is_rescue(path);
	struct span l, s, key;

	text = grub_kernelopts(text, e->grubenv, e->a);
	while (span_line(&text, &l)) {
		s = text_trim(l);
		if (!text_word(&s, &key))
			continue;
		s = text_trim(s);
		spare |= text_eq(key, "title") && is_spare(s);
		if (text_eq(key, "options"))
			options = arena_printf(e->a, "%s%s%.*s", options, *options ? " " : "", (int)s.n,
					       (const char *)s.p);
	}
	if (!kernel || spare)
		return;
	path = arena_printf(e->a, "/%s", path);
	made_entries_line(e, path, span_str(options));
	if (!e->lacks && e->without == path)
		e->lacks = path;
}

void made_entries_text(struct made_entries *e, const char *path, struct span text)
{
	if (text_ends(span_str(path), ".conf"))
		spec_entry(e, path, text);
	else
		grub_entries(e, text);
}
