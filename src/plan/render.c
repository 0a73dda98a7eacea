// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/render.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "store/vm_domain.h"
#include "store/vm_pve.h"
#include "store/vm_qemu.h"
#include "store/vm_translate.h"

struct rendering {
	const struct facts *f;
	const struct render_source *src;
	const struct render_wish *w;
	struct arena *a;
	struct rendered *r;
};

/* ---- the VM before ------------------------------------------------------------------------------------------ */

/* A VM as an owner would make it, without the GPU: its disk and card are placeholders that he must fill. */
static void make_up(struct rendering *x, struct vm *v)
{
	const struct render_wish *w = x->w;
	struct vm_disk *d;
	struct vm_net *n;

	vm_init(v, w->target, x->a);
	v->name = w->name ? w->name : w->os == VM_OS_WINDOWS ? "windows" : "linux";
	v->id = w->id;
	v->os = w->os;
	v->windows = w->os == VM_OS_WINDOWS ? 11 : 0;
	v->os_raw = w->os == VM_OS_WINDOWS ? "win11" : "l26";
	v->memory_mib = w->memory_mib;
	v->cpu = (struct vm_cpu) { .cores = w->cores, .sockets = 1, .vcpus = w->cores, .model = "host" };
	v->agent = VM_YES;
	v->json_devices = w->target == VM_LIBVIRT ? VM_UNSAID : VM_NO;
	v->tpm = (struct vm_tpm) { .there = w->os == VM_OS_WINDOWS, .version = "2.0" };
	if (w->target == VM_PVE)
		v->tpm.state = "local-lvm:1";
	d = arena_push(x->a, v->disks, v->n_disks);
	n = arena_push(x->a, v->nets, v->n_nets);
	if (!d || !n)
		return;
	*d = (struct vm_disk) { .from = "scsi0", .bus = VM_DISK_SCSI, .boot = 1, .source = "local-lvm:64" };
	if (w->target != VM_PVE)
		*d = (struct vm_disk) { .from = "vda",
					.bus = VM_DISK_VIRTIO,
					.boot = 1,
					.format = "qcow2",
					.source = arena_printf(x->a, "/var/lib/libvirt/images/%s.qcow2", v->name) };
	*n = (struct vm_net) { .from = "net0", .model = "virtio" };
	if (w->target == VM_PVE)
		n->bridge = "vmbr0";
	else
		n->user = true;
}

/* ---- what is wished ----------------------------------------------------------------------------------------- */

static struct pci_addr gpu_address(const struct rendering *x, enum mode m)
{
	struct pci_addr at = { 0, 0, 2, 0 };

	if (x->f->igd.pci >= 0)
		at = x->f->pci[x->f->igd.pci].addr;
	if (m != MODE_SRIOV)
		return at;
	if (x->r->c.gpu && x->r->c.gpu->has_host && x->r->c.gpu->host.fn >= 1 && x->r->c.gpu->host.fn < VM_FN_ALL)
		return x->r->c.gpu->host; /* the one that the VM has already */
	at.fn = 1;
	return at;
}

/* The share that people take: half of the memory of each chip (Linux drivers/gpu/drm/i915/gvt/vgpu.c, vgpu_types[]).
 */
static const char *mdev_type(const struct rendering *x)
{
	if (x->w->mdev)
		return x->w->mdev;
	if (x->r->c.gpu && x->r->c.gpu->mdev)
		return x->r->c.gpu->mdev;
	return x->f->igd.id && x->f->igd.id->generation == 8 ? "i915-GVTg_V4_4" : "i915-GVTg_V5_4";
}

static unsigned phys_limit(const struct rendering *x)
{
	unsigned mgaw = vm_host_mgaw(x->f);

	return mgaw && x->f->cpu.phys_bits.known && x->f->cpu.phys_bits.v > mgaw ? mgaw : 0;
}

static const char *p_cpus(const struct rendering *x)
{
	const struct cpu *c = &x->f->cpu;

	return c->e_cpus.v && *c->e_cpus.v && c->p_cpus.v && *c->p_cpus.v ? c->p_cpus.v : NULL;
}

static void wish_make(const struct rendering *x, struct give_wish *g)
{
	const struct choice_way *way = x->r->choice.taken;

	*g = (struct give_wish) {
		.mode = way->mode,
		.setup = way->setup,
		.gpu = gpu_address(x, way->mode),
		.rom = x->w->rom,
		.phys_limit = phys_limit(x),
		.p_cpus = p_cpus(x),
		.fresh = !x->src->vm,
	};
	if (way->mode == MODE_GVTG)
		g->mdev = mdev_type(x);
	if (!x->w->with)
		return;
	g->pcis = x->w->with->pcis;
	g->n_pcis = x->w->with->n_pcis;
	g->usbs = x->w->with->usbs;
	g->n_usbs = x->w->with->n_usbs;
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static struct span storage_cfg(const struct facts *f)
{
	const struct text_file *t = facts_text(f, "/etc/pve/storage.cfg");

	return t ? t->bytes : (struct span) { 0 };
}

/* Does the document that is there stay, or is another written? libvirt's own addresses do not fit another machine. */
static bool edits(const struct rendering *x, enum vm_machine_kind wanted)
{
	const struct vm *was = &x->r->before;

	return x->src->vm && x->src->vm->target == x->w->target &&
	       (was->target != VM_LIBVIRT || was->machine.kind == wanted) &&
	       !(was->target == VM_LIBVIRT && x->src->domain->fragment);
}

static bool pve_write(struct rendering *x, bool edit)
{
	struct pve_doc d = { .arena = x->a };
	struct report rep = { 0 };
	bool ok;

	if (edit && (pve_doc_read(x->src->text, x->a, &d, &rep) < 0 || !pve_doc_mend(&d)))
		return false;
	ok = vm_pve_write(&d, edit ? &x->r->before : NULL, &x->r->given.vm);
	x->r->text = pve_doc_write(&d, x->a);
	return ok;
}

static bool libvirt_write(struct rendering *x, bool edit)
{
	struct domain d = { 0 };
	struct report rep = { 0 };
	bool ok;

	if ((edit ? domain_read(x->src->text, x->a, &d, &rep) : domain_new(x->a, &d)) < 0)
		return false;
	ok = vm_domain_write(&d, edit ? &x->r->before : NULL, &x->r->given.vm, &x->r->lost) == 0;
	x->r->text = domain_write(&d, x->a);
	domain_done(&d);
	return ok;
}

/* One option a line, as people write them into scripts. */
static bool qemu_write(struct rendering *x, bool edit)
{
	const char **words, *s = "";
	size_t n;

	if (!vm_qemu_write(edit ? &x->r->before : NULL, &x->r->given.vm, x->a, &words, &n, &x->r->lost))
		return false;
	for (size_t i = 0; i < n; i++)
		s = arena_printf(x->a, "%s%s%s", s,
				 i == 0		      ? ""
				 : words[i][0] == '-' ? " \\\n  "
						      : " ",
				 shell_quoted(words[i], x->a));
	x->r->text = span_str(arena_printf(x->a, "%s\n", s));
	return true;
}

/* ---- commands ----------------------------------------------------------------------------------------------- */

#define COMMAND_WORDS 160

struct command_words {
	struct arena *a;
	const char **v;
	size_t n;
};

static void add(struct command_words *c, const char *s)
{
	if (c->n < COMMAND_WORDS - 1)
		c->v[c->n++] = s;
}

static bool same_value(const struct pve_item *a, const struct pve_item *b)
{
	return a && b && a->value.n == b->value.n && memcmp(a->value.p, b->value.p, a->value.n) == 0;
}

/* What "qm set" must be told for the one text to become the other. */
static void qm_words(struct command_words *c, const struct pve_doc *was, const struct pve_doc *now)
{
	const char *gone = NULL;

	for (size_t i = 0; i < now->n_items; i++) {
		const struct pve_item *it = &now->items[i];
		const char *key;

		if (it->kind != PVE_KEY || it->part != PVE_MAIN)
			continue;
		key = arena_span(c->a, it->key);
		if (same_value(pve_doc_get(was, key), it) || strcmp(key, "meta") == 0)
			continue;
		add(c, arena_printf(c->a, "--%s", key));
		add(c, arena_span(c->a, it->value));
	}
	for (size_t i = 0; i < was->n_items; i++) {
		const char *key = was->items[i].kind == PVE_KEY && was->items[i].part == PVE_MAIN
					  ? arena_span(c->a, was->items[i].key)
					  : NULL;

		if (key && !pve_doc_get(now, key))
			gone = gone ? arena_printf(c->a, "%s,%s", gone, key) : key;
	}
	if (gone) {
		add(c, "--delete");
		add(c, gone);
	}
}

static bool pve_commands(struct rendering *x, bool edit)
{
	const char *const **list = arena_alloc(x->a, 2 * sizeof(*list));
	struct command_words c = { x->a, arena_alloc(x->a, COMMAND_WORDS * sizeof(*c.v)), 0 };
	const char *id = x->w->id ? x->w->id : x->r->before.id ? x->r->before.id : "VMID";
	struct pve_doc was = { .arena = x->a }, now = { .arena = x->a };
	struct report rep = { 0 };

	if (!list || !c.v || pve_doc_read(x->r->text, x->a, &now, &rep) < 0 ||
	    (edit && pve_doc_read(x->src->text, x->a, &was, &rep) < 0))
		return false;
	add(&c, "qm");
	add(&c, edit ? "set" : "create");
	add(&c, id);
	qm_words(&c, &was, &now);
	if (c.n > 3)
		list[0] = c.v;
	x->r->commands = list;
	return true;
}

static bool other_commands(struct rendering *x)
{
	static const char *const define[] = { "virsh", "define", "FILE", NULL };
	static const char *const *const virsh[] = { define, NULL };
	static const char *const *const none[] = { NULL };

	x->r->commands = none;
	if (x->w->target == VM_LIBVIRT)
		x->r->commands = virsh;
	return true;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

/* What stands first against every way is told once: "... [vtd.no-dmar]". */
static const char *common(const struct rendering *x)
{
	const struct choice *c = &x->r->choice;
	const char *first = c->n_ways ? c->ways[0].why : NULL;
	size_t n = first ? strcspn(first, "]") + 1 : 0;

	if (!first)
		return "Nothing is known of this host's GPU.";
	if (n > strlen(first))
		return NULL;
	for (size_t i = 1; i < c->n_ways; i++)
		if (!c->ways[i].why || strncmp(c->ways[i].why, first, n) != 0)
			return NULL;
	return arena_printf(x->a, "%.*s %s", (int)n, first, c->ways[0].unlock ? c->ways[0].unlock : "");
}

static const char *refusal(struct rendering *x)
{
	const struct choice *c = &x->r->choice;
	const char *s = "no mode works here.";

	if (x->w->look.mode_asked) {
		for (size_t i = 0; i < c->n_ways; i++)
			if (c->ways[i].mode == x->w->look.mode)
				return arena_printf(x->a, "the %s mode cannot work here: %s%s%s",
						    mode_str(x->w->look.mode), c->ways[i].why,
						    c->ways[i].unlock ? " " : "",
						    c->ways[i].unlock ? c->ways[i].unlock : "");
		return "the mode cannot work here";
	}
	if (x->r->c.gpu && !x->f->igd.id)
		return "which chip the GPU is decides what QEMU must be told: give its host (--root, --capture), or "
		       "its id (--device 8086:3e92)";
	if (common(x))
		return arena_printf(x->a, "%s %s", s, common(x));
	for (size_t i = 0; i < c->n_ways; i++)
		s = arena_printf(x->a, "%s Not %s: %s", s, mode_str(c->ways[i].mode), c->ways[i].why);
	return s;
}

static bool write_all(struct rendering *x, bool edit)
{
	switch (x->w->target) {
	case VM_PVE:
		return pve_write(x, edit) && pve_commands(x, edit);
	case VM_LIBVIRT:
		return libvirt_write(x, edit) && other_commands(x);
	default:
		return qemu_write(x, edit) && other_commands(x);
	}
}

/* The definition in the words of the target before the GPU comes to it, so that this asks the target's own rules. */
static bool translate(struct rendering *x)
{
	struct vm v;

	if (!vm_copy(&x->r->before, &v))
		return false;
	vm_translate(&v, x->w->target, storage_cfg(x->f), &x->r->lost);
	x->r->before = v;
	vm_case_make(&x->r->before, x->f, &x->w->look, &x->r->c);
	return true;
}

/* The VM that there is, a Proxmox one without the comments behind values that lose it whole keys; or one made up. */
static bool source_take(struct rendering *x)
{
	struct pve_doc d = { .arena = x->a };
	struct report rep = { 0 };

	if (!x->src->vm) {
		make_up(x, &x->r->before);
		return true;
	}
	x->r->before = *x->src->vm;
	if (x->src->vm->target != VM_PVE)
		return true;
	return pve_doc_read(x->src->text, x->a, &d, &rep) == 0 && pve_doc_mend(&d) &&
	       vm_pve_read(&d, x->src->vm->id, x->a, &x->r->before) == 0;
}

int render(const struct facts *f, const struct findings *found, const struct render_source *src,
	   const struct render_wish *wish, struct arena *a, struct rendered *ret)
{
	struct render_wish own = *wish, *w = &own;
	struct rendering x = { f, src, w, a, ret };
	struct choose_wish cw = { .asked = w->look.mode_asked, .mode = w->look.mode };
	struct give_wish gw;
	bool edit;

	*ret = (struct rendered) { .lost.arena = a };
	if (!source_take(&x))
		return -IGD_ENOMEM;
	ret->before.arena = a;
	vm_case_make(&ret->before, f, &w->look, &ret->c);
	if (!ret->c.qemu_known) { /* nothing is known of it: the newest that is understood */
		own.look.qemu = "11.0";
		vm_case_make(&ret->before, f, &w->look, &ret->c);
	}
	cw.vm = src->vm ? &ret->c : NULL;
	cw.qemu = ret->c.qemu;
	cw.qemu_known = ret->c.qemu_known;
	choose(f, found, &cw, a, &ret->choice);
	if (!ret->choice.taken) {
		ret->refused = refusal(&x);
		return a->full ? -IGD_ENOMEM : 0;
	}
	wish_make(&x, &gw);
	edit = edits(&x, gw.setup.machine);
	if (!edit && src->vm && !translate(&x))
		return -IGD_ENOMEM;
	if (!vm_give(&ret->before, &ret->c, &gw, &ret->given) || !write_all(&x, edit))
		return -IGD_ENOMEM;
	return a->full ? -IGD_ENOMEM : 0;
}
