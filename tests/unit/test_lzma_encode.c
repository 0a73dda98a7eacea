// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LZMA streams, whole and resumed. The oracle is liblzma's decoder (fw/codec.c): whatever way a stream was made, it
 * must give the bytes back. A resumed one must also begin with the bytes of the old one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/macros.h"
#include "fw/codec.h"
#include "fw/lzma_encode.h"

#define N 3000

static uint8_t bytes[N];
static struct buffer stream; /* of them */

/* A header alone, for its properties: @b is (pb * 5 + lp) * 9 + lc. */
static struct span model(uint8_t b)
{
	static uint8_t head[13];

	head[0] = b;
	head[3] = 0x10; /* a dictionary of 1 MiB */
	return SPAN_OF(head);
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Text that repeats itself, noise, a run, and text again: every kind of symbol. */
static void bytes_fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t r = next_random(&seed);

		if (i % 1000 < 400)
			p[i] = (uint8_t) "the quick brown fox jumps over a lazy dog. "[i * (1 + i / 1000) % 43];
		else if (i % 1000 < 600)
			p[i] = (uint8_t)r;
		else if (i % 1000 < 800)
			p[i] = 0xff;
		else
			p[i] = r & 3 ? p[i - 211 - (r & 4)] : (uint8_t)(r >> 8);
	}
}

static void assert_gives(struct span lzma, const uint8_t *want, size_t n)
{
	_cleanup_(buffer_done) struct buffer got = { 0 };
	struct report rep = { 0 };

	assert_int_equal(codec_decode(CODEC_LZMA, lzma, n, (size_t)1 << 24, &got, &rep), 0);
	assert_int_equal(got.n, n);
	if (n)
		assert_memory_equal(got.p, want, n);
}

static int setup(void **state _unused_)
{
	bytes_fill(bytes, N, 1);
	return lzma_encode(SPAN_OF(bytes), model(0x5d), 6, &stream, NULL);
}

static int teardown(void **state _unused_)
{
	buffer_done(&stream);
	return 0;
}

static void whole_at_each_level(void **state _unused_)
{
	size_t least = SIZE_MAX;

	for (unsigned level = 0; level <= 10; level++) {
		_cleanup_(buffer_done) struct buffer got = { 0 };

		assert_int_equal(lzma_encode(SPAN_OF(bytes), model(0x5d), level, &got, NULL), 0);
		assert_gives(buffer_span(&got), bytes, N);
		least = got.n < least ? got.n : least;
		if (level == 10)
			assert_in_range(got.n, 1, least + 16);
	}
}

/* OVMF's sizes are true, so a header without one (all FF) would not start. */
static void true_size_and_the_models_properties(void **state _unused_)
{
	_cleanup_(buffer_done) struct buffer got = { 0 };
	uint64_t size;
	uint32_t dict;

	assert_int_equal(lzma_encode(SPAN_OF(bytes), model(0x5d), 3, &got, NULL), 0);
	assert_true(span_le64(buffer_span(&got), 5, &size));
	assert_true(span_le32(buffer_span(&got), 1, &dict));
	assert_int_equal(size, N);
	assert_int_equal(dict, 1 << 20);
	assert_int_equal(got.p[0], 0x5d);
}

static void nothing_to_compress(void **state _unused_)
{
	_cleanup_(buffer_done) struct buffer whole = { 0 }, again = { 0 };
	const struct span none = { NULL, 0 };

	assert_int_equal(lzma_encode(none, model(0x5d), 6, &whole, NULL), 0);
	assert_gives(buffer_span(&whole), NULL, 0);
	assert_int_equal(lzma_resume(buffer_span(&stream), none, 0, &again, NULL), 0);
	assert_gives(buffer_span(&again), NULL, 0);
}

/* From each offset on, the rest is something else, of another length. */
static void resumed_at_each_offset(void **state _unused_)
{
	static uint8_t changed[N + 500];

	for (size_t same = 0; same <= N; same++) {
		_cleanup_(buffer_done) struct buffer got = { 0 };
		size_t n = same + (same * 7 + 3) % (sizeof(changed) - same);

		memcpy(changed, bytes, same);
		for (size_t i = same; i < n; i++)
			changed[i] = (uint8_t)((i >> 3) * 37 ^ (i < N ? bytes[N - 1 - i] : i));
		assert_int_equal(lzma_resume(buffer_span(&stream), (struct span) { changed, n }, same, &got, NULL),
				 0);
		assert_gives(buffer_span(&got), changed, n);
	}
}

/* Unchanged bytes cost what they cost before: all of the old stream but its end is there. */
static void the_old_stream_is_kept(void **state _unused_)
{
	_cleanup_(buffer_done) struct buffer got = { 0 };
	size_t same = 0;

	assert_int_equal(lzma_resume(buffer_span(&stream), SPAN_OF(bytes), N, &got, NULL), 0);
	assert_gives(buffer_span(&got), bytes, N);
	while (same < got.n && same < stream.n && got.p[same] == stream.p[same])
		same++;
	assert_in_range(same, stream.n * 8 / 10, stream.n);
	assert_in_range(got.n, stream.n - 200, stream.n + 200);
}

static void every_property(void **state _unused_)
{
	for (uint8_t b = 0; b < 9 * 5 * 5; b++) {
		_cleanup_(buffer_done) struct buffer old = { 0 }, got = { 0 };
		int r = lzma_encode(SPAN_OF(bytes), model(b), 1, &old, NULL);

		if (b % 9 + b / 9 % 5 > 4) {
			assert_int_equal(r, -IGD_EMAGIC);
			continue;
		}
		assert_int_equal(r, 0);
		assert_int_equal(lzma_resume(buffer_span(&old), SPAN_OF(bytes), N / 2, &got, NULL), 0);
		assert_gives(buffer_span(&got), bytes, N);
	}
}

/* A carry runs through all bytes of FF that wait for it, also through those that were taken over. */
static void carries(void **state _unused_)
{
	static uint8_t noise[1 << 14];
	_cleanup_(buffer_done) struct buffer old = { 0 };
	uint32_t seed = 7;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(next_random(&seed) % 3 ? next_random(&seed) : 0xff);
	assert_int_equal(lzma_encode(SPAN_OF(noise), model(0x5d), 0, &old, NULL), 0);
	for (size_t same = 300; same < sizeof(noise); same += 211) {
		_cleanup_(buffer_done) struct buffer got = { 0 };
		size_t n = same + 300 < sizeof(noise) ? same + 300 : sizeof(noise);

		assert_int_equal(lzma_resume(buffer_span(&old), (struct span) { noise, n }, same, &got, NULL), 0);
		assert_gives(buffer_span(&got), noise, n);
	}
}

/* What OVMF is: a little that is new in front of much that is empty. */
static void a_long_run_is_small(void **state _unused_)
{
	const size_t n = (size_t)4 << 20;
	_cleanup_(buffer_done) struct buffer big = { malloc(n), n }, got = { 0 };

	assert_non_null(big.p);
	memset(big.p, 0xff, n);
	memcpy(big.p, bytes, N);
	assert_int_equal(lzma_resume(buffer_span(&stream), buffer_span(&big), N, &got, NULL), 0);
	assert_gives(buffer_span(&got), big.p, n);
	assert_in_range(got.n, stream.n, stream.n + 2000);
}

static void refuses(void **state _unused_)
{
	struct buffer got = { NULL, 77 };
	struct span head;

	assert_int_equal(lzma_resume(buffer_span(&stream), SPAN_OF(bytes), N + 1, &got, NULL), -IGD_EUSAGE);
	assert_true(span_cut(buffer_span(&stream), 0, 12, &head));
	assert_int_equal(lzma_resume(head, SPAN_OF(bytes), 0, &got, NULL), -IGD_ETRUNC);
	assert_int_equal(lzma_encode(SPAN_OF(bytes), head, 0, &got, NULL), -IGD_ETRUNC);
	assert_int_equal(lzma_resume(model(0xff), SPAN_OF(bytes), 0, &got, NULL), -IGD_EMAGIC);
	assert_int_equal(got.n, 77);
}

static void cut_at_each_length(void **state _unused_)
{
	for (size_t n = 0; n < stream.n - 300; n++) {
		struct buffer got = { NULL, 77 };
		struct span part;
		int r;

		assert_true(span_cut(buffer_span(&stream), 0, n, &part));
		r = lzma_resume(part, SPAN_OF(bytes), N, &got, NULL);
		assert_true(r == -IGD_ETRUNC || r == -IGD_EMAGIC);
		assert_int_equal(got.n, 77);
	}
}

/* Another stream than the bytes are of: refused, or a stream of something; never a fault. */
static void each_byte_changed(void **state _unused_)
{
	size_t refused = 0;

	for (size_t i = 0; i < stream.n; i++) {
		struct buffer got = { 0 };

		stream.p[i] ^= 0x55;
		refused += lzma_resume(buffer_span(&stream), SPAN_OF(bytes), N, &got, NULL) < 0;
		stream.p[i] ^= 0x55;
		buffer_done(&got);
	}
	assert_in_range(refused, stream.n / 2, stream.n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_at_each_level),
		cmocka_unit_test(true_size_and_the_models_properties),
		cmocka_unit_test(nothing_to_compress),
		cmocka_unit_test(resumed_at_each_offset),
		cmocka_unit_test(the_old_stream_is_kept),
		cmocka_unit_test(every_property),
		cmocka_unit_test(carries),
		cmocka_unit_test(a_long_run_is_small),
		cmocka_unit_test(refuses),
		cmocka_unit_test(cut_at_each_length),
		cmocka_unit_test(each_byte_changed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
