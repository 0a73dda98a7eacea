// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows_conf.c - the lines of the present configuration, judged for this kernel and this host: unneeded,
 * obsolete, harmful, mistyped, or not in force.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/rows.h"

/* Was anything read in which a kernel option could have stood? */
static enum verdict options_seen(const struct facts *f, struct evidence *ev)
{
	if (f->cmdline.v || f->conf_seen[CONF_GRUB].v == TRI_YES || f->conf_seen[CONF_KERNEL_CMDLINE].v == TRI_YES)
		return VERDICT_PASS;
	return evidence_unknown(ev, "the kernel command line", f->cmdline.from);
}

/* The same of modprobe.d: a command line alone does not tell what stands there. */
static enum verdict modprobe_seen(const struct facts *f, struct evidence *ev)
{
	if (f->conf_seen[CONF_MODPROBE].v != TRI_UNKNOWN)
		return VERDICT_PASS;
	return evidence_unknown(ev, "the module configuration", f->conf_seen[CONF_MODPROBE].from);
}

/* FAIL when an option of a module is switched on, wherever it stands. */
static enum verdict module_option_on(const struct facts *f, struct evidence *ev, const char *module, const char *key)
{
	const struct conf *c = NULL;

	while ((c = row_module_option_on(f, module, key, c)))
		row_conf_evidence(ev, c, NULL);
	return ev->n ? VERDICT_FAIL : modprobe_seen(f, ev);
}

static enum verdict unsafe_interrupts(const struct facts *f, struct evidence *ev)
{
	enum verdict v = module_option_on(f, ev, "vfio_iommu_type1", "allow_unsafe_interrupts");
	enum tri remap;

	if (v != VERDICT_FAIL)
		return v;
	remap = row_irq_remap(f, ev);
	if (remap == TRI_UNKNOWN)
		return evidence_unknown(ev, "interrupt remapping", f->irq_remap.from);
	return remap == TRI_YES ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict ignore_msrs(const struct facts *f, struct evidence *ev)
{
	return module_option_on(f, ev, "kvm", "ignore_msrs");
}

static enum verdict disable_vga(const struct facts *f, struct evidence *ev)
{
	enum verdict v = module_option_on(f, ev, "vfio_pci", "disable_vga");

	for (size_t i = 0; i < f->n_params; i++)
		if (strcmp(f->params[i].module, "vfio_pci") == 0 && strcmp(f->params[i].key, "disable_vga") == 0 &&
		    f->params[i].value && row_is_on(f->params[i].value)) {
			evidence_add(ev, f->params[i].from, "the running module has disable_vga=%s",
				     f->params[i].value);
			v = VERDICT_FAIL;
		}
	return v;
}

/* ---- keeping drivers away --------------------------------------------------------------------------- */

static enum verdict blacklist_sound(const struct facts *f, struct evidence *ev)
{
	static const char *const drivers[] = { "snd_hda_intel", "snd_hda_codec_hdmi", "snd_soc_avs", "snd_sof_pci" };

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		for (const struct conf *c = row_blacklist(f, drivers[i], NULL); c;
		     c = row_blacklist(f, drivers[i], c))
			row_conf_evidence(ev, c, NULL);
	for (size_t i = 0; i < f->n_confs; i++)
		if (f->confs[i].kind == CONF_MODPROBE && f->confs[i].module && f->confs[i].verb &&
		    strcmp(f->confs[i].verb, "blacklist") == 0 &&
		    text_starts(span_str(f->confs[i].module), "snd_sof_pci_"))
			row_conf_evidence(ev, &f->confs[i], NULL);
	return ev->n ? VERDICT_FAIL : modprobe_seen(f, ev);
}

static enum verdict blacklist_gpu(const struct facts *f, struct evidence *ev)
{
	static const char *const drivers[] = { "i915", "xe", "amdgpu", "radeon" };
	int cmp;

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		for (const struct conf *c = row_blacklist(f, drivers[i], NULL); c;
		     c = row_blacklist(f, drivers[i], c))
			row_conf_evidence(ev, c, NULL);
	if (!ev->n)
		return modprobe_seen(f, ev);
	if (facts_kernel_cmp(f, 6, 7, &cmp) && cmp < 0 && !row_blacklist(f, "snd_hda_intel", NULL))
		evidence_add(ev, f->kernel.from,
			     "on kernel %s the sound driver asks for i915 by name, which a blacklist does not stop",
			     f->kernel.v);
	return VERDICT_FAIL;
}

static bool softdep_for(const struct facts *f, const char *driver)
{
	for (size_t i = 0; i < f->n_confs; i++)
		if (f->confs[i].kind == CONF_MODPROBE && f->confs[i].verb &&
		    strcmp(f->confs[i].verb, "softdep") == 0 && f->confs[i].module &&
		    strcmp(f->confs[i].module, driver) == 0 && strstr(f->confs[i].line, "vfio"))
			return true;
	return false;
}

/* ids= alone binds nothing: no alias loads vfio-pci, so the native driver is there first. */
static enum verdict no_softdep(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	const struct conf *c = p ? row_vfio_ids(ev, p) : NULL;

	if (!c)
		return modprobe_seen(f, ev);
	row_conf_evidence(ev, c, NULL);
	if (softdep_for(f, "i915") || softdep_for(f, "xe") || row_blacklist(f, "i915", NULL) ||
	    row_blacklist(f, "xe", NULL) || softdep_for(f, "amdgpu") || row_blacklist(f, "amdgpu", NULL))
		return VERDICT_PASS;
	if (p->driver.v && strcmp(p->driver.v, "vfio-pci") == 0) {
		evidence_add(ev, p->driver.from, "vfio-pci has the GPU nevertheless");
		return VERDICT_PASS;
	}
	if (f->conf_seen[CONF_MODPROBE].v == TRI_UNKNOWN)
		return evidence_unknown(ev, "the module configuration", f->conf_seen[CONF_MODPROBE].from);
	return VERDICT_FAIL;
}

static enum verdict ids_ambiguous(const struct facts *f, struct evidence *ev)
{
	uint8_t named[PLANS_MAX] = { 0 }; /* functions of the id that stands at this place; 2 stands for more */

	for (size_t i = 0; i < f->n_pci; i++) {
		const struct row_id *id = row_planned_id(ev->plans, &f->pci[i]);

		if (id && named[id->at] < 2 && ++named[id->at] == 2)
			evidence_add(ev, ev->plans->confs[id->at]->from, "%04x:%04x names more than one device",
				     pci_fn_vendor(&f->pci[i]), pci_fn_device(&f->pci[i]));
	}
	if (ev->n)
		return VERDICT_FAIL;
	return f->n_pci ? modprobe_seen(f, ev) : evidence_unknown(ev, "the PCI functions", f->pci_seen.from);
}

/* A line that names several devices is right when one of them is there: people carry such lines between machines. */
static enum verdict ids_no_device(const struct facts *f, struct evidence *ev)
{
	const struct row_plans *plans = ev->plans;
	bool there[PLANS_MAX] = { false }; /* by place */

	if (plans->n_ids == 0)
		return modprobe_seen(f, ev);
	if (f->pci_whole.v != TRI_YES)
		return evidence_unknown(ev, "the whole list of PCI functions", f->pci_whole.from);
	for (size_t i = 0; i < f->n_pci; i++) {
		const struct row_id *id = row_planned_id(plans, &f->pci[i]);

		if (!f->pci[i].id.known)
			return evidence_unknown(ev, "the id of a PCI function", f->pci[i].id.from);
		for (; id && id < plans->ids + plans->n_ids && id->id == f->pci[i].id.v && !there[id->at]; id++)
			there[id->at] = true;
	}
	for (size_t i = 0, any = 0; i < plans->n_ids; i++) {
		any |= there[i];
		if (i + 1 < plans->n_ids && plans->confs[i + 1] == plans->confs[i])
			continue;
		if (!any)
			row_conf_evidence(ev, plans->confs[i], NULL);
		any = 0;
	}
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict blacklist_vfio(const struct facts *f, struct evidence *ev)
{
	for (const struct conf *c = row_blacklist(f, "vfio_pci", NULL); c; c = row_blacklist(f, "vfio_pci", c))
		row_conf_evidence(ev, c, NULL);
	return ev->n ? VERDICT_FAIL : modprobe_seen(f, ev);
}

/* ---- modules ----------------------------------------------------------------------------------------- */

/* vfio_virqfd became part of vfio in Linux 6.2 (commit e2d55709398e). */
static enum verdict virqfd(const struct facts *f, struct evidence *ev)
{
	bool logged = false, old = false;
	int cmp;

	for (const struct log_line *l = facts_log(f, "vfio_virqfd", NULL); l; l = facts_log(f, "vfio_virqfd", l))
		if (strstr(l->text, "not found") || strstr(l->text, "Failed to find")) {
			evidence_add(ev, l->from, "%s", l->text);
			logged = true;
		}
	for (size_t i = 0; i < f->n_confs; i++)
		if (f->confs[i].module && strcmp(f->confs[i].module, "vfio_virqfd") == 0)
			row_conf_evidence(ev, &f->confs[i], NULL);
	if (logged)
		return VERDICT_FAIL;
	if (!ev->n)
		return f->conf_seen[CONF_MODULES].v != TRI_UNKNOWN
			       ? VERDICT_PASS
			       : evidence_unknown(ev, "the lists of modules", f->conf_seen[CONF_MODULES].from);
	old = facts_kernel_cmp(f, 6, 2, &cmp);
	if (!old)
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	return cmp >= 0 ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict builtin_vfio(const struct facts *f, struct evidence *ev)
{
	const struct conf *c = NULL;

	if (!f->builtin.v)
		return evidence_unknown(ev, "what is compiled into the kernel", f->builtin.from);
	if (!facts_word_in(f->builtin.v, "vfio_pci")) {
		evidence_add(ev, f->builtin.from, "vfio_pci is a module");
		return VERDICT_PASS;
	}
	while ((c = row_module_option(f, "vfio_pci", "ids", c)))
		if (c->kind == CONF_MODPROBE)
			row_conf_evidence(ev, c, NULL);
	return ev->n ? VERDICT_FAIL : modprobe_seen(f, ev);
}

static enum verdict bad_line(const struct facts *f, struct evidence *ev)
{
	for (size_t i = 0; i < f->n_confs; i++)
		if (f->confs[i].kind == CONF_MODPROBE && f->confs[i].verb && strcmp(f->confs[i].verb, "bad") == 0)
			row_conf_evidence(ev, &f->confs[i], NULL);
	return ev->n ? VERDICT_FAIL : modprobe_seen(f, ev);
}

static enum verdict late_modules(const struct facts *f, struct evidence *ev)
{
	for (size_t i = 0; i < f->n_confs; i++)
		if (f->confs[i].kind == CONF_MODULES && f->confs[i].module &&
		    text_starts(span_str(f->confs[i].module), "vfio") &&
		    strcmp(f->confs[i].module, "vfio_virqfd") != 0 && !strstr(f->confs[i].from, "initramfs"))
			row_conf_evidence(ev, &f->confs[i], NULL);
	if (ev->n)
		return VERDICT_FAIL;
	return f->conf_seen[CONF_MODULES].v != TRI_UNKNOWN
		       ? VERDICT_PASS
		       : evidence_unknown(ev, "the lists of modules", f->conf_seen[CONF_MODULES].from);
}

/* ---- kernel options ----------------------------------------------------------------------------------- */

/* The values that each option knows: Linux drivers/iommu/intel/iommu.c intel_iommu_setup(), arch/x86/kernel/pci-dma.c
 * iommu_setup(), drivers/iommu/iommu.c; relax_rmrr is Proxmox's, intgpu_off Debian's. */
static const struct {
	const char *key;
	const char *values[20];
} known_values[] = {
	{ "intel_iommu",
	  { "on", "off", "igfx_off", "forcedac", "strict", "sp_off", "sm_on", "sm_off", "tboot_noforce", "relax_rmrr",
	    "intgpu_off" } },
	{ "iommu",
	  { "pt", "nopt", "off", "force", "noforce", "soft", "biomerge", "panic", "nopanic", "merge", "nomerge",
	    "forcesac", "allowdac", "nodac", "usedac", "noagp", "memaper", "calgary" } },
	{ "amd_iommu",
	  { "on", "off", "fullflush", "force_isolation", "force_enable", "pgtbl_v1", "pgtbl_v2", "irtcachedis",
	    "nohugepages", "v2_pgsizes_only" } },
	{ "intremap", { "on", "off", "nosid", "no_x2apic_optout", "nopost", "posted_msi" } },
};

static bool value_known(size_t row, struct span word)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_values[row].values) && known_values[row].values[i]; i++)
		if (text_starts(word, known_values[row].values[i]))
			return true;
	return false;
}

static void check_values(const struct conf *c, size_t row, struct evidence *ev)
{
	struct span rest = span_str(c->value ? c->value : ""), word;

	while (text_part(&rest, ",", &word))
		if (!value_known(row, word))
			row_conf_evidence(ev, c, "the kernel knows no such value");
}

/* Letters swapped, dropped or doubled in a name that matters: compared without '_', '-' and '.', one edit apart. */
static size_t squeeze(const char *s, char *buf, size_t n)
{
	size_t k = 0;

	for (; *s && k + 1 < n; s++)
		if (!strchr("_-.", *s))
			buf[k++] = *s;
	buf[k] = '\0';
	return k;
}

static bool one_edit(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), i = 0;

	while (a[i] && a[i] == b[i])
		i++;
	if (na == nb)
		return strcmp(a + i, b + i) != 0 &&
		       (strcmp(a + i + 1, b + i + 1) == 0 ||
			(a[i] == b[i + 1] && a[i + 1] == b[i] && strcmp(a + i + 2, b + i + 2) == 0));
	return na == nb + 1 ? strcmp(a + i + 1, b + i) == 0 : na + 1 == nb && strcmp(a + i, b + i + 1) == 0;
}

static const char *misspelt(const char *key)
{
	static const char *const names[] = { "intel_iommu",
					     "amd_iommu",
					     "iommu",
					     "vfio-pci.ids",
					     "vfio-pci.disable_vga",
					     "initcall_blacklist",
					     "module_blacklist",
					     "modprobe.blacklist",
					     "pcie_acs_override",
					     "i915.enable_guc",
					     "i915.enable_gvt",
					     "i915.max_vfs",
					     "nomodeset" };
	char a[64], b[64];

	if (squeeze(key, a, sizeof(a)) < 5)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		squeeze(names[i], b, sizeof(b));
		if (strcmp(key, names[i]) != 0 && strlen(b) >= 5 && one_edit(a, b))
			return names[i];
	}
	return NULL;
}

static enum verdict mistyped(const struct facts *f, struct evidence *ev)
{
	for (size_t i = 0; i < f->n_confs; i++) {
		const struct conf *c = &f->confs[i];
		const char *meant = c->kind <= CONF_KERNEL_CMDLINE && c->key ? misspelt(c->key) : NULL;

		if (c->kind > CONF_KERNEL_CMDLINE || !c->key)
			continue;
		for (size_t row = 0; row < ARRAY_SIZE(known_values); row++)
			if (strcmp(c->key, known_values[row].key) == 0)
				check_values(c, row, ev);
		if (meant)
			evidence_add(ev, c->from, "%s: did you mean %s?", c->key, meant);
		if (strcmp(c->key, "video") == 0 && c->value && strstr(c->value, ":off,"))
			row_conf_evidence(ev, c, "one video= takes one driver; write a second video= for the other");
		if (strcmp(c->key, "disable_vga") == 0)
			row_conf_evidence(ev, c, "this is an option of vfio-pci: vfio-pci.disable_vga");
	}
	return ev->n ? VERDICT_FAIL : options_seen(f, ev);
}

static enum verdict option_with(const struct facts *f, struct evidence *ev, const char *key, const char *word)
{
	for (const struct conf *c = row_option(f, key, false, NULL); c; c = row_option(f, key, false, c))
		if (!word || row_value_has(c->value, word))
			row_conf_evidence(ev, c, NULL);
	return ev->n ? VERDICT_FAIL : options_seen(f, ev);
}

static enum verdict relax_rmrr(const struct facts *f, struct evidence *ev)
{
	return option_with(f, ev, "intel_iommu", "relax_rmrr");
}

static enum verdict nomodeset(const struct facts *f, struct evidence *ev)
{
	return option_with(f, ev, "nomodeset", NULL);
}

static enum verdict iommu_pt(const struct facts *f, struct evidence *ev)
{
	return option_with(f, ev, "iommu", "pt");
}

/* On 6.0 and later vfio-pci evicts the firmware framebuffer of a class 0300 GPU by itself (Linux
 * drivers/vfio/pci/vfio_pci_core.c, aperture_remove_conflicting_pci_devices()). */
static enum verdict sysfb(const struct facts *f, struct evidence *ev)
{
	enum verdict v = option_with(f, ev, "initcall_blacklist", "sysfb_init");
	const struct pci_fn *p = row_igd(f);
	int cmp;

	if (v != VERDICT_FAIL)
		return v;
	if (!facts_kernel_cmp(f, 6, 0, &cmp))
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	if (cmp < 0)
		return VERDICT_PASS;
	if (!p || !p->class.known)
		return evidence_unknown(ev, "the GPU's class", p ? p->class.from : f->igd.present.from);
	return p->class.v == PCI_CLASS_DISPLAY_VGA ? VERDICT_FAIL : VERDICT_PASS;
}

/* From 5.15 on simple-framebuffer took efifb's place, except in Debian's kernels (CONFIG_SYSFB_SIMPLEFB). */
static enum verdict efifb_off(const struct facts *f, struct evidence *ev)
{
	bool debian =
		f->kernel.v && (text_has(span_str(f->kernel.v), "-amd64") || text_has(span_str(f->kernel.v), "+deb"));
	int cmp;

	for (const struct conf *c = row_option(f, "video", false, NULL); c; c = row_option(f, "video", false, c))
		if (c->value && (strstr(c->value, "efifb:off") || strstr(c->value, "vesafb:off")))
			row_conf_evidence(ev, c, NULL);
	if (!ev->n)
		return options_seen(f, ev);
	if (!facts_kernel_cmp(f, 5, 15, &cmp))
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	return cmp >= 0 && !debian ? VERDICT_FAIL : VERDICT_PASS;
}

/* Proxmox and Ubuntu turned INTEL_IOMMU_DEFAULT_ON on with 6.8; Debian has a choice of its own since 5.10. */
static enum verdict iommu_redundant(const struct facts *f, struct evidence *ev)
{
	enum verdict v = option_with(f, ev, "intel_iommu", "on");
	bool default_on = f->kernel.v &&
			  (text_ends(span_str(f->kernel.v), "-pve") || text_ends(span_str(f->kernel.v), "-generic"));
	int cmp;

	if (v != VERDICT_FAIL)
		return v;
	if (!facts_kernel_cmp(f, 6, 8, &cmp))
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	return default_on && cmp >= 0 ? VERDICT_FAIL : VERDICT_PASS;
}

/* ---- is it in force? ------------------------------------------------------------------------------------ */

/* Options of passthrough; others may differ between file and boot for good reasons (quiet, splash). */
static bool concerns_passthrough(const char *key)
{
	static const char *const heads[] = { "intel_iommu",
					     "amd_iommu",
					     "iommu",
					     "vfio",
					     "pcie_acs_override",
					     "i915.",
					     "xe.",
					     "kvm",
					     "initcall_blacklist",
					     "module_blacklist",
					     "modprobe.blacklist",
					     "video",
					     "intremap",
					     "nomodeset" };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (text_starts(span_str(key), heads[i]))
			return true;
	return false;
}

static bool running_has(const struct facts *f, const struct conf *want)
{
	for (const struct conf *c = row_option(f, want->key, true, NULL); c; c = row_option(f, want->key, true, c))
		if (strcmp(c->value ? c->value : "", want->value ? want->value : "") == 0)
			return true;
	return false;
}

static enum verdict not_in_force(const struct facts *f, struct evidence *ev)
{
	bool seen = false;

	if (!f->cmdline.v)
		return evidence_unknown(ev, "the running kernel's command line", f->cmdline.from);
	for (size_t i = 0; i < f->n_confs; i++) {
		const struct conf *c = &f->confs[i];

		if (c->kind != CONF_GRUB && c->kind != CONF_KERNEL_CMDLINE)
			continue;
		seen = true;
		if (c->key && concerns_passthrough(c->key) && !running_has(f, c))
			row_conf_evidence(ev, c, "not on the running kernel's command line");
	}
	if (!seen)
		return evidence_unknown(ev, "what the boot loader's files say", f->conf_seen[CONF_GRUB].from);
	if (!ev->n)
		return VERDICT_PASS;
	evidence_add(ev, f->cmdline.from, "running: %s", f->cmdline.v);
	if (f->boot_loader.v)
		evidence_add(ev, f->boot_loader.from, "boot loader: %s", f->boot_loader.v);
	return VERDICT_FAIL;
}

/* "initrd=\EFI\..." is how systemd-boot and unified images start a kernel; GRUB writes "BOOT_IMAGE=". */
static enum tri booted_by_grub(const struct facts *f, struct evidence *ev)
{
	if (f->boot_loader.v && (strstr(f->boot_loader.v, "systemd-boot") || strcmp(f->boot_loader.v, "uki") == 0)) {
		evidence_add(ev, f->boot_loader.from, "boot loader: %s", f->boot_loader.v);
		return TRI_NO;
	}
	if (f->cmdline.v && strstr(f->cmdline.v, "initrd=\\")) {
		evidence_add(ev, f->cmdline.from,
			     "initrd=\\... on the command line: systemd-boot or a unified kernel image");
		return TRI_NO;
	}
	return f->boot_loader.v || f->cmdline.v ? TRI_YES : TRI_UNKNOWN;
}

/* Is it neither on the running command line nor where the boot loader in use will read it? */
static bool grub_alone_has(const struct facts *f, const struct conf *want)
{
	for (size_t i = 0; i < f->n_confs; i++) {
		const struct conf *c = &f->confs[i];

		if ((c->kind == CONF_CMDLINE || c->kind == CONF_KERNEL_CMDLINE || c->kind == CONF_LOADER_ENTRY) &&
		    c->key && strcmp(c->key, want->key) == 0 &&
		    strcmp(c->value ? c->value : "", want->value ? want->value : "") == 0)
			return false;
	}
	return true;
}

/*
 * Most hosts have the file, whatever boots them: where it was read, only an option that someone relies on is worth a
 * word. Where it was not, the boot loader itself is: a text often shows only half of what its writer edited.
 */
static enum verdict not_grub(const struct facts *f, struct evidence *ev)
{
	enum tri grub = booted_by_grub(f, ev);
	bool lost = f->conf_seen[CONF_GRUB].v == TRI_UNKNOWN;

	if (grub == TRI_UNKNOWN)
		return evidence_unknown(ev, "the boot loader", f->boot_loader.from);
	if (grub == TRI_YES)
		return VERDICT_PASS;
	for (size_t i = 0; i < f->n_confs && ev->n < EVIDENCE_MAX; i++) {
		const struct conf *c = &f->confs[i];

		if (c->kind != CONF_GRUB || !c->key || !concerns_passthrough(c->key) || !grub_alone_has(f, c))
			continue;
		lost = true;
		row_conf_evidence(ev, c, "only GRUB would read this");
	}
	return lost ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict grub_stale(const struct facts *f, struct evidence *ev)
{
	if (booted_by_grub(f, ev) == TRI_NO)
		return VERDICT_PASS;
	if (!f->grub_default_mtime.known)
		return evidence_unknown(ev, "when /etc/default/grub changed", f->grub_default_mtime.from);
	if (!f->grub_cfg_mtime.known)
		return evidence_unknown(ev, "when grub.cfg was made", f->grub_cfg_mtime.from);
	evidence_add(ev, f->grub_cfg_mtime.from, "made at %llu", (unsigned long long)f->grub_cfg_mtime.v);
	evidence_add(ev, f->grub_default_mtime.from, "changed at %llu", (unsigned long long)f->grub_default_mtime.v);
	return f->grub_default_mtime.v > f->grub_cfg_mtime.v ? VERDICT_FAIL : VERDICT_PASS;
}

#define REGENERATE "update-grub, proxmox-boot-tool refresh, or what your boot loader has"

const struct check rows_conf[] = {
	{ .id = "conf.mistyped",
	  .catalog = "F05",
	  .severity = SEV_WARN,
	  .test = mistyped,
	  .says = "A kernel option is mistyped or misplaced, so it does nothing.",
	  .fix = "Correct or remove it.",
	  .source = "Linux Documentation/admin-guide/kernel-parameters.txt" },
	{ .id = "conf.not-in-force",
	  .catalog = "F03",
	  .severity = SEV_WARN,
	  .test = not_in_force,
	  .says = "A kernel option is configured, but the running kernel was not started with it.",
	  .fix = "Check that this is the file of the boot loader in use, run " REGENERATE ", and reboot.",
	  .source = "grub-mkconfig(8); Proxmox host bootloader documentation" },
	{ .id = "boot.not-grub",
	  .catalog = "F03",
	  .severity = SEV_NOTE,
	  .test = not_grub,
	  .says = "This host was not booted by GRUB: what stands in /etc/default/grub has no effect.",
	  .fix = "Write kernel options into /etc/kernel/cmdline, or the options line of the loader's entry (each one "
		 "line), then run proxmox-boot-tool refresh or kernel-install.",
	  .source = "Proxmox host bootloader documentation; kernel-install(8)" },
	{ .id = "boot.grub-stale",
	  .catalog = "F04",
	  .severity = SEV_WARN,
	  .after = "boot.not-grub",
	  .test = grub_stale,
	  .says = "/etc/default/grub is newer than the boot menu made from it.",
	  .fix = "Run update-grub.",
	  .source = "grub-mkconfig(8)" },
	{ .id = "conf.unsafe-interrupts",
	  .catalog = "F09",
	  .severity = SEV_WARN,
	  .test = unsafe_interrupts,
	  .says = "allow_unsafe_interrupts is set although this host has interrupt remapping: it only lets guests "
		  "forge interrupts.",
	  .fix = "Remove it.",
	  .source = "Linux drivers/vfio/vfio_iommu_type1.c" },
	{ .id = "conf.ignore-msrs",
	  .severity = SEV_NOTE,
	  .test = ignore_msrs,
	  .says = "kvm ignore_msrs is set; an integrated GPU does not need it, and it hides real faults of the "
		  "guest.",
	  .fix = "Remove it, unless a guest crashed over an unhandled MSR (the kernel log would say so).",
	  .source = "Linux arch/x86/kvm/x86.c" },
	{ .id = "conf.disable-vga",
	  .catalog = "F28",
	  .severity = SEV_WARN,
	  .blocks = MODE_BIT(MODE_LEGACY),
	  .test = disable_vga,
	  .says = "vfio-pci disable_vga=1 takes away the VGA region that legacy mode needs.",
	  .fix = "Remove it, rebuild the initramfs and reboot.",
	  .source = "Linux drivers/vfio/pci/vfio_pci.c" },
	{ .id = "conf.blacklist-sound",
	  .catalog = "F29",
	  .severity = SEV_WARN,
	  .test = blacklist_sound,
	  .says = "A sound driver is blacklisted for the whole host, so every sound device of it is dead.",
	  .fix = "Remove the line; if one sound function goes to a VM, bind that one alone.",
	  .source = "modprobe.d(5)" },
	{ .id = "conf.blacklist-gpu",
	  .severity = SEV_NOTE,
	  .test = blacklist_gpu,
	  .says = "The GPU's host driver is blacklisted; that is more than needed, and nothing shows a picture "
		  "should vfio-pci fail.",
	  .fix = "Use softdep i915 pre: vfio-pci and softdep xe pre: vfio-pci instead.",
	  .source = "modprobe.d(5)" },
	{ .id = "conf.no-softdep",
	  .catalog = "F20",
	  .severity = SEV_WARN,
	  .test = no_softdep,
	  .says = "ids= names the GPU, but nothing makes vfio-pci load before the GPU's own driver.",
	  .fix = "Add softdep i915 pre: vfio-pci and softdep xe pre: vfio-pci, and rebuild the initramfs.",
	  .source = "modprobe.d(5); vfio-pci has no aliases for ids=" },
	{ .id = "conf.ids-ambiguous",
	  .catalog = "F33",
	  .severity = SEV_WARN,
	  .test = ids_ambiguous,
	  .says = "ids= matches more than one device, and vfio-pci would take them all.",
	  .fix = "Bind by address with driver_override.",
	  .source = "Linux drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids()" },
	{ .id = "conf.ids-no-device",
	  .catalog = "F05",
	  .severity = SEV_WARN,
	  .test = ids_no_device,
	  .says = "A vfio-pci ids= option names no device of this machine, so it binds nothing.",
	  .fix = "Write the ids that lspci -nn shows here.",
	  .source = "Linux drivers/vfio/pci/vfio_pci.c, vfio_pci_fill_ids()" },
	{ .id = "conf.blacklist-vfio",
	  .catalog = "F05",
	  .severity = SEV_WARN,
	  .test = blacklist_vfio,
	  .says = "vfio-pci itself is blacklisted, so it does not load and takes no device.",
	  .fix = "Remove that line, rebuild the initramfs and reboot.",
	  .source = "modprobe.d(5); Linux kernel/module/main.c, module_blacklist" },
	{ .id = "conf.vfio-virqfd",
	  .catalog = "F25",
	  .severity = SEV_NOTE,
	  .test = virqfd,
	  .says = "The module vfio_virqfd is asked for; since Linux 6.2 it is part of vfio and no longer exists.",
	  .fix = "Remove the line.",
	  .source = "Linux commit e2d55709398e" },
	{ .id = "conf.vfio-builtin",
	  .catalog = "F26",
	  .severity = SEV_WARN,
	  .test = builtin_vfio,
	  .says = "vfio-pci is compiled into this kernel, so options in modprobe.d do not reach it.",
	  .fix = "Write vfio-pci.ids=... on the kernel command line.",
	  .source = "Linux kernel/params.c" },
	{ .id = "conf.bad-modprobe-line",
	  .catalog = "F27",
	  .severity = SEV_WARN,
	  .test = bad_line,
	  .says = "A line of modprobe.d is not understood and is ignored.",
	  .fix = "Mend or remove it.",
	  .source = "kmod libkmod/libkmod-config.c" },
	{ .id = "conf.late-modules",
	  .severity = SEV_BENIGN,
	  .test = late_modules,
	  .says = "vfio modules in /etc/modules load too late to win the GPU; the lines are harmless and not needed.",
	  .source = "systemd-modules-load.service(8)" },
	{ .id = "conf.relax-rmrr",
	  .severity = SEV_WARN,
	  .test = relax_rmrr,
	  .says = "relax_rmrr lets devices overwrite memory the firmware keeps for itself; an integrated GPU does "
		  "not need it.",
	  .fix = "Remove relax_rmrr.",
	  .source = "pve-kernel patch; Linux device_rmrr_is_relaxable()" },
	{ .id = "conf.sysfb",
	  .severity = SEV_NOTE,
	  .test = sysfb,
	  .says = "initcall_blacklist=sysfb_init is not needed on this kernel, and costs the early console of every "
		  "GPU.",
	  .fix = "Remove it; vfio-pci takes the framebuffer away by itself.",
	  .source = "Linux drivers/vfio/pci/vfio_pci_core.c, since 6.0" },
	{ .id = "conf.efifb-off",
	  .catalog = "F23",
	  .severity = SEV_NOTE,
	  .test = efifb_off,
	  .says = "video=efifb:off does nothing on this kernel, which uses simple-framebuffer instead.",
	  .fix = "Remove it.",
	  .source = "Linux drivers/firmware/sysfb.c" },
	{ .id = "conf.nomodeset",
	  .severity = SEV_NOTE,
	  .test = nomodeset,
	  .says = "nomodeset keeps every native graphics driver off, of other GPUs too.",
	  .fix = "Remove it.",
	  .source = "Linux drivers/video/nomodeset.c" },
	{ .id = "conf.iommu-redundant",
	  .severity = SEV_BENIGN,
	  .test = iommu_redundant,
	  .says = "intel_iommu=on is the default of this kernel; the option is harmless.",
	  .source = "Linux CONFIG_INTEL_IOMMU_DEFAULT_ON in Ubuntu's and Proxmox's configurations since 6.8" },
	{ .id = "conf.iommu-pt",
	  .severity = SEV_BENIGN,
	  .test = iommu_pt,
	  .says = "iommu=pt is optional: faster for the host's own devices, which are then not confined; VFIO does "
		  "not need it.",
	  .source = "Linux Documentation/admin-guide/kernel-parameters.txt" },
	{ 0 },
};
