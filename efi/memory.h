/* SPDX-License-Identifier: BSD-2-Clause */
/* memory.h - reserved memory below 4 GiB with an alignment, and what a range of it is used for. */
#pragma once

#include "uefi.h"

/*
 * @size bytes (rounded up to pages) of @type below 4 GiB, aligned to @align, a power of two of at least a page. 0:
 * there are none. What was taken for the alignment's sake is given back.
 */
EFI_PHYSICAL_ADDRESS memory_below_4g(EFI_BOOT_SERVICES *bs, EFI_MEMORY_TYPE type, uint64_t size, uint64_t align);

/*
 * Does each byte of [@at, @at + @size) lie in memory of @type that is somebody's? The map must say so, and that it
 * may be cached: OVMF reports the registers of PCI Express as reserved too
 * (OvmfPkg/Library/PlatformInitLib/Platform.c), and they may not. Nor may a page of it be had: EDK II reports the
 * free pages that it keeps for a type as of that type (MdeModulePkg/Core/Dxe/Mem/Page.c, CoreGetMemoryMap), where
 * after a reset an address of before may lie.
 *
 * Neighbours of one type count as one range. False as well for an empty range, one that wraps, and when the map
 * cannot be had.
 */
bool memory_is(EFI_BOOT_SERVICES *bs, EFI_MEMORY_TYPE type, uint64_t at, uint64_t size);

/* The memory map as it was read; memory_map_free() gives it back. */
struct memory_map {
	const uint8_t *bytes; /* descriptors, .stride bytes from one to the next */
	UINTN size, stride;
};

/* False: it cannot be had, and @ret is empty. */
bool memory_map_read(EFI_BOOT_SERVICES *bs, struct memory_map *ret);
void memory_map_free(EFI_BOOT_SERVICES *bs, struct memory_map *map);
