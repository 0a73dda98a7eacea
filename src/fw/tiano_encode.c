// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tiano_encode.c - an encoder for the compression of UEFI Specification 2.10, 19; tiano.c says what a stream is.
 *
 * Two passes. The first turns the input into tokens, each a byte or a match: chains of the places with the same
 * three bytes are followed for the match that saves most, nearest first, and a match is given up for a byte when the
 * next place has a better one. The second cuts the tokens into blocks and writes them: a block goes on for as long as
 * one set of codes is cheaper for it and the next part than two.
 */
#include "fw/tiano_encode.h"

#include "base/error.h"
#include "base/le.h"
#include "fw/tiano.h"

#define CODE_MAX  16
#define N_C	  510
#define N_C_BITS  9
#define N_T	  19
#define N_T_BITS  5
#define T_SPECIAL 3
#define N_P	  20 /* TIANO_WINDOW_BITS and 1 */
#define MATCH_MIN 3
#define MATCH_MAX 256
#define MATCH_SYM 256

#define TIANO_WINDOW_BITS 19
#define EFI11_WINDOW_BITS 13
#define WINDOW_MIN	  4096 /* for input that is smaller; no match reaches further than there are bytes */

#define HASH_BITS 14  /* twice EFI 1.1's window; a larger table takes longer to clear than it saves */
#define CHAIN_MAX 128 /* places that are looked at for a match; 1024 pack drivers 0.1 % smaller, and more slowly */
#define NOWHERE	  UINT32_MAX
#define GOOD	  64	/* bytes of a match for which no better one is looked for at the next place */
#define FAR	  32768 /* a match of three bytes from further away costs more than the bytes */
#define BYTE_BITS 4	/* what a byte more in a match is worth; tried on drivers, as the other two were */

#define PART	  1024 /* tokens: blocks are made of these */
#define BLOCK_MAX 65535

/* A token: the symbol of C in the lower bits, the distance less one above. */
#define TOKEN(symbol, position) ((uint32_t)(symbol) | (uint32_t)(position) << N_C_BITS)
#define TOKEN_SYMBOL(t)		((t) & ((1u << N_C_BITS) - 1))
#define TOKEN_POSITION(t)	((t) >> N_C_BITS)

struct chains {
	struct span in;
	uint32_t window;	       /* distances are at most this */
	uint32_t head[1 << HASH_BITS]; /* the last place with that hash */
	uint32_t *before;	       /* for each place modulo the window: the one before with the same hash */
};

struct match {
	uint32_t len, position;
};

struct tokens {
	uint32_t *t;
	size_t n;
};

/* Tokens of each block; all but the last have PART or more. */
struct cuts {
	uint16_t *length;
	size_t n;
};

/* How often each symbol comes in a part or block. */
struct counts {
	uint32_t c[N_C];
	uint32_t p[N_P];
};

/* A complete canonical code, or one symbol that takes no bits. */
struct code {
	uint8_t len[N_C];
	uint16_t bits[N_C];
	size_t n; /* one past the last symbol that is used; 0: only .only is */
	unsigned only;
};

/* The lengths of C as a row of symbols of T. */
struct runs {
	struct run {
		uint8_t symbol, n_extra;
		uint16_t extra;
	} r[N_C];
	size_t n;
};

struct codes {
	struct code c, p, t;
	struct runs runs;
};

struct out {
	uint8_t *p;    /* NULL: only count */
	uint64_t bits; /* put so far */
	uint64_t word; /* those of the last, unfinished byte and before, lowest last */
};

static uint32_t hash(const uint8_t *p)
{
	return ((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) * UINT32_C(0x9e3779b1) >> (32 - HASH_BITS);
}

static void chains_add(struct chains *h, size_t at)
{
	uint32_t *head;

	if (h->in.n - at < MATCH_MIN)
		return;
	head = &h->head[hash(h->in.p + at)];
	h->before[at & (h->window - 1)] = *head;
	*head = (uint32_t)at;
}

static uint32_t common(const uint8_t *a, const uint8_t *b, uint32_t most)
{
	uint32_t n = 0;

	while (n < most && a[n] == b[n])
		n++;
	return n;
}

/* The symbol of P: how many bits the position has. */
static unsigned position_symbol(uint32_t position)
{
	return position ? 32 - (unsigned)__builtin_clz(position) : 0;
}

/* What a match saves, roughly: its bytes less what its position takes. */
static int gain(uint32_t len, uint32_t position)
{
	return BYTE_BITS * (int)len - (int)position_symbol(position);
}

/* The best match for @at among the places added: a longer one, unless it is too far for that; .len 0: there is none.
 */
static struct match chains_find(const struct chains *h, size_t at)
{
	uint32_t most = h->in.n - at < MATCH_MAX ? (uint32_t)(h->in.n - at) : MATCH_MAX, place;
	const uint8_t *here = h->in.p + at;
	struct match best = { 0 };

	if (most < MATCH_MIN)
		return best;
	place = h->head[hash(here)];
	for (unsigned i = 0; i < CHAIN_MAX && place != NOWHERE && at - place <= h->window && best.len < most; i++) {
		const uint8_t *there = h->in.p + place;
		uint32_t next = h->before[place & (h->window - 1)];

		if (there[best.len] == here[best.len]) {
			uint32_t len = common(there, here, most), position = (uint32_t)(at - place - 1);

			if (len >= MATCH_MIN && len > best.len && !(len == MATCH_MIN && position >= FAR) &&
			    (best.len == 0 || gain(len, position) >= gain(best.len, best.position)))
				best = (struct match) { len, position };
		}
		if (next >= place) /* of an earlier round through the window */
			break;
		place = next;
	}
	return best;
}

static void tokens_make(struct chains *h, struct tokens *ret)
{
	struct match now = { 0 }, next;
	size_t at = 0, end;

	while (at < h->in.n) {
		chains_add(h, at);
		next = at + 1 < h->in.n && now.len < GOOD ? chains_find(h, at + 1) : (struct match) { 0 };
		if (now.len == 0 || (next.len && gain(next.len, next.position) > gain(now.len, now.position) + 1)) {
			ret->t[ret->n++] = TOKEN(h->in.p[at], 0);
			at++;
			now = next;
			continue;
		}
		ret->t[ret->n++] = TOKEN(now.len - MATCH_MIN + MATCH_SYM, now.position);
		for (end = at + now.len, at++; at < end; at++)
			chains_add(h, at);
		now = at < h->in.n ? chains_find(h, at) : (struct match) { 0 };
	}
}

#define COUNT(w)  ((w) >> 16) /* of a word of count << 16 | symbol */
#define SYMBOL(w) ((w)&0xffff)

/* Sort by count; symbols are ascending, and stay so among equals. One pass for each byte that a count has. */
static void by_count(uint64_t *words, size_t n)
{
	uint64_t other[N_C], most = 0;

	for (size_t i = 0; i < n; i++)
		most = COUNT(words[i]) > most ? COUNT(words[i]) : most;
	for (unsigned shift = 0; most >> shift; shift += 8) {
		uint16_t place[257] = { 0 };

		for (size_t i = 0; i < n; i++)
			place[(COUNT(words[i]) >> shift & 0xff) + 1]++;
		for (size_t i = 1; i < 256; i++)
			place[i] = (uint16_t)(place[i] + place[i - 1]);
		for (size_t i = 0; i < n; i++)
			other[place[COUNT(words[i]) >> shift & 0xff]++] = words[i];
		memcpy(words, other, n * sizeof(*words));
	}
}

/*
 * Lengths from counts, which are sorted: the two lightest of leaves and nodes are joined until one is left. Nodes are
 * made in the order of their weights, so the lightest is the first leaf or the first node not joined yet.
 */
static unsigned tree_depths(const uint32_t *weights, size_t n, uint8_t *ret)
{
	uint32_t node[N_C];
	uint16_t leaf_up[N_C] = { 0 }, node_up[N_C] = { 0 };
	uint8_t depth[N_C];
	size_t leaf = 0, first = 0, i;

	for (i = 0; i + 1 < n; i++) {
		node[i] = 0;
		for (unsigned k = 0; k < 2; k++) {
			if (leaf < n && (first == i || weights[leaf] <= node[first])) {
				node[i] += weights[leaf];
				leaf_up[leaf++] = (uint16_t)i;
			} else {
				node[i] += node[first];
				node_up[first++] = (uint16_t)i;
			}
		}
	}
	depth[n - 2] = 0;
	for (i = n - 2; i-- > 0;)
		depth[i] = (uint8_t)(depth[node_up[i]] + 1);
	for (i = 0; i < n; i++)
		ret[i] = (uint8_t)(depth[leaf_up[i]] + 1);
	return ret[0]; /* the lightest is the deepest */
}

/* Codes in the order of length, then symbol. */
static void code_number(struct code *h)
{
	uint32_t code = 0;

	for (unsigned len = 1; len <= CODE_MAX; len++, code <<= 1)
		for (size_t i = 0; i < h->n; i++)
			if (h->len[i] == len)
				h->bits[i] = (uint16_t)code++;
}

/* The lengths of a code for @n symbols; code_number() gives the codes. Where it would get too long, counts are made
 * more alike until it does not. */
static void code_make(struct code *h, const uint32_t *counts, size_t n)
{
	uint32_t weights[N_C];
	uint8_t depths[N_C];
	uint64_t order[N_C];
	size_t n_used = 0;

	*h = (struct code) { 0 };
	for (size_t i = 0; i < n; i++)
		if (counts[i])
			order[n_used++] = (uint64_t)counts[i] << 16 | i;
	if (n_used < 2) {
		h->only = n_used ? (unsigned)SYMBOL(order[0]) : 0;
		return;
	}
	by_count(order, n_used);
	for (size_t i = 0; i < n_used; i++)
		weights[i] = (uint32_t)COUNT(order[i]);
	while (tree_depths(weights, n_used, depths) > CODE_MAX)
		for (size_t i = 0; i < n_used; i++)
			weights[i] = weights[i] / 2 + 1;
	for (size_t i = 0; i < n_used; i++) {
		size_t symbol = SYMBOL(order[i]);

		h->len[symbol] = depths[i];
		if (h->n <= symbol)
			h->n = symbol + 1;
	}
}

static void runs_add(struct runs *r, unsigned symbol, unsigned n_extra, size_t extra)
{
	r->r[r->n++] = (struct run) { (uint8_t)symbol, (uint8_t)n_extra, (uint16_t)extra };
}

/* Zeros are one at a time (0), 3 to 18 (1) or 20 to 531 (2); 19 is one and 18. */
static void runs_make(struct runs *r, const struct code *c)
{
	size_t zeros;

	r->n = 0;
	for (size_t i = 0; i < c->n;) {
		for (zeros = 0; c->len[i] == 0; i++) /* the last is not */
			zeros++;
		if (zeros >= 20) {
			runs_add(r, 2, 9, zeros - 20);
			zeros = 0;
		}
		for (; zeros > 0 && (zeros < 3 || zeros == 19); zeros--)
			runs_add(r, 0, 0, 0);
		if (zeros)
			runs_add(r, 1, 4, zeros - 3);
		runs_add(r, c->len[i++] + 2u, 0, 0);
	}
}

static void codes_make(const struct counts *n, struct codes *ret)
{
	uint32_t t[N_T] = { 0 };

	code_make(&ret->c, n->c, N_C);
	code_make(&ret->p, n->p, N_P);
	runs_make(&ret->runs, &ret->c);
	for (size_t i = 0; i < ret->runs.n; i++)
		t[ret->runs.r[i].symbol]++;
	code_make(&ret->t, t, N_T);
}

/* @n bits, at most 32. Whole bytes are written at once, so the word never holds more than 7 old ones. */
static void put(struct out *o, unsigned n, uint32_t v)
{
	unsigned had = o->bits % 8;

	o->bits += n;
	if (!o->p)
		return;
	o->word = o->word << n | v;
	for (had += n; had >= 8; had -= 8)
		*o->p++ = (uint8_t)(o->word >> (had - 8));
}

static void put_symbol(struct out *o, const struct code *h, unsigned symbol)
{
	put(o, h->len[symbol], h->bits[symbol]); /* no bits when it is the only one */
}

static void put_small_code(struct out *o, const struct code *h, unsigned count_bits, size_t special)
{
	size_t i = 0, zeros;

	put(o, count_bits, (uint32_t)h->n);
	if (h->n == 0)
		put(o, count_bits, h->only);
	while (i < h->n) {
		unsigned len = h->len[i++];

		if (len < 7)
			put(o, 3, len);
		else
			put(o, len - 3, (1u << (len - 3)) - 2); /* ones, and a zero */
		if (i != special)
			continue;
		for (zeros = 0; zeros < 3 && i < h->n && h->len[i] == 0; i++)
			zeros++;
		put(o, 2, (uint32_t)zeros);
	}
}

static void put_header(struct out *o, const struct codes *h, size_t n, unsigned position_bits)
{
	put(o, 16, (uint32_t)n);
	put_small_code(o, &h->t, N_T_BITS, T_SPECIAL);
	put(o, N_C_BITS, (uint32_t)h->c.n);
	if (h->c.n == 0)
		put(o, N_C_BITS, h->c.only);
	for (size_t i = 0; i < h->runs.n; i++) {
		put_symbol(o, &h->t, h->runs.r[i].symbol);
		put(o, h->runs.r[i].n_extra, h->runs.r[i].extra);
	}
	put_small_code(o, &h->p, position_bits, 0);
}

static void put_token(struct out *o, const struct codes *h, uint32_t token)
{
	uint32_t position = TOKEN_POSITION(token);
	unsigned symbol = position_symbol(position);

	put_symbol(o, &h->c, TOKEN_SYMBOL(token));
	if (TOKEN_SYMBOL(token) < MATCH_SYM)
		return;
	put_symbol(o, &h->p, symbol);
	if (symbol > 1) /* the highest bit is known */
		put(o, symbol - 1, position & ((1u << (symbol - 1)) - 1));
}

static void counts_add(struct counts *n, const uint32_t *tokens, size_t n_tokens)
{
	for (size_t i = 0; i < n_tokens; i++) {
		n->c[TOKEN_SYMBOL(tokens[i])]++;
		if (TOKEN_SYMBOL(tokens[i]) >= MATCH_SYM)
			n->p[position_symbol(TOKEN_POSITION(tokens[i]))]++;
	}
}

/* The bits of a block of such symbols. */
static uint64_t counts_cost(const struct counts *n, unsigned position_bits)
{
	struct out o = { 0 };
	struct codes h;

	codes_make(n, &h);
	put_header(&o, &h, 0, position_bits);
	for (size_t i = 0; i < N_C; i++)
		o.bits += (uint64_t)n->c[i] * h.c.len[i];
	for (size_t i = 0; i < N_P; i++)
		o.bits += (uint64_t)n->p[i] * (h.p.len[i] + (i > 1 ? i - 1 : 0));
	return o.bits;
}

static void counts_join(struct counts *a, const struct counts *b)
{
	for (size_t i = 0; i < N_C; i++)
		a->c[i] += b->c[i];
	for (size_t i = 0; i < N_P; i++)
		a->p[i] += b->p[i];
}

/* How many of the tokens make the next block. */
static size_t block_length(const uint32_t *tokens, size_t n, unsigned position_bits, uint64_t *ret_bits)
{
	size_t at = n < PART ? n : PART, step;
	struct counts block = { 0 };
	uint64_t cost, both;

	counts_add(&block, tokens, at);
	cost = counts_cost(&block, position_bits);
	for (; at < n; at += step) {
		struct counts part = { 0 }, joint = block;

		step = n - at < PART ? n - at : PART;
		if (at + step > BLOCK_MAX)
			break;
		counts_add(&part, tokens + at, step);
		counts_join(&joint, &part);
		both = counts_cost(&joint, position_bits);
		if (both > cost + counts_cost(&part, position_bits))
			break;
		block = joint;
		cost = both;
	}
	*ret_bits = cost;
	return at;
}

/* Where the blocks end, and the bits of all of them. */
static uint64_t blocks_cut(const struct tokens *t, unsigned position_bits, struct cuts *ret)
{
	uint64_t total = 0, bits;
	size_t n;

	for (size_t at = 0; at < t->n; at += n) {
		n = block_length(t->t + at, t->n - at, position_bits, &bits);
		ret->length[ret->n++] = (uint16_t)n;
		total += bits;
	}
	return total;
}

static void blocks_put(struct out *o, const struct tokens *t, const struct cuts *cuts, unsigned position_bits)
{
	const uint32_t *tokens = t->t;

	for (size_t i = 0; i < cuts->n; tokens += cuts->length[i++]) {
		struct counts counts = { 0 };
		struct codes h;

		counts_add(&counts, tokens, cuts->length[i]);
		codes_make(&counts, &h);
		code_number(&h.c);
		code_number(&h.p);
		code_number(&h.t);
		put_header(o, &h, cuts->length[i], position_bits);
		for (size_t k = 0; k < cuts->length[i]; k++)
			put_token(o, &h, tokens[k]);
	}
}

/* Cut, then write into a block of just the size that it takes. */
static int stream_put(const struct tokens *t, size_t n, unsigned position_bits, struct buffer *ret)
{
	struct cuts cuts = { .length = malloc((t->n / PART + 1) * sizeof(*cuts.length)) };
	size_t packed;
	struct out o;
	uint8_t *p;

	if (!cuts.length)
		return -IGD_ENOMEM;
	packed = (size_t)(blocks_cut(t, position_bits, &cuts) + 7) / 8 + 1;
	p = malloc(TIANO_HEADER + packed);
	if (p) {
		le_put(p, packed, 4);
		le_put(p + 4, n, 4);
		o = (struct out) { .p = p + TIANO_HEADER };
		blocks_put(&o, t, &cuts, position_bits);
		put(&o, 8 + 7 - (unsigned)((o.bits + 7) % 8), 0);
		*ret = (struct buffer) { p, TIANO_HEADER + packed };
	}
	free(cuts.length);
	return p ? 0 : -IGD_ENOMEM;
}

int tiano_encode(struct span in, enum codec c, struct buffer *ret)
{
	uint32_t window = 1u << (c == CODEC_TIANO ? TIANO_WINDOW_BITS : EFI11_WINDOW_BITS);
	struct chains *h = malloc(sizeof(*h));
	struct tokens t = { 0 };
	int r = -IGD_ENOMEM;

	while (window / 2 >= in.n && window > WINDOW_MIN)
		window /= 2;
	if (in.n > TIANO_ENCODE_MAX) {
		free(h);
		return -IGD_ELIMIT;
	}
	t.t = malloc(in.n ? in.n * sizeof(*t.t) : 1);
	if (h && t.t) {
		h->in = in;
		h->window = window;
		h->before = malloc(window * sizeof(*h->before));
		memset(h->head, 0xff, sizeof(h->head));
		if (h->before) {
			tokens_make(h, &t);
			r = stream_put(&t, in.n, c == CODEC_TIANO ? TIANO_POSITION_BITS : EFI11_POSITION_BITS, ret);
		}
		free(h->before);
	}
	free(h);
	free(t.t);
	return r;
}
