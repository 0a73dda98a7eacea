// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lzma_encode.c - LZMA streams made, whole by liblzma, or from the middle of an old one.
 *
 * No library can go on where another encoder left off, so the second way is ours. It rests on two facts. The decoder
 * of LZMA knows, behind each symbol, all that the encoder knew: the adaptive probabilities, the last four distances,
 * the width of the range; and the encoder's low end of the range is the number that the bytes read so far make, less
 * the decoder's code. So decoding up to a symbol before the first changed byte and turning round there costs no
 * output at all - the decoded bytes are at hand already - and the stream goes on as if one encoder had made it.
 *
 * Each step of the format is written once, for both directions: a bit that is encoded is given, one that is decoded
 * is answered. What is new is parsed greedily with a look at one byte ahead; it is a few hundred kilobytes in a few
 * megabytes, so better parsing would gain a thousandth.
 *
 * Source: Igor Pavlov, LZMA specification (draft, 2015-06-14; public domain); XZ Utils doc/lzma-file-format.txt for
 * the header of 13 bytes.
 */
#include "fw/lzma_encode.h"

#include <lzma.h>

#include "base/error.h"
#include "base/le.h"
#include "base/macros.h"

#define HEADER	   13
#define STATES	   12
#define POS_STATES 16
#define LC_LP_MAX  4 /* as liblzma has it */
#define LEN_MIN	   2
#define LEN_MAX	   273

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* ---- the header --------------------------------------------------------------------------------------------- */

struct props {
	unsigned lc, lp, pb;
	uint32_t dict;
};

static int props_read(struct span stream, struct props *ret, struct report *rep)
{
	uint32_t dict;
	uint8_t b;

	if (!span_u8(stream, 0, &b) || !span_le32(stream, 1, &dict) || stream.n < HEADER)
		return report_refuse(rep, IGD_ETRUNC, stream.n, "an LZMA stream begins with %d bytes of header",
				     HEADER);
	if (b >= 9 * 5 * 5 || b % 9 + b / 9 % 5 > LC_LP_MAX)
		return report_refuse(rep, IGD_EMAGIC, 0, "0x%02x are no properties of an LZMA stream", b);
	*ret = (struct props) { b % 9, b / 9 % 5, b / 45, dict };
	return 0;
}

static void header_write(const struct props *p, uint64_t size, uint8_t ret[HEADER])
{
	ret[0] = (uint8_t)((p->pb * 5 + p->lp) * 9 + p->lc);
	le_put(ret + 1, p->dict, 4);
	le_put(ret + 5, size, 8);
}

/* ---- by liblzma --------------------------------------------------------------------------------------------- */

int lzma_encode(struct span in, struct span model, unsigned level, struct buffer *ret, struct report *rep)
{
	size_t room = HEADER + in.n + in.n / 3 + 128, at = HEADER; /* what LZMA1 makes of noise, and to spare */
	lzma_options_lzma o;
	const lzma_filter filters[] = { { LZMA_FILTER_LZMA1EXT, &o }, { LZMA_VLI_UNKNOWN, NULL } };
	uint8_t *out, *fits;
	struct props p = { 0 };
	int r = props_read(model, &p, rep);

	if (r < 0)
		return r;
	out = malloc(room);
	if (!out || lzma_lzma_preset(&o, level > 9 ? 9 | LZMA_PRESET_EXTREME : level)) {
		free(out);
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory to compress %zu bytes", in.n);
	}
	o.lc = p.lc;
	o.lp = p.lp;
	o.pb = p.pb;
	o.dict_size = p.dict < LZMA_DICT_SIZE_MIN ? LZMA_DICT_SIZE_MIN : p.dict;
	o.ext_flags = 0; /* no end marker: the header has the size, as in what EDK II's own tool makes */
	lzma_set_ext_size(o, in.n);
	header_write(&p, in.n, out);
	if (lzma_raw_buffer_encode(filters, NULL, in.p, in.n, out, &at, room) != LZMA_OK) {
		free(out);
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "liblzma could not compress %zu bytes", in.n);
	}
	fits = realloc(out, at);
	if (fits)
		out = fits;
	*ret = (struct buffer) { out, at };
	return 0;
}

/* ---- the range coder, both ways ----------------------------------------------------------------------------- */

struct coder {
	uint32_t range;
	/* Decoding. */
	struct span in;
	size_t at; /* bytes of .in that were read */
	uint32_t code;
	/* Encoding: .out, then .cache and .pending - 1 bytes of FF, which a carry may still change, then .low. */
	uint64_t low;
	uint8_t cache;
	size_t pending;
	struct buffer out;
	size_t room; /* of .out.p */
	bool ended;  /* the input did, or memory */
};

static void out_byte(struct coder *c, uint8_t b)
{
	if (c->out.n == c->room) {
		size_t room = c->room * 2;
		uint8_t *p = realloc(c->out.p, room);

		c->ended |= !p;
		if (!p)
			return;
		c->out.p = p;
		c->room = room;
	}
	c->out.p[c->out.n++] = b;
}

/* The top byte of .low is final but for a carry. */
static void low_shift(struct coder *c)
{
	uint8_t carry = (uint8_t)(c->low >> 32);

	if (c->low < 0xff000000 || carry) {
		for (uint8_t b = c->cache; c->pending > 0; c->pending--, b = 0xff)
			out_byte(c, (uint8_t)(b + carry));
		c->cache = (uint8_t)(c->low >> 24);
	}
	c->pending++;
	c->low = (c->low & 0x00ffffff) << 8;
}

ALWAYS_INLINE void normalize(struct coder *c, bool encode)
{
	if (c->range >= UINT32_C(1) << 24)
		return;
	c->range <<= 8;
	if (encode) {
		low_shift(c);
	} else {
		uint8_t b = 0;

		c->ended |= !span_u8(c->in, c->at++, &b);
		c->code = c->code << 8 | b;
	}
}

/* A bit by an adaptive probability: @bit when encoding; what was decoded otherwise. */
ALWAYS_INLINE unsigned code_bit(struct coder *c, bool encode, uint16_t *probability, unsigned bit)
{
	uint32_t bound = (c->range >> 11) * *probability;

	if (!encode)
		bit = c->code >= bound;
	if (bit) {
		c->range -= bound;
		*probability = (uint16_t)(*probability - (*probability >> 5));
		if (encode)
			c->low += bound;
		else
			c->code -= bound;
	} else {
		c->range = bound;
		*probability = (uint16_t)(*probability + ((2048 - *probability) >> 5));
	}
	normalize(c, encode);
	return bit;
}

/* @n bits of even chance. */
ALWAYS_INLINE uint32_t code_direct(struct coder *c, bool encode, unsigned n, uint32_t value)
{
	uint32_t got = 0;

	while (n-- > 0) {
		uint32_t bit = value >> n & 1;

		c->range >>= 1;
		if (!encode)
			bit = c->code >= c->range;
		if (bit && encode)
			c->low += c->range;
		else if (bit)
			c->code -= c->range;
		got = got << 1 | bit;
		normalize(c, encode);
	}
	return got;
}

/* @n bits, each by a probability that depends on those before it; the highest first. */
ALWAYS_INLINE unsigned code_tree(struct coder *c, bool encode, uint16_t *probabilities, unsigned n, unsigned value)
{
	unsigned node = 1;

	for (unsigned i = n; i-- > 0;)
		node = node << 1 | code_bit(c, encode, &probabilities[node], value >> i & 1);
	return node - (1U << n);
}

/* The same, the lowest first. */
ALWAYS_INLINE unsigned code_reverse(struct coder *c, bool encode, uint16_t *probabilities, unsigned n, unsigned value)
{
	unsigned node = 1, got = 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned bit = code_bit(c, encode, &probabilities[node], value >> i & 1);

		node = node << 1 | bit;
		got |= bit << i;
	}
	return got;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

struct lengths {
	uint16_t choice, choice2, low[POS_STATES][8], mid[POS_STATES][8], high[256];
};

struct probabilities { /* nothing but 16-bit numbers, which all begin at a half */
	uint16_t is_match[STATES][POS_STATES], is_rep[STATES], is_rep0[STATES], is_rep1[STATES], is_rep2[STATES],
		is_rep0_long[STATES][POS_STATES];
	uint16_t slot[4][64], special[115], align[16];
	struct lengths match, rep;
	uint16_t literal[0x300 << LC_LP_MAX];
};

struct model {
	struct props props;
	unsigned state;
	uint32_t reps[4]; /* distances, from 0 */
	struct probabilities p;
};

enum symbol_kind { LITERAL, MATCH, REP };

struct symbol {
	enum symbol_kind kind;
	unsigned rep;	   /* of REP: which of the four */
	uint32_t distance; /* of MATCH, from 0 */
	unsigned len;	   /* 1, or LEN_MIN to LEN_MAX */
};

static void model_init(struct model *m, const struct props *props)
{
	uint16_t *p = (uint16_t *)&m->p;

	*m = (struct model) { .props = *props };
	for (size_t i = 0; i < sizeof(m->p) / sizeof(*p); i++)
		p[i] = 1024;
}

ALWAYS_INLINE unsigned code_length(struct coder *c, bool encode, struct lengths *l, unsigned pos_state, unsigned len)
{
	if (!code_bit(c, encode, &l->choice, len >= 8))
		return code_tree(c, encode, l->low[pos_state], 3, len);
	if (!code_bit(c, encode, &l->choice2, len >= 16))
		return 8 + code_tree(c, encode, l->mid[pos_state], 3, len - 8);
	return 16 + code_tree(c, encode, l->high, 8, len - 16);
}

/* Which of the 64 sizes of distances: the highest bit and the one below it. */
static unsigned slot_of(uint32_t distance)
{
	unsigned high;

	if (distance < 4)
		return distance;
	high = 31 - (unsigned)__builtin_clz(distance);
	return 2 * high + (distance >> (high - 1) & 1);
}

ALWAYS_INLINE uint32_t code_distance(struct coder *c, bool encode, struct probabilities *p, unsigned len,
				     uint32_t distance)
{
	unsigned slot = encode ? slot_of(distance) : 0, n;
	uint32_t base, high;

	slot = code_tree(c, encode, p->slot[len < LEN_MIN + 3 ? len - LEN_MIN : 3], 6, slot);
	if (slot < 4)
		return slot;
	n = slot / 2 - 1;
	base = (2 | (slot & 1)) << n;
	if (slot < 14)
		return base + code_reverse(c, encode, p->special + base - slot, n, distance - base);
	high = code_direct(c, encode, n - 4, (distance - base) >> 4);
	return base + (high << 4) + code_reverse(c, encode, p->align, 4, distance & 15);
}

ALWAYS_INLINE unsigned code_literal(struct coder *c, bool encode, struct model *m, const uint8_t *bytes, size_t at,
				    unsigned byte)
{
	unsigned before = at > 0 ? bytes[at - 1] : 0, lc = m->props.lc, node = 1;
	unsigned context = (((unsigned)at & ((1U << m->props.lp) - 1)) << lc) + (before >> (8 - lc));
	uint16_t *p = m->p.literal + (size_t)0x300 * context;

	if (m->state >= 7) { /* behind a match the byte is likely not what the match would have gone on with */
		unsigned other = bytes[at - m->reps[0] - 1];

		while (node < 0x100) {
			unsigned want = other >> 7 & 1, bit;

			bit = code_bit(c, encode, &p[(1 + want) << 8 | node], byte >> 7 & 1);
			other <<= 1;
			byte <<= 1;
			node = node << 1 | bit;
			if (bit != want)
				break;
		}
	}
	while (node < 0x100) {
		node = node << 1 | code_bit(c, encode, &p[node], byte >> 7 & 1);
		byte <<= 1;
	}
	return node & 0xff;
}

/* The distance of number @rep goes to the front. */
static void rep_to_front(struct model *m, unsigned rep)
{
	uint32_t distance = m->reps[rep];

	for (; rep > 0; rep--)
		m->reps[rep] = m->reps[rep - 1];
	m->reps[0] = distance;
}

ALWAYS_INLINE unsigned code_which_rep(struct coder *c, bool encode, struct model *m, unsigned rep)
{
	if (!code_bit(c, encode, &m->p.is_rep1[m->state], rep != 1))
		return 1;
	return 2 + code_bit(c, encode, &m->p.is_rep2[m->state], rep != 2);
}

/* A match at one of the last four distances. */
ALWAYS_INLINE void code_rep(struct coder *c, bool encode, struct model *m, unsigned pos_state, struct symbol *s)
{
	if (code_bit(c, encode, &m->p.is_rep0[m->state], s->rep != 0)) {
		s->rep = code_which_rep(c, encode, m, s->rep);
		rep_to_front(m, s->rep);
	} else if (!code_bit(c, encode, &m->p.is_rep0_long[m->state][pos_state], s->len != 1)) {
		s->len = 1;
		m->state = m->state < 7 ? 9 : 11;
		return;
	}
	s->len = LEN_MIN + code_length(c, encode, &m->p.rep, pos_state, s->len - LEN_MIN);
	m->state = m->state < 7 ? 8 : 11;
}

/*
 * One symbol at @at of @bytes: @s is encoded, or filled with what was decoded. False when a decoded one cannot be: a
 * distance before the front, a literal other than the byte that is there.
 */
ALWAYS_INLINE bool code_symbol(struct coder *c, bool encode, struct model *m, struct span bytes, size_t at,
			       struct symbol *s)
{
	unsigned pos_state = (unsigned)at & ((1U << m->props.pb) - 1);

	if (!code_bit(c, encode, &m->p.is_match[m->state][pos_state], s->kind != LITERAL)) {
		s->len = 1;
		if (code_literal(c, encode, m, bytes.p, at, bytes.p[at]) != bytes.p[at])
			return false;
		m->state = m->state < 4 ? 0 : m->state < 10 ? m->state - 3 : m->state - 6;
		return true;
	}
	if (code_bit(c, encode, &m->p.is_rep[m->state], s->kind == REP)) {
		code_rep(c, encode, m, pos_state, s);
		return m->reps[0] < at;
	}
	s->len = LEN_MIN + code_length(c, encode, &m->p.match, pos_state, s->len - LEN_MIN);
	s->distance = code_distance(c, encode, &m->p, s->len, s->distance);
	rep_to_front(m, 3);
	m->reps[0] = s->distance;
	m->state = m->state < 7 ? 7 : 10;
	return s->distance < at;
}

/* ---- from decoding to encoding ------------------------------------------------------------------------------ */

#define FIRST 5 /* bytes behind the header: 0, and the first 32 bits of the code */

static bool decode_begin(struct coder *c, struct span stream)
{
	struct span first;

	*c = (struct coder) { .range = UINT32_MAX, .in = stream, .at = HEADER + FIRST };
	if (!span_cut(stream, HEADER, FIRST, &first) || first.p[0] != 0)
		return false;
	for (size_t i = 1; i < first.n; i++)
		c->code = c->code << 8 | first.p[i];
	return true;
}

/*
 * Decode symbols as long as none can reach beyond @same bytes. The offset behind the last: nothing was decoded that
 * is not in @bytes. Stops early with c->ended at the end of the stream, and with *@bad where it is no LZMA or not of
 * @bytes.
 */
static size_t decode_to(struct coder *c, struct model *m, struct span bytes, size_t same, bool *bad)
{
	struct symbol s = { .kind = LITERAL };
	size_t at = 0;

	while (same >= LEN_MAX && at <= same - LEN_MAX && !c->ended && !*bad) {
		*bad = !code_symbol(c, false, m, bytes, at, &s);
		at += s.len;
	}
	return at;
}

/*
 * Turn @c, which has decoded some symbols, into an encoder that has encoded the same, header and all. The number in
 * the bytes read so far, less the code, is what the encoder would have written with the last 32 bits still in its
 * low; of what is before those, a byte and all FF behind it wait for a carry.
 */
static bool turn_round(struct coder *c, size_t room)
{
	uint64_t borrow = c->code, low = 0;
	size_t n = c->at;

	c->room = room > n ? room : n + 64;
	c->out = (struct buffer) { malloc(c->room), n };
	if (!c->out.p)
		return false;
	memcpy(c->out.p, c->in.p, n);
	for (size_t i = n; i-- > HEADER && borrow;) {
		uint8_t digit = (uint8_t)borrow, was = c->out.p[i];

		c->out.p[i] = (uint8_t)(was - digit);
		borrow = (borrow >> 8) + (was < digit);
	}
	for (size_t i = n - 4; i < n; i++)
		low = low << 8 | c->out.p[i];
	c->low = low;
	n -= 4;
	for (c->pending = 1; c->out.p[n - c->pending] == 0xff; c->pending++)
		; /* it ends: the first byte behind the header is 0 */
	c->out.n = n - c->pending;
	c->cache = c->out.p[c->out.n];
	return true;
}

/* ---- what is new: finding matches --------------------------------------------------------------------------- */

#define WINDOW	    ((size_t)1 << 18) /* positions that are remembered; farther matches cost more than they save here */
#define HASH_BITS   17
#define DEPTH	    48 /* earlier places that are compared at most */
#define GOOD	    64 /* a match of that length is taken without looking further */
#define HASH_BYTES  4
#define MATCH_LEAST 3 /* shorter ones cost as much as the bytes */

struct finder {
	struct span bytes;
	size_t next;	    /* the first position that was not remembered */
	size_t reach;	    /* the largest distance that may be used */
	uint32_t *last;	    /* by hash: the last position + 1; 0: none */
	uint32_t *previous; /* by position modulo WINDOW: the one before it of the same hash */
};

static bool finder_init(struct finder *f, struct span bytes, size_t from, uint32_t dict)
{
	*f = (struct finder) { .bytes = bytes,
			       .next = from > WINDOW ? from - WINDOW : 0,
			       .reach = dict < WINDOW ? dict : WINDOW,
			       .last = calloc((size_t)1 << HASH_BITS, sizeof(uint32_t)),
			       .previous = malloc(WINDOW * sizeof(uint32_t)) };
	return f->last && f->previous;
}

static void finder_done(struct finder *f)
{
	free(f->last);
	free(f->previous);
}

static uint32_t hash_at(const struct finder *f, size_t at)
{
	uint32_t v;

	memcpy(&v, f->bytes.p + at, sizeof(v));
	return v * UINT32_C(2654435761) >> (32 - HASH_BITS); /* Knuth's multiplier */
}

/* Remember the positions before @to; of a long run the front is enough. */
static void remember(struct finder *f, size_t to)
{
	for (; f->next < to && f->bytes.n - f->next >= HASH_BYTES; f->next++) {
		uint32_t h = hash_at(f, f->next);

		f->previous[f->next % WINDOW] = f->last[h];
		f->last[h] = (uint32_t)f->next + 1;
	}
}

/* How many bytes at @at are those at @at - @distance - 1? At most LEN_MAX. */
static unsigned same_bytes(const struct finder *f, size_t at, size_t distance)
{
	const uint8_t *a = f->bytes.p + at, *b = a - distance - 1;
	size_t left = f->bytes.n - at;
	unsigned most = left < LEN_MAX ? (unsigned)left : LEN_MAX, n = 0;

	while (n < most && a[n] == b[n])
		n++;
	return n;
}

/* The longest match at @at among the positions remembered: a MATCH, or a LITERAL when there is none. */
static struct symbol longest(struct finder *f, size_t at)
{
	struct symbol best = { .kind = LITERAL, .len = 1 };
	size_t before = at;

	remember(f, at);
	if (f->bytes.n - at < HASH_BYTES)
		return best;
	for (size_t place = f->last[hash_at(f, at)], tries = 0; place > 0 && tries < DEPTH && best.len < GOOD;
	     tries++) {
		size_t distance = at - place;
		unsigned len;

		if (place > before || distance >= f->reach) /* the window has come round */
			break;
		len = same_bytes(f, at, distance);
		if (len > best.len)
			best = (struct symbol) { MATCH, 0, (uint32_t)distance, len };
		before = place - 1;
		place = f->previous[(place - 1) % WINDOW];
	}
	return best;
}

static struct symbol longest_rep(const struct finder *f, const struct model *m, size_t at)
{
	struct symbol best = { .kind = LITERAL, .len = 1 };

	for (unsigned i = 0; i < ARRAY_SIZE(m->reps); i++) {
		unsigned len = m->reps[i] < at ? same_bytes(f, at, m->reps[i]) : 0;

		if (len > best.len)
			best = (struct symbol) { REP, i, 0, len };
	}
	return best;
}

/* A distance costs bits: is a repeated one worth more than a new one? */
static bool rep_wins(const struct symbol *rep, const struct symbol *match)
{
	unsigned worth = match->distance < 1 << 9 ? 1 : match->distance < 1 << 15 ? 2 : 3;

	return rep->kind == REP && rep->len + worth >= match->len;
}

static bool match_pays(const struct symbol *s)
{
	if (s->kind != MATCH || s->len < MATCH_LEAST)
		return false;
	return s->len > 4 || s->distance < UINT32_C(1) << (s->len == 4 ? 14 : 11); /* tried on drivers of OVMF */
}

/* What to encode at @at. */
static struct symbol choose(struct finder *f, const struct model *m, size_t at)
{
	const struct symbol literal = { .kind = LITERAL, .len = 1 };
	struct symbol rep = longest_rep(f, m, at), match, later;

	if (rep.len >= GOOD)
		return rep;
	match = longest(f, at);
	if (rep_wins(&rep, &match))
		return rep;
	if (!match_pays(&match))
		return literal;
	if (match.len < GOOD && f->bytes.n - at > 1) {
		later = longest(f, at + 1);
		if (later.len > match.len + 1)
			return literal;
	}
	return match;
}

static bool encode_rest(struct coder *c, struct model *m, struct span bytes, size_t at)
{
	struct finder f;
	bool ok = finder_init(&f, bytes, at, m->props.dict);

	while (ok && at < bytes.n && !c->ended) {
		struct symbol s = choose(&f, m, at);
		size_t from = at;

		ok = code_symbol(c, true, m, bytes, from, &s);
		at += s.len;
		if (s.len >= GOOD && f.next < at) { /* of a long run, a few places are enough to be found again */
			remember(&f, from + 1);
			f.next = f.next > at - HASH_BYTES ? f.next : at - HASH_BYTES;
		}
	}
	for (int i = 0; i < 5; i++)
		low_shift(c);
	finder_done(&f);
	return ok && !c->ended;
}

/* 0, or the refusal; @c then holds what is to be freed. */
static int resume(struct coder *c, struct model *m, struct span old, struct span in, size_t same, struct report *rep)
{
	bool bad = !decode_begin(c, old);
	size_t at = bad ? 0 : decode_to(c, m, in, same, &bad);

	if (bad)
		return report_refuse(rep, IGD_EMAGIC, c->at, "the LZMA stream is damaged");
	if (c->ended)
		return report_refuse(rep, IGD_ETRUNC, old.n, "the LZMA stream ends too early");
	if (!turn_round(c, old.n) || !encode_rest(c, m, in, at))
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory to compress %zu bytes", in.n);
	header_write(&m->props, in.n, c->out.p);
	return 0;
}

int lzma_resume(struct span old, struct span in, size_t same, struct buffer *ret, struct report *rep)
{
	struct coder c = { 0 };
	struct props props;
	struct model *m;
	int r = props_read(old, &props, rep);

	if (r < 0)
		return r;
	if (same > in.n)
		return report_refuse(rep, IGD_EUSAGE, same, "the new bytes end at %zu, before what is kept", in.n);
	if (in.n > LZMA_RESUME_MAX)
		return report_refuse(rep, IGD_ELIMIT, REPORT_NOWHERE, "%zu bytes are more than are compressed", in.n);
	m = malloc(sizeof(*m));
	if (!m)
		return report_refuse(rep, IGD_ENOMEM, REPORT_NOWHERE, "no memory to compress %zu bytes", in.n);
	model_init(m, &props);
	r = resume(&c, m, old, in, same, rep);
	free(m);
	if (r < 0)
		buffer_done(&c.out);
	else
		*ret = c.out;
	return r;
}
