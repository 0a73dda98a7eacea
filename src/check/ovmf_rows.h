/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ovmf_rows.h - the table of rows about an OVMF image; private to check/. */
#pragma once

#include "check/ovmf_check.h"

/* Only run when the device is known; where something of the project's is in the image; where its stock was found. */
enum { OVMF_ASK_DEVICE = 1 << 0, OVMF_ASK_OURS = 1 << 1, OVMF_ASK_STOCK = 1 << 2 };

struct ovmf_row {
	struct check check;
	unsigned ask;
	enum verdict (*test)(const struct ovmf_case *c, struct evidence *ev);
};

extern const struct ovmf_row ovmf_rows[]; /* ends with a row without id */
