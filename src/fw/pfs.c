// SPDX-License-Identifier: GPL-2.0-or-later
/* pfs.c - Dell's sections, volumes and entries, and images put together from the pieces in them. */
#include "fw/pfs.h"

#include <stdio.h>
#include <zlib.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/codec.h"
#include "fw/guid.h"
#include "fw/pfat.h"
#include "fw/wrap_tool.h"

/* ---- sections ----------------------------------------------------------------------------------------------- */

#define SECTION_HEADER 16 /* size of the stream, kind, mark, sum */
#define SECTION_FOOTER 16 /* size of the stream, mark, sum */
#define KIND_AT	       4
#define MARK_AT	       5
#define SUM_AT	       15
#define SECTIONS_MAX   256 /* of one file; real ones have two to some dozens */
#define FAILED_MAX     8 /* of them; after a bad one the next is looked for inside it, so each costs its length again */

static const uint8_t section_mark[] = { 0xee, 0xaa, 0x76, 0x1b, 0xec, 0xbb, 0x20, 0xf1, 0xe6, 0x51 };
static const uint8_t footer_mark[] = { 0xee, 0xaa, 0xee, 0x8f, 0x49, 0x1b, 0xe8, 0xae, 0x14, 0x37, 0x90 };
static const uint8_t zlib_magic[] = { 0x78, 0x9c };

static bool bytes_at(struct span s, size_t at, struct span bytes)
{
	struct span c;

	return span_cut(s, at, bytes.n, &c) && memcmp(c.p, bytes.p, bytes.n) == 0;
}

static bool section_at(struct span s, size_t at)
{
	return bytes_at(s, at + MARK_AT, SPAN_OF(section_mark)) &&
	       bytes_at(s, at + SECTION_HEADER, SPAN_OF(zlib_magic));
}

/* The first section at or behind @from. */
static bool section_find(struct span s, size_t from, size_t *ret)
{
	for (size_t at = from; wrap_find(s, at, SPAN_OF(section_mark), &at); at++)
		if (at >= from + MARK_AT && section_at(s, at - MARK_AT)) {
			*ret = at - MARK_AT;
			return true;
		}
	return false;
}

/* Header and footer end with the exclusive or of the bytes before. */
static bool sum_ok(struct span s, size_t at)
{
	uint8_t sum = 0, byte = 0;

	for (size_t i = 0; i < SUM_AT && span_u8(s, at + i, &byte); i++)
		sum ^= byte;
	return span_u8(s, at + SUM_AT, &byte) && byte == sum;
}

static void footer_check(struct span s, size_t at, uint32_t size, struct report *rep)
{
	uint32_t again;

	if (!span_le32(s, at, &again) || !bytes_at(s, at + 4, SPAN_OF(footer_mark)))
		report_note(rep, at, "the section has no footer");
	else if (again != size)
		report_note(rep, at, "the section's footer says %u bytes, its header %u", again, size);
	else if (!sum_ok(s, at))
		report_note(rep, at + SUM_AT, "the checksum of the section's footer is wrong");
}

/* The section at @at, which moves behind it. What cannot be decoded is a note, and @ret_failed. */
static int section_give(struct span s, size_t *at, const struct wrap_sink *sink, int *ret_failed, struct report *rep)
{
	struct wrap_member m = { .name = "section", .how = "deflate" };
	struct buffer b = { 0 };
	struct span stream;
	uint8_t kind = 0;
	uint32_t size;
	size_t start = *at + SECTION_HEADER;
	int r;

	if (!span_le32(s, *at, &size) || !span_u8(s, *at + KIND_AT, &kind))
		return report_refuse(rep, IGD_ETRUNC, *at, "the section ends inside its header");
	if (!sum_ok(s, *at))
		report_note(rep, *at + SUM_AT, "the checksum of the section's header is wrong");
	if (!span_cut(s, start, size, &stream)) {
		if (!span_from(s, start, &stream))
			return report_refuse(rep, IGD_ETRUNC, *at, "the section ends inside its header");
		report_note(rep, *at, "the section has %zu of its %u bytes", stream.n, size);
	} else {
		footer_check(s, start + size, size, rep);
	}
	if (kind == 0xaa || kind == 0xbb)
		m.name = kind == 0xaa ? "firmware" : "utilities";
	r = codec_decode(CODEC_ZLIB, stream, 0, sink->room(sink->ctx), &b, NULL);
	if (r == 0 && b.n == 0)
		r = -IGD_ELENGTH;
	if (r < 0) {
		buffer_done(&b);
		report_note(rep, *at, "the %s section cannot be decoded: %s", m.name, igd_error_str(r));
		*ret_failed = r;
		*at = start; /* its size may be what is wrong: look on from here */
		return 0;
	}
	*at = start + stream.n;
	return wrap_give_buffer(sink, &b, m);
}

static int sections_open(struct span s, size_t at, const struct wrap_sink *sink, struct report *rep)
{
	unsigned n = 0, n_failed = 0;
	int r = 0, failed = 0;

	do {
		int why = 0;

		if (n++ == SECTIONS_MAX)
			return report_refuse(rep, IGD_ELIMIT, at, "more than %u sections", SECTIONS_MAX);
		r = section_give(s, &at, sink, &why, rep);
		if (why < 0) {
			failed = why;
			n_failed++;
		}
	} while (r == 0 && n_failed < FAILED_MAX && section_find(s, at, &at));
	if (r == 0 && n_failed == n)
		return report_refuse(rep, -failed, at, "none of %u sections can be decoded", n);
	return r;
}

/* ---- ThinOS packages ---------------------------------------------------------------------------------------- */

#define PACKAGE_HEADER	0x30
#define PACKAGE_SIZE_AT 0x10

static const uint8_t package_mark[] = { 0x13, 0x55, 0x00 }; /* behind 72h or 73h */
static const uint8_t xz_magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0x00 };

static bool package_at(struct span s, size_t at)
{
	uint8_t first;

	return span_u8(s, at, &first) && (first == 0x72 || first == 0x73) &&
	       bytes_at(s, at + 1, SPAN_OF(package_mark)) && bytes_at(s, at + PACKAGE_HEADER, SPAN_OF(xz_magic));
}

static bool package_find(struct span s, size_t *ret)
{
	struct span window = wrap_window(s, PACKAGE_HEADER);

	for (size_t at = 0; wrap_find(window, at, SPAN_OF(package_mark), &at); at++)
		if (at > 0 && package_at(s, at - 1)) {
			*ret = at - 1;
			return true;
		}
	return false;
}

/* The xz stream, which is an archive like any other. */
static int package_open(struct span s, size_t at, const struct wrap_sink *sink, struct report *rep)
{
	struct wrap_member m = { .name = "package", .at = at + PACKAGE_HEADER };
	uint32_t size;

	if (!span_le32(s, at + PACKAGE_SIZE_AT, &size))
		return report_refuse(rep, IGD_ETRUNC, at, "the package ends inside its header");
	if (!span_cut(s, at + PACKAGE_HEADER, size, &m.bytes)) {
		if (!span_from(s, at + PACKAGE_HEADER, &m.bytes))
			return report_refuse(rep, IGD_ETRUNC, at, "the package ends inside its header");
		m.partial = true;
		report_note(rep, at, "the package has %zu of its %u bytes", m.bytes.n, size);
	}
	if (m.bytes.n == 0)
		return report_refuse(rep, IGD_ELENGTH, at, "the package is empty");
	return wrap_give(sink, m);
}

/* ---- volumes ------------------------------------------------------------------------------------------------ */

#define VOLUME_MARK   "PFS.HDR."
#define FOOTER_MARK   "PFS.FTR."
#define VOLUME_HEADER 0x10
#define VOLUME_FOOTER 0x10
#define ENTRY_1	      0x48 /* by the version of the entry */
#define ENTRY_2	      0x58
#define ENTRIES_MAX   4096 /* a 64 MiB flash in pieces of 16 KiB */
#define NAMES_MAX     1024
#define FLASH_MAX     ((uint64_t)256 << 20) /* no image reaches further; larger positions are no positions */
#define GAPS_MAX      ((size_t)64 << 20)    /* bytes of nothing between pieces */

struct entry {
	struct guid guid;
	struct span data, metadata;
	size_t data_at; /* in the volume */
	uint32_t version;
	bool partial;
};

struct piece {
	uint64_t position; /* in the image */
	uint32_t address;  /* of memory; parts pieces of one position (Precision 3430 has two at 40000h) */
	unsigned number;   /* as they lie in the volume */
	struct span data;
};

struct volume {
	struct span payload; /* the entries */
	struct span names;   /* data of the entry that lists them */
	const struct wrap_sink *sink;
	struct piece *pieces; /* owned */
	unsigned n_pieces, n_entries, n_given;
	bool used[NAMES_MAX]; /* entries of one GUID take the names in turn */
	bool partial;	      /* the volume ends too early */
};

/* GUIDs as BIOSUtilities prints them are these bytes from the last to the first. */
static const struct guid names_guids[] = {
	{ { 0x60, 0x19, 0x04, 0xfd, 0xc8, 0x0d, 0x9f, 0x4b, 0x82, 0x25, 0xbb, 0xa9, 0xe3, 0x7c, 0x71, 0xe0 } },
	{ { 0xd3, 0x3f, 0x58, 0x4d, 0x0e, 0xf8, 0x55, 0x40, 0xa1, 0x45, 0x9b, 0xec, 0x16, 0xcb, 0x33, 0xb0 } },
};
static const struct guid signatures_guid = { { 0xb7, 0x0b, 0x88, 0x3c, 0x58, 0xed, 0x5c, 0x4d, 0xa9, 0xae, 0xdb, 0x3a,
					       0xee, 0xaf, 0x86, 0xd0 } };

static bool guid_same(const struct guid *a, const struct guid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool volume_is(struct span s)
{
	uint32_t version = 0;

	return span_is(s, 0, VOLUME_MARK) && span_le32(s, 8, &version) && version >= 1 && version <= 2;
}

/* The entry at *@at, which moves to the next one: by a header's length at least. False: no room for a header. */
static bool entry_next(struct span payload, size_t *at, struct entry *ret)
{
	uint32_t data, signature, metadata, metadata_signature;
	struct span head, guid;
	struct entry e = { 0 };
	size_t next;

	if (!span_from(payload, *at, &head) || !span_cut(head, 0, sizeof(e.guid.b), &guid) ||
	    !span_le32(head, 0x10, &e.version) || !span_le32(head, 0x28, &data) ||
	    !span_le32(head, 0x2c, &signature) || !span_le32(head, 0x30, &metadata) ||
	    !span_le32(head, 0x34, &metadata_signature))
		return false;
	memcpy(e.guid.b, guid.p, sizeof(e.guid.b));
	e.data_at = *at + (e.version == 1 ? ENTRY_1 : ENTRY_2);
	e.partial = !span_cut(payload, e.data_at, data, &e.data);
	if (e.partial && !span_from(payload, e.data_at, &e.data))
		return false;
	next = e.data_at + data + signature;
	if (!span_cut(payload, next, metadata, &e.metadata))
		e.metadata = (struct span) { NULL, 0 };
	*at = next + metadata + metadata_signature;
	*ret = e;
	return true;
}

/* One record of the list of names: version 1, GUID, version and kinds, length, name in UTF-16 and a zero. */
static bool name_next(struct span *names, struct guid *ret_guid, struct span *ret_name)
{
	struct span guid, name;
	uint32_t version;
	uint16_t chars;

	if (!span_le32(*names, 0, &version) || version != 1 || !span_cut(*names, 4, sizeof(ret_guid->b), &guid) ||
	    !span_le16(*names, 0x20, &chars) || !span_cut(*names, 0x22, 2 * (size_t)chars, &name))
		return false;
	memcpy(ret_guid->b, guid.p, sizeof(ret_guid->b));
	*ret_name = name;
	if (!span_from(*names, 0x22 + name.n + 2, names))
		*names = (struct span) { NULL, 0 };
	return true;
}

/* UTF-16 as ASCII, what is none as "?"; cut to the room. */
static void name_copy(struct span utf16, char *buf, size_t n)
{
	char ascii[128];
	uint16_t c;
	size_t i;

	for (i = 0; i + 1 < sizeof(ascii) && span_le16(utf16, 2 * i, &c) && c != 0; i++)
		ascii[i] = c < 0x80 ? (char)c : '?';
	text_copy(text_trim((struct span) { (const uint8_t *)ascii, i }), buf, n);
}

/* The first name of the list for this GUID that no entry before had; where there is none, its number. */
static void entry_name(struct volume *v, const struct entry *e, char *buf, size_t n)
{
	struct span names = v->names, name;
	struct guid guid;

	for (unsigned i = 0; i < NAMES_MAX && name_next(&names, &guid, &name); i++)
		if (!v->used[i] && guid_same(&guid, &e->guid)) {
			v->used[i] = true;
			name_copy(name, buf, n);
			if (buf[0])
				return;
		}
	snprintf(buf, n, "entry %u", v->n_entries);
}

static bool is_dell(struct span platform)
{
	return text_starts(platform, "DELL") || text_starts(platform, "Dell") || text_starts(platform, "dell");
}

/*
 * Is the entry a piece of an image: a block of BIOS Guard with Dell's platform? Its position is the operand of the
 * script's second operation, and again in metadata of 19h bytes, which goes first.
 */
static bool piece_read(const struct entry *e, struct piece *ret, struct report *rep)
{
	struct bg_block b;
	struct piece p = { 0 };
	struct span platform;
	uint32_t position, again;

	if (!bg_block_read(e->data, 0, &b) || !span_from(b.id, 4, &platform) || !is_dell(platform) ||
	    !span_le32(b.script, 0x0c, &position))
		return false;
	p.address = position;
	if (e->metadata.n >= 0x19 && span_le32(e->metadata, 8, &again) && span_le32(e->metadata, 0, &p.address)) {
		if (again != position)
			report_note(rep, e->data_at, "the piece's script says 0x%x, its metadata 0x%x", position,
				    again);
		position = again;
	}
	p.position = position;
	p.data = b.data;
	*ret = p;
	return true;
}

static int piece_add(struct volume *v, struct piece p, struct report *rep)
{
	if (!v->pieces)
		v->pieces = calloc(ENTRIES_MAX, sizeof(*v->pieces));
	if (!v->pieces)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for the pieces");
	p.number = v->n_pieces;
	v->pieces[v->n_pieces++] = p; /* there are ENTRIES_MAX entries at most */
	return 0;
}

static int piece_compare(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/*
 * How long the image of the sorted pieces is, and false where the gaps between them are too large to be any. A piece
 * that begins before the last one ends comes behind it (BIOSUtilities 25.07.01 does the same).
 */
static bool image_measure(const struct volume *v, size_t *ret, struct report *rep)
{
	size_t end = 0, gaps = 0;

	for (unsigned i = 0; i < v->n_pieces; i++) {
		const struct piece *p = &v->pieces[i];
		size_t at = p->position > end ? (size_t)p->position : end;

		if (p->position > FLASH_MAX || at - end > GAPS_MAX - gaps)
			return false;
		if (i > 0 && at != end)
			report_note(rep, REPORT_NOWHERE, "nothing is said of 0x%zx to 0x%zx of the image", end, at);
		if (at != p->position)
			report_note(rep, REPORT_NOWHERE, "two pieces for 0x%zx of the image", (size_t)p->position);
		gaps += at - end;
		end = at + p->data.n;
	}
	*ret = end;
	return end > 0;
}

/* The image that the pieces make, gaps as erased flash. */
static int image_give(struct volume *v, struct report *rep)
{
	struct wrap_member m = { .name = "image", .how = "pieces joined", .partial = v->partial };
	struct buffer image;
	size_t len, end = 0;
	int r;

	qsort(v->pieces, v->n_pieces, sizeof(*v->pieces), piece_compare);
	if (!image_measure(v, &len, rep))
		return report_refuse(rep, IGD_ELENGTH, REPORT_NOWHERE, "%u pieces lie too far apart for an image",
				     v->n_pieces);
	r = wrap_buffer(v->sink, len, &image, rep);
	if (r < 0)
		return r;
	memset(image.p, 0xff, image.n);
	for (unsigned i = 0; i < v->n_pieces; i++) {
		const struct piece *p = &v->pieces[i];
		size_t at = p->position > end ? (size_t)p->position : end;

		wrap_put(&image, at, p->data);
		end = at + p->data.n;
	}
	v->n_given++;
	return wrap_give_buffer(v->sink, &image, m);
}

static bool is_names(const struct guid *g)
{
	return guid_same(g, &names_guids[0]) || guid_same(g, &names_guids[1]);
}

static int entry_give(struct volume *v, const struct entry *e, struct report *rep)
{
	struct wrap_member m = { .bytes = e->data, .at = VOLUME_HEADER + e->data_at, .partial = e->partial };
	struct piece p;
	char name[128];

	if (e->version < 1 || e->version > 2)
		report_note(rep, m.at, "version %u of an entry is not known", e->version);
	if (e->partial) {
		v->partial = true;
		report_note(rep, m.at, "the volume ends inside an entry");
	}
	if (piece_read(e, &p, rep))
		return piece_add(v, p, rep);
	if (e->data.n == 0 || is_names(&e->guid) || guid_same(&e->guid, &signatures_guid))
		return 0;
	entry_name(v, e, name, sizeof(name));
	m.name = name;
	v->n_given++;
	return wrap_give(v->sink, m);
}

static void names_find(struct volume *v)
{
	struct entry e;
	size_t at = 0;

	for (unsigned i = 0; i < ENTRIES_MAX && entry_next(v->payload, &at, &e); i++)
		if (is_names(&e.guid)) {
			v->names = e.data;
			return;
		}
}

static void volume_footer(struct span s, struct span payload, struct report *rep)
{
	size_t at = VOLUME_HEADER + payload.n;
	uint32_t size, sum;

	if (!span_le32(s, at, &size) || !span_le32(s, at + 4, &sum) || !span_is(s, at + 8, FOOTER_MARK))
		report_note(rep, at, "the volume has no footer");
	else if (size != payload.n)
		report_note(rep, at, "the volume's footer says %u bytes, its header %zu", size, payload.n);
	else if (sum != (uint32_t)~crc32(0, payload.p, (uInt)payload.n))
		report_note(rep, at + 4, "the checksum of the volume is wrong");
}

static int entries_open(struct volume *v, struct report *rep)
{
	struct entry e;
	size_t at = 0;
	int r = 0;

	names_find(v);
	while (r == 0 && entry_next(v->payload, &at, &e)) {
		if (++v->n_entries > ENTRIES_MAX)
			return report_refuse(rep, IGD_ELIMIT, at, "more than %u entries", ENTRIES_MAX);
		r = entry_give(v, &e, rep);
	}
	if (r == 0 && v->n_pieces > 0)
		r = image_give(v, rep);
	return r;
}

static int volume_open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct volume v = { .sink = sink };
	uint32_t size;
	int r;

	if (!span_le32(s, 0x0c, &size))
		return report_refuse(rep, IGD_ETRUNC, s.n, "the volume ends inside its header");
	if (span_cut(s, VOLUME_HEADER, size, &v.payload)) {
		volume_footer(s, v.payload, rep);
	} else {
		if (!span_from(s, VOLUME_HEADER, &v.payload))
			return report_refuse(rep, IGD_ETRUNC, s.n, "the volume ends inside its header");
		v.partial = true;
		report_note(rep, 0x0c, "the volume has %zu of its %u bytes", v.payload.n, size);
	}
	r = entries_open(&v, rep);
	free(v.pieces);
	if (r == 0 && v.n_given == 0)
		return report_refuse(rep, IGD_ELENGTH, VOLUME_HEADER, "the volume has no entry with data");
	return r;
}

static bool pfs_is(struct span s)
{
	size_t at;

	return volume_is(s) || section_find(wrap_window(s, SECTION_HEADER + sizeof(zlib_magic)), 0, &at) ||
	       package_find(s, &at);
}

static int pfs_open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	size_t at;

	if (volume_is(s))
		return volume_open(s, sink, rep);
	if (section_find(wrap_window(s, SECTION_HEADER + sizeof(zlib_magic)), 0, &at))
		return sections_open(s, at, sink, rep);
	if (package_find(s, &at))
		return package_open(s, at, sink, rep);
	return report_refuse(rep, IGD_EMAGIC, 0, "no Dell PFS");
}

const struct wrapper wrapper_pfs = {
	.name = "dell-pfs",
	.says = "Dell PFS (update package)",
	.is = pfs_is,
	.open = pfs_open,
};
