/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guid.h - the 16 bytes that name things in UEFI, and the names people know them by.
 *
 * Stored as UEFI Specification 2.10, appendix A says: the first three fields little-endian, the rest in order.
 */
#pragma once

#include "base/span.h"

struct guid {
	uint8_t b[16]; /* as they lie in the file */
};

#define GUID_STR 37 /* "8c8ce578-8a3d-4f1c-9935-896185c32dd3" and its zero */

/* A constant from the fields as specifications print them: GUID(0x8c8ce578, 0x8a3d, 0x4f1c, 0x99, 0x35, ...). */
#define GUID(a, b_, c, ...)                                                                                     \
	((struct guid) { { (a)&0xff, (a) >> 8 & 0xff, (a) >> 16 & 0xff, (a) >> 24 & 0xff, (b_)&0xff, (b_) >> 8, \
			   (c)&0xff, (c) >> 8, __VA_ARGS__ } })

/* The GUID at @at of @s; false past the end. */
bool guid_read(struct span s, size_t at, struct guid *ret);
bool guid_eq(const struct guid *a, const struct guid *b);

/* Lower case with hyphens, into @buf; answers @buf. */
const char *guid_str(const struct guid *g, char buf[GUID_STR]);

/* Text with hyphens, in any case, whole; false when it is none. */
bool guid_parse(struct span text, struct guid *ret);

/* What the file or section of that name is called by its makers ("IntelGopDriver"); NULL: not among those we name. */
const char *guid_name(const struct guid *g);
