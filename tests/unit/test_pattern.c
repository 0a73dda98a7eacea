// SPDX-License-Identifier: GPL-2.0-or-later
/* Patterns: how they are written, where they fit, and that looking takes no longer than the bytes are long. */
#include "fw_image.h"

#include "base/error.h"
#include "fw/pattern.h"

static void reads_hex(void **state)
{
	static const uint8_t byte[] = { 0x55, 0xaa, 0, 0x20, 0x0f }, mask[] = { 0xff, 0xff, 0, 0xf0, 0x0f };
	struct pattern p;

	(void)state;
	assert_int_equal(pattern_hex("55aa ?? 2? .F", &p, NULL), 0);
	assert_int_equal(p.n, 5);
	assert_memory_equal(p.byte, byte, 5);
	assert_memory_equal(p.mask, mask, 5);
	assert_int_equal(p.solid, 0);
	assert_int_equal(p.n_solid, 2);
	assert_int_equal(pattern_hex("?? 01 ?? 02 03 04 ?? 05", &p, NULL), 0);
	assert_int_equal(p.solid, 3);
	assert_int_equal(p.n_solid, 3);
}

static void refuses(void **state)
{
	static const char *const bad[] = { "",	 " ",	  "5",	"55 a",	    "5 5",     "0x55",
					   "gg", "55,aa", "??", "?? 5? ?5", "\xff\xff" };
	struct pattern p;
	char text[2 * PATTERN_MAX + 3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct report rep = { 0 };

		assert_int_equal(pattern_hex(bad[i], &p, &rep), -IGD_EUSAGE);
		assert_int_equal(rep.code, -IGD_EUSAGE);
	}
	memset(text, 'a', sizeof(text));
	text[2 * PATTERN_MAX] = '\0';
	assert_int_equal(pattern_hex(text, &p, NULL), 0);
	text[2 * PATTERN_MAX] = 'a';
	text[2 * PATTERN_MAX + 2] = '\0';
	assert_int_equal(pattern_hex(text, &p, NULL), -IGD_EUSAGE);
	assert_int_equal(pattern_text("", false, &p, NULL), -IGD_EUSAGE);
	text[PATTERN_MAX + 1] = '\0';
	assert_int_equal(pattern_text(text, false, &p, NULL), -IGD_EUSAGE);
	text[PATTERN_MAX] = '\0';
	assert_int_equal(pattern_text(text, false, &p, NULL), 0);
	assert_int_equal(pattern_text(text, true, &p, NULL), -IGD_EUSAGE);
	text[PATTERN_MAX / 2] = '\0';
	assert_int_equal(pattern_text(text, true, &p, NULL), 0);
}

static void finds(void **state)
{
	static const uint8_t hay[] = { 0x55, 0x55, 0xaa, 0x10, 0x55, 0xaa, 0x2f, 0x55, 0xaa };
	struct pattern p;
	size_t at = 99;

	(void)state;
	assert_int_equal(pattern_hex("55 aa 2?", &p, NULL), 0);
	assert_true(pattern_find(&p, SPAN_OF(hay), 0, &at));
	assert_int_equal(at, 4);
	assert_false(pattern_find(&p, SPAN_OF(hay), 5, &at));
	assert_int_equal(pattern_hex("?? 55 aa", &p, NULL), 0);
	assert_true(pattern_find(&p, SPAN_OF(hay), 0, &at));
	assert_int_equal(at, 0);
	assert_true(pattern_find(&p, SPAN_OF(hay), 1, &at));
	assert_int_equal(at, 3);
	assert_true(pattern_find(&p, SPAN_OF(hay), 4, &at));
	assert_int_equal(at, 6); /* the last, at the very end */
	assert_false(pattern_find(&p, SPAN_OF(hay), 7, &at));
	assert_int_equal(pattern_hex("aa ??", &p, NULL), 0); /* wildcards want a byte to stand for */
	assert_true(pattern_find(&p, SPAN_OF(hay), 3, &at));
	assert_int_equal(at, 5);
	assert_false(pattern_find(&p, SPAN_OF(hay), 6, &at));
	assert_false(pattern_find(&p, SPAN_OF(hay), 10, &at));
	assert_false(pattern_find(&p, (struct span) { NULL, 0 }, 0, &at));
}

static void finds_text_and_guids(void **state)
{
	struct image m = { .n = 0 };
	struct pattern p;
	size_t at;

	(void)state;
	put_text(&m, "..GOP..", 7);
	put_wide(&m, "GOP");
	put_guid(&m, guid_gop);
	assert_int_equal(pattern_text("GOP", false, &p, NULL), 0);
	assert_true(pattern_find(&p, image_span(&m), 0, &at));
	assert_int_equal(at, 2);
	assert_false(pattern_find(&p, image_span(&m), 3, &at));
	assert_int_equal(pattern_text("GOP", true, &p, NULL), 0);
	assert_true(pattern_find(&p, image_span(&m), 0, &at));
	assert_int_equal(at, 7);
	pattern_guid(&guid_gop, &p);
	assert_true(pattern_find(&p, image_span(&m), 0, &at));
	assert_int_equal(at, m.n - 16);
}

/* Every place that a slow and simple search finds, and none else. */
static void finds_what_a_simple_search_finds(void **state)
{
	static const char *const texts[] = { "00 00", "00 01 ?? 00", "?? ?? 01", "0? 00 1? 00 01", "01 ?0" };
	struct image m = { .n = 0 };

	(void)state;
	for (unsigned i = 0, x = 1; i < 3000; i++, x = x * 1103515245u + 12345u)
		put(&m, (x >> 16 & 7) < 5 ? 0 : (x >> 19 & 1) ? 1 : 0x10, 1);
	for (size_t t = 0; t < ARRAY_SIZE(texts); t++) {
		struct pattern p;
		size_t from = 0, at;

		assert_int_equal(pattern_hex(texts[t], &p, NULL), 0);
		for (size_t i = 0; i + p.n <= m.n; i++) {
			bool fits = true;

			for (size_t k = 0; k < p.n; k++)
				fits &= ((m.b[i + k] ^ p.byte[k]) & p.mask[k]) == 0;
			if (!fits)
				continue;
			assert_true(pattern_find(&p, image_span(&m), from, &at));
			assert_int_equal(at, i);
			from = i + 1;
		}
		assert_false(pattern_find(&p, image_span(&m), from, &at));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_hex),
		cmocka_unit_test(refuses),
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_text_and_guids),
		cmocka_unit_test(finds_what_a_simple_search_finds),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
