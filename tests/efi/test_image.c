// SPDX-License-Identifier: BSD-2-Clause
/* Sections of an image in memory, and headers that lie. */
#include "made.h"

#include "image.h"

#define IMAGE_LEN 0x3000

static void check_none(const uint8_t *p, uint64_t n, const char *name)
{
	uint64_t at = 7, size = 7;

	assert_false(image_section(p, n, name, &at, &size));
	assert_int_equal(at, 7);
	assert_int_equal(size, 7);
}

static void finds_it(void **state)
{
	static uint8_t p[IMAGE_LEN];
	uint64_t at = 0, size = 0;

	(void)state;
	made_pe(p, ".vbt", 4000);
	assert_true(image_section(p, IMAGE_LEN, ".vbt", &at, &size));
	assert_int_equal(at, MADE_BODY);
	assert_int_equal(size, 4000);
	assert_true(image_section(p, IMAGE_LEN, ".text", &at, &size));
	assert_int_equal(at, 0x1000);
	assert_int_equal(size, 0x800);
	check_none(p, IMAGE_LEN, ".vb");
	check_none(p, IMAGE_LEN, ".vbtx");
	check_none(p, IMAGE_LEN, ".data");
	made_pe(p, "12345678", 5); /* no zero behind the name */
	assert_true(image_section(p, IMAGE_LEN, "12345678", &at, &size));
	check_none(p, IMAGE_LEN, "1234567");
	check_none(p, IMAGE_LEN, "123456789");
}

static void believes_no_header(void **state)
{
	static const struct {
		size_t at, width;
		uint64_t v;
	} rows[] = {
		{ 0, 1, 'Z' },		     /* no DOS header */
		{ 0x3c, 4, 0 },		     /* the PE header elsewhere */
		{ 0x3c, 4, IMAGE_LEN - 2 },  /* it begins at the end */
		{ 0x3c, 4, IMAGE_LEN },	     /* behind it */
		{ 0x3c, 4, 0xffffffff },     /* far away */
		{ MADE_PE, 1, 'p' },	     /* no signature */
		{ MADE_PE + 6, 2, 0 },	     /* no sections */
		{ MADE_PE + 6, 2, 1 },	     /* not that one */
		{ MADE_PE + 6, 2, 97 },	     /* more than there can be */
		{ MADE_PE + 6, 2, 0xffff },  /* many more */
		{ MADE_PE + 20, 2, 0xffff }, /* the table behind the end */
		{ MADE_PE + 20, 2, 0 },	     /* where no table is */
		{ MADE_HEADER + 8, 4, 0 },   /* nothing in it */
		{ MADE_HEADER + 8, 4, IMAGE_LEN - MADE_BODY + 1 },
		{ MADE_HEADER + 8, 4, 0xffffffff },
		{ MADE_HEADER + 12, 4, IMAGE_LEN - 3999 },
		{ MADE_HEADER + 12, 4, IMAGE_LEN },
		{ MADE_HEADER + 12, 4, 0xffffffff }, /* their sum wraps in 32 bits */
	};
	static uint8_t p[IMAGE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		made_pe(p, ".vbt", 4000);
		made_set(p, rows[i].at, rows[i].v, rows[i].width);
		check_none(p, IMAGE_LEN, ".vbt");
	}
	made_pe(p, ".vbt", IMAGE_LEN - MADE_BODY);
	assert_true(image_section(p, IMAGE_LEN, ".vbt", &(uint64_t) { 0 }, &(uint64_t) { 0 }));
	check_none(p, IMAGE_LEN - 1, ".vbt"); /* the size that the firmware tells is the bound */
	check_none(p, 0, ".vbt");
}

static void try(const uint8_t *p, size_t n)
{
	uint64_t at = 0, size = 0;

	if (image_section(p, n, ".vbt", &at, &size)) {
		assert_true(at <= n && size <= n - at);
		assert_int_not_equal(size, 0);
	}
}

static void reads_nothing_outside(void **state)
{
	static uint8_t p[IMAGE_LEN];

	(void)state;
	made_pe(p, ".vbt", 4000);
	made_damage(p, IMAGE_LEN, MADE_PE + 24, try);
	for (size_t at = MADE_TABLE; at < MADE_HEADER + 40; at++)
		for (unsigned with = 0; with < 256; with++)
			made_try(p, IMAGE_LEN, at, (uint8_t)with, try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_it),
		cmocka_unit_test(believes_no_header),
		cmocka_unit_test(reads_nothing_outside),
	};

	return cmocka_run_group_tests_name("efi image", tests, NULL, NULL);
}
