// SPDX-License-Identifier: GPL-2.0-or-later
/* test_ovmf_record.c - what is written is read again; what is no record, or a damaged one, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "fw/ovmf_record.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static const struct ovmf_record full = { .version = "0.1.0",
					 .stock_name = "OVMF_CODE_4M.fd",
					 .stock_sha256 = A,
					 .decoded_sha256 = B,
					 .gop_sha256 = A,
					 .vbt_sha256 = B,
					 .drivers = { { "Ext4Dxe", A }, { "Other", B } },
					 .n_drivers = 2 };

static void writes_lines(void **state _unused_)
{
	struct arena a = { .limit = 65536 };

	assert_string_equal(ovmf_record_text(&full, &a),
			    "igdctl 0.1.0\nstock-name OVMF_CODE_4M.fd\nstock-sha256 " A "\ndecoded-sha256 " B
			    "\ngop-sha256 " A "\nvbt-sha256 " B "\ndriver Ext4Dxe " A "\ndriver Other " B "\n");
	arena_done(&a);
}

static void reads_what_it_wrote(void **state _unused_)
{
	struct arena a = { .limit = 65536 };
	struct ovmf_record r;

	assert_true(ovmf_record_read(span_str(ovmf_record_text(&full, &a)), &r));
	assert_memory_equal(&r, &full, sizeof(r));
	arena_done(&a);
}

/* A name of a file is one word in the record. */
static void makes_words_of_names(void **state _unused_)
{
	struct ovmf_record r = {
		.version = "1", .stock_name = "my image\n.fd", .drivers = { { "a b", A } }, .n_drivers = 1
	};
	struct arena a = { .limit = 65536 };

	assert_string_equal(ovmf_record_text(&r, &a), "igdctl 1\nstock-name my_image?.fd\ndriver a_b " A "\n");
	arena_done(&a);
}

static void takes_odd_ones(void **state _unused_)
{
	struct ovmf_record r;

	assert_true(ovmf_record_read(span_str("igdctl 2.0\r\nsomething of a later version\nstock-name x\n"), &r));
	assert_string_equal(r.version, "2.0");
	assert_string_equal(r.stock_name, "x");
	assert_string_equal(r.stock_sha256, "");
	assert_true(ovmf_record_read(span_str("igdctl 1"), &r));
	assert_string_equal(r.stock_name, "");
}

static void refuses_bad_ones(void **state _unused_)
{
	static const char *const bad[] = {
		"",
		"\n",
		"IGDCTL 1\n",
		"stock-name x\nigdctl 1\n",
		"igdctl \n",
		"igdctl 0123456789abcdefghij\n",
		"igdctl 1\nstock-sha256 0123\n",
		("igdctl 1\nstock-sha256 " A "0\n"),
		"igdctl 1\ngop-sha256 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n",
		"igdctl 1\ndriver name\n",
		"igdctl 1\ndriver name 12\n",
		"igdctl 1\nstock-name \n",
	};
	struct ovmf_record r = { .n_drivers = 77 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_false(ovmf_record_read(span_str(bad[i]), &r));
		assert_int_equal(r.n_drivers, 77);
	}
}

static void has_limits(void **state _unused_)
{
	struct arena a = { .limit = 1 << 20 };
	const char *text = "igdctl 1\n", *lines = "igdctl 1\n";
	struct ovmf_record r;

	for (int i = 0; i < OVMF_RECORD_DRIVERS; i++)
		text = arena_printf(&a, "%sdriver d " A "\n", text);
	assert_true(ovmf_record_read(span_str(text), &r));
	assert_int_equal(r.n_drivers, OVMF_RECORD_DRIVERS);
	assert_false(ovmf_record_read(span_str(arena_printf(&a, "%sdriver d " A "\n", text)), &r));
	for (int i = 0; i < 300; i++)
		lines = arena_printf(&a, "%sx\n", lines);
	assert_false(ovmf_record_read(span_str(lines), &r));
	arena_done(&a);
}

/* Cut at each length, each byte changed: read or refused, and nothing else. */
static void survives_damage(void **state _unused_)
{
	struct arena a = { .limit = 1 << 20 };
	struct span s = span_str(ovmf_record_text(&full, &a)), cut;
	uint8_t *copy = arena_alloc(&a, s.n);
	struct ovmf_record r;
	size_t read = 0;

	for (size_t n = 0; n <= s.n; n++)
		if (span_cut(s, 0, n, &cut))
			read += ovmf_record_read(cut, &r);
	for (size_t i = 0; i < s.n; i++) {
		memcpy(copy, s.p, s.n);
		copy[i] ^= 0xff;
		read += ovmf_record_read((struct span) { copy, s.n }, &r);
	}
	assert_in_range(read, 1, 2 * s.n);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_lines),		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(makes_words_of_names), cmocka_unit_test(takes_odd_ones),
		cmocka_unit_test(refuses_bad_ones),	cmocka_unit_test(has_limits),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
