// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tiano.c - a decoder by tables for the compression of UEFI Specification 2.10, 19.
 *
 * A stream is a row of blocks. A block is a count of symbols in 16 bits, the lengths of the codes of three alphabets,
 * and the symbols. The first alphabet (T) only serves to write down the second (C: 256 bytes and the match lengths 3
 * to 256); the third (P) holds the bit lengths of positions. Codes are canonical: shorter before longer, then by
 * symbol. So one table answers every code up to its width at once, and a longer one is found by comparing with the
 * first code of each length.
 *
 * The inner loop reads eight bytes of input at a time and copies eight at a time. That is the one place where bytes
 * are reached without a span: symbols_read() says what bounds it.
 */
#include "fw/tiano.h"

#include <endian.h>

#include "base/error.h"

#define CODE_MAX  16  /* bits of a code */
#define N_C	  510 /* bytes and match lengths */
#define N_C_BITS  9
#define N_T	  19 /* run lengths of zeros, and code lengths */
#define N_T_BITS  5
#define T_SPECIAL 3 /* behind so many lengths of T comes a count of zeros */
#define MATCH_MIN 3
#define MATCH_SYM 256 /* the symbol of the shortest match */

#define C_BITS	12 /* widths of the tables */
#define P_BITS	8
#define P_PLAIN (WORD_FULL - 2 * CODE_MAX) /* the bits of such a position are still in the word behind two codes */
#define LONG	15			   /* in a table: the code is longer than the table is wide */

#define COPY	  ((size_t)8) /* bytes moved at a time */
#define WORD_FULL 56	      /* a word with so many bits has no room for another byte */

/*
 * Codes of no bits are allowed (an alphabet with one symbol), so a block may stand for 65,536 matches of 256 bytes
 * and take 16 + 5 + 5 + 9 + 9 + 4 + 4 bits. A header that wants more than that is not believed.
 */
#define BLOCK_BITS_MIN 52
#define BLOCK_OUT_MAX  ((uint64_t)65536 * 256)

struct bits { /* most significant first */
	struct span in;
	size_t at;     /* the next byte to load */
	uint64_t word; /* the next bits, from the top */
	unsigned n;    /* so many of them count; those behind are either zero or what will be loaded there again */
	unsigned past; /* zero bytes loaded behind the end */
};

struct code {
	uint16_t first[CODE_MAX + 2]; /* the first code of each length, written from the left in 16 bits */
	uint32_t end[CODE_MAX + 1];   /* one past the last */
	uint16_t from[CODE_MAX + 1];  /* where its symbols begin in .symbols */
	uint16_t symbols[N_C];	      /* in the order of their codes */
	uint16_t fast[1 << C_BITS];   /* symbol | length << 12 */
};

struct tiano {
	struct bits bits;
	unsigned position_bits;
	uint32_t left; /* symbols of the block that were not read yet */
	struct code c, p;
	const char *wrong; /* why it went wrong */
};

static inline void bits_fill(struct bits *b)
{
	uint64_t next;

	if (b->in.n - b->at >= sizeof(next)) {
		memcpy(&next, b->in.p + b->at, sizeof(next));
		b->word |= be64toh(next) >> b->n;
		b->at += (63 - b->n) >> 3;
		b->n |= WORD_FULL;
		return;
	}
	while (b->n <= WORD_FULL) {
		if (b->at < b->in.n)
			b->word |= (uint64_t)b->in.p[b->at++] << (WORD_FULL - b->n);
		else
			b->past++;
		b->n += 8;
	}
}

static inline void bits_drop(struct bits *b, unsigned n)
{
	b->word <<= n;
	b->n -= n;
}

/* The next @n bits, at most 32, which are in the word. */
static inline uint32_t bits_take(struct bits *b, unsigned n)
{
	uint32_t v = (uint32_t)(b->word >> 32 >> (32 - n));

	bits_drop(b, n);
	return v;
}

static inline uint32_t bits_get(struct bits *b, unsigned n)
{
	bits_fill(b);
	return bits_take(b, n);
}

/* Bits that were taken from behind the end. */
static bool bits_over(const struct bits *b)
{
	return b->past * 8 > b->n;
}

/* Every code is this symbol, and has no bits. */
static void code_single(struct code *h, unsigned table_bits, uint16_t symbol)
{
	for (size_t i = 0; i < (size_t)1 << table_bits; i++)
		h->fast[i] = symbol;
}

static void code_fill(struct code *h, unsigned table_bits, const uint8_t *lengths, size_t n)
{
	uint16_t next[CODE_MAX + 1];
	uint32_t shift = 16 - table_bits, at = 0;

	memcpy(next, h->from, sizeof(next));
	for (size_t i = 0; i < n; i++)
		if (lengths[i])
			h->symbols[next[lengths[i]]++] = (uint16_t)i;
	for (unsigned len = 1; len <= table_bits; len++)
		for (size_t i = h->from[len]; i < next[len]; i++)
			for (uint32_t end = at + (1u << (table_bits - len)); at < end; at++)
				h->fast[at] = (uint16_t)(h->symbols[i] | len << 12);
	for (; at < 65536u >> shift; at++)
		h->fast[at] = LONG << 12;
}

/*
 * Make the codes of @n symbols from their lengths. Complete codes only, as MdePkg BaseUefiDecompressLib.c has it,
 * where no length at all counts as symbol 0.
 */
static bool code_make(struct code *h, unsigned table_bits, const uint8_t *lengths, size_t n)
{
	uint32_t count[CODE_MAX + 1] = { 0 }, code = 0, from = 0;

	for (size_t i = 0; i < n; i++)
		count[lengths[i]]++;
	if (count[0] == n) {
		code_single(h, table_bits, 0);
		return true;
	}
	for (unsigned len = 1; len <= CODE_MAX; len++) {
		h->first[len] = (uint16_t)code;
		h->from[len] = (uint16_t)from;
		code += count[len] << (CODE_MAX - len);
		from += count[len];
		h->end[len] = code;
		if (code > 65536)
			return false;
	}
	if (code != 65536)
		return false;
	h->from[0] = 0;
	code_fill(h, table_bits, lengths, n);
	return true;
}

/* One symbol; there are at least CODE_MAX bits in the word. */
static inline unsigned code_get(const struct code *h, unsigned table_bits, struct bits *b)
{
	uint16_t e = h->fast[b->word >> (64 - table_bits)];
	unsigned len = e >> 12, symbol = e & 0xfffu;

	if (len == LONG) {
		uint32_t top = (uint32_t)(b->word >> 48);

		for (len = table_bits + 1; top >= h->end[len]; len++) /* .end[16] is 65536 */
			;
		symbol = h->symbols[h->from[len] + ((top - h->first[len]) >> (CODE_MAX - len))];
	}
	bits_drop(b, len);
	return symbol;
}

/* The lengths of T or P: a count in @count_bits, then each in 3 bits, from 7 on with one more bit for each more. */
static bool small_code_read(struct tiano *t, unsigned count_bits, unsigned special)
{
	uint8_t lengths[1 << N_T_BITS] = { 0 };
	struct bits *b = &t->bits;
	unsigned n = bits_get(b, count_bits);

	if (n == 0) {
		code_single(&t->p, P_BITS, (uint16_t)bits_get(b, count_bits));
		return true;
	}
	for (unsigned i = 0; i < n;) {
		unsigned len = bits_get(b, 3);

		while (len >= 7 && len <= CODE_MAX && bits_get(b, 1))
			len++;
		if (len > CODE_MAX)
			return false;
		lengths[i++] = (uint8_t)len;
		if (i == special)
			i += bits_get(b, 2);
	}
	return code_make(&t->p, P_BITS, lengths, sizeof(lengths));
}

/* The lengths of C, written in T: 0 to 2 are runs of zeros, the rest is the length and 2. */
static bool c_read(struct tiano *t)
{
	uint8_t lengths[N_C] = { 0 };
	struct bits *b = &t->bits;
	unsigned n = bits_get(b, N_C_BITS);

	if (n == 0) {
		code_single(&t->c, C_BITS, (uint16_t)bits_get(b, N_C_BITS));
		return true;
	}
	for (unsigned i = 0; i < n;) {
		unsigned symbol;

		bits_fill(b);
		symbol = code_get(&t->p, P_BITS, b);
		if (symbol == 0)
			i += 1;
		else if (symbol == 1)
			i += 3 + bits_get(b, 4);
		else if (symbol == 2)
			i += 20 + bits_get(b, 9);
		else if (symbol < N_T && i < N_C)
			lengths[i++] = (uint8_t)(symbol - 2);
		else
			return false;
	}
	return code_make(&t->c, C_BITS, lengths, N_C);
}

static int block_read(struct tiano *t)
{
	t->left = bits_get(&t->bits, 16);
	if (t->left == 0) /* BaseUefiDecompressLib.c counts down from it in 16 bits */
		t->left = 65536;
	t->wrong = "the lengths of a block's codes do not make a code";
	if (!small_code_read(t, N_T_BITS, T_SPECIAL) || !c_read(t) || !small_code_read(t, t->position_bits, 0))
		return bits_over(&t->bits) ? -IGD_ETRUNC : -IGD_EMAGIC;
	return bits_over(&t->bits) ? -IGD_ETRUNC : 0;
}

/* @len bytes from @distance before; @room bytes may be written. */
static inline void match_copy(uint8_t *out, size_t distance, size_t len, size_t room)
{
	const uint8_t *from = out - distance;

	if (distance >= COPY && room >= len + 2 * COPY) {
		memcpy(out, from, COPY);
		memcpy(out + COPY, from + COPY, COPY);
		for (size_t i = 2 * COPY; i < len; i += COPY)
			memcpy(out + i, from + i, COPY);
	} else if (distance == 1) {
		memset(out, *from, len);
	} else {
		for (size_t i = 0; i < len; i++)
			out[i] = from[i];
	}
}

/*
 * The symbols of a block, until it or the @n bytes of @out are at their end; @at of them are written already. Written
 * is only where a byte or a whole match fits behind @at; copied only from a distance of at most @at. Input is read by
 * bits_fill(), eight bytes where there are eight; behind the end come zeros, and after more than a word of those it
 * is over.
 */
static int symbols_read(struct tiano *t, uint8_t *out, size_t n, size_t *at_)
{
	struct bits b = t->bits; /* a copy: in registers */
	uint32_t left = t->left;
	size_t at = *at_;
	int r = 0;

	for (; left > 0 && at < n; left--) {
		unsigned symbol, len, p;
		size_t distance;

		bits_fill(&b);
		symbol = code_get(&t->c, C_BITS, &b);
		if (symbol < MATCH_SYM) {
			out[at++] = (uint8_t)symbol;
			if (b.past > sizeof(b.word))
				break;
			continue;
		}
		len = symbol - MATCH_SYM + MATCH_MIN;
		p = code_get(&t->p, P_BITS, &b);
		if (p > P_PLAIN)
			bits_fill(&b);
		distance = (p > 1 ? (1u << (p - 1)) + bits_take(&b, p - 1) : p) + (size_t)1;
		if (distance > at || len > n - at || b.past > sizeof(b.word)) {
			t->wrong = distance > at ? "a match begins before the first byte"
						 : "a match goes on behind the decoded size";
			r = -IGD_EMAGIC;
			break;
		}
		match_copy(out + at, distance, len, n - at);
		at += len;
	}
	t->bits = b;
	t->left = left;
	*at_ = at;
	return bits_over(&b) ? -IGD_ETRUNC : r;
}

static int blocks_read(struct tiano *t, uint8_t *out, size_t n)
{
	size_t at = 0;
	int r = 0;

	while (at < n && r == 0) { /* a block has at least one symbol, a symbol at least one byte */
		if (t->left == 0)
			r = block_read(t);
		if (r == 0)
			r = symbols_read(t, out, n, &at);
	}
	return r;
}

/* No symbol is left, and of the bits no more than 15 zeros. */
static bool is_exact(const struct tiano *t)
{
	size_t rest = (t->bits.in.n - t->bits.at) * 8 + t->bits.n - t->bits.past * (size_t)8;
	uint8_t last = 0;

	if (t->left > 0 || rest > 15)
		return false;
	return rest <= t->bits.n ? t->bits.word >> 1 >> (63 - rest) == 0
				 : t->bits.word == 0 && span_u8(t->bits.in, t->bits.in.n - 1, &last) && last == 0;
}

static int stream_read(struct span bits, unsigned position_bits, struct buffer *b, bool *ret_exact,
		       struct report *rep)
{
	struct tiano *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory");
	t->bits.in = bits;
	t->position_bits = position_bits;
	r = blocks_read(t, b->p, b->n);
	if (r == -IGD_ETRUNC)
		report_refuse(rep, IGD_ETRUNC, TIANO_HEADER + bits.n, "the compressed bytes end too early");
	else if (r < 0)
		report_refuse(rep, -r, TIANO_HEADER + t->bits.at, "%s", t->wrong);
	else if (ret_exact)
		*ret_exact = is_exact(t);
	free(t);
	return r;
}

int tiano_decode(struct span in, unsigned position_bits, size_t size, size_t limit, struct buffer *ret,
		 bool *ret_exact, struct report *rep)
{
	uint32_t packed, n;
	struct span bits;
	struct buffer b;
	int r;

	if (!span_le32(in, 0, &packed) || !span_le32(in, 4, &n) || !span_cut(in, TIANO_HEADER, packed, &bits))
		return report_refuse(rep, IGD_ETRUNC, in.n, "the compressed bytes end too early");
	if (size && n != size)
		return report_refuse(rep, IGD_ELENGTH, 4, "%u bytes are declared, %zu expected", n, size);
	if (n > limit)
		return report_refuse(rep, IGD_ELIMIT, 4, "%u decoded bytes are more than %zu", n, limit);
	if (n > (bits.n * UINT64_C(8) / BLOCK_BITS_MIN + 1) * BLOCK_OUT_MAX)
		return report_refuse(rep, IGD_ETRUNC, 4, "%zu bytes are too few to make %u", bits.n, n);
	b = (struct buffer) { malloc(n ? n : 1), n };
	if (!b.p)
		return report_refuse(rep, IGD_ENOMEM, 4, "no memory for %u bytes", n);
	r = stream_read(bits, position_bits, &b, ret_exact, rep);
	if (r < 0)
		buffer_done(&b);
	else
		*ret = b;
	return r;
}
