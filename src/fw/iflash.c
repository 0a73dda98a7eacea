// SPDX-License-Identifier: GPL-2.0-or-later
#include "fw/iflash.h"

#include "base/error.h"
#include "base/text.h"
#include "fw/wrap_tool.h"

#define MARK	 "$_IFLASH"
#define HEAD_LEN 0x18

struct record {
	struct span tag, body; /* @body: what is there of the image */
	uint32_t total, size;
	size_t at;
};

/* The mark also stands in the code that looks for it: sizes that make no sense are no record, and no word. */
static bool record_read(struct span s, size_t at, struct record *ret)
{
	struct record r = { .at = at + HEAD_LEN };
	struct span rest;

	if (!span_cut(s, at + 8, 8, &r.tag) || !span_le32(s, at + 0x10, &r.total) ||
	    !span_le32(s, at + 0x14, &r.size) || !span_from(s, r.at, &rest))
		return false;
	if (r.size == 0 || r.total < r.size || r.total == UINT32_MAX || r.size == UINT32_MAX)
		return false;
	if (!span_cut(rest, 0, r.size < rest.n ? r.size : rest.n, &r.body) || r.body.n == 0)
		return false;
	for (size_t i = 0; i < r.tag.n; i++) {
		uint8_t c = 0;

		span_u8(r.tag, i, &c);
		if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == 0 || c == ' '))
			return false;
	}
	*ret = r;
	return true;
}

/* Move @at to the next record. */
static bool record_next(struct span s, size_t *at, struct record *ret)
{
	for (; wrap_find(s, *at, span_str(MARK), at); *at += strlen(MARK))
		if (record_read(s, *at, ret))
			return true;
	return false;
}

static const char *tag_name(const struct record *r, char buf[9])
{
	struct span tag = span_before(span_before(r->tag, 0), ' ');

	text_copy(tag, buf, 9);
	for (size_t n = strlen(buf); n > 0 && buf[n - 1] == '_'; n--)
		buf[n - 1] = '\0';
	return buf[0] ? buf : "image";
}

static bool is(struct span s)
{
	struct record r;
	size_t at = 0;

	if (span_is(s, 0x28, "_FVH") ||
	    span_is(s, 0x10, "\x5a\xa5\xf0\x0f")) /* a plain image: not worth the search */
		return false;
	return record_next(s, &at, &r);
}

static int open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	size_t at = 0, n = 0;
	struct record r;
	char tag[9];
	int x;

	while (record_next(s, &at, &r)) {
		struct wrap_member m = { .at = r.at, .bytes = r.body, .partial = r.body.n < r.size };

		if (n++ == IFLASH_RECORDS_MAX) {
			report_note(rep, at, "only the first %d records are read", IFLASH_RECORDS_MAX);
			break;
		}
		m.name = tag_name(&r, tag);
		if (m.partial)
			report_note(rep, r.at, "%s: %zu of %u bytes are there", m.name, r.body.n, r.size);
		x = sink->member(sink->ctx, &m);
		if (x)
			return x;
		at = r.at + r.body.n; /* an image is not searched: its marks are for whom it is handed to */
	}
	return n ? 0 : report_refuse(rep, IGD_EMAGIC, 0, "no $_IFLASH record whose sizes make sense");
}

const struct wrapper wrapper_iflash = { "insyde-iflash", "Insyde flash package", is, open };
