/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pe_section.h - the sections of a PE image: to find one by its name, and to give a driver one more.
 *
 * That is how a UEFI driver carries data that is not known when it is linked: wherever the image goes, into an option
 * ROM or a firmware volume, the section goes with it, and the loader puts it into memory.
 */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "base/span.h"

#define PE_SECTION_NAME 8 /* characters at most */

/*
 * The bytes in the file of the first section @name of @pe, as many as its VirtualSize says (Microsoft PE and COFF
 * Specification, section table; those behind are the file's alignment): true and @ret, which borrows. False, @ret
 * untouched: there is none, it is empty, or it does not lie within @pe.
 */
bool pe_section_find(struct span pe, const char *name, struct span *ret);

/*
 * @pe, a PE32+ image, with a section @name of 1 to 8 characters behind its last: initialised data, read only, @body.
 * 0 and @ret, the caller's to free; else @ret is untouched:
 * -IGD_EUSAGE  an empty @body, a bad @name, or @pe has a section of that name;
 * -IGD_EMAGIC  no PE image, one that is no PE32+, or one whose headers make no sense;
 * -IGD_ETRUNC  a PE image that is cut short;
 * -IGD_ELIMIT  no room for one more header before the first section's bytes, or more than 32 bits would hold;
 * -IGD_ELENGTH data behind the last section, or a signature: the first would be lost, the second be wrong;
 * -IGD_ENOMEM.
 * The header's checksum, which only some Windows loaders look at, becomes 0: "not computed".
 */
int pe_section_add(struct span pe, const char *name, struct span body, struct buffer *ret,
		   struct report *rep) _must_check_;
