// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host.c - what this host needs for a wish, each need shown by a fact, and what it must not give.
 *
 * Three tables: options that a need adds, options that stand in the way, and options that guides add and this host
 * does well without; the last are only told.
 */
#include "plan/host.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "check/isolation.h"
#include "check/rows.h"
#include "store/cmdline.h"

#define WHOLE (MODES_WHOLE)
#define SRIOV MODE_BIT(MODE_SRIOV)
#define GVTG  MODE_BIT(MODE_GVTG)

static const struct pci_fn *gpu(const struct host_plan *h)
{
	return h->w->n_devices ? facts_find_pci(h->f, h->w->devices[0]) : NULL;
}

static bool gpu_leaves(const struct host_plan *h)
{
	return MODE_BIT(h->w->mode) & WHOLE;
}

static bool has_package(const struct facts *f, const char *head)
{
	for (size_t i = 0; i < f->n_packages; i++)
		if (text_starts(span_str(f->packages[i].name), head))
			return true;
	return false;
}

static bool known_on(const struct facts *f, const char *option)
{
	return f->kconfig_on.v && facts_word_in(f->kconfig_on.v, option);
}

/* ---- options that a need adds ------------------------------------------------------------------------------- */

/* The IOMMU is there and off. Where the kernel's own default is on, another thing keeps it off. */
static bool iommu_off(const struct host_plan *h)
{
	return h->f->iommu_on.v == TRI_NO && h->f->dmar.v == TRI_YES && !known_on(h->f, "INTEL_IOMMU_DEFAULT_ON");
}

static bool is_firmware_fb(const char *name)
{
	static const char *const names[] = { "BOOTFB",	  "efifb",   "vesafb",	 "simplefb",
					     "simpledrm", "EFI VGA", "VESA VGA", "simple-framebuffer" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strstr(name, names[i]))
			return true;
	return false;
}

static bool in_bars(const struct pci_fn *p, const struct iomem_range *r)
{
	for (size_t i = 0; p->n_bars.known && i < 6; i++)
		if (p->bars[i].end > p->bars[i].start && r->start >= p->bars[i].start && r->end <= p->bars[i].end)
			return true;
	return false;
}

/* From 6.0 on vfio-pci evicts the firmware's framebuffer of a class 0300 device (Linux
 * drivers/vfio/pci/vfio_pci_core.c, aperture_remove_conflicting_pci_devices()). */
static bool framebuffer_stays(const struct host_plan *h)
{
	const struct pci_fn *p = gpu(h);
	int cmp;

	if (!p || !p->class.known || !facts_kernel_cmp(h->f, 6, 0, &cmp) ||
	    (cmp >= 0 && p->class.v == PCI_CLASS_DISPLAY_VGA))
		return false;
	for (size_t i = 0; i < h->f->n_iomem; i++)
		if (is_firmware_fb(h->f->iomem[i].name) && in_bars(p, &h->f->iomem[i]))
			return true;
	return p->boot_vga.v == TRI_YES && h->f->fb_owner.v && is_firmware_fb(h->f->fb_owner.v);
}

/* xe takes the chip over from i915 (Linux drivers/gpu/drm/xe/xe_pci.c, has_sriov; force_probe since 6.8). */
static bool by_xe(const struct host_plan *h)
{
	const struct pci_fn *p = gpu(h);
	int cmp;

	return p && p->driver.v && strcmp(p->driver.v, "i915") == 0 && h->f->igd.id &&
	       strstr(h->f->igd.id->sriov_mainline, "force_probe") && !has_package(h->f, "i915-sriov-dkms") &&
	       facts_kernel_cmp(h->f, 6, 18, &cmp) && cmp >= 0;
}

/* i915-sriov-dkms README, "Kernel parameters". */
static bool by_dkms(const struct host_plan *h)
{
	return has_package(h->f, "i915-sriov-dkms") && h->f->igd.id && *h->f->igd.id->sriov_dkms &&
	       !(gpu(h) && gpu(h)->sriov_num.known && gpu(h)->sriov_num.v);
}

static bool gvt_off(const struct host_plan *h)
{
	return h->f->mdev_types.v != TRI_YES;
}

static const struct need {
	unsigned modes;
	const char *key, *value; /* "%D": the GPU's device id */
	bool (*shown)(const struct host_plan *h);
	const char *reason, *says;
} needs[] = {
	{ MODES_ALL, "intel_iommu", "on", iommu_off, "iommu.off",
	  "The firmware offers VT-d and this kernel leaves it off." },
	{ WHOLE, "initcall_blacklist", "sysfb_init", framebuffer_stays, "fb.holds-aperture",
	  "The firmware's framebuffer lies in the GPU's memory, and this kernel does not clear it away; the price is "
	  "the early console of every GPU." },
	{ SRIOV, "i915.force_probe", "!%D", by_xe, "sriov.driver",
	  "The kernel's own i915 makes no virtual functions." },
	{ SRIOV, "xe.force_probe", "%D", by_xe, "sriov.driver", "xe makes virtual functions of this chip." },
	{ SRIOV, "i915.enable_guc", "3", by_dkms, "sriov.driver",
	  "The SR-IOV build of i915 needs the GPU's firmware." },
	{ SRIOV, "i915.max_vfs", "7", by_dkms, "sriov.driver", "The SR-IOV build of i915 makes this many." },
	{ GVTG, "i915.enable_gvt", "1", gvt_off, "gvtg.off", "i915 offers GVT-g only when told to." },
};

static void find_needs(struct host_plan *h)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		const struct need *n = &needs[i];
		struct span rest = span_str(n->value), before;
		const char *value = n->value;

		if (!(n->modes & MODE_BIT(h->w->mode)))
			continue;
		if (text_until(&rest, "%D", &before) && gpu(h))
			value = arena_printf(h->a, "%.*s%04x", (int)before.n, (const char *)before.p,
					     pci_fn_device(gpu(h)));
		/* until the device can be bound, what only its binding needs is of no use */
		host_option(h, n->shown(h) && !(h->pending && n->modes == WHOLE) ? OPTION_ADD : OPTION_KEEP, n->key,
			    value, n->reason, n->says);
	}
	if (h->f->iommu_on.v == TRI_NO && h->f->dmar.v == TRI_UNKNOWN && row_intel_host(h->f))
		plan_tell(h->p, PLAN_BY_HAND, "vtd.no-dmar",
			  "Whether the firmware offers VT-d is not known (%s): turn it on in its setup, then plan "
			  "again as root.",
			  facts_why(h->f->dmar.from));
	if (h->f->iommu_on.v == TRI_NO && h->f->dmar.v == TRI_YES && known_on(h->f, "INTEL_IOMMU_DEFAULT_ON"))
		plan_tell(h->p, PLAN_BY_HAND, "iommu.off",
			  "This kernel turns the IOMMU on by itself and yet it is off: look in the firmware setup "
			  "(VT-d, DMA protection).");
}

/* ---- options that stand in the way -------------------------------------------------------------------------- */

static bool is_off(const struct host_plan *h, const char *value)
{
	(void)h;
	return host_has_word(value, "off");
}

static bool is_igfx_off(const struct host_plan *h, const char *value)
{
	(void)h;
	return host_has_word(value, "igfx_off");
}

static bool is_set(const struct host_plan *h, const char *value)
{
	(void)h;
	return row_is_on(value);
}

static bool is_guc(const struct host_plan *h, const char *value)
{
	(void)h;
	return value && strcmp(value, "0") != 0;
}

bool host_ids_go(const struct host_plan *h, const char *value)
{
	const struct pci_fn *p = gpu(h);
	struct span rest = span_str(value ? value : "");
	uint64_t vendor, device;

	return !gpu_leaves(h) && p && text_digits(&rest, 16, &vendor) && text_skip(&rest, ":") &&
	       text_digits(&rest, 16, &device) && rest.n == 0 && vendor == pci_fn_vendor(p) &&
	       device == pci_fn_device(p);
}

static const struct blocker {
	unsigned modes;
	const char *module; /* NULL: an option of the kernel itself */
	const char *key;
	bool (*blocks)(const struct host_plan *h, const char *value);
	const char *reason, *says;
} blockers[] = {
	{ MODES_ALL, NULL, "intel_iommu", is_off, "iommu.disabled", "It turns the IOMMU off." },
	{ MODES_ALL, NULL, "intel_iommu", is_igfx_off, "iommu.igfx-off", "It takes the GPU out of the IOMMU." },
	{ MODES_ALL, NULL, "iommu", is_off, "iommu.disabled", "It turns the IOMMU off." },
	{ MODES_ALL, NULL, "amd_iommu", is_off, "iommu.disabled", "It turns the IOMMU off." },
	{ MODES_ALL & ~GVTG, NULL, "intremap", is_off, "irq-remap.missing", "VFIO wants interrupt remapping." },
	{ MODE_BIT(MODE_LEGACY), "vfio_pci", "disable_vga", is_set, "conf.disable-vga",
	  "Legacy mode needs the VGA region." },
	{ GVTG, "i915", "enable_guc", is_guc, "gvtg.off", "GVT-g and GuC submission exclude each other." },
	{ SRIOV | GVTG, "vfio_pci", "ids", host_ids_go, "driver.host-owns",
	  "The GPU's own driver must have it to divide it." },
};

/* What else the option said is said again by an option of ours: "on,igfx_off" leaves "on". */
static void keep_rest(struct host_plan *h, const struct conf *c)
{
	struct span rest = span_str(c->value), part;
	const char *kept = "";

	while (text_part(&rest, ",", &part))
		if (part.n && !text_eq(part, "off") && !text_eq(part, "igfx_off"))
			kept = arena_printf(h->a, "%s%s%.*s", kept, *kept ? "," : "", (int)part.n,
					    (const char *)part.p);
	if (*kept)
		host_option(h, OPTION_ADD, "intel_iommu", kept, "iommu.off", "This is the rest of what it said.");
}

static bool concerns(const struct blocker *b, const struct conf *c)
{
	struct span key = span_str(c->key ? c->key : ""), module;

	if (c->kind == CONF_MODPROBE)
		return b->module && c->verb && strcmp(c->verb, "options") == 0 && c->module &&
		       strcmp(c->module, b->module) == 0 && text_eq(key, b->key);
	if (c->kind == CONF_MODULES)
		return false;
	if (!b->module)
		return cmdline_same_key(key, span_str(b->key));
	return text_until(&key, ".", &module) && cmdline_same_key(module, span_str(b->module)) &&
	       cmdline_same_key(key, span_str(b->key));
}

/* Out of modprobe.d; the file is the owner's, so the word alone goes. */
static void take_out(struct host_plan *h, const struct conf *c, const struct blocker *b)
{
	const struct edit_word w = { c->key, c->value };
	struct staged *s = host_stage(h, host_conf_path(h, c));
	struct span after = { 0 };
	int r = -1;

	if (s && s->there == TRI_YES)
		r = b ? edit_modprobe_option_remove(s->after, c->module, &w, h->a, &after)
		      : edit_modprobe_blacklist_remove(s->after, c->module, h->a, &after);
	if (r > 0) {
		s->after = after;
		host_staged_for(h, s, b ? b->reason : "conf.blacklist-vfio",
				b ? b->says : "A blacklist keeps vfio-pci from loading.");
		h->rebuild_initramfs = true;
		h->rebuild_initramfs_for = s->reason;
	} else if (r < 0) {
		plan_tell(h->p, PLAN_BY_HAND, b ? b->reason : "conf.blacklist-vfio", "Remove \"%s\" from %s.",
			  c->line, c->from);
	}
}

static void find_blockers(struct host_plan *h)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (host_is_own(c))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(blockers); k++) {
			const struct blocker *b = &blockers[k];

			if (!(b->modes & MODE_BIT(h->w->mode)) || !concerns(b, c) || !b->blocks(h, c->value))
				continue;
			if (c->kind == CONF_MODPROBE) {
				take_out(h, c, b);
				continue;
			}
			host_option(h, OPTION_GO, c->key, c->value, b->reason, b->says);
			if (strcmp(b->key, "intel_iommu") == 0)
				keep_rest(h, c);
		}
		if (gpu_leaves(h) && c->kind == CONF_MODPROBE && c->verb && strcmp(c->verb, "blacklist") == 0 &&
		    c->module && strcmp(c->module, "vfio_pci") == 0)
			take_out(h, c, NULL);
	}
}

/* ---- what guides add ---------------------------------------------------------------------------------------- */

static const char *const told[] = {
	"conf.ignore-msrs", "conf.unsafe-interrupts", "conf.acs-override",	"conf.iommu-pt",
	"conf.vfio-virqfd", "conf.blacklist-sound",   "conf.blacklist-gpu",	"conf.relax-rmrr",
	"conf.sysfb",	    "conf.efifb-off",	      "conf.nomodeset",		"conf.late-modules",
	"conf.disable-vga", "conf.mistyped",	      "conf.bad-modprobe-line",
};

static void tell_not_needed(struct host_plan *h)
{
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct finding *x = findings_get(h->found, told[i]);

		bool mended = h->w->mode == MODE_LEGACY && strcmp(told[i], "conf.disable-vga") == 0;

		if (x && x->verdict == VERDICT_FAIL && !mended)
			plan_tell(h->p, PLAN_NOT_NEEDED, told[i], "%s%s%s", x->check->says,
				  x->evidence.n ? " Seen: " : "", x->evidence.n ? x->evidence.items[0].text : "");
	}
}

/* ---- what the host must not lose ---------------------------------------------------------------------------- */

static bool refuse_group(struct host_plan *h, const struct pci_fn *p, const struct iommu_group *g)
{
	char buf[PCI_ADDR_STR], with[PCI_ADDR_STR];
	struct loss *losses;
	size_t n;

	if (losses_of(h->f, g, h->a, &losses, &n) < 0) {
		h->full = true;
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		const char *of = losses[i].pci >= 0 ? pci_addr_str(h->f->pci[losses[i].pci].addr, with) : "a device";

		if (losses[i].fatal) {
			plan_refuse(h->p, "group.holds-host",
				    "%s is in IOMMU group %llu, and with that the host would lose %s: %s.",
				    pci_addr_str(p->addr, buf), (unsigned long long)g->id, of, losses[i].what);
			return true;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (losses[i].unsettled)
			plan_tell(h->p, PLAN_WARNING, "group.holds-host", "With %s goes %s: %s.",
				  pci_addr_str(p->addr, buf), pci_addr_str(h->f->pci[losses[i].pci].addr, with),
				  losses[i].what);
	return false;
}

/* A device that is to leave the host. True: the plan is refused. */
static bool refuse_device(struct host_plan *h, struct pci_addr a, const struct pci_fn *p)
{
	const struct iommu_group *g;
	char buf[PCI_ADDR_STR];

	pci_addr_str(a, buf);
	if (!p) {
		plan_refuse(h->p, "plan.no-device", "There is no device %s on this host.", buf);
		return true;
	}
	if (h->pending)
		return false;
	if (!p->group.known) {
		plan_refuse(h->p, "plan.group-unknown",
			    "The IOMMU group of %s is not known (%s), and so not what would leave with it.", buf,
			    facts_why(p->group.from));
		return true;
	}
	g = p->group.v == GROUP_NONE ? NULL : facts_group(h->f, p->group.v);
	if (!g) {
		plan_refuse(h->p, host_failed(h, "iommu.igfx-quirk") ? "iommu.igfx-quirk" : "plan.no-group",
			    "%s has no IOMMU group, so no VM can have it.", buf);
		return true;
	}
	return refuse_group(h, p, g);
}

/* One of the virtual functions that the GPU will have. */
static bool is_vf_to_be(const struct host_plan *h, struct pci_addr a)
{
	return h->w->mode == MODE_SRIOV && !facts_find_pci(h->f, a) && pci_addr_same_slot(a, h->w->devices[0]);
}

static bool named_before(const struct host_plan *h, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pci_addr_eq(h->w->devices[i], h->w->devices[n]))
			return true;
	return false;
}

/* True: the plan is refused. */
bool host_devices(struct host_plan *h)
{
	if (h->w->n_devices == 0 || h->w->n_devices > DEVICES_MAX) {
		plan_refuse(h->p, "plan.no-device", "No device is wished for, or more than %d.", DEVICES_MAX);
		return true;
	}
	for (size_t i = 0; i < h->w->n_devices; i++) {
		struct pci_addr a = h->w->devices[i];
		const struct pci_fn *p = facts_find_pci(h->f, a);
		bool stays = !gpu_leaves(h) && pci_addr_eq(a, h->w->devices[0]);

		if (is_vf_to_be(h, a) || named_before(h, i))
			continue;
		if (stays ? !p : refuse_device(h, a, p)) {
			if (stays)
				plan_refuse(h->p, "plan.no-device", "The GPU is not there.");
			return true;
		}
		if (!stays && (i == 0 || !h->w->late) && p->is_vf.v != TRI_YES)
			h->bind[h->n_bind++] = p;
	}
	return false;
}

/* While the IOMMU is off there are no groups; an option in force may keep the GPU's away. */
bool host_pending(struct host_plan *h)
{
	h->pending = h->f->iommu_on.v == TRI_NO || host_failed(h, "iommu.igfx-off");
	if (!h->pending)
		return false;
	if (h->f->iommu_on.v == TRI_NO && h->f->dmar.v == TRI_NO && h->f->ivrs.v != TRI_YES) {
		plan_refuse(h->p, "vtd.no-dmar",
			    "The firmware offers no IOMMU: turn VT-d (AMD: IOMMU) on in its setup, then plan again.");
		return true;
	}
	plan_tell(h->p, PLAN_WHY, "iommu.off",
		  "The IOMMU comes first: while it is off nobody knows what leaves with a device, so nothing is "
		  "bound. Reboot, then plan again.");
	return false;
}

/* ---- what the owner will lose ------------------------------------------------------------------------------- */

static const char *ways_in(const struct facts *f, const struct findings *found, struct arena *a)
{
	const struct finding *x = findings_get(found, "console.way-in");
	const char *list = "";

	for (enum way_kind k = 0; k < WAY_COUNT; k++)
		if (f->ways[k].open.v == TRI_YES && !(k == WAY_SSH && facts_passphrase(f)))
			list = arena_printf(a, "%s%s%s", list, *list ? "; " : "", f->ways[k].says);
	if (*list)
		return arena_printf(a, "What leads in without it: %s. Try that from another machine first.", list);
	if (facts_passphrase(f))
		return arena_printf(a,
				    "SSH comes only after the passphrase of %s, which is asked for unseen: have it "
				    "unlocked from elsewhere first (dropbear in the initramfs, clevis, a TPM).",
				    facts_passphrase(f));
	return x && x->verdict == VERDICT_FAIL ? "And nothing else leads in: no SSH server listens, no login waits "
						 "on a serial line. Set one up first."
					       : "Prove another way in first (SSH, serial, AMT).";
}

void plan_warn_dark(const struct facts *f, const struct findings *found, struct plan *p)
{
	plan_tell(p, PLAN_WARNING, "console.last",
		  "This is the host's only GPU: its console stays dark from the boot loader on, passphrase prompts "
		  "and panics included. %s",
		  ways_in(f, found, p->arena));
}

static void warn_of_screen(struct host_plan *h)
{
	const struct pci_fn *p = gpu(h);

	if (host_failed(h, "console.last"))
		plan_warn_dark(h->f, h->found, h->p);
	for (size_t i = 0; i < h->f->n_connectors; i++) {
		const struct connector *c = &h->f->connectors[i];

		if (c->connected.v == TRI_YES && (strstr(c->name, "eDP") || strstr(c->name, "LVDS")) &&
		    (c->pci < 0 || (p && pci_addr_eq(h->f->pci[c->pci].addr, p->addr))))
			plan_tell(h->p, PLAN_WARNING, "gpu.in-use", "The panel of this laptop (%s) goes dark.",
				  c->name);
	}
	for (size_t i = 0; i < h->f->n_guests; i++)
		if (h->f->guests[i].uses_dri)
			plan_tell(h->p, PLAN_WARNING, "gpu.in-use", "Container %s uses /dev/dri and loses the GPU.",
				  or_dash(h->f->guests[i].id));
}

bool plan_mends(const char *id)
{
	static const char *const mended[] = { "iommu.off",	"iommu.needs-option", "iommu.disabled",
					      "iommu.igfx-off", "conf.disable-vga",   "sriov.driver",
					      "gvtg.off",	"irq-remap.missing" };

	for (size_t i = 0; i < ARRAY_SIZE(mended); i++)
		if (strcmp(id, mended[i]) == 0)
			return true;
	return false;
}

/* What rules the mode out and no operation of a plan mends. */
static void warn_of_mode(struct host_plan *h)
{
	const struct mode_verdict *v = &h->found->modes[h->w->mode];

	for (size_t i = 0; v->answer == MODE_BLOCKED && i < v->n_by; i++)
		if (!plan_mends(v->by[i]->check->id))
			plan_tell(h->p, PLAN_WARNING, v->by[i]->check->id, "Mode %s will not work: %s",
				  mode_str(h->w->mode), v->by[i]->check->says);
	if (h->w->mode == MODE_SRIOV)
		plan_tell(h->p, PLAN_BY_HAND, "sriov.driver",
			  "Virtual functions are made anew at each boot: write their number to sriov_numvfs of the "
			  "GPU in /sys, by a unit that runs before the guests.");
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static bool names_module(const struct host_plan *h, const char *module)
{
	for (size_t i = 0; i < h->f->n_confs; i++)
		if (h->f->confs[i].kind == CONF_MODULES && !host_is_own(&h->f->confs[i]) && h->f->confs[i].module &&
		    strcmp(h->f->confs[i].module, module) == 0)
			return true;
	return false;
}

static void load_modules(struct host_plan *h)
{
	static const char path[] = "/etc/modules-load.d/igdctl.conf";
	const struct text_file *t = facts_text(h->f, path);
	bool want =
		h->w->mode == MODE_GVTG && !names_module(h, "kvmgt") && (gvt_off(h) || (t && t->there.v == TRI_YES));

	host_stage_own(h, path, want ? HOST_HEAD "kvmgt\n" : NULL, 0644, want ? "gvtg.off" : "plan.not-needed",
		       want ? "kvmgt offers i915's parts of the GPU to VMs; nothing loads it by itself."
			    : "kvmgt is not needed.");
}

static void write_staged(struct host_plan *h)
{
	for (size_t i = 0; i < h->n_staged; i++) {
		const struct staged *s = &h->staged[i];
		const struct operation op = { .kind = OP_WRITE,
					      .target = s->path,
					      .there = s->there,
					      .before = s->before,
					      .after = s->after,
					      .gone = s->gone,
					      .meanwhile = s->there == TRI_NO ? s->meanwhile : NULL,
					      .mode = s->there == TRI_YES ? 0 : s->mode,
					      .reason = s->reason,
					      .says = s->says };

		if (host_changes(h, s->path))
			h->full |= !plan_add(h->p, &op);
	}
}

int plan_host(const struct facts *f, const struct findings *found, const struct plan_wish *w, struct plan *p)
{
	struct host_plan h = { .f = f, .found = found, .w = w, .p = p, .a = p->arena };

	p->mode = w->mode;
	if (host_pending(&h) || host_devices(&h))
		return h.full || p->arena->full ? -IGD_ENOMEM : 0;
	find_blockers(&h);
	find_needs(&h);
	host_bind(&h);
	load_modules(&h);
	host_boot(&h);
	write_staged(&h);
	host_initramfs_run(&h);
	tell_not_needed(&h);
	if (gpu_leaves(&h) && !h.pending)
		warn_of_screen(&h);
	warn_of_mode(&h);
	host_promise(&h);
	return h.full || p->arena->full ? -IGD_ENOMEM : 0;
}
