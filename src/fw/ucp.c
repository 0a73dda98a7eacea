// SPDX-License-Identifier: GPL-2.0-or-later
/* ucp.c - the modules of an AMI UCP, under the names that it gives them. */
#include "fw/ucp.h"

#include "base/error.h"
#include "base/text.h"
#include "fw/tiano.h"
#include "fw/wrap_tool.h"

#define TAG_LEN	    4
#define SIZE_AT	    0x04
#define HEADER	    0x10
#define MODULE	    0x18    /* header and two sizes */
#define SIZES_AT    0x10    /* these two are at once the head of the compressed stream */
#define MODULES_MAX 512	    /* real ones have some dozens */
#define NAMES_MAX   0x10000 /* bytes of the list of names */
#define PADDING_MAX 64	    /* zeros that a stream may lack at its end */

struct module {
	struct span tag;
	struct span all;    /* header and data, as far as it is there */
	struct span stream; /* from the two sizes on */
	struct span data;   /* behind them */
	size_t at;
	uint32_t size, packed, unpacked;
	bool partial; /* the file ends in it */
};

/* "@" and three of A to Z, 0 to 9 */
static bool tag_is(struct span s, size_t at)
{
	struct span tag;

	if (!span_cut(s, at, TAG_LEN, &tag) || !span_is(tag, 0, "@"))
		return false;
	for (size_t i = 1; i < TAG_LEN; i++) {
		uint8_t c;

		if (!span_u8(tag, i, &c) || !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
			return false;
	}
	return true;
}

/* The size of the whole at @at, or 0: its words are there, but not a first module that fits. */
static size_t header_at(struct span s, size_t at)
{
	uint32_t size, inner;

	if ((!span_is(s, at, "@UAF") && !span_is(s, at, "@HPU")) || !span_le32(s, at + SIZE_AT, &size) ||
	    !tag_is(s, at + HEADER) || !span_le32(s, at + HEADER + SIZE_AT, &inner))
		return 0;
	return inner >= MODULE && size >= HEADER && inner <= size - HEADER ? size : 0;
}

/* The largest of those in the window: programs have the tag in their code too, and small ones beside the real one. */
static bool ucp_find(struct span s, size_t *ret)
{
	static const char *const tags[] = { "@UAF", "@HPU" };
	struct span window = wrap_window(s, TAG_LEN);
	size_t best = header_at(s, 0);

	*ret = 0;
	if (best > 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		for (size_t at = 0; wrap_find(window, at, span_str(tags[i]), &at); at += TAG_LEN) {
			size_t size = header_at(s, at);

			if (size <= s.n - at && size > best) {
				best = size;
				*ret = at;
			}
		}
	return best > 0;
}

static bool ucp_is(struct span s)
{
	size_t at;

	return ucp_find(s, &at);
}

/* The module at @at of @s. Its size goes on behind @at by MODULE at least. */
static bool module_read(struct span s, size_t at, struct module *ret)
{
	struct module m = { .at = at };

	if (!tag_is(s, at) || !span_cut(s, at, TAG_LEN, &m.tag) || !span_le32(s, at + SIZE_AT, &m.size) ||
	    !span_le32(s, at + SIZES_AT, &m.packed) || !span_le32(s, at + SIZES_AT + 4, &m.unpacked) ||
	    m.size < MODULE)
		return false;
	m.partial = !span_cut(s, at, m.size, &m.all);
	if (m.partial && !span_from(s, at, &m.all))
		return false;
	if (!span_from(m.all, SIZES_AT, &m.stream) || !span_from(m.all, MODULE, &m.data))
		return false;
	*ret = m;
	return true;
}

/* All words of a module add up to nothing. */
static bool sum_ok(struct span s)
{
	uint16_t sum = 0, word = 0;
	uint8_t last = 0;
	size_t i;

	for (i = 0; span_le16(s, i, &word); i += 2)
		sum = (uint16_t)(sum + word);
	if (span_u8(s, i, &last))
		sum = (uint16_t)(sum + last);
	return sum == 0;
}

/* A copy of the stream with the zeros behind it that some of AMI's lack. */
static int stream_pad(const struct module *m, const struct wrap_sink *sink, struct buffer *ret, struct report *rep)
{
	size_t lacks = m->packed - m->data.n;
	int r;

	if (lacks > PADDING_MAX)
		return report_refuse(rep, IGD_ETRUNC, m->at, "the stream lacks %zu bytes", lacks);
	r = wrap_buffer(sink, m->stream.n + lacks, ret, rep);
	if (r < 0)
		return r;
	wrap_put(ret, 0, m->stream);
	memset(ret->p + m->stream.n, 0, lacks);
	return 0;
}

/*
 * AMI's programs compress as the UEFI Specification does (4 bits for positions; BIOSUtilities 25.07.01 knows no
 * other). Tiano's 5 are for what cannot be read so, or leaves something over.
 */
static int stream_decode(struct span in, size_t size, size_t limit, struct buffer *ret, enum codec *ret_which,
			 struct report *rep)
{
	_cleanup_(buffer_done) struct buffer efi = { 0 };
	struct buffer tiano = { 0 };
	bool exact = false;
	int r, t;

	*ret_which = CODEC_EFI11;
	r = tiano_decode(in, EFI11_POSITION_BITS, size, limit, &efi, &exact, rep);
	if (r < 0 || !exact) {
		t = tiano_decode(in, TIANO_POSITION_BITS, size, limit, &tiano, &exact, NULL);
		if (t == 0 && (r < 0 || exact)) {
			*ret = tiano;
			*ret_which = CODEC_TIANO;
			return 0;
		}
		buffer_done(&tiano);
	}
	if (r == 0) {
		*ret = efi;
		efi = (struct buffer) { NULL, 0 };
	}
	return r;
}

static int module_decode(const struct module *m, const struct wrap_sink *sink, struct buffer *ret,
			 const char **ret_how, struct report *rep)
{
	_cleanup_(buffer_done) struct buffer padded = { 0 };
	struct span stream = m->stream;
	enum codec which;
	int r;

	if (m->packed > m->data.n) {
		r = stream_pad(m, sink, &padded, rep);
		if (r < 0)
			return r;
		stream = buffer_span(&padded);
	}
	r = stream_decode(stream, m->unpacked, sink->room(sink->ctx), ret, &which, rep);
	if (r == 0)
		*ret_how = codec_str(which);
	return r;
}

/* What follows the last separator of a path, be it of DOS or not. */
static struct span last_part(struct span path)
{
	struct span ret = path;
	uint8_t c;

	for (size_t i = 0; span_u8(path, i, &c); i++)
		if (c == '\\' || c == '/')
			span_from(path, i + 1, &ret);
	return ret;
}

/* By the list of names, lines as "@R01:C:\dir\NAME.BIN", else the tag itself. */
static struct span name_of(struct span names, struct span tag)
{
	struct span line, name;

	while (span_line(&names, &line)) {
		if (line.n <= TAG_LEN || memcmp(line.p, tag.p, TAG_LEN) != 0 || !span_is(line, TAG_LEN, ":") ||
		    !span_from(line, TAG_LEN + 1, &name))
			continue;
		name = text_trim(last_part(span_before(name, 0)));
		if (name.n > 0)
			return name;
	}
	return tag;
}

struct ucp {
	struct span s; /* the whole of it: what follows is not its own */
	size_t base;   /* where that is in the file */
	const struct wrap_sink *sink;
	struct buffer names; /* decoded; empty where the list lies there as it is */
	struct span list;
	unsigned n_modules, n_given;
	int failed; /* why the last one that could not be decoded could not */
};

/* The data of a module that is not compressed. */
static struct span plain_of(const struct module *m)
{
	struct span ret = m->data;

	if (ret.n > m->unpacked)
		ret.n = m->unpacked;
	return ret;
}

static void names_read(struct ucp *u, const struct module *m, struct report *rep)
{
	const char *how;

	if (u->list.n > 0)
		return;
	u->list = plain_of(m);
	if (m->packed != m->unpacked) {
		u->list.n = 0;
		if (m->unpacked > NAMES_MAX || module_decode(m, u->sink, &u->names, &how, NULL) < 0) {
			report_note(rep, u->base + m->at,
				    "the list of names cannot be read; modules go by their tags");
			return;
		}
		u->sink->spend(u->sink->ctx, u->names.n);
		u->list = buffer_span(&u->names);
	}
	if (u->list.n > NAMES_MAX)
		u->list.n = NAMES_MAX;
}

static int module_give(struct ucp *u, const struct module *m, struct report *rep)
{
	char name[128];
	struct wrap_member member = { .name = name, .at = u->base + m->at + MODULE, .partial = m->partial };
	struct buffer b = { 0 };
	int r;

	text_copy(name_of(u->list, m->tag), name, sizeof(name));
	if (!m->partial && !sum_ok(m->all))
		report_note(rep, u->base + m->at, "the checksum of %s is wrong", name);
	if (m->packed == m->unpacked) {
		member.bytes = plain_of(m);
		member.partial |= member.bytes.n < m->unpacked;
		if (member.bytes.n == 0)
			return 0;
		u->n_given++;
		return wrap_give(u->sink, member);
	}
	r = module_decode(m, u->sink, &b, &member.how, NULL);
	if (r == 0 && b.n == 0)
		r = -IGD_ELENGTH;
	if (r < 0) {
		buffer_done(&b);
		report_note(rep, u->base + m->at, "%s cannot be decoded: %s", name, igd_error_str(r));
		u->failed = r;
		return 0;
	}
	u->n_given++;
	return wrap_give_buffer(u->sink, &b, member);
}

/* Each module in turn: with @names the list of names is looked for, without it they are handed over. */
static int modules(struct ucp *u, bool names, struct report *rep)
{
	struct module m;
	int r = 0;

	u->n_modules = 0;
	for (size_t at = HEADER; r == 0 && module_read(u->s, at, &m); at += m.size) {
		if (++u->n_modules > MODULES_MAX)
			return report_refuse(rep, IGD_ELIMIT, u->base + at, "more than %u modules", MODULES_MAX);
		if (!names)
			r = module_give(u, &m, rep);
		else if (span_is(m.tag, 0, "@NAL"))
			names_read(u, &m, rep);
		if (m.partial)
			break;
	}
	return r;
}

static int ucp_open(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	struct ucp u = { .sink = sink };
	uint32_t size;
	size_t at;
	int r;

	if (!ucp_find(s, &at) || !span_from(s, at, &u.s) || !span_le32(u.s, SIZE_AT, &size))
		return report_refuse(rep, IGD_EMAGIC, 0, "no AMI UCP");
	if (!span_cut(u.s, 0, size, &u.s))
		report_note(rep, at, "the file ends before the %u bytes of the UCP do", size);
	else if (!sum_ok(u.s))
		report_note(rep, at, "the checksum of the UCP is wrong");
	u.base = at;
	r = modules(&u, true, rep);
	if (r == 0)
		r = modules(&u, false, rep);
	buffer_done(&u.names);
	if (r == 0 && u.n_given == 0)
		return report_refuse(rep, u.failed ? -u.failed : IGD_ELENGTH, at, "none of %u modules can be read",
				     u.n_modules);
	return r;
}

const struct wrapper wrapper_ucp = {
	.name = "ami-ucp",
	.says = "AMI UCP (flash program with its image)",
	.is = ucp_is,
	.open = ucp_open,
};
