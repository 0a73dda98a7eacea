// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * merge.c - what a plan put into a file of the owner's, taken out of what somebody made of that file since.
 *
 * For the guard, which has nobody to ask: boot options are words that are ours by name, and go out of the text word
 * by word; a definition of Proxmox is keys, each of which is as it was again where nobody changed it since. What a
 * plan took out of a file of boot options is not put back: the host comes up without it too.
 */
#include <fnmatch.h>

#include "base/error.h"
#include "base/text.h"
#include "change/work.h"
#include "store/edit.h"
#include "store/pve_doc.h"

/* ---- boot options -------------------------------------------------------------------------------------------- */

typedef int (*remover)(struct span text, const struct edit_word *w, struct arena *a, struct span *ret);

static int cmdline_remove(struct span text, const struct edit_word *w, struct arena *a, struct span *ret)
{
	return edit_cmdline_remove(text, w, false, a, ret);
}

/* The next word of @text that plans add; the files that are shell quote a list of them. */
static bool option_next(struct span *text, struct span *ret)
{
	struct span before;

	while (text_word(text, ret)) {
		if (!text_until(ret, "=\"", &before))
			text_until(ret, "='", &before);
		*ret = span_before(span_before(*ret, '"'), '\'');
		if (plan_admits_word(*ret))
			return true;
	}
	return false;
}

static bool has_option(struct span text, struct span option)
{
	struct span word;

	while (option_next(&text, &word))
		if (span_same(word, option))
			return true;
	return false;
}

static int options_out(const struct operation *op, remover remove, struct span now, struct arena *a, struct span *ret)
{
	struct span rest = op->after, word, key;
	int n = 0, r;

	for (*ret = now; option_next(&rest, &word);) {
		struct edit_word w;

		if (has_option(op->before, word) || !text_until(&word, "=", &key))
			continue;
		w = (struct edit_word) { .key = arena_span(a, key), .value = arena_span(a, word) };
		if (a->full)
			return -IGD_ENOMEM;
		r = remove(*ret, &w, a, ret);
		if (r < 0)
			return r == -IGD_ENOMEM ? r : 0;
		n += r;
	}
	return n > 0;
}

/* ---- definitions of Proxmox ---------------------------------------------------------------------------------- */

struct definitions {
	struct pve_doc before, after, now;
	bool ok;
};

static bool same_value(const struct pve_item *x, const struct pve_item *y)
{
	return x && y ? span_same(x->value, y->value) : x == y;
}

/* A key that was not there before is ours, whoever has edited it since. */
static void key_back(struct definitions *d, struct span name, struct arena *a)
{
	const char *key = arena_span(a, name);
	const struct pve_item *before = pve_doc_get(&d->before, key), *after = pve_doc_get(&d->after, key);
	const struct pve_item *now = pve_doc_get(&d->now, key);

	if (same_value(before, after) || same_value(before, now))
		return;
	d->ok = d->ok && (!before || same_value(after, now)) &&
		pve_doc_set(&d->now, key, before ? arena_span(a, before->value) : NULL);
}

static void keys_back(struct definitions *d, const struct pve_doc *of, struct arena *a)
{
	for (size_t i = 0; i < of->n_items; i++)
		if (of->items[i].kind == PVE_KEY && of->items[i].part == PVE_MAIN)
			key_back(d, of->items[i].key, a);
}

static int definition_out(const struct operation *op, struct span now, struct arena *a, struct span *ret)
{
	struct definitions d = { .ok = true };

	if (pve_doc_read(op->before, a, &d.before, NULL) < 0 || pve_doc_read(op->after, a, &d.after, NULL) < 0 ||
	    pve_doc_read(now, a, &d.now, NULL) < 0)
		return a->full ? -IGD_ENOMEM : 0;
	keys_back(&d, &d.before, a);
	keys_back(&d, &d.after, a);
	*ret = pve_doc_write(&d.now, a);
	return a->full ? -IGD_ENOMEM : d.ok;
}

/* ---- by file ------------------------------------------------------------------------------------------------- */

static const struct merge_row {
	const char *pattern; /* fnmatch(3), "*" over folders too */
	remover remove;	     /* NULL: a definition of Proxmox */
} merges[] = {
	{ "/etc/default/grub*", edit_grub_remove },
	{ "/etc/kernel/cmdline", cmdline_remove },
	{ "/etc/cmdline.d/*.conf", cmdline_remove },
	{ "*/loader/entries/*.conf", edit_entry_remove },
	{ "/etc/pve/*/*.conf", NULL },
};

int work_merge(const struct operation *op, struct span now, struct arena *a, struct span *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(merges); i++)
		if (fnmatch(merges[i].pattern, op->target, 0) == 0)
			return merges[i].remove ? options_out(op, merges[i].remove, now, a, ret)
						: definition_out(op, now, a, ret);
	return 0;
}
