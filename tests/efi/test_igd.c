// SPDX-License-Identifier: BSD-2-Clause
/* The drivers' table of devices against the program's, and which devices are displays of Intel's. */
#include "igd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "mock.h"
#include "program.h"

static bool look(struct mock_device *d, struct igd *ret)
{
	if (!d->handle)
		mock_device_start(d);
	return igd_is(&mock.bs, d->handle, ret);
}

static void knows_what_the_program_knows(void **state)
{
	struct mock_device *d = mock_device_add(0);
	struct program_row row = { 0 };
	struct igd igd;
	size_t n = 0;

	(void)state;
	for (unsigned id = 0; id <= 0xffff; id++) {
		bool known = n == 0 ? program_row(n++, &row) : true;

		while (known && row.id < id)
			known = program_row(n++, &row);
		mock_config_set(d, 2, 2, id);
		assert_true(look(d, &igd));
		assert_int_equal(igd.id, id);
		assert_int_equal(igd.known, known && row.id == id);
		if (!igd.known) {
			assert_true(!igd.discrete && igd.bdsm == BDSM_NONE && igd.ggc == GGC_NONE);
			continue;
		}
		assert_int_equal(igd.discrete, row.discrete);
		assert_int_equal(igd.bdsm, row.bdsm == 0x5c ? BDSM_AT_5C : row.bdsm == 0xc0 ? BDSM_AT_C0 : BDSM_NONE);
		assert_int_equal(igd.ggc != GGC_NONE, row.ggc);
	}
	assert_true(n > 300);
}

/* Every value of GGC, on one device of each layout. */
static void sizes_as_the_program_does(void **state)
{
	struct mock_device *d = mock_device_add(0);
	bool seen[GGC_CHV + 1] = { false };
	struct program_row row;
	struct igd igd;

	(void)state;
	for (size_t n = 0; program_row(n, &row); n++) {
		mock_config_set(d, 2, 2, row.id);
		assert_true(look(d, &igd));
		assert_int_equal(igd_stolen_size(igd.ggc, 0x0208), program_stolen(row.id, 0x0208));
		if (seen[igd.ggc])
			continue;
		seen[igd.ggc] = true;
		for (unsigned ggc = 0; ggc <= 0xffff; ggc++)
			assert_int_equal(igd_stolen_size(igd.ggc, (uint16_t)ggc),
					 program_stolen(row.id, (uint16_t)ggc));
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		assert_true(seen[i]);
}

static void sizes_by_hand(void **state)
{
	const struct {
		enum igd_ggc layout;
		uint16_t ggc;
		unsigned mib;
	} rows[] = {
		{ GGC_GEN6, 0x0010, 64 }, { GGC_GEN6, 0x0080, 512 },  { GGC_GEN8, 0x02c0, 64 },
		{ GGC_GEN9, 0x02c1, 64 }, { GGC_GEN9, 0xf000, 4 },    { GGC_GEN9, 0xfe00, 60 },
		{ GGC_GEN9, 0xff00, 0 },  { GGC_GEN9, 0x4000, 2048 }, { GGC_CHV, 0x0088, 8 },
		{ GGC_CHV, 0x00b0, 28 },  { GGC_CHV, 0x00b8, 36 },    { GGC_CHV, 0x00e8, 60 },
		{ GGC_CHV, 0x00f0, 0 },	  { GGC_NONE, 0x0200, 0 },    { GGC_GEN8, 0xffff, 0 },
		{ GGC_GEN6, 0xffff, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(igd_stolen_size(rows[i].layout, rows[i].ggc), (uint64_t)rows[i].mib << 20);
}

static void takes_displays_of_intel_alone(void **state)
{
	const struct {
		uint16_t vendor;
		uint32_t class;
		bool is;
	} rows[] = {
		{ 0x8086, 0x03000000, true },  { 0x8086, 0x030000ff, true },  { 0x8086, 0x03800000, true },
		{ 0x8086, 0x03010000, false }, { 0x8086, 0x03020000, false }, { 0x8086, 0x04030000, false },
		{ 0x8086, 0x00000000, false }, { 0x1002, 0x03000000, false }, { 0xffff, 0xffffffff, false },
	};
	struct mock_device *d = mock_device_add(0x3e92);
	struct igd igd;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		mock_config_set(d, 0, 2, rows[i].vendor);
		mock_config_set(d, 8, 4, rows[i].class);
		assert_int_equal(look(d, &igd), rows[i].is);
	}
}

static void says_where_it_is(void **state)
{
	struct mock_device *d = mock_device_add(0x3e92);
	struct igd igd;

	(void)state;
	d->bus = 0x1f;
	d->device = 0x1e;
	d->function = 7;
	assert_true(look(d, &igd));
	assert_int_equal(igd.bus, 0x1f);
	assert_int_equal(igd.device, 0x1e);
	assert_int_equal(igd.function, 7);
	assert_ptr_equal(igd.pci, &d->pci);
	assert_ptr_equal(igd.handle, d->handle);
}

static void survives_what_fails(void **state)
{
	const enum mock_call calls[] = { MOCK_HANDLE_PROTOCOL, MOCK_CONFIG_READ, MOCK_CONFIG_READ,
					 MOCK_GET_LOCATION };
	struct mock_device *d = mock_device_add(0x3e92);
	struct igd igd;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		memset(mock.calls, 0, sizeof(mock.calls));
		memset(mock.fail, 0, sizeof(mock.fail));
		mock.fail[calls[i]] = i == 2 ? 2 : 1;
		assert_false(look(d, &igd));
	}
	assert_false(igd_is(&mock.bs, MOCK_IMAGE, &igd)); /* no PciIo on it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(knows_what_the_program_knows, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(sizes_as_the_program_does, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(sizes_by_hand, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(takes_displays_of_intel_alone, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(says_where_it_is, mock_setup, mock_teardown),
		cmocka_unit_test_setup_teardown(survives_what_fails, mock_setup, mock_teardown),
	};

	return cmocka_run_group_tests_name("efi_igd", tests, NULL, NULL);
}
