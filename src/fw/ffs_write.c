// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/ffs_write.h"

#include <assert.h>

#include "std/pi.h"

#define SECTION_HEADER	4
#define STATE_VALID	0x07 /* header being made, header valid, data valid: set bits count (3.2.3.1, State) */
#define PAD_WITH_LENGTH FFS_ATTRIB_LARGE

static void put24(uint8_t *p, size_t v)
{
	assert(v <= FFS_SIZE_MAX);
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
}

static uint8_t sum_of(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum;
}

/* 3.2.3.1: the header's bytes sum to zero, counted without the data's sum and the state. */
static void header_seal(uint8_t *p, size_t head)
{
	p[FFS_HEADER_SUM] = 0;
	p[FFS_HEADER_SUM] = (uint8_t)(p[FFS_DATA_SUM] + p[FFS_STATE] - sum_of(p, head));
}

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

bool ffs_size(const struct ffs_part *parts, size_t n, size_t *ret)
{
	size_t size = FFS_HEADER;

	for (size_t i = 0; i < n; i++) {
		size = align4(size) + SECTION_HEADER;
		if (parts[i].body.n > FFS_SIZE_MAX - size)
			return false;
		size += parts[i].body.n;
	}
	*ret = size;
	return true;
}

void ffs_write(uint8_t *p, const struct guid *name, uint8_t type, const struct ffs_part *parts, size_t n,
	       uint8_t erased)
{
	size_t at = FFS_HEADER;

	memset(p, 0, FFS_HEADER);
	memcpy(p, name->b, sizeof(name->b));
	p[FFS_TYPE] = type;
	p[FFS_STATE] = erased ? (uint8_t)~STATE_VALID : STATE_VALID;
	for (size_t i = 0; i < n; i++) {
		for (; at % 4; at++)
			p[at] = 0;
		section_resize(p + at, SECTION_HEADER + parts[i].body.n);
		p[at + 3] = parts[i].type;
		if (parts[i].body.n)
			memcpy(p + at + SECTION_HEADER, parts[i].body.p, parts[i].body.n);
		at += SECTION_HEADER + parts[i].body.n;
	}
	ffs_resize(p, at);
}

/* Its name is all FF, as EDK II's builder writes it (BaseTools GenFv/GenFvInternalLib.c, AddPadFile()). */
void ffs_make_pad(uint8_t *p, size_t size, size_t head, uint8_t erased)
{
	assert(head >= FFS_HEADER && size >= head);
	memset(p, 0xff, sizeof(((struct guid *)0)->b));
	p[FFS_TYPE] = FFS_PAD;
	p[FFS_ATTRIBUTES] &= PAD_WITH_LENGTH;
	p[FFS_DATA_SUM] = FFS_FIXED_SUM;
	header_seal(p, head);
	memset(p + head, erased, size - head);
}

void ffs_resize(uint8_t *p, size_t size)
{
	put24(p + FFS_SIZE, size);
	p[FFS_DATA_SUM] = FFS_FIXED_SUM;
	if (p[FFS_ATTRIBUTES] & FFS_ATTRIB_SUM)
		p[FFS_DATA_SUM] = (uint8_t)-sum_of(p + FFS_HEADER, size - FFS_HEADER);
	header_seal(p, FFS_HEADER);
}

void section_resize(uint8_t *p, size_t size)
{
	put24(p, size);
}
