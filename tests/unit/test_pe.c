// SPDX-License-Identifier: GPL-2.0-or-later
/* PE and TE headers: what a driver is, how long it is, and what lies behind it. */
#include "fw_image.h"

#include "base/error.h"
#include "fw/pe.h"

static struct image driver(void)
{
	struct image m = { .n = 0 };

	(void)put_pe(&m, 0x8664, 0x40);
	put_fill(&m, 0x90, 0x40);
	return m;
}

static struct image stripped(void)
{
	struct image m = { .n = 0 };

	put_text(&m, "VZ", 2);
	put(&m, 0x014c, 2);
	put(&m, 1, 1);	/* sections */
	put(&m, 11, 1); /* subsystem */
	put(&m, 0x150, 2);
	put_fill(&m, 0, 32 + 40 + 16);
	return m;
}

static void reads_a_driver(void **state)
{
	struct image m = driver();
	struct report rep = { 0 };
	struct pe pe;

	(void)state;
	assert_int_equal(pe_read(image_span(&m), &pe, &rep), 0);
	assert_int_equal(pe.machine, PE_X64);
	assert_int_equal(pe.subsystem, 11);
	assert_true(pe.plus);
	assert_false(pe.te);
	assert_int_equal(pe.headers_size, PE_HEADERS);
	assert_int_equal(pe.file_size, m.n);
	assert_false(pe.partial);
	assert_int_equal(pe.overlay_at, 0);
	assert_int_equal(rep.n_notes, 0);
}

static void sees_an_overlay_and_a_missing_end(void **state)
{
	struct image m = driver();
	size_t end = m.n;
	struct pe pe;

	(void)state;
	put_fill(&m, 0x55, 100);
	assert_int_equal(pe_read(image_span(&m), &pe, NULL), 0);
	assert_int_equal(pe.file_size, end);
	assert_int_equal(pe.overlay_at, end);
	m.n = end - 1;
	assert_int_equal(pe_read(image_span(&m), &pe, NULL), 0);
	assert_true(pe.partial);
	assert_int_equal(pe.file_size, end - 1);
	assert_int_equal(pe.overlay_at, 0);
	set(&m, 0x148 + 0x10, 0xffffffff, 4); /* size and place that only fit into 33 bits together */
	set(&m, 0x148 + 0x14, 0xffffffff, 4);
	assert_int_equal(pe_read(image_span(&m), &pe, NULL), 0);
	assert_true(pe.partial);
	assert_int_equal(pe.file_size, m.n);
	set(&m, 0x148 + 0x10, 0, 4); /* a section of zeros has no bytes in the file, wherever it points */
	assert_int_equal(pe_read(image_span(&m), &pe, NULL), 0);
	assert_false(pe.partial);
	assert_int_equal(pe.file_size, PE_HEADERS);
}

static void reads_a_te_image(void **state)
{
	struct image m = stripped();
	struct pe pe;

	(void)state;
	assert_int_equal(pe_read(image_span(&m), &pe, NULL), 0);
	assert_true(pe.te);
	assert_int_equal(pe.machine, PE_IA32);
	assert_int_equal(pe.subsystem, 11);
	assert_int_equal(pe.file_size, m.n);
	assert_int_equal(pe.headers_size, 80);
}

static void refuse(struct image m, int code)
{
	struct report rep = { 0 };
	struct pe pe, before;

	memset(&before, 0xa5, sizeof(before));
	pe = before;
	assert_int_equal(pe_read(image_span(&m), &pe, &rep), -code);
	assert_int_equal(rep.code, -code);
	assert_memory_equal(&pe, &before, sizeof(pe));
}

static void refuses(void **state)
{
	struct image m = driver();

	(void)state;
	m.b[0] = 'N';
	refuse(m, IGD_EMAGIC);
	m = driver();
	set(&m, 0x3c, 0xffffffff, 4); /* the header lies far away */
	refuse(m, IGD_ETRUNC);
	m = driver();
	m.b[0x42] = 1;
	refuse(m, IGD_EMAGIC);
	m = driver();
	set(&m, 0x46, 97, 2); /* more sections than loaders take */
	refuse(m, IGD_ELIMIT);
	m = driver();
	set(&m, 0x54, 0xffff, 2); /* an optional header that puts the table outside */
	refuse(m, IGD_ETRUNC);
	m = driver();
	m.n = 0x90;
	refuse(m, IGD_ETRUNC);
	m = stripped();
	m.n = 79;
	refuse(m, IGD_ETRUNC);
	m = stripped();
	set(&m, 6, 39, 2); /* it cannot have lost less than its own header's size */
	refuse(m, IGD_EMAGIC);
}

static void names_machines(void **state)
{
	(void)state;
	assert_string_equal(pe_machine_str(0x8664), "X64");
	assert_string_equal(pe_machine_str(0x014c), "IA32");
	assert_string_equal(pe_machine_str(0xaa64), "AArch64");
	assert_string_equal(pe_machine_str(0x0ebc), "EBC");
	assert_string_equal(pe_machine_str(0x1234), "other");
}

static void try(struct span s)
{
	struct pe pe, before;

	memset(&before, 0xa5, sizeof(before));
	pe = before;
	if (pe_read(s, &pe, NULL) < 0)
		assert_memory_equal(&pe, &before, sizeof(pe));
	else
		assert_true(pe.file_size <= s.n && (pe.overlay_at == 0 || pe.overlay_at < s.n));
}

static void survives_damage(void **state)
{
	struct image m = driver();

	(void)state;
	image_damage(image_span(&m), try);
	m = stripped();
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_driver),   cmocka_unit_test(sees_an_overlay_and_a_missing_end),
		cmocka_unit_test(reads_a_te_image), cmocka_unit_test(refuses),
		cmocka_unit_test(names_machines),   cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
