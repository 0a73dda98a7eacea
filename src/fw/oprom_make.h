/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oprom_make.h - the other direction of oprom.h: drivers and a VBIOS into one PCI expansion ROM.
 *
 * An EFI image is laid out as EDK II's EfiRom does it (BaseTools/Source/C/EfiRom/EfiRom.c, ProcessEfiFile()): header,
 * PCIR of revision 3 at 1Ch, then a compressed driver at 38h and FF behind it up to a block of 512 bytes, or FF first
 * and a plain driver at the end. The bytes are EfiRom's, but for these:
 *
 *  - only the PE is taken: EfiRom takes the file, with what lies behind the last section;
 *  - the compressed driver is another stream for the same bytes (tiano_encode.h), and where an image does not get
 *    smaller by it the driver is stored plain; EfiRom then gives up;
 *  - class code and revision have to be said, as EfiRom's -l and -r do; without them it leaves 0;
 *  - behind the last image comes FF up to .least, because EDK II does not look at a ROM BAR of 2 KiB
 *    (MdeModulePkg/Bus/Pci/PciBusDxe/PciOptionRomSupport.c, GetOpRomInfo());
 *  - of a legacy image ids, last flag, byte sum and what a VBIOS remembers are put right in place; EfiRom lets ids be
 *    and writes the sum over its last byte.
 *
 * There is no list of further devices: nobody who loads EFI images compares ids (PciOptionRomSupport.c,
 * ProcessOpRomImage()).
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "fw/oprom.h"

#define OPROM_LEAST 4096	       /* bytes of a whole ROM */
#define OPROM_MOST  ((size_t)16 << 20) /* PCI Local Bus Specification 3.0, 6.2.5.2 */

struct oprom_part {
	/* OPROM_PC: .bytes begin with a whole legacy image; OPROM_EFI: with a PE, taken up to its file size */
	enum oprom_code code;
	struct span bytes;
	bool compress; /* an EFI part: by UEFI's own algorithm, where the image gets smaller by it */
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
 * (oprom_fix.h says how). -IGD_EUSAGE (no part, or one of another code; ids of another vendor than a VBIOS),
 * -IGD_EMAGIC (a part that is no PE, a TE image, or no legacy image; a PE of a subsystem that no loader of option
 * ROMs takes), -IGD_ETRUNC (a PE or legacy image cut short), -IGD_ELENGTH (a legacy image without a length),
 * -IGD_ELIMIT (an image that its length field cannot hold: 65,535 blocks; more than OPROM_MOST in all; more than
 * OPROM_IMAGES_MAX parts), -IGD_ENOMEM. The same plan gives the same bytes.
 */
int oprom_make(const struct oprom_plan *plan, struct buffer *ret, struct report *rep) _must_check_;
