// SPDX-License-Identifier: BSD-2-Clause
/* Lines to the debug console and the serial port, where they are there. */
#include "mock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "log.h"

static void writes_to_both(void **state)
{
	(void)state;
	log_open("Some");
	log_line("a line");
	assert_string_equal(mock.log, "igdctl: Some: a line\n");
	assert_string_equal(mock.serial, "igdctl: Some: a line\r\n");
}

static void formats(void **state)
{
	(void)state;
	log_open("F");
	log_line("%s %u %x %02x:%04x %%", "word", (uint32_t)4294967295u, UINT64_C(0xfedcba9876543210), (uint32_t)7,
		 (uint32_t)0x3e92);
	log_line("%u %x %02x %04x", (uint32_t)0, UINT64_C(0), (uint32_t)0, (uint32_t)0);
	log_line("%02x %04x", (uint32_t)0x123, (uint32_t)0x12345); /* more digits than asked for stay */
	assert_true(mock_logged("word 4294967295 0xfedcba9876543210 07:3e92 %"));
	assert_true(mock_logged("0 0x0 00 0000"));
	assert_true(mock_logged("123 12345"));
}

/* What was added belongs to one line, and to no other. */
static void adds_to_a_line(void **state)
{
	char text[400];

	(void)state;
	log_open("A");
	log_add("one %u", (uint32_t)1);
	log_add(", two %s", "words");
	assert_int_equal(mock.log_n, 0);
	log_line(", end");
	log_line("next");
	assert_string_equal(mock.log, "igdctl: A: one 1, two words, end\nigdctl: A: next\n");
	mock.log_n = 0;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_add("%s", text);
	log_line("%s", text);
	assert_int_equal(mock.log_n, 200);
}

static void cuts_long_lines(void **state)
{
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_open("L");
	log_line("%s", text);
	assert_int_equal(mock.log_n, 200);
	assert_int_equal(mock.log[198], 'x');
	assert_int_equal(mock.log[199], '\n');
	assert_int_equal(mock.serial_n, 201);
}

static void needs_neither(void **state)
{
	(void)state;
	mock.has_serial = false;
	log_open("A");
	log_line("only debug");
	assert_true(mock_logged("only debug"));
	assert_int_equal(mock.serial_n, 0);
	mock.has_serial = true;
	mock.has_debug = false;
	log_open("A");
	log_line("only serial");
	assert_false(mock_log_has("only serial"));
	assert_string_equal(mock.serial, "igdctl: A: only serial\r\n");
	mock.has_serial = false;
	log_open("A");
	log_line("nobody");
	assert_false(mock_log_has("nobody"));
}

static void gives_a_stuck_port_up(void **state)
{
	(void)state;
	mock.serial_stuck = true;
	log_open("S");
	log_line("one");
	log_line("two");
	assert_true(mock_logged("one") && mock_logged("two"));
	mock.serial_stuck = false; /* too late */
	log_line("three");
	assert_int_equal(mock.serial_n, 0);
}

static void leaves_a_divisor_alone(void **state)
{
	(void)state;
	log_open("D");
	mock.serial_lcr = 0x83;
	log_line("while it is set");
	assert_int_equal(mock.serial_n, 0);
	mock.serial_lcr = 0x03;
	log_line("afterwards");
	assert_string_equal(mock.serial, "igdctl: D: afterwards\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_to_both, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(formats, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(adds_to_a_line, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(cuts_long_lines, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(needs_neither, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(gives_a_stuck_port_up, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(leaves_a_divisor_alone, mock_setup, mock_teardown),
	};

	return cmocka_run_group_tests_name("efi_log", tests, NULL, NULL);
}
