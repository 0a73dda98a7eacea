// SPDX-License-Identifier: BSD-2-Clause
/* A VBT that is whole, each reason for which one is not, and the checksum. */
#include "made.h"

#include "vbt.h"

#define SIZE 300

static void takes_whole_ones(void **state)
{
	uint8_t v[SIZE + 50];
	uint32_t size = 0;
	const char *why = "untouched";

	(void)state;
	memset(v, 0xff, sizeof(v));
	made_vbt(v, "KABYLAKE", SIZE);
	assert_true(vbt_is(v, sizeof(v), &size, &why));
	assert_int_equal(size, SIZE); /* not what lies behind */
	assert_true(vbt_is(v, SIZE, &size, &why));
	assert_string_equal(why, "untouched");
	v[0x1a]++; /* a wrong checksum is no reason */
	assert_true(vbt_is(v, SIZE, &size, &why));
	made_vbt(v, "", VBT_LEAST);
	assert_true(vbt_is(v, VBT_LEAST, &size, &why));
	assert_int_equal(size, VBT_LEAST);
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		size_t at, width;
		uint64_t v;
		const char *why;
	} rows[] = {
		{ 0, 4, 0, "no $VBT" },
		{ 3, 1, 'B', "no $VBT" },
		{ 0x16, 2, 47, "a header of an impossible size" },
		{ 0x16, 2, SIZE + 1, "a header of an impossible size" },
		{ 0x18, 2, 0, "a header of an impossible size" },
		{ 0x18, 2, 47, "a header of an impossible size" },
		{ 0x18, 2, SIZE + 1, "it is cut short" },
		{ 0x18, 2, 0xffff, "it is cut short" },
		{ 0x18, 2, 48, "its BDB lies outside" },
		{ 0x1c, 4, SIZE, "its BDB lies outside" },
		{ 0x1c, 4, 0xffffffff, "its BDB lies outside" },
		{ 0x1c, 4, 0, "no BIOS_DATA_BLOCK where its header points" },
		{ 0x1c, 4, SIZE - 1, "no BIOS_DATA_BLOCK where its header points" },
		{ 48, 1, 'X', "no BIOS_DATA_BLOCK where its header points" },
		{ 0x18, 2, 48 + 14, "no BIOS_DATA_BLOCK where its header points" },
		{ 0x18, 2, 48 + 15, "it ends inside the BDB's header" },
		{ 0x18, 2, VBT_LEAST - 1, "it ends inside the BDB's header" },
		{ 48 + 18, 2, 21, "its BDB has a header of an impossible size" },
		{ 48 + 18, 2, SIZE - 48 + 1, "its BDB has a header of an impossible size" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = NULL;
		uint32_t size = 7;
		uint8_t v[SIZE];

		made_vbt(v, "KABYLAKE", SIZE);
		made_set(v, rows[i].at, rows[i].v, rows[i].width);
		assert_false(vbt_is(v, SIZE, &size, &why));
		assert_non_null(why);
		assert_string_equal(why, rows[i].why);
		assert_int_equal(size, 7);
	}
}

static void refused(const uint8_t *p, size_t n)
{
	const char *why = NULL;
	uint32_t size;

	assert_false(vbt_is(p, n, &size, &why));
	assert_string_equal(why, n < 4 ? "no $VBT" : n < 48 ? "it ends inside its header" : "it is cut short");
}

static void is_refused_cut_anywhere(void **state)
{
	uint8_t v[SIZE];

	(void)state;
	made_vbt(v, "KABYLAKE", SIZE);
	for (size_t n = 0; n < SIZE; n++)
		made_try(v, n, SIZE_MAX, 0, refused);
}

static void try(const uint8_t *p, size_t n)
{
	uint32_t size = 0;
	const char *why;

	if (vbt_is(p, n, &size, &why))
		assert_in_range(size, VBT_LEAST, n);
}

static void reads_nothing_outside(void **state)
{
	uint8_t v[SIZE];

	(void)state;
	made_vbt(v, "KABYLAKE", SIZE);
	made_damage(v, SIZE, VBT_LEAST, try);
}

static void repairs_the_sum(void **state)
{
	uint8_t right[SIZE], v[SIZE];

	(void)state;
	made_vbt(right, "KABYLAKE", SIZE);
	memcpy(v, right, SIZE);
	assert_false(vbt_sum_repair(v, SIZE));
	assert_memory_equal(v, right, SIZE);
	for (unsigned off = 1; off < 256; off++) {
		v[0x1a] = (uint8_t)(right[0x1a] + off);
		assert_true(vbt_sum_repair(v, SIZE));
		assert_memory_equal(v, right, SIZE);
	}
	v[200] ^= 0x10; /* an edit of the table; only the sum follows */
	assert_true(vbt_sum_repair(v, SIZE));
	assert_int_equal(made_sum(v, SIZE), 0);
	v[200] ^= 0x10;
	v[0x1a] = right[0x1a];
	assert_memory_equal(v, right, SIZE);
	memset(v, 1, SIZE);
	assert_false(vbt_sum_repair(v, 0x1a)); /* it has no checksum */
	assert_int_equal(v[0x1a], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_whole_ones),	   cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(is_refused_cut_anywhere), cmocka_unit_test(reads_nothing_outside),
		cmocka_unit_test(repairs_the_sum),
	};

	return cmocka_run_group_tests_name("efi vbt", tests, NULL, NULL);
}
