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

#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/cpio.h"

#define PIECE	   ((size_t)64 << 10)  /* bytes that are decoded at a time */
#define LZ4_PIECE  ((size_t)8 << 20)   /* a block of LZ4's legacy format */
#define LZMA_MOST  ((uint64_t)1 << 29) /* memory that a dictionary may take; xz -9 wants 64 MiB */
#define EXPAND_MAX 2048		       /* bytes out of one; what is real stays below 100 */
#define EXPAND_MIN ((size_t)16 << 20)  /* and so much in each case */

enum step { STEP_ON, STEP_END, STEP_BAD, STEP_NOMEM };

struct stream {
	struct span in; /* what was not read yet */
	uint8_t *out;	/* what comes next goes here */
	size_t room;
	union {
		z_stream zlib;
		lzma_stream lzma;
		ZSTD_DStream *zstd;
	};
};

struct packing {
	const char *name, *magic;
	size_t piece;
	enum step (*begin)(struct stream *s);
	enum step (*step)(struct stream *s);
	void (*finish)(struct stream *s); /* also after a begin that failed */
};

struct walking {
	struct cpio cpio;
	struct span image;
	size_t n_names;
	uint64_t made; /* bytes that were decoded */
};

/* ---- gzip --------------------------------------------------------------------------------------------------- */

static enum step gzip_begin(struct stream *s)
{
	s->zlib = (z_stream) { 0 };
	return inflateInit2(&s->zlib, 16 + MAX_WBITS) == Z_OK ? STEP_ON : STEP_NOMEM;
}

static enum step gzip_step(struct stream *s)
{
	size_t n = s->in.n < UINT32_MAX ? s->in.n : UINT32_MAX;
	int r;

	s->zlib.next_in = (Bytef *)s->in.p;
	s->zlib.avail_in = (uInt)n;
	s->zlib.next_out = s->out;
	s->zlib.avail_out = (uInt)s->room;
	r = inflate(&s->zlib, Z_NO_FLUSH);
	if (!span_from(s->in, n - s->zlib.avail_in, &s->in))
		return STEP_BAD;
	s->room = s->zlib.avail_out;
	return r == Z_STREAM_END	       ? STEP_END
	       : r == Z_OK || r == Z_BUF_ERROR ? STEP_ON
	       : r == Z_MEM_ERROR	       ? STEP_NOMEM
					       : STEP_BAD;
}

static void gzip_finish(struct stream *s)
{
	inflateEnd(&s->zlib);
}

/* ---- xz and lzma -------------------------------------------------------------------------------------------- */

static enum step lzma_answer(lzma_ret r)
{
	return r == LZMA_STREAM_END				 ? STEP_END
	       : r == LZMA_OK || r == LZMA_BUF_ERROR		 ? STEP_ON
	       : r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR ? STEP_NOMEM
								 : STEP_BAD;
}

static enum step xz_begin(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_answer(lzma_stream_decoder(&s->lzma, LZMA_MOST, 0));
}

static enum step lzma_begin(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_answer(lzma_alone_decoder(&s->lzma, LZMA_MOST));
}

static enum step lzma_step(struct stream *s)
{
	lzma_ret r;

	s->lzma.next_in = s->in.p;
	s->lzma.avail_in = s->in.n;
	s->lzma.next_out = s->out;
	s->lzma.avail_out = s->room;
	r = lzma_code(&s->lzma, LZMA_RUN);
	s->in = (struct span) { s->lzma.next_in, s->lzma.avail_in };
	s->room = s->lzma.avail_out;
	return lzma_answer(r);
}

static void lzma_finish(struct stream *s)
{
	lzma_end(&s->lzma);
}

/* ---- Zstandard ---------------------------------------------------------------------------------------------- */

static enum step zstd_begin(struct stream *s)
{
	s->zstd = ZSTD_createDStream();
	return s->zstd ? STEP_ON : STEP_NOMEM;
}

static enum step zstd_step(struct stream *s)
{
	ZSTD_inBuffer in = { s->in.p, s->in.n, 0 };
	ZSTD_outBuffer out = { s->out, s->room, 0 };
	size_t r = ZSTD_decompressStream(s->zstd, &out, &in);

	s->room -= out.pos;
	if (ZSTD_isError(r) || !span_from(s->in, in.pos, &s->in))
		return STEP_BAD;
	return r == 0 ? STEP_END : STEP_ON;
}

static void zstd_finish(struct stream *s)
{
	ZSTD_freeDStream(s->zstd);
}

/* ---- LZ4, the legacy format --------------------------------------------------------------------------------- */

/* lz4 doc/lz4_Frame_format.md, "Legacy frame"; Linux lib/decompress_unlz4.c: the magic again begins another frame,
 * and a size of zero is the filling behind the last. */
#define LZ4_MAGIC 0x184c2102u

static enum step lz4_begin(struct stream *s _unused_)
{
	return STEP_ON;
}

static enum step lz4_step(struct stream *s)
{
	struct span block;
	uint32_t size;
	int n;

	if (s->in.n == 0)
		return STEP_END;
	if (!span_le32(s->in, 0, &size))
		return span_is_filled(s->in, 0) ? STEP_END : STEP_ON;
	if (size == 0)
		return STEP_END;
	if (size == LZ4_MAGIC)
		return span_from(s->in, 4, &s->in) ? STEP_ON : STEP_BAD;
	if (size > (uint32_t)LZ4_COMPRESSBOUND(LZ4_PIECE))
		return STEP_BAD;
	if (!span_cut(s->in, 4, size, &block))
		return STEP_ON;
	n = LZ4_decompress_safe((const char *)block.p, (char *)s->out, (int)block.n, (int)s->room);
	if (n < 0 || !span_from(s->in, 4 + (size_t)size, &s->in))
		return STEP_BAD;
	s->room -= (size_t)n;
	return STEP_ON;
}

static void lz4_finish(struct stream *s _unused_)
{
}

/* ---- any of them -------------------------------------------------------------------------------------------- */

/* Linux lib/decompress.c, compressed_formats[]. */
static const struct packing packings[] = {
	{ "gzip", "\x1f\x8b", PIECE, gzip_begin, gzip_step, gzip_finish },
	{ "xz",
	  "\xfd"
	  "7zXZ",
	  PIECE, xz_begin, lzma_step, lzma_finish },
	{ "lzma", "\x5d", PIECE, lzma_begin, lzma_step, lzma_finish },
	{ "lz4", "\x02\x21\x4c\x18", LZ4_PIECE, lz4_begin, lz4_step, lz4_finish },
	{ "zstd", "\x28\xb5\x2f\xfd", PIECE, zstd_begin, zstd_step, zstd_finish },
};

/* Linux reads them too; no distribution's initramfs is packed so unless its owner says. */
static const struct {
	const char *name, *magic;
} unread[] = { { "bzip2", "BZh" }, { "lzop", "\x89LZO" } };

static const struct packing *packing_of(struct span s)
{
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++)
		if (span_is(s, 0, packings[i].magic))
			return &packings[i];
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

/* Decode a piece into @buf, and let the reader of cpio have it. @ret: how it went. 0 and the answers of cpio_feed().
 */
static int piece(struct walking *w, const struct packing *k, struct stream *s, struct cpio *c, uint8_t *buf,
		 enum step *ret)
{
	size_t left = s->in.n;
	uint64_t at = w->image.n - left;
	struct span made;

	s->out = buf;
	s->room = k->piece;
	*ret = k->step(s);
	made = (struct span) { buf, k->piece - s->room };
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
static int pieces(struct walking *w, const struct packing *k, struct stream *s, uint8_t *buf)
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

static int unpack(struct walking *w, const struct packing *k, struct span *rest)
{
	struct stream s = { .in = *rest };
	uint8_t *buf = malloc(k->piece);
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
	const struct packing *k;
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
