// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rows_owner.c - who owns the GPU on the host: drivers, the boot framebuffer, the console.
 */
#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "check/rows.h"

#define MODES_BOOT_DISPLAY (MODE_BIT(MODE_LEGACY))

static bool driver_is(const struct pci_fn *p, const char *name)
{
	return p && p->driver.v && strcmp(p->driver.v, name) == 0;
}

/* Was this GPU meant for vfio-pci by what is configured? */
static const struct conf *meant_for_vfio(const struct facts *f, const struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);

	return p ? row_vfio_ids(ev, p) : NULL;
}

static enum verdict secondary(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	char buf[PCI_ADDR_STR];

	if (!p)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (p->class.known)
		evidence_add(ev, p->class.from, "class %04x", (unsigned)p->class.v);
	if (p->boot_vga.v != TRI_UNKNOWN)
		evidence_add(ev, p->boot_vga.from, "%s the boot VGA device",
			     p->boot_vga.v == TRI_YES ? "is" : "is not");
	for (size_t i = 0; i < f->n_pci; i++)
		if (&f->pci[i] != p && f->pci[i].class.known && f->pci[i].class.v == PCI_CLASS_DISPLAY_VGA)
			evidence_add(ev, f->pci[i].class.from, "%s is a VGA device too",
				     pci_addr_str(f->pci[i].addr, buf));
	if (p->class.known)
		return p->class.v == PCI_CLASS_DISPLAY_VGA ? VERDICT_PASS : VERDICT_FAIL;
	if (p->boot_vga.v == TRI_YES)
		return VERDICT_PASS; /* the kernel picks it among class 0300 functions only */
	return evidence_unknown(ev, "the GPU's class", p->class.from);
}

static enum verdict secondary_opregion(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	int cmp;

	if (!p || !p->class.known)
		return evidence_unknown(ev, "the GPU's class", p ? p->class.from : f->igd.present.from);
	evidence_add(ev, p->class.from, "class %04x", (unsigned)p->class.v);
	if (p->class.v == PCI_CLASS_DISPLAY_VGA)
		return VERDICT_PASS;
	if (!facts_kernel_cmp(f, 6, 15, &cmp))
		return evidence_unknown(ev, "the kernel release", f->kernel.from);
	evidence_add(ev, f->kernel.from, "kernel %s", f->kernel.v);
	return cmp >= 0 ? VERDICT_PASS : VERDICT_FAIL;
}

static enum verdict host_owns(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);

	if (!p || !p->driver.v)
		return evidence_unknown(ev, "the GPU's driver", p ? p->driver.from : f->igd.present.from);
	evidence_add(ev, p->driver.from, "driver: %s", p->driver.v[0] ? p->driver.v : "none");
	return p->driver.v[0] && !driver_is(p, "vfio-pci") ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict lost_race(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	const struct conf *c = meant_for_vfio(f, ev);

	if (!p)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (!c && f->conf_seen[CONF_MODPROBE].v == TRI_UNKNOWN && !driver_is(p, "vfio-pci"))
		return evidence_unknown(ev, "the module configuration", f->conf_seen[CONF_MODPROBE].from);
	if (!c) {
		evidence_add(ev, NULL, "no vfio-pci ids= names the GPU");
		return VERDICT_PASS;
	}
	row_conf_evidence(ev, c, NULL);
	if (!p->driver.v)
		return evidence_unknown(ev, "the GPU's driver", p->driver.from);
	evidence_add(ev, p->driver.from, "driver: %s", p->driver.v[0] ? p->driver.v : "none");
	return p->driver.v[0] && !driver_is(p, "vfio-pci") ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict xe_instead(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	const struct conf *c = row_blacklist(f, "i915", NULL);

	if (!p || !p->driver.v)
		return evidence_unknown(ev, "the GPU's driver", p ? p->driver.from : f->igd.present.from);
	evidence_add(ev, p->driver.from, "driver: %s", p->driver.v[0] ? p->driver.v : "none");
	if (c)
		row_conf_evidence(ev, c, NULL);
	if (!driver_is(p, "xe"))
		return VERDICT_PASS;
	if (c && meant_for_vfio(f, ev))
		return VERDICT_FAIL;
	return f->conf_seen[CONF_MODPROBE].v != TRI_UNKNOWN
		       ? VERDICT_PASS
		       : evidence_unknown(ev, "the module configuration", f->conf_seen[CONF_MODPROBE].from);
}

static bool in_bar2(const struct pci_fn *p, const struct iomem_range *r)
{
	return p->n_bars.known && p->bars[2].end > p->bars[2].start && r->start >= p->bars[2].start &&
	       r->end <= p->bars[2].end;
}

static bool is_framebuffer(const char *name)
{
	return strstr(name, "efifb") || strstr(name, "vesafb") || strstr(name, "simplefb") ||
	       strstr(name, "simpledrm") || strstr(name, "BOOTFB") || strstr(name, "simple-framebuffer");
}

static enum verdict fb_in_bar(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);
	const struct log_line *l = facts_log(f, "can't reserve [mem", NULL);
	size_t held = 0;

	for (; l; l = facts_log(f, "can't reserve [mem", l), held++)
		evidence_add(ev, l->from, "%s", l->text);
	for (l = facts_log(f, "Failed to mmap", NULL); l; l = facts_log(f, "Failed to mmap", l))
		if (strstr(l->text, "BAR 2") && ++held)
			evidence_add(ev, l->from, "%s", l->text);
	for (size_t i = 0; p && driver_is(p, "vfio-pci") && i < f->n_iomem; i++)
		if (is_framebuffer(f->iomem[i].name) && in_bar2(p, &f->iomem[i]) && ++held)
			evidence_add(ev, f->iomem[i].from, "%s lies in the GPU's aperture (BAR 2)", f->iomem[i].name);
	if (held)
		return VERDICT_FAIL;
	if (p && p->driver.v && !driver_is(p, "vfio-pci")) {
		evidence_add(ev, p->driver.from, "vfio-pci does not have the GPU yet");
		return VERDICT_PASS;
	}
	return f->iomem_seen.v == TRI_YES ? VERDICT_PASS
					  : evidence_unknown(ev, "who holds the aperture", f->iomem_seen.from);
}

static enum verdict initramfs_stale(const struct facts *f, struct evidence *ev)
{
	if (!f->conf_mtime.known)
		return evidence_unknown(ev, "when the module configuration last changed", f->conf_mtime.from);
	if (!f->initrd_mtime.known)
		return evidence_unknown(ev, "when the initramfs was built", f->initrd_mtime.from);
	evidence_add(ev, f->initrd_mtime.from, "built at %llu", (unsigned long long)f->initrd_mtime.v);
	evidence_add(ev, f->conf_newest.v ? f->conf_newest.v : f->conf_mtime.from, "changed at %llu",
		     (unsigned long long)f->conf_mtime.v);
	return f->conf_mtime.v > f->initrd_mtime.v ? VERDICT_FAIL : VERDICT_PASS;
}

static size_t other_gpus(const struct facts *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_pci; i++)
		n += (int)i != f->igd.pci && pci_fn_base_class(&f->pci[i], PCI_CLASS_DISPLAY) &&
		     f->pci[i].is_vf.v != TRI_YES;
	return n;
}

/* Is the console's framebuffer this GPU's? Its driver names it ("i915drmfb"); with one GPU there is no question. */
static bool shows_console(const struct facts *f, const struct pci_fn *p)
{
	return !other_gpus(f) || (f->fb_owner.v && text_starts(span_str(f->fb_owner.v), p->driver.v));
}

static void in_use_as_screen(const struct facts *f, const struct pci_fn *p, struct evidence *ev)
{
	bool console = shows_console(f, p);

	if (console && f->fb_owner.v && f->fb_owner.v[0])
		evidence_add(ev, f->fb_owner.from, "framebuffer: %s", f->fb_owner.v);
	for (size_t i = 0; console && i < f->n_vtcons; i++)
		if (f->vtcons[i].bound.v == TRI_YES && strstr(f->vtcons[i].name, "frame buffer"))
			evidence_add(ev, f->vtcons[i].from, "the text console is on it");
	for (size_t i = 0; i < f->n_connectors; i++) {
		const struct connector *c = &f->connectors[i];

		if (c->connected.v == TRI_YES && (c->pci == f->igd.pci || c->pci < 0))
			evidence_add(ev, c->from, "%s has a monitor%s%s", c->name, c->monitor.v ? ": " : "",
				     or_dash(c->monitor.v));
	}
}

/* Something on this host is looking at the GPU: taking it away live would freeze that. */
static enum verdict in_use(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);

	if (!p || !p->driver.v)
		return evidence_unknown(ev, "the GPU's driver", p ? p->driver.from : f->igd.present.from);
	if (!p->driver.v[0] || driver_is(p, "vfio-pci")) {
		evidence_add(ev, p->driver.from, "no host driver has the GPU");
		return VERDICT_PASS;
	}
	in_use_as_screen(f, p, ev);
	for (size_t i = 0; i < f->n_guests; i++)
		if (f->guests[i].uses_dri)
			evidence_add(ev, f->guests[i].from, "container %s uses /dev/dri", f->guests[i].id);
	return ev->n ? VERDICT_FAIL : evidence_unknown(ev, "who uses the GPU", f->fb_owner.from);
}

static enum verdict last_console(const struct facts *f, struct evidence *ev)
{
	char buf[PCI_ADDR_STR];

	if (f->igd.pci < 0)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (other_gpus(f)) {
		evidence_add(ev, f->pci_whole.from, "there is another GPU");
		return VERDICT_PASS;
	}
	if (f->pci_whole.v != TRI_YES)
		return evidence_unknown(ev, "the whole list of PCI functions", f->pci_whole.from);
	evidence_add(ev, f->pci_whole.from, "the integrated GPU is the only display device");
	for (size_t i = 0; i < f->n_pci; i++) /* Intel AMT's serial port is function 3 of the MEI slot */
		if (f->pci[i].addr.bus == 0 && f->pci[i].addr.dev == 0x16 && f->pci[i].addr.fn == 3)
			evidence_add(ev, f->pci[i].from, "%s: Intel AMT serial-over-LAN could serve as a console",
				     pci_addr_str(f->pci[i].addr, buf));
	return VERDICT_FAIL;
}

/* Only what answers now proves something, and what will answer after a boot that nobody sees; a serial line is there
 * through all of it. Intel AMT may be there without anybody having set it up. */
static enum verdict way_in(const struct facts *f, struct evidence *ev)
{
	const char *doubt = NULL, *locked = facts_passphrase(f);
	bool open = false;

	if (f->igd.pci < 0)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (other_gpus(f)) {
		evidence_add(ev, f->pci_whole.from, "there is another GPU");
		return VERDICT_PASS;
	}
	for (enum way_kind k = 0; k < WAY_COUNT; k++) {
		const struct way_in *w = &f->ways[k];

		if (k == WAY_SSH && w->open.v == TRI_YES && locked) {
			doubt = w->open.from;
			evidence_add(ev, f->root_crypt.from,
				     "%s, but not before the passphrase of %s was typed at the screen", w->says,
				     locked);
			continue;
		}
		open |= w->open.v == TRI_YES;
		if (w->open.v == TRI_UNKNOWN && k != WAY_AMT && !doubt)
			doubt = facts_why(w->open.from);
		if (w->says && w->open.v != TRI_NO)
			evidence_add(ev, w->open.from, "%s", w->says);
	}
	if (open)
		return VERDICT_PASS;
	return doubt ? evidence_unknown(ev, "how one gets in without this screen", doubt) : VERDICT_FAIL;
}

static enum verdict no_reset(const struct facts *f, struct evidence *ev)
{
	const struct pci_fn *p = row_igd(f);

	if (!p)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	if (p->reset_methods.v) {
		evidence_add(ev, p->reset_methods.from, "reset methods: %s", or_dash(p->reset_methods.v));
		return p->reset_methods.v[0] ? VERDICT_PASS : VERDICT_FAIL;
	}
	if (p->flr.v == TRI_YES)
		return row_tri(ev, p->flr, TRI_YES, "function level reset");
	return evidence_unknown(ev, "how the GPU can be reset",
				p->reset_methods.from ? p->reset_methods.from : p->flr.from);
}

/* The host's way to the network, in the hands of vfio-pci: nobody can log in to mend that. */
static enum verdict nic_gone(const struct facts *f, struct evidence *ev)
{
	size_t n = 0, gone = 0;
	char buf[PCI_ADDR_STR];

	if (f->pci_whole.v != TRI_YES)
		return evidence_unknown(ev, "the whole list of PCI functions", f->pci_whole.from);
	for (size_t i = 0; i < f->n_pci; i++) {
		const struct pci_fn *p = &f->pci[i];

		if (!pci_fn_base_class(p, PCI_CLASS_NETWORK) || p->is_vf.v == TRI_YES)
			continue;
		n++;
		if (!p->driver.v)
			return evidence_unknown(ev, "who drives the network adapters", p->driver.from);
		if (strcmp(p->driver.v, "vfio-pci") == 0 && ++gone)
			evidence_add(ev, p->driver.from, "%s is bound to vfio-pci", pci_addr_str(p->addr, buf));
	}
	return n && n == gone ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict guest_managed(const struct facts *f, struct evidence *ev)
{
	static const struct pci_addr usual = { .dev = 2 };

	for (size_t i = 0; i < f->n_guests; i++)
		if (f->guests[i].managed && row_guest_names(&f->guests[i], row_igd(f) ? row_igd(f)->addr : usual))
			evidence_add(ev, f->guests[i].from, "%s: managed='yes'",
				     *f->guests[i].id ? f->guests[i].id : f->guests[i].kind);
	if (ev->n)
		return VERDICT_FAIL;
	return f->guests_seen.v == TRI_YES ? VERDICT_PASS
					   : evidence_unknown(ev, "the guests of this host", f->guests_seen.from);
}

static enum verdict guests_conflict(const struct facts *f, struct evidence *ev)
{
	size_t n = 0;

	if (f->igd.pci < 0)
		return evidence_unknown(ev, "the integrated GPU", f->igd.present.from);
	for (size_t i = 0; i < f->n_guests; i++) {
		const struct guest *g = &f->guests[i];

		if ((g->uses_dri || row_guest_names(g, row_igd(f)->addr)) && ++n)
			evidence_add(ev, g->from, "%s %s%s", g->kind, g->id,
				     g->running.v == TRI_YES ? " (running)" : "");
	}
	if (n > 1)
		return VERDICT_FAIL;
	return f->guests_seen.v == TRI_YES ? VERDICT_PASS
					   : evidence_unknown(ev, "the guests of this host", f->guests_seen.from);
}

/* Rows about registers of Intel's GPUs have no question for another maker's. */
static bool not_intel(const struct facts *f, struct evidence *ev)
{
	if (!row_igd(f) || row_igd_is(f, PCI_VENDOR_INTEL))
		return false;
	evidence_add(ev, NULL, "the integrated GPU is not Intel's");
	return true;
}

/* GGC bit 1 set by the firmware: no legacy VGA on this GPU (Intel datasheet Vol. 2, GGC.IVD). */
static enum verdict vga_off(const struct facts *f, struct evidence *ev)
{
	if (not_intel(f, ev))
		return VERDICT_NOT_RUN;
	return row_tri(ev, f->igd.vga_disabled, TRI_NO, "GGC says VGA is disabled");
}

static enum verdict no_opregion(const struct facts *f, struct evidence *ev)
{
	static const char *const says[] = { "does not support requested IGD OpRegion",
					    "does not support OpRegion access", "Failed to setup Intel IGD regions",
					    "IGD OpRegion is not supported" };

	for (size_t i = 0; i < ARRAY_SIZE(says); i++)
		for (const struct log_line *l = facts_log(f, says[i], NULL); l; l = facts_log(f, says[i], l))
			evidence_add(ev, l->from, "%s", l->text);
	if (ev->n)
		return VERDICT_FAIL;
	if (not_intel(f, ev))
		return VERDICT_NOT_RUN;
	if (f->igd.opregion.v == TRI_YES)
		return row_tri(ev, f->igd.opregion, TRI_YES, "OpRegion");
	if (!f->igd.asls.known)
		return evidence_unknown(ev, "the OpRegion's address", f->igd.asls.from);
	evidence_add(ev, f->igd.asls.from, "OpRegion address register: 0x%llx", (unsigned long long)f->igd.asls.v);
	return f->igd.asls.v == 0 || f->igd.asls.v == 0xffffffff ? VERDICT_FAIL : VERDICT_PASS;
}

#define STOLEN_USUAL ((uint64_t)64 << 20) /* what guides and ROMs reckon with */

static enum verdict stolen_large(const struct facts *f, struct evidence *ev)
{
	if (not_intel(f, ev))
		return VERDICT_NOT_RUN;
	if (!f->igd.stolen.known)
		return evidence_unknown(ev, "the stolen memory", f->igd.stolen.from);
	evidence_add(ev, f->igd.stolen.from, "%llu MiB, which is x-igd-gms=0x%llx",
		     (unsigned long long)f->igd.stolen.v >> 20, (unsigned long long)f->igd.stolen.v >> 25);
	return f->igd.stolen.v > STOLEN_USUAL ? VERDICT_FAIL : VERDICT_PASS;
}

static enum verdict stolen_none(const struct facts *f, struct evidence *ev)
{
	if (not_intel(f, ev))
		return VERDICT_NOT_RUN;
	if (!f->igd.stolen.known)
		return evidence_unknown(ev, "the stolen memory", f->igd.stolen.from);
	evidence_add(ev, f->igd.stolen.from, "%llu MiB", (unsigned long long)(f->igd.stolen.v >> 20));
	return f->igd.stolen.v == 0 ? VERDICT_FAIL : VERDICT_PASS;
}

const struct check rows_owner[] = {
	{ .id = "igd.secondary",
	  .catalog = "F15",
	  .severity = SEV_WARN,
	  .blocks = MODES_BOOT_DISPLAY,
	  .must_know = true,
	  .after = "igd.absent",
	  .test = secondary,
	  .says = "The integrated GPU is not the primary display (class 0380 instead of 0300), so it has no VGA and "
		  "no picture before the guest's driver loads.",
	  .fix = "In the firmware setup, make the internal graphics the primary display and turn CSM off.",
	  .source = "QEMU docs/igd-assign.txt; PCI Code and ID Assignment, class 03h" },
	{ .id = "igd.secondary-no-opregion",
	  .catalog = "F15",
	  .severity = SEV_WARN,
	  .blocks = MODE_BIT(MODE_UEFI),
	  .after = "igd.absent",
	  .test = secondary_opregion,
	  .says = "Kernels before 6.15 give the OpRegion of a GPU only when its class is 0300, so a VM cannot see "
		  "its outputs.",
	  .fix = "Make the internal graphics the primary display in the firmware setup, or use a kernel of 6.15 or "
		 "newer.",
	  .source = "Linux drivers/vfio/pci/vfio_pci_igd.c, commit 41112160ca87",
	  .quiet = true },
	{ .id = "igd.vga-disabled",
	  .severity = SEV_NOTE,
	  .blocks = MODES_BOOT_DISPLAY,
	  .after = "igd.secondary",
	  .test = vga_off,
	  .says = "The firmware turned legacy VGA off on the integrated GPU.",
	  .fix = "In the firmware setup, make the internal graphics the primary display.",
	  .source = "Intel Core Processor Family Datasheet Vol. 2, GGC register (0x50) bit 1" },
	{ .id = "igd.no-opregion",
	  .catalog = "F80",
	  .severity = SEV_WARN,
	  .blocks = MODE_BIT(MODE_LEGACY) | MODE_BIT(MODE_UEFI),
	  .after = "igd.absent",
	  .test = no_opregion,
	  .says = "The GPU's OpRegion is not available to a VM: the firmware set none, or the kernel does not hand "
		  "it on.",
	  .fix = "Use a kernel with CONFIG_VFIO_PCI_IGD (Debian, Proxmox, Ubuntu, Fedora, Arch; not RHEL 10); attach "
		 "a monitor so that the firmware sets the display up.",
	  .source = "Linux drivers/vfio/pci/vfio_pci_igd.c; QEMU hw/vfio/igd.c" },
	{ .id = "igd.no-stolen",
	  .severity = SEV_NOTE,
	  .after = "igd.absent",
	  .test = stolen_none,
	  .says = "The firmware gives the GPU no stolen memory.",
	  .fix = "In the firmware setup, set DVMT pre-allocated memory to 64 MB or more, or set x-igd-gms in QEMU.",
	  .source = "Linux arch/x86/kernel/early-quirks.c" },
	{ .id = "igd.stolen-large",
	  .catalog = "F51",
	  .severity = SEV_NOTE,
	  .test = stolen_large,
	  .says = "The firmware sets much memory aside for the GPU; a VM has to give up as much, and a QEMU before "
		  "10 must be told how much.",
	  .fix = "Set DVMT pre-allocated memory to 64 MB in the firmware setup, or give the VM 4 GiB and x-igd-gms.",
	  .source = "QEMU docs/igd-assign.txt, x-igd-gms; Linux arch/x86/kernel/early-quirks.c" },
	{ .id = "driver.host-owns",
	  .catalog = "F20",
	  .severity = SEV_NOTE,
	  .after = "igd.absent",
	  .only = MODES_WHOLE,
	  .test = host_owns,
	  .says = "The host's own graphics driver has the GPU.",
	  .fix = "Bind it to vfio-pci at boot: in /etc/modprobe.d/vfio.conf write options vfio-pci ids=<its id> and "
		 "softdep <its driver> pre: vfio-pci (i915 and xe for Intel, amdgpu for AMD), rebuild the initramfs, "
		 "reboot.",
	  .source = "Linux drivers/vfio/pci/vfio_pci.c; modprobe.d(5)" },
	{ .id = "driver.vfio-lost",
	  .catalog = "F20",
	  .severity = SEV_WARN,
	  .after = "igd.absent",
	  .test = lost_race,
	  .says = "vfio-pci was told to take the GPU, but another driver has it.",
	  .fix = "Add softdep i915 pre: vfio-pci and softdep xe pre: vfio-pci beside the ids, and rebuild the "
		 "initramfs.",
	  .source = "modprobe.d(5) softdep; Linux drivers/base/dd.c" },
	{ .id = "driver.xe-instead",
	  .catalog = "F21",
	  .severity = SEV_WARN,
	  .after = "igd.absent",
	  .test = xe_instead,
	  .says = "i915 is kept away, so the second driver for this chip, xe, took the GPU.",
	  .fix = "Name xe as well: softdep xe pre: vfio-pci.",
	  .source = "Linux drivers/gpu/drm/xe/xe_pci.c" },
	{ .id = "fb.holds-aperture",
	  .catalog = "F22",
	  .severity = SEV_WARN,
	  .test = fb_in_bar,
	  .says = "The firmware's framebuffer still holds the GPU's aperture, so the VM cannot map it.",
	  .fix = "On this host add initcall_blacklist=sysfb_init (the host then has no early console on any GPU), or "
		 "take the GPU by unbinding the framebuffer first.",
	  .source = "Linux drivers/firmware/sysfb.c, drivers/video/aperture.c" },
	{ .id = "initramfs.stale",
	  .catalog = "F24",
	  .severity = SEV_WARN,
	  .test = initramfs_stale,
	  .says = "The module configuration changed after the initramfs was built, so the next boot does not see it "
		  "all.",
	  .fix = "Rebuild it: update-initramfs -u -k all, dracut -f --regenerate-all, or mkinitcpio -P.",
	  .source = "initramfs-tools(7), dracut(8), mkinitcpio(8)" },
	{ .id = "gpu.in-use",
	  .catalog = "F30",
	  .severity = SEV_NOTE,
	  .after = "igd.absent",
	  .test = in_use,
	  .says = "The host shows its console or a desktop on this GPU, or a container renders with it: taking it "
		  "away while running would freeze that.",
	  .fix = "Bind at boot instead of unbinding live, and move the containers' work first.",
	  .source = "QEMU docs/igd-assign.txt; Linux drivers/gpu/drm/drm_drv.c drm_dev_unplug()" },
	{ .id = "net.given-away",
	  .catalog = "F34",
	  .severity = SEV_WARN,
	  .test = nic_gone,
	  .says = "Every network adapter of the host is bound to vfio-pci: nobody can reach it over the network.",
	  .fix = "Take their ids out of the vfio-pci configuration; at the boot menu, module_blacklist=vfio_pci lets "
		 "the host keep them for one boot.",
	  .source = "Linux Documentation/admin-guide/kernel-parameters.txt, module_blacklist" },
	{ .id = "guest.managed",
	  .catalog = "F31",
	  .severity = SEV_NOTE,
	  .test = guest_managed,
	  .says = "libvirt gives the GPU back to the host's driver whenever the VM stops; the host's driver often "
		  "does not survive a GPU that a guest has used.",
	  .fix = "Set managed='no' and leave the GPU with vfio-pci until the next boot.",
	  .source = "QEMU docs/igd-assign.txt; libvirt formatdomain, managed" },
	{ .id = "console.last",
	  .catalog = "F32",
	  .severity = SEV_WARN,
	  .after = "igd.absent",
	  .only = MODES_WHOLE,
	  .test = last_console,
	  .says = "This is the host's only GPU: once it goes to a VM, the host's screen stays dark from early boot "
		  "on.",
	  .fix = "Before that, make sure of another way in: SSH from another machine, a serial console, AMT or IPMI.",
	  .source = "Linux drivers/video/console; vfio-pci evicts the firmware framebuffer" },
	{ .id = "console.way-in",
	  .catalog = "F32",
	  .severity = SEV_WARN,
	  .after = "igd.absent",
	  .only = MODES_WHOLE,
	  .test = way_in,
	  .says = "Nothing but its own screen leads into this host: no SSH server listens, no login waits on a "
		  "serial line, and there is no BMC.",
	  .fix = "Install an SSH server and log in from another machine once, before the GPU goes.",
	  .source = "Linux Documentation/filesystems/proc.rst, /proc/net and /proc/consoles; "
		    "systemd-getty-generator(8)" },
	{ .id = "gpu.no-reset",
	  .catalog = "F122",
	  .severity = SEV_WARN,
	  .after = "igd.absent",
	  .test = no_reset,
	  .says = "The kernel knows no way to reset this GPU; a VM start or stop may freeze the host.",
	  .fix = "Use a newer kernel; if there is still none, do not pass this GPU.",
	  .source = "Linux drivers/pci/pci.c, pci_reset_fn_methods" },
	{ .id = "guest.conflict",
	  .catalog = "F90",
	  .severity = SEV_WARN,
	  .after = "igd.absent",
	  .test = guests_conflict,
	  .says = "More than one guest uses the GPU; only one can have it at a time.",
	  .fix = "Leave it in one definition, and do not start the others together with it.",
	  .source = "Proxmox qemu-server PVE/QemuServer/PCI.pm reserve_pci_usage()" },
	{ 0 },
};
