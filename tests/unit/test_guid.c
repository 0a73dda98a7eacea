// SPDX-License-Identifier: GPL-2.0-or-later
/* GUIDs: the order of their bytes, their text both ways, and the names of some. */
#include "fw_image.h"

#include "fw/guid.h"

#define TEXT "8c8ce578-8a3d-4f1c-9935-896185c32dd3"

static const uint8_t bytes[16] = { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f,
				   0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3 };

static void stands_as_the_specification_says(void **state)
{
	char buf[GUID_STR];
	struct guid g;

	(void)state;
	assert_memory_equal(guid_ffs2.b, bytes, 16);
	assert_true(guid_read(SPAN_OF(bytes), 0, &g));
	assert_true(guid_eq(&g, &guid_ffs2));
	assert_false(guid_eq(&g, &guid_ffs1));
	assert_ptr_equal(guid_str(&g, buf), buf);
	assert_string_equal(buf, TEXT);
	assert_false(guid_read(SPAN_OF(bytes), 1, &g));
	assert_false(guid_read(SPAN_OF(bytes), SIZE_MAX, &g));
	assert_true(guid_eq(&g, &guid_ffs2));
}

static void reads_text_in_any_case(void **state)
{
	struct guid g;

	(void)state;
	assert_true(guid_parse(span_str(TEXT), &g));
	assert_memory_equal(g.b, bytes, 16);
	memset(&g, 0, sizeof(g));
	assert_true(guid_parse(span_str("8C8CE578-8A3D-4f1c-9935-896185C32DD3"), &g));
	assert_memory_equal(g.b, bytes, 16);
}

static void refuses_what_is_no_guid(void **state)
{
	static const char *const bad[] = {
		"",
		"8c8ce578",
		"8c8ce578-8a3d-4f1c-9935-896185c32dd",
		(TEXT "0"),
		(" " TEXT),
		"8c8ce5788-a3d-4f1c-9935-896185c32dd3",
		"8c8ce578-8a3d-4f1c-99350896185c32dd3",
		"8c8ce578-8a3d-4f1c-9935-896185c32dg3",
		"8c8ce578-8a3d-4f1c-9935-896185c32d/3",
		"8c8ce578-8a3d-4f1c-9935-896185c32d@3",
		"{8c8ce578-8a3d-4f1c-9935-896185c32dd",
		"8c8ce578-8a3d-4f1c-9935-896185c32d\x91\x92",
	};
	struct guid g = guid_ffs3;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(guid_parse(span_str(bad[i]), &g));
	assert_true(guid_eq(&g, &guid_ffs3));
}

static void text_there_and_back(void **state)
{
	char buf[GUID_STR];
	struct guid g, back;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		for (size_t k = 0; k < 16; k++)
			g.b[k] = (uint8_t)(i * 37 + k * 11);
		assert_true(guid_parse(span_str(guid_str(&g, buf)), &back));
		assert_true(guid_eq(&g, &back));
	}
}

static void knows_some_by_name(void **state)
{
	(void)state;
	assert_string_equal(guid_name(&guid_gop), "IntelGopDriver");
	assert_string_equal(guid_name(&guid_vbt), "Vbt");
	assert_null(guid_name(&guid_ffs2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stands_as_the_specification_says),
		cmocka_unit_test(reads_text_in_any_case),
		cmocka_unit_test(refuses_what_is_no_guid),
		cmocka_unit_test(text_there_and_back),
		cmocka_unit_test(knows_some_by_name),
	};

	return cmocka_run_group_tests_name("guid", tests, NULL, NULL);
}
