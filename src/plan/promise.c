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

static void images_in(struct host_plan *h, const char *where)
{
	const char *reason = h->rebuild_initramfs ? h->rebuild_initramfs_for : "driver.host-owns";

	if (!where || !h->in_initramfs)
		return;
	promise(h, PROMISE_IMAGE, where, "vfio-pci", false, reason);
	if (h->has_modprobe)
		promise(h, PROMISE_IMAGE, where, &HOST_MODPROBE[1], false, reason);
}

static const char *where_of(struct host_plan *h, const char *otherwise,
			    const char *(*of)(const struct facts *f, struct arena *a))
{
	const char *where = of ? of(h->f, h->a) : NULL;

	return where ? where : otherwise;
}

/* Those that the initramfs system makes, and what the boot loader's program makes of them. */
static void images(struct host_plan *h)
{
	const struct initramfs_row *row = initramfs_row_find(h->f);
	const struct boot_row *boot = boot_row_find(h->f);

	if (row && !(boot && boot->makes_initramfs))
		images_in(h, where_of(h, row->images, row->images_of));
	if (boot)
		images_in(h, where_of(h, boot->images, boot->images_of));
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
