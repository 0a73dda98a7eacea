// SPDX-License-Identifier: GPL-2.0-or-later
/* brief_make.c - the files and the machine that a rehearsal is about, read and judged. In a child: nothing is freed,
 * and all that fails is told here. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/brief.h"
#include "cli/definition.h"
#include "cli/input.h"
#include "cli/ovmf.h"
#include "cli/rom.h"
#include "facts/host_fw.h"
#include "fw/opregion_make.h"
#include "fw/qcow2.h"
#include "host/host.h"

#define FILE_MOST ((size_t)80 << 20)
#define VARS_MOST ((size_t)16 << 20)
#define VBT_FILES ((size_t)128 << 20)

struct reader {
	const struct brief_wish *w;
	const struct cli *cli;
	struct brief *b;
	struct report rep;
	struct facts *f; /* NULL: no machine was read */
	struct host *h;	 /* its files; NULL: pasted output has none */
	struct definition def;
	struct rom_file rom;
	struct ovmf_image image;
	struct span rom_vbt; /* that GopPolicy in the ROM has */
};

/* ---- the machine -------------------------------------------------------------------------------------------- */

/* Named, or this one where nothing else says which GPU; that one may have none. */
static int machine_read(struct reader *r)
{
	const struct cli *cli = r->cli;
	bool named = cli->root || cli->capture, wanted = cli->vm && definition_is_id(cli->vm);
	struct report rep = { 0 };
	int code;

	if (!named && !wanted && r->w->device_known)
		return 0;
	code = input_machine(cli, &r->f, &r->h, &rep);
	if (code < 0 && cli->capture) {
		rep = (struct report) { 0 };
		r->f = NULL;
		code = input_read(cli, NULL, &r->f, &rep);
	}
	if (code == 0 || named || wanted) {
		r->rep = rep;
		return code;
	}
	r->f = NULL;
	return 0;
}

/* ---- the VM's definition ------------------------------------------------------------------------------------ */

/* A path of the machine, where its files are here. */
static const char *path_here(struct reader *r, const char *path)
{
	bool below = r->cli->root && path[0] == '/' && r->f && r->f->source == SOURCE_ROOT;

	return below ? arena_printf(&r->b->arena, "%s%s", r->cli->root, path) : path;
}

static int definition_take(struct reader *r)
{
	const struct vm *v = &r->def.vm;
	struct brief *b = r->b;
	int code;

	if (!r->cli->vm)
		return 0;
	code = definition_read(r->f, r->cli->vm, &r->def, &r->rep);
	if (code < 0)
		return code;
	report_subject(&r->rep, "%s", "");
	b->vm = r->def.from ? r->def.from : r->cli->vm;
	b->seabios = v->firmware.kind == VM_SEABIOS && !r->cli->ovmf;
	if (v->machine.kind == VM_MACHINE_OTHER && !r->w->machine_known)
		return report_refuse(&r->rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "%s: its machine is %s, and there are pc and q35; --machine names one", b->vm,
				     or_dash(v->machine.raw));
	b->q35 = v->machine.kind == VM_MACHINE_Q35;
	return 0;
}

/* The ROM of its display: of the device that is the host's IGD, else of the first that has one. */
static const char *definition_rom(const struct reader *r)
{
	const struct pci_addr igd = { .dev = 2 };
	const char *first = NULL;

	for (size_t i = 0; r->cli->vm && i < r->def.vm.n_pcis; i++) {
		const struct vm_pci *p = &r->def.vm.pcis[i];
		const char *rom = p->romfile && *p->romfile ? p->romfile : NULL;

		if (rom && p->has_host && p->host.domain == 0 && p->host.bus == 0 && p->host.dev == igd.dev)
			return rom;
		first = first ? first : rom;
	}
	return first;
}

/* ---- what is said of a file --------------------------------------------------------------------------------- */

static void say(struct brief *b, const char **says, const char *text)
{
	for (size_t i = 0; i < BRIEF_SAYS; i++)
		if (!says[i]) {
			says[i] = arena_str(&b->arena, text);
			return;
		}
}

/* What was found wrong, with the first that shows it. */
static void says_take(struct brief *b, const struct findings *all, const char **says)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct finding *x = &all->v[i];

		if (x->verdict != VERDICT_FAIL || x->check->severity < SEV_WARN)
			continue;
		say(b, says,
		    x->evidence.n ? arena_printf(&b->arena, "%s (%s)", x->check->says, x->evidence.items[0].text)
				  : x->check->says);
	}
}

/* ---- the ROM ------------------------------------------------------------------------------------------------ */

static int rom_open(struct reader *r)
{
	const char *named = r->cli->rom, *path = named ? named : definition_rom(r);
	int code;

	if (!path)
		return 0;
	path = named ? named : path_here(r, path);
	code = rom_file_read(path, &r->rom);
	if (code < 0 || r->rom.bytes.n == 0) {
		r->rep = r->rom.rep;
		return code < 0 ? code : report_refuse(&r->rep, IGD_ETRUNC, REPORT_NOWHERE, "is empty");
	}
	r->b->rom = path;
	r->b->rom_bytes = r->rom.bytes;
	return 0;
}

static uint32_t rom_id(const struct reader *r)
{
	const struct oprom *first = r->rom.found ? &r->rom.chain.images[0] : NULL;

	return first ? (uint32_t)first->vendor << 16 | first->device : 0;
}

/* The VBT in the driver of an EFI image, which is decoded again for it. */
static void policy_vbt(struct reader *r, const struct oprom *o)
{
	struct buffer decoded = { NULL, 0 };
	struct igd_driver_mark mark;
	struct span pe;

	if (oprom_driver(o, FILE_MOST, &decoded, &pe, NULL) == 0 && igd_driver_is(pe, &mark) && mark.vbt.n)
		r->rom_vbt = mark.vbt;
}

static void rom_look(struct reader *r)
{
	struct brief *b = r->b;

	for (size_t i = 0; i < r->rom.chain.n; i++) {
		const struct oprom *o = &r->rom.chain.images[i];
		const struct rom_driver *d = &r->rom.drivers[i];
		bool policy = d->ours.name && strcmp(d->ours.name, igd_driver_name(IGD_DRIVER_POLICY)) == 0;

		b->rom_has_vbios |= o->code_type == OPROM_PC;
		b->rom_has_efi |= o->code_type == OPROM_EFI;
		b->rom_has_policy |= policy;
		b->rom_has_assignment |= d->ours.name && !policy;
		if (policy)
			policy_vbt(r, o);
		if (!d->gop)
			continue;
		b->rom_has_gop = 1;
		b->gop_fits = r->rom.payloads[i].gop_fits;
		b->gop = arena_printf(&b->arena, "GOP driver %s in the ROM", d->gop->version);
	}
}

static int rom_judge(struct reader *r)
{
	const char *release = arena_printf(&r->b->arena, "%u.%u", r->w->major, r->w->minor);
	struct rom_wish wish = { .seabios = r->b->seabios,
				 .ovmf = !r->b->seabios,
				 .machine_known = true,
				 .machine = r->b->q35 ? VM_MACHINE_Q35 : VM_MACHINE_PC,
				 .qemu = release,
				 .qemu_from = "--qemu",
				 .device_known = true,
				 .vendor = (uint16_t)(r->b->id >> 16),
				 .device = (uint16_t)r->b->id,
				 .device_from = r->b->device_from };
	struct findings all;
	struct rom_case c;
	int code;

	if (!r->b->rom)
		return 0;
	rom_file_for(&r->rom, wish.vendor, wish.device);
	rom_case_make(&wish, r->rom.name, r->rom.bytes.n, r->rom.found ? &r->rom.chain : NULL,
		      r->rom.rep.refusal.text, r->rom.payloads, &c);
	code = rom_verify(&c, &all);
	if (code < 0)
		return code;
	says_take(r->b, &all, r->b->rom_says);
	if (r->rom.found)
		rom_look(r);
	return 0;
}

/* ---- OVMF --------------------------------------------------------------------------------------------------- */

/* The packages' images without SMM; Debian and Ubuntu, Fedora, Arch, openSUSE, Proxmox. */
static const char *const stock[] = {
	"/usr/share/OVMF/OVMF_CODE_4M.fd",
	"/usr/share/OVMF/OVMF_CODE.fd",
	"/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2",
	"/usr/share/edk2/ovmf/OVMF_CODE.fd",
	"/usr/share/edk2/x64/OVMF_CODE.4m.fd",
	"/usr/share/edk2-ovmf/x64/OVMF_CODE.fd",
	"/usr/share/qemu/ovmf-x86_64-4m-code.bin",
	"/usr/share/qemu/ovmf-x86_64-code.bin",
	"/usr/share/pve-edk2-firmware/OVMF_CODE_4M.fd",
};

static const char *ovmf_path(struct reader *r)
{
	const char *code = r->cli->vm ? r->def.vm.firmware.code : NULL;

	if (r->cli->ovmf)
		return r->cli->ovmf;
	if (code && *code == '/')
		return path_here(r, code);
	for (size_t i = 0; i < ARRAY_SIZE(stock); i++)
		if (access(stock[i], R_OK) == 0) {
			r->b->ovmf_why = r->cli->vm ? "the definition leaves the choice to its host"
						    : "the first of the packages' images that is there";
			return stock[i];
		}
	return NULL;
}

/* Together with the code they are 2, 4 or 8 MiB of flash (the .fdf files of OvmfPkg). */
static bool vars_fit(const struct reader *r, struct span vars)
{
	size_t all = vars.n + r->image.raw.n;

	return vars.n && all >= (size_t)1 << 20 && (all & (all - 1)) == 0;
}

static int vars_read(struct reader *r, const char *path, struct report *rep)
{
	struct buffer disk = { NULL, 0 };
	struct span file;
	int code = input_bytes(path, VARS_MOST, &r->b->arena, &file, rep);

	if (code == 0 && qcow2_is(file)) {
		code = qcow2_read(file, &disk, rep);
		file = buffer_span(&disk);
	}
	if (code < 0)
		return code;
	r->b->vars = path;
	r->b->vars_bytes = file;
	return 0;
}

/* What the packages have for the image that it was made from; else whatever of theirs has the right size. */
static bool vars_stock(struct reader *r)
{
	struct arena *a = &r->b->arena;
	const char *from = r->image.recorded ? r->image.record.stock_name : "";

	for (size_t i = 0; ovmf_folders[i] && *from; i++) {
		const char *vars =
			ovmf_vars_name(arena_printf(a, "%s/%s", ovmf_folders[i], from), &r->image.ovmf.traits, a);

		if (vars && access(vars, R_OK) == 0 && vars_read(r, vars, NULL) == 0 && vars_fit(r, r->b->vars_bytes))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(stock); i++) {
		const char *vars = ovmf_vars_name(stock[i], &r->image.ovmf.traits, a);

		if (vars && access(vars, R_OK) == 0 && vars_read(r, vars, NULL) == 0 && vars_fit(r, r->b->vars_bytes))
			return true;
	}
	return false;
}

static int vars_take(struct reader *r)
{
	const struct ovmf_traits *t = &r->image.ovmf.traits;
	const char *beside;

	if (r->cli->ovmf_vars && t->vars)
		return report_refuse(&r->rep, IGD_EUSAGE, REPORT_NOWHERE,
				     "%s has its variables in it; leave --ovmf-vars out", r->b->ovmf);
	if (t->vars || (!t->pflash && !r->cli->ovmf_vars))
		return 0;
	report_subject(&r->rep, "%s", r->cli->ovmf_vars ? r->cli->ovmf_vars : r->b->ovmf);
	if (r->cli->ovmf_vars)
		return vars_read(r, r->cli->ovmf_vars, &r->rep);
	beside = ovmf_vars_name(r->b->ovmf, t, &r->b->arena);
	if (beside && access(beside, R_OK) == 0 && vars_read(r, beside, NULL) == 0)
		return 0;
	if (vars_stock(r))
		return 0;
	r->b->vars = NULL;
	r->b->vars_bytes = (struct span) { NULL, 0 };
	return report_refuse(&r->rep, IGD_ENOENT, REPORT_NOWHERE,
			     "no file of variables that fits it is found; --ovmf-vars names one, as OVMF_VARS_4M.fd "
			     "of the same package");
}

static int ovmf_open(struct reader *r)
{
	const char *path = ovmf_path(r);
	int code;

	if (!path)
		return report_refuse(&r->rep, IGD_ENOENT, REPORT_NOWHERE,
				     "no OVMF is installed where packages put it; install it (Debian: ovmf) or name "
				     "one with --ovmf");
	r->b->ovmf = path;
	code = ovmf_image_read(path, &r->image);
	if (code == 0 && !r->image.found)
		code = r->image.rep.code;
	r->rep = r->image.rep;
	if (code < 0)
		return code;
	r->rep = (struct report) { 0 };
	r->b->code = r->image.raw;
	r->b->smm = r->image.ovmf.traits.smm;
	code = vars_take(r);
	report_subject(&r->rep, "%s", "");
	return code;
}

static void ovmf_look(struct reader *r)
{
	struct brief *b = r->b;

	for (size_t k = 0; k < r->image.ovmf.n_files; k++) {
		const struct ovmf_seen *s = &r->image.seen[k];

		b->ovmf_has_policy |= s->ours && s->mark.driver == IGD_DRIVER_POLICY;
		b->ovmf_has_assignment |= s->ours && s->mark.driver == IGD_DRIVER_ASSIGNMENT;
		if (!s->gop)
			continue;
		b->ovmf_has_gop = 1;
		if (b->rom_has_gop)
			continue; /* that is what the step speaks of */
		b->gop = arena_printf(&b->arena, "GOP driver %s in OVMF", s->gop->version);
		b->gop_fits = !s->gop->n_devices ? TRI_UNKNOWN
			      : s->gop->vendor == (uint16_t)(b->id >> 16) && gop_is_for(s->gop, (uint16_t)b->id)
				      ? TRI_YES
				      : TRI_NO;
	}
}

static int ovmf_judge(struct reader *r)
{
	struct ovmf_wish wish = { .device_known = true,
				  .vendor = (uint16_t)(r->b->id >> 16),
				  .device = (uint16_t)r->b->id,
				  .device_from = r->b->device_from,
				  .version = IGDCTL_VERSION };
	struct ovmf_stock stock_image = { .why = "it is not asked about here; igdctl ovmf verify does" };
	struct ovmf_faults faults;
	struct findings all;
	struct ovmf_case c;
	int code;

	if (r->b->seabios)
		return 0;
	ovmf_sums(&r->image.ovmf, &faults);
	ovmf_case_make(&wish, r->image.name, &r->image.ovmf, NULL, r->image.seen, &faults, &stock_image, &c);
	code = ovmf_verify(&c, &all);
	if (code < 0)
		return code;
	says_take(r->b, &all, r->b->ovmf_says);
	ovmf_look(r);
	return 0;
}

/* ---- the VBT ------------------------------------------------------------------------------------------------ */

/* One that cannot be read goes to the guest as far as it is there, which is what is tried. */
static void vbt_broken(struct reader *r, struct span file, const struct report *rep)
{
	struct span s;

	if (!span_from(file, text_find(file, "$VBT") < file.n ? text_find(file, "$VBT") : 0, &s))
		return;
	if (s.n > OPREGION_VBT_MOST)
		s.n = OPREGION_VBT_MOST;
	r->b->vbt_bytes = s;
	say(r->b, r->b->vbt_says, rep->refusal.text);
}

static void vbt_take(struct reader *r, const char *from, struct span file)
{
	struct report rep = { 0 };
	enum vbt_place place;
	struct vbt_info info;
	size_t at;

	r->b->vbt = from;
	if (vbt_find(file, &info, &at, &place, &rep) == 0)
		r->b->vbt_bytes = info.bytes;
	else
		vbt_broken(r, file, &rep);
}

/* What the running machine has of its own, without doing more to it than reading. */
static void vbt_of_host(struct reader *r)
{
	struct host_fw_options o = { .no_vfio = "reading alone is done here",
				     .no_rom = "reading alone is done here" };
	struct host_fw *fw = arena_new(&r->b->arena, struct host_fw);
	struct report rep = { 0 };

	o.want[HOST_FW_VBT] = true;
	if (!fw || !r->h || r->w->device_known || host_fw_read(r->f, r->h, &o, fw, &rep) < 0)
		return;
	for (size_t i = 0; i < fw->n && !r->b->vbt; i++)
		for (size_t k = 0; k < fw->v[i].n_pieces && !r->b->vbt; k++)
			if (fw->v[i].gpu && r->f->igd.pci >= 0 && fw->v[i].gpu == &r->f->pci[r->f->igd.pci])
				vbt_take(r, arena_printf(&r->b->arena, "%s by %s", r->f->input, fw->v[i].source),
					 fw->v[i].pieces[k].bytes);
}

static int vbt_get(struct reader *r)
{
	struct span file;
	int code = 0;

	if (r->cli->vbt_file) {
		report_subject(&r->rep, "%s", r->cli->vbt_file);
		code = input_bytes(r->cli->vbt_file, VBT_FILES, &r->b->arena, &file, &r->rep);
		if (code == 0 && file.n == 0)
			code = report_refuse(&r->rep, IGD_ETRUNC, REPORT_NOWHERE, "is empty");
		if (code == 0)
			vbt_take(r, r->cli->vbt_file, file);
		return code;
	}
	if (r->rom_vbt.n)
		vbt_take(r, "GopPolicy in the ROM", r->rom_vbt);
	for (size_t k = 0; !r->b->seabios && k < r->image.ovmf.n_files && !r->b->vbt; k++)
		if (r->image.seen[k].ours && r->image.seen[k].mark.vbt.n)
			vbt_take(r, "GopPolicy in OVMF", r->image.seen[k].mark.vbt);
	if (!r->b->vbt && r->f)
		vbt_of_host(r);
	return 0;
}

static int opregion_get(struct reader *r)
{
	struct buffer made = { NULL, 0 };
	int code = opregion_make_with(r->b->vbt_bytes, &made, &r->rep);

	r->b->opregion = buffer_span(&made);
	return code;
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void board_choose(struct reader *r)
{
	if (r->cli->seabios)
		r->b->seabios = 1;
	if (r->w->machine_known)
		r->b->q35 = r->w->q35;
	else if (!r->cli->vm)
		r->b->q35 = !r->b->seabios;
}

/* OVMF with SMM. */
static int board_check(struct reader *r)
{
	if (!r->b->smm || r->b->q35)
		return 0;
	return report_refuse(&r->rep, IGD_EUSAGE, REPORT_NOWHERE,
			     "%s: a build with SMM, which boots on q35 and nowhere else, and %s says pc", r->b->ovmf,
			     r->w->machine_known ? "--machine" : r->b->vm);
}

static int refused(struct reader *r, int code, int status)
{
	return brief_fails(r->cli, &r->rep, code, status);
}

int brief_make(const struct brief_wish *w, struct brief *b)
{
	struct reader r = { .w = w, .cli = w->cli, .b = b };
	int code = machine_read(&r);

	if (code == 0)
		code = definition_take(&r);
	board_choose(&r);
	if (code == 0)
		code = rom_open(&r);
	if (code == 0 && !b->seabios)
		code = ovmf_open(&r);
	if (code < 0)
		return refused(&r, code, EXIT_DONE);
	code = brief_device(w, r.f, rom_id(&r), b, &r.rep);
	if (code == 0)
		code = board_check(&r);
	if (code < 0)
		return refused(&r, code, EXIT_REFUSED);
	code = rom_judge(&r);
	if (code == 0)
		code = ovmf_judge(&r);
	if (code == 0)
		code = vbt_get(&r);
	if (code == 0)
		code = opregion_get(&r);
	if (code < 0 || b->arena.full)
		return refused(&r, code < 0 ? code : -IGD_ENOMEM, EXIT_DONE);
	report_notes(r.cli, &r.rep);
	return EXIT_DONE;
}
