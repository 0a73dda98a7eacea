// SPDX-License-Identifier: GPL-2.0-or-later
/* test_text.c - words, numbers and characters out of text that may not be text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include <stdio.h>

#include "base/macros.h"
#include "base/text.h"

static void test_trim(void **state)
{
	(void)state;
	assert_true(text_eq(text_trim(span_str(" \t a b \r\n\v\f")), "a b"));
	assert_true(text_eq(text_trim(span_str("   ")), ""));
	assert_true(text_eq(text_trim(span_str("")), ""));
	assert_true(text_eq(text_trim(span_str("a")), "a"));
}

static void test_compare(void **state)
{
	const struct span s = span_str("intel_iommu=on");

	(void)state;
	assert_true(text_eq(s, "intel_iommu=on"));
	assert_false(text_eq(s, "intel_iommu=o"));
	assert_false(text_eq(s, "intel_iommu=on "));
	assert_false(text_eq((struct span) { (const uint8_t *)"a\0b", 3 }, "a")); /* NUL ends nothing */
	assert_true(text_starts(s, "intel"));
	assert_true(text_starts(s, ""));
	assert_false(text_starts(s, "intel_iommu=on,"));
	assert_true(text_ends(s, "=on"));
	assert_true(text_ends(s, ""));
	assert_false(text_ends(s, "xintel_iommu=on"));
}

static void test_find(void **state)
{
	const struct span s = span_str("aabaab");

	(void)state;
	assert_int_equal(text_find(s, "ab"), 1);
	assert_int_equal(text_find(s, "aabaab"), 0);
	assert_int_equal(text_find(s, "aabaabx"), 6);
	assert_int_equal(text_find((struct span) { s.p, 1 }, "ab"), 1); /* the b lies outside */
	assert_true(text_has(s, "baa"));
	assert_false(text_has(s, "bb"));
}

static void test_words(void **state)
{
	struct span s = span_str("  one\ttwo \r\n three"), w = span_str("untouched");
	size_t n = 0;

	(void)state;
	while (text_word(&s, &w))
		n++;
	assert_int_equal(n, 3);
	assert_true(text_eq(w, "three"));
	assert_false(text_word(&s, &w));
	assert_true(text_eq(w, "three"));
	s = span_str(" \n ");
	assert_false(text_word(&s, &w));
}

static void test_until(void **state)
{
	struct span s = span_str("key=value=more"), part;

	(void)state;
	assert_true(text_until(&s, "=", &part));
	assert_true(text_eq(part, "key"));
	assert_true(text_eq(s, "value=more"));
	assert_false(text_until(&s, "::", &part));
	assert_true(text_eq(s, "value=more"));
	assert_true(text_eq(part, "key"));
	assert_true(text_skip(&s, "value"));
	assert_false(text_skip(&s, "more"));
	assert_true(text_until(&s, "=more", &part)); /* the separator at both ends */
	assert_int_equal(part.n, 0);
	assert_int_equal(s.n, 0);
}

static void test_part(void **state)
{
	struct span s = span_str("a,,bc,"), part;

	(void)state;
	assert_true(text_part(&s, ",", &part));
	assert_true(text_eq(part, "a"));
	assert_true(text_part(&s, ",", &part));
	assert_int_equal(part.n, 0);
	assert_true(text_part(&s, ",", &part));
	assert_true(text_eq(part, "bc"));
	assert_false(text_part(&s, ",", &part)); /* nothing behind the last separator */
	assert_true(text_eq(part, "bc"));
	s = span_str("only");
	assert_true(text_part(&s, ",", &part));
	assert_true(text_eq(part, "only"));
	assert_false(text_part(&s, ",", &part));
	assert_true(text_has_part(span_str("on,sm_on"), span_str("sm_on")));
	assert_true(text_has_part(span_str("on,sm_on"), span_str("on")));
	assert_false(text_has_part(span_str("on,sm_on"), span_str("sm")));
	assert_false(text_has_part(span_str(""), span_str("on")));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t want;
	} cases[] = {
		{ "0", true, 0 },
		{ "007", true, 7 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "0xffffffffffffffff", true, UINT64_MAX },
		{ "0x10000000000000000", false, 0 },
		{ "0x00000000000000000000001", true, 1 },
		{ "0XaB", true, 0xab },
		{ "0x", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "12a", false, 0 },
		{ "0x0x1", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t v = 4711;

		assert_int_equal(text_number(span_str(cases[i].text), &v), cases[i].good);
		assert_true(v == (cases[i].good ? cases[i].want : 4711));
	}
}

static void test_digits(void **state)
{
	struct span s = span_str("3e92:x"), big = span_str("18446744073709551616 bytes");
	uint64_t v = 5;

	(void)state;
	assert_true(text_digits(&s, 16, &v));
	assert_true(v == 0x3e92 && text_eq(s, ":x"));
	assert_false(text_digits(&s, 16, &v));
	assert_true(v == 0x3e92 && text_eq(s, ":x"));
	s = span_str("1f");
	assert_true(text_digits(&s, 10, &v));
	assert_true(v == 1 && text_eq(s, "f"));
	assert_false(text_digits(&big, 10, &v)); /* too large: nothing is eaten */
	assert_int_equal(big.n, 26);
}

/* What is well formed (RFC 3629), and where it stops to be. */
static void test_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t n, bad;
	} cases[] = {
		{ "", 0, 0 },
		{ "plain", 5, 5 },
		{ "a\0b", 3, 1 },
		{ "\xc2\x80\xdf\xbf", 4, 4 },
		{ "\xe0\xa0\x80\xef\xbf\xbf", 6, 6 },
		{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8, 8 },
		{ "a\xc0\x80", 3, 1 },	       /* overlong NUL */
		{ "a\xc1\xbf", 3, 1 },	       /* overlong */
		{ "a\xe0\x9f\xbf", 4, 1 },     /* overlong */
		{ "a\xf0\x8f\xbf\xbf", 5, 1 }, /* overlong */
		{ "a\xed\xa0\x80", 4, 1 },     /* a surrogate */
		{ "a\xf4\x90\x80\x80", 5, 1 }, /* above U+10FFFF */
		{ "a\xf5\x80\x80\x80", 5, 1 },
		{ "a\xff", 2, 1 },
		{ "a\x80", 2, 1 },	    /* a tail without a head */
		{ "ab\xe2\x82", 4, 2 },	    /* cut */
		{ "ab\xe2\x28\xa1", 5, 2 }, /* a head without its tail */
		{ "ab\xf0\x9f\x98", 5, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(text_bad_utf8((struct span) { (const uint8_t *)cases[i].text, cases[i].n }),
				 cases[i].bad);
}

/* Every code point alone, encoded here by hand, is accepted exactly when it is one. */
static void test_utf8_all(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x110400; c++) {
		uint8_t b[4];
		size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		bool good = c < 0x110000 && (c < 0xd800 || c > 0xdfff);

		for (size_t i = n; i-- > 1;)
			b[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
		b[0] = (uint8_t)((n == 1 ? 0 : 0xf00U >> n) | c >> 6 * (n - 1));
		if (text_bad_utf8((struct span) { b, n }) != (good ? n : 0))
			fail_msg("U+%04X", c);
	}
}

static const char *copied(const char *text, size_t n, size_t room)
{
	static char buf[64];

	assert_in_range(room, 0, sizeof(buf));
	memset(buf, 'X', sizeof(buf));
	text_copy((struct span) { (const uint8_t *)text, n }, buf, room);
	for (size_t i = room; i < sizeof(buf); i++)
		assert_int_equal(buf[i], 'X');
	return buf;
}

static void test_copy(void **state)
{
	(void)state;
	assert_string_equal(copied("plain", 5, 64), "plain");
	assert_string_equal(copied("plain", 5, 6), "plain");
	assert_string_equal(copied("plain", 5, 5), "plai");
	assert_string_equal(copied("plain", 5, 1), "");
	assert_int_equal(copied("plain", 5, 0)[0], 'X');
	assert_string_equal(copied("a\0b\tc\x7f", 6, 64), "a?b?c?");
	assert_string_equal(copied("\x1b[31m", 5, 64), "?[31m");
	assert_string_equal(copied("\xc2\x9b"
				   "31m",
				   5, 64),
			    "?31m"); /* CSI in one character */
	assert_string_equal(copied("\x9b"
				   "31m",
				   4, 64),
			    "?31m"); /* and in one byte */
	assert_string_equal(copied("caf\xc3\xa9 \xe2\x82\xac", 9, 64), "caf\xc3\xa9 \xe2\x82\xac");
	assert_string_equal(copied("caf\xc3\xa9", 5, 5), "caf"); /* no half of a character */
	assert_string_equal(copied("caf\xc3\xa9", 5, 6), "caf\xc3\xa9");
	assert_string_equal(copied("caf\xc3", 4, 64), "caf?");
	assert_string_equal(copied("\xe2\x82z\xff", 4, 64), "??z?");
}

/* Whatever goes in, at whatever room: what comes out is text. */
static void test_copy_any(void **state)
{
	char buf[16], in[6];

	(void)state;
	for (uint32_t seed = 0; seed < 20000; seed++) {
		uint32_t x = seed * 2654435761U;

		for (size_t i = 0; i < sizeof(in); i++, x = x * 1664525U + 1013904223U)
			in[i] = (char)(x >> 24 | (x >> 10 & 0x80));
		text_copy(SPAN_OF(in), buf, 1 + seed % 8);
		assert_int_equal(text_bad_utf8(span_str(buf)), strlen(buf));
		assert_in_range(strlen(buf), 0, seed % 8);
	}
}

static void test_clean(void **state)
{
	char s[] = "\x1b]0;title\x07 caf\xc3\xa9 \xc2\x85\xe2\x82", same[] = "plain";

	(void)state;
	text_clean(s);
	assert_string_equal(s, "?]0;title? caf\xc3\xa9 ???");
	text_clean(same);
	assert_string_equal(same, "plain");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trim),	 cmocka_unit_test(test_compare), cmocka_unit_test(test_find),
		cmocka_unit_test(test_words),	 cmocka_unit_test(test_until),	 cmocka_unit_test(test_part),
		cmocka_unit_test(test_numbers),	 cmocka_unit_test(test_digits),	 cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_utf8_all), cmocka_unit_test(test_copy),	 cmocka_unit_test(test_copy_any),
		cmocka_unit_test(test_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
