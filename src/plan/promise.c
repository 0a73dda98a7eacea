// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * promise.c - what will be so once the plan is carried out, from the boot entries to the driver, for those who look.
 *
 * Only what the plan brings about or relies on is promised: an option that a person has to add is not, nor a file in
 * an initramfs that nobody here has made. A plan without operations promises what it found in place.
 */
#include <string.h>

#include "base/text.h"
#include "plan/host.h"
#include "store/cmdline.h"

static void promise(struct host_plan *h, enum promise_kind kind, const char *where, const char *what, bool absent,
		    const char *reason)
{
	const struct promise q = { kind, where, what, absent, reason };

	h->full |= !plan_promise(h->p, &q);
}

static void entries(struct host_plan *h)
{
	const struct boot_row *row = boot_row_find(h->f);
	const char *where = row ? row->entries : NULL;

	for (size_t i = 0; where && i < h->n_options; i++) {
		const struct option *o = &h->options[i];
		bool absent = o->wish == OPTION_GO;

		if (o->held && (!absent || row->all_anew))
			promise(h, PROMISE_ENTRY, where, o->held, absent, o->reason);
	}
}

/* Where the images lie; "" where they cannot be told from others'. One that is part of a unified image is in the boot
 * entry: other systems' are in the same folder, so only one that has the kernel's release in its name is meant. */
static const char *images_of(const struct boot_row *boot, const struct initramfs_row *row)
{
	if (!boot || !boot->makes_initramfs)
		return row && row->images ? row->images : "";
	return boot->entries && strstr(boot->entries, "%K") ? boot->entries : "";
}

/* No part of a pattern, and no processor's firmware, which may lie beside an initramfs. */
static bool is_copy(struct span path, const char *folder)
{
	static const char *const others[] = { "/../", "*", "?", "[", "\\", "ucode", "microcode" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (text_has(path, others[i]))
			return false;
	return text_has(path, folder);
}

/* @where with the copies that the firmware's boot loader starts: kernel-install puts one into a folder of the
 * kernel's release beside the entries, and the entry names it (systemd 90-loaderentry.install; UAPI Boot Loader
 * Specification, type #1, "initrd"). A hook that no longer copies leaves an old one there. */
static const char *with_copies(struct host_plan *h, const char *where)
{
	const char *folder = h->f->kernel.v ? arena_printf(h->a, "/%s/", h->f->kernel.v) : NULL, *copy;

	for (size_t i = 0; folder && i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		const char *end = strstr(t->path, "/loader/entries/");
		struct span rest = t->bytes, line, path;

		while (end && t->there.v == TRI_YES && span_line(&rest, &line)) {
			if (!text_word(&line, &path) || !text_eq(path, "initrd") || !text_word(&line, &path) ||
			    !is_copy(path, folder))
				continue;
			copy = arena_printf(h->a, " %.*s%.*s", (int)(end - t->path), t->path, (int)path.n,
					    (const char *)path.p);
			if (!strstr(where, copy))
				where = arena_printf(h->a, "%s%s", where, copy);
		}
	}
	return where;
}

static void images(struct host_plan *h)
{
	const char *where = images_of(boot_row_find(h->f), initramfs_row_find(h->f));
	const char *reason = h->rebuild_initramfs ? h->rebuild_initramfs_for : "driver.host-owns";

	if (!*where || !h->in_initramfs)
		return;
	where = with_copies(h, where);
	promise(h, PROMISE_IMAGE, where, "vfio-pci", false, reason);
	if (h->has_modprobe)
		promise(h, PROMISE_IMAGE, where, &HOST_MODPROBE[1], false, reason);
}

static void words(struct host_plan *h)
{
	for (size_t i = 0; i < h->n_options; i++) {
		const struct option *o = &h->options[i];

		if (o->held)
			promise(h, PROMISE_WORD, "", o->held, o->wish == OPTION_GO, o->reason);
	}
}

static bool is_held(const struct host_plan *h, const char *key)
{
	for (size_t i = 0; i < h->n_options; i++)
		if (h->options[i].held && h->options[i].wish != OPTION_GO && strcmp(h->options[i].key, key) == 0)
			return true;
	return false;
}

/* What turns the IOMMU on is promised to give the GPU its group; nothing is bound before that is there. */
static void pending_group(struct host_plan *h)
{
	char buf[PCI_ADDR_STR];

	if (is_held(h, "intel_iommu"))
		promise(h, PROMISE_GROUP, arena_str(h->a, pci_addr_str(h->w->devices[0], buf)), "", false,
			"iommu.off");
}

/* An ids= on the command line that a person has to remove counts until then. */
static bool in_the_way(const struct host_plan *h)
{
	for (size_t i = 0; i < h->n_options; i++)
		if (!h->options[i].held && h->options[i].wish == OPTION_GO &&
		    cmdline_same_key(span_str(h->options[i].key), span_str("vfio-pci.ids")))
			return true;
	return false;
}

static void devices(struct host_plan *h)
{
	char buf[PCI_ADDR_STR];

	if (in_the_way(h) || (h->bound_by_option && !is_held(h, "vfio-pci.ids")))
		return;
	for (size_t i = 0; i < h->n_bound; i++)
		promise(h, PROMISE_GROUP, arena_str(h->a, pci_addr_str(h->bound[i]->addr, buf)), "", false,
			"driver.host-owns");
	for (size_t i = 0; i < h->n_bound; i++)
		promise(h, PROMISE_DRIVER, arena_str(h->a, pci_addr_str(h->bound[i]->addr, buf)), "vfio-pci", false,
			"driver.host-owns");
}

void host_promise(struct host_plan *h)
{
	entries(h);
	images(h);
	words(h);
	if (h->pending)
		pending_group(h);
	devices(h);
}
