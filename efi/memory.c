// SPDX-License-Identifier: BSD-2-Clause
/* memory.c - the boot services' page allocator and memory map (UEFI Specification 2.10, 7.2), with an alignment. */
#include "memory.h"

#define LAST_BELOW_4G UINT64_C(0xffffffff)
#define MAP_TRIES     4 /* getting memory for the map may make it longer */
#define MAP_SPARE     8 /* descriptors */
#define PROBE_STEP    UINT64_C(0x100000)

static uint64_t pages_of(uint64_t size)
{
	return size / EFI_PAGE_SIZE + (size % EFI_PAGE_SIZE != 0);
}

/* What cannot be given back stays reserved, which harms nobody. */
static void give_back(EFI_BOOT_SERVICES *bs, uint64_t from, uint64_t to)
{
	if (from < to)
		bs->FreePages(from, (to - from) / EFI_PAGE_SIZE);
}

EFI_PHYSICAL_ADDRESS memory_below_4g(EFI_BOOT_SERVICES *bs, EFI_MEMORY_TYPE type, uint64_t size, uint64_t align)
{
	uint64_t pages = pages_of(size), spare = align / EFI_PAGE_SIZE - 1, at, end;
	EFI_PHYSICAL_ADDRESS got = LAST_BELOW_4G;

	if (pages == 0 || pages > LAST_BELOW_4G / EFI_PAGE_SIZE)
		return 0;
	if (EFI_ERROR(bs->AllocatePages(AllocateMaxAddress, type, pages + spare, &got)))
		return 0;
	at = (got + align - 1) & ~(align - 1);
	end = got + (pages + spare) * EFI_PAGE_SIZE;
	give_back(bs, got, at);
	give_back(bs, at + pages * EFI_PAGE_SIZE, end);
	return at;
}

bool memory_map_read(EFI_BOOT_SERVICES *bs, struct memory_map *ret)
{
	UINTN size = 0, key, stride = 0;
	void *map = NULL;
	EFI_STATUS status;
	uint32_t version;

	ret->bytes = NULL;
	ret->size = ret->stride = 0;
	status = bs->GetMemoryMap(&size, NULL, &key, &stride, &version);
	for (unsigned i = 0; i < MAP_TRIES && status == EFI_BUFFER_TOO_SMALL; i++) {
		size += MAP_SPARE * stride;
		if (EFI_ERROR(bs->AllocatePool(EfiBootServicesData, size, &map)))
			return false;
		status = bs->GetMemoryMap(&size, map, &key, &stride, &version);
		if (EFI_ERROR(status)) {
			bs->FreePool(map);
			map = NULL;
		}
	}
	if (!map || stride < sizeof(EFI_MEMORY_DESCRIPTOR)) {
		if (map)
			bs->FreePool(map);
		return false;
	}
	ret->bytes = map;
	ret->size = size;
	ret->stride = stride;
	return true;
}

void memory_map_free(EFI_BOOT_SERVICES *bs, struct memory_map *map)
{
	if (map->bytes)
		bs->FreePool((void *)(uintptr_t)map->bytes);
	map->bytes = NULL;
	map->size = 0;
}

/* How many bytes from @at on one range of @type holds; 0: none holds @at. */
static uint64_t range_rest(const struct memory_map *map, EFI_MEMORY_TYPE type, uint64_t at)
{
	for (UINTN i = 0; i + map->stride <= map->size; i += map->stride) {
		const EFI_MEMORY_DESCRIPTOR *d = (const EFI_MEMORY_DESCRIPTOR *)(map->bytes + i);

		if (d->Type != (uint32_t)type || !(d->Attribute & EFI_MEMORY_WB) || at < d->PhysicalStart)
			continue;
		if ((at - d->PhysicalStart) / EFI_PAGE_SIZE < d->NumberOfPages)
			return d->NumberOfPages * EFI_PAGE_SIZE - (at - d->PhysicalStart);
	}
	return 0;
}

static bool is_free(EFI_BOOT_SERVICES *bs, EFI_MEMORY_TYPE type, EFI_PHYSICAL_ADDRESS page)
{
	if (EFI_ERROR(bs->AllocatePages(AllocateAddress, type, 1, &page)))
		return false;
	bs->FreePages(page, 1);
	return true;
}

/* The ends, and a page a MiB between them: who owns a range owns these. */
static bool is_taken(EFI_BOOT_SERVICES *bs, EFI_MEMORY_TYPE type, uint64_t at, uint64_t size)
{
	uint64_t page = at / EFI_PAGE_SIZE * EFI_PAGE_SIZE, last = (at + size - 1) / EFI_PAGE_SIZE * EFI_PAGE_SIZE;

	for (; page < last; page += PROBE_STEP)
		if (is_free(bs, type, page))
			return false;
	return !is_free(bs, type, last);
}

bool memory_is(EFI_BOOT_SERVICES *bs, EFI_MEMORY_TYPE type, uint64_t at, uint64_t size)
{
	struct memory_map map;
	uint64_t rest, from = at, all = size;

	if (size == 0 || at + size < at)
		return false;
	if (!memory_map_read(bs, &map))
		return false;
	while ((rest = range_rest(&map, type, at)) && rest < size) {
		at += rest;
		size -= rest;
	}
	memory_map_free(bs, &map);
	return rest != 0 && is_taken(bs, type, from, all);
}
