// SPDX-License-Identifier: GPL-2.0-or-later
/* The flash descriptor: regions in their order, the two widths, images that end too early. */
#include "fw_image.h"

#include "base/error.h"
#include "fw/flash.h"

/* 16 KiB: descriptor, an engine of one block, a BIOS of two. */
static struct image chip(void)
{
	struct image m = { .n = 0 };

	put_descriptor(&m, 12);
	region_put(&m, 0, 0, 0);
	region_put(&m, 1, 2, 3); /* bios */
	region_put(&m, 2, 1, 1); /* me */
	put_fill(&m, 0xff, 4 * IFD_BLOCK - m.n);
	return m;
}

static void reads_regions_by_place(void **state)
{
	static const char *const names[] = { "descriptor", "me", "bios" };
	struct image m = chip();
	struct report rep = { 0 };
	struct flash f;

	(void)state;
	assert_true(flash_is(image_span(&m)));
	assert_int_equal(flash_read(image_span(&m), &f, &rep), 0);
	assert_int_equal(rep.n_notes, 0);
	assert_int_equal(f.n_regions, 3);
	assert_false(f.partial);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(f.regions[i].name, names[i]);
	assert_int_equal(f.regions[2].number, FLASH_BIOS);
	assert_int_equal(f.regions[2].at, 2 * IFD_BLOCK);
	assert_int_equal(f.regions[2].bytes.n, 2 * IFD_BLOCK);
	assert_ptr_equal(f.regions[2].bytes.p, m.b + 2 * (size_t)IFD_BLOCK);
	assert_false(f.regions[2].partial);
}

static void reads_a_chip_of_the_first_kind(void **state)
{
	struct image m = chip();
	struct flash f;

	(void)state;
	set(&m, 0x30, 0, 4);			/* 20 MHz: regions of 13 bits, five of them */
	set(&m, 0x44, 2 | 3 << 16 | 0x6000, 4); /* bits above them mean nothing */
	region_put(&m, 5, 1, 1);
	for (size_t i = 3; i < 5; i++)
		set(&m, 0x40 + 4 * i, 0x1fff, 4);
	memmove(m.b, m.b + 0x10, 4); /* and the signature at the very front */
	memmove(m.b + 4, m.b + 0x14, 8);
	memset(m.b + 0x10, 0xff, 12);
	assert_int_equal(flash_read(image_span(&m), &f, NULL), 0);
	assert_int_equal(f.n_regions, 3);
	assert_int_equal(f.regions[2].at, 2 * IFD_BLOCK);
}

static void tells_of_regions_that_do_not_fit(void **state)
{
	struct image m = chip();
	struct report rep = { 0 };
	struct flash f;

	(void)state;
	m.n = 3 * IFD_BLOCK + 7;
	assert_int_equal(flash_read(image_span(&m), &f, &rep), 0);
	assert_int_equal(rep.n_notes, 1);
	assert_true(f.partial);
	assert_true(f.regions[2].partial);
	assert_int_equal(f.regions[2].bytes.n, IFD_BLOCK + 7);
	region_put(&m, 4, 0x7ff0, 0x7ffe); /* begins far behind the end */
	assert_int_equal(flash_read(image_span(&m), &f, NULL), 0);
	assert_int_equal(f.n_regions, 4);
	assert_string_equal(f.regions[3].name, "platform");
	assert_int_equal(f.regions[3].bytes.n, 0);
	assert_true(f.regions[3].partial);
}

static void tells_of_regions_that_overlap(void **state)
{
	struct image m = chip();
	struct report rep = { 0 };
	struct flash f;

	(void)state;
	region_put(&m, 6, 3, 3); /* a second BIOS inside the first */
	assert_int_equal(flash_read(image_span(&m), &f, &rep), 0);
	assert_int_equal(f.n_regions, 4);
	assert_int_equal(rep.n_notes, 1);
	assert_non_null(strstr(rep.notes[0].text, "overlap"));
}

static void refuse(struct image m, int code)
{
	struct report rep = { 0 };
	struct flash f, before;

	memset(&before, 0xa5, sizeof(before));
	f = before;
	assert_int_equal(flash_read(image_span(&m), &f, &rep), -code);
	assert_int_equal(rep.code, -code);
	assert_memory_equal(&f, &before, sizeof(f));
}

static void refuses(void **state)
{
	struct image m = chip();

	(void)state;
	m.b[0x10]++;
	assert_false(flash_is(image_span(&m)));
	refuse(m, IGD_EMAGIC);
	m = chip();
	m.n = 0x1b;
	refuse(m, IGD_ETRUNC);
	m = chip();
	set(&m, 0x14, 0x00040000, 4); /* the components where the descriptor is not */
	m.n = 0x13;
	refuse(m, IGD_EMAGIC);
	m = chip();
	for (size_t i = 0; i < 12; i++)
		set(&m, 0x40 + 4 * i, 0x7fff, 4);
	refuse(m, IGD_ELENGTH);
}

static void try(struct span s)
{
	struct flash f;

	if (flash_read(s, &f, NULL) < 0)
		return;
	assert_true(f.n_regions > 0 && f.n_regions <= IFD_REGIONS_MAX);
	for (size_t i = 0; i < f.n_regions; i++) {
		assert_true(i == 0 || f.regions[i].at >= f.regions[i - 1].at);
		assert_true(f.regions[i].bytes.n <= s.n);
		assert_non_null(f.regions[i].name);
	}
}

static void survives_damage(void **state)
{
	struct image m = chip();

	(void)state;
	m.n = 0x200; /* the rest is never looked at */
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_regions_by_place),
		cmocka_unit_test(reads_a_chip_of_the_first_kind),
		cmocka_unit_test(tells_of_regions_that_do_not_fit),
		cmocka_unit_test(tells_of_regions_that_overlap),
		cmocka_unit_test(refuses),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("flash", tests, NULL, NULL);
}
