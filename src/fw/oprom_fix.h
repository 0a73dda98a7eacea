/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oprom_fix.h - a ROM that was dumped, cut or patched by somebody, made good: the device it is for, byte sums,
 * lengths, last flags, what a VBIOS remembers of the host it ran on, and its size.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/report.h"
#include "fw/oprom.h"

struct oprom_fix_wish {
	bool device_known; /* give every image these ids */
	uint16_t vendor, device;
	size_t least; /* bytes of the whole, filled up with FF; 0: OPROM_LEAST */
};

/* What was changed: bytes [at, at + size) of the result. */
struct oprom_change {
	const char *id;	  /* a word for programs: "prefix", "length", "last", "device", "saved-bdsm", "checksum",
			     "padding" */
	const char *says; /* what it is that was changed, without a stop: "image 1: byte sum" */
	size_t at, size;  /* of "prefix" 0 and 0: the bytes are gone */
	bool numbers;	  /* .before and .after are values; of "device" vendor << 16 | device, of "prefix" bytes */
	uint64_t before, after;
};

struct oprom_changes { /* in the arena */
	struct oprom_change *v;
	size_t n;
};

/*
 * Mend @rom: 0 and @ret, a new ROM of the caller's, with what was changed in @changes (none: it was good, and @ret is
 * a copy). The result reads as a chain that ends with its one last image, and mending it again changes nothing. Or
 * what oprom_chain_read() says of bytes that are no ROM; -IGD_ETRUNC: its last image is cut short, which nothing
 * mends; -IGD_EUSAGE: the ids are of another vendor than an image's code; -IGD_ELENGTH: an image has no length, or
 * images share bytes that each wants otherwise; -IGD_ELIMIT: more images than are read; -IGD_ENOMEM.
 *
 * Changed is what firmware sees, in this order:
 *
 * - what stands before the first image is dropped: firmware looks at the front alone;
 * - a length of 0 in a PCIR, and one that is less than the VBIOS' own (byte 2) while the byte sum is right over that
 *   one only, becomes the image's own;
 * - the last flag, at 15h of PCIR: set in the last image, cleared in those before it. Behind one that had it, an
 *   image counts as of the chain when it begins where that one ends and is of its vendor and class: in a copy of the
 *   memory at C0000h the ROM of a network card may follow. NVIDIA's own flag (NPDE) goes with it;
 * - with .device_known, vendor and device in each PCIR. No other copy is touched: see oprom_fix.c;
 * - the base of stolen memory that Intel's VBIOS keeps once it has run (oprom_saved_bdsm()) becomes 0;
 * - the byte sum of each PC image, by a byte that means nothing: oprom_fix.c says which;
 * - the whole is filled up with FF, to .least and to a multiple of 512.
 *
 * Kept as it is: what no firmware gets to, behind the last image or for NVIDIA's tools alone.
 */
int oprom_fix(struct span rom, const struct oprom_fix_wish *wish, struct arena *a, struct buffer *ret,
	      struct oprom_changes *changes, struct report *rep) _must_check_;
