/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oprom.h - the images in a PCI expansion ROM (PCI Firmware Specification 3.0, chapter 5; UEFI Specification 2.10,
 * 14.4.2 for the EFI header).
 */
#pragma once

#include "base/report.h"
#include "base/span.h"

#define OPROM_IMAGES_MAX 16

enum oprom_code { OPROM_PC = 0, OPROM_OPEN_FIRMWARE = 1, OPROM_HP = 2, OPROM_EFI = 3 };

struct oprom {
	struct span bytes; /* exactly the declared image; borrows from the ROM */
	uint16_t vendor, device;
	uint32_t class_code;
	uint8_t code_type;	/* enum oprom_code; 0xff is used by some vendors for data */
	bool last;		/* the image says that none follows */
	uint16_t efi_machine;	/* of an EFI image: PE machine, 0x8664; 0: the header is not that of an EFI image */
	uint16_t efi_subsystem; /* 0xb: boot service driver */
	bool compressed;
	struct span devices; /* further device ids, 16 bits each, ending with 0; may be empty */
};

/*
 * Read the image at the front of @rom. Returns 0, or -IGD_ETRUNC, -IGD_EMAGIC, -IGD_ELENGTH and leaves @ret alone.
 */
int oprom_read(struct span rom, struct oprom *ret, struct report *rep) _must_check_;

/*
 * Eat the next image of a chain: 1 and @ret; 0 at its end (behind an image that says it is the last, or where no
 * further signature stands); or the refusal of oprom_read(). At most OPROM_IMAGES_MAX images are read: @n counts
 * them.
 */
int oprom_next(struct span *rest, size_t *n, struct oprom *ret, struct report *rep) _must_check_;

/* Does the image speak of a device, by its own id or its list? */
bool oprom_is_for(const struct oprom *o, uint16_t vendor, uint16_t device);
