// SPDX-License-Identifier: BSD-2-Clause
/*
 * image.c - sections of an image in memory (Microsoft PE and COFF Specification: the DOS header's 3Ch, the COFF file
 * header, the section table). The headers are data like any other: a driver that is packed by anybody's tool is run
 * by firmware that checked only what it needed itself.
 */
#include "image.h"

#include "bytes.h"

#define LFANEW_AT     0x3c
#define COFF_SIZE     24 /* the signature included */
#define N_SECTIONS_AT 6
#define OPTIONAL_AT   20
#define SECTION_SIZE  40
#define SECTIONS_MAX  96 /* Windows loaders refuse more */
#define NAME_SIZE     8

/* Is the name at @at of the @n bytes @name, and zeros behind it? */
static bool name_is(const uint8_t *base, uint64_t n, uint64_t at, const char *name)
{
	for (unsigned i = 0; i < NAME_SIZE; i++) {
		uint64_t c;

		if (!bytes_le(base, n, at + i, 1, &c) || c != (uint8_t)*name)
			return false;
		name += *name ? 1 : 0;
	}
	return *name == 0;
}

/* Where the table of sections begins, and of how many. */
static bool table_find(const uint8_t *base, uint64_t n, uint64_t *ret_at, uint64_t *ret_n)
{
	uint64_t pe, count, optional;

	if (!bytes_are(base, n, 0, "MZ") || !bytes_le(base, n, LFANEW_AT, 4, &pe) || !bytes_are(base, n, pe, "PE") ||
	    !bytes_le(base, n, pe + N_SECTIONS_AT, 2, &count) || !bytes_le(base, n, pe + OPTIONAL_AT, 2, &optional))
		return false;
	*ret_at = pe + COFF_SIZE + optional; /* 32 and 16 bits: no wrap */
	*ret_n = count;
	return count <= SECTIONS_MAX;
}

bool image_section(const uint8_t *base, uint64_t n, const char *name, uint64_t *ret_at, uint64_t *ret_size)
{
	uint64_t at, count, size, where;

	if (!table_find(base, n, &at, &count))
		return false;
	for (uint64_t i = 0; i < count; i++, at += SECTION_SIZE) {
		if (!name_is(base, n, at, name))
			continue;
		if (!bytes_le(base, n, at + 8, 4, &size) || !bytes_le(base, n, at + 12, 4, &where) || size == 0 ||
		    !bytes_have(n, where, size))
			return false;
		*ret_at = where;
		*ret_size = size;
		return true;
	}
	return false;
}
