/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toy_host.h - a host small enough to be made up by the thousand: its hardware, its files, and what a boot makes of
 * them. A plan can be carried out on it, and it can be rebooted, so that a second plan sees what the first has done.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "facts/read.h"
#include "plan/plan.h"
#include "store/cmdline.h"
#include "store/entry.h"

enum toy_role { TOY_ROUTE = 1, TOY_PORT = 2, TOY_ROOT = 4, TOY_KEYBOARD = 8, TOY_VF = 16 };

struct toy_dev {
	uint8_t bus, dev, fn;
	uint32_t id;
	uint16_t class;
	int group;
	unsigned roles;	    /* enum toy_role */
	const char *driver; /* the host's own */
	const char *bound;  /* what has it now */
	const char *override;
};

#define TOY_DEVS  24
#define TOY_FILES 32

struct toy_file {
	const char *path, *text; /* NULL: removed */
};

struct toy {
	struct arena arena; /* of its strings */
	struct toy_dev devs[TOY_DEVS];
	size_t n_devs;
	struct toy_file files[TOY_FILES];
	size_t n_files;
	const char *loader, *initramfs, *tools, *distro, *kernel, *builtin;
	const char *cmdline; /* the running kernel's */
	const char *initrd;  /* what systemd-boot has put before it, "initrd=...\\initrd.img-6.1.0 "; NULL: nothing */
	const char *boots;   /* the boot entry that starts it; NULL: the first */
	const char *ostree_args;			     /* as facts'; NULL: the server's initramfs */
	bool dmar, default_on, iommu_on, framebuffer, blind; /* .blind: files cannot be read */
	enum mode mode;
	struct pci_addr wish[4];
	size_t n_wish;
	bool late;
	bool settled; /* of no interest after a reboot */
};

static inline struct toy_file *toy_file(struct toy *t, const char *path)
{
	for (size_t i = 0; i < t->n_files; i++)
		if (strcmp(t->files[i].path, path) == 0)
			return &t->files[i];
	return NULL;
}

static inline const char *toy_text(struct toy *t, const char *path)
{
	const struct toy_file *f = toy_file(t, path);

	return f && f->text ? f->text : "";
}

static inline void toy_write(struct toy *t, const char *path, const char *text)
{
	struct toy_file *f = toy_file(t, path);

	if (!f && t->n_files < TOY_FILES)
		f = &t->files[t->n_files++];
	if (f)
		*f = (struct toy_file) { path, text };
}

static inline enum conf_kind toy_kind(const char *path)
{
	return strstr(path, "/default/grub")	? CONF_GRUB
	       : strstr(path, "cmdline")	? CONF_KERNEL_CMDLINE
	       : strstr(path, "loader/entries") ? CONF_LOADER_ENTRY
	       : strstr(path, "modprobe.d")	? CONF_MODPROBE
						: CONF_MODULES;
}

/* ---- as facts -------------------------------------------------------------------------------------------------- */

static inline void toy_pci(struct facts *f, const struct toy *t)
{
	static const char here[] = "toy";

	for (size_t i = 0; i < t->n_devs; i++) {
		const struct toy_dev *d = &t->devs[i];
		struct pci_fn *p = facts_pci(f, (struct pci_addr) { 0, d->bus, d->dev, d->fn }, here);

		assert_non_null(p);
		fact_num_set(&p->id, d->id, here);
		fact_num_set(&p->class, d->class, here);
		fact_str_set(&p->driver, d->bound, here);
		fact_str_set(&p->override, d->override ? d->override : "", here);
		fact_num_set(&p->pcie_type, PCIE_ENDPOINT, here);
		fact_tri_set(&p->is_vf, d->roles & TOY_VF, here);
		if (d->class == PCI_CLASS_DISPLAY_VGA) {
			fact_tri_set(&p->boot_vga, true, here);
			p->bars[2] = (struct pci_bar) { 0xc0000000, 0xcfffffff, 0 };
			fact_num_set(&p->n_bars, 6, here);
		}
		assert_int_equal(
			facts_group_add(f, p, t->iommu_on && d->group >= 0 ? (uint64_t)d->group : GROUP_NONE, here),
			0);
	}
	fact_tri_set(&f->pci_whole, true, here);
	fact_tri_set(&f->groups_seen, t->iommu_on, here);
}

static inline void toy_use(struct facts *f, const struct toy *t)
{
	static const char here[] = "toy";

	for (size_t i = 0; i < t->n_devs; i++) {
		unsigned roles = t->devs[i].roles;
		struct netif *n = roles & (TOY_ROUTE | TOY_PORT) ? arena_push(&f->arena, f->nets, f->n_nets) : NULL;
		struct disk_use *d = roles & TOY_ROOT ? arena_push(&f->arena, f->disks, f->n_disks) : NULL;
		struct usb_dev *u = roles & TOY_KEYBOARD ? arena_push(&f->arena, f->usb, f->n_usb) : NULL;

		if (n)
			*n = (struct netif) { .name = "eth0",
					      .from = here,
					      .pci = (int)i,
					      .default_route = TRI_KNOWN(roles & TOY_ROUTE, here),
					      .bridge = STR_KNOWN(roles & TOY_PORT ? "vmbr0" : "", here) };
		if (d)
			*d = (struct disk_use) { .what = "/", .from = here, .device = "/dev/sda1", .pci = (int)i };
		if (u)
			*u = (struct usb_dev) {
				.path = "1-1", .from = here, .keyboard = TRI_KNOWN(true, here), .pci = (int)i
			};
	}
	fact_str_set(&f->default_if, "eth0", here);
	fact_tri_set(&f->disks_seen, true, here);
	fact_tri_set(&f->usb_seen, true, here);
	fact_tri_set(&f->guests_seen, true, here);
}

static inline void toy_files(struct facts *f, const struct toy *t)
{
	static const char *const others[] = { "/etc/kernel/cmdline", "/etc/default/grub" };
	const struct span none = { 0 };

	assert_int_equal(facts_conf_text(f, CONF_CMDLINE, "/proc/cmdline", span_str(t->cmdline), 1), 0);
	for (size_t i = 0; !t->blind && i < t->n_files; i++) {
		const struct toy_file *x = &t->files[i];
		bool listed = !strstr(x->path, "initramfs") && !strstr(x->path, "dracut") &&
			      !strstr(x->path, "mkinit") && !strstr(x->path, "/etc/grub.d/") &&
			      !strstr(x->path, "loader.conf") && !strstr(x->path, "driverctl");

		if (!x->text)
			continue;
		facts_text_add(f, x->path, TRI_YES, span_str(x->text), NULL);
		if (listed)
			assert_int_equal(facts_conf_text(f, toy_kind(x->path), x->path, span_str(x->text), 1), 0);
	}
	for (size_t i = 0; plan_own_files[i]; i++)
		facts_text_add(f, plan_own_files[i], t->blind ? TRI_UNKNOWN : TRI_NO, none, "only root may read it");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		facts_text_add(f, others[i], t->blind ? TRI_UNKNOWN : TRI_NO, none, "only root may read it");
	for (enum conf_kind k = CONF_GRUB; !t->blind && k <= CONF_MODULES; k++)
		fact_tri_set(&f->conf_seen[k], false, "toy");
}

static inline struct facts *toy_facts(const struct toy *t)
{
	struct facts *f = facts_new("toy", SOURCE_ROOT);
	struct iomem_range *r;

	assert_non_null(f);
	toy_pci(f, t);
	toy_use(f, t);
	if (t->initrd)
		fact_str_set(&f->cmdline, arena_printf(&f->arena, "%s%s", t->initrd, t->cmdline), "toy");
	toy_files(f, t);
	fact_str_set(&f->boot_loader, t->loader, "toy");
	fact_str_set(&f->initramfs, t->initramfs, "toy");
	fact_str_set(&f->tools, t->tools, "toy");
	fact_str_set(&f->distro_id, t->distro, "toy");
	fact_str_set(&f->kernel, t->kernel, "toy");
	fact_tri_set(&f->ostree_initramfs, t->ostree_args != NULL, "toy");
	fact_str_set(&f->ostree_args, t->ostree_args ? t->ostree_args : "", "toy");
	fact_str_set(&f->builtin, t->builtin, "toy");
	fact_str_set(&f->kconfig_on, t->default_on ? "INTEL_IOMMU INTEL_IOMMU_DEFAULT_ON" : "INTEL_IOMMU", "toy");
	fact_tri_set(&f->iommu_on, t->iommu_on, "toy");
	fact_tri_set(&f->dmar, t->dmar, "toy");
	fact_str_set(&f->cpu.vendor, "GenuineIntel", "toy");
	if (t->framebuffer && (r = arena_push(&f->arena, f->iomem, f->n_iomem)))
		*r = (struct iomem_range) { 0xc0000000, 0xc07e8fff, "BOOTFB", "toy" };
	fact_tri_set(&f->iomem_seen, true, "toy");
	assert_int_equal(facts_finish(f, NULL), 0);
	return f;
}

/* ---- planned, changed, rebooted ----------------------------------------------------------------------------- */

/* @ret borrows from @f and @a; so does @again, if wanted, which is the same once more. */
static inline void toy_plan(const struct toy *t, const struct facts *f, struct arena *a, struct plan *ret,
			    struct plan *again)
{
	const struct plan_wish w = { t->mode, t->wish, t->n_wish, t->late };
	struct findings found;

	*ret = (struct plan) { .arena = a };
	assert_int_equal(checks_run(f, &found), 0);
	assert_int_equal(plan_host(f, &found, &w, ret), 0);
	if (again) {
		*again = (struct plan) { .arena = a };
		assert_int_equal(plan_host(f, &found, &w, again), 0);
	}
	findings_done(&found);
}

static inline bool toy_has(const char *words, const char *token)
{
	struct span rest = span_str(words);
	struct cmdline_word w;

	while (cmdline_next(&rest, &w))
		if (text_eq(w.raw, token))
			return true;
	return false;
}

static inline void toy_token(struct toy *t, const char *token, bool there)
{
	struct span rest = span_str(t->cmdline);
	struct cmdline_word w;
	const char *line = "";

	while (cmdline_next(&rest, &w))
		if (!text_eq(w.raw, token))
			line = arena_printf(&t->arena, "%s%s%.*s", line, *line ? " " : "", (int)w.raw.n,
					    (const char *)w.raw.p);
	t->cmdline = there ? arena_printf(&t->arena, "%s %s", line, token) : line;
}

/* grubby and rpm-ostree: what they keep is what the kernel gets. */
static inline void toy_run(struct toy *t, const char *const *argv)
{
	static const struct {
		const char *head;
		bool there;
	} heads[] = { { "--args=", true },
		      { "--remove-args=", false },
		      { "--append-if-missing=", true },
		      { "--delete-if-present=", false } };

	if (argv[1] && strcmp(argv[1], "initramfs") == 0) {
		t->ostree_args = strcmp(argv[2], "--enable") == 0 ? "" : NULL;
		for (argv += 3; t->ostree_args && *argv; argv++)
			t->ostree_args = arena_printf(&t->arena, "%s%s\n", t->ostree_args, *argv + strlen("--arg="));
		return;
	}
	for (; *argv; argv++)
		for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
			struct span rest = span_str(*argv), word;

			if (text_skip(&rest, heads[i].head))
				while (text_word(&rest, &word))
					toy_token(t, arena_span(&t->arena, word), heads[i].there);
		}
}

static inline void toy_apply(struct toy *t, const struct plan *p)
{
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct operation *op = &p->ops[i];

		if (op->kind == OP_WRITE)
			toy_write(t, arena_str(&t->arena, op->target),
				  op->gone ? NULL : arena_span(&t->arena, op->after));
		else
			toy_run(t, op->argv);
	}
}

static inline bool toy_is_grub(const struct toy *t)
{
	return t->loader && strstr(t->loader, "grub") != NULL;
}

/* Does the next boot's command line come from there? Proxmox takes the first line of /etc/kernel/cmdline, others all
 * of them; of entries one is started. */
static inline bool toy_starts_by(const struct toy *t, const struct conf *c, enum conf_kind kind)
{
	const struct toy_file *entry = NULL;

	if (c->kind != kind)
		return false;
	if (kind == CONF_KERNEL_CMDLINE)
		return strcmp(t->loader, "proxmox-boot-tool/systemd-boot") != 0 ||
		       strcmp(c->from, "/etc/kernel/cmdline:1") == 0;
	for (size_t i = 0; kind == CONF_LOADER_ENTRY && i < t->n_files; i++) {
		const struct toy_file *x = &t->files[i];

		if (x->text && toy_kind(x->path) == kind && !entry_is_rescue(x->path) &&
		    (!entry || (t->boots && strcmp(x->path, t->boots) == 0)))
			entry = x;
	}
	return kind != CONF_LOADER_ENTRY || (entry && text_starts(span_str(c->from), entry->path));
}

/* The command line of the next boot, as the boot loader makes it of its files. Without /etc/kernel/cmdline its
 * readers take the running kernel's. */
static inline const char *toy_next_cmdline(struct toy *t, const struct facts *f)
{
	const char *line = "BOOT_IMAGE=/vmlinuz root=/dev/sda1";
	enum conf_kind kind = toy_is_grub(t) ? CONF_GRUB
			      : strcmp(t->loader, "systemd-boot") == 0 && strcmp(t->initramfs, "mkinitcpio") == 0
				      ? CONF_LOADER_ENTRY
				      : CONF_KERNEL_CMDLINE;

	static const char *const kept[] = { "bls", "rpm-ostree", "refind", "limine", "extlinux", "petitboot" };

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (strcmp(t->loader, kept[i]) == 0)
			return t->cmdline;
	if (kind == CONF_KERNEL_CMDLINE && !*toy_text(t, "/etc/kernel/cmdline"))
		return t->cmdline;
	for (size_t i = 0; i < f->n_confs; i++)
		if (toy_starts_by(t, &f->confs[i], kind))
			line = f->confs[i].value
				       ? arena_printf(&t->arena, "%s %s=%s", line, f->confs[i].key, f->confs[i].value)
				       : arena_printf(&t->arena, "%s %s", line, f->confs[i].key);
	return line;
}

/* The ids= that vfio-pci gets: the last of its options, and the command line's come after the files', which a driver
 * that is compiled in, or loaded from an initramfs that ostree's server made, does not get. */
static inline const char *toy_ids(const struct toy *t, const struct facts *f)
{
	bool no_files = strcmp(t->loader, "rpm-ostree") == 0 || strstr(t->builtin, "vfio_pci");
	const char *ids = "";

	for (int from_line = no_files; from_line < 2; from_line++)
		for (size_t i = 0; i < f->n_confs; i++) {
			const struct conf *c = &f->confs[i];

			if (c->value &&
			    (from_line ? c->kind == CONF_CMDLINE && strcmp(c->key, "vfio-pci.ids") == 0
				       : c->kind == CONF_MODPROBE && strcmp(c->verb, "options") == 0 &&
						 strcmp(c->module, "vfio_pci") == 0 && strcmp(c->key, "ids") == 0))
				ids = c->value;
		}
	return ids;
}

static inline void toy_reboot(struct toy *t)
{
	struct facts *f = toy_facts(t);
	char id[16];

	t->cmdline = toy_next_cmdline(t, f);
	facts_free(f);
	t->iommu_on = t->dmar && (t->default_on || strstr(t->cmdline, "intel_iommu=on")) &&
		      !toy_has(t->cmdline, "iommu=off") && !toy_has(t->cmdline, "intel_iommu=off");
	f = toy_facts(t);
	for (size_t i = 0; i < t->n_devs; i++) {
		struct toy_dev *d = &t->devs[i];

		snprintf(id, sizeof(id), "%04x:%04x", d->id >> 16, d->id & 0xffff);
		d->bound = strstr(toy_ids(t, f), id) ? "vfio-pci" : d->driver;
	}
	facts_free(f);
}

/*
 * The first promise about the running machine that the toy, after a reboot, does not keep; NULL: all are kept.
 */
static inline const struct promise *toy_broken(const struct toy *t, const struct plan *p)
{
	for (size_t i = 0; i < p->n_promises; i++) {
		const struct promise *q = &p->promises[i];
		struct pci_addr a;

		if (q->kind == PROMISE_WORD && toy_has(t->cmdline, q->what) == q->absent)
			return q;
		if (q->kind != PROMISE_DRIVER)
			continue;
		assert_true(pci_addr_parse(q->where, &a));
		for (size_t k = 0; k < t->n_devs; k++) {
			const struct toy_dev *d = &t->devs[k];

			if (pci_addr_eq(a, (struct pci_addr) { 0, d->bus, d->dev, d->fn }) &&
			    strcmp(d->bound, q->what) != 0)
				return q;
		}
	}
	return NULL;
}

/* A desktop: GPU, xHCI with the keyboard, SATA with the root, PCH sound, NIC with the route. */
static const struct toy_dev toy_desktop_devs[] = {
	{ 0, 0x02, 0, 0x80863e92, 0x0300, 1, 0, "i915", "i915" },
	{ 0, 0x14, 0, 0x8086a36d, 0x0c03, 2, TOY_KEYBOARD, "xhci_hcd", "xhci_hcd" },
	{ 0, 0x17, 0, 0x8086a352, 0x0106, 3, TOY_ROOT, "ahci", "ahci" },
	{ 0, 0x1f, 0, 0x8086a306, 0x0601, 4, 0, "", "" },
	{ 0, 0x1f, 3, 0x8086a348, 0x0403, 4, 0, "snd_hda_intel", "snd_hda_intel" },
	{ 1, 0x00, 0, 0x808615f3, 0x0200, 5, TOY_ROUTE, "igc", "igc" },
	{ 2, 0x00, 0, 0x10ec8125, 0x0200, 6, 0, "r8169", "r8169" },
};

static inline void toy_desktop(struct toy *t)
{
	*t = (struct toy) { .loader = "grub",
			    .initramfs = "initramfs-tools",
			    .tools = "update-grub grub-mkconfig grub.d update-initramfs",
			    .distro = "debian",
			    .kernel = "6.1.0-18-amd64",
			    .builtin = "",
			    .cmdline = "BOOT_IMAGE=/vmlinuz root=/dev/sda1",
			    .dmar = true,
			    .default_on = true,
			    .iommu_on = true,
			    .mode = MODE_UEFI,
			    .wish = { { .dev = 2 } },
			    .n_wish = 1 };
	memcpy(t->devs, toy_desktop_devs, sizeof(toy_desktop_devs));
	t->n_devs = ARRAY_SIZE(toy_desktop_devs);
}
