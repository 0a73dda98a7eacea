/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ovmf_image.h - an OVMF in small: a flash with a volume that holds a compressed file, the volumes in there, and the
 * volume of SEC behind. Layouts: EDK II OvmfPkg/OvmfPkgX64.fdf and IntelTdx/IntelTdxX64.fdf.
 */
#pragma once

#define IMAGE_MAX ((size_t)512 * 1024)

#include "fw_image.h"

#include "fw/lzma_encode.h"

enum coding { CODING_LZMA, CODING_NONE, CODING_CRC32, CODING_BROTLI, CODING_SECTION, CODING_EMPTY };

struct ovmf_spec {
	bool vars;	    /* a variables' volume in front */
	bool tdx;	    /* the DXE volume first, no PEI core */
	bool no_dxe_core;   /* in the place of one a driver */
	uint16_t machine;   /* of the DXE core; 0: PE_X64 */
	size_t dxe_free;    /* empty bytes in the DXE volume, before it is rounded up */
	size_t room;	    /* empty bytes behind the compressed file, likewise */
	uint8_t attributes; /* of the compressed file */
	enum coding coding; /* of the section in it */
	const char *video;  /* the name of the driver behind the core; NULL: "QemuVideoDxe" */
	void (*more)(struct image *m, size_t volume);	/* further files of the DXE volume */
	void (*behind)(struct image *m, size_t volume); /* what follows the compressed file */
	void (*spoil)(struct image *decoded, size_t dxe_at);
};

static const struct guid guid_lzma = GUID(0xee4e5898, 0x3914, 0x4259, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf);
static const struct guid guid_brotli =
	GUID(0x3d532050, 0x5cda, 0x4fd0, 0x87, 0x9e, 0x0f, 0x7f, 0x63, 0x0d, 0x5a, 0xfb);

/* A file of a PE32 section with @n bytes of 0x5a behind its headers, and a name. */
static inline void put_driver(struct image *m, size_t volume, struct guid guid, uint8_t type, uint16_t machine,
			      const char *name, size_t n)
{
	size_t f = file_begin(m, volume, guid, type), stream = m->n, s = section_begin(m, stream, SECTION_PE32);

	(void)put_pe(m, machine, n);
	put_fill(m, 0x5a, n);
	section_end(m, s);
	put_ui(m, stream, name);
	file_end(m, f);
}

static inline void put_freeform(struct image *m, size_t volume, struct guid guid, struct span raw)
{
	size_t f = file_begin(m, volume, guid, FFS_FREEFORM);

	put_section(m, m->n, SECTION_RAW, raw);
	file_end(m, f);
}

static inline void put_pei_volume(struct image *m)
{
	size_t s = section_begin(m, 0, SECTION_VOLUME_IMAGE), v = volume_begin(m, guid_ffs2, 2);

	put_driver(m, v, guid_of(0xc0), FFS_PEI_CORE, 0x8664, "PeiCore", 16);
	volume_end(m, v, 64);
	section_end(m, s);
}

/* Answers where the volume begins. */
static inline size_t put_dxe_volume(struct image *m, const struct ovmf_spec *p)
{
	uint16_t machine = p->machine ? p->machine : 0x8664;
	size_t s = section_begin(m, 0, SECTION_VOLUME_IMAGE), v = volume_begin(m, guid_ffs2, 2);

	put_driver(m, v, guid_of(1), p->no_dxe_core ? FFS_DRIVER : FFS_DXE_CORE, machine, "DxeCore", 40);
	put_driver(m, v, guid_of(2), FFS_DRIVER, machine, p->video ? p->video : "QemuVideoDxe", 24);
	if (p->more)
		p->more(m, v);
	volume_end(m, v, p->dxe_free);
	section_end(m, s);
	return v;
}

/* The decompressed bytes of @p; answers where the DXE volume is. */
static inline size_t put_decoded(struct image *m, const struct ovmf_spec *p)
{
	size_t dxe;

	put_section(m, 0, SECTION_RAW, (struct span) { (const uint8_t *)"\0\0\0\0\0\0\0", 8 });
	if (!p->tdx)
		put_pei_volume(m);
	put_section(m, 0, SECTION_RAW, (struct span) { (const uint8_t *)"\0\0\0\0\0\0\0", 8 });
	dxe = put_dxe_volume(m, p);
	if (p->tdx) { /* a second volume behind */
		size_t s = section_begin(m, 0, SECTION_VOLUME_IMAGE), v = volume_begin(m, guid_ffs2, 2);

		put_driver(m, v, guid_of(0xd0), FFS_APPLICATION, 0x8664, "UiApp", 16);
		volume_end(m, v, 64);
		section_end(m, s);
	}
	if (p->spoil)
		p->spoil(m, dxe);
	return dxe;
}

static inline struct buffer lzma_of(struct span s)
{
	static const uint8_t model[13] = { 0x5d, 0, 0, 1 }; /* a dictionary of 64 KiB */
	struct buffer b = { NULL, 0 };

	assert_int_equal(lzma_encode(s, SPAN_OF(model), 6, &b, NULL), 0);
	return b;
}

static inline void put_coded(struct image *m, size_t stream, const struct ovmf_spec *p, struct span decoded)
{
	struct buffer b = lzma_of(decoded);
	size_t s;

	switch (p->coding) {
	case CODING_LZMA:
		s = guided_begin(m, stream, guid_lzma, 24, 1);
		put_span(m, buffer_span(&b));
		section_end(m, s);
		break;
	case CODING_NONE: /* the sections as they are */
		put_span(m, decoded);
		break;
	case CODING_CRC32:
		s = guided_begin(m, stream, guid_crc32, 28, 2);
		put_span(m, decoded);
		section_end(m, s);
		break;
	case CODING_BROTLI:
		s = guided_begin(m, stream, guid_brotli, 24, 1);
		put_span(m, buffer_span(&b));
		section_end(m, s);
		break;
	case CODING_SECTION:
		s = section_begin(m, stream, SECTION_COMPRESSION);
		put(m, decoded.n, 4);
		put(m, 2, 1);
		put_span(m, buffer_span(&b));
		section_end(m, s);
		break;
	case CODING_EMPTY:
		put_section(m, stream, SECTION_RAW, (struct span) { (const uint8_t *)"none", 4 });
		break;
	}
	buffer_done(&b);
}

/* The whole of it. Answers where the volume with the compressed file begins. */
static inline size_t put_ovmf(struct image *m, const struct ovmf_spec *p)
{
	static struct image decoded;
	size_t v, f, sec;

	decoded.n = m->n = 0;
	(void)put_decoded(&decoded, p);
	if (p->vars) {
		v = volume_begin(m, guid_nvram, 2);
		volume_end(m, v, 256);
	}
	v = volume_begin(m, guid_ffs2, 2);
	f = file_begin(m, v, guid_of(0xf0), FFS_VOLUME_IMAGE);
	m->b[f + FFS_ATTRIBUTES] = p->attributes;
	put_coded(m, m->n, p, image_span(&decoded));
	if (p->attributes & FFS_ATTRIB_SUM)
		m->b[f + FFS_DATA_SUM] = (uint8_t)-sum_of(m, f + FFS_HEADER, m->n - f - FFS_HEADER);
	file_end(m, f);
	if (p->behind)
		p->behind(m, v);
	volume_end(m, v, p->room);
	sec = volume_begin(m, guid_ffs2, 2);
	put_driver(m, sec, guid_of(0xf1), FFS_SEC_CORE, 0x8664, "SecMain", 16);
	volume_end(m, sec, 0);
	return v;
}
