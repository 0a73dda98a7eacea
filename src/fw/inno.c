// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inno.c - from the offset table over the two blocks to the chunks, and the files cut out of them.
 *
 * A chunk is decoded whole, as its files are (a package with firmware is mostly one chunk), and each file is handed
 * over as a cut of that.
 */
#include "fw/inno.h"

#include <lzma.h>
#include <stdio.h>
#include <zlib.h>

#include "base/error.h"
#include "base/text.h"
#include "fw/unpack.h"
#include "fw/wrap_tool.h"

#define ID_LEN	     64 /* "Inno Setup Setup Data (5.5.7) (u)" and zeros */
#define CRYPT_LEN    53 /* from 6.5 on: CRC and header of the encryption between that and the blocks */
#define PIECE	     4096
#define GROW_FIRST   ((size_t)64 * 1024)
#define NO_NAME	     UINT32_MAX
#define NAME_LEN_MAX 1024 /* bytes of a path in the script */

/* Offsets of what the loader's table says (innoextract offsets.cpp; Struct.pas 6.5 for the last, with 64 bits). */
struct table_layout {
	uint8_t header_at, data_at, crc_at;
	bool wide;
};

static const struct table_layout table_layouts[] = {
	{ 32, 36, 40, false }, /* 4.0.10, and 5.1.5 to 6.4 */
	{ 28, 32, 36, false }, /* 4.1.6 */
	{ 40, 48, 60, true },  /* 6.5 */
};

/*
 * A row of the second block: i32 first and last slice, the chunk's offset (wide: i64), i64 offset in the decoded
 * chunk, i64 size, i64 size of the chunk as it lies there, a checksum, times and versions, then flags.
 */
struct row_layout {
	uint8_t len, flags_at, encrypted, compressed; /* the last two: masks of the byte at .flags_at */
	bool wide;
	uint8_t strings, more; /* of a file's record in the script, behind its name: texts, then bytes */
};

static const struct row_layout row_layouts[] = {
	{ 74, 72, 0x40, 0x80, false, 8, 0 },  /* 5.3.9: SHA-1 */
	{ 75, 72, 0x40, 0x80, false, 8, 0 },  /* 6.3: and how it is signed */
	{ 87, 84, 0x40, 0x80, false, 8, 0 },  /* 6.4: SHA-256 */
	{ 89, 88, 0x08, 0x10, true, 14, 33 }, /* 6.5: fewer flags, one more text in another alphabet, a hash */
	{ 70, 68, 0x40, 0x80, false, 7, 0 },  /* 4.2 to 5.3.8: MD5 */
};

struct row {
	uint32_t slice;
	uint64_t chunk, at, size, packed; /* .chunk: offset behind data_at */
	uint8_t flags;
};

struct inno {
	struct span all, data; /* .data: from where chunks are counted */
	size_t header_at, data_at;
	const struct row_layout *layout;
	struct span rows;
	uint32_t n;
	struct span script;
	bool wide_text;	 /* UTF-16 */
	uint32_t *names; /* a row: where its name begins in .script, NO_NAME */
	uint8_t *done;
	const struct wrap_sink *sink;
	struct report *rep;
	size_t left;   /* bytes of the chunk that no file had yet: rows that overlap must not make more work than that
			*/
	size_t stored; /* bytes of chunks that are not compressed, for the same reason */
	size_t n_given;
	int answer;
};

static bool crc_is(struct span s, size_t at, size_t n, uint32_t want)
{
	struct span c;

	return n <= PIECE && span_cut(s, at, n, &c) && crc32(0, c.p, (uInt)c.n) == want;
}

static bool table_read(struct span s, size_t at, const struct table_layout *l, struct inno *ret)
{
	uint64_t header, data;
	uint32_t crc, low;

	if (!span_le32(s, at + l->crc_at, &crc) || !crc_is(s, at, l->crc_at, crc))
		return false;
	if (l->wide) {
		if (!span_le64(s, at + l->header_at, &header) || !span_le64(s, at + l->data_at, &data))
			return false;
	} else {
		if (!span_le32(s, at + l->header_at, &low))
			return false;
		header = low;
		if (!span_le32(s, at + l->data_at, &low))
			return false;
		data = low;
	}
	ret->all = s;
	ret->header_at = header > s.n ? s.n : (size_t)header;
	ret->data_at = data > s.n ? s.n : (size_t)data;
	return true;
}

static bool table_find(struct span s, struct inno *ret)
{
	for (size_t at = 0; wrap_find(s, at, span_str("rDlPtS"), &at); at++)
		for (size_t i = 0; i < ARRAY_SIZE(table_layouts); i++)
			if (table_read(s, at, &table_layouts[i], ret))
				return true;
	return false;
}

static bool is(struct span s)
{
	struct inno in;

	return span_is(s, 0, "MZ") && table_find(s, &in);
}

/* More room in @b, up to @max bytes in all. 0, 1: no more than there is; -IGD_ENOMEM. */
static int grow(struct buffer *b, size_t *room, size_t max)
{
	size_t n = *room == 0 ? (max < GROW_FIRST ? max : GROW_FIRST) : *room > max / 2 ? max : *room * 2;
	uint8_t *p;

	if (n == *room)
		return 1;
	p = realloc(b->p, n);
	if (!p)
		return -IGD_ENOMEM;
	b->p = p;
	*room = n;
	return 0;
}

/* Raw LZMA until @max bytes, the end of the stream or of @in; @ret then has what came out. */
static int decode_lzma(struct span in, const lzma_filter *filters, size_t max, struct buffer *ret)
{
	lzma_stream z = LZMA_STREAM_INIT;
	size_t room = 0;
	int r = 0;

	if (lzma_raw_decoder(&z, filters) != LZMA_OK)
		return -IGD_EMAGIC;
	z.next_in = in.p;
	z.avail_in = in.n;
	for (lzma_ret got = LZMA_OK; got == LZMA_OK;) {
		if (ret->n == room) {
			r = grow(ret, &room, max);
			if (r)
				break;
		}
		z.next_out = ret->p + ret->n;
		z.avail_out = room - ret->n;
		got = lzma_code(&z, LZMA_RUN);
		ret->n = room - z.avail_out;
	}
	lzma_end(&z);
	return r < 0 ? r : 0;
}

static int decode_zlib(struct span in, size_t max, struct buffer *ret)
{
	z_stream z = { .next_in = (z_const Bytef *)in.p, .avail_in = in.n > UINT32_MAX ? UINT32_MAX : (uInt)in.n };
	size_t room = 0;
	int r = 0;

	if (inflateInit2(&z, MAX_WBITS) != Z_OK)
		return -IGD_ENOMEM;
	for (int got = Z_OK; got == Z_OK;) {
		if (ret->n == room) {
			r = grow(ret, &room, max);
			if (r)
				break;
		}
		z.next_out = ret->p + ret->n;
		z.avail_out = room - ret->n > UINT32_MAX ? UINT32_MAX : (uInt)(room - ret->n);
		got = inflate(&z, Z_NO_FLUSH);
		ret->n = (size_t)(z.next_out - ret->p);
	}
	inflateEnd(&z);
	return r < 0 ? r : 0;
}

/* The dictionary that a header asks for, or what @max bytes can use of it. */
static uint32_t dictionary(uint64_t asked, size_t max)
{
	uint64_t least = max < LZMA_DICT_SIZE_MIN ? LZMA_DICT_SIZE_MIN : max;

	return (uint32_t)(asked < least ? asked : least > UINT32_MAX ? UINT32_MAX : least);
}

/* One byte of properties and u32 of dictionary, then the stream, whose first byte is always zero. */
static bool lzma1_options(struct span in, size_t max, lzma_options_lzma *ret)
{
	uint8_t props, zero;
	uint32_t dict;

	if (!span_u8(in, 0, &props) || props >= 9 * 5 * 5 || !span_le32(in, 1, &dict) || !span_u8(in, 5, &zero) ||
	    zero)
		return false;
	*ret = (lzma_options_lzma) {
		.dict_size = dictionary(dict, max), .lc = props % 9, .lp = props / 9 % 5, .pb = props / 45
	};
	return ret->lc + ret->lp <= LZMA_LCLP_MAX;
}

/* One byte of dictionary, then chunks, of which the first sets everything anew (liblzma's lzma2_decoder.c). */
static bool lzma2_options(struct span in, size_t max, lzma_options_lzma *ret)
{
	uint8_t dict, control;

	if (!span_u8(in, 0, &dict) || dict > 40 || !span_u8(in, 1, &control) || (control != 1 && control < 0xe0))
		return false;
	*ret = (lzma_options_lzma) { .dict_size = dictionary((UINT64_C(2) | (dict & 1)) << (dict / 2 + 11), max) };
	return true;
}

/* What a compressed stream decodes to, at most @max bytes, with the method its first bytes show. */
static int decode(struct span in, size_t max, struct buffer *ret, const char **ret_how)
{
	lzma_options_lzma o;
	lzma_filter filters[2] = { { LZMA_FILTER_LZMA2, &o }, { LZMA_VLI_UNKNOWN, NULL } };
	uint8_t a = 0, b = 0;
	struct span body;

	if (lzma2_options(in, max, &o) && span_from(in, 1, &body)) {
		*ret_how = "lzma2";
		return decode_lzma(body, filters, max, ret);
	}
	if (span_u8(in, 0, &a) && a == 0x78 && span_u8(in, 1, &b) && (a << 8 | b) % 31 == 0) {
		*ret_how = "zlib";
		return decode_zlib(in, max, ret);
	}
	if (lzma1_options(in, max, &o) && span_from(in, 5, &body)) {
		*ret_how = "lzma";
		filters[0].id = LZMA_FILTER_LZMA1;
		return decode_lzma(body, filters, max, ret);
	}
	return -IGD_EMAGIC;
}

/* The pieces of a block without their CRCs. A wrong one ends it: what is behind does not decode. */
static int pieces(struct span s, struct buffer *ret)
{
	struct span piece;
	uint32_t crc;
	size_t n;

	ret->p = malloc(s.n ? s.n : 1);
	if (!ret->p)
		return -IGD_ENOMEM;
	for (size_t at = 0; at + 4 < s.n; at += 4 + n) {
		n = s.n - at - 4 < PIECE ? s.n - at - 4 : PIECE;
		if (!span_le32(s, at, &crc) || !crc_is(s, at + 4, n, crc) || !span_cut(s, at + 4, n, &piece))
			return -IGD_ESUM;
		memcpy(ret->p + ret->n, piece.p, n);
		ret->n += n;
	}
	return 0;
}

/* A block: u32 CRC of u32 size and u8 whether it is compressed. @at moves behind it. */
static int block_read(struct inno *in, size_t *at, struct buffer *ret)
{
	size_t room = in->sink->room(in->sink->ctx);
	struct buffer packed = { 0 };
	const char *how;
	uint32_t crc, size;
	uint8_t compressed;
	struct span body;
	int r;

	if (!span_le32(in->all, *at, &crc) || !crc_is(in->all, *at + 4, 5, crc) ||
	    !span_le32(in->all, *at + 4, &size) || !span_u8(in->all, *at + 8, &compressed) ||
	    !span_cut(in->all, *at + 9, size, &body) || body.n > room)
		return -IGD_EMAGIC;
	r = pieces(body, &packed);
	*at += 9 + (size_t)size;
	if (r == 0 && !compressed) {
		*ret = packed;
		return 0;
	}
	if (r == 0)
		r = decode(buffer_span(&packed), room < INNO_BLOCK_MAX ? room : INNO_BLOCK_MAX, ret, &how);
	in->sink->spend(in->sink->ctx, ret->n);
	buffer_done(&packed);
	return r;
}

static int blocks_read(struct inno *in, struct buffer *ret_script, struct buffer *ret_rows)
{
	const size_t from[] = { in->header_at + ID_LEN, in->header_at + ID_LEN + CRYPT_LEN };
	int r = -IGD_EMAGIC;

	for (size_t i = 0; i < ARRAY_SIZE(from) && r == -IGD_EMAGIC; i++) {
		size_t at = from[i];

		buffer_done(ret_script);
		r = block_read(in, &at, ret_script);
		if (r == 0)
			r = block_read(in, &at, ret_rows);
	}
	return r;
}

static bool row_read(const struct inno *in, const struct row_layout *l, uint32_t i, struct row *ret)
{
	size_t wide = l->wide ? 4 : 0;
	struct span row;
	uint32_t low;

	if (!span_cut(in->rows, (size_t)i * l->len, l->len, &row) || !span_le32(row, 0, &ret->slice) ||
	    !span_le32(row, 8, &low) || !span_le64(row, 12 + wide, &ret->at) ||
	    !span_le64(row, 20 + wide, &ret->size) || !span_le64(row, 28 + wide, &ret->packed) ||
	    !span_u8(row, l->flags_at, &ret->flags))
		return false;
	ret->chunk = low;
	return !l->wide || span_le64(row, 8, &ret->chunk);
}

/* Could it be one? A file's end is a number, and the chunk of one that is here begins with its mark. */
static bool row_fits(const struct inno *in, const struct row *r)
{
	if (r->at > UINT32_MAX || r->size > UINT32_MAX || r->packed > UINT32_MAX)
		return false;
	return r->slice > 0 || r->chunk > in->data.n || span_is(in->data, (size_t)r->chunk, "zlb\x1a");
}

/* Which of the layouts makes sense of all rows, and of the first to the letter: its chunk is here. */
static bool layout_find(struct inno *in)
{
	struct row r;

	for (size_t k = 0; k < ARRAY_SIZE(row_layouts); k++) {
		const struct row_layout *l = &row_layouts[k];
		uint32_t n = (uint32_t)(in->rows.n / l->len), i;

		if (in->rows.n % l->len || n == 0 || n > INNO_FILES_MAX)
			continue;
		for (i = 0; i < n && row_read(in, l, i, &r) && row_fits(in, &r); i++)
			if (i == 0 && !span_is(in->data, (size_t)r.chunk, "zlb\x1a"))
				break;
		if (i < n)
			continue;
		in->layout = l;
		in->n = n;
		return true;
	}
	return false;
}

/* Behind a text of the script: u32 bytes, then those. */
static bool text_pass(struct span s, size_t *at)
{
	struct span text;
	uint32_t n;

	if (!span_le32(s, *at, &n) || !span_cut(s, *at + 4, n, &text))
		return false;
	*at += 4 + (size_t)n;
	return true;
}

/*
 * Does the record of a file stand around a name at @at ("{app}\..."; its length is in front of it)? Behind it come
 * more texts, two versions of Windows of 10 bytes each, then the row's number.
 */
static bool name_at(const struct inno *in, size_t at, uint32_t *ret_row)
{
	uint32_t len;
	size_t p = at;

	if (!span_le32(in->script, p, &len) || len < 3 || len > NAME_LEN_MAX || !text_pass(in->script, &p))
		return false;
	for (unsigned i = 0; i < in->layout->strings; i++)
		if (!text_pass(in->script, &p))
			return false;
	return span_le32(in->script, p + in->layout->more + 20, ret_row) && *ret_row < in->n;
}

static void names_find(struct inno *in)
{
	const char *const mark = "{";
	uint32_t row;

	for (uint32_t i = 0; i < in->n; i++)
		in->names[i] = NO_NAME;
	for (size_t at = 4; wrap_find(in->script, at, span_str(mark), &at); at++)
		if (at - 4 < NO_NAME && name_at(in, at - 4, &row) && in->names[row] == NO_NAME)
			in->names[row] = (uint32_t)(at - 4);
}

static void name_of(const struct inno *in, uint32_t i, char ret[MEMBER_NAME])
{
	char raw[NAME_LEN_MAX + 1];
	size_t n = 0, step = in->wide_text ? 2 : 1;
	uint8_t c, high = 0;
	uint32_t len = 0;

	snprintf(ret, MEMBER_NAME, "file %u", i + 1);
	if (in->names[i] == NO_NAME || !span_le32(in->script, in->names[i], &len) || len > NAME_LEN_MAX)
		return;
	for (size_t at = 0; at + step <= len && span_u8(in->script, in->names[i] + 4 + at, &c); at += step) {
		if (step == 2)
			span_u8(in->script, in->names[i] + 5 + at, &high);
		raw[n++] = (char)(high || c >= 0x7f ? '?' : c); /* ASCII is what vendors use */
	}
	member_name((struct span) { (const uint8_t *)raw, n }, i + 1, ret);
}

/* Row @i out of the decoded chunk. False: the sink has enough. */
static bool give(struct inno *in, uint32_t i, const struct row *r, struct span chunk, size_t at, const char *how)
{
	struct wrap_member m = { .how = how, .at = how ? REPORT_NOWHERE : at + r->at };
	char name[MEMBER_NAME];
	struct span rest;

	in->done[i] = 1;
	if (r->size == 0)
		return true;
	name_of(in, i, name);
	m.name = name;
	if (!span_from(chunk, (size_t)r->at, &rest) || rest.n == 0) {
		report_note(in->rep, at, "%s: the package ends before it", name);
		return true;
	}
	m.partial = rest.n < r->size;
	if (m.partial)
		report_note(in->rep, at, "%s: %zu of %llu bytes are there", name, rest.n,
			    (unsigned long long)r->size);
	if (!span_cut(rest, 0, m.partial ? rest.n : (size_t)r->size, &m.bytes))
		return true;
	if (m.bytes.n > in->left) {
		report_note(in->rep, at, "%s: lies over other files; not handed over", name);
		return true;
	}
	in->left -= m.bytes.n;
	in->n_given++;
	in->answer = in->sink->member(in->sink->ctx, &m);
	return in->answer == 0;
}

/* All rows of the chunk that row @first is in. @how: NULL when its bytes lie in the package, at @at. */
static bool chunk_give(struct inno *in, uint32_t first, struct span chunk, size_t at, const char *how)
{
	struct row r, f;

	if (!row_read(in, in->layout, first, &f))
		return true;
	in->left = chunk.n;
	for (uint32_t i = first; i < in->n; i++)
		if (!in->done[i] && row_read(in, in->layout, i, &r) && r.chunk == f.chunk && r.slice == f.slice &&
		    !give(in, i, &r, chunk, at, how))
			return false;
	return true;
}

static size_t chunk_size(const struct inno *in, uint32_t first, const struct row *f)
{
	size_t want = 0;
	struct row r;

	for (uint32_t i = first; i < in->n; i++)
		if (row_read(in, in->layout, i, &r) && r.chunk == f->chunk && r.slice == f->slice &&
		    r.at + r.size > want)
			want = (size_t)(r.at + r.size);
	return want;
}

static bool chunk_note(struct inno *in, uint32_t first, const struct row *f, const char *why)
{
	struct row r;

	report_note(in->rep, in->data_at + f->chunk, "the files from number %u on are not unpacked: %s", first + 1,
		    why);
	for (uint32_t i = first; i < in->n; i++)
		if (row_read(in, in->layout, i, &r) && r.chunk == f->chunk && r.slice == f->slice)
			in->done[i] = 1;
	return true;
}

/* The chunk of row @first. False: the sink has enough, or there is no memory. */
static bool chunk(struct inno *in, uint32_t first)
{
	_cleanup_(buffer_done) struct buffer b = { 0 };
	size_t at, want, room = in->sink->room(in->sink->ctx);
	const char *how = NULL;
	struct span body;
	struct row f;
	int r;

	if (!row_read(in, in->layout, first, &f))
		return true;
	if (f.slice > 0 || !span_is(in->data, (size_t)f.chunk, "zlb\x1a"))
		return chunk_note(in, first, &f,
				  f.slice ? "they are in setup-1.bin or the like" : "their bytes are missing");
	if (f.flags & in->layout->encrypted)
		return chunk_note(in, first, &f, "they are encrypted");
	at = (size_t)f.chunk + 4;
	if (!span_from(in->data, at, &body))
		return true;
	body.n = f.packed < body.n ? (size_t)f.packed : body.n;
	if (!(f.flags & in->layout->compressed)) {
		in->stored += body.n;
		return in->stored > in->all.n ? chunk_note(in, first, &f, "they lie over others")
					      : chunk_give(in, first, body, in->data_at + at, NULL);
	}
	want = chunk_size(in, first, &f);
	if (want > room)
		return chunk_note(in, first, &f, "they are larger than what may still be decoded");
	if (want == 0)
		return true;
	r = decode(body, want, &b, &how);
	in->sink->spend(in->sink->ctx, b.n);
	if (r == -IGD_ENOMEM) {
		in->answer = report_refuse(in->rep, IGD_ENOMEM, at, "no memory for %zu bytes", want);
		return false;
	}
	if (r < 0)
		return chunk_note(in, first, &f, "no LZMA and no zlib stream is there");
	return chunk_give(in, first, buffer_span(&b), in->data_at + at, how);
}

static int files(struct inno *in)
{
	names_find(in);
	for (uint32_t i = 0; i < in->n; i++)
		if (!in->done[i] && !chunk(in, i))
			return in->answer;
	return in->n_given ? 0
			   : report_refuse(in->rep, IGD_EMAGIC, in->data_at, "none of its %u files could be unpacked",
					   in->n);
}

static bool version_is_wide(struct span s, size_t at, char version[ID_LEN + 1])
{
	struct span id;

	if (!span_cut(s, at, ID_LEN, &id))
		return false;
	text_copy(span_before(id, 0), version, ID_LEN + 1);
	return strstr(version, "(u)") || strstr(version, "(6.") || strstr(version, "(7.");
}

static int refuse(struct report *rep, size_t at, const char *version)
{
	return report_refuse(rep, IGD_EVERSION, at,
			     "an Inno Setup package whose data (%s) is not read here: unpack it with innoextract and "
			     "give the files",
			     version);
}

static int open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	_cleanup_(buffer_done) struct buffer script = { 0 }, rows = { 0 };
	struct inno in = { .sink = sink, .rep = rep };
	char version[ID_LEN + 1] = "";
	int r;

	if (!table_find(s, &in))
		return report_refuse(rep, IGD_EMAGIC, 0, "no Inno Setup offset table");
	in.sink = sink;
	in.wide_text = version_is_wide(s, in.header_at, version);
	if (!span_is(s, in.header_at, "Inno Setup Setup Data ("))
		return report_refuse(rep, IGD_ETRUNC, in.header_at, "an Inno Setup package without its setup data");
	if (in.data_at == 0)
		return report_refuse(
			rep, IGD_ENOENT, in.header_at,
			"an Inno Setup package whose files are in setup-1.bin beside it: unpack it with innoextract");
	r = blocks_read(&in, &script, &rows);
	in.script = buffer_span(&script);
	in.rows = buffer_span(&rows);
	if (r < 0 || !span_from(s, in.data_at, &in.data) || !layout_find(&in))
		return refuse(rep, in.header_at, version);
	in.names = calloc(in.n, sizeof(*in.names));
	in.done = calloc(in.n, sizeof(*in.done));
	r = in.names && in.done ? files(&in) : report_refuse(rep, IGD_ENOMEM, 0, "no memory");
	free(in.names);
	free(in.done);
	return r;
}

const struct wrapper wrapper_inno = { "inno-setup", "Inno Setup package", is, open };
