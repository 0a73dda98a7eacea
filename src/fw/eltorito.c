// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/eltorito.h"

#define CD_SECTOR 2048
#define RECORD_AT ((size_t)17 * CD_SECTOR) /* the boot record volume descriptor has a fixed place */
#define SECTOR	  512			   /* of what is booted */

/* Where the last partition of a disk with a PC partition table ends, in bytes; a whole CD sector at least. */
static uint64_t disk_size(struct span disk)
{
	uint64_t size = CD_SECTOR;
	uint32_t first, n;

	for (size_t at = 0x1be; at < 0x1fe; at += 16)
		if (span_le32(disk, at + 8, &first) && span_le32(disk, at + 12, &n) && n > 0 &&
		    ((uint64_t)first + n) * SECTOR > size)
			size = ((uint64_t)first + n) * SECTOR;
	return size;
}

static uint64_t image_size(struct span from, uint8_t medium, uint16_t sectors)
{
	static const uint32_t floppy[] = { 0, 1200 * 1024, 1440 * 1024, 2880 * 1024 };

	medium &= 0x0f;
	if (medium > 0 && medium < sizeof(floppy) / sizeof(floppy[0]))
		return floppy[medium];
	return medium == 4 ? disk_size(from) : (uint64_t)sectors * SECTOR;
}

bool eltorito_read(struct span iso, struct span *ret, size_t *ret_at, bool *ret_partial)
{
	uint8_t indicator, medium, bootable;
	uint32_t catalog, first;
	uint16_t sectors;
	struct span from;
	uint64_t n;
	size_t at;

	if (!span_is(iso, RECORD_AT + 1, "CD001") || !span_is(iso, RECORD_AT + 7, "EL TORITO SPECIFICATION") ||
	    !span_le32(iso, RECORD_AT + 0x47, &catalog))
		return false;
	at = (size_t)catalog * CD_SECTOR;
	if (!span_u8(iso, at, &indicator) || indicator != 1 || !span_u8(iso, at + 0x20, &bootable) ||
	    bootable != 0x88 || !span_u8(iso, at + 0x21, &medium) || !span_le16(iso, at + 0x26, &sectors) ||
	    !span_le32(iso, at + 0x28, &first))
		return false;
	at = (size_t)first * CD_SECTOR;
	if (first == 0 || !span_from(iso, at, &from) || from.n == 0)
		return false;
	n = image_size(from, medium, sectors);
	*ret_partial = n > from.n;
	*ret_at = at;
	return span_cut(from, 0, n > from.n ? from.n : (size_t)n, ret) && ret->n > 0;
}
