// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * codec.c - one face for the decoders: ours for Tiano, the libraries for the rest.
 *
 * Each library is a kind of stream (fw/stream.h), a row of decoders[]. stream_decode() owns the output. Where the
 * decoded size is known it is one block of exactly that size, so nothing is copied twice; else it doubles until the
 * stream ends. Two things bound it: the caller's limit, and what so much input can make at most.
 */
#include "fw/codec.h"

#include <limits.h>
#include <lz4.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/stream.h"
#include "fw/tiano.h"

#define OUT_MIN 4096 /* bytes of output to begin with where nothing is known */

struct decoding {
	struct stream s;
	/* What is known before the first step. */
	bool known;    /* the decoded size: .size */
	bool unmarked; /* it is over when .size is reached, and does not say so */
	uint64_t size;
	uint64_t most; /* it cannot or must not get larger */
};

struct decoder {
	const char *name;
	const struct stream_kind *kind;
	int (*head)(struct decoding *d, struct report *rep); /* take the header off .in; NULL: there is none */
};

/* LZMA: 13 bytes of header (XZ Utils doc/lzma-file-format.txt: properties, size of the dictionary, decoded size or
 * all ones), then the bits. */
#define LZMA_HEADER  13
#define LZMA_UNKNOWN UINT64_MAX
#define LZMA_PROPS   225 /* (pb * 5 + lp) * 9 + lc, each below its factor */

static int lzma_head(struct decoding *d, struct report *rep)
{
	lzma_options_lzma *o = &d->s.options;
	uint8_t props;

	if (!span_u8(d->s.in, 0, &props) || !span_le32(d->s.in, 1, &o->dict_size) ||
	    !span_le64(d->s.in, 5, &d->size) || !span_from(d->s.in, LZMA_HEADER, &d->s.in))
		return report_refuse(rep, IGD_ETRUNC, d->s.in.n, "the bytes end in the LZMA header");
	o->lc = props % 9u;
	o->lp = props / 9u % 5;
	o->pb = props / 45u;
	if (props >= LZMA_PROPS || o->lc + o->lp > LZMA_LCLP_MAX)
		return report_refuse(rep, IGD_EMAGIC, 0, "0x%02x are no properties of LZMA", props);
	d->known = d->unmarked = d->size != LZMA_UNKNOWN;
	return 0;
}

/* Brotli with EDK2's header (MdeModulePkg BrotliCustomDecompressLib/BrotliDecompress.c): decoded and scratch size. */
#define BROTLI_HEADER 16

static int brotli_head(struct decoding *d, struct report *rep)
{
	if (!span_le64(d->s.in, 0, &d->size) || !span_from(d->s.in, BROTLI_HEADER, &d->s.in))
		return report_refuse(rep, IGD_ETRUNC, d->s.in.n, "the bytes end in the Brotli header");
	d->known = true;
	return 0;
}

static const struct decoder decoders[] = {
	[CODEC_TIANO] = { .name = "tiano" },
	[CODEC_EFI11] = { .name = "efi11" },
	[CODEC_LZMA] = { "lzma", &stream_lzma_raw, lzma_head },
	[CODEC_LZMA_F86] = { "lzma-f86", &stream_lzma_raw, lzma_head },
	[CODEC_BROTLI] = { "brotli", &stream_brotli, brotli_head },
	[CODEC_ZLIB] = { "zlib", &stream_zlib, NULL },
	[CODEC_GZIP] = { "gzip", &stream_gzip, NULL },
	[CODEC_DEFLATE] = { "deflate", &stream_deflate, NULL },
	[CODEC_LZ4] = { "lz4", &stream_lz4, NULL },
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
static int stream_head(const struct decoder *d, struct decoding *x, size_t size, size_t limit, struct report *rep)
{
	int r = d->head ? d->head(x, rep) : 0;

	if (r < 0)
		return r;
	if (x->known && size && size != x->size)
		return report_refuse(rep, IGD_ELENGTH, 0, "%llu decoded bytes are declared, %zu expected",
				     (unsigned long long)x->size, size);
	if (!x->known && size) {
		x->known = true;
		x->size = size;
	}
	x->most = expanded(x->s.in.n, d->kind->expand);
	if (x->known && x->size > limit)
		return report_refuse(rep, IGD_ELIMIT, 0, "%llu decoded bytes are more than %zu",
				     (unsigned long long)x->size, limit);
	if (x->known && x->size > x->most)
		return report_refuse(rep, IGD_ETRUNC, 0, "%zu bytes of %s are too few to make %llu", x->s.in.n,
				     d->name, (unsigned long long)x->size);
	if (x->most > limit)
		x->most = limit;
	if (x->known)
		x->most = x->size;
	x->s.memory = x->most; /* no match reaches before the first byte, whatever the header says */
	return 0;
}

/*
 * Give @b, which is new or full, more room. Where the stream marks its end there may be one byte more than it should
 * make: when that is written, it makes more.
 */
static bool stream_room(struct decoding *x, struct buffer *b)
{
	size_t had = b->n, n = had ? 2 * had : 4 * x->s.in.n, most = (size_t)x->most + (x->unmarked ? 0 : 1);
	uint8_t *p;

	if (n < OUT_MIN)
		n = OUT_MIN;
	if (x->known || n > most)
		n = most;
	p = realloc(b->p, n ? n : 1);
	if (!p)
		return false;
	b->p = p;
	b->n = n;
	x->s.out = p + had;
	x->s.room = n - had;
	return true;
}

/* Until it ends or cannot go on; STEP_ON: it lacks input, or has made more than it should. */
static enum step stream_run(const struct decoder *d, struct decoding *x, struct buffer *b)
{
	enum step r;
	size_t before;

	for (;;) {
		if (x->s.room == 0 && x->unmarked)
			return STEP_END;
		if (x->s.room == 0 && b->n > x->most)
			return STEP_ON;
		if (x->s.room == 0 && !stream_room(x, b))
			return STEP_NOMEM;
		before = x->s.in.n + x->s.room;
		r = d->kind->step(&x->s);
		if (r != STEP_ON || x->s.in.n + x->s.room == before)
			return r;
	}
}

/* What the last step means; @n bytes were made, the input was read up to @at. */
static int stream_verdict(const struct decoder *d, const struct decoding *x, enum step last, uint64_t n, size_t at,
			  struct report *rep)
{
	unsigned long long most = x->most;

	if (last == STEP_NOMEM)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory to decode %s", d->name);
	if (last == STEP_BAD)
		return report_refuse(rep, IGD_EMAGIC, at, "no stream of %s, or a damaged one", d->name);
	if (n > x->most && x->known)
		return report_refuse(rep, IGD_ELENGTH, at, "more than the %llu decoded bytes expected", most);
	if (n > x->most)
		return report_refuse(rep, IGD_ELIMIT, at, "more than %llu decoded bytes", most);
	if (last == STEP_ON)
		return report_refuse(rep, IGD_ETRUNC, at, "the stream of %s ends too early", d->name);
	if (x->known && n < x->size)
		return report_refuse(rep, IGD_ELENGTH, at, "%llu decoded bytes, %llu expected", (unsigned long long)n,
				     most);
	return 0;
}

/* @front: of a stream that ends too early hand over what was made until then. */
static int stream_decode(const struct decoder *d, struct span in, size_t size, size_t limit, bool front,
			 struct buffer *ret, struct report *rep)
{
	_cleanup_(buffer_done) struct buffer b = { 0 };
	struct decoding x = { .s.in = in };
	enum step last;
	uint8_t *p;
	int r;

	r = stream_head(d, &x, size, limit, rep);
	if (r < 0)
		return r;
	last = stream_room(&x, &b) ? d->kind->begin(&x.s) : STEP_NOMEM;
	if (b.p && last == STEP_ON)
		last = stream_run(d, &x, &b);
	if (b.p)
		d->kind->finish(&x.s);
	r = stream_verdict(d, &x, last, b.n - x.s.room, in.n - x.s.in.n, rep);
	if (r < 0 && !(front && r == -IGD_ETRUNC && b.p))
		return r;
	if (x.s.room > 0) {
		b.n -= x.s.room;
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

/* Those that are no streams. */
static int block_decode(enum codec c, struct span in, size_t size, size_t limit, struct buffer *ret,
			struct report *rep)
{
	return c == CODEC_LZ4_BLOCK ? lz4_block_decode(in, size, limit, ret, rep)
				    : tiano_decode(in, c == CODEC_TIANO ? TIANO_POSITION_BITS : EFI11_POSITION_BITS,
						   size, limit, ret, NULL, rep);
}

int codec_decode(enum codec c, struct span in, size_t size, size_t limit, struct buffer *ret, struct report *rep)
{
	int r;

	if (!decoders[c].kind)
		return block_decode(c, in, size, limit, ret, rep);
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
	if (!decoders[c].kind)
		return block_decode(c, in, size, limit, ret, rep);
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
