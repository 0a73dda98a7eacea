// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The image with other files in its DXE volume. Nothing in there moves and no length changes but that of the
 * compressed file: SEC copies as many decompressed bytes to fixed addresses as the build says (OvmfPkg/Sec/SecMain.c,
 * DecompressMemFvs()), so a file goes where the volume is empty, and what a file leaves in the middle is a pad.
 */
#include "fw/ovmf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/ffs_write.h"
#include "fw/lzma_encode.h"
#include "std/pi.h"

#define PARTS 2 /* of a new file: the image or the raw section, and the name */

/* ---- the request -------------------------------------------------------------------------------------------- */

struct request {
	const struct ovmf *o;
	const struct guid *without;
	size_t n_without;
	const struct ovmf_new *with;
	size_t n_with;
};

static bool is_without(const struct request *q, const struct ovmf_file *f)
{
	if (f->type == FFS_PAD)
		return false;
	for (size_t i = 0; i < q->n_without; i++)
		if (guid_eq(&q->without[i], &f->guid))
			return true;
	return false;
}

static int without_check(const struct request *q, struct report *rep)
{
	char name[GUID_STR];
	size_t n = 0;

	for (const struct ovmf_file *f = q->o->files; f < q->o->files + q->o->n_files; f++) {
		n += is_without(q, f) ? 1 : 0;
		if (is_without(q, f) && f->type == FFS_DXE_CORE)
			return report_refuse(rep, IGD_EUSAGE, REPORT_NOWHERE,
					     "%s is the DXE core: nothing starts without it",
					     guid_str(&f->guid, name));
	}
	if (n > 0 || q->n_without == 0)
		return 0;
	return report_refuse(
		rep, IGD_ENOENT, REPORT_NOWHERE, "the DXE volume has no file %s%s, so there is nothing to take away",
		guid_str(&q->without[0], name), q->n_without > 1 ? " and none of the others that were named" : "");
}

/* Two files of one GUID both start (tried with OVMF 2022.11): a driver of ours must not be there twice. */
static int with_check(const struct request *q, const struct ovmf_new *new, struct report *rep)
{
	char name[GUID_STR];

	for (const struct ovmf_new *other = q->with; other < new; other++)
		if (guid_eq(&other->guid, &new->guid))
			return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
					     "two files to be added are both called %s", guid_str(&new->guid, name));
	for (const struct ovmf_file *f = q->o->files; f < q->o->files + q->o->n_files; f++)
		if (f->type != FFS_PAD && guid_eq(&f->guid, &new->guid) && !is_without(q, f))
			return report_refuse(rep, IGD_EPATH, REPORT_NOWHERE,
					     "the DXE volume has a file %s (%s) already; take it away first",
					     guid_str(&new->guid, name), or_dash(f->name));
	return 0;
}

static int request_check(const struct request *q, struct report *rep)
{
	int r = without_check(q, rep);

	for (size_t i = 0; r == 0 && i < q->n_with; i++)
		r = with_check(q, &q->with[i], rep);
	return r;
}

/* ---- the decompressed bytes --------------------------------------------------------------------------------- */

/* What is being made: the DXE volume inside, files up to .end, and the first byte that is another one. */
struct making {
	struct buffer decoded;
	uint8_t *dxe;
	size_t end, changed;
};

static void changed_from(struct making *m, size_t at)
{
	if (at < m->changed)
		m->changed = at;
}

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/*
 * Those to go that lie behind the rest, and the pads between: no build leaves a pad at the end of the volume (none of
 * 20 seen), so it is one that took a file's place. Answers how many files stay.
 */
static size_t take_from_the_end(const struct request *q, struct making *m)
{
	const struct ovmf *o = q->o;
	size_t n = o->n_files, stay = n, before,
	       from; /* with what aligns the first that goes: that may be anything */

	while (n > 0 && (is_without(q, &o->files[n - 1]) || o->files[n - 1].type == FFS_PAD)) {
		n--;
		if (is_without(q, &o->files[n]))
			stay = n;
	}
	while (stay < o->n_files && stay > 0 && o->files[stay - 1].type == FFS_PAD)
		stay--;
	if (stay == o->n_files)
		return stay;
	m->end = from = o->files[stay].at;
	before = stay > 0 ? o->files[stay - 1].at + o->files[stay - 1].bytes.n : m->end;
	if (align8(before) == m->end)
		from = before;
	memset(m->dxe + from, o->dxe.erased, o->dxe_end - from);
	changed_from(m, from);
	return stay;
}

static void take_away(const struct request *q, struct making *m)
{
	size_t stay = take_from_the_end(q, m);

	for (size_t i = 0; i < stay; i++) {
		const struct ovmf_file *f = &q->o->files[i];

		if (!is_without(q, f))
			continue;
		ffs_make_pad(m->dxe + f->at, f->bytes.n, f->bytes.n - f->body.n, q->o->dxe.erased);
		changed_from(m, f->at);
	}
}

/* UTF-16 with its zero; how many bytes. */
static size_t wide(const char *name, uint8_t buf[2 * OVMF_NAME_MAX])
{
	size_t n = strlen(name);

	assert(n < OVMF_NAME_MAX);
	for (size_t i = 0; i <= n; i++) {
		buf[2 * i] = (uint8_t)name[i];
		buf[2 * i + 1] = 0;
	}
	return 2 * (n + 1);
}

static int no_room(const struct making *m, const struct ovmf *o, const char *name, size_t size, struct report *rep)
{
	size_t left = o->dxe.bytes.n - m->end;

	return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE,
			     "no room in the DXE volume: %s takes %zu bytes, and %zu of %zu are left, so %zu are "
			     "missing; leave something out, or take an image whose DXE volume is larger",
			     or_dash(name), size, left, o->dxe.bytes.n, size - left);
}

static int put_file(const struct ovmf *o, struct making *m, const struct ovmf_new *new, struct report *rep)
{
	uint8_t name[2 * OVMF_NAME_MAX];
	const struct ffs_part parts[PARTS] = {
		{ new->type == FFS_FREEFORM ? SECTION_RAW : SECTION_PE32, new->body },
		{ SECTION_UI, { name, wide(new->name, name) } },
	};
	size_t size;

	if (!ffs_size(parts, PARTS, &size))
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%s: a file of a volume cannot have %zu bytes",
				     or_dash(new->name), new->body.n);
	if (size > o->dxe.bytes.n - m->end)
		return no_room(m, o, new->name, size, rep);
	ffs_write(m->dxe + m->end, &new->guid, new->type, parts, PARTS, o->dxe.erased);
	changed_from(m, m->end);
	m->end = align8(m->end + size);
	if (m->end > o->dxe.bytes.n)
		m->end = o->dxe.bytes.n;
	return 0;
}

static int make_decoded(const struct request *q, struct making *m, struct report *rep)
{
	const struct ovmf *o = q->o;
	int r = 0;

	m->decoded = (struct buffer) { malloc(o->decoded.n), o->decoded.n };
	if (!m->decoded.p)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for %zu bytes", o->decoded.n);
	memcpy(m->decoded.p, o->decoded.p, o->decoded.n);
	m->dxe = m->decoded.p + o->dxe_at;
	m->end = o->dxe_end;
	m->changed = o->dxe.bytes.n;
	take_away(q, m);
	for (size_t i = 0; r == 0 && i < q->n_with; i++)
		r = put_file(o, m, &q->with[i], rep);
	return r;
}

/* ---- the stream --------------------------------------------------------------------------------------------- */

/* The levels after the one that was asked for: each smaller and slower. */
static unsigned next_level(unsigned level)
{
	return level < 6 ? 6 : level < OVMF_LEVEL_MAX ? OVMF_LEVEL_MAX : 0;
}

static int encode(const struct ovmf *o, const struct making *m, unsigned level, struct buffer *ret,
		  struct report *rep)
{
	struct span in = buffer_span(&m->decoded);

	if (level != OVMF_LEVEL_KEEP)
		return lzma_encode(in, o->stream, level, ret, rep);
	return lzma_resume(o->stream, in, m->changed < o->dxe.bytes.n ? o->dxe_at + m->changed : in.n, ret, rep);
}

/* The smallest of the tries is told of: one that fits ends them. */
static int make_stream(const struct ovmf *o, const struct making *m, unsigned level,
		       void (*progress)(void *ctx, unsigned level), void *ctx, struct buffer *ret,
		       unsigned *ret_level, struct report *rep)
{
	size_t room = o->stream.n + o->room, least = SIZE_MAX;
	int r;

	for (;; level = next_level(level)) {
		struct buffer b = { NULL, 0 };

		if (progress)
			progress(ctx, level);
		r = encode(o, m, level, &b, rep);
		if (r < 0)
			return r;
		if (b.n <= room) {
			*ret = b;
			*ret_level = level;
			return 0;
		}
		least = b.n < least ? b.n : least;
		buffer_done(&b);
		if (level >= OVMF_LEVEL_MAX)
			break;
	}
	return report_refuse(rep, IGD_ELIMIT, o->file_at,
			     "no room in the flash: compressed as far as it goes it takes %zu bytes, the volume has "
			     "%zu for it, so %zu are missing; leave something out, or take a 4M image",
			     least, room, least - room);
}

/* ---- the image ---------------------------------------------------------------------------------------------- */

static int make_image(const struct ovmf *o, const struct buffer *stream, struct buffer *ret, struct report *rep)
{
	size_t end = o->outer_at + o->outer.bytes.n, behind = o->stream_at + stream->n;
	struct buffer b = { malloc(o->image.n), o->image.n };

	assert(o->image.p && stream->p);
	if (!b.p)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory for %zu bytes", o->image.n);
	memcpy(b.p, o->image.p, o->image.n);
	memcpy(b.p + o->stream_at, stream->p, stream->n);
	memset(b.p + behind, o->outer.erased, end - behind);
	section_resize(b.p + o->section_at, behind - o->section_at);
	ffs_resize(b.p + o->file_at, behind - o->file_at);
	*ret = b;
	return 0;
}

/* Read it as anybody will: what is inside must be what was made. */
static int verify(const struct buffer *image, const struct making *m, struct ovmf_result *ret, struct report *rep)
{
	struct report quiet = { 0 };
	struct ovmf o;
	bool same;

	if (ovmf_read(buffer_span(image), &o, &quiet) < 0)
		return report_refuse(rep, IGD_ESUM, REPORT_NOWHERE,
				     "the result could not be read again (%s), so it was not kept",
				     quiet.refusal.text);
	same = o.decoded.n == m->decoded.n && memcmp(o.decoded.p, m->decoded.p, o.decoded.n) == 0 &&
	       o.dxe_end == m->end;
	ret->stream_size = o.stream.n;
	ret->room = o.room;
	ret->dxe_room = o.dxe_room;
	ovmf_done(&o);
	if (same)
		return 0;
	return report_refuse(rep, IGD_ESUM, REPORT_NOWHERE,
			     "the result decompresses to other bytes than it should, so it was not kept");
}

int ovmf_rebuild(const struct ovmf *o, const struct guid *without, size_t n_without, const struct ovmf_new *with,
		 size_t n_with, unsigned level, void (*progress)(void *ctx, unsigned level), void *ctx,
		 struct ovmf_result *ret, struct report *rep)
{
	const struct request q = { o, without, n_without, with, n_with };
	_cleanup_(buffer_done) struct buffer stream = { 0 }, image = { 0 };
	struct ovmf_result result = { 0 };
	struct making m = { 0 };
	int r = request_check(&q, rep);

	assert(level <= OVMF_LEVEL_MAX);
	if (r < 0)
		return r;
	r = make_decoded(&q, &m, rep);
	if (r == 0)
		r = make_stream(o, &m, level, progress, ctx, &stream, &result.level, rep);
	if (r == 0)
		r = make_image(o, &stream, &image, rep);
	if (r == 0)
		r = verify(&image, &m, &result, rep);
	buffer_done(&m.decoded);
	if (r < 0)
		return r;
	result.image = image;
	image = (struct buffer) { NULL, 0 };
	*ret = result;
	return 0;
}
