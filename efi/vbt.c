// SPDX-License-Identifier: BSD-2-Clause
/*
 * vbt.c - is this a VBT that is whole?
 *
 * A GOP driver follows the lengths and offsets of the table that it is given and checks few of them, so what is cut
 * short must not reach it. The layout: Linux drivers/gpu/drm/i915/display/intel_vbt_defs.h, struct vbt_header and
 * struct bdb_header. Nothing behind the BDB's header is looked at; blocks differ with each version.
 */
#include "vbt.h"

#include <stddef.h>

#include "bytes.h"

#define HEADER_SIZE_AT 0x16
#define SIZE_AT	       0x18
#define SUM_AT	       0x1a
#define BDB_AT	       0x1c
#define HEADER_MIN     48
#define BDB_HEADER_MIN 22
#define BDB_HEADER_AT  18 /* in the BDB: the size of its header */

/* The word for what is wrong with the BDB in the @size bytes of the table; NULL: nothing is. */
static const char *bdb_wrong(const uint8_t *bytes, uint64_t size)
{
	uint64_t at, header;

	if (!bytes_le(bytes, size, BDB_AT, 4, &at) || at >= size)
		return "its BDB lies outside";
	if (!bytes_are(bytes, size, at, "BIOS_DATA_BLOCK")) /* and a blank, which nobody looks at */
		return "no BIOS_DATA_BLOCK where its header points";
	if (!bytes_le(bytes, size, at + BDB_HEADER_AT, 2, &header) || !bytes_have(size, at, BDB_HEADER_MIN))
		return "it ends inside the BDB's header";
	if (header < BDB_HEADER_MIN || !bytes_have(size, at, header))
		return "its BDB has a header of an impossible size";
	return NULL;
}

/* The word for what is wrong with the @n bytes as a VBT, NULL for nothing; then @ret_size is set. */
static const char *vbt_wrong(const uint8_t *bytes, uint64_t n, uint64_t *ret_size)
{
	uint64_t header, size;
	const char *why;

	if (!bytes_are(bytes, n, 0, "$VBT"))
		return "no $VBT";
	if (!bytes_have(n, 0, HEADER_MIN) || !bytes_le(bytes, n, HEADER_SIZE_AT, 2, &header) ||
	    !bytes_le(bytes, n, SIZE_AT, 2, &size))
		return "it ends inside its header";
	if (header < HEADER_MIN || size < header)
		return "a header of an impossible size";
	if (size > n)
		return "it is cut short";
	why = bdb_wrong(bytes, size);
	if (!why)
		*ret_size = size;
	return why;
}

bool vbt_is(const uint8_t *bytes, uint64_t n, uint32_t *ret_size, const char **ret_why)
{
	uint64_t size = 0;
	const char *why = vbt_wrong(bytes, n, &size);

	if (why) {
		*ret_why = why;
		return false;
	}
	*ret_size = (uint32_t)size;
	return true;
}

bool vbt_sum_repair(uint8_t *bytes, uint32_t size)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	if (sum == 0 || size <= SUM_AT)
		return false;
	bytes[SUM_AT] = (uint8_t)(bytes[SUM_AT] - sum);
	return true;
}
