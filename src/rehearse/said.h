/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * said.h - what drivers and SeaBIOS said in a rehearsal, taken apart. docs/uefi-drivers.md has the words.
 *
 * Anything that runs in the guest can print these lines, so they are a stranger's word: what the device itself saw
 * counts for more (steps.c), and a line that is there twice with different content says nothing at all.
 */
#pragma once

#include "base/span.h"
#include "rehearse/rehearsal.h"

#define SAID_IGD "00:02.0" /* where the guest has the display */

/* Is @text a line of the project's driver @name? True, and @ret is what is behind "igdctl: NAME: ". */
bool said_by(const char *text, const char *name, struct span *ret);

/* The value of "KEY=VALUE" or KEY="VALUE" in a line of Witness, without its quotes; false: there is none. */
bool said_field(struct span line, const char *key, struct span *ret);
/* The same as a number, decimal or with 0x; false as well for "-" and for what is none. */
bool said_number(struct span line, const char *key, uint64_t *ret);
/* "0xBEGIN+0xBYTES". */
bool said_range(struct span line, const char *key, uint64_t *ret_at, uint64_t *ret_n);
/* Is the value of @key just @value? */
bool said_is(struct span line, const char *key, const char *value);

/* SeaBIOS lists the guest's memory before it starts a system: "  3: 0000000000100000 - 000000001ffe0000 = 1 RAM". */
struct said_memory {
	uint64_t from, to; /* to: behind its last byte */
	unsigned type;	   /* ACPI Specification 6.5, table 15.4: 1 RAM, 2 reserved, 3 ACPI, 4 NVS */
};
bool said_e820(const char *text, struct said_memory *ret);
