// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/cbfs.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "fw/codec.h"
#include "fw/unpack.h"
#include "fw/wrap_tool.h"

#define STEP	     64
#define HEAD_LEN     24
#define DATA_AT_MAX  4096 /* name and attributes; CBFS_METADATA_MAX_SIZE is 256 today, padding may make it more */
#define SEGMENT_LEN  28
#define FMAP_HEAD    0x38
#define FMAP_AREA    42
#define FMAP_AREAS   512
#define TAG_COMPRESS 0x42435a4c

enum type { TYPE_DELETED = 0, TYPE_HEADER = 2, TYPE_SELF = 0x20, TYPE_NULL = 0xffffffff };

enum compression { PLAIN, LZMA, LZ4 };

enum segment { SEG_CODE = 0x434f4445, SEG_DATA = 0x44415441, SEG_ENTRY = 0x454e5452 };

struct file {
	struct span name, attributes, data; /* @data: what is there */
	uint32_t len, type;
	size_t at; /* of the data */
};

struct fmap {
	struct span areas; /* empty: there is no map */
	uint64_t base;	   /* the flash offset at which the span begins */
};

struct cbfs {
	struct fmap map;
	const struct wrap_sink *sink;
	struct report *rep;
	size_t n_files, n_given;
	int answer; /* the sink's, when it was not 0 */
	char name[MEMBER_NAME];
};

static bool be32(struct span s, size_t at, uint32_t *ret)
{
	uint32_t v;

	if (!span_le32(s, at, &v))
		return false;
	*ret = __builtin_bswap32(v);
	return true;
}

static bool file_read(struct span s, size_t at, struct file *ret)
{
	uint32_t attributes_at, data_at;
	struct span f, rest;
	struct file v;

	if (!span_is(s, at, "LARCHIVE") || !span_from(s, at, &f) || !be32(f, 8, &v.len) || !be32(f, 12, &v.type) ||
	    !be32(f, 16, &attributes_at) || !be32(f, 20, &data_at) || data_at <= HEAD_LEN || data_at > DATA_AT_MAX)
		return false;
	if (attributes_at < HEAD_LEN || attributes_at > data_at)
		attributes_at = data_at;
	if (!span_cut(f, HEAD_LEN, attributes_at - HEAD_LEN, &v.name) ||
	    !span_cut(f, attributes_at, data_at - attributes_at, &v.attributes) || !span_from(f, data_at, &rest) ||
	    !span_cut(rest, 0, v.len < rest.n ? v.len : rest.n, &v.data))
		return false;
	v.name = span_before(v.name, 0);
	v.at = at + data_at;
	*ret = v;
	return true;
}

/* Move @at to the next file at or behind it. */
static bool file_next(struct span s, size_t *at, struct file *ret)
{
	for (; *at < s.n; *at += STEP)
		if (file_read(s, *at, ret))
			return true;
	return false;
}

static bool is(struct span s)
{
	struct file f;
	size_t at = 0;

	return file_next(s, &at, &f);
}

/* The map, and from the area in which it says it lies itself, where in the flash @s begins. */
static struct fmap fmap_find(struct span s)
{
	struct fmap map = { 0 };
	struct span area;
	uint32_t offset;
	uint8_t major;
	uint16_t n;

	for (size_t at = 0; wrap_find(s, at, span_str("__FMAP__"), &at); at++) {
		if (!span_u8(s, at + 8, &major) || major != 1 || !span_le16(s, at + FMAP_HEAD - 2, &n) || n == 0 ||
		    n > FMAP_AREAS || !span_cut(s, at + FMAP_HEAD, (size_t)n * FMAP_AREA, &map.areas))
			continue;
		for (size_t i = 0; span_cut(map.areas, i, FMAP_AREA, &area); i += FMAP_AREA)
			if (span_is(area, 8, "FMAP") && span_le32(area, 0, &offset) && offset >= at)
				map.base = offset - at;
		return map;
	}
	return (struct fmap) { 0 };
}

/* The smallest area around @at but COREBOOT, which needs no word; an empty span where there is none. */
static struct span region_of(const struct fmap *map, size_t at)
{
	struct span area, name, best = { NULL, 0 };
	uint32_t offset, size, best_size = UINT32_MAX;
	uint64_t where = map->base + at;

	for (size_t i = 0; span_cut(map->areas, i, FMAP_AREA, &area); i += FMAP_AREA) {
		if (!span_le32(area, 0, &offset) || !span_le32(area, 4, &size) || !span_cut(area, 8, 32, &name))
			break;
		if (where < offset || where - offset >= size || size >= best_size)
			continue;
		best = span_before(name, 0);
		best_size = size;
	}
	return text_eq(best, "COREBOOT") ? (struct span) { NULL, 0 } : best;
}

static void name_set(struct cbfs *c, const struct file *f)
{
	struct span region = region_of(&c->map, f->at);
	char word[40] = "", raw[MEMBER_NAME];

	text_copy(region, word, sizeof(word));
	text_copy(f->name, raw, sizeof(raw) - sizeof(word));
	if (word[0] && raw[0]) {
		char both[MEMBER_NAME];

		snprintf(both, sizeof(both), "%s/%.200s", word, raw);
		member_name(span_str(both), c->n_files, c->name);
		return;
	}
	member_name(span_str(raw), c->n_files, c->name);
}

static enum compression compression_of(struct span attributes, uint32_t *ret_size)
{
	uint32_t tag, len, how = PLAIN;

	for (size_t at = 0; be32(attributes, at, &tag) && be32(attributes, at + 4, &len) && len >= 8; at += len)
		if (tag == TAG_COMPRESS && be32(attributes, at + 8, &how) && be32(attributes, at + 12, ret_size))
			return how;
	return PLAIN;
}

/* To the sink: false ends it all. */
static bool give(struct cbfs *c, const struct wrap_member *m)
{
	if (m->bytes.n == 0)
		return true;
	c->n_given++;
	c->answer = c->sink->member(c->sink->ctx, m);
	return c->answer == 0;
}

/* @size: what it decodes to, 0: unknown. What cannot be decoded is handed over as it lies there, with a note. */
static bool give_decoded(struct cbfs *c, struct wrap_member m, enum compression how, uint32_t size)
{
	_cleanup_(buffer_done) struct buffer b = { 0 };
	enum codec codec = how == LZMA ? CODEC_LZMA : CODEC_LZ4;
	struct report inner = { 0 };

	if (how == PLAIN)
		return give(c, &m);
	if (how != LZMA && how != LZ4) {
		report_note(c->rep, m.at, "%s: compression %u is unknown; handed over as it is", m.name, how);
		return give(c, &m);
	}
	if (codec_decode(codec, m.bytes, size, c->sink->room(c->sink->ctx), &b, &inner) < 0) {
		report_note(c->rep, m.at, "%s: not decoded: %s", m.name, inner.refusal.text);
		return give(c, &m);
	}
	c->sink->spend(c->sink->ctx, b.n);
	m.bytes = buffer_span(&b);
	m.at = REPORT_NOWHERE;
	m.how = codec_str(codec);
	return give(c, &m);
}

/* One row of a payload. 1: the next; 0: that was the last; -1: the sink has enough. */
static int segment(struct cbfs *c, const struct file *f, unsigned i, size_t *n_bytes)
{
	uint32_t type, how, offset, len;
	char name[MEMBER_NAME + 16];
	struct wrap_member m = { .name = name };
	struct span row, rest;

	if (!span_cut(f->data, (size_t)i * SEGMENT_LEN, SEGMENT_LEN, &row) || !be32(row, 0, &type) ||
	    !be32(row, 4, &how) || !be32(row, 8, &offset) || !be32(row, 20, &len)) {
		report_note(c->rep, f->at, "%s: its list of segments has no end", c->name);
		return 0;
	}
	if (type == SEG_ENTRY)
		return 0;
	if ((type != SEG_CODE && type != SEG_DATA) || len == 0)
		return 1;
	snprintf(name, sizeof(name), "%s/segment %u", c->name, i + 1);
	if (!span_from(f->data, offset, &rest) || !span_cut(rest, 0, len < rest.n ? len : rest.n, &m.bytes)) {
		report_note(c->rep, f->at, "%s: its bytes are not in the file", name);
		return 1;
	}
	*n_bytes += m.bytes.n;
	if (*n_bytes > f->data.n) { /* so that rows which overlap make no more work than there are bytes */
		report_note(c->rep, f->at, "%s: lies over other segments; not handed over", name);
		return 1;
	}
	m.partial = len > m.bytes.n;
	if (m.partial)
		report_note(c->rep, f->at, "%s: %zu of %u bytes are there", name, m.bytes.n, len);
	m.at = f->at + offset;
	return give_decoded(c, m, how, 0) ? 1 : -1;
}

static bool payload(struct cbfs *c, const struct file *f)
{
	size_t n_bytes = 0;
	int more = 1;

	for (unsigned i = 0; more > 0 && i < CBFS_SEGMENTS_MAX; i++)
		more = segment(c, f, i, &n_bytes);
	return more >= 0;
}

static bool file(struct cbfs *c, const struct file *f)
{
	struct wrap_member m = { c->name, f->data, f->at, NULL, f->data.n < f->len };
	enum compression how;
	uint32_t size = 0;

	if (f->type == TYPE_DELETED || f->type == TYPE_NULL || f->type == TYPE_HEADER) /* room, and a table */
		return true;
	name_set(c, f);
	if (m.partial)
		report_note(c->rep, f->at, "%s: %zu of %u bytes are there", c->name, f->data.n, f->len);
	how = compression_of(f->attributes, &size);
	return f->type == TYPE_SELF && how == PLAIN ? payload(c, f) : give_decoded(c, m, how, size);
}

static int open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct cbfs c = { .map = fmap_find(s), .sink = sink, .rep = rep };
	struct file f;
	size_t end;

	for (size_t at = 0; file_next(s, &at, &f); at = end + (STEP - (end - at) % STEP) % STEP) {
		end = f.at + f.data.n;
		if (c.n_files++ == CBFS_FILES_MAX) {
			report_note(rep, at, "only the first %d files are read", CBFS_FILES_MAX);
			break;
		}
		if (!file(&c, &f))
			return c.answer;
	}
	return c.n_given ? 0 : report_refuse(rep, IGD_EMAGIC, 0, "no file with bytes in it in this CBFS");
}

const struct wrapper wrapper_cbfs = { "cbfs", "coreboot image (CBFS)", is, open };
