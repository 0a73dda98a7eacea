// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/phoenix.h"

#include "base/buffer.h"
#include "base/error.h"
#include "fw/codec.h"
#include "fw/unpack.h"
#include "fw/wrap_tool.h"

#define MARK	 "$PACK"
#define HEAD_LEN (0x10 + 0x200)
#define ROW_LEN	 0x110

struct pack {
	struct span all, rows;
	uint32_t n;
	const struct wrap_sink *sink;
	struct report *rep;
	size_t n_bytes; /* of the files so far: rows that overlap must not make more work than there are bytes */
};

/* The mark may stand in code as well: a table has three zeros behind it, a small count and the size that gives. */
static bool pack_at(struct span s, size_t at, struct pack *ret)
{
	struct pack k = { .all = s };
	uint32_t zeros, size;

	if (!span_le32(s, at + 4, &zeros) || zeros != 'K' || !span_le32(s, at + 8, &size) ||
	    !span_le32(s, at + 12, &k.n) || k.n == 0 || k.n >= PHOENIX_FILES_MAX ||
	    size != HEAD_LEN + k.n * ROW_LEN || !span_from(s, at + HEAD_LEN, &k.rows) || k.rows.n < ROW_LEN)
		return false;
	*ret = k;
	return true;
}

static bool pack_find(struct span s, struct pack *ret)
{
	for (size_t at = 0; wrap_find(s, at, span_str(MARK), &at); at += strlen(MARK))
		if (pack_at(s, at, ret))
			return true;
	return false;
}

static bool is(struct span s)
{
	struct pack k;

	return (span_is(s, 0, "MZ") || span_is(s, 0, MARK)) && pack_find(s, &k);
}

/* Decoded, or 1 and why not as a note. What the sink answers to it goes into @ret_answer. */
static int give_lzma(const struct pack *k, struct wrap_member *m, int *ret_answer)
{
	_cleanup_(buffer_done) struct buffer b = { 0 };
	struct report inner = { 0 };
	int x;

	if (wrapper_xz.is(m->bytes)) { /* handed over as it is: the next to look at it knows xz */
		*ret_answer = k->sink->member(k->sink->ctx, m);
		return 0;
	}
	x = codec_decode(CODEC_LZMA, m->bytes, 0, k->sink->room(k->sink->ctx), &b, &inner);
	if (x < 0) {
		report_note(k->rep, m->at, "%s: not unpacked: %s", m->name, inner.refusal.text);
		return 1;
	}
	if (b.n == 0) {
		report_note(k->rep, m->at, "%s: decodes to nothing", m->name);
		return 1;
	}
	k->sink->spend(k->sink->ctx, b.n);
	m->bytes = buffer_span(&b);
	m->how = "lzma";
	m->at = REPORT_NOWHERE;
	*ret_answer = k->sink->member(k->sink->ctx, m);
	return 0;
}

/* The file of row @i. 1: it could not be given, with a note; 0: it was, and @ret_answer is the sink's. */
static int file(struct pack *k, uint32_t i, int *ret_answer)
{
	struct wrap_member m = { 0 };
	uint32_t at, size, how;
	char name[MEMBER_NAME];
	struct span row, rest;

	if (!span_cut(k->rows, (size_t)i * ROW_LEN, ROW_LEN, &row) || !span_cut(row, 0, 0x100, &m.bytes) ||
	    !span_le32(row, 0x100, &at) || !span_le32(row, 0x104, &size) || !span_le32(row, 0x108, &how)) {
		report_note(k->rep, REPORT_NOWHERE, "the table ends before file %u", i + 1);
		return 1;
	}
	member_name(span_before(m.bytes, 0), i + 1, name);
	m.name = name;
	m.at = at;
	if (!span_from(k->all, at, &rest) || rest.n == 0 || size == 0) {
		report_note(k->rep, at, "%s: %u bytes at 0x%x are not in the file", name, size, at);
		return 1;
	}
	m.partial = size > rest.n;
	if (m.partial)
		report_note(k->rep, at, "%s: %zu of %u bytes are there", name, rest.n, size);
	if (!span_cut(rest, 0, m.partial ? rest.n : size, &m.bytes))
		return 1;
	k->n_bytes += m.bytes.n;
	if (k->n_bytes > k->all.n) {
		report_note(k->rep, at, "%s: lies over other files; not handed over", name);
		return 1;
	}
	if (how > 1)
		report_note(k->rep, at, "%s: compression %u is unknown; handed over as it is", name, how);
	if (how == 1)
		return give_lzma(k, &m, ret_answer);
	*ret_answer = k->sink->member(k->sink->ctx, &m);
	return 0;
}

static int open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	uint32_t n_given = 0;
	struct pack k;
	int answer = 0;

	if (!pack_find(s, &k))
		return report_refuse(rep, IGD_EMAGIC, 0, "no $PACK table whose size fits its count");
	k.sink = sink;
	k.rep = rep;
	for (uint32_t i = 0; i < k.n && answer == 0; i++)
		n_given += file(&k, i, &answer) == 0;
	if (answer)
		return answer;
	return n_given ? 0 : report_refuse(rep, IGD_ETRUNC, 0, "none of its %u files could be unpacked", k.n);
}

const struct wrapper wrapper_phoenix = { "phoenix-tdk", "Phoenix update program (TDK Packer)", is, open };
