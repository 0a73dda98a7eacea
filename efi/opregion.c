// SPDX-License-Identifier: BSD-2-Clause
/*
 * opregion.c - the header of an OpRegion and the way to its VBT.
 *
 * Sources: Intel IGD OpRegion Specification, chapter 3 (header and mailboxes); Linux
 * drivers/gpu/drm/i915/display/intel_opregion.c for what a graphics driver makes of RVDA, and
 * drivers/vfio/pci/vfio_pci_igd.c, which hands a guest an OpRegion of 2.0 with an absolute RVDA over as one of 2.1.
 */
#include "opregion.h"

#include "bytes.h"

#define VERSION_AT    0x16 /* the upper half of OVER */
#define MAILBOXES_AT  0x58
#define HEADER_SIZE   0x100
#define MBOX_ASLE     (1u << 2)
#define MBOX_ASLE_EXT (1u << 4)
#define RVDA_AT	      0x3ba
#define RVDS_AT	      0x3c2
#define ASLE_EXT_AT   0x1c00

bool opregion_is(const uint8_t *bytes, uint64_t n)
{
	return bytes_have(n, 0, HEADER_SIZE) && bytes_are(bytes, n, 0, "IntelGraphicsMem");
}

uint16_t opregion_version(const uint8_t *bytes)
{
	uint64_t version = 0;

	return bytes_le(bytes, HEADER_SIZE, VERSION_AT, 2, &version) ? (uint16_t)version : 0;
}

enum opregion_rvda opregion_rvda(const uint8_t *bytes, uint64_t n, uint64_t *ret_at, uint64_t *ret_size)
{
	uint64_t version, mailboxes, at, size;

	if (!bytes_le(bytes, n, VERSION_AT, 2, &version) || !bytes_le(bytes, n, MAILBOXES_AT, 4, &mailboxes) ||
	    !bytes_le(bytes, n, RVDA_AT, 8, &at) || !bytes_le(bytes, n, RVDS_AT, 4, &size) || version < 0x0200 ||
	    !(mailboxes & MBOX_ASLE) || at == 0 || size == 0)
		return RVDA_NONE;
	*ret_at = at;
	*ret_size = size;
	if (version < 0x0201)
		return RVDA_ABSOLUTE;
	return at < OPREGION_SIZE ? RVDA_INSIDE : RVDA_BEHIND;
}

bool opregion_vbt(const uint8_t *bytes, uint64_t n, uint64_t *ret_at, uint64_t *ret_size)
{
	uint64_t at, size, end, mailboxes;

	if (opregion_rvda(bytes, n, &at, &size) == RVDA_BEHIND && bytes_have(n, at, size)) {
		*ret_at = at;
		*ret_size = size;
		return true;
	}
	if (!bytes_le(bytes, n, MAILBOXES_AT, 4, &mailboxes))
		return false;
	end = mailboxes & MBOX_ASLE_EXT ? ASLE_EXT_AT : OPREGION_SIZE; /* without mailbox 5 its room is mailbox 4's */
	if (n < end)
		end = n;
	if (end <= OPREGION_MAILBOX_4)
		return false;
	*ret_at = OPREGION_MAILBOX_4;
	*ret_size = end - OPREGION_MAILBOX_4;
	return true;
}
