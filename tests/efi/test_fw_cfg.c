// SPDX-License-Identifier: BSD-2-Clause
/* Files of QEMU's. */
#include "fw_cfg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "mock.h"

static void finds_and_reads(void **state)
{
	struct fw_cfg_file f;
	char buf[8];

	(void)state;
	mock_file_add("etc/a", "first", 5);
	mock_file_add("etc/ab", "second", 6);
	mock_file_add("etc/abc", "third", 5);
	assert_true(fw_cfg_is_there());
	assert_true(fw_cfg_find("etc/ab", &f));
	assert_int_equal(f.size, 6);
	memset(buf, '#', sizeof(buf));
	fw_cfg_read(&f, buf, 3);
	assert_memory_equal(buf, "sec#####", 8);
	fw_cfg_read(&f, buf, sizeof(buf)); /* no more than there is */
	assert_memory_equal(buf, "second##", 8);
	assert_true(fw_cfg_find("etc/abc", &f));
	assert_int_equal(f.select, 0x22);
	assert_false(fw_cfg_find("etc/", &f));
	assert_false(fw_cfg_find("etc/abcd", &f));
	assert_false(fw_cfg_find("", &f));
}

static void knows_long_names(void **state)
{
	static const char name[] = "opt/0123456789012345678901234567890123456789012345678"; /* and two zeros */
	struct fw_cfg_file f;

	(void)state;
	mock_file_add(name, "x", 1);
	assert_true(fw_cfg_find(name, &f));
	assert_false(fw_cfg_find("opt/012345678901234567890123456789012345678901234567890123456789", &f));
}

static void does_without(void **state)
{
	struct fw_cfg_file f = { .select = 7, .size = 7 };

	(void)state;
	assert_false(fw_cfg_find("etc/a", &f));
	mock.has_fw_cfg = false;
	assert_false(fw_cfg_is_there());
	assert_false(fw_cfg_find("etc/a", &f));
	assert_int_equal(f.select, 7);
}

static void ends_on_a_silly_count(void **state)
{
	struct fw_cfg_file f;

	(void)state;
	mock.fw_count = UINT32_MAX;
	mock_file_add("etc/a", "x", 1);
	assert_true(fw_cfg_find("etc/a", &f));
	assert_false(fw_cfg_find("etc/b", &f));
	assert_true(mock.fw_at <= 4 + 64 * FW_CFG_FILES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_and_reads, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(knows_long_names, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(does_without, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(ends_on_a_silly_count, mock_setup, mock_teardown),
	};

	return cmocka_run_group_tests_name("efi_fw_cfg", tests, NULL, NULL);
}
