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

/* Its version, major << 8 | minor. */
uint16_t opregion_version(const uint8_t *bytes);

/*
 * Where in an OpRegion of @n bytes the VBT lies: behind it where RVDA says so (version 2.1 and later, relative), else
 * in mailbox 4. True, the offset and the bytes that there are for it.
 */
bool opregion_vbt(const uint8_t *bytes, uint64_t n, uint64_t *ret_at, uint64_t *ret_size);
