/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carve.h - finding structures by their marks, where nothing says that they are there: in padding, between volumes,
 * inside a vendor's own containers.
 */
#pragma once

#include "base/span.h"

enum carve_kind { CARVE_VOLUME, CARVE_VBT, CARVE_ROM };

struct carve { /* carve_init() */
	struct span bytes;
	size_t next[CARVE_ROM + 1]; /* a candidate of each kind; SIZE_MAX: none is known */
	size_t seen[CARVE_ROM + 1]; /* up to here there is no other */
};

/* @bytes is borrowed. */
void carve_init(struct carve *c, struct span bytes);

/*
 * The first candidate at @from or behind: true, where it begins and what its mark says that it is. Each mark is
 * looked for once over the bytes, however often this is called with an ascending @from. A candidate has more than
 * four bytes right: a volume's header is plausible, a VBT's points to a BDB, a ROM's to a PCIR.
 */
bool carve_next(struct carve *c, size_t from, size_t *ret_at, enum carve_kind *ret_kind);

/* Is there a VBT at the front of @s, with a header that makes sense and a BDB where it points? */
bool carve_is_vbt(struct span s);
