// SPDX-License-Identifier: GPL-2.0-or-later
/* edid.c - reading the base block of an EDID, and taking serial numbers out of all of it. */
#include "fw/edid.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

#define SUM_AT	      127
#define SERIAL_AT     12
#define SERIAL_LEN    4
#define DESC_LEN      18
#define DESC_FIRST    54
#define DESC_COUNT    4
#define DESC_TEXT     5 /* text of a display descriptor */
#define DESC_TEXT_LEN 13
#define TAG_SERIAL    0xff
#define TAG_NAME      0xfc

#define EXT_CTA	      0x02
#define EXT_DISPLAYID 0x70

/* A byte of a block that was already measured. */
static unsigned u8(struct span s, size_t at)
{
	uint8_t byte = 0;

	span_u8(s, at, &byte);
	return byte;
}

static const uint8_t magic[8] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00 };

/* The tag of a display descriptor at @at; false when a timing is there. */
static bool desc_tag(struct span s, size_t at, uint8_t *ret)
{
	uint16_t clock;

	return span_le16(s, at, &clock) && clock == 0 && span_u8(s, at + 3, ret);
}

static uint8_t block_sum(struct span block)
{
	uint8_t sum = 0, byte;

	for (size_t i = 0; span_u8(block, i, &byte); i++)
		sum = (uint8_t)(sum + byte);
	return sum;
}

static void maker_read(struct span b, char ret[4])
{
	unsigned code = u8(b, 8) << 8 | u8(b, 9); /* big endian, five bits a letter */

	for (unsigned i = 0; i < 3; i++) {
		unsigned letter = code >> (10 - 5 * i) & 0x1f;

		if (letter < 1 || letter > 26 || code > 0x7fff) {
			memcpy(ret, "???", 4);
			return;
		}
		ret[i] = (char)('A' + letter - 1);
	}
	ret[3] = '\0';
}

static void date_read(struct span b, struct edid_info *e)
{
	unsigned week = u8(b, 16), year = u8(b, 17);

	e->model_year = week == 0xff;
	e->week = week <= 54 ? (uint8_t)week : 0;
	e->year = year ? (uint16_t)(1990 + year) : 0;
}

static void input_read(struct span b, struct edid_info *e)
{
	static const uint8_t depths[8] = { 0, 6, 8, 10, 12, 14, 16, 0 };
	unsigned input = u8(b, 20);

	e->digital = (input & 0x80) != 0;
	if (e->digital && (e->version > 1 || e->revision >= 4))
		e->bits = depths[input >> 4 & 7];
}

/* The first detailed timing is the preferred mode (E-EDID 3.10.2; before 1.3 by the feature bit, which all set). */
static void preferred_read(struct span b, struct edid_info *e)
{
	unsigned hactive, hblank, vactive, vblank;
	uint16_t clock; /* 10 kHz */
	struct span d;
	uint64_t total;

	if (!span_cut(b, DESC_FIRST, DESC_LEN, &d) || !span_le16(d, 0, &clock) || clock == 0)
		return;
	hactive = u8(d, 2) | (u8(d, 4) & 0xf0) << 4;
	hblank = u8(d, 3) | (u8(d, 4) & 0x0f) << 8;
	vactive = u8(d, 5) | (u8(d, 7) & 0xf0) << 4;
	vblank = u8(d, 6) | (u8(d, 7) & 0x0f) << 8;
	total = (uint64_t)(hactive + hblank) * (vactive + vblank);
	if (hactive == 0 || vactive == 0)
		return;
	e->interlaced = (u8(d, 17) & 0x80) != 0;
	e->width = (uint16_t)hactive;
	e->height = (uint16_t)(e->interlaced ? 2 * vactive : vactive); /* the fields are counted in lines of one */
	e->refresh_mhz = (uint32_t)(UINT64_C(10000000) * clock / total / (e->interlaced ? 2 : 1));
}

static void name_read(struct span b, struct edid_info *e)
{
	struct span text;
	uint8_t tag;

	for (size_t i = 0; i < DESC_COUNT; i++) {
		size_t at = DESC_FIRST + i * DESC_LEN;

		if (!desc_tag(b, at, &tag) || tag != TAG_NAME || !span_cut(b, at + DESC_TEXT, DESC_TEXT_LEN, &text))
			continue;
		text_copy(text_trim(span_before(span_before(text, '\n'), 0)), e->name, sizeof(e->name));
		return;
	}
}

int edid_read(struct span edid, struct edid_info *ret, struct report *rep)
{
	struct edid_info e = { 0 };
	struct span b;

	if (!span_cut(edid, 0, EDID_BLOCK, &b))
		return report_refuse(rep, IGD_ETRUNC, edid.n, "%zu bytes are less than an EDID block", edid.n);
	if (memcmp(b.p, magic, sizeof(magic)) != 0)
		return report_refuse(rep, IGD_EMAGIC, 0, "no EDID header");
	e.checksum_ok = block_sum(b) == 0;
	if (!e.checksum_ok)
		report_note(rep, SUM_AT, "the checksum is wrong");
	span_u8(b, 18, &e.version);
	span_u8(b, 19, &e.revision);
	span_u8(b, 126, &e.n_extensions);
	e.n_blocks = edid.n / EDID_BLOCK;
	if (e.n_blocks < 1u + e.n_extensions)
		report_note(rep, 126, "%u extensions are declared, %zu are there", e.n_extensions, e.n_blocks - 1);
	span_le16(b, 10, &e.product);
	maker_read(b, e.maker);
	date_read(b, &e);
	input_read(b, &e);
	preferred_read(b, &e);
	name_read(b, &e);
	*ret = e;
	return 0;
}

char *edid_monitor_str(const struct edid_info *e, char *buf, size_t n)
{
	if (e->name[0])
		snprintf(buf, n, "%s %s", e->maker, e->name);
	else
		snprintf(buf, n, "%s %04x", e->maker, e->product);
	return buf;
}

static void wipe(uint8_t *block, size_t at, size_t n)
{
	for (size_t i = at; i < at + n && i < EDID_BLOCK; i++)
		block[i] = 0;
}

/* Serial number descriptors among the 18-byte ones from @at on; an empty text is a line feed and blanks. */
static void redact_descriptors(uint8_t *block, size_t at, size_t end)
{
	struct span s = { block, EDID_BLOCK };
	uint8_t tag;

	for (; at + DESC_LEN <= end; at += DESC_LEN)
		if (desc_tag(s, at, &tag) && tag == TAG_SERIAL) {
			memset(block + at + DESC_TEXT, ' ', DESC_TEXT_LEN);
			block[at + DESC_TEXT] = '\n';
		}
}

/*
 * A DisplayID section: version, length, product type, extension count, then data blocks of tag, revision, length
 * and payload, then a checksum of its own.
 */
static void redact_displayid(uint8_t *block)
{
	static const struct {
		uint8_t tag, at, n;
	} secrets[] = {
		{ 0x00, 5, 4 },	   /* 1.x product identification: serial number */
		{ 0x20, 5, 4 },	   /* 2.x product identification: serial number */
		{ 0x0a, 0, 0xff }, /* 1.x product serial number text */
		{ 0x29, 0, 0xff }, /* 2.x container id */
	};
	size_t end = 5u + block[2], at = 5;
	uint8_t before, after;

	if (end > SUM_AT - 1) /* the section's checksum and the block's own come behind */
		end = SUM_AT - 1;
	before = block_sum((struct span) { block + 1, end - 1 });
	while (at + 3 <= end) {
		size_t n = block[at + 2];

		if (block[at] == 0 && n == 0) /* padding */
			break;
		if (n > end - at - 3)
			n = end - at - 3;
		for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
			if (block[at] == secrets[i].tag && secrets[i].at < n)
				wipe(block, at + 3 + secrets[i].at,
				     secrets[i].n < n - secrets[i].at ? secrets[i].n : n - secrets[i].at);
		at += 3 + n;
	}
	after = block_sum((struct span) { block + 1, end - 1 });
	block[end] = (uint8_t)(block[end] + before - after);
}

static void redact_block(uint8_t *block, bool base)
{
	struct span s = { block, EDID_BLOCK };
	uint8_t before = block_sum(s);

	if (base) {
		wipe(block, SERIAL_AT, SERIAL_LEN);
		redact_descriptors(block, DESC_FIRST, DESC_FIRST + DESC_COUNT * DESC_LEN);
	} else if (block[0] == EXT_CTA && block[2] >= 4) {
		redact_descriptors(block, block[2], SUM_AT);
	} else if (block[0] == EXT_DISPLAYID) {
		redact_displayid(block);
	}
	block[SUM_AT] = (uint8_t)(block[SUM_AT] + before - block_sum(s));
}

int edid_redact(uint8_t *p, size_t n)
{
	size_t at;

	if (n < EDID_BLOCK)
		return -IGD_ETRUNC;
	if (memcmp(p, magic, sizeof(magic)) != 0)
		return -IGD_EMAGIC;
	for (at = 0; n - at >= EDID_BLOCK; at += EDID_BLOCK)
		redact_block(p + at, at == 0);
	memset(p + at, 0, n - at);
	return 0;
}
