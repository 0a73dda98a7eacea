// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * now.c - a try without a reboot: the GPU from its running driver to vfio-pci by driver_override.
 *
 * Linux Documentation/ABI/testing/sysfs-bus-pci: no file is changed, and the next boot knows nothing of it. i915 is
 * not made for this: it is known to come off cleanly where no session, no console and no sound holds it, and to
 * crash where one does (reports since Linux 4.x; QEMU docs/igd-assign.txt warns of giving it back after a VM). So
 * whatever holds the GPU refuses the try, and the sound that goes through it is let go first.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "check/rows.h"
#include "plan/host.h"

#define HELD	"gpu.in-use"
#define REASON	"driver.host-owns"
#define SOUND	"plan.sound"
#define TOLD_BY 6 /* holders named in a sentence */

static const struct pci_fn *gpu_of(const struct host_plan *h)
{
	return h->w->n_devices ? facts_find_pci(h->f, h->w->devices[0]) : NULL;
}

static bool is_wished(const struct host_plan *h, const struct pci_fn *p)
{
	for (size_t i = 0; i < h->w->n_devices; i++)
		if (pci_addr_eq(h->w->devices[i], p->addr))
			return true;
	return false;
}

static bool has_driver(const struct pci_fn *p, const char *const *names, size_t n)
{
	for (size_t i = 0; p->driver.v && i < n; i++)
		if (strcmp(p->driver.v, names[i]) == 0)
			return true;
	return false;
}

/* ---- what refuses it ------------------------------------------------------------------------------------------- */

static bool refuse_mode(struct host_plan *h)
{
	if (MODE_BIT(h->w->mode) & MODES_INTEL)
		return false;
	plan_refuse(h->p, "plan.now",
		    "Mode %s cannot be tried without a reboot: only a whole Intel GPU changes its driver at once. "
		    "Leave --now out.",
		    mode_str(h->w->mode));
	return true;
}

static bool refuse_driver(struct host_plan *h, const struct pci_fn *p)
{
	static const char *const known[] = { "i915", "xe", "vfio-pci", "" };
	char buf[PCI_ADDR_STR];

	pci_addr_str(p->addr, buf);
	if (p->driver.v && has_driver(p, known, ARRAY_SIZE(known)))
		return false;
	if (p->driver.v)
		plan_refuse(h->p, "plan.now", "Nobody knows how %s lets go of %s while it runs: leave --now out.",
			    p->driver.v, buf);
	else
		plan_refuse(h->p, "plan.now", "The driver of %s is not known (%s).", buf, facts_why(p->driver.from));
	return true;
}

/* VFIO opens no group of which another member has a driver of the host's (Linux drivers/iommu/iommu.c,
 * iommu_group_claim_dma_owner()). Bridges may stay where they are. */
static bool refuse_company(struct host_plan *h, const struct pci_fn *p)
{
	const struct iommu_group *g = p->group.known ? facts_group(h->f, p->group.v) : NULL;
	char buf[PCI_ADDR_STR], with[PCI_ADDR_STR];

	for (size_t i = 0; g && i < g->n_members; i++) {
		const struct pci_fn *o = &h->f->pci[g->members[i]];

		if (o == p || is_wished(h, o) || pci_fn_base_class(o, 0x06) ||
		    (o->driver.v && (!*o->driver.v || strcmp(o->driver.v, "vfio-pci") == 0)))
			continue;
		plan_refuse(h->p, "plan.now",
			    "%s shares its IOMMU group with %s (driver %s), so no VM could open it now. A plan for "
			    "the next boot says what to do about that.",
			    pci_addr_str(p->addr, buf), pci_addr_str(o->addr, with), or_dash(o->driver.v));
		return true;
	}
	return false;
}

static bool holds(const struct gpu_user *u, const struct pci_fn *p)
{
	return !u->placed || pci_addr_eq(u->addr, p->addr);
}

static bool refuse_users(struct host_plan *h, const struct pci_fn *p)
{
	const char *list = "";
	size_t n = 0;

	if (h->f->gpu_users_seen.v != TRI_YES) {
		plan_refuse(h->p, HELD, "Who uses the GPU is not known (%s): run this as root on the machine itself.",
			    facts_why(h->f->gpu_users_seen.from));
		return true;
	}
	for (size_t i = 0; i < h->f->n_gpu_users; i++) {
		const struct gpu_user *u = &h->f->gpu_users[i];

		if (holds(u, p) && n++ < TOLD_BY)
			list = arena_printf(h->a, "%s%s%s (process %u, /dev/dri/%s)", list, *list ? ", " : "",
					    u->name, u->pid, u->node);
	}
	if (n)
		plan_refuse(h->p, HELD,
			    "%s%s the GPU open: end that first (a desktop by systemctl isolate multi-user.target).",
			    list,
			    n > TOLD_BY ? " and others have"
			    : n > 1	? " have"
					: " has");
	return n > 0;
}

static bool refuse_console(struct host_plan *h, const struct pci_fn *p)
{
	const struct facts *f = h->f;

	for (size_t i = 0; host_shows_console(f, p) && i < f->n_vtcons; i++) {
		const struct vtcon *v = &f->vtcons[i];
		const char *slash = strrchr(v->from, '/');

		if (v->bound.v == TRI_NO || !strstr(v->name, "frame buffer"))
			continue;
		plan_refuse(h->p, HELD,
			    "The text console is on the GPU. From another machine, let it go first: echo 0 | sudo "
			    "tee %.*s/bind",
			    (int)(slash ? slash - v->from : 0), v->from);
		return true;
	}
	return false;
}

static bool refuse_guests(struct host_plan *h)
{
	for (size_t i = 0; i < h->f->n_guests; i++) {
		const struct guest *g = &h->f->guests[i];

		if (g->running.v != TRI_YES || !g->uses_dri)
			continue;
		plan_refuse(h->p, HELD, "Container %s runs and uses /dev/dri: stop it first.", or_dash(g->id));
		return true;
	}
	return false;
}

/* Where the screen goes dark at once, somebody must already be in by another way. */
static bool refuse_dark(struct host_plan *h)
{
	const struct finding *last = findings_get(h->found, "console.last"),
			     *way = findings_get(h->found, "console.way-in");

	if (!last || last->verdict == VERDICT_PASS || (way && way->verdict == VERDICT_PASS) ||
	    h->f->ways[WAY_SSH].open.v == TRI_YES) /* no boot and no passphrase comes before it */
		return false;
	plan_refuse(h->p, "console.way-in",
		    "The screen goes dark at once, and no other way in is proven: set up an SSH server or a login on "
		    "a serial line, and try from there.");
	return true;
}

/* ---- what is done ---------------------------------------------------------------------------------------------- */

static bool is_loaded(const struct facts *f, const char *module)
{
	for (size_t i = 0; i < f->n_modules; i++)
		if (f->modules[i].v && strcmp(f->modules[i].v, module) == 0)
			return true;
	return f->builtin.v && facts_word_in(f->builtin.v, module);
}

/* True: refused. */
static bool load_vfio(struct host_plan *h)
{
	static const char *const argv[] = { "modprobe", "vfio-pci" };
	const struct operation op = {
		.kind = OP_RUN,
		.target = "the module vfio_pci",
		.argv = host_argv(h, argv, ARRAY_SIZE(argv)),
		.reason = REASON,
		.says = "No device asks for this driver by itself.",
	};

	if (is_loaded(h->f, "vfio_pci"))
		return false;
	if (h->f->kconfig_off.v && facts_word_in(h->f->kconfig_off.v, "VFIO_PCI")) {
		plan_refuse(h->p, "plan.now", "This kernel was built without vfio-pci.");
		return true;
	}
	h->full |= !plan_add(h->p, &op);
	return false;
}

static void bind(struct host_plan *h, const struct pci_fn *p, const char *driver, const char *reason,
		 const char *says)
{
	char buf[PCI_ADDR_STR];
	const struct operation op = { .kind = OP_BIND,
				      .target = arena_str(h->a, pci_addr_str(p->addr, buf)),
				      .driver_before = p->driver.v ? p->driver.v : "",
				      .driver_after = driver,
				      .reason = reason,
				      .says = says };

	const struct promise q = { PROMISE_DRIVER, op.target, driver, false, reason };

	if (strcmp(op.driver_before, driver) != 0)
		h->full |= !plan_add(h->p, &op) || (*driver && !plan_promise(h->p, &q));
}

/*
 * The sound of the GPU's outputs goes through an HDA function that holds i915 (Linux sound/hda/hdac_i915.c): that
 * driver goes first, and comes back last when all is taken back.
 */
static void let_sound_go(struct host_plan *h, const struct pci_fn *gpu)
{
	static const char *const hosts[] = { "i915", "xe" };

	if (!has_driver(gpu, hosts, ARRAY_SIZE(hosts)))
		return;
	for (size_t i = 0; i < h->f->n_pci; i++) {
		const struct pci_fn *p = &h->f->pci[i];
		char buf[PCI_ADDR_STR];

		if (is_wished(h, p) || p->addr.bus || pci_fn_vendor(p) != PCI_VENDOR_INTEL || !p->class.known ||
		    (p->class.v != PCI_CLASS_AUDIO_HDA && p->class.v != 0x0401) || !p->driver.v ||
		    (strncmp(p->driver.v, "snd_", 4) != 0 && strncmp(p->driver.v, "sof-", 4) != 0))
			continue;
		bind(h, p, "", SOUND, "Its sound driver holds the GPU's.");
		plan_tell(h->p, PLAN_WARNING, SOUND,
			  "The host is without the sound of %s until revert or the next boot; end what plays first.",
			  pci_addr_str(p->addr, buf));
	}
}

static void warn(struct host_plan *h)
{
	plan_tell(h->p, PLAN_WARNING, "plan.now",
		  "A try, not the supported way: kernels have crashed when i915 was taken from a running GPU. Save "
		  "and sync what matters first.");
	plan_tell(h->p, PLAN_WARNING, "plan.now",
		  "The firmware's framebuffer does not come back: the GPU's outputs stay dark until a VM draws, i915 "
		  "has it again, or the next boot.");
	plan_tell(h->p, PLAN_WARNING, "plan.now",
		  "Once a VM has used the GPU, i915 may fail on it until the next boot: go back by a reboot.");
}

static bool is_refused(struct host_plan *h)
{
	const struct pci_fn *p;

	if (refuse_mode(h) || host_pending(h))
		return true;
	if (h->pending) {
		plan_refuse(h->p, "iommu.off", "The IOMMU is off: a try needs it on, and that takes a reboot.");
		return true;
	}
	if (host_devices(h))
		return true;
	p = gpu_of(h);
	return refuse_driver(h, p) ||
	       (strcmp(p->driver.v, "vfio-pci") != 0 && (refuse_company(h, p) || refuse_users(h, p) ||
							 refuse_guests(h) || refuse_console(h, p) || refuse_dark(h)));
}

int plan_now(const struct facts *f, const struct findings *found, const struct plan_wish *w, struct plan *p)
{
	struct host_plan h = { .f = f, .found = found, .w = w, .p = p, .a = p->arena };
	size_t n = 0;

	p->mode = w->mode;
	if (is_refused(&h))
		return h.full || p->arena->full ? -IGD_ENOMEM : 0;
	for (size_t i = 0; i < h.n_bind; i++)
		n += !h.bind[i]->driver.v || strcmp(h.bind[i]->driver.v, "vfio-pci") != 0;
	if (n == 0)
		plan_tell(p, PLAN_NOT_NEEDED, REASON, "vfio-pci has the device already.");
	if (n && load_vfio(&h))
		return 0;
	if (n && gpu_of(&h))
		let_sound_go(&h, gpu_of(&h));
	for (size_t i = 0; i < h.n_bind; i++)
		bind(&h, h.bind[i], "vfio-pci", REASON, "vfio-pci takes the device now; the next boot forgets it.");
	if (n)
		warn(&h);
	return h.full || p->arena->full ? -IGD_ENOMEM : 0;
}
