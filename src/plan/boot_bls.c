// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_bls.c - GRUB that reads Boot Loader Specification entries, kept by grubby: Fedora and its kin. Their
 * grub2-mkconfig does not source /etc/default/grub.d.
 */
#include <string.h>

#include "base/text.h"
#include "plan/boot.h"

/* The owner's words with the key of @token in @path (NULL: of the running kernel). */
static const char *words_of(struct host_plan *h, const char *path, struct span token)
{
	const struct span key = span_before(token, '=');
	const char *words = "";

	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if ((path ? host_conf_in(c, path) : c->kind == CONF_CMDLINE) && span_same(span_str(c->key), key))
			words = arena_printf(h->a, "%s%s%s%s%s", words, *words ? " " : "", c->key,
					     c->value ? "=" : "", c->value ? c->value : "");
	}
	return words;
}

/* What @token displaces, for the way back: grubby has one command for all entries, so where they differ, all will be
 * as the one of the running kernel is, or the first. */
static const char *displaced(struct host_plan *h, struct span token)
{
	const char *words = NULL;
	bool differ = false;

	for (size_t i = 0; i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		const char *here = boot_is_entry(t) ? words_of(h, t->path, token) : NULL;

		differ |= here && words && strcmp(here, words) != 0;
		if (here && (!words || (h->f->kernel.v && strstr(t->path, h->f->kernel.v))))
			words = here;
	}
	words = words ? words : words_of(h, NULL, token);
	if (differ)
		plan_tell(h->p, PLAN_WARNING, "plan.entries-differ",
			  "The boot entries differ in %.*s. The way back makes them alike: %s in all of them.",
			  (int)span_before(token, '=').n, (const char *)token.p,
			  *words ? words : "without that option");
	return words;
}

static const char *joined(struct host_plan *h, const char *list, const char *word)
{
	return arena_printf(h->a, "%s%s%s", list, *list ? " " : "", word);
}

/*
 * grubby(8): --args takes the place of what has the same key, --remove-args goes by the whole word (grubby-bls of
 * Fedora 38, update_args()). So the way back gives again what was displaced, and removes what displaced nothing.
 */
static void grubby(struct host_plan *h, const char *add, const char *go, struct operation *op)
{
	const char *argv[4] = { "grubby", "--update-kernel=ALL" }, *inverse[4] = { argv[0], argv[1] };
	const char *again = go, *remove = "";
	struct span rest = span_str(add), word;
	size_t n = 2, n_back = 2;

	while (text_word(&rest, &word)) {
		struct span old = span_str(displaced(h, word)), one;

		if (!old.n)
			remove = joined(h, remove, arena_span(h->a, word));
		while (text_word(&old, &one))
			if (!facts_word_in(again, arena_span(h->a, one)))
				again = joined(h, again, arena_span(h->a, one));
	}
	if (*go)
		argv[n++] = arena_printf(h->a, "--remove-args=%s", go);
	if (*add)
		argv[n++] = arena_printf(h->a, "--args=%s", add);
	if (*again)
		inverse[n_back++] = arena_printf(h->a, "--args=%s", again);
	if (*remove)
		inverse[n_back++] = arena_printf(h->a, "--remove-args=%s", remove);
	op->target = "the boot entries of all kernels";
	op->argv = host_argv(h, argv, n);
	op->inverse = host_argv(h, inverse, n_back);
}

const struct boot_row boot_grubby = {
	.name = "GRUB with Boot Loader Specification entries, grubby",
	.loaders = "bls",
	.tools = "grubby",
	.distros = "fedora rhel almalinux rocky centos",
	.reads = boot_reads_entries,
	.keep = boot_keep_program,
	.command = grubby,
	.each_entry = true,
	.by_program = true,
	.entries = "/boot/loader/entries/*.conf",
	.all_anew = true,
};
