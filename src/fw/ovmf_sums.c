// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ovmf_sums.c - a walk that forgives nothing.
 *
 * volume.c and fv_section.c read what is there as far as it goes; here each of their pieces is held against what the
 * PI Specification 1.8, volume 3, says of it: 3.2.1 (volume), 3.2.3 (file), 3.2.4 (section).
 */
#include "fw/ovmf_sums.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "fw/fv_section.h"
#include "std/pi.h"

#define STATE_DATA_VALID 0xf8 /* header construction, header valid, data valid, where an empty bit reads 1 */

struct walk {
	struct ovmf_faults *to;
	bool decoded;
};

static _printf_(4, 5) void fault(struct walk *w, enum ovmf_fault_kind kind, size_t at, const char *fmt, ...)
{
	struct ovmf_fault *f = &w->to->v[w->to->n];
	va_list ap;

	if (w->to->n == OVMF_FAULTS_MAX) {
		w->to->more++;
		return;
	}
	*f = (struct ovmf_fault) { .kind = kind, .decoded = w->decoded, .at = at };
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	w->to->n++;
}

static uint8_t sum8(struct span s)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum = (uint8_t)(sum + s.p[i]);
	return sum;
}

/* ---- sections ----------------------------------------------------------------------------------------------- */

static void sections_check(struct walk *w, struct span stream, size_t base)
{
	struct fv_section s = { 0 };
	struct span rest;
	size_t at = 0;

	while (fv_section_next(stream, &at, &s, NULL) == 1)
		if (s.partial)
			fault(w, OVMF_FAULT_SECTION, base + s.at,
			      "a section of type 0x%02x reaches past its file's end", s.type);
	if (span_from(stream, at, &rest) && !span_is_filled(rest, 0) && !span_is_filled(rest, 0xff))
		fault(w, OVMF_FAULT_SECTION, base + at, "%zu bytes that are no section", rest.n);
}

/* ---- files -------------------------------------------------------------------------------------------------- */

static void file_check(struct walk *w, const struct volume *v, const struct ffs_file *f, size_t base)
{
	uint8_t header = 0, data_sum = 0, state = 0;
	struct span head;
	char name[GUID_STR];

	guid_str(&f->guid, name);
	if (f->partial) {
		fault(w, OVMF_FAULT_FILE, base + f->at, "file %s reaches past the end of its volume", name);
		return;
	}
	if (span_cut(f->bytes, 0, f->head, &head))
		header = sum8(head);
	if (!span_u8(f->bytes, FFS_DATA_SUM, &data_sum) || !span_u8(f->bytes, FFS_STATE, &state) ||
	    (uint8_t)(header - data_sum - state) != 0)
		fault(w, OVMF_FAULT_FILE, base + f->at, "file %s: wrong checksum of its header", name);
	if (f->attributes & FFS_ATTRIB_SUM ? (uint8_t)(sum8(f->body) + data_sum) != 0 : data_sum != FFS_FIXED_SUM)
		fault(w, OVMF_FAULT_FILE, base + f->at, "file %s: wrong checksum of its data (0x%02x)", name,
		      data_sum);
	if ((v->erased ? state : (uint8_t)~state) != STATE_DATA_VALID && !f->deleted)
		fault(w, OVMF_FAULT_FILE, base + f->at, "file %s: its state, 0x%02x, is not that of a whole file",
		      name, state);
	if (f->type != FFS_RAW && f->type != FFS_PAD)
		sections_check(w, f->body, base + f->at + f->head);
}

/* ---- volumes ------------------------------------------------------------------------------------------------ */

static void header_check(struct walk *w, const struct volume *v, size_t base)
{
	uint16_t header_size = 0, sum = 0, word;
	struct span header;
	uint64_t length = 0;
	uint32_t n, size;

	if (!span_le16(v->bytes, FV_HEADER_LENGTH, &header_size) || !span_cut(v->bytes, 0, header_size, &header))
		return;
	for (size_t at = 0; span_le16(header, at, &word); at += 2)
		sum = (uint16_t)(sum + word);
	if (sum != 0)
		fault(w, OVMF_FAULT_VOLUME, base + FV_CHECKSUM, "wrong checksum of a volume's header, off by 0x%04x",
		      sum);
	for (size_t at = FV_BLOCK_MAP; span_le32(header, at, &n) && span_le32(header, at + 4, &size) && (n || size);
	     at += 8)
		length += (uint64_t)n * size;
	if (length != v->length)
		fault(w, OVMF_FAULT_VOLUME, base + FV_LENGTH, "a volume says %llu bytes, its block map %llu",
		      (unsigned long long)v->length, (unsigned long long)length);
	if (v->partial)
		fault(w, OVMF_FAULT_VOLUME, base + FV_LENGTH, "a volume says %llu bytes, and %zu are there",
		      (unsigned long long)v->length, v->bytes.n);
}

static void volume_check(struct walk *w, const struct volume *v, size_t base)
{
	struct ffs_file f;
	struct span rest;
	size_t at = v->header_size;

	header_check(w, v, base);
	if (v->system == VOLUME_NVRAM || v->system == VOLUME_UNKNOWN)
		return;
	while (volume_next(v, &at, &f, NULL) == 1)
		file_check(w, v, &f, base);
	at = (at + 7) & ~(size_t)7;
	if (span_from(v->bytes, at, &rest) && !span_is_filled(rest, v->erased))
		fault(w, OVMF_FAULT_FILE, base + at,
		      "bytes behind the last file of a volume that are neither a file nor free");
}

static void flash_check(struct walk *w, struct span image)
{
	struct volume v;
	struct span rest;

	for (size_t at = volume_find(image, 0); at != SIZE_MAX; at = volume_find(image, at)) {
		if (!span_from(image, at, &rest) || volume_read(rest, &v, NULL) < 0) {
			at++;
			continue;
		}
		volume_check(w, &v, at);
		at += v.bytes.n; /* which has a header at least */
	}
}

static void decoded_check(struct walk *w, struct span decoded)
{
	struct fv_section s;
	struct volume v;
	size_t at = 0;

	sections_check(w, decoded, 0);
	while (fv_section_next(decoded, &at, &s, NULL) == 1) {
		size_t base = s.at + s.head;

		if (s.type != SECTION_VOLUME_IMAGE)
			continue;
		if (volume_read(s.body, &v, NULL) < 0) {
			fault(w, OVMF_FAULT_VOLUME, base, "a section for a volume that holds none");
			continue;
		}
		if (v.length != s.body.n)
			fault(w, OVMF_FAULT_LENGTH, base + FV_LENGTH, "a volume of %llu bytes in a section of %zu",
			      (unsigned long long)v.length, s.body.n);
		volume_check(w, &v, base);
	}
}

void ovmf_sums(const struct ovmf *o, struct ovmf_faults *ret)
{
	struct walk flash = { ret, false }, decoded = { ret, true };

	*ret = (struct ovmf_faults) { .n = 0 };
	flash_check(&flash, o->image);
	decoded_check(&decoded, buffer_span(&o->decoded));
}
