/* SPDX-License-Identifier: GPL-2.0-or-later */
/* waits.h - what the changes in force still wait for: a boot, or the word of their owner after it. */
#pragma once

#include "change/journal.h"

struct waits {
	unsigned booted; /* a guarded change whose boot has come and that nobody has confirmed; 0: none */
	unsigned later;	 /* the newest change that only the next boot brings into force; 0: none */
	unsigned guard;	 /* seconds that the guard will wait after that boot; 0: it will not */
};

/* Out of the journal of the machine below @root; zeroes where there is none, or none that may be read. */
void waits_read(const char *root, struct waits *ret);
