/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gop.h - which driver is a display driver of UEFI, of which build, for which GPUs.
 *
 * Intel's driver carries its name in UTF-16, the digits of its build behind it, and a dense table of the PCI device
 * ids it starts on. A setup menu that only prints the name has none of the rest. AMD's says all in one line. Read off
 * 57 drivers of Sandy Bridge to Meteor Lake; there is no specification.
 */
#pragma once

#include "base/span.h"
#include "fw/pe.h"

#define GOP_DEVICES_MAX 256

struct gop {
	uint16_t vendor; /* 0x8086 or 0x1002 */
	struct pe pe;
	char version[32];		   /* "9.0.1107"; "" when the driver does not say its build */
	uint16_t devices[GOP_DEVICES_MAX]; /* of its table, in its order; AMD's has none that is known */
	size_t n_devices;
};

/* Is @s a GOP driver? True and @ret; false for anything else, TE images included (*@ret_te says so then). */
bool gop_read(struct span s, struct gop *ret, bool *ret_te);

bool gop_is_for(const struct gop *g, uint16_t device);
