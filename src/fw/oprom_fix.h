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
	const char *id;	  /* a word for programs: "device", "device-list", "device-copy", "checksum", "last",
			     "saved-bdsm",   "padding", "prefix", "tail" */
	const char *says; /* one sentence without its stop */
	size_t at, size;
	bool numbers; /* .before and .after are values */
	uint64_t before, after;
};

struct oprom_changes { /* in the arena */
	struct oprom_change *v;
	size_t n;
};

/*
 * Mend @rom: 0 and @ret, a new ROM of the caller's, with what was changed in @changes (none: it was good, and @ret is
 * a copy); or what oprom_chain_read() says of bytes that are no ROM; -IGD_ETRUNC: its last image is cut short, which
 * nothing mends; -IGD_EUSAGE: the ids are of another vendor than a VBIOS; -IGD_ENOMEM.
 */
int oprom_fix(struct span rom, const struct oprom_fix_wish *wish, struct arena *a, struct buffer *ret,
	      struct oprom_changes *changes, struct report *rep) _must_check_;
