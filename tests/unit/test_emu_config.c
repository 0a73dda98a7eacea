// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration space: ids, BARs of each kind as they are sized, capabilities, resets; and a function without a
 * model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/le.h"
#include "emu/config.h"
#include "emu/plain.h"
#include "std/pci.h"

static const struct emu_ids ids = { 0x8086, 0xa348, 0x103c, 0x83e2, 0x040300, 0x10, true, 1 };

static void put(struct emu_config *c, size_t at, uint64_t v, unsigned n)
{
	uint8_t p[8];

	le_put(p, v, n);
	emu_config_write(c, at, p, n);
}

static void header_is_read_only(_unused_ void **state)
{
	struct emu_config c;

	emu_config_init(&c, &ids, false);
	assert_int_equal(c.n, 256);
	for (size_t at = 0; at < 256; at += 4)
		put(&c, at, 0xffffffff, 4);
	assert_int_equal(emu_config_get(&c, 0, 4), 0xa3488086);
	assert_int_equal(emu_config_get(&c, 4, 4), 0x00000547);
	assert_int_equal(emu_config_get(&c, 8, 4), 0x04030010);
	assert_int_equal(emu_config_get(&c, 0xc, 4), 0x008000ff);
	assert_int_equal(emu_config_get(&c, 0x10, 8), 0);
	assert_int_equal(emu_config_get(&c, 0x2c, 4), 0x83e2103c);
	assert_int_equal(emu_config_get(&c, 0x30, 8), 0); /* no ROM, no capabilities */
	assert_int_equal(emu_config_get(&c, 0x3c, 4), 0x000001ff);
	assert_int_equal(emu_config_get(&c, 0xf8, 8), 0);
	emu_config_reset(&c);
	assert_int_equal(emu_config_get(&c, 4, 4), 0);
	assert_int_equal(emu_config_get(&c, 0x3c, 1), 0);
}

static void bars_are_sized(_unused_ void **state)
{
	struct emu_config c;

	emu_config_init(&c, &ids, false);
	assert_true(emu_config_bar(&c, 0, (struct emu_bar) { EMU_BAR_64, false, 0x4000 }));
	assert_true(emu_config_bar(&c, 2, (struct emu_bar) { EMU_BAR_64, true, 0x10000000 }));
	assert_true(emu_config_bar(&c, 4, (struct emu_bar) { EMU_BAR_IO, false, 0x20 }));
	assert_true(emu_config_bar(&c, 5, (struct emu_bar) { EMU_BAR_32, false, 0x800 }));
	emu_config_rom(&c, 0x10000);
	assert_int_equal(emu_config_get(&c, 0x10, 8), 4);
	assert_int_equal(emu_config_get(&c, 0x18, 8), 0xc);
	assert_int_equal(emu_config_get(&c, 0x20, 8), 1);
	for (size_t at = 0x10; at < 0x34; at += 4)
		put(&c, at, 0xffffffff, 4);
	assert_int_equal(emu_config_get(&c, 0x10, 8), 0xffffffffffffc004);
	assert_int_equal(emu_config_get(&c, 0x18, 8), 0xfffffffff000000c);
	assert_int_equal(emu_config_get(&c, 0x20, 4), 0xffffffe1);
	assert_int_equal(emu_config_get(&c, 0x24, 4), 0xfffff800);
	assert_int_equal(emu_config_get(&c, 0x28, 4), 0); /* CardBus CIS */
	assert_int_equal(emu_config_get(&c, 0x30, 4), 0xffff0001);
	put(&c, 0x10, 0xfd000123, 4);
	assert_int_equal(emu_config_get(&c, 0x10, 4), 0xfd000004);
	put(&c, 0x13, 0xaa, 1); /* a byte */
	assert_int_equal(emu_config_get(&c, 0x10, 4), 0xaa000004);
	emu_config_reset(&c);
	assert_int_equal(emu_config_get(&c, 0x10, 8), 4);
}

static void bars_that_make_no_sense(_unused_ void **state)
{
	static const struct emu_bar bad[] = {
		{ EMU_BAR_NONE, false, 0x1000 }, { EMU_BAR_32, false, 0 },	    { EMU_BAR_32, false, 0x3000 },
		{ EMU_BAR_32, false, 8 },	 { EMU_BAR_32, false, 1ull << 32 }, { EMU_BAR_IO, false, 0x200 },
		{ EMU_BAR_IO, true, 0x20 },	 { EMU_BAR_IO, false, 2 },
	};
	struct emu_config c;

	emu_config_init(&c, &ids, false);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(emu_config_bar(&c, 0, bad[i]));
	assert_false(emu_config_bar(&c, 5, (struct emu_bar) { EMU_BAR_64, false, 0x1000 }));
	assert_false(emu_config_bar(&c, 6, (struct emu_bar) { EMU_BAR_32, false, 0x1000 }));
	assert_true(emu_config_bar(&c, 1, (struct emu_bar) { EMU_BAR_64, false, 0x1000 }));
	assert_false(emu_config_bar(&c, 0, (struct emu_bar) { EMU_BAR_64, false, 0x1000 }));
	assert_false(emu_config_bar(&c, 2, (struct emu_bar) { EMU_BAR_32, false, 0x1000 }));
	assert_false(emu_config_bar(&c, 1, (struct emu_bar) { EMU_BAR_32, false, 0x1000 }));
}

static void capabilities_are_chained(_unused_ void **state)
{
	struct emu_config c;

	emu_config_init(&c, &ids, true);
	assert_int_equal(c.n, 4096);
	assert_true(emu_config_express(&c, 0x70, PCIE_RC_ENDPOINT, true));
	assert_true(emu_config_msi(&c, 0xac));
	assert_true(emu_config_pm(&c, 0));
	assert_int_equal(emu_config_get(&c, 6, 2), 0x10);
	assert_int_equal(emu_config_get(&c, 0x34, 1), 0x70);
	assert_int_equal(emu_config_get(&c, 0x70, 4), 0x0092ac10);
	assert_int_equal(emu_config_get(&c, 0x74, 4), 0x10008000);
	assert_int_equal(emu_config_get(&c, 0xac, 4), 0x0000b805);
	assert_int_equal(emu_config_get(&c, 0xb8, 4), 0x00220001); /* the last */
	assert_int_equal(emu_config_get(&c, 0x100, 4), 0);	   /* no extended ones */
	put(&c, 0xac, 0xffffffff, 4);
	assert_int_equal(emu_config_get(&c, 0xac, 4), 0x0001b805);
	put(&c, 0xbc, 0xffffffff, 4);
	assert_int_equal(emu_config_get(&c, 0xbc, 4), 3);
}

static void capabilities_have_their_place(_unused_ void **state)
{
	struct emu_config c;

	emu_config_init(&c, &ids, false);
	assert_false(emu_config_msi(&c, 0x3c)); /* in the header */
	assert_false(emu_config_msi(&c, 0x41));
	assert_false(emu_config_msi(&c, 0xf8)); /* past the end */
	assert_true(emu_config_pm(&c, 0x50));
	assert_false(emu_config_msi(&c, 0x54)); /* over another */
	assert_false(emu_config_msi(&c, 0x48));
	assert_true(emu_config_af(&c, 0x40));
	assert_int_equal(emu_config_get(&c, 0x40, 4), 0x03060013);
	assert_int_equal(emu_config_get(&c, 0x51, 1), 0x40);
}

static bool flr(const struct emu_config *c, size_t at, uint64_t v, size_t n)
{
	uint8_t p[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

	return emu_config_is_flr(c, at, p, n);
}

static void function_level_reset(_unused_ void **state)
{
	struct emu_config c;

	emu_config_init(&c, &ids, true);
	assert_false(flr(&c, 0x78, 0xffffffff, 4));
	assert_true(emu_config_express(&c, 0x70, PCIE_RC_ENDPOINT, true));
	assert_true(flr(&c, 0x78, 0x8000, 2));
	assert_true(flr(&c, 0x79, 0x80, 1));
	assert_true(flr(&c, 0x76, 0x80000000, 4));
	assert_false(flr(&c, 0x78, 0x7fff, 2));
	assert_false(flr(&c, 0x78, 0x80, 1));
	assert_false(flr(&c, 0x7a, 0x8000, 2));
	put(&c, 0x78, 0xffff, 2);
	assert_int_equal(emu_config_get(&c, 0x78, 2), 0x7fff); /* the bit reads 0 */
	emu_config_init(&c, &ids, false);
	assert_true(emu_config_af(&c, 0xa4));
	assert_true(flr(&c, 0xa8, 1, 1));
	assert_false(flr(&c, 0xa8, 2, 1));
}

static void own_bytes(_unused_ void **state)
{
	static const uint8_t two[] = { 0xc1, 0x01 };
	struct emu_config c;
	uint8_t p[8];

	emu_config_init(&c, &ids, false);
	emu_config_set(&c, 0x50, two, 2, 0);
	emu_config_set(&c, 0x5c, two, 2, 0x0f);
	emu_config_set(&c, 255, two, 2, 0); /* does not fit: nothing */
	emu_config_set(&c, 5000, two, 2, 0);
	put(&c, 0x50, 0xffff, 2);
	put(&c, 0x5c, 0xffff, 2);
	assert_int_equal(emu_config_get(&c, 0x50, 2), 0x01c1);
	assert_int_equal(emu_config_get(&c, 0x5c, 2), 0x0fcf);
	emu_config_read(&c, 252, p, 8);
	assert_memory_equal(p, ((uint8_t[]) { 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }), 8);
	put(&c, 252, UINT64_MAX, 8);
	assert_int_equal(emu_config_get(&c, 252, 8), 0);
}

/* An HD Audio controller: its first BAR is trapped, the second the client may map. */
static struct emu_device *audio(struct emu_plain **ret)
{
	struct emu_plain_model m = { .name = "00:1f.3" };

	emu_config_init(&m.config, &ids, true);
	assert_true(emu_config_bar(&m.config, 0, (struct emu_bar) { EMU_BAR_64, false, 0x4000 }));
	assert_true(emu_config_bar(&m.config, 2, (struct emu_bar) { EMU_BAR_64, true, 0x100000 }));
	assert_true(emu_config_express(&m.config, 0, PCIE_RC_ENDPOINT, true) && emu_config_msi(&m.config, 0));
	assert_int_equal(emu_plain_new(&m, ret), 0);
	return emu_plain_device(*ret);
}

static uint64_t read_of(struct emu_device *d, enum emu_region_index i, uint64_t at, size_t n)
{
	uint8_t p[8];

	d->ops->read(d, i, at, p, n);
	return le_get(p, n);
}

static void write_of(struct emu_device *d, enum emu_region_index i, uint64_t at, uint64_t v, size_t n)
{
	uint8_t p[8];

	le_put(p, v, n);
	d->ops->write(d, i, at, p, n);
}

static void plain_regions(_unused_ void **state)
{
	struct emu_plain *f;
	struct emu_device *d = audio(&f);
	struct emu_region r;

	d->ops->region(d, EMU_CONFIG, &r);
	assert_true(r.size == 4096 && r.readable && r.writable && r.fd == -1);
	d->ops->region(d, EMU_BAR0, &r);
	assert_true(r.size == 0x4000 && r.fd == -1 && r.map_n == 0);
	d->ops->region(d, EMU_BAR2, &r);
	assert_true(r.size == 0x100000 && r.fd >= 0 && r.map_at == 0 && r.map_n == 0x100000);
	assert_int_equal(ftruncate(r.fd, 0), -1); /* sealed */
	for (unsigned i = 0; i < EMU_REGIONS; i++) {
		d->ops->region(d, i, &r);
		assert_int_equal(r.size != 0, i == EMU_BAR0 || i == EMU_BAR2 || i == EMU_CONFIG);
	}
	assert_int_equal(d->ops->irqs(d, EMU_INTX), 1);
	assert_int_equal(d->ops->irqs(d, EMU_MSI), 1);
	assert_int_equal(d->ops->irqs(d, EMU_MSIX), 0);
	emu_plain_free(f);
	emu_plain_free(NULL);
}

static void plain_remembers_until_reset(_unused_ void **state)
{
	struct emu_plain *f;
	struct emu_device *d = audio(&f);

	write_of(d, EMU_BAR0, 0x8, 0x12345678, 4);
	write_of(d, EMU_BAR2, 0xffff8, 0x1122334455667788, 8);
	write_of(d, EMU_CONFIG, 4, 6, 2);
	assert_int_equal(read_of(d, EMU_BAR0, 0x8, 4), 0x12345678);
	assert_int_equal(read_of(d, EMU_BAR2, 0xffff8, 8), 0x1122334455667788);
	write_of(d, EMU_BAR0, 0x0c, 0xffffffff, 4); /* STATESTS in the upper half: no codec, whatever is written */
	assert_int_equal(read_of(d, EMU_BAR0, 0x0c, 4), 0xffff);
	assert_int_equal(read_of(d, EMU_BAR5, 0, 4), 0xffffffff);
	assert_int_equal(read_of(d, EMU_BAR0, 0x3ffe, 4), 0xffffffff); /* half outside */
	write_of(d, EMU_BAR0, 0x3ffe, 0, 4);
	d->ops->reset(d);
	assert_int_equal(read_of(d, EMU_BAR0, 0x8, 4), 0);
	assert_int_equal(read_of(d, EMU_BAR2, 0xffff8, 8), 0);
	assert_int_equal(read_of(d, EMU_CONFIG, 4, 2), 0);
	write_of(d, EMU_BAR2, 0, 1, 1);
	write_of(d, EMU_CONFIG, 0x48, 0x8000, 2); /* FLR */
	assert_int_equal(read_of(d, EMU_BAR2, 0, 1), 0);
	emu_plain_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_read_only),
		cmocka_unit_test(bars_are_sized),
		cmocka_unit_test(bars_that_make_no_sense),
		cmocka_unit_test(capabilities_are_chained),
		cmocka_unit_test(capabilities_have_their_place),
		cmocka_unit_test(function_level_reset),
		cmocka_unit_test(own_bytes),
		cmocka_unit_test(plain_regions),
		cmocka_unit_test(plain_remembers_until_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
