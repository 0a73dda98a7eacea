/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * witness.h - what the two halves of the driver Witness share. Programs read its lines: docs/uefi-drivers.md has
 * their grammar.
 */
#pragma once

#include "igd.h"
#include "memory_range.h"
#include "uefi.h"

struct witness {
	EFI_BOOT_SERVICES *bs;
	struct memory_map map; /* as witness_look() last saw it */
};

/* Read the memory map anew: what was called since may have taken memory. Without one nothing is read anywhere. */
void witness_look(struct witness *w);

/* May these bytes be read? */
bool witness_can_read(const struct witness *w, const void *p, uint64_t size);

/* The protocol's interface on @handle, if its @size bytes can be read; NULL. */
void *witness_protocol(const struct witness *w, EFI_HANDLE handle, const EFI_GUID *guid, uint64_t size);

/* All handles with it: how many, at most @max, and @ret, the caller's to FreePool(); 0: none, and nothing to free. */
UINTN witness_handles(const struct witness *w, const EFI_GUID *guid, EFI_HANDLE **ret);

/* "WORD 00:02.0" at the head of a line. */
void witness_begin(const char *word, const struct igd *d);

/* Add ` KEY="text"`: at most WITNESS_TEXT_MAX of the @n characters, up to a zero, without blanks at the end. */
#define WITNESS_TEXT_MAX 48
void witness_add_text(const char *key, const uint8_t *p, uint64_t n);
/* The same of a string that ends with a zero; ` KEY=-` where it cannot be read. */
void witness_add_text16(const struct witness *w, const char *key, const CHAR16 *s);

/* Who manages the display @d, who would, and what came from its ROM (witness_drivers.c). */
void witness_tell_drivers(struct witness *w, const struct igd *d);

/* Each graphics output (witness_drivers.c). */
void witness_tell_outputs(const struct witness *w);
