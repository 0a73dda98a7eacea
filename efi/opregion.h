/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opregion.h - the memory that Intel's firmware, ACPI and drivers share (Intel IGD OpRegion Specification; Linux
 * drivers/vfio/pci/vfio_pci_igd.c for what a guest is given).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define OPREGION_SIZE 0x2000 /* bytes of header and mailboxes */

/* Do these @n bytes begin as one: "IntelGraphicsMem" and at least a header? */
bool opregion_is(const uint8_t *bytes, uint64_t n);

/* Its version, major << 8 | minor. Of bytes that are one (opregion_is). */
uint16_t opregion_version(const uint8_t *bytes);

/* What the ASLE mailbox says of a VBT that does not fit into mailbox 4 (Linux intel_opregion.c). */
enum opregion_rvda {
	RVDA_NONE,
	RVDA_BEHIND,   /* version 2.1 and later: an offset, behind the OpRegion */
	RVDA_INSIDE,   /* an offset that leads into the OpRegion: nothing lies there */
	RVDA_ABSOLUTE, /* version 2.0: an address of the machine that wrote it, which in a guest means nothing */
};

/* Which it is; for all but RVDA_NONE the numbers: where, and how many bytes. */
enum opregion_rvda opregion_rvda(const uint8_t *bytes, uint64_t n, uint64_t *ret_at, uint64_t *ret_size);

#define OPREGION_MAILBOX_4 0x400

/*
 * Where in an OpRegion of @n bytes the VBT lies: behind it where RVDA says so (RVDA_BEHIND) and those bytes are
 * there, else in mailbox 4. True, the offset and the bytes that there are for it; what they hold has not been looked
 * at.
 */
bool opregion_vbt(const uint8_t *bytes, uint64_t n, uint64_t *ret_at, uint64_t *ret_size);
