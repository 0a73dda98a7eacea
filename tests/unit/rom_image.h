/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rom_image.h - option ROMs built image by image, as the PCI Firmware Specification 3.0, 5.1, lays them out. */
#pragma once

#include "image.h"

#define ROM_PCIR 0x40 /* where these images have theirs */

struct rom_part {
	bool there;	 /* for tables with room for several */
	uint8_t type;	 /* 0 PC, 3 EFI, 0xe0 NVIDIA's data */
	uint16_t blocks; /* by PCIR */
	uint16_t vendor, device;
	uint8_t indicator; /* 0x80: the last */
	uint8_t revision;  /* of PCIR: 3 has a device list and a longer structure */
	bool nv;	   /* NVIDIA's signatures */
	uint16_t npde;	   /* blocks by NPDE; 0: it has none */
	uint8_t npde_last;
	uint16_t machine; /* of an EFI image; 0: x64 */
	uint16_t pcir_at; /* 0: ROM_PCIR */
	uint16_t body;	  /* blocks really put down; 0: .blocks */
	uint16_t class;	  /* 0: 0x0300 */
};

/* Where an image of these has its driver: behind the header. */
#define ROM_DRIVER 0x80

static inline void rom_header(struct image *m, size_t at, const struct rom_part *p)
{
	set(m, at, p->nv ? 0x4e56 : 0xaa55, 2);
	if (p->type == 3) {
		set(m, at + 0x02, p->blocks, 2);
		set(m, at + 0x04, 0x0ef1, 4);
		set(m, at + 0x08, 0x0b, 2); /* boot service driver */
		set(m, at + 0x0a, p->machine ? p->machine : 0x8664, 2);
		set(m, at + 0x16, ROM_DRIVER, 2);
		set(m, at + ROM_DRIVER, 0x5a4d, 2); /* MZ */
	} else {
		set(m, at + 0x02, p->blocks, 1);
		set(m, at + 0x03, 0xcb, 1); /* retf */
	}
	set(m, at + 0x18, p->pcir_at ? p->pcir_at : ROM_PCIR, 2);
}

static inline void rom_pcir(struct image *m, size_t at, const struct rom_part *p)
{
	memcpy(m->b + at, p->nv ? "NPDS" : "PCIR", 4);
	set(m, at + 0x04, p->vendor, 2);
	set(m, at + 0x06, p->device, 2);
	set(m, at + 0x0a, p->revision >= 3 ? 0x1c : 0x18, 2);
	set(m, at + 0x0c, p->revision, 1);
	set(m, at + 0x0e, p->class ? p->class : 0x0300, 2);
	set(m, at + 0x10, p->blocks, 2);
	set(m, at + 0x12, 0x0102, 2);
	set(m, at + 0x14, p->type, 1);
	set(m, at + 0x15, p->indicator, 1);
}

/* Make the bytes of the image at @at, @n of them, add up to 0, by its byte 6 (which neither kind of header uses). */
static inline void rom_seal(struct image *m, size_t at, size_t n)
{
	uint8_t sum = 0;

	m->b[at + 6] = 0;
	for (size_t i = 0; i < n && at + i < m->n; i++)
		sum = (uint8_t)(sum + m->b[at + i]);
	m->b[at + 6] = (uint8_t)-sum;
}

/* The code at @at of an Intel VBIOS that looks for its device between @first and @end. */
static inline void rom_family_code(struct image *m, size_t at, uint16_t first, uint16_t end)
{
	static const uint8_t code[] = {
		0xbe, 0,    0,	  0xb9, 0,    0,    0x2e, 0xc7, 0x06, 0xaa, 0xf9, 0x10, 0x00,
		0x2b, 0xce, 0xd1, 0xe9, 0x2e, 0x39, 0x04, 0x74, 0x52, 0x83, 0xc6, 0x02, 0xe2
	};

	memcpy(m->b + at, code, sizeof(code));
	set(m, at + 1, first, 2);
	set(m, at + 4, end, 2);
}

/* Append an image; the answer is where it begins. */
static inline size_t rom_add(struct image *m, struct rom_part p)
{
	size_t at = m->n, n = (p.body ? p.body : p.blocks) * (size_t)512,
	       pcir = at + (p.pcir_at ? p.pcir_at : ROM_PCIR);

	assert_true(at + n <= IMAGE_MAX);
	m->n += n;
	rom_header(m, at, &p);
	rom_pcir(m, pcir, &p);
	if (p.npde) {
		size_t npde = at + (ROM_PCIR + (p.revision >= 3 ? 0x1cU : 0x18U) + 15) / 16 * 16;

		memcpy(m->b + npde, "NPDE", 4);
		set(m, npde + 0x04, 0x0101, 2);
		set(m, npde + 0x06, 0x14, 2);
		set(m, npde + 0x08, p.npde, 2);
		set(m, npde + 0x0a, p.npde_last, 1);
	}
	if (p.type == 0)
		rom_seal(m, at, p.blocks * (size_t)512);
	return at;
}
