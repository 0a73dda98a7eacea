// SPDX-License-Identifier: GPL-2.0-or-later
/* VT-d's capability registers: real pairs, and each field at its place. */
#include "image.h"

#include "fw/vtd.h"

static void registers_decode(void **state)
{
	struct vtd_caps c = { .mgaw = 99 };

	(void)state;
	/* the graphics unit of a Coffee Lake, as its kernel log prints it */
	assert_true(vtd_caps_read(0x1c0000c40660462, 0x19e2ff0505e, &c));
	assert_int_equal(c.mgaw, 39);
	assert_int_equal(c.sagaw, 4);
	assert_int_equal(c.sagaw_bits, 48);
	assert_int_equal(c.domains, 256);
	assert_int_equal(c.sllps, 3);
	assert_false(c.caching_mode);
	assert_false(c.coherent);
	assert_true(c.queued_inval);
	assert_true(c.device_tlb);
	assert_true(c.intr_remap);
	assert_true(c.x2apic);
	assert_true(c.pass_through);
	assert_false(c.snoop_control);
	/* and the other one */
	assert_true(vtd_caps_read(0xd2008c40660462, 0xf050da, &c));
	assert_int_equal(c.mgaw, 39);
	assert_true(c.intr_remap);
	assert_true(c.x2apic);
	assert_true(c.pass_through);
	assert_true(c.snoop_control);
	assert_false(c.device_tlb);
	assert_true(vtd_caps_read(0x00000000002f0200, 0, &c)); /* 3 levels, 48 bits, nothing else */
	assert_int_equal(c.sagaw_bits, 39);
	assert_int_equal(c.mgaw, 48);
	assert_false(c.intr_remap);
	assert_int_equal(c.domains, 16);
	assert_true(vtd_caps_read(0x0000000000380800, UINT64_C(1) << 43, &c));
	assert_int_equal(c.sagaw_bits, 57);
	assert_int_equal(c.mgaw, 57);
	assert_true(c.scalable_mode);
}

static void registers_that_do_not_answer(void **state)
{
	struct vtd_caps c = { .mgaw = 99 };

	(void)state;
	assert_false(vtd_caps_read(0, 0, &c));
	assert_false(vtd_caps_read(UINT64_MAX, UINT64_MAX, &c));
	assert_false(vtd_caps_read(1, UINT64_MAX, &c));
	assert_int_equal(c.mgaw, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_decode),
		cmocka_unit_test(registers_that_do_not_answer),
	};

	return cmocka_run_group_tests_name("vtd", tests, NULL, NULL);
}
