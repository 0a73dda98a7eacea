// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * link.c - what the running kernel was told, whether the device can be given away, and who has it.
 *
 * Where a link is broken and what it hangs on is not, the cause lies between the two: each such cause that can be
 * told from facts is a row or a condition here, with what to do about it.
 */
#include "verify/link.h"

#include <fnmatch.h>

#include "base/addr.h"
#include "base/text.h"
#include "store/cmdline.h"

/* ---- what is made anew -------------------------------------------------------------------------------------- */

static const char *joined(struct arena *a, const char *const *argv)
{
	const char *s = "";

	for (; argv && *argv; argv++)
		s = arena_printf(a, "%s%s%s", s, *s ? " " : "", *argv);
	return s;
}

/* Does running @op make what @q looks into? Its target is a file, or says in words what is made (plan/): "the
 * initramfs of all kernels", "the unified kernel images", which are both, "the EFI system partitions". */
static bool makes(const struct operation *op, const struct promise *q)
{
	const char *target = op->target ? op->target : "";
	struct span rest = span_str(q->where), word;
	char pattern[HOST_PATH_MAX];

	if (strstr(target, "unified kernel image"))
		return true;
	if (*target != '/')
		return (strstr(target, "initramfs") != NULL) == (q->kind == PROMISE_IMAGE);
	while (text_word(&rest, &word)) {
		text_copy(word, pattern, sizeof(pattern));
		if (fnmatch(pattern, target, FNM_PATHNAME) == 0)
			return true;
	}
	return false;
}

const char *link_remake(struct chain *c, const struct transaction *t, const struct promise *q)
{
	const struct operation *run = NULL;

	for (size_t i = 0; !run && i < t->plan.n_ops; i++)
		if (t->plan.ops[i].kind == OP_RUN && makes(&t->plan.ops[i], q))
			run = &t->plan.ops[i];
	if (!run)
		return q->kind == PROMISE_ENTRY
			       ? "make the boot entries anew with the program that keeps them, then igdctl verify"
			       : "make the initramfs anew with the program that makes it, then igdctl verify";
	return arena_printf(c->a, "run \"%s\", look whether it complains, then igdctl verify",
			    joined(c->a, run->argv));
}

/* ---- words -------------------------------------------------------------------------------------------------- */

static bool runs_with(const struct facts *f, const char *what)
{
	struct span rest = span_str(what);
	struct cmdline_word w;

	if (!cmdline_next(&rest, &w))
		return false;
	for (size_t i = 0; i < f->n_confs; i++) {
		const struct conf *k = &f->confs[i];

		if (k->kind == CONF_CMDLINE && cmdline_same_key(w.key, span_str(k->key)) &&
		    w.has_value == (k->value != NULL) && (!k->value || text_eq(w.value, k->value)))
			return true;
	}
	return false;
}

/* The promise of the boot entries for the same word. */
static const struct kept_promise *entry_of(const struct chain *c, const struct kept_promise *k)
{
	for (size_t i = 0; i < c->all->n; i++) {
		const struct kept_promise *o = &c->all->v[i];

		if (o->of == k->of && o->promise && o->promise->kind == PROMISE_ENTRY &&
		    o->promise->absent == k->promise->absent && strcmp(o->promise->what, k->promise->what) == 0)
			return o;
	}
	return NULL;
}

/* systemd-boot and unified kernels name the initramfs with backslashes or not at all; GRUB adds BOOT_IMAGE=. */
static bool other_loader(const struct facts *f, const struct kept_promise *entry)
{
	bool grub = strstr(entry->promise->where, "grub.cfg") != NULL;

	return grub && !strstr(f->cmdline.v, "BOOT_IMAGE=") && strstr(f->cmdline.v, "initrd=\\");
}

static bool is_recovery(const struct facts *f)
{
	return facts_word_in(f->cmdline.v, "single") || facts_word_in(f->cmdline.v, "recovery") ||
	       facts_word_in(f->cmdline.v, "systemd.unit=rescue.target");
}

static void word_cause(struct chain *c, struct kept_promise *k)
{
	const struct kept_promise *entry = entry_of(c, k);
	const char *is = k->promise->absent ? "lack" : "hold";

	if (entry && other_loader(c->f, entry)) {
		k->says = arena_printf(c->a,
				       "%s, though GRUB's entries %s the change: systemd-boot started this kernel, "
				       "so it was the wrong boot loader's files that were changed",
				       k->says, is);
		k->next = arena_printf(c->a, "igdctl revert %u, then igdctl plan: it goes by what booted", k->of->id);
	} else if (is_recovery(c->f)) {
		k->says = arena_printf(c->a, "%s: the entry for recovery was started", k->says);
		k->next = "reboot into the ordinary entry";
	} else if (entry && entry->kept == KEPT) {
		k->says = arena_printf(c->a,
				       "%s, though the boot entries %s the change: another entry was started, or "
				       "another boot loader, or a boot menu of the firmware",
				       k->says, is);
		k->next = "reboot and choose the first entry; if that does not help, igdctl inspect says what booted";
	} else {
		k->next = "look in the boot loader's menu which entry was started";
	}
}

static void word_look(struct chain *c, struct kept_promise *k)
{
	const struct promise *q = k->promise;
	bool runs;

	if (!c->f->cmdline.v) {
		k->kept = KEPT_UNKNOWN;
		k->says = arena_printf(c->a, "what the kernel was started with is not known: %s",
				       facts_why(c->f->cmdline.from));
		return;
	}
	runs = runs_with(c->f, q->what);
	k->kept = runs != q->absent ? KEPT : KEPT_NOT;
	k->says = arena_printf(c->a, "the running kernel was started %s \"%s\"", runs ? "with" : "without", q->what);
}

/* ---- the function ------------------------------------------------------------------------------------------- */

static const struct pci_fn *function(struct chain *c, struct kept_promise *k)
{
	const struct pci_fn *p = NULL;
	struct pci_addr at;

	if (pci_addr_parse(k->promise->where, &at))
		p = facts_find_pci(c->f, at);
	if (p)
		return p;
	k->kept = c->f->pci_whole.v == TRI_YES ? KEPT_NOT : KEPT_UNKNOWN;
	k->says = arena_printf(c->a, "there is no function %s%s", k->promise->where,
			       k->kept == KEPT_NOT ? "" : " among what could be read");
	k->next = k->kept == KEPT_NOT ? "look in the firmware's setup whether the device is turned on" : NULL;
	return NULL;
}

static bool igfx_off(const struct facts *f)
{
	const struct conf *k = NULL;

	while ((k = facts_conf(f, CONF_CMDLINE, "intel_iommu", k)))
		if (k->value && text_has_part(span_str(k->value), span_str("igfx_off")))
			return true;
	return false;
}

/* Linux drivers/iommu/intel/iommu.c: quirk_iommu_igfx(), init_no_remapping_devices(); the messages since 5.10. */
static void group_cause(struct chain *c, struct kept_promise *k)
{
	const struct facts *f = c->f;

	if (f->dmar.v == TRI_NO) {
		k->says = arena_printf(c->a, "%s: the firmware offers no VT-d", k->says);
		k->next = "turn VT-d on in the firmware's setup";
	} else if (f->iommu_on.v == TRI_NO) {
		k->says = arena_printf(c->a, "%s: the kernel leaves the IOMMU off", k->says);
		k->next = "igdctl check says why";
	} else if (igfx_off(f)) {
		k->says = arena_printf(c->a, "%s: igfx_off on the kernel's command line takes the GPU out", k->says);
		k->next = "igdctl plan takes the word out";
	} else if (facts_log(f, "Disabling IOMMU for graphics", NULL)) {
		k->says = arena_printf(c->a, "%s: this kernel gives the GPU of this generation none", k->says);
		k->next = arena_printf(c->a, "nothing mends that on this kernel: igdctl revert %u", k->of->id);
	} else {
		k->next = "igdctl check says what else stands in the way";
	}
}

static void group_look(struct chain *c, struct kept_promise *k)
{
	const struct pci_fn *p = function(c, k);
	bool there;

	if (!p)
		return;
	if (!p->group.known) {
		k->kept = KEPT_UNKNOWN;
		k->says = arena_printf(c->a, "the IOMMU group of %s is not known: %s", k->promise->where,
				       facts_why(p->group.from));
		return;
	}
	there = p->group.v != GROUP_NONE;
	k->kept = there != k->promise->absent ? KEPT : KEPT_NOT;
	k->says = there ? arena_printf(c->a, "%s is in IOMMU group %llu", k->promise->where,
				       (unsigned long long)p->group.v)
			: arena_printf(c->a, "%s has no IOMMU group", k->promise->where);
}

/* ---- its driver --------------------------------------------------------------------------------------------- */

static bool loaded(const struct facts *f, const char *module)
{
	if (f->modules_seen.v != TRI_YES)
		return true; /* nobody knows better */
	for (size_t i = 0; i < f->n_modules; i++)
		if (f->modules[i].v && strcmp(f->modules[i].v, module) == 0)
			return true;
	return false;
}

static void vfio_cause(struct chain *c, struct kept_promise *k, const char *has)
{
	const struct facts *f = c->f;

	if (f->builtin.v && facts_word_in(f->builtin.v, "vfio_pci")) {
		k->says = arena_printf(
			c->a,
			"%s: vfio-pci is compiled into this kernel, where options of modprobe.d do not reach it",
			k->says);
		k->next = "igdctl plan puts its ids on the kernel's command line";
	} else if (!loaded(f, "vfio_pci")) {
		k->says = arena_printf(c->a,
				       "%s: vfio-pci is not even loaded, so this kernel did not start from the "
				       "initramfs that holds it",
				       k->says);
		k->next = "reboot once more; if that does not help, look which kernel and image the boot entry names";
	} else if (*has) {
		k->says = arena_printf(c->a, "%s: %s was there before vfio-pci", k->says, has);
		k->next = arena_printf(c->a,
				       "look for what else loads %s early (its own line in the initramfs' list of "
				       "modules), or igdctl revert %u",
				       has, k->of->id);
	} else {
		k->says = arena_printf(
			c->a, "%s: vfio-pci is loaded and did not take it, so its ids= name another device", k->says);
		k->next = "igdctl check says which files speak of vfio-pci's ids";
	}
}

static void driver_cause(struct chain *c, struct kept_promise *k, const char *has)
{
	if (plan_is_try(&k->of->plan)) {
		k->says = arena_printf(c->a, "%s: it was tried without a file, which a reboot forgets", k->says);
		k->next = arena_printf(c->a, "igdctl revert %u closes the try-out", k->of->id);
	} else if (strcmp(k->promise->what, "vfio-pci") == 0) {
		vfio_cause(c, k, has);
	} else {
		k->next = "igdctl check says which drivers could have it";
	}
}

static void driver_look(struct chain *c, struct kept_promise *k, const char **ret_has)
{
	const struct promise *q = k->promise;
	const struct pci_fn *p = function(c, k);

	if (!p)
		return;
	if (!p->driver.v) {
		k->kept = KEPT_UNKNOWN;
		k->says = arena_printf(c->a, "who has %s is not known: %s", q->where, facts_why(p->driver.from));
		return;
	}
	*ret_has = p->driver.v;
	k->kept = (strcmp(p->driver.v, q->what) == 0) != q->absent ? KEPT : KEPT_NOT;
	k->says = arena_printf(c->a, "%s is on %s%s%s", q->where, *p->driver.v ? p->driver.v : "no driver",
			       k->kept == KEPT ? ""
			       : q->absent     ? ", which it was to leave"
					       : ", not on ",
			       k->kept == KEPT || q->absent ? ""
			       : *q->what		    ? q->what
							    : "none");
}

/* ---- all three ---------------------------------------------------------------------------------------------- */

/* The kernel still runs that ran when the plan was carried out. */
static bool same_boot(const struct chain *c, const struct transaction *t)
{
	return *c->boot && t->begun && t->begun->boot && strcmp(t->begun->boot, c->boot) == 0;
}

void link_running(struct chain *c, struct kept_promise *k)
{
	const char *has = NULL;

	if (k->promise->kind == PROMISE_WORD)
		word_look(c, k);
	else if (k->promise->kind == PROMISE_GROUP)
		group_look(c, k);
	else
		driver_look(c, k, &has);
	if (k->kept != KEPT_NOT)
		return;
	if (same_boot(c, k->of) && plan_wants_boot(&k->of->plan)) {
		k->kept = KEPT_LATER;
		k->next = "reboot, then igdctl verify";
	} else if (k->promise->kind == PROMISE_WORD) {
		word_cause(c, k);
	} else if (k->promise->kind == PROMISE_GROUP && !k->next) {
		group_cause(c, k);
	} else if (k->promise->kind == PROMISE_DRIVER && has) {
		driver_cause(c, k, has);
	}
}
