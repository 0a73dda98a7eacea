// SPDX-License-Identifier: GPL-2.0-or-later
/* test_span.c - no read leaves its span, no refused read touches its output, and lines end where they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/text.h"

static const uint8_t bytes[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x10, 0x32 };

static void test_cut(void **state)
{
	static const struct {
		size_t at, n;
		bool fits;
	} cases[] = {
		{ 0, 0, true },
		{ 0, 10, true },
		{ 10, 0, true },
		{ 9, 1, true },
		{ 0, 11, false },
		{ 11, 0, false },
		{ 10, 1, false },
		{ SIZE_MAX, 1, false },
		{ 1, SIZE_MAX, false },
		{ SIZE_MAX, 0, false },
		{ SIZE_MAX, SIZE_MAX, false },
	};
	const struct span whole = SPAN_OF(bytes);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct span c = { bytes + 3, 77 };

		assert_int_equal(span_cut(whole, cases[i].at, cases[i].n, &c), cases[i].fits);
		assert_int_equal(c.n, cases[i].fits ? cases[i].n : 77);
		assert_ptr_equal(c.p, cases[i].fits ? bytes + cases[i].at : bytes + 3);
	}
}

static void test_from(void **state)
{
	const struct span whole = SPAN_OF(bytes);
	struct span c;

	(void)state;
	assert_true(span_from(whole, 10, &c));
	assert_int_equal(c.n, 0);
	assert_true(span_from(whole, 4, &c));
	assert_int_equal(c.n, 6);
	assert_false(span_from(whole, 11, &c));
	assert_false(span_from(whole, SIZE_MAX, &c));
	assert_int_equal(c.n, 6);
}

/* Each reader at each place of each length, against the bytes put together by hand. */
static void test_numbers(void **state)
{
	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++)
		for (size_t at = 0; at <= len + 2; at++) {
			const struct span s = { bytes, len };
			uint64_t want = 0, u64 = 7;
			uint32_t u32 = 7;
			uint16_t u16 = 7;
			uint8_t u8 = 7;

			for (size_t i = 0; i < 8 && at + i < len; i++)
				want |= (uint64_t)bytes[at + i] << 8 * i;
			assert_int_equal(span_u8(s, at, &u8), at + 1 <= len);
			assert_int_equal(u8, at + 1 <= len ? (uint8_t)want : 7);
			assert_int_equal(span_le16(s, at, &u16), at + 2 <= len);
			assert_int_equal(u16, at + 2 <= len ? (uint16_t)want : 7);
			assert_int_equal(span_le32(s, at, &u32), at + 4 <= len);
			assert_int_equal(u32, at + 4 <= len ? (uint32_t)want : 7);
			assert_int_equal(span_le64(s, at, &u64), at + 8 <= len);
			assert_true(u64 == (at + 8 <= len ? want : 7));
		}
}

static void test_far(void **state)
{
	const struct span s = SPAN_OF(bytes);
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	(void)state;
	for (size_t back = 0; back < 9; back++) { /* at + n would wrap to a small number */
		assert_false(span_u8(s, SIZE_MAX - back, &u8));
		assert_false(span_le16(s, SIZE_MAX - back, &u16));
		assert_false(span_le32(s, SIZE_MAX - back, &u32));
		assert_false(span_le64(s, SIZE_MAX - back, &u64));
	}
}

/* A span without bytes may have no pointer either; nothing may be added to that or compared with it. */
static void test_nothing(void **state)
{
	const struct span none = { NULL, 0 };
	struct span c = { bytes, 1 }, line;
	uint8_t u8;

	(void)state;
	assert_true(span_cut(none, 0, 0, &c));
	assert_int_equal(c.n, 0);
	assert_false(span_cut(none, 0, 1, &c));
	assert_true(span_from(none, 0, &c));
	assert_false(span_u8(none, 0, &u8));
	assert_true(span_is(none, 0, ""));
	assert_false(span_is(none, 0, "x"));
	assert_int_equal(span_before(none, 'x').n, 0);
	assert_false(span_line(&c, &line));
	assert_int_equal(text_trim(none).n, 0);
	assert_false(text_has(none, "x"));
}

static void test_is(void **state)
{
	const struct span s = span_str("55AA PCIR");

	(void)state;
	assert_true(span_is(s, 5, "PCIR"));
	assert_false(span_is(s, 6, "PCIR"));
	assert_false(span_is(s, 6, "CIR!"));
	assert_true(span_is(s, 9, ""));
	assert_false(span_is(s, 10, ""));
	assert_int_equal(span_before(s, ' ').n, 4);
	assert_int_equal(span_before(s, '!').n, 9);
	assert_int_equal(span_before(s, '5').n, 0);
}

struct lines {
	const char *text;
	size_t n;
	const char *want[4];
};

static void test_lines(void **state)
{
	static const struct lines cases[] = {
		{ "", 0, { NULL } },
		{ "a", 1, { "a", NULL } },
		{ "a\n", 2, { "a", NULL } }, /* the end of a line begins no other */
		{ "\n", 1, { "", NULL } },
		{ "\n\n", 2, { "", "", NULL } },
		{ "a\r\nb\r\n", 6, { "a", "b", NULL } },
		{ "a\rb\n", 4, { "a\rb", NULL } }, /* an old Mac's line is none of ours */
		{ "a\r\r\n", 4, { "a\r", NULL } },
		{ "\r\n\r", 3, { "", "", NULL } },
		{ "a\n\nb", 4, { "a", "", "b", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct span rest = { (const uint8_t *)cases[i].text, cases[i].n }, line;
		size_t n = 0;

		while (span_line(&rest, &line)) {
			assert_non_null(cases[i].want[n]);
			assert_true(text_eq(line, cases[i].want[n]));
			n++;
		}
		assert_null(cases[i].want[n]);
		assert_int_equal(rest.n, 0);
	}
}

/* NUL bytes are bytes of a line, and every byte is in exactly one line or its end. */
static void test_lines_binary(void **state)
{
	struct span rest, line;
	size_t n = 0;

	(void)state;
	rest = (struct span) { (const uint8_t *)"a\0b\n\0\n", 6 };
	assert_true(span_line(&rest, &line));
	assert_int_equal(line.n, 3);
	assert_true(span_line(&rest, &line));
	assert_int_equal(line.n, 1);
	assert_false(span_line(&rest, &line));
	assert_int_equal(line.n, 1); /* as it was */
	for (rest = SPAN_OF("\n\n\n\n\n\n\n"); span_line(&rest, &line); n++)
		assert_in_range(line.n, 0, 1);
	assert_int_equal(n, 8); /* the array's own terminating zero is the last */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),   cmocka_unit_test(test_from),	   cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_far),   cmocka_unit_test(test_nothing),	   cmocka_unit_test(test_is),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_lines_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
