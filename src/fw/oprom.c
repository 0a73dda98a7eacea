// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/oprom.h"

#include "base/error.h"

#define BLOCK 512

/* UEFI Specification 2.10, 14.4.2: "0x0EF1" at 4, subsystem, machine, compression. */
static void efi_read(struct span rom, struct oprom *img)
{
	uint32_t signature;
	uint16_t compression = 0;

	if (img->code_type != OPROM_EFI || !span_le32(rom, 0x04, &signature) || signature != 0x0ef1)
		return;
	if (!span_le16(rom, 0x08, &img->efi_subsystem) || !span_le16(rom, 0x0a, &img->efi_machine) ||
	    !span_le16(rom, 0x0c, &compression))
		return;
	img->compressed = compression == 1;
}

/* PCIR of revision 3 points to further device ids, from its own start (PCI Firmware Specification 3.0, 5.1.2). */
static void devices_read(struct span rom, uint16_t pcir, struct oprom *img)
{
	uint16_t at;
	uint8_t revision;

	if (span_u8(rom, (size_t)pcir + 0x0c, &revision) && revision >= 3 &&
	    span_le16(rom, (size_t)pcir + 0x08, &at) && at != 0)
		(void)span_from(img->bytes, (size_t)pcir + at, &img->devices);
}

int oprom_read(struct span rom, struct oprom *ret, struct report *rep)
{
	struct oprom img = { 0 };
	uint16_t magic, at, blocks;
	uint8_t last, low;
	struct span pcir;

	if (!span_le16(rom, 0x00, &magic) || !span_le16(rom, 0x18, &at))
		return report_refuse(rep, IGD_ETRUNC, rom.n, "ends inside the header of an option ROM");
	if (magic != 0xaa55)
		return report_refuse(rep, IGD_EMAGIC, 0x00, "0x%04x is not the signature of an option ROM", magic);
	if (!span_cut(rom, at, 0x18, &pcir) || !span_is(pcir, 0x00, "PCIR"))
		return report_refuse(rep, IGD_EMAGIC, 0x18, "no PCIR where the header points (0x%x)", at);
	if (at % 4 != 0) /* SeaBIOS optionroms.c warns and goes on */
		report_note(rep, at, "PCIR is not aligned to 4 bytes");
	if (!span_le16(pcir, 0x04, &img.vendor) || !span_le16(pcir, 0x06, &img.device) ||
	    !span_u8(pcir, 0x0d, &low) || !span_le16(pcir, 0x0e, &magic) || !span_le16(pcir, 0x10, &blocks) ||
	    !span_u8(pcir, 0x14, &img.code_type) || !span_u8(pcir, 0x15, &last))
		return report_refuse(rep, IGD_ETRUNC, at, "PCIR is cut short");
	if (blocks == 0 || !span_cut(rom, 0, blocks * (size_t)BLOCK, &img.bytes))
		return report_refuse(rep, IGD_ELENGTH, at + 0x10U, "%u blocks of 512 bytes do not fit into %zu bytes",
				     blocks, rom.n);
	img.class_code = (uint32_t)magic << 8 | low;
	img.last = last & 0x80;
	efi_read(rom, &img);
	devices_read(rom, at, &img);
	*ret = img;
	return 0;
}

int oprom_next(struct span *rest, size_t *n, struct oprom *ret, struct report *rep)
{
	uint16_t magic;
	int r;

	if (*n == OPROM_IMAGES_MAX || (*n && (!span_le16(*rest, 0, &magic) || magic != 0xaa55)))
		return 0;
	r = oprom_read(*rest, ret, rep);
	if (r < 0)
		return r;
	if (ret->last || !span_from(*rest, ret->bytes.n, rest))
		rest->n = 0;
	++*n;
	return 1;
}

bool oprom_is_for(const struct oprom *o, uint16_t vendor, uint16_t device)
{
	uint16_t id;

	if (o->vendor != vendor)
		return false;
	for (size_t at = 0; span_le16(o->devices, at, &id) && id != 0 && at < 512; at += 2)
		if (id == device)
			return true;
	return o->device == device;
}
