// SPDX-License-Identifier: BSD-2-Clause
/* memory_range.c - ranges of the memory map (UEFI Specification 2.10, 7.2). */
#include "memory_range.h"

static bool type_is_ram(uint32_t type)
{
	return type <= EfiConventionalMemory || type == EfiACPIReclaimMemory || type == EfiACPIMemoryNVS;
}

struct memory_range memory_range_of(const struct memory_map *map, uint64_t at)
{
	struct memory_range gap = { at, UINT64_MAX - at, MEMORY_NONE, false };

	for (UINTN i = 0; map->bytes && i + map->stride <= map->size; i += map->stride) {
		const EFI_MEMORY_DESCRIPTOR *d = (const EFI_MEMORY_DESCRIPTOR *)(map->bytes + i);
		uint64_t begin = d->PhysicalStart;

		if (d->NumberOfPages == 0 || d->NumberOfPages > (UINT64_MAX - begin) / EFI_PAGE_SIZE)
			continue;
		if (at >= begin && (at - begin) / EFI_PAGE_SIZE < d->NumberOfPages)
			return (struct memory_range) { begin, d->NumberOfPages * EFI_PAGE_SIZE, d->Type,
						       type_is_ram(d->Type) && (d->Attribute & EFI_MEMORY_WB) };
		if (begin > at && begin - at < gap.size)
			gap.size = begin - at;
	}
	gap.size += gap.size == 0; /* of the very last byte */
	return gap;
}

bool memory_is_ram(const struct memory_map *map, uint64_t at, uint64_t size)
{
	if (size == 0 || size - 1 > UINT64_MAX - at)
		return false;
	for (;;) {
		struct memory_range r = memory_range_of(map, at);
		uint64_t rest = r.size - (at - r.at);

		if (!r.ram)
			return false;
		if (rest >= size)
			return true;
		at += rest;
		size -= rest;
	}
}

const char *memory_type_name(uint32_t type)
{
	static const char *const names[] = {
		[EfiReservedMemoryType] = "reserved",
		[EfiLoaderCode] = "loader-code",
		[EfiLoaderData] = "loader-data",
		[EfiBootServicesCode] = "boot-code",
		[EfiBootServicesData] = "boot-data",
		[EfiRuntimeServicesCode] = "runtime-code",
		[EfiRuntimeServicesData] = "runtime-data",
		[EfiConventionalMemory] = "free",
		[EfiUnusableMemory] = "unusable",
		[EfiACPIReclaimMemory] = "acpi",
		[EfiACPIMemoryNVS] = "nvs",
		[EfiMemoryMappedIO] = "mmio",
		[EfiMemoryMappedIOPortSpace] = "mmio-port",
		[EfiPalCode] = "pal",
		[EfiPersistentMemory] = "persistent",
		[EfiUnacceptedMemoryType] = "unaccepted",
	};

	if (type == MEMORY_NONE)
		return "none";
	return type < sizeof(names) / sizeof(names[0]) ? names[type] : "other";
}
