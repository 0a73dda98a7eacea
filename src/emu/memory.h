/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h - the guest's memory as a device sees it: ranges of guest addresses, mapped here from the files that the
 * client sends.
 *
 * The client may map what it likes and change the bytes at any time, so nothing that is read here is read twice and
 * believed to be the same. Reading past the end of a mapped file is SIGBUS, and a client can shorten its file behind
 * our back: so only memory files that are sealed against that are mapped, which QEMU's memory-backend-memfd makes.
 * A range of any other file is known (emu_memory_has()) and not readable (emu_memory_at()), with the reason beside
 * it.
 *
 * Each file is mapped once and whole, however many ranges lie in it: firmware that moves its memory map about, and an
 * IOMMU in the guest that maps single pages, cost no system call that maps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define EMU_RANGES_MAX 65535 /* what the protocol has, where nobody says otherwise */
#define EMU_FILES_MAX  64
#define EMU_MAPPED_MAX ((uint64_t)1 << 40) /* bytes of all files of a client: our address space is finite, too */
#define EMU_PAGE       4096		   /* ranges are of whole ones: the protocol's page size */

struct emu_range {
	uint64_t at, n; /* guest addresses */
	uint8_t *p;	/* where it is mapped; NULL: it is not, and .why says why */
	const char *why;
	bool writable;
	unsigned file; /* in .files, where .p is set */
};

struct emu_file {
	uint64_t device, inode;
	uint8_t *p;
	size_t n;
	bool writable;
	size_t n_ranges; /* 0: a free slot */
};

struct emu_memory {	     /* { 0 } is an empty one */
	struct emu_range *v; /* ascending, none overlaps another */
	size_t n, room;
	struct emu_file files[EMU_FILES_MAX];
};

/*
 * Map @n bytes of @fd (-1: none; stays the caller's) from @offset on as guest memory at @at. 0, mapped or with its
 * .why; 1: over another range, and nothing was done. -IGD_EUSAGE (empty, past the end of the address space, not of
 * whole pages), -IGD_ELIMIT (EMU_RANGES_MAX), -IGD_ENOMEM.
 */
int emu_memory_map(struct emu_memory *m, uint64_t at, uint64_t n, int fd, uint64_t offset,
		   bool writable) _must_check_;

/*
 * Forget all ranges from @at on for @n bytes: 0. -IGD_ENOENT when there is none; -IGD_EUSAGE when one lies there in
 * part, and nothing was done. (vfio-user wants exactly one range; an IOMMU in QEMU asks as the kernel's VFIO lets it,
 * for all in a stretch.)
 */
int emu_memory_unmap(struct emu_memory *m, uint64_t at, uint64_t n) _must_check_;
/* Forget everything, and free what it took. */
void emu_memory_unmap_all(struct emu_memory *m);

/* Is all of it guest memory, mapped or not? */
bool emu_memory_has(const struct emu_memory *m, uint64_t at, uint64_t n);

/*
 * The bytes at @at, as far as one range holds all @n of them and is mapped; NULL. Good until the next change of the
 * map.
 */
const uint8_t *emu_memory_at(const struct emu_memory *m, uint64_t at, size_t n);
uint8_t *emu_memory_writable(const struct emu_memory *m, uint64_t at, size_t n);

/* Is @fd a memory file that nobody can shorten? Only such a one is safe to share with who is not trusted. */
bool emu_memory_is_sealed(int fd);
