/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flash.h - the descriptor at the front of an Intel flash image, and the regions it divides the chip into.
 *
 * Sources: coreboot util/ifdtool/ifdtool.c and .h (layout, the two widths of region registers, how to tell them
 * apart), Intel's SPI Programming Guides (names of regions).
 */
#pragma once

#include "base/report.h"
#include "base/span.h"
#include "std/pi.h"

#define FLASH_BIOS 1

struct flash_region {
	const char *name; /* "bios", "me"; "region-9" for those without a name here */
	uint8_t number;
	uint32_t at;	   /* bytes from the front of the image */
	struct span bytes; /* cut where the image ends */
	bool partial;	   /* the image ends before the region does, or before it begins */
};

struct flash {
	struct flash_region regions[IFD_REGIONS_MAX]; /* ascending by offset, without unused ones */
	size_t n_regions;
	bool partial; /* some region does not fit */
};

/* Does a flash descriptor stand at the front of @s? */
bool flash_is(struct span s);

/*
 * Read it. 0 and @ret; -IGD_EMAGIC, -IGD_ETRUNC (the file ends inside the descriptor), -IGD_ELENGTH (no region is in
 * use) and @ret untouched. Regions that overlap or do not fit are notes.
 */
int flash_read(struct span s, struct flash *ret, struct report *rep) _must_check_;
