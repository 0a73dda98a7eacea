// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decoders: one text as each format has it (made with the libraries and with the reference encoders of EDK2), then
 * everything that is wrong with such streams; and Tiano there and back.
 */
#include "image.h"

#include <ctype.h>
#include <lzma.h>
#include <zlib.h>

#include "base/error.h"
#include "fw/codec.h"
#include "fw/tiano.h"
#include "fw/tiano_encode.h"

#define TEXT   "A vendor's image holds volumes, volumes hold files, files hold sections. "
#define N      500 /* bytes of it, repeated */
#define PLENTY ((size_t)64 << 20)

static const struct {
	enum codec c;
	size_t head; /* bytes of its header */
	bool sized;  /* it declares its size */
	const char *hex;
} streams[] = {
	{ CODEC_TIANO, 8, true,
	  ("44000000f4010000"
	   "00344a8e8daff4067f1bc28f7b0169b55685ba83eba1d9c9a239840c8003642d4552938eb2215f6e10730d322b0de3a1cefc58c3"
	   "756f476d7c1292ed628741888fe20000") },
	{ CODEC_EFI11, 8, true,
	  ("44000000f4010000"
	   "00344a8e8daff4067f1bc28f7b0169b55685ba83eba1d9c9a239840d0006c85a8aa5271d6442bedc20e61a64561bc7439df8b186"
	   "eade8edaf82525dac50e83111fc40000") },
	{ CODEC_LZMA, 13, false,
	  ("5d00008000ffffffffffffffff"
	   "0020880ac653a48b5c1f6d22dafca929ba7bf444f91b90cf11837e920df06cc397c062f6b0fefdbb6684f31b9c0bceaaa3398999"
	   "1ffd6bcd7006a4abebcad99ffc90e940") },
	{ CODEC_LZMA, 13, true,
	  ("5d00100000f401000000000000"
	   "0020880ac653a48b5c1f6d22dafca929ba7bf444f91b90cf11837e920df06cc397c062f6b0fefdbb6684f31b9c0bceaaa3398999"
	   "1ffd6bcd7006a4abebcad99ffc90e940") },
	{ CODEC_LZMA_F86, 13, true, /* there is nothing in the text that the filter changes */
	  ("5d00100000f401000000000000"
	   "0020880ac653a48b5c1f6d22dafca929ba7bf444f91b90cf11837e920df06cc397c062f6b0fefdbb6684f31b9c0bceaaa3398999"
	   "1ffd6bcd7006a4abebcad99ffc90e940") },
	{ CODEC_BROTLI, 16, true,
	  ("f4010000000000000000010000000000"
	   "13f30118a44f5882e480430e1cbe2761849a1b1c4820491c69ac45b4f86d799b3292f2eb422054a442cafdfe3207") },
	{ CODEC_ZLIB, 2, false,
	  ("78da"
	   "7354284bcd4bc92f522f56c8cc4d4c4f55c8c8cf49295628cbcf29cd4d2dd68131c0c20a6999392031300511294e4d2ec9cccf2b"
	   "d653701c3568a8180400c746b4bd") },
	{ CODEC_GZIP, 10, false,
	  ("1f8b08000000000002ff"
	   "7354284bcd4bc92f522f56c8cc4d4c4f55c8c8cf49295628cbcf29cd4d2dd68131c0c20a6999392031300511294e4d2ec9cccf2b"
	   "d653701c3568a81804002af83c3df4010000") },
	{ CODEC_DEFLATE, 0, false,
	  ("7354284bcd4bc92f522f56c8cc4d4c4f55c8c8cf49295628cbcf29cd4d2dd68131c0c20a6999392031300511294e4d2ec9cccf2b"
	   "d653701c3568a8180400") },
	{ CODEC_LZ4, 7, false, /* without the size, which the frame may have */
	  ("04224d186440a7"
	   "48000000f410412076656e646f72277320696d61676520686f6c647320766f6c756d65732c0900011700402066696c1400010700"
	   "021200af73656374696f6e732e204900ff945020686f6c64000000004e1e2fb3") },
	{ CODEC_LZ4_BLOCK, 0, false,
	  ("f410412076656e646f72277320696d61676520686f6c647320766f6c756d65732c0900011700402066696c140001070002120"
	   "0af73656374696f6e732e204900ff945020686f6c64") },
};

static const uint8_t *text(void)
{
	static uint8_t b[N];

	for (size_t i = 0; i < N; i++)
		b[i] = (uint8_t)TEXT[i % strlen(TEXT)];
	return b;
}

static unsigned digit(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static struct image unhex(const char *hex)
{
	struct image m = { .n = 0 };

	assert_int_equal(strlen(hex) % 2, 0);
	for (; *hex; hex += 2)
		put(&m, digit(hex[0]) << 4 | digit(hex[1]), 1);
	return m;
}

static struct image stream(enum codec c)
{
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		if (streams[i].c == c)
			return unhex(streams[i].hex);
	fail();
	return (struct image) { .n = 0 };
}

/* Decode from a block of just that size; -IGD_E... leaves the output alone, and the report says the same. */
static int decode(enum codec c, struct span s, size_t size, size_t limit, struct buffer *ret)
{
	uint8_t *copy = malloc(s.n ? s.n : 1);
	struct report rep = { 0 };
	struct buffer before = *ret;
	int r;

	assert_non_null(copy);
	if (s.n)
		memcpy(copy, s.p, s.n);
	r = codec_decode(c, (struct span) { copy, s.n }, size, limit, ret, &rep);
	assert_int_equal(r, rep.code);
	assert_true(r <= 0);
	if (r < 0)
		assert_memory_equal(ret, &before, sizeof(before));
	else
		assert_true(ret->p != NULL && ret->n <= limit);
	free(copy);
	return r;
}

static void wants(enum codec c, const struct image *m, size_t size, size_t limit, int answer)
{
	struct buffer b = { 0 };

	assert_int_equal(decode(c, image_span(m), size, limit, &b), answer);
	if (answer == 0) {
		assert_int_equal(b.n, N);
		assert_memory_equal(b.p, text(), N);
	}
	buffer_done(&b);
}

static void decodes_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct image m = unhex(streams[i].hex);
		enum codec c = streams[i].c;

		wants(c, &m, 0, PLENTY, 0);
		wants(c, &m, N, PLENTY, 0);
		wants(c, &m, 0, N, 0);
		wants(c, &m, N, N, 0);
		wants(c, &m, 0, N - 1, -IGD_ELIMIT);
		wants(c, &m, 0, 0, -IGD_ELIMIT);
		wants(c, &m, N - 1, PLENTY, -IGD_ELENGTH);
		wants(c, &m, N + 1, PLENTY, -IGD_ELENGTH);
		m.n--; /* of Tiano the last byte is never looked at, but it was declared */
		if (!streams[i].sized || c == CODEC_TIANO || c == CODEC_EFI11 || c == CODEC_BROTLI)
			wants(c, &m, 0, PLENTY, -IGD_ETRUNC);
		m.n = streams[i].head;
		wants(c, &m, 0, PLENTY, -IGD_ETRUNC);
		m.n = 0;
		wants(c, &m, 0, PLENTY, -IGD_ETRUNC);
		assert_true(strlen(codec_str(c)) > 2);
	}
}

static void lets_trailing_bytes_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct image m = unhex(streams[i].hex);

		if (streams[i].c == CODEC_LZ4_BLOCK) /* it ends where its bytes do */
			continue;
		put(&m, 0x0123456789abcdef, 8);
		wants(streams[i].c, &m, 0, PLENTY, 0);
	}
}

static void believes_no_size(void **state)
{
	struct image m = stream(CODEC_TIANO);

	(void)state;
	set(&m, 4, 0xf0000000, 4);
	wants(CODEC_TIANO, &m, 0, PLENTY, -IGD_ELIMIT);
	wants(CODEC_TIANO, &m, 0, SIZE_MAX, -IGD_ETRUNC);
	set(&m, 4, N - 1, 4);
	wants(CODEC_TIANO, &m, 0, PLENTY, -IGD_EMAGIC); /* a match goes on behind it */
	set(&m, 4, N + 1, 4);
	wants(CODEC_TIANO, &m, 0, PLENTY, -IGD_ETRUNC); /* what follows the block is none */
	set(&m, 4, N, 4);
	set(&m, 0, m.n - 7, 4);
	wants(CODEC_TIANO, &m, 0, PLENTY, -IGD_ETRUNC);

	m = stream(CODEC_BROTLI);
	set(&m, 0, UINT64_MAX, 8);
	wants(CODEC_BROTLI, &m, 0, PLENTY, -IGD_ELIMIT);
	set(&m, 0, N - 1, 8);
	wants(CODEC_BROTLI, &m, 0, PLENTY, -IGD_ELENGTH);
	set(&m, 0, N + 1, 8);
	wants(CODEC_BROTLI, &m, 0, PLENTY, -IGD_ELENGTH);

	m = stream(CODEC_LZMA_F86);
	set(&m, 5, UINT64_MAX - 1, 8);
	wants(CODEC_LZMA, &m, 0, PLENTY, -IGD_ELIMIT);
	wants(CODEC_LZMA, &m, 0, SIZE_MAX, -IGD_ETRUNC);
	set(&m, 5, (uint64_t)1 << 30, 8);
	wants(CODEC_LZMA, &m, 0, SIZE_MAX, -IGD_ETRUNC);
	set(&m, 5, N + 1, 8); /* behind N is the mark of the end */
	wants(CODEC_LZMA, &m, 0, PLENTY, -IGD_ELENGTH);
}

static void takes_any_dictionary(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 4095, 4096, 0x00100001, 0x7fffffff, 0xffffffff };
	struct image m = stream(CODEC_LZMA);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		set(&m, 1, sizes[i], 4);
		set(&m, 5, UINT64_MAX, 8);
		wants(CODEC_LZMA, &m, 0, PLENTY, 0);
		wants(CODEC_LZMA, &m, 0, SIZE_MAX, 0);
		set(&m, 5, N, 8);
		wants(CODEC_LZMA, &m, 0, PLENTY, 0);
	}
	set(&m, 0, 225, 1); /* no such properties */
	wants(CODEC_LZMA, &m, 0, PLENTY, -IGD_EMAGIC);
	set(&m, 0, 9 * 4 + 1, 1); /* lc and lp are 5 together */
	wants(CODEC_LZMA, &m, 0, PLENTY, -IGD_EMAGIC);
}

static void decodes_nothing_to_nothing(void **state)
{
	static const struct {
		enum codec c;
		const char *hex;
	} none[] = {
		{ CODEC_TIANO, "0000000000000000" },
		{ CODEC_EFI11, "010000000000000000" },
		{ CODEC_LZMA, "5d000080000000000000000000" },
		{ CODEC_LZMA, "5d00000100ffffffffffffffff0083fffbffffc0000000" },
		{ CODEC_BROTLI, "0000000000000000000000000000000006" },
		{ CODEC_ZLIB, "789c030000000001" },
		{ CODEC_GZIP, "1f8b080000000000000303000000000000000000" },
		{ CODEC_LZ4_BLOCK, "00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct image m = unhex(none[i].hex);
		struct buffer b = { 0 };

		assert_int_equal(decode(none[i].c, image_span(&m), 0, PLENTY, &b), 0);
		assert_int_equal(b.n, 0);
		buffer_done(&b);
		assert_int_equal(decode(none[i].c, image_span(&m), 0, 0, &b), 0);
		buffer_done(&b);
	}
}

static void defuses_a_bomb(void **state)
{
	const uLong n = 4 << 20;
	uLongf packed = compressBound(n);
	uint8_t *zeros = calloc(1, n), *z = malloc(packed);
	struct buffer b = { 0 };

	(void)state;
	assert_true(zeros && z);
	assert_int_equal(compress2(z, &packed, zeros, n, 9), Z_OK);
	assert_int_equal(decode(CODEC_ZLIB, (struct span) { z, packed }, 0, n - 1, &b), -IGD_ELIMIT);
	assert_int_equal(decode(CODEC_ZLIB, (struct span) { z, packed }, 1000, n, &b), -IGD_ELENGTH);
	assert_int_equal(decode(CODEC_ZLIB, (struct span) { z, packed }, packed * 1100, SIZE_MAX, &b), -IGD_ETRUNC);
	assert_int_equal(decode(CODEC_ZLIB, (struct span) { z, packed }, 0, n, &b), 0);
	assert_int_equal(b.n, n);
	assert_memory_equal(b.p, zeros, n);
	buffer_done(&b);
	free(zeros);
	free(z);
}

static uint32_t random_next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

/* Calls near and far, thick and thin, overlapping too: what liblzma's filter makes of them is undone. */
static void undoes_the_x86_filter(void **state)
{
	static const uint8_t common[] = { 0xe8, 0xe9, 0x00, 0xff, 0xe8, 0x00, 0xfe, 0x01 };
	lzma_options_lzma options;
	lzma_filter filters[] = { { LZMA_FILTER_X86, NULL },
				  { LZMA_FILTER_LZMA1, &options },
				  { LZMA_VLI_UNKNOWN, NULL } };
	static uint8_t code[3000], packed[13 + 8192];
	uint32_t x = 1;

	(void)state;
	assert_false(lzma_lzma_preset(&options, 6));
	for (unsigned round = 0; round < 300; round++) {
		size_t n = round < 20 ? round : random_next(&x) % sizeof(code), n_packed = 13;
		struct buffer b = { 0 };

		for (size_t i = 0; i < n; i++)
			code[i] = random_next(&x) % 8 < round % 9 ? common[random_next(&x) % 8]
								  : (uint8_t)random_next(&x);
		memset(packed, 0, 13);
		packed[0] = 0x5d;
		packed[3] = 0x80;
		packed[5] = (uint8_t)n;
		packed[6] = (uint8_t)(n >> 8);
		assert_int_equal(lzma_raw_buffer_encode(filters, NULL, code, n, packed, &n_packed, sizeof(packed)),
				 LZMA_OK);
		assert_int_equal(decode(CODEC_LZMA_F86, (struct span) { packed, n_packed }, 0, PLENTY, &b), 0);
		assert_int_equal(b.n, n);
		if (n)
			assert_memory_equal(b.p, code, n);
		buffer_done(&b);
	}
}

/* Bits from the most significant on, behind a header that is written at the end. */
static void bits(struct image *m, size_t *at, unsigned n, uint32_t v)
{
	while (n-- > 0) {
		if (*at % 8 == 0)
			put(m, 0, 1);
		m->b[m->n - 1] |= (uint8_t)((v >> n & 1) << (7 - *at % 8));
		++*at;
	}
}

/* A block whose codes have one symbol each. */
static struct image single(unsigned n_symbols, unsigned c, unsigned p, uint32_t size)
{
	struct image m = { .n = 8 };
	size_t at = 0;

	bits(&m, &at, 16, n_symbols);
	bits(&m, &at, 5, 0);
	bits(&m, &at, 5, 0);
	bits(&m, &at, 9, 0);
	bits(&m, &at, 9, c);
	bits(&m, &at, 5, 0);
	bits(&m, &at, 5, p);
	set(&m, 0, m.n - 8, 4);
	set(&m, 4, size, 4);
	return m;
}

static int decode_tiano(const struct image *m, struct buffer *ret)
{
	return decode(CODEC_TIANO, image_span(m), 0, PLENTY, ret);
}

static void reads_codes_without_bits(void **state)
{
	struct image m = single(20000, 'x', 0, 20000);
	struct buffer b = { 0 };

	(void)state;
	assert_int_equal(decode_tiano(&m, &b), 0);
	assert_int_equal(b.n, 20000);
	for (size_t i = 0; i < b.n; i++)
		assert_int_equal(b.p[i], 'x');
	buffer_done(&b);
	set(&m, 8, 0, 2); /* a count of none is 65,536 */
	set(&m, 4, 65536, 4);
	assert_int_equal(decode_tiano(&m, &b), 0);
	buffer_done(&b);
	set(&m, 4, 65537, 4);
	assert_int_equal(decode_tiano(&m, &b), -IGD_ETRUNC);
	m = single(5, 300, 0, 5); /* a match before there is anything */
	assert_int_equal(decode_tiano(&m, &b), -IGD_EMAGIC);
	m = single(5, 300, 31, 5); /* with 30 bits of position, that are not there */
	assert_int_equal(decode_tiano(&m, &b), -IGD_ETRUNC);
	m = single(5, 511, 0, 5);
	assert_int_equal(decode_tiano(&m, &b), -IGD_EMAGIC);
}

/* The lengths of T as given, then of C and P one symbol each. */
static struct image with_t(const uint8_t *lengths, unsigned n)
{
	struct image m = { .n = 8 };
	size_t at = 0;

	bits(&m, &at, 16, 1);
	bits(&m, &at, 5, n);
	for (unsigned i = 0; i < n; i++) {
		if (lengths[i] < 7)
			bits(&m, &at, 3, lengths[i]);
		else
			bits(&m, &at, lengths[i] - 3u, (1u << (lengths[i] - 3)) - 2);
		if (i == 2)
			bits(&m, &at, 2, 0);
	}
	bits(&m, &at, 9, 0);
	bits(&m, &at, 9, 'y');
	bits(&m, &at, 5, 0);
	bits(&m, &at, 5, 0);
	set(&m, 0, m.n - 8, 4);
	set(&m, 4, 1, 4);
	return m;
}

static void refuses_codes_that_are_none(void **state)
{
	static const struct {
		uint8_t lengths[18];
		unsigned n;
		int answer;
	} rows[] = {
		{ { 1, 1 }, 2, 0 },
		{ { 0, 0 }, 2, 0 }, /* none at all: BaseUefiDecompressLib.c takes it */
		{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16 }, 17, 0 },
		{ { 1 }, 1, -IGD_EMAGIC },
		{ { 1, 1, 1 }, 3, -IGD_EMAGIC },
		{ { 1, 1, 1, 1 }, 4, -IGD_EMAGIC }, /* twice too many: it must not wrap */
		{ { 1, 2, 3 }, 3, -IGD_EMAGIC },
		{ { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 17 }, 17, -IGD_EMAGIC },
	};
	struct buffer b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image m = with_t(rows[i].lengths, rows[i].n);

		assert_int_equal(decode_tiano(&m, &b), rows[i].answer);
		if (rows[i].answer == 0) {
			assert_int_equal(b.n, 1);
			assert_int_equal(b.p[0], 'y');
		}
		buffer_done(&b);
	}
}

static void goes_round(const uint8_t *p, size_t n, size_t most)
{
	struct buffer packed = { 0 }, b = { 0 };
	bool exact = false;
	enum codec which;

	for (enum codec c = CODEC_TIANO; c <= CODEC_EFI11; c++) {
		unsigned position_bits = c == CODEC_TIANO ? TIANO_POSITION_BITS : EFI11_POSITION_BITS;

		assert_int_equal(tiano_encode((struct span) { p, n }, c, &packed), 0);
		assert_true(packed.n <= most);
		assert_int_equal(tiano_decode(buffer_span(&packed), position_bits, n, n, &b, &exact, NULL), 0);
		assert_true(exact);
		assert_int_equal(b.n, n);
		if (n)
			assert_memory_equal(b.p, p, n);
		buffer_done(&b);
		assert_int_equal(codec_decode_efi(buffer_span(&packed), n, n, NULL, &b, &which, NULL), 0);
		assert_int_equal(b.n, n);
		buffer_done(&b);
		buffer_done(&packed);
	}
}

static void tiano_goes_round(void **state)
{
	const size_t n = 1 << 20;
	uint8_t *p = malloc(n);
	uint32_t x = 7;

	(void)state;
	assert_non_null(p);
	goes_round(NULL, 0, 16);
	for (size_t i = 1; i < 40; i++) {
		memset(p, 'z', i);
		goes_round(p, i, 32);
		goes_round(text(), i, 2 * i + 32);
	}
	goes_round(text(), N, 80);
	memset(p, 0, n);
	goes_round(p, n, 300);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)random_next(&x);
	goes_round(p, n, n + n / 100);
	for (size_t i = 0; i < n; i++) /* as machine code is: some bytes often, in runs that come again */
		p[i] = i > 5000 && random_next(&x) % 16 ? p[i - 1 - 4096 * (i / 65536 % 3)]
							: (uint8_t)(random_next(&x) % 24 * 9);
	goes_round(p, n, n);
	for (size_t i = 0; i < n; i++) /* counts like Fibonacci's: codes want to be longer than 16 bits */
		p[i] = (uint8_t)__builtin_clz(random_next(&x) | 1);
	goes_round(p, n, n);
	free(p);
}

/* The windows: a run that comes again from just as far as may be, and from one further. */
static void tiano_keeps_its_window(void **state)
{
	static const size_t windows[] = { 1 << 13, 1 << 19 };
	const size_t n = 3 << 19;
	uint8_t *p = malloc(n);

	(void)state;
	assert_non_null(p);
	for (size_t w = 0; w < 2; w++)
		for (size_t more = 0; more < 2; more++) {
			size_t distance = windows[w] + more;

			for (size_t i = 0; i < distance; i++)
				p[i] = (uint8_t)((i * UINT32_C(2654435761)) >> 23);
			memcpy(p + distance, p, 500);
			goes_round(p, distance + 500, n);
		}
	free(p);
}

static bool begins_with_a(struct span s)
{
	return span_is(s, 0, "A vendor");
}

static bool dislikes_all(struct span s)
{
	return s.n > PLENTY;
}

static void tells_tiano_from_efi11(void **state)
{
	bool (*const likes[])(struct span) = { NULL, begins_with_a, dislikes_all };
	struct buffer b = { 0 };
	enum codec which;

	(void)state;
	for (enum codec c = CODEC_TIANO; c <= CODEC_EFI11; c++)
		for (size_t i = 0; i < 3; i++) {
			struct image m = stream(c);
			struct report rep = { 0 };

			assert_int_equal(codec_decode_efi(image_span(&m), N, PLENTY, likes[i], &b, &which, &rep), 0);
			assert_int_equal(which, c);
			assert_memory_equal(b.p, text(), N);
			buffer_done(&b);
			assert_int_equal(rep.code, 0);
			assert_int_equal(codec_decode_efi(image_span(&m), N + 1, PLENTY, likes[i], &b, &which, &rep),
					 -IGD_ELENGTH);
			assert_int_equal(rep.code, -IGD_ELENGTH);
		}
}

static enum codec damaged;

static void try(struct span s)
{
	struct buffer b = { 0 };
	enum codec which;

	if (decode(damaged, s, 0, 1 << 16, &b) == 0)
		buffer_done(&b);
	if (decode(damaged, s, N, 1 << 16, &b) == 0)
		buffer_done(&b);
	if (damaged == CODEC_TIANO && codec_decode_efi(s, 0, 1 << 16, NULL, &b, &which, NULL) == 0)
		buffer_done(&b);
}

static void survives_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct image m = unhex(streams[i].hex);

		damaged = streams[i].c;
		image_damage(image_span(&m), try);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_each),
		cmocka_unit_test(lets_trailing_bytes_be),
		cmocka_unit_test(believes_no_size),
		cmocka_unit_test(takes_any_dictionary),
		cmocka_unit_test(decodes_nothing_to_nothing),
		cmocka_unit_test(defuses_a_bomb),
		cmocka_unit_test(undoes_the_x86_filter),
		cmocka_unit_test(reads_codes_without_bits),
		cmocka_unit_test(refuses_codes_that_are_none),
		cmocka_unit_test(tiano_goes_round),
		cmocka_unit_test(tiano_keeps_its_window),
		cmocka_unit_test(tells_tiano_from_efi11),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
