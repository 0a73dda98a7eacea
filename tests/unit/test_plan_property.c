// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_plan_property.c - what no plan may do, tried on ten thousand hosts that are made up by chance.
 *
 * The oracle knows nothing of check/ or plan/: it looks at the toy's own roles. A host that breaks a property is made
 * smaller, a device, file or setting at a time, as long as it still breaks it; the smallest is printed.
 * PLAN_SEED and PLAN_HOSTS choose others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdlib.h>

#include "change/plan_json.h"
#include "plan/plan.h"
#include "toy_host.h"

/* ---- chance ------------------------------------------------------------------------------------------------- */

static uint64_t chance_state;

/* xorshift64* (Marsaglia 2003, Vigna 2014): the same hosts on every machine. */
static unsigned chance(unsigned n)
{
	chance_state ^= chance_state >> 12;
	chance_state ^= chance_state << 25;
	chance_state ^= chance_state >> 27;
	return (unsigned)((chance_state * 2685821657736338717ULL >> 33) % n);
}

#define PICK(table) ((table)[chance(ARRAY_SIZE(table))])

/* ---- hosts -------------------------------------------------------------------------------------------------- */

static const struct kind {
	uint32_t id;
	uint16_t class;
	unsigned roles; /* it may have */
	const char *driver;
} kinds[] = {
	{ 0x808615f3, 0x0200, TOY_ROUTE | TOY_PORT, "igc" },
	{ 0x808615f3, 0x0200, TOY_ROUTE | TOY_PORT, "igc" },
	{ 0x10ec8125, 0x0200, TOY_ROUTE, "r8169" },
	{ 0x144da80a, 0x0108, TOY_ROOT, "nvme" },
	{ 0x144da80a, 0x0108, TOY_ROOT, "nvme" },
	{ 0x8086a352, 0x0106, TOY_ROOT, "ahci" },
	{ 0x8086a36d, 0x0c03, TOY_KEYBOARD, "xhci_hcd" },
	{ 0x8086a36d, 0x0c03, TOY_KEYBOARD, "xhci_hcd" },
	{ 0x8086a306, 0x0601, 0, "" },
	{ 0x8086a323, 0x0c05, 0, "i801_smbus" },
	{ 0x8086a348, 0x0403, 0, "snd_hda_intel" },
	{ 0x10de1234, 0x0300, 0, "nouveau" },
	{ 0x80863e92, 0x0200, TOY_ROUTE, "odd" }, /* has the GPU's id: no such device, but plans go by ids */
};

static const uint32_t gpu_ids[] = { 0x80863e92, 0x80864680, 0x80860412, 0x80869a49, 0x8086ffff };

static const char *const loaders[] = { "grub",	       "grub",	       "proxmox-boot-tool/grub",
				       "systemd-boot", "systemd-boot", "proxmox-boot-tool/systemd-boot",
				       "bls",	       "uki",	       "rpm-ostree",
				       "refind",       "sdbootutil",   NULL };
static const char *const initramfs[] = { "initramfs-tools", "dracut", "mkinitcpio", "booster", NULL };
static const char *const distros[] = { "debian", "ubuntu", "fedora", "arch", "void", NULL };
static const char *const tools[] = { "update-grub grub-mkconfig grub.d update-initramfs proxmox-boot-tool",
				     "grub-mkconfig grub.d mkinitcpio kernel-install",
				     "kernel-install zz-systemd-boot update-initramfs kernel-install/uki",
				     "grubby grub2-mkconfig dracut kernel-install kernel-install/uki",
				     "kernel-install zz-systemd-boot kernel-install/uki dracut vmlinuz-release "
				     "initrd.img-release",
				     "rpm-ostree dracut",
				     "grub-mkconfig dracut",
				     "",
				     NULL };
static const char *const kernels[] = { "5.15.0-1-pve",	 "6.1.0-18-amd64", "6.8.12-11-pve",
				       "6.14.1-arch1-1", "6.18.3-generic", NULL };
static const char *const words[] = { "quiet",
				     "splash",
				     "intel_iommu=on",
				     "intel_iommu=off",
				     "intel_iommu=on,igfx_off",
				     "iommu=pt",
				     "iommu=off",
				     "intremap=off",
				     "nomodeset",
				     "i915.enable_guc=3",
				     "i915.enable_gvt=1",
				     "vfio-pci.ids=8086:3e92",
				     "vfio-pci.disable_vga=1",
				     "pcie_acs_override=downstream",
				     "initcall_blacklist=sysfb_init",
				     "rd.driver.pre=vfio_pci" };
static const char *const lines[] = { "options vfio-pci ids=8086:3e92",
				     "options vfio-pci ids=8086:15f3 disable_vga=1",
				     "options vfio_pci ids=8086:3e92,8086:a348",
				     "options vfio-pci disable_vga=1",
				     "softdep i915 pre: vfio-pci",
				     "softdep xe pre: vfio-pci",
				     "blacklist i915",
				     "blacklist vfio-pci",
				     "options kvm ignore_msrs=1",
				     "options i915 enable_guc=2",
				     "options snd_hda_core gpu_bind=0",
				     "# somebody's" };

static const char *const entries[] = { "/boot/loader/entries/arch.conf", "/boot/loader/entries/arch-fallback.conf",
				       "/boot/loader/entries/passthrough.conf" };

static const char *some(struct toy *t, const char *const *from, size_t n, const char *between)
{
	const char *text = "";

	for (unsigned k = chance(4); k > 0; k--)
		text = arena_printf(&t->arena, "%s%s%s", text, *text ? between : "", from[chance((unsigned)n)]);
	return text;
}

static void make_files(struct toy *t)
{
	struct arena *a = &t->arena;

#define SOME_WORDS some(t, words, ARRAY_SIZE(words), " ")
#define SOME_LINES some(t, lines, ARRAY_SIZE(lines), "\n")
	if (chance(4))
		toy_write(t, "/etc/default/grub",
			  arena_printf(a, "# own\nGRUB_CMDLINE_LINUX_DEFAULT=\"%s\"\nGRUB_CMDLINE_LINUX='%s'\n",
				       SOME_WORDS, SOME_WORDS));
	if (chance(4) == 0)
		toy_write(t, "/etc/default/grub.d/50-other.cfg",
			  arena_printf(a, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n", SOME_WORDS));
	if (chance(3))
		toy_write(t, "/etc/kernel/cmdline",
			  arena_printf(a, "%sroot=/dev/sda1 %s\n%s\n", chance(5) ? "" : "# own\n", SOME_WORDS,
				       chance(3) ? "" : SOME_WORDS));
	/* what grubby and rpm-ostree make of the entries the toy does not know */
	for (size_t i = 0; i < ARRAY_SIZE(entries) && !(t->loader && facts_word_in("bls rpm-ostree", t->loader)); i++)
		if (chance(3) == 0)
			toy_write(
				t, entries[i],
				arena_printf(a, "title x\nlinux /vmlinuz\noptions root=/dev/sda1 %s\n", SOME_WORDS));
	t->boots = PICK(entries);
	if (chance(2))
		toy_write(t, "/etc/modprobe.d/vfio.conf", arena_printf(a, "%s\n", SOME_LINES));
	if (chance(4) == 0)
		toy_write(t, "/etc/modprobe.d/aaa.conf", SOME_LINES);
	if (chance(5) == 0)
		toy_write(t, "/etc/modprobe.d/igdctl.conf", arena_printf(a, "%s\n", SOME_LINES));
	if (chance(5) == 0)
		toy_write(t, "/etc/default/grub.d/90-igdctl.cfg",
			  arena_printf(a, "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT %s\"\n",
				       SOME_WORDS));
}

static void make_device(struct toy *t, unsigned i)
{
	const struct kind *k = &PICK(kinds);
	struct toy_dev d = { .id = k->id, .class = k->class, .driver = k->driver, .bound = k->driver };

	d.bus = k->class == 0x0601 || chance(2) ? 0 : (uint8_t)(1 + i);
	d.dev = d.bus ? 0 : (uint8_t)(4 + i);
	d.group = chance(3) ? (int)(10 + i) : chance(20) ? (int)chance(6) : -1;
	d.roles = chance(2) ? k->roles & (1U << chance(4)) : 0;
	if (chance(12) == 0)
		d.bound = PICK(((const char *const[]) { "vfio-pci", "" }));
	t->devs[t->n_devs++] = d;
}

#define REBOOTS 4 /* one host in so many is rebooted, which takes as long as all else */

static void make_host(struct toy *t)
{
	*t = (struct toy) { .loader = PICK(loaders),
			    .initramfs = PICK(initramfs),
			    .tools = PICK(tools),
			    .distro = PICK(distros),
			    .kernel = PICK(kernels),
			    .builtin = chance(6) ? "" : "vfio vfio_pci",
			    .dmar = chance(10) != 0,
			    .default_on = chance(2),
			    .framebuffer = chance(4) == 0,
			    .blind = chance(30) == 0,
			    .late = chance(2),
			    .mode = (enum mode)chance(MODE_COUNT),
			    .n_wish = 1 };
	t->cmdline = arena_printf(&t->arena, "root=/dev/sda1 %s", SOME_WORDS);
	t->initrd = chance(2) ? arena_printf(&t->arena, "initrd=\\0123\\initrd.img-%s ", t->kernel) : NULL;
	t->iommu_on = t->dmar && chance(3);
	t->wish[0] = (struct pci_addr) { .dev = chance(40) ? 2 : 3 };
	t->devs[t->n_devs++] = (struct toy_dev) { .dev = 2,
						  .id = PICK(gpu_ids),
						  .class = chance(8) ? 0x0300 : 0x0380,
						  .group = chance(4) ? 1 : (int)chance(8) - 1,
						  .driver = "i915",
						  .bound = chance(4) ? "i915" : "vfio-pci" };
	if (chance(6) == 0)
		t->devs[t->n_devs++] = (struct toy_dev) { .dev = 2,
							  .fn = 1,
							  .id = t->devs[0].id,
							  .class = 0x0300,
							  .group = 2,
							  .roles = TOY_VF,
							  .driver = "i915",
							  .bound = "i915" };
	for (unsigned i = 0, n = chance(12); i < n; i++)
		make_device(t, i);
	for (unsigned n = chance(3); n > 0; n--) {
		const struct toy_dev *d = &t->devs[chance((unsigned)t->n_devs)];

		t->wish[t->n_wish++] = (struct pci_addr) { 0, d->bus, d->dev, d->fn };
	}
	make_files(t);
	t->settled = chance(REBOOTS) != 0;
}

/* ---- properties: what is wrong, or NULL --------------------------------------------------------------------- */

#define WRONG(...) arena_printf(a, __VA_ARGS__)

/* What the host must not lose with this group, by the toy's own knowledge. */
static bool needs_group(const struct toy *t, int group)
{
	bool here = false, elsewhere = false;

	for (size_t i = 0; i < t->n_devs; i++) {
		const struct toy_dev *d = &t->devs[i];

		if (d->group == group && ((d->roles & (TOY_ROUTE | TOY_PORT | TOY_ROOT)) || d->class == 0x0601))
			return true;
		here |= d->group == group && (d->roles & TOY_KEYBOARD);
		elsewhere |= d->group != group && (d->roles & TOY_KEYBOARD);
	}
	return here && !elsewhere;
}

static bool id_matches(const char *ids, const struct toy_dev *d)
{
	char id[16];

	snprintf(id, sizeof(id), "%04x:%04x", d->id >> 16, d->id & 0xffff);
	return strstr(ids, id) != NULL;
}

/* The lists behind each "ids=" of a text, joined. */
static const char *ids_of(struct span text, struct arena *a)
{
	const char *list = "";
	struct span before, word;

	while (text_until(&text, "ids=", &before))
		if (text_word(&text, &word))
			list = arena_printf(a, "%s %.*s", list, (int)word.n, (const char *)word.p);
	return list;
}

static const char *takes_needed(const struct toy *t, const struct plan *p, struct arena *a)
{
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct operation *op = &p->ops[i];
		const char *after = op->kind == OP_WRITE ? ids_of(op->after, a) : "";
		/* what the kernel runs with stays when /etc/kernel/cmdline comes to be, as it would without us */
		const char *before = op->kind == OP_WRITE && op->there == TRI_YES ? ids_of(op->before, a)
				     : strcmp(op->target, "/etc/kernel/cmdline") == 0
					     ? ids_of(span_str(t->cmdline), a)
					     : "";

		for (size_t k = 2; op->kind == OP_RUN && op->argv[0] && op->argv[1] && op->argv[k]; k++)
			if (strstr(op->argv[k], "--args=") || strstr(op->argv[k], "--append"))
				after = WRONG("%s%s", after, ids_of(span_str(op->argv[k]), a));
		for (size_t k = 0; k < t->n_devs; k++) {
			const struct toy_dev *d = &t->devs[k];

			if (!id_matches(after, d) || id_matches(before, d) || (d->roles & TOY_VF))
				continue;
			if (!t->iommu_on || d->group < 0)
				return WRONG("%s takes %02x:%02x.%u, whose group nobody knows", op->target, d->bus,
					     d->dev, d->fn);
			if (needs_group(t, d->group))
				return WRONG("%s takes %02x:%02x.%u, in whose group is what the host needs",
					     op->target, d->bus, d->dev, d->fn);
		}
	}
	return NULL;
}

/* The same asked of what is refused: a wished device that the host needs ends the plan. */
static const char *not_refused(const struct toy *t, const struct plan *p, struct arena *a)
{
	bool whole = MODE_BIT(t->mode) & MODES_WHOLE;

	if (p->refused)
		return p->n_ops ? "refused, and yet there are operations"
		       : !p->n_notes || p->notes[p->n_notes - 1].word != PLAN_WHY ? "refused without a reason"
										  : NULL;
	for (size_t i = 0; t->iommu_on && i < t->n_wish; i++)
		for (size_t k = 0; k < t->n_devs; k++) {
			const struct toy_dev *d = &t->devs[k];

			if ((!whole && pci_addr_eq(t->wish[i], t->wish[0])) ||
			    toy_has(t->cmdline, "intel_iommu=on,igfx_off") ||
			    !pci_addr_eq(t->wish[i], (struct pci_addr) { 0, d->bus, d->dev, d->fn }))
				continue;
			if (d->group < 0 || needs_group(t, d->group))
				return WRONG("the plan for %02x:%02x.%u is not refused", d->bus, d->dev, d->fn);
		}
	return NULL;
}

static bool is_own(const char *path)
{
	for (size_t i = 0; plan_own_files[i]; i++)
		if (strcmp(plan_own_files[i], path) == 0)
			return true;
	return false;
}

/* Eat a word of a shell script, a list or modprobe.d, without quotes; "NAME=" of an assignment is one of its own. */
static bool next_word(struct span *rest, struct span *ret)
{
	size_t from = 0, to;

	while (from < rest->n && strchr(" \t\n\"'", rest->p[from]))
		from++;
	for (to = from; to < rest->n && !strchr(" \t\n\"'", rest->p[to]);)
		to++;
	return to > from && span_cut(*rest, from, to - from, ret) && span_from(*rest, to, rest);
}

static bool one_of(struct span word, const char *const *heads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_starts(word, heads[i]))
			return true;
	return false;
}

/* Words of the owner's files that a plan may take out, and put in. */
static const char *const may_go[] = { "intel_iommu=",
				      "iommu=off",
				      "intremap=off",
				      "i915.enable_guc=",
				      "enable_guc=",
				      "disable_vga",
				      "vfio-pci.disable_vga",
				      "vfio-pci.ids=8086:3e92",
				      "ids=8086:",
				      "options",
				      "vfio",
				      "i915",
				      "blacklist" };
static const char *const may_come[] = { "intel_iommu=on",  "vfio-pci.ids=",    "initcall_blacklist=sysfb_init",
					"i915.enable_gvt", "i915.force_probe", "xe.force_probe",
					"options" };

/* Does @y come of @x by such words alone? */
static bool is_by_options(struct span x, struct span y)
{
	struct span v = { 0 }, w = { 0 }, rest_x = x, rest_y = y;
	bool has_v = next_word(&rest_x, &v), has_w = next_word(&rest_y, &w);

	if (!has_v && !has_w)
		return true;
	if (has_v && has_w && span_same(v, w) && is_by_options(rest_x, rest_y))
		return true;
	if (has_v && one_of(v, may_go, ARRAY_SIZE(may_go)) && is_by_options(rest_x, y))
		return true;
	return has_w && one_of(w, may_come, ARRAY_SIZE(may_come)) && is_by_options(x, rest_y);
}

static const char *writes_elsewhere(const struct toy *t, const struct plan *p, struct arena *a)
{
	for (size_t i = 0; i < p->n_ops; i++) {
		const struct operation *op = &p->ops[i];
		const struct toy_file *f = toy_file((struct toy *)t, op->target);
		const char *wrong = NULL;

		if (op->kind != OP_WRITE || is_own(op->target))
			continue;
		if (op->gone)
			return WRONG("%s is the owner's and would go", op->target);
		if (!f && strcmp(op->target, "/etc/kernel/cmdline") != 0)
			return WRONG("%s was not there", op->target);
		if (f)
			wrong = is_by_options(op->before, op->after)
					? NULL
					: WRONG("%s: more than options changed", op->target);
		if (!wrong && f &&
		    (op->before.n != strlen(f->text) || memcmp(op->before.p, f->text, op->before.n) != 0))
			wrong = WRONG("%s: these are not its bytes", op->target);
		if (wrong)
			return wrong;
	}
	return NULL;
}

static const char *as_text(const struct plan *p, struct arena *a)
{
	const char *text = p->refused ? "refused\n" : "";

	for (size_t i = 0; i < p->n_ops; i++) {
		const struct operation *op = &p->ops[i];

		text = arena_printf(a, "%s%d %s %s %s %s\n%.*s", text, op->kind, op->target, op->reason, op->says,
				    op->after_sha256, (int)op->after.n, op->after.n ? (const char *)op->after.p : "");
		for (size_t k = 0; op->argv && op->argv[k]; k++)
			text = arena_printf(a, "%s%s\n", text, op->argv[k]);
	}
	for (size_t i = 0; i < p->n_promises; i++)
		text = arena_printf(a, "%s%d %s %s %d %s\n", text, p->promises[i].kind, p->promises[i].where,
				    p->promises[i].what, p->promises[i].absent, p->promises[i].reason);
	for (size_t i = 0; i < p->n_notes; i++)
		text = arena_printf(a, "%s%d %s %s\n", text, p->notes[i].word, or_dash(p->notes[i].id),
				    p->notes[i].text);
	return text;
}

static const char *other_as_json(const struct plan *p, struct arena *a)
{
	struct plan back = { .arena = a };
	json_t *json = plan_to_json(p), *again = NULL;
	struct report rep = { 0 };
	const char *wrong = NULL;

	if (plan_from_json(json, &back, &rep) < 0)
		wrong = WRONG("as JSON it is not taken back: %s", rep.refusal.text);
	else if (strcmp(as_text(p, a), as_text(&back, a)) != 0 || !json_equal(json, again = plan_to_json(&back)))
		wrong = "as JSON and back it is another plan";
	json_decref(again);
	json_decref(json);
	return wrong;
}

/* All that must hold of the plan for @t as it is, which is carried out; @ret borrows from @a. */
static const char *plan_wrong(struct toy *t, struct arena *a, struct plan *ret)
{
	struct facts *f = toy_facts(t);
	struct plan p, again;
	const char *wrong;

	toy_plan(t, f, a, &p, &again);
	*ret = p;
	wrong = strcmp(as_text(&p, a), as_text(&again, a)) == 0 ? NULL : "the same facts give another plan";
	wrong = wrong ? wrong : takes_needed(t, &p, a);
	wrong = wrong ? wrong : not_refused(t, &p, a);
	wrong = wrong ? wrong : writes_elsewhere(t, &p, a);
	wrong = wrong ? wrong : other_as_json(&p, a);
	if (p.n_ops && getenv("PLAN_TALK"))
		printf("# %s\n", as_text(&p, a));
	toy_apply(t, &p);
	facts_free(f);
	return wrong;
}

#define ROUNDS 3 /* reboots until a host has what it wants: the IOMMU, the GPU's own group, the binding */

/* @host is left as it is; the answer is @a's. */
static const char *host_wrong(const struct toy *host, struct arena *a)
{
	struct toy t = *host;
	const char *wrong = NULL;
	/* words that nobody here wrote, in a file of ours that this boot loader is not known to read */
	bool garbled = toy_file((struct toy *)host, "/etc/default/grub.d/90-igdctl.cfg") != NULL;
	const struct promise *broken;
	struct plan p, again;

	t.arena = (struct arena) { 0 };
	for (int i = 0; !wrong && i <= ROUNDS; i++) {
		wrong = plan_wrong(&t, a, &p);
		if (!wrong && p.n_ops && i == ROUNDS)
			wrong = "it never comes to rest";
		if (!wrong && p.n_ops && !t.blind) {
			wrong = plan_wrong(&t, a, &again);
			wrong = wrong || !again.n_ops ? wrong : "carried out, and yet there is something to do";
		}
		if (t.blind || !t.loader || !t.initramfs || t.settled)
			break;
		toy_reboot(&t);
		broken = wrong || garbled ? NULL : toy_broken(&t, &p);
		if (broken)
			wrong = WRONG("rebooted, and a promise is broken: %d %s %s%s, for %s", broken->kind,
				      broken->where, broken->absent ? "without " : "", broken->what, broken->reason);
	}
	arena_done(&t.arena);
	return wrong;
}

/* ---- smaller ------------------------------------------------------------------------------------------------ */

/* Leave the @n-th thing out; false when there are no more. */
static bool leave_out(struct toy *t, size_t n)
{
	if (n < t->n_devs) {
		memmove(&t->devs[n], &t->devs[n + 1], (--t->n_devs - n) * sizeof(*t->devs));
		return true;
	}
	n -= t->n_devs;
	if (n < t->n_files) {
		memmove(&t->files[n], &t->files[n + 1], (--t->n_files - n) * sizeof(*t->files));
		return true;
	}
	n -= t->n_files;
	if (n + 1 < t->n_wish) {
		memmove(&t->wish[n + 1], &t->wish[n + 2], (--t->n_wish - n - 1) * sizeof(*t->wish));
		return true;
	}
	n -= t->n_wish - 1;
	switch (n) {
	case 0:
		t->cmdline = "root=/dev/sda1";
		return true;
	case 1:
		t->builtin = "";
		return true;
	case 2:
		t->framebuffer = false;
		return true;
	case 3:
		t->late = false;
		return true;
	case 4:
		t->default_on = true;
		return true;
	case 5:
		t->tools = "";
		return true;
	}
	if (n - 6 < t->n_devs) {
		t->devs[n - 6].roles = 0;
		t->devs[n - 6].bound = t->devs[n - 6].driver;
		return true;
	}
	return false;
}

static bool equal(const struct toy *x, const struct toy *y)
{
	for (size_t i = 0; i < x->n_devs && i < y->n_devs; i++)
		if (x->devs[i].roles != y->devs[i].roles || strcmp(x->devs[i].bound, y->devs[i].bound) != 0)
			return false;
	return x->n_devs == y->n_devs && x->n_files == y->n_files && x->n_wish == y->n_wish &&
	       x->cmdline == y->cmdline && strcmp(x->builtin, y->builtin) == 0 && x->framebuffer == y->framebuffer &&
	       x->late == y->late && x->default_on == y->default_on && x->tools == y->tools;
}

static void shrink(struct toy *t, struct arena *a)
{
	bool smaller = true;

	while (smaller) {
		smaller = false;
		for (size_t n = 0;; n++) {
			struct toy less = *t;

			if (!leave_out(&less, n))
				break;
			if (equal(&less, t) || !host_wrong(&less, a))
				continue;
			*t = less;
			smaller = true;
			n--;
		}
	}
}

static void print_host(const struct toy *t)
{
	printf("# loader %s, initramfs %s, tools '%s', distro %s, kernel %s, builtin '%s'\n# cmdline %s\n",
	       or_dash(t->loader), or_dash(t->initramfs), or_dash(t->tools), or_dash(t->distro), or_dash(t->kernel),
	       t->builtin, t->cmdline);
	printf("# mode %s%s%s%s%s%s%s\n", mode_str(t->mode), t->dmar ? ", DMAR" : "",
	       t->default_on ? ", IOMMU by default" : "", t->iommu_on ? ", IOMMU on" : "",
	       t->framebuffer ? ", framebuffer" : "", t->blind ? ", files unread" : "", t->late ? ", late" : "");
	for (size_t i = 0; i < t->n_wish; i++)
		printf("# wish %02x:%02x.%u\n", t->wish[i].bus, t->wish[i].dev, t->wish[i].fn);
	for (size_t i = 0; i < t->n_devs; i++)
		printf("# device %02x:%02x.%u %08x class %04x group %d roles %x driver '%s' now '%s'\n",
		       t->devs[i].bus, t->devs[i].dev, t->devs[i].fn, t->devs[i].id, t->devs[i].class,
		       t->devs[i].group, t->devs[i].roles, t->devs[i].driver, t->devs[i].bound);
	for (size_t i = 0; i < t->n_files; i++)
		printf("# file %s <<END\n%s# END\n", t->files[i].path, t->files[i].text);
}

static unsigned from_env(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s ? (unsigned)strtoul(s, NULL, 10) : otherwise;
}

static void test_hosts(void **state)
{
	unsigned seed = from_env("PLAN_SEED", 1), n = from_env("PLAN_HOSTS", 10000);

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		struct arena a = { 0 };
		struct toy t;
		const char *wrong;

		chance_state = ((uint64_t)seed << 32 | i) * 0x9e3779b97f4a7c15ULL + 1;
		make_host(&t);
		wrong = host_wrong(&t, &a);
		if (wrong) {
			shrink(&t, &a);
			printf("# seed %u, host %u, made as small as it goes: %s\n", seed, i, host_wrong(&t, &a));
			print_host(&t);
			fail_msg("host %u of seed %u", i, seed);
		}
		arena_done(&a);
		arena_done(&t.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_hosts) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
