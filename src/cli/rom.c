// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/rom.h"

#include <string.h>

#include "check/vm_check.h"
#include "cli/input.h"
#include "fw/igd_driver.h"
#include "plan/plan.h"

#define FILE_MAX    ((size_t)64 << 20)
#define DRIVERS_MAX ((size_t)16 << 20) /* decoded, of all images together; a GOP driver has 160 KiB */

static void gop_look(struct rom_file *r, struct span pe, struct rom_driver *d)
{
	struct gop gop, *kept;
	bool te;

	if (!gop_read(pe, &gop, &te))
		return;
	kept = arena_new(&r->arena, struct gop);
	if (kept)
		*kept = gop;
	d->gop = kept;
}

static void ours_look(struct span pe, struct rom_driver *d)
{
	struct igd_driver_mark mark;
	struct vbt_info vbt;

	if (!igd_driver_is(pe, &mark))
		return;
	d->ours.name = igd_driver_name(mark.driver);
	memcpy(d->ours.version, mark.version, sizeof(d->ours.version));
	if (!mark.vbt.p || vbt_read(mark.vbt, &vbt, NULL) < 0)
		return;
	d->ours.vbt_size = vbt.size;
	memcpy(d->ours.vbt_name, vbt.name, sizeof(d->ours.vbt_name));
}

/* The PE in the decoded bytes of an image: what it is, or why no loader takes it. */
static void driver_look(struct rom_file *r, size_t i, struct span driver)
{
	struct rom_payload *p = &r->payloads[i];
	struct rom_driver *d = &r->drivers[i];
	struct report rep = { 0 };
	struct span pe;

	d->size = driver.n;
	if (pe_read(driver, &p->pe, &rep) < 0) {
		p->fault = arena_str(&r->arena, rep.refusal.text);
		return;
	}
	if (p->pe.te)
		p->fault = "a TE image, which is not loaded from option ROMs";
	else if (p->pe.partial)
		p->fault = "a PE image whose sections reach past its end";
	d->pe_size = p->pe.file_size;
	if (!span_cut(driver, 0, d->pe_size, &pe))
		return;
	plan_sha256(pe, d->sha256);
	gop_look(r, pe, d);
	ours_look(pe, d);
	p->gop = d->gop ? TRI_YES : TRI_NO;
}

static void payload_look(struct rom_file *r, size_t i, size_t *room)
{
	_cleanup_(buffer_done) struct buffer decoded = { 0 };
	const struct oprom *o = &r->chain.images[i];
	struct rom_payload *p = &r->payloads[i];
	struct report rep = { 0 };
	struct span driver;

	if (!o->efi.valid || o->partial)
		return;
	p->looked = true;
	if (oprom_driver(o, *room, &decoded, &driver, &rep) < 0)
		p->fault = arena_str(&r->arena, rep.refusal.text);
	else
		driver_look(r, i, driver);
	*room -= decoded.n;
}

static void look(struct rom_file *f)
{
	size_t room = DRIVERS_MAX;

	f->found = oprom_chain_read(f->bytes, &f->chain, &f->rep) == 0;
	for (size_t i = 0; f->found && i < f->chain.n; i++)
		payload_look(f, i, &room);
}

int rom_file_read(const char *name, struct rom_file *ret)
{
	int r;

	*ret = (struct rom_file) { .name = name };
	report_subject(&ret->rep, "%s", name);
	r = input_bytes(name, FILE_MAX, &ret->arena, &ret->bytes, &ret->rep);
	if (r < 0)
		return r;
	look(ret);
	return 0;
}

void rom_file_look(const char *name, struct span bytes, struct rom_file *ret)
{
	*ret = (struct rom_file) { .name = name, .bytes = bytes };
	report_subject(&ret->rep, "%s", name);
	look(ret);
}

void rom_file_for(struct rom_file *r, uint16_t vendor, uint16_t device)
{
	for (size_t i = 0; r->found && i < r->chain.n; i++) {
		const struct gop *gop = r->drivers[i].gop;

		if (gop && gop->vendor != vendor)
			r->payloads[i].gop_fits = TRI_NO;
		else if (gop && gop->n_devices)
			r->payloads[i].gop_fits = gop_is_for(gop, device) ? TRI_YES : TRI_NO;
	}
}

void rom_file_done(struct rom_file *r)
{
	arena_done(&r->arena);
}

static int machine_read(const struct cli *cli, const char *command, struct rom_wish *w)
{
	w->machine_known = cli->machine != NULL;
	if (!cli->machine || strcmp(cli->machine, "pc") == 0)
		w->machine = VM_MACHINE_PC;
	else if (strcmp(cli->machine, "q35") == 0)
		w->machine = VM_MACHINE_Q35;
	else
		return usage_error(command, "no machine \"%.20s\"; there are pc and q35", cli->machine);
	return EXIT_DONE;
}

int rom_wish_read(const struct cli *cli, const char *command, struct rom_wish *ret)
{
	const char *firmware = cli->guest_firmware;

	if (cli->qemu && !vm_release_parse(cli->qemu, &(unsigned) { 0 }, &(unsigned) { 0 }))
		return usage_error(command, "\"%.20s\" is no release of QEMU; they look like 9.2 or 10.1.2",
				   cli->qemu);
	ret->qemu = cli->qemu;
	ret->qemu_from = "--qemu";
	if (machine_read(cli, command, ret) != EXIT_DONE)
		return EXIT_USAGE;
	ret->seabios = firmware && strcmp(firmware, "seabios") == 0;
	ret->ovmf = firmware && strcmp(firmware, "ovmf") == 0;
	if (firmware && !ret->seabios && !ret->ovmf)
		return usage_error(command, "no guest firmware \"%.20s\"; there are seabios and ovmf", firmware);
	return EXIT_DONE;
}
