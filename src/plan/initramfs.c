// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initramfs.c - how vfio-pci and its options get into the initramfs, by the program that makes it: the table of rows,
 * each of which is in a small file of its own (initramfs_*.c, docs/how-to-add-a-boot-loader.md).
 */
#include <string.h>

#include "base/text.h"
#include "plan/boot.h"

/* The first row that fits counts. */
static const struct initramfs_row *const rows[] = {
	&initramfs_ostree,
	&initramfs_tools,
	&initramfs_dracut_debian,
	&initramfs_dracut_named,
	&initramfs_dracut_arch,
	&initramfs_dracut,
	&initramfs_mkinitcpio_preset,
	&initramfs_mkinitcpio_modconf,
	&initramfs_mkinitcpio,
	&initramfs_booster,
	&initramfs_none,
};

const struct initramfs_row *const *initramfs_rows(size_t *n)
{
	*n = ARRAY_SIZE(rows);
	return rows;
}

bool initramfs_by_ostree(const struct facts *f)
{
	return f->boot_loader.v && strcmp(f->boot_loader.v, "rpm-ostree") == 0;
}

static bool fits(const struct facts *f, const struct initramfs_row *row)
{
	if (row->fits)
		return row->fits(f);
	if (!f->initramfs.v || strcmp(row->name, f->initramfs.v) != 0)
		return false;
	if (row->tools && f->tools.v)
		return boot_words_in(f->tools.v, row->tools);
	return !row->distros || (f->distro_id.v && facts_word_in(row->distros, f->distro_id.v));
}

const struct initramfs_row *initramfs_row_find(const struct facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (fits(f, rows[i]))
			return rows[i];
	return NULL;
}

/* Nothing of ours can put it there. */
static void tell_by_hand(struct host_plan *h, const struct initramfs_row *row, const char *reason)
{
	if (!row)
		plan_tell(h->p, PLAN_BY_HAND, reason,
			  "Rebuild the initramfs so that it loads vfio_pci first and holds " HOST_MODPROBE
			  "; what makes it on this host is not known (%s).",
			  facts_why(h->f->initramfs.from));
	else if (row->ask)
		row->ask(h);
	else if (row->by_hand)
		plan_tell(h->p, PLAN_BY_HAND, reason, "%s", row->by_hand);
}

void host_initramfs(struct host_plan *h, bool want, const char *reason)
{
	const struct initramfs_row *row = initramfs_row_find(h->f);

	if (!row || !row->path) {
		if (want)
			tell_by_hand(h, row, reason);
		return;
	}
	h->in_initramfs = want;
	host_stage_own(h, row->path, want ? row->text : NULL, row->mode, want ? reason : "plan.not-needed",
		       want ? "vfio-pci is loaded from the initramfs, before the GPU's own driver can be."
			    : "vfio-pci is no longer needed in the initramfs.");
	if (want && row->ask)
		row->ask(h);
	if ((host_changes(h, row->path) || host_changes(h, HOST_MODPROBE)) && !h->rebuild_initramfs) {
		h->rebuild_initramfs = true;
		h->rebuild_initramfs_for = reason;
	}
}

static void run(struct host_plan *h, const char *target, const char *const *argv, const char *reason,
		const char *says)
{
	const struct operation op = {
		.kind = OP_RUN, .target = target, .argv = argv, .reason = reason, .says = says
	};

	h->full |= !plan_add(h->p, &op);
}

/* Does what makes the initramfs run @boot's .regenerate by itself? */
static bool is_hooked(const struct initramfs_row *row, const struct boot_row *boot)
{
	return boot->hooked && row && row->regenerate[0] && strcmp(row->regenerate[0], boot->hooked) == 0;
}

/* Boot entries take the initramfs as it then is, so it is made first; where one program makes both it runs once. */
void host_initramfs_run(struct host_plan *h)
{
	const struct initramfs_row *row = initramfs_row_find(h->f);
	const struct boot_row *boot = boot_row_find(h->f);
	size_t n = 0;

	if (h->rebuild_initramfs && boot && (boot->makes_initramfs || (boot->images && !is_hooked(row, boot)))) {
		if (!h->rebuild_boot)
			h->rebuild_boot_for = h->rebuild_initramfs_for;
		h->rebuild_boot = true;
	}
	if (h->rebuild_initramfs && row && row->regenerate[0] && !(boot && boot->makes_initramfs)) {
		while (n < ARRAY_SIZE(row->regenerate) && row->regenerate[n])
			n++;
		run(h, row->makes, host_argv(h, row->regenerate, n), h->rebuild_initramfs_for,
		    "The initramfs holds copies of these files.");
	}
	for (size_t i = 0; i < h->n_commands; i++)
		h->full |= !plan_add(h->p, &h->commands[i]);
	if (!h->rebuild_boot || !boot || !boot->regenerate[0])
		return;
	run(h, boot->makes, boot_command(h->a, boot), h->rebuild_boot_for,
	    "The boot loader reads what is made from these files.");
}
