/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rom_rows.h - the table of rows about an option ROM; private to check/. */
#pragma once

#include "check/rom_check.h"

enum { ROM_ASK_SEABIOS = 1 << 0, ROM_ASK_OVMF = 1 << 1, ROM_ASK_DEVICE = 1 << 2 };

struct rom_row {
	struct check check;
	unsigned ask; /* only asked for that firmware; only run when the device is known */
	enum verdict (*test)(const struct rom_case *c, struct evidence *ev);
};

extern const struct rom_row rom_rows[]; /* ends with a row without id */

/* Does EDK II get to the image? It goes on over a gap, and stops at a PCIR that is not aligned. */
bool rom_ovmf_gets_to(const struct rom_case *c, const struct oprom *o);
