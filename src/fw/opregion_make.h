/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opregion_make.h - the other direction of opregion.h: an OpRegion around a VBT, for a VM whose GPU has no host
 * behind it.
 *
 * It is what a PC's firmware leaves behind when no driver has run: header, ACPI and ASLE mailboxes without any
 * request, and the VBT. There is no SWSCI mailbox, since nobody would answer in it: i915 asks in it where the header
 * says that it is there (Linux drivers/gpu/drm/i915/display/intel_opregion.c, swsci()).
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "base/span.h"

#define OPREGION_LEN	     0x2000 /* without what RVDA leads to */
#define OPREGION_MAILBOX_LEN 0x1800 /* mailbox 4, from OPREGION_VBT_AT up to the ASLE extension */

/*
 * Build an OpRegion around the VBT that @vbt begins with: 0 and @ret, the caller's to free; or what vbt_read() says
 * of @vbt, -IGD_ENOMEM. A table of up to OPREGION_MAILBOX_LEN bytes lies in mailbox 4, and the version is 2.0; a
 * larger one is behind the OpRegion, the version 2.1 and RVDA relative. The table goes in as it is, up to the size in
 * its header; its checksum is not looked at. The same VBT gives the same bytes.
 */
int opregion_make(struct span vbt, struct buffer *ret, struct report *rep) _must_check_;

/*
 * The same around @bytes, whatever they are: a table that is cut short shall be met as it is. Empty: an OpRegion
 * without a VBT. -IGD_ELIMIT: more than OPREGION_VBT_MOST.
 */
#define OPREGION_VBT_MOST ((size_t)1 << 16) /* a VBT's header counts its bytes in 16 bits */
int opregion_make_with(struct span bytes, struct buffer *ret, struct report *rep) _must_check_;
