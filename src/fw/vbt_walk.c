// SPDX-License-Identifier: GPL-2.0-or-later
/* vbt_walk.c - walks a table by the description of its blocks. */
#include "fw/vbt_walk.h"

#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"
#include "fw/vbt_shape.h"

static bool in_version(uint16_t version, uint16_t since, uint16_t until)
{
	return version >= since && (until == 0 || version <= until);
}

/* ---- one value --------------------------------------------------------------------------------------------- */

static void tell(const struct vbt_walker *w, const char *key, const struct vbt_value *v)
{
	w->sink->field(w->sink->ctx, key, v);
}

void vbt_tell_number(const struct vbt_walker *w, const char *key, uint64_t n)
{
	tell(w, key, &(struct vbt_value) { .form = VBT_NUMBER, .n = n });
}

void vbt_tell_hex(const struct vbt_walker *w, const char *key, uint64_t n, unsigned digits, const char *means)
{
	tell(w, key, &(struct vbt_value) { .form = VBT_HEX, .n = n, .digits = digits, .means = means });
}

void vbt_tell_flag(const struct vbt_walker *w, const char *key, bool yes)
{
	tell(w, key, &(struct vbt_value) { .form = VBT_FLAG, .n = yes });
}

void vbt_tell_bytes(const struct vbt_walker *w, const char *key, struct span s)
{
	tell(w, key, &(struct vbt_value) { .form = VBT_BYTES, .bytes = s });
}

void vbt_tell_text(const struct vbt_walker *w, const char *key, const char *text)
{
	tell(w, key, &(struct vbt_value) { .form = VBT_TEXT, .text = text });
}

void vbt_tell_dtd(const struct vbt_walker *w, const char *key, struct span dtd)
{
	static const char *const h[] = { "h_active", "h_sync_start", "h_sync_end", "h_total" };
	static const char *const v[] = { "v_active", "v_sync_start", "v_sync_end", "v_total" };
	struct vbt_timing t;

	if (!vbt_timing_read(dtd, &t))
		return;
	w->sink->begin(w->sink->ctx, key, VBT_GROUP);
	vbt_tell_number(w, "clock_khz", t.clock_khz);
	for (size_t i = 0; i < 4; i++)
		vbt_tell_number(w, h[i], t.h[i]);
	for (size_t i = 0; i < 4; i++)
		vbt_tell_number(w, v[i], t.v[i]);
	vbt_tell_number(w, "width_mm", t.width_mm);
	vbt_tell_number(w, "height_mm", t.height_mm);
	vbt_tell_flag(w, "h_sync_positive", t.h_positive);
	vbt_tell_flag(w, "v_sync_positive", t.v_positive);
	w->sink->end(w->sink->ctx);
}

/* @width bits, at most 64, from bit @bit of @s on. False: they are not all there. */
static bool bits_read(struct span s, size_t bit, unsigned width, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned got = 0; got < width;) {
		unsigned from = (unsigned)((bit + got) % 8);

		if (!span_u8(s, (bit + got) / 8, &byte))
			return false;
		v |= (uint64_t)(byte >> from) << got;
		got += 8 - from;
	}
	*ret = width < 64 ? v & ((UINT64_C(1) << width) - 1) : v;
	return true;
}

static void tell_maker(const struct vbt_walker *w, const char *key, struct span s)
{
	char letters[4] = "???";
	uint8_t hi, lo;
	unsigned code;

	if (!span_u8(s, 0, &hi) || !span_u8(s, 1, &lo))
		return;
	code = (unsigned)hi << 8 | lo; /* big endian, five bits a letter */
	for (unsigned i = 0; i < 3; i++) {
		unsigned letter = code >> (10 - 5 * i) & 0x1f;

		if (letter >= 1 && letter <= 26)
			letters[i] = (char)('A' + letter - 1);
	}
	vbt_tell_text(w, key, code ? letters : "");
}

/* A field that is a piece of the table and no number; @at in bytes. */
static void tell_piece(const struct vbt_walker *w, struct span data, size_t at, const struct shape_field *f)
{
	char text[64];
	struct span s;

	if (!span_cut(data, at, f->width / 8u, &s))
		return;
	if (f->form == SHAPE_DTD)
		vbt_tell_dtd(w, f->key, s);
	else if (f->form == SHAPE_MAKER)
		tell_maker(w, f->key, s);
	else if (f->form == SHAPE_BYTES)
		vbt_tell_bytes(w, f->key, s);
	else {
		text_copy(text_trim(span_before(span_before(s, '\n'), 0)), text, sizeof(text));
		vbt_tell_text(w, f->key, text);
	}
}

static void tell_number(const struct vbt_walker *w, uint64_t n, const struct shape_field *f)
{
	struct vbt_value v = { .form = f->form == SHAPE_FLAG  ? VBT_FLAG
				       : f->form == SHAPE_HEX ? VBT_HEX
							      : VBT_NUMBER,
			       .n = n,
			       .digits = (f->width + 3u) / 4u };
	char buf[MEANS_LEN];

	if (f->names)
		v.means = n < f->n_names && f->names[n] ? f->names[n] : "?";
	else if (f->means)
		v.means = f->means(w->version, n, buf);
	tell(w, f->key, &v);
}

void vbt_tell_fields(const struct vbt_walker *w, struct span data, size_t at, unsigned row,
		     const struct shape_field *fields, size_t n)
{
	for (const struct shape_field *f = fields; f < fields + n; f++) {
		size_t bit = (at + f->at) * 8 + f->bit + (size_t)row * f->step;
		uint64_t v;

		if (!in_version(w->version, f->since, f->until))
			continue;
		if (f->form >= SHAPE_TEXT)
			tell_piece(w, data, bit / 8, f);
		else if (bits_read(data, bit, f->width, &v))
			tell_number(w, v, f);
	}
}

/* Is there a field of this row at all? Older tables end before those that came later. */
static bool row_has(const struct vbt_walker *w, struct span data, size_t at, unsigned row,
		    const struct shape_group *g)
{
	for (const struct shape_field *f = g->fields; f < g->fields + g->n_fields; f++) {
		size_t end = (at + f->at) * 8 + f->bit + (size_t)row * f->step + f->width;

		if (in_version(w->version, f->since, f->until) && (end + 7) / 8 <= data.n)
			return true;
	}
	return false;
}

/* ---- groups and blocks ------------------------------------------------------------------------------------- */

/* How long are rows, and how many may there be? */
static void rows_measure(struct span data, const struct shape_group *g, size_t *ret_stride, size_t *ret_rows)
{
	size_t room = data.n > (size_t)g->at + g->tail ? data.n - g->at - g->tail : 0;
	uint8_t byte;

	*ret_stride = g->stride;
	if (g->size_in && span_u8(data, g->size_in - 1u, &byte))
		*ret_stride = byte;
	*ret_rows = g->rows;
	if (g->rows_in)
		*ret_rows = span_u8(data, g->rows_in - 1u, &byte) && byte < g->rows ? byte : g->rows;
	if (g->size_in && *ret_stride == 0)
		*ret_rows = 0;
	if (*ret_stride && *ret_rows > room / *ret_stride)
		*ret_rows = room / *ret_stride;
}

/* The row's own bytes bound its fields, unless they are spread over the block. */
static bool row_cut(struct span data, const struct shape_group *g, size_t stride, size_t row, struct span *ret,
		    size_t *ret_at)
{
	uint16_t there;

	*ret = data;
	*ret_at = g->at;
	if (stride && !span_cut(data, g->at + row * stride, stride, ret))
		return false;
	if (stride)
		*ret_at = 0;
	return g->skip_at == 0 || (span_le16(*ret, g->skip_at - 1u, &there) && there != 0);
}

void vbt_tell_group(const struct vbt_walker *w, struct span data, const struct shape_group *g)
{
	const struct vbt_sink *sink = w->sink;
	size_t stride, rows, at;
	struct span cut;

	if (!in_version(w->version, g->since, g->until))
		return;
	if (!g->key || g->rows == 0) {
		if (g->key)
			sink->begin(sink->ctx, g->key, VBT_GROUP);
		vbt_tell_fields(w, data, g->at, 0, g->fields, g->n_fields);
		if (g->key)
			sink->end(sink->ctx);
		return;
	}
	rows_measure(data, g, &stride, &rows);
	sink->begin(sink->ctx, g->key, VBT_LIST);
	for (size_t i = 0; i < rows && i < SHAPE_ROWS_MAX; i++) {
		if ((g->by_panel && !(w->wish->panels >> i & 1)) || !row_cut(data, g, stride, i, &cut, &at) ||
		    !row_has(w, cut, at, (unsigned)i, g))
			continue;
		sink->begin(sink->ctx, g->key, (int)i);
		vbt_tell_fields(w, cut, at, (unsigned)i, g->fields, g->n_fields);
		sink->end(sink->ctx);
	}
	sink->end(sink->ctx);
}

static const struct shape_block *shape_of(uint8_t id, uint16_t version)
{
	for (size_t i = 0; i < vbt_n_shapes; i++)
		if (vbt_shapes[i].id == id && in_version(version, vbt_shapes[i].since, vbt_shapes[i].until))
			return &vbt_shapes[i];
	return NULL;
}

const char *vbt_block_key(uint8_t id, uint16_t version, char buf[VBT_KEY])
{
	const struct shape_block *shape = shape_of(id, version);

	if (shape)
		return shape->key;
	snprintf(buf, VBT_KEY, "block_%u", id);
	return buf;
}

static void block_tell(const struct vbt_walker *w, const struct vbt_block *b, unsigned nth)
{
	const struct shape_block *shape = shape_of(b->id, w->version);
	char key[VBT_KEY];

	w->sink->block(w->sink->ctx, b, vbt_block_key(b->id, w->version, key), nth);
	for (size_t i = 0; shape && i < shape->n_groups; i++)
		vbt_tell_group(w, b->data, &shape->groups[i]);
	if (shape && shape->walk)
		shape->walk(w, b);
	if (w->wish->raw || !shape || (shape->n_groups == 0 && !shape->walk))
		vbt_tell_bytes(w, "raw", b->data);
	w->sink->end(w->sink->ctx);
}

static void header_tell(const struct vbt_walker *w, const struct vbt_info *v)
{
	static const struct shape_field fields[] = {
		{ "name", 4, 0, 128, SHAPE_TEXT },
		{ "version", 20, 0, 16 },
		{ "header_size", 22, 0, 16 },
		{ "vbt_size", 24, 0, 16 },
		{ "checksum", 26, 0, 8, SHAPE_HEX },
		{ "bdb_offset", 28, 0, 32, SHAPE_HEX },
		{ "aim_offset_1", 32, 0, 32, SHAPE_HEX },
		{ "aim_offset_2", 36, 0, 32, SHAPE_HEX },
		{ "aim_offset_3", 40, 0, 32, SHAPE_HEX },
		{ "aim_offset_4", 44, 0, 32, SHAPE_HEX },
	};

	w->sink->begin(w->sink->ctx, "header", VBT_GROUP);
	vbt_tell_fields(w, v->bytes, 0, 0, fields, ARRAY_SIZE(fields));
	vbt_tell_flag(w, "checksum_ok", vbt_sum_ok(v));
	w->sink->end(w->sink->ctx);
}

/* Where the blocks are, once for all the pointers. */
static void index_make(struct vbt_walker *w)
{
	struct vbt_block b;
	size_t at = 0;

	while (w->n_places < SHAPE_INDEX_MAX && vbt_block_next(w->bdb, &at, &b))
		w->place[w->n_places++] = (struct shape_place) { b.id, b.at, b.data.n };
}

void vbt_walk(const struct vbt_info *v, const struct vbt_wish *wish, const struct vbt_sink *sink)
{
	struct vbt_walker w = { .wish = wish, .sink = sink };
	unsigned seen[256] = { 0 };
	struct vbt_block b;
	struct vbt_bdb bdb;
	size_t at = 0;

	header_tell(&w, v);
	if (vbt_bdb_read(v, &bdb, NULL) < 0)
		return;
	w.bdb = &bdb;
	w.version = bdb.version;
	index_make(&w);
	sink->begin(sink->ctx, "bdb", VBT_GROUP);
	vbt_tell_number(&w, "version", bdb.version);
	vbt_tell_number(&w, "header_size", bdb.header_size);
	vbt_tell_number(&w, "bdb_size", bdb.size);
	sink->end(sink->ctx);
	while (vbt_block_next(&bdb, &at, &b))
		block_tell(&w, &b, seen[b.id]++);
}
