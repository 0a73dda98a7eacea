// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot_entries.c - systemd-boot whose entries are written by hand: a line of ours in each but those for the day when
 * nothing else boots.
 */
#include <string.h>

#include "plan/boot.h"
#include "store/entry.h"
#include "store/ostree.h"

static bool reads(const struct conf *c)
{
	return c->kind == CONF_LOADER_ENTRY && strstr(c->from, "/loader/entries/");
}

bool boot_is_entry(const struct text_file *t)
{
	if (t->there.v != TRI_YES || entry_is_rescue(t->path))
		return false;
	return strcmp(t->path, "/" OSTREE_STAGED) == 0 ||
	       (strstr(t->path, "/loader/entries/") && entry_has_kernel(t->bytes));
}

bool boot_is_of_rescue(const struct conf *c)
{
	return c->kind == CONF_LOADER_ENTRY && entry_is_rescue(c->from);
}

static void add(struct host_plan *h, const struct option *o)
{
	size_t n = 0;

	for (size_t i = 0; i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		struct staged *s;
		struct span after;
		int r;

		if (!boot_is_entry(t))
			continue;
		s = boot_stands_in(h, t->path, o) ? NULL : host_stage(h, t->path);
		r = s ? edit_entry_add(s->after, host_token(h, o), h->a, &after) : 0;
		n += r >= 0;
		if (r > 0) {
			s->after = after;
			host_staged_for(h, s, o->reason, o->says);
		}
	}
	if (n == 0)
		boot_by_hand(h, o, "the options line of your boot entries (loader/entries/*.conf)");
	else
		boot_hold(h, o, host_token(h, o));
}

static void keep(struct host_plan *h, const struct boot_row *row)
{
	for (size_t i = 0; i < h->n_options; i++)
		if (boot_wants(h, row, &h->options[i], NULL))
			add(h, &h->options[i]);
}

/* systemd-boot-manager (Manjaro, CachyOS): its hook writes the entries anew with each kernel; sdboot-manage.conf. */
const struct boot_row boot_sdboot_manage = {
	.name = "systemd-boot with sdboot-manage",
	.loaders = "systemd-boot",
	.tools = "sdboot-manage",
	.reads = boot_reads_running,
	.keep = boot_keep_by_hand,
	.by_program = true,
	.where = "LINUX_OPTIONS in /etc/sdboot-manage.conf, then run \"sdboot-manage gen\", which makes the entries "
		 "anew",
};

/* UAPI Boot Loader Specification, type #1. */
const struct boot_row boot_entries = {
	.name = "systemd-boot with hand-written entries",
	.loaders = "systemd-boot",
	.tools = "mkinitcpio",
	.initramfs = "mkinitcpio",
	.distros = "arch cachyos endeavouros manjaro",
	.reads = reads,
	.keep = keep,
	.remove = edit_entry_remove,
	.each_entry = true,
	.entries = BOOT_ENTRIES("*.conf"),
	.all_anew = true,
};
