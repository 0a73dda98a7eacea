/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfct.h - the ACPI table in which firmware hands the video BIOS of AMD's GPUs to the system.
 *
 * An APU has no ROM of its own: its video BIOS lies in the mainboard's firmware, whose GOP driver leaves a copy here.
 * So this table is where the ROM of an APU comes from on a running machine.
 *
 * Sources: Linux drivers/gpu/drm/amd/include/atombios.h (UEFI_ACPI_VFCT, VFCT_IMAGE_HEADER: the layout) and
 * drivers/gpu/drm/amd/amdgpu/amdgpu_bios.c (amdgpu_acpi_vfct_bios(): how the images follow each other and which one
 * is taken); ACPI Specification 6.5, 5.2.6 (header, checksum).
 */
#pragma once

#include "base/addr.h"
#include "base/report.h"
#include "base/span.h"

#define VFCT_HEADER_LEN	      0x4c /* ACPI's header of 36 bytes, UUID, two offsets, 16 bytes reserved */
#define VFCT_IMAGE_HEADER_LEN 28
#define VFCT_IMAGES_MAX	      32 /* more GPUs than a board has slots for */

struct vfct {
	struct span bytes; /* the table as long as it says, borrowed */
	uint32_t image_at; /* where the first image's header begins */
	uint32_t lib1_at;  /* a second part of which nobody tells what it is; 0: none */
	uint8_t revision;
	bool checksum_ok; /* of the whole table; Linux only warns */
};

struct vfct_image {
	uint32_t bus, dev, fn; /* where the firmware saw the GPU; Linux may have numbered its buses anew since */
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t revision;
	size_t at;	 /* of its header in the table */
	struct span rom; /* borrowed; empty where the firmware left a header without an image */
};

/*
 * Read the table's header. 0 and @ret (borrows from @table; bytes behind the length it declares are let be), or
 * -IGD_ETRUNC (less than the header), -IGD_EMAGIC, -IGD_ELENGTH (declares more than is there or less than its header,
 * or images begin outside of it), @ret untouched. A wrong checksum is a note.
 */
int vfct_read(struct span table, struct vfct *ret, struct report *rep) _must_check_;

/*
 * The next image: 1 and @ret; 0 at the end; -IGD_ETRUNC (ends inside a header), -IGD_ELENGTH (the image does not
 * fit), -IGD_ELIMIT (more than VFCT_IMAGES_MAX), @ret untouched. @n, 0 before the first call, counts them, and @at,
 * of any value then, is where the next one begins.
 */
int vfct_next(const struct vfct *v, size_t *at, size_t *n, struct vfct_image *ret, struct report *rep) _must_check_;

/* Is it that of the function at @a? A table knows no segments: it speaks of the first. */
bool vfct_is_at(const struct vfct_image *i, struct pci_addr a);
