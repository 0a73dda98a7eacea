// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an OVMF image. The first says how: an even one, the rest is the image; an odd one, the rest is what is
 * in the compressed section of an image made here, for no change of a compressed byte says much. What reads is
 * rebuilt with a file more, then without it: the decompressed bytes are as before.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/ffs_write.h"
#include "fw/lzma_encode.h"
#include "fw/ovmf.h"
#include "std/pi.h"

#define DICTIONARY  0x10 /* 4 KiB, in the header's second byte of four */
#define FILE_AT	    FV_HEADER_MIN
#define STREAM_AT   (FILE_AT + FFS_HEADER + GUIDED_HEAD)
#define GUIDED_HEAD 24
#define VOLUME_ROOM 1024
#define REBUILD_MAX ((size_t)1 << 16) /* decompressed bytes: more are read, and left at that */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool so)
{
	if (!so)
		abort();
}

static void put(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* A volume of one file, whose one section is @inside, compressed. Its header's checksum is nobody's care. */
static struct buffer flash_of(struct span inside)
{
	static const struct guid ffs2 =
		GUID(0x8c8ce578, 0x8a3d, 0x4f1c, 0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3);
	static const struct guid lzma =
		GUID(0xee4e5898, 0x3914, 0x4259, 0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf);
	static const uint8_t model[13] = { 0x5d, 0, DICTIONARY };
	struct buffer stream = { NULL, 0 }, b;

	require(lzma_encode(inside, SPAN_OF(model), 0, &stream, NULL) == 0);
	b.n = STREAM_AT + stream.n + VOLUME_ROOM;
	b.p = malloc(b.n);
	require(b.p != NULL);
	memset(b.p, 0, STREAM_AT);
	memset(b.p + STREAM_AT, 0xff, b.n - STREAM_AT);
	memcpy(b.p + FV_GUID, ffs2.b, sizeof(ffs2.b));
	memcpy(b.p + FV_SIGNATURE, "_FVH", 4);
	put(b.p + FV_LENGTH, b.n, 8);
	put(b.p + FV_ATTRIBUTES, FV_ERASE_POLARITY, 4);
	put(b.p + FV_HEADER_LENGTH, FV_HEADER_MIN, 2);
	b.p[FV_REVISION] = 2;
	b.p[FILE_AT + FFS_TYPE] = FFS_VOLUME_IMAGE;
	b.p[FILE_AT + FFS_STATE] = 0xf8;
	b.p[FILE_AT + FFS_HEADER + 3] = SECTION_GUIDED;
	memcpy(b.p + FILE_AT + FFS_HEADER + 4, lzma.b, sizeof(lzma.b));
	put(b.p + FILE_AT + FFS_HEADER + 20, GUIDED_HEAD, 2);
	put(b.p + FILE_AT + FFS_HEADER + 22, 1, 2);
	memcpy(b.p + STREAM_AT, stream.p, stream.n);
	section_resize(b.p + FILE_AT + FFS_HEADER, GUIDED_HEAD + stream.n);
	ffs_resize(b.p + FILE_AT, FFS_HEADER + GUIDED_HEAD + stream.n);
	buffer_done(&stream);
	return b;
}

static bool inside(struct span part, struct span whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void judge(const struct ovmf *o)
{
	struct span decoded = buffer_span(&o->decoded);
	size_t before = 0;

	require(o->file_at < o->section_at && o->section_at < o->stream_at);
	require(o->stream_at + o->stream.n + o->room <= o->outer_at + o->outer.bytes.n);
	require(o->outer_at + o->outer.bytes.n <= o->image.n);
	require(inside(o->stream, o->image) && inside(o->dxe.bytes, decoded));
	require(o->dxe_end + o->dxe_room == o->dxe.bytes.n);
	require(o->n_files > 0 && o->n_files <= OVMF_FILES_MAX);
	for (const struct ovmf_file *f = o->files; f < o->files + o->n_files; f++) {
		require(f->at >= before && f->at + f->bytes.n <= o->dxe.bytes.n);
		before = f->at + f->bytes.n;
		require(inside(f->bytes, decoded) && inside(f->body, f->bytes) && inside(f->pe, f->body));
		require((f->whose == OVMF_STOCK) == (f->what == NULL));
	}
	require(inside(o->record, decoded));
}

static void require_same(const struct ovmf *a, const struct ovmf *b, size_t n)
{
	require(a->decoded.n == b->decoded.n && memcmp(a->decoded.p, b->decoded.p, n) == 0);
}

/*
 * What was added goes away again, and pads that the volume ended with before it; nothing in front of these changes.
 * Where a deleted file stood before such pads, what aligned them may be no empty bytes: then it is refused.
 */
static void take_away(const struct ovmf *o, const struct ovmf *more, const struct guid *name)
{
	const struct ovmf_file *last = &o->files[o->n_files - 1];
	struct ovmf_result made;
	struct ovmf again;
	size_t end = o->decoded.n;
	int r;

	for (; last->type == FFS_PAD && last > o->files; last--)
		end = o->dxe_at + last[-1].at + last[-1].bytes.n;
	r = ovmf_rebuild(more, name, 1, NULL, 0, 0, NULL, NULL, &made, NULL);
	require(r == 0 || r == -IGD_ELIMIT || (r == -IGD_ESUM && o->files[o->n_files - 1].type == FFS_PAD));
	if (r < 0)
		return;
	require(ovmf_read(buffer_span(&made.image), &again, NULL) == 0);
	judge(&again);
	require_same(&again, o, end);
	buffer_done(&made.image);
	ovmf_done(&again);
}

static void rebuild(const struct ovmf *o)
{
	static const struct ovmf_new with = {
		.guid = GUID(0x19dc7100, 0, 0x4000, 0x80, 0, 0, 0, 0, 0, 0, 0x21),
		.type = FFS_FREEFORM,
		.name = "Rec",
		.body = { (const uint8_t *)"hello", 5 },
	};
	struct report rep = { 0 };
	struct ovmf_result made;
	struct ovmf more;
	int r = ovmf_rebuild(o, NULL, 0, &with, 1, 0, NULL, NULL, &made, &rep);

	require(r == rep.code && r != -IGD_ESUM);
	if (r < 0)
		return;
	require(made.image.n == o->image.n);
	require(ovmf_read(buffer_span(&made.image), &more, NULL) == 0);
	judge(&more);
	require_same(&more, o, o->dxe_at + o->dxe_end);
	require(more.n_files == o->n_files + 1 && guid_eq(&more.files[o->n_files].guid, &with.guid));
	take_away(o, &more, &with.guid);
	buffer_done(&made.image);
	ovmf_done(&more);
}

static void image(struct span s)
{
	struct report rep = { 0 };
	struct ovmf o;
	int r = ovmf_read(s, &o, &rep);

	require(r == rep.code);
	if (r < 0)
		return;
	judge(&o);
	if (o.decoded.n <= REBUILD_MAX)
		rebuild(&o);
	ovmf_done(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer b;

	if (size == 0)
		return 0;
	if (data[0] % 2 == 0) {
		image((struct span) { data + 1, size - 1 });
		return 0;
	}
	b = flash_of((struct span) { data + 1, size - 1 });
	image(buffer_span(&b));
	buffer_done(&b);
	return 0;
}
