// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pe_section.c - one more section for a PE32+ image (Microsoft PE and COFF Specification: COFF file header, optional
 * header, section table).
 *
 * Nothing that is there moves: the new header goes into the zeros that linkers leave between the last header and the
 * first section's bytes, the body behind the last section. An image without that room is refused, since making room
 * would shift everything that points into the file.
 */
#include "fw/pe_section.h"

#include "base/error.h"
#include "base/le.h"
#include "base/macros.h"
#include "fw/pe.h"

#define LFANEW_AT     0x3c
#define COFF_SIZE     24 /* the signature included */
#define N_SECTIONS_AT 6
#define OPTIONAL_AT   20 /* where the size of the optional header is */
#define SECTIONS_MAX  96 /* as pe_read() has it */
#define SECTION_SIZE  40
#define FILE_ALIGN    65536 /* at most, says the specification */

/* In the optional header of a PE32+. */
#define DATA_SIZE_AT	8 /* SizeOfInitializedData */
#define SECTION_ALIGN	32
#define FILE_ALIGN_AT	36
#define IMAGE_SIZE_AT	56
#define HEADERS_SIZE_AT 60
#define CHECKSUM_AT	64
#define N_DIRECTORIES	108
#define DIRECTORIES_AT	112
#define SECURITY	4   /* the directory of signatures, whose place is one in the file */
#define SECURITY_AT	144 /* DIRECTORIES_AT and four of 8 bytes */

#define READ_ONLY_DATA 0x40000040 /* IMAGE_SCN_CNT_INITIALIZED_DATA, IMAGE_SCN_MEM_READ */

struct table { /* of sections */
	size_t at;
	unsigned n;
};

struct layout {		 /* of a PE32+, as far as a further section needs it */
	size_t optional; /* offsets in the file */
	size_t n_at;
	struct table table;
	uint32_t section_align, file_align, headers_size, data_size;
	uint64_t data_at;    /* the first byte of a section in the file */
	uint64_t memory_end; /* of the sections and the image */
};

static bool align_ok(uint32_t align)
{
	return align != 0 && (align & (align - 1)) == 0;
}

static uint64_t align_up(uint64_t n, uint32_t align)
{
	return (n + align - 1) & ~(uint64_t)(align - 1);
}

/* The table of sections of what may be a PE image. */
static bool table_find(struct span pe, struct table *ret)
{
	uint16_t n, optional;
	uint32_t at;

	if (!span_is(pe, 0, "MZ") || !span_le32(pe, LFANEW_AT, &at) || !span_is(pe, at, "PE") ||
	    !span_le16(pe, (size_t)at + N_SECTIONS_AT, &n) || !span_le16(pe, (size_t)at + OPTIONAL_AT, &optional) ||
	    n > SECTIONS_MAX)
		return false;
	*ret = (struct table) { (size_t)at + COFF_SIZE + optional, n };
	return true;
}

/* Does the header at the front of @header have this name, and zeros behind it? */
static bool name_is(struct span header, const char *name)
{
	char field[PE_SECTION_NAME] = { 0 };
	size_t len = strlen(name);

	if (len == 0 || len > sizeof(field) || header.n < sizeof(field))
		return false;
	memcpy(field, name, len);
	return memcmp(header.p, field, sizeof(field)) == 0;
}

/* The header of the section @name. */
static bool header_find(struct span pe, const struct table *t, const char *name, struct span *ret)
{
	struct span header;

	for (unsigned i = 0; i < t->n; i++) {
		if (!span_cut(pe, t->at + i * (size_t)SECTION_SIZE, SECTION_SIZE, &header))
			return false;
		if (name_is(header, name)) {
			*ret = header;
			return true;
		}
	}
	return false;
}

bool pe_section_find(struct span pe, const char *name, struct span *ret)
{
	uint32_t size, raw, at;
	struct span header;
	struct table t;

	if (!table_find(pe, &t) || !header_find(pe, &t, name, &header) || !span_le32(header, 8, &size) ||
	    !span_le32(header, 16, &raw) || !span_le32(header, 20, &at))
		return false;
	if (raw < size) /* what is not in the file is zeros */
		size = raw;
	return size > 0 && span_cut(pe, at, size, ret);
}

/* ---- what is there ------------------------------------------------------------------------------------------ */

/* Where the bytes of the sections begin in the file, and the image ends in memory. */
static bool sections_measure(struct span pe, struct layout *l)
{
	uint32_t size, address, raw, at;
	struct span header;

	for (unsigned i = 0; i < l->table.n; i++) {
		if (!span_cut(pe, l->table.at + i * (size_t)SECTION_SIZE, SECTION_SIZE, &header) ||
		    !span_le32(header, 8, &size) || !span_le32(header, 12, &address) ||
		    !span_le32(header, 16, &raw) || !span_le32(header, 20, &at))
			return false;
		if (raw && at < l->data_at)
			l->data_at = at;
		if (size < raw)
			size = raw;
		if (l->memory_end < (uint64_t)address + size)
			l->memory_end = (uint64_t)address + size;
	}
	return true;
}

/* Is it signed? Signatures lie behind the sections, so an image whose bytes were cut there may still point at some.
 */
static bool is_signed(struct span pe, size_t optional)
{
	uint32_t n, at, size;

	return span_le32(pe, optional + N_DIRECTORIES, &n) && n > SECURITY &&
	       span_le32(pe, optional + SECURITY_AT, &at) && span_le32(pe, optional + SECURITY_AT + 4, &size) &&
	       (at != 0 || size != 0);
}

static int layout_read(struct span pe, struct layout *ret, struct report *rep)
{
	struct layout l = { 0 };
	uint32_t at, image_size;

	if (!table_find(pe, &l.table) || !span_le32(pe, LFANEW_AT, &at))
		return report_refuse(rep, IGD_EMAGIC, 0, "not a PE image");
	l.n_at = (size_t)at + N_SECTIONS_AT;
	l.optional = (size_t)at + COFF_SIZE;
	if (!span_le32(pe, l.optional + SECTION_ALIGN, &l.section_align) ||
	    !span_le32(pe, l.optional + FILE_ALIGN_AT, &l.file_align) ||
	    !span_le32(pe, l.optional + HEADERS_SIZE_AT, &l.headers_size) ||
	    !span_le32(pe, l.optional + IMAGE_SIZE_AT, &image_size) ||
	    !span_le32(pe, l.optional + DATA_SIZE_AT, &l.data_size))
		return report_refuse(rep, IGD_ETRUNC, l.optional, "ends inside the PE header");
	if (!align_ok(l.section_align) || !align_ok(l.file_align) || l.file_align > FILE_ALIGN)
		return report_refuse(rep, IGD_EMAGIC, l.optional + SECTION_ALIGN,
				     "sections aligned to %u in memory and %u in the file make no sense",
				     l.section_align, l.file_align);
	if (l.table.at < l.optional + DIRECTORIES_AT)
		return report_refuse(rep, IGD_EMAGIC, (size_t)at + OPTIONAL_AT,
				     "the optional header of a PE32+ image does not fit into %zu bytes",
				     l.table.at - l.optional);
	l.data_at = l.headers_size;
	l.memory_end = image_size;
	if (!sections_measure(pe, &l))
		return report_refuse(rep, IGD_ETRUNC, l.table.at, "ends inside the table of sections");
	*ret = l;
	return 0;
}

/* Everything of @pe that stands in the way of a further section. */
static int room_check(struct span pe, const struct layout *l, struct report *rep)
{
	size_t end = l->table.at + l->table.n * (size_t)SECTION_SIZE;
	struct span room;

	if (is_signed(pe, l->optional))
		return report_refuse(rep, IGD_ELENGTH, l->optional + SECURITY_AT,
				     "the image is signed; with one more section its signature would be wrong");
	if (l->table.n >= SECTIONS_MAX || end + SECTION_SIZE > l->data_at ||
	    !span_cut(pe, end, SECTION_SIZE, &room) || !span_is_filled(room, 0))
		return report_refuse(rep, IGD_ELIMIT, end,
				     "no room for the header of one more section: the first section's bytes begin at "
				     "0x%llx; link it with more room for headers",
				     (unsigned long long)l->data_at);
	return 0;
}

static int image_check(struct span pe, struct layout *ret, struct report *rep)
{
	struct layout l = { 0 };
	struct pe head;
	int r = pe_read(pe, &head, rep);

	if (r < 0)
		return r;
	if (head.te || !head.plus)
		return report_refuse(rep, IGD_EMAGIC, 0, "%s, where a PE32+ image is wanted",
				     head.te ? "a TE image" : "a PE32 image");
	if (head.partial)
		return report_refuse(rep, IGD_ETRUNC, pe.n, "the image ends before its last section does");
	if (head.overlay_at)
		return report_refuse(rep, IGD_ELENGTH, head.overlay_at,
				     "%zu bytes behind the last section; a section in their place would lose them",
				     pe.n - head.overlay_at);
	r = layout_read(pe, &l, rep);
	if (r < 0)
		return r;
	r = room_check(pe, &l, rep);
	if (r < 0)
		return r;
	*ret = l;
	return 0;
}

/* ---- and what is added -------------------------------------------------------------------------------------- */

struct addition { /* where the new section goes */
	uint32_t address, size, raw_at, raw_size, image_size, data_size;
};

/* False: it does not fit into 32 bits. */
static bool addition_plan(const struct layout *l, size_t file_size, size_t n, struct addition *ret)
{
	uint64_t address = align_up(l->memory_end, l->section_align), at = align_up(file_size, l->file_align);
	uint64_t raw = align_up(n, l->file_align), end = align_up(address + n, l->section_align);

	if (n > UINT32_MAX || end > UINT32_MAX || at + raw > UINT32_MAX || l->data_size + raw > UINT32_MAX)
		return false;
	*ret = (struct addition) { (uint32_t)address, (uint32_t)n,   (uint32_t)at,
				   (uint32_t)raw,     (uint32_t)end, (uint32_t)(l->data_size + raw) };
	return true;
}

/* Write the new header and what the others say of it into @p, which has the old bytes. */
static void addition_write(uint8_t *p, const struct layout *l, const struct addition *a, const char *name)
{
	uint8_t *header = p + l->table.at + l->table.n * (size_t)SECTION_SIZE;

	memcpy(header, name, strlen(name));
	le_put(header + 8, a->size, 4);
	le_put(header + 12, a->address, 4);
	le_put(header + 16, a->raw_size, 4);
	le_put(header + 20, a->raw_at, 4);
	le_put(header + 36, READ_ONLY_DATA, 4);
	le_put(p + l->n_at, l->table.n + 1, 2);
	le_put(p + l->optional + DATA_SIZE_AT, a->data_size, 4);
	le_put(p + l->optional + IMAGE_SIZE_AT, a->image_size, 4);
	le_put(p + l->optional + CHECKSUM_AT, 0, 4);
}

int pe_section_add(struct span pe, const char *name, struct span body, struct buffer *ret, struct report *rep)
{
	struct addition a = { 0 };
	struct span old;
	struct layout l = { 0 };
	uint8_t *p;
	int r;

	if (body.n == 0 || strlen(name) == 0 || strlen(name) > PE_SECTION_NAME)
		return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE, "no section \"%s\" of %zu bytes can be added",
				     name, body.n);
	r = image_check(pe, &l, rep);
	if (r < 0)
		return r;
	if (header_find(pe, &l.table, name, &old))
		return report_refuse(rep, IGD_EUSAGE, l.table.at, "the image has a section \"%s\" already", name);
	if (!addition_plan(&l, pe.n, body.n, &a))
		return report_refuse(rep, IGD_ELIMIT, l.optional, "an image of more than 4 GiB");
	p = calloc(1, (size_t)a.raw_at + a.raw_size);
	if (!p)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for an image of %zu bytes",
				     (size_t)a.raw_at + a.raw_size);
	memcpy(p, pe.p, pe.n);
	memcpy(p + a.raw_at, body.p, body.n);
	addition_write(p, &l, &a, name);
	*ret = (struct buffer) { p, (size_t)a.raw_at + a.raw_size };
	return 0;
}
