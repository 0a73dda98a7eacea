// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_ostree.c - rpm-ostree keeps the options with each deployment: a change makes a new one, and the old one stays
 * in the boot menu as it was.
 */
#include "base/text.h"
#include "plan/boot.h"

/* rpm-ostree(1), kargs. */
static void kargs(struct host_plan *h, const char *add, const char *go, struct operation *op)
{
	const char *argv[OPTIONS_MAX + 2] = { "rpm-ostree", "kargs" },
				       *inverse[OPTIONS_MAX + 2] = { argv[0], argv[1] };
	struct span lists[] = { span_str(go), span_str(add) }, word;
	size_t n = 2;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		while (n < ARRAY_SIZE(argv) && text_word(&lists[i], &word)) {
			const char *token = arena_span(h->a, word);
			const char *in = arena_printf(h->a, "--append-if-missing=%s", token);
			const char *out = arena_printf(h->a, "--delete-if-present=%s", token);

			argv[n] = i ? in : out;
			inverse[n++] = i ? out : in;
		}
	op->target = "a new deployment";
	op->argv = host_argv(h, argv, n);
	op->inverse = host_argv(h, inverse, n);
}

const struct boot_row boot_ostree = {
	.name = "rpm-ostree",
	.loaders = "rpm-ostree",
	.tools = "rpm-ostree",
	.distros = "fedora silverblue kinoite bazzite bluefin aurora",
	.reads = boot_reads_entries,
	.keep = boot_keep_program,
	.command = kargs,
	.each_entry = true,
	.by_program = true,
	/* libostree writes one for each deployment, of which the newest counts, or the one that is staged */
	.entries = "/boot/loader/entries/ostree-*.conf",
	.all_anew = true,
};
