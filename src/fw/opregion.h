/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opregion.h - is this memory an Intel graphics OpRegion, and does it carry a VBT?
 *
 * Sources: Intel IGD OpRegion Specification (header and mailboxes), Linux
 * drivers/gpu/drm/i915/display/intel_opregion.c (layout, order in which the VBT is looked for),
 * drivers/vfio/pci/vfio_pci_igd.c (size field).
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "fw/vbt.h"

#define OPREGION_VBT_AT 0x400

enum opregion_vbt {
	OPREGION_NO_VBT,      /* looked everywhere, none is there */
	OPREGION_VBT_MAILBOX, /* in mailbox 4 */
	OPREGION_VBT_RVDA,    /* behind the OpRegion, where RVDA points */
	OPREGION_VBT_UNREAD,  /* RVDA points to memory that is not among the bytes, and mailbox 4 has none */
};

struct opregion {
	uint32_t size;	    /* bytes, as the header says */
	uint16_t version;   /* major << 8 | minor, 0x0201 */
	uint32_t mailboxes; /* bit 0 ACPI, 1 SWSCI, 2 ASLE, 3 VBT, 4 ASLE extension */
	uint64_t rvda;	    /* raw; absolute in 2.0, relative to the OpRegion from 2.1 on; 0: none */
	uint32_t rvds;	    /* bytes */
	enum opregion_vbt where;
	struct vbt_info vbt; /* only for OPREGION_VBT_MAILBOX and _RVDA */
};

/*
 * Read an OpRegion from its bytes, as far as they go. 0 and @ret (borrows from @bytes); -IGD_EMAGIC,
 * -IGD_ETRUNC (less than its header), -IGD_ELENGTH (a size of 0, which vfio-pci refuses too), @ret untouched.
 */
int opregion_read(struct span bytes, struct opregion *ret, struct report *rep) _must_check_;
