// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/rom_check.h"

#include <string.h>

#include "base/error.h"
#include "check/rom_rows.h"
#include "check/vm_check.h"

/* ---- what the firmware of a guest makes of the chain
 * ---------------------------------------------------------------
 */

bool rom_ovmf_gets_to(const struct rom_case *c, const struct oprom *o)
{
	for (size_t i = 0; i < c->chain->n; i++) {
		const struct oprom *img = &c->chain->images[i];

		if (img->place != OPROM_CHAINED && img->place != OPROM_GAP)
			continue;
		if (img->pcir_at % 4 != 0 || img->partial)
			return false;
		if (img == o)
			return true;
	}
	return false;
}

/* The image that SeaBIOS runs: the first PC image with the ids of the device; without such, or without a device, the
 * first of them (src/optionroms.c, map_pcirom(), which takes no list of devices). */
static const struct oprom *legacy_of(const struct rom_case *c)
{
	const struct oprom *first = NULL;

	for (size_t i = 0; i < c->chain->n && c->chain->images[i].place == OPROM_CHAINED; i++) {
		const struct oprom *o = &c->chain->images[i];

		if (o->code_type != OPROM_PC)
			continue;
		if (c->wish->device_known && o->vendor == c->wish->vendor && o->device == c->wish->device)
			return o;
		if (!first)
			first = o;
	}
	return first;
}

static const struct oprom *first_efi_of(const struct rom_case *c)
{
	for (size_t i = 0; i < c->chain->n; i++)
		if (c->chain->images[i].code_type == OPROM_EFI && rom_ovmf_gets_to(c, &c->chain->images[i]))
			return &c->chain->images[i];
	return NULL;
}

/* Nobody said which firmware: the one that can use what is inside, and both where the ROM has something for both. */
static void firmware_choose(struct rom_case *c)
{
	c->seabios = c->wish->seabios;
	c->ovmf = c->wish->ovmf;
	if (c->seabios || c->ovmf)
		return;
	c->seabios = c->legacy && !(c->wish->machine_known && c->wish->machine == VM_MACHINE_Q35 && c->first_efi);
	c->ovmf = c->first_efi || !c->seabios;
}

void rom_case_make(const struct rom_wish *wish, const char *path, size_t size, const struct oprom_chain *chain,
		   const char *none, const struct rom_payload *payloads, struct rom_case *ret)
{
	struct rom_case c = { .wish = wish,
			      .path = path,
			      .size = size,
			      .chain = chain,
			      .none = none,
			      .payloads = payloads,
			      .seabios = wish->seabios,
			      .ovmf = wish->ovmf };

	if (chain) {
		c.legacy = legacy_of(&c);
		c.first_efi = first_efi_of(&c);
		firmware_choose(&c);
	}
	c.qemu_known = wish->qemu && vm_release_parse(wish->qemu, &c.major, &c.minor);
	if (c.qemu_known)
		c.qemu = qemu_class_of(c.major, c.minor);
	if (wish->device_known)
		c.id = igd_id_find(wish->vendor, wish->device);
	*ret = c;
}

/* EDK II MdeModulePkg/Bus/Pci/PciBusDxe/PciOptionRomSupport.c, ProcessOpRomImage() and LocalLoadFile2(). */
const char *rom_efi_fault(const struct oprom *o)
{
	if (!o->efi.valid)
		return "its header is not that of an EFI image (0x0ef1 at 4)";
	if (o->efi.subsystem != 0xb && o->efi.subsystem != 0xc)
		return "its subsystem is not that of a driver (0xb or 0xc)";
	if (o->efi.compression > 1)
		return "its compression is neither 0 nor 1";
	if (o->init_size > o->blocks * (uint32_t)OPROM_BLOCK)
		return "it is longer by its header than by its PCIR";
	return o->efi.payload.p ? NULL : "its driver begins outside of it";
}

/* ---- running ------------------------------------------------------------------------------------------------ */

size_t rom_checks_table(const struct check **ret, size_t max)
{
	size_t n = 0;

	for (const struct rom_row *r = rom_rows; r->check.id; r++, n++)
		if (n < max)
			ret[n] = &r->check;
	return n;
}

static bool asked(const struct rom_case *c, const struct rom_row *r)
{
	unsigned firmware = r->ask & (ROM_ASK_SEABIOS | ROM_ASK_OVMF);

	return !firmware || (c->seabios && (firmware & ROM_ASK_SEABIOS)) || (c->ovmf && (firmware & ROM_ASK_OVMF));
}

static const struct finding *found(const struct findings *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].check->id, id) == 0)
			return &all->v[i];
	return NULL;
}

static enum verdict row_judge(const struct rom_case *c, const struct rom_row *r, struct findings *all,
			      struct evidence *ev)
{
	const struct finding *after = r->check.after ? found(all, r->check.after) : NULL;

	if (after && (after->verdict == VERDICT_FAIL || after->verdict == VERDICT_NOT_RUN)) {
		evidence_add(ev, NULL, "%s comes first", r->check.after);
		return VERDICT_NOT_RUN;
	}
	if ((r->ask & ROM_ASK_DEVICE) && !c->wish->device_known) {
		if (c->wish->device_why)
			return evidence_unknown(ev, "the GPU's id", c->wish->device_why);
		evidence_add(ev, NULL, "no device is named: --device, --host, --root or --capture does");
		return VERDICT_NOT_RUN;
	}
	return r->test(c, ev);
}

int rom_verify(const struct rom_case *c, struct findings *ret)
{
	struct findings all = { .arena.limit = 8U << 20 };

	all.v = arena_alloc(&all.arena, (rom_checks_table(NULL, 0) + 1) * sizeof(*all.v));
	for (const struct rom_row *r = rom_rows; all.v && r->check.id; r++) {
		struct finding *x = &all.v[all.n];

		if (!asked(c, r))
			continue;
		*x = (struct finding) { .check = &r->check, .evidence = { .arena = &all.arena } };
		x->verdict = row_judge(c, r, &all, &x->evidence);
		all.n++;
	}
	if (!all.v || all.arena.full || findings_close(&all) < 0) {
		findings_done(&all);
		return -IGD_ENOMEM;
	}
	*ret = all;
	return 0;
}
