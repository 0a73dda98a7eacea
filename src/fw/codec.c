// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * codec.c - one face for the decoders: ours for Tiano, the libraries for the rest.
 *
 * The libraries differ in how they are fed, not in what they do: each is a row of decoders[] with a function that
 * moves some bytes from an input to an output. stream_decode() owns the output. Where the decoded size is known it
 * is one block of exactly that size, so nothing is copied twice; else it doubles until the stream ends. Two things
 * bound it: the caller's limit, and what so much input can make at most.
 */
#include "fw/codec.h"

#include <brotli/decode.h>
#include <limits.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/tiano.h"

#define OUT_MIN 4096 /* bytes of output to begin with where nothing is known */

enum step {
	STEP_ON,  /* wants input or room; has made what it could */
	STEP_END, /* the stream says that it ends here */
	STEP_BAD, /* not such a stream, or damaged */
	STEP_NOMEM,
};

struct stream {
	struct span in; /* what was not read yet */
	uint8_t *out;	/* what comes next goes here */
	size_t room;
	/* What is known before the first step. */
	bool known;    /* the decoded size: .size */
	bool unmarked; /* it is over when .size is reached, and does not say so */
	uint64_t size;
	uint64_t most; /* it cannot or must not get larger */
	lzma_options_lzma options;
	union {
		lzma_stream lzma;
		BrotliDecoderState *brotli;
		z_stream zlib;
		LZ4F_dctx *lz4;
	};
};

/* One kind of stream. */
struct decoder {
	const char *name;
	uint64_t expand;				   /* bytes that one byte can make at most; 0: any number */
	int (*head)(struct stream *s, struct report *rep); /* take the header off .in; NULL: there is none */
	enum step (*begin)(struct stream *s);
	enum step (*step)(struct stream *s);
	void (*finish)(struct stream *s); /* also after a begin that failed */
};

/*
 * LZMA: 13 bytes of header (XZ Utils doc/lzma-file-format.txt: properties, size of the dictionary, decoded size or
 * all ones), then the bits. The best that these can do is 273 bytes for 14 binary decisions, each with the surest
 * probability that the model reaches (2017 of 2048): 7,088 bytes out of one.
 */
#define LZMA_HEADER  13
#define LZMA_EXPAND  7168
#define LZMA_UNKNOWN UINT64_MAX
#define LZMA_PROPS   225 /* (pb * 5 + lp) * 9 + lc, each below its factor */

static int lzma_head(struct stream *s, struct report *rep)
{
	uint8_t props;

	if (!span_u8(s->in, 0, &props) || !span_le32(s->in, 1, &s->options.dict_size) ||
	    !span_le64(s->in, 5, &s->size) || !span_from(s->in, LZMA_HEADER, &s->in))
		return report_refuse(rep, IGD_ETRUNC, s->in.n, "the bytes end in the LZMA header");
	s->options.lc = props % 9u;
	s->options.lp = props / 9u % 5;
	s->options.pb = props / 45u;
	if (props >= LZMA_PROPS || s->options.lc + s->options.lp > LZMA_LCLP_MAX)
		return report_refuse(rep, IGD_EMAGIC, 0, "0x%02x are no properties of LZMA", props);
	s->known = s->unmarked = s->size != LZMA_UNKNOWN;
	return 0;
}

static enum step lzma_answer(lzma_ret r)
{
	return r == LZMA_OK || r == LZMA_BUF_ERROR ? STEP_ON
	       : r == LZMA_STREAM_END		   ? STEP_END
	       : r == LZMA_MEM_ERROR		   ? STEP_NOMEM
						   : STEP_BAD;
}

/*
 * No match reaches before the first byte, so a dictionary larger than the output is never needed, whatever the
 * header says. Smaller ones than the least are taken as that, as the LZMA SDK's decoder does (it is EDK2's).
 */
static enum step lzma_begin(struct stream *s)
{
	lzma_filter filters[] = { { LZMA_FILTER_LZMA1, &s->options }, { LZMA_VLI_UNKNOWN, NULL } };

	if (s->options.dict_size > s->most)
		s->options.dict_size = (uint32_t)s->most;
	if (s->options.dict_size < LZMA_DICT_SIZE_MIN)
		s->options.dict_size = LZMA_DICT_SIZE_MIN;
	s->lzma = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_answer(lzma_raw_decoder(&s->lzma, filters));
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

/* Brotli with EDK2's header (MdeModulePkg BrotliCustomDecompressLib/BrotliDecompress.c): decoded and scratch size. */
#define BROTLI_HEADER 16

static int brotli_head(struct stream *s, struct report *rep)
{
	if (!span_le64(s->in, 0, &s->size) || !span_from(s->in, BROTLI_HEADER, &s->in))
		return report_refuse(rep, IGD_ETRUNC, s->in.n, "the bytes end in the Brotli header");
	s->known = true;
	return 0;
}

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

/* zlib and gzip. Deflate makes 1,032 bytes out of one at most (zlib.net/zlib_tech.html). */
#define DEFLATE_EXPAND 1032
#define GZIP_ONLY      16 /* added to the bits of the window (zlib.h, inflateInit2) */

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

/* LZ4. A length grows by at most 255 with each byte (lz4 doc/lz4_Block_format.md), in frames as in blocks. */
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

static const struct decoder decoders[] = {
	[CODEC_TIANO] = { .name = "tiano" },
	[CODEC_EFI11] = { .name = "efi11" },
	[CODEC_LZMA] = { "lzma", LZMA_EXPAND, lzma_head, lzma_begin, lzma_step, lzma_finish },
	[CODEC_LZMA_F86] = { "lzma-f86", LZMA_EXPAND, lzma_head, lzma_begin, lzma_step, lzma_finish },
	[CODEC_BROTLI] = { "brotli", 0, brotli_head, brotli_begin, brotli_step, brotli_finish },
	[CODEC_ZLIB] = { "zlib", DEFLATE_EXPAND, NULL, zlib_begin, zlib_step, zlib_finish },
	[CODEC_GZIP] = { "gzip", DEFLATE_EXPAND, NULL, gzip_begin, zlib_step, zlib_finish },
	[CODEC_DEFLATE] = { "deflate", DEFLATE_EXPAND, NULL, deflate_begin, zlib_step, zlib_finish },
	[CODEC_LZ4] = { "lz4", LZ4_EXPAND, NULL, lz4_begin, lz4_step, lz4_finish },
	[CODEC_LZ4_BLOCK] = { .name = "lz4-block" },
};

const char *codec_str(enum codec c)
{
	return decoders[c].name;
}

/* What @n bytes can make at most. */
static uint64_t expanded(size_t n, uint64_t factor)
{
	uint64_t most;

	return factor == 0 || __builtin_mul_overflow((uint64_t)n, factor, &most) ? UINT64_MAX : most;
}

/* Read the header and judge the sizes. */
static int stream_head(const struct decoder *d, struct stream *s, size_t size, size_t limit, struct report *rep)
{
	int r = d->head ? d->head(s, rep) : 0;

	if (r < 0)
		return r;
	if (s->known && size && size != s->size)
		return report_refuse(rep, IGD_ELENGTH, 0, "%llu decoded bytes are declared, %zu expected",
				     (unsigned long long)s->size, size);
	if (!s->known && size) {
		s->known = true;
		s->size = size;
	}
	s->most = expanded(s->in.n, d->expand);
	if (s->known && s->size > limit)
		return report_refuse(rep, IGD_ELIMIT, 0, "%llu decoded bytes are more than %zu",
				     (unsigned long long)s->size, limit);
	if (s->known && s->size > s->most)
		return report_refuse(rep, IGD_ETRUNC, 0, "%zu bytes of %s are too few to make %llu", s->in.n, d->name,
				     (unsigned long long)s->size);
	if (s->most > limit)
		s->most = limit;
	if (s->known)
		s->most = s->size;
	return 0;
}

/*
 * Give @b, which is new or full, more room. Where the stream marks its end there may be one byte more than it should
 * make: when that is written, it makes more.
 */
static bool stream_room(struct stream *s, struct buffer *b)
{
	size_t had = b->n, n = had ? 2 * had : 4 * s->in.n, most = (size_t)s->most + (s->unmarked ? 0 : 1);
	uint8_t *p;

	if (n < OUT_MIN)
		n = OUT_MIN;
	if (s->known || n > most)
		n = most;
	p = realloc(b->p, n ? n : 1);
	if (!p)
		return false;
	b->p = p;
	b->n = n;
	s->out = p + had;
	s->room = n - had;
	return true;
}

/* Until it ends or cannot go on; STEP_ON: it lacks input, or has made more than it should. */
static enum step stream_run(const struct decoder *d, struct stream *s, struct buffer *b)
{
	enum step r;
	size_t before;

	for (;;) {
		if (s->room == 0 && s->unmarked)
			return STEP_END;
		if (s->room == 0 && b->n > s->most)
			return STEP_ON;
		if (s->room == 0 && !stream_room(s, b))
			return STEP_NOMEM;
		before = s->in.n + s->room;
		r = d->step(s);
		if (r != STEP_ON || s->in.n + s->room == before)
			return r;
	}
}

/* What the last step means; @n bytes were made, the input was read up to @at. */
static int stream_verdict(const struct decoder *d, const struct stream *s, enum step last, uint64_t n, size_t at,
			  struct report *rep)
{
	unsigned long long most = s->most;

	if (last == STEP_NOMEM)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory to decode %s", d->name);
	if (last == STEP_BAD)
		return report_refuse(rep, IGD_EMAGIC, at, "no stream of %s, or a damaged one", d->name);
	if (n > s->most && s->known)
		return report_refuse(rep, IGD_ELENGTH, at, "more than the %llu decoded bytes expected", most);
	if (n > s->most)
		return report_refuse(rep, IGD_ELIMIT, at, "more than %llu decoded bytes", most);
	if (last == STEP_ON)
		return report_refuse(rep, IGD_ETRUNC, at, "the stream of %s ends too early", d->name);
	if (s->known && n < s->size)
		return report_refuse(rep, IGD_ELENGTH, at, "%llu decoded bytes, %llu expected", (unsigned long long)n,
				     most);
	return 0;
}

/* @front: of a stream that ends too early hand over what was made until then. */
static int stream_decode(const struct decoder *d, struct span in, size_t size, size_t limit, bool front,
			 struct buffer *ret, struct report *rep)
{
	_cleanup_(buffer_done) struct buffer b = { 0 };
	struct stream s = { .in = in };
	enum step last;
	uint8_t *p;
	int r;

	r = stream_head(d, &s, size, limit, rep);
	if (r < 0)
		return r;
	last = stream_room(&s, &b) ? d->begin(&s) : STEP_NOMEM;
	if (b.p && last == STEP_ON)
		last = stream_run(d, &s, &b);
	if (b.p)
		d->finish(&s);
	r = stream_verdict(d, &s, last, b.n - s.room, in.n - s.in.n, rep);
	if (r < 0 && !(front && r == -IGD_ETRUNC && b.p))
		return r;
	if (s.room > 0) {
		b.n -= s.room;
		p = realloc(b.p, b.n ? b.n : 1);
		b.p = p ? p : b.p;
	}
	*ret = b;
	b.p = NULL;
	return r;
}

/*
 * The x86 filter of the LZMA SDK: in front of LZMA, the operand of a call or jump (e8, e9) whose highest byte is 00
 * or ff was turned from relative to absolute; here it is turned back. It is done here and not by liblzma, whose
 * filter keeps the last bytes until the stream says that it ends, and these streams do not.
 *
 * An opcode that was left alone may have its operand overlap with the next one's. So the encoder keeps in mind which
 * of the last three bytes were such opcodes, and leaves also the next alone if there were several, or if the highest
 * byte of that one's operand is 00 or ff.
 */
#define X86_LEN 5 /* opcode and operand */

static bool x86_is_sign(uint8_t b)
{
	return b == 0x00 || b == 0xff;
}

/* Back to relative; an operand that shares its upper bytes with one left alone @back bytes before was folded twice.
 */
static uint32_t x86_relative(uint32_t operand, uint32_t next, unsigned back)
{
	uint32_t v = operand - next;

	if (back && x86_is_sign((uint8_t)(v >> (24 - 8 * back))))
		v = (v ^ ((UINT32_C(1) << (32 - 8 * back)) - 1)) - next;
	return v;
}

static void x86_decode(uint8_t *p, size_t n)
{
	static const uint8_t farthest[8] = { 0, 1, 2, 2, 3, 3, 3, 3 };
	unsigned left = 0; /* bit i: an opcode that was left alone is i + 1 bytes before */
	size_t at = 0;

	while (n >= X86_LEN && at <= n - X86_LEN) {
		uint8_t *q = p + at;
		unsigned back = farthest[left];
		uint32_t v;

		if ((q[0] & 0xfe) != 0xe8) {
			left = left << 1 & 7;
			at++;
			continue;
		}
		if (!x86_is_sign(q[4]) || (left & (left - 1)) || (back && x86_is_sign(q[4 - back]))) {
			left = (left << 1 | 1) & 7;
			at++;
			continue;
		}
		v = (uint32_t)q[1] | (uint32_t)q[2] << 8 | (uint32_t)q[3] << 16 | (uint32_t)q[4] << 24;
		v = x86_relative(v, (uint32_t)(at + X86_LEN), back);
		q[1] = (uint8_t)v;
		q[2] = (uint8_t)(v >> 8);
		q[3] = (uint8_t)(v >> 16);
		q[4] = v >> 24 & 1 ? 0xff : 0x00;
		left = 0;
		at += X86_LEN;
	}
}

/* How many bytes a length has that goes on in further bytes while those are 255. */
static bool lz4_length(struct span in, size_t *at, unsigned begin, uint64_t *total)
{
	uint8_t more = begin == 15 ? 255 : 0;

	*total += begin;
	while (more == 255) {
		if (!span_u8(in, (*at)++, &more))
			return false;
		*total += more;
	}
	return true;
}

/* The decoded size of a bare block, by its lengths alone (lz4 doc/lz4_Block_format.md). */
static bool lz4_block_size(struct span in, uint64_t *ret)
{
	uint64_t total = 0, literals;
	size_t at = 0;
	uint8_t token;

	while (span_u8(in, at, &token)) {
		at++;
		literals = 0;
		if (!lz4_length(in, &at, token >> 4, &literals) || literals > in.n - at)
			return false;
		at += (size_t)literals;
		total += literals;
		if (at == in.n) { /* the last sequence has literals only */
			*ret = total;
			return true;
		}
		at += 2; /* offset */
		total += 4;
		if (!lz4_length(in, &at, token & 15, &total))
			return false;
	}
	return false;
}

static int lz4_block_decode(struct span in, size_t size, size_t limit, struct buffer *ret, struct report *rep)
{
	struct buffer b;
	uint64_t n;
	int r;

	if (!lz4_block_size(in, &n))
		return report_refuse(rep, IGD_ETRUNC, in.n, "the block of LZ4 does not end with its last sequence");
	if (size && n != size)
		return report_refuse(rep, IGD_ELENGTH, 0, "%llu decoded bytes, %zu expected", (unsigned long long)n,
				     size);
	if (n > limit || n > LZ4_MAX_INPUT_SIZE || in.n > LZ4_MAX_INPUT_SIZE)
		return report_refuse(rep, IGD_ELIMIT, 0, "%llu decoded bytes are more than %zu",
				     (unsigned long long)n, limit);
	b = (struct buffer) { malloc(n ? n : 1), n };
	if (!b.p)
		return report_refuse(rep, IGD_ENOMEM, 0, "no memory for %zu bytes", b.n);
	r = LZ4_decompress_safe((const char *)in.p, (char *)b.p, (int)in.n, (int)n);
	if (r < 0 || (size_t)r != b.n) {
		buffer_done(&b);
		return report_refuse(rep, IGD_EMAGIC, 0, "no block of LZ4, or a damaged one");
	}
	*ret = b;
	return 0;
}

int codec_decode(enum codec c, struct span in, size_t size, size_t limit, struct buffer *ret, struct report *rep)
{
	int r;

	if (c == CODEC_TIANO || c == CODEC_EFI11)
		return tiano_decode(in, c == CODEC_TIANO ? TIANO_POSITION_BITS : EFI11_POSITION_BITS, size, limit,
				    ret, NULL, rep);
	if (c == CODEC_LZ4_BLOCK)
		return lz4_block_decode(in, size, limit, ret, rep);
	r = stream_decode(&decoders[c], in, size, limit, false, ret, rep);
	if (r == 0 && c == CODEC_LZMA_F86)
		x86_decode(ret->p, ret->n);
	return r;
}

int codec_decode_front(enum codec c, struct span in, size_t size, size_t limit, struct buffer *ret,
		       struct report *rep)
{
	int r;

	*ret = (struct buffer) { NULL, 0 };
	if (!decoders[c].step)
		return codec_decode(c, in, size, limit, ret, rep);
	r = stream_decode(&decoders[c], in, size, limit, true, ret, rep);
	if (ret->n > 0 && c == CODEC_LZMA_F86)
		x86_decode(ret->p, ret->n);
	return r;
}

/* How much speaks for a result: what is inside, then how it ended. */
static unsigned efi_score(const struct buffer *b, bool exact, bool (*plausible)(struct span))
{
	return (plausible && plausible(buffer_span(b)) ? 2u : 0u) + (exact ? 1u : 0u);
}

int codec_decode_efi(struct span in, size_t size, size_t limit, bool (*plausible)(struct span), struct buffer *ret,
		     enum codec *ret_which, struct report *rep)
{
	struct buffer tiano = { 0 }, efi11 = { 0 };
	unsigned score = 0;
	bool exact = false;
	int r, other;

	r = tiano_decode(in, TIANO_POSITION_BITS, size, limit, &tiano, &exact, NULL);
	if (r == 0)
		score = efi_score(&tiano, exact, plausible);
	if (score < 3) {
		other = tiano_decode(in, EFI11_POSITION_BITS, size, limit, &efi11, &exact, r < 0 ? rep : NULL);
		if (r < 0 && other < 0)
			return other;
		if (other == 0 && (r < 0 || efi_score(&efi11, exact, plausible) > score)) {
			buffer_done(&tiano);
			*ret = efi11;
			*ret_which = CODEC_EFI11;
			return 0;
		}
	}
	buffer_done(&efi11);
	*ret = tiano;
	*ret_which = CODEC_TIANO;
	return 0;
}
