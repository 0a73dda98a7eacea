// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initrd.c - an initramfs as Linux takes it apart (init/initramfs.c, unpack_to_rootfs()): cpio members as they lie, a
 * compressed stream of them wherever something else begins, and after it the same again.
 *
 * A stream is decoded a piece at a time and the pieces go through the reader of cpio, which keeps names alone: so an
 * image of 300 MB needs no more memory than the window of its compression. That is why fw/codec.h, which answers
 * whole buffers, is not used, and why it is not libarchive: that hides where a stream ended, and loses what it had
 * decoded when zeros or another kind of stream come behind it, as images put together by ukify(1) have it.
 */
#include "fw/initrd.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/cpio.h"
#include "fw/stream.h"

#define PIECE	   ((size_t)64 << 10)  /* bytes that are decoded at a time */
#define LZMA_MOST  ((uint64_t)1 << 29) /* memory that a dictionary may take; xz -9 wants 64 MiB */
#define EXPAND_MAX 2048		       /* bytes out of one; what is real stays below 100 */
#define EXPAND_MIN ((size_t)16 << 20)  /* and so much in each case */

struct packing {
	const char *magic;
	const struct stream_kind *kind;
};

struct walking {
	struct cpio cpio;
	struct span image;
	size_t n_names;
	uint64_t made; /* bytes that were decoded */
};

/* Linux lib/decompress.c, compressed_formats[]. */
static const struct packing packings[] = {
	{ "\x1f\x8b", &stream_gzip },
	{ "\xfd\x37zXZ", &stream_xz },
	{ "\x5d", &stream_lzma },
	{ "\x02\x21\x4c\x18", &stream_lz4_legacy },
	{ "\x28\xb5\x2f\xfd", &stream_zstd },
};

/* Linux reads them too; no distribution's initramfs is packed so unless its owner says. */
static const struct {
	const char *name, *magic;
} unread[] = { { "bzip2", "BZh" }, { "lzop", "\x89LZO" } };

static const struct stream_kind *packing_of(struct span s)
{
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++)
		if (span_is(s, 0, packings[i].magic))
			return packings[i].kind;
	return NULL;
}

static int refuse_packing(const struct walking *w, struct span rest)
{
	uint64_t at = w->image.n - rest.n;

	for (size_t i = 0; i < ARRAY_SIZE(unread); i++)
		if (span_is(rest, 0, unread[i].magic))
			return report_refuse(w->cpio.rep, IGD_EVERSION, at, "packed by %s, which is not read here",
					     unread[i].name);
	if (at == 0)
		return report_refuse(w->cpio.rep, IGD_EMAGIC, 0, "neither a cpio archive nor a compressed one");
	return report_refuse(w->cpio.rep, IGD_EVERSION, at,
			     "what follows is neither cpio nor of a compression that is read here");
}

static bool is_too_much(const struct walking *w)
{
	return w->made > INITRD_BYTES_MAX || (w->made > EXPAND_MIN && w->made / EXPAND_MAX > w->image.n);
}

static size_t room_of(const struct stream_kind *k)
{
	return k->piece ? k->piece : PIECE;
}

/* Decode a piece into @buf, and let the reader of cpio have it. @ret: how it went. 0 and the answers of cpio_feed().
 */
static int piece(struct walking *w, const struct stream_kind *k, struct stream *s, struct cpio *c, uint8_t *buf,
		 enum step *ret)
{
	size_t left = s->in.n, room = room_of(k);
	uint64_t at = w->image.n - left;
	struct span made;

	s->out = buf;
	s->room = room;
	*ret = k->step(s);
	made = (struct span) { buf, room - s->room };
	w->made += made.n;
	if (*ret == STEP_NOMEM)
		return report_refuse(c->rep, IGD_ENOMEM, at, "%s: no memory for it", k->name);
	if (*ret == STEP_ON && made.n == 0 && s->in.n == left)
		return report_refuse(c->rep, IGD_ETRUNC, at, "the %s stream is cut short", k->name);
	if (is_too_much(w))
		return report_refuse(c->rep, IGD_ELIMIT, at, "the %s stream decodes to more than any initramfs",
				     k->name);
	if (*ret == STEP_BAD)
		return report_refuse(c->rep, IGD_EMAGIC, at, "the %s stream is damaged", k->name);
	return cpio_feed(c, &made);
}

/* A stream of its own counts its members from its own begin. */
static int pieces(struct walking *w, const struct stream_kind *k, struct stream *s, uint8_t *buf)
{
	struct cpio c = { .sink = w->cpio.sink, .ctx = w->cpio.ctx, .rep = w->cpio.rep, .n_names = &w->n_names };
	enum step step = k->begin(s);
	uint64_t at = w->image.n - s->in.n;
	int r = 0;

	if (step != STEP_ON)
		return report_refuse(c.rep, IGD_ENOMEM, at, "%s: no memory for it", k->name);
	while (r == 0 && step == STEP_ON)
		r = piece(w, k, s, &c, buf, &step);
	if (r == 2)
		return report_refuse(c.rep, IGD_EMAGIC, at, "what the %s stream decodes to is no cpio archive",
				     k->name);
	if (r == 0 && !cpio_is_whole(&c))
		return report_refuse(c.rep, IGD_ETRUNC, at, "the archive in the %s stream ends within a member",
				     k->name);
	return r;
}

static int unpack(struct walking *w, const struct stream_kind *k, struct span *rest)
{
	struct stream s = { .in = *rest, .memory = LZMA_MOST };
	uint8_t *buf = malloc(room_of(k));
	int r;

	if (!buf)
		return report_refuse(w->cpio.rep, IGD_ENOMEM, REPORT_NOWHERE, "%s: no memory for it", k->name);
	r = pieces(w, k, &s, buf);
	k->finish(&s);
	free(buf);
	if (r == 0 && s.in.n == rest->n)
		return report_refuse(w->cpio.rep, IGD_EMAGIC, w->image.n - rest->n, "an empty %s stream", k->name);
	w->cpio.at += rest->n - s.in.n;
	*rest = s.in;
	return r;
}

int initrd_walk(struct span image, initrd_sink sink, void *ctx, struct report *rep)
{
	struct walking w = { .cpio = { .sink = sink, .ctx = ctx, .rep = rep }, .image = image };
	struct span rest = image;
	const struct stream_kind *k;
	int r = 0;

	w.cpio.n_names = &w.n_names;
	if (image.n == 0)
		return report_refuse(rep, IGD_ETRUNC, 0, "an empty file");
	while (r == 0 && rest.n) {
		r = cpio_feed(&w.cpio, &rest);
		k = r == 2 ? packing_of(rest) : NULL;
		if (r == 2)
			r = k ? unpack(&w, k, &rest) : refuse_packing(&w, rest);
	}
	if (r == 0 && !cpio_is_whole(&w.cpio))
		return report_refuse(rep, IGD_ETRUNC, image.n, "the archive ends within a member");
	if (r == 0 && w.n_names == 0 && !w.cpio.ended && w.made == 0)
		return report_refuse(rep, IGD_EMAGIC, 0, "nothing but zeros");
	return r;
}
