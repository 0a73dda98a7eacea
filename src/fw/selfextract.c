// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/selfextract.h"

#include <stdio.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "fw/codec.h"
#include "fw/unpack.h"
#include "fw/wrap_tool.h"

struct found { /* an archive inside */
	const struct wrapper *w;
	size_t at, n;
	bool turned; /* each byte one bit to the left */
};

struct finds {
	struct found all[SELFEXTRACT_ARCHIVES_MAX];
	size_t n;
	bool more;
};

#define MARK_7Z	       "7z\xbc\xaf\x27\x1c"
#define MARK_7Z_TURNED "\x6e\xf4\x79\x5f\x4e\x38"
#define MARK_UU	       "<UU>"
#define RAR_HEAD_MAX   1024 /* of a RAR 5 main header; real ones have some tens */

/* The fields of the PE header that are needed; Microsoft PE and COFF Specification, "Optional Header". */
static bool pe_is(struct span s, uint16_t *ret_subsystem, uint32_t *ret_image_size)
{
	uint32_t at;

	return span_is(s, 0, "MZ") && span_le32(s, 0x3c, &at) && span_is(s, at, "PE") &&
	       span_le32(s, (size_t)at + 24 + 56, ret_image_size) &&
	       span_le16(s, (size_t)at + 24 + 68, ret_subsystem);
}

static bool is_portwell(struct span s)
{
	uint16_t subsystem;
	uint32_t size;

	return pe_is(s, &subsystem, &size) && subsystem == 10 && span_is(s, size, MARK_UU);
}

static bool is(struct span s)
{
	uint16_t subsystem;
	uint32_t size;

	if (!pe_is(s, &subsystem, &size))
		return false;
	return subsystem == 2 || subsystem == 3 || is_portwell(s); /* Windows with and without a console */
}

/* In the order of their offsets. */
static void add(struct finds *f, struct found x)
{
	size_t i;

	if (f->n == SELFEXTRACT_ARCHIVES_MAX) {
		f->more = true;
		return;
	}
	for (i = f->n++; i > 0 && f->all[i - 1].at > x.at; i--)
		f->all[i] = f->all[i - 1];
	f->all[i] = x;
}

static bool crc_is(struct span s, size_t at, size_t n, uint32_t want)
{
	struct span c;

	return span_cut(s, at, n, &c) && crc32(0, c.p, (uInt)c.n) == want;
}

/* 7-Zip DOC/7zFormat.txt, SignatureHeader: u32 CRC of what follows, u64 offset and size of the next header, its CRC.
 */
static bool check_7z(struct span s, size_t at, struct found *ret)
{
	uint64_t offset, size, n;
	uint32_t crc;

	if (!span_le32(s, at + 8, &crc) || !crc_is(s, at + 12, 20, crc) || !span_le64(s, at + 12, &offset) ||
	    !span_le64(s, at + 20, &size))
		return false;
	n = offset > s.n || size > s.n ? s.n : 32 + offset + size;
	*ret = (struct found) { &wrapper_7z, at, n > s.n - at ? s.n - at : (size_t)n, false };
	return true;
}

static uint8_t turn(uint8_t c)
{
	return (uint8_t)(c >> 1 | c << 7);
}

static bool check_turned(struct span s, size_t at, struct found *ret)
{
	uint8_t head[32];

	for (size_t i = 0; i < sizeof(head); i++) {
		if (!span_u8(s, at + i, &head[i]))
			return false;
		head[i] = turn(head[i]);
	}
	if (!check_7z(SPAN_OF(head), 0, ret))
		return false;
	*ret = (struct found) { &wrapper_7z, at, s.n - at, true };
	return true;
}

/* [MS-CAB] 2.1, CFHEADER: zeros between the sizes, version 1.3, folders and files. */
static bool check_cab(struct span s, size_t at, struct found *ret)
{
	uint32_t zero1, zero2, zero3, size, files_at;
	uint16_t version, folders, files;

	if (!span_le32(s, at + 4, &zero1) || !span_le32(s, at + 8, &size) || !span_le32(s, at + 12, &zero2) ||
	    !span_le32(s, at + 16, &files_at) || !span_le32(s, at + 20, &zero3) || !span_le16(s, at + 24, &version) ||
	    !span_le16(s, at + 26, &folders) || !span_le16(s, at + 28, &files))
		return false;
	if (zero1 || zero2 || zero3 || version != 0x0103 || folders == 0 || files == 0 || files_at >= size)
		return false;
	*ret = (struct found) { &wrapper_cab, at, size > s.n - at ? s.n - at : size, false };
	return true;
}

/* RAR 5 technote: u32 CRC, vint size, type 1 (main), each vint 7 bits a byte. */
static bool check_rar5(struct span s, size_t at)
{
	uint32_t crc, size = 0;
	unsigned shift = 0;
	size_t p = at + 12;
	uint8_t c = 0x80;

	if (!span_le32(s, at + 8, &crc))
		return false;
	for (; c & 0x80 && shift < 21; shift += 7) {
		if (!span_u8(s, p++, &c))
			return false;
		size |= (uint32_t)(c & 0x7f) << shift;
	}
	return size > 0 && size <= RAR_HEAD_MAX && span_u8(s, p, &c) && c == 1 &&
	       crc_is(s, at + 12, p - at - 12 + size, crc);
}

/* RAR 4 technote: u16 of the CRC, type 73h (main), u16 flags, u16 size, then the rest. */
static bool check_rar(struct span s, size_t at, struct found *ret)
{
	uint16_t crc, size;
	struct span head;
	uint8_t version, type;

	*ret = (struct found) { &wrapper_rar, at, s.n - at, false };
	if (!span_u8(s, at + 6, &version))
		return false;
	if (version == 1)
		return check_rar5(s, at);
	return version == 0 && span_le16(s, at + 7, &crc) && span_u8(s, at + 9, &type) && type == 0x73 &&
	       span_le16(s, at + 12, &size) && size >= 13 && span_cut(s, at + 9, (size_t)size - 2, &head) &&
	       (uint16_t)crc32(0, head.p, (uInt)head.n) == crc;
}

/*
 * The end record of a zip (APPNOTE.TXT 4.3.16): the directory is in front of it, and its first row points to a
 * local header, from the zip's start or, where the packer counted so, from the program's.
 */
static bool check_zip(struct span s, size_t end, struct found *ret)
{
	uint32_t size, offset, local;
	uint16_t disk, n, comment;
	size_t at, base;

	if (!span_le16(s, end + 4, &disk) || disk || !span_le16(s, end + 10, &n) || n == 0 ||
	    !span_le32(s, end + 12, &size) || !span_le32(s, end + 16, &offset) || !span_le16(s, end + 20, &comment))
		return false;
	if (size > end || offset > end - size)
		return false;
	at = end - size;
	base = at - offset;
	if (!span_is(s, at, "PK\1\2") || !span_le32(s, at + 42, &local) || !span_is(s, base + local, "PK\3\4"))
		return false;
	end += 22;
	*ret = (struct found) { &wrapper_zip, base, (comment > s.n - end ? s.n : end + comment) - base, false };
	return true;
}

/* A zip without its end: the first local header that could be one (APPNOTE.TXT 4.3.7). */
static bool check_cut_zip(struct span s, size_t at, struct found *ret)
{
	uint16_t version, flags, method, name_len;
	uint8_t c;

	if (!span_le16(s, at + 4, &version) || !span_le16(s, at + 6, &flags) || !span_le16(s, at + 8, &method) ||
	    !span_le16(s, at + 26, &name_len) || !span_u8(s, at + 30, &c))
		return false;
	*ret = (struct found) { &wrapper_zip, at, s.n - at, false };
	return version <= 63 && (method <= 99) && name_len > 0 && name_len < 260 && c >= ' ' && c < 0x7f;
}

/* Each place of @mark that @check confirms; at most @max of them. The checks look at a bounded number of bytes. */
static void search(struct span s, const char *mark, bool (*check)(struct span, size_t, struct found *), size_t max,
		   struct finds *f)
{
	struct found x;

	for (size_t at = 0; max > 0 && wrap_find(s, at, span_str(mark), &at); at++)
		if (check(s, at, &x)) {
			add(f, x);
			max--;
		}
}

static void find_all(struct span s, struct finds *f)
{
	search(s, MARK_7Z, check_7z, SIZE_MAX, f);
	search(s, "PK\5\6", check_zip, SIZE_MAX, f);
	search(s, "MSCF", check_cab, SIZE_MAX, f);
	search(s, "Rar!\x1a\x07", check_rar, SIZE_MAX, f);
	search(s, MARK_7Z_TURNED, check_turned, 1, f);
	if (f->n == 0)
		search(s, "PK\3\4", check_cut_zip, 1, f);
}

static int open_turned(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	_cleanup_(buffer_done) struct buffer b = { 0 };

	if (s.n > sink->room(sink->ctx))
		return report_refuse(rep, IGD_ELIMIT, 0, "the 7z archive inside is larger than what may be decoded");
	b.p = malloc(s.n);
	if (!b.p)
		return report_refuse(rep, IGD_ENOMEM, 0, "no memory");
	for (b.n = 0; b.n < s.n; b.n++) {
		span_u8(s, b.n, &b.p[b.n]);
		b.p[b.n] = turn(b.p[b.n]);
	}
	sink->spend(sink->ctx, b.n);
	return wrapper_7z.open(buffer_span(&b), sink, rep);
}

/* A refusal of one archive is a note here: others may do. Only what the sink says, and no memory, ends it. */
static int open_one(struct span s, const struct found *x, const struct wrap_sink *sink, struct report *rep,
		    size_t *n_opened)
{
	struct report inner = { 0 };
	struct span cut;
	int r;

	if (!span_cut(s, x->at, x->n, &cut))
		return 0;
	r = x->turned ? open_turned(cut, sink, &inner) : x->w->open(cut, sink, &inner);
	for (size_t i = 0; i < inner.n_notes; i++)
		report_note(rep, x->at, "%s inside: %s", x->w->name, inner.notes[i].text);
	*n_opened += r == 0;
	if (r >= 0 || r != inner.code)
		return r;
	report_note(rep, x->at, "%s inside: %s", x->w->name, inner.refusal.text);
	return r == -IGD_ENOMEM ? report_refuse(rep, IGD_ENOMEM, x->at, "no memory") : 0;
}

static int open_all(struct span s, const struct finds *f, const struct wrap_sink *sink, struct report *rep)
{
	size_t n_opened = 0, end = 0;
	int r;

	for (size_t i = 0; i < f->n; i++) {
		if (f->all[i].at < end)
			continue;
		r = open_one(s, &f->all[i], sink, rep, &n_opened);
		if (r)
			return r;
		end = f->all[i].at + f->all[i].n;
	}
	if (f->more)
		report_note(rep, REPORT_NOWHERE, "only the first %d archives are opened", SELFEXTRACT_ARCHIVES_MAX);
	return n_opened ? 0 : report_refuse(rep, IGD_EMAGIC, f->all[0].at, "the archive inside could not be opened");
}

/* A part of Portwell's that begins with u32 of just the bytes behind, and u32 of their decoded size, is
 * EFI-compressed. */
static int part(struct wrap_member *m, const struct wrap_sink *sink, struct report *rep)
{
	static const enum codec codecs[] = { CODEC_EFI11, CODEC_TIANO };
	_cleanup_(buffer_done) struct buffer b = { 0 };
	uint32_t packed, size;

	if (!span_le32(m->bytes, 0, &packed) || !span_le32(m->bytes, 4, &size) || size == 0 ||
	    packed + UINT64_C(8) != m->bytes.n)
		return sink->member(sink->ctx, m);
	for (size_t i = 0; i < ARRAY_SIZE(codecs) && !b.p; i++)
		if (codec_decode(codecs[i], m->bytes, size, sink->room(sink->ctx), &b, NULL) == 0)
			m->how = codec_str(codecs[i]);
	if (!b.p) {
		report_note(rep, m->at, "%s: not decoded; handed over as it is", m->name);
		return sink->member(sink->ctx, m);
	}
	sink->spend(sink->ctx, b.n);
	m->bytes = buffer_span(&b);
	m->at = REPORT_NOWHERE;
	return sink->member(sink->ctx, m);
}

static int open_portwell(struct span s, size_t at, const struct wrap_sink *sink, struct report *rep)
{
	static const char *const names[] = { "Flash.efi", "Fparts.txt", "Update.nsh", "Temp.bin", "SaveDmiData.efi" };
	size_t n_given = 0;
	char name[16];
	int r;

	for (unsigned i = 0; i < SELFEXTRACT_PARTS_MAX && wrap_find(s, at, span_str(MARK_UU), &at); i++) {
		struct wrap_member m = { .name = name };
		size_t end = at += strlen(MARK_UU);

		if (!wrap_find(s, end, span_str(MARK_UU), &end))
			end = s.n;
		if (!span_cut(s, at, end - at, &m.bytes) || m.bytes.n == 0 || text_eq(m.bytes, "NULL"))
			continue;
		if (i < ARRAY_SIZE(names))
			m.name = names[i];
		else
			snprintf(name, sizeof(name), "part %u", i + 1);
		m.at = at;
		n_given++;
		r = part(&m, sink, rep);
		if (r)
			return r;
	}
	return n_given ? 0 : report_refuse(rep, IGD_ENOENT, 0, "an updater of Portwell without parts");
}

static int nothing_inside(struct span s, struct report *rep)
{
	size_t at = 0;

	if (wrap_find(s, at, span_str("ISSetupStream"), &at) || wrap_find(s, at, span_str("ISc("), &at))
		return report_refuse(rep, IGD_EVERSION, at,
				     "an InstallShield package, which is not read here: unpack it (unshield, or its "
				     "own /extract option on Windows) and give the files");
	return report_refuse(rep, IGD_EMAGIC, 0, "a program without an archive inside");
}

static int open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct finds f = { .n = 0 };
	uint16_t subsystem;
	uint32_t size = 0;

	if (is_portwell(s) && pe_is(s, &subsystem, &size))
		return open_portwell(s, size, sink, rep);
	find_all(s, &f);
	return f.n ? open_all(s, &f, sink, rep) : nothing_inside(s, rep);
}

const struct wrapper wrapper_selfextract = { "self-extractor", "program with an archive inside", is, open };
