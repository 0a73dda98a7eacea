/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_range.h - what the memory map says of an address, and whether it may be read at all. */
#pragma once

#include "memory.h"

#define MEMORY_NONE UINT32_MAX /* the type of what is not in the map */

struct memory_range {
	uint64_t at, size; /* bytes; size is at least 1 */
	uint32_t type;	   /* EFI_MEMORY_TYPE or MEMORY_NONE */
	bool ram;	   /* of a type that is memory, and may be cached, which registers may not */
};

/* The descriptor that holds @at, or the gap from @at to the next. */
struct memory_range memory_range_of(const struct memory_map *map, uint64_t at);

/* Is each of these bytes, at least one, guest memory? */
bool memory_is_ram(const struct memory_map *map, uint64_t at, uint64_t size);

/* "reserved", "nvs" ... as docs/uefi-drivers.md lists them. */
const char *memory_type_name(uint32_t type);
