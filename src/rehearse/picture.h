/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.h - a picture of the guest's screen as a PNG file, in memory. */
#pragma once

#include "base/buffer.h"
#include "base/report.h"
#include "emu/igd.h"

/*
 * @p as the bytes of a PNG file (8 bits a channel, RGB, not interlaced): 0 and @ret, the caller's to free;
 * -IGD_EUSAGE (no pixels, or more than 8192 a side), -IGD_ENOMEM. The same picture and libpng give the same bytes:
 * there is no time in them.
 */
int picture_png(const struct emu_picture *p, struct buffer *ret, struct report *rep) _must_check_;
