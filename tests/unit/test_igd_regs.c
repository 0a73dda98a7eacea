// SPDX-License-Identifier: GPL-2.0-or-later
/* GGC, BDSM and ASLS, with the values that Linux' early-quirks.c computes. */
#include "image.h"

#include "fw/igd_regs.h"

#define MIB ((uint64_t)1 << 20)

static struct igd_regs regs(enum ggc_layout ggc, enum bdsm_layout bdsm, struct image *m)
{
	struct igd_id id = { .ggc = ggc, .bdsm = bdsm };
	struct igd_regs r;

	igd_regs_read(&id, image_span(m), &r);
	return r;
}

static void stolen_and_gtt_by_generation(void **state)
{
	static const struct {
		enum ggc_layout layout;
		uint16_t ggc;
		uint64_t stolen, gtt; /* MiB */
		bool vga_disabled;
		enum igd_reg_why stolen_why;
	} want[] = {
		{ GGC_GEN6, 0x0211, 64, 2, false, IGD_REG_KNOWN }, /* as a Haswell has it */
		{ GGC_GEN6, 0x0002, 0, 0, true, IGD_REG_KNOWN },
		{ GGC_GEN6, 0x0380, 512, 3, false, IGD_REG_KNOWN },
		{ GGC_GEN8, 0x01c1, 32, 8, false, IGD_REG_KNOWN },
		{ GGC_GEN8, 0x0201, 64, 0, false, IGD_REG_KNOWN },
		{ GGC_GEN9, 0x02c1, 64, 8, false, IGD_REG_KNOWN }, /* as a Coffee Lake has it */
		{ GGC_GEN9, 0x0003, 0, 0, true, IGD_REG_KNOWN },
		{ GGC_GEN9, 0xf0c1, 4, 8, false, IGD_REG_KNOWN },
		{ GGC_GEN9, 0xfec0, 60, 8, false, IGD_REG_KNOWN },
		{ GGC_GEN9, 0xef40, 239 * 32, 2, false, IGD_REG_KNOWN },
		{ GGC_GEN9, 0xff41, 0, 2, false, IGD_REG_RESERVED },
		{ GGC_CHV, 0x10 << 3 | 1 << 8, 512, 2, false, IGD_REG_KNOWN },
		{ GGC_CHV, 0x11 << 3, 8, 0, false, IGD_REG_KNOWN },
		{ GGC_CHV, 0x17 << 3, 36, 0, false, IGD_REG_KNOWN },
		{ GGC_CHV, 0x1d << 3, 60, 0, false, IGD_REG_KNOWN },
		{ GGC_CHV, 0x1e << 3, 0, 0, false, IGD_REG_RESERVED },
		{ GGC_MTL, 0x00c0, 0, 8, false, IGD_REG_MMIO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct image m = { .n = 256 };
		struct igd_regs r;

		set(&m, IGD_GGC, want[i].ggc, 2);
		r = regs(want[i].layout, BDSM_5C_32, &m);
		assert_int_equal(r.ggc_why, IGD_REG_KNOWN);
		assert_int_equal(r.ggc, want[i].ggc);
		assert_int_equal(r.stolen_why, want[i].stolen_why);
		assert_int_equal(r.stolen, want[i].stolen * MIB);
		assert_int_equal(r.gtt_why, IGD_REG_KNOWN);
		assert_int_equal(r.gtt, want[i].gtt * MIB);
		assert_int_equal(r.vga_why, IGD_REG_KNOWN);
		assert_int_equal(r.vga_disabled, want[i].vga_disabled);
	}
}

static void bdsm_and_asls(void **state)
{
	struct image m = { .n = 256 };
	struct igd_regs r;

	(void)state;
	set(&m, IGD_BDSM_GEN6, 0x8c000001, 4);
	set(&m, IGD_BDSM_GEN11, 0x0000000460800001, 8);
	set(&m, IGD_ASLS, 0x7a5f3018, 4);
	r = regs(GGC_GEN9, BDSM_5C_32, &m);
	assert_int_equal(r.bdsm_why, IGD_REG_KNOWN);
	assert_int_equal(r.bdsm, 0x8c000000); /* without the lock bit */
	assert_int_equal(r.asls_why, IGD_REG_KNOWN);
	assert_int_equal(r.asls, 0x7a5f3018);
	r = regs(GGC_GEN9, BDSM_C0_64, &m);
	assert_int_equal(r.bdsm, 0x460800000);
	r = regs(GGC_MTL, BDSM_MMIO_64, &m);
	assert_int_equal(r.bdsm_why, IGD_REG_MMIO);
	assert_int_equal(r.bdsm, 0);
}

static void unknown_is_not_zero(void **state)
{
	struct image m = { .n = 64 };
	struct igd_regs r;

	(void)state;
	r = regs(GGC_GEN9, BDSM_5C_32, &m);
	assert_int_equal(r.ggc_why, IGD_REG_CUT);
	assert_int_equal(r.stolen_why, IGD_REG_CUT);
	assert_int_equal(r.vga_why, IGD_REG_CUT);
	assert_int_equal(r.bdsm_why, IGD_REG_CUT);
	assert_int_equal(r.asls_why, IGD_REG_CUT);
	m.n = 256;
	memset(m.b, 0xff, 256);
	r = regs(GGC_GEN9, BDSM_C0_64, &m);
	assert_int_equal(r.ggc_why, IGD_REG_ONES);
	assert_int_equal(r.gtt_why, IGD_REG_ONES);
	assert_int_equal(r.bdsm_why, IGD_REG_ONES);
	assert_int_equal(r.asls_why, IGD_REG_ONES);
	assert_int_equal(r.asls, 0);
	assert_int_equal(regs(GGC_GEN9, BDSM_5C_32, &m).bdsm_why, IGD_REG_ONES);
	memset(m.b, 0, 256);
	set(&m, IGD_GGC, 0x02c1, 2);
	igd_regs_read(NULL, image_span(&m), &r); /* a chip that is not in the table */
	assert_int_equal(r.ggc_why, IGD_REG_KNOWN);
	assert_int_equal(r.ggc, 0x02c1);
	assert_int_equal(r.stolen_why, IGD_REG_CHIP);
	assert_int_equal(r.gtt_why, IGD_REG_CHIP);
	assert_int_equal(r.vga_why, IGD_REG_CHIP);
	assert_int_equal(r.bdsm_why, IGD_REG_CHIP);
	assert_int_equal(r.asls_why, IGD_REG_KNOWN);
}

static void has_words(void **state)
{
	(void)state;
	for (unsigned why = IGD_REG_KNOWN; why <= IGD_REG_RESERVED; why++)
		assert_true(strlen(igd_reg_why_str((enum igd_reg_why)why)) > 4);
	assert_string_equal(igd_reg_why_str((enum igd_reg_why)99), "unknown");
}

static void try(struct span s)
{
	size_t n;
	const struct igd_id *all = igd_ids(&n);
	struct igd_regs r;

	for (size_t i = 0; i < n; i += 37)
		igd_regs_read(&all[i], s, &r);
	igd_regs_read(NULL, s, &r);
	assert_true(r.asls_why == IGD_REG_KNOWN || r.asls == 0);
}

static void survives_damage(void **state)
{
	struct image m = { .n = 256 };

	(void)state;
	image_damage(image_span(&m), try);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stolen_and_gtt_by_generation),
		cmocka_unit_test(bdsm_and_asls),
		cmocka_unit_test(unknown_is_not_zero),
		cmocka_unit_test(has_words),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("igd_regs", tests, NULL, NULL);
}
