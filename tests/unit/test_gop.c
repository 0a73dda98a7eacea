// SPDX-License-Identifier: GPL-2.0-or-later
/* GOP drivers: Intel's by name, table and build, AMD's by its line, and what only speaks of one. */
#include "fw_image.h"

#include "fw/gop.h"

#define DATA PE_HEADERS

static struct image intel(void)
{
	struct image m = { .n = 0 };

	put_gop(&m);
	return m;
}

static struct image amd(const char *line)
{
	struct image m = { .n = 0 };

	(void)put_pe(&m, 0x8664, 0x100);
	put_wide(&m, line);
	put_fill(&m, 0, PE_HEADERS + 0x100 - m.n);
	return m;
}

static struct gop read_gop(const struct image *m)
{
	struct gop g;
	bool te;

	assert_true(gop_read(image_span(m), &g, &te));
	assert_false(te);
	return g;
}

static bool is_gop(const struct image *m)
{
	struct gop g;
	bool te;

	return gop_read(image_span(m), &g, &te);
}

static void reads_intels(void **state)
{
	struct image m = intel();
	struct gop g = read_gop(&m);

	(void)state;
	assert_int_equal(g.vendor, 0x8086);
	assert_int_equal(g.pe.machine, PE_X64);
	assert_string_equal(g.version, "9.0.1084");
	assert_int_equal(g.n_devices, 4);
	assert_int_equal(g.devices[1], 0x3e92);
	assert_true(gop_is_for(&g, 0x3e9b));
	assert_false(gop_is_for(&g, 0x3e90));
}

static void reads_a_major_where_the_driver_has_one(void **state)
{
	struct image m = intel();
	struct gop g;

	(void)state;
	set(&m, DATA + 0x78, '2', 2); /* "21", "3" before the build */
	set(&m, DATA + 0x7a, '1', 2);
	set(&m, DATA + 0x7c, 0, 2);
	set(&m, DATA + 0x7e, '3', 2);
	set(&m, DATA + 0x80, 0, 2);
	g = read_gop(&m);
	assert_string_equal(g.version, "21.3.1084");
	m = intel();
	set(&m, DATA + 0x108, '1', 2); /* or behind the table */
	set(&m, DATA + 0x10a, '7', 2);
	g = read_gop(&m);
	assert_int_equal(g.n_devices, 4);
	assert_string_equal(g.version, "17.0.1084");
}

static void goes_without_build_and_table(void **state)
{
	struct image m = intel();
	struct gop g;

	(void)state;
	set(&m, DATA + 0x88, 0, 8);
	g = read_gop(&m);
	assert_string_equal(g.version, "");
	assert_int_equal(g.n_devices, 4);
	memset(m.b + DATA + 0x100, 0, 8);
	set(&m, DATA + 0x100, 0x3e92, 2); /* one id is no table */
	assert_int_equal(read_gop(&m).n_devices, 0);
	m = intel();
	set(&m, DATA + 0x88, '1', 2);
	set(&m, DATA + 0x90, '5', 2); /* five digits are no build */
	assert_string_equal(read_gop(&m).version, "");
}

static void keeps_to_its_table(void **state)
{
	struct image m = intel();
	struct gop g;

	(void)state;
	set(&m, DATA + 0x102, 0x4321, 2); /* a part that was cancelled stays in the table */
	g = read_gop(&m);
	assert_int_equal(g.n_devices, 4);
	assert_true(gop_is_for(&g, 0x4321));
	for (size_t i = 0; i < 12; i++) /* but what only strangers follow ends with the last that is known */
		set(&m, DATA + 0x104 + 2 * i, 0x5555, 2);
	assert_int_equal(read_gop(&m).n_devices, 0);
	set(&m, DATA + 0x104, 0x3e92, 2);
	assert_int_equal(read_gop(&m).n_devices, 3);
	(void)put_pe(&m, 0, 0);
	m.n = DATA + 0x100;
	for (size_t i = 0; i < 400; i++)
		put(&m, 0x3e92, 2);
	assert_int_equal(read_gop(&m).n_devices, GOP_DEVICES_MAX);
}

static void reads_amds(void **state)
{
	struct image m = amd("AMD GOP X64 Release Driver Rev.2.18.0.17.10.May  4 2021.04:16:52");
	struct gop g = read_gop(&m);

	(void)state;
	assert_int_equal(g.vendor, 0x1002);
	assert_string_equal(g.version, "2.18.0.17.10");
	assert_int_equal(g.n_devices, 0);
	m = amd("AMD GOP X64 Release Driver");
	assert_string_equal(read_gop(&m).version, "");
	m = amd("AMD GOP Rev.1111111111.2222222222.3333333333.4444444444");
	assert_true(strlen(read_gop(&m).version) < sizeof(g.version));
}

static void takes_no_other(void **state)
{
	struct image m = intel(), te = { .n = 0 };
	struct gop g, before;
	bool is_te;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	set(&m, DATA + 0xa0 + 2 * 9, 'g', 2); /* a setup menu has the name, and no graphics controller */
	assert_false(is_gop(&m));
	m = intel();
	set(&m, DATA, 'i', 2);
	assert_false(is_gop(&m));
	m = intel();
	m.b[0] = 'X'; /* all the words, in what is no program */
	g = before;
	assert_false(gop_read(image_span(&m), &g, &is_te));
	assert_false(is_te);
	assert_memory_equal(&g, &before, sizeof(g));
	put_text(&te, "VZ", 2);
	put(&te, 0x014c, 2);
	put(&te, 0, 1);
	put(&te, 11, 1);
	put(&te, 0x170, 2);
	put_fill(&te, 0, 32);
	put_gop_data(&te);
	assert_false(gop_read(image_span(&te), &g, &is_te));
	assert_true(is_te);
	assert_memory_equal(&g, &before, sizeof(g));
	te.n = 0;
	assert_false(is_gop(&te));
}

static void try(struct span s)
{
	struct gop g;
	bool te;

	if (!gop_read(s, &g, &te))
		return;
	assert_true(g.n_devices <= GOP_DEVICES_MAX);
	assert_true(strlen(g.version) < sizeof(g.version));
}

static void survives_damage(void **state)
{
	struct image m = intel();

	(void)state;
	image_damage(image_span(&m), try);
	m = amd("AMD GOP X64 Release Driver Rev.2.18.0.17.10.May");
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_intels),
		cmocka_unit_test(reads_a_major_where_the_driver_has_one),
		cmocka_unit_test(goes_without_build_and_table),
		cmocka_unit_test(keeps_to_its_table),
		cmocka_unit_test(reads_amds),
		cmocka_unit_test(takes_no_other),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("gop", tests, NULL, NULL);
}
