/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h - the guest's memory as a device sees it: ranges of guest addresses, mapped here from the files that the
 * client sends.
 *
 * The client may map what it likes and change the bytes at any time, so nothing that is read here is read twice and
 * believed to be the same. A file that is cut behind our back would be SIGBUS: only files that cannot shrink below
 * the mapped length (sealed against it) or of the right length at the time are taken, and copies are made where a
 * fault can be met (emu_memory_read()).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define EMU_RANGES_MAX 512

struct emu_range {
	uint64_t at, n; /* guest addresses */
	uint8_t *p;	/* where it is mapped; NULL: the client sent no file, or the kernel refused */
	bool writable;
};

struct emu_memory {
	struct emu_range v[EMU_RANGES_MAX]; /* ascending, none overlaps another */
	size_t n;
};

/*
 * Map @n bytes of @fd (-1: none; stays the caller's) from @offset on as guest memory at @at. 0; -IGD_EUSAGE (empty,
 * past the end of the address space, over another range, not of whole pages), -IGD_ELIMIT (EMU_RANGES_MAX).
 */
int emu_memory_map(struct emu_memory *m, uint64_t at, uint64_t n, int fd, uint64_t offset,
		   bool writable) _must_check_;

/* Forget the range of exactly @at and @n: 0, or -IGD_ENOENT. */
int emu_memory_unmap(struct emu_memory *m, uint64_t at, uint64_t n) _must_check_;
void emu_memory_unmap_all(struct emu_memory *m);

/* Is all of it guest memory, mapped or not? */
bool emu_memory_has(const struct emu_memory *m, uint64_t at, uint64_t n);

/*
 * The bytes at @at, as far as one range holds all @n of them and is mapped; NULL. Good until the next change of the
 * map.
 */
const uint8_t *emu_memory_at(const struct emu_memory *m, uint64_t at, size_t n);
uint8_t *emu_memory_writable(const struct emu_memory *m, uint64_t at, size_t n);
