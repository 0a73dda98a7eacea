// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_fw_rom.c - video BIOSes: AMD's table in ACPI, the file rom of sysfs, and what to think of one.
 *
 * An integrated GPU has no ROM of its own. What Linux shows as that of the boot display is memory at C0000h, where a
 * legacy BIOS or a CSM puts the video BIOS before it runs it; from then on it is a program that changed its own
 * bytes. After a UEFI boot without CSM something else lies there, or nothing.
 */
#include <string.h>

#include "base/error.h"
#include "facts/host_fw_ask.h"
#include "fw/oprom.h"
#include "fw/vfct.h"

#define VFCT_PATH	    "sys/firmware/acpi/tables/VFCT"
#define RESOURCE_ROM	    6		       /* of struct pci_fn.bars */
#define RESOURCE_ROM_SHADOW (UINT64_C(1) << 1) /* Linux include/linux/ioport.h, IORESOURCE_ROM_SHADOW */

/* ---- what to think of one ----------------------------------------------------------------------------------- */

struct judged {
	struct span bytes; /* the images, one behind another, and no more */
	struct oprom pc, efi;
	bool has_pc, has_efi, for_vendor, for_device, sum_ok;
};

static void image_judge(const struct oprom *o, const struct pci_fn *gpu, struct judged *j)
{
	j->for_vendor |= o->vendor == pci_fn_vendor(gpu);
	j->for_device |= oprom_is_for(o, pci_fn_vendor(gpu), pci_fn_device(gpu));
	if (o->code_type == OPROM_PC && !j->has_pc) {
		j->pc = *o;
		j->has_pc = true;
		j->sum_ok = o->sum != OPROM_SUM_BAD;
	} else if (o->code_type == OPROM_EFI && !j->has_efi) {
		j->efi = *o;
		j->has_efi = true;
	}
}

/* 0 when there is one image at least, and all that firmware would see is whole. */
static int judge(struct span rom, const struct pci_fn *gpu, struct judged *ret, struct report *rep)
{
	struct judged j = { .sum_ok = true };
	struct oprom_chain chain;
	size_t end = 0;
	int r = oprom_chain_read(rom, &chain, rep);

	if (r < 0)
		return r;
	for (size_t i = 0; i < chain.n; i++) {
		const struct oprom *o = &chain.images[i];

		if (o->place != OPROM_CHAINED)
			continue;
		if (o->partial)
			return report_refuse(rep, IGD_ELENGTH, o->at,
					     "an image is longer than what there is of the ROM");
		image_judge(o, gpu, &j);
		end = o->at + o->bytes.n;
	}
	if (!span_cut(rom, chain.images[0].at, end - chain.images[0].at, &j.bytes))
		return report_refuse(rep, IGD_ELENGTH, 0, "images longer than the ROM");
	*ret = j;
	return 0;
}

/* "; it names 8086:0406 and not this GPU, ...", or "". */
static const char *ids_say(struct ask *q, const struct judged *j)
{
	const struct oprom *o = j->has_pc ? &j->pc : &j->efi;

	if (j->for_device)
		return "";
	return arena_printf(&q->to->arena,
			    "; it names %04x:%04x and not this GPU, which SeaBIOS insists on: igdctl rom fix",
			    o->vendor, o->device);
}

void ask_gives_rom(struct ask *q, struct host_fw_source *s, struct span rom, const char *of)
{
	struct report why = { 0 };
	struct judged j = { 0 };

	if (rom.n == 0) {
		ask_says(q, s, HOST_FW_ABSENT, "%s: it is empty here", of);
	} else if (judge(rom, q->gpu, &j, &why) < 0) {
		ask_says(q, s, HOST_FW_REFUSED, "%s: %s", of, why.refusal.text);
	} else if (!j.for_vendor) {
		ask_says(q, s, HOST_FW_REFUSED, "%s: the ROM of another maker's device, %04x:%04x", of,
			 j.has_pc ? j.pc.vendor : j.efi.vendor, j.has_pc ? j.pc.device : j.efi.device);
	} else {
		ask_gives(q, s, HOST_FW_VBIOS, j.bytes);
		ask_says(q, s, HOST_FW_OK, "%s: %zu bytes, %s%s%s%s", of, j.bytes.n,
			 j.has_pc ? "a legacy VBIOS" : "no legacy VBIOS", j.has_efi ? " and a UEFI driver" : "",
			 j.sum_ok ? "" : ", checksum wrong, as of one that has run", ids_say(q, &j));
	}
}

/* ---- VFCT --------------------------------------------------------------------------------------------------- */

struct found {
	struct vfct_image image;
	size_t n_same; /* images with this GPU's ids */
	bool at;       /* one of them stands where the GPU does */
};

static int images_look(const struct vfct *v, const struct pci_fn *gpu, struct found *f, struct report *rep)
{
	struct vfct_image i;
	size_t at = 0, n = 0;
	int r;

	while ((r = vfct_next(v, &at, &n, &i, rep)) == 1) {
		if (i.vendor != pci_fn_vendor(gpu) || i.device != pci_fn_device(gpu) || i.rom.n == 0)
			continue;
		f->n_same++;
		if (!f->at)
			f->image = i;
		f->at |= vfct_is_at(&i, gpu->addr);
	}
	return r;
}

/* More of the same GPU in the machine: then only the place tells whose image it is. */
static bool is_single(const struct facts *f, const struct pci_fn *gpu)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_pci; i++)
		n += f->pci[i].id.known && f->pci[i].id.v == gpu->id.v;
	return n == 1;
}

static void vfct_says(struct ask *q, struct host_fw_source *s, const struct vfct *v)
{
	struct report why = { 0 };
	struct found f = { 0 };
	int r = images_look(v, q->gpu, &f, &why);

	if (f.at || (f.n_same == 1 && is_single(q->f, q->gpu)))
		ask_gives_rom(q, s, f.image.rom,
			      f.at ? "the firmware's copy"
				   : "the firmware's copy, from when the GPU had another bus number");
	else if (f.n_same)
		ask_says(q, s, HOST_FW_REFUSED, "/" VFCT_PATH ": %zu images for %04x:%04x, none at %s", f.n_same,
			 pci_fn_vendor(q->gpu), pci_fn_device(q->gpu), q->addr);
	else if (r < 0)
		ask_says(q, s, HOST_FW_REFUSED, "/" VFCT_PATH ": %s", why.refusal.text);
	else
		ask_says(q, s, HOST_FW_ABSENT, "/" VFCT_PATH ": no image for %04x:%04x", pci_fn_vendor(q->gpu),
			 pci_fn_device(q->gpu));
}

void ask_vfct(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_VBIOS };
	struct host_fw_source *s = ask_row(q, "vfct", kinds, ARRAY_SIZE(kinds));
	struct report why = { 0 };
	struct span table;
	struct vfct v;
	int r;

	if (!s || !ask_wants(q, s))
		return;
	r = host_read(q->h, VFCT_PATH, HOST_FILE_MAX, &q->to->arena, &table);
	if (r < 0)
		ask_unread(q, s, r, VFCT_PATH);
	else if (table.n == 0)
		ask_says(q, s, HOST_FW_ABSENT, "/" VFCT_PATH ": empty here; a capture holds its name alone");
	else if (vfct_read(table, &v, &why) < 0)
		ask_says(q, s, HOST_FW_REFUSED, "/" VFCT_PATH ": %s", why.refusal.text);
	else
		vfct_says(q, s, &v);
}

/* ---- sysfs -------------------------------------------------------------------------------------------------- */

static bool is_shadow(const struct pci_fn *p)
{
	return p->n_bars.known && p->bars[RESOURCE_ROM].flags & RESOURCE_ROM_SHADOW;
}

/* Why the file is not touched, or NULL. A ROM may share its address decoder with what the driver uses (Linux
 * drivers/pci/rom.c, pci_enable_rom()); the copy in memory has none. */
static const char *rom_not(struct ask *q)
{
	const char *driver = q->gpu->driver.v;

	if (!host_is_live(q->h))
		return NULL;
	if (!is_shadow(q->gpu) && driver && *driver && strcmp(driver, "vfio-pci") != 0)
		return arena_printf(&q->to->arena, "reading a ROM can disturb the card while %s works with it",
				    driver);
	return q->o->rom ? NULL : q->o->no_rom;
}

/* What was read, and what was done to read it. */
static const char *rom_words(struct ask *q)
{
	return arena_printf(&q->to->arena, "%s%s", is_shadow(q->gpu) ? "the copy at C0000h" : "the card's ROM",
			    host_is_live(q->h) ? " (rom was switched on for it and off again)" : "");
}

static void rom_failed(struct ask *q, struct host_fw_source *s, int r, const char *path)
{
	if (r == -IGD_ENOENT && host_is_live(q->h))
		ask_says(q, s, HOST_FW_ABSENT,
			 "the GPU has no ROM, and the kernel shows the copy at C0000h for the boot display alone");
	else if (r == -IGD_EIO && host_is_live(q->h))
		ask_says(q, s, HOST_FW_ABSENT, "the kernel finds no ROM%s",
			 is_shadow(q->gpu) ? " at C0000h: booted by UEFI without CSM there is no VBIOS in memory"
					   : "");
	else
		ask_unread(q, s, r, path);
}

void ask_rom(struct ask *q)
{
	static const enum host_fw_kind kinds[] = { HOST_FW_VBIOS };
	struct host_fw_source *s = ask_row(q, "rom", kinds, ARRAY_SIZE(kinds));
	const char *path, *not ;
	struct span rom;
	int r;

	if (!s || !ask_wants(q, s))
		return;
	path = arena_printf(&q->to->arena, "sys/bus/pci/devices/%s/rom", q->addr);
	if (host_has(q->h, path) == 0) {
		rom_failed(q, s, -IGD_ENOENT, path);
		return;
	}
	not = rom_not(q);
	if (not ) {
		ask_says(q, s, HOST_FW_NOT_TRIED, "%s", not );
		return;
	}
	r = rom_switch_read(q->h, path, host_is_live(q->h) ? q->o->rom : NULL, &q->to->arena, &rom);
	if (r < 0)
		rom_failed(q, s, r, path);
	else
		ask_gives_rom(q, s, rom, rom_words(q));
}
