// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/ids.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/rows.h"
#include "plan/boot.h"
#include "store/cmdline.h"

bool vfio_has(const struct pci_fn *p)
{
	return p->driver.v && strcmp(p->driver.v, "vfio-pci") == 0;
}

bool vfio_is_builtin(const struct host_plan *h)
{
	return h->f->builtin.v && facts_word_in(h->f->builtin.v, "vfio_pci");
}

bool ids_by_option(const struct host_plan *h)
{
	return initramfs_by_ostree(h->f) || vfio_is_builtin(h);
}

/* ---- those that others wrote ------------------------------------------------------------------------------ */

static bool is_bound(const struct host_plan *h, const struct pci_fn *p)
{
	for (size_t i = 0; i < h->n_bind; i++)
		if (h->bind[i] == p)
			return true;
	return false;
}

/* Another function that ids= would take along, or that could be one; NULL: none. A virtual function has the id of its
 * physical one, but is not there at boot. */
static const struct pci_fn *twin(const struct host_plan *h, const struct pci_fn *p)
{
	for (size_t i = 0; i < h->f->n_pci; i++) {
		const struct pci_fn *o = &h->f->pci[i];

		if (o != p && !is_bound(h, o) && o->is_vf.v != TRI_YES && (!o->id.known || o->id.v == p->id.v))
			return o;
	}
	return NULL;
}

/* "8086:3e92[:...]" lists: does one of them name @p and say no more than its ids? */
static bool ids_name(const char *list, const struct pci_fn *p)
{
	struct span rest = span_str(list ? list : ""), part;
	uint64_t vendor, device;

	while (text_part(&rest, ",", &part))
		if (text_digits(&part, 16, &vendor) && text_skip(&part, ":") && text_digits(&part, 16, &device) &&
		    part.n == 0 && vendor == pci_fn_vendor(p) && device == pci_fn_device(p))
			return true;
	return false;
}

/* The next ids= of vfio-pci behind @after, of files, of the command line and of boot entries; NULL: none. */
static const struct conf *ids_next(const struct facts *f, const struct conf *after)
{
	const struct conf *c = row_module_option(f, "vfio_pci", "ids", after);
	size_t i = after ? (size_t)(after - f->confs) + 1 : 0, n = c ? (size_t)(c - f->confs) : f->n_confs;

	for (; i < n; i++) {
		const struct conf *e = &f->confs[i];

		if (e->kind == CONF_LOADER_ENTRY && e->key &&
		    cmdline_same_key(span_str(e->key), span_str("vfio-pci.ids")))
			return e;
	}
	return c;
}

/* The ids= that counts in the boot entry at @path, or, NULL, of the running kernel: its last; NULL: there is none. */
static const struct conf *ids_of_start(const struct host_plan *h, const char *path)
{
	const struct conf *c = NULL, *last = NULL;

	while ((c = ids_next(h->f, c)))
		if ((path ? host_conf_in(c, path) : c->kind == CONF_CMDLINE) && c->value && !host_ids_go(h, c->value))
			last = c;
	return last;
}

/* How many entries were read that start this host on an ordinary day, where each keeps its own options? */
static size_t entries_read(const struct host_plan *h)
{
	const struct boot_row *row = boot_row_find(h->f);
	size_t n = 0;

	for (size_t i = 0; row && row->each_entry && i < h->f->n_texts; i++)
		n += boot_is_entry(&h->f->texts[i]);
	return n;
}

/* Is @c what counts in one of these entries, and does the same in all others? */
static bool in_each_entry(const struct host_plan *h, const struct conf *c)
{
	bool found = false;

	for (size_t i = 0; i < h->f->n_texts; i++) {
		const struct text_file *t = &h->f->texts[i];
		const struct conf *here = boot_is_entry(t) ? ids_of_start(h, t->path) : NULL;

		if (boot_is_entry(t) && (!here || strcmp(here->value, c->value) != 0))
			return false;
		found |= here == c;
	}
	return found;
}

/*
 * Will it be in force after the next boot? The running command line is what files said, where there are files that
 * this boot loader reads; what a program keeps is known from there alone, and /etc/kernel/cmdline begins as a copy of
 * it. Where each entry has its own options the next boot may be by any of them. A driver that is compiled in, or
 * loaded from an initramfs that ostree's server made, has no modprobe.d.
 */
static bool is_lasting(const struct host_plan *h, const struct conf *c)
{
	const struct boot_row *row = boot_row_find(h->f);
	const struct text_file *t = facts_text(h->f, "/etc/kernel/cmdline");

	if (c->kind == CONF_MODPROBE)
		return !ids_by_option(h);
	if (entries_read(h))
		return in_each_entry(h, c);
	if (c->kind != CONF_CMDLINE)
		return (!row || row->reads(c)) && !boot_is_of_rescue(c);
	return !row || row->by_program || (row->begin && (!t || t->there.v != TRI_YES));
}

/* The ids= of others that is in force; NULL: there is none. */
static const struct conf *others_ids(const struct host_plan *h)
{
	const struct conf *in_file = NULL, *on_line = NULL, *c = NULL;

	while ((c = ids_next(h->f, c))) {
		if (host_is_own(c) || !c->value || !is_lasting(h, c) || host_ids_go(h, c->value))
			continue;
		if (c->kind == CONF_MODPROBE)
			in_file = c;
		else
			on_line = c;
	}
	return on_line ? on_line : in_file;
}

/*
 * An ids= that one boot entry has and not each: started by it, the kernel has vfio-pci take these devices and no
 * others, whatever files say. Where a program keeps the options the running kernel's words may be such ones too.
 */
static bool goes_its_own_way(const struct host_plan *h, const struct conf *c)
{
	const struct conf *others = others_ids(h);

	if (!entries_read(h) || (others && others->kind == CONF_LOADER_ENTRY) || host_is_own(c))
		return false;
	if (c->kind == CONF_CMDLINE)
		return boot_row_find(h->f)->by_program && ids_of_start(h, NULL) == c;
	for (size_t i = 0; i < h->f->n_texts; i++)
		if (boot_is_entry(&h->f->texts[i]) && ids_of_start(h, h->f->texts[i].path) == c)
			return true;
	return false;
}

/* driverctl(8) keeps an override by address in a file of that name, which its udev rule reads at each boot. */
static bool by_driverctl(const struct host_plan *h, const struct pci_fn *p)
{
	char buf[PCI_ADDR_STR];
	const struct text_file *t =
		facts_text(h->f, arena_printf(h->a, "/etc/driverctl.d/pci-%s", pci_addr_str(p->addr, buf)));

	return t && t->there.v == TRI_YES && text_eq(text_trim(t->bytes), "vfio-pci");
}

/* A hypervisor may have bound it only for a guest, and Proxmox does not give it back when that stops; an override in
 * force is somebody's hand. */
bool ids_since_boot(const struct host_plan *h, const struct pci_fn *p)
{
	const struct conf *others = others_ids(h);

	for (size_t i = 0; i < h->f->n_guests; i++)
		if (h->f->guests[i].running.v == TRI_YES && row_guest_names(&h->f->guests[i], p->addr))
			return false;
	if (!vfio_has(p) || by_driverctl(h, p))
		return vfio_has(p);
	return others && ids_name(others->value, p) && !(p->override.v && strcmp(p->override.v, "vfio-pci") == 0);
}

bool ids_are_own(const struct host_plan *h, const struct pci_fn *p)
{
	const struct conf *c = NULL;

	while ((c = ids_next(h->f, c)))
		if (host_is_own(c) && ids_name(c->value, p))
			return true;
	return false;
}

static void tell_override(struct host_plan *h, const struct pci_fn *p, const struct pci_fn *o)
{
	char buf[PCI_ADDR_STR], other[PCI_ADDR_STR];

	plan_tell(h->p, PLAN_BY_HAND, "conf.ids-ambiguous",
		  "ids= cannot tell %s from %s%s, so it is not written. By address: driverctl set-override %s "
		  "vfio-pci, or let the hypervisor bind it when the guest starts.",
		  pci_addr_str(p->addr, buf), pci_addr_str(o->addr, other),
		  o->id.known ? ", which has the same id" : ", whose id is not known", buf);
}

/* Does a device of this id want it? Equal ones count as one. */
static bool needs_id(const struct host_plan *h, const struct pci_fn *p)
{
	for (size_t i = 0; i < h->n_bind; i++)
		if (h->bind[i]->id.known && h->bind[i]->id.v == p->id.v && !ids_since_boot(h, h->bind[i]))
			return true;
	return false;
}

static const char *id_joined(struct host_plan *h, const char *list, const struct pci_fn *p)
{
	char id[16];

	snprintf(id, sizeof(id), "%04x:%04x", pci_fn_vendor(p), pci_fn_device(p));
	return host_has_word(list, id) ? list : arena_printf(h->a, "%s%s%s", list, *list ? "," : "", id);
}

/* What an ids= of @value lacks. */
static const char *missing_in(struct host_plan *h, const char *value)
{
	const char *list = "";

	for (size_t i = 0; i < h->n_bind; i++)
		if (!ids_name(value, h->bind[i]) && !by_driverctl(h, h->bind[i]))
			list = id_joined(h, list, h->bind[i]);
	return list;
}

/* Tell of each start that has an ids= of its own in which one is missing. True: @list would have to go into the same
 * option, so it is the owner's to write. */
static bool tell_own_ways(struct host_plan *h, const char *list)
{
	const struct boot_row *row = boot_row_find(h->f);
	const struct conf *c = NULL;
	bool by_hand = false;

	while ((c = ids_next(h->f, c))) {
		const char *missing;
		bool replaced;

		if (!goes_its_own_way(h, c))
			continue;
		missing = missing_in(h, c->value);
		/* a program writes one ids= into all entries */
		replaced = *list && ids_by_option(h) && row->by_program && strcmp(c->value, list) != 0;
		if (!*missing && !replaced)
			continue;
		by_hand |= *list && ids_by_option(h);
		plan_tell(h->p, *list && ids_by_option(h) ? PLAN_BY_HAND : PLAN_WARNING, "plan.other-ids",
			  "ids=%s stands in %s, and counts alone whenever that starts the host: make it ids=%s%s%s "
			  "in each boot entry, or take it out there.",
			  c->value, c->from, c->value, *missing ? "," : "", missing);
	}
	return by_hand;
}

/* The owner's ids= of modprobe.d that has its way once the root is there, where an option of the kernel's would take
 * its place; NULL: none, or all of it is in @list. */
static const struct conf *displaced(const struct host_plan *h, const char *list)
{
	const struct conf *last = NULL, *c = NULL;
	struct span rest, part;

	while (ids_by_option(h) && !vfio_is_builtin(h) && (c = ids_next(h->f, c)))
		if (c->kind == CONF_MODPROBE && !host_is_own(c) && c->value && !host_ids_go(h, c->value))
			last = c;
	for (rest = span_str(last ? last->value : ""); text_part(&rest, ",", &part);)
		if (!text_has_part(span_str(list), part))
			return last;
	return NULL;
}

/* Is there an ids= of the owner's that one of ours would undo? Then it is told what to make of it. */
static bool is_for_the_owner(struct host_plan *h, const char *list)
{
	const struct conf *others = others_ids(h), *away = *list && !others ? displaced(h, list) : NULL;

	if (*list && others)
		plan_tell(h->p, PLAN_BY_HAND, "plan.other-ids",
			  "ids=%s stands in %s, and of several only the last counts: make it ids=%s,%s there.",
			  others->value,
			  entries_read(h) > 1 && others->kind == CONF_LOADER_ENTRY ? "each boot entry" : others->from,
			  others->value, list);
	if (away)
		plan_tell(
			h->p, PLAN_BY_HAND, "plan.other-ids",
			"ids=%s stands in %s, which is read too late for %s, and an option of the kernel's takes its "
			"place: add vfio-pci.ids=%s%s%s to these (rpm-ostree kargs --append=...), then plan again.",
			away->value, away->from, list, away->value, *missing_in(h, away->value) ? "," : "",
			missing_in(h, away->value));
	return (*list && others) || away;
}

const char *ids_wanted(struct host_plan *h)
{
	const struct conf *others = others_ids(h);
	const char *list = "";
	size_t kept = 0;

	for (size_t i = 0; i < h->n_bind; i++) {
		const struct pci_fn *p = h->bind[i], *o = p->id.known ? twin(h, p) : p;

		if (o) {
			tell_override(h, p, o);
			continue;
		}
		h->bind[kept++] = p;
		if (!(others && ids_name(others->value, p)) && needs_id(h, p))
			list = id_joined(h, list, p);
	}
	h->n_bind = kept;
	if (is_for_the_owner(h, list) || tell_own_ways(h, list))
		return "";
	return list;
}

/* ---- what comes of them -------------------------------------------------------------------------------------- */

bool ids_all_since_boot(const struct host_plan *h)
{
	for (size_t i = 0; i < h->n_bind; i++)
		if (!ids_since_boot(h, h->bind[i]))
			return false;
	return true;
}

/* Is there an ids= on a command line of which nobody knows whether the next boot reads it? */
static bool is_unsettled(const struct host_plan *h)
{
	const struct boot_row *row = boot_row_find(h->f);
	const struct conf *c = NULL;

	if (row && row->keep != boot_keep_by_hand)
		return false;
	while ((c = ids_next(h->f, c)))
		if (c->kind != CONF_MODPROBE)
			return true;
	return false;
}

/* Can the host be started so that another ids= counts, without @p? */
static bool is_overruled(const struct host_plan *h, const struct pci_fn *p)
{
	const struct conf *c = NULL;

	while ((c = ids_next(h->f, c)))
		if (goes_its_own_way(h, c) && !ids_name(c->value, p))
			return true;
	return false;
}

void ids_find_bound(struct host_plan *h, const char *ids)
{
	const struct conf *others = others_ids(h);

	for (size_t i = 0; i < h->n_bind && !is_unsettled(h); i++) {
		const struct pci_fn *p = h->bind[i];

		if (by_driverctl(h, p) || (ids_name(others ? others->value : ids, p) && !is_overruled(h, p)))
			h->bound[h->n_bound++] = p;
	}
}
