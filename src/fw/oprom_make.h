/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oprom_make.h - the other direction of oprom.h: drivers and a VBIOS into one PCI expansion ROM.
 *
 * An EFI image is laid out as EDK II's EfiRom does it (BaseTools/Source/C/EfiRom/EfiRom.c), byte for byte where the
 * fields are the same: header, PCIR of revision 3 at 1Ch, the driver at 38h, FF up to a block of 512 bytes. Lengths
 * and last flags are those of the chain; behind it FF up to .least, because EDK II does not look at a ROM BAR of 2
 * KiB (MdeModulePkg/Bus/Pci/PciBusDxe/PciOptionRomSupport.c, GetOpRomInfo()).
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "fw/oprom.h"

#define OPROM_LEAST 4096 /* bytes of a whole ROM */

struct oprom_part {
	enum oprom_code
		code; /* OPROM_PC: .bytes are a whole legacy image; OPROM_EFI: a PE, taken up to its file size */
	struct span bytes;
	bool compress; /* an EFI part: by UEFI's own algorithm, where that is smaller */
};

struct oprom_plan {
	uint16_t vendor, device;	/* of every image */
	uint32_t class_code;		/* 0x030000 */
	uint16_t revision;		/* of the code in EFI images */
	const struct oprom_part *parts; /* in the order of the chain */
	size_t n;
	size_t least; /* bytes of the whole, filled up with FF; 0: OPROM_LEAST */
};

/*
 * Build the ROM: 0 and @ret, the caller's to free. A legacy part gets the ids, its last flag and its byte sum anew
 * (oprom_fix.h says how). -IGD_EUSAGE (no part), -IGD_EMAGIC (a part that is no PE, a TE image, or no legacy image;
 * a PE of a subsystem that no loader of option ROMs takes), -IGD_ETRUNC (a PE or legacy image cut short),
 * -IGD_ELIMIT (an image that its length field cannot hold: 65,535 blocks; more than 16 MiB in all), -IGD_ENOMEM.
 */
int oprom_make(const struct oprom_plan *plan, struct buffer *ret, struct report *rep) _must_check_;
