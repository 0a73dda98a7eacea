// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/fv_section.h"

#include <stdio.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/text.h"
#include "std/pi.h"

/*
 * GUIDed sections by the way to their inside. Sources: MdeModulePkg and IntelFrameworkModulePkg .dec files (CRC32,
 * Tiano, LZMA, LZMA F86, Brotli); UEFITool NE common/ffs.cpp (HP's and Microsoft's LZMA, AMD's two zlib ones, gzip,
 * firmware contents signed, RSA 2048 with SHA-256).
 */
static const struct {
	struct guid guid;
	enum section_inside inside;
	enum codec codec;
	const char *how;
} guided[] = {
	{ GUID(0xfc1bcdb0, 0x7d31, 0x49aa, 0x93, 0x6a, 0xa4, 0x60, 0x0d, 0x9d, 0xd0, 0x83), INSIDE_PLAIN, 0,
	  "crc32" },
	{ GUID(0xa31280ad, 0x481e, 0x41b6, 0x95, 0xe8, 0x12, 0x7f, 0x4c, 0x98, 0x47, 0x79), INSIDE_CODED, CODEC_TIANO,
	  "tiano" },
	{ GUID(0xee4e5898, 0x3914, 0x4259, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf), INSIDE_CODED, CODEC_LZMA,
	  "lzma" },
	{ GUID(0x0ed85e23, 0xf253, 0x413f, 0xa0, 0x3c, 0x90, 0x19, 0x87, 0xb0, 0x43, 0x97), INSIDE_CODED, CODEC_LZMA,
	  "lzma-hp" },
	{ GUID(0xbd9921ea, 0xed91, 0x404a, 0x8b, 0x2f, 0xb4, 0xd7, 0x24, 0x74, 0x7c, 0x8c), INSIDE_CODED, CODEC_LZMA,
	  "lzma-ms" },
	{ GUID(0xd42ae6bd, 0x1352, 0x4bfb, 0x90, 0x9a, 0xca, 0x72, 0xa6, 0xea, 0xe8, 0x89), INSIDE_CODED,
	  CODEC_LZMA_F86, "lzma-f86" },
	{ GUID(0x3d532050, 0x5cda, 0x4fd0, 0x87, 0x9e, 0x0f, 0x7f, 0x63, 0x0d, 0x5a, 0xfb), INSIDE_CODED,
	  CODEC_BROTLI, "brotli" },
	{ GUID(0xce3233f5, 0x2cd6, 0x4d87, 0x91, 0x52, 0x4a, 0x23, 0x8b, 0xb6, 0xd1, 0xc4), INSIDE_CODED, CODEC_ZLIB,
	  "zlib" },
	{ GUID(0x991efac0, 0xe260, 0x416b, 0xa4, 0xb8, 0x3b, 0x15, 0x30, 0x72, 0xb8, 0x04), INSIDE_CODED, CODEC_ZLIB,
	  "zlib" },
	{ GUID(0x1d301fe9, 0xbe79, 0x4353, 0x91, 0xc2, 0xd2, 0x3b, 0xc9, 0x59, 0xae, 0x0c), INSIDE_CODED, CODEC_GZIP,
	  "gzip" },
	{ GUID(0xa7717414, 0xc616, 0x4977, 0x94, 0x20, 0x84, 0x47, 0x12, 0xa7, 0x35, 0xbf), INSIDE_PLAIN, 0,
	  "rsa2048-sha256" },
	{ GUID(0x0f9d89e8, 0x9259, 0x4f76, 0xa5, 0xaf, 0x0c, 0x89, 0xe3, 0x40, 0x23, 0xdf), INSIDE_PLAIN, 0,
	  "signed" },
};

/* A driver has its name among its first sections: dependencies, image, name, version. */
#define NAMED_SECTIONS_MAX 32

/* AMD's zlib sections have a header of 256 bytes before the stream, its size at 0x14 (UEFITool NE ffsparser.cpp). */
#define AMD_ZLIB_HEADER 0x100

/*
 * Where a signature stands before the sections: EDK II counts it into the head (SecurityPkg
 * FvReportPei/Rsa2048Sha256GuidedSectionExtractLib go by the size of their own structures), other makers do not, and
 * then the body begins with it. A block of RSA 2048 is the GUID of its hash, a key and a signature of 256 bytes each;
 * a certificate says its length, then revision 2.0 and type EF1h (UEFI Specification 2.10, 32.2.4).
 */
#define RSA_BLOCK (16 + 256 + 256)

static size_t signature_size(struct span body)
{
	static const struct guid sha256 =
		GUID(0x51aa59de, 0xfdf2, 0x4ea3, 0xbc, 0x63, 0x87, 0x5f, 0xb7, 0x84, 0x2e, 0xe9);
	uint32_t length, form;
	struct guid hash;

	if (guid_read(body, 0, &hash) && guid_eq(&hash, &sha256))
		return RSA_BLOCK;
	if (span_le32(body, 0, &length) && span_le32(body, 4, &form) && form == 0x0ef10200)
		return length;
	return 0;
}

/* The body of a compression section: decoded size, algorithm (3.2.5.2). */
static bool compression_read(struct span head, struct fv_section *s)
{
	uint32_t size;
	uint8_t algorithm;

	if (!span_le32(head, 0, &size) || !span_u8(head, 4, &algorithm) || !span_from(head, 5, &s->body))
		return false;
	s->head += 5;
	s->decoded_size = size;
	s->inside = algorithm == 0   ? INSIDE_PLAIN
		    : algorithm == 1 ? INSIDE_EFI
		    : algorithm == 2 ? INSIDE_CODED
				     : INSIDE_UNKNOWN;
	s->codec = CODEC_LZMA;
	s->how = algorithm == 0 ? "none" : algorithm == 2 ? "lzma" : "efi";
	return true;
}

/* GUID, where the data begin counted from the section's start, attributes: bit 0, must be processed (3.2.5.7). */
static bool guided_read(struct span head, size_t common, struct fv_section *s)
{
	uint16_t data_at, attributes;
	struct span plain;
	uint32_t stream;

	if (!guid_read(head, 0, &s->guid) || !span_le16(head, 16, &data_at) || !span_le16(head, 18, &attributes) ||
	    data_at < common + 20 || !span_from(s->bytes, data_at, &s->body))
		return false;
	s->has_guid = true;
	s->head = data_at;
	s->inside = attributes & 1 ? INSIDE_UNKNOWN : INSIDE_PLAIN;
	s->how = "guided";
	for (size_t i = 0; i < ARRAY_SIZE(guided); i++) {
		if (!guid_eq(&guided[i].guid, &s->guid))
			continue;
		s->inside = guided[i].inside;
		s->codec = guided[i].codec;
		s->how = guided[i].how;
	}
	if (s->inside == INSIDE_PLAIN && span_from(s->body, signature_size(s->body), &plain)) {
		s->head += s->body.n - plain.n;
		s->body = plain;
	}
	if (s->inside == INSIDE_CODED && s->codec == CODEC_ZLIB && span_le32(s->body, 0x14, &stream) &&
	    s->body.n > AMD_ZLIB_HEADER && stream <= s->body.n - AMD_ZLIB_HEADER && stream > 2)
		return span_cut(s->body, AMD_ZLIB_HEADER, stream, &s->body);
	return true;
}

static bool inside_read(struct fv_section *s, size_t common)
{
	struct span head;

	if (!span_from(s->bytes, common, &head))
		return false;
	s->body = head;
	s->head = common;
	switch (s->type) {
	case SECTION_COMPRESSION:
		return compression_read(head, s);
	case SECTION_GUIDED:
		return guided_read(head, common, s);
	case SECTION_DISPOSABLE:
		s->inside = INSIDE_PLAIN;
		s->how = "disposable";
		return true;
	case SECTION_FREEFORM_GUID:
		s->has_guid = guid_read(head, 0, &s->guid) && span_from(head, 16, &s->body);
		s->head += s->has_guid ? 16 : 0;
		return s->has_guid;
	}
	return true;
}

int fv_section_next(struct span stream, size_t *at, struct fv_section *ret, struct report *rep)
{
	struct fv_section s = { .at = (*at + 3) & ~(size_t)3 };
	struct span rest;
	uint32_t word, size;
	size_t common = 4;

	if (!span_from(stream, s.at, &rest) || !span_le32(rest, 0, &word))
		return 0;
	size = word & 0xffffff;
	s.type = (uint8_t)(word >> 24);
	if (size == 0xffffff) { /* 3.2.4: EFI_COMMON_SECTION_HEADER2 */
		common = 8;
		if (s.type == 0xff || !span_le32(rest, 4, &size))
			return 0;
	}
	if (size < common || s.type == 0)
		return 0;
	s.partial = size > rest.n;
	s.bytes = rest;
	if (!s.partial && !span_cut(rest, 0, size, &s.bytes))
		return 0;
	if (!inside_read(&s, common)) {
		report_note(rep, s.at, "a section of type 0x%02x is too short for its header", s.type);
		s.inside = INSIDE_NONE;
	}
	if (s.partial)
		report_note(rep, s.at + s.bytes.n, "ends here, %zu bytes before a section does", size - rest.n);
	*at = s.at + s.bytes.n;
	*ret = s;
	return 1;
}

bool fv_section_plausible(struct span stream)
{
	struct fv_section s;
	size_t at = 0;

	for (unsigned n = 0; n < 64; n++) {
		size_t before = at;

		if (fv_section_next(stream, &at, &s, NULL) == 0) {
			struct span rest;

			return n > 0 && span_from(stream, before, &rest) &&
			       (rest.n < 4 || span_is_filled(rest, 0xff) || span_is_filled(rest, 0));
		}
		if (s.partial || s.type > SECTION_MM_DEPEX ||
		    (s.type == SECTION_COMPRESSION && s.inside == INSIDE_UNKNOWN))
			return false;
	}
	return true;
}

const char *fv_section_type_str(uint8_t type, char buf[16])
{
	static const char *const words[] = {
		[SECTION_COMPRESSION] = "compressed",
		[SECTION_GUIDED] = "guided",
		[SECTION_DISPOSABLE] = "disposable",
		[SECTION_PE32] = "pe32",
		[SECTION_PIC] = "pic",
		[SECTION_TE] = "te",
		[SECTION_DXE_DEPEX] = "dxe-depex",
		[SECTION_VERSION] = "version",
		[SECTION_UI] = "ui",
		[SECTION_COMPATIBILITY16] = "compat16",
		[SECTION_VOLUME_IMAGE] = "volume-image",
		[SECTION_FREEFORM_GUID] = "freeform",
		[SECTION_RAW] = "raw",
		[SECTION_PEI_DEPEX] = "pei-depex",
		[SECTION_MM_DEPEX] = "mm-depex",
	};

	if (type < ARRAY_SIZE(words) && words[type])
		return words[type];
	snprintf(buf, 16, "0x%02x", type);
	return buf;
}

/* One code unit of UTF-16 as UTF-8; surrogates become '?': no name of a driver has any. */
static size_t utf8_put(uint16_t c, char *p)
{
	if (c >= 0xd800 && c < 0xe000)
		c = '?';
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	p[0] = (char)(0xe0 | c >> 12);
	p[1] = (char)(0x80 | (c >> 6 & 0x3f));
	p[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

bool fv_section_text(struct span body, char *buf, size_t n)
{
	size_t out = 0;
	uint16_t c;

	for (size_t at = 0; span_le16(body, at, &c) && c != 0 && out + 4 < n; at += 2)
		out += utf8_put(c, buf + out);
	buf[out] = '\0';
	text_clean(buf);
	return out > 0;
}

bool fv_section_find_name(struct span stream, char *buf, size_t n)
{
	struct fv_section s;
	size_t at = 0;

	for (unsigned i = 0; i < NAMED_SECTIONS_MAX && fv_section_next(stream, &at, &s, NULL) == 1; i++)
		if (s.type == SECTION_UI && fv_section_text(s.body, buf, n))
			return true;
	return false;
}
