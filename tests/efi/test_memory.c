// SPDX-License-Identifier: BSD-2-Clause
/* Aligned reserved memory, and what the memory map says of an address. */
#include "memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "mock.h"

#define MIB UINT64_C(0x100000)

static int begin(void **state)
{
	(void)state;
	mock_begin(16);
	return 0;
}

static int end(void **state)
{
	(void)state;
	mock_end();
	return 0;
}

static void allocates_aligned(void **state)
{
	uint64_t at = memory_below_4g(&mock.bs, EfiReservedMemoryType, 2 * MIB, MIB);

	(void)state;
	assert_int_not_equal(at, 0);
	assert_int_equal(at % MIB, 0);
	assert_true(at + 2 * MIB <= UINT32_MAX);
	assert_int_equal(mock_used(EfiReservedMemoryType), 2 * MIB); /* nothing of what the alignment took */
	for (uint64_t i = at; i < at + 2 * MIB; i += EFI_PAGE_SIZE)
		assert_int_equal(mock_page_type(i), EfiReservedMemoryType);
}

static void rounds_up_to_pages(void **state)
{
	uint64_t at = memory_below_4g(&mock.bs, EfiACPIMemoryNVS, EFI_PAGE_SIZE + 1, EFI_PAGE_SIZE);

	(void)state;
	assert_int_equal(at % EFI_PAGE_SIZE, 0);
	assert_int_equal(mock_used(EfiACPIMemoryNVS), 2 * EFI_PAGE_SIZE);
	assert_int_equal(mock.n_steps, 1); /* nothing to give back */
}

static void answers_0_where_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(memory_below_4g(&mock.bs, EfiReservedMemoryType, 16 * MIB, MIB), 0);
	assert_int_equal(memory_below_4g(&mock.bs, EfiReservedMemoryType, 0, MIB), 0);
	assert_int_equal(memory_below_4g(&mock.bs, EfiReservedMemoryType, UINT64_C(8) << 30, MIB), 0);
	assert_int_equal(memory_below_4g(&mock.bs, EfiReservedMemoryType, UINT64_MAX, MIB), 0);
	mock.fail[MOCK_ALLOCATE_PAGES] = mock.calls[MOCK_ALLOCATE_PAGES] + 1;
	assert_int_equal(memory_below_4g(&mock.bs, EfiReservedMemoryType, MIB, MIB), 0);
	assert_int_equal(mock_used(EfiConventionalMemory), 16 * MIB);
}

static void does_without_what_is_not_taken_back(void **state)
{
	uint64_t at;

	(void)state;
	mock.fail[MOCK_FREE_PAGES] = 1;
	at = memory_below_4g(&mock.bs, EfiReservedMemoryType, MIB, MIB);
	assert_int_not_equal(at, 0);
	assert_int_equal(at % MIB, 0);
}

static uint64_t reserve(uint64_t at, uint64_t size)
{
	uint64_t address = (uint64_t)(uintptr_t)mock.ram + at;

	mock_page_set(address, size, EfiReservedMemoryType);
	return address;
}

static void reads_the_map(void **state)
{
	uint64_t at = reserve(MIB, 2 * MIB);

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		mock.map_step = i & 1 ? 3 : 0; /* neighbours apart, and in an order of the firmware's own */
		mock.map_backwards = (i & 2) != 0;
		assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at, 2 * MIB));
		assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at + 1, 1));
		assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at + 2 * MIB - 1, 1));
		assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, 2 * MIB + 1));
		assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at - 1, 2));
		assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at + 2 * MIB, 1));
		assert_false(memory_is(&mock.bs, EfiACPIMemoryNVS, at, 1));
	}
}

static void sees_a_gap(void **state)
{
	uint64_t at = reserve(MIB, 2 * MIB);

	(void)state;
	mock_page_set(at + MIB, EFI_PAGE_SIZE, EfiACPIMemoryNVS);
	assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB + 1));
	assert_true(memory_is(&mock.bs, EfiACPIMemoryNVS, at + MIB, EFI_PAGE_SIZE));
}

static void wants_memory_and_no_registers(void **state)
{
	uint64_t at = reserve(MIB, MIB);

	(void)state;
	mock.map_uncached = true;
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
}

/* What EDK II keeps for a type and nobody has: the map alone would say yes. */
static void wants_an_owner(void **state)
{
	uint64_t at = reserve(MIB, 4 * MIB);

	(void)state;
	mock_bin_set(at, 4 * MIB, EfiReservedMemoryType);
	assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at, 4 * MIB));
	mock_page_set(at, 4 * MIB, EfiConventionalMemory);
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, 4 * MIB));
	assert_int_equal(mock_used(EfiReservedMemoryType), 0); /* what was tried was given back */
	for (unsigned i = 0; i < 4; i++) {		       /* somebody has a part of it */
		mock_page_set(at, 4 * MIB, EfiConventionalMemory);
		mock_page_set(at + i * MIB, MIB, EfiReservedMemoryType);
		assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, 4 * MIB));
		assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at + i * MIB, MIB));
	}
	mock_page_set(at, 4 * MIB, EfiReservedMemoryType);
	mock_page_set(at + 4 * MIB - EFI_PAGE_SIZE, EFI_PAGE_SIZE, EfiConventionalMemory);
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, 4 * MIB));
	assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at, 4 * MIB - EFI_PAGE_SIZE));
}

static void refuses_odd_ranges(void **state)
{
	uint64_t at = reserve(MIB, MIB);

	(void)state;
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, 0));
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, UINT64_MAX));
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, UINT64_MAX, 1));
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, 0, 1));
}

static void says_no_without_a_map(void **state)
{
	uint64_t at = reserve(MIB, MIB);

	(void)state;
	for (unsigned n = 1; n <= 2; n++) {
		mock.fail[MOCK_GET_MEMORY_MAP] = mock.calls[MOCK_GET_MEMORY_MAP] + n;
		assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
	}
	mock.fail[MOCK_ALLOCATE_POOL] = mock.calls[MOCK_ALLOCATE_POOL] + 1;
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
	assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
}

static void asks_again_when_the_map_grew(void **state)
{
	uint64_t at = reserve(MIB, MIB);

	(void)state;
	mock.map_grows = 2;
	assert_true(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
	mock.map_grows = 100; /* but not for ever */
	assert_false(memory_is(&mock.bs, EfiReservedMemoryType, at, MIB));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(allocates_aligned, begin, end),
		cmocka_unit_test_setup_teardown(rounds_up_to_pages, begin, end),
		cmocka_unit_test_setup_teardown(answers_0_where_there_is_none, begin, end),
		cmocka_unit_test_setup_teardown(does_without_what_is_not_taken_back, begin, end),
		cmocka_unit_test_setup_teardown(reads_the_map, begin, end),
		cmocka_unit_test_setup_teardown(sees_a_gap, begin, end),
		cmocka_unit_test_setup_teardown(wants_memory_and_no_registers, begin, end),
		cmocka_unit_test_setup_teardown(wants_an_owner, begin, end),
		cmocka_unit_test_setup_teardown(refuses_odd_ranges, begin, end),
		cmocka_unit_test_setup_teardown(says_no_without_a_map, begin, end),
		cmocka_unit_test_setup_teardown(asks_again_when_the_map_grew, begin, end),
	};

	return cmocka_run_group_tests_name("efi_memory", tests, NULL, NULL);
}
