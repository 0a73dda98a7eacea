// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/vm_check.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "check/vm_rows.h"
#include "fw/vtd.h"

/* ---- what the definition amounts to ------------------------------------------------------------------------- */

static bool is_gpu_slot(const struct facts *f, struct pci_addr a)
{
	struct pci_addr igd = { 0, 0, 2, 0 };

	if (f->igd.pci >= 0)
		igd = f->pci[f->igd.pci].addr;
	return pci_addr_same_slot(igd, a);
}

static const struct vm_pci *gpu_of(const struct vm *v, const struct facts *f)
{
	for (size_t i = 0; i < v->n_pcis; i++)
		if (v->pcis[i].has_host && is_gpu_slot(f, v->pcis[i].host))
			return &v->pcis[i];
	for (size_t i = 0; i < v->n_pcis; i++) /* a mapping does not tell its address */
		if (v->pcis[i].legacy_igd == VM_YES || vm_setting(&v->pcis[i], "x-igd-opregion"))
			return &v->pcis[i];
	return NULL;
}

bool vm_at_2(const struct vm_case *c)
{
	return c->gpu && c->gpu->guest.place == VM_PLACE_ROOT && c->gpu->guest.dev == 2 && c->gpu->guest.fn == 0;
}

static bool alone(const struct vm *v)
{
	return v->display && strcmp(v->display, "none") == 0;
}

/* A VF has a function number, a share of GVT-g a type. The whole GPU is the screen where no other display is
 * emulated, or where it has the place and the ROM of one. */
static enum mode mode_of(const struct vm_case *c)
{
	const struct vm_pci *p = c->gpu;
	bool screen = alone(c->vm) || p->legacy_igd == VM_YES || (vm_at_2(c) && p->romfile && *p->romfile);

	if (p->mdev)
		return MODE_GVTG;
	if (c->id && c->id->kind == GPU_AMD_APU)
		return MODE_AMD_APU;
	if (p->has_host && p->host.fn >= 1 && p->host.fn < VM_FN_ALL)
		return MODE_SRIOV;
	if (!screen || (p->rombar == VM_NO && p->legacy_igd != VM_YES && !vm_at_2(c)))
		return MODE_UPT;
	return c->vm->firmware.kind == VM_OVMF ? MODE_UEFI : MODE_LEGACY;
}

bool vm_release_parse(const char *s, unsigned *ret_major, unsigned *ret_minor)
{
	struct span rest = span_str(s);
	uint64_t major, minor;

	if (!text_digits(&rest, 10, &major) || !text_skip(&rest, ".") || !text_digits(&rest, 10, &minor) ||
	    major > 99 || minor > 99)
		return false;
	*ret_major = (unsigned)major;
	*ret_minor = (unsigned)minor;
	return true;
}

static bool version_read(const char *s, struct vm_case *c, const char *from)
{
	if (!s || !vm_release_parse(s, &c->major, &c->minor))
		return false;
	c->qemu_from = from;
	return true;
}

static void qemu_find(struct vm_case *c)
{
	const struct vm_machine *m = &c->vm->machine;

	c->qemu_known = version_read(c->look->qemu, c, "as asked") || version_read(c->f->qemu.v, c, c->f->qemu.from);
	if (!c->qemu_known && m->pinned) { /* nobody pins a machine that his QEMU has not */
		c->major = m->major;
		c->minor = m->minor;
		c->qemu_from = "the machine type";
		c->qemu_known = true;
	}
	c->qemu = qemu_class_of(c->major, c->minor);
}

/* Machine, slot, release and chip for which QEMU turns its legacy mode on (hw/vfio/igd.c). A ROM and the kernel's
 * regions it wants too. */
static enum tri legacy_of(const struct vm_case *c)
{
	const struct vm_setting *said = vm_setting(c->gpu, "x-igd-legacy-mode");

	if (c->vm->machine.kind != VM_MACHINE_PC || !vm_at_2(c) || c->gpu->mdev)
		return TRI_NO;
	if (said && strcmp(said->value, "off") == 0) /* a release without the property ends on it */
		return TRI_NO;
	if (!c->qemu_known || !c->id)
		return TRI_UNKNOWN;
	if (c->id->qemu_gen[c->qemu] < 0)
		return TRI_NO;
	return c->qemu < QEMU_D || c->id->qemu_gen[c->qemu] <= 9 ? TRI_YES : TRI_NO;
}

/* A romfile counts even when it is empty; the kernel offers one only where the host has a VBIOS, as after a boot by
 * BIOS (hw/vfio/igd.c). */
static enum tri rom_lacks(const struct vm_case *c)
{
	if (c->legacy == TRI_NO || c->gpu->romfile || c->f->efi.v == TRI_NO)
		return TRI_NO;
	return c->legacy == TRI_YES && c->f->efi.v == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

void vm_case_make(const struct vm *v, const struct facts *f, const struct vm_look *look, struct vm_case *ret)
{
	struct vm_case c = { .vm = v, .f = f, .look = look };

	qemu_find(&c);
	c.gpu = gpu_of(v, f);
	if (c.gpu) {
		struct pci_addr at = c.gpu->host;

		if (f->igd.pci >= 0)
			at = f->pci[f->igd.pci].addr;
		c.fn = facts_find_pci(f, at);
		c.id = f->igd.id;
		c.mode = look->mode_asked ? look->mode : mode_of(&c);
		c.legacy = legacy_of(&c);
		c.no_rom = rom_lacks(&c);
		if (c.no_rom == TRI_YES)
			c.legacy = TRI_NO;
		for (size_t i = 0; i < look->n_roms && c.gpu->romfile; i++)
			if (strcmp(look->roms[i].path, c.gpu->romfile) == 0)
				c.rom = &look->roms[i];
	}
	*ret = c;
}

unsigned vm_host_mgaw(const struct facts *f)
{
	unsigned least = 0;

	for (size_t i = 0; i < f->n_iommus; i++) {
		struct vtd_caps caps;

		if (!f->iommus[i].cap.known || !f->iommus[i].ecap.known ||
		    !vtd_caps_read(f->iommus[i].cap.v, f->iommus[i].ecap.v, &caps))
			continue;
		if (!least || caps.mgaw < least)
			least = caps.mgaw;
	}
	return least;
}

void vm_setting_evidence(struct evidence *ev, const struct vm_setting *s)
{
	evidence_add(ev, s->from, "%s=%s", s->name, s->value);
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static const struct vm_row *const tables[] = { vm_rows_text, vm_rows_igd, vm_rows_host, vm_rows_guest };

size_t vm_checks_table(const struct check **ret, size_t max)
{
	size_t n = 0;

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct vm_row *r = tables[t]; r->check.id; r++, n++)
			if (n < max)
				ret[n] = &r->check;
	return n;
}

static bool asked(const struct vm_case *c, const struct vm_row *r)
{
	if (!(r->targets & ON(c->vm->target)) || (r->whole && c->vm->fragment))
		return false;
	return !r->modes || (c->gpu && (r->modes & MODE_BIT(c->mode)));
}

static enum verdict fault_test(const struct vm_case *c, enum vm_fault_kind kind, struct evidence *ev)
{
	for (size_t i = 0; i < c->vm->n_faults; i++)
		if (c->vm->faults[i].kind == kind)
			evidence_add(ev, c->vm->faults[i].from, "%s", c->vm->faults[i].text);
	return ev->n ? VERDICT_FAIL : VERDICT_PASS;
}

static const struct finding *found(const struct findings *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].check->id, id) == 0)
			return &all->v[i];
	return NULL;
}

static void row_run(const struct vm_case *c, const struct vm_row *r, struct findings *all)
{
	struct finding *v = &all->v[all->n];
	const struct finding *after = r->check.after ? found(all, r->check.after) : NULL;

	*v = (struct finding) { .check = &r->check, .evidence = { .arena = &all->arena } };
	if (after && (after->verdict == VERDICT_FAIL || after->verdict == VERDICT_NOT_RUN)) {
		v->verdict = VERDICT_NOT_RUN;
		evidence_add(&v->evidence, NULL, "%s comes first", r->check.after);
	} else {
		v->verdict = r->test ? r->test(c, &v->evidence) : fault_test(c, r->fault, &v->evidence);
	}
	all->n++;
}

int vm_lint(const struct vm_case *c, struct findings *ret)
{
	struct findings all = { .arena.limit = 8U << 20 };

	all.v = arena_alloc(&all.arena, (vm_checks_table(NULL, 0) + 1) * sizeof(*all.v));
	for (size_t t = 0; all.v && t < ARRAY_SIZE(tables); t++)
		for (const struct vm_row *r = tables[t]; r->check.id; r++)
			if (asked(c, r))
				row_run(c, r, &all);
	if (!all.v || all.arena.full || findings_close(&all) < 0) {
		findings_done(&all);
		return -IGD_ENOMEM;
	}
	*ret = all;
	return 0;
}
