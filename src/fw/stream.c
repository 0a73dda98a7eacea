// SPDX-License-Identifier: GPL-2.0-or-later
/* stream.c - each library behind the same three functions. */
#include "fw/stream.h"

#include <limits.h>
#include <lz4.h>

#include "base/macros.h"

/* ---- LZMA and xz --------------------------------------------------------------------------------------------- */

/* The best that LZMA can do is 273 bytes for 14 binary decisions, each with the surest probability that the model
 * reaches (2017 of 2048): 7,088 bytes out of one. */
#define LZMA_EXPAND 7168

static enum step lzma_answer(lzma_ret r)
{
	return r == LZMA_OK || r == LZMA_BUF_ERROR		 ? STEP_ON
	       : r == LZMA_STREAM_END				 ? STEP_END
	       : r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR ? STEP_NOMEM
								 : STEP_BAD;
}

/* Smaller dictionaries than the least are taken as that, as the LZMA SDK's decoder does (it is EDK2's). */
static enum step lzma_raw_begin(struct stream *s)
{
	lzma_filter filters[] = { { LZMA_FILTER_LZMA1, &s->options }, { LZMA_VLI_UNKNOWN, NULL } };

	if (s->options.dict_size > s->memory)
		s->options.dict_size = (uint32_t)s->memory;
	if (s->options.dict_size < LZMA_DICT_SIZE_MIN)
		s->options.dict_size = LZMA_DICT_SIZE_MIN;
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_answer(lzma_raw_decoder(&s->lzma, filters));
}

static enum step lzma_begin(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_answer(lzma_alone_decoder(&s->lzma, s->memory));
}

static enum step xz_begin(struct stream *s)
{
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_answer(lzma_stream_decoder(&s->lzma, s->memory, 0));
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
	s->out = s->lzma.next_out;
	s->room = s->lzma.avail_out;
	return lzma_answer(r);
}

static void lzma_finish(struct stream *s)
{
	lzma_end(&s->lzma);
}

const struct stream_kind stream_lzma_raw = { "lzma", LZMA_EXPAND, 0, lzma_raw_begin, lzma_step, lzma_finish };
const struct stream_kind stream_lzma = { "lzma", LZMA_EXPAND, 0, lzma_begin, lzma_step, lzma_finish };
const struct stream_kind stream_xz = { "xz", LZMA_EXPAND, 0, xz_begin, lzma_step, lzma_finish };

/* ---- Brotli -------------------------------------------------------------------------------------------------- */

static enum step brotli_begin(struct stream *s)
{
	s->brotli = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	return s->brotli ? STEP_ON : STEP_NOMEM;
}

static enum step brotli_step(struct stream *s)
{
	BrotliDecoderResult r = BrotliDecoderDecompressStream(s->brotli, &s->in.n, &s->in.p, &s->room, &s->out, NULL);

	return r == BROTLI_DECODER_RESULT_SUCCESS ? STEP_END : r == BROTLI_DECODER_RESULT_ERROR ? STEP_BAD : STEP_ON;
}

static void brotli_finish(struct stream *s)
{
	if (s->brotli)
		BrotliDecoderDestroyInstance(s->brotli);
}

const struct stream_kind stream_brotli = { "brotli", 0, 0, brotli_begin, brotli_step, brotli_finish };

/* ---- zlib, gzip, deflate ------------------------------------------------------------------------------------- */

#define DEFLATE_EXPAND 1032 /* zlib.net/zlib_tech.html */
#define GZIP_ONLY      16   /* added to the bits of the window (zlib.h, inflateInit2) */

static enum step inflate_begin(struct stream *s, int bits)
{
	s->zlib = (z_stream) { 0 };
	return inflateInit2(&s->zlib, bits) == Z_OK ? STEP_ON : STEP_NOMEM;
}

static enum step zlib_begin(struct stream *s)
{
	return inflate_begin(s, MAX_WBITS);
}

static enum step gzip_begin(struct stream *s)
{
	return inflate_begin(s, MAX_WBITS + GZIP_ONLY);
}

static enum step deflate_begin(struct stream *s)
{
	return inflate_begin(s, -MAX_WBITS);
}

static enum step zlib_step(struct stream *s)
{
	uInt in = s->in.n < UINT_MAX ? (uInt)s->in.n : UINT_MAX;
	uInt room = s->room < UINT_MAX ? (uInt)s->room : UINT_MAX;
	int r;

	s->zlib.next_in = (Bytef *)s->in.p; /* its type lacks the const that it keeps */
	s->zlib.avail_in = in;
	s->zlib.next_out = s->out;
	s->zlib.avail_out = room;
	r = inflate(&s->zlib, Z_NO_FLUSH);
	s->in = (struct span) { s->zlib.next_in, s->in.n - (in - s->zlib.avail_in) };
	s->out = s->zlib.next_out;
	s->room -= room - s->zlib.avail_out;
	return r == Z_OK || r == Z_BUF_ERROR ? STEP_ON
	       : r == Z_STREAM_END	     ? STEP_END
	       : r == Z_MEM_ERROR	     ? STEP_NOMEM
					     : STEP_BAD;
}

static void zlib_finish(struct stream *s)
{
	inflateEnd(&s->zlib);
}

const struct stream_kind stream_zlib = { "zlib", DEFLATE_EXPAND, 0, zlib_begin, zlib_step, zlib_finish };
const struct stream_kind stream_gzip = { "gzip", DEFLATE_EXPAND, 0, gzip_begin, zlib_step, zlib_finish };
const struct stream_kind stream_deflate = { "deflate", DEFLATE_EXPAND, 0, deflate_begin, zlib_step, zlib_finish };

/* ---- LZ4 ----------------------------------------------------------------------------------------------------- */

/* A length grows by at most 255 with each byte (lz4 doc/lz4_Block_format.md), in frames as in blocks. */
#define LZ4_EXPAND 255

static enum step lz4_begin(struct stream *s)
{
	s->lz4 = NULL;
	return LZ4F_isError(LZ4F_createDecompressionContext(&s->lz4, LZ4F_VERSION)) ? STEP_NOMEM : STEP_ON;
}

static enum step lz4_step(struct stream *s)
{
	size_t in = s->in.n, room = s->room;
	size_t r = LZ4F_decompress(s->lz4, s->out, &room, s->in.p, &in, NULL);

	if (LZ4F_isError(r) || !span_from(s->in, in, &s->in))
		return STEP_BAD;
	s->out += room;
	s->room -= room;
	return r == 0 ? STEP_END : STEP_ON;
}

static void lz4_finish(struct stream *s)
{
	LZ4F_freeDecompressionContext(s->lz4);
}

const struct stream_kind stream_lz4 = { "lz4", LZ4_EXPAND, 0, lz4_begin, lz4_step, lz4_finish };

/* lz4 doc/lz4_Frame_format.md, "Legacy frame": blocks of one size. Linux lib/decompress_unlz4.c: the magic again
 * begins another frame, and a size of zero is the filling behind the last. */
#define LEGACY_MAGIC 0x184c2102u
#define LEGACY_BLOCK ((size_t)8 << 20)

static enum step legacy_begin(struct stream *s _unused_)
{
	return STEP_ON;
}

static enum step legacy_step(struct stream *s)
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
	if (size == LEGACY_MAGIC)
		return span_from(s->in, 4, &s->in) ? STEP_ON : STEP_BAD;
	if (size > (uint32_t)LZ4_COMPRESSBOUND(LEGACY_BLOCK))
		return STEP_BAD;
	if (!span_cut(s->in, 4, size, &block))
		return STEP_ON;
	n = LZ4_decompress_safe((const char *)block.p, (char *)s->out, (int)block.n, (int)s->room);
	if (n < 0 || !span_from(s->in, 4 + (size_t)size, &s->in))
		return STEP_BAD;
	s->out += n;
	s->room -= (size_t)n;
	return STEP_ON;
}

static void legacy_finish(struct stream *s _unused_)
{
}

const struct stream_kind stream_lz4_legacy = { "lz4",	     LZ4_EXPAND,  LEGACY_BLOCK,
					       legacy_begin, legacy_step, legacy_finish };

/* ---- Zstandard ----------------------------------------------------------------------------------------------- */

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

	s->out += out.pos;
	s->room -= out.pos;
	if (ZSTD_isError(r) || !span_from(s->in, in.pos, &s->in))
		return STEP_BAD;
	return r == 0 ? STEP_END : STEP_ON;
}

static void zstd_finish(struct stream *s)
{
	ZSTD_freeDStream(s->zstd);
}

const struct stream_kind stream_zstd = { "zstd", 0, 0, zstd_begin, zstd_step, zstd_finish };
