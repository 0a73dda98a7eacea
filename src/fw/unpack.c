// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unpack.c - one loop over libarchive's entries for all formats; only which readers are let in differs.
 *
 * The sink's room bounds what a member may decode to. A member above it is left; where leaving it means to decode it
 * all the same (solid archives, a compressed tar), the archive ends there, so that the work stays bounded by the
 * room.
 */
#include "fw/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "fw/eltorito.h"

#define GROW_FIRST ((size_t)64 * 1024)
#define IDLE_MAX   64 /* answers without a byte, one after the other */

struct kind {
	const char *how;
	int (*support[3])(struct archive *a);
	bool steps_over;       /* the next header is found without decoding what is before it */
	bool block_with_error; /* libarchive hands a block over and says in the same answer what is wrong */
};

enum step {
	GO_ON,
	ANSWERED,  /* reader.answer is what is to be answered */
	TOO_LARGE, /* a member is above the room; it has its note */
	CUT_SHORT, /* libarchive cannot go on; it has its note */
};

struct reader {
	struct archive *a;
	const struct kind *kind;
	const struct wrap_sink *sink;
	struct report *rep;
	size_t n_seen, n_given; /* entries; members handed over */
	int answer;
	char name[MEMBER_NAME];
};

static size_t name_part(const char *from, size_t n, char *to)
{
	if (n == 0 || (n == 1 && from[0] == '.') || (n == 2 && from[0] == '.' && from[1] == '.'))
		return 0;
	memmove(to, from, n);
	to[n] = '/';
	return n + 1;
}

void member_name(struct span raw, size_t n, char ret[MEMBER_NAME])
{
	size_t from = 0, to = 0, len;
	bool last;

	text_copy(raw, ret, MEMBER_NAME - 1); /* the last part gets a "/" as well, before it is cut off */
	for (char *c = ret; *c; c++)
		*c = (char)(*c == '\\' ? '/' : *c == ':' ? '_' : *c);
	for (; ret[from]; from += len + 1) {
		len = strcspn(ret + from, "/");
		last = ret[from + len] == '\0';
		to += name_part(ret + from, len, ret + to); /* to <= from: what is not read yet stays */
		if (last)
			break;
	}
	if (to == 0)
		snprintf(ret, MEMBER_NAME, "member %zu", n);
	else
		ret[to - 1] = '\0';
}

static const char *why(struct archive *a)
{
	const char *s = archive_error_string(a);

	return s ? s : "damaged, or of a kind that is not read";
}

/* More room in @b for @n bytes in all, up to @max; none of it is touched yet. False: no memory. */
static bool grow(struct buffer *b, size_t *room, size_t n, size_t max)
{
	size_t want = *room > max / 2 ? max : *room * 2;
	uint8_t *p;

	if (n <= *room)
		return true;
	want = want < GROW_FIRST ? (GROW_FIRST < max ? GROW_FIRST : max) : want;
	want = want < n ? n : want;
	p = realloc(b->p, want);
	if (!p)
		return false;
	b->p = p;
	*room = want;
	return true;
}

/*
 * The member's blocks, one behind the other, up to @max bytes: a block may begin behind a hole. A zip's last block
 * comes together with what was wrong with its checksum. In @ret_end what the last read said: ARCHIVE_EOF at the end,
 * ARCHIVE_OK when there is more than @max.
 */
static int read_blocks(struct reader *r, bool sized, size_t max, struct buffer *ret, int *ret_end)
{
	const void *block = NULL;
	size_t n = 0, room = 0, idle = 0;
	la_int64_t at = 0;
	int got;

	if (sized && !grow(ret, &room, max, max))
		return -IGD_ENOMEM;
	do {
		block = NULL;
		n = 0;
		got = archive_read_data_block(r->a, &block, &n, &at);
		*ret_end = got;
		if (got == ARCHIVE_WARN)
			report_note(r->rep, REPORT_NOWHERE, "%s: %s", r->name, why(r->a));
		if (!block || n == 0 || (got != ARCHIVE_OK && got != ARCHIVE_WARN && !r->kind->block_with_error))
			continue;
		if (at < 0 || (size_t)at < ret->n || (size_t)at > max || n > max - (size_t)at) {
			*ret_end = ARCHIVE_OK;
			return 0;
		}
		if (!grow(ret, &room, (size_t)at + n, max))
			return -IGD_ENOMEM;
		memset(ret->p + ret->n, 0, (size_t)at - ret->n);
		memcpy(ret->p + at, block, n);
		idle = 0;
		ret->n = (size_t)at + n;
	} while ((got == ARCHIVE_OK || got == ARCHIVE_WARN) && idle++ < IDLE_MAX);
	return 0;
}

/* Is the member whole? What is odd about its end goes into a note: libarchive tells a wrong checksum by words alone.
 */
static bool whole(struct reader *r, size_t have, bool sized, uint64_t size, int end)
{
	if (end == ARCHIVE_OK)
		report_note(r->rep, REPORT_NOWHERE, "%s: longer than its header says", r->name);
	else if (end != ARCHIVE_EOF)
		report_note(r->rep, REPORT_NOWHERE, "%s: %s", r->name, why(r->a));
	else if (sized && have < size)
		report_note(r->rep, REPORT_NOWHERE, "%s: ends after %zu of %llu bytes", r->name, have,
			    (unsigned long long)size);
	return sized ? have == size : end == ARCHIVE_EOF;
}

static enum step answer(struct reader *r, int x)
{
	r->answer = x;
	return ANSWERED;
}

static enum step too_large(struct reader *r, size_t room)
{
	report_note(r->rep, REPORT_NOWHERE, "%s: not unpacked, it is larger than the %zu bytes that are left",
		    r->name, room);
	return TOO_LARGE;
}

static enum step give(struct reader *r, const struct buffer *b, bool partial, int end)
{
	struct wrap_member m = { r->name, buffer_span(b), REPORT_NOWHERE, r->kind->how, partial };
	int x;

	if (b->n > 0) {
		r->n_given++;
		x = r->sink->member(r->sink->ctx, &m);
		if (x)
			return answer(r, x);
	}
	return end == ARCHIVE_FATAL ? CUT_SHORT : GO_ON;
}

static enum step member(struct reader *r, struct archive_entry *e)
{
	bool sized = archive_entry_size_is_set(e) != 0;
	uint64_t size = sized ? (uint64_t)archive_entry_size(e) : 0;
	size_t room = r->sink->room(r->sink->ctx);
	_cleanup_(buffer_done) struct buffer b = { 0 };
	int x, end;

	if (sized && size == 0)
		return GO_ON;
	if (size > room || room == 0)
		return too_large(r, room);
	x = read_blocks(r, sized, sized ? (size_t)size : room, &b, &end);
	if (x < 0)
		return answer(r, report_refuse(r->rep, IGD_ENOMEM, REPORT_NOWHERE, "%s: no memory for it", r->name));
	r->sink->spend(r->sink->ctx, b.n);
	if (!sized && end == ARCHIVE_OK)
		return too_large(r, room);
	return give(r, &b, !whole(r, b.n, sized, size, end), end);
}

static enum step entry(struct reader *r, struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);
	unsigned type = archive_entry_filetype(e);
	enum step step;

	member_name(name ? span_str(name) : (struct span) { NULL, 0 }, r->n_seen, r->name);
	if (type != AE_IFREG && type != 0) /* 0: the packer did not say */
		return GO_ON;
	if (archive_entry_is_data_encrypted(e)) {
		report_note(r->rep, REPORT_NOWHERE,
			    "%s: encrypted; unpack it with its password, and give what comes out", r->name);
		return GO_ON;
	}
	step = member(r, e);
	return step == TOO_LARGE && r->kind->steps_over ? GO_ON : step;
}

static enum step entries(struct reader *r)
{
	struct archive_entry *e;
	enum step step;
	int got;

	while ((got = archive_read_next_header(r->a, &e)) != ARCHIVE_EOF) {
		if (got != ARCHIVE_OK && got != ARCHIVE_WARN) {
			if (r->n_given) /* else the refusal says it */
				report_note(r->rep, REPORT_NOWHERE, "ends after %zu members: %s", r->n_given,
					    why(r->a));
			return CUT_SHORT;
		}
		if (++r->n_seen > UNPACK_MEMBERS_MAX) {
			report_note(r->rep, REPORT_NOWHERE, "only the first %d members are read", UNPACK_MEMBERS_MAX);
			return TOO_LARGE;
		}
		step = entry(r, e);
		if (step != GO_ON)
			return step;
	}
	return GO_ON;
}

/* What could be read was, and the notes say why not more: an answer of 0; without a single member a refusal. */
static int finish(struct reader *r, enum step step)
{
	if (step == ANSWERED)
		return r->answer;
	if (r->n_given > 0)
		return 0;
	if (step == GO_ON)
		return report_refuse(r->rep, IGD_ENOENT, 0, "no file in it that could be unpacked");
	return report_refuse(r->rep, step == TOO_LARGE ? IGD_ELIMIT : IGD_ETRUNC, 0, "nothing could be unpacked: %s",
			     step == TOO_LARGE ? "too large" : why(r->a));
}

static int readers(struct archive *a, const struct kind *k, struct report *rep)
{
	for (size_t i = 0; i < ARRAY_SIZE(k->support) && k->support[i]; i++)
		if (k->support[i](a) != ARCHIVE_OK) /* ARCHIVE_WARN: it would run a program */
			return report_refuse(rep, IGD_EVERSION, 0, "this libarchive was built without %s", k->how);
	return 0;
}

/* @n_given: members handed over already. */
static int run(struct span s, const struct kind *k, const struct wrap_sink *sink, struct report *rep, size_t n_given)
{
	struct reader r = { archive_read_new(), k, sink, rep, .n_given = n_given };
	int x;

	if (!r.a)
		return report_refuse(rep, IGD_ENOMEM, 0, "no memory");
	x = readers(r.a, k, rep);
	if (x == 0 && archive_read_open_memory(r.a, s.p, s.n) != ARCHIVE_OK)
		x = report_refuse(rep, IGD_EMAGIC, 0, "%s", why(r.a));
	if (x == 0)
		x = finish(&r, entries(&r));
	archive_read_free(r.a);
	return x;
}

/*
 * The marks. APPNOTE.TXT 6.3.10, 4.3.7 and 4.3.16 (zip, also empty or once spanned); 7-Zip DOC/7zFormat.txt; rar's
 * technote; [MS-CAB] 2.1; ECMA-119 8.1.2; IEEE 1003.1 pax; RFC 1952, RFC 8878; xz-file-format 2.1.1; bzip2's block.
 */
static bool is_zip(struct span s)
{
	return span_is(s, 0, "PK\3\4") || span_is(s, 0, "PK\5\6") || span_is(s, 0, "PK\7\10PK\3\4") ||
	       span_is(s, 0, "PK00PK\3\4");
}

static bool is_7z(struct span s)
{
	return span_is(s, 0, "7z\xbc\xaf\x27\x1c");
}

static bool is_rar(struct span s)
{
	uint8_t version, zero;

	return span_is(s, 0, "Rar!\x1a\x07") && span_u8(s, 6, &version) &&
	       (version == 0 || (version == 1 && span_u8(s, 7, &zero) && zero == 0));
}

static bool is_cab(struct span s)
{
	uint32_t reserved;

	return span_is(s, 0, "MSCF") && span_le32(s, 4, &reserved) && reserved == 0;
}

static bool is_iso9660(struct span s)
{
	return span_is(s, 0x8001, "CD001");
}

static bool is_tar(struct span s)
{
	return span_is(s, 257, "ustar");
}

static bool is_gzip(struct span s)
{
	return span_is(s, 0, "\x1f\x8b\x08");
}

static bool is_xz(struct span s)
{
	uint8_t zero;

	return span_is(s, 0,
		       "\xfd"
		       "7zXZ") &&
	       span_u8(s, 5, &zero) && zero == 0;
}

static bool is_bzip2(struct span s)
{
	return span_is(s, 0, "BZh") && (span_is(s, 4, "1AY&SY") || span_is(s, 4, "\x17rE8P\x90"));
}

static bool is_zstd(struct span s)
{
	return span_is(s, 0, "\x28\xb5\x2f\xfd");
}

static int open_zip(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	static const struct kind k = { "zip", { archive_read_support_format_zip }, true, true };

	return run(s, &k, sink, rep, 0);
}

static int open_7z(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	static const struct kind k = { "7z", { archive_read_support_format_7zip }, false, false };

	return run(s, &k, sink, rep, 0);
}

static int open_rar(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	static const struct kind k = { "rar",
				       { archive_read_support_format_rar, archive_read_support_format_rar5 },
				       false };

	return run(s, &k, sink, rep, 0);
}

static int open_cab(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	static const struct kind k = { "cab", { archive_read_support_format_cab }, false, false };

	return run(s, &k, sink, rep, 0);
}

/* What is booted may lie outside the file system. */
static int boot_image(struct span s, const struct wrap_sink *sink, bool *ret_given)
{
	struct wrap_member m = { .name = "El Torito boot image" };
	size_t at;

	if (!eltorito_read(s, &m.bytes, &at, &m.partial))
		return 0;
	m.at = at;
	*ret_given = true;
	return sink->member(sink->ctx, &m);
}

static int open_iso9660(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	static const struct kind k = { "iso9660", { archive_read_support_format_iso9660 }, true, false };
	bool given = false;
	int x = boot_image(s, sink, &given);

	return x ? x : run(s, &k, sink, rep, given);
}

static int open_tar(struct span s, const struct wrap_sink *sink, struct report *rep)
{
	static const struct kind k = { "tar", { archive_read_support_format_tar }, true, false };

	return run(s, &k, sink, rep, 0);
}

/* What compresses one file may compress a tar: then its members are handed over at once. */
#define FILTER(name)                                                                                                 \
	static int open_##name(struct span s, const struct wrap_sink *sink, struct report *rep)                      \
	{                                                                                                            \
		static const struct kind k = { #name,                                                                \
					       { archive_read_support_filter_##name,                                 \
						 archive_read_support_format_tar, archive_read_support_format_raw }, \
					       false,                                                                \
					       false };                                                              \
                                                                                                                     \
		/* The reader of anything takes what no filter claims, and would hand over the file itself. */       \
		if (!is_##name(s))                                                                                   \
			return report_refuse(rep, IGD_EMAGIC, 0, "no stream of " #name);                             \
		return run(s, &k, sink, rep, 0);                                                                     \
	}

FILTER(gzip)
FILTER(xz)
FILTER(bzip2)
FILTER(zstd)

const struct wrapper wrapper_zip = { "zip", "ZIP archive", is_zip, open_zip };
const struct wrapper wrapper_7z = { "7z", "7-Zip archive", is_7z, open_7z };
const struct wrapper wrapper_rar = { "rar", "RAR archive", is_rar, open_rar };
const struct wrapper wrapper_cab = { "cab", "Microsoft cabinet", is_cab, open_cab };
const struct wrapper wrapper_iso9660 = { "iso9660", "CD image (ISO 9660)", is_iso9660, open_iso9660 };
const struct wrapper wrapper_tar = { "tar", "tar archive", is_tar, open_tar };
const struct wrapper wrapper_gzip = { "gzip", "gzip", is_gzip, open_gzip };
const struct wrapper wrapper_xz = { "xz", "xz", is_xz, open_xz };
const struct wrapper wrapper_bzip2 = { "bzip2", "bzip2", is_bzip2, open_bzip2 };
const struct wrapper wrapper_zstd = { "zstd", "Zstandard", is_zstd, open_zstd };
