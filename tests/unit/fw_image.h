/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fw_image.h - firmware images from their parts: what begins with x_begin() is measured and summed by x_end().
 *
 * Sources: PI Specification 1.8, volume 3, 3.2; PCI Firmware Specification 3.0, 5.1; Microsoft PE and COFF
 * Specification; Linux drivers/gpu/drm/i915/display/intel_vbt_defs.h. What stands in for a driver or a VBT is made
 * up.
 */
#pragma once

#include "image.h"

#include "base/macros.h"
#include "fw/codec.h"
#include "fw/guid.h"
#include "fw/tiano_encode.h"
#include "std/pi.h"

static const struct guid guid_ffs1 = GUID(0x7a9354d9, 0x0468, 0x444a, 0x81, 0xce, 0x0b, 0xf6, 0x17, 0xd8, 0x90, 0xdf);
static const struct guid guid_ffs2 = GUID(0x8c8ce578, 0x8a3d, 0x4f1c, 0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3);
static const struct guid guid_ffs3 = GUID(0x5473c07a, 0x3dcb, 0x4dca, 0xbd, 0x6f, 0x1e, 0x96, 0x89, 0xe7, 0x34, 0x9a);
static const struct guid guid_nvram =
	GUID(0xfff12b8d, 0x7696, 0x4c8b, 0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50);
static const struct guid guid_tiano =
	GUID(0xa31280ad, 0x481e, 0x41b6, 0x95, 0xe8, 0x12, 0x7f, 0x4c, 0x98, 0x47, 0x79);
static const struct guid guid_crc32 =
	GUID(0xfc1bcdb0, 0x7d31, 0x49aa, 0x93, 0x6a, 0xa4, 0x60, 0x0d, 0x9d, 0xd0, 0x83);
static const struct guid guid_gop = GUID(0xff0c8745, 0x3270, 0x4439, 0xb7, 0x4f, 0x3e, 0x45, 0xf8, 0xc7, 0x70, 0x64);
static const struct guid guid_vbt = GUID(0x878ac2cc, 0x5343, 0x46f2, 0xb5, 0x63, 0x51, 0xf8, 0x9d, 0xaf, 0x56, 0xba);

/* The n-th of many names of our own: 19dc7100-0000-4000-8000-0000000000NN. */
static inline struct guid guid_of(uint8_t n)
{
	return (struct guid)GUID(0x19dc7100, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, n);
}

static inline void put_span(struct image *m, struct span s)
{
	assert_true(m->n + s.n <= IMAGE_MAX);
	memcpy(m->b + m->n, s.p, s.n);
	m->n += s.n;
}

static inline void put_guid(struct image *m, struct guid g)
{
	put_span(m, (struct span) { g.b, sizeof(g.b) });
}

static inline void put_fill(struct image *m, uint8_t byte, size_t n)
{
	while (n--)
		put(m, byte, 1);
}

/* UTF-16 with its zero. */
static inline void put_wide(struct image *m, const char *text)
{
	for (; *text; text++)
		put(m, (uint8_t)*text, 2);
	put(m, 0, 2);
}

static inline uint8_t sum_of(const struct image *m, size_t at, size_t n)
{
	uint8_t sum = 0;

	for (size_t i = at; i < at + n; i++)
		sum = (uint8_t)(sum + m->b[i]);
	return sum;
}

/* Make the bytes sum to zero by way of the one at @sum. */
static inline void seal_sum(struct image *m, size_t at, size_t n, size_t sum)
{
	m->b[sum] = 0;
	m->b[sum] = (uint8_t)-sum_of(m, at, n);
}

/* ---- volumes --------------------------------------------------------------------------------------------------- */

static inline size_t volume_begin(struct image *m, struct guid system, uint8_t revision)
{
	size_t at = m->n;

	put_fill(m, 0, FV_HEADER_MIN);
	memcpy(m->b + at + FV_GUID, system.b, 16);
	memcpy(m->b + at + FV_SIGNATURE, "_FVH", 4);
	set(m, at + FV_ATTRIBUTES, 0x0004feff, 4);
	set(m, at + FV_HEADER_LENGTH, FV_HEADER_MIN, 2);
	set(m, at + FV_REVISION, revision, 1);
	return at;
}

/* The header's checksum, once all the rest of it stands. */
static inline void volume_seal(struct image *m, size_t at)
{
	uint16_t sum = 0, n = (uint16_t)(m->b[at + FV_HEADER_LENGTH] | m->b[at + FV_HEADER_LENGTH + 1] << 8);

	set(m, at + FV_CHECKSUM, 0, 2);
	for (size_t i = 0; i < n; i += 2)
		sum = (uint16_t)(sum + (m->b[at + i] | m->b[at + i + 1] << 8));
	set(m, at + FV_CHECKSUM, (uint16_t)-sum, 2);
}

/* @free more bytes, and on to the next block of 64. */
static inline void volume_end(struct image *m, size_t at, size_t free)
{
	put_fill(m, 0xff, free);
	while ((m->n - at) % 64)
		put(m, 0xff, 1);
	set(m, at + FV_LENGTH, m->n - at, 8);
	set(m, at + FV_BLOCK_MAP, (m->n - at) / 64, 4);
	set(m, at + FV_BLOCK_MAP + 4, 64, 4);
	volume_seal(m, at);
}

/* ---- files -------------------------------------------------------------------------------------------------- */

/* @volume: where the volume begins, for the alignment to 8 bytes. */
static inline size_t file_begin(struct image *m, size_t volume, struct guid name, uint8_t type)
{
	size_t at;

	while ((m->n - volume) % 8)
		put(m, 0xff, 1);
	at = m->n;
	put_guid(m, name);
	put(m, 0xaa00, 2);
	put(m, type, 1);
	put(m, 0, 1);
	put(m, 0xf8000000, 4); /* size, state: valid, in the inverse of its bits */
	return at;
}

static inline void file_seal(struct image *m, size_t at, size_t header)
{
	uint8_t state = m->b[at + FFS_STATE], data_sum = m->b[at + FFS_DATA_SUM];

	m->b[at + FFS_STATE] = m->b[at + FFS_DATA_SUM] = 0;
	seal_sum(m, at, header, at + FFS_HEADER_SUM);
	m->b[at + FFS_STATE] = state;
	m->b[at + FFS_DATA_SUM] = data_sum;
}

static inline void file_end(struct image *m, size_t at)
{
	set(m, at + FFS_SIZE, m->n - at, 3);
	file_seal(m, at, FFS_HEADER);
}

/* ---- sections ----------------------------------------------------------------------------------------------- */

/* @stream: where the stream of sections begins, for the alignment to 4 bytes. */
static inline size_t section_begin(struct image *m, size_t stream, uint8_t type)
{
	size_t at;

	while ((m->n - stream) % 4)
		put(m, 0, 1);
	at = m->n;
	put(m, (uint32_t)type << 24, 4);
	return at;
}

static inline void section_end(struct image *m, size_t at)
{
	set(m, at, m->n - at, 3);
}

static inline void put_section(struct image *m, size_t stream, uint8_t type, struct span body)
{
	size_t at = section_begin(m, stream, type);

	put_span(m, body);
	section_end(m, at);
}

static inline void put_ui(struct image *m, size_t stream, const char *name)
{
	size_t at = section_begin(m, stream, SECTION_UI);

	put_wide(m, name);
	section_end(m, at);
}

/* @data_at: the bytes before the data, header included, where more than the header's 24 lie there. */
static inline size_t guided_begin(struct image *m, size_t stream, struct guid name, uint16_t data_at,
				  uint16_t attributes)
{
	size_t at = section_begin(m, stream, SECTION_GUIDED);

	put_guid(m, name);
	put(m, data_at, 2);
	put(m, attributes, 2);
	put_fill(m, 0, data_at - 24u);
	return at;
}

/* A compression section of type 1 with @inner in Tiano or EFI 1.1. */
static inline void put_compressed(struct image *m, size_t stream, enum codec c, struct span inner)
{
	size_t at = section_begin(m, stream, SECTION_COMPRESSION);
	struct buffer b = { NULL, 0 };

	put(m, inner.n, 4);
	put(m, 1, 1);
	assert_int_equal(tiano_encode(inner, c, &b), 0);
	put_span(m, buffer_span(&b));
	buffer_done(&b);
	section_end(m, at);
}

/* ---- what one looks for ------------------------------------------------------------------------------------- */

#define PE_HEADERS 0x170

/* The headers of a PE32+ with one section of @n bytes behind them; answers where they begin. */
static inline size_t put_pe(struct image *m, uint16_t machine, size_t n)
{
	size_t at = m->n;

	put_fill(m, 0, PE_HEADERS);
	memcpy(m->b + at, "MZ", 2);
	set(m, at + 0x3c, 0x40, 4);
	memcpy(m->b + at + 0x40, "PE\0\0", 4);
	set(m, at + 0x44, machine, 2);
	set(m, at + 0x46, 1, 2);   /* sections */
	set(m, at + 0x54, 240, 2); /* optional header */
	set(m, at + 0x58, 0x20b, 2);
	set(m, at + 0x58 + 60, PE_HEADERS, 4);
	set(m, at + 0x58 + 68, 11, 2);
	memcpy(m->b + at + 0x148, ".data", 5);
	set(m, at + 0x148 + 0x10, n, 4);
	set(m, at + 0x148 + 0x14, PE_HEADERS, 4);
	return at;
}

#define GOP_DATA 0x140

/* The data of a driver that looks like Intel's of Coffee Lake: name, build at 88h, ids at 100h. */
static inline void put_gop_data(struct image *m)
{
	static const uint16_t ids[] = { 0x3e91, 0x3e92, 0x3e98, 0x3e9b };
	size_t at = m->n;

	put_wide(m, "Intel(R) GOP Driver");
	put_fill(m, 0, at + 0x88 - m->n);
	put_wide(m, "1084");
	put_fill(m, 0, at + 0xa0 - m->n);
	put_wide(m, "Intel(R) Graphics Controller");
	put_fill(m, 0, at + 0x100 - m->n);
	for (size_t i = 0; i < 4; i++)
		put(m, ids[i], 2);
	put_fill(m, 0, at + GOP_DATA - m->n);
}

static inline void put_gop(struct image *m)
{
	(void)put_pe(m, 0x8664, GOP_DATA);
	put_gop_data(m);
}

#define VBT_BYTES (0x30 + 22 + 3 + 5)

static inline void put_vbt(struct image *m)
{
	size_t at = m->n;

	put_text(m, "$VBT SKYLAKE", 20);
	memset(m->b + at + 12, ' ', 8);
	put(m, 100, 2);
	put(m, 0x30, 2);
	put(m, VBT_BYTES, 2);
	put(m, 0, 2); /* checksum */
	put(m, 0x30, 4);
	put_fill(m, 0, 16);
	put_text(m, "BIOS_DATA_BLOCK ", 16);
	put(m, 209, 2);
	put(m, 22, 2);
	put(m, 22 + 3 + 5, 2);
	put(m, 1, 1); /* general features */
	put(m, 5, 2);
	put_fill(m, 0, 5);
	seal_sum(m, at, VBT_BYTES, at + 0x1a);
}

/* The headers of an option ROM image of @blocks times 512 bytes, the rest zero; answers where it begins. */
static inline size_t put_rom(struct image *m, uint16_t vendor, uint16_t device, uint8_t code_type, unsigned blocks,
			     bool last)
{
	size_t at = m->n;

	put_fill(m, 0, 512u * blocks);
	set(m, at, 0xaa55, 2);
	set(m, at + 2, blocks, 1);
	set(m, at + 0x18, 0x1c, 2);
	memcpy(m->b + at + 0x1c, "PCIR", 4);
	set(m, at + 0x20, vendor, 2);
	set(m, at + 0x22, device, 2);
	set(m, at + 0x26, 24, 2);
	set(m, at + 0x2b, 3, 1); /* class: display */
	set(m, at + 0x2c, blocks, 2);
	set(m, at + 0x30, code_type, 1);
	set(m, at + 0x31, last ? 0x80 : 0, 1);
	return at;
}

/* An EFI image of @blocks with @payload at 34h: driver for X64, compressed or not. */
static inline size_t put_efi_rom(struct image *m, unsigned blocks, struct span payload, bool compressed)
{
	size_t at = put_rom(m, 0x8086, 0x3e92, 3, blocks, true);

	assert_true(0x34 + payload.n <= blocks * (size_t)512);
	set(m, at + 4, 0x0ef1, 4);
	set(m, at + 8, 11, 2);
	set(m, at + 10, 0x8664, 2);
	set(m, at + 12, compressed, 2);
	set(m, at + 0x16, 0x34, 2);
	memcpy(m->b + at + 0x34, payload.p, payload.n);
	return at;
}

/* 256 bytes of a flash descriptor; regions from 40h on, each unused until region_put(). */
static inline void put_descriptor(struct image *m, unsigned n_regions)
{
	put_fill(m, 0xff, 0x100);
	set(m, 0x10, IFD_SIGNATURE, 4);
	set(m, 0x14, 0x03 | 0x04 << 16, 4);    /* components at 30h, regions at 40h */
	set(m, 0x18, 0x04 + n_regions / 4, 4); /* masters right behind the regions */
	set(m, 0x30, 4 << 17, 4);	       /* read frequency: of a chip since Lynx Point or later */
	for (size_t i = 0; i < n_regions; i++)
		set(m, 0x40 + 4 * i, 0x00007fff, 4);
}

/* Blocks of 4 KiB, the last included. */
static inline void region_put(struct image *m, unsigned n, unsigned first, unsigned last)
{
	set(m, 0x40 + 4 * (size_t)n, first | last << 16, 4);
}
