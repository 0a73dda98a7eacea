// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bind.c - vfio-pci before the host's driver: by id (ids.h), where no other function has the same id.
 *
 * vfio-pci has no alias for a GPU, so nothing loads it by itself: "softdep i915 pre: vfio-pci" does, wherever i915 is
 * loaded from, and ids= makes it take the device then (modprobe.d(5); Linux drivers/vfio/pci/vfio_pci.c,
 * vfio_pci_fill_ids()). Options of modprobe.d do not reach a driver that is compiled in; one on the kernel's command
 * line does.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check/rows.h"
#include "plan/boot.h"
#include "plan/ids.h"

#define RACE "driver.host-owns"

/* ---- softdeps ----------------------------------------------------------------------------------------------- */

/* The module of a driver, where that has another name. */
static const struct {
	const char *driver, *module;
} modules[] = {
	{ "xhci_hcd", "xhci_pci" },
	{ "ehci-pci", "ehci_pci" },
};

static const char *module_of(const char *driver)
{
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (strcmp(modules[i].driver, driver) == 0)
			return modules[i].module;
	return driver;
}

/* Modules that would claim @p: what depmod says, else by maker, and the driver that has it now. */
static const char *rivals(struct host_plan *h, const struct pci_fn *p)
{
	const char *list = p->modules.v ? p->modules.v : "";

	if (!*list && pci_fn_base_class(p, PCI_CLASS_DISPLAY))
		list = pci_fn_vendor(p) == PCI_VENDOR_INTEL	? "i915 xe"
		       : pci_fn_vendor(p) == PCI_VENDOR_AMD_GPU ? "amdgpu"
								: "";
	if (p->driver.v && p->driver.v[0] && !vfio_has(p) && !facts_word_in(list, module_of(p->driver.v)))
		list = arena_printf(h->a, "%s%s%s", list, *list ? " " : "", module_of(p->driver.v));
	return list;
}

/* Does a line of others make vfio-pci come first, or keep the module away? */
static bool is_held_back(const struct host_plan *h, const char *module)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (c->kind == CONF_MODPROBE && !host_is_own(c) && c->verb && strcmp(c->verb, "softdep") == 0 &&
		    c->module && strcmp(c->module, module) == 0 && c->value && strstr(c->value, "pre:") &&
		    (strstr(c->value, "vfio-pci") || strstr(c->value, "vfio_pci")))
			return true;
	}
	return false;
}

static bool own_softdep(const struct host_plan *h, const char *module)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];

		if (c->kind == CONF_MODPROBE && host_conf_in(c, HOST_MODPROBE) && c->verb &&
		    strcmp(c->verb, "softdep") == 0 && c->module && strcmp(c->module, module) == 0)
			return true;
	}
	return false;
}

/* Once vfio-pci has a device nothing tells any more which module else would: what an earlier plan knew, stays. */
static const char *own_softdeps(struct host_plan *h, const char *text)
{
	for (size_t i = 0; i < h->f->n_confs; i++) {
		const struct conf *c = &h->f->confs[i];
		const char *line;

		if (c->kind != CONF_MODPROBE || !host_conf_in(c, HOST_MODPROBE) || strcmp(c->verb, "softdep") != 0)
			continue;
		line = arena_printf(h->a, "softdep %s pre: vfio-pci\n", c->module);
		if (!strstr(text, line))
			text = arena_printf(h->a, "%s%s", text, line);
	}
	return text;
}

static const char *softdeps_of(struct host_plan *h, const struct pci_fn *p, const char *text)
{
	struct span rest = span_str(rivals(h, p)), word;

	if (!rest.n && vfio_has(p) && ids_are_own(h, p))
		return own_softdeps(h, text);
	while (text_word(&rest, &word)) {
		const char *module = arena_span(h->a, word);
		const char *line = arena_printf(h->a, "softdep %s pre: vfio-pci\n", module);

		if (is_held_back(h, module) || strstr(text, line) || facts_word_in("vfio-pci vfio_pci", module) ||
		    (ids_since_boot(h, p) && !own_softdep(h, module)))
			continue;
		text = arena_printf(h->a, "%s%s", text, line);
	}
	return text;
}

/* ---- sound -------------------------------------------------------------------------------------------------- */

/*
 * From Skylake on the sound of the GPU's outputs goes through the board's own HDA function, whose driver waits for
 * i915: since 6.7 for ever (Linux sound/hda/hdac_i915.c, -EPROBE_DEFER), unless gpu_bind=0.
 */
static bool sound_waits(const struct host_plan *h)
{
	const struct conf *c = NULL;
	int cmp;

	if (!(MODE_BIT(h->w->mode) & MODES_INTEL) || !h->f->igd.id || h->f->igd.id->generation < 9 ||
	    !facts_kernel_cmp(h->f, 6, 7, &cmp) || cmp < 0)
		return false;
	while ((c = row_module_option(h->f, "snd_hda_core", "gpu_bind", c)))
		if (!host_is_own(c))
			return false;
	for (size_t i = 0; i < h->f->n_pci; i++) {
		const struct pci_fn *p = &h->f->pci[i];
		bool given = false;

		for (size_t k = 0; k < h->w->n_devices; k++)
			given |= pci_addr_eq(h->w->devices[k], p->addr);
		if (!given && p->addr.bus == 0 && pci_fn_vendor(p) == PCI_VENDOR_INTEL && p->class.known &&
		    (p->class.v == PCI_CLASS_AUDIO_HDA || p->class.v == 0x0401) && p->driver.v &&
		    strcmp(p->driver.v, "snd_hda_intel") == 0)
			return true;
	}
	return false;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

#define SAYS_BIND "vfio-pci takes the device at boot, before the host's own driver can."

static void warn_about_vfs(struct host_plan *h)
{
	for (size_t i = 0; i < h->n_bind; i++) {
		const struct pci_fn *p = h->bind[i];
		char buf[PCI_ADDR_STR];

		if (p->sriov_total.known && p->sriov_total.v)
			plan_tell(h->p, PLAN_WARNING, "plan.vf-ids",
				  "%s can have virtual functions, which carry the same id: vfio-pci would take them "
				  "too, and there are none while it has the whole GPU.",
				  pci_addr_str(p->addr, buf));
	}
}

static bool own_initramfs_stands(const struct host_plan *h)
{
	const struct initramfs_row *row = initramfs_row_find(h->f);
	const struct text_file *t = row && row->path ? facts_text(h->f, row->path) : NULL;

	return t && t->there.v == TRI_YES;
}

#define OSTREE_OURS "--arg=--add-drivers", "--arg=vfio_pci vfio vfio_iommu_type1"
#define OSTREE_ARGS 32 /* of the owner's */

/* What a client that makes its initramfs itself has it made with now; 0: none of its own that can be kept. */
static size_t ostree_enable(struct host_plan *h, const char *argv[OSTREE_ARGS + 3])
{
	struct span rest = span_str(h->f->ostree_args.v ? h->f->ostree_args.v : ""), line;
	size_t n = 0;

	argv[n++] = "rpm-ostree";
	argv[n++] = "initramfs";
	argv[n++] = "--enable";
	while (span_line(&rest, &line)) {
		if (n == OSTREE_ARGS + 3)
			return 0;
		argv[n++] = arena_printf(h->a, "--arg=%.*s", (int)line.n, line.n ? (const char *)line.p : "");
	}
	return plan_admits_dracut(argv + 3, n - 3) ? n : 0;
}

static bool ostree_has_vfio(const struct facts *f)
{
	return f->ostree_initramfs.v == TRI_YES && f->ostree_args.v && strstr(f->ostree_args.v, "vfio_pci");
}

static void ostree_by_hand(struct host_plan *h)
{
	const struct facts *f = h->f;

	plan_tell(h->p, PLAN_BY_HAND, RACE,
		  "Run rpm-ostree initramfs --enable with --arg=--add-drivers --arg=\"vfio_pci vfio "
		  "vfio_iommu_type1\" behind the arguments that you give it now, which it forgets otherwise: %s.",
		  f->ostree_initramfs.v == TRI_YES ? "these hold more than modules and drivers"
						   : facts_why(f->ostree_initramfs.from));
	h->n_bound = 0; /* not before that is done */
}

/*
 * With ostree the initramfs is made on the server, without vfio-pci: a client's own has it (rpm-ostree(1),
 * initramfs). Whoever has one already gave it arguments perhaps, to unlock the disk by a TPM or a token. New ones
 * replace those (rpm-ostree, rpmostreed-transaction-types.cxx, initramfs_state_transaction_execute()), so they are
 * given again.
 */
static void ostree_initramfs(struct host_plan *h)
{
	static const char *const ours[] = { OSTREE_OURS };
	static const char *const disable[] = { "rpm-ostree", "initramfs", "--disable" };
	const struct option option = { .key = "rd.driver.pre", .value = "vfio_pci" };
	const char *argv[OSTREE_ARGS + 3 + ARRAY_SIZE(ours)], *const *inverse;
	const struct boot_row *row = boot_row_find(h->f);
	size_t n = ostree_enable(h, argv);

	host_option(h, OPTION_ADD, option.key, option.value, RACE, SAYS_BIND);
	if (h->f->ostree_initramfs.v == TRI_UNKNOWN ? row && boot_stands(h, row, &option) : ostree_has_vfio(h->f))
		return;
	if (h->f->ostree_initramfs.v == TRI_UNKNOWN || n == 0) {
		ostree_by_hand(h);
		return;
	}
	inverse = h->f->ostree_initramfs.v == TRI_YES ? host_argv(h, argv, n)
						      : host_argv(h, disable, ARRAY_SIZE(disable));
	memcpy(&argv[n], ours, sizeof(ours));
	h->commands[h->n_commands++] = (struct operation) {
		.kind = OP_RUN,
		.target = "a new deployment's initramfs",
		.argv = host_argv(h, argv, n + ARRAY_SIZE(ours)),
		.inverse = inverse,
		.reason = RACE,
		.says = "vfio-pci is loaded from the initramfs, before the GPU's own driver can be.",
	};
}

/* Where vfio-pci is compiled in, or ostree makes the initramfs, a kernel option says which ids. */
static void bind_by_option(struct host_plan *h, const char *ids)
{
	if (*ids)
		host_option(h, OPTION_ADD, "vfio-pci.ids", ids, RACE, SAYS_BIND);
	if (h->n_bound && (*ids || !ids_all_since_boot(h)) && !vfio_is_builtin(h))
		ostree_initramfs(h);
}

static const char *bind_lines(struct host_plan *h, const char *ids)
{
	const char *text = *ids ? arena_printf(h->a, "options vfio-pci ids=%s\n", ids) : "";

	for (size_t i = 0; i < h->n_bind; i++)
		text = softdeps_of(h, h->bind[i], text);
	return text;
}

/* Until the groups are known nothing is bound, but what an earlier plan wrote stays where it is. */
static void keep_option(struct host_plan *h)
{
	const char *list = "";

	for (size_t i = 0; i < h->n_bind; i++)
		list = arena_printf(h->a, "%s%s%04x:%04x", list, *list ? "," : "", pci_fn_vendor(h->bind[i]),
				    pci_fn_device(h->bind[i]));
	if (*list)
		host_option(h, OPTION_KEEP, "vfio-pci.ids", list, RACE, SAYS_BIND);
}

static void bind_by_files(struct host_plan *h, const char *ids)
{
	bool sound = sound_waits(h), early;
	const char *text = bind_lines(h, ids), *reason = RACE;

	early = h->n_bind && (!ids_all_since_boot(h) || own_initramfs_stands(h));
	if (!*text && !early && h->n_bind)
		plan_tell(h->p, PLAN_NOT_NEEDED, RACE, "vfio-pci gets the device at boot already.");
	if (sound) {
		reason = *text ? reason : "plan.sound";
		text = arena_printf(h->a, "%soptions snd_hda_core gpu_bind=0\n", text);
	}
	h->has_modprobe = *text;
	host_stage_own(
		h, HOST_MODPROBE, *text ? arena_printf(h->a, HOST_HEAD "%s", text) : NULL, 0644, reason,
		!*text ? "Nothing is bound at boot any more."
		: !sound
			? SAYS_BIND
			: "vfio-pci takes the device at boot; the board's sound does not wait for the GPU's driver.");
	host_initramfs(h, early, reason);
	if (early && host_failed(h, "initramfs.stale") && !h->rebuild_initramfs) {
		h->rebuild_initramfs = true;
		h->rebuild_initramfs_for = "initramfs.stale";
	}
}

void host_bind(struct host_plan *h)
{
	const char *ids;

	if (h->pending) {
		keep_option(h);
		return;
	}
	ids = ids_wanted(h);
	if (*ids)
		warn_about_vfs(h);
	ids_find_bound(h, ids);
	if (ids_by_option(h)) {
		h->bound_by_option = *ids;
		bind_by_option(h, ids);
		h->n_bind = 0; /* so no file of ours is needed for it */
		ids = "";
	}
	bind_by_files(h, ids);
}
