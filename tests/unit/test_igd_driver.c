// SPDX-License-Identifier: GPL-2.0-or-later
/* The UEFI drivers inside the program: what the linker made of them, and how they are known again. */
#include "image.h"

#include "base/macros.h"
#include "fw/igd_driver.h"
#include "fw/pe.h"

#define BOTH_MAX	 (24 * 1024)
#define WITNESS_MAX	 (20 * 1024)
#define DLL_DYNAMIC_BASE 0x0040
#define DLL_NX_COMPAT	 0x0100
#define RELOCS_STRIPPED	 0x0001
#define OPTIONAL_AT	 24 /* behind the signature and the COFF header */
#define OPTIONAL_ALIGN	 32
#define OPTIONAL_DLL	 70
#define OPTIONAL_EXPORTS 112
#define OPTIONAL_IMPORTS (112 + 8)

static struct image copy_of(enum igd_driver d)
{
	struct span s = igd_driver_bytes(d);
	struct image m = { .n = s.n };

	assert_true(s.n <= IMAGE_MAX);
	memcpy(m.b, s.p, s.n);
	return m;
}

static size_t find(const struct image *m, const char *text)
{
	const uint8_t *p = memmem(m->b, m->n, text, strlen(text));

	assert_non_null(p);
	return (size_t)(p - m->b);
}

static size_t headers_at(struct span pe)
{
	uint32_t at;

	assert_true(span_le32(pe, 0x3c, &at));
	return at;
}

static uint32_t field(struct span pe, size_t at)
{
	uint32_t v;

	assert_true(span_le32(pe, headers_at(pe) + OPTIONAL_AT + at, &v));
	return v;
}

static void is_loaded_by_any_firmware(struct span s)
{
	struct pe pe;
	uint16_t flags;

	assert_int_equal(pe_read(s, &pe, NULL), 0);
	assert_int_equal(pe.machine, PE_X64);
	assert_int_equal(pe.subsystem, 11);
	assert_true(pe.plus && !pe.te && !pe.partial);
	assert_int_equal(pe.overlay_at, 0);
	assert_int_equal(pe.file_size, s.n);
	assert_int_equal(field(s, OPTIONAL_ALIGN), 4096);
	assert_int_equal(field(s, OPTIONAL_DLL) & (DLL_NX_COMPAT | DLL_DYNAMIC_BASE),
			 DLL_NX_COMPAT | DLL_DYNAMIC_BASE);
	assert_int_equal(field(s, OPTIONAL_EXPORTS), 0);
	assert_int_equal(field(s, OPTIONAL_IMPORTS), 0);
	assert_true(span_le16(s, headers_at(s) + 22, &flags));
	assert_int_equal(flags & RELOCS_STRIPPED, 0);
}

static void are_drivers_that_any_firmware_loads(void **state)
{
	(void)state;
	for (unsigned d = 0; d < IGD_DRIVERS; d++)
		is_loaded_by_any_firmware(igd_driver_bytes((enum igd_driver)d));
	is_loaded_by_any_firmware(igd_witness_bytes());
}

static void are_small(void **state)
{
	size_t n = igd_driver_bytes(IGD_DRIVER_ASSIGNMENT).n + igd_driver_bytes(IGD_DRIVER_POLICY).n;

	(void)state;
	print_message("# %zu bytes, both\n", n);
	assert_true(n < BOTH_MAX);
	print_message("# %zu bytes, Witness\n", igd_witness_bytes().n);
	assert_true(igd_witness_bytes().n < WITNESS_MAX);
}

/* It is nothing that a ROM or a firmware should have: its mark is not among those that are known again. */
static void witness_is_none_of_them(void **state)
{
	static const char mark[] = "igdctl-driver Witness " IGDCTL_VERSION;
	struct span s = igd_witness_bytes();
	struct igd_driver_mark ours;

	(void)state;
	assert_non_null(memmem(s.p, s.n, mark, sizeof(mark)));
	assert_false(igd_driver_is(s, &ours));
	for (unsigned d = 0; d < IGD_DRIVERS; d++)
		assert_true(igd_driver_bytes((enum igd_driver)d).p != s.p);
}

static void are_known_again(void **state)
{
	static const char *const names[] = { "IgdAssignment", "GopPolicy" };
	struct igd_driver_mark mark;

	(void)state;
	for (unsigned d = 0; d < IGD_DRIVERS; d++) {
		assert_string_equal(igd_driver_name((enum igd_driver)d), names[d]);
		assert_true(igd_driver_is(igd_driver_bytes((enum igd_driver)d), &mark));
		assert_int_equal(mark.driver, d);
		assert_string_equal(mark.version, IGDCTL_VERSION);
		assert_null(mark.vbt.p);
	}
	assert_false(guid_eq(&igd_driver_guids[0], &igd_driver_guids[1]));
}

static void has_the_names_that_stay(void **state)
{
	const struct {
		const struct guid *guid;
		const char *text;
	} rows[] = { { &igd_driver_guids[IGD_DRIVER_ASSIGNMENT], "552a21d3-0d85-4fad-8c19-a191b9a61a9b" },
		     { &igd_driver_guids[IGD_DRIVER_POLICY], "47460cd4-9084-48a9-853f-5e726536f437" },
		     { &igd_gop_guid, "152d61eb-d1f6-4fd1-8c23-6b077c40b60b" },
		     { &igd_record_guid, "b273e740-f86b-41a1-917e-ba49f16cf3e6" } };
	char buf[GUID_STR];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(guid_str(rows[i].guid, buf), rows[i].text);
}

static void knows_other_versions(void **state)
{
	static const char *const good[] = { "0.1.0", "1.2.3", "10.20.3", "9.9.9" };
	static const char *const bad[] = { "1.2",   "1..2", "1.2.3.4", ".1.2.3",	  "1.2.3.",
					   "1.2.x", "",	    "abc",     "1.2.123456789012" };
	struct image m = copy_of(IGD_DRIVER_ASSIGNMENT);
	size_t at = find(&m, "igdctl-driver IgdAssignment ") + strlen("igdctl-driver IgdAssignment ");
	struct igd_driver_mark mark;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		memcpy(m.b + at, good[i], strlen(good[i]) + 1);
		assert_true(igd_driver_is(image_span(&m), &mark));
		assert_string_equal(mark.version, good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(m.b + at, bad[i], strlen(bad[i]) + 1);
		assert_false(igd_driver_is(image_span(&m), &mark));
	}
}

/* The section @from is called @to now. */
static void rename_section(struct image *m, const char *from, const char *to)
{
	size_t at = find(m, from);

	memset(m->b + at, 0, 8);
	memcpy(m->b + at, to, strlen(to));
}

static void finds_a_vbt_in_its_section(void **state)
{
	struct image m = copy_of(IGD_DRIVER_POLICY);
	size_t row = find(&m, ".text");
	struct igd_driver_mark mark;
	uint32_t vsize, at;

	(void)state;
	assert_true(span_le32(image_span(&m), row + 8, &vsize));
	assert_true(span_le32(image_span(&m), row + 20, &at));
	rename_section(&m, ".text", ".vbt");
	assert_true(igd_driver_is(image_span(&m), &mark));
	assert_ptr_equal(mark.vbt.p, m.b + at);
	assert_int_equal(mark.vbt.n, vsize); /* without what pads the section in the file */
	rename_section(&m, ".vbt", ".vbtx");
	assert_true(igd_driver_is(image_span(&m), &mark));
	assert_null(mark.vbt.p);
}

static void refuse(struct image *m)
{
	struct igd_driver_mark mark = { .version = "untouched" };

	assert_false(igd_driver_is(image_span(m), &mark));
	assert_string_equal(mark.version, "untouched");
}

static void is_not_fooled(void **state)
{
	static const char text[] = "igdctl-driver IgdAssignment 0.1.0";
	struct image m = { .n = 0 };
	size_t at;

	(void)state;
	refuse(&m);
	put_text(&m, text, sizeof(text)); /* text alone */
	refuse(&m);
	m = copy_of(IGD_DRIVER_ASSIGNMENT); /* the mark gone, and text behind the image instead */
	m.b[find(&m, "igdctl-driver")] ^= 1;
	refuse(&m);
	put_text(&m, text, sizeof(text));
	refuse(&m);
	m = copy_of(IGD_DRIVER_ASSIGNMENT); /* in a section that is not read-only data */
	rename_section(&m, ".rdata", ".text2");
	refuse(&m);
	m = copy_of(IGD_DRIVER_ASSIGNMENT); /* somebody else's name */
	m.b[find(&m, "IgdAssignment ")] = 'X';
	refuse(&m);
	m = copy_of(IGD_DRIVER_ASSIGNMENT); /* an application, and another machine's */
	at = headers_at(image_span(&m));
	set(&m, at + OPTIONAL_AT + 68, 10, 2);
	refuse(&m);
	set(&m, at + OPTIONAL_AT + 68, 11, 2);
	set(&m, at + 4, 0xaa64, 2);
	refuse(&m);
}

static void refuses_one_who_carries_marks_about(void **state)
{
	static const char twice[] = "igdctl-driver GopPolicy 1.0.0";
	struct image m = copy_of(IGD_DRIVER_ASSIGNMENT);
	struct igd_driver_mark mark;
	uint32_t raw, at, row = (uint32_t)find(&m, ".rdata");

	(void)state;
	assert_true(span_le32(image_span(&m), row + 16, &raw));
	at = (uint32_t)m.n;
	set(&m, row + 8, raw + 512, 4); /* the section moved to the end, with room */
	set(&m, row + 16, raw + 512, 4);
	assert_true(span_le32(image_span(&m), row + 20, &raw));
	for (uint32_t i = 0, from = raw; i < 0x1000 && from + i < at; i++)
		put(&m, m.b[from + i], 1);
	set(&m, row + 20, at, 4);
	put_text(&m, "", 512);
	assert_true(igd_driver_is(image_span(&m), &mark));
	memcpy(m.b + find(&m, "igdctl-driver IgdAssignment") + (at - raw) + 64, twice, sizeof(twice));
	refuse(&m);
}

static void try_is(struct span s)
{
	struct igd_driver_mark mark;

	if (igd_driver_is(s, &mark))
		assert_true(strlen(mark.version) < sizeof(mark.version) && mark.driver < IGD_DRIVERS);
}

static void survives_damage(void **state)
{
	(void)state;
	image_damage(igd_driver_bytes(IGD_DRIVER_POLICY), try_is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_drivers_that_any_firmware_loads),
		cmocka_unit_test(are_small),
		cmocka_unit_test(are_known_again),
		cmocka_unit_test(witness_is_none_of_them),
		cmocka_unit_test(has_the_names_that_stay),
		cmocka_unit_test(knows_other_versions),
		cmocka_unit_test(finds_a_vbt_in_its_section),
		cmocka_unit_test(is_not_fooled),
		cmocka_unit_test(refuses_one_who_carries_marks_about),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("igd_driver", tests, NULL, NULL);
}
